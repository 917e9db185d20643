"""ResNet-50: 25,557,032 parameters, 3,857,973,248 multiply-adds for an image of 224×224×3.

Written by Archspec; it needs torch only.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BottleneckV1WithProjection(nn.Module):
    """Module bottleneck-v1, rows conv2_1, conv3_1, conv4_1, conv5_1, branches added.

    conv1       1×1, 3×3, 1×1
    projection  1×1
    """

    def __init__(self, in_channels: int, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, stride=stride, bias=False)
        self.conv1_norm = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.conv2_norm = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.conv3_norm = nn.BatchNorm2d(out)
        self.projection = nn.Conv2d(in_channels, out, 1, stride=stride, bias=False)
        self.projection_norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1_norm(self.conv1(x)))
        y = F.relu(self.conv2_norm(self.conv2(y)))
        y = self.conv3_norm(self.conv3(y))
        projection = self.projection_norm(self.projection(x))
        return F.relu(y + projection)


class BottleneckV1(nn.Module):
    """Module bottleneck-v1, rows conv2_2, conv2_3, conv3_2 to conv3_4, conv4_2 to conv4_6, conv5_2, conv5_3,
    branches added.

    conv1  1×1, 3×3, 1×1
    input
    """

    def __init__(self, in_channels: int, width: int, out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.conv1_norm = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.conv2_norm = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.conv3_norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1_norm(self.conv1(x)))
        y = F.relu(self.conv2_norm(self.conv2(y)))
        y = self.conv3_norm(self.conv3(y))
        return F.relu(y + x)


class ResNet50(nn.Module):
    """ResNet-50 for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
            self.conv1_norm = nn.BatchNorm2d(64)
            self.pool1 = nn.MaxPool2d(3, stride=2, padding=1)
            self.conv2_1 = BottleneckV1WithProjection(64, 64, 256, stride=1)
            self.conv2_2 = BottleneckV1(256, 64, 256)
            self.conv2_3 = BottleneckV1(256, 64, 256)
            self.conv3_1 = BottleneckV1WithProjection(256, 128, 512, stride=2)
            self.conv3_2 = BottleneckV1(512, 128, 512)
            self.conv3_3 = BottleneckV1(512, 128, 512)
            self.conv3_4 = BottleneckV1(512, 128, 512)
            self.conv4_1 = BottleneckV1WithProjection(512, 256, 1024, stride=2)
            self.conv4_2 = BottleneckV1(1024, 256, 1024)
            self.conv4_3 = BottleneckV1(1024, 256, 1024)
            self.conv4_4 = BottleneckV1(1024, 256, 1024)
            self.conv4_5 = BottleneckV1(1024, 256, 1024)
            self.conv4_6 = BottleneckV1(1024, 256, 1024)
            self.conv5_1 = BottleneckV1WithProjection(1024, 512, 2048, stride=2)
            self.conv5_2 = BottleneckV1(2048, 512, 2048)
            self.conv5_3 = BottleneckV1(2048, 512, 2048)
            self.pool5 = nn.AdaptiveAvgPool2d(1)
            self.fc = nn.Linear(2048, classes)
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
        x = self.conv2_1(x)  # 56×56×256
        x = self.conv2_2(x)  # 56×56×256
        x = self.conv2_3(x)  # 56×56×256
        x = self.conv3_1(x)  # 28×28×512
        x = self.conv3_2(x)  # 28×28×512
        x = self.conv3_3(x)  # 28×28×512
        x = self.conv3_4(x)  # 28×28×512
        x = self.conv4_1(x)  # 14×14×1024
        x = self.conv4_2(x)  # 14×14×1024
        x = self.conv4_3(x)  # 14×14×1024
        x = self.conv4_4(x)  # 14×14×1024
        x = self.conv4_5(x)  # 14×14×1024
        x = self.conv4_6(x)  # 14×14×1024
        x = self.conv5_1(x)  # 7×7×2048
        x = self.conv5_2(x)  # 7×7×2048
        x = self.conv5_3(x)  # 7×7×2048
        x = self.pool5(x)  # 1×1×2048
        x = self.fc(torch.flatten(x, 1))  # 1000
        return x
