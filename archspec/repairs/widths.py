"""Widths that a cell may hold which cannot be read: guesses from its row, its column and what the row prints.

Rows, and the place of a cell, go in; values come out, the likeliest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isqrt
from typing import TypeGuard

from archspec import notation
from archspec.layer import Layer
from archspec.notation import reference
from archspec.repairs.printed import column_of
from archspec.repairs.trials import Trials


def widths(trials: Trials, index: int, layer: Layer, key: str) -> list[object]:
    """Values for a cell that cannot be read, where no claim speaks of it, the likeliest first: those of its column,
    most of all in rows of its type, those of its row, and those with which either goes on. How much says so is all
    that tells them apart."""
    rows = [row for at in trials.near(index) if key in (row := trials.network.rows[at]).cells]
    of_type = [value for row in rows if row.word == layer.word and is_width(value := row.cells[key].value)]
    column_ = column_of(trials, index, key)
    near = [value for value in column_ if is_width(value)][:2]
    beside = [one.value for one in layer.cells.values() if is_width(one.value)]
    votes: Counter[object] = Counter(value for value in column_ if is_width(value) or reference(value))
    votes.update(
        (
            *near,
            *of_type,
            *beside,
            *_around(trials, index, layer),
            *2 * [value for value in _continued(trials, index, key) if is_width(value)],
        )
    )
    votes.update(f"${name}" for name in trials.network.params if key == "out")
    return [value for value, _ in votes.most_common()]


def _around(trials: Trials, index: int, layer: Layer) -> Iterator[int]:
    """The channels that a row is given and those that it prints: a block with a shortcut has both."""
    source, cell = trials.source(index), layer.cells.get("output")
    yield from (source.shape.channels,) if source is not None else ()
    if cell is not None and notation.is_size(cell) and (printed := notation.size(cell).channels):
        yield printed


def _continued(trials: Trials, index: int, key: str) -> Iterator[int]:
    """The widths with which a column goes on as it does above or below, by the same step or the same factor; and twice,
    half, and in the middle of those beside a cell, in its column and in its row."""
    rows = trials.network.rows
    near = [rows[at].cells.get(key) if 0 <= at < len(rows) else None for at in range(index - 2, index + 3)]
    column_ = [cell.value if cell else None for cell in near]
    for other, one in (column_[:2], column_[:2:-1]):
        if is_width(one) and is_width(other):
            yield 2 * one - other
            yield from (one * one // other,) if one * one % other == 0 else ()
    cells = [cell.value for cell in rows[index].cells.values()]
    at = list(rows[index].cells).index(key)
    for one, other in ((column_[1], column_[3]), ((cells[:at] or [None])[-1], (cells[at + 1 :] or [None])[0])):
        yield from (found for value in (one, other) if is_width(value) for found in (2 * value, value // 2))
        if is_width(one) and is_width(other):
            yield from ((one + other) // 2, isqrt(one * other))


def is_width(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value > 3
