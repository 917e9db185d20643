"""What diagrams say of a row: its title, its stride, what it lines up with. Rows and shapes in, words out."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.backends.dot.style import elide
from archspec.graph import Graph, Row
from archspec.shape import Shape


def row_title(word: str, name: str) -> str:
    """`4c` of type inception is `Inception 4c`; a name that starts with a letter stands alone."""
    return elide(f"{word[:1].upper()}{word[1:]} {name}" if name[:1].isdigit() else name)


def merge_columns(columns: dict[str, int], found: Mapping[str, int]) -> None:
    """Add a row's slots to its module's columns: new ones behind the one they follow, widths to the largest."""
    order = list(columns)
    at = 0
    for key in found:
        if key in order:
            at = order.index(key) + 1
        else:
            order.insert(at, key)
            at += 1
    widths = {key: max(columns.get(key, 0), found.get(key, 0)) for key in order}
    columns.clear()
    columns.update(widths)


def kind_of(graph: Graph, row: Row) -> str:
    """What rows have in common whose branches line up: the module, or the printed type."""
    scope = graph.scope_by_name.get(row.attribute)
    return scope.kind if scope and scope.kind else row.type


def stride_of(given: Shape, shape: Shape) -> int:
    """What a row divides the grid by, borders aside; 1 where it is no whole number."""
    stride = max(1, round(given.height / shape.height))
    return stride if abs(given.height - stride * shape.height) <= stride else 1
