"""The layers inside modules and blocks, read before any row uses them: their types, their keys, the values of their
cells.

A `Network` goes in; diagnostics come out, and the names of the modules that no row can use. What a reference stands for
is known only where a row gives it, and is read there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from archspec import notation
from archspec.diagnostic import Diagnostic, Fault, Label
from archspec.layer import Block, Cells, Layer, misspelt_type, walk
from archspec.limits import too_many, ways_round
from archspec.modules import Module
from archspec.notation import Cell, Lookup, reference, references
from archspec.resolve import Target, module_lookup, parse, target_of
from archspec.spec import Network
from archspec.vocabulary import BLOCK_KEYS, LAYER_KEYS, Kind

if TYPE_CHECKING:
    from archspec.habits import Meant

MOST_NAMED = 8  # modules of a way round


def check_modules(network: Network, faults: list[Diagnostic]) -> frozenset[str]:
    """Check the file's modules; the names of those at fault, and of those that use one at fault. Adds AS116 too."""
    wrong = {fault.path[fault.path.index("modules") + 1] for fault in network.faults if "modules" in fault.path[:-1]}
    start = len(faults)
    uses: dict[str, tuple[tuple[str, Layer], ...]] = {}
    for module in network.modules.values():
        before = len(faults)
        if too_many(faults, ("modules", module.name), start):
            wrong |= {*network.modules} - {*uses}
            break
        lookup = module_lookup(module, {})
        check_block(network, module.block, module, lookup, faults)
        if len(faults) > before:
            wrong.add(module.name)
        uses[module.name] = tuple(_modules_in(network, module.block, module, lookup))
    wrong |= _cycles(uses, faults)
    users: dict[str, list[str]] = {}
    for name, used in uses.items():
        for other, _ in used:
            users.setdefault(other, []).append(name)
    todo = [*wrong]
    while todo:  # who uses one at fault is
        new = {*users.get(str(todo.pop()), ())} - wrong
        wrong |= new
        todo += new
    return frozenset(str(name) for name in wrong)


def check_block(
    network: Network, block: Block, module: Module | None, lookup: Lookup, faults: list[Diagnostic]
) -> None:
    """Check every layer of a block that stands in a module or, where that is None, in a row."""
    _check_cells(block.cells, BLOCK_KEYS, lookup, faults)
    for step in block.steps:
        if step.block is not None:
            _check_keys(step, None, faults)
            check_block(network, step.block, module, lookup, faults)
        elif "type" not in step.cells:
            faults.append(_no_type(step))
        elif reference(step.cells["type"].value) is None:
            try:
                target = target_of(network, step, lookup, module)
            except Fault as fault:
                faults.append(fault.diagnostic)
                continue
            _check_keys(step, target, faults)
            kinds = {key: kind for key in target.keys if (kind := target.kind(key)) is not None}
            columns = target.keys if target.module else ()
            _check_cells(step.cells, {"repeat": "integer", **kinds}, lookup, faults, columns)


def modules_in(network: Network, block: Block, lookup: Lookup) -> frozenset[str]:
    """The names of the modules that a row's block uses."""
    return frozenset(name for name, _ in _modules_in(network, block, None, lookup))


def read_cell(cell: Cell, kind: Kind, lookup: Lookup, faults: list[Diagnostic]) -> bool:
    """Whether a cell can be read as its kind, each value of a list for itself; adds what is wrong to `faults`."""
    good = True
    for index, value in enumerate(cell.value if isinstance(cell.value, list) else [cell.value]):
        path = (*cell.path, index) if isinstance(cell.value, list) and cell.path else cell.path
        try:
            parse(replace(cell, value=value, path=path), kind, lookup)
        except Fault as fault:
            faults.append(fault.diagnostic)
            good = False
    return good


def meant_key(key: str, keys: Iterable[str], otherwise: str = "") -> Meant:
    """What an unknown key most likely means among `keys`."""
    from archspec.habits import meant  # here: a file without faults does not pay for it

    return meant(key, keys, otherwise)


def _check_keys(step: Layer, target: Target | None, faults: list[Diagnostic]) -> None:
    allowed = (*LAYER_KEYS, *(target.keys if target else (*BLOCK_KEYS, "layers", "branches", "then", "projection")))
    what = f"`{target.name}`" if target else "a block"
    for key, cell in step.cells.items():
        if key not in allowed:
            free = [one for one in allowed if one not in step.cells]
            likely = meant_key(key, free, "its keys are " + ", ".join(f"`{one}`" for one in allowed))
            where = f"`{step.name or cell.row}`"
            faults.append(
                Diagnostic(
                    "AS101",
                    f"{where}: {what} has no key `{cell.caption}`",
                    (Label(cell.path, on="key"),),
                    help=likely.help,
                    facts=likely.facts,
                )
            )


def _check_cells(
    cells: Cells, kinds: Mapping[str, Kind], lookup: Lookup, faults: list[Diagnostic], columns: tuple[str, ...] = ()
) -> None:
    """Read the cells of a step. Only a column may leave a layer out; `columns` are those of the module it names."""
    for key, cell in cells.items():
        kind = kinds.get(key)
        if kind is None or references(cell.value):
            continue
        if kind in ("channels", "integer") and cell.absent and key not in columns:
            zero = cell.fault("AS105", f"a literal `{notation.show(cell.value)}` leaves nothing", "take the layer out")
            faults.append(zero.diagnostic)
        else:
            read_cell(cell, kind, lookup, faults)


def _no_type(step: Layer) -> Diagnostic:
    what = f"`{step.name}`" if step.name else "a layer"
    if misspelt := misspelt_type(step.cells, what):
        return misspelt
    return Diagnostic("AS108", f"{what} has neither a type nor layers", (Label(step.place),), help="say what it is")


def _modules_in(network: Network, block: Block, module: Module | None, lookup: Lookup) -> Iterator[tuple[str, Layer]]:
    """The file's modules that a block's layers name, and the layer that names each."""
    for step in walk(block):
        if "type" in step.cells and reference(step.cells["type"].value) is None:
            try:
                target = target_of(network, step, lookup, module)
            except Fault:
                continue
            if target.module is not None and not target.module.in_library:
                yield target.module.name, step


def _cycles(uses: Mapping[str, tuple[tuple[str, Layer], ...]], faults: list[Diagnostic]) -> set[str]:
    """AS116 once for each way round; the modules on it."""
    found: set[str] = set()
    for way in ways_round({name: [other for other, _ in used] for name, used in uses.items()}):
        step = next(step for other, step in uses[way[-1]] if other == way[0])
        faults.append(module_cycle(way[0], way, step))
        found.update(way)
    return found


def module_cycle(name: str, trail: tuple[str, ...], step: Layer) -> Diagnostic:
    """AS116 for a module that is a step inside itself; `trail` holds the modules around the step, the outermost
    first."""
    way_in = (name, *reversed(trail[trail.index(name) :]))
    way = " in ".join(way_in if len(way_in) <= MOST_NAMED else (*way_in[: MOST_NAMED - 1], "...", way_in[-1]))
    return Diagnostic(
        "AS116", f"`{name}` contains itself: {way}", (Label(step.place),), help="a module cannot be a step of itself"
    )
