"""The table that `archspec table --format md` prints, as the paper has it: without what was derived, without marks.

A `Printed` goes in; a `Sheet` comes out. Any other table passes through as it is. A mark is told from a sign of the
paper (`convolution*`) by the notes under the table, which name every cell that is marked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archspec.importing.printed import Line, Printed
from archspec.notation import key_of, keys_of
from archspec.table.formats import DERIVED


@dataclass(frozen=True)
class Head:
    """A side output: its row, the row that it reads, and its loss weight where one is known."""

    line: Line
    source: str
    weight: float | None


@dataclass(frozen=True)
class Sheet:
    """What a paper prints. `added` names the rows that it does not, `number` is the line of the captions."""

    number: int
    captions: tuple[str, ...]
    rows: tuple[Line, ...]
    heads: tuple[Head, ...] = ()
    added: tuple[str, ...] = ()


def unmarked(printed: Printed) -> Sheet:
    """The sheet of a table, whoever printed it."""
    count = len(printed.captions) - len(DERIVED)
    if count < 1 or printed.captions[count:] != DERIVED:
        return Sheet(printed.number, printed.captions, printed.rows)
    captions = printed.captions[:count]
    at = next((index for index, caption in enumerate(captions) if key_of(caption) == "name"), None)
    rows: list[Line] = []
    heads: list[Head] = []
    added: list[str] = []
    for line in printed.rows:
        cells = line.cells[:count]
        name = cells[at] if at is not None else ""
        if name.endswith("+") and _is_added(name[:-1], printed.notes):
            name = name[:-1]
            added.append(name)
        bare = [name if index == at else _bare(cell, name, captions[index], printed.notes)
                for index, cell in enumerate(cells)]  # fmt: skip
        row = Line(line.number, tuple(bare))
        if name and (head := _head(row, name, printed.notes)):
            heads.append(head)
        else:
            rows.append(row)
    return Sheet(printed.number, captions, tuple(rows), tuple(heads), tuple(added))


def _is_added(name: str, notes: Sequence[str]) -> bool:
    start = "+ not printed in the paper's table: "
    return any(f", {name}, " in f", {note.removeprefix(start)}, " for note in notes if note.startswith(start))


# How a note names a marked cell: the row, the caption and the printed value.
_NAMED = {"*": r"(?:^\* |, ){} (.+?) is read as ", "!": r"(?:^! |; ){} prints (.+?), gives "}


def _bare(cell: str, name: str, caption: str, notes: Sequence[str]) -> str:
    """A cell without the mark that a note says it has."""
    if not name or cell[-1:] not in _NAMED:
        return cell
    keys = {*keys_of(caption), key_of(caption)}
    for note in notes:
        for found in re.finditer(_NAMED[cell[-1]].format(re.escape(name)), note):
            words = found[1].split(" ")
            if any(keys & {*keys_of(" ".join(words[:end]))} for end in range(1, len(words) + 1)):
                return cell[:-1]
    return cell


def _head(row: Line, name: str, notes: Sequence[str]) -> Head | None:
    for note in notes:
        if found := re.search(rf"(?:^|; ){re.escape(name)} reads (.+?), loss weight (\d+(?:\.\d+)?|\?)(?:;|$)", note):
            return Head(row, found[1], None if found[2] == "?" else float(found[2]))
    return None
