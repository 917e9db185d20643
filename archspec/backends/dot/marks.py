"""What a diagram says besides the graph: remarks on rows, such as a claim of the paper that does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archspec.backends.dot.style import ERROR, NOTHING, SMALL, Direction, Text, bold, elide, plain
from archspec.graph import INPUT, Row
from archspec.shape import Shape

LONGEST = 40  # letters of a remark


@dataclass(frozen=True)
class Mark:
    """Remarks on one row, or on the image (`INPUT`), which has an `output` only. `output` stands beside the shape that
    leaves it, each of `row` by its name; both in red behind a `!`. `added` puts a `+` beside the name: the paper's
    table does not print the row.
    """

    output: str = ""
    row: tuple[str, ...] = ()
    added: bool = False


Marks = Mapping[str, Mark]


def mark_of(rows: Sequence[Row], marks: Marks) -> Mark:
    """The mark on a row; of instances that are drawn as one, that of the last."""
    return marks.get(rows[-1].name, Mark())


def image_mark(source: str, marks: Marks) -> Mark:
    """The mark on the image, where that is what a picture starts from."""
    return marks.get(INPUT, Mark()) if source == INPUT else Mark()


def remark(text: str) -> Text:
    """A remark as it is printed: `! prints 576`; nothing where there is none."""
    return bold(f"! {elide(text, LONGEST)}") if text else NOTHING


def plus(mark: Mark) -> Text:
    """What stands behind the name of a row."""
    return plain(" +") if mark.added else NOTHING


def edge_label(direction: Direction, shape: Shape, *remarks: str) -> str:
    """The shape on an edge, and remarks behind it. An edge to the right runs below its label, a little away from it."""
    said = [f"&#160;&#160;{remark(text).font(SMALL, ERROR)}" for text in remarks if text]
    below = '<BR/><FONT POINT-SIZE="4">&#160;</FONT>' if direction == "LR" else ""
    return "".join(("&#160;", plain(str(shape)).html, *said, below))


def legend(marks: Iterable[Mark]) -> Iterator[str]:
    """What the signs among these marks mean."""
    found = list(marks)
    if any(mark.added for mark in found):
        yield "+ a row that the paper's table does not print"
    if any(mark.output or mark.row for mark in found):
        yield "! what the paper prints, where the network is otherwise"
