"""What `forward` says: the children of a block in, statements out, with the variables a person would use.

Layers that follow each other share a statement; `x` (or `y` beside a shortcut) runs along a chain, and what waits to be
joined has the name of its branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from archspec import ops
from archspec.backends import torch_calls
from archspec.backends.blocks import Block, local
from archspec.backends.python_text import Code, call, literal
from archspec.graph import Node

Child = Node | Block


@dataclass(frozen=True)
class Line:
    """Children that become one statement, each reading only the one before. `inputs` are outputs of earlier lines."""

    children: tuple[Child, ...]
    inputs: tuple[str, ...]

    @property
    def output(self) -> str:
        return local(self.children[-1])


@dataclass(frozen=True)
class Statement:
    """`variables` are what the value is assigned to, at least one."""

    line: Line
    variables: tuple[str, ...]
    value: Code


def lines(block: Block, pinned: Sequence[str], together: Callable[[Line, Child], bool]) -> list[Line]:
    """A block's children by line. `pinned` values stay at the end of a line; `together` says what may share one."""
    reads = [name for child in block.children for name in block.inputs_of(child)]
    result: list[Line] = []
    for child in block.children:
        inputs = block.inputs_of(child)
        last = result[-1] if result else None
        follows = last and inputs == (last.output,) and reads.count(last.output) == 1 and last.output not in pinned
        if last and follows and together(last, child):
            result[-1] = Line((*last.children, child), last.inputs)
        else:
            result.append(Line((child,), inputs))
    return result


def of_one_layer(line: Line, child: Child) -> bool:
    """Whether a child of a class joins a line: the norm and activation of a layer, its padding, what holds nothing."""
    first = local(line.children[0])
    named_alike = local(child).startswith(f"{first}_") or first.startswith(f"{local(child)}_")
    flattens = isinstance(child, Node) and isinstance(child.op, ops.Flatten)  # goes with what follows
    prepares = len(line.inputs) == 1 and all(map(is_function, line.children))
    return named_alike or (is_function(child) and not flattens) or prepares


def is_function(child: Child) -> bool:
    return isinstance(child, Node) and torch_calls.is_function(child.op)


def statements(
    block: Block, ordered: Sequence[Line], kept: Mapping[str, str], factors: frozenset[str]
) -> tuple[list[Statement], dict[str, str]]:
    """The statements of a block whose input is `x`, and the variable of every value at the end.

    `kept` gives what is returned beside the block's output its own variable. `factors` are scales kept in an attribute.
    """
    readers: dict[str, list[int]] = {}
    for index, line in enumerate(ordered):
        for name in line.inputs:
            readers.setdefault(name, []).append(index)
    names = {local(child) for child in block.children}
    end = block.local_result(block.output)
    running = {"x"}
    variables = {"": "x"}
    result: list[Statement] = []
    for index, line in enumerate(ordered):
        value = _expression(line, tuple(variables[name] for name in line.inputs), factors)
        own = kept.get(line.output) if line.output != end else None
        if own and line.output not in readers:
            variables[line.output] = own
            result.append(Statement(line, (own,), value))
            continue
        dead = [variables[name] for name in line.inputs if readers[name][-1] == index and variables[name] in running]
        follows = len(line.inputs) == 1 and len(readers[line.inputs[0]]) == 1
        after = readers.get(line.output, [])
        joins = len(after) == 1 and len(ordered[after[0]].inputs) > 1
        if dead and (follows or not joins):
            variable = dead[0]
        elif joins and len(line.inputs) == 1:
            variable = own or free_name(min((local(child) for child in line.children), key=len), names)
        else:
            live = {v for name, v in variables.items() if name == end or readers.get(name, [0])[-1] > index}
            variable = next(name for name in _running() if name not in live | names)
            running.add(variable)
        variables[line.output] = variable
        result.append(Statement(line, (variable, own) if own and own != variable else (variable,), value))
    return result, {**variables, **{name: own for name, own in kept.items() if name != end}}


def free_name(wish: str, names: set[str]) -> str:
    """A local variable that hides nothing the emitted code uses."""
    while wish in {"x", "self", "torch", "nn", "F", "Outputs", torch_calls.FLATTEN}:
        wish += "_"
        while wish in names:
            wish += "_"
    return wish


def _running() -> Iterator[str]:
    yield from "xyz"
    yield from (f"y{number}" for number in count(2))


def _expression(line: Line, inputs: tuple[Code, ...], factors: frozenset[str]) -> Code:
    for child in line.children:
        code = None
        if isinstance(child, Node):
            scale = literal(child.op.factor) if isinstance(child.op, ops.Scale) else ""
            code = torch_calls.function(child.op, inputs, f"self.{local(child)}" if local(child) in factors else scale)
        inputs = (call(f"self.{local(child)}", *inputs) if code is None else code,)
    return inputs[0]
