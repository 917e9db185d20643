"""What the verbs share: a SPEC argument opened and chosen of, its faults printed, and what the terminal can show."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archspec import bundled
from archspec.diagnostic import Diagnostic, Faults
from archspec.document import Document, decode, parse, read_source
from archspec.source import Source
from archspec.spec import Spec

if TYPE_CHECKING:
    from archspec import api

S = TypeVar("S", bound=Spec)


class UsageError(Exception):
    """What was asked for cannot be done: exit 2, with a message that says what to do."""


# --- opening specs ---------------------------------------------------------------------------------------------------


def sources(name: str) -> Iterator[Source]:
    """The texts that a SPEC argument stands for. Raises `UsageError`."""
    if name == "-":
        yield Source("<stdin>", decode(sys.stdin.buffer.read()))
        return
    path = Path(name)
    try:
        if path.is_dir():
            files = sorted(path.rglob("*.toml"))
            if not files:
                raise UsageError(f"{name}: no .toml file in this folder")
            for file in files:
                yield read_source(file)
        elif path.exists() or path.suffix or len(path.parts) != 1:
            yield read_source(path)
        else:
            yield read_source(bundled.path_of(name), f"{name}.toml")
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None


def chosen(spec: S, arguments: argparse.Namespace) -> S:
    """The spec as the options choose it. Raises `UsageError` for what it does not have."""
    try:
        if arguments.variant:
            spec = spec.variant(*arguments.variant)
        if arguments.reading:
            spec = spec.reading(arguments.reading)
        if arguments.input:
            spec = spec.with_input(arguments.input)
        for text in arguments.param:
            key, equals, value = text.partition("=")
            if not equals:
                raise UsageError(f"--param {text}: write KEY=VALUE, for example classes=10")
            spec = spec.with_params(**{key: _number(value)})
    except ValueError as error:
        raise UsageError(str(error)) from None
    return spec.as_printed() if arguments.as_printed else spec


def _number(text: str) -> int | float | str:
    """The value of a parameter: a number where it is written as one, else the word."""
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]{1,18}\.[0-9]{1,18}", text) else text


def one(arguments: argparse.Namespace) -> api.Spec | None:
    """The one spec that a verb works on; None, with a report, where its file cannot be read as one."""
    from archspec.api import from_document  # here: validate does without it

    found = list(sources(arguments.spec))
    if len(found) > 1:
        raise UsageError(f"{arguments.spec}: a folder; {arguments.verb} takes one spec")
    try:
        return chosen(from_document(parse(found[0])), arguments)
    except Faults as faults:
        print_full(faults.diagnostics, text_or_document(found[0]))
        return None


def text_or_document(source: Source) -> Document | Source:
    try:
        return parse(source)
    except Faults:
        return source


def ready(spec: api.Spec) -> bool:
    """Whether a spec can be built; what stands in the way is reported where it cannot."""
    if not reading_chosen(spec):
        return False
    try:
        spec.graph()
    except Faults as faults:
        print_full(faults.diagnostics, spec.document)
        return False
    return True


def reading_chosen(spec: Spec) -> bool:
    if spec.needs_reading:
        listed = ", ".join(spec.file.readings)
        print(
            f"archspec: {spec.document.source.name} has several readings; name one with --reading: {listed}",
            file=sys.stderr,
        )
    return not spec.needs_reading


def print_full(diagnostics: tuple[Diagnostic, ...], file: Document | Source) -> None:
    from archspec.report import render_full  # here: a clean run does not pay for it

    print(render_full(diagnostics, file, width=width(), color=color()))


def color() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int | None:
    return os.get_terminal_size(sys.stdout.fileno()).columns or None if sys.stdout.isatty() else None


def status(text: str) -> None:
    """A word on long work, for a person who waits."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
