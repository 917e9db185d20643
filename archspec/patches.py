"""Patches on the cells of a file: errata, then readings, then variants, each replacing cells by others.

`apply` lays one over `Sections`, which it changes. A replaced cell takes the place of the patch, so that what is wrong
with it is blamed where it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archspec.diagnostic import Diagnostic, Label, Path, did_you_mean, spelling
from archspec.layer import Column, add_cell, column
from archspec.limits import too_many
from archspec.notation import Cell, key_of, show

RESERVED = ("why", "extends", "reading", "input", "params", "defaults", "types", "modules", "heads", "recipe")
_NOT_CELLS = ("why", "extends", "reading", "recipe")
_TABLES = ("params", "types", "defaults", "modules", "heads")

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


Leaf = Callable[[Any, Path], "tuple[Any, Path] | None"]


@dataclass(frozen=True)
class Change:
    """A leaf that a patch set: its address (`rows`, `4c`, `proj`), the new cell, and the one it replaced."""

    address: tuple[str, ...]
    cell: Cell
    before: Cell | None


def apply(found: Sections, patch: Mapping[str, Any], path: Path, faults: list[Diagnostic]) -> list[Change]:
    """Lay a reading or variant over the sections, or with no path what the file itself declares. Adds AS101, AS103,
    AS110, AS111 and, for an unknown row, AS114 to `faults`."""
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
    laying = _Laying(found, faults, leaf)
    before = len(faults)
    for key, value in patch.items():
        place = (*path, key)
        if key in _NOT_CELLS:
            continue
        if too_many(faults, place, before):
            break
        if key in _TABLES and not isinstance(value, Mapping):
            faults.append(Diagnostic("AS103", f"`{key}` is not a table", (Label(place),)))
            continue
        match key:
            case "input":
                laying.input(value, place)
            case "params":
                laying.params(value, place, declares=not path)
            case "types":
                laying.types(value, place)
            case "defaults":
                for own, name, item in _by_key(value, place, faults):
                    into = found.defaults.setdefault(own, {})
                    laying.cells(into, item, (*place, name), f"defaults.{name}", ("defaults", own))
            case "modules":
                laying.modules(value, place)
            case "heads":
                for name, item in value.items():
                    found.paths.setdefault(name, (*place, name))
                    laying.cells(found.heads.setdefault(name, {}), item, (*place, name), name, ("heads", name))
            case _ if key in found.rows:
                laying.cells(found.rows[key], value, place, key, ("rows", key))
            case _:
                faults.append(_no_row(key, value, place, found.rows))
    return laying.changes


@dataclass
class _Laying:
    """A patch that is being laid over `found`, with what it has changed and what is wrong with it so far."""

    found: Sections
    faults: list[Diagnostic]
    leaf: Leaf
    changes: list[Change] = field(default_factory=list)

    def input(self, value: Any, place: Path) -> None:
        holder = {"input": self.found.input}
        self.cell(holder, "input", Cell(value, place, "input", ""), ("input",))
        self.found.input = holder["input"]

    def params(self, table: Mapping[str, Any], path: Path, *, declares: bool) -> None:
        """The values of parameters; only the file itself `declares` new ones."""
        params, before = self.found.params, len(self.faults)
        for own, name, item in _by_key(table, path, self.faults):
            if too_many(self.faults, (*path, name), before):
                break
            if declares or own in params:
                self.cell(params, own, Cell(item, (*path, name), name, ""), ("params", own))
            else:
                self.faults.append(_unknown_parameter(name, (*path, name), params))

    def types(self, table: Mapping[str, Any], path: Path) -> None:
        for name, item in table.items():
            place, address = (*path, name), ("types", name)
            if isinstance(item, Mapping):
                known = self.found.types.get(name)
                cells = dict(known) if isinstance(known, dict) else {}
                self.cells(cells, item, place, name, address)
                self.found.types[name] = cells
            else:
                one: dict[str, Cell] = {}
                self.cell(one, "type", Cell(item, place, "type", name), address)
                if one:
                    self.found.types[name] = one["type"]

    def modules(self, table: Mapping[str, Any], path: Path) -> None:
        for _, name, item in _by_key(table, path, self.faults):
            place = (*path, name)
            if isinstance(item, dict):
                self.found.modules[name] = (item, place)
            else:
                self.faults.append(Diagnostic("AS103", f"the module `{name}` is not a table", (Label(place),)))

    def cells(self, into: dict[str, Cell], raw: Any, path: Path, row: str, address: tuple[str, ...]) -> None:
        """Put the cells of a table in place of those that are there."""
        if not isinstance(raw, Mapping):
            message = f"`{'.'.join(map(str, path))}` is not a table of cells"
            self.faults.append(Diagnostic("AS103", message, (Label(path),)))
            return
        cells: dict[str, Cell] = {}
        for written, value in raw.items():
            if (taken := self.leaf(value, (*path, written))) is not None:
                cells |= _parts(Cell(*taken, written, row), into, self.faults)
        if "patch" in cells and "stride" not in cells:
            into.pop("stride", None)  # size and stride travel together: a new patch starts from stride 1
        for key, cell in cells.items():
            self._set(into, key, cell, (*address, key))
            if cell.blank:
                del into[key]  # as in a row, blank is no cell

    def cell(self, into: dict[str, Cell], key: str, written: Cell, address: tuple[str, ...]) -> None:
        if (taken := self.leaf(written.value, written.path)) is not None:
            self._set(into, key, replace(written, value=taken[0], path=taken[1]), address)

    def _set(self, into: dict[str, Cell], key: str, cell: Cell, address: tuple[str, ...]) -> None:
        before = into.get(key)
        into[key] = replace(cell, caption=before.caption) if before else cell
        self.changes.append(Change(address, into[key], before))


def _no_row(name: str, value: Any, path: Path, rows: Iterable[str]) -> Diagnostic:
    """AS114, with the cells that the patch has for the row: they may tell which one is meant."""
    cells = value if isinstance(value, Mapping) else {}
    return Diagnostic(
        "AS114",
        f"the patch speaks of `{name}`, there is no such row",
        (Label(path, on="key"),),
        help=did_you_mean(name, [*rows, *RESERVED]),
        facts={"missing": name, "cells": cells, **spelling(name, rows)},
    )


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
