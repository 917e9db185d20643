"""The cells of every row read before anything is built: keys a row's type does not read, values that are no such
notation.

A `Network` goes in; the same network comes out without the cells at fault, with a diagnostic for each. A misspelt key
whose meaning is plain is read as meant, so that one slip is one diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.diagnostic import Diagnostic, Fault, Label, did_you_mean, nearest
from archspec.layer import Column, Layer
from archspec.modules import library_module, library_names
from archspec.notation import Cell, Lookup, key_of, listed, reference
from archspec.resolve import Target, allowed_keys, resolved, row_lookup, target_of
from archspec.spec import Network
from archspec.steps import check_block, check_modules, modules_in, read_cell
from archspec.vocabulary import BLOCK_KEYS, CLAIMS, HEAD_KEYS, LAYER_KEYS, OPERATIONS, Kind


def check_network(network: Network) -> tuple[Network, frozenset[str], list[Diagnostic]]:
    """The network to expand, the rows that cannot be because a cell of theirs could not be read, and what is wrong."""
    faults: list[Diagnostic] = []
    of_rows = [fault for fault in network.faults if fault.code in ("AS104", "AS109") and "modules" not in fault.path]
    broken = {layer.name for layer in (*network.rows, *network.heads) if any(one.row == layer.name for one in of_rows)}
    shifted = {one.row for one in of_rows if one.code == "AS109"}  # what stands in which column is not known
    modules = check_modules(network, faults) if network.modules else frozenset()
    targets = {id(layer): _target(network, layer) for layer in (*network.rows, *network.heads)}
    meant = _misspelt_captions(network, list(targets.values()), faults)
    _check_defaults(network, faults)
    rows, heads = [], []
    for layer in network.rows:
        target, renamed = targets[id(layer)], _renamed(layer, meant)
        rows.append(layer if layer.name in shifted else _check_row(network, renamed, target, False, broken, faults))
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


def _target(network: Network, layer: Layer) -> Target | None:
    """What a row's type names; None where that is at fault, which the row's expansion reports."""
    if "type" not in layer.cells:
        return None
    try:
        return target_of(network, layer, row_lookup(network, layer))
    except Fault:
        return None


def _misspelt_captions(network: Network, targets: list[Target | None], faults: list[Diagnostic]) -> dict[str, str]:
    """Captions whose key no row of the table reads, and the key that each was most likely meant to be."""
    if any(target is None for target in targets):
        return {}
    read = {key for target in targets if target for key in target.keys} | set(LAYER_KEYS) | set(CLAIMS)
    meant: dict[str, str] = {}
    for index, under in enumerate(network.columns):
        for key in under.keys:
            if key and key not in read and any(key in layer.cells for layer in network.rows):
                free = read - {other for column in network.columns for other in column.keys}
                match = nearest(key, free)
                faults.append(
                    Diagnostic(
                        "AS101",
                        f"no row reads the column `{under.caption}`",
                        (Label(("table", "columns", index)),),
                        help=did_you_mean(key, free, "take it out"),
                    )
                )
                meant[key] = match or ""
    return meant


def _renamed(layer: Layer, meant: dict[str, str]) -> Layer:
    if not meant:
        return layer
    cells = {meant.get(key, key): cell for key, cell in layer.cells.items() if meant.get(key, key)}
    return replace(layer, cells=cells)


def _check_defaults(network: Network, faults: list[Diagnostic]) -> None:
    for name, cells in network.defaults.items():
        module = network.module(name) or (library_module(name) if name in library_names() else None)
        operation = OPERATIONS.get(name)
        if operation is None and module is None:
            known = (*OPERATIONS, *network.modules)
            path = _section_of(cells, name)
            faults.append(
                Diagnostic(
                    "AS101",
                    f"[defaults] has `{name}`, that is no operation and no module",
                    (Label(path, on="key"),),
                    help=did_you_mean(name, known, "operations and modules take defaults, words of the table do not"),
                )
            )
            continue
        keys = tuple(operation.keys) if operation else module.columns if module else ()
        for key, cell in cells.items():
            if key not in keys:
                listed = ", ".join(f"`{one}`" for one in keys)
                faults.append(
                    Diagnostic(
                        "AS101",
                        f"unknown key `{cell.caption}` in [defaults] {name}",
                        (Label(cell.path, on="key"),),
                        help=did_you_mean(key, keys, f"its keys are {listed}"),
                    )
                )
            else:
                kind = operation.keys[key] if operation else module.kinds[key] if module else "type"
                read_cell(cell, kind, row_lookup(network, Layer(name, {}, cell.path)), faults)


def _section_of(cells: dict[str, Cell] | object, name: str) -> tuple[str | int, ...]:
    if isinstance(cells, dict):
        for cell in cells.values():
            if isinstance(cell, Cell) and len(cell.path) > 1:
                return tuple(part for part in cell.path[:-1] if isinstance(part, str | int))
    return ("defaults", name)


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
    for key, cell in layer.cells.items():
        if key not in allowed and _of_replaced_type(layer, cell):
            continue
        if key not in allowed and _is_column(network.columns, key):
            unread.append(cell)
        elif key not in allowed:
            patched = cell.path[:1] in (("errata",), ("readings",), ("variants",))
            faults.append(_unknown(layer, key, cell, target, allowed, patched))
            if patched:
                continue
            match = nearest(key, [one for one in allowed if one not in layer.cells])
            if match and ((kind := _kind(match, target)) is None or read_cell(cell, kind, lookup, [])):
                cells[match] = _followed(match, cell, lookup)
            else:
                broken.add(layer.name)
        elif (kind := _kind(key, target)) is None or read_cell(cell, kind, lookup, faults):
            cells[key] = _followed(key, cell, lookup)
        elif key not in CLAIMS:
            broken.add(layer.name)
    if unread:
        faults.append(_unread(network, layer, unread, target, allowed))
        broken.add(layer.name)
    return replace(layer, cells=cells)


def _followed(key: str, cell: Cell, lookup: Lookup) -> Cell:
    """The cell; where a claim refers to a parameter, with the parameter's value and place."""
    if key not in CLAIMS or reference(cell.value) is None:
        return cell
    named = resolved(cell, lookup)
    return replace(cell, value=named.value, path=named.path)


def _of_replaced_type(layer: Layer, cell: Cell) -> bool:
    """Whether a cell was printed for another type than the one that a variant gives the row."""
    of_variant = "type" in layer.cells and layer.cells["type"].path[:1] == ("variants",)
    return of_variant and cell.path[:1] != ("variants",)


def read_keys(network: Network, layer: Layer) -> frozenset[str]:
    """The keys of a row without those that a variant's type leaves unread."""
    target = _target(network, layer)
    allowed = allowed_keys(layer, target, False) if target else tuple(layer.cells)
    return frozenset(key for key, cell in layer.cells.items() if key in allowed or not _of_replaced_type(layer, cell))


def _kind(key: str, target: Target | None) -> Kind | None:
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
    free = [one for one in allowed if patched or one not in layer.cells]  # a patch replaces what is there
    its_keys = "its keys are " + ", ".join(f"`{one}`" for one in allowed)
    return Diagnostic(
        "AS101",
        f"`{layer.name}`: {_kind_of_layer(target)} has no key `{cell.caption}`",
        (Label(cell.path, on="key"),),
        help=did_you_mean(key, free, its_keys),
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
        f"`{layer.name}`: {_kind_of_layer(target)} does not read {listed(cell.caption for cell in cells)}",
        tuple(labels),
        help=hint,
        row=layer.name,
    )


def _kind_of_layer(target: Target | None) -> str:
    return f"`{target.name}`" if target else "a block"


def _caption(network: Network, key: str) -> str:
    for under in network.columns:
        for one, caption in zip(under.keys, under.captions, strict=True):
            if one == key:
                return caption
    return key
