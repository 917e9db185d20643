"""A spec as a picture: the graph drawn, with what the paper prints marked where the network gives something else."""

from __future__ import annotations

from pathlib import Path

from archspec.api import Spec
from archspec.backends.dot import to_dot
from archspec.backends.dot.marks import Mark
from archspec.diagnostic import Fault
from archspec.notation import size
from archspec.render import RenderError, render


def marks(spec: Spec) -> dict[str, Mark]:
    """For each row whose printed output is not what the network gives, what is printed: `prints 14×14×576`.

    Nothing where another input or parameter was chosen: the paper then speaks of another network.
    """
    if spec.choice.input or spec.choice.params:
        return {}
    printed = {layer.name: layer.cells.get("output") for layer in spec.as_printed().network.rows}
    graph = spec.graph()
    found = {}
    for row in graph.trunk:
        cell = printed.get(row.group)
        if cell is None or row is not [one for one in graph.trunk if one.group == row.group][-1]:
            continue
        try:
            claim = size(cell)
        except Fault:
            continue
        shape = graph[row.output].shape
        if claim.grid != shape.grid or claim.channels not in (None, shape.channels):
            text = str(cell.value).replace("x", "×") if claim.grid != shape.grid else str(claim.channels)
            found[row.name] = Mark(f"prints {text}")
    return found


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


__all__ = ["RenderError", "draw", "marks"]
