"""What papers call the rows of a type: `fc6` is linear, `pool1` pools, `drop3` drops out.

A name and what a row's type names go in; whether they go together comes out. Of a module, the parts of its name are
what its rows are called by: `stem` is a stem-v4.
"""

from __future__ import annotations

import re

from archspec.notation import key_of
from archspec.resolve import Target

_NAMES: dict[str, tuple[str, ...]] = {
    "conv": ("conv",),
    "max-pool": ("pool", "maxpool"),
    "avg-pool": ("pool", "avgpool"),
    "linear": ("fc", "logits", "output"),
    "dropout": ("dropout", "drop"),
    "lrn": ("norm", "lrn"),
    "batch-norm": ("norm", "bn"),
    "softmax": ("prob", "softmax"),
}


def names_of(target: Target) -> tuple[str, ...]:
    """The stems of names, without numbers and in small letters."""
    if target.module is not None:
        return tuple(part for part in key_of(target.name).split("-") if part.isalpha())
    return _NAMES.get(target.name, (target.name,))


def goes_with(name: str, target: Target) -> bool:
    """Whether a row of this name is customarily of that type; `reduce1` is a reduction."""
    word = stem(name).rstrip("_-").lower()
    return any(word == one or (len(word) > 4 and word[:5] == one[:5]) for one in names_of(target))


def stem(name: str) -> str:
    """What a name has before its first number: `conv` of conv2d_1a."""
    return re.split(r"\d", name, maxsplit=1)[0]
