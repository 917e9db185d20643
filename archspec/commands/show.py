"""`archspec table`, `render` and `build`: one spec in; its table, its picture, or its module out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.commands.opening import UsageError, color, one, reading_chosen, ready, status, width

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
    made = tables.table(spec)
    print(made.render(arguments.format, width=width(), color=color()), end="")
    faults = spec.check().diagnostics
    broken = [one for one in faults if one.severity == "error"]
    if broken:
        from archspec.report import summary

        how = "validate --as-printed" if arguments.as_printed else "validate"
        print(f"{summary(broken, spec.document.source.name)}; archspec {how} says which", file=sys.stderr)
    return 1 if spec.faults() else 0


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
    print(f"{spec.name}: smallest input {without}×{without}{heads}")
    return 0


def render(arguments: argparse.Namespace) -> int:
    """Draw to a file."""
    from archspec import drawing

    spec = one(arguments)
    if spec is None or not ready(spec):
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
    from archspec import whole_file

    spec = one(arguments)
    if spec is None or not ready(spec):
        return 1
    target = Path(arguments.output)
    try:
        if target.suffix == ".py":
            from archspec.backends.torch_source import to_source

            text = to_source(spec.graph(), outputs=arguments.outputs, features=tuple(arguments.feature))
            whole_file.write(target, text.encode("utf-8"))
        elif target.suffix == ".safetensors":
            status("importing torch ...")
            _write_weights(target, spec, arguments.outputs, arguments.seed)
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


def _write_weights(path: Path, spec: Spec, outputs: str, seed: int) -> None:
    from archspec.api import build as build_module
    from archspec.backends.torch_checkpoint import save, seeded

    with seeded(seed):
        model = build_module(spec, outputs=outputs)
    save(model, path)
