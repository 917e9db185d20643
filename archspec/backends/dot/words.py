"""How layers are worded: `conv 3×3 / 2`, `max pool 3×3`, `no relu`. Operations and shapes in, short texts out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never

from archspec import ops
from archspec.backends.dot.style import Kind, human
from archspec.graph import Node
from archspec.shape import Pair, Shape


class Description(NamedTuple):
    """`title` says the operation, `short` the same inside a chain, `notes` what is unusual about it. `stride` is
    written behind `short` where the grid gets smaller: `3×3/2`."""

    kind: Kind
    title: str
    short: str
    filters: int | None = None
    notes: tuple[str, ...] = ()
    stride: str = ""


def describe(main: Node, group: Sequence[Node], given: Shape, deviations: Sequence[str]) -> Description:
    """What to print on the layer `group` whose operation is `main`.

    `given` is the shape the layer takes; `deviations` say how a convolution differs from the usual one.
    """
    op = main.op
    name = word(op)
    match op:
        case ops.Conv2d():
            window = next(node.op for node in group if isinstance(node.op, ops.Conv2d))  # of a separable one, the first
            area = window.kernel_size[0] * window.kernel_size[1]
            kind: Kind = "conv1" if area == 1 else "conv3" if area < 25 else "conv5"
            size = grid(window.kernel_size)
            notes = [*_conv_notes(window, group, given), *deviations]
            if window is not op:
                name = "separable conv"
                notes.insert(0, f"×{window.out_channels // given.channels} depthwise")
            elif 1 < op.groups == given.channels:
                name = "depthwise conv"
            elif op.groups > 1:
                notes.insert(0, f"{op.groups} groups")
            title, stride = f"{name} {size}{_stride(window.stride)}", _stride(window.stride, "/")
            return Description(kind, title, size, op.out_channels, tuple(notes), stride)
        case ops.MaxPool2d() | ops.AvgPool2d():
            kind = "max" if isinstance(op, ops.MaxPool2d) else "avg"
            title = f"{name} {grid(op.kernel_size)}{_stride(op.stride)}"
            notes = [*_pool_notes(op, group, given, main.shape)]
            return Description(kind, title, kind, None, tuple(notes), _stride(op.stride, "/"))
        case ops.AdaptiveMaxPool2d() | ops.AdaptiveAvgPool2d():
            kind = "max" if isinstance(op, ops.AdaptiveMaxPool2d) else "avg"
            if op.output_size == (1, 1):
                return Description(kind, f"global {name} {grid(given.grid)}", f"global {kind}")
            return Description(kind, f"{name} to {grid(op.output_size)}", kind)
        case ops.Linear():
            parts = [word(node.op) for node in group if node is not main]
            return Description("fc", name, name, op.out_features, (*([] if op.bias else ["no bias"]), *parts))
        case ops.LocalResponseNorm():
            return Description("other", name, "lrn", None, (f"over {op.size} channels",))
        case ops.Dropout():
            return Description("other", f"{name} {op.rate * 100:g} %", name)
        case ops.Scale():
            return Description("other", f"× {op.factor:g}", f"× {op.factor:g}")
        case ops.Softmax():
            return Description("fc", name, name)
        case _:
            return Description("other", name, name)


def _conv_notes(op: ops.Conv2d, group: Sequence[Node], given: Shape) -> list[str]:
    notes = [] if op.dilation == (1, 1) else [f"dilation {_pair(op.dilation)}"]
    same = tuple(d * (k - 1) // 2 for k, d in zip(op.kernel_size, op.dilation, strict=True))
    if any(isinstance(node.op, ops.Pad2d) for node in group):
        return [*notes, _uneven(group)]
    if op.padding == same:
        return notes
    return [*notes, "no pad" if op.padding == (0, 0) else f"pad {_pair(op.padding)}"]


def _pool_notes(op: ops.MaxPool2d | ops.AvgPool2d, group: Sequence[Node], given: Shape, shape: Shape) -> Iterator[str]:
    if shape.grid == (1, 1):
        yield "global"
    elif op.stride == (1, 1):
        yield "stride 1"
    if any(isinstance(node.op, ops.Pad2d) for node in group):
        yield _uneven(group)
    elif any(op.padding):
        yield f"pad {_pair(op.padding)}"
        if isinstance(op, ops.AvgPool2d) and not op.count_pad:
            yield "not counted"
    if op.rounding == "ceil" and any(
        (size + 2 * pad - kernel) % stride
        for size, pad, kernel, stride in zip(given.grid, op.padding, op.kernel_size, op.stride, strict=True)
    ):
        yield "rounded up"


def _uneven(group: Sequence[Node]) -> str:
    pad = next(node.op.padding for node in group if isinstance(node.op, ops.Pad2d))
    vertical, horizontal = f"{pad.top}+{pad.bottom}", f"{pad.left}+{pad.right}"
    return f"pad {vertical}" if vertical == horizontal else f"pad {vertical}, {horizontal}"


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else grid(pair)


def _stride(stride: Pair, sign: str = " / ") -> str:
    return "" if stride == (1, 1) else f"{sign}{_pair(stride)}"


def word(op: ops.AnyOp) -> str:
    """What an operation is called."""
    match op:
        case ops.Input():
            return "image"
        case ops.Conv2d():
            return "conv"
        case ops.MaxPool2d() | ops.AdaptiveMaxPool2d():
            return "max pool"
        case ops.AvgPool2d() | ops.AdaptiveAvgPool2d():
            return "avg pool"
        case ops.Pad2d():
            return "pad"
        case ops.BatchNorm2d():
            return "batch norm"
        case ops.LocalResponseNorm():
            return "local response norm"
        case ops.Relu() | ops.Relu6() | ops.Sigmoid() | ops.Tanh() | ops.Softmax():
            return type(op).__name__.lower()
        case ops.Dropout():
            return "dropout"
        case ops.Flatten():
            return "flatten"
        case ops.Linear():
            return "linear"
        case ops.Concat():
            return "concat"
        case ops.Add():
            return "add"
        case ops.Scale():
            return "scale"
        case _:
            assert_never(op)


def grid(pair: Pair) -> str:
    return f"{pair[0]}×{pair[1]}"


def counts(params: int, macs: int) -> str:
    return " · ".join([*([f"{human(params)} par"] if params else []), *([f"{human(macs)} MAC"] if macs else [])])
