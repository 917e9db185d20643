"""Rails: the bars at which branches start and end. Spans in, HTML-like labels with a port for every branch out.

A rail is as wide as the columns under it, in quarters of a column, so that a port is exactly over its branch: a layer
spans four quarters, a shortcut two. What comes in and what goes out are two strips of the same width. Cells are drawn
a little shorter than they span, so that two rails side by side do not touch. In a diagram from left to right a rail
stands upright and its strips side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archspec.backends.dot.style import BODY, KINDS, NOTHING, Direction, Kind, Text, node, table, td, tr
from archspec.backends.dot.units import Chain, Unit

LAYER, SHORTCUT = 4, 2  # quarters
INSET = 10  # points that a cell gives up on either side


@dataclass(frozen=True)
class Cell:
    """A part of a strip, from quarter `at`."""

    at: int
    span: int
    text: Text = NOTHING
    kind: Kind | None = None


@dataclass
class Rail:
    """A bar under construction: `outgoing` grows as the picture goes on.

    `caption` stands inside the bar; `side` in a cell of its own, over the column of titles; `far` says that a head
    leaves at the other end.
    """

    name: str
    kind: Kind
    span: int
    incoming: list[Cell] = field(default_factory=list)
    outgoing: list[Cell] = field(default_factory=list)
    caption: Text = NOTHING
    side: str = ""
    far: bool = False

    def leave(self, at: int, span: int) -> str:
        """A new port for what leaves over some quarters."""
        self.outgoing.append(Cell(at, span))
        return f"o{len(self.outgoing) - 1}"

    def statement(self, quarter: int, side_width: int, direction: Direction) -> str:
        upright = direction == "LR"
        length = self.span * quarter - 2 * INSET
        strips = []
        if self.incoming:
            strips.append(self._strip("i", self.incoming, quarter, upright))
        if self.caption.html:
            strips.append(_cell(self.caption.font(BODY), length, upright, height=22, cellpadding=4))
        if self.outgoing or not strips:
            strips.append(self._strip("o", self.outgoing, quarter, upright))
        body = table(*([tr(*strips)] if upright else [tr(s) for s in (strips if direction == "TB" else strips[::-1])]))
        cells = [td(body)]
        if self.side:
            size = {"height": 40, "cellpadding": 4} if upright else {"width": side_width}
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
        at = INSET
        for index, cell in enumerate(cells):
            start = cell.at * quarter + INSET
            if start > at:
                parts.append(_cell("", start - at, upright))
            said: dict[str, str | int] = {"bgcolor": KINDS[cell.kind].fill} if cell.kind else {}
            height = 18 if cell.text.html else 3
            content = cell.text.font(BODY) if cell.text.html else ""
            length = cell.span * quarter - 2 * INSET
            parts.append(_cell(content, length, upright, height, port=f"{letter}{index}", **said))
            at = start + length
        if at < self.span * quarter - INSET:
            parts.append(_cell("", self.span * quarter - INSET - at, upright))
        return td(table(*([tr(part) for part in parts] if upright else [tr(*parts)])))


def _cell(content: str, length: int, upright: bool, height: int = 3, **said: str | int) -> str:
    size = {"height": length, "width": 60 if height > 3 else 3} if upright else {"width": length, "height": height}
    return td(content, **size, **said)


def span(items: Chain) -> int:
    """The width of a chain in quarters of a column."""
    widths = [LAYER if isinstance(item, Unit) else sum(map(span, item.branches)) for item in items]
    return max(widths, default=SHORTCUT)
