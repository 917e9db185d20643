"""Sizes and the arithmetic of a sliding window. No batch axis; integers only.

A shape prints as the papers do: height × width × channels.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Pair = tuple[int, int]  # (vertical, horizontal)
Rounding = Literal["floor", "ceil"]


class Shape(NamedTuple):
    """Height, width and channels of one image of a batch. A vector of n is 1×1×n."""

    height: int
    width: int
    channels: int

    def __str__(self) -> str:
        return f"{self.height}×{self.width}×{self.channels}"

    @property
    def grid(self) -> Pair:
        return self.height, self.width

    @property
    def elements(self) -> int:
        return self.height * self.width * self.channels


class Padding(NamedTuple):
    """Cells added on each side."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @property
    def symmetric(self) -> bool:
        return self.top == self.bottom and self.left == self.right


def positions(
    size: int, kernel: int, stride: int, padding: int, rounding: Rounding = "floor", dilation: int = 1
) -> int:
    """How many window positions fit on one axis; zero or less where none does.

    floor((size + padding - reach) / stride) + 1 with `padding` the sum of both sides and
    reach = dilation (kernel - 1) + 1; with `rounding="ceil"` the division is rounded up and a last window that would
    start beyond the map and its leading padding is dropped (Caffe's rule, and torch's); a first window may hang over
    the end. `padding` is then taken to be even, half of it leading.
    """
    space = size + padding - dilation * (kernel - 1) - 1
    if rounding == "floor":
        return space // stride + 1
    count = -(-space // stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding // 2 else count


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> Pair:
    """TensorFlow's SAME on one axis: ceil(size / stride) positions, an odd cell at the end."""
    total = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2
