"""`archspec list`, `explain` and `doctor`, and what is said of a fault of ours."""

from __future__ import annotations

import argparse
import sys

import archspec
from archspec import bundled
from archspec.commands.opening import UsageError
from archspec.diagnostic import CODES
from archspec.document import parse, read_source
from archspec.spec import read


def list_specs(arguments: argparse.Namespace) -> int:
    """One line for each bundled spec."""
    rows = []
    for name in bundled.names():
        file = read(parse(read_source(bundled.path_of(name)))).file
        paper = f"{file.paper.arxiv or ''} {file.paper.table or ''}".strip() if file.paper else ""
        kinds = (("reading", file.readings), ("variant", file.variants))
        more = [f"{kind}{'s' * (len(names) > 1)} {', '.join(names)}" for kind, names in kinds if names]
        rows.append((name, file.name, paper, "; ".join(more)))
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
    print("\n".join(engine_report()))
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
