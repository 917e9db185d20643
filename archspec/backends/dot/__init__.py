"""Diagrams: a graph in, DOT text out. Which rows, and how much of them; the drawing is in the modules beside this one.

- `overview`: one card a row, as the paper's table has it
- `module`: one row with all its layers
- `full`: all layers of all rows
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from archspec.backends.dot import expanded, overview
from archspec.backends.dot.marks import Mark, Marks
from archspec.backends.dot.style import Direction
from archspec.backends.dot.units import dialect
from archspec.backends.dot.words import grid
from archspec.diagnostic import did_you_mean
from archspec.graph import Graph, Row

__all__ = ["Direction", "DrawError", "Level", "Mark", "module_rows", "to_dot"]

Level = Literal["overview", "module", "full"]


class DrawError(ValueError):
    """What was asked for is not in the graph; the message says what is."""


def to_dot(
    graph: Graph,
    *,
    level: Level = "overview",
    module: str | None = None,
    only: str | None = None,
    marks: Marks | None = None,
    direction: Direction = "TB",
) -> str:
    """DOT text of a graph.

    `module` names the row of level `module`: `4c`, an instance `conv3_2`, or a repeated row `conv3` (its last instance,
    which is the typical one). `only` restricts the other levels to rows: `4a-4e`, one row, or a grid such as `14x14`.
    `marks` are remarks on rows by name. `direction` is where the data flows to: down, up, or right. Rows without layers
    (a variant's `identity`) are not drawn. Raises `DrawError`.
    """
    usual = dialect(graph)
    marks = marks or {}
    if level == "module":
        if module is None:
            raise DrawError(f"the level `module` draws one row, and none is named; {module_rows(graph)}")
        if only is not None:
            raise DrawError("`only` restricts the other levels; the level `module` draws one row")
        return expanded.module(graph, _row(graph, module), usual, marks, direction)
    if module is not None:
        raise DrawError("`module` belongs to the level `module`; `only` restricts the others")
    rows = [row for row in (_only(graph, only) if only is not None else graph.trunk) if row.nodes]
    if not rows:
        raise DrawError("there is no row to draw")
    draw = overview.overview if level == "overview" else expanded.full
    return draw(graph, rows, usual, marks, direction)


def module_rows(graph: Graph) -> str:
    """The rows that are worth the level `module`: those with branches or layers of their own, else all."""
    modules = [row for row in graph.rows if (scope := graph.scope_by_name.get(row.attribute)) and scope.kind]
    return f"rows that are modules: {_listed(modules)}" if modules else f"rows: {_listed(graph.rows)}"


def _row(graph: Graph, name: str) -> Row:
    found = [row for row in graph.rows if name in (row.name, row.attribute)]
    found = found or [row for row in graph.rows if row.group == name][-1:]
    if not found:
        names = [name for row in graph.rows for name in (row.name, row.group)]
        raise DrawError(f"there is no row `{name}`; {did_you_mean(name, names, 'rows: ' + _listed(graph.rows))}")
    return found[0]


def _only(graph: Graph, words: str) -> Sequence[Row]:
    """The rows that `only` means: a grid, a row or a group, or the first and last of a range."""
    trunk = graph.trunk
    if on_grid := [row for row in trunk if grid(graph[row.output].shape.grid) == words.replace("x", "×")]:
        return on_grid

    def named(word: str) -> list[int]:
        return [index for index, row in enumerate(trunk) if word in (row.name, row.group)]

    if one := named(words):
        return [trunk[index] for index in one]
    for at in (index for index, sign in enumerate(words) if sign in "-–"):
        first, last = named(words[:at].strip()), named(words[at + 1 :].strip())
        if first and last and first[0] <= last[-1]:
            return trunk[first[0] : last[-1] + 1]
    raise DrawError(f"`{words}` is no row, range of rows or grid; rows: {_listed(trunk)}")


def _listed(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(row.group for row in rows))
    return ", ".join(names if len(names) <= 20 else [*names[:18], "…", names[-1]])
