"""The oracle's layers: a row's cells become torch.nn modules on the meta device, which are called. No archspec.

A row and the size it is given go in; the tensor that it gives and the modules that were made come out. Raises
`Unreadable`, and what torch raises for shapes that do not fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from oracle_cells import (
    Cells,
    Patch,
    Scope,
    Unreadable,
    absent,
    cells_of,
    follow,
    instances,
    key_of,
    keys_of,
    number,
    one_of,
    pair,
    patch,
    rate,
    refers,
    truth,
    whole,
)
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from oracle import Network

CLAIMS = ("output", "input", "depth", "params", "ops")
CONV = ("patch", "stride", "pad", "out", "multiplier", "groups", "dilation", "bias", "norm", "act", "order", "init")
POOL = ("patch", "stride", "pad", "rounding")
OPERATIONS: dict[str, tuple[str, ...]] = {
    "conv": CONV,
    "separable-conv": tuple(key for key in CONV if key != "groups"),
    "depthwise-conv": tuple(key for key in CONV if key not in ("out", "groups")),
    "max-pool": POOL,
    "avg-pool": (*POOL, "count-pad"),
    "linear": ("out", "bias", "norm", "act", "init"),
    "batch-norm": ("eps", "decay", "scale", "shift"),
    "lrn": ("size", "alpha", "beta", "k"),
    "dropout": ("rate",),
} | dict.fromkeys(("relu", "relu6", "sigmoid", "tanh", "softmax", "identity"), ())
WORDS = {
    "convolution": "conv",
    "max": "max-pool",
    "avg": "avg-pool",
    "average-pool": "avg-pool",
    "fully-connected": "linear",
    "fc": "linear",
    "separable-convolution": "separable-conv",
    "local-response-normalization": "lrn",
    "batch-normalization": "batch-norm",
}
NEUTRAL: dict[str, dict[str, Any]] = {
    "conv": {"stride": 1, "groups": 1, "dilation": 1, "order": "conv-norm-act"},
    "linear": {"bias": True, "norm": "none", "act": "none"},
    "batch-norm": {"decay": 0.9, "scale": True, "shift": True},
    "max-pool": {"stride": 1},
    "avg-pool": {"stride": 1},
}
NEUTRAL["separable-conv"] = NEUTRAL["depthwise-conv"] = {**NEUTRAL["conv"], "multiplier": 1}
ACTS = {"relu": nn.ReLU, "relu6": nn.ReLU6, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


class Size(NamedTuple):
    """What one row hands to the next; `flat` behind a linear layer."""

    height: int
    width: int
    channels: int
    flat: bool = False

    def tensor(self) -> Tensor:
        shape = (1, self.channels) if self.flat else (1, self.channels, self.height, self.width)
        return torch.empty(shape, device="meta")


class Counts(NamedTuple):
    size: Size
    depth: int = 0
    weights: int = 0
    parameters: int = 0
    macs: int = 0


@dataclass
class Value:
    """A tensor on its way through a row, and the weight layers on the longest path to it."""

    tensor: Tensor
    depth: int = 0

    @property
    def size(self) -> Size:
        channels = self.tensor.shape[1]
        if self.tensor.dim() == 2:
            return Size(1, 1, channels, True)
        height, width = self.tensor.shape[2:]
        return Size(height, width, channels)


@dataclass
class Target:
    """What a type word names: an operation's keys or a module's table, and the cells that the word brings along."""

    name: str
    module: Mapping[str, Any] | None
    preset: Cells = field(default_factory=dict)
    library: bool = False

    @property
    def optional(self) -> Cells:
        found: Cells = {}
        for written, value in (self.module or {}).get("optional", {}).items():
            found[key_of(written)] = value
        if {"patch", "stride"} <= set(self.columns):
            found.setdefault("stride", 1)
        return found

    @property
    def columns(self) -> list[str]:
        assert self.module is not None
        return [key for caption in self.module.get("columns", ()) for key in keys_of(caption)]

    @property
    def keys(self) -> set[str]:
        return set(OPERATIONS[self.name]) if self.module is None else {*self.columns, *self.optional}


@dataclass
class Run:
    """One row on one input: the torch modules that were made of it."""

    network: Network
    row: Cells
    made: list[nn.Module] = field(default_factory=list)
    counted: int = 1  # what a weight layer adds to the depth: 0 in a projection

    def call(self, module: nn.Module, value: Value, depth: int = 0) -> Value:
        self.made.append(module)
        return Value(module(value.tensor), value.depth + depth * self.counted)

    def layer(self, cells: Cells, value: Value, scope: Scope, inside: Target | None = None) -> Value | None:
        """A step, a branch, a row: None where it is left out."""
        if "type" not in cells:
            return self.block(cells, value, scope, inside)
        own = {key: one for key, one in cells.items() if key not in ("type", "name", "repeat", *CLAIMS)}
        if inside is not None and refers(cells["type"]) and absent(follow(cells["type"], scope)):
            return None
        target = self.network.target(follow(cells["type"], scope), inside)
        if set(own) - target.keys - {"from", "loss-weight"}:
            raise Unreadable(f"{target.name} reads no {set(own) - target.keys}")
        levels: list[tuple[Cells, Scope]] = [(own, scope), (target.preset, self.network.scope(self.row))]
        for name in (target.name, "conv" if target.name in ("separable-conv", "depthwise-conv") else ""):
            levels.append((self.network.defaults.get(name, {}), self.network.scope(self.row)))
        if target.module is not None:
            return self.module(target, levels, value)
        if any(refers(own.get(key)) and absent(follow(own[key], scope)) for key in ("out", "multiplier")):
            return None
        levels.append((NEUTRAL.get(target.name, {}), scope))
        return Operation(self, target.name, levels, inside is None and cells is not None).run(value)

    def module(self, target: Target, levels: list[tuple[Cells, Scope]], value: Value) -> Value | None:
        given: Cells = {}
        for cells, scope in reversed(levels):
            given |= {key: follow(one, scope) for key, one in cells.items()}
        if missing := set(target.columns) - set(given) - set(target.optional):
            raise Unreadable(f"{target.name} needs {missing}")
        if {"patch", "stride"} <= target.keys and "stride" not in given:
            given["stride"] = patch(given["patch"]).stride or (1, 1)
            given["stride"] = given["stride"][0]

        def column(key: str) -> Any:
            if key in given:
                return given[key]
            if key == "output":
                return self.network.scope(self.row)("output")
            if key not in target.optional:
                raise Unreadable(f"{target.name} has no column {key}")
            return follow(target.optional[key], column)

        assert target.module is not None
        return self.block(dict(target.module), value, column, target)

    def block(self, block: Mapping[str, Any], value: Value, scope: Scope, inside: Target | None) -> Value | None:
        end: Value | None = None
        if "branches" in block:
            ends = [self.layer(cells_of(one), value, scope, inside) for one in block["branches"]]
            left = [one for one in ends if one is not None]
            if not left:
                raise Unreadable("no branch is left")
            depth = max(one.depth for one in left)
            if block["join"] == "concat":
                end = Value(torch.cat([one.tensor for one in left], 1), depth)
            else:
                end = Value(sum((one.tensor for one in left[1:]), left[0].tensor), depth)
        else:
            end = self.sequence(block["layers"], value, scope, inside)
        if "then" in block and end is not None:
            end = self.sequence(block["then"], end, scope, inside) or end
        if end is None:
            if "then" in block or "shortcut" in block:
                raise Unreadable("nothing is left")
            return None
        if "shortcut" in block:
            end = self.shortcut(block, value, end, scope, inside)
        if "act" in block and (act := one_of(follow(block["act"], scope), "none", *ACTS)) != "none":
            end = self.call(ACTS[act](), end)
        return end

    def sequence(self, steps: list[Cells], value: Value, scope: Scope, inside: Target | None) -> Value | None:
        end: Value | None = None
        for step in steps:
            cells = cells_of(step)
            if refers(cells.get("repeat")) and absent(follow(cells["repeat"], scope)):
                continue
            for one in instances(cells, scope):
                end = self.layer(one, end or value, scope, inside) or end
        return end

    def shortcut(
        self, block: Mapping[str, Any], value: Value, end: Value, scope: Scope, inside: Target | None
    ) -> Value:
        if "scale" in block:
            end = Value(end.tensor * number(follow(block["scale"], scope)), end.depth)
        if value.tensor.shape != end.tensor.shape:
            if block["shortcut"] == "optional":
                return end
            if "projection" in block:
                self.counted, before = 0, self.counted
                value = self.layer(cells_of(block["projection"]), value, scope, inside) or value
                self.counted = before
        if value.tensor.shape != end.tensor.shape:  # torch would broadcast 1×1
            raise Unreadable(f"cannot add {tuple(end.tensor.shape)} and {tuple(value.tensor.shape)}")
        return Value(end.tensor + value.tensor, max(end.depth, value.depth))


@dataclass
class Operation:
    """One operation, its cells by precedence, as torch modules."""

    run_: Run
    name: str
    levels: list[tuple[Cells, Scope]]
    of_row: bool

    def get(self, key: str) -> Any:
        return next((follow(cells[key], scope) for cells, scope in self.levels if key in cells), None)

    def need(self, key: str) -> Any:
        if (value := self.get(key)) is None:
            raise Unreadable(f"{self.name} needs {key}")
        return value

    def run(self, value: Value) -> Value:
        match self.name:
            case "conv" | "separable-conv" | "depthwise-conv":
                steps = {"conv": self.conv, "norm": self.norm, "act": self.act}
                order = one_of(self.need("order"), "conv-norm-act", "norm-act-conv", "conv-act-norm")
                for step in order.split("-"):
                    value = steps[step](value)
                return value
            case "max-pool" | "avg-pool":
                return self.pool(value)
            case "linear":
                flat = Value(torch.flatten(value.tensor, 1), value.depth)
                linear = nn.Linear(flat.tensor.shape[1], self.filters(), truth(self.need("bias")), device="meta")
                return self.act(self.norm(self.run_.call(linear, flat, 1)))
            case "batch-norm":
                return self.batch_norm(value)
            case "lrn":
                size_, alpha, beta, k = (self.need(key) for key in ("size", "alpha", "beta", "k"))
                return self.run_.call(nn.LocalResponseNorm(whole(size_), number(alpha), number(beta), number(k)), value)
            case "dropout":
                return self.run_.call(nn.Dropout(rate(self.need("rate"))), value)
            case "softmax":
                return self.run_.call(nn.Softmax(1), value)
            case "identity":
                return value
        return self.run_.call(ACTS[self.name](), value)

    def filters(self) -> int:
        out = self.get("out")
        if out is None and self.of_row and "output" in self.run_.row:
            out = self.run_.network.scope(self.run_.row)("output")
        if out is None:
            raise Unreadable(f"{self.name} needs out")
        return whole(out)

    def window(self) -> tuple[Patch, tuple[int, int], bool]:
        """The patch, its stride, and whether the layer that gave it gave a padding too."""
        stride = None
        for cells, scope in self.levels:
            if "stride" in cells and stride is None:
                stride = pair(follow(cells["stride"], scope))
            if "patch" in cells:
                found = patch(follow(cells["patch"], scope))
                if "stride" in cells and found.stride:
                    raise Unreadable("the stride is given twice")
                return found, stride or found.stride or (1, 1), "pad" in cells
        raise Unreadable(f"{self.name} needs patch")

    def check_unread(self) -> None:
        """A pool to a size has no window: what is said of one beside the patch, or nearer, is an error."""
        for cells, _ in self.levels:
            if set(cells) & {"stride", "pad", "rounding", "count-pad"} and "$" not in str(cells.get("patch", "")):
                raise Unreadable("a pool to a size has no window")
            if "patch" in cells:
                return

    def padding(
        self, found: Patch, stride: tuple[int, int], again: bool, grid: tuple[int, int], dilation: tuple[int, int]
    ) -> list[int]:
        """Left, right, top, bottom, as torch pads."""
        if found.valid:
            if again:
                raise Unreadable("V and a padding")
            return [0, 0, 0, 0]
        pad = self.need("pad")
        reach = [d * (k - 1) for k, d in zip(found.kernel, dilation, strict=True)]
        if pad == "same":
            if not all(kernel % 2 for kernel in found.kernel):
                raise Unreadable("`same` needs odd kernels")
            sides = [(one // 2, one // 2) for one in reach]
        elif pad == "tf-same":
            total = [max((-(-n // s) - 1) * s + r + 1 - n, 0) for n, s, r in zip(grid, stride, reach, strict=True)]
            sides = [(one // 2, one - one // 2) for one in total]
        elif isinstance(pad, str) and (m := re.fullmatch(r"\s*(\d+)\s*[x×]\s*(\d+)\s*", pad)):
            sides = [(int(m[1]), int(m[1])), (int(m[2]), int(m[2]))]
        elif isinstance(pad, dict):
            sides = [(pad.get("top", 0), pad.get("bottom", 0)), (pad.get("left", 0), pad.get("right", 0))]
        else:
            sides = [(whole(pad, 0), whole(pad, 0))] * 2
        return [*sides[1], *sides[0]]

    def conv(self, value: Value) -> Value:
        found, stride, again = self.window()
        if found.adaptive:
            raise Unreadable("a convolution has no `global` or `to` patch")
        dilation = pair(self.need("dilation"))
        size_ = value.size
        tensor = functional.pad(value.tensor, self.padding(found, stride, again, (size_.height, size_.width), dilation))
        value = Value(tensor, value.depth)
        given = size_.channels
        groups = whole(self.need("groups")) if self.name == "conv" else given
        times = self.get("multiplier")
        bias = truth(self.need("bias"))
        if self.name == "conv":
            filters = self.filters() if self.get("out") is not None or times is None else whole(times) * given
        else:
            filters = whole(times) * given
        separable = self.name == "separable-conv"
        conv = nn.Conv2d(
            given, filters, found.kernel, stride, 0, dilation, groups, bias and not separable, device="meta"
        )
        value = self.run_.call(conv, value, 0 if separable else 1)
        if separable:
            value = self.run_.call(nn.Conv2d(filters, self.filters(), 1, bias=bias, device="meta"), value, 1)
        return value

    def norm(self, value: Value) -> Value:
        if one_of(self.need("norm"), "none", "batch-norm") == "none":
            return value
        network = self.run_.network
        levels = [
            (network.defaults.get("batch-norm", {}), network.scope(self.run_.row)),
            (NEUTRAL["batch-norm"], no_key),
        ]
        return Operation(self.run_, "batch-norm", levels, False).batch_norm(value)

    def batch_norm(self, value: Value) -> Value:
        """A shift without a scale is a bias: torch's `affine` is both or none."""
        scale, shift = truth(self.need("scale")), truth(self.need("shift"))
        kind = nn.BatchNorm2d if value.tensor.dim() == 4 else nn.BatchNorm1d
        norm = kind(value.size.channels, number(self.need("eps")), 1 - rate(self.need("decay")), scale, device="meta")
        if scale != shift:
            norm.register_parameter(
                "bias", nn.Parameter(torch.empty(value.size.channels, device="meta")) if shift else None
            )
        return self.run_.call(norm.eval(), value)

    def act(self, value: Value) -> Value:
        act = one_of(self.need("act"), "none", *ACTS)
        return value if act == "none" else self.run_.call(ACTS[act](), value)

    def pool(self, value: Value) -> Value:
        found, stride, again = self.window()
        largest = self.name == "max-pool"
        if value.tensor.dim() != 4:
            raise Unreadable("a pool needs a map")
        if found.adaptive:
            self.check_unread()
            return self.run_.call((nn.AdaptiveMaxPool2d if largest else nn.AdaptiveAvgPool2d)(found.adaptive), value)
        sides = self.padding(found, stride, again, (value.size.height, value.size.width), (1, 1))
        ceil = one_of(self.need("rounding"), "floor", "ceil") == "ceil"
        pad = (sides[2], sides[0])
        counted = any(sides) and not largest and truth(self.need("count-pad"))
        if sides[0] != sides[1] or sides[2] != sides[3]:  # torch pads both sides alike
            filled = functional.pad(value.tensor, sides, value=float("-inf") if largest else 0.0)
            value, pad, ceil, counted = Value(filled, value.depth), (0, 0), False, False
        if largest:
            return self.run_.call(nn.MaxPool2d(found.kernel, stride, pad, ceil_mode=ceil), value)
        return self.run_.call(nn.AvgPool2d(found.kernel, stride, pad, ceil, counted), value)


def no_key(key: str) -> Any:
    raise Unreadable(f"${key} names nothing")
