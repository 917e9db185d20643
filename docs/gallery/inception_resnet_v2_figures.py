"""Inception-ResNet-v2 (figures): 32,433,928 parameters, 9,257,953,632 multiply-adds for an image of 299×299×3.

Written by Archspec; it needs torch only.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def chain(**layers: nn.Module) -> nn.Sequential:
    """Layers in order, each under its name."""
    return nn.Sequential(OrderedDict(layers))


class StemV4Mix1(nn.Module):
    """Block mix1, row stem, branches concatenated.

    pool  max pool 3×3/2
    conv  3×3/2
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, stride=2)
        self.conv = nn.Conv2d(in_channels, 96, 3, stride=2, bias=False)
        self.conv_norm = nn.BatchNorm2d(96, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        pool = self.pool(x)
        conv = F.relu(self.conv_norm(self.conv(x)))
        return torch.cat([pool, conv], dim=1)


class StemV4Mix2(nn.Module):
    """Block mix2, row stem, branches concatenated.

    branch_3x3  1×1, 3×3
    branch_7x7  1×1, 1×7, 7×1, 3×3
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, 64, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(64, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(64, 96, 3, bias=False),
            conv_norm=nn.BatchNorm2d(96, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.branch_7x7 = chain(
            reduce=nn.Conv2d(in_channels, 64, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(64, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(64, 64, (1, 7), padding=(0, 3), bias=False),
            conv1_norm=nn.BatchNorm2d(64, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(64, 64, (7, 1), padding=(3, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(64, eps=0.001),
            conv2_act=nn.ReLU(),
            conv3=nn.Conv2d(64, 96, 3, bias=False),
            conv3_norm=nn.BatchNorm2d(96, eps=0.001),
            conv3_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_3x3 = self.branch_3x3(x)
        branch_7x7 = self.branch_7x7(x)
        return torch.cat([branch_3x3, branch_7x7], dim=1)


class StemV4Mix3(nn.Module):
    """Block mix3, row stem, branches concatenated.

    conv  3×3/2
    pool  max pool 3×3/2
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 192, 3, stride=2, bias=False)
        self.conv_norm = nn.BatchNorm2d(192, eps=0.001)
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        conv = F.relu(self.conv_norm(self.conv(x)))
        pool = self.pool(x)
        return torch.cat([conv, pool], dim=1)


class StemV4(nn.Module):
    """Module stem-v4, row stem: 3×3/2, 3×3, 3×3, (max pool 3×3/2 | 3×3/2), (1×1, 3×3 | 1×1, 1×7, 7×1, 3×3), (3×3/2 |
    max pool 3×3/2).
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, 3, stride=2, bias=False)
        self.conv1_norm = nn.BatchNorm2d(32, eps=0.001)
        self.conv2 = nn.Conv2d(32, 32, 3, bias=False)
        self.conv2_norm = nn.BatchNorm2d(32, eps=0.001)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1, bias=False)
        self.conv3_norm = nn.BatchNorm2d(64, eps=0.001)
        self.mix1 = StemV4Mix1(64)
        self.mix2 = StemV4Mix2(160)
        self.mix3 = StemV4Mix3(192)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1_norm(self.conv1(x)))
        x = F.relu(self.conv2_norm(self.conv2(x)))
        x = F.relu(self.conv3_norm(self.conv3(x)))
        x = self.mix1(x)
        x = self.mix2(x)
        return self.mix3(x)


class InceptionResnetA(nn.Module):
    """Module inception-resnet-a, rows a1 to a5, branches concatenated, plus the input.

    branch_1x1  1×1
    branch_3x3  1×1, 3×3
    double_3x3  1×1, 3×3, 3×3
    """

    def __init__(
        self,
        in_channels: int,
        n1x1: int,
        n3x3: int,
        double_3x3_1: int,
        double_3x3_2: int,
        linear: int,
    ) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n1x1, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n1x1, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n1x1, n3x3, 3, padding=1, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n1x1, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n1x1, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n1x1, double_3x3_1, 3, padding=1, bias=False),
            conv1_norm=nn.BatchNorm2d(double_3x3_1, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(double_3x3_1, double_3x3_2, 3, padding=1, bias=False),
            conv2_norm=nn.BatchNorm2d(double_3x3_2, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.linear = nn.Conv2d(n1x1 + n3x3 + double_3x3_2, linear, 1)

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        double_3x3 = self.double_3x3(x)
        y = torch.cat([branch_1x1, branch_3x3, double_3x3], dim=1)
        y = 0.17 * self.linear(y)
        return F.relu(y + x)


class ReductionA(nn.Module):
    """Module reduction-a, row reduce1, branches concatenated.

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


class InceptionResnetB(nn.Module):
    """Module inception-resnet-b, rows b1 to b10, branches concatenated, plus the input.

    branch_1x1  1×1
    branch_7x7  1×1, 1×7, 7×1
    """

    def __init__(self, in_channels: int, n1x1: int, n7x7_reduce: int, n1x7: int, n7x1: int, linear: int) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_7x7 = chain(
            reduce=nn.Conv2d(in_channels, n7x7_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n7x7_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n7x7_reduce, n1x7, (1, 7), padding=(0, 3), bias=False),
            conv1_norm=nn.BatchNorm2d(n1x7, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n1x7, n7x1, (7, 1), padding=(3, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(n7x1, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.linear = nn.Conv2d(n1x1 + n7x1, linear, 1)

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_7x7 = self.branch_7x7(x)
        y = torch.cat([branch_1x1, branch_7x7], dim=1)
        y = 0.1 * self.linear(y)
        return F.relu(y + x)


class ReductionResnetB(nn.Module):
    """Module reduction-resnet-b, row reduce2, branches concatenated.

    branch_3x3a  1×1, 3×3/2
    branch_3x3b  1×1, 3×3/2
    double_3x3   1×1, 3×3, 3×3/2
    pool         max pool 3×3/2
    """

    def __init__(self, in_channels: int, reduce: int, n3x3_1: int, n3x3_2: int, double_3x3: int) -> None:
        super().__init__()
        self.branch_3x3a = chain(
            reduce=nn.Conv2d(in_channels, reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(reduce, n3x3_1, 3, stride=2, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3_1, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.branch_3x3b = chain(
            reduce=nn.Conv2d(in_channels, reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(reduce, n3x3_2, 3, stride=2, bias=False),
            conv_norm=nn.BatchNorm2d(n3x3_2, eps=0.001),
            conv_act=nn.ReLU(),
        )
        self.double_3x3 = chain(
            reduce=nn.Conv2d(in_channels, reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(reduce, n3x3_2, 3, padding=1, bias=False),
            conv1_norm=nn.BatchNorm2d(n3x3_2, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n3x3_2, double_3x3, 3, stride=2, bias=False),
            conv2_norm=nn.BatchNorm2d(double_3x3, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        branch_3x3a = self.branch_3x3a(x)
        branch_3x3b = self.branch_3x3b(x)
        double_3x3 = self.double_3x3(x)
        pool = self.pool(x)
        return torch.cat([branch_3x3a, branch_3x3b, double_3x3, pool], dim=1)


class InceptionResnetC(nn.Module):
    """Module inception-resnet-c, rows c1 to c5, branches concatenated, plus the input.

    branch_1x1  1×1
    branch_3x3  1×1, 1×3, 3×1
    """

    def __init__(self, in_channels: int, n1x1: int, n3x3_reduce: int, n1x3: int, n3x1: int, linear: int) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = nn.BatchNorm2d(n1x1, eps=0.001)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=nn.BatchNorm2d(n3x3_reduce, eps=0.001),
            reduce_act=nn.ReLU(),
            conv1=nn.Conv2d(n3x3_reduce, n1x3, (1, 3), padding=(0, 1), bias=False),
            conv1_norm=nn.BatchNorm2d(n1x3, eps=0.001),
            conv1_act=nn.ReLU(),
            conv2=nn.Conv2d(n1x3, n3x1, (3, 1), padding=(1, 0), bias=False),
            conv2_norm=nn.BatchNorm2d(n3x1, eps=0.001),
            conv2_act=nn.ReLU(),
        )
        self.linear = nn.Conv2d(n1x1 + n3x1, linear, 1)

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        y = torch.cat([branch_1x1, branch_3x3], dim=1)
        y = 0.2 * self.linear(y)
        return F.relu(y + x)


class InceptionResNetV2Figures(nn.Module):
    """Inception-ResNet-v2 (figures) for 299×299×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.stem = StemV4(3)
            self.a1 = InceptionResnetA(384, 32, 32, 48, 64, 384)
            self.a2 = InceptionResnetA(384, 32, 32, 48, 64, 384)
            self.a3 = InceptionResnetA(384, 32, 32, 48, 64, 384)
            self.a4 = InceptionResnetA(384, 32, 32, 48, 64, 384)
            self.a5 = InceptionResnetA(384, 32, 32, 48, 64, 384)
            self.reduce1 = ReductionA(384, 256, 256, 384, 384)
            self.b1 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b2 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b3 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b4 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b5 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b6 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b7 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b8 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b9 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.b10 = InceptionResnetB(1152, 192, 128, 160, 192, 1152)
            self.reduce2 = ReductionResnetB(1152, 256, 384, 288, 320)
            self.c1 = InceptionResnetC(2144, 192, 192, 224, 256, 2144)
            self.c2 = InceptionResnetC(2144, 192, 192, 224, 256, 2144)
            self.c3 = InceptionResnetC(2144, 192, 192, 224, 256, 2144)
            self.c4 = InceptionResnetC(2144, 192, 192, 224, 256, 2144)
            self.c5 = InceptionResnetC(2144, 192, 192, 224, 256, 2144)
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.dropout = nn.Dropout(0.2)
            self.fc = nn.Linear(2144, classes)
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
        x = self.stem(x)  # 35×35×384
        x = self.a1(x)  # 35×35×384
        x = self.a2(x)  # 35×35×384
        x = self.a3(x)  # 35×35×384
        x = self.a4(x)  # 35×35×384
        x = self.a5(x)  # 35×35×384
        x = self.reduce1(x)  # 17×17×1152
        x = self.b1(x)  # 17×17×1152
        x = self.b2(x)  # 17×17×1152
        x = self.b3(x)  # 17×17×1152
        x = self.b4(x)  # 17×17×1152
        x = self.b5(x)  # 17×17×1152
        x = self.b6(x)  # 17×17×1152
        x = self.b7(x)  # 17×17×1152
        x = self.b8(x)  # 17×17×1152
        x = self.b9(x)  # 17×17×1152
        x = self.b10(x)  # 17×17×1152
        x = self.reduce2(x)  # 8×8×2144
        x = self.c1(x)  # 8×8×2144
        x = self.c2(x)  # 8×8×2144
        x = self.c3(x)  # 8×8×2144
        x = self.c4(x)  # 8×8×2144
        x = self.c5(x)  # 8×8×2144
        x = self.pool(x)  # 1×1×2144
        x = self.dropout(x)  # 1×1×2144
        x = self.fc(torch.flatten(x, 1))  # 1000
        return x
