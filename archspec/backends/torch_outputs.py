"""What a network returns: a graph and the caller's wishes in, the graph that computes just that out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archspec import ops
from archspec.diagnostic import did_you_mean
from archspec.graph import Graph, Node

CHOICES = ("main", "all", "probabilities")


@dataclass(frozen=True)
class Wanted:
    """`fields` are returned beside the main output: the name of each and its node; empty where a tensor is returned.

    `vectors` are the outputs that are maps of size 1×1 and leave as vectors, `of_any_size` those of them that are 1×1
    for every image; `softmax` says that one is still to come.
    """

    graph: Graph
    fields: dict[str, str]
    vectors: frozenset[str]
    of_any_size: frozenset[str]
    softmax: bool


def wanted(graph: Graph, outputs: str, features: Sequence[str]) -> Wanted:
    """Raises `ValueError` for an unknown word or row, with the nearest one."""
    if outputs not in CHOICES:
        choices = ", ".join(f"`{choice}`" for choice in CHOICES)
        raise ValueError(f"no outputs are called `{outputs}`; {did_you_mean(outputs, CHOICES, f'there are {choices}')}")
    printed = {row.name: row.output for row in graph.trunk}
    if outputs != "all":
        graph = graph.without_heads()
    if outputs != "probabilities":
        graph = _without_softmax(graph)
    rows = {row.name: row for row in graph.trunk}
    fields = {row.attribute: row.output for row in graph.heads}
    for name in dict.fromkeys(features):
        if name not in rows:
            listed = "its rows are " + ", ".join(f"`{row}`" for row in rows)
            raise ValueError(f"there is no row `{name}` in `{graph.name}`; {did_you_mean(name, rows, listed)}")
        if printed[name] not in graph.by_name:
            raise ValueError(f'`{name}` ends in the softmax that is left out; ask for outputs="probabilities"')
        fields[rows[name].attribute] = rows[name].output
    if "main" in fields:
        raise ValueError("`main` is the network's own output and cannot be the name of another")
    ends = {"main": graph.output, **{row.attribute: row.output for row in graph.heads}}
    maps = {name: graph[node] for name, node in ends.items() if not graph[node].flat}
    vectors = frozenset(name for name, node in maps.items() if node.shape.grid == (1, 1))
    steady = _steady(graph)
    graph = _with_grids(graph, steady)
    of_any_size = frozenset(name for name, node in ends.items() if node in steady)
    is_softmax = isinstance(graph[graph.output].op, ops.Softmax)
    return Wanted(graph, fields, vectors, of_any_size, outputs == "probabilities" and not is_softmax)


def _steady(graph: Graph) -> frozenset[str]:
    """The nodes whose height and width are the same for images of every size: what follows an adaptive pool."""
    found: set[str] = set()
    for node in graph.nodes:
        adaptive = isinstance(node.op, ops.AdaptiveAvgPool2d | ops.AdaptiveMaxPool2d)
        if adaptive or node.flat or (node.inputs and found.issuperset(node.inputs)):
            found.add(node.name)
    return frozenset(found)


def _with_grids(graph: Graph, steady: frozenset[str]) -> Graph:
    """The network in which what makes a vector of a map whose size is that of the image knows this size."""

    def seen_to(node: Node) -> Node:
        if not isinstance(node.op, ops.Flatten) or steady.issuperset(node.inputs):
            return node
        return replace(node, op=ops.Flatten(graph.input_shapes(node)[0].grid))

    return replace(graph, nodes=tuple(map(seen_to, graph.nodes)))


def _without_softmax(graph: Graph) -> Graph:
    """The network whose trunk and heads end in logits."""
    read = {name for node in graph.nodes for name in node.inputs}
    for end in (graph.output, *(row.output for row in graph.heads)):
        if isinstance(graph[end].op, ops.Softmax) and end not in read:
            (logits,) = graph[end].inputs

            def moved(name: str, end: str = end, logits: str = logits) -> str:
                return logits if name == end else name

            kept = [tuple(name for name in row.nodes if name != end) for row in graph.rows]
            rows = tuple(
                replace(row, output=moved(row.output), nodes=nodes) for row, nodes in zip(graph.rows, kept, strict=True)
            )
            scopes = tuple(replace(scope, output=moved(scope.output)) for scope in graph.scopes)
            graph = Graph(graph.name, tuple(node for node in graph.nodes if node.name != end), rows, scopes)
    return graph
