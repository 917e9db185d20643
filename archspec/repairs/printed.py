"""What a row would have to print: its claims put right, as the column prints them.

A row and what its cells give go in; changes of its claims come out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil, floor

from archspec import notation
from archspec.cells import takes_output, target_if_known
from archspec.claims import failing
from archspec.cost import cost, depth
from archspec.diagnostic import Fault
from archspec.expand import Expansion
from archspec.layer import Layer
from archspec.notation import Cell, is_size, show, size
from archspec.repairs.candidates import solved
from archspec.repairs.rewriting import Change
from archspec.repairs.trials import Trials
from archspec.resolve import Target


def claims_put_right(trials: Trials, index: int, layer: Layer) -> Iterator[Change]:
    """Each cell of a claim that fails, with what the cells give in its place."""
    found = trials.run(index, layer, index)
    if not found:
        return
    (_, result), *_ = found
    try:
        wrong = failing(layer, result, trials.network.units)
    except Fault:
        return
    for cell in {claim.cell.path: claim.cell for claim in wrong}.values():
        of_cell = [claim for claim in wrong if claim.cell.path == cell.path]
        key = next(key for key, one in layer.cells.items() if one.path == cell.path)
        if len(of_cell) == 1 and key not in ("params", "ops"):
            (claim,) = of_cell
            value: object = int(claim.corrected) if isinstance(cell.value, int) else claim.corrected
            yield Change(key, cell, value, layer.with_cell(key, value), (claim.printed, claim.gives))
        if (
            len(of_cell) > 1
            or key in ("params", "ops")
            or (notation.is_size(cell) and not notation.size(cell).channels)
        ):
            yield from _computed(trials, layer, key, cell, result)


def claims_computed(trials: Trials, index: int, layer: Layer, key: str, cell: Cell) -> Iterator[Change]:
    """A claim that cannot be read, with what the cells give in its place."""
    result = trials.rows[index]
    if result.output is not None:
        yield from _computed(trials, layer, key, cell, result)
    elif key == "output" and takes_output(layer, target_in(trials, layer)):
        yield from _with_widths(trials, index, layer, cell)


def _with_widths(trials: Trials, index: int, layer: Layer, cell: Cell) -> Iterator[Change]:
    """An `output` that cannot be read and says how many filters a row has: the size that its cells give, with the
    channels that its digits end in, and with those of the rows around it, twice and half of them."""
    printed = [one for value in column_of(trials, index, "output")
               if isinstance(value, str) and is_size(one := Cell(value, (), "", ""))]  # fmt: skip
    found = trials.run(index, layer.with_cell("output", "1×1×1"), index)
    if not found or not found[0][1].output:
        return
    sign = "x" if any("x" in show(one.value) for one in printed) else "×"
    grid = sign.join(map(str, found[0][1].output.shape.grid))
    digits, start = re.sub(r"\D", "", show(cell.value)), re.sub(r"\D", "", grid)
    rest = digits.removeprefix(start) if digits.startswith(start) else ""
    widths = [int(rest)] if 0 < len(rest) < 10 else []
    near = [width for one in printed if (width := size(one).channels)]
    for width in dict.fromkeys((*widths, *(other for one in near for other in (one, 2 * one, one // 2) if other))):
        value = f"{grid}{sign}{width}"
        yield Change("output", cell, value, layer.with_cell("output", value))


def _computed(trials: Trials, layer: Layer, key: str, cell: Cell, result: Expansion) -> Iterator[Change]:
    """What the cells give, as the column prints it."""
    index = next(at for at, row in enumerate(trials.network.rows) if row is layer or row.place == layer.place)
    column_ = [cell.value, *column_of(trials, index, key)]
    printed = [show(value) for value in column_]
    values: list[object] = []
    if key in ("output", "input"):
        shape = result.output.shape if key == "output" and result.output else result.source.shape
        sign = "×" if any("×" in text for text in printed) else "x"
        grid = f"{shape.height}{sign}{shape.width}"
        values = [f"{grid}{sign}{shape.channels}", grid]
    else:
        if key == "depth":
            values = [depth(result.nodes)]
        else:
            shapes = {result.source.name: result.source.shape} | {node.name: node.shape for node in result.nodes}
            found = cost(result.nodes, shapes)
            units = trials.network.units
            unit = units.params if key == "params" else units.ops
            if key == "params":
                value = found.params if units.params.of == "parameters" else found.weights
            else:
                value = found.macs * (2 if units.ops.of == "flops" else 1)
            for suffix, times in (("K", unit.K), ("M", unit.M), ("B", unit.B)):
                digits = {len(t.partition(".")[2]) - 1 if "." in t else 0 for t in printed if t.endswith(suffix)}
                for digit in sorted(digits):
                    scaled = value / times * 10**digit
                    values += [f"{n / 10**digit:.{digit}f}{suffix}" for n in {floor(scaled), ceil(scaled)} if n]
            values.append(value)
    yield from (Change(key, cell, value, layer.with_cell(key, value)) for value in values if value != cell.value)


def defining_output(trials: Trials, index: int, layer: Layer, claimed: int) -> Iterator[Change]:
    """Other channels in an `output` that says how many filters a row has."""
    cell = layer.cells.get("output")
    if cell is None or not notation.is_size(cell) or not takes_output(layer, target_in(trials, layer)):
        return
    start, end = notation.size(cell).channels_span
    if start == end:
        return
    text = str(cell.value)

    def written(value: int) -> str:
        return f"{text[:start]}{value}{text[end:]}"

    column_ = [notation.size(one).channels for at in trials.near(index)
               if (one := trials.network.rows[at].cells.get("output")) and notation.is_size(one)]  # fmt: skip
    there = notation.size(cell).channels
    for value in solved(there, column_, lambda v: trials.claims(index, layer.with_cell("output", written(v)), claimed)):
        changed = layer.with_cell("output", written(value))
        yield Change("output", cell, written(value), changed, (str(there), str(value)))


def target_in(trials: Trials, layer: Layer) -> Target | None:
    """What a row's type names; None where that is at fault."""
    return target_if_known(trials.network, layer)


def column_of(trials: Trials, index: int, key: str) -> list[object]:
    """The values of the other rows near this one, the nearest first."""
    rows = trials.network.rows
    values = [rows[at].cells[key].value for at in trials.near(index) if key in rows[at].cells]
    return [value for value in values if may_stand(value)]


def may_stand(value: object) -> bool:
    """Whether a value is one that cells have: no table, and no list in a list."""
    return all(isinstance(one, str | int | float) for one in (value if isinstance(value, list) else [value]))
