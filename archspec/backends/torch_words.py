"""The docstrings of an emitted file: what it counts, and what each class is made of."""

from __future__ import annotations

from collections.abc import Iterator

from archspec import ops
from archspec.backends.blocks import Block, local
from archspec.backends.torch_classes import Class
from archspec.graph import Graph, Node
from archspec.shape import Pair


def header(graph: Graph) -> Iterator[str]:
    shapes = [(node.op, graph.input_shapes(node)) for node in graph.nodes]
    parameters = sum(op.weights(inputs) + op.biases(inputs) for op, inputs in shapes)
    macs = sum(op.macs(inputs) for op, inputs in shapes)
    name = " ".join(graph.name.split()) or "A network"
    yield f"{name}: {parameters:,} parameters, {macs:,} multiply-adds for an image of {graph.nodes[0].shape}."
    yield "Written by Archspec; it needs torch only."


def description(made: Class, graph: Graph) -> Iterator[str]:
    """The rows that are of a class, and its branches."""
    attributes = [row.attribute for row in graph.rows]
    places = sorted({attributes.index(block.name.partition(".")[0]) for block in made.instances})
    told = {tuple(_branches(block, strides=True)) for block in made.instances}
    branches = told.pop() if len(told) == 1 else tuple(_branches(made.block, strides=False))
    what = f"Module {made.block.kind}" if made.block.kind else f"Block {local(made.block)}"
    joins = {"Concat": ", branches concatenated", "Add": ", branches added"}
    join = joins.get(type(_join(made.block)).__name__, "")
    if join and any(_is_sum_with_input(made.block, child) for child in made.block.children):
        join += ", plus the input" if "concat" in join else ""
    end = join or (f": {branches[0][1]}" if branches[0][1] else "")
    yield f"{what}, {'row' if len(places) == 1 else 'rows'} {', '.join(_listed(graph, places))}{end}."
    if join:
        width = max(len(name) for name, _ in branches)
        yield "\n".join(f"{name:{width}}  {layers}".rstrip() for name, layers in branches)


def _listed(graph: Graph, places: list[int]) -> Iterator[str]:
    """The names of some rows; neighbours of one repeated row as `b1 to b20`."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1 and graph.rows[place].group == graph.rows[runs[-1][0]].group:
            runs[-1].append(place)
        else:
            runs.append([place])
    for run in runs:
        names = [graph.rows[place].name for place in run]
        yield f"{names[0]} to {names[-1]}" if len(run) > 2 else ", ".join(names)


def _join(block: Block) -> ops.AnyOp | None:
    """The operation that brings branches together: the first concatenation, else the first sum."""
    nodes = [child.op for child in block.children if isinstance(child, Node)]
    joins = [op for op in nodes if isinstance(op, ops.Concat | ops.Add)]
    return next((op for op in joins if isinstance(op, ops.Concat)), joins[0] if joins else None)


def _is_sum_with_input(block: Block, child: Node | Block) -> bool:
    return isinstance(child, Node) and isinstance(child.op, ops.Add) and "" in block.inputs_of(child)


def _branches(block: Block, *, strides: bool) -> Iterator[tuple[str, str]]:
    """The name of each branch and its layers."""
    children = {local(child): child for child in block.children}
    join = next((c for c in block.children if isinstance(c, Node) and c.op is _join(block)), None)
    for end in block.inputs_of(join) if join else (block.local_result(block.output),):
        path: list[Node | Block] = []
        at = end
        while at and len(block.inputs_of(children[at])) == 1:
            path.insert(0, children[at])
            (at,) = block.inputs_of(children[at])
        names = [local(child) for child in path]
        words = [word for child in path for word in _words(child, strides)]
        yield (min(names, key=len) if len(words) == 1 and names else names[0] if names else "input"), ", ".join(words)


def _words(child: Node | Block, strides: bool) -> Iterator[str]:
    if isinstance(child, Block):
        if child.is_chain:
            for inner in child.children:
                yield from _words(inner, strides)
        else:
            yield f"({' | '.join(layers for _, layers in _branches(child, strides=strides))})"
        return
    op = child.op
    match op:
        case ops.Conv2d():
            how = "" if op.groups == 1 else "depthwise " if op.groups == op.out_channels else "grouped "
            yield how + _size(op.kernel_size, op.stride, strides)
        case ops.MaxPool2d():
            yield f"max pool {_size(op.kernel_size, op.stride, strides)}"
        case ops.AvgPool2d():
            yield f"average pool {_size(op.kernel_size, op.stride, strides)}"
        case ops.AdaptiveAvgPool2d() | ops.AdaptiveMaxPool2d():
            yield f"{'average' if isinstance(op, ops.AdaptiveAvgPool2d) else 'max'} pool to {_size(op.output_size)}"
        case ops.Linear():
            yield "linear"
        case ops.Dropout():
            yield "dropout"
        case _:
            pass


def _size(kernel: Pair, stride: Pair = (1, 1), strides: bool = False) -> str:
    vertical, horizontal = stride if strides else (1, 1)
    step = f"{vertical}" if vertical == horizontal else f"{vertical}×{horizontal}"
    return f"{kernel[0]}×{kernel[1]}" + ("" if step == "1" else f"/{step}")
