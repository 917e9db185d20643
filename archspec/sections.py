"""The cells of a file itself: its sections in; `Sections`, over which patches are laid, out, and what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archspec.captions import NEEDED, columns_of
from archspec.diagnostic import Diagnostic, Label, Path, nearest, spelling
from archspec.file import File
from archspec.layer import Column, add_cell, cells_of
from archspec.names import identifier
from archspec.notation import DASHES, Cell, show
from archspec.patches import RESERVED, Sections, apply
from archspec.vocabulary import BLOCK_PARTS

MAIN = "main"  # the network's own output, beside those of the heads


def sections(file: File, faults: list[Diagnostic]) -> Sections:
    """The file's own cells, unpatched. Adds AS101, AS103, AS108 (a row without a name), AS109 to AS112 and AS119 to
    `faults`."""
    found = Sections(Cell(file.input, ("input",), "input", ""))
    patch: dict[str, Any] = {
        "params": file.params,
        "types": file.types,
        "defaults": file.defaults,
        "modules": file.modules,
    }
    apply(found, patch, (), faults)
    if file.table:
        found.columns = columns_of(file.table.columns, faults)
        named = any("name" in under.keys for under in found.columns)
        if not named and file.table.rows:
            faults.append(_no_names())
        dashes: list[Cell] = []
        for index, values in enumerate(file.table.rows):
            path: Path = ("table", "rows", index)
            cells = _table_row(values, found.columns, path, faults, dashes)
            _add_row(found, cells, path, faults if named else [])
        if dashes:
            faults.append(_no_values(dashes))
    elif file.network:
        for index, raw in enumerate(file.network.layers):
            path = ("network", "layers", index)
            own = {key: value for key, value in raw.items() if key != "allow"}  # no cell: allowing.py reads it
            _add_row(found, cells_of(own, path, str(raw.get("name", f"layer {index + 1}")), faults), path, faults)
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


def _no_names() -> Diagnostic:
    """AS108 for a table in which no row can have a name."""
    return Diagnostic(
        "AS108",
        "no column is `name`",
        (Label(("table", "columns")),),
        help='every row has a name, such as "3a": call the column that holds them `name`, or add one',
    )


def _no_values(dashes: list[Cell]) -> Diagnostic:
    """AS104 once for all dashes of a table, which are read as blanks."""
    first, more = dashes[0], len(dashes) - 1
    found = first.fault("AS104", f"`{first.value}` is no value", 'a blank cell is `""`').diagnostic
    facts = {"wanted": "blank", "places": [cell.path for cell in dashes]}
    return replace(found, facts=facts, notes=(f"and {more} more like it",) if more else ())


def _table_row(
    values: list[Any], columns: tuple[Column, ...], path: Path, faults: list[Diagnostic], dashes: list[Cell]
) -> dict[str, Cell]:
    """The cells of a row of a table. One with a dash is left out, as a blank is, and added to `dashes`."""
    captions = [under.keys[0] for under in columns]
    at = captions.index("name") if "name" in captions else -1
    name = str(values[at]) if 0 <= at < len(values) else f"row {int(str(path[-1])) + 1}"
    cells: dict[str, Cell] = {}
    of_cells: list[Diagnostic] = []
    for index, (under, value) in enumerate(zip(columns, values, strict=False)):
        cell = Cell(value, (*path, index), under.caption, name)
        if isinstance(value, str) and value.strip() in DASHES and under.keys[0] not in ("type", "name"):
            dashes.append(cell)
        else:
            add_cell(cells, under, cell, of_cells)
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
