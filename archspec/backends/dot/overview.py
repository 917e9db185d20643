"""The overview: the network as its table. A graph in, DOT out: one card a row, with its branches and its cost.

Instances of a repeated row that are alike share one card. Rows that leave the same grid stand in one panel; a head
stands beside the row it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archspec.backends.dot.cards import Card, CardStyle, card_of, cards_of
from archspec.backends.dot.frame import frame, network_title
from archspec.backends.dot.marks import Marks, edge_label, image_mark, legend, mark_of
from archspec.backends.dot.style import HAIR, MUTED, PANEL, SMALL, Direction, attributes, bold, edge, end, label, pill
from archspec.backends.dot.units import Dialect
from archspec.backends.dot.words import grid
from archspec.graph import INPUT, Graph, Row
from archspec.shape import Pair


def overview(graph: Graph, rows: Sequence[Row], usual: Dialect, marks: Marks, direction: Direction) -> str:
    """DOT of the overview of some consecutive rows of the trunk, with the heads that read them."""
    cards = list(cards_of(graph, rows, usual))
    reads = {row.output: card for card in cards for row in card.rows}
    heads = [(reads[head.input], head) for head in graph.heads if head.input in reads]
    head_cards = [card_of(graph, (head,), usual) for _, head in heads]
    draw = CardStyle(cards, marks, direction)
    first = rows[0].input
    statements = [pill("@input", "image" if first == INPUT else "input", graph[first].shape)]
    for index, (size, stage) in enumerate(_stages(cards)):
        statements += [f"subgraph cluster_{index} {{", f"  {_panel(grid(size))}"]
        statements += [f"  {draw.card(card)}" for card in stage] + ["}"]
    statements += [draw.head(card) for card in head_cards]
    statements.append(pill("@output", "output", cards[-1].shape))
    steps = ["@input", *(card.id for card in cards), "@output"]
    said = [mark_of(card.rows, marks) for card in cards]
    image = image_mark(first, marks)
    leaving = [edge_label(direction, card.shape, mark.output) for card, mark in zip(cards, said, strict=True)]
    leaving.insert(0, edge_label(direction, graph[first].shape, image.output))
    statements += [
        edge(end(tail), end(head), content, weight="100")
        for tail, head, content in zip(steps[:-1], steps[1:], leaving, strict=True)
    ]
    for (card, _), head_card in zip(heads, head_cards, strict=True):
        # An invisible edge from the step before puts a head on the rank of the row it reads.
        statements.append(edge(end(steps[steps.index(card.id) - 1]), end(head_card.id), style="invis", weight="0"))
        statements.append(edge(end(card.id), end(head_card.id), style="dashed", weight="0", constraint="false"))
    joined = ["› in front: after the join of the branches"] if any(card.goes_on for card in cards) else []
    drawn = {kind for card in (*cards, *head_cards) for kind in card.kinds}
    return frame(
        graph,
        statements,
        direction=direction,
        kinds=drawn,
        notes=(usual.legend(), *joined, *legend([image, *said])),
        title=network_title(graph),
        bars=True,
        nodesep="0.35",
        ranksep="0.16",
    )


def _stages(cards: Sequence[Card]) -> Iterator[tuple[Pair, list[Card]]]:
    """Runs of rows that leave one grid. `3c` with stride 2 stays with `3a` and `3b`, as its name says."""
    stage: list[Card] = []
    for card in cards:
        if stage and card.shape.grid != stage[0].shape.grid and not _same_stage(stage[-1], card):
            yield stage[0].shape.grid, stage
            stage = []
        stage.append(card)
    yield stage[0].shape.grid, stage


def _same_stage(before: Card, card: Card) -> bool:
    numbers = [re.match(r"\d*", c.rows[0].name) for c in (before, card)]
    first, second = (match.group() if match else "" for match in numbers)
    return first == second != ""


def _panel(title: str) -> str:
    return attributes(
        label=label(bold(title).font(SMALL, MUTED)),
        labeljust="l",
        style="rounded,filled",
        fillcolor=PANEL,
        color=HAIR,
        margin="8",
    )
