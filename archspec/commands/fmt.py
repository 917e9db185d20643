"""`archspec fmt`: files in; the same files in canonical layout, or what would change, out."""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path

from archspec.commands.in_place import Original, original, unified, write
from archspec.commands.opening import Named, UsageError, files_in, print_full, printable, read_once
from archspec.diagnostic import Faults
from archspec.formatting import formatted


def fmt(arguments: argparse.Namespace) -> int:
    """Format files in place, standard input to standard output; `--check` and `--diff` only say what would change."""
    read_once(arguments.files)
    writes = not (arguments.check or arguments.diff)
    to_stdout = writes and "-" in arguments.files  # what is not the text goes elsewhere
    named = (one for name in arguments.files for one in _inputs(name))
    inputs = list({Named(one.source.name, one.path).identity: one for one in named}.values())
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
            write(one, text, sys.stdout)
        elif changes and writes:
            write(one, text, sys.stdout)
            print(printable(f"{one.source.name}: formatted"), file=sys.stderr if to_stdout else sys.stdout)
        elif changes and arguments.diff:
            print(unified(one.source, text, "formatted"), end="")
        elif changes:
            print(printable(f"{one.source.name}: would be formatted"))
    if not (changed or refused or to_stdout or arguments.diff):
        print(f"{len(inputs)} {'file is' if len(inputs) == 1 else 'files are'} formatted already")
    return 1 if refused or (arguments.check and changed) else 0


def _inputs(name: str) -> list[Original]:
    """The files that an argument stands for; bundled specs are named by their path. Raises `UsageError`."""
    if not name:
        raise UsageError("a FILE is empty: write a path, a folder, or `-`")
    path, at = Path(name), name
    try:
        if name == "-":
            return [original(None, "<stdin>")]
        if not path.is_dir():
            return [original(path, name)]
        files = list(files_in(path))
        if not files:
            raise UsageError(f"{name}: no .toml file in this folder")
        return [original(file, at := str(file)) for file in files]
    except OSError as error:
        raise UsageError(f"{at}: {error.strerror or error}") from None
