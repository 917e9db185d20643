"""Inception-v2: 16,659,656 parameters, 5,382,579,296 multiply-adds for an image of 299×299×3.

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
            f"the network is made for 299×299 images and needs maps of {height}×{width} here, "
            f"not {x.shape[2]}×{x.shape[3]}: build it for this size (`--input HxW`, `with_input`) or pool `global`"
        )
    return torch.flatten(x, 1)


class Two3x3(nn.Module):
    """Module two-3x3, row figure5, branches concatenated.

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
            pool=nn.AvgPool2d(3, stride=1, padding=1),
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


class Two3x3AtC(nn.Module):
    """Module two-3x3, row figure5, branches concatenated.

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
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, stride=2, bias=False),
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
            conv2=nn.Conv2d(double_3x3, double_3x3, 3, stride=2, bias=False),
            conv2_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.pool = chain(pool=nn.MaxPool2d(3, stride=2))

    def forward(self, x: Tensor) -> Tensor:
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_3x3, double_3x3, pool], dim=1)


class Figure5(nn.Module):
    """Module figure-5, row figure5: (1×1 | 1×1, 3×3 | 1×1, 3×3, 3×3 | average pool 3×3, 1×1), (1×1 | 1×1, 3×3 | 1×1,
    3×3, 3×3 | average pool 3×3, 1×1), (1×1, 3×3/2 | 1×1, 3×3, 3×3/2 | max pool 3×3/2).
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.a = Two3x3(in_channels, 64, 64, 64, 64, 96, 64)
        self.b = Two3x3(288, 64, 64, 96, 64, 96, 32)
        self.c = Two3x3AtC(288, 128, 320, 64, 160)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        x = self.b(x)
        return self.c(x)


class Two7x7(nn.Module):
    """Module two-7x7, row figure6, branches concatenated.

    branch_1x1  1×1
    branch_7x7  1×1, 1×7, 7×1
    double_7x7  1×1, 7×1, 1×7, 7×1, 1×7
    pool        average pool 3×3, 1×1
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n7x7_reduce: int,
        n7x7: int,
        double_7x7_reduce: int,
        double_7x7: int,
        proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_7x7 = chain(
            reduce=nn.Conv2d(in_channels, n7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n7x7_reduce, n7x7, (1, 7), padding=(0, 3), bias=False),
            conv1_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n7x7, n7x7, (7, 1), padding=(3, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.double_7x7 = chain(
            reduce=nn.Conv2d(in_channels, double_7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(double_7x7_reduce, double_7x7, (7, 1), padding=(3, 0), bias=False),
            conv1_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(double_7x7, double_7x7, (1, 7), padding=(0, 3), bias=False),
            conv2_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv2_act=nn.ReLU(),
            conv3=nn.Conv2d(double_7x7, double_7x7, (7, 1), padding=(3, 0), bias=False),
            conv3_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv3_act=nn.ReLU(),
            conv4=nn.Conv2d(double_7x7, double_7x7, (1, 7), padding=(0, 3), bias=False),
            conv4_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv4_act=nn.ReLU(),
        )
        self.pool = chain(
            pool=nn.AvgPool2d(3, stride=1, padding=1),
            proj=nn.Conv2d(in_channels, proj, 1, bias=False),
            proj_norm=nn.BatchNorm2d(proj, eps=0.001),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_7x7 = self.branch_7x7(x)
        double_7x7 = self.double_7x7(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_7x7, double_7x7, pool], dim=1)


class Two7x7AtE(nn.Module):
    """Module two-7x7, row figure6, branches concatenated.

    branch_7x7  1×1, 1×7, 7×1, 3×3/2
    double_7x7  1×1, 7×1, 1×7, 7×1, 1×7, 3×3/2
    pool        max pool 3×3/2
    """

    def __init__(
        self,
        in_channels: int,
        n7x7_reduce: int,
        n7x7: int,
        double_7x7_reduce: int,
        double_7x7: int,
        n3x3: int,
        double_3x3: int,
    ) -> None:
        super().__init__()
        self.branch_7x7 = chain(
            reduce=nn.Conv2d(in_channels, n7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n7x7_reduce, n7x7, (1, 7), padding=(0, 3), bias=False),
            conv1_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n7x7, n7x7, (7, 1), padding=(3, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv2_act=nn.ReLU(),
            conv3=nn.Conv2d(n7x7, n3x3, 3, stride=2, bias=False),
            conv3_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv3_act=nn.ReLU(),
        )
        self.double_7x7 = chain(
            reduce=nn.Conv2d(in_channels, double_7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(double_7x7_reduce, double_7x7, (7, 1), padding=(3, 0), bias=False),
            conv1_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(double_7x7, double_7x7, (1, 7), padding=(0, 3), bias=False),
            conv2_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv2_act=nn.ReLU(),
            conv3=nn.Conv2d(double_7x7, double_7x7, (7, 1), padding=(3, 0), bias=False),
            conv3_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv3_act=nn.ReLU(),
            conv4=nn.Conv2d(double_7x7, double_7x7, (1, 7), padding=(0, 3), bias=False),
            conv4_norm=nn.BatchNorm2d(double_7x7, eps=0.001),
            conv4_act=nn.ReLU(),
            conv5=nn.Conv2d(double_7x7, double_3x3, 3, stride=2, bias=False),
            conv5_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv5_act=nn.ReLU(),
        )
        self.pool = chain(pool=nn.MaxPool2d(3, stride=2))

    def forward(self, x: Tensor) -> Tensor:
        branch_7x7 = self.branch_7x7(x)
        double_7x7 = self.double_7x7(x)
        pool = self.pool(x)
        return torch.cat([branch_7x7, double_7x7, pool], dim=1)


class Figure6(nn.Module):
    """Module figure-6, row figure6: (1×1 | 1×1, 1×7, 7×1 | 1×1, 7×1, 1×7, 7×1, 1×7 | average pool 3×3, 1×1), (1×1 |
    1×1, 1×7, 7×1 | 1×1, 7×1, 1×7, 7×1, 1×7 | average pool 3×3, 1×1), (1×1 | 1×1, 1×7, 7×1 | 1×1, 7×1, 1×7, 7×1,
    1×7 | average pool 3×3, 1×1), (1×1 | 1×1, 1×7, 7×1 | 1×1, 7×1, 1×7, 7×1, 1×7 | average pool 3×3, 1×1), (1×1,
    1×7, 7×1, 3×3/2 | 1×1, 7×1, 1×7, 7×1, 1×7, 3×3/2 | max pool 3×3/2).
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.a1 = Two7x7(in_channels, 192, 96, 160, 96, 160, 256)
        self.a2 = Two7x7(768, 192, 96, 160, 96, 160, 256)
        self.a3 = Two7x7(768, 192, 96, 160, 96, 160, 256)
        self.a4 = Two7x7(768, 192, 96, 160, 96, 160, 256)
        self.e = Two7x7AtE(768, 128, 192, 128, 320, 192, 320)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a1(x)
        x = self.a2(x)
        x = self.a3(x)
        x = self.a4(x)
        return self.e(x)


class Fork(nn.Module):
    """Module fork, row figure7, branches concatenated.

    branch_1x3  1×3
    branch_3x1  3×1
    """

    def __init__(self, in_channels: int, out: int) -> None:
        super().__init__()
        self.branch_1x3 = nn.Conv2d(in_channels, out, (1, 3), padding=(0, 1), bias=False)
        self.branch_1x3_norm = nn.BatchNorm2d(out, eps=0.001)
        self.branch_3x1 = nn.Conv2d(in_channels, out, (3, 1), padding=(1, 0), bias=False)
        self.branch_3x1_norm = nn.BatchNorm2d(out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        branch_1x3 = F.relu(self.branch_1x3_norm(self.branch_1x3(x)))
        branch_3x1 = F.relu(self.branch_3x1_norm(self.branch_3x1(x)))
        return torch.cat([branch_1x3, branch_3x1], dim=1)


class TwoForks(nn.Module):
    """Module two-forks, row figure7, branches concatenated.

    branch_1x1  1×1
    branch_3x3  1×1, (1×3 | 3×1)
    double_3x3  1×1, 3×3, (1×3 | 3×1)
    pool        average pool 3×3, 1×1
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n3x3_reduce: int,
        fork: int,
        double_3x3_reduce: int,
        double_fork: int,
        proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            fork=Fork(n3x3_reduce, fork),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, double_3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(double_3x3_reduce, double_fork, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(double_fork, eps=0.001),
            conv_act=nn.ReLU(),
            fork=Fork(double_fork, double_fork),
        )
        self.pool = chain(
            pool=nn.AvgPool2d(3, stride=1, padding=1),
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


class TwoForksAtB(nn.Module):
    """Module two-forks, row figure7, branches concatenated.

    branch_1x1  1×1
    branch_3x3  1×1, (1×3 | 3×1)
    double_3x3  1×1, 3×3, (1×3 | 3×1)
    pool        max pool 3×3
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n3x3_reduce: int,
        fork: int,
        double_3x3_reduce: int,
        double_fork: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            fork=Fork(n3x3_reduce, fork),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, double_3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(double_3x3_reduce, double_fork, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(double_fork, eps=0.001),
            conv_act=nn.ReLU(),
            fork=Fork(double_fork, double_fork),
        )
        self.pool = chain(pool=nn.MaxPool2d(3, stride=1, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_3x3, double_3x3, pool], dim=1)


class Figure7(nn.Module):
    """Module figure-7, row figure7: (1×1 | 1×1, (1×3 | 3×1) | 1×1, 3×3, (1×3 | 3×1) | average pool 3×3, 1×1), (1×1 |
    1×1, (1×3 | 3×1) | 1×1, 3×3, (1×3 | 3×1) | max pool 3×3).
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.a = TwoForks(in_channels, 256, 128, 160, 128, 240, 224)
        self.b = TwoForksAtB(1280, 256, 96, 96, 96, 160)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        return self.b(x)


class InceptionV2(nn.Module):
    """Inception-v2 for 299×299×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1 = nn.Conv2d(3, 32, 3, stride=2, bias=False)
            self.conv1_norm = nn.BatchNorm2d(32, eps=0.001)
            self.conv2 = nn.Conv2d(32, 32, 3, bias=False)
            self.conv2_norm = nn.BatchNorm2d(32, eps=0.001)
            self.conv3 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
            self.conv3_norm = nn.BatchNorm2d(64, eps=0.001)
            self.pool1 = nn.MaxPool2d(3, stride=2)
            self.conv4 = nn.Conv2d(64, 80, 3, bias=False)
            self.conv4_norm = nn.BatchNorm2d(80, eps=0.001)
            self.conv5 = nn.Conv2d(80, 192, 3, stride=2, bias=False)
            self.conv5_norm = nn.BatchNorm2d(192, eps=0.001)
            self.conv6 = nn.Conv2d(192, 288, 3, padding=1, bias=False)
            self.conv6_norm = nn.BatchNorm2d(288, eps=0.001)
            self.figure5 = Figure5(288)
            self.figure6 = Figure6(768)
            self.figure7 = Figure7(1280)
            self.pool2 = nn.AvgPool2d(8, stride=1)
            self.logits = nn.Linear(2048, classes)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: truncated-normal 0.01, torch's own."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.01, a=-0.02, b=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1_norm(self.conv1(x)))  # 149×149×32
        x = F.relu(self.conv2_norm(self.conv2(x)))  # 147×147×32
        x = F.relu(self.conv3_norm(self.conv3(x)))  # 147×147×64
        x = self.pool1(x)  # 73×73×64
        x = F.relu(self.conv4_norm(self.conv4(x)))  # 71×71×80
        x = F.relu(self.conv5_norm(self.conv5(x)))  # 35×35×192
        x = F.relu(self.conv6_norm(self.conv6(x)))  # 35×35×288
        x = self.figure5(x)  # 17×17×768
        x = self.figure6(x)  # 8×8×1280
        x = self.figure7(x)  # 8×8×2048
        x = self.pool2(x)  # 1×1×2048
        x = self.logits(flatten(x, 1, 1))  # 1000
        return x
