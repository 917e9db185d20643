"""Diagrams: what they say, how they look once an engine laid them out, and that no name can break them."""

from __future__ import annotations

import json
import string
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import archspec
from archspec import ops
from archspec.backends.dot import Direction, DrawError, Level, Mark, to_dot
from archspec.backends.dot.style import FONT, KINDS, bold, node, plain
from archspec.graph import Builder, Graph, Row, Scope, input_node
from archspec.render import draw, engines
from archspec.shape import Padding, Shape

Golden = Callable[[str, str], None]
NETWORKS = ("alexnet", "bn_inception", "googlenet", "googlenet_bn_zj", "googlenet_d2l", "resnet18", "resnet50")
ADDED = Mark(added=True)
HOSTILE = '"><script>alert(1)</script> \\N \\" ]; } \n --> ${x} &amp; 模 \x00' + "long" * 80


class Net:
    """Small graphs by hand, with the names that specs give."""

    def __init__(self, name: str, shape: Shape) -> None:
        self.name = name
        self.builder = Builder([input_node(shape)])
        self.last = "input"
        self.rows: list[Row] = []
        self.scopes: list[Scope] = []
        self.drawn = 0

    def add(self, name: str, op: ops.AnyOp, *sources: str) -> str:
        self.last = self.builder.add(name, op, sources or (self.last,)).name
        return self.last

    def conv(self, name: str, out: int, size: int = 1, stride: int = 1, source: str = "", act: bool = True) -> str:
        op = ops.Conv2d(out, (size, size), (stride, stride), (size // 2, size // 2), bias=False)
        self.add(name, op, source or self.last)
        self.add(f"{name}_norm", ops.BatchNorm2d(1e-3))
        return self.add(f"{name}_act", ops.Relu()) if act else self.last

    def row(self, name: str, word: str, start: str, group: str = "", loss: float | None = None) -> None:
        nodes = tuple(node.name for node in self.builder.added[self.drawn :])
        self.drawn = len(self.builder.added)
        attribute = nodes[0].partition(".")[0] if nodes else name
        self.scopes.append(Scope(attribute, word, start, self.last))
        self.rows.append(Row(name, attribute, word, group or name, start, self.last, nodes, loss))

    def graph(self) -> Graph:
        rows = sorted(self.rows, key=lambda row: row.is_head)
        return Graph(self.name, (self.builder["input"], *self.builder.added), tuple(rows), tuple(self.scopes))


def small(name: str = "Small", row: str = "3a", word: str = "inception") -> Graph:
    """A convolution, a module, a residual block twice, a classifier, and a head that reads the module."""
    net = Net(name, Shape(32, 32, 3))
    net.conv("conv1", 16, 7, 2)
    net.row("conv1", "conv", "input")
    start = net.last
    first = net.conv("inception_3a.branch_1x1", 8, source=start)
    net.conv("inception_3a.branch_3x3.reduce", 4, source=start)
    second = net.conv("inception_3a.branch_3x3.conv", 8, 3)
    third = net.add("inception_3a.pool", ops.MaxPool2d((3, 3), (1, 1), (1, 1)), start)
    net.add("inception_3a.concat", ops.Concat(), first, second, third)
    net.row(row, word, start)
    read = net.last
    for index, stride in ((1, 2), (2, 1)):
        start = net.last
        net.conv(f"b{index}.conv1", 32, 3, stride)
        body = net.conv(f"b{index}.conv2", 32, 3, act=False)
        shortcut = net.conv(f"b{index}.projection", 32, 1, 2, start, act=False) if stride == 2 else start
        net.add(f"b{index}.add", ops.Add(), body, shortcut)
        net.add(f"b{index}.act", ops.Relu())
        net.row(f"b{index}", "basic", start, "b")
    start = net.last
    net.add("pool", ops.AdaptiveAvgPool2d((1, 1)))
    net.row("pool", "avg pool", start)
    start = net.last
    net.add("fc_flatten", ops.Flatten())
    net.add("fc", ops.Linear(10))
    net.row("fc", "linear", start)
    net.add("aux.pool", ops.AvgPool2d((5, 5), (3, 3)), read)
    net.add("aux.fc_flatten", ops.Flatten())
    net.add("aux.fc", ops.Linear(10))
    net.row("aux", "auxiliary", read, loss=0.3)
    return net.graph()


def nested() -> Graph:
    """A fork inside a branch, a scaled residual around a concatenation, an uneven pad and a separable convolution."""
    net = Net("Nested", Shape(17, 17, 8))
    net.add("conv1_pad", ops.Pad2d(Padding(1, 2, 1, 2)))
    net.add("conv1.depthwise", ops.Conv2d(16, (5, 5), (2, 2), groups=8, bias=False))
    net.add("conv1.pointwise", ops.Conv2d(24, (1, 1)))
    net.row("conv1", "separable", "input")
    start = net.last
    first = net.conv("block.branch_1x1", 8, source=start)
    fork = net.conv("block.branch_3x3.reduce", 8, source=start)
    sides = [net.conv(f"block.branch_3x3.fork.{name}", 8, 3, source=fork) for name in ("left", "right")]
    second = net.add("block.branch_3x3.fork.concat", ops.Concat(), *sides)
    net.add("block.concat", ops.Concat(), first, second)
    net.conv("block.linear", 24, act=False)
    scaled = net.add("block.scale", ops.Scale(0.17))
    net.add("block.add", ops.Add(), scaled, start)
    net.add("block.act", ops.Relu())
    net.row("block", "inception-resnet", start)
    return net.graph()


@pytest.mark.parametrize(
    ("name", "graph", "said"),
    [
        (
            "overview",
            small(),
            {"marks": {"3a": Mark("prints 64"), "b2": Mark(row=("b prints depth 4, gives 2",)), "fc": ADDED}},
        ),
        ("module_concat", small(), {"level": "module", "module": "3a", "marks": {"3a": Mark("prints 64")}}),
        ("module_residual", small(), {"level": "module", "module": "b"}),
        (
            "full",
            small(),
            {"level": "full", "marks": {"3a": Mark("prints 64", ("prints 9K params, gives 1K",)), "fc": ADDED}},
        ),
        ("nested", nested(), {"level": "full"}),
    ],
)
def test_dot_text(name: str, graph: Graph, said: dict[str, Any], golden: Golden) -> None:
    golden(f"render/{name}.dot", to_dot(graph, **said))


def test_one_legend_line_says_how_convolutions_run_and_only_deviations_stand_on_the_node() -> None:
    text = to_dot(small(), level="full")
    assert text.count("conv = conv + batch norm + relu") == 1
    assert text.count("no relu") == 3  # the second convolution of both blocks, and the projection


def test_only_restricts_to_rows_ranges_and_grids() -> None:
    graph = archspec.load("bn_inception").graph()

    def rows(only: str) -> list[str]:
        text = to_dot(graph, only=only)
        return [row.name for row in graph.rows if f"<B>Inception {row.name}" in text or f"<B>{row.name}<" in text]

    assert rows("4a-4c") == ["4a", "4b", "4c"]
    assert rows("4e") == ["4e"]
    assert rows("28x28") == ["pool2", "3a", "3b"]  # by what leaves the row: 3c leaves 14×14


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"level": "module", "module": "puol"}, "there is no row `puol`; did you mean `pool`?"),
        ({"level": "module"}, "draws one row, and none is named; rows that are modules: conv1, 3a, b"),
        ({"level": "module", "module": "3a", "only": "3a"}, "`only` restricts the other levels"),
        ({"module": "3a"}, "belongs to the level `module`"),
        ({"only": "nowhere"}, "no row, range of rows or grid; rows: conv1, 3a, b, pool, fc"),
    ],
)
def test_a_row_that_is_not_there_is_said(said: dict[str, Any], message: str) -> None:
    with pytest.raises(DrawError, match=message.replace("?", r"\?")):
        to_dot(small(), **said)


def test_what_follows_a_join_begins_with_a_sign_that_the_legend_explains() -> None:
    text = to_dot(nested())
    assert text.count("› 1×1 <B>24</B> › × 0.17<") == 1
    assert text.count("› in front: after the join of the branches") == 1
    assert "› in front" not in to_dot(small())


def test_a_card_says_which_layer_of_a_block_has_the_stride() -> None:
    resnet = archspec.load("resnet50")
    for spec, first in ((resnet, "1×1/2 › 3×3 › 1×1"), (resnet.variant("v1.5"), "1×1 › 3×3/2 › 1×1")):
        text = to_dot(spec.graph())
        assert text.count(f">first: {first}, projection<") == 3
        assert text.count(">first: projection<") == 1
    text = to_dot(archspec.load("bn_inception").graph(), only="3c")
    assert all(f">{chip}<" in text for chip in ("128 › 3×3/2 ", "64 › 3×3 › 3×3/2 ", "max pool/2 "))


# How it looks, measured on what the engine laid out.


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box, slack: float = 0.5) -> bool:
        return (
            self.left < other.right - slack
            and other.left < self.right - slack
            and self.bottom < other.top - slack
            and other.bottom < self.top - slack
        )

    def holds(self, other: Box, slack: float = 0.5) -> bool:
        wide = self.left - slack <= other.left and other.right <= self.right + slack
        return wide and self.bottom - slack <= other.bottom and other.top <= self.top + slack


class Laid(NamedTuple):
    """A laid out diagram: nodes by name, and edges as (tail, head, points, label boxes, attributes)."""

    nodes: dict[str, tuple[Box, list[Box]]]
    edges: list[tuple[str, str, list[tuple[float, float]], list[Box], dict[str, Any]]]
    page: Box


def engine_json(dot: str) -> Any:
    engine = engines()[0]
    run = subprocess.run([engine.command, "-Tjson"], input=dot.encode(), capture_output=True, check=True, timeout=60)
    return json.loads(run.stdout)


def lay_out(dot: str) -> Laid:
    laid = engine_json(dot)
    nodes = {}
    names = {}
    for item in laid["objects"]:
        if "pos" not in item:
            continue  # a cluster
        x, y = map(float, item["pos"].split(","))
        wide, high = 36 * float(item["width"]), 36 * float(item["height"])
        names[item["_gvid"]] = item["name"]
        nodes[item["name"]] = Box(x - wide, y - high, x + wide, y + high), texts(item)
    edges = []
    for item in laid.get("edges", []):
        points = [point.removeprefix("e,").removeprefix("s,") for point in item.get("pos", "").split()]
        path = [(float(x), float(y)) for x, _, y in (point.partition(",") for point in points)]
        edges.append((names[item["tail"]], names[item["head"]], path, texts(item), item))
    return Laid(nodes, edges, Box(*map(float, laid["bb"].split(","))))


def texts(item: dict[str, Any]) -> list[Box]:
    """The extent of every text of a label, by the engine's own widths."""
    boxes = []
    size = 10.0
    for command in item.get("_ldraw_", []):
        size = command["size"] if command["op"] == "F" else size
        if command["op"] == "T":
            x, y = command["pt"]
            left = x - command["width"] * {"l": 0, "c": 0.5, "r": 1}[command["align"]]
            boxes.append(Box(left, y, left + command["width"], y + 0.7 * size))
    return boxes


def chips(item: dict[str, Any]) -> Iterator[int]:
    """The left edges of the coloured cells of a card."""
    colour = ""
    for command in item["_ldraw_"]:
        colour = command["color"] if command["op"] == "C" else colour
        if command["op"] == "P" and colour in {fill for fill, _, _ in KINDS.values()}:
            yield round(min(x for x, _ in command["points"]))


def flaws(dot: str, direction: Direction) -> Iterator[str]:
    """Everything ugly in a diagram."""
    laid = lay_out(dot)
    names = list(laid.nodes)
    for index, name in enumerate(names):
        box, inside = laid.nodes[name]
        yield from (f"{name} overlaps {other}" for other in names[:index] if box.meets(laid.nodes[other][0]))
        yield from (f"a text of {name} leaves its box" for text in inside if not box.holds(text))
        yield from (f"texts of {name} overlap" for i, a in enumerate(inside) for b in inside[:i] if a.meets(b, 1.0))
    for tail, head, path, labels, said in laid.edges:
        if said.get("style") == "invis":
            continue
        across = [point[1 if direction == "LR" else 0] for point in path]
        if said.get("style") != "dashed" and max(across) - min(across) > 1:
            yield f"{tail} to {head} is not straight"
        for name, (box, _) in laid.nodes.items():
            if name not in (tail, head) and any(box.meets(spot, 1.0) for spot in spots(path)):
                yield f"{tail} to {head} runs through {name}"
            yield from (f"the label of {tail} to {head} lies on {name}" for text in labels if box.meets(text))


def spots(path: list[tuple[float, float]]) -> Iterator[Box]:
    for (x0, y0), (x1, y1) in pairwise(path):
        for step in range(21):
            x, y = x0 + (x1 - x0) * step / 20, y0 + (y1 - y0) * step / 20
            yield Box(x - 1.5, y - 1.5, x + 1.5, y + 1.5)


@pytest.mark.parametrize("direction", ["TB", "BT", "LR"])
@pytest.mark.parametrize("level", ["overview", "full"])
@pytest.mark.parametrize("network", [*NETWORKS, "small", "nested"])
def test_a_network_looks_well(network: str, level: Level, direction: Direction) -> None:
    graph = {"small": small, "nested": nested}.get(network, lambda: archspec.load(network).graph())()
    assert list(flaws(to_dot(graph, level=level, direction=direction), direction)) == []


@pytest.mark.parametrize("network", [*NETWORKS, "nested"])
def test_every_module_looks_well(network: str) -> None:
    graph = nested() if network == "nested" else archspec.load(network).graph()
    for row in graph.rows:
        assert list(flaws(to_dot(graph, level="module", module=row.name), "TB")) == [], row.name


def test_branches_stand_from_left_to_right_as_they_are_concatenated() -> None:
    graph = archspec.load("bn_inception").graph()
    laid = lay_out(to_dot(graph, level="full"))
    for row in graph.rows:
        if row.type == "inception":
            across = [laid.nodes[source.removesuffix("_act")][0].left for source in graph[row.output].inputs]
            assert across == sorted(across), row.name


def test_columns_are_the_same_in_every_module_also_where_a_branch_is_missing() -> None:
    laid = lay_out(to_dot(archspec.load("bn_inception").graph(), level="full"))
    columns = {
        round(laid.nodes[f"inception_{row}.branch_3x3.conv"][0].left, 1) for row in ("3a", "3b", "3c", "4a", "4e", "5b")
    }
    assert len(columns) == 1


def test_the_overview_is_a_table_with_the_columns_of_the_paper() -> None:
    graph = archspec.load("bn_inception").graph()
    dot = to_dot(graph)
    laid = lay_out(dot)
    rows = [laid.nodes[row.attribute][0] for row in graph.rows]
    assert len({(round(box.left), round(box.right)) for box in rows}) == 1
    assert [box.top for box in rows] == sorted((box.top for box in rows), reverse=True)
    columns = {left for item in engine_json(dot)["objects"] if "inception_" in item["name"] for left in chips(item)}
    assert len(columns) == 4


def test_a_row_of_several_modules_shows_one_below_the_other_and_the_printed_word() -> None:
    graph = archspec.load("inception_v2").graph()
    dot = to_dot(graph)
    laid = lay_out(dot)
    rows = [laid.nodes[row.attribute][0] for row in graph.rows]
    assert len({(round(box.left), round(box.right)) for box in rows}) == 1
    card = next(item for item in engine_json(dot)["objects"] if item["name"] == "figure6")
    assert len(set(chips(card))) == 1
    assert "5×Inception" in [command["text"] for command in card["_ldraw_"] if command["op"] == "T"]


def test_no_text_is_wider_than_it_is_taken_to_be() -> None:
    characters = string.printable.strip() + "×·›–…é模"
    for style in (plain, bold):
        labels = [style(character * 20) for character in characters]
        nodes = "\n".join(node(f"n{i}", text.font(10), "x", fontname=FONT) for i, text in enumerate(labels))
        for text, item in zip(labels, engine_json(f"digraph {{ {nodes} }}")["objects"], strict=True):
            assert sum(box.right - box.left for box in texts(item)) <= text.width(10), text.html


@pytest.mark.parametrize(("level", "width", "height"), [("overview", 700, 1400), ("full", 900, 2800)])
def test_bn_inception_is_no_larger_than_it_must_be(level: Level, width: float, height: float) -> None:
    page = lay_out(to_dot(archspec.load("bn_inception").graph(), level=level)).page
    assert page.right <= width
    assert page.top <= height


@pytest.mark.parametrize("level", ["overview", "full", "module"])
def test_hostile_names_stay_text(level: Level) -> None:
    graph = small(HOSTILE, HOSTILE, HOSTILE)
    module = HOSTILE if level == "module" else None
    dot = to_dot(
        graph,
        level=level,
        module=module,
        marks={HOSTILE: Mark(HOSTILE), "b2": Mark(HOSTILE, (HOSTILE, HOSTILE), added=True)},
    )
    picture = draw(dot, "svg")
    assert picture.complaints == ()
    root = ET.fromstring(picture.data)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "style", "title", "g", "a", "text", "polygon", "polyline", "path", "ellipse"}
    assert "<script>" in "".join(root.itertext())
    assert not any(key.lower().startswith("on") for element in root.iter() for key in element.attrib)
    assert list(flaws(dot, "TB")) == []


def test_the_same_graph_gives_the_same_text() -> None:
    code = "import archspec\nfrom archspec.backends.dot import to_dot\n"
    code += "print(to_dot(archspec.load('googlenet').graph(), level='full'))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(archspec.__file__).parents[1])},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
