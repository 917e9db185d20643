"""What every spec must say and only one thing can be said of: `format = 1`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import Document, File
from archspec.fixes.text_edit import Fix, TextEdit

_COMMENTS_ABOVE = re.compile(r"(?:[ \t]*#[^\n]*\n)*")


def added(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe: a spec without it was written for the first format. Below the comments that a file begins with."""
    if found.code != "AS102" or found.facts.get("lacks") != "format" or not isinstance(file, Document):
        return
    text = file.source.text
    above = _COMMENTS_ABOVE.match(text)
    at = above.end() if above else 0
    line_end = "\r\n" if "\r\n" in text else "\n"
    yield Fix("add `format = 1`", True, (TextEdit(at, at, f"format = 1{line_end}"),))
