"""The command `archspec`: arguments in; a report, a table, a picture or a module out, and an exit code.

Exit 0: no error. 1: at least one error in a spec. 2: usage, a file that is missing, unreadable or cannot be written. 3:
a fault of ours. 130: interrupted. 141: the reader of our output has gone.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import re
import sys
from collections.abc import Collection, Sequence
from functools import cache
from typing import TextIO

import archspec
from archspec.commands.interrupts import is_behind
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


@cache
def _parser() -> tuple[argparse.ArgumentParser, Collection[str]]:
    """What reads the command line, and the names of its commands."""
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
    group.add_argument(
        "--reading", metavar="NAME", action="append", default=[], help="how the table is read; may be repeated"
    )
    group.add_argument(
        "--variant", metavar="NAME", action="append", default=[], help="lay a variant over it; may be repeated"
    )
    group.add_argument("--input", metavar="HxW", help="another input size")
    group.add_argument(
        "--param", metavar="KEY=VALUE", action="append", default=[], help="another value of [params], classes=10"
    )

    def verb(
        name: str, text: str, *examples: str, one_spec: bool = True, chooses: bool = True
    ) -> argparse.ArgumentParser:
        added = verbs.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog="\n  ".join([f"example{'s' * (len(examples) > 1)}:", *examples]),
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
        "archspec validate network.toml --diff",
        "archspec validate specs --format jsonl",
        one_spec=False,
    )
    validate.add_argument(
        "specs", metavar="SPEC", nargs="+", help="a path, a folder, `-`, or the name of a bundled spec"
    )
    validate.add_argument(
        "--format",
        choices=("full", "concise", "json", "jsonl", "sarif", "github"),
        default="full",
        help="how to report (full); jsonl is a line a file, sarif is 2.1.0, github adds annotations to the full report",
    )
    validate.add_argument("--strict", action="store_true", help="warnings count as errors")
    validate.add_argument("--fix", action="store_true", help="mend what can be mended beyond doubt, in the files")
    validate.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: mend by guesses too")
    validate.add_argument("--diff", action="store_true", help="change nothing; print what --fix would change")
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
        "--max-errors", metavar="N", type=int, help="print N errors and count the rest; json, jsonl and sarif hold all"
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
    render.add_argument(
        "--only", metavar="ROWS", help="some rows, in full where no level is given: 4a-4e, 4e, or a grid, 14x14"
    )
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
    build.add_argument("--seed", type=_seed, help="of the initial weights (0)")
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

    schema = verb(
        "schema",
        "print a JSON Schema of specs, for editors",
        "archspec schema network.toml -o network.schema.json",
        one_spec=False,
        chooses=False,
    )
    schema.add_argument("spec", metavar="SPEC", nargs="?", help="a spec whose own rows, columns and modules it knows")
    schema.add_argument("-o", "--output", metavar="FILE", help="where to write it; standard output without")
    schema.set_defaults(run=("schema", "schema"))

    lsp = verb("lsp", "serve an editor: the language server", "archspec lsp", one_spec=False, chooses=False)
    lsp.add_argument("--stdio", action="store_true", help="talk over standard input and output; it always does")
    lsp.set_defaults(run=("lsp", "lsp"))

    listing = verb("list", "list the bundled specs", "archspec list", one_spec=False, chooses=False)
    listing.add_argument("--format", choices=("text", "json"), default="text", help="how to print it (text)")
    listing.set_defaults(run=("about", "list_specs"))

    explain = verb("explain", "explain a diagnostic", "archspec explain AS301", one_spec=False, chooses=False)
    explain.add_argument(
        "code", metavar="CODE", nargs="?", help="a code or its name; the codes are listed that begin so, AS3, or all"
    )
    explain.set_defaults(run=("about", "explain"))

    doctor = verb("doctor", "say what this installation can do", "archspec doctor", one_spec=False, chooses=False)
    doctor.set_defaults(run=("about", "doctor"))
    return parser, verbs.choices


def _seed(text: str) -> int:
    """A seed that torch takes."""
    if re.fullmatch("[0-9]{1,20}", text) and int(text) < 2**64:
        return int(text)
    raise argparse.ArgumentTypeError(f"`{text}` is no whole number from 0 to {2**64 - 1}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return _ended(130, "interrupted")
    except BrokenPipeError:  # the reader of a pipe has gone; a shell says the same of one whom SIGPIPE ends
        _discard(sys.stdout)
        return 141
    except UsageError as error:
        from archspec.source import clean

        return _ended(2, "\n".join(map(clean, f"archspec: {error}".split("\n"))))
    except OSError as error:  # a full disk, a file that vanished: what commands do not expect of the system
        _discard(sys.stdout)
        return _ended(2, f"archspec: {error.filename or 'standard output'}: {error.strerror or error}")
    except Exception as error:
        if is_behind(error):
            return _ended(130, "interrupted")
        try:
            from archspec.commands.about import internal
        except Exception:  # no memory even for that
            return _ended(3, f"archspec: error[AS901 internal]: {type(error).__name__}: this is a fault of archspec")
        return internal(error)


def _run(argv: Sequence[str]) -> int:
    parser, verbs = _parser()
    word = next((one for one in argv if not one.startswith("-")), None)
    if word is not None and word not in verbs:
        from archspec.diagnostic import did_you_mean

        listed = f"the commands are {', '.join(verbs)}"
        raise UsageError(f"no command is called `{word}`; {did_you_mean(word, verbs, listed)}")
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:  # argparse has printed the help, or what is wrong
        sys.stdout.flush()
        return stop.code if isinstance(stop.code, int) else 2
    if (chosen := vars(arguments)).get("as_printed") and chosen["reading"]:
        raise UsageError(f"--as-printed is the table without a reading: leave out --reading {chosen['reading'][0]}")
    module, function = arguments.run  # imported here, so that a verb does not wait for what others need
    code: int = getattr(importlib.import_module(f"archspec.commands.{module}"), function)(arguments)
    sys.stdout.flush()
    return code


def _ended(code: int, message: str) -> int:
    try:
        print(message, file=sys.stderr)
    except Exception:  # standard error is gone too, or memory: the code must say it
        _discard(sys.stderr)
    return code


def _discard(stream: TextIO) -> None:
    """What was not written yet never will be: at its end Python must not try again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
