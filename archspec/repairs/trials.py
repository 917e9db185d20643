"""A row read otherwise, run in its place: does the table hold then?

The rows as they were followed and what is wrong with each go in; for a changed row, yes or no comes out. A change is
right where the row can be read and run, every claim down to the last row at fault holds, and from there on the values
are those that were handed on before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from archspec.cells import reads_all, target_if_known
from archspec.claims import Aspect, Claim, claims, failing, of_input
from archspec.diagnostic import Fault, Path
from archspec.document import value_at
from archspec.elaborate import Expander, placeholder
from archspec.expand import Expansion, expand
from archspec.graph import Node
from archspec.layer import Layer
from archspec.limits import Work
from archspec.notation import Cell
from archspec.resolve import Target
from archspec.shape import Shape
from archspec.spec import Network

if TYPE_CHECKING:
    from archspec.repairs.whole_run import WholeRuns

MOST_AWAY = 50  # rows whose values are tried in a cell: a longer table has no more to say of it
MOST_TRIED = 60_000  # for one report: one or two seconds, twice what a slip in the longest published table asks for


@dataclass
class Trials:
    """`network` has the cells as written, also those that could not be read; `rows` are the rows as they were followed,
    `wrong` says which claims of each do not hold, and `values` is what the file holds. Trials of other readings share
    the budget and the whole runs."""

    expander: Expander
    network: Network
    rows: Sequence[Expansion]
    wrong: Mapping[int, frozenset[Aspect]]
    values: Mapping[str, Any]
    budget: Work
    runs: WholeRuns | None  # what is found is tried with these; None where nothing is searched for
    _targets: dict[str, Target | None] = field(default_factory=dict)

    def written(self, path: Path) -> object:
        """What the file has at a path; None where it has nothing."""
        return value_at(self.values, path)

    def near(self, index: int) -> list[int]:
        """The other rows that may say something of a row, the nearest first."""
        around = range(max(0, index - MOST_AWAY), min(len(self.network.rows), index + MOST_AWAY + 1))
        return sorted((at for at in around if at != index), key=lambda at: abs(at - index))

    def blank_near(self, index: int, key: str) -> bool:
        """Whether a row near this one leaves a cell blank."""
        return any(key not in self.network.rows[at].cells for at in self.near(index))

    def target(self, word: str) -> Target | None:
        """What a word names as the type of a row; None where that is nothing."""
        if word not in self._targets:
            self._targets[word] = target_if_known(self.network, Layer("", {"type": Cell(word, (), "type", "")}, ()))
        return self._targets[word]

    def source(self, index: int) -> Node | None:
        """What a row is given; None where the row before it gave nothing that is known."""
        before = self.rows[index - 1] if index else None
        unknown = before is not None and before.output is None and placeholder(before.layer) is None
        return None if unknown else self.rows[index].source

    def _expand(self, layer: Layer, source: Node) -> Expansion:
        result = expand(self.expander.network, layer, source)
        self.budget.spend(max(result.made, result.run) + 5)  # a row that cannot be run costs something too
        return result

    def row(self, index: int, source: Node) -> Expansion:
        """A row as it is. What the expander knows of it costs as much: what was checked before must not decide."""
        result = self.expander.row(index, source)
        self.budget.spend(max(result.made, result.run) + 1)
        return result

    def run(self, index: int, layer: Layer, last: int) -> list[tuple[Layer, Expansion]] | None:
        """The rows from a changed one to `last`; None where one of them cannot be run."""
        source = self.source(index)
        found: list[tuple[Layer, Expansion]] = []
        for at in range(index, last + 1):
            if source is None or self.budget.spent:
                return None
            result = self._expand(layer, source) if at == index else self.row(at, source)
            if result.output is None:
                return None
            found.append((result.layer, result))
            source = result.output
        return found

    def claims(self, index: int, layer: Layer, last: int) -> list[Claim] | None:
        """The claims of the last of those rows; None where it is not reached."""
        row = self.expander.network.rows[last]
        if last > index and "input" in row.cells and "output" not in row.cells:  # then it need not be run
            found = self.run(index, layer, last - 1)
            return list(of_input(row, found[-1][1].output.shape)) if found and found[-1][1].output else None
        found = self.run(index, layer, last)
        if found is None:
            return None
        try:
            return list(claims(*found[-1], self.network.units))
        except Fault:
            return None

    def mends(self, index: int, layer: Layer, last: int) -> bool:
        """Whether the table holds with this layer as row `index`; `last` is the last row that is at fault now."""
        source = self.source(index)
        for at in range(index, len(self.rows)):
            if source is None or self.budget.spent:
                return False
            known = self.wrong.get(at, frozenset()) if at > last else frozenset()
            if at > index and not self._takes(at, source, known):
                return False
            result = self._expand(layer, source) if at == index else self.row(at, source)
            if result.output is None:
                return at > last and self.rows[at].output is None and reads_all(self.network, layer)
            try:
                wrong = {claim.aspect for claim in failing(result.layer, result, self.network.units)}
            except Fault:
                return False
            if wrong - known:
                return False
            source = result.output
            following = self.source(at + 1) if at >= last and at + 1 < len(self.rows) else None
            if following is not None and (source.shape, source.flat) == (following.shape, following.flat):
                break
        return reads_all(self.network, layer)

    def _takes(self, at: int, source: Node, known: frozenset[Aspect]) -> bool:
        """Whether a row that can be run prints such an input; those of its claims that are `known` to fail may."""
        if self.rows[at].output is None:
            return True
        row = self.expander.network.rows[at]
        return not {claim.aspect for claim in of_input(row, source.shape) if not claim.holds} - known

    def other_input(self, index: int) -> Node | None:
        """The input of half or twice the size with which all claims of a row hold: of a row before it that is
        missing, or there twice."""
        source = self.source(index)
        if source is None or self.budget.spent:
            return None
        height, width = source.shape.grid
        for grid in ((height // 2, width // 2), (-(-height // 2), -(-width // 2)), (2 * height, 2 * width)):
            other = replace(source, shape=Shape(*grid, source.shape.channels))
            result = self._expand(self.rows[index].layer, other) if min(grid) else None
            if result and result.output and not failing(result.layer, result, self.network.units):
                return other
        return None
