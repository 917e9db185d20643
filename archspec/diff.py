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

_Value = tuple[str, str]  # a caption and a text


def compare(a: Spec, b: Spec) -> Difference:
    """What changes from `a` to `b`. Never raises for what a file may contain: what cannot be run has no counts.

    A file with several readings of which none is chosen is compared as it is printed; callers may refuse it.
    """
    one, other = _read(a), _read(b)
    notes = [f"{side.name} cannot be built as it stands; archspec validate says why"
             for side, read in ((_side(one), one), (_side(other), other)) if read.table.total is None]  # fmt: skip
    return Difference(
        (_side(one), _side(other)),
        tuple(group for group in _everywhere(one, other) if group.changes),
        tuple(_columns(one, other)),
        tuple(_rows(one.rows, other.rows)),
        tuple(_rows(one.heads, other.heads)),
        tuple(_totals(one.table, other.table)),
        (_last_field(one.table), _last_field(other.table)),
        tuple(notes),
    )


# --- a side ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Row:
    """A row or head as a side reads it. `own` are the cells it has itself, by key; claims stand apart."""

    network: Network
    layer: Layer
    name: str
    own: Mapping[str, _Value]
    claims: Mapping[str, _Value]
    shown: TableRow

    @property
    def word(self) -> str:
        return cell_text(self.layer.cells["type"].value) if "type" in self.layer.cells else "block"

    @cached_property
    def target(self) -> Target | None:
        """What its type names; None for a block, and where that is at fault."""
        if "type" not in self.layer.cells:
            return None
        try:
            return target_of(self.network, self.layer, row_lookup(self.network, self.layer))
        except Fault:
            return None

    @cached_property
    def meaning(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What its type comes to: the operation or module, and the cells that the word presets."""
        if self.target is None:
            return plain(self.word), ()
        return self.target.name, tuple(sorted((key, cell_text(cell.value)) for key, cell in self.target.preset.items()))

    @cached_property
    def levels(self) -> Levels | None:
        if self.target is None:
            return None
        return levels_of(self.network, self.layer, self.target, row_lookup(self.network, self.layer), self.name)

    def value(self, key: str) -> str | None:
        """The cell in force: its own, else what the type's word, [defaults] or the module give; None where nothing does."""
        if key in self.own:
            return self.own[key][1]
        if key == "stride" and "patch" in self.layer.cells and (cell := stride_in(self.layer.cells["patch"])):
            return cell_text(cell.value)
        try:
            found = self.levels.get(key) if self.levels else None
        except Fault:
            return None
        if found is None:
            return "1" if key == "repeat" else None
        return cell_text(found.value)

    def caption(self, key: str) -> str:
        if key in self.own:
            return self.own[key][0]
        return clean(self.target.module.captions.get(key, key)) if self.target and self.target.module else clean(key)


@dataclass(frozen=True, eq=False)
class _Read:
    spec: Spec
    network: Network
    table: Table
    rows: tuple[_Row, ...]
    heads: tuple[_Row, ...]


def _read(spec: Spec) -> _Read:
    network, sections, made = spec.network, spec.patched.sections, table(spec)

    def rows(layers: Sequence[Layer], cells: Mapping[str, Mapping[str, Cell]], shown: Sequence[TableRow]) -> Iterator[_Row]:
        for layer, (name, of_row), row in zip(layers, cells.items(), shown, strict=True):
            values = _values({key: cell for key, cell in of_row.items() if key not in ("name", "type")})
            claims = {key: values.pop(key) for key in CLAIMS if key in values}
            yield _Row(network, layer, name, values, claims, row)

    return _Read(spec, network, made, tuple(rows(network.rows, sections.rows, made.rows)),
                 tuple(rows(network.heads, sections.heads, made.heads)))  # fmt: skip


def _values(cells: Mapping[str, Cell]) -> dict[str, _Value]:
    """Cells as text by key. A stride beside a patch is part of it, as a paper prints it; layers are one value a cell."""
    found: dict[str, _Value] = {}
    for key, cell in cells.items():
        if key in BLOCK_PARTS:
            found |= {path: (path, text) for path, text in flat({key: cell.value})}
        else:
            found[key] = clean(cell.caption), cell_text(cell.value)
    if "patch" in found and "stride" in found and "[" not in found["stride"][1]:
        caption, patch = found["patch"]
        found["patch"] = caption, f"{patch}/{found.pop('stride')[1]}"
    return found


def flat(value: Any, path: str = "") -> Iterator[_Value]:
    """The leaves of nested tables, each with its path in names: `branches.3x3.reduce.out`, and its text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{path}.{clean(str(key))}" if path else clean(str(key)))
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value, 1):
            yield from flat({key: leaf for key, leaf in item.items() if key != "name"},
                            f"{path}.{clean(str(item.get('name', index)))}")  # fmt: skip
    else:
        yield path, cell_text(value)


def plain(text: str | None) -> str | None:
    """A text as it is compared: `3 × 3/1` is `3x3`, `1e-3` is `0.001`."""
    if text is None:
        return None
    text = re.sub(r"(?<=\dx)(\d+)/1(?:x1)?$", r"\1", re.sub(r"[\s_-]+", "-", text.strip().lower().replace("×", "x"))
                  .replace("-x-", "x"))  # fmt: skip
    try:
        return repr(float(text))
    except ValueError:
        return text


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    """The keys of either whose texts differ."""
    for key in dict.fromkeys((*before, *after)):
        values = before.get(key), after.get(key)
        if plain(values[0]) != plain(values[1]):
            yield Change((key, key), values)


# --- what is said once -----------------------------------------------------------------------------------------------


def _everywhere(one: _Read, other: _Read) -> Iterator[Group]:
    yield Group("input", "input", tuple(changes({"input": str(one.table.input)}, {"input": str(other.table.input)})))
    params = [{key: str(value) for key, value in side.table.params} for side in (one, other)]
    yield Group("params", "parameters", tuple(changes(*params)))
    words = [_words(side) for side in (one, other)]
    for word in dict.fromkeys((*words[0], *words[1])):
        meanings = [{"means": side[word]} if word in side else {} for side in words]
        yield Group("types", word, tuple(changes(*meanings)))
    names = dict.fromkeys((*one.network.defaults, *other.network.defaults))
    for name in names:
        stated = [side.network.defaults.get(name, {}) for side in (one, other)]
        keys = dict.fromkeys((*stated[0], *stated[1]))
        of_sides = [{clean(key): text for key in keys if (text := _default(side, name, key)) is not None}
                    for side in (one, other)]  # fmt: skip
        yield Group("defaults", clean(name), tuple(changes(*of_sides)))
    modules = [{key_of(name): dict(flat(raw)) for name, (raw, _) in side.spec.patched.sections.modules.items()}
               for side in (one, other)]  # fmt: skip
    for name in dict.fromkeys((*modules[0], *modules[1])):
        yield Group("modules", clean(name), tuple(changes(modules[0].get(name, {}), modules[1].get(name, {}))))


def _default(side: _Read, name: str, key: str) -> str | None:
    """What a key of an operation or module is where no row says it: stated, or its neutral or optional value."""
    stated = side.network.defaults.get(name, {})
    if key in stated:
        return cell_text(stated[key].value)
    if name in OPERATIONS:
        used = name in side.network.defaults or key not in OPERATIONS[name].neutral or _uses(side, name)
        neutral = OPERATIONS[name].neutral.get(key) if used else None
        return None if neutral is None else cell_text(neutral)
    module = side.network.module(name) or (library_module(name) if name in library_names() else None)
    return cell_text(module.optional[key].value) if module and key in module.optional else None


def _uses(side: _Read, name: str) -> bool:
    """Whether a row is this operation; of those inside modules nothing is known here."""
    return any(row.target and row.target.name == name for row in side.rows)


def _words(side: _Read) -> dict[str, str]:
    """The words of the `type` column that the file gives a meaning, and that meaning."""
    found = {}
    for row in (*side.rows, *side.heads):
        name, preset = row.meaning
        if row.target and (preset or plain(row.word) != name) and row.layer.cells["type"].value in side.network.types:
            found[row.word] = ", ".join([clean(name), *(f"{clean(key)} {text}" for key, text in preset)])
    return found


def _columns(one: _Read, other: _Read) -> Iterator[Change]:
    """Captions of one table only, and for columns of modules that stand in one place the other's."""
    captions = [{key: clean(part) for under in side.table.columns for key, part in zip(under.keys, under.captions, strict=True)}
                for side in (one, other)]  # fmt: skip
    paired: dict[str, str] = {}
    for row, match in _matches(one.rows, other.rows).items():
        paired = _paired(one.rows[row], other.rows[match]) | paired
    for key, caption in captions[0].items():
        if (partner := paired.get(key)) in captions[1]:
            yield Change((caption, captions[1][str(partner)]), (caption, captions[1][str(partner)]))
        elif key not in captions[1]:
            yield Change((caption, caption), (caption, None))
    for key, caption in captions[1].items():
        if key not in captions[0] and key not in paired.values():
            yield Change((caption, caption), (None, caption))


# --- rows ------------------------------------------------------------------------------------------------------------


def _matches(one: Sequence[_Row], other: Sequence[_Row]) -> dict[int, int]:
    """Which row is which: by name, the rest by type and output."""
    named = {row.name: index for index, row in enumerate(other)}
    found = {index: named[row.name] for index, row in enumerate(one) if row.name in named}
    rest = [index for index in range(len(one)) if index not in found]
    others = [index for index in range(len(other)) if index not in found.values()]
    return found | {rest[i]: others[j] for i, j in align(rest, others, lambda i, j: _alike(one[i], other[j]))}


def _alike(row: _Row, other: _Row) -> int:
    outputs = [side.shown.derived.output for side in (row, other) if side.shown.derived]
    if row.meaning[0] != other.meaning[0] and plain(row.word) != plain(other.word):
        return 0
    return 0 if len(outputs) < 2 or outputs[0].grid != outputs[1].grid else 1 + (outputs[0] == outputs[1])


def _rows(one: Sequence[_Row], other: Sequence[_Row]) -> Iterator[RowDifference]:
    """Every row of either, in the order of the second; those of the first alone after the one they follow there."""
    found = _matches(one, other)
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


def _before(rows: Sequence[_Row], index: int) -> str | None:
    return clean(rows[index - 1].name) if index else None


def _difference(row: _Row | None, other: _Row | None, after: tuple[str | None, str | None] | None) -> RowDifference:
    sides = row, other
    derived = [side.shown.derived if side else None for side in sides]
    counts = [(one.depth, one.cost.params, one.cost.macs) if one else (None, None, None) for one in derived]
    cells: Iterable[Change]
    if row is None or other is None:
        alone = row or other
        assert alone is not None
        cells = [Change((caption, caption), (text, None) if row else (None, text)) for caption, text in alone.own.values()]
    else:
        cells = [*_cells(row, other), *_claims(row, other)]
    return RowDifference(
        (clean(row.name) if row else None, clean(other.name) if other else None),
        (row.word if row else "", other.word if other else ""),
        (derived[0].output if derived[0] else None, derived[1].output if derived[1] else None),
        tuple(cells),
        tuple(Count(name, values) for name, values in zip(("depth", "params", "macs"), zip(*counts, strict=True), strict=True)),
        after,
    )


def _cells(row: _Row, other: _Row) -> Iterator[Change]:
    """The cells in force that differ, of those that one of the two rows has itself."""
    if plain(row.word) != plain(other.word) and row.meaning != other.meaning:
        yield Change(("type", "type"), (row.word, other.word))
    paired = _paired(row, other)
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


def _paired(row: _Row, other: _Row) -> dict[str, str]:
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


def _claims(row: _Row, other: _Row) -> Iterator[Change]:
    """What both print and print otherwise, where the network gives the same: another misprint, or an erratum."""
    ours, theirs = row.shown.derived, other.shown.derived
    gives: dict[str, bool] = {}
    if ours and theirs:
        gives = {"output": ours.output != theirs.output, "depth": ours.depth != theirs.depth,
                 "params": ours.cost.params != theirs.cost.params, "ops": ours.cost.macs != theirs.cost.macs}  # fmt: skip
    for key in row.claims:
        if key in other.claims and not gives.get(key):
            (caption, text), (of_other, printed) = row.claims[key], other.claims[key]
            if plain(text) != plain(printed):
                yield Change((f"printed {caption}", f"printed {of_other}"), (text, printed))


# --- totals ----------------------------------------------------------------------------------------------------------


def _side(read: _Read) -> Side:
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


def _last_field(made: Table) -> tuple[str, Pair] | None:
    for row in reversed(made.rows):
        if row.derived and row.derived.receptive_field and row.derived.output.grid != (1, 1):
            return row.name, row.derived.receptive_field
    return None


__all__ = ["Difference", "Shape", "compare"]
