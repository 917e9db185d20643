"""The words of the language: operations and their keys, the keys of a block, claims. Data only.

An operation's keys each have a kind (how the cell is read) and, unless the file must say it, a neutral value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "patch",
    "stride",
    "pad",
    "channels",
    "integer",
    "boolean",
    "number",
    "rate",
    "init",
    "norm",
    "act",
    "order",
    "rounding",
    "join",
    "shortcut",
    "type",
    "size",
    "count",
    "whole",
]

CHOICES: dict[str, tuple[str, ...]] = {
    "norm": ("none", "batch-norm"),
    "act": ("none", "relu", "relu6", "sigmoid", "tanh"),
    "order": ("conv-norm-act", "norm-act-conv", "conv-act-norm"),
    "rounding": ("floor", "ceil"),
    "join": ("concat", "add"),
    "shortcut": ("identity", "optional"),
}


@dataclass(frozen=True)
class Operation:
    """`keys` maps each key to its kind, `neutral` holds the values that need not be said.

    `word` names an unnamed layer; `also` is the operation whose [defaults] it takes where it has none of its own.
    """

    word: str
    keys: dict[str, Kind]
    neutral: dict[str, Any]
    also: str = ""


_CONV: dict[str, Kind] = {
    "patch": "patch",
    "stride": "stride",
    "pad": "pad",
    "out": "channels",
    "multiplier": "integer",
    "groups": "integer",
    "dilation": "stride",
    "bias": "boolean",
    "norm": "norm",
    "act": "act",
    "order": "order",
    "init": "init",
}
_CONV_NEUTRAL = {"stride": 1, "groups": 1, "dilation": 1, "order": "conv-norm-act", "init": "torch"}
_DEPTHWISE = {key: kind for key, kind in _CONV.items() if key not in ("out", "groups")}
_POOL: dict[str, Kind] = {"patch": "patch", "stride": "stride", "pad": "pad", "rounding": "rounding"}

OPERATIONS: dict[str, Operation] = {
    "conv": Operation("conv", _CONV, _CONV_NEUTRAL),
    "separable-conv": Operation(
        "conv", {k: v for k, v in _CONV.items() if k != "groups"}, _CONV_NEUTRAL | {"multiplier": 1}, also="conv"
    ),
    "depthwise-conv": Operation("conv", _DEPTHWISE, _CONV_NEUTRAL | {"multiplier": 1}, also="conv"),
    "max-pool": Operation("pool", _POOL, {"stride": 1}),
    "avg-pool": Operation("pool", _POOL | {"count-pad": "boolean"}, {"stride": 1}),
    "linear": Operation(
        "linear",
        {"out": "channels", "bias": "boolean", "norm": "norm", "act": "act", "init": "init"},
        {"bias": True, "norm": "none", "act": "none", "init": "torch"},
    ),
    "batch-norm": Operation(
        "norm",
        {"eps": "number", "decay": "rate", "scale": "boolean", "shift": "boolean"},
        {"decay": 0.9, "scale": True, "shift": True},
    ),
    "lrn": Operation("norm", {"size": "integer", "alpha": "number", "beta": "number", "k": "number"}, {}),
    "dropout": Operation("dropout", {"rate": "rate"}, {}),
    "relu": Operation("act", {}, {}),
    "relu6": Operation("act", {}, {}),
    "sigmoid": Operation("act", {}, {}),
    "tanh": Operation("act", {}, {}),
    "softmax": Operation("softmax", {}, {}),
    "identity": Operation("identity", {}, {}),
}

# Other words that papers use for an operation; nothing else is guessed.
OPERATION_SYNONYMS = {
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

# Keys that any layer may have, and those of a block (a layer without a type, or a module).
LAYER_KEYS: dict[str, Kind] = {"type": "type", "name": "type", "repeat": "integer"}
BLOCK_KEYS: dict[str, Kind] = {"join": "join", "scale": "number", "shortcut": "shortcut", "act": "act"}
BLOCK_PARTS = ("layers", "branches", "then", "projection")
HEAD_KEYS: dict[str, Kind] = {"from": "type", "loss-weight": "number"}

# What a row may say of the network without changing it.
CLAIMS: dict[str, Kind] = {"output": "size", "input": "size", "depth": "whole", "params": "count", "ops": "count"}
