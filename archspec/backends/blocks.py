"""A graph as the tree that its names spell: flat nodes in, nested blocks out, each with one input and one output.

A `Block` is a scope with its nodes and inner blocks in order. Two blocks with equal `structure` differ in numbers only.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from archspec import ops
from archspec.backends.python_text import Value, is_safe_identifier
from archspec.graph import INPUT, Graph, Node, Scope

# Names that the emitted network has for itself.
_RESERVED = ("forward", "initialise", "source")

# Names of torch.nn.Sequential's own methods, which a child would hide.
_OF_SEQUENTIAL = {"append", "extend", "insert", "pop"}


@dataclass(frozen=True)
class Block:
    """A scope. `kind` is the module it is an instance of, or empty; `columns` are those in force inside it.

    `arguments` maps a column to the enclosing block's column or parameter that gave it.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    input: str
    output: str
    children: tuple[Node | Block, ...]
    arguments: Mapping[str, str] = field(hash=False)
    results: Mapping[str, str] = field(hash=False)  # node that leaves a child -> the child's local name

    def inputs_of(self, child: Node | Block) -> tuple[str, ...]:
        """Local names of the children that a child reads; empty is the block's own input."""
        names = (child.input,) if isinstance(child, Block) else child.inputs
        return tuple(self.local_result(name) for name in names)

    def local_result(self, node: str) -> str:
        return "" if node == self.input else self.results[node]

    @cached_property
    def is_chain(self) -> bool:
        """Whether it is a list of layers, each of which reads the one before: what torch.nn.Sequential can say."""
        before = ""
        for child in self.children:
            name = local(child)
            joins = isinstance(child, Node) and isinstance(child.op, ops.Add | ops.Concat | ops.Scale)
            joins = joins or (
                isinstance(child, Node) and child.op != ops.Flatten() and isinstance(child.op, ops.Flatten)
            )
            if joins or self.inputs_of(child) != (before,) or name in _OF_SEQUENTIAL:
                return False
            before = name
        return before == self.local_result(self.output)

    @cached_property
    def structure(self) -> Hashable:
        """Everything but the numbers that may be constructor parameters."""
        parts = [
            (local(child), self.inputs_of(child), child.structure if isinstance(child, Block) else _skeleton(child))
            for child in self.children
        ]
        return (self.kind, tuple(parts), self.local_result(self.output))

    @property
    def nodes(self) -> Iterator[Node]:
        for child in self.children:
            yield from child.nodes if isinstance(child, Block) else (child,)


def local(child: Node | Block) -> str:
    """The last part of a name."""
    return child.name.rpartition(".")[2]


def tree(graph: Graph) -> Block:
    """The network as one block. Raises `ValueError` for a name unsafe in Python, or a scope that is no block."""
    _check_names(graph)
    members: dict[str, dict[str, Node | None]] = {"": {}}
    for node in graph.nodes:
        if node.name == INPUT:
            continue
        parts = node.name.split(".")
        for depth in range(1, len(parts)):
            scope, inner = ".".join(parts[: depth - 1]), ".".join(parts[:depth])
            if members[scope].setdefault(inner) is not None:
                raise ValueError(f"{inner!r} is a node and also a scope")
            members.setdefault(inner, {})
        if node.name in members[node.scope]:
            raise ValueError(f"{node.name!r} is a node and also a scope")
        members[node.scope][node.name] = node
    return _block("", graph, members, ())


Members = Mapping[str, Mapping[str, Node | None]]  # scope -> its children in order; None for an inner scope


def _block(name: str, graph: Graph, members: Members, columns: tuple[str, ...]) -> Block:
    scope = graph.scope_by_name.get(name)
    if scope and scope.kind:
        columns = scope.columns
    children = tuple(node or _block(inner, graph, members, columns) for inner, node in members[name].items())
    results = {child.output if isinstance(child, Block) else child.name: local(child) for child in children}
    if name and not scope:
        raise ValueError(f"{name!r} holds nodes and is no scope of the graph")
    scope = scope or Scope("", "", INPUT, graph.output)
    block = Block(name, scope.kind, columns, scope.input, scope.output, children, scope.arguments, results)
    for child in children:
        for source in (child.input,) if isinstance(child, Block) else child.inputs:
            if source != block.input and source not in results:
                raise ValueError(f"{child.name!r} reads {source!r} past the input of {name!r}: not a block")
    if block.output not in results and block.output != block.input:
        raise ValueError(f"the output of {name!r} is {block.output!r}, which is not in it")
    return block


def _skeleton(node: Node) -> Hashable:
    kept = tuple(getattr(node.op, f.name) for f in fields(node.op) if not _may_vary(node, f.name))
    return type(node.op), kept, node.flat


def _may_vary(node: Node, name: str) -> bool:
    """Whether instances of one class may differ in an argument: an integer or a tuple of them, or a column's number."""
    value = getattr(node.op, name)
    if isinstance(node.op, ops.Flatten):
        return False  # a grid stands in `forward`
    counts = isinstance(value, int | tuple) and not isinstance(value, bool)
    return counts or (isinstance(value, float) and name in node.arguments)


def value_of(node: Node, name: str) -> Value:
    """An argument of a node's operation, with `(3, 3)` written as 3 and padding in torch's order."""
    value: Value = getattr(node.op, name)
    if isinstance(node.op, ops.Pad2d) and name == "padding":
        top, bottom, left, right = node.op.padding
        return (left, right, top, bottom)
    return tuple(value) if isinstance(value, tuple) else value


def _check_names(graph: Graph) -> None:
    named = [node.name for node in graph.nodes] + [s.name for s in graph.scopes] + [row.attribute for row in graph.rows]
    for name in dict.fromkeys(named):
        for part in name.split("."):
            if not is_safe_identifier(part) or part in _RESERVED:
                raise ValueError(f"{name!r} cannot be the name of a parameter in Python")
