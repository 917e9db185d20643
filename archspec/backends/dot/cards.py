"""Cards of the overview: rows of a graph in, one card each out: title, branches in columns, and bars for the cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from archspec.backends.dot.card_text import long_text, slot_text, step_text
from archspec.backends.dot.marks import Mark, mark_of
from archspec.backends.dot.rows import kind_of, merge_columns, row_title, stride_of
from archspec.backends.dot.style import (
    CARD,
    DETAIL,
    ERROR,
    KINDS,
    LINE,
    MACS,
    MUTED,
    NAME,
    PARAMS,
    SMALL,
    TRACK,
    Direction,
    Kind,
    Text,
    bold,
    elide,
    human,
    node,
    plain,
    table,
    td,
    tr,
)
from archspec.backends.dot.units import SHORTCUT, Chain, Dialect, Split, Unit, branch_names, chain, colour, signature
from archspec.backends.dot.words import counts
from archspec.cost import row_cost
from archspec.graph import Graph, Row
from archspec.shape import Shape

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

    @property
    def kinds(self) -> set[Kind]:
        """The colours it is drawn in."""
        if len(self.slots) > 1:
            return {colour(items) for items in self.slots.values()}
        return {colour((item,)) for items in self.slots.values() for item in items}


def cards_of(graph: Graph, rows: Sequence[Row], usual: Dialect) -> Iterator[Card]:
    """One card a row, or a group of alike instances."""
    for _, group in groupby(rows, key=lambda row: row.group):
        instances = tuple(group)
        if _alike(graph, instances, usual):
            yield card_of(graph, instances, usual)
        else:
            yield from (card_of(graph, (row,), usual) for row in instances)


def _alike(graph: Graph, rows: tuple[Row, ...], usual: Dialect) -> bool:
    """Instances from the second on are equal, and the first differs in stride and shortcut only."""
    first, *rest = (chain(graph, row, usual) for row in rows)
    if not rest or len({signature(items) for items in rest}) > 1:
        return not rest

    def texts(items: Chain) -> dict[str, Text]:
        return {key: slot_text(branch, key) for key, branch in _slots(items).items() if key != SHORTCUT}

    return texts(first) == texts(rest[0])


def _slots(items: Chain) -> Slots:
    """A row's branches by name, in order. What comes after the join is a slot of its own; a chain of several joins, as
    of one that starts with a layer, is one slot."""
    if not items or isinstance(items[0], Unit) or any(isinstance(item, Split) for item in items[1:]):
        return {"": items}
    split = items[0]
    found: Slots = {}
    for name, branch in zip(branch_names(split), split.branches, strict=True):
        inside = _slots(branch)
        inside = {name: branch} if list(inside) == [""] else inside
        found |= {key if key not in found else f"{name} {key}": part for key, part in inside.items()}
    return found | ({"after" if "then" in found else "then": items[1:]} if items[1:] else {})


def card_of(graph: Graph, rows: tuple[Row, ...], usual: Dialect) -> Card:
    """The card of a row, or of instances of one; the last instance is the typical one."""
    first, typical = rows[0], rows[-1]
    slots = _slots(chain(graph, typical, usual))
    given, shape = graph[first.input].shape, graph[typical.output].shape
    name = first.group if len(rows) > 1 else first.name
    title = row_title(first.type, name)
    layer = all(isinstance(item, Unit) for item in slots.get("", ())) and len(slots) == 1
    details = [] if layer or name[:1].isdigit() else [elide(first.type)]
    costs = [row_cost(graph, row) for row in rows]
    params, macs = sum(cost.params for cost in costs), sum(cost.macs for cost in costs)
    stride = stride_of(given, shape) if len(slots) > 1 else 1
    if len(rows) > 1:
        title += f" ×{len(rows)}"
        projects = bool(_slots(chain(graph, first, usual)).get(SHORTCUT)) and not slots.get(SHORTCUT)
        says = [*([f"stride {stride}"] if stride > 1 else []), *(["projection"] if projects else [])]
        details += [f"first: {', '.join(says)}"] if says else []
    elif stride > 1:
        title += f" / {stride}"
    if first.is_head:
        details = [f"loss × {first.loss_weight:g}", counts(params, macs)]
    return Card(rows, kind_of(graph, first), slots, title, tuple(details), given, shape, params, macs)


class CardStyle:
    """Card labels with common column widths: every module's slots line up, and all cards are equally wide."""

    def __init__(self, cards: Sequence[Card], marks: Mapping[str, Mark], direction: Direction) -> None:
        self.marks = marks
        self.stacked = direction == "LR"
        self.columns: dict[str, dict[str, int]] = {}
        for card in cards:
            if len(card.slots) > 1:
                columns = self.columns.setdefault(card.word, {})
                widths = {key: slot_text(items, key).width(SMALL) + 12 for key, items in card.slots.items()}
                merge_columns(columns, widths)
        chips = [long_text(item).width(SMALL) + 12 for card in cards for item in card.slots.get("", ())]
        rows = [sum(found.values()) + GAP * (len(found) - 1) for found in self.columns.values()]
        self.area = max([300, *chips, *rows])
        self.title = 8 + max(
            max(bold(card.title).width(NAME), *(plain(line).width(DETAIL) for line in ("", *card.details)))
            for card in cards
        )
        self.most_macs = max([1, *(card.macs for card in cards)])
        self.most_params = max([1, *(card.params for card in cards)])

    def card(self, card: Card) -> str:
        """The statement of a row's card."""
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
        content = table(*rows, border=1, padding=4 if self.stacked else 2, color=LINE, bgcolor=CARD, style="ROUNDED")
        return node(card.id, content, "card", tooltip=f"{card.title}: {card.given} to {card.shape}")

    def _title(self, card: Card) -> str:
        lines = [bold(card.title).font(NAME), *(plain(text).font(DETAIL, MUTED) for text in card.details)]
        mark = mark_of(card.rows, self.marks, at="row")
        lines += [bold(f"! {elide(mark.text)}").font(DETAIL, ERROR)] if mark else []
        if len(lines) == 1:
            return table(tr(td(lines[0], align="LEFT")))
        first, *between, last = lines  # together also where the chips beside them take more lines
        rows = [(first, "BOTTOM"), *((line, "MIDDLE") for line in between), (last, "TOP")]
        return table(*(tr(td(line, align="LEFT", valign=where)) for line, where in rows))

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
                    cells.append(_chip(colour(items), slot_text(items, key), wide))
            return table(*([tr(cell) for cell in cells] if self.stacked else [tr(*cells)]), spacing=GAP)
        (items,) = card.slots.values()
        return table(*(tr(td(line)) for line in self._lines(items, self.area)))

    def _lines(self, items: Chain, area: int, brief: bool = False) -> Iterator[str]:
        """A chain in as many lines as it needs, each filling the area; a chain of nothing is said to be one."""
        line: list[tuple[Kind, Text]] = []
        used = 0
        for item in items:
            text = step_text(item, None) if brief else long_text(item)
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
            return table(tr(td(width=BAR + BAR_TEXT + 6)))
        rows = [
            tr(
                td(_bar(value / most, fill)),
                td(width=2),
                td(plain(f"{human(value)} {unit}").font(DETAIL, MUTED), align="LEFT", width=BAR_TEXT),
            )
            for value, most, fill, unit in (
                (card.macs, self.most_macs, MACS, "MACs"),
                (card.params, self.most_params, PARAMS, "par"),
            )
        ]
        return table(*rows, spacing=1)


def _chip(kind: Kind, text: Text, width: int) -> str:
    return td(text.font(SMALL), bgcolor=KINDS[kind].fill, width=max(width, text.width(SMALL) + 8), height=18)


def _bar(share: float, fill: str) -> str:
    length = min(BAR - 1, max(1, round(BAR * share)))
    cells = [
        td(width=width, height=5, fixedsize="TRUE", bgcolor=shade)
        for width, shade in ((length, fill), (BAR - length, TRACK))
    ]
    return table(tr(*cells))
