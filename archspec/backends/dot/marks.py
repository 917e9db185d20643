"""What a diagram says besides the graph: a remark on a row, such as a claim of the paper that does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archspec.backends.dot.style import ERROR, SMALL, Text, bold, elide, plain
from archspec.graph import Row
from archspec.shape import Shape

Place = Literal["output", "row"]


@dataclass(frozen=True)
class Mark:
    """`text` is printed in red behind a `!`: beside the shape that leaves the row, or under the row's name."""

    text: str
    at: Place = "output"


def mark_of(rows: Sequence[Row], marks: Mapping[str, Mark], at: Place = "output") -> Mark | None:
    """The mark on a row, or on the row that its instances belong to."""
    for row in reversed(rows):
        mark = marks.get(row.name) or marks.get(row.group)
        if mark and mark.at == at:
            return mark
    return None


def edge_label(shape: Shape, mark: Mark | None = None) -> str:
    text = Text("&#160;") + plain(str(shape))
    if mark:
        text = text + Text(bold(f"  ! {elide(mark.text, 60)}").font(SMALL, ERROR))
    return text.html
