"""Lines of a file with what is said of them: spans with texts in; numbered lines, carets and labels out.

      36 |   ["inception", "4c", "", "14×14×576", 3, 160, 128, 160, 128, 160, "avg + 128"],
         |                                  ^^^      ---       ---       ---         ---
         |                                  |        160       160       160         128
         |                                  prints 576

Carets mark the place a diagnostic blames, dashes the others. A label stands under its mark in the highest line where it
touches no label to its right and crosses no stem. Markers are ASCII; the text keeps its characters.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from archspec.source import UNPRINTABLE, Source, Span

TAB = 4
ELISION = "..."
LONGEST = 500  # columns of a line that is shown whole where no width is given; a file of one line is no table

Paint = Callable[[str, str], str]  # a text and a style: `error`, `warning`, `secondary`, `gutter`, `bold`, `help`


@dataclass(frozen=True)
class Mark:
    span: Span
    text: str
    style: str  # `secondary`, or the severity where it is the place that is blamed


@dataclass(frozen=True)
class _Extent:
    """A mark on its line: columns from `start` to `end`, and what is said below."""

    start: int
    end: int
    mark: Mark

    @property
    def reach(self) -> int:
        """The column where the label below ends."""
        return self.start + len(_cells(self.mark.text)[0])


def draw(source: Source, marks: Iterable[Mark], paint: Paint, width: int | None = None) -> list[str]:
    """The marked lines; lines between them are elided. A line wider than `width` (without one, than `LONGEST`) is
    cropped around its marks.

    A span over several lines is marked on its first.
    """
    by_line: dict[int, list[Mark]] = {}
    for mark in marks:
        by_line.setdefault(source.position(mark.span.start)[0], []).append(mark)
    if not by_line:
        return []
    digits = len(str(max(by_line)))
    given = None if width is None else max(width - digits - len("   | "), 20)

    def numbered(number: int) -> list[str]:
        cells, columns = _line_cells(source.line(number))
        room = LONGEST if given is None and len(cells) > LONGEST else given
        begin = source.line_starts[number - 1]
        extents = [_extent(mark, columns, begin, room) for mark in by_line.get(number, ())]
        if room is not None and max([len(cells), *(extent.reach for extent in extents)]) > room:
            cells, extents = _crop(cells, extents, room)
        text = "".join(cells).rstrip()
        gutter = paint(f"  {'':{digits}} |", "gutter")
        return [
            (paint(f"  {number:>{digits}} |", "gutter") + f" {text}").rstrip(),
            *(f"{gutter} {line}" for line in _under(extents, paint, room)),
        ]

    lines: list[str] = []
    previous = 0
    for number in sorted(by_line):
        if previous and number == previous + 2:
            lines += numbered(previous + 1)
        elif previous and number > previous + 1:
            lines.append(paint(f"  {ELISION}", "gutter"))
        lines += numbered(number)
        previous = number
    return lines


def _cells(line: str) -> tuple[list[str], list[int]]:
    """The line as columns of a terminal, and the column where each code point begins (and, last, where the line ends).

    A wide character is followed by an empty cell; a combining mark joins the cell before it.
    """
    cells: list[str] = []
    columns = []
    for char in line:
        columns.append(len(cells))
        if char == "\t":
            cells += [" "] * (TAB - len(cells) % TAB)
        elif UNPRINTABLE.match(char):
            cells.append("\ufffd")
        elif cells and unicodedata.category(char) in ("Mn", "Me", "Cf"):
            columns[-1] = max(len(cells) - 1, 0)
            cells[-1] += char
        else:
            cells += [char, ""] if unicodedata.east_asian_width(char) in "WF" else [char]
    return cells, [*columns, len(cells)]


# Every finding in a line needs the cells of that line. They are read, never changed
_line_cells = lru_cache(maxsize=2)(_cells)


def _extent(mark: Mark, columns: list[int], begin: int, room: int | None) -> _Extent:
    last = len(columns) - 1
    start = columns[min(mark.span.start - begin, last)]
    end = max(columns[min(max(mark.span.end - begin, 0), last)], start + 1)
    if room is not None:  # of a mark as long as the line its beginning says enough
        end = min(end, start + room // 2)
    return _Extent(start, end, mark)


def _crop(cells: list[str], extents: list[_Extent], room: int) -> tuple[list[str], list[_Extent]]:
    """Keep the marks, the room their labels need, and as much around them as fits; elide the rest."""
    needed = [(e.start, max(e.end, e.reach) + 1) for e in extents] or [(0, 1)]

    def columns(context: int) -> int:
        return sum(end - start + len(ELISION) for start, end in _around(needed, context, len(cells))) + len(ELISION)

    # Columns grow with the context, but for a gap that closes and takes its elision along
    context = bisect_right(range(1, min(len(cells), room) + 1), room, key=columns)
    kept = _around(needed, context, len(cells))
    cropped: list[str] = []
    moved: dict[int, int] = {}
    previous = 0
    for start, end in kept:
        if start > previous:
            cropped += ELISION
        moved |= {column: len(cropped) + column - start for column in range(start, end + 1)}
        part = cells[start:end] + [" "] * (end - max(start, len(cells)))
        if part and part[0] == "":  # half of a wide character
            part[0] = " "
        if end < len(cells) and cells[end] == "":
            part[-1] = " "
        cropped += part
        previous = end
    if previous < len(cells):
        cropped += ELISION
    return cropped, [_Extent(moved[e.start], moved[e.end], e.mark) for e in extents]


def _around(spans: list[tuple[int, int]], context: int, length: int) -> list[tuple[int, int]]:
    """The union of the spans, each widened; a gap no longer than its elision is filled."""
    union: list[tuple[int, int]] = []
    for start, end in sorted((max(start - context, 0), max(min(end + context, length), end)) for start, end in spans):
        first = 0 if start <= len(ELISION) else start
        if union and first <= union[-1][1] + len(ELISION):
            union[-1] = union[-1][0], max(union[-1][1], end)
        else:
            union.append((first, end))
    return union


def _under(extents: list[_Extent], paint: Paint, room: int | None) -> list[str]:
    """The line of markers and, below it, the lines of labels. A single label stands beside its mark."""
    if not extents:
        return []
    labelled = [extent for extent in extents if extent.mark.text]
    markers = _Canvas()
    for extent in sorted(extents, key=lambda e: (e.start - e.end, e.mark.style != "secondary")):
        sign = "-" if extent.mark.style == "secondary" else "^"
        markers.write(extent.start, sign * (extent.end - extent.start), extent.mark.style)
    last = max(extents, key=lambda e: e.end)
    beside = last.end + 1 + last.reach - last.start
    if labelled == [last] and (room is None or beside <= room):
        markers.write(last.end + 1, last.mark.text, last.mark.style)
        return [markers.line(paint)]
    rows: list[_Canvas] = []
    placed: list[tuple[int, int]] = []
    for extent in sorted(labelled, key=lambda e: (-e.start, e.mark.style == "secondary")):
        row = 0
        while any(extent.reach + 1 >= start for start, other in placed if other >= row):
            row += 1
        placed.append((extent.start, row))
        rows += [_Canvas() for _ in range(row + 1 - len(rows))]
        for above in rows[:row]:
            above.write(extent.start, "|", extent.mark.style, over=False)
        rows[row].write(extent.start, extent.mark.text, extent.mark.style)
    return [canvas.line(paint) for canvas in (markers, *rows)]


class _Canvas:
    """One line on which later writing covers earlier writing."""

    def __init__(self) -> None:
        self.cells: dict[int, tuple[str, str]] = {}

    def write(self, column: int, text: str, style: str, over: bool = True) -> None:
        cells, _ = _cells(text)
        for index, cell in enumerate(cells):
            if over or column + index not in self.cells:
                self.cells[column + index] = cell, style

    def line(self, paint: Paint) -> str:
        width = max(self.cells, default=-1) + 1
        cells = (self.cells.get(column, (" ", "")) for column in range(width))
        runs = ((style, "".join(cell for cell, _ in run)) for style, run in groupby(cells, key=lambda cell: cell[1]))
        return "".join(paint(text, style) if style else text for style, text in runs)
