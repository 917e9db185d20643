"""What a rule is given: a row as it was expanded, and those of its claims that do not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archspec.claims import Aspect, Claim
from archspec.diagnostic import Label
from archspec.expand import Expansion


@dataclass(frozen=True, eq=False)
class CheckedRow:
    """`index` counts the rows of the table from 0."""

    index: int
    result: Expansion
    wrong: Sequence[Claim]

    @property
    def name(self) -> str:
        return self.result.layer.name

    @property
    def aspects(self) -> frozenset[Aspect]:
        """What the failing claims are about."""
        return frozenset(claim.aspect for claim in self.wrong)

    def claim(self, aspect: Aspect) -> Claim | None:
        """The failing claim of an aspect, or None."""
        return next((claim for claim in self.wrong if claim.aspect == aspect), None)

    def part_labels(self) -> tuple[Label, ...]:
        """A label at each cell that set some of the row's channels, and at each that left a layer out by a 0."""
        parts = [Label(part.path, str(part.channels)) for part in self.result.parts if part.path]
        zeros = [
            Label(cell.path, "0")
            for cell in self.result.layer.cells.values()
            if cell.value == 0 and cell.value is not False and cell.caption not in ("pad", "depth")
        ]
        return (*parts, *zeros)
