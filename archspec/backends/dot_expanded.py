"""Every layer drawn: one row with its branches (`module`) or all rows, one below the other (`full`). A graph in, DOT out.

Between modules stands a rail: it is the concatenation of one and the start of the branches of the next. Instances of a
repeated row that are equal are drawn once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from archspec.backends.dot_frame import frame, network_title
from archspec.backends.dot_marks import Mark, edge_label, mark_of
from archspec.backends.dot_rails import Cell, Rail, span
from archspec.backends.dot_style import (
    BODY,
    DETAIL,
    ERROR,
    HAIR,
    INK,
    MUTED,
    NAME,
    PANEL,
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
    label,
    node,
    plain,
    table,
    td,
    tr,
)
from archspec.backends.dot_units import (
    Chain,
    Dialect,
    Split,
    Unit,
    branch_name,
    chain,
    colour,
    cost,
    counts,
    row_title,
    signature,
    units,
)
from archspec.graph import INPUT, Graph, Row
from archspec.shape import Shape


@dataclass(frozen=True)
class Step:
    """A row, or equal instances of one. `columns` gives the branches of its module, with their widths."""

    rows: tuple[Row, ...]
    items: Chain
    columns: Mapping[str, int]

    @property
    def splits(self) -> bool:
        return any(isinstance(item, Split) for item in self.items)


@dataclass(frozen=True)
class Cursor:
    """Where the picture goes on: a node, or a rail that is still open; `label` is the text of the edge that leaves."""

    name: str
    label: str = ""
    rail: Rail | None = None


def module(graph: Graph, row: Row, usual: Dialect, marks: Mapping[str, Mark], direction: Direction) -> str:
    """DOT of one row."""
    picture = _Picture(graph, [row], usual, marks, direction, alone=True)
    picture.draw()
    params, macs = cost(graph, row.nodes)
    facts = f"  {human(params)} params · {human(macs)} MACs"
    title = Text(bold(row_title(row.type, row.name) + _stride(graph, row)).html + plain(facts).font(BODY, MUTED))
    return picture.text(title)


def full(graph: Graph, rows: Sequence[Row], usual: Dialect, marks: Mapping[str, Mark], direction: Direction) -> str:
    """DOT of some consecutive rows of the trunk, with the heads that read them."""
    picture = _Picture(graph, rows, usual, marks, direction)
    picture.draw()
    return picture.text(network_title(graph))


class _Picture:
    """Collects statements while it walks down the rows. Nodes first, edges after, in the order of the columns."""

    def __init__(
        self,
        graph: Graph,
        rows: Sequence[Row],
        usual: Dialect,
        marks: Mapping[str, Mark],
        direction: Direction,
        alone: bool = False,
    ) -> None:
        self.graph, self.usual, self.marks, self.direction, self.alone = graph, usual, marks, direction, alone
        self.steps = list(_steps(graph, rows, usual))
        self.span = max([4, *(_width(step) for step in self.steps)])
        branched = [unit for step in self.steps for unit in _inside_splits(step.items)]
        self.width = max([112, *(max(text.width(size) for text, size in _lines(unit)) + 12 for unit in branched)])
        height = max([30, *(8 + sum(size + 4 for _, size in _lines(unit)) for unit in branched)])
        self.quarter = (self.width + 24 if direction != "LR" else height + 26) // 4 + 1
        titles = [row_title(step.rows[0].type, step.rows[0].name) for step in self.steps]
        self.side = max([100, *(bold(title + " / 2 ×10").width(NAME) for title in titles)])
        self.body: list[str | Rail] = []
        self.inside: list[str | Rail] = []
        self.edges: list[str] = []
        self.ends: dict[str, Cursor] = {}
        self.kinds: set[Kind] = set()
        self.number = count()

    def text(self, title: Text) -> str:
        statements = [
            item if isinstance(item, str) else item.statement(self.quarter, self.side, self.direction)
            for item in self.body
        ]
        return frame(
            self.graph,
            [*statements, *self.edges],
            direction=self.direction,
            kinds=self.kinds,
            notes=(self.usual.legend() if any(kind.startswith("conv") for kind in self.kinds) else "",),
            title=title,
            nodesep="0.2",
            ranksep="0.2",
            splines="line",
        )

    def draw(self) -> None:
        first, last = self.steps[0].rows[0], self.steps[-1].rows[-1]
        given = self.graph[first.input].shape
        cursor = Cursor("@input", edge_label(given))
        opens = isinstance(self.steps[0].items[:1][0], Split) if self.steps[0].items else False
        if not (self.alone and opens):
            self.body.append(_pill("@input", "image" if first.input == INPUT else "input", given))
        for step in self.steps:
            cursor = self.row(step, cursor)
            self.ends |= {row.output: cursor for row in step.rows}
        if not self.alone:
            for head in self.graph.heads:
                if head.input in self.ends and head.input != cursor.name:
                    self.head(head, self.ends[head.input])
        if not (self.alone and cursor.rail):
            self.body.append(_pill("@output", "output", self.graph[last.output].shape))
            self.edges.insert(self._last_trunk_edge, self.leave(cursor, "@output"))

    @property
    def _last_trunk_edge(self) -> int:
        return len(self.edges)

    def row(self, step: Step, cursor: Cursor) -> Cursor:
        if not step.splits:
            for item in step.items:
                assert isinstance(item, Unit)
                cursor = self.unit(item, cursor, self.name_of(item, step))
            mark = mark_of(step.rows, self.marks)
            return replace(cursor, label=edge_label(self.graph[step.rows[-1].output].shape, mark))
        self.inside = []
        rails: list[Rail] = []
        first, last = step.items[0], step.items[-1]
        if isinstance(first, Split) and not (cursor.rail and cursor.rail.span == self.span):
            rail = Rail("@rail:" + first.join.name, "other", self.span, side=bold(str(self._given(step))).font(BODY))
            if self.alone:
                rail = replace(rail, side="", caption=plain("input  ") + bold(str(self._given(step))))
            else:
                rail.incoming = (Cell(0, self.span),)
                self.edges.append(self.leave(cursor, rail.name, "i0"))
            self.body.append(rail)
            cursor = Cursor(rail.name, rail=rail)
        if not self.alone:
            self.title(step, cursor)
        for item in step.items:
            if isinstance(item, Unit):
                cursor = self.unit(item, cursor)
            else:
                cursor = self.split(item, cursor, step.columns if item is first else {}, top=True)
                if item is last:
                    rails.append(self.finish(step, cursor))
        panel = [f"subgraph cluster_{next(self.number)} {{", f"  {_panel()}", *self._indented(), "}"]
        self.body += [*panel, *rails] if not self.alone else [*self.inside, *rails]
        return cursor

    def _given(self, step: Step) -> Shape:
        return self.graph[step.rows[0].input].shape

    def _indented(self) -> Iterator[str | Rail]:
        for item in self.inside:
            yield f"  {item}" if isinstance(item, str) else item

    def finish(self, step: Step, cursor: Cursor) -> Rail:
        """The rail at the end of a row leaves the panel and says the shape, and what the paper prints instead."""
        rail = cursor.rail
        assert rail is not None
        self.inside.remove(rail)
        mark = mark_of(step.rows, self.marks)
        remark = bold(f"! {elide(mark.text, 40)}").font(DETAIL, ERROR) if mark else ""
        if self.alone:
            rail.caption = rail.caption + (Text("&#160;&#160;" + remark) if remark else Text())
        else:
            shape = self.graph[step.rows[-1].output].shape
            lines = [bold(str(shape)).font(BODY), *([remark] if remark else [])]
            rail.caption = Text()
            rail.side = table(*(tr(td(line)) for line in lines))
        return rail

    def title(self, step: Step, cursor: Cursor) -> None:
        row = step.rows[0]
        times = f" ×{len(step.rows)}" if len(step.rows) > 1 else ""
        params, macs = cost(self.graph, row.nodes)
        each = " each" if times else ""
        lines = [bold(row_title(row.type, row.name) + _stride(self.graph, row) + times).font(NAME)]
        lines += [plain(f"{human(value)} {word}{each}").font(DETAIL, MUTED) for value, word in ((params, "params"), (macs, "MACs"))]
        mark = mark_of(step.rows, self.marks, at="row")
        lines += [bold(f"! {elide(mark.text, 40)}").font(DETAIL, ERROR)] if mark else []
        content = table(*(tr(td(line, align="LEFT", width=self.side - 12)) for line in lines), padding=1)
        name = f"@title:{row.attribute}"
        self.inside.append(node(name, content, "title"))
        port = "side" if cursor.rail and cursor.rail.side else ""
        self.edges.append(edge(end(cursor.name, port), end(name), style="invis", weight="2000" if port else "0"))

    def name_of(self, unit: Unit, step: Step) -> str:
        """What stands beside a layer of a row without branches: the row, and the layer's own name if there are more."""
        row = step.rows[0]
        own = unit.name.removeprefix(row.attribute).lstrip(".") if len(step.items) > 1 else ""
        times = f" ×{len(step.rows)}" if len(step.rows) > 1 else ""
        return " ".join(part for part in (row.name + times, own) if part)

    def unit(self, unit: Unit, cursor: Cursor, name: str = "") -> Cursor:
        self.kinds.add(unit.kind)
        lines = [tr(td(text.font(size, INK if size == BODY else _muted(unit.kind)))) for text, size in _lines(unit)]
        width = self.width - 8
        if name:
            content = box(unit.kind, tr(td(width=2), td(bold(elide(name)).font(BODY)), td(table(*lines), width=width)))
        else:
            content = box(unit.kind, tr(td(table(*lines), width=width)), padding=1)
        self.inside.append(node(unit.name, content, unit.kind, unit.name))
        if name:
            self.body.append(self.inside.pop())
        self.edges.append(self.leave(cursor, unit.name))
        return Cursor(unit.name, edge_label(unit.shape))

    def leave(self, cursor: Cursor, name: str, port: str = "", **said: str) -> str:
        """The edge from the cursor. From an open rail it leaves in the middle, and closes it."""
        if cursor.rail is None:
            return edge(end(cursor.name), end(name, port), cursor.label, weight="800", **said)
        cursor.rail.outgoing = (Cell(0, cursor.rail.span),)
        return edge(end(cursor.name, "o0"), end(name, port), weight="2000", **said)

    def split(self, split: Split, cursor: Cursor, columns: Mapping[str, int], top: bool = False) -> Cursor:
        names = [branch_name(branch, split) for branch in split.branches]
        widths = {name: span(branch) for name, branch in zip(names, split.branches, strict=True)}
        columns = columns or widths
        total = max(sum(columns.values()), self.span if top else 0)
        at = (total - sum(columns.values())) // 2
        starts: dict[str, int] = {}
        for name, width in columns.items():
            starts[name] = at
            at += width
        cells = [Cell(starts[name], columns[name]) for name in names]
        fan = cursor.rail
        if fan is None or fan.span != total:
            fan = Rail("@rail:" + split.join.name, "other", total, incoming=(Cell(0, total),))
            self.edges.append(self.leave(cursor, fan.name, "i0", arrowhead="none"))
            self.inside.append(fan)
        fan.outgoing = cells
        rail = Rail(split.join.name, "join", total)
        self.kinds.add("join")
        arriving = []
        for index, (name, branch) in enumerate(zip(names, split.branches, strict=True)):
            arriving.append(self.branch(fan, index, branch, rail))
            text, kind = self.segment(split, branch, name)
            cells[index] = replace(cells[index], text=text, kind=kind)
        rail.incoming = cells
        rail.caption = plain(f"{split.word}  ") + bold(str(split.shape))
        self.inside.append(rail)
        self.edges += arriving
        return Cursor(rail.name, rail=rail)

    def branch(self, fan: Rail, index: int, branch: Chain, rail: Rail) -> str:
        """Draws a branch and returns the edge that ends it."""
        fan_port = Cursor(fan.name)
        for position, item in enumerate(branch):
            before = len(self.edges)
            fan_port = self.unit(item, fan_port) if isinstance(item, Unit) else self.split(item, fan_port, {})
            if position == 0:
                first = item.name if isinstance(item, Unit) else "@rail:" + item.join.name
                port = "" if isinstance(item, Unit) else "i0"
                self.edges[before] = edge(end(fan.name, f"o{index}"), end(first, port), weight="2000")
        head = end(rail.name, f"i{index}")
        if not branch:
            return edge(end(fan.name, f"o{index}"), head, weight="2000")
        if fan_port.rail:
            return self.leave(fan_port, rail.name, f"i{index}")
        return edge(end(fan_port.name), head, fan_port.label, weight="800")

    def segment(self, split: Split, branch: Chain, name: str) -> tuple[Text, Kind | None]:
        """What the rail says of a branch: its channels, or how it enters the sum."""
        if split.adds:
            return plain("input" if not branch else name if name == "projection" else split.word), None
        channels = branch[-1].shape.channels if branch else self._channels(split, branch)
        share = f" ({round(100 * channels / split.shape.channels)} %)" if self.alone else ""
        return bold(str(channels)) + plain(share), colour(branch)

    def _channels(self, split: Split, branch: Chain) -> int:
        """The channels of a branch without layers: those of the value that the split starts from."""
        index = split.branches.index(branch)
        return self.graph[split.join.inputs[index]].shape.channels

    def head(self, row: Row, source: Cursor) -> None:
        params, macs = cost(self.graph, row.nodes)
        name = f"@head:{row.attribute}"
        lines = [bold(elide(row.name)).font(NAME), plain(f"loss × {row.loss_weight:g}").font(DETAIL, MUTED)]
        lines.append(plain(counts(params, macs)).font(DETAIL, MUTED))
        self.inside = [node(name, box("other", *(tr(td(line, width=self.width - 8)) for line in lines), padding=1), "head")]
        if source.rail:
            source.rail.far = True
        self.edges.append(edge(end(source.name, "far" if source.rail else ""), end(name), style="dashed", weight="1"))
        cursor = Cursor(name)
        for item in chain(self.graph, row, self.usual):
            cursor = self.unit(item, cursor) if isinstance(item, Unit) else self.split(item, cursor, {})
        self.body += [f"subgraph cluster_{next(self.number)} {{", f"  {_panel()}", *self._indented(), "}"]


def _steps(graph: Graph, rows: Sequence[Row], usual: Dialect) -> Iterator[Step]:
    chains = [chain(graph, row, usual) for row in rows]
    columns: dict[str, dict[str, int]] = {}
    for row, items in zip(rows, chains, strict=True):
        if items and isinstance(items[0], Split):
            merge_columns(columns.setdefault(_word(graph, row), {}), _branch_spans(items[0]))
    read = {head.input for head in graph.heads}
    run: list[Row] = []
    for index, row in enumerate(rows):
        run.append(row)
        following = rows[index + 1] if index + 1 < len(rows) else None
        same = following is not None and following.group == row.group and row.output not in read
        if not (same and signature(chains[index]) == signature(chains[index + 1]) and _given(graph, rows, index)):
            yield Step(tuple(run), chains[index], columns.get(_word(graph, row), {}))
            run = []
