"""Rows of a table that have one cell too few or too many: what stands behind it is read under the wrong caption.

A row at fault and its cells as written go in. Where all of them can be read with one cell put in, or with one taken
out, a diagnostic at that place comes out, and the row as it is read then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from archspec.diagnostic import Diagnostic, Label
from archspec.layer import Layer, add_cell
from archspec.notation import Cell, show
from archspec.resolve import Target, levels_of, row_lookup
from archspec.spec import Network
from archspec.vocabulary import BLOCK_PARTS, CLAIMS

Reads = Callable[[Layer], Target | None]


@dataclass(frozen=True)
class Shift:
    """A row read with a cell more in front of the cell `at`, or without that cell. `lacks`: a blank would not do for
    the one put in; `unread`: nothing but a blank would."""

    at: int
    layer: Layer
    lacks: bool = False
    unread: bool = False


def shifted(network: Network, layer: Layer, at_fault: set[int], reads: Reads) -> tuple[Diagnostic, Layer] | None:
    """AS109, or AS108 where the missing cell may not be blank, and the row as it was most likely meant; None where a
    row is neither.

    `at_fault` holds the cells of the row that are, all where its type is unknown; `reads` says what a row is, where all
    its cells can be read.
    """
    values = network.printed[int(str(layer.place[2]))]
    too_long = len(values) > len(network.columns)
    if len(values) > len(network.columns) + 1:
        return None
    short = (
        []
        if len(values) >= len(network.columns)
        else [*_distinct(_with_one_more(network, layer, values, at_fault, reads))]
    )
    long = [*_distinct(_with_one_less(network, layer, values, reads))]
    if not too_long:  # then a cell is too many only where it says nothing new, and none is missing without it
        long = [one for one in long if at_fault - {one.at} and (values[one.at] == "" or _doubled(values, one.at))]
        long = [one for one in long if not one.lacks and not _usually_filled(network, layer) - {*one.layer.cells}]
    if bool(short) == bool(long):
        return None
    if short:
        blank = [one for one in short if one.unread]
        meant = blank if len(blank) == 1 else short
        return _too_short(network, layer, values, meant), meant[0].layer
    whole = [one for one in long if not one.lacks] or long
    blank = [one for one in whole if values[one.at] == ""]
    meant = blank if len(blank) == 1 else whole
    return _too_long(network, layer, values, meant), meant[0].layer


def _usually_filled(network: Network, layer: Layer) -> set[str]:
    """The cells that every other row of a type has."""
    alike = [{*row.cells} for row in network.rows if row is not layer and row.word == layer.word]
    return set.intersection(*alike) if alike else set()


def _doubled(values: list[Any], at: int) -> bool:
    return at > 0 and repr(values[at]) == repr(values[at - 1])


def _with_one_more(
    network: Network, layer: Layer, values: list[Any], at_fault: set[int], reads: Reads
) -> Iterator[tuple[Any, Shift]]:
    for at in range(len(values)):
        under = network.columns[at]
        order = [(index + (index >= at), index) for index in range(len(values))]
        key = (*map(repr, values[:at]), repr(""), *map(repr, values[at:]))
        of_type = under.keys == ("type",)
        for word in ("",) if not of_type else _types(network) if at in at_fault else ():
            row = _read(network, layer, values, order, word, unnamed=under.keys == ("name",))
            if row is None or (target := reads(row)) is None:
                continue
            lacks = under.keys[0] in ("type", "name") or bool({*under.keys} & _lacking(network, row, target))
            yield key, Shift(at, row, lacks, not {*under.keys} & {*target.keys, *CLAIMS})
            break


def _with_one_less(network: Network, layer: Layer, values: list[Any], reads: Reads) -> Iterator[tuple[Any, Shift]]:
    for at in range(len(values)):
        order = [(index - (index > at), index) for index in range(len(values)) if index != at]
        row = _read(network, layer, values, order)
        if row is not None and (target := reads(row)) is not None:
            yield tuple(map(repr, values[:at] + values[at + 1 :])), Shift(at, row, bool(_lacking(network, row, target)))


def _distinct(found: Iterable[tuple[Any, Shift]]) -> Iterator[Shift]:
    """Among equal neighbours it makes no difference which one is meant: the last, what stands behind it is at fault.
    Nothing but a blank would do there only where that is so of each of them."""
    alike: dict[Any, Shift] = {}
    for key, one in found:
        alike[key] = replace(one, unread=one.unread and (key not in alike or alike[key].unread))
    yield from alike.values()


def _lacking(network: Network, row: Layer, target: Target) -> set[str]:
    """The columns that a row leaves blank and must not."""
    levels = levels_of(network, row, target, row_lookup(network, row), row.name).cells
    given = {key for level in levels for key, cell in level.items() if not cell.blank}
    given |= {"out"} if "output" in row.cells and target.operation else set()
    return {key for under in network.columns for key in under.keys if key in target.keys} - given


def _types(network: Network) -> Iterable[str]:
    """The words that the file has for types."""
    words = (row.cells["type"].value for row in network.rows if "type" in row.cells)
    return dict.fromkeys([*(word for word in words if isinstance(word, str)), *network.types])


def _read(
    network: Network,
    layer: Layer,
    values: list[Any],
    order: list[tuple[int, int]],
    word: str = "",
    unnamed: bool = False,
) -> Layer | None:
    """The row with its cells under other captions; None where one has no caption or cannot be taken apart. What a patch
    has laid over the row stays."""
    path = layer.place[:3]
    cells: dict[str, Cell] = {"type": Cell(word, path, "type", layer.name)} if word else {}
    faults: list[Diagnostic] = []
    for column, index in order:
        if column >= len(network.columns):
            return None
        under = network.columns[column]
        add_cell(cells, under, Cell(values[index], (*path, index), under.caption, layer.name), faults)
    name = cells.pop("name", None)
    if faults or "type" not in cells or (name is None) != unnamed or any(part in cells for part in BLOCK_PARTS):
        return None
    if name is not None and (not isinstance(name.value, str) or name.value in _no_names(network, layer)):
        return None
    patched = {key: cell for key, cell in layer.cells.items() if cell.path[:3] != path}
    return Layer(name.value if name else layer.name, {**cells, **patched}, layer.place)


def _no_names(network: Network, layer: Layer) -> set[str]:
    """What the table has under other captions than those of names and types, and the names of other rows."""
    others = {row.name for row in network.rows if row is not layer}
    for row in network.rows:
        if row is not layer:
            others |= {cell.value for key, cell in row.cells.items() if key != "type" and isinstance(cell.value, str)}
    return others


# --- what is said ----------------------------------------------------------------------------------------------------


def _too_short(network: Network, layer: Layer, values: list[Any], found: list[Shift]) -> Diagnostic:
    first, last = found[0], found[-1]
    name = first.layer.name
    path, under = layer.place[:3], network.columns[last.at].caption
    facts = {"row_at": path, **({"put_in": first.at, "blank": first.unread} if len(found) == 1 else {})}
    there = _shown(values[last.at])
    if len(found) > 1:
        message = f"is one cell short, somewhere from `{network.columns[first.at].caption}` to `{under}`"
        label = Label((*path, last.at), f"belongs under `{network.columns[last.at + 1].caption}`")
        hint = f"put the cell that is missing in before {there}"
    elif first.lacks:
        message, label = f"is one cell short: it has no `{under}`", Label((*path, first.at), f"stands under `{under}`")
        hint = f"put its {under} in before {there}"
    else:
        message = f"is one cell short: the cells from {there} on stand one column too early"
        label, hint = Label((*path, first.at), f"stands under `{under}`"), f'put "" in before {there}'
        if not first.unread:
            hint = f'put the missing cell in before {there}: "" if the paper prints none'
    if network.columns[first.at].keys == ("name",) or name != layer.name:
        facts |= {"misnamed": ""}  # what patches say of the name that it should have follows from this
    code = "AS108" if any(one.lacks for one in found) else "AS109"
    return Diagnostic(code, f"`{name}` {message}", (label,), help=hint, row=name, facts=facts)


def _too_long(network: Network, layer: Layer, values: list[Any], found: list[Shift]) -> Diagnostic:
    first, last = found[0], found[-1]
    path, width = layer.place[:3], len(network.columns)
    facts = {"row_at": path, **({"take_out": first.at} if len(found) == 1 else {})}
    labels = [Label((*path, last.at), "without it every cell can be read")]
    message = "has one cell too many: the cells behind it stand one column too late"
    if len(values) > width:
        message = f"has {len(values)} cells, the table has {width} columns"
        labels.append(Label(("table", "columns")))
    hint, name = "take it out", first.layer.name
    if name != layer.name:
        facts |= {"misnamed": ""}
    if len(found) > 1:
        places = [*dict.fromkeys(_shown(values[at]) for at in (first.at, last.at))]
        doubled = [one.at for one in found if _doubled(values, one.at)]
        labels[0] = Label((*path, last.at))
        if len(doubled) == 1:
            labels[0] = Label((*path, *doubled), "as the one before it")
        hint = f"take out the cell that is too many, one from {' to '.join(places)}"
    return Diagnostic("AS109", f"`{name}` {message}", tuple(labels), help=hint, row=name, facts=facts)


def _shown(value: Any) -> str:
    return f"`{show(value)}`" if value != "" else 'the `""`'
