"""Cells that stand for those of many rows: [defaults] of operations and modules, and what words of [types] preset.

A `Network` goes in; what is wrong with them comes out, whether a row uses them or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.diagnostic import Diagnostic, Fault, Label, Path
from archspec.layer import Cells, Layer
from archspec.resolve import Target, row_lookup, target_of
from archspec.spec import Network
from archspec.steps import meant_key, read_cell
from archspec.vocabulary import OPERATIONS, Kind


def check_defaults(network: Network, faults: list[Diagnostic]) -> Mapping[str, Cells]:
    """The [defaults], with misspelt names and keys as they were meant. Adds AS101 to `faults`, and what cannot be
    read."""
    found: dict[str, Cells] = {}
    for name, cells in network.defaults.items():
        meant = name
        if name not in OPERATIONS and network.known_module(name) is None:
            one = _no_operation(network, name, cells)
            faults.append(one)
            meant = one.facts.get("nearest", name)
        found.setdefault(meant, _defaults_of(network, meant, cells, faults))
    return found


def _no_operation(network: Network, name: str, cells: Cells) -> Diagnostic:
    """AS101 for a name in [defaults] that is no operation and no module."""
    from archspec.habits import unknown_word  # here: a file without faults does not pay for it

    said = f"[defaults] has `{name}`, that is no operation and no module"
    known = [one for one in (*OPERATIONS, *network.modules) if one not in network.defaults]
    found = unknown_word(name, known, "operations and modules take defaults, words of the table do not", said)
    return Diagnostic(
        "AS101", found.said, (Label(_section_of(cells, name), on="key"),), help=found.help, facts=found.facts
    )


def _defaults_of(network: Network, name: str, cells: Cells, faults: list[Diagnostic]) -> Cells:
    module = network.known_module(name)
    operation = OPERATIONS.get(name)
    if operation is None and module is None:
        return cells
    kinds: Mapping[str, Kind] = operation.keys if operation else module.kinds if module else {}
    keys = tuple(operation.keys) if operation else module.columns if module else ()
    lookup = row_lookup(network, Layer(name, {}, _section_of(cells, name)))
    found = {}
    for key, cell in cells.items():
        meant = key
        if key not in keys:
            free = [one for one in keys if one not in cells]
            likely = meant_key(key, free, "its keys are " + ", ".join(f"`{one}`" for one in keys))
            faults.append(
                Diagnostic(
                    "AS101",
                    f"unknown key `{cell.caption}` in [defaults] {name}",
                    (Label(cell.path, on="key"),),
                    help=likely.help,
                    facts=likely.facts,
                )
            )
            meant = likely.key
            if not meant or not read_cell(cell, kinds.get(meant, "type"), lookup, []):
                continue
        else:
            read_cell(cell, kinds.get(key, "type"), lookup, faults)
        found[meant] = cell
    return found


def check_types(network: Network, faults: list[Diagnostic]) -> None:
    """Words of [types] that name nothing, and what they preset: a cell there that nothing reads changes nothing."""
    for word, written in network.types.items():
        cells = written if isinstance(written, dict) else {"type": written}
        if "type" not in cells:
            continue  # reported where a row uses it
        layer = Layer(word, {"type": replace(cells["type"], value=word)}, cells["type"].path)
        lookup = row_lookup(network, layer)
        try:
            target = target_of(network, layer, lookup)
        except Fault as fault:
            faults.append(fault.diagnostic)
            continue
        for key, cell in target.preset.items():
            if key not in target.keys:
                likely = meant_key(key, target.keys, "its keys are " + ", ".join(f"`{one}`" for one in target.keys))
                faults.append(
                    Diagnostic(
                        "AS101",
                        f"`{word}` in [types]: {kind_of_layer(target)} has no key `{cell.caption}`",
                        (Label(cell.path, on="key"),),
                        help=likely.help,
                        facts=likely.facts,
                    )
                )
            elif (kind := target.kind(key)) is not None:
                read_cell(cell, kind, lookup, faults)


def kind_of_layer(target: Target | None) -> str:
    """What a message calls a layer: what its type names, or a block."""
    return f"`{target.name}`" if target else "a block"


def _section_of(cells: Cells, name: str) -> Path:
    for cell in cells.values():
        if len(cell.path) > 1:
            return cell.path[:-1]
    return ("defaults", name)
