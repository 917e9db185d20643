"""The frame of a diagram: title, legend and defaults around a picture's statements. Statements in, DOT text out."""

from __future__ import annotations

from collections.abc import Iterable

from graphviz.quoting import attr_list

from archspec.backends.dot.style import (
    BODY,
    DETAIL,
    FONT,
    INK,
    KIND_NAMES,
    KINDS,
    LINE,
    MACS,
    MUTED,
    PARAMS,
    SMALL,
    TITLE,
    Direction,
    Kind,
    Text,
    bold,
    elide,
    human,
    identifier,
    label,
    plain,
    table,
    td,
    tr,
)
from archspec.cost import row_cost
from archspec.graph import INPUT, Graph


def frame(
    graph: Graph,
    statements: Iterable[str],
    *,
    direction: Direction,
    kinds: Iterable[Kind],
    notes: Iterable[str],
    title: Text,
    bars: bool = False,
    **layout: str,
) -> str:
    """A digraph. `kinds` are the colours that the legend explains, `notes` its other lines."""
    legend = [_legend(kinds, bars), *(plain(note).font(DETAIL, MUTED) for note in notes)]
    head = table(tr(td(title.html, align="LEFT")), *(tr(td(line, align="LEFT")) for line in legend if line), padding=2)
    kwargs = {
        "rankdir": direction,
        "bgcolor": "transparent",
        "pad": "0.2",
        "fontname": FONT,
        "fontsize": str(TITLE),
        "fontcolor": INK,
        "labelloc": "t",
        "labeljust": "l",
        "label": label(head),
        **layout,
    }
    node = {"shape": "plain", "fontname": FONT, "fontsize": str(BODY), "fontcolor": INK}
    edge = {"fontname": FONT, "fontsize": str(SMALL), "fontcolor": MUTED, "color": LINE}
    edge |= {"arrowsize": "0.55", "penwidth": "1.2"}
    lines = [
        f"digraph {identifier(graph.name)} {{",
        f"  graph{attr_list(kwargs=kwargs)};",
        f"  node{attr_list(kwargs=node)};",
        f"  edge{attr_list(kwargs=edge)};",
        *(f"  {statement}" for statement in statements),
        "}",
    ]
    return "\n".join(lines) + "\n"


def network_title(graph: Graph) -> Text:
    """The network's name, its input and its cost. Parameters of heads are said apart: they leave after training."""
    trunk = [row_cost(graph, row) for row in graph.trunk]
    heads = sum(row_cost(graph, row).params for row in graph.heads)
    extra = f" + {human(heads)} in heads" if heads else ""
    params, macs = sum(cost.params for cost in trunk), sum(cost.macs for cost in trunk)
    facts = f"  {graph[INPUT].shape} input,  {human(params)} params{extra},  {human(macs)} MACs"
    return Text(bold(elide(graph.name, 50)).html + plain(facts).font(BODY, MUTED))


def _legend(kinds: Iterable[Kind], bars: bool) -> str:
    shown = set(kinds)
    chips = [
        td(
            plain(KIND_NAMES[kind]).font(DETAIL),
            bgcolor=colours.fill,
            width=plain(KIND_NAMES[kind]).width(DETAIL) + 12,
            height=14,
        )
        for kind, colours in KINDS.items()
        if kind in shown and kind != "other"
    ]
    if bars:
        for colour, word in ((MACS, "MACs (multiply-adds)"), (PARAMS, "parameters")):
            swatch = table(tr(td(bgcolor=colour, width=14, height=5, fixedsize="TRUE")))
            chips += [td(width=6), td(swatch), td(plain(word).font(DETAIL))]
    return table(tr(*chips), spacing=3) if chips else ""
