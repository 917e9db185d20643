"""What changes nothing, taken out: an erratum that reads what is printed, a cell, key or column that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostic import Diagnostic, Path
from archspec.document import Document, File, value_at
from archspec.fixes.entries import entry_edit
from archspec.fixes.text_edit import Fix, TextEdit
from archspec.fixes.tokens import value_edit


def removed(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe where what is taken out has no part in any network; unsafe where it may stand in the wrong place."""
    if not isinstance(file, Document) or not found.labels:
        return
    path = found.labels[0].path
    match found.code:
        case "AS118" if "claim" not in found.facts and "read" in path:
            yield from _out(file, path[: path.index("read")], "take the erratum out", True)
        case "AS120":
            yield from _out(file, path, "take the line out", True)
        case "AS101" if not found.facts.keys() & {"nearest", "means", "term"} and found.labels[0].on == "key":
            yield from _out(file, path, f"take out `{path[-1]}`" if path else "", False)
        case "AS107":
            yield from _blanked(found, file)
        case "AS109" if "take_out" in found.facts:
            yield from _out(file, path, "take the cell out", value_at(file.values, path) == "")
        case "AS109" if "row_at" not in found.facts:
            yield from _without_blank_cells(file, path)


def _out(file: Document, path: Path, title: str, safe: bool) -> Iterator[Fix]:
    edit = entry_edit(file, path)
    if edit is not None:
        yield Fix(title, safe, (edit,))


def _blanked(found: Diagnostic, file: Document) -> Iterator[Fix]:
    """Cells of a table that their row's type does not read, blank; keys of a layer out."""
    labels = [label for label in found.labels if not label.text]
    edits = []
    for label in labels:
        in_table = label.path[:2] == ("table", "rows")
        edit = value_edit(file, label.path, "") if in_table else entry_edit(file, label.path)
        if edit is None:
            return
        edits.append(edit)
    word = "cell" if len(edits) == 1 else "cells"
    yield Fix(f"blank the {word}" if labels[0].path[:1] == ("table",) else "take it out", False, tuple(edits))


def _without_blank_cells(file: Document, path: Path) -> Iterator[Fix]:
    """A row that is too long only by blank cells at its end."""
    row = value_at(file.values, path[:-1])
    if not isinstance(row, list) or not isinstance(path[-1], int) or any(row[path[-1] :]):
        return
    start, end = file.span((*path[:-1], path[-1] - 1)).end, file.span((*path[:-1], len(row) - 1)).end
    between = file.source.text[start:end]
    if path[-1] and "#" not in between and "\n" not in between:
        yield Fix("take the blank cells out", True, (TextEdit(start, end, ""),))
