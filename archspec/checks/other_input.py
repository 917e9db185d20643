"""AS201 and AS305 as warnings, where the caller chose another input: a network that ends in 1×1 for the file's input
and no longer does, and linear layers that have other parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec import ops
from archspec.diagnostic import Diagnostic, Label, Path
from archspec.elaborate import elaborate
from archspec.graph import Graph, Node
from archspec.spec import Spec


def other_input(spec: Spec) -> Iterator[Diagnostic]:
    """What the chosen input changes beside sizes. Nothing where either network cannot be run."""
    own, chosen = elaborate(replace(spec, choice=replace(spec.choice, input=""))), elaborate(spec)
    if own.faults or chosen.faults:
        return
    before, after = own.graph, chosen.graph
    sizes = f"{before.nodes[0].shape.height}×{before.nodes[0].shape.width}"
    for row in (*after.trunk[-1:], *after.heads):
        end = after[row.output]
        if not end.flat and before[end.name].shape.grid == (1, 1) != end.shape.grid:
            gives = f"{end.shape.height}×{end.shape.width}"
            cause = _last_window(spec, after, end)
            yield Diagnostic(
                "AS201",
                f"`{row.name}` ends in {gives} for this input, in 1×1 for the file's {sizes}",
                (Label(cause, f"gives {gives}"),),
                help='write patch = "global", and every input gives 1×1',
                severity="warning",
                row=row.name,
                facts={"printed": "1×1", "gives": gives},
            )
    yield from _linear(spec, before, after, sizes)


def _linear(spec: Spec, before: Graph, after: Graph, sizes: str) -> Iterator[Diagnostic]:
    """Linear layers that read other numbers of values."""
    row_of = {name: row.name for row in after.rows for name in row.nodes}
    for node in after.nodes:
        if not isinstance(node.op, ops.Linear):
            continue
        (was,), (now,) = before.input_shapes(before[node.name]), after.input_shapes(node)
        if was.elements != now.elements:
            read = after[node.inputs[0]]  # flattened
            cause = _last_window(spec, after, read)
            yield Diagnostic(
                "AS305",
                f"`{row_of[node.name]}` reads {now.elements:,} values for this input, {was.elements:,} for the file's "
                f"{sizes}: it has other parameters",
                (
                    Label(node.origin, f"reads {now.elements:,} values"),
                    *([Label(cause, "gives " + str(after[read.inputs[0]].shape))] if cause != node.origin else []),
                ),
                help="put a `global` pool in front, and it is the same layer for every input",
                severity="warning",
                row=row_of[node.name],
                facts={"printed": was.elements, "gives": now.elements},
            )


def _last_window(spec: Spec, graph: Graph, node: Node) -> Path:
    """The cell of the window that gave a value its height and width; the place of its layer where that has none."""
    while not isinstance(node.op, ops.Conv2d | ops.Pool2d) or node.op.kernel_size == (1, 1):
        if not node.inputs or not graph[node.inputs[0]].origin:
            break
        node = graph[node.inputs[0]]
    group = next((row.group for row in graph.rows if row.nodes == (node.name,)), "")
    layer = next((one for one in spec.network.rows if one.name == group), None)
    return layer.cells["patch"].path if layer and "patch" in layer.cells else node.origin
