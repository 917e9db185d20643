"""One token of a TOML file with another text: a place in; the edit that keeps its neighbours where they stand, out."""

from __future__ import annotations

import re
from typing import Any

from archspec.diagnostic import Inside, Label, Path
from archspec.document import Document, value_at
from archspec.edit import key_text, literal
from archspec.fixes.text_edit import TextEdit

_CANNOT_STAND_INSIDE = re.compile(r"[\"'\\\x00-\x1f\x7f]")
_NUMBER = re.compile(r"[+-]?[0-9]")
_AFTER = re.compile(r",( +)(?=[^\s#])")
_EQUALS = re.compile(r" +(?==)")


def key_edit(document: Document, path: Path, key: str) -> TextEdit | None:
    """Another key at a path; None where no token names it."""
    if not path or not isinstance(path[-1], str) or value_at(document.values, path) is None:
        return None
    start, end = document.span(path, "key")
    text = document.source.text
    edit = TextEdit(start, end, key_text(key))
    blanks = _EQUALS.match(text, end)
    if blanks is None or not _neighbours_have(text, end, blanks.end(), "="):
        return edit
    return _filled(text, edit, blanks.end())


def value_edit(document: Document, path: Path, value: Any) -> TextEdit | None:
    """Another value at a path; None where the file has none, or the part of a string cannot be told apart in it."""
    old = value_at(document.values, path)
    if not path or old is None:
        return None
    start, end = document.span(path)
    text = document.source.text
    if isinstance(path[-1], Inside):
        new = str(value)
        if text[start:end] != old or _CANNOT_STAND_INSIDE.search(new):
            return None
        edit = TextEdit(start, end, new)
        whole = document.span(path[:-1])
        return aligned(text, edit, whole.start, whole.end)
    return aligned(text, TextEdit(start, end, literal(value)), start, end)


def label_edit(document: Document, label: Label, word: str) -> TextEdit | None:
    """Another word where a label stands."""
    return (key_edit if label.on == "key" else value_edit)(document, label.path, word)


# --- alignment -------------------------------------------------------------------------------------------------------
# Where a neighbouring line has something in the column that the edit would move, the blanks around make up for it.


def aligned(text: str, edit: TextEdit, start: int, end: int) -> TextEdit:
    """An edit in the token from `start` to `end`, with blanks so that what stands after the token stays there."""
    if edit.start == start and _NUMBER.match(edit.new) and _neighbours_have(text, start, end, ",]"):
        before = len(text[:start]) - len(text[:start].rstrip(" "))
        growth = len(edit.new) - (edit.end - edit.start)
        if growth < 0:
            return TextEdit(edit.start, edit.end, " " * -growth + edit.new)
        return TextEdit(edit.start - min(growth, max(before - 1, 0)), edit.end, edit.new)
    after = _AFTER.match(text, end)
    if after is None or not _neighbours_begin(text, start, after.end()):
        return edit
    rest = TextEdit(edit.start, edit.end, edit.new + text[edit.end : end] + ",")
    return _filled(text, TextEdit(rest.start, end + 1, rest.new), after.end())


def _filled(text: str, edit: TextEdit, column: int) -> TextEdit:
    """The edit, extended up to `column` by as many blanks as keep what stands there in place; one at least."""
    room = column - edit.start
    return TextEdit(edit.start, column, edit.new + " " * max(room - len(edit.new), 1))


def _neighbours(text: str, at: int) -> tuple[str, str]:
    """The lines above and below the one of an offset."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    above = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : max(start - 1, 0)]
    below = text[end + 1 :].split("\n", 1)[0] if end >= 0 else ""
    return above, below


def _neighbours_have(text: str, line_of: int, at: int, chars: str) -> bool:
    """Whether a neighbouring line has one of `chars` in the column of `at`."""
    column = at - (text.rfind("\n", 0, line_of) + 1)
    return any(line[column : column + 1] in chars for line in _neighbours(text, line_of) if column < len(line))


def _neighbours_begin(text: str, line_of: int, at: int) -> bool:
    """Whether something begins on a neighbouring line in the column of `at`."""
    column = at - (text.rfind("\n", 0, line_of) + 1)
    return any(
        line[column] != " " and line[column - 1] == " " for line in _neighbours(text, line_of) if column < len(line)
    )
