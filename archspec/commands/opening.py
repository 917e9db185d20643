"""What the verbs share: a SPEC argument opened and chosen of, its faults printed, and what the terminal can show."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from archspec import bundled
from archspec.diagnostic import Diagnostic, Faults
from archspec.document import Document, decode, parse, read_bytes, read_source
from archspec.source import Source
from archspec.spec import Spec

if TYPE_CHECKING:
    from archspec import api

S = TypeVar("S", bound=Spec)

MOST_ENTRIES = 200_000  # of a folder and all below: some seconds of looking
MOST_FOLDERS = 64  # in each other


class UsageError(Exception):
    """What was asked for cannot be done: exit 2, with a message that says what to do."""


# --- opening specs ---------------------------------------------------------------------------------------------------


class Named(NamedTuple):
    """A file, and what messages call it. Without a path it is standard input."""

    name: str
    path: Path | None

    @property
    def identity(self) -> tuple[int, int] | str:
        """What is the same for two names, or links, of one file."""
        try:
            found = self.path.stat() if self.path else None
        except OSError:  # which is said where it is read
            found = None
        return (found.st_dev, found.st_ino) if found and found.st_ino else self.name


def read_once(names: Iterable[str]) -> None:
    """Raises `UsageError` where standard input is named twice: the second reader would find nothing left."""
    if sum(name == "-" for name in names) > 1:
        raise UsageError("`-` is given twice: standard input can be read once")


def files(name: str) -> Iterator[Named]:
    """The files that a SPEC argument stands for. Raises `UsageError` where there is none."""
    if not name:
        raise UsageError("a SPEC is empty: write a path, a folder, `-`, or the name of a bundled spec")
    path = Path(name)
    try:
        if name == "-":
            yield Named("<stdin>", None)
        elif path.is_dir():
            found = None
            for found in files_in(path):
                yield Named(str(found), found)
            if found is None:
                raise UsageError(f"{name}: no .toml file in this folder")
        elif path.exists() or path.suffix or len(path.parts) != 1:
            yield Named(str(path), path)
        else:
            yield Named(f"{name}.toml", bundled.path_of(name))
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None


def files_in(folder: Path) -> Iterator[Path]:
    """The .toml files in and below a folder, by name. Of the folders on the way only names are held, not all files.

    Names that begin with a dot are left out: what tools keep for themselves, and what a killed write has left. A folder
    that may not be read is yielded as if it were a file, so that whoever reads it learns why. Raises `UsageError` where
    there are more entries, or folders in folders, than anybody keeps specs in.
    """
    rest, entered, deepest = [(folder, "", True)], 0, len(folder.parts) + MOST_FOLDERS
    while rest:
        parent, name, is_folder = rest.pop()
        path = parent / name
        if len(path.parts) > deepest:
            raise UsageError(f"{path}: folders in folders, more than {MOST_FOLDERS} deep; name smaller ones")
        if not is_folder:
            yield path
            continue
        try:
            with os.scandir(path) as entries:
                found = [(path, entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError:
            yield path
            continue
        entered += len(found)
        if entered > MOST_ENTRIES:
            raise UsageError(f"{folder}: more than {MOST_ENTRIES:,} files and folders in it; name smaller folders")
        seen = (item for item in found if not item[1].startswith("."))
        toml = (item for item in seen if item[2] or os.path.normcase(item[1]).endswith(".toml"))
        rest += sorted(toml, key=itemgetter(1), reverse=True)


def opened(file: Named) -> Source:
    """The text of a file. Raises `UsageError`."""
    try:
        if file.path is None:
            return Source(file.name, decode(read_bytes(None)))
        return read_source(file.path, file.name)
    except OSError as error:
        raise UsageError(f"{file.name}: {error.strerror or error}") from None


def sources(name: str) -> Iterator[Source]:
    """The texts that a SPEC argument stands for. Raises `UsageError`."""
    return map(opened, files(name))


def target(arguments: argparse.Namespace) -> Path:
    """The file that `-o` names. Raises `UsageError` where that is a file that the verb reads."""
    path = Path(arguments.output)
    with suppress(OSError):  # what is wrong with the path is said where it is written
        read = [file.path.stat() if file.path else os.fstat(0) for file in files(arguments.spec)]
        if path.is_file() and any(os.path.samestat(path.stat(), one) for one in read):
            raise UsageError(f"{path}: -o names the spec itself, which stays as it is; name another file")
    return path


# The options that choose of a spec, where nobody gave them.
NOTHING_CHOSEN: dict[str, object] = {"as_printed": False, "reading": [], "variant": [], "input": None, "param": []}


def chosen(spec: S, arguments: argparse.Namespace) -> S:
    """The spec as the options choose it. Raises `UsageError` for what it does not have."""
    try:
        if arguments.variant:
            spec = spec.variant(*arguments.variant)
        if arguments.reading:
            spec = spec.reading(*arguments.reading)
        if arguments.input is not None:
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
    """The value of a parameter: a number where TOML has it so, 10, 1_000, 0x1F or 1e-3, else the word."""
    if re.fullmatch(r"[+-]?[0-9](_?[0-9]){0,17}", text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-fA-F](_?[0-9a-fA-F]){0,14}|0o[0-7](_?[0-7]){0,19}|0b[01](_?[01]){0,59}", text):
        return int(text, 0)
    is_float = re.fullmatch(r"[+-]?[0-9](_?[0-9]){0,17}(\.[0-9](_?[0-9]){0,17})?([eE][+-]?[0-9]{1,3})?", text)
    return float(text) if is_float else text


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
    """What a report of faults needs: the document, or where the text is no TOML its source."""
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
    """Whether it is known how the table is read; where it is not, that is said on standard error."""
    if spec.needs_reading:
        listed = ", ".join(spec.file.readings)
        print(
            printable(
                f"archspec: {spec.document.source.name} has readings and none is chosen; "
                f"name one with --reading: {listed}"
            ),
            file=sys.stderr,
        )
    return not spec.needs_reading


def printable(line: str) -> str:
    """A line to print that may hold words of a file, or its name: no control character of it reaches the terminal."""
    if line.isprintable():
        return line
    from archspec.source import clean  # here: most lines hold none

    return clean(line)


def print_full(diagnostics: tuple[Diagnostic, ...], file: Document | Source) -> None:
    """Print the report to read, as wide and colourful as the terminal."""
    from archspec.explanations import address  # here: a clean run does not pay for it
    from archspec.report import render_full

    print(render_full(diagnostics, file, width=width(), color=color(), link=address if links() else None))


def color() -> bool:
    """Whether standard output is a terminal that shows colours, and nobody asked for none."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def links() -> bool:
    """Whether standard output is a terminal known to show links: others may print the address as text."""
    known = ("VTE_VERSION", "KONSOLE_VERSION", "WT_SESSION", "KITTY_WINDOW_ID", "DOMTERM")
    programs = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "zed")
    kinds = ("foot", "alacritty", "xterm-kitty", "xterm-ghostty")
    here = os.environ.get("TERM_PROGRAM") in programs or os.environ.get("TERM", "").startswith(kinds)
    return color() and (here or any(os.environ.get(name) for name in known))


def width() -> int | None:
    """The columns of the terminal, or those that COLUMNS asks for; None where nothing limits a line."""
    if re.fullmatch(r"[1-9][0-9]{0,4}", asked := os.environ.get("COLUMNS", "")):
        return int(asked)
    return os.get_terminal_size(sys.stdout.fileno()).columns or None if sys.stdout.isatty() else None


def status(text: str) -> None:
    """A word on long work, for a person who waits."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
