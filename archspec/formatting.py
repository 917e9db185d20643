"""The canonical layout of a spec: text in; the same text with other blanks between its tokens out.

Laid out are lists of one item a line: the rows of a table, layers, branches. Every line keeps its tokens and its line
end; the rest of a file stays as it is.

    rows = [                                       layers = [
      ["conv",     "conv1", "7x7/2",  1,  64],       { name = "conv1", type = "conv",     patch = "7x7/2", out = 64 },
      ["max pool", "pool1", "3x3/2",  0],            { name = "pool1", type = "max pool", patch = "3x3/2" },
      ["conv",     "conv2", "3x3/1",  1, 192],       { name = "3x3",   layers = [ { type = "conv", patch = "1x1" },
    ]                                                                             { type = "conv", patch = "3x3" } ] },
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import tomli

from archspec.document import parse
from archspec.places import Place, scan
from archspec.source import Source, Span
from archspec.table.text import display_width

# What follows an item that ends its line: a comma, a comment, and the lines up to the next item or the closing bracket
_TAIL = re.compile(r"[ \t]*(,?)[ \t]*(#[^\r\n]*)?(\r?\n[\s\S]*)")
_BLANKS = re.compile(r"(?<=\n)[ \t]+")
_COMMENT_LINE = re.compile(r"(?<=\n)(?=#)")


def formatted(source: Source) -> str:
    """The text of a TOML file in canonical layout. It holds the same values, and formatting it again changes nothing.

    Raises `Faults` where the text is not TOML, `ValueError` where the layout would break a promise: a fault of ours.
    """
    values = parse(source).values
    text = _laid_out(source.text)
    # `repr`, since it tells 1 from 1.0 and from true, knows the order of keys, and takes a nan for itself
    if repr(tomli.loads(text)) != repr(values):
        raise ValueError(f"{source.name}: formatting would change a value")
    if _laid_out(text) != text:
        raise ValueError(f"{source.name}: formatting has no end")
    return text


def _laid_out(text: str) -> str:
    return _between(text, Span(0, len(text)), _values(scan(text).root))


# --- walking over values ---------------------------------------------------------------------------------------------
# `line` is what stands in front of a value on its line in the new text, and `margin` are the blanks in front of what is
# in the same table: lists of that table that begin a line stand two further in.


def _values(place: Place) -> list[Place]:
    """The values in a table or array, those under dotted keys and headers too, in the order of the text."""
    found: list[Place] = []
    for child in place.children.values():
        found += _values(child) if child.kind == "section" else [child]
    return sorted(found, key=lambda value: value.value.start)


def _between(text: str, span: Span, values: Sequence[Place], line: str = "", margin: str | None = None) -> str:
    """A part of the text as it is, but for the values in it. In a section the margin is that of the value's line."""
    start, end = span
    pieces = []
    for value in values:
        pieces.append(text[start : value.value.start])
        line = _after(line, pieces[-1])
        pieces.append(_value(text, value, line, _blanks_before(line) if margin is None else margin))
        line = _after(line, pieces[-1])
        start = value.value.end
    return "".join([*pieces, text[start:end]])


def _after(line: str, piece: str) -> str:
    return piece[piece.rindex("\n") + 1 :] if "\n" in piece else line + piece


def _blanks_before(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _value(text: str, value: Place, line: str, margin: str) -> str:
    items = _values(value)
    if _is_list(text, value, items):
        return _list(text, value, items, line, margin)
    return _between(text, value.value, items, line, margin)


# --- lists of one item a line ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    label: str  # the key as written; in an array the position
    name: str  # what stands in front of the value: `key = `, or nothing
    text: str  # the name and the value
    value: Place

    @property
    def is_number(self) -> bool:
        return not self.name and self.text[0] in "+-0123456789"


@dataclass(frozen=True)
class _Row:
    """An item of a list. A line break ends its cells: what stands below is no part of the grid."""

    place: Place
    cells: tuple[_Cell, ...]
    rest: tuple[Place, ...]  # values that are not among the cells

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(cell.label for cell in self.cells)


def _is_list(text: str, value: Place, items: Sequence[Place]) -> bool:
    """Whether a value is a list of tables, or of arrays, that each begin a line; the first may follow the bracket."""
    start, end = value.value
    if value.kind != "array" or not items or "\n" not in text[start:end]:
        return False
    if len({item.kind for item in items}) > 1 or items[0].kind == "scalar":
        return False
    before = [text[one.value.end : other.value.start] for one, other in pairwise(items)]
    first = text[start + 1 : items[0].value.start].rpartition("\n")[2]
    return not first.strip() and all("\n" in gap and not gap.rpartition("\n")[2].strip() for gap in before)


def _list(text: str, value: Place, items: Sequence[Place], line: str, margin: str) -> str:
    lead = text[value.value.start : items[0].value.start]
    if "\n" in lead:
        indent = margin + "  "
        lead = _indented(lead, indent, indent)
    else:
        begins = _blanks_before(line)
        indent = begins + " " * display_width((line + lead)[len(begins) :])
    rows = _rows(text, [_row(text, item) for item in items], indent)

    ends = [item.value.start for item in items[1:]] + [value.value.end - 1]
    tails = [text[item.value.end : end] for item, end in zip(items, ends, strict=True)]
    found = [_TAIL.fullmatch(tail) for tail in tails]  # None where the bracket stands on the line of the last item
    rows = [row + (match[1] if match else "") for row, match in zip(rows, found, strict=True)]
    rows = _commented(rows, [match[2] if match else None for match in found], indent)
    below = [indent] * (len(items) - 1) + [margin]
    rests = [
        _indented(match[3], indent, last) if match else tail
        for match, tail, last in zip(found, tails, below, strict=True)
    ]
    return lead + "".join(row + rest for row, rest in zip(rows, rests, strict=True)) + "]"


def _indented(gap: str, indent: str, last: str) -> str:
    """What stands between two items, from the first line end on, with other blanks in front of its lines."""
    gap = _BLANKS.sub("", gap)
    gap = _COMMENT_LINE.sub(indent, gap)
    return gap + last if gap.endswith("\n") else gap


def _commented(rows: Sequence[str], comments: Sequence[str | None], indent: str) -> list[str]:
    """The rows with their comments; those of neighbours stand under each other."""
    lines = []
    for has_comment, group in groupby(zip(rows, comments, strict=True), key=lambda pair: pair[1] is not None):
        pairs = list(group)
        reach = [display_width(_after(indent, row)) for row, _ in pairs]
        for (row, comment), width in zip(pairs, reach, strict=True):
            lines.append(f"{row}{' ' * (max(reach) - width)}  {comment}" if has_comment else row)
    return lines


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(text: str, place: Place) -> _Row:
    values = _values(place)
    cells: list[_Cell] = []
    end = place.value.start + 1
    for value in values:
        before = text[end : value.value.start]
        if "\n" in before:
            break
        key = before.strip(" \t").removeprefix(",").removesuffix("=").strip(" \t")
        name = f"{key} = " if key else ""
        shown = text[slice(*value.value)]
        cells.append(_Cell(key or str(len(cells)), name, name + shown, value))
        end = value.value.end
        if "\n" in shown:
            break
    return _Row(place, tuple(cells), tuple(values[len(cells) :]))


def _rows(text: str, rows: Sequence[_Row], indent: str) -> list[str]:
    """Each row with its cells under those of the rows that have the same labels up to there.

    A row whose labels all occur in a longer row, in that order, leaves blanks for those that it lacks. A column of an
    array with a number in it stands right. Text that ends its row does not widen its column.
    """
    like = _longest([row.labels for row in rows])
    columns: dict[tuple[int, str], int] = {}
    placed = [_placed(row, like[row.labels], columns) for row in rows]
    right = {at for cells in placed for at, cell in cells if cell and cell.is_number}
    widths: dict[int, int] = {}
    for row, cells in zip(rows, placed, strict=True):
        for at, cell in cells:
            if cell and (cell is not row.cells[-1] or cell.is_number):
                widths[at] = max(widths.get(at, 0), display_width(cell.text))
    return [
        _row_text(text, row, [(widths.get(at, 0), at in right, cell) for at, cell in cells], indent)
        for row, cells in zip(rows, placed, strict=True)
    ]


def _longest(rows: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For the labels of each row those of the row it is laid out like: of the longest rows, where it leaves the fewest
    blanks, the first."""
    kinds = list(dict.fromkeys(rows))
    longest = [one for one in kinds if not any(one != other and _blanks(one, other) is not None for other in kinds)]
    found = {}
    for one in kinds:
        blanks = [(count, at) for at, other in enumerate(longest) if (count := _blanks(one, other)) is not None]
        found[one] = longest[min(blanks)[1]]
    return found


def _blanks(row: tuple[str, ...], longer: tuple[str, ...]) -> int | None:
    """How many labels of the longer row a row leaves out before its last one; None if it is not part of it."""
    at = 0
    for label in row:
        if label not in longer[at:]:
            return None
        at = longer.index(label, at) + 1
    return at - len(row)


def _placed(row: _Row, labels: tuple[str, ...], columns: dict[tuple[int, str], int]) -> list[tuple[int, _Cell | None]]:
    """The cells of a row, and blanks, each with the number of its column: one for all rows that begin alike."""
    cells = {cell.label: cell for cell in row.cells}
    column, placed = 0, []
    for label in labels:
        column = columns.setdefault((column, label), len(columns) + 1)
        placed.append((column, cells.get(label)))
    return placed


def _row_text(text: str, row: _Row, placed: Sequence[tuple[int, bool, _Cell | None]], indent: str) -> str:
    """A row, from cells with the width of their column and whether they stand right in it."""
    margin = indent + "  "
    if not row.cells:
        return _between(text, row.place.value, row.rest, indent, margin)
    last = row.cells[-1]
    opening, closing = ("[", "]") if row.place.kind == "array" else ("{ ", " }")
    shown = opening
    for width, right, cell in placed:
        if cell is last:
            shown += " " * (width - display_width(cell.text)) * right + cell.name
            break
        piece = f"{cell.text}," if cell else ""
        space = " " * (width + 1 - display_width(piece))
        shown += f"{space}{piece} " if right else f"{piece}{space} "
    shown += _value(text, last.value, indent + shown, margin)
    after = Span(last.value.value.end, row.place.value.end)
    if row.rest or "\n" in text[slice(*after)]:
        return shown + _between(text, after, row.rest, _after(indent, shown), margin)
    return shown + "," * ("," in text[slice(*after)]) + closing
