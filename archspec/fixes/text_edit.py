"""Edits of a text: a fix is a title and edits; applied to the text, they give another text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TextEdit:
    """Code points `start` to `end` of a source's text give way to `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Fix:
    """Edits that belong together and do not overlap. `safe`: what the writer meant is beyond doubt."""

    title: str
    safe: bool
    edits: tuple[TextEdit, ...]


def applied(text: str, edits: Iterable[TextEdit]) -> str:
    """The text with every edit in it. Edits are places of the text as it was; they must not overlap."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*pieces, text[at:]])
