"""GoogLeNet: 6,998,552 parameters, 1,582,671,872 multiply-adds for an image of 224×224×3.

Written by Archspec; it needs torch only.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def chain(**layers: nn.Module) -> nn.Sequential:
    """Layers in order, each under its name."""
    return nn.Sequential(OrderedDict(layers))


@torch.fx.wrap
def flatten(x: Tensor, height: int, width: int) -> Tensor:
    """Maps of this size as vectors; images of another size than the network is made for may give others."""
    if x.shape[2] != height or x.shape[3] != width:
        raise RuntimeError(
            f"the network is made for 224×224 images and needs maps of {height}×{width} here, "
            f"not {x.shape[2]}×{x.shape[3]}: build it for this size (`--input HxW`, `with_input`) or pool `global`"
        )
    return torch.flatten(x, 1)


class ReducedConv(nn.Module):
    """Module reduced-conv, row conv2: 1×1, 3×3."""

    def __init__(self, in_channels: int, n3x3_reduce: int, n3x3: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(in_channels, n3x3_reduce, 1)
        self.conv = nn.Conv2d(n3x3_reduce, n3x3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.reduce(x))
        return F.relu(self.conv(x))


class InceptionV1(nn.Module):
    """Module inception-v1, rows 3a, 3b, 4a, 4b, 4c, 4d, 4e, 5a, 5b, branches concatenated.

    branch_1x1  1×1
    branch_3x3  1×1, 3×3
    branch_5x5  1×1, 5×5
    pool        max pool 3×3, 1×1
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n3x3_reduce: int,
        n3x3: int,
        n5x5_reduce: int,
        n5x5: int,
        pool_proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, padding=1),
            conv_act=nn.ReLU(),
        )
        self.branch_5x5 = chain(
            reduce=nn.Conv2d(in_channels, n5x5_reduce, 1),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n5x5_reduce, n5x5, 5, padding=2),
            conv_act=nn.ReLU(),
        )
        self.pool = chain(
            pool=nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True),
            proj=nn.Conv2d(in_channels, pool_proj, 1),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1(x))
        branch_3x3 = self.branch_3x3(x)
        branch_5x5 = self.branch_5x5(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_3x3, branch_5x5, pool], dim=1)


class GoogLeNet(nn.Module):
    """GoogLeNet for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1 = chain(
                conv=nn.Conv2d(3, 64, 7, stride=2, padding=3),
                conv_act=nn.ReLU(),
            )
            self.pool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.norm1 = nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)
            self.conv2 = ReducedConv(64, 64, 192)
            self.norm2 = nn.LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)
            self.pool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.inception_3a = InceptionV1(192, 64, 96, 128, 16, 32, 32)
            self.inception_3b = InceptionV1(256, 128, 128, 192, 32, 96, 64)
            self.pool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.inception_4a = InceptionV1(480, 192, 96, 208, 16, 48, 64)
            self.inception_4b = InceptionV1(512, 160, 112, 224, 24, 64, 64)
            self.inception_4c = InceptionV1(512, 128, 128, 256, 24, 64, 64)
            self.inception_4d = InceptionV1(512, 112, 144, 288, 32, 64, 64)
            self.inception_4e = InceptionV1(528, 256, 160, 320, 32, 128, 128)
            self.pool4 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.inception_5a = InceptionV1(832, 256, 160, 320, 32, 128, 128)
            self.inception_5b = InceptionV1(832, 384, 192, 384, 48, 128, 128)
            self.pool5 = nn.AvgPool2d(7, stride=1, ceil_mode=True)
            self.dropout = nn.Dropout(0.4)
            self.fc = nn.Linear(1024, classes)
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
        x = self.conv1(x)  # 112×112×64
        x = self.pool1(x)  # 56×56×64
        x = self.norm1(x)  # 56×56×64
        x = self.conv2(x)  # 56×56×192
        x = self.norm2(x)  # 56×56×192
        x = self.pool2(x)  # 28×28×192
        x = self.inception_3a(x)  # 28×28×256
        x = self.inception_3b(x)  # 28×28×480
        x = self.pool3(x)  # 14×14×480
        x = self.inception_4a(x)  # 14×14×512
        x = self.inception_4b(x)  # 14×14×512
        x = self.inception_4c(x)  # 14×14×512
        x = self.inception_4d(x)  # 14×14×528
        x = self.inception_4e(x)  # 14×14×832
        x = self.pool4(x)  # 7×7×832
        x = self.inception_5a(x)  # 7×7×832
        x = self.inception_5b(x)  # 7×7×1024
        x = self.pool5(x)  # 1×1×1024
        x = self.dropout(x)  # 1×1×1024
        x = self.fc(flatten(x, 1, 1))  # 1000
        return x
