"""Where a cursor stands in a text that may be unfinished: text and offset in; what could be typed there out.

Only what is before the cursor is read, by the scanner of places.py. A NUL stands for the word that is about to be
typed: no text has one, and the scanner takes it into the token it is in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from archspec.diagnostic import Path
from archspec.limits import excess_of_text
from archspec.places import Place, Scan, scan
from archspec.source import Span

_MARK = "\0"
_KEY_PART = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|"([^"\\\n]*)"|'([^'\n]*)')[ \t]*(\.?)""")
_REST_OF_WORD = re.compile(r"[A-Za-z0-9_-]*")
_BLANK_LINE = re.compile(r"[ \t]*")


@dataclass(frozen=True)
class Cursor:
    """`path` is what is being typed: of a value the path it will have, of a key or header the table that it names
    something in. `span` is the word there is, quotes included, and `given` the table or array around it."""

    kind: Literal["key", "value", "header"]
    path: Path
    span: Span
    given: Place


def cursor(text: str, offset: int) -> Cursor | None:
    """What could be typed at an offset; None in a comment, where a comma or line end must come first, and in a text
    that is too large to be read."""
    if excess_of_text(text):
        return None
    state = scan(text[:offset] + _MARK)
    whole = state.at == offset + 1
    if whole and (state.latest is None or state.latest.value.end != offset + 1):
        return None  # the mark was taken for a part of a comment
    container = state.open[-1][0] if state.open else state.section
    around = _path_of(state.root, container)
    if whole and state.latest:
        start = state.latest.value.start
        return _value(text, offset, start, (*around, *_name_of(state, container)), container)
    start = state.at
    statement = text[state.statement : start]
    if container.kind == "array":
        return _value(text, offset, start, (*around, len(container.children)), container)
    if container is state.section and text[state.statement : state.statement + 1] == "[":
        parts, begun = _parts(text[state.statement : offset].lstrip("["))
        return Cursor("header", parts, _word(text, offset, offset - len(begun)), state.root)
    if statement.rstrip().endswith("="):
        key = _parts(statement.rstrip()[:-1] + ".")[0]  # empty for a key with escapes in it
        return _value(text, offset, start, (*around, *key), container) if key else None
    if not _may_begin(text, state.statement, container):
        return None
    parts, begun = _parts(text[state.statement : offset])
    if begun[-1:] in (" ", "\t"):
        return None  # an equals sign comes next
    table = container
    for part in parts:
        table = table.children.get(part, Place(None, Span(offset, offset), "section"))
    return Cursor("key", (*around, *parts), _word(text, offset, offset - len(begun)), table)


def _value(text: str, offset: int, start: int, path: Path, container: Place) -> Cursor | None:
    before = text[:start].rstrip(" \t\r\n")
    if container.kind == "array" and before[-1:] not in ("[", ",") and not _after_comment(text, start):
        return None
    return Cursor("value", path, _word(text, offset, start), container)


def _after_comment(text: str, start: int) -> bool:
    """Whether a value begins a line: then what stands before it may be a comment, and a comma is taken for granted."""
    return _BLANK_LINE.fullmatch(text[text.rfind("\n", 0, start) + 1 : start]) is not None


def _may_begin(text: str, at: int, container: Place) -> bool:
    """Whether a key may begin here: on a line of its own, or after the brace or a comma of an inline table."""
    if container.kind == "inline":
        return text[:at].rstrip()[-1:] in ("{", ",")
    return _after_comment(text, at)


def _parts(dotted: str) -> tuple[tuple[str, ...], str]:
    """The finished parts of a dotted key, and what there is of the last one."""
    parts, at = [], 0
    while (found := _KEY_PART.match(dotted, at)) and found[4]:
        parts.append(next(part for part in found.groups()[:3] if part is not None))
        at = found.end()
    return tuple(parts), dotted[at:].lstrip(" \t")


def _word(text: str, offset: int, start: int) -> Span:
    """The word that is being typed, up to its end behind the cursor; of a string up to its quote on this line."""
    quote = text[start : start + 1]
    if start < offset and quote and quote in "\"'":
        rest = re.compile(rf"[^{quote}\n,\]}}]*{quote}").match(text, offset)
        return Span(start, rest.end() if rest else offset)
    rest = _REST_OF_WORD.match(text, offset)
    return Span(start, rest.end() if rest else offset)


def _path_of(root: Place, wanted: Place) -> Path:
    """The path that leads to a place of the tree."""
    rest: list[tuple[Place, Path]] = [(root, ())]
    while rest:
        place, path = rest.pop()
        if place is wanted:
            return path
        rest += [(child, (*path, step)) for step, child in place.children.items()]
    raise LookupError("the place is not in this tree")


def _name_of(state: Scan, container: Place) -> Path:
    """The path, from its container, of the latest value."""
    assert state.latest is not None
    return _path_of(container, state.latest)
