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
    """The same, and for references inside a cell, `1x$n`, the cell with their values, `1x3`. Raises `Fault` as `lookup`
    does."""
    if reference(cell.value) is not None or not references(cell.value):
        return resolved(cell, lookup)

    def value(found: re.Match[str]) -> str:
        return show(lookup(key_of(found[0].strip("${}")), cell).value)

    return replace(cell, value=re.sub(REFERENCE, value, cell.value))
