"""The closed set of operations: what each does to shapes, and what it costs.

An `Op` is one of the frozen dataclasses of the union below, with torch's names and values in torch's units. One method
infers the output shape and raises `ShapeError`; the same rule builds, checks and prints. Counts are per image:
`weights` and `biases` are learned numbers, `buffers` are kept ones, `macs` are multiply-adds of convolutions and linear
layers. Where a class adds no field it needs no decorator. A node's name is its identity, not its op: two equal 1×1
convolutions on one input are different weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archspec.shape import Padding, Pair, Rounding, Shape, positions

Shapes = tuple[Shape, ...]
Reason = Literal["kernel", "padding", "groups", "branches", "add", "flat"]


class ShapeError(Exception):
    """An operation cannot take these shapes. `reason` says which rule broke; the message speaks of sizes only."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message = message


@dataclass(frozen=True)
class Op:
    """What all operations share; abstract. The neutral answers: one input, same shape, no parameters, no
    multiply-adds."""

    def infer(self, inputs: Shapes) -> Shape:
        """The output shape. Raises `ShapeError` where the inputs do not fit."""
        return inputs[0]

    def weights(self, inputs: Shapes) -> int:
        return 0

    def biases(self, inputs: Shapes) -> int:
        return 0

    def buffers(self, inputs: Shapes) -> int:
        return 0

    def macs(self, inputs: Shapes) -> int:
        return 0


def _window(
    shape: Shape, kernel: Pair, stride: Pair, padding: Pair, rounding: Rounding, dilation: Pair = (1, 1)
) -> Pair:
    height, width = (
        positions(size, k, s, 2 * p, rounding, d)
        for size, k, s, p, d in zip(shape.grid, kernel, stride, padding, dilation, strict=True)
    )
    if height < 1 or width < 1:
        padded = f", padded to {shape.height + 2 * padding[0]}×{shape.width + 2 * padding[1]}" if any(padding) else ""
        message = f"a window of {kernel[0]}×{kernel[1]} does not fit a map of {shape.height}×{shape.width}{padded}"
        raise ShapeError("kernel", message)
    return height, width


@dataclass(frozen=True)
class Input(Op):
    shape: Shape

    def infer(self, inputs: Shapes) -> Shape:
        return self.shape


@dataclass(frozen=True)
class Conv2d(Op):
    """`init` names a scheme of `initialisation.py`, for example `he-normal` or `normal 0.01`."""

    out_channels: int
    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1
    bias: bool = True
    init: str = "torch"

    def infer(self, inputs: Shapes) -> Shape:
        (shape,) = inputs
        for what, channels in (("input", shape.channels), ("output", self.out_channels)):
            if channels % self.groups:
                raise ShapeError("groups", f"{self.groups} groups do not divide {channels} {what} channels")
        grid = _window(shape, self.kernel_size, self.stride, self.padding, "floor", self.dilation)
        return Shape(*grid, self.out_channels)

    def weights(self, inputs: Shapes) -> int:
        height, width = self.kernel_size
        return height * width * (inputs[0].channels // self.groups) * self.out_channels

    def biases(self, inputs: Shapes) -> int:
        return self.out_channels if self.bias else 0

    def macs(self, inputs: Shapes) -> int:
        height, width = self.infer(inputs).grid
        return height * width * self.weights(inputs)


@dataclass(frozen=True)
class Pool2d(Op):
    """A sliding window without parameters; abstract."""

    kernel_size: Pair
    stride: Pair
    padding: Pair = (0, 0)
    rounding: Rounding = "floor"

    def infer(self, inputs: Shapes) -> Shape:
        for kernel, pad in zip(self.kernel_size, self.padding, strict=True):
            if pad > kernel // 2:
                raise ShapeError("padding", f"pad {pad} is more than half of the {kernel} wide window")
        (shape,) = inputs
        return Shape(*_window(shape, self.kernel_size, self.stride, self.padding, self.rounding), shape.channels)


class MaxPool2d(Pool2d):
    pass


@dataclass(frozen=True)
class AvgPool2d(Pool2d):
    count_pad: bool = False  # torch's count_include_pad


@dataclass(frozen=True)
class AdaptiveAvgPool2d(Op):
    """`global` is (1, 1)."""

    output_size: Pair

    def infer(self, inputs: Shapes) -> Shape:
        return Shape(*self.output_size, inputs[0].channels)


@dataclass(frozen=True)
class AdaptiveMaxPool2d(Op):
    output_size: Pair

    def infer(self, inputs: Shapes) -> Shape:
        return Shape(*self.output_size, inputs[0].channels)


@dataclass(frozen=True)
class Pad2d(Op):
    """Explicit padding, where the two sides of an axis differ. `value` is 0, or -inf in front of a max pool."""

    padding: Padding
    value: float = 0.0

    def infer(self, inputs: Shapes) -> Shape:
        (shape,) = inputs
        top, bottom, left, right = self.padding
        return Shape(shape.height + top + bottom, shape.width + left + right, shape.channels)


@dataclass(frozen=True)
class BatchNorm2d(Op):
    """`decay` is the paper's: the weight of the old average (torch's momentum is 1 - decay).

    `scale` and `shift` say whether gamma and beta are learned; gamma is 1 and beta 0 where they are not.
    """

    eps: float
    decay: float = 0.9
    scale: bool = True
    shift: bool = True

    def weights(self, inputs: Shapes) -> int:
        return inputs[0].channels if self.scale else 0

    def biases(self, inputs: Shapes) -> int:
        return inputs[0].channels if self.shift else 0

    def buffers(self, inputs: Shapes) -> int:
        return 2 * inputs[0].channels + 1  # mean, variance and torch's batch counter


@dataclass(frozen=True)
class LocalResponseNorm(Op):
    """x / (k + alpha / size * sum of squares over `size` channels) ** beta, as torch and Caffe read it."""

    size: int
    alpha: float
    beta: float
    k: float


class Relu(Op):
    pass


class Relu6(Op):
    pass


class Sigmoid(Op):
    pass


class Tanh(Op):
    pass


class Softmax(Op):
    """Over channels."""


@dataclass(frozen=True)
class Dropout(Op):
    rate: float


@dataclass(frozen=True)
class Flatten(Op):
    """A map becomes a vector, channels first, as torch lays it out. `grid` is that of the map where a backend must
    see to it: images of another size give another, and what reads the vector is made for this one."""

    grid: Pair | None = None

    def infer(self, inputs: Shapes) -> Shape:
        return Shape(1, 1, inputs[0].elements)


@dataclass(frozen=True)
class Linear(Op):
    out_features: int
    bias: bool = True
    init: str = "torch"

    def infer(self, inputs: Shapes) -> Shape:
        return Shape(1, 1, self.out_features)

    def weights(self, inputs: Shapes) -> int:
        return inputs[0].elements * self.out_features

    def biases(self, inputs: Shapes) -> int:
        return self.out_features if self.bias else 0

    def macs(self, inputs: Shapes) -> int:
        return self.weights(inputs)


class Concat(Op):
    """Along channels, in the order of its inputs."""

    def infer(self, inputs: Shapes) -> Shape:
        if len({shape.grid for shape in inputs}) > 1:
            sizes = ", ".join(f"{shape.height}×{shape.width}" for shape in inputs)
            raise ShapeError("branches", f"branches of different size cannot be joined: {sizes}")
        return Shape(*inputs[0].grid, sum(shape.channels for shape in inputs))


class Add(Op):
    def infer(self, inputs: Shapes) -> Shape:
        if len(set(inputs)) > 1:
            raise ShapeError("add", "cannot add " + " and ".join(map(str, inputs)))
        return inputs[0]


@dataclass(frozen=True)
class Scale(Op):
    """Times a constant."""

    factor: float


Activation = Relu | Relu6 | Sigmoid | Tanh | Softmax

AnyOp = (
    Input
    | Conv2d
    | MaxPool2d
    | AvgPool2d
    | AdaptiveAvgPool2d
    | AdaptiveMaxPool2d
    | Pad2d
    | BatchNorm2d
    | LocalResponseNorm
    | Relu
    | Relu6
    | Sigmoid
    | Tanh
    | Softmax
    | Dropout
    | Flatten
    | Linear
    | Concat
    | Add
    | Scale
)
