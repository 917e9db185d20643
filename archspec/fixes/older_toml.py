"""What only TOML 1.1 knows of inline tables, as TOML 1.0: on one line, without a comma at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import File, source_of, span_of
from archspec.fixes.text_edit import Fix, TextEdit
from archspec.places import every_place, scan

_COMMA_BEFORE = re.compile(r",\s*$")


def joined(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe: the values are the same. A table with a comment inside, or a text over several lines, stays."""
    if found.code != "AS004" or not found.labels:
        return
    text = source_of(file).text
    start = span_of(found.labels[0], file).start
    end = next((place.value.end for place in every_place(scan(text).root) if place.value.start == start), start)
    table = text[start:end]
    if text[start] == "}" and (comma := _COMMA_BEFORE.search(text, 0, start)):
        yield Fix("take the comma out", True, (TextEdit(comma.start(), start, " "),))
    elif table.startswith("{") and not re.search(r"#|\"\"\"|'''", table):
        line = re.sub(r",?\s*\n\s*}", " }", table)
        line = re.sub(r"[ \t\r]*\n\s*", " ", line)
        yield Fix("write it on one line", True, (TextEdit(start, end, line),))
