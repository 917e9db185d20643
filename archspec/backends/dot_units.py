"""What a diagram shows: a graph's rows in, chains of drawn units and splits out. No colours, no DOT.

A `Unit` is what a reader counts as one layer: a convolution with the norm, activation and padding that belong to it, the
two halves of a separable convolution, a pool. A `Split` is a fork with its branches and the node that joins them. How
convolutions of the network usually run (`Dialect`) is said once in a legend, and only deviations on the unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import assert_never

from archspec import ops
from archspec.backends.dot_style import Kind, elide, human
from archspec.graph import Graph, Node, Row
from archspec.shape import Pair, Shape

_SUFFIXES = ("_norm", "_act", "_pad")  # how the nodes of one layer are named after it


@dataclass(frozen=True)
class Unit:
    """One drawn layer. `title` says the operation, `short` the same inside a chain, `notes` what is unusual about it."""

    name: str
    kind: Kind
    title: str
    short: str
    filters: int | None
    notes: tuple[str, ...]
    shape: Shape
    params: int
    macs: int


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
        return " + ".join(["add" if self.adds else "concat", *(_word(node) for node in self.after)])


Chain = tuple["Unit | Split", ...]


@dataclass(frozen=True)
class Dialect:
    """How most convolutions run: their parts in order (`conv` is the convolution itself) and whether they have a bias."""

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


def cost(graph: Graph, names: Iterable[str]) -> tuple[int, int]:
    """Parameters and multiply-adds of some nodes."""
    params = macs = 0
    for name in names:
        node = graph[name]
        shapes = graph.input_shapes(node)
        params += node.op.weights(shapes) + node.op.biases(shapes)
        macs += node.op.macs(shapes)
    return params, macs


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
        (item.title, item.filters, item.notes, item.shape)
        if isinstance(item, Unit)
        else (item.word, item.shape, *map(signature, item.branches))
        for item in items
    )


def units(items: Chain) -> Iterator[Unit]:
    for item in items:
        if isinstance(item, Unit):
            yield item
        else:
            for branch in item.branches:
                yield from units(branch)


def branch_name(branch: Chain, split: Split) -> str:
    """The branch's own name inside its block; empty for one that is the block's input."""
    if not branch:
        return ""
    first = branch[0]
    name = first.name if isinstance(first, Unit) else first.join.name
    return name.removeprefix(split.join.scope).lstrip(".").partition(".")[0]


def colour(items: Chain) -> Kind:
    """The colour of a chain: that of its pool, or of its largest window. A lone split is a join."""
    if len(items) == 1 and isinstance(items[0], Split):
        return "join"
    kinds = {unit.kind for unit in units(items)}
    order: tuple[Kind, ...] = ("max", "avg", "conv5", "conv3", "conv1", "fc")
    return next((kind for kind in order if kind in kinds), "other")


def row_title(word: str, name: str) -> str:
    """`4c` of type inception is `Inception 4c`; a name that starts with a letter stands alone."""
    return elide(f"{word[:1].upper()}{word[1:]} {name}" if name[:1].isdigit() else name)


def grid(pair: Pair) -> str:
    return f"{pair[0]}×{pair[1]}"


def counts(params: int, macs: int) -> str:
    return " · ".join([*([f"{human(params)} par"] if params else []), *([f"{human(macs)} MAC"] if macs else [])])


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
    """Cut a run of nodes into layers. A flatten is not drawn."""
    run = [node for node in run if not isinstance(node.op, ops.Flatten)]
    keys = [_base(node.name) for node in run]
    for index, (first, second) in enumerate(zip(run, run[1:], strict=False)):
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
        word = "conv" if isinstance(node.op, ops.Conv2d | ops.Linear) else _word(node)
        if not isinstance(node.op, ops.Pad2d) and word not in parts:
            parts.append(word)
    main = _main(group).op
    return Dialect(tuple(parts), isinstance(main, ops.Conv2d | ops.Linear) and main.bias)


def _main(group: Sequence[Node]) -> Node:
    """The node that the layer is named after; of a separable convolution the pointwise half."""
    by_side = [node for node in group if not node.name.endswith(_SUFFIXES)] or list(group)
    return by_side[-1]


def _unit(graph: Graph, group: Sequence[Node], usual: Dialect) -> Unit:
    main = _main(group)
    shape = graph.input_shapes(group[0])[0]
    kind, title, short, filters, notes = _describe(main, group, shape, usual)
    params, macs = cost(graph, (node.name for node in group))
    return Unit(main.name, kind, title, short, filters, notes, group[-1].shape, params, macs)


def _describe(
    main: Node, group: Sequence[Node], given: Shape, usual: Dialect
) -> tuple[Kind, str, str, int | None, tuple[str, ...]]:
    op = main.op
    word = _word(main)
    match op:
        case ops.Conv2d():
            window = next(node.op for node in group if isinstance(node.op, ops.Conv2d))  # of a separable one, the first
            kind: Kind = "conv1" if max(window.kernel_size) == 1 else "conv3" if _area(window.kernel_size) < 25 else "conv5"
            size = grid(window.kernel_size)
            notes = [*_conv_notes(window, group, given), *usual.deviations(_runs_like(group))]
            if window is not op:
                word = "separable conv"
                notes.insert(0, f"×{window.out_channels // given.channels} depthwise")
            elif 1 < op.groups == given.channels:
                word = "depthwise conv"
            elif op.groups > 1:
                notes.insert(0, f"{op.groups} groups")
            return kind, f"{word} {size}{_stride(window.stride)}", size, op.out_channels, tuple(notes)
        case ops.MaxPool2d() | ops.AvgPool2d():
            kind = "max" if isinstance(op, ops.MaxPool2d) else "avg"
            title = f"{word} {grid(op.kernel_size)}{_stride(op.stride)}"
            return kind, title, kind, None, tuple(_pool_notes(op, group, given, main.shape))
        case ops.AdaptiveMaxPool2d() | ops.AdaptiveAvgPool2d():
            kind = "max" if isinstance(op, ops.AdaptiveMaxPool2d) else "avg"
            if op.output_size == (1, 1):
                return kind, f"global {word} {grid(given.grid)}", f"global {kind}", None, ()
            return kind, f"{word} to {grid(op.output_size)}", kind, None, ()
        case ops.Linear():
            parts = [_word(node) for node in group if node is not main]
            return "fc", word, word, op.out_features, (*([] if op.bias else ["no bias"]), *parts)
        case ops.LocalResponseNorm():
            return "other", word, "lrn", None, (f"over {op.size} channels",)
        case ops.Dropout():
            return "other", f"{word} {op.rate * 100:g} %", word, None, ()
        case ops.Scale():
            return "other", f"× {op.factor:g}", f"× {op.factor:g}", None, ()
        case ops.Softmax():
            return "fc", word, word, None, ()
        case _:
            return "other", word, word, None, ()


def _conv_notes(op: ops.Conv2d, group: Sequence[Node], given: Shape) -> list[str]:
    notes = [] if op.dilation == (1, 1) else [f"dilation {_pair(op.dilation)}"]
    same = tuple(d * (k - 1) // 2 for k, d in zip(op.kernel_size, op.dilation, strict=True))
    if any(isinstance(node.op, ops.Pad2d) for node in group):
        return [*notes, _uneven(group)]
    if op.padding == same:
        return notes
    return [*notes, "no pad" if op.padding == (0, 0) else f"pad {_pair(op.padding)}"]


def _pool_notes(op: ops.MaxPool2d | ops.AvgPool2d, group: Sequence[Node], given: Shape, shape: Shape) -> Iterator[str]:
    if shape.grid == (1, 1):
        yield "global"
    elif op.stride == (1, 1):
        yield "stride 1"
    if any(isinstance(node.op, ops.Pad2d) for node in group):
        yield _uneven(group)
    elif any(op.padding):
        yield f"pad {_pair(op.padding)}"
        if isinstance(op, ops.AvgPool2d) and not op.count_pad:
            yield "not counted"
    if op.rounding == "ceil" and any(
        (size + 2 * pad - kernel) % stride
        for size, pad, kernel, stride in zip(given.grid, op.padding, op.kernel_size, op.stride, strict=True)
    ):
        yield "rounded up"


def _uneven(group: Sequence[Node]) -> str:
    pad = next(node.op.padding for node in group if isinstance(node.op, ops.Pad2d))
    return f"pad {pad.top}+{pad.bottom}" if pad[:2] == pad[2:] else f"pad {pad.top}+{pad.bottom}, {pad.left}+{pad.right}"


def _area(pair: Pair) -> int:
    return pair[0] * pair[1]


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else grid(pair)


def _stride(stride: Pair) -> str:
    return "" if stride == (1, 1) else f" / {_pair(stride)}"


def _word(node: Node) -> str:
    match node.op:
        case ops.Input():
            return "image"
        case ops.Conv2d():
            return "conv"
        case ops.MaxPool2d() | ops.AdaptiveMaxPool2d():
            return "max pool"
        case ops.AvgPool2d() | ops.AdaptiveAvgPool2d():
            return "avg pool"
        case ops.Pad2d():
            return "pad"
        case ops.BatchNorm2d():
            return "batch norm"
        case ops.LocalResponseNorm():
            return "local response norm"
        case ops.Relu() | ops.Relu6() | ops.Sigmoid() | ops.Tanh() | ops.Softmax():
            return type(node.op).__name__.lower()
        case ops.Dropout():
            return "dropout"
        case ops.Flatten():
            return "flatten"
        case ops.Linear():
            return "linear"
        case ops.Concat():
            return "concat"
        case ops.Add():
            return "add"
        case ops.Scale():
            return "scale"
        case _:
            assert_never(node.op)
