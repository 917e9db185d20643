"""The repairs that a search has found: other values in cells that would make the table agree with itself."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostic import Diagnostic, Repair
from archspec.document import Document, File
from archspec.fixes.text_edit import Fix, TextEdit
from archspec.fixes.tokens import value_edit


def repaired(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Unsafe: the arithmetic says that the cells disagree, not which of them is wrong. One fix a repair, best first."""
    if isinstance(file, Document):
        for repair in found.repairs:
            edits = _edits(repair, file)
            if edits:
                yield Fix(_title(repair), False, edits)


def as_likely(found: Diagnostic) -> int:
    """How many repairs change as few cells as the first."""
    if not found.repairs:
        return 0
    fewest = found.repairs[0].cells
    shown = sum(1 for repair in found.repairs if repair.cells == fewest)
    return shown + sum(count for cells, count in found.more_repairs if cells == fewest)


def _edits(repair: Repair, file: Document) -> tuple[TextEdit, ...]:
    """Nothing where a cell is not of this file, or one cell would be changed twice."""
    edits = [value_edit(file, path, value) for path, value in repair.values]
    if None in edits or len({path for path, _ in repair.values}) < len(repair.edits):
        return ()
    return tuple(edit for edit in edits if edit is not None)


def _title(repair: Repair) -> str:
    return "; ".join(f"{caption} {old} -> {new} in {row}" for row, caption, old, new in repair.edits)
