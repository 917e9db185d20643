"""Rails: the bars at which branches start and end. Spans in, HTML-like labels with a port for every branch out.

A rail is as wide as the columns under it, in quarters of a column, so that a port is exactly over its branch: a layer
spans four quarters, a shortcut two. What comes in and what goes out are two strips of the same width. In a diagram
from left to right a rail stands upright and its strips side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archspec.backends.dot_style import BODY, KINDS, Direction, Kind, Text, node, table, td, tr
from archspec.backends.dot_units import Chain, Unit

LAYER, SHORTCUT = 4, 2  # quarters


@dataclass(frozen=True)
class Cell:
    """A part of a strip, from quarter `at`."""

    at: int
    span: int
    text: Text = Text()
    kind: Kind | None = None


@dataclass
class Rail:
    """A bar under construction: `outgoing` is set when the picture goes on.

    `caption` stands inside the bar; `side` in a cell of its own, over the column of titles; `far` says that a head
    leaves at the other end.
    """

    name: str
    kind: Kind
    span: int
    incoming: Sequence[Cell] = ()
    outgoing: Sequence[Cell] = ()
    caption: Text = Text()
    side: str = ""
    far: bool = False

    def statement(self, quarter: int, side_width: int, direction: Direction) -> str:
        upright = direction == "LR"
        length = self.span * quarter
        strips = []
        if self.incoming:
            strips.append(self._strip("i", self.incoming, quarter, upright))
        if self.caption.html:
            strips.append(_cell(self.caption.font(BODY), length, upright, height=22))
        if self.outgoing or not strips:
            strips.append(self._strip("o", self.outgoing, quarter, upright))
        body = table(*([tr(*strips)] if upright else [tr(s) for s in (strips if direction == "TB" else strips[::-1])]))
        cells = [td(body)]
        if self.side:
            size = {"height": 40} if upright else {"width": side_width}
            cells.insert(0, td(self.side, port="side", **size))
        if self.far:
            cells.append(td(port="far", width=18, height=18))
        colours = KINDS[self.kind]
        rows = [tr(cell) for cell in cells] if upright else [tr(*cells)]
        content = table(*rows, border=1, color=colours.stroke, bgcolor=colours.fill)
        return node(self.name, content, self.kind, self.name, ordering="out")

    def _strip(self, letter: str, cells: Sequence[Cell], quarter: int, upright: bool) -> str:
        """The cells with blanks between them, in a table of their own so that nothing stretches them."""
        parts = []
        at = 0
        for index, cell in enumerate(cells):
            if cell.at > at:
                parts.append(_cell("", (cell.at - at) * quarter, upright))
            said: dict[str, str | int] = {"bgcolor": KINDS[cell.kind].fill} if cell.kind else {}
            height = 18 if cell.text.html else 3
            content = cell.text.font(BODY) if cell.text.html else ""
            parts.append(_cell(content, cell.span * quarter, upright, height, port=f"{letter}{index}", **said))
            at = cell.at + cell.span
        if at < self.span:
            parts.append(_cell("", (self.span - at) * quarter, upright))
        return td(table(*([tr(part) for part in parts] if upright else [tr(*parts)])))


def _cell(content: str, length: int, upright: bool, height: int = 3, **said: str | int) -> str:
    size = {"height": length, "width": 60 if height > 3 else 3} if upright else {"width": length, "height": height}
    return td(content, **size, **said)


def span(items: Chain) -> int:
    """The width of a chain in quarters of a column."""
    widths = [LAYER if isinstance(item, Unit) else sum(map(span, item.branches)) for item in items]
    return max(widths, default=SHORTCUT)
