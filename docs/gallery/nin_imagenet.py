"""NiN (ImageNet): 7,595,176 parameters, 1,100,188,800 multiply-adds for an image of 224×224×3.

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


class NiNImageNet(nn.Module):
    """NiN (ImageNet) for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.block1 = Mlpconv(3, 96, 96, 96, stride=4, conv_padding=0, patch=11)
            self.pool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.block2 = Mlpconv(96, 256, 256, 256, stride=1, conv_padding=2, patch=5)
            self.pool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.block3 = Mlpconv(256, 384, 384, 384, stride=1, conv_padding=1, patch=3)
            self.pool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.drop3 = nn.Dropout(0.5)
            self.block4 = Mlpconv(384, 1024, 1024, classes, stride=1, conv_padding=1, patch=3)
            self.pool4 = nn.AvgPool2d(6, stride=1, ceil_mode=True)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: normal 0.05."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.05)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block1(x)  # 54×54×96
        x = self.pool1(x)  # 27×27×96
        x = self.block2(x)  # 27×27×256
        x = self.pool2(x)  # 13×13×256
        x = self.block3(x)  # 13×13×384
        x = self.pool3(x)  # 6×6×384
        x = self.drop3(x)  # 6×6×384
        x = self.block4(x)  # 6×6×1000
        x = self.pool4(x)  # 1×1×1000
        return flatten(x, 1, 1)
