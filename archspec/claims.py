"""What a row prints of the network without defining it, and whether that holds.

A row's `output`, `input`, `depth`, `params` and `ops` cells and its `Expansion` go in; `Claim` values come out. A
printed count holds where the value differs by strictly less than one unit of its last printed digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

from archspec import notation
from archspec.cost import cost, depth
from archspec.diagnostic import Path
from archspec.expand import Expansion
from archspec.file import Unit, Units
from archspec.layer import Layer
from archspec.notation import Cell
from archspec.shape import Shape

Aspect = Literal["grid", "channels", "input-grid", "input-channels", "depth", "params", "ops"]


@dataclass(frozen=True)
class Claim:
    """One printed value and what the cells give. `path` may be a part of the cell: the 576 of `14×14×576`.

    `printed` and `gives` are as a message shows them; `corrected` is the cell's whole text with the value put right.
    `value` is what the cells give as a whole number (None for a grid), and `holding` the least and the largest of such
    numbers with which the claim holds.
    """

    aspect: Aspect
    cell: Cell
    path: Path
    printed: str
    gives: str
    holds: bool
    corrected: str
    value: int | None = None
    holding: tuple[int, int] = (0, 0)


def claims(layer: Layer, result: Expansion, units: Units) -> Iterator[Claim]:
    """The claims of a row about the value it was given and what it made of it. Cells must be readable."""
    if result.output is not None and "output" in layer.cells:
        yield from _of_size("grid", "channels", layer.cells["output"], result.output.shape)
    yield from of_input(layer, result.source.shape)
    if result.output is None:
        return
    if cell_ := layer.cells.get("depth"):
        layers = depth(result.nodes)
        printed_depth = notation.integer(cell_, least=0)
        holds, both = printed_depth == layers, (printed_depth, printed_depth)
        yield Claim("depth", cell_, cell_.path, str(printed_depth), str(layers), holds, str(layers), layers, both)
    if "params" in layer.cells or "ops" in layer.cells:
        shapes = {result.source.name: result.source.shape} | {node.name: node.shape for node in result.nodes}
        found = cost(result.nodes, shapes)
        weights = found.params if units.params.of == "parameters" else found.weights
        operations = found.macs * (2 if units.ops.of == "flops" else 1)
        for aspect, value, unit in (("params", weights, units.params), ("ops", operations, units.ops)):
            if aspect in layer.cells:
                yield _count(aspect, layer.cells[aspect], value, unit)  # type: ignore[arg-type]


def _like(text: str, cell: str) -> str:
    return text if "×" in cell else text.replace("×", "x")


def of_input(layer: Layer, shape: Shape) -> Iterator[Claim]:
    """The claims of a row about the value it is given, which are known before it is run."""
    if "input" in layer.cells:
        yield from _of_size("input-grid", "input-channels", layer.cells["input"], shape)


def _of_size(of_grid: Aspect, of_channels: Aspect, cell: Cell, shape: Shape) -> Iterator[Claim]:
    printed = notation.size(cell)
    text, grid = str(cell.value), f"{shape.height}×{shape.width}"
    start, end = printed.grid_span
    yield Claim(
        of_grid,
        cell,
        cell.inside(start, end),
        text[start:end].replace("x", "×"),
        grid,
        printed.grid == shape.grid,
        text[:start] + _like(grid, text) + text[end:],
    )
    if printed.channels is not None:
        start, end = printed.channels_span
        yield Claim(
            of_channels,
            cell,
            cell.inside(start, end),
            str(printed.channels),
            str(shape.channels),
            printed.channels == shape.channels,
            text[:start] + str(shape.channels) + text[end:],
            shape.channels,
            (printed.channels, printed.channels),
        )


def factor(unit: Unit, suffix: str) -> int:
    """What a suffix multiplies by in this table."""
    return {"": 1, "K": unit.K, "M": unit.M, "B": unit.B}[suffix]


def _count(aspect: Aspect, cell: Cell, value: int, unit: Unit) -> Claim:
    printed = notation.count(cell)
    scaled = value / factor(unit, printed.suffix)
    digits = len(str(printed.step).partition(".")[2]) if printed.step < 1 else 0
    gives = f"{scaled:.{digits}f}{printed.suffix}"
    if printed.suffix == "":
        gives = str(value)
    holds = abs(scaled - printed.number) < printed.step
    times = factor(unit, printed.suffix)
    low, high = (printed.number - printed.step) * times, (printed.number + printed.step) * times
    holding = (floor(low) + 1, ceil(high) - 1)
    return Claim(aspect, cell, cell.path, notation.show(cell.value), gives, holds, gives, value, holding)


def failing(layer: Layer, result: Expansion, units: Units) -> list[Claim]:
    return [claim for claim in claims(layer, result, units) if not claim.holds]
