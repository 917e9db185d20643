"""The torch source: what it says, that it computes what the graph says, what it returns, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archspec
from archspec import ops
from archspec.api import from_document
from archspec.backends.torch_module import to_module
from archspec.backends.torch_source import to_source
from archspec.document import parse
from archspec.graph import INPUT, Builder, Graph, Row, Scope, input_node
from archspec.shape import Shape
from archspec.source import Source

ROOT = Path(archspec.__file__).parents[1]
SPECS = sorted(path.stem for path in (ROOT / "specs").glob("*.toml"))

TINY = (Path(__file__).parent / "networks" / "tiny.toml").read_text(encoding="utf-8")  # one of everything


def graph(text: str = TINY) -> Graph:
    return from_document(parse(Source("tiny.toml", text))).graph()


def bundled(name: str) -> Graph:
    spec = archspec.load(name)
    return spec.graph()


def images(of: Graph, batch: int = 2) -> Tensor:
    height, width, channels = of[INPUT].shape
    return torch.randn(batch, channels, height, width, generator=torch.Generator().manual_seed(0))


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(7)
    return build().eval()


def pasted(source: str) -> nn.Module:
    """The network of a source, as someone gets it who pastes the file."""
    names: dict[str, Any] = {"__name__": "pasted"}
    exec(source, names)
    classes = [value for value in names.values() if isinstance(value, type) and value.__module__ == "pasted"]
    network: nn.Module = classes[-1]()
    return network


def equal(a: nn.Module, b: nn.Module) -> bool:
    first, second = a.state_dict(), b.state_dict()
    return list(first) == list(second) and all(torch.equal(first[name], second[name]) for name in first)


def fresh(code: str, *arguments: str) -> Any:
    """What code prints as JSON in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- the text --------------------------------------------------------------------------------------------------------


def test_the_source_of_a_small_network(golden: Callable[[str, str], None]) -> None:
    golden("torch_tiny.py.txt", to_source(graph(), outputs="all", features=("3",)))


def test_a_module_is_a_class_and_a_row_is_a_line(golden: Callable[[str, str], None]) -> None:
    golden("torch_bn_inception.py.txt", to_source(bundled("bn_inception")))


def test_sources_are_formatted_and_clean(tmp_path: Path) -> None:
    for name in SPECS:
        for outputs in ("main", "all", "probabilities"):
            (tmp_path / f"{name}_{outputs}.py").write_text(to_source(bundled(name), outputs=outputs), encoding="utf-8")
    (tmp_path / "tiny.py").write_text(to_source(graph(), outputs="all", features=("3", "fc1")), encoding="utf-8")
    for command in (["format", "--check"], ["check", "--extend-select=E,F,W,I,B,UP,SIM,C4"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length=120", str(tmp_path)]
        done = subprocess.run(ruff, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_graph_gives_the_same_text() -> None:
    assert to_source(graph()) == to_source(graph())


def test_classes_is_a_parameter_of_the_constructor_and_of_the_heads() -> None:
    names: dict[str, Any] = {"__name__": "pasted"}
    exec(to_source(graph(), outputs="all"), names)
    assert [tuple(value.shape) for value in names["Tiny"](classes=4)(images(graph()))] == [(2, 4), (2, 4)]


def test_a_module_of_one_layer_passes_its_columns_on() -> None:
    text = TINY.replace("[network]", """[modules.side]
columns = ["out"]
layers  = [ { type = "avg-pool", patch = "global" }, { type = "linear", name = "fc", out = "$out" } ]
[network]""").replace('aux = { type = "linear"', 'aux = { type = "side"')  # fmt: skip
    assert "fc=nn.Linear(12, classes)" in to_source(graph(text), outputs="all")


# --- source, module and graph agree ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECS)
def test_parameters_are_those_of_the_graph(name: str) -> None:
    for outputs in ("main", "all"):
        whole = bundled(name)
        counted = whole if outputs == "all" else whole.without_heads()
        model = to_module(whole, outputs=outputs, device="meta")
        shapes = [(node.op, counted.input_shapes(node)) for node in counted.nodes]
        assert sum(p.numel() for p in model.parameters()) == sum(o.weights(s) + o.biases(s) for o, s in shapes)
        assert sum(b.numel() for b in model.buffers()) == sum(o.buffers(s) for o, s in shapes)
        weighted = {node.name for node in counted.nodes if node.op.weights(counted.input_shapes(node))}
        assert {key.removesuffix(".weight") for key in model.state_dict() if key.endswith(".weight")} == weighted


@pytest.mark.parametrize("name", ["googlenet", "bn_inception", "resnet18"])
def test_every_row_gives_the_shape_of_the_graph(name: str) -> None:
    whole = bundled(name)
    rows = [row for row in whole.trunk if row.output in whole.by_name]
    model = to_module(whole, outputs="probabilities", features=[row.name for row in rows]).eval()
    with torch.no_grad():
        result = model(images(whole, batch=1))
    for row in rows:
        value = getattr(result, row.attribute)
        height, width, channels = whole[row.output].shape
        assert tuple(value.shape[1:]) == ((channels,) if value.dim() == 2 else (channels, height, width))


def interpreted(of: Graph, state: dict[str, Tensor], image: Tensor) -> Tensor:
    """The graph run node by node, in evaluation."""
    values = {INPUT: image}
    for node in of.nodes[1:]:
        inputs = [values[name] for name in node.inputs]
        weight, bias, mean, var = (
            state.get(f"{node.name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")
        )
        match node.op:
            case ops.Conv2d(stride=stride, padding=padding, dilation=dilation, groups=groups):
                assert weight is not None
                value = F.conv2d(inputs[0], weight, bias, stride, padding, dilation, groups)
            case ops.Linear():
                assert weight is not None
                value = F.linear(inputs[0], weight, bias)
            case ops.BatchNorm2d(eps=eps):
                value = F.batch_norm(inputs[0], mean, var, weight, bias, eps=eps)
            case ops.MaxPool2d(kernel_size=kernel, stride=stride, padding=padding, rounding=rounding):
                value = F.max_pool2d(inputs[0], kernel, stride, padding, ceil_mode=rounding == "ceil")
            case ops.AvgPool2d(kernel_size=kernel, stride=stride, padding=padding, rounding=rounding, count_pad=count):
                value = F.avg_pool2d(inputs[0], kernel, stride, padding, rounding == "ceil", count)
            case ops.AdaptiveAvgPool2d(output_size=size):
                value = F.adaptive_avg_pool2d(inputs[0], size)
            case ops.LocalResponseNorm(size=channels, alpha=alpha, beta=beta, k=k):
                value = F.local_response_norm(inputs[0], channels, alpha, beta, k)
            case ops.Pad2d(padding=(top, bottom, left, right), value=fill):
                value = F.pad(inputs[0], (left, right, top, bottom), value=fill)
            case ops.Relu():
                value = F.relu(inputs[0])
            case ops.Tanh():
                value = torch.tanh(inputs[0])
            case ops.Sigmoid():
                value = torch.sigmoid(inputs[0])
            case ops.Softmax():
                value = torch.softmax(inputs[0], 1)
            case ops.Dropout():
                value = inputs[0]
            case ops.Flatten():
                value = inputs[0].flatten(1)
            case ops.Concat():
                value = torch.cat(inputs, 1)
            case ops.Add():
                value = inputs[0] + inputs[1]
            case ops.Scale(factor=factor):
                value = factor * inputs[0]
            case _:
                raise AssertionError(node.op)
        values[node.name] = value
    return values[of.output].flatten(1)


# a forward pass of these takes many seconds in the interpreter below
LARGE = ("vgg16", "inception_v3", "inception_v4", "inception_resnet_v1", "inception_resnet_v2")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name.startswith(LARGE) else []) for name in ("tiny", *SPECS)],
)
def test_the_module_computes_what_the_graph_says(name: str) -> None:
    whole = graph() if name == "tiny" else bundled(name)
    model = seeded(lambda: to_module(whole))
    for key, value in model.state_dict().items():
        if key.endswith(("_norm.bias", "_norm.weight", "running_mean")):
            value.uniform_(0.5, 1.5)  # so that no norm is the identity
    batch = images(whole, batch=1)
    with torch.no_grad():
        result = model(batch)
        expected = interpreted(whole.without_heads(), model.state_dict(), batch)
    is_softmax = isinstance(whole[whole.output].op, ops.Softmax)
    assert torch.equal(torch.softmax(result, 1) if is_softmax else result, expected)


def test_names_of_parameters_are_those_of_the_table() -> None:
    keys = set(to_module(bundled("bn_inception"), device="meta").state_dict())
    assert keys >= {
        "conv1.depthwise.weight",
        "conv1_norm.running_mean",
        "inception_4c.branch_3x3.reduce.weight",
        "inception_4c.branch_3x3.reduce_norm.running_mean",
        "fc.bias",
    }


@pytest.mark.parametrize("outputs", ["main", "all", "probabilities"])
def test_the_pasted_file_and_the_module_agree_bit_for_bit(outputs: str) -> None:
    model = seeded(lambda: to_module(graph(), outputs=outputs, features=("3",)))
    other = seeded(lambda: pasted(to_source(graph(), outputs=outputs, features=("3",))))
    assert equal(model, other)
    batch = images(graph())
    assert all(torch.equal(a, b) for a, b in zip(model(batch), other(batch), strict=True))


def test_the_file_runs_where_archspec_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "googlenet.py").write_text(to_source(bundled("googlenet")), encoding="utf-8")
    code = """
import json, sys
sys.modules["archspec"] = None
sys.path.insert(0, sys.argv[1])
import torch
from googlenet import GoogLeNet
torch.manual_seed(7)
model = GoogLeNet().eval()
x = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
print(json.dumps(model(x)[0, :5].tolist()))
"""
    model = seeded(lambda: to_module(bundled("googlenet")))
    assert fresh(code, str(tmp_path)) == model(images(bundled("googlenet"), batch=1))[0, :5].tolist()


# --- outputs ---------------------------------------------------------------------------------------------------------


def test_logits_probabilities_and_heads() -> None:
    batch = images(graph())
    logits = seeded(lambda: to_module(graph()))
    assert not [name for name in logits.state_dict() if name.startswith("aux")]
    odds = seeded(lambda: to_module(graph(), outputs="probabilities"))
    odds.load_state_dict(logits.state_dict())
    assert torch.equal(odds(batch), torch.softmax(logits(batch), dim=1))
    whole = seeded(lambda: to_module(graph(), outputs="all"))
    assert whole(batch)._fields == whole.train()(batch)._fields == ("main", "aux")
    whole.eval().load_state_dict(logits.state_dict(), strict=False)
    assert torch.equal(whole(batch).main, logits(batch))


def test_probabilities_of_a_network_that_prints_no_softmax() -> None:
    batch = images(graph())
    plain = graph(TINY.replace('  { name = "prob",  type = "softmax" },\n', ""))
    odds = seeded(lambda: to_module(plain, outputs="probabilities"))
    assert torch.equal(odds(batch), seeded(lambda: to_module(graph(), outputs="probabilities"))(batch))


def test_features_are_the_outputs_of_rows() -> None:
    model = seeded(lambda: to_module(graph(), outputs="all", features=("conv1", "2_2", "fc2")))
    seen: dict[str, Tensor] = {}
    model.get_submodule("fire_2_2").register_forward_hook(lambda module, given, value: seen.update(value=value))
    result = model(images(graph()))
    assert result._fields == ("main", "aux", "conv1", "fire_2_2", "fc2")
    assert torch.equal(result.fire_2_2, seen["value"])
    assert result.conv1.min() == 0  # after its activation
    assert torch.equal(result.fc2, result.main)


def test_a_last_map_of_one_cell_leaves_as_a_vector() -> None:
    text = TINY[: TINY.index('  { name = "fc1"')].replace("classes = 10\n", "") + "]\n"
    assert to_module(graph(text))(images(graph())).shape == (2, 16)


@pytest.mark.parametrize(
    ("outputs", "features", "message"),
    [
        ("man", (), "no outputs are called `man`; did you mean `main`?"),
        ("main", ("2_3",), "there is no row `2_3` in `tiny`; did you mean `2_2`?"),
        ("main", ("prob",), '`prob` ends in the softmax that is left out; ask for outputs="probabilities"'),
    ],
)
def test_unknown_outputs_and_rows(outputs: str, features: Sequence[str], message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("?", r"\?") + "$"):
        to_source(graph(), outputs=outputs, features=features)


# --- names that would be code ----------------------------------------------------------------------------------------


def named(node: str, name: str = "net", scope: str = "", kind: str = "", column: str = "out") -> Graph:
    image = input_node(Shape(4, 4, 3))
    builder = Builder([image])
    path = f"{scope}.{node}" if scope else node
    builder.add(path, ops.Conv2d(5, (1, 1)), (INPUT,), arguments={"out_channels": column}, weight_layers=2)
    row = Row(node, path.partition(".")[0], "", node, INPUT, path, (path,))
    scopes = (Scope(scope, kind, INPUT, path, (column,)),) if scope else ()
    return Graph(name, (image, *builder.added), (row,), scopes)


@pytest.mark.parametrize(
    "node",
    [
        "a b",
        "x=1",
        "a\nimport os",
        "1x1",
        "class",
        "None",
        "",
        "__init__",
        "_x",
        "forward",
        "initialise",
        "source",
        "ﬁt",
    ],
)
def test_a_name_that_is_not_a_plain_identifier_is_refused(node: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a parameter"):
        to_source(named(node))
    with pytest.raises(ValueError, match="cannot be the name of a parameter"):
        to_source(named("conv", scope=f"block.{node}"))


EVIL = 'x"""\nraise SystemExit("run")\n"""\\'


@pytest.mark.parametrize("evil", [EVIL, EVIL.replace('"', "'"), "\\", "#", "{0}", "%s", "\x00\u202e", "", "None", "3"])
def test_free_text_is_never_code(evil: str) -> None:
    for text in (
        to_source(named("conv", name=evil)),
        to_source(named("conv", scope="block", kind=evil or "-", column=evil)),
    ):
        model = pasted(text)
        assert tuple(model(torch.ones(1, 3, 4, 4)).shape) == (1, 5, 4, 4)
        assert "\x00" not in text
        assert "\u202e" not in text


def test_a_scope_with_two_inputs_is_no_block() -> None:
    image = input_node(Shape(4, 4, 3))
    builder = Builder([image])
    builder.add("a", ops.Relu(), (INPUT,))
    builder.add("b.c", ops.Add(), (INPUT, "a"))
    row = Row("b", "b", "", "b", INPUT, "b.c", ("a", "b.c"))
    with pytest.raises(ValueError, match=r"reads 'input' past the input of 'b': not a block"):
        to_source(Graph("net", (image, *builder.added), (row,), (Scope("b", "", "a", "b.c"),)))
