"""A row with a cell of it written otherwise: under its caption, in its two parts, or in the place of another cell.

A row as it is, the file's values and what to write go in; the row as it would be read comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from archspec.claims import Claim
from archspec.diagnostic import Diagnostic, Inside, Path
from archspec.layer import Column, Layer, add_cell, column
from archspec.notation import Cell, show
from archspec.repairs.candidates import rewritten, solved
from archspec.repairs.trials import Trials
from archspec.vocabulary import CLAIMS

MOST_CELLS = 64  # of a row whose cells are tried in the place of each other; a paper prints about a dozen


@dataclass(frozen=True)
class Change:
    """A cell with another value, and the row with it.

    `part` is what changes of the cell, where not the whole does; `also` is a second cell, with which it has changed
    places; `score` says how likely it is, where that is known (the smaller, the likelier).
    """

    key: str
    cell: Cell
    value: object
    layer: Layer
    part: tuple[str, str] | None = None
    also: tuple[Cell, object] | None = None
    score: int | None = None


def whole(path: Path) -> Path:
    """The path of the cell that a path leads into."""
    return path[:4] if path[:1] in (("table",), ("network",)) else path


def compound(trials: Trials, index: int, layer: Layer, path: Path, windows: Iterable[object] = ()) -> Iterator[Change]:
    """The values of a cell under a compound caption, or of a blank one: its own words, what its column holds, and that
    with a number solved for; of a patch, the windows."""
    at = path[-1]
    there = trials.written(path)
    if there is None or isinstance(at, Inside) or not _in_table(trials, at):
        return
    under = _column_at(trials, at)
    cell = Cell(there, path, under.caption, layer.name)
    printed_cells = written_column(trials, index, path)
    printed = list({repr(value): value for value in printed_cells}.values())  # a list among them has no hash
    values: list[object] = [*rewritten(there), *printed, *(windows if under.keys[0] == "patch" else ())]
    for text in printed:
        word, sign, number = str(text).rpartition("+")
        if sign and number.strip().isdigit():
            values += _solved(trials, index, layer, cell, partial("{}+ {}".format, word))
    if there == "" and len(under.keys) == 1:
        values += _solved(trials, index, layer, cell, lambda value: value)
    for value in {repr(value): value for value in values}.values():
        other = with_written(layer, under, replace(cell, value=value))
        if other is not None:
            yield Change(under.caption, cell, value, other)
    if len(printed_cells) < len(trials.near(index)):  # others leave it blank
        without = {key: one for key, one in layer.cells.items() if key not in under.keys}
        yield Change(under.caption, cell, "", replace(layer, cells=without))


def blanks(trials: Trials, layer: Layer) -> Iterator[Path]:
    """The blank cells of a row of a table, those of claims aside."""
    row = trials.written(layer.place[:3])
    if layer.place[:2] != ("table", "rows") or not isinstance(row, list) or len(row) > MOST_CELLS:
        return
    for at, value in enumerate(row[: len(trials.network.columns)]):
        keys = {*_column_at(trials, at).keys}
        if value == "" and not keys & {*CLAIMS, *layer.cells}:
            yield (*layer.place[:3], at)


def written_column(trials: Trials, index: int, path: Path) -> list[object]:
    """What the rows near one have in the column of a cell, as it is written."""
    values = (trials.written((*path[:2], row, path[-1])) for row in trials.near(index))
    return [value for value in values if isinstance(value, str | int | list) and value != ""]


def _solved(trials: Trials, index: int, layer: Layer, cell: Cell, written: Callable[[int], object]) -> Iterator[object]:
    """What would be written in a cell for each number with which the claims of its row hold."""

    def measure(value: int) -> list[Claim] | None:
        other = with_written(layer, column(cell.caption), replace(cell, value=written(value)))
        return trials.claims(index, other, index) if other else None

    yield from map(written, solved(None, (), measure))


def _in_table(trials: Trials, at: int | str) -> bool:
    return isinstance(at, str) or at < len(trials.network.columns)


def _column_at(trials: Trials, at: int | str) -> Column:
    return trials.network.columns[at] if isinstance(at, int) else column(at)


def with_written(layer: Layer, under: Column, cell: Cell) -> Layer | None:
    """The row with a cell read under its caption; None where it cannot be."""
    cells = {key: one for key, one in layer.cells.items() if key not in under.keys}
    faults: list[Diagnostic] = []
    add_cell(cells, under, cell, faults)
    return None if faults else replace(layer, cells=cells)


def swapped(trials: Trials, layer: Layer, path: Path) -> Iterator[Change]:
    """The row with a cell in the place of each other that is not blank, and that one in its place."""
    row = trials.written(path[:3])
    if not isinstance(row, list | dict) or len(row) > MOST_CELLS:
        return
    values: dict[Any, Any] = dict(enumerate(row)) if isinstance(row, list) else dict(row)
    at = path[-1]
    if isinstance(at, Inside) or at not in values:
        return
    patched = {key for key, cell in layer.cells.items() if cell.path[:3] != path[:3]}
    read_otherwise = [
        other for other in values if _in_table(trials, other) and {*_column_at(trials, other).keys} <= patched
    ]
    for other, value in values.items():
        if other == at or "" in (value, values[at]) or show(value) == show(values[at]) or other in read_otherwise:
            continue
        anew = _read(trials, layer, path[:3], {**values, at: value, other: values[at]})
        if anew is not None:
            one = Cell(values[at], path, _caption(trials, at), layer.name)
            two = Cell(value, (*path[:3], other), _caption(trials, other), layer.name)
            yield Change(one.caption, one, value, anew, None, (two, values[at]))


def _caption(trials: Trials, at: int | str) -> str:
    return _column_at(trials, at).caption


def _read(trials: Trials, layer: Layer, path: Path, values: dict[Any, Any]) -> Layer | None:
    """The row read from other values; what a patch has laid over it stays."""
    cells: dict[str, Cell] = {}
    faults: list[Diagnostic] = []
    for at, value in values.items():
        if not _in_table(trials, at):
            return None
        under = _column_at(trials, at)
        add_cell(cells, under, Cell(value, (*path, at), under.caption, layer.name), faults)
    name = cells.pop("name", None)
    if faults or name is None or not isinstance(name.value, str):
        return None
    patched = {key: cell for key, cell in layer.cells.items() if cell.path[:3] != path}
    return replace(layer, cells={**cells, **patched})
