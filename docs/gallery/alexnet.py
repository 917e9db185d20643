"""AlexNet (Caffe): 60,965,224 parameters, 724,406,816 multiply-adds for an image of 227×227×3.

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
            f"the network is made for 227×227 images and needs maps of {height}×{width} here, "
            f"not {x.shape[2]}×{x.shape[3]}: build it for this size (`--input HxW`, `with_input`) or pool `global`"
        )
    return torch.flatten(x, 1)


class AlexNetCaffe(nn.Module):
    """AlexNet (Caffe) for 227×227×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
            self.norm1 = nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)
            self.pool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
            self.norm2 = nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)
            self.pool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
            self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
            self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
            self.pool5 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.fc6 = nn.Linear(9216, 4096)
            self.drop6 = nn.Dropout(0.5)
            self.fc7 = nn.Linear(4096, 4096)
            self.drop7 = nn.Dropout(0.5)
            self.fc8 = nn.Linear(4096, classes)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: normal 0.01."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))  # 55×55×96
        x = self.norm1(x)  # 55×55×96
        x = self.pool1(x)  # 27×27×96
        x = F.relu(self.conv2(x))  # 27×27×256
        x = self.norm2(x)  # 27×27×256
        x = self.pool2(x)  # 13×13×256
        x = F.relu(self.conv3(x))  # 13×13×384
        x = F.relu(self.conv4(x))  # 13×13×384
        x = F.relu(self.conv5(x))  # 13×13×256
        x = self.pool5(x)  # 6×6×256
        x = F.relu(self.fc6(flatten(x, 6, 6)))  # 4096
        x = self.drop6(x)  # 4096
        x = F.relu(self.fc7(x))  # 4096
        x = self.drop7(x)  # 4096
        x = self.fc8(x)  # 1000
        return x
