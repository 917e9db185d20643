"""Repairs by search: the smallest sets of cell edits after which the rows at fault agree with what they print.

The search runs the rows from the first that fails on true values. At a row whose claim fails it tries every edit of one
of that row's cells that makes it hold, the claim itself included, and goes on until the table and the computed values
meet again. Nothing is known of any network: a cell's new value is solved for by running the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from archspec.claims import Aspect, Claim, claims
from archspec.diagnostic import Diagnostic, Fault, Repair
from archspec.elaborate import Expander
from archspec.expand import Expansion
from archspec.graph import Node
from archspec.layer import Layer
from archspec.notation import Cell, show
from archspec.repairs.trials import Trials
from archspec.resolve import parse, row_lookup
from archspec.vocabulary import CLAIMS, LAYER_KEYS

MOST_CELLS = 4
MOST_SHOWN = 6
MOST_TRIED = 12  # of one finding, in whole runs
MOST_FOUND = 2000
_KERNELS = ("1", "2", "3", "5", "7", "11")
_STRIDES = ("1", "2", "3", "4")

Base = Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class Edit:
    """One cell of one row with another value; `score` says how ordinary the value is in its column, lower is better."""

    index: int
    key: str
    cell: Cell
    value: object
    score: tuple[int, ...]
    part: tuple[str, str] | None = None  # the part of the cell that changes, where it is not the whole

    @property
    def ordinary(self) -> bool:
        """The column has the value, or it is a multiple of 8, or it is no width at all."""
        often, roundness, _ = self.score
        return often < 0 or roundness <= 2

    @property
    def change(self) -> tuple[str, str]:
        there, value = show(self.cell.value), show(self.value)
        return self.part or ((f'"{there}"', value) if there == value else (there, value))  # text becomes a number


class _Search:
    """`base` says for each row how many of its claims fail before any edit: of the searched aspects, and of others."""

    def __init__(self, trials: Trials, aspects: frozenset[Aspect], last: int, most: int, base: Base) -> None:
        self.expander, self.budget = trials.expander, trials.budget
        self.aspects, self.last, self.most, self.base = aspects, last, most, base
        self.chained = bool(aspects & {"channels", "grid"})
        self.found: list[tuple[tuple[Edit, ...], int]] = []

    def run(self, index: int, layer: Layer, source: Node, edits: tuple[Edit, ...], others: int) -> None:
        """Go on at a row with the edits made so far; `others` counts the claims of other aspects that they broke or
        mended."""
        if len(self.found) >= MOST_FOUND or self.budget.spent:
            return
        result = self.expand(layer, source)
        if result.output is None:
            return
        wrong, rest, claimed = self.state(layer, result)
        before = self.base.get(index, (0, 0))
        edited = bool(edits) and edits[-1].index == index  # its claim was put right just now: that says nothing
        if index > self.last and claimed and not edited and (not wrong or before[0]):
            self.found.append((edits, others))  # the table and the computed values agree again
        elif not wrong:
            here = rest - before[1] if edits and edits[-1].index == index else 0
            if (index >= self.last and not self.chained) or index + 1 == len(self.expander.network.rows):
                self.found.append((edits, others + here))
            else:
                self.run(index + 1, self.expander.network.rows[index + 1], result.output, edits, others + here)
        elif len(edits) < self.most:
            for edit, changed in candidates(self, index, layer, source, result, wrong):
                self.run(index, changed, source, (*edits, edit), others)

    def expand(self, layer: Layer, source: Node) -> Expansion:
        result = self.expander.changed(layer, source)
        self.budget.spend(result.made + 5)
        return result

    def state(self, layer: Layer, result: Expansion) -> tuple[list[Claim], int, bool]:
        """The failing claims of the searched aspects, how many others fail, and whether the row claims an aspect at
        all."""
        all_ = list(claims(layer, result, self.expander.network.units))
        wrong = [claim for claim in all_ if not claim.holds and claim.aspect in self.aspects]
        rest = sum(1 for claim in all_ if not claim.holds and claim.aspect not in self.aspects)
        return wrong, rest, any(claim.aspect in self.aspects for claim in all_)


def candidates(
    search: _Search, index: int, layer: Layer, source: Node, result: Expansion, wrong: list[Claim]
) -> Iterator[tuple[Edit, Layer]]:
    """Every edit of one cell of this row that mends it: a claim put right, or a defining cell that makes all of them
    hold."""
    claim = wrong[0]
    key = next(key for key, cell in layer.cells.items() if cell.path == claim.cell.path)
    value: object = int(claim.corrected) if isinstance(claim.cell.value, int) else claim.corrected
    corrected = layer.with_cell(key, value)
    if _readable(search, key, corrected):
        yield Edit(index, key, claim.cell, value, (0, 0, 0), (claim.printed, claim.gives)), corrected
    for key, cell in layer.cells.items():
        if key in CLAIMS or key in LAYER_KEYS or isinstance(cell.value, list | dict | bool):
            continue
        for value in dict.fromkeys(_values(search, layer, key, cell, source, result, wrong)):
            changed = layer.with_cell(key, value)
            again = search.expand(changed, source)
            if again.output is not None and not search.state(changed, again)[0]:
                yield Edit(index, key, cell, value, _score(search.expander, key, cell, value)), changed


def _readable(search: _Search, key: str, layer: Layer) -> bool:
    """Whether a claim put right can be read again: no table prints a number of twenty digits."""
    try:
        parse(layer.cells[key], CLAIMS[key], row_lookup(search.expander.network, layer))
    except Fault:
        return False
    return True


def _values(
    search: _Search, layer: Layer, key: str, cell: Cell, source: Node, result: Expansion, wrong: list[Claim]
) -> Iterable[object]:
    """Values worth trying in one cell: solved for where it is a number, enumerated where it is a patch."""
    if isinstance(cell.value, int) or cell.absent:
        yield from _solved(search, layer, key, cell, source, result, wrong)
    elif isinstance(cell.value, str) and key == "patch":
        size, slash, stride = cell.value.partition("/")
        for other in _STRIDES:
            yield f"{size}/{other}"
        if sign := next((sign for sign in "×x" if sign in size), ""):
            for kernel in _KERNELS:
                yield f"{kernel}{sign}{kernel}{slash}{stride}"
    if key == "stride":
        yield from (int(stride) for stride in _STRIDES)
    if key == "pad":
        yield from (0, 1, 2, 3)


def _solved(
    search: _Search, layer: Layer, key: str, cell: Cell, source: Node, result: Expansion, wrong: list[Claim]
) -> Iterator[int]:
    """The whole numbers for which the first failing claim's value comes out, the value taken as linear in the cell."""
    at = cell.value if isinstance(cell.value, int) else 0
    measured = _measure(layer, result, wrong[0].aspect, search)
    probe = max(at, 0) + 1
    changed = layer.with_cell(key, probe)
    again = search.expand(changed, source)
    if again.output is None or measured is None:
        return
    after = _measure(changed, again, wrong[0].aspect, search)
    target = _target(wrong[0], search)
    if after is None or target is None:
        return
    if at == 0:  # nothing stands there yet: the slope shows between 1 and 2
        second = search.expand(layer.with_cell(key, 2), source)
        twice = None if second.output is None else _measure(layer.with_cell(key, 2), second, wrong[0].aspect, search)
        if twice is None or twice == after:
            return
        exact = 1 + (target - after) / (twice - after)
    elif after == measured:
        return
    else:
        exact = at + (target - measured) / (after - measured)
    for value in (round(exact), int(exact), int(exact) + 1):
        if value >= 1 and value != at:
            yield value


def _measure(layer: Layer, result: Expansion, aspect: Aspect, search: _Search) -> float | None:
    assert result.output is not None
    if aspect == "channels":
        return result.output.shape.channels
    if aspect in ("params", "ops"):
        from archspec.cost import cost

        shapes = {result.source.name: result.source.shape} | {node.name: node.shape for node in result.nodes}
        found = cost(result.nodes, shapes)
        units = search.expander.network.units
        if aspect == "params":
            return found.params if units.params.of == "parameters" else found.weights
        return found.macs * (2 if units.ops.of == "flops" else 1)
    return None


def _target(claim: Claim, search: _Search) -> float | None:
    from archspec.claims import factor
    from archspec.notation import count

    if claim.aspect == "channels":
        return float(claim.printed)
    if claim.aspect in ("params", "ops"):
        printed = count(claim.cell)
        units = search.expander.network.units
        return printed.number * factor(units.params if claim.aspect == "params" else units.ops, printed.suffix)
    return None


def _score(expander: Expander, key: str, cell: Cell, value: object) -> tuple[int, ...]:
    """How ordinary a value is: how often the column has it, then whether it is a round number, then how far it is."""
    column = [row.cells[key].value for row in expander.network.rows if key in row.cells]
    often = column.count(value)
    roundness = (
        0 if not isinstance(value, int) else next((i for i, n in enumerate((32, 16, 8, 4, 2)) if value % n == 0), 5)
    )
    far = abs(value - cell.value) if isinstance(value, int) and isinstance(cell.value, int) else 0
    return (-often, roundness, far)


def proven(trials: Trials, one: Diagnostic, made: Iterable[Repair]) -> tuple[tuple[Repair, ...], int]:
    """The first repairs of a finding that mend it in a whole run of the edited text, as many as are shown, and how many
    were tried for that. Of many findings the first of each, which are then tried together."""
    if trials.runs is not None and trials.runs.together:
        return tuple(islice(made, 1)), 1
    shown: list[Repair] = []
    tried = 0
    for tried, repair in enumerate(made, 1):
        if trials.runs is not None and trials.runs.mends(one, repair):
            shown.append(repair)
        if len(shown) == MOST_SHOWN or tried == MOST_TRIED:
            break
    return tuple(shown), tried


def repairs(
    trials: Trials,
    one: Diagnostic,
    first: int,
    last: int,
    source: Node,
    aspects: frozenset[Aspect],
    failed: int,
    base: Base,
) -> tuple[tuple[Repair, ...], tuple[tuple[int, int], ...]]:
    """Minimal edits that make rows `first` to `last` and what follows from them consistent, each tried in a whole run.

    `one` is what is found, `source` is the value the first of them reads, `failed` how many rows fail. Returns the ones
    to show, best first (those that touch one column), and for the smallest number of cells how many more there are.
    """
    search = _Search(trials, aspects, last, min(failed + 1, MOST_CELLS), base)
    search.run(first, trials.expander.network.rows[first], source, (), 0)
    found = [(edits, others) for edits, others in search.found if _minimal(edits, search.found)]
    if not found:
        return (), ()
    least = min(others for _, others in found)
    ranked = sorted((edits for edits, others in found if others == least), key=_rank)
    ranked = [edits for edits in ranked if all(edit.ordinary for edit in edits)] or ranked
    made = [as_repair(edits) for edits in ranked]
    fewest = made[0].cells
    of_fewest = [repair for repair in made if repair.cells == fewest]
    uniform = [repair for repair in of_fewest if repair.columns == 1]
    shown, tried = proven(trials, one, uniform)
    if not shown:
        shown, tried = proven(trials, one, made)
        return shown, ()
    more = len(of_fewest) - tried
    larger, _ = proven(trials, one, [repair for repair in made if repair.cells > fewest and repair.columns == 1][:1])
    return (*shown, *larger), ((fewest, more),) if more else ()


def _minimal(edits: tuple[Edit, ...], found: list[tuple[tuple[Edit, ...], int]]) -> bool:
    """No smaller set found is part of it."""
    mine = {(edit.index, edit.key, show(edit.value)) for edit in edits}
    return not any(
        len(other) < len(edits) and {(e.index, e.key, show(e.value)) for e in other} < mine for other, _ in found
    )


def _rank(edits: tuple[Edit, ...]) -> tuple[object, ...]:
    scores = [edit.score for edit in edits]
    total = tuple(sum(parts) for parts in zip(*scores, strict=True))
    return (
        len(edits),
        len({edit.key for edit in edits}),
        len({edit.change for edit in edits}),
        total,
        [edit.index for edit in edits],
        [edit.key for edit in edits],
    )


def as_repair(edits: tuple[Edit, ...]) -> Repair:
    """The edits as a diagnostic holds them."""
    return Repair(
        tuple((edit.cell.row, edit.cell.caption, *edit.change) for edit in edits),
        tuple((edit.cell.path, edit.value) for edit in edits),
    )
