"""A spec as a picture: the graph drawn, with what the paper prints marked where the network gives something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archspec.api import Spec
from archspec.backends.dot import module_rows, to_dot
from archspec.backends.dot.marks import Mark
from archspec.backends.dot.style import elide
from archspec.claims import Aspect, Claim, failing
from archspec.diagnostic import Fault
from archspec.elaborate import elaborate
from archspec.expand import Expansion
from archspec.file import Units
from archspec.graph import INPUT
from archspec.layer import Layer
from archspec.notation import Cell
from archspec.render import RenderError, render
from archspec.table import cell_text
from archspec.vocabulary import CLAIMS

_OUTPUT: tuple[Aspect, ...] = ("grid", "channels")
_WORDS: dict[Aspect, str] = {
    "input-grid": "prints input {}, gets {}",
    "input-channels": "prints {} input channels, gets {}",
    "depth": "prints depth {}, gives {}",
    "params": "prints {} params, gives {}",
    "ops": "prints {} ops, gives {}",
}


def marks(spec: Spec) -> dict[str, Mark]:
    """What is remarkable about rows, by name; of a repeated row the last instance carries what is said of all.

    A row that the table does not print is `added`. What the paper prints of a row, before errata and readings, stands
    there where the drawn network gives something else (`prints 14×14×576`, `prints 380K params, gives 379K`), and
    where a cell that makes the network is read otherwise (`prints linear 1154, read as 1152`). The size of the image is
    marked under `INPUT`. Where a variant, an input or a parameter was chosen only `added` is said: the paper then
    speaks of another network.
    """
    network = spec.network
    original = spec.as_printed().network
    claims_apply = network.claims_apply
    found: dict[str, Mark] = {}
    if claims_apply and original.input != network.input:
        found[INPUT] = Mark(f"prints {original.input}")
    for printed, read, result in zip(original.rows, network.rows, elaborate(spec).rows, strict=True):
        added = printed.name in network.added
        claims, others = _held(printed, read, result, network.units) if claims_apply else ([], [])
        of_row = [_WORDS[one.aspect].format(one.printed, one.gives) for one in claims if one.aspect not in _OUTPUT]
        of_row += others
        if len(result.rows) > 1:
            of_row = [f"{elide(printed.name, 12)} {text}" for text in of_row]
        found |= {row.name: Mark(added=added) for row in result.rows[:-1]}
        found |= {row.name: Mark(_output(claims), tuple(of_row), added) for row in result.rows[-1:]}
    return {name: mark for name, mark in found.items() if mark != Mark()}


def _held(printed: Layer, read: Layer, result: Expansion, units: Units) -> tuple[list[Claim], list[str]]:
    """The printed claims that do not hold, and of the other cells those that are read otherwise, in words.

    A claim that cannot be read is such a cell.
    """
    wrong: list[Claim] = []
    others: list[str] = []
    for key in {**printed.cells, **read.cells}:  # without a variant only errata and readings tell them apart
        before, after = printed.cells.get(key), read.cells.get(key)
        if key in CLAIMS:
            try:
                wrong += failing(replace(printed, cells={key: before}), result, units) if before else []
                continue
            except Fault:
                pass
        if (before and before.value) != (after and after.value):
            others.append(_read_otherwise(key, before, after))
    return wrong, others


def _read_otherwise(key: str, before: Cell | None, after: Cell | None) -> str:
    """`prints linear 1154, read as 1152`; a type and a window need no caption."""
    if before is None:
        said = f"no {after.caption if after else key}"
    elif key in ("type", "patch"):
        said = cell_text(before.value)
    else:
        said = f"{before.caption} {cell_text(before.value)}"
    return f"prints {said}, read as {cell_text(after.value) if after else 'blank'}"


def _output(claims: list[Claim]) -> str:
    """`prints 14×14×576`, or only the part that does not hold."""
    parts = [claim.printed for claim in claims if claim.aspect in _OUTPUT]
    return f"prints {'×'.join(parts)}" if parts else ""


def draw(
    spec: Spec,
    path: Path,
    *,
    level: str = "overview",
    module: str | None = None,
    only: str | None = None,
    direction: str = "TB",
) -> None:
    """Draw a spec to a file, .svg, .png or .dot by its suffix. Raises `RenderError`, `ValueError` and `OSError`."""
    text = to_dot(spec.graph(), level=level, module=module, only=only, marks=marks(spec), direction=direction)  # type: ignore[arg-type]
    render(text, path)


__all__ = ["RenderError", "draw", "marks", "module_rows"]
