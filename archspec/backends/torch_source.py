"""The torch source of a network: a `Graph` in, the text of a Python file out that needs nothing but torch.

One class a module, one line a row, and the names of the graph as the names of the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archspec import ops
from archspec.backends import torch_calls
from archspec.backends.blocks import Block, local, tree
from archspec.backends.python_text import Call, call, docstring, layout, literal
from archspec.backends.torch_classes import Class, Classes
from archspec.backends.torch_forward import Child, Line, Statement, free_name, lines, of_one_layer, statements
from archspec.backends.torch_initialise import draws, initialise
from archspec.backends.torch_outputs import Wanted, wanted
from archspec.backends.torch_words import description, header
from archspec.graph import Graph

# What the emitted file calls its own; no class may take these names.
_HALVES = (torch_calls.SHIFT_ONLY, torch_calls.SCALE_ONLY)
_TAKEN = frozenset(("F", "NamedTuple", "OrderedDict", "Outputs", "Tensor", *_HALVES))

_CHAIN = '''def chain(**layers: nn.Module) -> nn.Sequential:
    """Layers in order, each under its name."""
    return nn.Sequential(OrderedDict(layers))'''


def to_source(graph: Graph, *, outputs: str = "main", features: Sequence[str] = ()) -> str:
    """A Python file with one class for the network; the same graph gives the same text.

    `forward` takes images as a batch × channels × height × width tensor. What it returns:
    `outputs="main"`: logits, batch × classes; a softmax at the end is left out, and heads have no parameters.
    `outputs="probabilities"`: the softmax of the same.
    `outputs="all"`: a NamedTuple of the logits (`main`) and those of each head, in training and in evaluation.
    `features`: rows as printed, whose outputs follow as further fields, each named by the row's attribute.
    A last map of size 1×1 is returned as a vector. Raises `ValueError` for an unknown word or row, for a name that is
    not safe in Python, and for a scope with more than one input or output.
    """
    want = wanted(graph, outputs, features)
    root = tree(want.graph)
    classes = Classes(want.graph, root, _TAKEN)
    network = classes.of(root)
    parts = ["\n".join(_class(made, want.graph)) for made in classes.ordered if made is not network]
    if want.fields:
        types = "\n".join(f"    {name}: Tensor" for name in ("main", *want.fields))
        parts.append(f'class Outputs(NamedTuple):\n    """What the network returns."""\n\n{types}')
    parts.append("\n".join(_network(network, want)))
    body = "\n\n\n".join(parts)
    helpers = [_CHAIN] if re.search(r"\bchain\(", body) else []
    helpers += [torch_calls.flatten(want.graph.nodes[0].shape)] if re.search(r"(?<![\w.])flatten\(", body) else []
    helpers += [torch_calls.half_batch_norm(name) for name in _HALVES if f"{name}(" in body]
    body = "\n\n\n".join([*helpers, body])
    return "\n".join([*docstring(header(want.graph), 0), "", *_imports(body), "", "", body, ""])


def _imports(body: str) -> Iterator[str]:
    standard = [
        ("OrderedDict", "from collections import OrderedDict"),
        ("(NamedTuple)", "from typing import NamedTuple"),
    ]
    used = [line for word, line in standard if word in body]
    yield from [*used, ""] if used else []
    yield "import torch"
    if re.search(r"\bF\.", body):
        yield "import torch.nn.functional as F"
    yield "from torch import Tensor, nn"


def _class(made: Class, graph: Graph) -> Iterator[str]:
    block = made.block
    yield f"class {made.name}(nn.Module):"
    yield from docstring(description(made, graph), 4)
    yield ""
    yield from layout(*_signature([f"{p.name}: {p.annotation}" for p in made.parameters]), indent=4)
    yield from _members(made, 8)
    yield ""
    yield "    def forward(self, x: Tensor) -> Tensor:"
    end = block.local_result(block.output)
    said, variables = statements(block, lines(block, [end], of_one_layer), {}, made.factors)
    for statement in said[:-1]:
        yield from layout(f"{statement.variables[0]} = ", statement.value, indent=8)
    if said and said[-1].line.output == end:
        yield from layout("return ", said[-1].value, indent=8)
    else:
        yield f"        return {variables[end]}"


def _signature(parameters: Sequence[str]) -> tuple[str, Call, str]:
    return "", Call("def __init__(", (("", "self"), *(("", text) for text in parameters))), " -> None:"


def _members(made: Class, indent: int) -> Iterator[str]:
    yield f"{' ' * 8}super().__init__()"
    for name, code in made.members:
        yield from layout(f"self.{name} = ", code, indent=indent)


def _network(made: Class, want: Wanted) -> Iterator[str]:
    graph, drawn = want.graph, draws(want.graph)
    yield f"class {made.name}(nn.Module):"
    yield from docstring([f"{' '.join(graph.name.split()) or 'A network'} for {graph.nodes[0].shape} images."], 4)
    yield ""
    defaults = [f"{p.name}: {p.annotation} = {literal(p.values[0])}" for p in made.parameters]
    yield from layout(*_signature(defaults), indent=4)
    if drawn:  # sizes first, numbers once
        members = list(_members(made, 12))
        yield members[0]
        yield "        device = torch.empty(0).device"
        yield '        with torch.device("meta"):  # sizes only: `initialise` gives the numbers'
        yield from members[1:]
        yield "        self.to_empty(device=device)"
        yield "        self.initialise()"
    else:
        yield from _members(made, 8)
    yield ""
    yield from initialise(graph)
    yield ""
    yield from _network_forward(made, want)


def _network_forward(made: Class, want: Wanted) -> Iterator[str]:
    block = made.block
    rows = {name: row for row in want.graph.rows for name in row.nodes}

    def row_of(child: Child) -> str:
        node = next(iter(child.nodes)) if isinstance(child, Block) else child
        return rows[node.name].attribute if node.name in rows else ""

    def same_row(line: Line, child: Child) -> bool:
        return row_of(line.children[-1]) == row_of(child)

    names = {local(child) for child in block.children}
    kept = {block.local_result(node): free_name(field, names) for field, node in want.fields.items()}
    heads = {row.attribute for row in want.graph.heads}
    listed = lines(block, [*kept, block.local_result(block.output)], same_row)
    ordered = [line for line in listed if row_of(line.children[0]) not in heads]
    for line in listed:
        if row_of(line.children[0]) in heads:  # a head stands behind the row it reads
            sources = [place for place, earlier in enumerate(ordered) if earlier.output in line.inputs]
            ordered.insert(max(sources, default=-1) + 1, line)
    said, variables = statements(block, ordered, kept, made.factors)
    yield f"    def forward(self, x: Tensor) -> {'Outputs' if want.fields else 'Tensor'}:"
    if "" in kept:
        yield f"        {kept['']} = x"
    for statement in said:
        yield from _with_shape(statement, want.graph)
    ends = {"main": block.output, **want.fields}
    returned = {field: variables[block.local_result(node)] for field, node in ends.items()}
    for field in returned:
        if field in want.vectors:
            grid = None if field in want.of_any_size else (1, 1)
            returned[field] = str(torch_calls.function(ops.Flatten(grid), (returned[field],), ""))
    if want.softmax:
        returned["main"] = f"F.softmax({returned['main']}, dim=1)"
    yield from layout("return ", call("Outputs", *returned.values()) if want.fields else returned["main"], indent=8)


def _with_shape(statement: Statement, graph: Graph) -> Iterator[str]:
    last = statement.line.children[-1]
    node = graph[last.output if isinstance(last, Block) else last.name]
    shape = f"  # {node.shape.channels if node.flat else node.shape}"
    said = list(layout("".join(f"{name} = " for name in statement.variables), statement.value, indent=8))
    yield from [said[0] + shape] if len(said) == 1 and len(said[0] + shape) <= 120 else said
