"""One side of a comparison: a spec in; its rows out, each with the cells in force as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from archspec.diagnostic import Fault
from archspec.diff.difference import Side
from archspec.elaborate import Elaboration, elaborate
from archspec.layer import Layer
from archspec.notation import Cell, reference, stride_in
from archspec.ops import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    AnyOp,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
)
from archspec.resolve import Levels, Target, levels_of, row_lookup, target_of
from archspec.source import clean
from archspec.spec import Network, Spec
from archspec.table import Table, TableRow, cell_text, table
from archspec.vocabulary import BLOCK_PARTS, CLAIMS, OPERATIONS

Value = tuple[str, str]  # a caption and a text


@dataclass(frozen=True, eq=False)
class ReadRow:
    """A row or head as a side reads it. `own` are the cells it has itself, by key; claims stand apart."""

    network: Network
    layer: Layer
    name: str
    own: Mapping[str, Value]
    claims: Mapping[str, Value]
    shown: TableRow

    @property
    def word(self) -> str:
        return cell_text(self.layer.cells["type"].value) if "type" in self.layer.cells else "block"

    @cached_property
    def target(self) -> Target | None:
        """What its type names; None for a block, and where that is at fault."""
        if "type" not in self.layer.cells:
            return None
        try:
            return target_of(self.network, self.layer, row_lookup(self.network, self.layer))
        except Fault:
            return None

    @cached_property
    def meaning(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What its type comes to: the operation or module, and the cells that the word presets."""
        if self.target is None:
            return plain(self.word), ()
        return self.target.name, tuple(sorted((key, cell_text(cell.value)) for key, cell in self.target.preset.items()))

    @cached_property
    def levels(self) -> Levels | None:
        if self.target is None:
            return None
        return levels_of(self.network, self.layer, self.target, row_lookup(self.network, self.layer), self.name)

    def value(self, key: str) -> str | None:
        """The cell in force: its own, else that of the type's word, of [defaults] or of the module; None for none."""
        if key in self.own:
            return self.own[key][1]
        if key == "stride" and "patch" in self.layer.cells and (cell := stride_in(self.layer.cells["patch"])):
            return cell_text(cell.value)
        try:
            found = self.levels.get(key) if self.levels else None
        except Fault:
            return None
        if found is None:
            return "1" if key == "repeat" else None
        return cell_text(found.value)

    def caption(self, key: str) -> str | None:
        """What a column is called here; None for a key that this side does not write."""
        if key in self.own:
            return self.own[key][0]
        module = self.target.module if self.target else None
        return clean(module.captions[key]) if module and key in module.captions else None


@dataclass(frozen=True, eq=False)
class ReadSpec:
    """A spec with its table; `rows` and `heads` are in the order of the file. `used` are the operations and modules
    that its network is made of, by the names that [defaults] has for them."""

    spec: Spec
    network: Network
    table: Table
    rows: tuple[ReadRow, ...]
    heads: tuple[ReadRow, ...]
    used: frozenset[str]


def read_spec(spec: Spec) -> ReadSpec:
    """A spec as it was chosen. Never raises for what a file may contain."""
    network, sections, made = spec.network, spec.patched.sections, table(spec)

    def rows(
        layers: Sequence[Layer], cells: Mapping[str, Mapping[str, Cell]], shown: Sequence[TableRow]
    ) -> Iterator[ReadRow]:
        for layer, (name, of_row), row in zip(layers, cells.items(), shown, strict=True):
            values = _values(
                {key: _param(network, cell) for key, cell in of_row.items() if key not in ("name", "type")}
            )
            claims = {key: values.pop(key) for key in CLAIMS if key in values}
            read = ReadRow(network, layer, name, values, claims, row)
            if read.meaning[0] != "identity":  # so a variant takes a row out
                yield read

    return ReadSpec(
        spec,
        network,
        made,
        tuple(rows(network.rows, sections.rows, made.rows)),
        tuple(rows(network.heads, sections.heads, made.heads)),
        _used(elaborate(spec)),
    )


_NODES: Mapping[str, tuple[type[AnyOp], ...]] = {
    "conv": (Conv2d,),
    "max-pool": (MaxPool2d, AdaptiveMaxPool2d),
    "avg-pool": (AvgPool2d, AdaptiveAvgPool2d),
    "linear": (Linear,),
    "batch-norm": (BatchNorm2d,),
    "lrn": (LocalResponseNorm,),
    "dropout": (Dropout,),
}


def _used(elaboration: Elaboration) -> frozenset[str]:
    """What [defaults] may say something of. Where a row cannot be run, or a node has no operation of its own, as one
    half of a separable convolution, all that it speaks of."""
    parts = (*elaboration.rows, *elaboration.heads)
    nodes = {type(node.op) for part in parts for node in part.nodes}
    used = {name for name, made_of in _NODES.items() if nodes & {*made_of}}
    used |= {scope.kind for part in parts for scope in part.scopes}
    stated = {*elaboration.network.defaults}
    return frozenset(used | (stated if elaboration.faults else stated & {*OPERATIONS} - {*_NODES}))


def side_of(made: Table) -> Side:
    """A spec as a title names it: with its paper, readings and variants."""
    chosen = ["as printed"] * made.as_printed + [f"reading {name}" for name in made.readings]
    chosen += [f"variant {name}" for name in made.variants]
    return Side(made.name, ", ".join([f"{made.name} ({made.paper})" if made.paper else made.name, *chosen]))


def _param(network: Network, cell: Cell) -> Cell:
    """A cell that names a parameter, with the parameter's value."""
    named = network.params.get(reference(cell.value) or "")
    return replace(cell, value=named.value) if named else cell


def _values(cells: Mapping[str, Cell]) -> dict[str, Value]:
    """Cells as text by key. A stride beside a patch is part of it, as papers print it; layers are a value each cell."""
    found: dict[str, Value] = {}
    for key, cell in cells.items():
        if key in BLOCK_PARTS:
            found |= {path: (path, text) for path, text in flat({key: cell.value})}
        else:
            found[key] = clean(cell.caption), cell_text(cell.value)
    if "patch" in found and "stride" in found and "[" not in found["stride"][1]:
        caption, patch = found["patch"]
        found["patch"] = caption, f"{patch}/{found.pop('stride')[1]}"
    return found


def flat(value: Any, path: str = "") -> Iterator[Value]:
    """The leaves of nested tables, each with its path in names: `branches.3x3.reduce.out`, and its text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{path}.{clean(str(key))}" if path else clean(str(key)))
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value, 1):
            yield from flat(
                {key: leaf for key, leaf in item.items() if key != "name"},
                f"{path}.{clean(str(item.get('name', index)))}",
            )
    else:
        yield path, cell_text(value)


def plain(text: str) -> str:
    """A text as it is compared: `3 × 3/1` is `3x3`, `1e-3` is `0.001`, `max pool` is `max-pool`."""
    text = re.sub(r"\s*x\s*", "x", text.strip().lower().replace("×", "x"))
    text = re.sub(r"(?<=\dx)(\d+)\s*/\s*1(?:x1)?$", r"\1", text)
    try:
        return repr(float(text))
    except ValueError:
        return re.sub(r"[\s_-]+", "-", text)


def same(one: str | None, other: str | None) -> bool:
    return one == other or (one is not None and other is not None and plain(one) == plain(other))
