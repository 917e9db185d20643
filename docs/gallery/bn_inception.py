"""BN-Inception: 11,278,528 parameters, 1,948,605,440 multiply-adds for an image of 224×224×3.

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
        self.reduce = nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False)
        self.reduce_norm = nn.BatchNorm2d(n3x3_reduce, eps=0.001)
        self.conv = nn.Conv2d(n3x3_reduce, n3x3, 3, padding=1, bias=False)
        self.conv_norm = nn.BatchNorm2d(n3x3, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.reduce_norm(self.reduce(x)))
        return F.relu(self.conv_norm(self.conv(x)))


class InceptionV2(nn.Module):
    """Module inception-v2, rows 3a, 3b, 4a, 4b, 4c, 4d, 5a, branches concatenated.

    branch_1x1  1×1
    branch_3x3  1×1, 3×3
    double_3x3  1×1, 3×3, 3×3
    pool        average pool 3×3, 1×1
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n3x3_reduce: int,
        n3x3: int,
        double_3x3_reduce: int,
        double_3x3: int,
        proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, double_3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(double_3x3_reduce, double_3x3, 3, padding=1, bias=False),
            conv1_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(double_3x3, double_3x3, 3, padding=1, bias=False),
            conv2_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.pool = chain(
            pool=nn.AvgPool2d(3, stride=1, padding=1, ceil_mode=True),
            proj=nn.Conv2d(in_channels, proj, 1, bias=False),
            proj_norm=nn.BatchNorm2d(proj, eps=0.001),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_3x3, double_3x3, pool], dim=1)


class InceptionV2At3c(nn.Module):
    """Module inception-v2, rows 3c, 4e, branches concatenated.

    branch_3x3  1×1, 3×3/2
    double_3x3  1×1, 3×3, 3×3/2
    pool        max pool 3×3/2
    """

    def __init__(self, in_channels: int, n3x3_reduce: int, n3x3: int, double_3x3_reduce: int, double_3x3: int) -> None:
        super().__init__()
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, stride=2, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, double_3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(double_3x3_reduce, double_3x3, 3, padding=1, bias=False),
            conv1_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(double_3x3, double_3x3, 3, stride=2, padding=1, bias=False),
            conv2_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.pool = chain(pool=nn.MaxPool2d(3, stride=2, ceil_mode=True))

    def forward(self, x: Tensor) -> Tensor:
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_3x3, double_3x3, pool], dim=1)


class InceptionV2At5b(nn.Module):
    """Module inception-v2, row 5b, branches concatenated.

    branch_1x1  1×1
    branch_3x3  1×1, 3×3
    double_3x3  1×1, 3×3, 3×3
    pool        max pool 3×3, 1×1
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n3x3_reduce: int,
        n3x3: int,
        double_3x3_reduce: int,
        double_3x3: int,
        proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, double_3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(double_3x3_reduce, double_3x3, 3, padding=1, bias=False),
            conv1_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(double_3x3, double_3x3, 3, padding=1, bias=False),
            conv2_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.pool = chain(
            pool=nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True),
            proj=nn.Conv2d(in_channels, proj, 1, bias=False),
            proj_norm=nn.BatchNorm2d(proj, eps=0.001),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_3x3, double_3x3, pool], dim=1)


class BNInception(nn.Module):
    """BN-Inception for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1 = chain(
                depthwise=nn.Conv2d(3, 24, 7, stride=2, padding=3, groups=3, bias=False),
                pointwise=nn.Conv2d(24, 64, 1, bias=False),
            )
            self.conv1_norm = nn.BatchNorm2d(64, eps=0.001)
            self.pool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.conv2 = ReducedConv(64, 64, 192)
            self.pool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.inception_3a = InceptionV2(192, 64, 64, 64, 64, 96, 32)
            self.inception_3b = InceptionV2(256, 64, 64, 96, 64, 96, 64)
            self.inception_3c = InceptionV2At3c(320, 128, 160, 64, 96)
            self.inception_4a = InceptionV2(576, 224, 64, 96, 96, 128, 128)
            self.inception_4b = InceptionV2(576, 192, 96, 128, 96, 128, 128)
            self.inception_4c = InceptionV2(576, 160, 128, 160, 128, 160, 128)
            self.inception_4d = InceptionV2(608, 96, 128, 192, 160, 192, 128)
            self.inception_4e = InceptionV2At3c(608, 128, 192, 192, 256)
            self.inception_5a = InceptionV2(1056, 352, 192, 320, 160, 224, 128)
            self.inception_5b = InceptionV2At5b(1024, 352, 192, 320, 192, 224, 128)
            self.pool5 = nn.AvgPool2d(7, stride=1, ceil_mode=True)
            self.fc = nn.Linear(1024, classes)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: he-normal, torch's own."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1_norm(self.conv1(x)))  # 112×112×64
        x = self.pool1(x)  # 56×56×64
        x = self.conv2(x)  # 56×56×192
        x = self.pool2(x)  # 28×28×192
        x = self.inception_3a(x)  # 28×28×256
        x = self.inception_3b(x)  # 28×28×320
        x = self.inception_3c(x)  # 14×14×576
        x = self.inception_4a(x)  # 14×14×576
        x = self.inception_4b(x)  # 14×14×576
        x = self.inception_4c(x)  # 14×14×608
        x = self.inception_4d(x)  # 14×14×608
        x = self.inception_4e(x)  # 7×7×1056
        x = self.inception_5a(x)  # 7×7×1024
        x = self.inception_5b(x)  # 7×7×1024
        x = self.pool5(x)  # 1×1×1024
        x = self.fc(flatten(x, 1, 1))  # 1000
        return x
