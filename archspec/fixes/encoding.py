"""Bytes that are not UTF-8: most often those of an old Windows editor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import File, source_of
from archspec.fixes.text_edit import Fix, TextEdit

_BYTES = re.compile("[\udc80-\udcff]")  # how a text holds them (PEP 383)


def decoded(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Unsafe: the same byte is another character in another encoding. All of the file's, as Windows-1252."""
    text = source_of(file).text
    if found.code != "AS002" or "\x00" in text:  # UTF-16 has one in every other byte
        return
    matches = list(_BYTES.finditer(text))
    try:
        words = [bytes([ord(match[0]) - 0xDC00]).decode("cp1252") for match in matches]
    except UnicodeDecodeError:
        return
    edits = tuple(TextEdit(*match.span(), word) for match, word in zip(matches, words, strict=True))
    yield Fix("read the bytes as Windows-1252", False, edits)
