"""A file as cells, and the patches on it: errata, then readings, then variants, each replacing cells by others.

`sections` turns a `File` into `Sections`; `apply` lays one patch over them. A replaced cell takes the place of the
patch, so that what is wrong with it is blamed where it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archspec.captions import NEEDED, columns_of
from archspec.diagnostic import Diagnostic, Label, Path, did_you_mean, nearest, spelling
from archspec.file import File
from archspec.layer import Column, add_cell, cells_of, column
from archspec.names import identifier
from archspec.notation import Cell, key_of, show
from archspec.vocabulary import BLOCK_PARTS

RESERVED = ("why", "extends", "reading", "input", "params", "defaults", "types", "modules", "heads", "recipe")
MAIN = "main"  # the network's own output, beside those of the heads
_NOT_CELLS = ("why", "extends", "reading", "recipe")

Word = Cell | dict[str, Cell]  # an operation or module, or one with preset cells


@dataclass
class Sections:
    """The cells of a file. `rows` and `heads` are by printed name, in order; `columns` are the table's."""

    input: Cell
    params: dict[str, Cell] = field(default_factory=dict)
    types: dict[str, Word] = field(default_factory=dict)
    defaults: dict[str, dict[str, Cell]] = field(default_factory=dict)
    modules: dict[str, tuple[dict[str, Any], Path]] = field(default_factory=dict)
    rows: dict[str, dict[str, Cell]] = field(default_factory=dict)
    heads: dict[str, dict[str, Cell]] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    paths: dict[str, Path] = field(default_factory=dict)  # of rows and heads

    def copy(self) -> Sections:
        """The same cells in dictionaries of their own, for a patch to be laid over."""
        return Sections(
            self.input,
            dict(self.params),
            dict(self.types),
            {name: dict(cells) for name, cells in self.defaults.items()},
            dict(self.modules),
            {name: dict(cells) for name, cells in self.rows.items()},
            {name: dict(cells) for name, cells in self.heads.items()},
            self.columns,
            dict(self.paths),
        )


def sections(file: File, faults: list[Diagnostic]) -> Sections:
    """The file's own cells, unpatched. Adds AS109, AS110, AS111, AS112 and AS108 (a row without a name) to `faults`."""
    found = Sections(Cell(file.input, ("input",), "input", ""))
    patch: dict[str, Any] = {
        "params": file.params,
        "types": file.types,
        "defaults": file.defaults,
        "modules": file.modules,
    }
    _lay(found, patch, (), faults, lambda value, path: (value, path))
    if file.table:
        found.columns = columns_of(file.table.columns, faults)
        for index, values in enumerate(file.table.rows):
            path: Path = ("table", "rows", index)
            _add_row(found, _table_row(values, found.columns, path, faults), path, faults)
    elif file.network:
        for index, raw in enumerate(file.network.layers):
            path = ("network", "layers", index)
            _add_row(found, cells_of(raw, path, str(raw.get("name", f"layer {index + 1}")), faults), path, faults)
    for name, raw in file.heads.items():
        found.heads[name] = cells_of(raw, ("heads", name), name, faults)
        found.paths[name] = ("heads", name)
        if identifier(name, "head") == MAIN:
            message, label = f"a head cannot be called `{name}`", Label(("heads", name), on="key")
            faults.append(
                Diagnostic("AS110", message, (label,), help="the network's own output is called so", row=name)
            )
    if not found.rows:
        path, wanted = (("table", "rows"), "a list of cells") if file.table else (("network", "layers"), "a layer")
        faults.append(
            Diagnostic("AS119", "the network has no rows", (Label(path),), help=f"write {wanted} for each row")
        )
    return found


def _table_row(values: list[Any], columns: tuple[Column, ...], path: Path, faults: list[Diagnostic]) -> dict[str, Cell]:
    captions = [under.keys[0] for under in columns]
    at = captions.index("name") if "name" in captions else -1
    name = str(values[at]) if 0 <= at < len(values) else f"row {int(str(path[-1])) + 1}"
    cells: dict[str, Cell] = {}
    of_cells: list[Diagnostic] = []
    for index, (under, value) in enumerate(zip(columns, values, strict=False)):
        add_cell(cells, under, Cell(value, (*path, index), under.caption, name), of_cells)
    if len(values) <= len(columns):
        faults += of_cells
    else:  # what stands in which column is not known
        faults.append(
            Diagnostic(
                "AS109",
                f"`{name}` has {len(values)} cells, the table has {len(columns)} columns",
                (Label((*path, len(columns)), "no column"), Label(("table", "columns"))),
                help="take a cell out, or add a caption",
                row=name,
            )
        )
    return cells


def _add_row(found: Sections, cells: dict[str, Cell], path: Path, faults: list[Diagnostic]) -> None:
    """Add a row under its name. One whose name is at fault stays in the network, so that the rows after it are not at
    fault too."""
    for wanted in NEEDED if path[0] == "network" and not any(part in cells for part in BLOCK_PARTS) else ():
        if wanted not in cells and (key := nearest(wanted, cells)):
            found_ = cells.pop(key)
            label = Label(found_.path, on="key")
            message = f"unknown key `{key}` in [network] layers"
            hint, facts = f"did you mean `{wanted}`?", spelling(key, (wanted,))
            faults.append(Diagnostic("AS101", message, (label,), help=hint, facts=facts))
            cells[wanted] = found_
    cell = cells.get("name")
    if cell is None:
        faults.append(
            Diagnostic(
                "AS108",
                "a row without a name",
                (Label(path),),
                help='every row has a name, such as "3a"',
                facts={"misnamed": ""},
            )
        )
        cell = Cell(f"row {len(found.rows) + 1}", path, "name", "")
    elif not isinstance(cell.value, str):
        fault = cell.fault("AS103", f"a name is text, `{show(cell.value)}` is not", f'write "{cell.value}"').diagnostic
        faults.append(replace(fault, facts={"misnamed": show(cell.value)}))
    name = show(cell.value)
    if name in RESERVED:
        faults.append(
            cell.fault(
                "AS110", f"a row cannot be called `{name}`", "a patch could not tell it from a section"
            ).diagnostic
        )
        name += " row"
    if name in found.rows:
        first = found.rows[name]["name"]
        faults.append(
            Diagnostic(
                "AS110",
                f"two rows are called `{name}`",
                (Label(cell.path, "again"), Label(first.path, "first")),
                help="a row is known by its name: give each its own",
                row=name,
                facts={"misnamed": name},
            )
        )
        name += " again"
        while name in found.rows:
            name += f" {len(found.rows)}"
    found.rows[name] = {**cells, "name": replace(cell, value=name)}
    found.paths[name] = path


# --- patches ---------------------------------------------------------------------------------------------------------

Leaf = Callable[[Any, Path], "tuple[Any, Path] | None"]


@dataclass(frozen=True)
class Change:
    """A leaf that a patch set: its address (`rows`, `4c`, `proj`), the new cell, and the one it replaced."""

    address: tuple[str, ...]
    cell: Cell
    before: Cell | None


def apply(found: Sections, patch: Mapping[str, Any], path: Path, faults: list[Diagnostic]) -> list[Change]:
    """Lay a reading or variant over the sections. Adds AS114 for an unknown row to `faults`."""
    return _lay(found, patch, path, faults, lambda value, place: (value, place))


def apply_errata(found: Sections, errata: Mapping[str, Any], faults: list[Diagnostic]) -> list[Change]:
    """Lay the errata over the sections: each leaf is `{ read, why }`. Adds AS102, AS118 and AS114 to `faults`."""

    def leaf(value: Any, path: Path) -> tuple[Any, Path] | None:
        whole = isinstance(value, Mapping) and set(value) == {"read", "why"} and str(value["why"]).strip()
        if not whole:
            faults.append(
                Diagnostic(
                    "AS102",
                    f"the erratum `{'.'.join(str(p) for p in path[1:])}` needs `read` and `why`",
                    (Label(path),),
                    help='write { read = ..., why = "..." }; a misprint nobody can explain says "unexplained: ..."',
                )
            )
        return (value["read"], (*path, "read")) if isinstance(value, Mapping) and "read" in value else None

    for key in [one for one in _NOT_CELLS if one in errata]:
        place = Label(("errata", key), on="key")
        faults.append(Diagnostic("AS101", f"unknown key `{key}` in [errata]", (place,), help="errata name rows"))
    changes = _lay(found, errata, ("errata",), faults, leaf)
    for change in changes:
        if change.before and _text(change.before.value) == _text(change.cell.value):
            faults.append(
                Diagnostic(
                    "AS118",
                    f"the erratum reads `{show(change.cell.value)}`, as the table prints",
                    (Label(change.cell.path), Label(change.before.path, "printed")),
                    help="take the erratum out",
                    row=change.cell.row,
                )
            )
    return changes


def _text(value: Any) -> str:
    return show(value).replace("×", "x").replace(" ", "")


def _lay(found: Sections, patch: Mapping[str, Any], path: Path, faults: list[Diagnostic], leaf: Leaf) -> list[Change]:
    changes: list[Change] = []

    def put(into: dict[str, Cell], key: str, written: Cell, address: tuple[str, ...]) -> None:
        if (taken := leaf(written.value, written.path)) is not None:
            set_cell(into, key, replace(written, value=taken[0], path=taken[1]), address)

    def set_cell(into: dict[str, Cell], key: str, cell: Cell, address: tuple[str, ...]) -> None:
        before = into.get(key)
        into[key] = replace(cell, caption=before.caption) if before else cell
        changes.append(Change(address, into[key], before))

    def put_all(into: dict[str, Cell], raw: Any, place: Path, row: str, address: tuple[str, ...]) -> None:
        if not isinstance(raw, Mapping):
            faults.append(
                Diagnostic("AS103", f"`{'.'.join(map(str, place))}` is not a table of cells", (Label(place),))
            )
            return
        cells: dict[str, Cell] = {}
        for written, value in raw.items():
            if (taken := leaf(value, (*place, written))) is not None:
                cells |= _parts(Cell(*taken, written, row), into, faults)
        if "patch" in cells and "stride" not in cells:
            into.pop("stride", None)  # size and stride travel together: a new patch starts from stride 1
        for key, cell in cells.items():
            set_cell(into, key, cell, (*address, key))
            if cell.blank:
                del into[key]  # as in a row, blank is no cell

    for key, value in patch.items():
        place = (*path, key)
        if key in _NOT_CELLS:
            continue
        if key == "input":
            holder = {"input": found.input}
            put(holder, "input", Cell(value, place, "input", ""), ("input",))
            found.input = holder["input"]
        elif key in ("params", "types", "defaults", "modules", "heads") and not isinstance(value, Mapping):
            faults.append(Diagnostic("AS103", f"`{key}` is not a table", (Label(place),)))
        elif key == "params":
            for own, name, item in _by_key(value, place, faults):
                if path and own not in found.params:
                    faults.append(_unknown_parameter(name, (*place, name), found.params))
                else:
                    put(found.params, own, Cell(item, (*place, name), name, ""), ("params", own))
        elif key == "types":
            for name, item in value.items():
                if isinstance(item, Mapping):
                    known = found.types.get(name)
                    cells = dict(known) if isinstance(known, dict) else {}
                    put_all(cells, item, (*place, name), name, ("types", name))
                    found.types[name] = cells
                else:
                    one: dict[str, Cell] = {}
                    put(one, "type", Cell(item, (*place, name), "type", name), ("types", name))
                    if one:
                        found.types[name] = one["type"]
        elif key == "defaults":
            for own, name, item in _by_key(value, place, faults):
                into = found.defaults.setdefault(own, {})
                put_all(into, item, (*place, name), f"defaults.{name}", ("defaults", own))
        elif key == "modules":
            for _, name, item in _by_key(value, place, faults):
                if isinstance(item, dict):
                    found.modules[name] = (item, (*place, name))
                else:
                    faults.append(Diagnostic("AS103", f"the module `{name}` is not a table", (Label((*place, name)),)))
        elif key == "heads":
            for name, item in value.items():
                found.paths.setdefault(name, (*place, name))
                put_all(found.heads.setdefault(name, {}), item, (*place, name), name, ("heads", name))
        elif key in found.rows:
            put_all(found.rows[key], value, place, key, ("rows", key))
        else:
            faults.append(
                Diagnostic(
                    "AS114",
                    f"the patch speaks of `{key}`, there is no such row",
                    (Label(place, on="key"),),
                    help=did_you_mean(key, [*found.rows, *RESERVED]),
                    facts={
                        "missing": key,
                        "cells": value if isinstance(value, Mapping) else {},
                        **spelling(key, found.rows),
                    },
                )
            )
    return changes


def _unknown_parameter(name: str, path: Path, params: Mapping[str, Cell]) -> Diagnostic:
    return Diagnostic(
        "AS101",
        f"the patch sets `{name}`, there is no such parameter",
        (Label(path, on="key"),),
        help=did_you_mean(key_of(name), params, "declare it under [params]"),
        facts=spelling(key_of(name), params),
    )


def _by_key(table: Mapping[str, Any], path: Path, faults: list[Diagnostic]) -> Iterator[tuple[str, str, Any]]:
    """Key, name as written and value of each entry. Adds AS111 for a name without a key, AS110 for a key that is
    taken."""
    seen: dict[str, str] = {}
    for name, value in table.items():
        key, place = key_of(name), (*path, name)
        if not key:
            message = f"the name `{name}` leaves no key"
            faults.append(Diagnostic("AS111", message, (Label(place, on="key"),), help="use letters a to z and digits"))
        elif key in seen:
            labels = Label(place, "again", on="key"), Label((*path, seen[key]), "first", on="key")
            message = f"`{seen[key]}` and `{name}` are one name, `{key}`"
            faults.append(Diagnostic("AS110", message, labels, help="rename one of them"))
        else:
            seen[key] = name
            yield key, name, value


def _parts(cell: Cell, into: Mapping[str, Cell], faults: list[Diagnostic]) -> dict[str, Cell]:
    """The cells that a patched key sets. A compound caption sets its parts, as in a row, but for those that stand there
    already; where all do, the first, so that it is seen."""
    under = column(cell.caption)
    if len(under.keys) == 1 or under.keys == ("patch", "stride"):
        return {under.keys[0]: cell}
    cells: dict[str, Cell] = {}
    add_cell(cells, under, cell, faults)
    changed = {
        key: part for key, part in cells.items() if key not in into or _text(into[key].value) != _text(part.value)
    }
    return changed or dict(list(cells.items())[:1])


def conflicts(patches: Iterable[tuple[str, frozenset[str], list[Change]]]) -> list[Diagnostic]:
    """AS117: two patches, neither of which extends the other, set one leaf to different values.

    Each patch comes with its name, the names of all that it extends, and what it changed.
    """
    found: list[Diagnostic] = []
    seen: dict[tuple[str, ...], tuple[str, frozenset[str], Cell]] = {}
    for name, parents, changes in patches:
        for change in changes:
            first = seen.get(change.address)
            if first and first[0] not in parents and _text(first[2].value) != _text(change.cell.value):
                what = ".".join(change.address[1:] if change.address[0] == "rows" else change.address)
                found.append(
                    Diagnostic(
                        "AS117",
                        f"`{first[0]}` and `{name}` set `{what}` to different values",
                        (Label(change.cell.path), Label(first[2].path)),
                        help="choose one of the two, or let one extend the other",
                    )
                )
            seen[change.address] = (name, parents, change.cell)
    return found
