"""Layers: a set of cells, and the layers inside it. A printed row, a step, a branch, a projection and a head are all
one.

Raw TOML values with their paths go in; `Layer` values come out. What a layer's type means is decided later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from archspec.compound import split_compound
from archspec.diagnostic import Diagnostic, Fault, Label, Path, did_you_mean, spelling
from archspec.notation import Cell, key_of, keys_of, reference, references
from archspec.vocabulary import BLOCK_KEYS, BLOCK_PARTS

Cells = Mapping[str, Cell]


@dataclass(frozen=True)
class Block:
    """`branches` joined, or `layers`; then `then`; then the shortcut. `cells` holds join, scale, shortcut and act."""

    layers: tuple[Layer, ...] = ()
    branches: tuple[Layer, ...] = ()
    then: tuple[Layer, ...] = ()
    projection: Layer | None = None
    cells: Cells = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Layer, ...]:
        """Every layer directly inside."""
        return self.layers + self.branches + self.then + ((self.projection,) if self.projection else ())


@dataclass(frozen=True)
class Layer:
    """`name` is empty where the file gives none. `block` is set for a layer without a type.

    `place` is what a fault of the whole layer points at: its name, else the layer itself; empty inside a library
    module.
    """

    name: str
    cells: Cells
    place: Path
    block: Block | None = None

    @property
    def word(self) -> object:
        """What is written for its type; None where nothing is."""
        return self.cells["type"].value if "type" in self.cells else None

    def with_cell(self, key: str, value: Any) -> Layer:
        """The same layer with another value in one cell."""
        return replace(self, cells={**self.cells, key: replace(self.cells[key], value=value)})


@dataclass(frozen=True)
class Column:
    """A caption of [table] columns: its keys, and what each of its parts is called."""

    caption: str
    keys: tuple[str, ...]
    captions: tuple[str, ...]


@lru_cache(4096)
def column(caption: str) -> Column:
    """A caption as a column; a compound one, `pool+proj`, has a key for each part."""
    separator = "+" if "+" in caption else "/"
    parts = tuple(part.strip() for part in caption.split(separator)) if len(keys_of(caption)) > 1 else (caption,)
    return Column(caption, keys_of(caption), parts)


def cells_of(raw: Mapping[str, Any], path: Path, row: str, faults: list[Diagnostic]) -> dict[str, Cell]:
    """The cells of a layer written with keys. Blank cells are left out; compound keys are split.

    `path` is empty for a library module. Adds AS111 and AS112 to `faults`.
    """
    cells: dict[str, Cell] = {}
    for written, value in raw.items():
        cell = Cell(value, (*path, written) if path else (), written, row)
        add_cell(cells, column(written), cell, faults)
    return cells


def add_cell(cells: dict[str, Cell], under: Column, cell: Cell, faults: list[Diagnostic]) -> None:
    """Put a cell under its key or keys; blank is no cell. Adds a fault where a key is empty or taken, or the cell
    unreadable."""
    if not all(under.keys):
        faults.append(
            Diagnostic(
                "AS111", f"the caption `{under.caption}` leaves no key", (Label(cell.path, on="key"),), row=cell.row
            )
        )
        return
    if cell.blank:
        return
    try:
        parts = split_compound(cell, under.keys, under.captions) if len(under.keys) > 1 else {under.keys[0]: cell}
    except Fault as fault:
        faults.append(fault.diagnostic)
        return
    for key, part in parts.items():
        if key in cells:
            faults.append(given_twice(key, part, cells[key]))
        else:
            cells[key] = part


def given_twice(key: str, cell: Cell, first: Cell) -> Diagnostic:
    return Diagnostic(
        "AS112",
        f"`{cell.row}` gives `{key}` twice",
        (Label(cell.path, "again"), Label(first.path, "first")),
        help="keep one of the two",
        row=cell.row,
    )


def read_layer(raw: Mapping[str, Any], path: Path, row: str, faults: list[Diagnostic]) -> Layer:
    """A layer written with keys: a step, a branch, a projection. `row` names it in messages where it has no name
    itself."""
    name = raw.get("name", "")
    return layer_of(cells_of(raw, path, str(name) or row, faults), path, row, faults)


def layer_of(cells: dict[str, Cell], path: Path, row: str, faults: list[Diagnostic]) -> Layer:
    """A layer from its cells: the name is taken out, and the parts of a block are read."""
    named = cells.pop("name", None)
    name = named.value if named else ""
    if named and not isinstance(name, str):
        faults.append(named.fault("AS103", f"a name is text, `{name}` is not", f'write "{name}"').diagnostic)
        name = str(name)
    parts = {key: cells.pop(key) for key in BLOCK_PARTS if key in cells}
    block = None
    if parts and "type" in cells:
        faults.append(
            Diagnostic(
                "AS112",
                f"`{name or row}` has a type and {_listed(parts)}",
                (Label(next(iter(parts.values())).path, on="key"), Label(cells["type"].path)),
                help="a layer is an operation, a module, or a block without a type",
                row=row,
            )
        )
    elif parts:
        block = _block(parts, {key: cells.pop(key) for key in BLOCK_KEYS if key in cells}, name or row, faults)
    return Layer(name, cells, named.path if named and named.path else path, block)


def read_block(raw: Mapping[str, Any], path: Path, row: str, faults: list[Diagnostic]) -> Block:
    """The block of a module: its parts and its join, scale, shortcut and act."""
    known = {
        key: Cell(raw[key], (*path, key) if path else (), key, row)
        for key in (*BLOCK_PARTS, *BLOCK_KEYS)
        if raw.get(key) is not None
    }
    parts = {key: known.pop(key) for key in BLOCK_PARTS if key in known}
    return _block(parts, known, row, faults)


def _listed(keys: Mapping[str, Cell]) -> str:
    return " and ".join(f"`{key}`" for key in keys)


def _block(parts: Mapping[str, Cell], cells: Cells, row: str, faults: list[Diagnostic]) -> Block:
    lists: dict[str, tuple[Layer, ...]] = {}
    for key in ("layers", "branches", "then"):
        lists[key] = tuple(_steps(parts[key], row, faults)) if key in parts else ()
    projection = None
    if cell := parts.get("projection"):
        if isinstance(cell.value, Mapping):
            raw = {"name": "projection", **cell.value}
            projection = replace(read_layer(raw, cell.path, row, faults), place=cell.path)
        else:
            faults.append(cell.fault("AS103", "a projection is a layer", 'write { type = "conv", ... }').diagnostic)
    if "layers" in parts and "branches" in parts:
        faults.append(
            Diagnostic(
                "AS112",
                f"`{row}` has both `layers` and `branches`",
                (Label(parts["branches"].path, on="key"), Label(parts["layers"].path, on="key")),
                help="put the layers before the branches in a block of their own",
                row=row,
            )
        )
    if "branches" in parts and "join" not in cells:
        faults.append(
            Diagnostic(
                "AS102",
                f"`{row}` has branches and does not say how they join",
                (Label(parts["branches"].path, on="key"),),
                help='add join = "concat"',
                row=row,
            )
        )
    for key, other in (("join", "branches"), ("scale", "shortcut"), ("projection", "shortcut")):
        if (key in cells or key in parts) and other not in cells and other not in parts:
            cell = cells.get(key) or parts[key]
            faults.append(
                Diagnostic("AS107", f"`{row}` has `{key}` without `{other}`", (Label(cell.path, on="key"),), row=row)
            )
    block = Block(projection=projection, cells=cells, **lists)
    _check_names(block, faults)
    return block


def _steps(cell: Cell, row: str, faults: list[Diagnostic]) -> Iterator[Layer]:
    if not isinstance(cell.value, list) or not cell.value:
        faults.append(cell.fault("AS103", "a list of layers is needed", 'write [ { type = "conv", ... } ]').diagnostic)
        return
    for index, raw in enumerate(cell.value):
        path = (*cell.path, index) if cell.path else ()
        if isinstance(raw, Mapping):
            yield read_layer(raw, path, row, faults)
        else:
            faults.append(
                Diagnostic(
                    "AS103",
                    f"`{row}`: a layer is a table of cells",
                    (Label(path),),
                    help='write { type = "conv", ... }',
                    row=row,
                )
            )


def _check_names(block: Block, faults: list[Diagnostic]) -> None:
    seen: dict[str, Layer] = {}
    for step in block.layers + block.branches + block.then:
        if step.name and step.name in seen:
            faults.append(
                Diagnostic(
                    "AS110",
                    f"two layers of one block are called `{step.name}`",
                    (Label(step.place, "again"), Label(seen[step.name].place, "first")),
                )
            )
        seen.setdefault(step.name, step)


def walk(block: Block) -> Iterator[Layer]:
    """Every layer inside a block, blocks in blocks included."""
    for step in block.steps:
        yield step
        if step.block:
            yield from walk(step.block)


def uses(block: Block) -> Iterator[tuple[str, Cell, Layer | None]]:
    """Every reference inside a block: the key it names, the cell it stands in, and the layer of that cell."""
    for owner, cells in [(None, block.cells), *((step, step.cells) for step in block.steps)]:
        for cell in cells.values():
            for key in references(cell.value):
                yield key, cell, owner
    for step in block.steps:
        if step.block:
            yield from uses(step.block)


def misspelt_type(cells: Cells, where: str) -> Diagnostic | None:
    """AS101 for a key that was meant to be `type`, where cells have none."""
    for key, cell in cells.items():
        if facts := spelling(key, ("type",)):
            label = Label(cell.path, on="key")
            message = f"{where} has `{cell.caption}` and no type"
            return Diagnostic("AS101", message, (label,), help="did you mean `type`?", facts=facts)
    return None


def unknown_key(written: str, path: Path, candidates: tuple[str, ...], where: str, row: str = "") -> Diagnostic:
    listed = ", ".join(f"`{candidate}`" for candidate in candidates)
    return Diagnostic(
        "AS101",
        f"unknown key `{written}` in {where}",
        (Label(path, on="key"),),
        help=did_you_mean(key_of(written), candidates, f"its keys are {listed}"),
        row=row,
        facts=spelling(key_of(written), candidates),
    )


__all__ = [
    "Block",
    "Cells",
    "Column",
    "Layer",
    "add_cell",
    "cells_of",
    "column",
    "given_twice",
    "layer_of",
    "read_block",
    "read_layer",
    "reference",
    "unknown_key",
    "uses",
    "walk",
]
