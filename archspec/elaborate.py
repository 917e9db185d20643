"""A spec becomes a graph: rows are expanded one after another, each on what the row before it gives.

A row with a fault becomes a placeholder with the size that it prints, so that the faults of all rows come out of one
run. `Elaboration.graph` refuses while there are faults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from archspec import notation, ops
from archspec.cells import check_network
from archspec.diagnostic import Diagnostic, Fault, Faults, Label, did_you_mean
from archspec.expand import Expansion, expand
from archspec.graph import Graph, Node, input_node
from archspec.instances import attributes
from archspec.layer import Layer
from archspec.shape import Shape
from archspec.spec import Network, Spec

Next = Callable[[int, Expansion], "Node | None"]


@dataclass(frozen=True, eq=False)
class Elaboration:
    """Every row of a spec, expanded. `rows` has one entry for each row of the table that could be run."""

    network: Network
    rows: tuple[Expansion, ...]
    heads: tuple[Expansion, ...]
    faults: tuple[Diagnostic, ...]

    @cached_property
    def graph(self) -> Graph:
        """The whole network. Raises `Faults` while there are any."""
        if self.faults:
            raise Faults(self.faults)
        parts = (*self.rows, *self.heads)
        nodes = [input_node(self.network.input), *(node for part in parts for node in part.nodes)]
        rows = tuple(row for part in parts for row in part.rows)
        scopes = tuple(scope for part in parts for scope in part.scopes)
        return Graph(self.network.name, tuple(nodes), rows, scopes)


class Expander:
    """Expands the rows of one network, remembering what each gave for each input.

    `like` is the expander of another reading of the same spec: what it knows of rows that are the same is taken over.
    """

    def __init__(self, network: Network, like: Expander | None = None) -> None:
        self.network, broken, faults = check_network(network)
        self.faults, clashing = [*faults], _clashing_rows(self.network)
        self.faults += [_clash(layer, first, name) for layer, first, name in clashing]
        self.broken = broken | {layer.name for layer, _, _ in clashing}
        self._known: dict[tuple[int, str, Shape, bool], Expansion] = {}
        if like is not None and self.network.dialect == like.network.dialect and not (self.broken or like.broken):
            pairs = list(zip(self.network.rows, like.network.rows, strict=True))
            self.network = replace(self.network, rows=tuple(old if old == new else new for new, old in pairs))
            same = {index for index, (new, old) in enumerate(pairs) if new == old}
            self._known = {key: known for key, known in like._known.items() if key[0] in same}

    def row(self, index: int, source: Node) -> Expansion:
        key = index, source.name, source.shape, source.flat
        if key not in self._known:
            self._known[key] = self.changed(self.network.rows[index], source)
        return self._known[key]

    def changed(self, layer: Layer, source: Node, *, head: bool = False) -> Expansion:
        """Expand a row that may differ from the file's: heads, and what repairs try."""
        if layer.name in self.broken:
            return Expansion(layer, source, None)
        return expand(self.network, layer, source, head=head)

    def walk(self, follow: Next, start: int = 0, source: Node | None = None) -> tuple[Expansion, ...]:
        """Expand the rows in order; `follow` says what each hands on.

        A row whose input nobody knows has no output, and only those of its faults that no size has part in.
        """
        at = source or input_node(self.network.input)
        found = []
        following: Node | None = at
        for index in range(start, len(self.network.rows)):
            if following is not None:
                at = following
                result = self.row(index, at)
                following = follow(index, result)
            else:
                guess = self.row(index, at)
                faults = tuple(fault for fault in guess.faults if fault.code < "AS2")
                result = replace(guess, output=None, nodes=(), scopes=(), rows=(), faults=faults)
                following = placeholder(result.layer)
            found.append(result)
        return tuple(found)


def placeholder(layer: Layer) -> Node | None:
    """A value of the size that a row prints, to go on with where the row itself cannot be run; None where it prints
    none."""
    cell = layer.cells.get("output")
    if cell is None:
        return None
    try:
        printed = notation.size(cell)
    except Fault:
        return None
    if printed.channels is None:
        return None
    return assumed(layer, Shape(*printed.grid, printed.channels))


def assumed(layer: Layer, shape: Shape, flat: bool = False) -> Node:
    """A node that stands for a row's output without the row."""
    return Node(f"{layer.name} as printed", ops.Input(shape), (), shape, flat)


def hand_on(index: int, result: Expansion) -> Node | None:
    """What a row gives, or where it failed what it prints."""
    return result.output if result.output is not None else placeholder(result.layer)


def elaborate(spec: Spec) -> Elaboration:
    """Expand every row and head on computed values. Never raises for what a file may contain."""
    expander = Expander(spec.network)
    rows = expander.walk(hand_on)
    heads, faults = expand_heads(expander, rows)
    of_rows = [fault for result in (*rows, *heads) for fault in result.faults]
    clashes = name_clashes((*rows, *heads))
    return Elaboration(
        expander.network,
        rows,
        heads,
        tuple(unique((*spec.network.faults, *expander.faults, *of_rows, *faults, *clashes))),
    )


def expand_heads(expander: Expander, rows: tuple[Expansion, ...]) -> tuple[tuple[Expansion, ...], list[Diagnostic]]:
    """The heads, each on the row or instance that its `from` names."""
    outputs: dict[str, Node] = {}
    for result in rows:
        nodes = {node.name: node for node in (result.source, *result.nodes)}
        outputs |= {row.name: nodes[row.output] for row in result.rows}
        if (following := hand_on(0, result)) is not None:
            outputs.setdefault(result.layer.name, following)
            outputs[result.layer.name] = following
    heads, faults = [], []
    known = {layer.name for layer in expander.network.rows}
    for layer in expander.network.heads:
        cell = layer.cells.get("from")
        if cell is None:
            faults.append(
                Diagnostic(
                    "AS108",
                    f"the head `{layer.name}` needs a `from`",
                    (Label(layer.place),),
                    help='name the row it reads, from = "4a"',
                    row=layer.name,
                )
            )
        elif not isinstance(cell.value, str) or cell.value not in outputs:
            if not isinstance(cell.value, str) or cell.value not in known:
                fault = cell.fault(
                    "AS114",
                    f"there is no row `{notation.show(cell.value)}`",
                    did_you_mean(str(cell.value), {*outputs, *known}, 'name a row, from = "4a"'),
                )
                faults.append(replace(fault.diagnostic, facts={"missing": notation.show(cell.value)}))
        else:
            heads.append(expander.changed(layer, outputs[cell.value], head=True))
    return tuple(heads), faults


def _clashing_rows(network: Network) -> list[tuple[Layer, Layer, str]]:
    """Rows and heads of which an instance has the parameter path of an earlier one: `conv 1` and `conv-1`."""
    seen: dict[str, Layer] = {}
    found = []
    for layer in (*network.rows, *network.heads):
        for name in attributes(network, layer):
            if name in seen:
                found.append((layer, seen[name], name))
                break
            seen[name] = layer
    return found


def name_clashes(results: tuple[Expansion, ...]) -> list[Diagnostic]:
    """AS110 where a layer inside one row has the parameter path of another row: the norm of `a` and a row `a_norm`."""
    seen: dict[str, Layer] = {}
    faults = []
    for result in results:
        for name in dict.fromkeys(node.name for node in result.nodes):
            first = seen.setdefault(name, result.layer)
            if first is not result.layer:
                faults.append(_clash(result.layer, first, name))
                break
    return faults


def _clash(layer: Layer, first: Layer, name: str) -> Diagnostic:
    message = f"`{first.name}` and `{layer.name}` would both have the parameters `{name}`"
    return Diagnostic(
        "AS110", message, (Label(layer.place), Label(first.place)), help="rename one of them", row=layer.name
    )


def unique(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """Each finding once. The same cell missing in many rows is one finding at the first, with a note; a row that
    several places name in vain is one with a label at each, and where the name of one row is at fault, part of that."""
    found: dict[object, Diagnostic] = {}
    more: dict[object, int] = {}
    for one in diagnostics:
        key: object = (one.code, one.message, one.path)
        if one.code == "AS108" and "needs" in one.facts:
            key = (one.code, tuple(one.facts["needs"]), one.facts["type"])
        elif one.code == "AS106":  # one unknown word in many rows
            key = (one.code, one.message.partition(": ")[2])
        if "missing" in one.facts:
            key = (one.code, str(one.facts["missing"]))
            if key in found:
                cells = {**found[key].facts.get("cells", {}), **one.facts.get("cells", {})}
                found[key] = replace(
                    found[key], labels=(*found[key].labels, *one.labels), facts={**one.facts, "cells": cells}
                )
        elif key in found:
            more[key] = more.get(key, 0) + 1 if found[key] != one else more.get(key, 0)
        found.setdefault(key, one)
    misnamed = [key for key, one in found.items() if "misnamed" in one.facts]
    for key, one in list(found.items()) if len(misnamed) == 1 else ():
        if "missing" in one.facts:
            row = found[misnamed[0]]
            labels = (replace(label, text=label.text or "no row is called so") for label in one.labels)
            found[misnamed[0]] = replace(row, labels=(*row.labels, *labels))
            del found[key]
    return [one.with_note(f"and {more[key]} more like it") if more.get(key) else one for key, one in found.items()]
