"""`archspec list`, `explain` and `doctor`, and what is said of a fault of ours."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys

import archspec
from archspec import bundled
from archspec.commands.opening import UsageError
from archspec.diagnostic import CODES
from archspec.document import parse, read_source
from archspec.extras import EXTRAS, install
from archspec.file import Paper
from archspec.spec import read


def list_specs(arguments: argparse.Namespace) -> int:
    """One line for each bundled spec, or all of them as JSON: the names in it are an interface."""
    files = {name: read(parse(read_source(bundled.path_of(name)))).file for name in bundled.names()}
    if arguments.format == "json":
        specs = [
            {
                "spec": name,
                "name": file.name,
                "paper": file.paper.model_dump(exclude_none=True) if file.paper else None,
                "readings": list(file.readings),
                "variants": list(file.variants),
            }
            for name, file in files.items()
        ]
        print(json.dumps({"format_version": 1, "specs": specs}, indent=2))
        return 0
    rows = []
    for name, file in files.items():
        kinds = (("reading", file.readings), ("variant", file.variants))
        more = [f"{kind}{'s' * (len(names) > 1)} {', '.join(names)}" for kind, names in kinds if names]
        rows.append((name, file.name, _paper(file.paper) if file.paper else "", "; ".join(more)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]).rstrip())
    return 0


def _paper(paper: Paper) -> str:
    """Where a network is printed, in a few words."""
    source = paper.arxiv or (paper.doi and f"doi {paper.doi}") or paper.title
    return " ".join(filter(None, (source, paper.table)))


def explain(arguments: argparse.Namespace) -> int:
    """Print the page of a code, or the codes that begin so; all codes without one."""
    from archspec.explanations import codes, page

    try:
        found = codes("AS" if arguments.code is None else arguments.code)
        if len(found) == 1:
            print(page(*found), end="")
        else:
            for code in sorted(found):
                print(f"{code}  {CODES[code]}")
    except LookupError as error:
        raise UsageError(str(error.args[0])) from None
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """What is installed and what works."""
    import platform
    from importlib import metadata

    from archspec.render import engine_report
    from archspec_nn import conflict

    print(
        f"archspec {archspec.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    of_extra = {name: extra for extra, names in EXTRAS.items() for name in names}
    for name in ("pydantic", "tomli", "graphviz", *of_extra):
        try:
            print(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            how = f": {install(of_extra[name])}" if name in of_extra else ""
            print(f"{name} is not installed{how}")
    print("\n".join(engine_report()))
    print(f"{len(bundled.names())} bundled specs")
    for line in conflict():
        print(line)
    return 0


# --- our own faults --------------------------------------------------------------------------------------------------


def internal(error: Exception, *, in_json: bool | None = None) -> int:
    """AS901: say so in one line and keep the traceback in a file. Returns 3, whatever else fails: there may be no
    memory, no room on the disk, nobody who reads. `in_json` says it on standard output too (None: if that was asked).
    """
    message = f"{type(error).__name__}: this is a fault of archspec; {_kept_traceback(error)}"
    with contextlib.suppress(Exception):
        asked = any(word.rpartition("=")[2] == "json" for word in sys.argv)  # `--format json` or `--format=json`
        if asked if in_json is None else in_json:
            from archspec.report import render_json

            print(render_json([], version=archspec.__version__, failure=f"AS901 internal: {message}"), flush=True)
    with contextlib.suppress(Exception):
        print(f"archspec: error[AS901 {CODES['AS901']}]: {message}", file=sys.stderr, flush=True)
    return 3


def _kept_traceback(error: Exception) -> str:
    """Where the traceback is, for a message."""
    try:
        import tempfile
        import traceback

        with tempfile.NamedTemporaryFile(
            "w", prefix="archspec-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(f"archspec {archspec.__version__}, Python {sys.version}\n{' '.join(sys.argv)}\n\n")
            traceback.print_exception(error, file=file)
    except Exception as why:
        return f"its traceback could not be kept: {type(why).__name__}"
    return f"the traceback is in {file.name}"
