"""A key with its value, or an item of a list, taken out of a TOML text: a path in, one edit out."""

from __future__ import annotations

import re

from archspec.diagnostic import Inside, Path
from archspec.document import Document, value_at
from archspec.fixes.text_edit import TextEdit
from archspec.source import Span

# The keys in front of the last one of a dotted key
_OUTER = re.compile(r"""(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)+$""")
_ALONE = re.compile(r"[ \t]*,?[ \t]*(#[^\r\n]*)?(\r?\n|\Z)")
_COMMA_AFTER = re.compile(r"[ \t]*,[ \t]*")
_COMMA_BEFORE = re.compile(r"[ \t]*,[ \t]*$")


def entry_edit(document: Document, path: Path) -> TextEdit | None:
    """Take the entry at a path out, with its comma or its line; a comment beside it stays. None for a section, or where
    the file has no such value."""
    if not path or isinstance(path[-1], Inside) or value_at(document.values, path) is None:
        return None
    key, (start, end) = document.span(path, "key"), document.span(path)
    if isinstance(path[-1], str):
        if key.start >= start:  # a header, or keys that are dotted further on: no value of its own
            return None
        start = key.start
    return cut(document.source.text, Span(start, end))


def cut(text: str, entry: Span) -> TextEdit:
    """Take out an entry that stands from the last part of its key to the end of its value."""
    start, end = entry
    line = text.rfind("\n", 0, start) + 1
    outer = _OUTER.search(text[line:start])
    if outer:
        start = line + outer.start()
    alone = _ALONE.match(text, end)
    if alone and not text[line:start].strip():
        return TextEdit(start, alone.start(1), "") if alone[1] else TextEdit(line, alone.end(), "")
    if after := _COMMA_AFTER.match(text, end):
        return TextEdit(start, after.end(), "")
    before = _COMMA_BEFORE.search(text[line:start])
    return TextEdit(line + before.start() if before else start, end, "")
