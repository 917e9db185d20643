"""Which classes a network needs and what their constructors take: a tree of blocks in, one `Class` a kind of block out.

Blocks of one module with equal structure share a class. Their numbers are compared (anti-unification): what a column
gave, or what differs between them, is a constructor parameter; what is the same everywhere is a literal; the channels
inside are sums of parameters.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from archspec import ops
from archspec.backends import torch_calls
from archspec.backends.blocks import Block, local, value_of
from archspec.backends.channels import Channels, parameter
from archspec.backends.python_text import Call, Code, Names, Value, class_name, literal, parameter_name
from archspec.graph import Graph, Node

IN_CHANNELS = "in_channels"
Blocks = Sequence[Block]  # one of each instance
Values = tuple[Value, ...]
Members = tuple[tuple[str, Code], ...]
Given = Callable[[str], str | None]  # a column named inside a block -> the column of the class that gave it
Term = Channels | str  # an argument of a constructor call: a number or a sum of parameters, or another literal's text


@dataclass(frozen=True)
class Parameter:
    """`values` holds one value an instance; `column` the column or [params] name it came from, if any."""

    name: str
    values: tuple[Value, ...]
    column: str | None = None
    counts_channels: bool = False

    @property
    def annotation(self) -> str:
        kinds = {"float": float, "int": int}
        names = [name for name, kind in kinds.items() if any(isinstance(value, kind) for value in self.values)]
        sizes = {len(value) for value in self.values if isinstance(value, tuple)}
        return names[0] if names else f"tuple[{', '.join(['int'] * max(sizes))}]"


@dataclass(frozen=True)
class Class:
    """`members` are the lines of `__init__`: an attribute and its value. `factors` are scales that are parameters."""

    name: str
    instances: tuple[Block, ...]
    parameters: tuple[Parameter, ...]
    members: tuple[tuple[str, Code], ...]
    factors: frozenset[str]
    output: Channels

    @property
    def block(self) -> Block:
        return self.instances[0]


Group = tuple[Hashable, ...]  # the blocks that share a class


@dataclass
class Classes:
    """All classes of a network, made from the inside out. `ordered` ends with the network itself."""

    graph: Graph
    root: Block
    reserved: frozenset[str]
    ordered: list[Class] = field(default_factory=list)
    _groups: dict[Group, list[Block]] = field(default_factory=lambda: defaultdict(list))
    _group_of: dict[str, Group] = field(default_factory=dict)
    _names: dict[Group, str] = field(default_factory=dict)
    _made: dict[Group, Class] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._collect(self.root, ())
        self._name_groups()
        self.of(self.root)

    def has_class(self, block: Block) -> bool:
        return block.name in self._group_of

    def of(self, block: Block) -> Class:
        group = self._group_of[block.name]
        if group not in self._made:
            self._made[group] = _Maker(self, self._names[group], self._groups[group]).make()
            self.ordered.append(self._made[group])
        return self._made[group]

    def _collect(self, block: Block, enclosing: Group) -> None:
        # a module with a single layer, such as a convolution row without its reduction, is not worth a class
        layers = sum(node.weight_layers for node in block.nodes)
        if not block.is_chain or (block.kind and layers != 1) or block is self.root:
            enclosing = ("module", block.kind, block.structure) if block.kind else ("block", enclosing, block.structure)
            self._groups[enclosing].append(block)
            self._group_of[block.name] = enclosing
        for child in block.children:
            if isinstance(child, Block):
                self._collect(child, enclosing)

    def _name_groups(self) -> None:
        names = Names(self.reserved)
        self._names[self._group_of[self.root.name]] = names.free(class_name(self.graph.name))
        rows = {row.attribute: row.name for row in self.graph.rows}
        kinds: dict[str, list[Group]] = defaultdict(list)
        for group, blocks in self._groups.items():
            kinds[blocks[0].kind].append(group)
        for kind, groups in kinds.items():
            if kind:  # the commonest form gets the plain name
                groups.sort(key=lambda group: -len(self._groups[group]))
                plain = self._groups[groups[0]][0]
                for group in groups:
                    block = self._groups[group][0]
                    place = rows.get(block.name, local(block))
                    wish = class_name(kind) + ("" if block is plain else _difference(block, plain, place))
                    self._names[group] = names.free(wish, f"{wish}Block")
        for group, blocks in self._groups.items():  # a group comes after the one that encloses it
            if group not in self._names:
                step = class_name(local(blocks[0]))
                inside = self._names[group[1]] if group[1] in self._names and blocks[0].name.count(".") else ""
                self._names[group] = names.free(inside + step, f"{inside}{step}Block")


def _difference(block: Block, plain: Block, place: str) -> str:
    """How a form of a module is told from its commonest one: `WithProjection`, or the first row that has it, `At3c`."""
    more, less = ({local(child).partition("_")[0] for child in b.children} for b in (block, plain))
    if len(more - less) == 1 and more > less:
        return f"With{class_name((more - less).pop())}"
    return f"At{re.sub('^Network(?=[0-9])', '', class_name(place))}"


class _Maker:
    """Makes one class from its instances, child by child."""

    def __init__(self, classes: Classes, name: str, instances: Sequence[Block]) -> None:
        self.classes = classes
        self.graph = classes.graph
        self.name = name
        self.instances = tuple(instances)
        self.is_network = instances[0] is classes.root
        self.parameters: dict[tuple[str, tuple[Value, ...]], Parameter] = {}
        self.names = Names({"self", "super", "nn", "torch", "F", "chain", IN_CHANNELS})
        self.factors: set[str] = set()

    def make(self) -> Class:
        sizes = tuple(self.graph[block.input].shape.channels for block in self.instances)
        source = Channels(sizes[0]) if self.is_network else parameter(IN_CHANNELS)
        members, output = self.members(self.instances, "", source, _same)
        order = {column: place for place, column in enumerate(self.instances[0].columns)}

        def place(p: Parameter) -> tuple[bool, int]:  # what counts channels first, as the table's columns stand
            return not p.counts_channels, order.get(p.column or "", len(order)) if p.counts_channels else 0

        ordered = sorted(self.parameters.values(), key=place)
        if any(re.search(rf"\b{IN_CHANNELS}\b", str(code)) for _, code in members):
            ordered.insert(0, Parameter(IN_CHANNELS, sizes, counts_channels=True))
        return Class(self.name, self.instances, tuple(ordered), members, frozenset(self.factors), output)

    def members(self, blocks: Blocks, prefix: str, source: Channels, given: Given) -> tuple[Members, Channels]:
        """The members of equal blocks, one of each instance, and the channels that leave them.

        `given` says which column of this class a column named inside stands for; `prefix` tells inner chains apart.
        """
        values = {"": source}
        members: list[tuple[str, Code]] = []
        for children in zip(*(block.children for block in blocks), strict=True):
            name = local(children[0])
            inputs = [values[child] for child in blocks[0].inputs_of(children[0])]
            code: Code | None
            if isinstance(children[0], Node):
                code, values[name] = self.leaf(children, prefix + name, inputs, given, in_chain=bool(prefix))
            elif self.classes.has_class(children[0]):
                code, values[name] = self.instance(children, prefix + name, inputs[0], given)
            else:
                inner, values[name] = self.members(children, f"{prefix}{name}_", inputs[0], _through(children, given))
                code = Call("chain(", tuple((f"{key}=", value) for key, value in inner), one_a_line=len(inner) > 1)
            if code is not None:
                members.append((name, code))
        return tuple(members), values[blocks[0].local_result(blocks[0].output)]

    def leaf(
        self, nodes: Sequence[Node], name: str, inputs: Sequence[Channels], given: Given, *, in_chain: bool
    ) -> tuple[Code | None, Channels]:
        """The module of an operation (None for what `forward` says as a function), and the channels that leave it."""
        op = nodes[0].op
        sizes = tuple(self.graph.input_shapes(node)[0].channels for node in nodes)

        def term(argument: str) -> Term:
            values = _alike([value_of(node, argument) for node in nodes])
            if argument == "groups" and values == sizes and set(sizes) != {1}:
                return inputs[0]  # depthwise
            columns = [node.arguments[argument] for node in nodes if argument in node.arguments]
            if argument == "out_channels" and not columns and (times := _multiplier(nodes, sizes)):
                return inputs[0].times(times)
            counts = argument in ("out_channels", "out_features")
            return self.argument(given(columns[0]) if columns else None, f"{name}_{argument}", values, counts)

        out: Term = inputs[0]
        match op:
            case ops.Conv2d():
                out = term("out_channels")
            case ops.Linear():
                out = term("out_features")
            case ops.Concat():
                out = sum(inputs, Channels())
            case ops.Flatten():
                elements = tuple(node.shape.channels for node in nodes)
                times = {element // size for element, size in zip(elements, sizes, strict=True)}
                out = inputs[0].times(times.pop()) if len(times) == 1 else self.symbol(None, name, elements, True)
            case ops.Scale():
                factor = term("factor")
                if isinstance(factor, Channels) and factor.terms:
                    self.factors.add(name)
                    return str(factor), inputs[0]
            case _:
                pass
        assert isinstance(out, Channels), f"{nodes[0].name} has no number of channels"
        if torch_calls.is_function(op) and not in_chain:
            return None, out
        return torch_calls.layer(op, str(inputs[0]), lambda argument: str(term(argument)), flat=nodes[0].flat), out

    def instance(self, blocks: Blocks, name: str, source: Channels, given: Given) -> tuple[Code, Channels]:
        """The constructor call of inner blocks that have a class, and the channels that leave them."""
        inner = self.classes.of(blocks[0])
        places = [inner.instances.index(block) for block in blocks]
        arguments: list[tuple[str, Code]] = []
        bound = {IN_CHANNELS: source}
        for p in inner.parameters:
            term: Term = source
            if p.name != IN_CHANNELS:
                values = tuple(p.values[place] for place in places)
                column = _through(blocks, given)(p.column) if p.column else None
                term = self.argument(column, f"{name}_{p.name}", values, p.counts_channels)
            if isinstance(term, Channels):
                bound[p.name] = term
            arguments.append(("" if p.counts_channels else f"{p.name}=", str(term)))
        return Call(f"{inner.name}(", tuple(arguments)), inner.output.where(bound)

    def argument(self, column: str | None, name: str, values: Values, counts_channels: bool) -> Term:
        """What stands for the values of all instances: one literal, or a parameter of this class."""
        of_network = self.is_network and isinstance(values[0], float)
        if (column and column != "output" and (counts_channels or of_network)) or len(set(values)) > 1:
            return self.symbol(column, name, values, counts_channels)
        return Channels(values[0]) if type(values[0]) is int else literal(values[0])

    def symbol(self, column: str | None, name: str, values: Values, counts_channels: bool) -> Channels:
        key = (column or name, values)
        if key not in self.parameters:
            wishes = (parameter_name(column), name) if column else (name,)
            self.parameters[key] = Parameter(self.names.free(*wishes), values, column, counts_channels)
        return parameter(self.parameters[key].name)


def _same(column: str) -> str | None:
    return column


def _through(blocks: Blocks, given: Given) -> Given:
    """What the columns of inner blocks stand for outside: a module's by its arguments, a plain block's are the same."""
    if not blocks[0].kind:
        return given
    arguments = {column: outer for block in blocks for column, outer in block.arguments.items()}
    return lambda column: given(arguments[column]) if column in arguments else None


def _alike(values: Sequence[Value]) -> Values:
    """The values of all instances in one form: `(3, 3)` is 3 where every one of them is square."""
    if all(isinstance(value, tuple) and len(set(value)) == 1 for value in values):
        return tuple(value[0] for value in values if isinstance(value, tuple))
    return tuple(values)


def _multiplier(nodes: Sequence[Node], sizes: Sequence[int]) -> int:
    """How many filters each input channel of a depthwise convolution has; 0 where it is an ordinary one."""
    pairs = [(node.op, size) for node, size in zip(nodes, sizes, strict=True) if isinstance(node.op, ops.Conv2d)]
    times = {op.out_channels // size if op.groups == size > 1 else 0 for op, size in pairs}
    return times.pop() if len(times) == 1 else 0
