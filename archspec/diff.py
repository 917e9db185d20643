"""Two specs compared as networks: a `Spec` each in, a `Difference` out.

Rows are matched by name, the others by type and output. What the file says for every row is said once; a row lists the
cells that differ as they are in force, and what they give. `recipe` and `weights` are no part of a network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from archspec.diagnostic import Fault
from archspec.difference import Change, Count, Difference, Group, RowDifference, Side, align
from archspec.layer import Layer
from archspec.modules import library_module, library_names
from archspec.notation import Cell, key_of, stride_in
from archspec.resolve import Levels, Target, levels_of, row_lookup, target_of
from archspec.shape import Pair, Shape
from archspec.spec import Network, Spec
from archspec.table import Table, TableRow, cell_text, clean, table
from archspec.vocabulary import BLOCK_PARTS, CLAIMS, OPERATIONS

Value = tuple[str, str]  # a caption and a text


def compare(a: Spec, b: Spec) -> Difference:
    """What changes from `a` to `b`. Never raises for what a file may contain: what cannot be run has no counts.

    A file with several readings of which none is chosen is compared as it is printed; callers may refuse it.
    """
    one, other = read_spec(a), read_spec(b)
    notes = [
        f"{side.name} cannot be built as it stands; archspec validate says why"
        for side, read in ((side_of(one), one), (side_of(other), other))
        if read.table.total is None
    ]
    return Difference(
        (side_of(one), side_of(other)),
        tuple(group for group in everywhere(one, other) if group.changes),
        tuple(columns(one, other)),
        tuple(_rows(one.rows, other.rows)),
        tuple(_rows(one.heads, other.heads)),
        tuple(_totals(one.table, other.table)),
        (last_field(one.table), last_field(other.table)),
        tuple(notes),
    )


def matches(one: Sequence[ReadRow], other: Sequence[ReadRow]) -> dict[int, int]:
    """Which row is which: by name, the rest by type and output."""
    named = {row.name: index for index, row in enumerate(other)}
    found = {index: named[row.name] for index, row in enumerate(one) if row.name in named}
    rest = [index for index in range(len(one)) if index not in found]
    others = [index for index in range(len(other)) if index not in found.values()]
    return found | {rest[i]: others[j] for i, j in align(rest, others, lambda i, j: _alike(one[i], other[j]))}


def _alike(row: ReadRow, other: ReadRow) -> int:
    outputs = [side.shown.derived.output for side in (row, other) if side.shown.derived]
    if row.meaning[0] != other.meaning[0] and plain(row.word) != plain(other.word):
        return 0
    return 0 if len(outputs) < 2 or outputs[0].grid != outputs[1].grid else 1 + (outputs[0] == outputs[1])


def _rows(one: Sequence[ReadRow], other: Sequence[ReadRow]) -> Iterator[RowDifference]:
    """Every row of either, in the order of the second; those of the first alone after the one they follow there."""
    found = matches(one, other)
    of_first = {j: i for i, j in found.items()}
    order: list[tuple[int | None, int | None]] = [(of_first.get(j), j) for j in range(len(other))]
    at = 0
    for i in range(len(one)):
        if i in found:
            at = order.index((i, found[i])) + 1
        else:
            order.insert(at, (i, None))
            at += 1
    first, second = sorted(found), [of_first[j] for j in sorted(of_first)]
    stay = {first[x] for x, _ in align(first, second, lambda x, y: x == y)}
    for left, right in order:
        row = one[left] if left is not None else None
        match = other[right] if right is not None else None
        after = None
        if left is not None and right is not None and left not in stay:
            after = _before(one, left), _before(other, right)
        yield _difference(row, match, after)


def _before(rows: Sequence[ReadRow], index: int) -> str | None:
    return clean(rows[index - 1].name) if index else None


def _difference(row: ReadRow | None, other: ReadRow | None, after: tuple[str | None, str | None] | None) -> RowDifference:
    sides = row, other
    derived = [side.shown.derived if side else None for side in sides]
    counts = [(one.depth, one.cost.params, one.cost.macs) if one else (None, None, None) for one in derived]
    cells: Iterable[Change]
    if row is None or other is None:
        alone = row or other
        assert alone is not None
        cells = [
            Change((caption, caption), (text, None) if row else (None, text)) for caption, text in alone.own.values()
        ]
    else:
        cells = [*_cells(row, other), *_claims(row, other)]
    return RowDifference(
        (clean(row.name) if row else None, clean(other.name) if other else None),
        (row.word if row else "", other.word if other else ""),
        (derived[0].output if derived[0] else None, derived[1].output if derived[1] else None),
        tuple(cells),
        tuple(
            Count(name, values)
            for name, values in zip(("depth", "params", "macs"), zip(*counts, strict=True), strict=True)
        ),
        after,
    )


def _cells(row: ReadRow, other: ReadRow) -> Iterator[Change]:
    """The cells in force that differ, of those that one of the two rows has itself."""
    if plain(row.word) != plain(other.word) and row.meaning != other.meaning:
        yield Change(("type", "type"), (row.word, other.word))
    paired = paired_columns(row, other)
    back = {second: first for first, second in paired.items()}
    keys = [(key, paired.get(key, key)) for key in row.own] + [(back.get(key, key), key) for key in other.own]
    for first, second in dict.fromkeys(keys):
        values = row.value(first), other.value(second)
        if plain(values[0]) != plain(values[1]):
            captions = row.caption(first), other.caption(second)
            if first == second:  # a side without the cell knows it by its key alone
                captions = (captions[0], captions[1]) if first in row.own else (captions[1], captions[1])
                captions = (captions[0], captions[1]) if second in other.own else (captions[0], captions[0])
            yield Change(captions, values)


def paired_columns(row: ReadRow, other: ReadRow) -> dict[str, str]:
    """Columns of two modules that stand in one place: in order, read alike, best with the same last word."""
    modules = [side.target.module if side.target else None for side in (row, other)]
    if modules[0] is None or modules[1] is None:
        return {}
    first, second = modules[0], modules[1]
    gone = [key for key in first.columns if key not in second.columns]
    new = [key for key in second.columns if key not in first.columns]

    def likeness(x: str, y: str) -> int:
        return 1 + (x.split("-")[-1] == y.split("-")[-1]) if first.kinds[x] == second.kinds[y] else 0

    return {gone[i]: new[j] for i, j in align(gone, new, likeness)}


def _claims(row: ReadRow, other: ReadRow) -> Iterator[Change]:
    """What both print and print otherwise, where the network gives the same: another misprint, or an erratum."""
    ours, theirs = row.shown.derived, other.shown.derived
    gives: dict[str, bool] = {}
    if ours and theirs:
        gives = {
            "output": ours.output != theirs.output,
            "depth": ours.depth != theirs.depth,
            "params": ours.cost.params != theirs.cost.params,
            "ops": ours.cost.macs != theirs.cost.macs,
        }
    for key in row.claims:
        if key in other.claims and not gives.get(key):
            (caption, text), (of_other, printed) = row.claims[key], other.claims[key]
            if plain(text) != plain(printed):
                yield Change((f"printed {caption}", f"printed {of_other}"), (text, printed))


# --- totals ----------------------------------------------------------------------------------------------------------


def side_of(read: ReadSpec) -> Side:
    made = read.table
    chosen = ["as printed"] * made.as_printed + [f"reading {name}" for name in made.readings]
    chosen += [f"variant {name}" for name in made.variants]
    return Side(made.name, ", ".join([f"{made.name} ({made.paper})" if made.paper else made.name, *chosen]))


def _totals(one: Table, other: Table) -> Iterator[Count]:
    names = ["params", "params_without_aux", "buffers", "macs", "macs_with_aux", "activations", "depth"]
    if not (one.heads or other.heads):
        names = [name for name in names if not name.endswith("_aux")]
    for name in names:
        yield Count(name, (getattr(one.total, name, None), getattr(other.total, name, None)))


def last_field(made: Table) -> tuple[str, Pair] | None:
    for row in reversed(made.rows):
        if row.derived and row.derived.receptive_field and row.derived.output.grid != (1, 1):
            return row.name, row.derived.receptive_field
    return None


__all__ = ["Difference", "Shape", "compare"]
