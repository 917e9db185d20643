"""The command `archspec`: arguments in; a report, a table, a picture or a module out, and an exit code.

Exit 0: no error. 1: at least one error in a spec. 2: usage, a missing or unreadable file. 3: a fault of ours. 130:
interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import archspec
from archspec.commands.opening import UsageError

EPILOG = """\
SPEC is a path, a folder, `-` for standard input, or the name of a bundled spec (`archspec list`).

examples:
  archspec validate bn_inception --as-printed     what is wrong with the table as the paper prints it
  archspec table bn_inception                     the paper's table with what was derived beside it
  archspec render bn_inception -o picture.svg     the architecture as a diagram
  archspec build googlenet -o googlenet.py        the torch module as source
  archspec explain AS301                          what a diagnostic means and how to mend it
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="archspec",
        description="A paper's table of a convolutional network as a program: checked, drawn and compiled to torch.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"archspec {archspec.__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)

    choose = argparse.ArgumentParser(add_help=False)
    group = choose.add_argument_group("choosing of the spec")
    group.add_argument(
        "--as-printed", action="store_true", help="the table as the paper prints it: no errata, no reading"
    )
    group.add_argument("--reading", metavar="NAME", help="how a table with several readings is read")
    group.add_argument(
        "--variant", metavar="NAME", action="append", default=[], help="lay a variant over it; may be repeated"
    )
    group.add_argument("--input", metavar="HxW", help="another input size")
    group.add_argument(
        "--param", metavar="KEY=VALUE", action="append", default=[], help="another value of [params], classes=10"
    )

    def verb(
        name: str, text: str, example: str, *, one_spec: bool = True, chooses: bool = True
    ) -> argparse.ArgumentParser:
        added = verbs.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"example:\n  {example}",
            parents=[choose] if chooses else [],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if one_spec:
            added.add_argument("spec", metavar="SPEC", help="a path, `-`, or the name of a bundled spec")
        return added

    validate = verb(
        "validate",
        "check specs and say which cell is wrong",
        "archspec validate bn_inception --as-printed",
        one_spec=False,
    )
    validate.add_argument(
        "specs", metavar="SPEC", nargs="+", help="a path, a folder, `-`, or the name of a bundled spec"
    )
    validate.add_argument(
        "--format",
        choices=("full", "concise", "json", "sarif", "github"),
        default="full",
        help="how to report (full); sarif is 2.1.0, github adds annotations to the full report",
    )
    validate.add_argument("--strict", action="store_true", help="warnings count as errors")
    validate.add_argument(
        "--select",
        metavar="CODES",
        action="append",
        default=[],
        help="report these alone: codes, beginnings of codes or names, with commas (AS3,depth)",
    )
    validate.add_argument(
        "--ignore", metavar="CODES", action="append", default=[], help="report these not, also where selected"
    )
    validate.add_argument(
        "--max-errors", metavar="N", type=int, help="print N errors and count the rest; json and sarif hold all"
    )
    validate.set_defaults(run=("validate", "validate"))

    table = verb(
        "table", "print the paper's table with what was derived beside it", "archspec table googlenet --format md"
    )
    table.add_argument("--format", choices=("text", "md", "csv", "json"), default="text", help="how to print it (text)")
    table.add_argument("--min-input", action="store_true", help="print the smallest legal input instead")
    table.set_defaults(run=("show", "table"))

    render = verb(
        "render", "draw the architecture", "archspec render bn_inception --level module --module 4c -o 4c.svg"
    )
    render.add_argument("-o", "--output", metavar="FILE", required=True, help=".svg, .png or .dot by its suffix")
    render.add_argument(
        "--level", choices=("overview", "module", "full"), help="one card a row, one module, or every layer"
    )
    render.add_argument("--module", metavar="ROW", help="the row to draw, for the level module")
    render.add_argument("--only", metavar="ROWS", help="some rows of the level full: 4a-4e, or 3a,3b")
    render.add_argument(
        "--direction",
        choices=("TB", "BT", "LR"),
        default="TB",
        help="top to bottom, the papers' bottom to top, or left to right",
    )
    render.set_defaults(run=("show", "render"))

    build = verb("build", "compile to torch: source, or initial weights", "archspec build googlenet -o googlenet.py")
    build.add_argument(
        "-o", "--output", metavar="FILE", required=True, help=".py the source, .safetensors initial weights"
    )
    build.add_argument(
        "--outputs",
        choices=("main", "all", "probabilities"),
        default="main",
        help="logits, logits and heads, or softmax",
    )
    build.add_argument(
        "--feature", metavar="ROW", action="append", default=[], help="also return what this row gives; may be repeated"
    )
    build.add_argument("--seed", type=int, default=0, help="of the initial weights (0)")
    build.set_defaults(run=("show", "build"))

    weights = verb(
        "weights",
        "say how a published checkpoint fits",
        "archspec weights googlenet googlenet.safetensors --source torchvision",
    )
    weights.add_argument("checkpoint", metavar="CKPT", help="a .safetensors, .pt or .pth file")
    weights.add_argument(
        "--source", metavar="NAME", help="whose names it has: a [weights.NAME] of the spec; guessed without"
    )
    weights.add_argument("--format", choices=("text", "json"), default="text", help="how to print it (text)")
    weights.set_defaults(run=("checkpoint", "weigh"))

    diff = verb(
        "diff",
        "say what changes from one spec to another",
        "archspec diff googlenet bn_inception",
        one_spec=False,
        chooses=False,
    )
    diff.add_argument("first", metavar="A", help="a spec, or SPEC@NAME for one of its variants or readings")
    diff.add_argument("second", metavar="B", help="what to compare it with; SPEC@as-printed is the table as printed")
    diff.add_argument("--format", choices=("text", "md", "json"), default="text", help="how to print it (text)")
    diff.set_defaults(run=("compare", "diff"))

    imported = verb(
        "import",
        "turn a pasted table into a spec",
        "archspec import table.md -o network.toml",
        one_spec=False,
        chooses=False,
    )
    imported.add_argument("file", metavar="FILE", help=".md, .csv, .tsv or .tex, or `-` for standard input")
    imported.add_argument("-o", "--output", metavar="FILE", help="where to write it; standard output without")
    imported.add_argument(
        "--kind", choices=("md", "csv", "tsv", "tex"), help="what the table is, where the suffix does not say"
    )
    imported.add_argument("--name", metavar="NAME", help="what the network is called")
    imported.set_defaults(run=("author", "import_"))

    new = verb("new", "write a commented starter spec", "archspec new -o network.toml", one_spec=False, chooses=False)
    new.add_argument("-o", "--output", metavar="FILE", help="where to write it; standard output without")
    new.set_defaults(run=("author", "new"))

    fmt = verb(
        "fmt",
        "align the tables and layers of specs, in place",
        "archspec fmt network.toml",
        one_spec=False,
        chooses=False,
    )
    fmt.add_argument(
        "files", metavar="FILE", nargs="+", help="a path, a folder, or `-`: standard input to standard output"
    )
    fmt.add_argument("--check", action="store_true", help="change nothing; exit 1 where a file would change")
    fmt.add_argument("--diff", action="store_true", help="change nothing; print what would change")
    fmt.set_defaults(run=("fmt", "fmt"))

    listing = verb("list", "list the bundled specs", "archspec list", one_spec=False, chooses=False)
    listing.set_defaults(run=("about", "list_specs"))

    explain = verb("explain", "explain a diagnostic", "archspec explain AS301", one_spec=False, chooses=False)
    explain.add_argument(
        "code", metavar="CODE", nargs="?", help="a code or its name; all of them are listed without one"
    )
    explain.set_defaults(run=("about", "explain"))

    doctor = verb("doctor", "say what this installation can do", "archspec doctor", one_spec=False, chooses=False)
    doctor.set_defaults(run=("about", "doctor"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed what is wrong
        return stop.code if isinstance(stop.code, int) else 2
    try:
        module, function = arguments.run  # imported here, so that a verb does not wait for what others need
        code: int = getattr(importlib.import_module(f"archspec.commands.{module}"), function)(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UsageError as error:
        print(f"archspec: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        from archspec.commands.about import internal

        return internal(error)
    return code
