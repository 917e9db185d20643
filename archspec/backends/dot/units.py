"""What a diagram shows: a graph's rows in, chains of drawn units and splits out. No colours, no DOT.

A `Unit` is what a reader counts as one layer: a convolution with the norm, activation and padding that belong to it,
the two halves of a separable convolution, a pool. A `Split` is a fork with its branches and the node that joins them.
How convolutions of the network usually run (`Dialect`) is said once in a legend, and only deviations on the unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from archspec import ops
from archspec.backends.dot.style import Kind
from archspec.backends.dot.words import Description, describe, word
from archspec.cost import node_cost
from archspec.graph import Graph, Node, Row
from archspec.shape import Shape

SHORTCUT = "shortcut"
_SUFFIXES = ("_norm", "_act", "_pad")  # how the nodes of one layer are named after it


@dataclass(frozen=True)
class Unit:
    """One drawn layer; `name` is that of the node it is named after, `shape` what it gives."""

    name: str
    says: Description
    shape: Shape
    params: int
    macs: int

    @property
    def kind(self) -> Kind:
        return self.says.kind


@dataclass(frozen=True)
class Split:
    """Branches from one value to the node that joins them; `after` holds the norm and activation of the sum."""

    branches: tuple[Chain, ...]
    join: Node
    after: tuple[Node, ...] = ()

    @property
    def adds(self) -> bool:
        return isinstance(self.join.op, ops.Add)

    @property
    def shape(self) -> Shape:
        return self.join.shape

    @property
    def word(self) -> str:
        return " + ".join(["add" if self.adds else "concat", *(word(node.op) for node in self.after)])


Chain = tuple["Unit | Split", ...]


@dataclass(frozen=True)
class Dialect:
    """How most convolutions run: their parts in order, `conv` being the convolution itself, and if they have a bias."""

    parts: tuple[str, ...] = ("conv",)
    bias: bool = False

    def legend(self) -> str:
        named = ["conv with bias" if part == "conv" and self.bias else part for part in self.parts]
        return f"conv = {' + '.join(named)}" if len(named) > 1 or self.bias else ""

    def deviations(self, other: Dialect) -> tuple[str, ...]:
        """What to print on a convolution that runs like `other`."""
        if self.parts != other.parts and sorted(self.parts) == sorted(other.parts):
            return (" + ".join(other.parts),)
        missing = [f"no {part}" for part in self.parts if part not in other.parts]
        extra = [part for part in other.parts if part not in self.parts]
        bias = [] if self.bias == other.bias else ["bias" if other.bias else "no bias"]
        return (*bias, *missing, *extra)


def dialect(graph: Graph) -> Dialect:
    """The most frequent way of running a convolution; the first one of equals.

    The last ones of residual branches have no say where others exist: their activation comes after the sum.
    """
    summed = {source for node in graph.nodes if isinstance(node.op, ops.Add | ops.Scale) for source in node.inputs}
    convs = [group for group in _layers(list(graph.nodes)) if _is_conv(group)]
    ordinary = [group for group in convs if group[-1].name not in summed]
    seen = Counter(map(_runs_like, ordinary or convs))
    return seen.most_common(1)[0][0] if seen else Dialect()


def chain(graph: Graph, row: Row, usual: Dialect) -> Chain:
    """The row from its input to its output.

    Walks back from the output. A node of several inputs joins the branches that left its immediate dominator; that is
    enough because blocks nest, so every row is series-parallel.
    """
    inside = set(row.nodes)
    dominators = _dominators(graph, row)

    def walk(start: str, end: str) -> Chain:
        items: list[Unit | Split] = []
        run: list[Node] = []  # nodes of one input each, last first
        while end != start and end in inside:
            node = graph[end]
            if len(node.inputs) == 1:
                run.append(node)
                end = node.inputs[0]
                continue
            fork = dominators[end][-1]
            branches = tuple(walk(fork, source) for source in node.inputs)
            after, units = _close(graph, run[::-1], usual)
            items[:0] = [Split(branches, node, after), *units]
            run = []
            end = fork
        items[:0] = [_unit(graph, group, usual) for group in _layers(run[::-1])]
        return tuple(items)

    return walk(row.input, row.output)


def signature(items: Chain) -> tuple[object, ...]:
    """Equal for chains that are drawn alike, whatever their names."""
    return tuple(
        (item.says, item.shape) if isinstance(item, Unit) else (item.word, item.shape, *map(signature, item.branches))
        for item in items
    )


def units(items: Chain) -> Iterator[Unit]:
    """The units of a chain and of its branches."""
    for item in items:
        if isinstance(item, Unit):
            yield item
        else:
            for branch in item.branches:
                yield from units(branch)


def branch_names(split: Split) -> list[str]:
    """What the branches are called inside their block, each once; `SHORTCUT` is what is added to a block."""
    names: list[str] = []
    for index, branch in enumerate(split.branches):
        first = branch[0] if branch else None
        full = "" if first is None else first.name if isinstance(first, Unit) else first.join.name
        name = full.removeprefix(split.join.scope).lstrip(".").partition(".")[0]
        name = SHORTCUT if split.adds and name in ("", "projection") else name
        names.append(f"{name} {index}" if name in names else name)
    return names


def colour(items: Chain) -> Kind:
    """The colour of a chain: that of its pool, or of its largest window. A lone split is a join."""
    if len(items) == 1 and isinstance(items[0], Split):
        return "join"
    kinds = {unit.kind for unit in units(items)}
    order: tuple[Kind, ...] = ("max", "avg", "conv5", "conv3", "conv1", "fc")
    return next((kind for kind in order if kind in kinds), "other")


def _dominators(graph: Graph, row: Row) -> dict[str, list[str]]:
    """For every node of the row, the nodes that all paths from the row's input pass, nearest last."""
    found: dict[str, list[str]] = {}
    for name in row.nodes:
        paths = [[*found.get(source, []), source] for source in graph[name].inputs]
        common = [step[0] for step in zip(*paths, strict=False) if len(set(step)) == 1]
        found[name] = common or [row.input]
    return found


def _base(name: str) -> str:
    return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)


def _layers(run: list[Node]) -> list[list[Node]]:
    """Cut a run of nodes into layers. A flatten is not drawn, nor the join of a single branch."""
    run = [node for node in run if not isinstance(node.op, ops.Flatten | ops.Concat | ops.Add)]
    keys = [_base(node.name) for node in run]
    for index, (first, second) in enumerate(pairwise(run)):
        if first.name == f"{first.scope}.depthwise" and second.name == f"{first.scope}.pointwise":
            keys[index] = keys[index + 1] = first.scope
    return [[node for _, node in group] for _, group in groupby(zip(keys, run, strict=True), key=lambda pair: pair[0])]


def _close(graph: Graph, run: list[Node], usual: Dialect) -> tuple[tuple[Node, ...], list[Unit]]:
    """What follows a join: first the norm and activation of its own, then units."""
    layers = _layers(run)
    after: list[Node] = []
    while layers and all(isinstance(node.op, ops.BatchNorm2d | ops.Activation) for node in layers[0]):
        after += layers.pop(0)
    return tuple(after), [_unit(graph, group, usual) for group in layers]


def _is_conv(group: Sequence[Node]) -> bool:
    return any(isinstance(node.op, ops.Conv2d) for node in group)


def _runs_like(group: Sequence[Node]) -> Dialect:
    parts: list[str] = []
    for node in group:
        part = "conv" if isinstance(node.op, ops.Conv2d | ops.Linear) else word(node.op)
        if not isinstance(node.op, ops.Pad2d) and part not in parts:
            parts.append(part)
    main = _main(group).op
    return Dialect(tuple(parts), isinstance(main, ops.Conv2d | ops.Linear) and main.bias)


def _main(group: Sequence[Node]) -> Node:
    """The node that the layer is named after; of a separable convolution the pointwise half."""
    by_side = [node for node in group if not node.name.endswith(_SUFFIXES)] or list(group)
    return by_side[-1]


def _unit(graph: Graph, group: Sequence[Node], usual: Dialect) -> Unit:
    main = _main(group)
    shape = graph.input_shapes(group[0])[0]
    says = describe(main, group, shape, usual.deviations(_runs_like(group)))
    costs = [node_cost(node, graph.input_shapes(node)) for node in group]
    return Unit(main.name, says, group[-1].shape, sum(c.params for c in costs), sum(c.macs for c in costs))
