"""Inception-v1 (TF-slim): 6,617,624 parameters, 1,498,376,192 multiply-adds for an image of 224×224×3.

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


class ShiftBatchNorm(nn.BatchNorm2d):
    """Batch normalization of maps or vectors with a learned shift and no scale."""

    def __init__(self, num_features: int, eps: float = 1e-05, momentum: float = 0.1) -> None:
        super().__init__(num_features, eps, momentum)
        self.weight = None

    def reset_parameters(self) -> None:
        self.reset_running_stats()
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.num_batches_tracked.add_(1)
        mean, var = self.running_mean, self.running_var
        return F.batch_norm(x, mean, var, None, self.bias, self.training, self.momentum, self.eps)


class InceptionV1(nn.Module):
    """Module inception-v1, rows Mixed_3b, Mixed_3c, Mixed_4b, Mixed_4c, Mixed_4d, Mixed_4e, Mixed_4f, Mixed_5b,
    Mixed_5c, branches concatenated.

    branch_1x1  1×1
    branch_3x3  1×1, 3×3
    branch_5x5  1×1, 3×3
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
        self.branch_1x1 = nn.Conv2d(in_channels, n1x1, 1, bias=False)
        self.branch_1x1_norm = ShiftBatchNorm(n1x1, eps=0.001, momentum=0.0003)
        self.branch_3x3 = chain(
            reduce=nn.Conv2d(in_channels, n3x3_reduce, 1, bias=False),
            reduce_norm=ShiftBatchNorm(n3x3_reduce, eps=0.001, momentum=0.0003),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n3x3_reduce, n3x3, 3, padding=1, bias=False),
            conv_norm=ShiftBatchNorm(n3x3, eps=0.001, momentum=0.0003),
            conv_act=nn.ReLU(),
        )
        self.branch_5x5 = chain(
            reduce=nn.Conv2d(in_channels, n5x5_reduce, 1, bias=False),
            reduce_norm=ShiftBatchNorm(n5x5_reduce, eps=0.001, momentum=0.0003),
            reduce_act=nn.ReLU(),
            conv=nn.Conv2d(n5x5_reduce, n5x5, 3, padding=1, bias=False),
            conv_norm=ShiftBatchNorm(n5x5, eps=0.001, momentum=0.0003),
            conv_act=nn.ReLU(),
        )
        self.pool = chain(
            pool=nn.MaxPool2d(3, stride=1, padding=1),
            proj=nn.Conv2d(in_channels, pool_proj, 1, bias=False),
            proj_norm=ShiftBatchNorm(pool_proj, eps=0.001, momentum=0.0003),
            proj_act=nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        branch_1x1 = F.relu(self.branch_1x1_norm(self.branch_1x1(x)))
        branch_3x3 = self.branch_3x3(x)
        branch_5x5 = self.branch_5x5(x)
        pool = self.pool(x)
        return torch.cat([branch_1x1, branch_3x3, branch_5x5, pool], dim=1)


class InceptionV1TFSlim(nn.Module):
    """Inception-v1 (TF-slim) for 224×224×3 images."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.Conv2d_1a_7x7_pad = nn.ZeroPad2d((2, 3, 2, 3))
            self.Conv2d_1a_7x7 = nn.Conv2d(3, 64, 7, stride=2, bias=False)
            self.Conv2d_1a_7x7_norm = ShiftBatchNorm(64, eps=0.001, momentum=0.0003)
            self.MaxPool_2a_3x3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.Conv2d_2b_1x1 = nn.Conv2d(64, 64, 1, bias=False)
            self.Conv2d_2b_1x1_norm = ShiftBatchNorm(64, eps=0.001, momentum=0.0003)
            self.Conv2d_2c_3x3 = nn.Conv2d(64, 192, 3, padding=1, bias=False)
            self.Conv2d_2c_3x3_norm = ShiftBatchNorm(192, eps=0.001, momentum=0.0003)
            self.MaxPool_3a_3x3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.Mixed_3b = InceptionV1(192, 64, 96, 128, 16, 32, 32)
            self.Mixed_3c = InceptionV1(256, 128, 128, 192, 32, 96, 64)
            self.MaxPool_4a_3x3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
            self.Mixed_4b = InceptionV1(480, 192, 96, 208, 16, 48, 64)
            self.Mixed_4c = InceptionV1(512, 160, 112, 224, 24, 64, 64)
            self.Mixed_4d = InceptionV1(512, 128, 128, 256, 24, 64, 64)
            self.Mixed_4e = InceptionV1(512, 112, 144, 288, 32, 64, 64)
            self.Mixed_4f = InceptionV1(528, 256, 160, 320, 32, 128, 128)
            self.MaxPool_5a_2x2 = nn.MaxPool2d(2, stride=2)
            self.Mixed_5b = InceptionV1(832, 256, 160, 320, 32, 128, 128)
            self.Mixed_5c = InceptionV1(832, 384, 192, 384, 48, 128, 128)
            self.AvgPool_0a_7x7 = nn.AvgPool2d(7, stride=1)
            self.Dropout_0b = nn.Dropout(0.2)
            self.Logits = nn.Linear(1024, classes)
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
        x = F.relu(self.Conv2d_1a_7x7_norm(self.Conv2d_1a_7x7(self.Conv2d_1a_7x7_pad(x))))  # 112×112×64
        x = self.MaxPool_2a_3x3(x)  # 56×56×64
        x = F.relu(self.Conv2d_2b_1x1_norm(self.Conv2d_2b_1x1(x)))  # 56×56×64
        x = F.relu(self.Conv2d_2c_3x3_norm(self.Conv2d_2c_3x3(x)))  # 56×56×192
        x = self.MaxPool_3a_3x3(x)  # 28×28×192
        x = self.Mixed_3b(x)  # 28×28×256
        x = self.Mixed_3c(x)  # 28×28×480
        x = self.MaxPool_4a_3x3(x)  # 14×14×480
        x = self.Mixed_4b(x)  # 14×14×512
        x = self.Mixed_4c(x)  # 14×14×512
        x = self.Mixed_4d(x)  # 14×14×512
        x = self.Mixed_4e(x)  # 14×14×528
        x = self.Mixed_4f(x)  # 14×14×832
        x = self.MaxPool_5a_2x2(x)  # 7×7×832
        x = self.Mixed_5b(x)  # 7×7×832
        x = self.Mixed_5c(x)  # 7×7×1024
        x = self.AvgPool_0a_7x7(x)  # 1×1×1024
        x = self.Dropout_0b(x)  # 1×1×1024
        x = self.Logits(flatten(x, 1, 1))  # 1000
        return x
