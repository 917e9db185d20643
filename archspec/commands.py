"""What each verb of the command line does: parsed arguments in; text on standard output, files, and an exit code
out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import archspec
from archspec import bundled
from archspec.check import Report, check
from archspec.diagnostic import CODES, Diagnostic, Faults
from archspec.document import Document, decode, parse, read_source
from archspec.source import Source
from archspec.spec import Spec, read

if TYPE_CHECKING:
    from archspec import api


S = TypeVar("S", bound=Spec)


class UsageError(Exception):
    """What was asked for cannot be done: exit 2, with a message that says what to do."""


# --- opening specs ---------------------------------------------------------------------------------------------------


def _sources(name: str) -> Iterator[Source]:
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
            found = bundled.path_of(name)
            yield read_source(found, f"{name}.toml")
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None


def _chosen(spec: S, arguments: argparse.Namespace) -> S:
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
            spec = spec.with_params(**{key: int(value) if value.lstrip("-").isdigit() else value})
    except ValueError as error:
        raise UsageError(str(error)) from None
    return spec.as_printed() if arguments.as_printed else spec


def _one(arguments: argparse.Namespace) -> api.Spec | None:
    """The one spec that a verb works on; None, with a report, where its file cannot be read as one."""
    from archspec.api import from_document  # here: validate does without it

    sources = list(_sources(arguments.spec))
    if len(sources) > 1:
        raise UsageError(f"{arguments.spec}: a folder; {arguments.verb} takes one spec")
    try:
        return _chosen(from_document(parse(sources[0])), arguments)
    except Faults as faults:
        _print_full(faults.diagnostics, _document(sources[0]))
        return None


def _document(source: Source) -> Document | Source:
    try:
        return parse(source)
    except Faults:
        return source


def _ready(spec: api.Spec) -> bool:
    """Whether a spec can be built; what stands in the way is reported where it cannot."""
    if not _reading_chosen(spec):
        return False
    try:
        spec.graph()
    except Faults as faults:
        _print_full(faults.diagnostics, spec.document)
        return False
    return True


def _reading_chosen(spec: Spec) -> bool:
    if spec.needs_reading:
        listed = ", ".join(spec.file.readings)
        print(
            f"archspec: {spec.document.source.name} has several readings; name one with --reading: {listed}",
            file=sys.stderr,
        )
    return not spec.needs_reading


def _print_full(diagnostics: tuple[Diagnostic, ...], file: Document | Source) -> None:
    from archspec.report import render_full  # here: a clean run does not pay for it

    print(render_full(diagnostics, file, width=_width(), color=_color()))


def _color() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _width() -> int | None:
    return os.get_terminal_size(sys.stdout.fileno()).columns or None if sys.stdout.isatty() else None


def _status(text: str) -> None:
    """A word on long work, for a person who waits."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


# --- validate --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Result:
    file: Document | Source
    diagnostics: tuple[Diagnostic, ...]
    remark: str = ""


def validate(arguments: argparse.Namespace) -> int:
    """Check every spec named; the exit code is that of the worst."""
    results = [_validated(source, arguments) for name in arguments.specs for source in _sources(name)]
    if arguments.format == "json":
        from archspec.report import render_json

        print(render_json([(one.file, one.diagnostics) for one in results], version=archspec.__version__))
    else:
        for one in results:
            _print_result(one, arguments.format)
    counted = [found for one in results for found in one.diagnostics if found.severity == "error" or arguments.strict]
    return 1 if counted else 0


def _validated(source: Source, arguments: argparse.Namespace) -> _Result:
    try:
        document = parse(source)
    except Faults as faults:
        return _Result(source, faults.diagnostics)
    try:
        spec = _chosen(read(document), arguments)
    except Faults as faults:
        return _Result(document, (*faults.diagnostics, *document.warnings))
    found = check(spec)
    return _Result(document, (*found.diagnostics, *document.warnings), _remark(spec, found))


def _remark(spec: Spec, found: Report) -> str:
    """What a clean line adds: errata in force, readings that were checked, claims that did not apply."""
    parts = []
    if found.errata:
        parts.append(f"{found.errata} {'erratum' if found.errata == 1 else 'errata'} in force")
    readings = [one.readings[0] for one in spec.every_reading() if one.readings]
    if readings:
        parts.append(f"{'readings' if len(readings) > 1 else 'reading'} {', '.join(readings)}")
    if found.unchecked:
        parts.append(f"{found.unchecked} printed values not checked: they speak of the network as printed")
    return "; ".join(parts)


def _print_result(one: _Result, form: str) -> None:
    name = one.file.name if isinstance(one.file, Source) else one.file.source.name
    remark = f" ({one.remark})" if one.remark else ""
    if not one.diagnostics:
        if form == "full":
            print(f"{name}: ok{remark}")
        return
    from archspec.report import render_concise, summary

    if form == "concise":
        print(render_concise(one.diagnostics, one.file))
        return
    _print_full(one.diagnostics, one.file)
    print(f"\n{summary(one.diagnostics, name)}{remark}")


# --- table, render, build --------------------------------------------------------------------------------------------


def table(arguments: argparse.Namespace) -> int:
    """Print the table; exit 1 where rows of it cannot be run."""
    from archspec import table as tables

    spec = _one(arguments)
    if spec is None:
        return 1
    if not _reading_chosen(spec):
        return 1
    made = tables.table(spec)
    print(made.render(arguments.format, width=_width(), color=_color()), end="")
    faults = spec.check().diagnostics
    broken = [one for one in faults if one.severity == "error"]
    if broken:
        from archspec.report import summary

        print(f"{summary(broken, spec.document.source.name)}; archspec validate says which", file=sys.stderr)
    return 1 if spec.faults() else 0


def render(arguments: argparse.Namespace) -> int:
    """Draw to a file."""
    from archspec import drawing

    spec = _one(arguments)
    if spec is None or not _ready(spec):
        return 1
    level = arguments.level or ("module" if arguments.module else "full" if arguments.only else "overview")
    try:
        drawing.draw(
            spec,
            Path(arguments.output),
            level=level,
            module=arguments.module,
            only=arguments.only,
            direction=arguments.direction,
        )
    except (drawing.RenderError, ValueError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{arguments.output}: {error.strerror or error}") from None
    print(f"wrote {arguments.output}")
    return 0


def build(arguments: argparse.Namespace) -> int:
    """Write source or initial weights."""
    from archspec import output

    spec = _one(arguments)
    if spec is None or not _ready(spec):
        return 1
    target = Path(arguments.output)
    try:
        if target.suffix == ".py":
            from archspec.backends.torch_source import to_source

            text = to_source(spec.graph(), outputs=arguments.outputs, features=tuple(arguments.feature))
            output.write_text(target, text)
        elif target.suffix == ".safetensors":
            _status("importing torch ...")
            output.write_weights(target, spec, arguments.outputs, arguments.seed)
        else:
            raise UsageError(f"{target}: the suffix is .py for the source or .safetensors for initial weights")
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed: pip install 'archspec-nn[torch]'") from None
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror or error}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    print(f"wrote {target}")
    return 0


# --- list, explain, doctor -------------------------------------------------------------------------------------------


def list_specs(arguments: argparse.Namespace) -> int:
    """One line for each bundled spec."""
    rows = []
    for name in bundled.names():
        file = read(parse(read_source(bundled.path_of(name)))).file
        paper = f"{file.paper.arxiv or ''} {file.paper.table or ''}".strip() if file.paper else ""
        more = [f"reading {one}" for one in file.readings] + [f"variant {one}" for one in file.variants]
        rows.append((name, file.name, paper, ", ".join(more)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]).rstrip())
    return 0


def explain(arguments: argparse.Namespace) -> int:
    """Print the page of a code, or all codes."""
    from archspec.explanations import page

    if arguments.code is None:
        for code, name in CODES.items():
            print(f"{code}  {name}")
        return 0
    try:
        print(page(arguments.code), end="")
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """What is installed and what works."""
    import platform
    from importlib import metadata

    from archspec.render import engine_report

    print(
        f"archspec {archspec.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    for name in ("pydantic", "tomli", "graphviz", "torch", "safetensors"):
        try:
            print(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            print(f"{name} is not installed: pip install 'archspec-nn[torch]'")
    print(engine_report())
    print(f"{len(bundled.names())} bundled specs")
    return 0


# --- our own faults --------------------------------------------------------------------------------------------------


def internal(error: Exception) -> int:
    """AS901: say so in one line and keep the traceback in a file. Returns 3."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="archspec-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(f"archspec {archspec.__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n")
        traceback.print_exception(error, file=file)
    message = f"{type(error).__name__}: this is a fault of archspec; the traceback is in {file.name}"
    if "json" in sys.argv:
        from archspec.report import render_json

        print(render_json([], version=archspec.__version__, failure=f"AS901 internal: {message}"))
    print(f"archspec: error[AS901 {CODES['AS901']}]: {message}", file=sys.stderr)
    return 3
