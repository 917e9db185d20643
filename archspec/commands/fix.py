"""`archspec validate --fix`: a file and what finds its faults, in; the mended file, and why some are left, out.

`--diff` prints the difference and writes nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from archspec.commands.in_place import Original, original, unified, write
from archspec.commands.opening import Named, UsageError
from archspec.diagnostic import Diagnostic
from archspec.fixing import Look, fixed
from archspec.source import Source

Reason = Callable[[Diagnostic], Diagnostic]  # the diagnostic, with why it was not fixed


def check_options(arguments: argparse.Namespace) -> None:
    """Raises `UsageError` for options that contradict each other."""
    if arguments.unsafe_fixes and not (arguments.fix or arguments.diff):
        raise UsageError("--unsafe-fixes says which fixes are made: add --fix or --diff")
    if arguments.diff and arguments.format not in ("full", "concise"):
        raise UsageError(f"--diff prints a difference, --format {arguments.format} a report: leave one out")


def original_of(file: Named, arguments: argparse.Namespace) -> Original:
    """Read a file that is to be mended. Raises `UsageError`."""
    if file.path is not None and file.name != str(file.path) and not arguments.diff:
        raise UsageError(f"{file.path.stem} is a bundled spec and stays as it is: copy {file.path} and mend the copy")
    try:
        return original(file.path, file.name)
    except OSError as error:
        raise UsageError(f"{file.name}: {error.strerror or error}") from None


def mended(one: Original, look: Look, arguments: argparse.Namespace, out: TextIO) -> tuple[Source, int, Reason]:
    """The text with its fixes, written where it belongs; how many they are; and why others were not made."""
    result = fixed(one.source, look, unsafe=arguments.unsafe_fixes)
    if arguments.diff:
        out.write(unified(one.source, result.text, "fixed"))
    elif one.path is None or result.text != one.source.text:
        write(one, result.text, out)

    def reason(found: Diagnostic) -> Diagnostic:
        why = result.left.get(found)
        return found.with_note(f"not fixed: {why}") if why else found

    return replace(one.source, text=result.text), result.count, reason
