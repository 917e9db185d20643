"""What a network costs: parameters, buffers, multiply-adds, activations, depth and receptive field, by row and in
total.

All counts are per image; one MAC is one multiply-add of a convolution or linear layer. Activations are the output
elements of convolutions and linear layers. Depth is the longest path in weight layers, projections not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd

from archspec import ops
from archspec.graph import Graph, Node, Row
from archspec.shape import Pair, Shape


@dataclass(frozen=True)
class Cost:
    """`weights` are counted without biases and without batch norm's scale; `params` is everything that is learned."""

    params: int = 0
    weights: int = 0
    buffers: int = 0
    macs: int = 0
    activations: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.params + other.params,
            self.weights + other.weights,
            self.buffers + other.buffers,
            self.macs + other.macs,
            self.activations + other.activations,
        )


def node_cost(node: Node, inputs: tuple[Shape, ...]) -> Cost:
    """The cost of one node for the shapes it takes."""
    op = node.op
    weighty = isinstance(op, ops.Conv2d | ops.Linear)
    weights = op.weights(inputs)
    return Cost(
        weights + op.biases(inputs),
        weights if weighty else 0,
        op.buffers(inputs),
        op.macs(inputs),
        node.shape.elements if weighty else 0,
    )


def cost(nodes: Iterable[Node], shapes: Mapping[str, Shape]) -> Cost:
    """The cost of some nodes together. `shapes` gives the shape of every node they read."""
    total = Cost()
    for node in nodes:
        total += node_cost(node, tuple(shapes[name] for name in node.inputs))
    return total


def shapes_of(graph: Graph) -> dict[str, Shape]:
    return {node.name: node.shape for node in graph.nodes}


def row_cost(graph: Graph, row: Row) -> Cost:
    return cost((graph[name] for name in row.nodes), shapes_of(graph))


def graph_cost(graph: Graph) -> Cost:
    """The whole graph, heads included."""
    return cost(graph.nodes, shapes_of(graph))


def depth(nodes: Iterable[Node]) -> int:
    """The longest path through these nodes in weight layers; what they read from outside counts 0."""
    longest: dict[str, int] = {}
    for node in nodes:
        longest[node.name] = node.weight_layers + max((longest.get(name, 0) for name in node.inputs), default=0)
    return max(longest.values(), default=0)


@dataclass(frozen=True)
class Field:
    """On one axis: output position i sees the input positions `first + i * step` to `last + i * step`."""

    first: int
    last: int
    step: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def receptive_fields(graph: Graph) -> dict[str, Pair]:
    """The height and width of the input patch that one position of each node's output can see, at most the whole input.

    Arithmetic of Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", with the
    union taken where branches meet.
    """
    whole = graph.nodes[0].shape.grid
    fields: dict[str, tuple[Field, Field]] = {}
    for node in graph.nodes:
        sources = [fields[name] for name in node.inputs]
        if not sources:
            fields[node.name] = Field(0, 0, 1), Field(0, 0, 1)
            continue
        shape = graph[node.inputs[0]].shape
        axes = [
            _seen(node.op, axis, [source[axis] for source in sources], shape.grid[axis], whole[axis]) for axis in (0, 1)
        ]
        fields[node.name] = axes[0], axes[1]
    return {name: (min(v.size, whole[0]), min(h.size, whole[1])) for name, (v, h) in fields.items()}


def _seen(op: ops.AnyOp, axis: int, sources: list[Field], size: int, whole: int) -> Field:
    one = Field(min(f.first for f in sources), max(f.last for f in sources), max(f.step for f in sources))
    match op:
        case ops.Conv2d():
            return _through(one, op.kernel_size[axis], op.stride[axis], op.padding[axis], op.dilation[axis])
        case ops.MaxPool2d() | ops.AvgPool2d():
            return _through(one, op.kernel_size[axis], op.stride[axis], op.padding[axis])
        case ops.AdaptiveAvgPool2d() | ops.AdaptiveMaxPool2d():
            bins = op.output_size[axis]
            # cell i is from floor(i * size / bins) to ceil((i + 1) * size / bins): longest where it begins latest
            longest = -(-(bins - gcd(size, bins) + size) // bins)
            return _through(one, longest, max(size // bins, 1), 0)
        case ops.Pad2d():
            before = op.padding.top if axis == 0 else op.padding.left
            return Field(one.first - before * one.step, one.last - before * one.step, one.step)
        case ops.Flatten() | ops.Linear():
            return Field(0, whole - 1, whole)
        case _:
            return one


def _through(field: Field, kernel: int, stride: int, padding: int, dilation: int = 1) -> Field:
    first = field.first - padding * field.step
    last = field.last + (dilation * (kernel - 1) - padding) * field.step
    return Field(first, last, field.step * stride)
