"""What would mend a row that cannot be run, found by running it again: a larger input, another number of channels.

A fault and the rows as they were expanded go in; the fault with what was found comes out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.diagnostic import Diagnostic, Repair
from archspec.elaborate import Expander, expand_heads
from archspec.expand import Expansion
from archspec.graph import input_node
from archspec.shape import Shape
from archspec.spec import Network

LARGEST_INPUT = 8192


def with_mending(expander: Expander, one: Diagnostic, rows: Iterable[Expansion]) -> Diagnostic:
    """The fault with what would mend it, where that can be found."""
    if one.code == "AS202":
        return _with_smallest_input(expander.network, one)
    if one.code == "AS303":
        return _with_sum_mended(expander, one, rows)
    return one


def _with_smallest_input(network: Network, one: Diagnostic) -> Diagnostic:
    smallest = smallest_input(network, one.row)
    if smallest is None:
        return replace(one, help="pad, or use a smaller window")
    given = f"{network.input.height}×{network.input.width}"
    hint = f"the smallest input that reaches `{one.row}` is {smallest}×{smallest}, this one is {given}"
    hint += "; or pad, or use a smaller window"
    return replace(one, help=hint, facts={**one.facts, "smallest_input": smallest})


def smallest_input(network: Network, row: str) -> int | None:
    """The smallest square input on which the trunk up to a row, or a head, can be run; None above `LARGEST_INPUT`."""

    def runs(side: int) -> bool:
        larger = replace(network, input=Shape(side, side, network.input.channels))
        expander = Expander(larger)
        node = input_node(larger.input)
        results = []
        for index, layer in enumerate(larger.rows):
            result = expander.row(index, node)
            if result.output is None:
                return False
            results.append(result)
            node = result.output
            if layer.name == row:
                return True
        heads, _ = expand_heads(expander, tuple(results))
        return all(head.output is not None for head in heads if head.layer.name == row)

    low, high = 0, 1
    while not runs(high):
        low, high = high, high * 2
        if high > LARGEST_INPUT:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if runs(middle) else (middle, high)
    return high


def _with_sum_mended(expander: Expander, one: Diagnostic, rows: Iterable[Expansion]) -> Diagnostic:
    """The cell that set the channels of the odd summand, with the value that lets the row run."""
    wanted = one.facts.get("wanted")
    for result in rows:
        for key, cell in result.layer.cells.items():
            if result.layer.name != one.row or cell.path != one.path or not isinstance(cell.value, int):
                continue
            if expander.changed(result.layer.with_cell(key, wanted), result.source).output is not None:
                edit = (cell.row, cell.caption, str(cell.value), str(wanted))
                return replace(one, repairs=(Repair((edit,)),))
    return one
