"""A TOML file with places: bytes or text in; values, and the place of each value, out.

Values are tomli's. Places come from a scan of the text that runs when the first one is asked for.
"""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Literal

import tomli

from archspec import limits
from archspec.diagnostic import Diagnostic, Faults, Inside, Label, Path
from archspec.places import Place, Scan, scan
from archspec.source import Source, Span

MAX_BYTES = limits.LONGEST_TEXT  # of a file

# How `decode` stands for a byte that is not UTF-8.
_BAD_BYTE = re.compile("[\udc80-\udcff]")


def decode(data: bytes) -> str:
    """The text of a file. A byte order mark is dropped; a byte that is not UTF-8 stays visible to `parse` (PEP 383)."""
    return data.decode("utf-8-sig", errors="surrogateescape")


def read_source(path: str | FilePath, name: str | None = None) -> Source:
    """The file at `path`, called `name` in messages (or as the path was written). Raises OSError."""
    return Source(name or str(path), decode(read_bytes(FilePath(path))))


def read_bytes(path: FilePath | None) -> bytes:
    """All of a file, or of standard input. Raises OSError also for one that is too large, or has no end."""
    with path.open("rb") if path else nullcontext(sys.stdin.buffer) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MAX_BYTES >> 20} MiB")
    return data


@dataclass(frozen=True)
class Document:
    """A TOML file: its text, and the values it holds (not to be changed). Equal and hashed by its source."""

    source: Source
    values: Mapping[str, Any] = field(compare=False, repr=False)

    @cached_property
    def _scan(self) -> Scan:
        return scan(self.source.text)

    def span(self, path: Path, on: Literal["value", "key", "header"] = "value") -> Span:
        """Where a path stands in the text.

        `value` is a value's own text, and for a table with a header that header; `key` is the token that names it;
        `header` is the header of the section it stands in (empty above the first one).

        An `Inside` at the end is exact in a one-line string without escapes, and otherwise the whole string. Alone,
        `(Inside(start, end),)` is a range of the file's text. A path that is not in the file stands at its nearest
        ancestor: at the header, at the opening brace of an inline table, at the end of an array that is too short.
        """
        if len(path) == 1 and isinstance(path[0], Inside):
            return Span(*path[0])
        place = self._scan.root
        header = place.value
        for step in path:
            if _has_header(place):
                header = place.value
            if isinstance(step, Inside):
                return self._inside(place, step)
            child = place.children.get(step)
            if child is None:
                return header if on == "header" else _absent(place, step)
            place = child
        if on == "header":
            return place.value if _has_header(place) else header
        return place.key if on == "key" and place.key is not None else place.value

    def _inside(self, place: Place, part: Inside) -> Span:
        text = self.source.text[place.value.start : place.value.end]
        if place.kind != "scalar" or text[0] not in "\"'" or text.startswith(('"""', "'''")):
            return place.value
        if text[0] == '"' and "\\" in text:
            return place.value
        first, last = place.value.start + 1, place.value.end - 1
        return Span(min(first + part.start, last), min(first + part.end, last))

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """AS004 at the first use of TOML 1.1: tomli reads it, most other readers refuse the whole file."""
        if self._scan.newer is None:
            return ()
        span, what = self._scan.newer
        return (
            Diagnostic(
                "AS004",
                f"{what} needs TOML 1.1, which other readers refuse",
                (Label((Inside(*span),)),),
                help="write it as TOML 1.0",
                severity="warning",
            ),
        )


def value_at(values: Mapping[str, Any], path: Path) -> Any:
    """What a file has at a path, of a part of a string its text; None where it has nothing: TOML has no such value."""
    value: Any = values
    for step in path:
        match step:
            case Inside(start, end) if isinstance(value, str):
                value = value[start:end]
            case str() if isinstance(value, Mapping) and step in value:
                value = value[step]
            case int() if isinstance(value, list) and step < len(value):
                value = value[step]
            case _:
                return None
    return value


# A document; or only its source, where the text could not be parsed and labels are ranges of it
File = Document | Source


def source_of(file: File) -> Source:
    """The text of a file."""
    return file if isinstance(file, Source) else file.source


def span_of(label: Label, file: File) -> Span:
    """Where a label stands in the text of its file."""
    if isinstance(file, Document):
        return file.span(label.path, label.on)
    return Span(*label.path[0]) if label.path and isinstance(label.path[0], Inside) else Span(0, 0)


def _has_header(place: Place) -> bool:
    return place.kind == "section" and place.value != place.key  # else only longer headers or dotted keys name it


def _absent(place: Place, step: str | int) -> Span:
    start, end = place.value
    if place.kind == "inline":
        return Span(start, start + 1)
    if place.kind == "array":
        return Span(end - 1, end) if isinstance(step, int) else Span(start, start + 1)
    return place.value


def parse(source: Source) -> Document:
    """Read a TOML text.

    Raises Faults with one diagnostic, of AS001 toml-syntax, AS002 file-encoding, AS003 duplicate-key or AS006
    too-large: a second syntax error would mostly be an echo of the first. Its labels are ranges of the text, so a
    report needs only the source.
    """
    _check_encoding(source)
    if found := limits.excess_of_text(source.text):
        raise Faults([replace(found, labels=(Label((Inside(0, 0),)),))])
    try:
        values = tomli.loads(source.text)
    except tomli.TOMLDecodeError as error:
        from archspec.toml_errors import explain  # here: a file without faults does not pay for it

        raise Faults([explain(source, error)]) from None
    except RecursionError:
        raise Faults([limits.too_deep((Inside(0, 0),))]) from None
    except ValueError:  # int() refuses a number of thousands of digits
        digits = re.search(rf"[0-9_]{{{sys.get_int_max_str_digits()},}}", source.text)
        place = Inside(*digits.span()) if digits else Inside(0, 0)
        raise Faults([Diagnostic("AS001", "a number has too many digits", (Label((place,)),))]) from None
    document = Document(source, values)
    if found := limits.excess(values):
        span: tuple[int, int] = document.span(found.path, found.labels[0].on) if found.path else Span(0, 0)
        raise Faults([replace(found, labels=(Label((Inside(*span),)),))])
    return document


def _check_encoding(source: Source) -> None:
    match = _BAD_BYTE.search(source.text)
    if match is None:
        return
    utf16 = source.text.startswith(("\udcff\udcfe", "\udcfe\udcff"))
    byte = ord(match[0]) - 0xDC00
    raise Faults(
        [
            Diagnostic(
                "AS002",
                "the file is UTF-16, not UTF-8" if utf16 else f"byte 0x{byte:02X} is not UTF-8",
                (Label((Inside(*match.span()),)),),
                help="save the file as UTF-8",
            )
        ]
    )
