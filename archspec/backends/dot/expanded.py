"""Every layer drawn: one row (`module`), or all rows below each other (`full`). A graph in, DOT out.

Between modules stands a rail: it is the concatenation of one and the start of the branches of the next. Instances of a
repeated row that are equal are drawn once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from archspec.backends.dot.frame import frame, network_title
from archspec.backends.dot.marks import Marks, edge_label, image_mark, legend, mark_of, plus, remark
from archspec.backends.dot.rails import LAYER, Cell, Rail, span
from archspec.backends.dot.rows import kind_of, merge_columns, row_title, stride_of
from archspec.backends.dot.style import (
    BODY,
    DETAIL,
    ERROR,
    INK,
    MUTED,
    NAME,
    NOTHING,
    SMALL,
    Direction,
    Kind,
    Text,
    bold,
    box,
    edge,
    elide,
    end,
    human,
    node,
    pill,
    plain,
    table,
    td,
    tr,
)
from archspec.backends.dot.units import Chain, Dialect, Split, Unit, branch_names, chain, colour, signature, units
from archspec.backends.dot.words import counts
from archspec.cost import row_cost
from archspec.graph import INPUT, Graph, Row
from archspec.shape import Shape


@dataclass(frozen=True)
class Step:
    """A row, or equal instances of one. `columns` holds the branches of its module with their widths in quarters."""

    rows: tuple[Row, ...]
    items: Chain
    given: Shape
    shape: Shape
    columns: Mapping[str, int]

    @property
    def splits(self) -> bool:
        return any(isinstance(item, Split) for item in self.items)

    @property
    def title(self) -> str:
        row = self.rows[0]
        stride = stride_of(self.given, self.shape) if self.splits else 1
        title = row_title(row.type, row.name) + (f" / {stride}" if stride > 1 else "")
        return title if len(self.rows) == 1 else f"{title}–{elide(self.rows[-1].name)} ×{len(self.rows)}"


@dataclass(frozen=True)
class Cursor:
    """Where the picture goes on: a node, or a rail that is still open. `label` is what the edge that leaves says.

    `at` is the quarter from which a branch may use the rail, where the branch itself starts with a split.
    """

    name: str
    port: str = ""
    label: str = ""
    rail: Rail | None = None
    at: int | None = None


def module(graph: Graph, row: Row, usual: Dialect, marks: Marks, direction: Direction) -> str:
    """DOT of one row."""
    picture = _Picture(graph, [row], usual, marks, direction, alone=True)
    cost = row_cost(graph, row)
    mark = mark_of([row], marks)
    facts = plain(f"  {human(cost.params)} params,  {human(cost.macs)} MACs").font(BODY, MUTED)
    remarks = [f"&#160;&#160;{remark(text).font(BODY, ERROR)}" for text in mark.row]
    name = bold(picture.steps[0].title).html + plus(mark).html
    return picture.text(Text("".join((name, facts, *remarks))))


def full(graph: Graph, rows: Sequence[Row], usual: Dialect, marks: Marks, direction: Direction) -> str:
    """DOT of some consecutive rows of the trunk, with the heads that read them."""
    return _Picture(graph, rows, usual, marks, direction, alone=False).text(network_title(graph))


class _Picture:
    """Walks down the rows and collects statements.

    There are no clusters: with them the engine orders branches without regard to ports, and columns cross.
    """

    def __init__(
        self,
        graph: Graph,
        rows: Sequence[Row],
        usual: Dialect,
        marks: Marks,
        direction: Direction,
        *,
        alone: bool,
    ) -> None:
        self.graph, self.usual, self.marks, self.direction, self.alone = graph, usual, marks, direction, alone
        self.steps = list(_steps(graph, rows, usual))
        splits = [item for step in self.steps for item in step.items if isinstance(item, Split)]
        branched = list(units(tuple(splits)))
        self.width = max([112, *(_width(unit) for unit in branched)])
        height = max([30, *(8 + sum(size + 4 for _, size in _lines(unit)) for unit in branched)])
        self.quarter = (height + 26 if direction == "LR" else self.width + 24) // 4 + 1
        self.span = max([LAYER, *(_columns_span(step) for step in self.steps)])
        self.side = max([100, *(self.side_width(step) + 12 for step in self.steps)])
        self.image = image_mark(rows[0].input, marks)
        self.body: list[str | Rail] = []
        self.edges: list[str] = []
        self.kinds: set[Kind] = set()
        self.draw()

    def text(self, title: Text) -> str:
        nodes = [s if isinstance(s, str) else s.statement(self.quarter, self.side, self.direction) for s in self.body]
        said = [mark_of(step.rows, self.marks) for step in self.steps]
        convolves = any(kind.startswith("conv") for kind in self.kinds)
        return frame(
            self.graph,
            [*nodes, *self.edges],
            direction=self.direction,
            kinds=self.kinds,
            notes=(self.usual.legend() if convolves else "", *legend([self.image, *said])),
            title=title,
            nodesep="0.2",
            ranksep="0.2",
            splines="line",
        )

    def side_width(self, step: Step) -> int:
        """What the column of titles needs for a row: its name, its remarks and the shape that leaves it."""
        if not step.splits:
            return 0
        mark = mark_of(step.rows, self.marks)
        lines = [(bold(step.title) + plus(mark), NAME), (bold(str(step.shape)), BODY), (remark(mark.output), SMALL)]
        return max(text.width(size) for text, size in (*lines, *((remark(text), DETAIL) for text in mark.row)))

    def draw(self) -> None:
        first, last = self.steps[0], self.steps[-1]
        cursor = Cursor("@input", label=edge_label(self.direction, first.given, self.image.output))
        if not (self.alone and first.items and isinstance(first.items[0], Split)):
            self.body.append(pill("@input", "image" if first.rows[0].input == INPUT else "input", first.given))
        ends: dict[str, Cursor] = {}
        for step in self.steps:
            cursor = self.row(step, cursor)
            ends[step.rows[-1].output] = cursor
        if not (self.alone and cursor.rail):
            self.body.append(pill("@output", "output", last.shape))
            self.leave(cursor, "@output")
        for head in self.graph.heads if not self.alone else ():
            if head.input in ends:
                self.head(head, ends[head.input])

    def row(self, step: Step, cursor: Cursor) -> Cursor:
        if not step.splits:
            sign = plus(mark_of(step.rows, self.marks))
            for item in step.items:
                assert isinstance(item, Unit)  # no splits
                name = bold(elide(_name(item, step))).font(BODY) + sign.font(BODY, MUTED)
                cursor = self.unit(item, cursor, name)
            return self.say(step, cursor)
        if isinstance(step.items[0], Split) and not (cursor.rail and cursor.rail.span == self.span):
            cursor = self.open(step, cursor)
        if not self.alone:
            self.title(step, cursor)
        for item in step.items:
            if isinstance(item, Unit):
                cursor = self.unit(item, cursor)
            else:
                outer = item is step.items[-1]
                cursor = self.split(item, cursor, step.columns if item is step.items[0] else {}, outer)
        return self.say(step, cursor)

    def say(self, step: Step, cursor: Cursor) -> Cursor:
        """State the shape that leaves a row, and what the paper prints instead."""
        mark = mark_of(step.rows, self.marks)
        if cursor.rail is None:
            titled = self.alone or step.splits
            return replace(
                cursor, label=edge_label(self.direction, step.shape, mark.output, *(() if titled else mark.row))
            )
        said = remark(mark.output).font(SMALL, ERROR)
        if self.alone:
            cursor.rail.caption += Text(f"&#160;&#160;&#160;{said}") if said else NOTHING
        else:
            last = step.items[-1]
            cursor.rail.caption = plain(last.word) if isinstance(last, Split) and last.adds else Text()
            cursor.rail.side = table(*(tr(td(line)) for line in (bold(str(step.shape)).font(BODY), said) if line))
        return cursor

    def open(self, step: Step, cursor: Cursor) -> Cursor:
        """The bar that the branches of a row start from, where no rail ends the row before."""
        first = step.items[0]
        assert isinstance(first, Split)
        rail = Rail("@rail:" + first.join.name, "other", self.span)
        if self.alone:
            rail.caption = plain("input  ") + bold(str(step.given))
        else:
            rail.side = bold(str(step.given)).font(BODY)
            rail.incoming = [Cell(0, self.span)]
            self.leave(cursor, rail.name, "i0", unlabelled=True)
        self.body.append(rail)
        return Cursor(rail.name, rail=rail)

    def title(self, step: Step, cursor: Cursor) -> None:
        row = step.rows[0]
        each = " each" if len(step.rows) > 1 else ""
        cost = row_cost(self.graph, row)
        facts = (f"{human(cost.params)} params{each}", f"{human(cost.macs)} MACs{each}")
        mark = mark_of(step.rows, self.marks)
        lines = [bold(step.title).font(NAME) + plus(mark).font(NAME, MUTED)]
        lines += [plain(fact).font(DETAIL, MUTED) for fact in facts]
        lines += [remark(text).font(DETAIL, ERROR) for text in mark.row]
        content = table(*(tr(td(line, align="LEFT", width=self.side - 8)) for line in lines), padding=1)
        name = _title(row)
        self.body.append(node(name, content, "title", row.attribute))
        side = bool(cursor.rail and cursor.rail.side)
        tail = end(cursor.name, "side" if side else cursor.port)
        self.edges.append(edge(tail, end(name), style="invis", weight="2000" if side else "1"))

    def unit(self, unit: Unit, cursor: Cursor, name: str = "") -> Cursor:
        self.kinds.add(unit.kind)
        muted = INK if unit.kind == "conv5" else MUTED  # grey on the deepest blue is too faint
        width = max(self.width, _width(unit)) - 8
        lines = table(*(tr(td(text.font(size, INK if size == BODY else muted))) for text, size in _lines(unit)))
        cells = [td(lines, width=width)]
        if name:
            cells.insert(0, td(name, cellpadding=5))
        self.body.append(node(unit.name, box(unit.kind, tr(*cells), padding=1), unit.kind, unit.name))
        self.leave(cursor, unit.name)
        return Cursor(unit.name, label=edge_label(self.direction, unit.shape))

    def split(self, split: Split, cursor: Cursor, columns: Mapping[str, int], outer: bool) -> Cursor:
        """Branches between two rails; `columns` are those of the module, where some may be empty here."""
        names = branch_names(split)
        columns = columns or dict(zip(names, map(span, split.branches), strict=True))
        total = sum(columns.values())
        starts = dict(zip(columns, accumulate(columns.values(), initial=0), strict=False))
        fan, at = cursor.rail, cursor.at
        if fan is None or fan.span < total:
            fan = Rail("@rail:" + split.join.name, "other", total, incoming=[Cell(0, total)])
            self.leave(cursor, fan.name, "i0")
            self.body.append(fan)
        rail = Rail(split.join.name, "join", self.span if outer else total)
        self.kinds.add("join")
        start = (fan.span - total) // 2 if at is None else at
        end_at = (rail.span - total) // 2
        for index, (name, branch) in enumerate(zip(names, split.branches, strict=True)):
            if branch and isinstance(branch[0], Split):
                inner = Cursor(fan.name, rail=fan, at=start + starts[name])
            else:
                inner = Cursor(fan.name, fan.leave(start + starts[name], columns[name]))
            if not branch:
                inner = self.identity(inner, f"{rail.name}@{index}")
            for item in branch:
                inner = self.unit(item, inner) if isinstance(item, Unit) else self.split(item, inner, {}, False)
            self.leave(inner, rail.name, f"i{index}")
            source = self.graph[split.join.inputs[index]].shape
            text, kind = (Text(), None) if split.adds else self.segment(split, branch, source)
            rail.incoming.append(Cell(end_at + starts[name], columns[name], text, kind))
        rail.caption = plain(f"{split.word}  ") + bold(str(split.shape))
        self.body.append(rail)
        return Cursor(rail.name, rail=rail)

    def segment(self, split: Split, branch: Chain, shape: Shape) -> tuple[Text, Kind]:
        """What a concatenation says of a branch: its channels."""
        share = f" ({round(100 * shape.channels / split.shape.channels)} %)" if self.alone else ""
        return bold(str(shape.channels)) + plain(share), colour(branch)

    def identity(self, cursor: Cursor, name: str) -> Cursor:
        """A word on the line of a branch without layers."""
        self.body.append(node(name, plain("identity").font(DETAIL, MUTED), "title", "identity"))
        self.edges.append(edge(end(cursor.name, cursor.port), end(name), arrowhead="none", weight="2000"))
        return Cursor(name)

    def leave(self, cursor: Cursor, name: str, port: str = "", unlabelled: bool = False) -> None:
        """The edge from the cursor to a node. From an open rail it leaves in the middle."""
        if cursor.rail:
            cursor = Cursor(cursor.name, cursor.rail.leave(0, cursor.rail.span))
        arrow = {"arrowhead": "none"} if port == "i0" and name.startswith("@rail:") else {}
        text = "" if unlabelled else cursor.label
        # Straight columns need heavy edges; the last of a branch is lighter, so that slack gathers before the rail.
        weight = "2000" if not text else "400" if port else "800"
        self.edges.append(edge(end(cursor.name, cursor.port), end(name, port), text, weight=weight, **arrow))

    def head(self, row: Row, source: Cursor) -> None:
        name = f"@head:{row.attribute}"
        cost = row_cost(self.graph, row)
        facts = (f"loss × {row.loss_weight:g}", counts(cost.params, cost.macs))
        lines = [bold(elide(row.name)).font(NAME), *(plain(fact).font(DETAIL, MUTED) for fact in facts)]
        content = box("other", *(tr(td(line, width=self.width - 8)) for line in lines), padding=1)
        self.body.append(node(name, content, "head", row.attribute))
        if source.rail:
            source.rail.far = True
        tail = end(source.name, "far" if source.rail else "")
        self.edges.append(edge(tail, end(name), style="dashed", weight="1"))
        cursor = Cursor(name)
        for item in chain(self.graph, row, self.usual):
            cursor = self.unit(item, cursor) if isinstance(item, Unit) else self.split(item, cursor, {}, False)


def _steps(graph: Graph, rows: Sequence[Row], usual: Dialect) -> Iterator[Step]:
    columns: dict[str, dict[str, int]] = {}
    steps: list[Step] = []
    for row in rows:
        items = chain(graph, row, usual)
        shared = columns.setdefault(kind_of(graph, row), {})
        if items and isinstance(items[0], Split):
            first = items[0]
            merge_columns(shared, dict(zip(branch_names(first), map(span, first.branches), strict=True)))
        steps.append(Step((row,), items, graph[row.input].shape, graph[row.output].shape, shared))
    read = {head.input for head in graph.heads}

    def differs(pair: tuple[Step, Step]) -> bool:
        before, step = pair
        same = before.rows[0].group == step.rows[0].group and before.given == step.given
        return not same or before.rows[0].output in read or signature(before.items) != signature(step.items)

    borders = [0, *(i for i, pair in enumerate(pairwise(steps), 1) if differs(pair)), len(steps)]
    for start, stop in pairwise(borders):
        yield replace(steps[start], rows=tuple(row for step in steps[start:stop] for row in step.rows))


def _columns_span(step: Step) -> int:
    splits = [item for item in step.items if isinstance(item, Split)]
    return max([sum(step.columns.values()), *(span((split,)) for split in splits)]) if splits else LAYER


def _title(row: Row) -> str:
    return f"@title:{row.attribute}"


def _name(unit: Unit, step: Step) -> str:
    """What stands beside a layer of a row without branches: the row, and the layer's own name where there are more."""
    row = step.rows[0]
    own = unit.name.removeprefix(row.attribute).lstrip(".") if len(step.items) > 1 else ""
    return f"{row.name if len(step.rows) == 1 else step.title} {own}".strip()


def _lines(unit: Unit) -> list[tuple[Text, int]]:
    """The lines of a layer's node and their font sizes."""
    title = plain(unit.says.title) + (plain(", ") + bold(str(unit.says.filters)) if unit.says.filters else Text())
    cost_line = counts(unit.params, unit.macs)
    details = [", ".join(unit.says.notes), cost_line] if cost_line else [", ".join(unit.says.notes)]
    return [(title, BODY), *((plain(line), DETAIL) for line in details if line)]


def _width(unit: Unit) -> int:
    return max(text.width(size) for text, size in _lines(unit)) + 12
