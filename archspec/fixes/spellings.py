"""A misspelt key, word, row or reference: the nearest that there is."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import Document, File
from archspec.fixes.text_edit import Fix
from archspec.fixes.tokens import label_edit


def respelt(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe where it is the only word that there is one slip of the keyboard away."""
    word = found.facts.get("nearest")
    if isinstance(word, str) and isinstance(file, Document) and found.labels:
        edit = label_edit(file, found.labels[0], word)
        if edit is not None:
            yield Fix(f"write `{word}`", found.facts.get("near_miss") is True, (edit,))
