"""What would mend a row that cannot be run, found by running it again: a larger input, another number of channels.

A fault and the rows as they were expanded go in; the fault with what was found comes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.diagnostic import Diagnostic, Path
from archspec.elaborate import expand_heads
from archspec.graph import input_node
from archspec.layer import Layer
from archspec.notation import key_of, reference, show
from archspec.repairs.trials import Trials
from archspec.shape import Shape
from archspec.spec import Network

if TYPE_CHECKING:
    from archspec.repairs.one_cell import Mend

LARGEST_INPUT = 8192
_NOT_OF_CELLS = ("AS110", "AS112", "AS118")  # names, what is said twice, errata: no other cell mends them
_LAYERS = ("network", "layers")


def with_mending(trials: Trials, one: Diagnostic) -> Diagnostic:
    """The fault with what would mend it, where that can be found."""
    if one.code == "AS202":
        one = _with_smallest_input(trials, one)
    if not trials.network.claims_apply or trials.budget.spent:
        return one
    index = _row_of(trials.network, one)
    if index is None or one.code in _NOT_OF_CELLS or one.facts.get("wanted") == "blank":
        return one
    if "term" in one.facts:  # a word of the field: whatever else fits there is another network
        return one
    if "most" in one.facts:  # a row of thousands is not run again
        return one
    from archspec.repairs.one_cell import mending_cells  # here: a spec without faults does not pay for the search
    from archspec.repairs.slips import what_to_do, with_mends

    wanted = [one.facts["wanted"]] if isinstance(one.facts.get("wanted"), int) else []
    mends = mending_cells(trials, index, _suspects(trials.network.rows[index], one), wanted)
    if not mends or not _likely(one, mends):
        return one if one.help else replace(one, help=what_to_do(()))
    nearest = key_of(str(one.facts.get("nearest", "")))
    said = not nearest or any(key_of(show(edit.value)) == nearest for mend in mends for edit in mend.edits)
    mended = with_mends(trials, one if said else replace(one, help=""), mends)
    return mended if mended.repairs else one if one.help else replace(one, help=what_to_do(()))


def _likely(one: Diagnostic, mends: Sequence[Mend]) -> bool:
    """Whether the edits hold the word that is one slip of the keyboard away from an unknown one. Where they do not,
    the row has another fault behind that word, and what mends both in one cell is another row."""
    meant = key_of(str(one.facts["nearest"])) if one.facts.get("near_miss") else None
    return meant is None or any(key_of(show(edit.value)) == meant for mend in mends for edit in mend.edits)


def _row_of(network: Network, one: Diagnostic) -> int | None:
    """The row that a fault is in: the only one where its labels are, else the one it speaks of. A layer of a module may
    be called as a row is."""
    if one.path[:1] == ("modules",):
        return None
    paths = (label.path for label in one.labels)
    at = {path[2] for path in paths if path[2:] and path[:2] in (("table", "rows"), _LAYERS)}
    named = [index for index, layer in enumerate(network.rows) if layer.name == one.row]
    found = at.pop() if len(at) == 1 else named[0] if len(named) == 1 else None
    return found if isinstance(found, int) and found < len(network.rows) else None


def _suspects(layer: Layer, one: Diagnostic) -> Iterator[Path]:
    """The cells of a row that may be what is at fault: those that are labelled, those that refer to a parameter that
    is, and those that decide what is labelled."""
    yield from (label.path for label in one.labels if label.on == "value")
    params = {label.path[1] for label in one.labels if label.path[:1] == ("params",) and len(label.path) > 1}
    for key, cell in layer.cells.items():
        absent = cell.absent and one.code in ("AS203", "AS119")
        if absent or reference(cell.value) in params or (key == "patch" and one.code in ("AS108", "AS204")):
            yield cell.path


def _with_smallest_input(trials: Trials, one: Diagnostic) -> Diagnostic:
    smallest = smallest_input(trials, one.row)
    if smallest is None:
        return replace(one, help="pad, or use a smaller window")
    given = f"{trials.network.input.height}×{trials.network.input.width}"
    hint = f"the smallest input that reaches `{one.row}` is {smallest}×{smallest}, this one is {given}"
    hint += "; or pad, or use a smaller window"
    return replace(one, help=hint, facts={**one.facts, "smallest_input": smallest})


def smallest_input(trials: Trials, row: str) -> int | None:
    """The smallest square input on which the trunk up to a row, or a head, can be run; None above `LARGEST_INPUT`,
    and where the budget is spent."""
    network = trials.network

    def runs(side: int) -> bool:
        node = input_node(Shape(side, side, network.input.channels))
        results = []
        for index, layer in enumerate(network.rows):
            result = trials.row(index, node)
            if result.output is None or trials.budget.spent:
                return False
            results.append(result)
            node = result.output
            if layer.name == row:
                return True
        heads, _ = expand_heads(trials.expander, tuple(results))
        return all(head.output is not None for head in heads if head.layer.name == row)

    low, high = 0, 1
    while not runs(high):
        low, high = high, high * 2
        if high > LARGEST_INPUT or trials.budget.spent:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if runs(middle) else (middle, high)
    return None if trials.budget.spent else high
