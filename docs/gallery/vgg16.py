"""VGG-16: 138,357,544 parameters, 15,470,264,320 multiply-adds for an image of 224×224×3.

Written by Archspec; it needs torch only.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@torch.fx.wrap
def flatten(x: Tensor, height: int, width: int) -> Tensor:
    """Maps of this size as vectors; images of another size than the network is made for may give others."""
    if x.shape[2] != height or x.shape[3] != width:
        raise RuntimeError(
            f"the network is made for 224×224 images and needs maps of {height}×{width} here, "
            f"not {x.shape[2]}×{x.shape[3]}: build it for this size (`--input HxW`, `with_input`) or pool `global`"
        )
    return torch.flatten(x, 1)


class VGG16(nn.Module):
    """VGG-16 for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1_1 = nn.Conv2d(3, 64, 3, padding=1)
            self.conv1_2 = nn.Conv2d(64, 64, 3, padding=1)
            self.pool1 = nn.MaxPool2d(2, stride=2)
            self.conv2_1 = nn.Conv2d(64, 128, 3, padding=1)
            self.conv2_2 = nn.Conv2d(128, 128, 3, padding=1)
            self.pool2 = nn.MaxPool2d(2, stride=2)
            self.conv3_1 = nn.Conv2d(128, 256, 3, padding=1)
            self.conv3_2 = nn.Conv2d(256, 256, 3, padding=1)
            self.conv3_3 = nn.Conv2d(256, 256, 3, padding=1)
            self.pool3 = nn.MaxPool2d(2, stride=2)
            self.conv4_1 = nn.Conv2d(256, 512, 3, padding=1)
            self.conv4_2 = nn.Conv2d(512, 512, 3, padding=1)
            self.conv4_3 = nn.Conv2d(512, 512, 3, padding=1)
            self.pool4 = nn.MaxPool2d(2, stride=2)
            self.conv5_1 = nn.Conv2d(512, 512, 3, padding=1)
            self.conv5_2 = nn.Conv2d(512, 512, 3, padding=1)
            self.conv5_3 = nn.Conv2d(512, 512, 3, padding=1)
            self.pool5 = nn.MaxPool2d(2, stride=2)
            self.fc6 = nn.Linear(25088, 4096)
            self.drop6 = nn.Dropout(0.5)
            self.fc7 = nn.Linear(4096, 4096)
            self.drop7 = nn.Dropout(0.5)
            self.fc8 = nn.Linear(4096, classes)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: xavier-uniform."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1_1(x))  # 224×224×64
        x = F.relu(self.conv1_2(x))  # 224×224×64
        x = self.pool1(x)  # 112×112×64
        x = F.relu(self.conv2_1(x))  # 112×112×128
        x = F.relu(self.conv2_2(x))  # 112×112×128
        x = self.pool2(x)  # 56×56×128
        x = F.relu(self.conv3_1(x))  # 56×56×256
        x = F.relu(self.conv3_2(x))  # 56×56×256
        x = F.relu(self.conv3_3(x))  # 56×56×256
        x = self.pool3(x)  # 28×28×256
        x = F.relu(self.conv4_1(x))  # 28×28×512
        x = F.relu(self.conv4_2(x))  # 28×28×512
        x = F.relu(self.conv4_3(x))  # 28×28×512
        x = self.pool4(x)  # 14×14×512
        x = F.relu(self.conv5_1(x))  # 14×14×512
        x = F.relu(self.conv5_2(x))  # 14×14×512
        x = F.relu(self.conv5_3(x))  # 14×14×512
        x = self.pool5(x)  # 7×7×512
        x = F.relu(self.fc6(flatten(x, 7, 7)))  # 4096
        x = self.drop6(x)  # 4096
        x = F.relu(self.fc7(x))  # 4096
        x = self.drop7(x)  # 4096
        x = self.fc8(x)  # 1000
        return x
