"""The parameters and statistics of a network: their names and shapes as torch has them, and the table's words for them.

A `Graph` and the `Network` it was made from go in; no torch. The names are those of the built module's `state_dict`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from archspec import ops
from archspec.graph import Graph, Node, Row
from archspec.modules import library_module, library_names
from archspec.spec import Network

BATCHES = "num_batches_tracked"  # torch counts them; older checkpoints do not have the count


@dataclass(frozen=True)
class Parameter:
    """`words` is its layer as the table names it, `` `4c`.`#3×3` ``; `head` says that it belongs to a side output."""

    name: str
    shape: tuple[int, ...]
    row: str
    words: str
    head: bool = False

    @property
    def learned(self) -> bool:
        return self.name.endswith((".weight", ".bias"))


def parameters(graph: Graph, network: Network) -> dict[str, Parameter]:
    """Every parameter and statistic by name, rows in order and heads last."""
    found = {}
    for row in graph.rows:
        words = _words(graph, network, row)
        for name in row.nodes:
            for leaf, shape in _shapes(graph, graph[name]):
                found[f"{name}.{leaf}"] = Parameter(f"{name}.{leaf}", shape, row.name, words[name], row.is_head)
    return found


def _shapes(graph: Graph, node: Node) -> Iterator[tuple[str, tuple[int, ...]]]:
    inputs = graph.input_shapes(node)
    match node.op:
        case ops.Conv2d() as op:
            yield "weight", (op.out_channels, inputs[0].channels // op.groups, *op.kernel_size)
            if op.bias:
                yield "bias", (op.out_channels,)
        case ops.Linear() as op:
            yield "weight", (op.out_features, inputs[0].elements)
            if op.bias:
                yield "bias", (op.out_features,)
        case ops.BatchNorm2d() as op:
            channels = (inputs[0].channels,)
            learned = [("weight", op.scale), ("bias", op.shift)]
            yield from ((leaf, channels) for leaf, is_learned in learned if is_learned)
            yield from (("running_mean", channels), ("running_var", channels), (BATCHES, ()))


def _words(graph: Graph, network: Network, row: Row) -> dict[str, str]:
    """What the table calls each layer of a row: the row, where it has several the caption of the cell that set its
    filters, and where two share a cell, or none has one, the layer's own name."""
    weighted = [name for name in row.nodes if isinstance(graph[name].op, ops.Conv2d | ops.Linear)]
    cells = next((one.cells for one in (*network.rows, *network.heads) if one.name == row.group), {})
    columns = {name: key for name in weighted if (key := _column(graph, row, graph[name])) in cells}
    count = Counter(columns.values())
    captions = _captions(graph, network, row)

    def layer(name: str) -> str:
        own, key = name.removeprefix(row.attribute).removeprefix("."), columns.get(name, "")
        if weighted == [name]:
            return f"`{row.name}`"
        if key:
            return f"`{row.name}`.`{captions.get(key, key)}`" + (f" ({own})" if count[key] > 1 else "")
        return f"`{row.name}`.`{own}`" if own else f"`{row.name}`"

    found = {}
    for name in row.nodes:
        norm_of = name.removesuffix("_norm") if isinstance(graph[name].op, ops.BatchNorm2d) else name
        is_norm = norm_of != name != row.attribute
        found[name] = f"the norm of {layer(norm_of)}" if is_norm else layer(name)
    return found


def _column(graph: Graph, row: Row, node: Node) -> str:
    """The key of the row's column that set how many filters a layer has; empty where none did."""
    key = node.arguments.get("out_channels") or node.arguments.get("out_features") or ""
    scope = node.scope
    while key and scope and scope != row.attribute:
        inside = graph.scope_by_name.get(scope)
        if inside is not None and inside.kind:
            key = inside.arguments.get(key, "")
        scope = scope.rpartition(".")[0]
    return key if scope else ""


def _captions(graph: Graph, network: Network, row: Row) -> dict[str, str]:
    """Captions by key: the table's own, else those that the row's module declares."""
    scope = graph.scope_by_name.get(row.attribute)
    module = network.module(scope.kind) if scope else None
    if scope and module is None and scope.kind in library_names():
        module = library_module(scope.kind)
    declared = dict(module.captions) if module else {}
    printed = {key: text for under in network.columns for key, text in zip(under.keys, under.captions, strict=True)}
    return declared | printed
