"""Inception-ResNet-v1: 22,756,328 parameters, 6,206,361,696 multiply-adds for an image of 299×299×3.

Written by Archspec; it needs torch only.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def chain(**layers: nn.Module) -> nn.Sequential:
    """Layers in order, each under its name."""
    return nn.Sequential(OrderedDict(layers))


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


class InceptionResNetV1(nn.Module):
    """Inception-ResNet-v1 for 299×299×3 images."""

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
            self.conv6 = nn.Conv2d(192, 256, 3, stride=2, bias=False)
            self.conv6_norm = nn.BatchNorm2d(256, eps=0.001)
            self.a1 = InceptionResnetA(256, 32, 32, 32, 32, 256)
            self.a2 = InceptionResnetA(256, 32, 32, 32, 32, 256)
            self.a3 = InceptionResnetA(256, 32, 32, 32, 32, 256)
            self.a4 = InceptionResnetA(256, 32, 32, 32, 32, 256)
            self.a5 = InceptionResnetA(256, 32, 32, 32, 32, 256)
            self.reduce1 = ReductionA(256, 192, 192, 256, 384)
            self.b1 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b2 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b3 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b4 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b5 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b6 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b7 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b8 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b9 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.b10 = InceptionResnetB(896, 128, 128, 128, 128, 896)
            self.reduce2 = ReductionResnetB(896, 256, 384, 256, 256)
            self.c1 = InceptionResnetC(1792, 192, 192, 192, 192, 1792)
            self.c2 = InceptionResnetC(1792, 192, 192, 192, 192, 1792)
            self.c3 = InceptionResnetC(1792, 192, 192, 192, 192, 1792)
            self.c4 = InceptionResnetC(1792, 192, 192, 192, 192, 1792)
            self.c5 = InceptionResnetC(1792, 192, 192, 192, 192, 1792)
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.dropout = nn.Dropout(0.2)
            self.fc = nn.Linear(1792, classes)
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
        x = F.relu(self.conv1_norm(self.conv1(x)))  # 149×149×32
        x = F.relu(self.conv2_norm(self.conv2(x)))  # 147×147×32
        x = F.relu(self.conv3_norm(self.conv3(x)))  # 147×147×64
        x = self.pool1(x)  # 73×73×64
        x = F.relu(self.conv4_norm(self.conv4(x)))  # 73×73×80
        x = F.relu(self.conv5_norm(self.conv5(x)))  # 71×71×192
        x = F.relu(self.conv6_norm(self.conv6(x)))  # 35×35×256
        x = self.a1(x)  # 35×35×256
        x = self.a2(x)  # 35×35×256
        x = self.a3(x)  # 35×35×256
        x = self.a4(x)  # 35×35×256
        x = self.a5(x)  # 35×35×256
        x = self.reduce1(x)  # 17×17×896
        x = self.b1(x)  # 17×17×896
        x = self.b2(x)  # 17×17×896
        x = self.b3(x)  # 17×17×896
        x = self.b4(x)  # 17×17×896
        x = self.b5(x)  # 17×17×896
        x = self.b6(x)  # 17×17×896
        x = self.b7(x)  # 17×17×896
        x = self.b8(x)  # 17×17×896
        x = self.b9(x)  # 17×17×896
        x = self.b10(x)  # 17×17×896
        x = self.reduce2(x)  # 8×8×1792
        x = self.c1(x)  # 8×8×1792
        x = self.c2(x)  # 8×8×1792
        x = self.c3(x)  # 8×8×1792
        x = self.c4(x)  # 8×8×1792
        x = self.c5(x)  # 8×8×1792
        x = self.pool(x)  # 1×1×1792
        x = self.dropout(x)  # 1×1×1792
        x = self.fc(torch.flatten(x, 1))  # 1000
        return x
