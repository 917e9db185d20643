"""Inception-v3: 23,834,568 parameters, 5,713,216,096 multiply-adds for an image of 299×299×3.

Written by Archspec; it needs torch only.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def chain(**layers: nn.Module) -> nn.Sequential:
    """Layers in order, each under its name."""
    return nn.Sequential(OrderedDict(layers))


class InceptionV3A(nn.Module):
    """Module inception-v3-a, rows 5b, 5c, 5d, branches concatenated.

    branch_1x1  1×1
    branch_5x5  1×1, 5×5
    double_3x3  1×1, 3×3, 3×3
    pool        average pool 3×3, 1×1
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n5x5_reduce: int,
        n5x5: int,
        double_3x3_reduce: int,
        double_3x3: int,
        pool_proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_5x5 = chain(
            reduce=nn.Conv2d(in_channels, n5x5_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n5x5_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n5x5_reduce, n5x5, 5, padding=2, bias=False),
            conv_norm=nn.BatchNorm2d(n5x5, eps=0.001),
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
            proj=nn.Conv2d(in_channels, pool_proj, 1, bias=False),
            proj_norm=nn.BatchNorm2d(pool_proj, eps=0.001),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_5x5 = self.branch_5x5(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_5x5, double_3x3, pool], dim=1)


class ReductionA(nn.Module):
    """Module reduction-a, row 6a, branches concatenated.

    branch_3x3  3×3/2
    double_3x3  1×1, 3×3, 3×3/2
    pool        max pool 3×3/2
    """

    def __init__(self, in_channels: int, n_k: int, n_l: int, n_m: int, n_n: int) -> None:
        super().__init__()
        self.branch_3x3 = nn.Conv2d(in_channels, n_n, 3, stride=2, bias=False)
        self.branch_3x3_norm = nn.BatchNorm2d(n_n, eps=0.001)
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n_k, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n_k, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n_k, n_l, 3, padding=1, bias=False),
            conv1_norm=nn.BatchNorm2d(n_l, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n_l, n_m, 3, stride=2, bias=False),
            conv2_norm=nn.BatchNorm2d(n_m, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        branch_3x3 = F.relu(self.branch_3x3_norm(self.branch_3x3(x)))
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_3x3, double_3x3, pool], dim=1)


class InceptionV3B(nn.Module):
    """Module inception-v3-b, rows 6b, 6c, 6d, 6e, branches concatenated.

    branch_1x1  1×1
    branch_7x7  1×1, 1×7, 7×1
    double_7x7  1×1, 7×1, 1×7, 7×1, 1×7
    pool        average pool 3×3, 1×1
    """

    def __init__(self, in_channels: int, n1x1: int, n7x7_reduce: int, n7x7: int, pool_proj: int) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_7x7 = chain(
            reduce=nn.Conv2d(in_channels, n7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n7x7_reduce, n7x7_reduce, (1, 7), padding=(0, 3), bias=False),
            conv1_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n7x7_reduce, n7x7, (7, 1), padding=(3, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.double_7x7 = chain(
            reduce=nn.Conv2d(in_channels, n7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n7x7_reduce, n7x7_reduce, (7, 1), padding=(3, 0), bias=False),
            conv1_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n7x7_reduce, n7x7_reduce, (1, 7), padding=(0, 3), bias=False),
            conv2_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            conv2_act=nn.ReLU(),
            conv3=nn.Conv2d(n7x7_reduce, n7x7_reduce, (7, 1), padding=(3, 0), bias=False),
            conv3_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            conv3_act=nn.ReLU(),
            conv4=nn.Conv2d(n7x7_reduce, n7x7, (1, 7), padding=(0, 3), bias=False),
            conv4_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv4_act=nn.ReLU(),
        )
        self.pool = chain(
            pool=nn.AvgPool2d(3, stride=1, padding=1),
            proj=nn.Conv2d(in_channels, pool_proj, 1, bias=False),
            proj_norm=nn.BatchNorm2d(pool_proj, eps=0.001),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_7x7 = self.branch_7x7(x)
        double_7x7 = self.double_7x7(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_7x7, double_7x7, pool], dim=1)


class ReductionB(nn.Module):
    """Module reduction-b, row 7a, branches concatenated.

    branch_3x3  1×1, 3×3/2
    branch_7x7  1×1, 1×7, 7×1, 3×3/2
    pool        max pool 3×3/2
    """

    def __init__(self, in_channels: int, n3x3_reduce: int, n3x3: int, n7x7_reduce: int, n7x7: int) -> None:
        super().__init__()
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, stride=2, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.branch_7x7 = chain(
            reduce=nn.Conv2d(in_channels, n7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n7x7_reduce, n7x7_reduce, (1, 7), padding=(0, 3), bias=False),
            conv1_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n7x7_reduce, n7x7, (7, 1), padding=(3, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv2_act=nn.ReLU(),
            conv3=nn.Conv2d(n7x7, n7x7, 3, stride=2, bias=False),
            conv3_norm=nn.BatchNorm2d(n7x7, eps=0.001),
            conv3_act=nn.ReLU(),
        )
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        branch_3x3 = self.branch_3x3(x)
        branch_7x7 = self.branch_7x7(x)
        pool = self.pool(x)
        return torch.cat([branch_3x3, branch_7x7, pool], dim=1)


class Fork1x33x1(nn.Module):
    """Module fork-1x3-3x1, rows 7b, 7c, branches concatenated.

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


class InceptionV3C(nn.Module):
    """Module inception-v3-c, rows 7b, 7c, branches concatenated.

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
        n3x3: int,
        double_3x3_reduce: int,
        pool_proj: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            fork=Fork1x33x1(n3x3_reduce, n3x3),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, double_3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(double_3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(double_3x3_reduce, n3x3, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv_act=nn.ReLU(),
            fork=Fork1x33x1(n3x3, n3x3),
        )
        self.pool = chain(
            pool=nn.AvgPool2d(3, stride=1, padding=1),
            proj=nn.Conv2d(in_channels, pool_proj, 1, bias=False),
            proj_norm=nn.BatchNorm2d(pool_proj, eps=0.001),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_3x3, double_3x3, pool], dim=1)


class InceptionV3(nn.Module):
    """Inception-v3 for 299×299×3 images."""

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
            self.conv4 = nn.Conv2d(64, 80, 1, bias=False)
            self.conv4_norm = nn.BatchNorm2d(80, eps=0.001)
            self.conv5 = nn.Conv2d(80, 192, 3, bias=False)
            self.conv5_norm = nn.BatchNorm2d(192, eps=0.001)
            self.pool2 = nn.MaxPool2d(3, stride=2)
            self.mixed_a_5b = InceptionV3A(192, 64, 48, 64, 64, 96, 32)
            self.mixed_a_5c = InceptionV3A(256, 64, 48, 64, 64, 96, 64)
            self.mixed_a_5d = InceptionV3A(288, 64, 48, 64, 64, 96, 64)
            self.reduction_a_6a = ReductionA(288, 64, 96, 96, 384)
            self.mixed_b_6b = InceptionV3B(768, 192, 128, 192, 192)
            self.mixed_b_6c = InceptionV3B(768, 192, 160, 192, 192)
            self.mixed_b_6d = InceptionV3B(768, 192, 160, 192, 192)
            self.mixed_b_6e = InceptionV3B(768, 192, 192, 192, 192)
            self.reduction_b_7a = ReductionB(768, 192, 320, 192, 192)
            self.mixed_c_7b = InceptionV3C(1280, 320, 384, 384, 448, 192)
            self.mixed_c_7c = InceptionV3C(2048, 320, 384, 384, 448, 192)
            self.pool3 = nn.AdaptiveAvgPool2d(1)
            self.dropout = nn.Dropout(0.5)
            self.fc = nn.Linear(2048, classes)
        self.to_empty(device=device)
        self.initialise()

    def initialise(self) -> None:
        """Give every parameter its first value: truncated-normal 0.1."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.1, a=-0.2, b=0.2)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1_norm(self.conv1(x)))  # 149×149×32
        x = F.relu(self.conv2_norm(self.conv2(x)))  # 147×147×32
        x = F.relu(self.conv3_norm(self.conv3(x)))  # 147×147×64
        x = self.pool1(x)  # 73×73×64
        x = F.relu(self.conv4_norm(self.conv4(x)))  # 73×73×80
        x = F.relu(self.conv5_norm(self.conv5(x)))  # 71×71×192
        x = self.pool2(x)  # 35×35×192
        x = self.mixed_a_5b(x)  # 35×35×256
        x = self.mixed_a_5c(x)  # 35×35×288
        x = self.mixed_a_5d(x)  # 35×35×288
        x = self.reduction_a_6a(x)  # 17×17×768
        x = self.mixed_b_6b(x)  # 17×17×768
        x = self.mixed_b_6c(x)  # 17×17×768
        x = self.mixed_b_6d(x)  # 17×17×768
        x = self.mixed_b_6e(x)  # 17×17×768
        x = self.reduction_b_7a(x)  # 8×8×1280
        x = self.mixed_c_7b(x)  # 8×8×2048
        x = self.mixed_c_7c(x)  # 8×8×2048
        x = self.pool3(x)  # 1×1×2048
        x = self.dropout(x)  # 1×1×2048
        x = self.fc(torch.flatten(x, 1))  # 1000
        return x
