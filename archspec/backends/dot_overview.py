"""The overview: the network as its table. A graph in, one card a row out, with branches in columns and bars for the cost.

Instances of a repeated row that are alike share one card. Rows that leave the same grid stand in one panel; a head
stands beside the row it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from archspec.backends.dot_frame import frame, network_title
from archspec.backends.dot_marks import Mark, edge_label, mark_of
from archspec.backends.dot_style import (
    CARD,
    DETAIL,
    ERROR,
    HAIR,
    KINDS,
    LINE,
    MACS,
    MUTED,
    NAME,
    PANEL,
    PARAMS,
    SMALL,
    TRACK,
    Direction,
    Kind,
    Text,
    attributes,
    bold,
    box,
    edge,
    elide,
    end,
    human,
    join_text,
    label,
    node,
    plain,
    table,
    td,
    tr,
)
from archspec.backends.dot_units import Chain, Dialect, Split, Unit, branch_name, chain, colour, cost, counts, grid, row_title, signature, units
from archspec.graph import INPUT, Graph, Row
from archspec.shape import Pair, Shape

# in points
BAR, BAR_TEXT = 66, 60
HEAD, HEAD_TITLE = 170, 96
GAP = 2  # between chips
Slots = dict[str, Chain]


@dataclass(frozen=True)
class Card:
    """A row, or the instances of a repeated row. `slots` maps a branch's name to its layers; one slot is a chain."""

    rows: tuple[Row, ...]
    word: str  # what aligns: the module, or the printed type
    slots: Slots
    title: str
    details: tuple[str, ...]
    given: Shape
    shape: Shape
    params: int
    macs: int

    @property
    def id(self) -> str:
        return self.rows[0].attribute


def overview(
    graph: Graph, rows: Sequence[Row], usual: Dialect, marks: Mapping[str, Mark], direction: Direction
) -> str:
    """DOT of the overview of some consecutive rows of the trunk, with the heads that read them."""
    cards = list(_cards(graph, rows, usual))
    heads = [(card, head) for head in graph.heads for card in cards if head.input in {row.output for row in card.rows}]
    head_cards = [_card(graph, (head,), usual) for _, head in heads]
    draw = _Cards(cards, marks, direction)
    first = rows[0].input
    statements = [_pill("@input", "image" if first == INPUT else "input", graph[first].shape)]
    for index, (size, stage) in enumerate(_stages(cards)):
        statements += [f"subgraph cluster_{index} {{", f"  {_panel(grid(size))}"]
        statements += [f"  {draw.card(card)}" for card in stage] + ["}"]
    statements += [draw.head(card) for card in head_cards]
    statements.append(_pill("@output", "output", cards[-1].shape))
    steps = ["@input", *(card.id for card in cards), "@output"]
    leaving = [edge_label(graph[first].shape), *(edge_label(card.shape, mark_of(card.rows, marks)) for card in cards)]
    statements += [
        edge(end(tail), end(head), content, weight="100")
        for tail, head, content in zip(steps[:-1], steps[1:], leaving, strict=True)
    ]
    for (card, _), head_card in zip(heads, head_cards, strict=True):
        # An invisible edge from the step before puts the head on the rank of the row it reads.
        statements.append(edge(end(steps[steps.index(card.id) - 1]), end(head_card.id), style="invis", weight="0"))
        statements.append(edge(end(card.id), end(head_card.id), style="dashed", weight="0", constraint="false"))
    drawn = {kind for card in (*cards, *head_cards) for kind in _card_kinds(card)}
    return frame(
        graph,
        statements,
        direction=direction,
        kinds=drawn,
        notes=(usual.legend(),),
        title=network_title(graph),
        bars=True,
        nodesep="0.35",
        ranksep="0.16",
    )


def _cards(graph: Graph, rows: Sequence[Row], usual: Dialect) -> Iterator[Card]:
    for _, group in groupby(rows, key=lambda row: row.group):
        instances = tuple(group)
        if _alike(graph, instances, usual):
            yield _card(graph, instances, usual)
        else:
            yield from (_card(graph, (row,), usual) for row in instances)


def _alike(graph: Graph, rows: tuple[Row, ...], usual: Dialect) -> bool:
    """Instances from the second on are equal, and the first differs in stride and shortcut only."""
    first, *rest = (chain(graph, row, usual) for row in rows)
    if not rest or len({signature(items) for items in rest}) > 1:
        return not rest

    def widths(items: Chain) -> list[list[tuple[str, int | None]]]:
        return [[(u.short, u.filters) for u in units(s)] for key, s in _slots(items).items() if key != SHORTCUT]

    return widths(first) == widths(rest[0])


SHORTCUT = "shortcut"


def _slots(items: Chain) -> Slots:
    """A row's branches by name, in order. What comes after the join is a slot of its own."""
    if not items or isinstance(items[0], Unit):
        return {"": items}
    split = items[0]
    found: Slots = {}
    for branch in split.branches:
        name = branch_name(branch, split)
        if split.adds and name in ("", "projection"):
            found[SHORTCUT] = branch
        elif branch and isinstance(branch[0], Split):
            found |= _slots(branch)
        else:
            found[name] = branch
    if items[1:]:
        found["then"] = items[1:]
    return found


def _card(graph: Graph, rows: tuple[Row, ...], usual: Dialect) -> Card:
    first, typical = rows[0], rows[-1]
    slots = _slots(chain(graph, typical, usual))
    scope = graph.scope_by_name.get(first.attribute)
    given, shape = graph[first.input].shape, graph[typical.output].shape
    name = first.group if len(rows) > 1 else first.name
    title = row_title(first.type, name)
    details = [] if len(slots) == 1 or name[:1].isdigit() else [elide(first.type)]
    params, macs = cost(graph, (node for row in rows for node in row.nodes))
    stride = max(1, round(given.height / shape.height)) if len(slots) > 1 else 1
    if len(rows) > 1:
        title += f" ×{len(rows)}"
        projects = bool(_slots(chain(graph, first, usual)).get(SHORTCUT)) and not slots.get(SHORTCUT)
        says = [*([f"stride {stride}"] if stride > 1 else []), *(["projection"] if projects else [])]
        details += [f"first: {', '.join(says)}"] if says else []
    elif stride > 1:
        title += f" / {stride}"
    if first.is_head:
        details = [f"loss × {first.loss_weight:g}", counts(params, macs)]
    word = scope.kind if scope and scope.kind else first.type
    return Card(rows, word, slots, title, tuple(details), given, shape, params, macs)


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


class _Cards:
    """Card labels with common column widths: every module's slots line up, and all cards are equally wide."""

    def __init__(self, cards: Sequence[Card], marks: Mapping[str, Mark], direction: Direction) -> None:
        self.marks = marks
        self.stacked = direction == "LR"
        self.columns: dict[str, dict[str, int]] = {}
        for card in cards:
            if len(card.slots) > 1:
                columns = self.columns.setdefault(card.word, {})
                _merge(columns, {key: _slot_text(items, key).width(SMALL) + 12 for key, items in card.slots.items()})
        self.area = max([300, *(sum(widths.values()) + GAP * (len(widths) - 1) for widths in self.columns.values())])
        self.title = 8 + max(
            max(bold(card.title).width(NAME), *(plain(line).width(DETAIL) for line in ("", *card.details)))
            for card in cards
        )
        self.most = max([1, *(card.macs for card in cards)]), max([1, *(card.params for card in cards)])

    def card(self, card: Card) -> str:
        bars = self._bars(card)
        if self.stacked:
            cells = [tr(td(self._title(card), align="LEFT")), tr(td(self._chips(card))), tr(td(bars, align="LEFT"))]
            return self._node(card, *cells)
        cells = [td(width=4), td(self._title(card), align="LEFT", width=self.title), td(self._chips(card))]
        return self._node(card, tr(*cells, td(width=8), td(bars), td(width=4)))

    def head(self, card: Card) -> str:
        """A compact card, so that the rank it shares with a row stays low."""
        chips = table(*(tr(td(line)) for items in card.slots.values() for line in self._lines(items, HEAD, brief=True)))
        title = td(self._title(card), align="LEFT", width=HEAD_TITLE)
        cells = [tr(title), tr(td(chips))] if self.stacked else [tr(td(width=4), title, td(chips))]
        return self._node(card, *cells)

    def _node(self, card: Card, *rows: str) -> str:
        content = table(*rows, border=1, padding=2, color=LINE, bgcolor=CARD, style="ROUNDED")
        return node(card.id, content, "card", tooltip=f"{card.title}: {card.given} to {card.shape}")

    def _title(self, card: Card) -> str:
        lines = [bold(card.title).font(NAME), *(plain(text).font(DETAIL, MUTED) for text in card.details)]
        mark = mark_of(card.rows, self.marks, at="row")
        lines += [bold(f"! {mark.text}").font(DETAIL, ERROR)] if mark else []
        return table(*(tr(td(line, align="LEFT")) for line in lines))

    def _chips(self, card: Card) -> str:
        if len(card.slots) > 1:
            columns = self.columns[card.word]
            slack = self.area - sum(columns.values()) - GAP * (len(columns) - 1)
            each, first = divmod(slack, len(columns))
            cells = []
            for index, (key, width) in enumerate(columns.items()):
                wide = width + each + (first if index == 0 else 0)
                items = card.slots.get(key)
                if items is None:
                    cells.append(td(plain("–").font(SMALL, LINE), width=wide, height=18))
                else:
                    cells.append(_chip(colour(items), _slot_text(items, key), wide))
            return table(*([tr(cell) for cell in cells] if self.stacked else [tr(*cells)]), spacing=GAP)
        (items,) = card.slots.values()
        return table(*(tr(td(line)) for line in self._lines(items, self.area)))

    def _lines(self, items: Chain, area: int, brief: bool = False) -> Iterator[str]:
        """A chain in as many lines as it needs, each filling the area; a chain of nothing is said to be one."""
        line: list[tuple[Kind, Text]] = []
        used = 0
        for item in items:
            text = _step(item, None) if brief else _long(item)
            if line and used + text.width(SMALL) + 12 > area:
                yield self._line(line, area)
                line, used = [], 0
            line.append((colour((item,)), text))
            used += text.width(SMALL) + 12 + GAP
        yield self._line(line or [("other", plain("identity"))], area)

    def _line(self, line: Sequence[tuple[Kind, Text]], area: int) -> str:
        if self.stacked:
            return table(*(tr(_chip(kind, text, 0)) for kind, text in line), spacing=GAP)
        space = area - GAP * (len(line) - 1)
        wanted = [text.width(SMALL) + 12 for _, text in line]
        widths = [space * width // sum(wanted) for width in wanted]
        widths[-1] += space - sum(widths)
        return table(tr(*(_chip(kind, text, w) for (kind, text), w in zip(line, widths, strict=True))), spacing=GAP)

    def _bars(self, card: Card) -> str:
        if not card.params and not card.macs:
            return table(tr(td(width=BAR + BAR_TEXT + 7)))
        rows = [
            tr(
                td(_bar(value / most, fill)),
                td(width=2),
                td(plain(f"{human(value)} {unit}").font(DETAIL, MUTED), align="LEFT", width=BAR_TEXT),
            )
            for value, most, fill, unit in (
                (card.macs, self.most[0], MACS, "MACs"),
                (card.params, self.most[1], PARAMS, "par"),
            )
        ]
        return table(*rows, spacing=1)


def _merge(columns: dict[str, int], found: Mapping[str, int]) -> None:
    """Add a row's slots to its module's columns: new ones behind the one they follow, widths to the largest."""
    order = list(columns)
    at = 0
    for key in found:
        if key in order:
            at = order.index(key) + 1
        else:
            order.insert(at, key)
            at += 1
    widths = {key: max(columns.get(key, 0), found.get(key, 0)) for key in order}
    columns.clear()
    columns.update(widths)


def _slot_text(items: Chain, key: str = "") -> Text:
    """`64 › 3×3 96`: a reduction by its filters, then the windows, and the branch's channels in bold."""
    if key == SHORTCUT and not items:
        return plain("+ input")
    if not items:
        return plain("input")
    if len(items) == 1 and isinstance(items[0], Unit) and items[0].kind in ("max", "avg"):
        return plain(f"{items[0].kind} pool ") + bold(str(items[0].shape.channels))
    plus = plain("+ ") if key == SHORTCUT else Text()
    return plus + join_text(map(_step, items, (*items[1:], None)), " › ")


def _step(item: Unit | Split, following: Unit | Split | None) -> Text:
    if isinstance(item, Split):
        inside = (join_text((plain(unit.short) for unit in units(branch)), " › ") for branch in item.branches)
        text = plain("(") + join_text((branch if branch.html else plain("input") for branch in inside), " | ") + plain(")")
        return text if following else text + plain(" ") + bold(str(item.shape.channels))
    widens = isinstance(following, Split) or (following is not None and following.filters is not None)
    if item.filters is None:
        return plain(item.short)
    if widens:
        return plain(str(item.filters) if item.short == "1×1" else item.short)
    return plain(f"{item.short} ") + bold(str(item.filters))


def _long(item: Unit | Split) -> Text:
    """`conv 3×3 / 2, 64`, where there is room."""
    if isinstance(item, Split):
        return join_text((_slot_text(branch) for branch in item.branches), " | ")
    text = plain(item.title)
    notes = f" ({', '.join(item.notes)})" if item.notes else ""
    return text + (plain(", ") + bold(str(item.filters)) if item.filters else Text()) + plain(notes)


def _card_kinds(card: Card) -> Iterable[Kind]:
    if len(card.slots) > 1:
        return [colour(items) for items in card.slots.values()]
    return [colour((item,)) for items in card.slots.values() for item in items]


def _chip(kind: Kind, text: Text, width: int) -> str:
    return td(text.font(SMALL), bgcolor=KINDS[kind].fill, width=max(width, text.width(SMALL) + 8), height=18)


def _bar(share: float, fill: str) -> str:
    length = min(BAR - 1, max(1, round(BAR * share)))
    cells = [
        td(width=width, height=5, fixedsize="TRUE", bgcolor=shade)
        for width, shade in ((length, fill), (BAR - length, TRACK))
    ]
    return table(tr(*cells))


def _panel(title: str) -> str:
    return attributes(
        label=label(bold(title).font(SMALL, MUTED)),
        labeljust="l",
        style="rounded,filled",
        fillcolor=PANEL,
        color=HAIR,
        margin="8",
    )


def _pill(name: str, word: str, shape: Shape) -> str:
    text = plain(f"{word}  ") + bold(str(shape))
    return node(name, box("other", tr(td(text.html, width=100)), padding=4), "other")
