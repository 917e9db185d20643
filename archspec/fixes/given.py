"""A text that is not TOML where one spelling of it is: quotes, digits, commas, blanks of a word processor."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import File, source_of
from archspec.fixes.text_edit import Fix, TextEdit, applied
from archspec.fixes.tokens import aligned


def given(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe. The edits come with the diagnostic: whoever reads the broken text knows them."""
    edits = tuple(TextEdit(*edit) for edit in found.facts.get("edits", ()))
    if not edits:
        return
    text = source_of(file).text
    start, end = edits[0].start, edits[-1].end
    new = applied(text[:end], edits)[start:]
    title = f"write `{new}`" if new.strip() else "write a space" if new else f"take out `{text[start:end]}`"
    in_place = len(edits) == 1 and start < end and new.strip()
    yield Fix(title, True, (aligned(text, edits[0], start, end),) if in_place else edits)
