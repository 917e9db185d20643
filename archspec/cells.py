"""The cells of every row read before anything is built: keys a row's type does not read, values that are no such
notation.

A `Network` goes in; the same network comes out without the cells at fault, with a diagnostic for each. A misspelt key
whose meaning is plain is read as meant, so that one slip is one diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archspec.diagnostic import Diagnostic, Fault, Label, Path, spelling
from archspec.filling import resolved
from archspec.layer import Column, Layer
from archspec.limits import too_many
from archspec.notation import SYNONYMS, Cell, Lookup, key_of, listed, reference, size
from archspec.presets import check_defaults, check_types, kind_of_layer
from archspec.resolve import Target, allowed_keys, printed_word, row_lookup, target_of
from archspec.spec import Network
from archspec.steps import check_block, check_modules, meant_key, modules_in, read_cell
from archspec.vocabulary import BLOCK_KEYS, CLAIMS, HEAD_KEYS, LAYER_KEYS, OPERATIONS, Kind

if TYPE_CHECKING:
    from archspec.habits import Meant

MOST_SHIFTED = 16  # rows that are tried with a cell more or less; where more are at fault, a caption may be
_OF_CELLS = ("AS104", "AS109")


def check_network(network: Network) -> tuple[Network, frozenset[str], list[Diagnostic]]:
    """The network to expand, the rows that cannot be because a cell of theirs could not be read, and what is wrong."""
    faults: list[Diagnostic] = []
    own = [fault for fault in network.faults if fault.facts.get("wanted") != "blank"]  # a dash is read as a blank
    of_rows = [fault for fault in own if fault.code in _OF_CELLS and "modules" not in fault.path]
    named = {one.row for one in of_rows}
    broken = {layer.name for layer in (*network.rows, *network.heads) if layer.name in named}
    uncounted = {one.row for one in of_rows if one.code == "AS109"}  # what stands in which column is not known
    if any(fault.path[-1:] == ("input",) for fault in network.faults):
        # what the first row is given is not known: the rows after it go on from what it prints
        broken |= {row.name for row in network.rows[:1]}
    modules = check_modules(network, faults) if network.modules else frozenset()
    targets = {id(layer): target_if_known(network, layer) for layer in (*network.rows, *network.heads)}
    meant = _misspelt_captions(network, list(targets.values()), faults)
    network = replace(network, defaults=check_defaults(network, faults))
    check_types(network, faults)
    rows, heads = list[Layer](), list[Layer]()
    known: dict[Path, list[Diagnostic]] = {}
    for one in own if network.printed else ():
        known.setdefault(one.path[:3], []).append(one)
    doubtful = 0
    start = len(faults)
    for index, layer in enumerate(network.rows):
        if too_many(faults, layer.place, start):
            broken |= {one.name for one in network.rows[index:]}
            rows += network.rows[index:]
            break
        target, renamed, found = targets[id(layer)], _renamed(layer, meant), list[Diagnostic]()
        row = layer if layer.name in uncounted else _check_row(network, renamed, target, False, broken, found)
        of_row = [*known.get(layer.place[:3], ()), *found]
        if layer.place[:2] == ("table", "rows") and (of_row or target is None) and doubtful < MOST_SHIFTED:
            doubtful += 1
            if other := _shifted(network, layer, target, of_row, meant):
                found, row = [other[0]], other[1]
                broken |= {layer.name, row.name}
                uncounted.add(layer.name)
        rows.append(row)
        faults += found
    faults = [one for one in faults if not _is_of_rows(network, one, uncounted)]
    for layer in network.heads:
        heads.append(_check_row(network, layer, targets[id(layer)], True, broken, faults))
    for layer in (*rows, *heads):
        if layer.block is not None:
            before, lookup = len(faults), row_lookup(network, layer)
            check_block(network, layer.block, None, lookup, faults)
            if len(faults) > before or modules_in(network, layer.block, lookup) & modules:
                broken.add(layer.name)
    broken |= {
        layer.name
        for layer in (*network.rows, *network.heads)
        if (target := targets[id(layer)]) and target.module and target.module.name in modules
    }
    return replace(network, rows=tuple(rows), heads=tuple(heads)), frozenset(broken), faults


def reads_all(network: Network, layer: Layer) -> bool:
    """Whether a row's type reads all cells of the row, and each can be read."""
    target, faults = target_if_known(network, layer), list[Diagnostic]()
    if target is None and layer.block is None:
        return False
    _check_row(network, layer, target, False, set(), faults)
    if layer.block is not None:
        check_block(network, layer.block, None, row_lookup(network, layer), faults)
    return not faults


def target_if_known(network: Network, layer: Layer) -> Target | None:
    """What a row's type names; None where that is at fault, which the row's expansion reports."""
    if "type" not in layer.cells:
        return None
    try:
        return target_of(network, layer, row_lookup(network, layer))
    except Fault:
        return None


def _is_of_rows(network: Network, one: Diagnostic, names: set[str]) -> bool:
    """Whether a column is at fault only for what rows of these names have in it."""
    if one.code != "AS101" or one.path[:2] != ("table", "columns"):
        return False
    keys = {*network.columns[int(str(one.path[2]))].keys}
    return not any(keys & {*layer.cells} for layer in network.rows if layer.name not in names)


def _shifted(
    network: Network, layer: Layer, target: Target | None, found: list[Diagnostic], meant: dict[str, str]
) -> tuple[Diagnostic, Layer] | None:
    """What is wrong with a row of a table that has one cell too few or too many, and the row as it is read then."""
    path = layer.place[:3]
    at_fault = {label.path[3] for one in found for label in one.labels if label.path[:3] == path and label.path[3:]}
    if target is None:  # then no cell of it has been read
        at_fault |= {*range(len(network.columns))}

    def reads(other: Layer) -> Target | None:
        renamed, unread = _renamed(other, meant), list[Diagnostic]()
        known = target_if_known(network, renamed)
        if known is not None:
            _check_row(network, renamed, known, False, set(), unread)
        return None if unread else known

    from archspec.shifted import shifted  # here: a spec without faults does not pay for it

    return shifted(network, layer, {at for at in at_fault if isinstance(at, int)}, reads)


def _misspelt_captions(network: Network, targets: list[Target | None], faults: list[Diagnostic]) -> dict[str, str]:
    """Captions whose key no row of the table reads, and the key that each was most likely meant to be. What a row of an
    unknown type reads is not known."""
    unknown = {
        key for layer, target in zip(network.rows, targets, strict=False) if target is None for key in layer.cells
    }
    read = {key for target in targets if target for key in target.keys} | set(LAYER_KEYS) | set(CLAIMS)
    meant: dict[str, str] = {}
    for index, under in enumerate(network.columns):
        for key in under.keys:
            cells = [(layer, layer.cells[key]) for layer in network.rows if key in layer.cells]
            if key and key not in read | unknown and any(not _of_replaced_type(network, *one) for one in cells):
                taken = {other for column in network.columns for other in _own_keys(column)}
                free = (read | {word.replace("-", " ") for word, of in SYNONYMS.items() if of in read - taken}) - taken
                likely = meant_key(key, free, "take it out")
                faults.append(
                    Diagnostic(
                        "AS101",
                        f"no row reads the column `{under.caption}`",
                        (Label(("table", "columns", index)),),
                        help=likely.help,
                        facts=_respelt_caption(under, key, likely, targets),
                    )
                )
                meant[key] = key_of(likely.key)
    return meant


def _own_keys(under: Column) -> tuple[str, ...]:
    """The keys that no other column may have: beside `patch/stride` there may be a column of strides."""
    return under.keys[:1] if under.keys == ("patch", "stride") else under.keys


def _respelt_caption(under: Column, key: str, likely: Meant, targets: list[Target | None]) -> dict[str, Any]:
    """The facts of a misspelt caption: the whole caption, with the nearest key as the modules of the table print it."""
    facts = likely.facts
    if likely.key:
        printed = {key: text for one in targets if one and one.module for key, text in one.module.captions.items()}
        right = printed.get(likely.key, likely.key)
        parts = (right if part == key else text for part, text in zip(under.keys, under.captions, strict=True))
        return {**facts, "nearest": ("+" if "+" in under.caption else "/").join(parts)}
    return facts


def _renamed(layer: Layer, meant: dict[str, str]) -> Layer:
    if not meant:
        return layer
    cells = {meant.get(key, key): cell for key, cell in layer.cells.items() if meant.get(key, key)}
    return replace(layer, cells=cells)


def _check_row(
    network: Network, layer: Layer, target: Target | None, head: bool, broken: set[str], faults: list[Diagnostic]
) -> Layer:
    """The row without the cells that it does not read or that are no claim one can read; each is reported."""
    if target is None and not layer.block:
        return (
            layer  # what it may hold is not known; that it has no type, or an unknown one, is reported where it is run
        )
    allowed = allowed_keys(layer, target, head)
    lookup = row_lookup(network, layer)
    cells: dict[str, Cell] = {}
    unread: list[Cell] = []
    unknown: list[Cell] = []
    misspelt: dict[str, Cell] = {}
    for key, cell in layer.cells.items():
        if key not in allowed and _of_replaced_type(network, layer, cell):
            continue
        if key not in allowed and _is_column(network.columns, key):
            unread.append(cell)
        elif key not in allowed:
            patched = cell.path[:1] in (("errata",), ("readings",), ("variants",))
            if patched:
                faults.append(_unknown(layer, key, cell, target, allowed, patched))
                continue
            match = meant_key(key, _free(layer, could_be_meant(key, allowed))).key
            if match and ((kind := kind_of(match, target)) is None or read_cell(cell, kind, lookup, [])):
                misspelt[key] = cell
                cells[match] = layer.cells.get(match) or _followed(match, cell, lookup)
            else:
                unknown.append(cell)
                broken.add(layer.name)
        elif (kind := kind_of(key, target)) is None or _read(key, cell, kind, lookup, faults):
            cells[key] = _followed(key, cell, lookup)
        elif key not in CLAIMS or (key == "output" and takes_output(layer, target)):
            broken.add(layer.name)
    if unknown and len(unknown) + len(misspelt) > 1 and "type" in layer.cells:
        faults.append(_not_its_keys(layer, [*unknown, *misspelt.values()], target, allowed))
    else:
        misspelt |= {key_of(cell.caption): cell for cell in unknown}
        faults += [_unknown(layer, key, cell, target, allowed, False) for key, cell in misspelt.items()]
    if unread:
        faults.append(_unread(network, layer, unread, target, allowed))
        broken.add(layer.name)
    return replace(layer, cells=cells)


def _free(layer: Layer, keys: Iterable[str]) -> list[str]:
    """The keys that a row does not have itself; what a patch has laid over it was meant for one."""
    return [key for key in keys if key not in layer.cells or layer.cells[key].path[:3] != layer.place[:3]]


def could_be_meant(key: str, allowed: Iterable[str]) -> list[str]:
    """The keys that a key which is not read may be a slip of: no other key of an operation is one, and only what is
    one sign away is a claim."""
    if any(key in operation.keys for operation in OPERATIONS.values()):
        return []
    return [one for one in allowed if one not in CLAIMS or spelling(key, [one]).get("near_miss")]


def takes_output(layer: Layer, target: Target | None) -> bool:
    """Whether a row has as many filters as its `output` prints, because nothing else says how many."""
    if target is None:
        return False
    if target.module is not None:
        return any(
            reference(cell.value) == "output" for key, cell in target.module.optional.items() if key not in layer.cells
        )
    return "out" in target.keys and "out" not in layer.cells and "out" not in target.preset


def _read(key: str, cell: Cell, kind: Kind, lookup: Lookup, faults: list[Diagnostic]) -> bool:
    """Whether a cell can be read; a claim is one value, also where the row is repeated."""
    if key not in CLAIMS or not isinstance(cell.value, list):
        return read_cell(cell, kind, lookup, faults)
    try:
        if kind == "size" and all(type(one) is int for one in cell.value):
            size(cell)  # raises: these are the sides of one size
        raise cell.fault("AS104", "a claim is one value, about all instances", "write one value")
    except Fault as fault:
        faults.append(fault.diagnostic)
    return False


def _followed(key: str, cell: Cell, lookup: Lookup) -> Cell:
    """The cell; where a claim refers to a parameter, with the parameter's value and place."""
    if key not in CLAIMS or reference(cell.value) is None:
        return cell
    named = resolved(cell, lookup)
    return replace(cell, value=named.value, path=named.path)


def _of_replaced_type(network: Network, layer: Layer, cell: Cell) -> bool:
    """Whether a cell was printed for another type than the one that a variant gives the row, or its word."""
    of_type = layer.cells.get("type")
    if of_type is None or cell.path[:1] == ("variants",):
        return False
    printed = printed_word(network, str(of_type.value))
    word = network.types[printed] if printed is not None else None
    named = [of_type, word.get("type") if isinstance(word, dict) else word]
    return any(one is not None and one.path[:1] == ("variants",) for one in named)


def read_keys(network: Network, layer: Layer) -> frozenset[str]:
    """The keys of a row without those that a variant's type leaves unread."""
    target = target_if_known(network, layer)
    allowed = allowed_keys(layer, target, False) if target else tuple(layer.cells)
    cells = layer.cells.items()
    return frozenset(key for key, cell in cells if key in allowed or not _of_replaced_type(network, layer, cell))


def kind_of(key: str, target: Target | None) -> Kind | None:
    """How a cell of a row of this type is read; None for a type, a name, and what the type does not read."""
    for known in (LAYER_KEYS, CLAIMS, HEAD_KEYS):
        if key in known and key not in ("type", "name", "from"):
            return known[key]
    if key in ("type", "name", "from"):
        return None
    if target is not None:
        return target.kind(key)
    return BLOCK_KEYS.get(key)


def _is_column(columns: Iterable[Column], key: str) -> bool:
    return any(key in under.keys for under in columns)


def _unknown(
    layer: Layer, key: str, cell: Cell, target: Target | None, allowed: tuple[str, ...], patched: bool
) -> Diagnostic:
    likely = could_be_meant(key, allowed)
    free = likely if patched else _free(layer, likely)  # a patch replaces what is there
    meant = meant_key(key, free, "its keys are " + ", ".join(f"`{one}`" for one in allowed))
    return Diagnostic(
        "AS101",
        f"`{layer.name}`: {kind_of_layer(target)} has no key `{cell.caption}`",
        (Label(cell.path, on="key"),),
        help=meant.help,
        row=layer.name,
        facts=meant.facts,
    )


def _not_its_keys(layer: Layer, cells: list[Cell], target: Target | None, allowed: tuple[str, ...]) -> Diagnostic:
    """AS101 for several keys that a row's type does not have: the type is what is wrong."""
    labels = [Label(cell.path, on="key") for cell in cells]
    return Diagnostic(
        "AS101",
        f"`{layer.name}`: {kind_of_layer(target)} has no keys {listed(cell.caption for cell in cells)}",
        (*labels, Label(layer.cells["type"].path, "does not have them")),
        help="its keys are " + ", ".join(f"`{one}`" for one in allowed) + "; correct the keys, or the type",
        row=layer.name,
    )


def _unread(
    network: Network, layer: Layer, cells: list[Cell], target: Target | None, allowed: tuple[str, ...]
) -> Diagnostic:
    """AS107 for all cells of a row that its type does not read: where there are several, the type is what is wrong."""
    reads = ", ".join(f"`{_caption(network, one)}`" for one in allowed if _is_column(network.columns, one))
    hint = f"its columns are {reads}; blank the cell{'s' * (len(cells) > 1)}"
    if key_of(cells[0].caption.partition("/")[0]) == "patch" and "stride" in allowed:
        hint = 'it reads the stride alone: write "stride 2"'
    elif len(cells) > 1:
        hint += ", or correct the type"
    labels = [Label(cell.path) for cell in cells]
    if len(cells) > 1 and "type" in layer.cells:
        labels.append(Label(layer.cells["type"].path, "does not read them"))
    return Diagnostic(
        "AS107",
        f"`{layer.name}`: {kind_of_layer(target)} does not read {listed(cell.caption for cell in cells)}",
        tuple(labels),
        help=hint,
        row=layer.name,
    )


def _caption(network: Network, key: str) -> str:
    for under in network.columns:
        for one, caption in zip(under.keys, under.captions, strict=True):
            if one == key:
                return caption
    return key
