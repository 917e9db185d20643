"""Files that a verb changes: a file's text in; the changed text in its place, or the difference, out."""

from __future__ import annotations

import codecs
import difflib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from archspec import whole_file
from archspec.commands.opening import UsageError, printable
from archspec.document import decode, read_bytes
from archspec.source import Source, clean


@dataclass(frozen=True)
class Original:
    """A file as it was read. Without a path it is standard input, whose changed text goes to standard output."""

    path: Path | None
    source: Source
    mark: bytes  # the byte order mark, or nothing
    state: tuple[int, ...]  # of the file when it was read


def original(path: Path | None, name: str) -> Original:
    """Read a file. Raises `OSError`."""
    state = _state(path)
    data = read_bytes(path)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return Original(path, Source(name, decode(data)), mark, state)


def _state(path: Path | None) -> tuple[int, ...]:
    """What tells that a file was written meanwhile."""
    if path is None:
        return ()
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def write(one: Original, text: str, out: TextIO) -> None:
    """Put a text in place of the original, whole or not at all; its byte order mark and bytes that are no UTF-8 stay.
    `out` takes that of standard input. Raises `UsageError`, also for a file that is read-only or that somebody wrote
    since it was read."""
    path, data = one.path, one.mark + text.encode("utf-8", errors="surrogateescape")
    if path is None:
        out.flush()
        out.buffer.write(data)  # bytes: line ends stay what they are
        return

    def unchanged() -> None:
        if _state(path) != one.state and read_bytes(path) != data:
            raise UsageError(f"{one.source.name}: it was changed since it was read, and stays so; run this again")

    try:
        if not path.is_file():
            raise UsageError(f"{one.source.name}: no file that can be changed in place; `-` reads standard input")
        whole_file.write(path, data, ready=unchanged)
    except OSError as error:
        raise UsageError(f"{one.source.name}: {error.strerror or error}") from None


def unified(source: Source, text: str, what: str) -> str:
    """What changes, as `diff -u` prints it; `what` is said of the changed text."""
    name = printable(source.name)
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", one) for one in (source.text, text))
    lines = difflib.unified_diff(before, after, name, f"{name} ({what})")
    said = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    if not sys.stdout.isatty():  # exact, for `patch`
        return said
    return "".join(clean(line.rstrip("\r").replace("\t", "    ")) + "\n" for line in said.split("\n")[:-1])
