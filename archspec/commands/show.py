"""`archspec table`, `render` and `build`: one spec in; its table, its picture, or its module out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.opening import UsageError, color, one, printable, reading_chosen, ready, status, target, width
from archspec.extras import NotInstalled, needs_torch
from archspec.memory import memory

if TYPE_CHECKING:
    from archspec.api import Spec


def table(arguments: argparse.Namespace) -> int:
    """Print the table; exit 1 where rows of it cannot be run."""
    from archspec import table as tables

    spec = one(arguments)
    if spec is None:
        return 1
    if not reading_chosen(spec):
        return 1
    if arguments.min_input:
        return _smallest(spec, arguments.format)
    stuck = spec.faults()
    made = tables.table(spec)
    print(made.render(arguments.format, width=width(), color=color()), end="")
    faults = spec.check().diagnostics
    broken = [one for one in faults if one.severity == "error"]
    if broken:
        from archspec.report import summary

        how = "validate --as-printed" if arguments.as_printed else "validate"
        print(f"{summary(broken, spec.document.source.name)}; archspec {how} says which", file=sys.stderr)
    return 1 if stuck else 0


def _smallest(spec: Spec, form: str) -> int:
    from archspec.smallest import smallest_inputs

    if form not in ("text", "json"):
        raise UsageError(f"--min-input is text or json, not {form}")
    if not ready(spec):
        return 1
    without, with_heads = smallest_inputs(spec.graph())
    if form == "json":
        print(json.dumps({"name": spec.name, "min_input": without, "min_input_with_heads": with_heads}))
        return 0
    heads = f"; with heads {with_heads}×{with_heads}" if spec.network.heads else ""
    print(printable(f"{spec.name}: smallest input {without}×{without}{heads}"))
    return 0


def render(arguments: argparse.Namespace) -> int:
    """Draw to a file."""
    from archspec import drawing

    path = target(arguments)
    spec = one(arguments)
    if spec is None or not ready(spec):
        return 1
    level = arguments.level or (
        "module" if arguments.module is not None else "full" if arguments.only is not None else "overview"
    )
    if level == "module" and arguments.module is None:
        rows = drawing.module_rows(spec.graph())
        raise UsageError(f"--level module draws one row; name it with --module ROW; {rows}")
    if level != "module" and arguments.module is not None:
        raise UsageError(f"--level {level} draws many rows; name some with --only, or leave --level out")
    if level == "module" and arguments.only is not None:
        raise UsageError("--module draws one row, --only draws several; give one of the two")
    try:
        drawing.draw(
            spec,
            path,
            level=level,
            module=arguments.module,
            only=arguments.only,
            direction=arguments.direction,
        )
    except (drawing.RenderError, ValueError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    print(printable(f"wrote {path}"))
    return 0


def build(arguments: argparse.Namespace) -> int:
    """Write source or initial weights."""
    from archspec import whole_file

    path = target(arguments)
    _check_options(path.suffix, arguments)
    spec = one(arguments)
    if spec is None or not ready(spec):
        return 1
    try:
        if path.suffix == ".py":
            from archspec.backends.torch_source import to_source

            text = to_source(spec.graph(), outputs=arguments.outputs, features=tuple(arguments.feature))
            whole_file.write(path, text.encode("utf-8"))
        else:
            status("importing torch ...")
            with needs_torch():
                _write_weights(path, spec, arguments.outputs, arguments.seed or 0)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except (NotInstalled, ValueError) as error:
        raise UsageError(str(error)) from None
    print(printable(f"wrote {path}"))
    return 0


def _check_options(suffix: str, arguments: argparse.Namespace) -> None:
    """Raises `UsageError` for another suffix, and for options that change nothing of what is written."""
    if suffix not in (".py", ".safetensors"):
        raise UsageError(f"{arguments.output}: the suffix is .py for the source or .safetensors for initial weights")
    if suffix == ".py" and arguments.seed is not None:
        raise UsageError("--seed is of initial weights, and source has none; write .safetensors, or leave it out")
    if suffix == ".safetensors" and arguments.feature:
        raise UsageError("--feature is of the source, and the weights are the same without; write .py, or leave it out")


def _write_weights(path: Path, spec: Spec, outputs: str, seed: int) -> None:
    """Raises `UsageError` where memory does not hold the weights."""
    from archspec.cost import graph_cost

    graph = spec.graph() if outputs == "all" else spec.graph().without_heads()
    count = graph_cost(graph).params
    message = f"{spec.name} has {count:,} parameters, {count / 2**28:,.1f} GiB: more than this machine's memory holds"
    if count * 4 > memory():  # asked before: a system that promises more than it has ends the process later
        raise UsageError(message)
    from archspec.api import build as build_module
    from archspec.backends.torch_checkpoint import save, seeded

    try:
        with seeded(seed):
            model = build_module(spec, outputs=outputs)
    except RuntimeError as error:  # torch's way to say that there is no memory
        if "alloc" not in str(error):
            raise
        raise UsageError(message) from None
    save(model, path)
