"""How checking goes on after a claim that fails, so that one slip is one diagnostic.

Grid and channels are followed separately. At a row whose printed output differs from what its cells give, the one of
the two is handed on that makes the next row that claims a value agree; if both or neither do, the printed one. A row
that prints another input than it is given is run on both, and the output of one of them is handed on, by the same rule.
"""

from __future__ import annotations

from archspec.claims import failing
from archspec.diagnostic import Fault
from archspec.elaborate import Expander, assumed, hand_on, placeholder
from archspec.expand import Expansion
from archspec.graph import Node
from archspec.notation import size
from archspec.shape import Shape
from archspec.vocabulary import CLAIMS


def follow(expander: Expander) -> tuple[Expansion, ...]:
    """Every row expanded on the value that the table most likely means the row before it to give."""

    def choose(index: int, result: Expansion) -> Node | None:
        result = _on_printed_input(expander, index, result)
        cell = result.layer.cells.get("output")
        if result.output is None or cell is None:
            return hand_on(index, result)
        printed, computed = size(cell), result.output.shape
        grid = printed.grid
        channels = printed.channels if printed.channels is not None else computed.channels
        if Shape(*grid, channels) == computed:
            return result.output
        if grid != computed.grid and _better(
            expander, index, result, Shape(*computed.grid, channels), Shape(*grid, channels)
        ):
            grid = computed.grid
        if channels != computed.channels and _better(
            expander, index, result, Shape(*grid, computed.channels), Shape(*grid, channels)
        ):
            channels = computed.channels
        return assumed(result.layer, Shape(*grid, channels), result.output.flat)

    return expander.walk(choose)


def _on_printed_input(expander: Expander, index: int, result: Expansion) -> Expansion:
    """The row on the input that it prints, unless what it is given makes the next row that claims something agree."""
    cell = result.layer.cells.get("input")
    if cell is None:
        return result
    try:
        printed, given = size(cell), result.source.shape
    except Fault:  # cells of a row whose type is at fault are read by nobody
        return result
    shape = Shape(*printed.grid, given.channels if printed.channels is None else printed.channels)
    if shape == given:
        return result
    other = expander.row(index, assumed(result.layer, shape, result.source.flat))
    if other.output is None:
        return result
    worse = result.output is not None and _disagreements(expander, index + 1, result.output) < _disagreements(
        expander, index + 1, other.output
    )
    return result if worse else other


def _better(expander: Expander, index: int, result: Expansion, one: Shape, other: Shape) -> bool:
    """Whether the next row that claims something has fewer failing claims on `one` than on `other`."""
    flat = result.output is not None and result.output.flat
    return _disagreements(expander, index + 1, assumed(result.layer, one, flat)) < _disagreements(
        expander, index + 1, assumed(result.layer, other, flat)
    )


def _disagreements(expander: Expander, index: int, source: Node) -> int:
    node: Node | None = source
    for at in range(index, len(expander.network.rows)):
        if node is None or expander.work.spent:
            return 0
        layer = expander.network.rows[at]
        result = expander.row(at, node)
        if result.output is None:
            return 100 if result.faults else 0  # a row that cannot be run at all disagrees most
        if any(key in layer.cells for key in CLAIMS if key != "depth"):
            return len(failing(layer, result, expander.network.units))
        node = result.output
    return 0


__all__ = ["follow", "placeholder"]
