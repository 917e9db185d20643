"""Files that a verb changes: a file's text in; the changed text in its place, or the difference, out."""

from __future__ import annotations

import codecs
import difflib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from archspec import whole_file
from archspec.commands.opening import UsageError, printable
from archspec.document import decode, read_bytes
from archspec.source import Source

WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Original:
    """A file as it was read. Without a path it is standard input, whose changed text goes to standard output."""

    path: Path | None
    source: Source
    mark: bytes  # the byte order mark, or nothing


def original(path: Path | None, name: str) -> Original:
    """Read a file. Raises `OSError`."""
    data = read_bytes(path)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return Original(path, Source(name, decode(data)), mark)


def write(one: Original, text: str, out: TextIO) -> None:
    """Put a text in place of the original, whole or not at all; its mode, its byte order mark and bytes that are no
    UTF-8 stay. `out` takes that of standard input. Raises `UsageError`, also for a file that nobody may write: it could
    be replaced all the same, and its owner asked for the opposite."""
    data = one.mark + text.encode("utf-8", errors="surrogateescape")
    if one.path is None:
        out.flush()
        out.buffer.write(data)  # bytes: line ends stay what they are
        return
    try:
        path = one.path.resolve()  # a link stays a link
        mode = path.stat().st_mode
        if not (mode & WRITABLE and os.access(path, os.W_OK)):
            raise UsageError(f"{one.source.name}: the file is read-only")
        whole_file.write(path, data)
        path.chmod(mode)
    except OSError as error:
        raise UsageError(f"{one.source.name}: {error.strerror or error}") from None


def unified(source: Source, text: str, what: str) -> str:
    """What changes, as `diff -u` prints it; `what` is said of the changed text."""
    name = printable(source.name)
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", one) for one in (source.text, text))
    lines = difflib.unified_diff(before, after, name, f"{name} ({what})")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
