"""The smallest input that a network takes: a `Spec` goes in; sizes come out, for evaluation and with heads.

An input is legal where every row can be run and every linear layer gets as many values as on the spec's own input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from archspec import ops
from archspec.elaborate import Elaboration, elaborate
from archspec.expand import Expansion
from archspec.spec import Spec


def smallest_inputs(spec: Spec) -> tuple[int, int]:
    """The side of the smallest square input without heads, and with them (equal where there are none).

    Raises `Faults` where the spec cannot be run on its own input.
    """
    own = elaborate(spec)
    _ = own.graph
    shape = spec.network.input

    def run(side: int) -> Elaboration:
        return elaborate(replace(spec, choice=replace(spec.choice, input=f"{side}x{side}")))

    trunk, heads = _linear(own.rows), _linear(own.heads)
    without = _smallest(min(shape.grid), lambda side: _runs(run(side).rows, own.rows, trunk))

    def with_heads(side: int) -> bool:
        found = run(side)
        return _runs(found.rows, own.rows, trunk) and _runs(found.heads, own.heads, heads)

    return without, _smallest(min(shape.grid), with_heads) if own.heads else without


def _linear(rows: Iterable[Expansion]) -> list[int]:
    """How many values each flattening gives."""
    return [node.shape.channels for row in rows for node in row.nodes if isinstance(node.op, ops.Flatten)]


def _runs(rows: tuple[Expansion, ...], own: tuple[Expansion, ...], linear: list[int]) -> bool:
    return len(rows) == len(own) and all(row.output is not None for row in rows) and _linear(rows) == linear


def _smallest(known: int, legal: Callable[[int], bool]) -> int:
    """The smallest legal side, `known` being one. Up to it, what is legal is an interval."""
    low, high = 0, known
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if legal(middle) else (middle, high)
    return high
