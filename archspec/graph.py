"""The network as data: immutable nodes in topological order, grouped into rows and scopes. No torch, no batch axis.

A node's name is its identity and the path of its parameters: `inception_4c.branch_3x3.reduce`. Its scope is all but the
last part. What a reader of the graph needs to name things as the table does stands in `Row` and `Scope`; what gave an
op's argument its value stands in `Node.arguments`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from archspec.diagnostic import Path
from archspec.ops import AnyOp, Flatten, Input, Linear, Op, ShapeError
from archspec.shape import Shape

INPUT = "input"  # the name of the node that is the image


@dataclass(frozen=True)
class Node:
    """One operation.

    `inputs` are names of earlier nodes. `flat` says that the value is a vector (batch × channels in torch) and not a
    map. `weight_layers` is what the node adds to depth: 1 for a convolution or linear layer, 0 for everything else, for
    a projection, and for the depthwise half of a separable convolution. `arguments` maps an op's field to the column or
    parameter its value came from, for example `{"out_channels": "3x3-reduce"}`.
    """

    name: str
    op: AnyOp
    inputs: tuple[str, ...]
    shape: Shape
    flat: bool = False
    origin: Path = ()
    weight_layers: int = 0
    arguments: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def scope(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class Scope:
    """A block with names of its own: a module instance (`kind` is the module) or an anonymous block (`kind` is empty).

    `input` and `output` name nodes; the input stands outside the scope. `columns` are the module's columns in order, as
    keys, and `arguments` maps those among them that got their value through a reference to the column of the enclosing
    module, or the parameter of the network, that it names. A scope's name is the path of its parameters.
    """

    name: str
    kind: str
    input: str
    output: str
    columns: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Row:
    """A row of the table, one instance of a repeated row, or a head.

    `name` is printed (`4c`), `attribute` is the parameter path (`inception_4c`), `type` the printed word, `group` the
    row that an instance belongs to (equal to `name` where nothing repeats). `input` and `output` name nodes; a row
    without a node of its own (an identity) has `output == input`. `nodes` are its nodes' names, in order.
    """

    name: str
    attribute: str
    type: str
    group: str
    input: str
    output: str
    nodes: tuple[str, ...]
    loss_weight: float | None = None  # heads only

    @property
    def is_head(self) -> bool:
        return self.loss_weight is not None


@dataclass(frozen=True)
class Graph:
    """`rows` is the trunk followed by the heads; the trunk's last output is the main one."""

    name: str
    nodes: tuple[Node, ...]
    rows: tuple[Row, ...]
    scopes: tuple[Scope, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def scope_by_name(self) -> dict[str, Scope]:
        return {scope.name: scope for scope in self.scopes}

    def __getitem__(self, name: str) -> Node:
        return self.by_name[name]

    @property
    def trunk(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.is_head)

    @property
    def heads(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.is_head)

    @property
    def output(self) -> str:
        """The node that is the main output."""
        trunk = self.trunk
        return trunk[-1].output if trunk else INPUT

    def input_shapes(self, node: Node) -> tuple[Shape, ...]:
        return tuple(self.by_name[name].shape for name in node.inputs)

    def without_heads(self) -> Graph:
        """The same network with only the rows of the trunk."""
        heads = {name for row in self.heads for name in row.nodes}
        nodes = tuple(node for node in self.nodes if node.name not in heads)
        kept = {node.name for node in nodes}
        scopes = tuple(scope for scope in self.scopes if scope.output in kept and not _inside(scope, self.heads))
        return Graph(self.name, nodes, self.trunk, scopes)

    def __str__(self) -> str:
        """One line a node, for reading and for golden files."""
        return "\n".join(f"{node.name} = {node.op}({', '.join(node.inputs)}) -> {node.shape}" for node in self.nodes)


def _inside(scope: Scope, rows: Iterable[Row]) -> bool:
    return any(scope.name == row.attribute or scope.name.startswith(row.attribute + ".") for row in rows)


class Builder:
    """Collects nodes; infers each one's shape as it is added, so that an ill-shaped graph cannot arise."""

    def __init__(self, known: Iterable[Node] = ()) -> None:
        self._nodes = {node.name: node for node in known}
        self.added: list[Node] = []
        self.scopes: list[Scope] = []

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def __getitem__(self, name: str) -> Node:
        return self._nodes[name]

    def add(
        self,
        name: str,
        op: AnyOp,
        inputs: tuple[str, ...] = (),
        *,
        origin: Path = (),
        weight_layers: int = 0,
        arguments: Mapping[str, str] | None = None,
    ) -> Node:
        """Add a node and return it. Raises `ShapeError`; a name used twice is a fault of ours."""
        if name in self._nodes:
            raise ValueError(f"two nodes are called {name!r}")
        sources = [self._nodes[source] for source in inputs]
        flat = isinstance(op, Linear | Flatten) or any(node.flat for node in sources)
        if flat and not isinstance(op, _ON_VECTORS):
            raise ShapeError("flat", f"{type(op).__name__} needs a map, and the layer before gives a vector")
        shape = op.infer(tuple(node.shape for node in sources))
        node = Node(name, op, inputs, shape, flat, origin, weight_layers, arguments or {})
        self._nodes[name] = node
        self.added.append(node)
        return node


def _vector_ops() -> tuple[type[Op], ...]:
    from archspec import ops

    maps_only = (ops.Conv2d, ops.Pool2d, ops.AdaptiveAvgPool2d, ops.AdaptiveMaxPool2d, ops.Pad2d, ops.LocalResponseNorm)
    return tuple(op for op in AnyOp.__args__ if not issubclass(op, maps_only))


_ON_VECTORS = _vector_ops()


def input_node(shape: Shape) -> Node:
    return Node(INPUT, Input(shape), (), shape)
