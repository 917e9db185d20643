"""What is given twice and alike: the second one out."""

from __future__ import annotations

from collections.abc import Iterator

import tomli

from archspec.diagnostic import Diagnostic
from archspec.document import Document, File, source_of, span_of, value_at
from archspec.fixes.entries import cut, entry_edit
from archspec.fixes.text_edit import Fix, TextEdit
from archspec.places import every_place, scan
from archspec.source import Span


def given_twice(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe for a key; unsafe for a row, which may have been copied to be changed."""
    if len(found.labels) < 2:
        return
    if found.code == "AS003":
        again, first = (span_of(label, file) for label in found.labels[:2])
        edit = _second_key(source_of(file).text, first, again)
        if edit is not None:
            yield Fix("take the second one out", True, (edit,))
    elif found.code in ("AS110", "AS112") and isinstance(file, Document) and found.labels[0].text == "again":
        paths = [label.path for label in found.labels[:2]]
        is_row = found.code == "AS110" and paths[0][:2] in (("table", "rows"), ("network", "layers"))
        if is_row:  # the labels stand at the names
            paths = [path[:3] for path in paths]
        values = [value_at(file.values, path) for path in paths]
        if values[0] is not None and values[0] == values[1] and paths[0][:-1] == paths[1][:-1]:
            edit = entry_edit(file, paths[0])
            if edit is not None:
                yield Fix("take the second one out", not is_row, (edit,))


def _second_key(text: str, first: Span, again: Span) -> TextEdit | None:
    """The entry of the second key out of a text that is no TOML because of it; None where the two values differ.

    With another key of the same length in its place the text can be read, and all stands where it stood.
    """
    for letter in "abcdefghijklmnopqrstuvwxyz":
        renamed = text[: again.start] + letter * (again.end - again.start) + text[again.end :]
        try:
            tomli.loads(renamed)
        except (tomli.TOMLDecodeError, ValueError, RecursionError):
            continue
        places = {place.key: place for place in every_place(scan(renamed).root)}
        if first not in places or again not in places or places[again].kind == "section":
            return None
        one, other = (renamed[slice(*places[span].value)] for span in (first, again))
        return cut(text, Span(again.start, places[again].value.end)) if one == other else None
    return None
