"""What most rows of a type change in the same way, to be said once: rows of a `Difference` in, `Alike` values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archspec.diff.difference import Change, Count, RowDifference

_FEWEST = 3  # rows: less is no pattern


@dataclass(frozen=True)
class Alike:
    """One change of a cell or a count, with the rows of the type `word` that have it, and the others of that type."""

    word: str
    what: Change | Count
    rows: tuple[RowDifference, ...]
    others: tuple[RowDifference, ...]


def alike(rows: Sequence[RowDifference]) -> Iterator[Alike]:
    """The changes that more than half of the rows of both sides have that are of one type on each."""
    groups: dict[tuple[str, str], list[RowDifference]] = {}
    for row in rows:
        if None not in row.names and all(row.types):
            groups.setdefault(row.types, []).append(row)
    for (word, _), group in groups.items():
        counted = Counter(what for row in group for what in changes(row))
        for what, count in counted.items():
            if count >= _FEWEST and 2 * count > len(group):
                having = tuple(row for row in group if what in changes(row))
                yield Alike(word, what, having, tuple(row for row in group if row not in having))


def changes(row: RowDifference) -> tuple[Change | Count, ...]:
    """Every cell of a row that differs, and every count."""
    return (*row.cells, *(one for one in row.counts if one.differs))
