"""`archspec import` and `new`: a pasted table, or nothing, in; a spec to go on with out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from archspec import importing, whole_file
from archspec.commands.opening import UsageError, printable
from archspec.document import decode, read_bytes
from archspec.importing.printed import Kind


def import_(arguments: argparse.Namespace) -> int:
    """Turn a paper's table into a spec, on standard output or in a file."""
    source = arguments.file
    try:
        data = read_bytes(None if source == "-" else Path(source))
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror or error}") from None
    suffix = Path(source).suffix.lower().lstrip(".")
    kind: Kind | None = arguments.kind or next((kind for kind in get_args(Kind) if kind == suffix), None)
    name = arguments.name or (Path(source).stem if source != "-" else "network")
    try:
        text = importing.import_table(decode(data), kind=kind, name=name)
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from None
    return _put(text, arguments.output)


def new(arguments: argparse.Namespace) -> int:
    """Write a starter spec, to standard output or to a file."""
    name = Path(arguments.output).stem if arguments.output else "network"
    return _put(importing.starter(name), arguments.output)


def _put(text: str, target: str | None) -> int:
    if target is None:
        print(text, end="")
        return 0
    path = Path(target)

    def free() -> None:
        if path.is_file() or path.is_dir():  # into a FIFO or a device it can go
            raise UsageError(f"{target} is there already; name another file, or remove it")

    free()
    try:
        whole_file.write(path, text.encode("utf-8"), ready=free)
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror or error}") from None
    print(printable(f"wrote {target}; now: archspec validate {target}"))
    return 0
