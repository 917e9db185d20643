"""ResNet-18: 11,689,512 parameters, 1,814,073,344 multiply-adds for an image of 224×224×3.

Written by Archspec; it needs torch only.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Basic(nn.Module):
    """Module basic, rows conv2_1, conv2_2, conv3_2, conv4_2, conv5_2, branches added.

    conv1  3×3, 3×3
    input
    """

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out, 3, padding=1, bias=False)
        self.conv1_norm = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.conv2_norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1_norm(self.conv1(x)))
        y = self.conv2_norm(self.conv2(y))
        return F.relu(y + x)


class BasicWithProjection(nn.Module):
    """Module basic, rows conv3_1, conv4_1, conv5_1, branches added.

    conv1       3×3/2, 3×3
    projection  1×1/2
    """

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out, 3, stride=2, padding=1, bias=False)
        self.conv1_norm = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.conv2_norm = nn.BatchNorm2d(out)
        self.projection = nn.Conv2d(in_channels, out, 1, stride=2, bias=False)
        self.projection_norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1_norm(self.conv1(x)))
        y = self.conv2_norm(self.conv2(y))
        projection = self.projection_norm(self.projection(x))
        return F.relu(y + projection)


class ResNet18(nn.Module):
    """ResNet-18 for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
            self.conv1_norm = nn.BatchNorm2d(64)
            self.pool1 = nn.MaxPool2d(3, stride=2, padding=1)
            self.conv2_1 = Basic(64, 64)
            self.conv2_2 = Basic(64, 64)
            self.conv3_1 = BasicWithProjection(64, 128)
            self.conv3_2 = Basic(128, 128)
            self.conv4_1 = BasicWithProjection(128, 256)
            self.conv4_2 = Basic(256, 256)
            self.conv5_1 = BasicWithProjection(256, 512)
            self.conv5_2 = Basic(512, 512)
            self.pool5 = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(512, classes)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: he-normal-fan-out, torch's own."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1_norm(self.conv1(x)))  # 112×112×64
        x = self.pool1(x)  # 56×56×64
        x = self.conv2_1(x)  # 56×56×64
        x = self.conv2_2(x)  # 56×56×64
        x = self.conv3_1(x)  # 28×28×128
        x = self.conv3_2(x)  # 28×28×128
        x = self.conv4_1(x)  # 14×14×256
        x = self.conv4_2(x)  # 14×14×256
        x = self.conv5_1(x)  # 7×7×512
        x = self.conv5_2(x)  # 7×7×512
        x = self.pool5(x)  # 1×1×512
        x = self.fc(torch.flatten(x, 1))  # 1000
        return x
