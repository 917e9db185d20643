"""A spec becomes a graph: rows are expanded one after another, each on what the row before it gives.

A row with a fault becomes a placeholder with the size that it prints, so that the faults of all rows come out of one
run. `Elaboration.graph` refuses while there are faults.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from sys import maxsize

from archspec import notation, ops
from archspec.cells import check_network
from archspec.diagnostic import Diagnostic, Fault, Faults, Label, did_you_mean, spelling
from archspec.expand import Expansion, expand
from archspec.graph import Graph, Node, input_node
from archspec.instances import attributes, instance_names
from archspec.layer import Layer
from archspec.limits import MOST_FINDINGS, MOST_WORK, Work, too_many
from archspec.row_nodes import MOST_OF_ALL
from archspec.shape import Shape
from archspec.spec import Network, Spec

Next = Callable[[int, Expansion], "Node | None"]

OF_A_ROW = 3  # of the work of a file, beside its layers
KEPT = 4  # as many expanders as a check of a spec with some readings makes


@dataclass(frozen=True, eq=False)
class Elaboration:
    """Every row of a spec, expanded. `rows` has one entry for each row of the table that could be run."""

    network: Network
    rows: tuple[Expansion, ...]
    heads: tuple[Expansion, ...]
    faults: tuple[Diagnostic, ...]
    expander: Expander  # what it knows serves a check

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

    `likes` are expanders of other readings of the same spec, or of its text before an edit: what they know of rows
    that are the same is taken over. What nobody asked for in the last `KEPT` expanders is forgotten. `work` is what may
    still be run; what is known already counts as well, since what was checked before must not decide.
    """

    def __init__(self, network: Network, likes: Sequence[Expander] = (), work: Work | None = None) -> None:
        self.work = Work() if work is None else work
        self.network, broken, faults = check_network(network)
        self.faults, clashing = [*faults], _clashing_rows(self.network)
        self.faults += [_clash(layer, first, name) for layer, first, name in clashing]
        self.broken = broken | {layer.name for layer, _, _ in clashing}
        self._known: dict[tuple[int, str, Shape, bool], Expansion] = {}
        self._unasked: dict[tuple[int, str, Shape, bool], int] = {}  # by how many expanders, this one included
        for like in likes:
            if _same_dialect(self.network, like.network):
                self._take_over(like)

    def _take_over(self, like: Expander) -> None:
        rows = list(self.network.rows)
        doubtful = self.broken | like.broken
        for index, (new, old) in enumerate(zip(rows, like.network.rows, strict=False)):
            if new is not old and new.name not in doubtful and _same_layer(new, old):
                rows[index] = old  # the object itself: a result is known by its layer
        self.network = replace(self.network, rows=tuple(rows))
        for key, known in like._known.items():
            unasked = like._unasked[key] + 1
            if unasked <= KEPT and key not in self._known and key[0] < len(rows) and rows[key[0]] is known.layer:
                self._known[key], self._unasked[key] = known, unasked

    def aside(self) -> Expander:
        """One that knows the same; what it finds out, as a search for repairs does by the thousand, goes with it."""
        other = copy(self)
        other._known, other._unasked, other.work = dict(self._known), dict(self._unasked), Work(maxsize)
        return other

    def row(self, index: int, source: Node) -> Expansion:
        key = index, source.name, source.shape, source.flat
        if key not in self._known:
            self._known[key] = self.changed(self.network.rows[index], source)
        self._unasked[key] = 0
        self.work.spend(self._known[key].run + OF_A_ROW)
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
        found: list[Expansion] = []
        following: Node | None = at
        nodes = wrong = 0
        for index in range(start, len(self.network.rows)):
            nodes += max(len(found[-1].nodes), found[-1].run) if found else 0
            wrong = wrong + len(found[-1].faults) if found else 0
            if wrong > MOST_FINDINGS:
                too_many(of_rows := [fault for one in found for fault in one.faults], self.network.rows[index].place)
                return (*found, Expansion(self.network.rows[index], at, None, faults=(of_rows[-1],)))
            if nodes > MOST_OF_ALL or self.work.spent:
                layer = self.network.rows[index]
                one = _too_many(layer) if nodes > MOST_OF_ALL else _spent(layer)
                return (*found, Expansion(layer, at, None, faults=(one,)))
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


def _too_many(layer: Layer) -> Diagnostic:
    message = f"the rows before `{layer.name}` have more than {MOST_OF_ALL} layers together"
    facts = {"most": MOST_OF_ALL}
    return Diagnostic(
        "AS105", message, (Label(layer.place),), help="repeat them less often", row=layer.name, facts=facts
    )


def _spent(layer: Layer) -> Diagnostic:
    message = f"checking this file asks for too much: nothing is checked from `{layer.name}` on"
    hint = "make several files of it, or say with `repeat` and modules what is there more than once"
    return Diagnostic("AS006", message, (Label(layer.place),), help=hint, row=layer.name, facts={"most": MOST_WORK})


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


def elaborate(spec: Spec, expander: Expander | None = None) -> Elaboration:
    """Expand every row and head on computed values. Never raises for what a file may contain.

    `expander` is one of the spec's network, where there is one: what it knows already is not run again. Without one,
    a spec that was elaborated lately is not run again.
    """
    return _elaborated(spec) if expander is None else _run(spec, expander)


@lru_cache(maxsize=4)
def _elaborated(spec: Spec) -> Elaboration:
    return _run(spec, Expander(spec.network))


def _run(spec: Spec, expander: Expander) -> Elaboration:
    rows = expander.walk(hand_on)
    heads, faults = expand_heads(expander, rows)
    of_rows = [fault for result in (*rows, *heads) for fault in result.faults]
    clashes = name_clashes((*rows, *heads))
    return Elaboration(
        expander.network,
        rows,
        heads,
        spec.as_asked(unique((*spec.network.faults, *expander.faults, *of_rows, *faults, *clashes))),
        expander,
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
    heads, faults = list[Expansion](), list[Diagnostic]()
    known = {layer.name for layer in expander.network.rows}
    for layer in expander.network.heads:
        if too_many(faults, layer.place):
            break
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
            known |= {name for row in expander.network.rows for name in instance_names(expander.network, row)}
            if not isinstance(cell.value, str) or cell.value not in known:  # else its row is at fault
                fault = cell.fault(
                    "AS114",
                    f"there is no row `{notation.show(cell.value)}`",
                    did_you_mean(str(cell.value), {*outputs, *known}, 'name a row, from = "4a"'),
                )
                missing = notation.show(cell.value)
                faults.append(
                    replace(fault.diagnostic, facts={"missing": missing, **spelling(missing, {*outputs, *known})})
                )
        else:
            if expander.work.spent:
                faults.append(_spent(layer))
                break
            heads.append(expander.changed(layer, outputs[cell.value], head=True))
            expander.work.spend(heads[-1].run + OF_A_ROW)
    return tuple(heads), faults


def _same_dialect(one: Network, other: Network) -> bool:
    """Whether the same row becomes the same in both. Texts are compared, since 1 equals true and means something
    else; modules that are the same are one object."""
    if (one.input, one.columns, one.modules.keys()) != (other.input, other.columns, other.modules.keys()):
        return False
    if any(module is not other.modules[key] for key, module in one.modules.items()):
        return False
    first, second = ((network.params, network.types, network.defaults) for network in (one, other))
    return repr(first) == repr(second)


def _same_layer(one: Layer, other: Layer) -> bool:
    if one != other:
        return False
    if one.block is not None:
        return repr(one) == repr(other)
    return all(repr(cell.value) == repr(other.cells[key].value) for key, cell in one.cells.items())


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
    repeated = next((one.name for one in (layer, first) if "repeat" in one.cells and one.name != name), "")
    why = f"`repeat` makes `{name}` of `{repeated}`: " if repeated else ""
    return Diagnostic(
        "AS110", message, (Label(layer.place), Label(first.place)), help=f"{why}rename one of them", row=layer.name
    )


def unique(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """Each finding once. The same cell missing in many rows is one finding at the first, with a note; a row that
    several places name in vain is one with a label at each, and where the name of one row is at fault, part of that."""
    found: dict[object, Diagnostic] = {}
    more: dict[object, int] = {}
    shifted = {one.facts["row_at"] for one in diagnostics if "row_at" in one.facts}
    for one in diagnostics:
        if one.path[:3] in shifted and "row_at" not in one.facts:
            continue  # its cells stand under other captions
        key: object = (one.code, one.message, one.path)
        if one.code == "AS108" and "needs" in one.facts:
            key = (one.code, tuple(one.facts["needs"]), one.facts["type"])
        elif "hidden" in one.facts:  # a name that a module gives in each of its rows
            key = (one.code, *one.facts["hidden"])
        elif one.code == "AS106":  # one unknown word in many rows
            key = (one.code, one.message.partition(": ")[2])
        elif one.path[:1] == ("params",) and one.code in ("AS103", "AS104", "AS105"):  # one value, wherever it is read
            key = one.path
            one = found.get(key, one)
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
