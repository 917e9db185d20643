"""Two specs compared as networks: a `Spec` each in, a `Difference` out.

Rows are matched by name, the others by type and output. What the file says for every row is said once; a row lists the
cells that differ as they are in force, and what they give. `recipe` and `weights` are no part of a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.diff.dialect import everywhere
from archspec.diff.difference import Change, Count, Difference, RowDifference, align
from archspec.diff.side import ReadRow, ReadSpec, read_spec, same, side_of
from archspec.shape import Pair
from archspec.source import clean
from archspec.spec import Spec
from archspec.table import Derived, Table


def compare(a: Spec, b: Spec) -> Difference:
    """What changes from `a` to `b`. Never raises for what a file may contain: what cannot be run has no counts.

    A file with several readings of which none is chosen is compared as it is printed; callers may refuse it.
    """
    one, other = read_spec(a), read_spec(b)
    sides = side_of(one.table), side_of(other.table)
    notes = [f"{side.title} cannot be built as it stands; archspec validate says why"
             for side, read in zip(sides, (one, other), strict=True) if read.table.total is None]  # fmt: skip
    return Difference(
        sides,
        everywhere(one, other),
        tuple(_columns(one, other)),
        tuple(_rows(one.rows, other.rows)),
        tuple(_rows(one.heads, other.heads)),
        tuple(_totals(one.table, other.table)),
        (_last_field(one.table), _last_field(other.table)),
        tuple(notes),
    )


# --- rows ------------------------------------------------------------------------------------------------------------


def _matches(one: Sequence[ReadRow], other: Sequence[ReadRow]) -> dict[int, int]:
    """Which row is which: by name unless type and grid are both others, the rest by type and output."""
    named = {row.name: index for index, row in enumerate(other)}
    found = {index: named[row.name] for index, row in enumerate(one)
             if row.name in named and not _unlike(row, other[named[row.name]])}  # fmt: skip
    rest = [index for index in range(len(one)) if index not in found]
    others = [index for index in range(len(other)) if index not in found.values()]
    return found | {rest[i]: others[j] for i, j in align(rest, others, lambda i, j: _alike(one[i], other[j]))}


def _unlike(row: ReadRow, other: ReadRow) -> bool:
    """Whether rows of one name are not one row: the second pool of a stem, and a last pool that is called the same."""
    outputs = [side.shown.derived.output for side in (row, other) if side.shown.derived]
    return _other_type(row, other) and len(outputs) == 2 and outputs[0].grid != outputs[1].grid


def _other_type(row: ReadRow, other: ReadRow) -> bool:
    return row.meaning[0] != other.meaning[0] and not same(row.word, other.word)


def _alike(row: ReadRow, other: ReadRow) -> int:
    if _other_type(row, other):
        return 0
    outputs = [side.shown.derived.output for side in (row, other) if side.shown.derived]
    return 0 if len(outputs) < 2 or outputs[0].grid != outputs[1].grid else 1 + (outputs[0] == outputs[1])


def _rows(one: Sequence[ReadRow], other: Sequence[ReadRow]) -> Iterator[RowDifference]:
    """Every row of either, in the order of the second; those of the first alone after the one they follow there, and
    after new ones on a larger grid: the list shrinks with the maps."""
    found = _matches(one, other)
    of_first = {j: i for i, j in found.items()}
    order: list[tuple[int | None, int | None]] = [(of_first.get(j), j) for j in range(len(other))]
    at = 0
    for i in range(len(one)):
        if i in found:
            at = order.index((i, found[i])) + 1
        else:
            while at < len(order) and (new := order[at][1]) is not None and _follows(one[i], other[new], order[at][0]):
                at += 1
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


def _follows(gone: ReadRow, new: ReadRow, match: int | None) -> bool:
    """Whether a row that is gone stands behind one that is new: its map is smaller."""
    before, after = gone.shown.derived, new.shown.derived
    return (
        match is None and before is not None and after is not None and min(before.output.grid) < min(after.output.grid)
    )


def _before(rows: Sequence[ReadRow], index: int) -> str | None:
    return clean(rows[index - 1].name) if index else None


def _difference(
    row: ReadRow | None, other: ReadRow | None, after: tuple[str | None, str | None] | None
) -> RowDifference:
    cells: list[Change]
    if row and other:
        cells = [*_cells(row, other), *_claims(row, other)]
    else:
        values = (row or other).own.values()  # type: ignore[union-attr]
        cells = [Change((caption, caption), (text, None) if row else (None, text)) for caption, text in values]
    first, second = (side.shown.derived if side else None for side in (row, other))
    return RowDifference(
        (clean(row.name) if row else None, clean(other.name) if other else None),
        (row.word if row else "", other.word if other else ""),
        (first.output if first else None, second.output if second else None),
        tuple(cells),
        tuple(Count(name, (_derived(first, name), _derived(second, name))) for name in ("depth", "params", "macs")),
        after,
    )


def _derived(derived: Derived | None, name: str) -> int | None:
    if derived is None:
        return None
    return derived.depth if name == "depth" else derived.cost.params if name == "params" else derived.cost.macs


def _cells(row: ReadRow, other: ReadRow) -> Iterator[Change]:
    """The cells in force that differ, of those that one of the two rows has itself."""
    if _means_otherwise(row, other):
        yield Change(("type", "type"), (row.word, other.word))
    paired = _paired(row, other)
    back = {second: first for first, second in paired.items()}
    keys = [(key, paired.get(key, key)) for key in row.own] + [(back.get(key, key), key) for key in other.own]
    for first, second in dict.fromkeys(keys):
        values = row.value(first), other.value(second)
        if not same(*values):
            ours, theirs = row.caption(first), other.caption(second)
            yield Change((ours or theirs or first, theirs or ours or second), values)


def _means_otherwise(row: ReadRow, other: ReadRow) -> bool:
    """Whether two words say different things. What a word presets and a cell of its row replaces, it does not say."""
    if same(row.word, other.word) or row.meaning == other.meaning:
        return False
    presets = {key for side in (row, other) for key, _ in side.meaning[1]} - {*row.own, *other.own}
    return row.meaning[0] != other.meaning[0] or any(not same(row.value(key), other.value(key)) for key in presets)


def _paired(row: ReadRow, other: ReadRow) -> dict[str, str]:
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
    """What both print and print otherwise although the network gives the same: a misprint, or an erratum."""
    ours, theirs = row.shown.derived, other.shown.derived
    changed = set()
    if ours and theirs:
        claimed = {"depth": "depth", "params": "params", "ops": "macs"}
        changed = {key for key, name in claimed.items() if _derived(ours, name) != _derived(theirs, name)}
        changed |= {"output"} if ours.output != theirs.output else set()
    for key in row.claims:
        if key in other.claims and key not in changed:
            (caption, text), (caption_there, text_there) = row.claims[key], other.claims[key]
            if not same(text, text_there):
                yield Change((f"printed {caption}", f"printed {caption_there}"), (text, text_there))


# --- columns and totals ----------------------------------------------------------------------------------------------


def _columns(one: ReadSpec, other: ReadSpec) -> Iterator[Change]:
    """Captions that one table alone has, and those of it that stand for a caption of the other."""
    before, after = _captions(one), _captions(other)
    paired: dict[str, str] = {}
    for row, match in _matches(one.rows, other.rows).items():
        paired = _paired(one.rows[row], other.rows[match]) | paired
    for key, caption in before.items():
        if key not in after:
            there = after.get(paired.get(key, ""))
            yield Change((caption, there or caption), (caption, there))
    for key, caption in after.items():
        if key not in before and not any(paired.get(gone) == key for gone in before):
            yield Change((caption, caption), (None, caption))


def _captions(side: ReadSpec) -> dict[str, str]:
    pairs = (zip(under.keys, under.captions, strict=True) for under in side.table.columns)
    return {key: clean(part) for keyed in pairs for key, part in keyed if key not in ("name", "type")}


def _totals(one: Table, other: Table) -> Iterator[Count]:
    names = ["params", "params_without_aux", "buffers", "macs", "macs_with_aux", "activations", "depth"]
    for name in names:
        if one.heads or other.heads or not name.endswith("_aux"):
            yield Count(name, (getattr(one.total, name, None), getattr(other.total, name, None)))


def _last_field(made: Table) -> tuple[str, Pair] | None:
    for row in reversed(made.rows):
        if row.derived and row.derived.receptive_field and row.derived.output.grid != (1, 1):
            return row.name, row.derived.receptive_field
    return None
