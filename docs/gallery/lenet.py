"""LeNet-5 (d2l): 61,706 parameters, 416,520 multiply-adds for an image of 28×28×1.

Written by Archspec; it needs torch only.
"""

import torch
from torch import Tensor, nn


@torch.fx.wrap
def flatten(x: Tensor, height: int, width: int) -> Tensor:
    """Maps of this size as vectors; images of another size than the network is made for may give others."""
    if x.shape[2] != height or x.shape[3] != width:
        raise RuntimeError(
            f"the network is made for 28×28 images and needs maps of {height}×{width} here, "
            f"not {x.shape[2]}×{x.shape[3]}: build it for this size (`--input HxW`, `with_input`) or pool `global`"
        )
    return torch.flatten(x, 1)


class LeNet5D2l(nn.Module):
    """LeNet-5 (d2l) for 28×28×1 images."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        device = torch.empty(0).device
        with torch.device("meta"):  # sizes only: `initialise` gives the numbers
            self.c1 = nn.Conv2d(1, 6, 5, padding=2)
            self.s2 = nn.AvgPool2d(2, stride=2)
            self.c3 = nn.Conv2d(6, 16, 5)
            self.s4 = nn.AvgPool2d(2, stride=2)
            self.c5 = nn.Linear(400, 120)
            self.f6 = nn.Linear(120, 84)
            self.output = nn.Linear(84, classes)
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
        x = torch.sigmoid(self.c1(x))  # 28×28×6
        x = self.s2(x)  # 14×14×6
        x = torch.sigmoid(self.c3(x))  # 10×10×16
        x = self.s4(x)  # 5×5×16
        x = torch.sigmoid(self.c5(flatten(x, 5, 5)))  # 120
        x = torch.sigmoid(self.f6(x))  # 84
        x = self.output(x)  # 10
        return x
