"""A spec that is being imported: what was printed and what was guessed in; commented TOML, and a `Spec`, out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archspec.document import parse
from archspec.edit import key_text, literal
from archspec.layer import Cells
from archspec.source import Source
from archspec.spec import Spec, read
from archspec.table.text import display_width


@dataclass(frozen=True)
class Said:
    """A value and the comment beside it. One that is `off` is written as a comment, for a person to take or leave."""

    value: Any
    note: str = ""
    off: bool = False


@dataclass(frozen=True)
class DraftRow:
    """The values of a row in the order of the captions, `""` for blank; and the same as cells by key."""

    values: tuple[Any, ...]
    cells: Cells
    note: str = ""

    @property
    def word(self) -> str:
        """Its type, or nothing."""
        return str(self.cells["type"].value) if "type" in self.cells else ""


@dataclass(frozen=True)
class Draft:
    """The sections of a spec in the [table] form. `notes` stand above the table."""

    name: str
    captions: tuple[str, ...]
    rows: tuple[DraftRow, ...]
    input: Said
    params: Mapping[str, Said] = field(default_factory=dict)
    types: Mapping[str, Said] = field(default_factory=dict)
    defaults: Mapping[str, Said] = field(default_factory=dict)
    more_defaults: tuple[tuple[str, Said], ...] = ()
    added: tuple[str, ...] = ()
    units: Said | None = None
    heads: Mapping[str, Said] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def spec_of(draft: Draft) -> Spec:
    """The spec that the draft is at this moment."""
    return read(parse(Source(draft.name, toml(draft))))


def toml(draft: Draft) -> str:
    """The draft as the text of a spec, its rows aligned."""
    paper = Said({"arxiv": "...", "table": "table 1"}, "check: where the table is printed", off=True)
    top = [("format", Said(1)), ("name", Said(draft.name)), ("paper", paper), ("input", draft.input)]
    lines = ["# Imported from a printed table. guessed: the table does not say it. check: a person must decide."]
    lines += _pairs(top)
    for header, pairs in (("params", list(draft.params.items())), ("types", list(draft.types.items())),
                          ("defaults", [*draft.defaults.items(), *draft.more_defaults])):  # fmt: skip
        if pairs:
            lines += ["", f"[{header}]", *_pairs(pairs)]
    lines += ["", "[table]", *(f"# {note}" for note in draft.notes)]
    lines += [f"columns = {literal(draft.captions)}", *_rows(draft.rows)]
    if draft.added:
        lines.append(f"added = {literal(draft.added)}")
    if draft.units:
        lines += _pairs([("units", draft.units)])
    if draft.heads:
        lines += ["", "[heads]", *_pairs(list(draft.heads.items()))]
    return "\n".join(lines) + "\n"


def _pairs(pairs: list[tuple[str, Said]]) -> list[str]:
    """`key = value` lines with their signs and comments under each other."""
    width = max((display_width(key_text(key)) for key, said in pairs if not said.off), default=0)
    lines = ["# " * said.off + f"{_wide(key_text(key), width)} = {literal(said.value)}" for key, said in pairs]
    widest = max(map(display_width, lines))
    notes = [f"  # {said.note}" if said.note else "" for _, said in pairs]
    return [_wide(line, widest) + note if note else line for line, note in zip(lines, notes, strict=True)]


def _wide(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _rows(rows: tuple[DraftRow, ...]) -> list[str]:
    """The rows one a line, without the blanks at their ends; numbers stand at the right of their column."""
    cells = [[literal(value) for value in _filled(row.values)] for row in rows]
    count = max(map(len, cells), default=0)
    columns = [[row[at] for row in cells if at < len(row)] for at in range(count)]
    widths = [max(map(display_width, column)) + 1 for column in columns]
    numbers = [any(cell[0].isdigit() for cell in column) for column in columns]
    lines = []
    for row, values in zip(rows, cells, strict=True):
        shown = [_cell(f"{cell},", width, right) for cell, width, right in zip(values, widths, numbers, strict=False)]
        line = f"  [{' '.join(shown).rstrip().removesuffix(',')}],"
        lines.append(f"{line}  # {row.note}" if row.note else line)
    return ["rows = [", *lines, "]"]


def _cell(text: str, width: int, right: bool) -> str:
    space = " " * (width - display_width(text))
    return space + text if right else text + space


def _filled(values: tuple[Any, ...]) -> tuple[Any, ...]:
    last = max((at for at, value in enumerate(values) if value != ""), default=-1)
    return values[: last + 1]
