"""A blank cell that somebody forgot, put in before the cells that stand under other captions without it."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import Document, File
from archspec.fixes.text_edit import Fix, TextEdit


def put_in(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe where the row reads nothing under that caption; else unsafe: the paper may print something there."""
    if "put_in" not in found.facts or found.code != "AS109" or not isinstance(file, Document):
        return
    start = file.span(found.path).start
    yield Fix("put a blank in", found.facts["blank"], (TextEdit(start, start, '"", '),))
