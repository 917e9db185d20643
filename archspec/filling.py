"""References filled in: a cell, and how its references are read, in; the cell with what they name out."""

from __future__ import annotations

import re
from dataclasses import replace

from archspec.notation import REFERENCE, Cell, Lookup, key_of, reference, references, show


def resolved(cell: Cell, lookup: Lookup) -> Cell:
    """The cell that a whole-cell reference names, marked with the name it came through; any other cell is itself."""
    key = reference(cell.value)
    if key is None:
        return cell
    named = lookup(key, cell)
    return Cell(named.value, named.path, named.caption, named.row or cell.row, key)


def filled(cell: Cell, lookup: Lookup) -> Cell:
    """The same, and for references inside a cell, `1x$n`, the cell with their values, `1x3`. A cell of the library has
    no place of its own: it stands where the first of them does. Raises `Fault` as `lookup` does."""
    if reference(cell.value) is not None or not references(cell.value):
        return resolved(cell, lookup)
    placed = [cell]

    def value(found: re.Match[str]) -> str:
        named = lookup(key_of(found[0].strip("${}")), cell)
        placed.append(named)
        return show(named.value)

    text = re.sub(REFERENCE, value, cell.value)
    at = next((one for one in placed if one.path), cell)
    return replace(cell, value=text, path=at.path, row=at.row or cell.row)
