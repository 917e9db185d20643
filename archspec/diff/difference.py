"""What differs between two networks, as a frozen value that prints itself; and the alignment that finds what matches.

The package makes a `Difference` of two specs, `module.py` of a spec and a torch module; `text.py` has the formats. In a
pair the first side stands first, and None is what a side does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from archspec.shape import Pair, Shape

Format = Literal["text", "md", "json"]
Status = Literal["same", "changed", "added", "removed"]
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Side:
    """`title` is the name with what was chosen of it."""

    name: str
    title: str


@dataclass(frozen=True)
class Change:
    """One value on both sides, as each writes it, under what each calls it."""

    captions: tuple[str, str]
    values: tuple[str | None, str | None]


@dataclass(frozen=True)
class Group:
    """What is said once for the whole network: `section` is one of the file's, or `module` for a torch module."""

    section: Literal["input", "params", "types", "defaults", "modules", "module"]
    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Count:
    """A number that both sides give. `name` is the one of the interface of `table --format json`."""

    name: str
    values: tuple[int | None, int | None]

    @property
    def differs(self) -> bool:
        return self.values[0] != self.values[1]

    @property
    def change(self) -> int | None:
        first, second = self.values
        return None if first is None or second is None else second - first

    @property
    def percent(self) -> float | None:
        """The change in % of the first; None where the first is 0 or one of the two is not known."""
        return None if self.change is None or not self.values[0] else 100 * self.change / self.values[0]


@dataclass(frozen=True)
class RowDifference:
    """A row or head of either side, or the two that match. `cells` holds what differs; of a row only one side has, all.

    `after` is set for a row that stands elsewhere among those of both sides: the row it follows on each.
    """

    names: tuple[str | None, str | None]
    types: tuple[str, str]
    outputs: tuple[Shape | None, Shape | None]
    cells: tuple[Change, ...]
    counts: tuple[Count, ...]
    after: tuple[str | None, str | None] | None = None

    @property
    def name(self) -> str:
        return self.names[1] or self.names[0] or ""

    @property
    def status(self) -> Status:
        if None in self.names:
            return "added" if self.names[0] is None else "removed"
        counts = any(one.differs for one in self.counts)
        other = self.names[0] != self.names[1] or self.outputs[0] != self.outputs[1]
        return "changed" if other or counts or self.cells or self.after else "same"


@dataclass(frozen=True)
class Difference:
    """`rows` and `heads` hold those that are the same too, in the order of both sides.

    `columns` says which captions stand for one another and which only one table has; no network differs by a caption.
    `fields` is the receptive field of the last map before the grid is 1×1, and the row that gives it.
    """

    sides: tuple[Side, Side]
    everywhere: tuple[Group, ...]
    columns: tuple[Change, ...]
    rows: tuple[RowDifference, ...]
    heads: tuple[RowDifference, ...]
    totals: tuple[Count, ...]
    fields: tuple[tuple[str, Pair] | None, tuple[str, Pair] | None] = (None, None)
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Nothing differs but what the networks are called."""
        rows = all(row.status == "same" for row in (*self.rows, *self.heads))
        return rows and not self.everywhere and not any(one.differs for one in self.totals)

    def render(self, format: Format = "text", *, width: int | None = None, color: bool = False) -> str:  # noqa: A002
        """The difference as text that ends in a line end. `width` (else 100) and `color` are for `text`."""
        from archspec.diff import text as diff_text

        match format:
            case "text":
                return diff_text.text(self, width or 100, color=color)
            case "md":
                return diff_text.markdown(self)
            case "json":
                return diff_text.json(self)

    def __str__(self) -> str:
        return self.render().rstrip("\n")


def align(one: Sequence[A], other: Sequence[B], likeness: Callable[[A, B], int]) -> Iterator[tuple[int, int]]:
    """The pairs of positions, rising on both sides, that are alike in sum the most; 0 is not alike.

    With a likeness of 0 and 1 it is the longest common subsequence. Needleman & Wunsch 1970 without a price of gaps.
    """
    best = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    alike = [[likeness(x, y) for y in other] for x in one]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(other) - 1, -1, -1):
            pair = best[i + 1][j + 1] + alike[i][j] if alike[i][j] else 0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(one) and j < len(other):
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
