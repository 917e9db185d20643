"""A `Difference` in words, and as JSON. Text and Markdown say the same; rows that are the same are counted, not listed.

The names in JSON are an interface: `a` and `b` are the two sides, null where a side has no such thing.
"""

from __future__ import annotations

import json as json_format
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from archspec.diff.alike import Alike, alike
from archspec.diff.difference import Change, Count
from archspec.table.formats import escaped
from archspec.table.text import display_width, short

if TYPE_CHECKING:
    from archspec.diff.difference import Difference, Group, RowDifference
    from archspec.shape import Pair

_MARKS = {"added": "+", "removed": "-", "changed": "~"}
_COLORS = {"+": "32", "-": "31", "~": "33"}
_LISTED = 12  # names of rows that are the same, before the rest is counted

_WORDS = {
    "conv": "convolutions",
    "separable-conv": "separable convolutions",
    "depthwise-conv": "depthwise convolutions",
    "max-pool": "max pools",
    "avg-pool": "average pools",
    "linear": "linear layers",
    "batch-norm": "batch norms",
    "lrn": "local response norms",
}
_NAMES = {
    "params_without_aux": "params without heads",
    "macs": "MACs",
    "macs_with_aux": "MACs with heads",
}


@dataclass(frozen=True)
class _Line:
    """`parts` are sentences about `name`; `at` is the grid that it stands at, said once for all that follow."""

    name: str
    parts: tuple[str, ...]
    mark: str = ""
    at: str = ""


def text(difference: Difference, width: int, *, color: bool = False) -> str:
    """As a terminal shows it, with a line end."""
    lines = [line for word, side in zip(("from", "to"), difference.sides, strict=True)
             for line in _wrapped(f"{word:4}  {side.title}", width, 6)]  # fmt: skip
    for title, listed in _sections(difference):
        lines += ["", *_wrapped(title, width, 2)]
        for at, group in groupby(listed, lambda one: one.at):
            lines += [f"  {at}"] if at else []
            label = min(max(display_width(one.name) for one in listed if bool(one.at) == bool(at)), 20)
            for one in group:
                mark = f"\x1b[{_COLORS[one.mark]}m{one.mark}\x1b[0m" if color and one.mark else one.mark
                head = f"  {mark}{' ' * bool(mark)}{one.name}{' ' * (label - display_width(one.name))}  "
                indent = 4 + 2 * bool(mark) + label
                for line in (line for part in one.parts or ("",) for line in _filled(part, width - indent)):
                    lines.append(head + line)
                    head = " " * indent
    if not difference.equal:
        lines += ["", "totals", *(f"  {line}" for line in _aligned(list(_totals(difference))))]
    for note in difference.notes:
        lines += ["", *_wrapped(note, width, 2)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def markdown(difference: Difference) -> str:
    """As a page shows it: a list for each section, the totals as a table."""
    lines = [f"From **{_arrowed(difference.sides[0].title)}** to **{_arrowed(difference.sides[1].title)}**"]
    for title, listed in _sections(difference):
        lines += ["", f"### {_arrowed(title)}", ""]
        for at, group in groupby(listed, lambda one: one.at):
            lines += [f"- {at}"] if at else []
            for one in group:
                status = next((f" ({word})" for word, mark in _MARKS.items() if mark == one.mark and mark != "~"), "")
                said = "; ".join(map(_arrowed, one.parts))
                lines.append(f"{'  ' * bool(at)}- **{_arrowed(one.name)}**{status}{': ' * bool(said)}{said}")
    if not difference.equal:
        lines += ["", "### totals", "", "| | from | to | change | % |", "| :-- | --: | --: | --: | --: |"]
        lines += [f"| {' | '.join(map(_arrowed, row))} |" for row in _totals(difference)]
    lines += [line for note in difference.notes for line in ("", _arrowed(note))]
    return "\n".join(lines) + "\n"


def _arrowed(said: str) -> str:
    """Markdown of a sentence: nothing in it is markup, and its arrows need no escape."""
    return escaped(said.replace(" -> ", " → "))


# --- sections --------------------------------------------------------------------------------------------------------


def _sections(difference: Difference) -> Iterator[tuple[str, list[_Line]]]:
    if difference.equal:
        yield _no_difference(difference), []
        return
    if difference.everywhere:
        yield "everywhere", [_Line(_subject(group), (_said(group.changes),)) for group in difference.everywhere]
    if difference.columns:
        yield "columns", list(_columns(difference.columns))
    for what, rows in (("rows", difference.rows), ("heads", difference.heads)):
        if rows:
            yield f"{what}: {_tally(rows)}", list(_rows(rows))


def _no_difference(difference: Difference) -> str:
    sums = [f"{one.values[0]:,} {_NAMES.get(one.name, one.name)}" for one in difference.totals
            if one.name in ("params", "buffers", "macs") and one.values[0] is not None]  # fmt: skip
    return f"no difference: {', '.join([f'{len(difference.rows)} rows', *sums])}"


def _subject(group: Group) -> str:
    if group.section == "defaults":
        return _WORDS.get(group.name, group.name)
    return {"types": "type ", "modules": "module "}.get(group.section, "") + group.name


def _columns(changes: tuple[Change, ...]) -> Iterator[_Line]:
    renamed = [f"{change.captions[0]} -> {change.captions[1]}" for change in changes if None not in change.values]
    for name, words in (
        ("replaced", renamed),
        ("gone", [change.captions[0] for change in changes if change.values[1] is None]),
        ("new", [change.captions[1] for change in changes if change.values[0] is None]),
    ):
        if words:
            yield _Line(name, (", ".join(words),))


def _tally(rows: tuple[RowDifference, ...]) -> str:
    """`11 changed, 1 added, 5 removed; 2 the same: pool1, fc`."""
    counted = Counter(row.status for row in rows)
    said = ", ".join(f"{counted[status]} {status}" for status in ("changed", "added", "removed") if counted[status])
    alike = [row.name for row in rows if row.status == "same"]
    if not alike:
        return said
    more = f" and {len(alike) - _LISTED} more" if len(alike) > _LISTED else ""
    return "; ".join(filter(None, [said, f"{len(alike)} the same: {', '.join(alike[:_LISTED])}{more}"]))


def _rows(rows: tuple[RowDifference, ...]) -> Iterator[_Line]:
    """What most rows of a type have alike, then each row with what else there is to say of it."""
    found = list(alike(rows))
    for word, of_word in groupby(found, lambda one: one.word):
        parts = []
        for names, some in groupby(sorted(of_word, key=_without), _without):
            what = [one.what for one in some]
            counts = [_count(one) for one in what if isinstance(one, Count)]
            said = [_said(one for one in what if isinstance(one, Change)), f"gives {', '.join(counts)}" * bool(counts)]
            parts.append("; ".join(filter(None, said)) + (f" (not {', '.join(names)})" if names else ""))
        yield _Line(f"each {word}", tuple(parts), _MARKS["changed"])
    for row in rows:
        said_before = {one.what for one in found if row in one.rows}
        if row.status != "same" and ((line := _line(row, said_before)).parts or not said_before):
            yield line


def _without(one: Alike) -> tuple[str, ...]:
    return tuple(row.name for row in one.others)


def _line(row: RowDifference, said_before: set[Change | Count]) -> _Line:
    shape = row.outputs[1] or row.outputs[0]
    at = f"at {shape.height}×{shape.width}" if shape else ""
    parts = []
    if row.status == "changed":
        called = f"name {row.names[0]} -> {row.names[1]}" if row.names[0] != row.names[1] else ""
        moved = ""
        if row.after:
            moved = " -> ".join(f"after {name}" if name else "first" for name in row.after)
        cells_said = _said(one for one in row.cells if one not in said_before)
        parts.append("; ".join(filter(None, [called, moved, cells_said])))
        before, after = row.outputs
        given = [f"output {before or '?'} -> {after or '?'}"] * (before != after)
        given += [_count(one) for one in row.counts if one.differs and one not in said_before]
    else:
        side = row.status == "added"
        cells = ", ".join(f"{change.captions[side]} {change.values[side]}" for change in row.cells)
        parts.append(": ".join(filter(None, [row.types[side], cells])))
        counts = [(one.name, one.values[side]) for one in row.counts]
        given = [str(row.outputs[side])] * bool(row.outputs[side])
        given += [f"{_NAMES.get(name, name)} {_short(name, count)}" for name, count in counts if count]
    parts.append(f"gives {', '.join(given)}" if given else "")
    return _Line(row.name, tuple(filter(None, parts)), _MARKS[row.status], at)


def _said(changes: Iterable[Change]) -> str:
    """`bias true -> false, norm none -> batch-norm; new: eps 0.001; gone: size 5`."""
    both, new, gone = [], [], []
    for change in changes:
        (here, there), (before, after) = change.captions, change.values
        if before is None:
            new.append(f"{there} {after}".strip())
        elif after is None:
            gone.append(f"{here} {before}".strip())
        else:
            both.append(f"{here} {before} -> {'' if here == there else there + ' '}{after}".strip())
    said = [
        ", ".join(both),
        *(f"{word}: {', '.join(words)}" for word, words in (("new", new), ("gone", gone)) if words),
    ]
    return "; ".join(filter(None, said))


def _count(one: Count) -> str:
    """`params 164K -> 219K (+33.6%)`; exact where three digits do not show the difference."""
    first, second = (_short(one.name, value) for value in one.values)
    if first == second:
        first, second = (f"{value:,}" for value in one.values)
    shown = one.name != "depth" and one.percent is not None and abs(one.percent) >= 0.05
    percent = f" ({one.percent:+.1f}%)" if shown else ""
    return f"{_NAMES.get(one.name, one.name)} {first} -> {second}{percent}"


def _short(name: str, value: int | None) -> str:
    if value is None:
        return "?"
    return str(value) if name == "depth" else short(value) or "0"


# --- totals ----------------------------------------------------------------------------------------------------------


def _totals(difference: Difference) -> Iterator[tuple[str, str, str, str, str]]:
    for one in difference.totals:
        first, second = ("?" if value is None else f"{value:,}" for value in one.values)
        change = "" if one.change is None else f"{one.change:+,}" if one.change else "the same"
        percent = f"{one.percent:+.1f}%" if one.change and one.percent is not None else ""
        yield _NAMES.get(one.name, one.name), first, second, change, percent
    first_field, second_field = difference.fields
    if first_field and second_field:
        rows = " -> ".join(dict.fromkeys((first_field[0], second_field[0])))
        alike = "the same" if first_field[1] == second_field[1] else ""
        yield f"receptive field of {rows}", _grid(first_field[1]), _grid(second_field[1]), alike, ""


def _grid(pair: Pair) -> str:
    return "×".join(map(str, pair))


def _aligned(rows: list[tuple[str, str, str, str, str]]) -> Iterator[str]:
    widths = [max((display_width(row[column]) for row in rows), default=0) for column in range(5)]
    for row in rows:
        spaces = [" " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True)]
        name, first, second, change, percent = (
            cell + space if column == 0 else space + cell
            for column, (cell, space) in enumerate(zip(row, spaces, strict=True))
        )
        yield f"{name}  {first} -> {second}  {change}  {percent}"


def _wrapped(line: str, width: int, indent: int) -> list[str]:
    """The line in lines, all but the first set in."""
    first, *more = _filled(line, width - indent)
    return [first, *(" " * indent + line for line in more)]


def _filled(sentence: str, width: int) -> list[str]:
    """The sentence in lines that end behind a comma, semicolon or colon; a part wider than a line stays whole."""
    lines = [""]
    for part in re.split(r"(?<=[,;:]) ", sentence):
        if lines[-1] and display_width(f"{lines[-1]} {part}") > max(width, 40):
            lines.append("")
        lines[-1] += f" {part}" if lines[-1] else part
    return lines


# --- json ------------------------------------------------------------------------------------------------------------


def json(difference: Difference) -> str:
    """One object. `format_version` grows when a name changes its meaning; cells are text, counts are exact."""
    first, second = difference.fields
    value = {
        "format_version": 1,
        "a": {"name": difference.sides[0].name, "title": difference.sides[0].title},
        "b": {"name": difference.sides[1].name, "title": difference.sides[1].title},
        "equal": difference.equal,
        "everywhere": [{"section": group.section, "name": group.name, "changes": list(map(_change, group.changes))}
                       for group in difference.everywhere],
        "columns": [dict(zip("ab", change.values, strict=True)) for change in difference.columns],
        "rows": list(map(_row, difference.rows)),
        "heads": list(map(_row, difference.heads)),
        "totals": {one.name: _total(one) for one in difference.totals},
        "receptive_field": {"a": first and {"row": first[0], "size": first[1]},
                            "b": second and {"row": second[0], "size": second[1]}},
        "notes": difference.notes,
    }  # fmt: skip
    return json_format.dumps(value, indent=2, allow_nan=False) + "\n"


def _change(change: Change) -> dict[str, Any]:
    sides = zip("ab", change.captions, change.values, strict=True)
    return {side: None if value is None else {"caption": caption, "value": value} for side, caption, value in sides}


def _row(row: RowDifference) -> dict[str, Any]:
    return {
        "status": row.status,
        **dict(zip("ab", row.names, strict=True)),
        "cells": list(map(_change, row.cells)),
        "output": dict(zip("ab", row.outputs, strict=True)),
        **{one.name: dict(zip("ab", one.values, strict=True)) for one in row.counts},
        "moved": row.after and {"a_after": row.after[0], "b_after": row.after[1]},
    }


def _total(one: Count) -> dict[str, float | None]:
    percent = None if one.percent is None else round(one.percent, 4)
    return {"a": one.values[0], "b": one.values[1], "change": one.change, "percent": percent}
