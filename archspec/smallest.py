"""The smallest input that a network takes: a graph goes in; sides of square images come out.

The operations stay as they were made for the graph's own input, as those of a built module do.
"""

from __future__ import annotations

from archspec import ops
from archspec.graph import Graph
from archspec.ops import ShapeError
from archspec.shape import Shape


def smallest_inputs(graph: Graph) -> tuple[int, int]:
    """The side of the smallest square input without heads, and with them (equal where there are none)."""
    return _smallest(graph.without_heads()), _smallest(graph)


def _smallest(graph: Graph) -> int:
    own = graph.nodes[0].shape
    return next((side for side in range(1, max(own.grid)) if takes(graph, side)), max(own.grid))


def takes(graph: Graph, side: int) -> bool:
    """Whether every operation takes what a square input of this side gives, and every map that becomes a vector, in
    front of a linear layer or as an output of 1×1, has its size."""
    shapes = {graph.nodes[0].name: Shape(side, side, graph.nodes[0].shape.channels)}
    for node in graph.nodes[1:]:
        try:
            shapes[node.name] = node.op.infer(tuple(shapes[name] for name in node.inputs))
        except ShapeError:
            return False
        if isinstance(node.op, ops.Flatten) and shapes[node.name] != node.shape:
            return False
    ends = (graph[name] for name in (graph.output, *(row.output for row in graph.heads)))
    return all(node.flat or node.shape.grid != (1, 1) or shapes[node.name] == node.shape for node in ends)
