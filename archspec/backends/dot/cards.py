"""Cards of the overview: rows of a graph in, one card each out: title, branches in columns, and bars for the cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from archspec.backends.dot.card_text import THEN, long_text, slot_text, step_text, windows_text
from archspec.backends.dot.marks import LONGEST, Marks, mark_of, plus, remark
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
from archspec.backends.dot.units import (
    SHORTCUT,
    Chain,
    Dialect,
    Split,
    Unit,
    branch_names,
    chain,
    colour,
    signature,
    units,
)
from archspec.backends.dot.words import counts
from archspec.cost import row_cost
from archspec.graph import Graph, Row
from archspec.shape import Shape

# in points
BAR, BAR_TEXT = 66, 60
BARS = 26  # the height of two, with room for a font of high lines
HEAD, HEAD_TITLE = 170, 96
GAP, LEAD = 2, 10  # between chips; and in front of what follows a join
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
    def goes_on(self) -> bool:
        """Whether something follows the join of its branches."""
        return any(key.endswith(THEN) for key in self.slots)

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

    def layers(items: Chain) -> dict[str, list[tuple[str, int | None]]]:
        slots = {key: branch for key, branch in _slots(items).items() if key != SHORTCUT}
        return {key: [(unit.says.short, unit.says.filters) for unit in units(slots[key])] for key in slots}

    return layers(first) == layers(rest[0])


def _slots(items: Chain) -> Slots:
    """A row's branches by name, in order. What comes after the join is a slot of its own; a chain of several joins, as
    of one that starts with a layer, is one slot."""
    if not items or isinstance(items[0], Unit) or any(isinstance(item, Split) for item in items[1:]):
        return {"": items}
    split = items[0]
    found: Slots = {}
    for name, branch in zip(branch_names(split), split.branches, strict=True):
        inside = _slots(branch)
        for key, part in {name: branch}.items() if list(inside) == [""] else inside.items():
            found[_free(key, name, found)] = part
    return found | ({_free(THEN, "after", found): items[1:]} if items[1:] else {})


def _free(key: str, before: str, taken: Slots) -> str:
    """The key, with a word before it as often as the key is taken: blocks in blocks may call their branches alike."""
    return _free(f"{before} {key}", before, taken) if key in taken else key


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
        start = _slots(chain(graph, first, usual))
        says = [windows_text(items) for key, items in start.items() if key != SHORTCUT and _strides(items)]
        says += ["projection"] if start.get(SHORTCUT) and not slots.get(SHORTCUT) else []
        details += [elide(f"first: {', '.join(says)}", LONGEST)] if says else []
    elif stride > 1:
        title += f" / {stride}"
    if first.is_head:
        details = [f"loss × {first.loss_weight:g}", counts(params, macs)]
    return Card(rows, kind_of(graph, first), slots, title, tuple(details), given, shape, params, macs)


def _strides(items: Chain) -> bool:
    return any(unit.says.stride for unit in units(items))


class CardStyle:
    """Card labels with common column widths: every module's slots line up, and all cards are equally wide."""

    def __init__(self, cards: Sequence[Card], marks: Marks, direction: Direction) -> None:
        self.marks = marks
        self.stacked = direction == "LR"
        self.columns: dict[str, dict[str, int]] = {}
        for card in cards:
            if len(card.slots) > 1:
                columns = self.columns.setdefault(card.word, {})
                widths = {
                    key: slot_text(items, key).width(SMALL) + 12 + _lead(key) for key, items in card.slots.items()
                }
                merge_columns(columns, widths)
        chips = [width for card in cards for width in _widths(card)]
        rows = [sum(found.values()) + GAP * (len(found) - 1) for found in self.columns.values()]
        self.area = max([300, *chips, *rows])
        self.title = 8 + max(self._title_width(card) for card in cards)
        numbers = [text.width(DETAIL) for card in cards for text in _numbers(card)]
        self.bars = BAR + max([BAR_TEXT, *numbers]) + 6  # with the gaps between them
        self.most_macs = max([1, *(card.macs for card in cards)])
        self.most_params = max([1, *(card.params for card in cards)])

    def card(self, card: Card) -> str:
        """The statement of a row's card."""
        bars = self._bars(card)
        if self.stacked:
            columns = self.columns[card.word].values() if len(card.slots) > 1 else _widths(card)
            area = max([self.bars, self._title_width(card), *(width + 2 * GAP for width in columns)])
            parts = [self._title(card), self._chips(card, area), bars]
            return self._node(card, *(tr(td(part, align="LEFT")) for part in parts if part))
        title = td(self._title(card), align="LEFT", width=self.title, cellpadding=4)
        cells = [td(width=2), title, td(self._chips(card, self.area))]
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

    def _title_width(self, card: Card) -> int:
        mark = mark_of(card.rows, self.marks)
        small = [*map(plain, card.details), *map(remark, mark.row)]
        return max([(bold(card.title) + plus(mark)).width(NAME), *(text.width(DETAIL) for text in small)])

    def _title(self, card: Card) -> str:
        mark = mark_of(card.rows, self.marks)
        lines = [bold(card.title).font(NAME) + plus(mark).font(NAME, MUTED)]
        lines += [plain(text).font(DETAIL, MUTED) for text in card.details]
        lines += [remark(text).font(DETAIL, ERROR) for text in mark.row]
        if len(lines) == 1:
            return table(tr(td(lines[0], align="LEFT")))
        first, *between, last = lines  # together also where the chips beside them take more lines
        rows = [(first, "BOTTOM"), *((line, "MIDDLE") for line in between), (last, "TOP")]
        return table(*(tr(td(line, align="LEFT", valign=where)) for line, where in rows))

    def _chips(self, card: Card, area: int) -> str:
        if len(card.slots) > 1:
            columns = self.columns[card.word]
            each, first = divmod(area - sum(columns.values()) - GAP * (len(columns) - 1), len(columns))
            cells = []
            for index, (key, width) in enumerate(columns.items()):
                lead = _lead(key)
                wide = area - 2 * GAP if self.stacked else width + each + (first if index == 0 else 0) - lead
                items = card.slots.get(key)
                cells += [td(width=LEAD, height=LEAD)] if lead else []
                if items is None:
                    cells.append(td(plain("–").font(SMALL, LINE), width=wide, height=18))
                else:
                    cells.append(_chip(colour(items), slot_text(items, key), wide))
            return table(*([tr(cell) for cell in cells] if self.stacked else [tr(*cells)]), spacing=GAP)
        (items,) = card.slots.values()
        return table(*(tr(td(line)) for line in self._lines(items, area)))

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
            return table(*(tr(_chip(kind, text, area - 2 * GAP)) for kind, text in line), spacing=GAP)
        space = area - GAP * (len(line) - 1)
        wanted = [text.width(SMALL) + 12 for _, text in line]
        widths = [space * width // sum(wanted) for width in wanted]
        widths[-1] += space - sum(widths)
        return table(tr(*(_chip(kind, text, w) for (kind, text), w in zip(line, widths, strict=True))), spacing=GAP)

    def _bars(self, card: Card) -> str:
        if not card.params and not card.macs:
            return "" if self.stacked else table(tr(td(width=self.bars, height=BARS)))
        shares = ((card.macs / self.most_macs, MACS), (card.params / self.most_params, PARAMS))
        rows = [
            tr(td(_bar(*share)), td(width=2), td(text.font(DETAIL, MUTED), align="LEFT", width=self.bars - BAR - 6))
            for share, text in zip(shares, _numbers(card), strict=True)
        ]
        # The engine stretches a table in a larger cell, and would part the bars, unless its size is fixed.
        return table(*rows, spacing=1, fixedsize="TRUE", width=self.bars, height=BARS, align="LEFT")


def _lead(key: str) -> int:
    """What stands free in front of a slot, with the gap between it and the one before."""
    return LEAD + GAP if key.endswith(THEN) else 0


def _widths(card: Card) -> list[int]:
    """What the layers of a chain need."""
    return [long_text(item).width(SMALL) + 12 for item in card.slots.get("", ())]


def _numbers(card: Card) -> tuple[Text, Text]:
    """What stands beside the bars."""
    return plain(f"{human(card.macs)} MACs"), plain(f"{human(card.params)} par")


def _chip(kind: Kind, text: Text, width: int) -> str:
    return td(text.font(SMALL), bgcolor=KINDS[kind].fill, width=max(width, text.width(SMALL) + 8), height=18)


def _bar(share: float, fill: str) -> str:
    length = min(BAR - 1, max(1, round(BAR * share)))
    cells = [
        td(width=width, height=5, fixedsize="TRUE", bgcolor=shade)
        for width, shade in ((length, fill), (BAR - length, TRACK))
    ]
    return table(tr(*cells))
