"""A spec compared with a torch module: counts and shapes by row; a `Spec` and an `nn.Module` in, a `Difference` out.

Layers are matched by the shapes of their weights in the order both define them, so it needs no names in common. Nothing
is run and torch is not imported: the module brings its own. What has no parameters (pools, activations, dropout) and
what shapes do not show (strides, padding, the order of branches) is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from archspec import ops
from archspec.cost import graph_cost, node_cost
from archspec.diff.difference import Change, Count, Difference, Group, RowDifference, Side, align
from archspec.diff.side import side_of
from archspec.elaborate import elaborate
from archspec.graph import Graph, Node, Row
from archspec.source import clean
from archspec.spec import Spec
from archspec.table import table

if TYPE_CHECKING:
    from torch import nn

_NOTE = "compared are counts and the shapes of parameters; strides, padding, pools and activations have none"

Kind = Literal["weighted", "norm", "other"]


@dataclass(frozen=True)
class _Layer:
    """What has parameters or statistics of its own; `shape` is that of its weight, as torch has it."""

    name: str
    kind: Kind
    shape: tuple[int, ...]
    bias: bool
    params: int

    @property
    def weight(self) -> tuple[int, ...]:
        """The shape without the 1s at its end: a 1×1 convolution of a vector is a linear layer."""
        last = max((axis for axis, size in enumerate(self.shape) if size != 1), default=0)
        return self.shape[: last + 1]

    @property
    def size(self) -> str:
        """Filters, channels, height, width."""
        return "×".join(map(str, self.shape)) or "1"


def compare_module(a: Spec, module: nn.Module) -> Difference:
    """What changes from a spec to a torch module, by the row of the spec; counts are exact.

    Rows without parameters are left out; a repeated row is one for each instance. Raises `Faults` for a spec with any.
    """
    graph = elaborate(a).graph
    ours = [(row.name, _ours(graph, graph[name], row)) for row in graph.rows for name in row.nodes
            if isinstance(graph[name].op, ops.Conv2d | ops.Linear | ops.BatchNorm2d)]  # fmt: skip
    match = _Match(tuple(ours), tuple(_theirs(module)))
    of_rows = {name for name, _ in ours}
    rows, heads = ([match.row(row) for row in part if row.name in of_rows] for part in (graph.trunk, graph.heads))
    rows += map(_alone, match.theirs if not ours else ())
    name = clean(type(module).__name__)
    return Difference(
        (side_of(table(a)), Side(name, f"{name} (torch module)")),
        match.everywhere,
        (),
        tuple(rows),
        tuple(heads),
        tuple(_totals(graph, module, rows)),
        notes=(_NOTE,),
    )


def _totals(graph: Graph, module: nn.Module, rows: Sequence[RowDifference]) -> Iterator[Count]:
    ours = graph_cost(graph)
    yield Count("params", (ours.params, sum(one.numel() for one in module.parameters())))
    if graph.heads:
        theirs = sum(row.counts[0].values[1] or 0 for row in rows)
        yield Count("params_without_aux", (graph_cost(graph.without_heads()).params, theirs))
    yield Count("buffers", (ours.buffers, sum(one.numel() for one in module.buffers())))


# --- layers ----------------------------------------------------------------------------------------------------------


def _ours(graph: Graph, node: Node, row: Row) -> _Layer:
    inputs = graph.input_shapes(node)
    params = node_cost(node, inputs).params
    name = clean(node.name.removeprefix(f"{row.attribute}."))
    match node.op:
        case ops.Conv2d() as op:
            shape = op.out_channels, inputs[0].channels // op.groups, *op.kernel_size
            return _Layer(name, "weighted", shape, op.bias, params)
        case ops.Linear() as op:
            return _Layer(name, "weighted", (op.out_features, inputs[0].elements), op.bias, params)
        case op:
            return _Layer(name, "norm", (inputs[0].channels,), op.biases(inputs) > 0, params)


def _theirs(module: nn.Module) -> Iterator[_Layer]:
    """Every module with parameters or statistics of its own, in the order of definition; what is shared once."""
    seen: set[int] = set()
    for name, one in module.named_modules():
        own: dict[str, Any] = {key: own for key, own in one.named_parameters(recurse=False) if id(own) not in seen}
        seen |= set(map(id, own.values()))
        mean = [kept for key, kept in one.named_buffers(recurse=False) if key == "running_mean"]
        if own or mean:
            main = own["weight"] if "weight" in own else [*mean, *own.values()][0]
            shape = tuple(main.shape)
            kind: Kind = "norm" if len(shape) == 1 else "weighted" if "weight" in own else "other"
            yield _Layer(clean(name), kind, shape, "bias" in own, sum(prod(one.shape) for one in own.values()))


def _likeness(here: _Layer, there: _Layer) -> int:
    """Layers of one shape outweigh any that could stand in for them; else agreeing filters and channels count."""
    if here.kind != there.kind:
        return 0
    if here.weight == there.weight:
        return 10
    alike = sum(x == y for x, y in zip(here.shape[:2], there.shape[:2], strict=False))
    return alike + (len(here.shape) == len(there.shape))


# --- which is which, and what differs --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Match:
    """The layers of both sides, ours with the names of their rows."""

    ours: tuple[tuple[str, _Layer], ...]
    theirs: tuple[_Layer, ...]

    @cached_property
    def pairs(self) -> dict[int, int]:
        """Their layer for each of ours: in order by likeness, then those left over that have their like elsewhere."""
        found = dict(align(self.ours, self.theirs, lambda here, there: _likeness(here[1], there)))
        left = [index for index in range(len(self.ours)) if index not in found]
        taken = set(found.values())
        free = [index for index in range(len(self.theirs)) if index not in taken]
        elsewhere = align(left, free, lambda here, there: _likeness(self.ours[here][1], self.theirs[there]) == 10)
        return found | {left[here]: free[there] for here, there in elsewhere}

    @cached_property
    def rows(self) -> dict[int, str]:
        """The row for each of their layers: that of its match, else of the layer before it, else of the first match."""
        matched = {there: self.ours[here][0] for here, there in sorted(self.pairs.items(), key=lambda pair: pair[1])}
        at = next(iter(matched.values()), self.ours[0][0] if self.ours else "")
        found = {}
        for there in range(len(self.theirs) if self.ours else 0):
            found[there] = at = matched.get(there, at)
        return found

    @cached_property
    def everywhere(self) -> tuple[Group, ...]:
        """What is so of every layer of a kind: biases of convolutions and norms that one side alone has."""
        groups = []
        both = [(self.ours[here][1], self.theirs[there]) for here, there in self.pairs.items()]
        biases = {(here.bias, there.bias) for here, there in both if len(here.shape) == 4}
        if biases in ({(True, False)}, {(False, True)}):
            ((ours, theirs),) = biases
            groups.append(Group("module", "convolutions", (Change(("bias", "bias"), (_word(ours), _word(theirs))),)))
        counts = [sum(layer.kind == "norm" for layer in side) for side in ([one for _, one in self.ours], self.theirs)]
        if min(counts) == 0 < max(counts):
            groups.append(Group("module", "norms", (Change(("", ""), (str(counts[0]), str(counts[1]))),)))
        return tuple(groups)

    def _said(self, layer: _Layer) -> bool:
        """Whether a norm that one side alone has, or a bias that differs, is said for the whole network."""
        name = {"norm": "norms", "weighted": "convolutions"}.get(layer.kind) if len(layer.shape) in (1, 4) else None
        return any(group.name == name for group in self.everywhere)

    def row(self, row: Row) -> RowDifference:
        """A row of the spec beside the layers of the module that belong to it."""
        here = [place for place, (name, _) in enumerate(self.ours) if name == row.name]
        there = [place for place, name in self.rows.items() if name == row.name]
        matched = set(self.pairs.values())
        cells = [change for place in here for change in self._changes(place)]
        cells += [Change((one.name, one.name), (None, one.size)) for place in there if place not in matched
                  if not ((one := self.theirs[place]).kind == "norm" and self._said(one))]  # fmt: skip
        params = sum(self.ours[place][1].params for place in here), sum(self.theirs[place].params for place in there)
        name = clean(row.name)
        return RowDifference((name, name if there else None), (clean(row.type), ""), (None, None), tuple(cells),
                             (Count("params", (params[0], params[1] if there else None)),))  # fmt: skip

    def _changes(self, place: int) -> Iterator[Change]:
        layer = self.ours[place][1]
        if place not in self.pairs:
            if not (layer.kind == "norm" and self._said(layer)):
                yield Change((layer.name, layer.name), (layer.size, None))
            return
        other = self.theirs[self.pairs[place]]
        if layer.shape != other.shape:
            yield Change((layer.name, other.name), (layer.size, other.size))
        if layer.bias != other.bias and not self._said(layer):
            yield Change((f"{layer.name} bias", f"{other.name} bias"), (_word(layer.bias), _word(other.bias)))


def _alone(layer: _Layer) -> RowDifference:
    """A layer of a module beside a spec that has none."""
    change = Change((layer.name, layer.name), (None, layer.size))
    return RowDifference((None, layer.name or "module"), ("", ""), (None, None), (change,),
                         (Count("params", (None, layer.params)),))  # fmt: skip


def _word(value: bool) -> str:
    return "true" if value else "false"
