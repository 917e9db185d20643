"""`archspec fmt`: files in; the same files in canonical layout, or what would change, out."""

from __future__ import annotations

import argparse
import codecs
import difflib
import re
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from archspec import whole_file
from archspec.commands.opening import UsageError, print_full
from archspec.diagnostic import Faults
from archspec.document import decode
from archspec.formatting import formatted
from archspec.source import Source


@dataclass(frozen=True)
class _Input:
    path: Path | None  # None for standard input
    source: Source
    mark: bytes  # the byte order mark, or nothing


def fmt(arguments: argparse.Namespace) -> int:
    """Format files in place, standard input to standard output; `--check` and `--diff` only say what would change."""
    writes = not (arguments.check or arguments.diff)
    to_stdout = writes and "-" in arguments.files  # what is not the text goes elsewhere
    inputs = [one for name in arguments.files for one in _inputs(name)]
    refused = changed = 0
    for one in inputs:
        try:
            text = formatted(one.source)
        except Faults as faults:
            with redirect_stdout(sys.stderr if to_stdout else sys.stdout):
                print_full(faults.diagnostics, one.source)
            refused += 1
            continue
        changes = text != one.source.text
        changed += changes
        if writes and one.path is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(_data(one, text))  # bytes: line ends stay what they are
        elif changes and writes:
            _write(one, text)
            print(f"{one.source.name}: formatted", file=sys.stderr if to_stdout else sys.stdout)
        elif changes:
            print(_diff(one.source, text) if arguments.diff else f"{one.source.name}: would be formatted\n", end="")
    if not (changed or refused or to_stdout or arguments.diff):
        print(f"{len(inputs)} {'file is' if len(inputs) == 1 else 'files are'} formatted already")
    return 1 if refused or (arguments.check and changed) else 0


def _inputs(name: str) -> list[_Input]:
    """The files that an argument stands for; bundled specs are named by their path. Raises `UsageError`."""
    path = Path(name)
    try:
        if name == "-":
            return [_input(None, "<stdin>", sys.stdin.buffer.read())]
        if not path.is_dir():
            return [_input(path, name, path.read_bytes())]
        files = sorted(path.rglob("*.toml"))
        if not files:
            raise UsageError(f"{name}: no .toml file in this folder")
        return [_input(file, str(file), file.read_bytes()) for file in files]
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None


def _input(path: Path | None, name: str, data: bytes) -> _Input:
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return _Input(path, Source(name, decode(data)), mark)


def _data(one: _Input, text: str) -> bytes:
    return one.mark + text.encode("utf-8")


def _write(one: _Input, text: str) -> None:
    assert one.path is not None
    try:
        path = one.path.resolve()  # a link stays a link
        mode = path.stat().st_mode
        whole_file.write(path, _data(one, text))
        path.chmod(mode)
    except OSError as error:
        raise UsageError(f"{one.source.name}: {error.strerror or error}") from None


def _diff(source: Source, text: str) -> str:
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", one) for one in (source.text, text))
    lines = difflib.unified_diff(before, after, source.name, f"{source.name} (formatted)")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
