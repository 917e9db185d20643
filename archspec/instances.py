"""The layers that a `repeat` stands for, and what the layers of a row or block are called.

A `Layer` goes in, and the lookup of its references; names and layers come out, or a `Fault` at the cell.
"""

from __future__ import annotations

from dataclasses import replace

from archspec import notation
from archspec.diagnostic import Fault, Label
from archspec.filling import resolved
from archspec.layer import Layer
from archspec.modules import operation_name
from archspec.names import identifier, instance, prefix_of
from archspec.notation import Cell, Lookup, reference
from archspec.resolve import row_lookup
from archspec.spec import Network
from archspec.vocabulary import OPERATIONS

MOST_REPEATS = 1000  # of one layer


def instances(layer: Layer, lookup: Lookup) -> list[tuple[str, Layer]]:
    """The layers that a `repeat` stands for, with per-instance cells taken from their lists."""
    cell = layer.cells.get("repeat")
    if cell is None:
        for one in layer.cells.values():
            if isinstance(one.value, list):
                raise one.fault("AS104", "a list of values stands only in a row with `repeat`", "write one value")
        return [(layer.name, layer)]
    count = notation.integer(resolved(cell, lookup), "a number of repeats")
    if count > MOST_REPEATS:
        raise cell.fault("AS105", f"{count} is more than {MOST_REPEATS} repeats", "repeat it less often")
    cells = {key: one for key, one in layer.cells.items() if key != "repeat"}
    for one in cells.values():
        if isinstance(one.value, list) and (len(one.value) > count or not one.value):
            path = (*one.path, min(count, len(one.value))) if one.path and one.value else one.path
            fault = one.fault(
                "AS109",
                f"{len(one.value)} values for {count} instance{'s' * (count > 1)}",
                "one value for each instance; the last one continues",
                path,
            ).diagnostic
            raise Fault(replace(fault, labels=(*fault.labels, Label(cell.path, "this many"))))
    return [
        (instance(layer.name, i + 1), replace(layer, cells={key: _pick(one, i) for key, one in cells.items()}))
        for i in range(count)
    ]


def _pick(cell: Cell, index: int) -> Cell:
    if not isinstance(cell.value, list):
        return cell
    at = min(index, len(cell.value) - 1)
    return replace(cell, value=cell.value[at], path=(*cell.path, at) if cell.path else ())


def attributes(network: Network, layer: Layer) -> tuple[str, ...]:
    """The parameter paths of a row's instances; none where it cannot be said how many there are."""
    word = layer.cells["type"].value if "type" in layer.cells else ""
    prefix = prefix_of(str(word)) if word else "block"
    return tuple(identifier(name, prefix) for name in instance_names(network, layer))


def instance_names(network: Network, layer: Layer) -> tuple[str, ...]:
    """The printed names of a row's instances; none where it cannot be said how many there are."""
    try:
        return tuple(name for name, _ in instances(layer, row_lookup(network, layer)))
    except Fault:
        return ()


def step_names(layers: tuple[Layer, ...]) -> list[str]:
    """Names for all: an unnamed layer is called by its type's short word, numbered where the word occurs more than
    once."""
    words = []
    for layer in layers:
        value = layer.cells["type"].value if "type" in layer.cells else "block"
        if key := reference(value):
            words.append(key)
        elif (operation := _operation(str(value))) is not None:
            words.append(operation)
        else:
            words.append(notation.key_of(str(value)))
    unnamed = [word for layer, word in zip(layers, words, strict=True) if not layer.name]
    count: dict[str, int] = {}
    names = []
    for layer, word in zip(layers, words, strict=True):
        if layer.name:
            names.append(layer.name)
            continue
        count[word] = count.get(word, 0) + 1
        names.append(f"{word}{count[word]}" if unnamed.count(word) > 1 else word)
    return names


def _operation(word: str) -> str | None:
    name = operation_name(word)
    return OPERATIONS[name].word if name else None
