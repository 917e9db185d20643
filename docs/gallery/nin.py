"""NiN (d2l): 1,992,166 parameters, 762,297,352 multiply-adds for an image of 224×224×1.

Written by Archspec; it needs torch only.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Mlpconv(nn.Module):
    """Module mlpconv, rows block1, block2, block3, block4: 11×11, 1×1, 1×1."""

    def __init__(
        self,
        in_channels: int,
        out: int,
        n1x1_1: int,
        n1x1_2: int,
        stride: int,
        conv_padding: int,
        patch: int,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out, patch, stride=stride, padding=conv_padding)
        self.cccp1 = nn.Conv2d(out, n1x1_1, 1)
        self.cccp2 = nn.Conv2d(n1x1_1, n1x1_2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(x))
        x = F.relu(self.cccp1(x))
        return F.relu(self.cccp2(x))


class NiND2l(nn.Module):
    """NiN (d2l) for 224×224×1 images."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.block1 = Mlpconv(1, 96, 96, 96, stride=4, conv_padding=0, patch=11)
            self.pool1 = nn.MaxPool2d(3, stride=2)
            self.block2 = Mlpconv(96, 256, 256, 256, stride=1, conv_padding=2, patch=5)
            self.pool2 = nn.MaxPool2d(3, stride=2)
            self.block3 = Mlpconv(256, 384, 384, 384, stride=1, conv_padding=1, patch=3)
            self.pool3 = nn.MaxPool2d(3, stride=2)
            self.drop3 = nn.Dropout(0.5)
            self.block4 = Mlpconv(384, classes, 10, 10, stride=1, conv_padding=1, patch=3)
            self.pool4 = nn.AdaptiveAvgPool2d(1)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: xavier-uniform."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block1(x)  # 54×54×96
        x = self.pool1(x)  # 26×26×96
        x = self.block2(x)  # 26×26×256
        x = self.pool2(x)  # 12×12×256
        x = self.block3(x)  # 12×12×384
        x = self.pool3(x)  # 5×5×384
        x = self.drop3(x)  # 5×5×384
        x = self.block4(x)  # 5×5×10
        x = self.pool4(x)  # 1×1×10
        return torch.flatten(x, 1)
