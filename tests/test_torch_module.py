"""The torch module: what torch does with it, and how its weights begin."""

from __future__ import annotations

import copy
import json
import linecache
import math
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec import ops
from archspec.api import from_document
from archspec.backends.torch_module import to_module
from archspec.document import parse
from archspec.graph import INPUT, Builder, Graph, Row, input_node
from archspec.initialisation import Init, parse_init
from archspec.shape import Shape
from archspec.source import Source

ROOT = Path(archspec.__file__).parents[1]

TINY = (Path(__file__).parent / "networks" / "tiny.toml").read_text(encoding="utf-8")  # one of everything


def graph(text: str = TINY) -> Graph:
    return from_document(parse(Source("tiny.toml", text))).graph()


def images(of: Graph, batch: int = 2) -> Tensor:
    height, width, channels = of[INPUT].shape
    return torch.randn(batch, channels, height, width, generator=torch.Generator().manual_seed(0))


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(7)
    return build().eval()


def equal(a: nn.Module, b: nn.Module) -> bool:
    first, second = a.state_dict(), b.state_dict()
    return list(first) == list(second) and all(torch.equal(first[name], second[name]) for name in first)


def fresh(code: str, *arguments: str) -> Any:
    """What code prints as JSON in a process of its own."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- what torch does with modules ------------------------------------------------------------------------------------


@pytest.fixture
def model() -> nn.Module:
    return seeded(lambda: to_module(graph(), outputs="all", features=("3",)))


def test_save_and_load_in_a_fresh_process(model: nn.Module, tmp_path: Path) -> None:
    torch.save(model, tmp_path / "model.pt")
    torch.save(model.get_submodule("fire_3"), tmp_path / "part.pt")
    code = """
import json, sys, torch
model = torch.load(sys.argv[1] + "/model.pt", weights_only=False)
part = torch.load(sys.argv[1] + "/part.pt", weights_only=False)
x = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
same = all(torch.equal(a, b) for a, b in zip(part.state_dict().values(), model.fire_3.state_dict().values()))
print(json.dumps([model(x).main.tolist(), model.training, same, "class Tiny" in model.source]))
"""
    assert fresh(code, str(tmp_path)) == [model(images(graph())).main.tolist(), False, True, True]


def test_outputs_can_be_pickled(model: nn.Module) -> None:
    result = model(images(graph()))
    other = pickle.loads(pickle.dumps(result))
    assert type(other) is type(result)
    assert torch.equal(other.aux, result.aux)


def test_deepcopy(model: nn.Module) -> None:
    other = copy.deepcopy(model)
    assert type(other) is type(model)
    assert equal(other, model)
    other.get_parameter("conv1.weight").data.zero_()
    assert not equal(other, model)


def test_load_state_dict_is_strict(model: nn.Module) -> None:
    other = to_module(graph(), outputs="all", features=("3",), init="none")
    other.load_state_dict(model.state_dict())
    assert equal(other, model)
    with pytest.raises(RuntimeError, match=r"Missing key.*aux\.weight"):
        other.load_state_dict(to_module(graph()).state_dict())


@pytest.mark.parametrize("how", ["fx", "compile", "export"])
def test_traced_compiled_and_exported(model: nn.Module, how: str) -> None:
    batch = images(graph())
    traced: Any = {
        "fx": lambda: torch.fx.symbolic_trace(model),  # type: ignore[no-untyped-call]
        "compile": lambda: torch.compile(model, backend="eager", fullgraph=True),
        "export": lambda: torch.export.export(model, (batch,)).module(),
    }[how]()
    result = traced(batch)
    assert result._fields == ("main", "aux", "fire_3")
    assert all(torch.equal(a, b) for a, b in zip(result, model(batch), strict=True))


def test_names_of_other_scripts_are_names_of_layers(tmp_path: Path) -> None:
    text = TINY.replace('"conv1"', '"größe"').replace('"pool"', '"池"').replace('"reduce"', '"réduit"')
    model = seeded(lambda: to_module(graph(text)))
    names = model.state_dict()
    assert {"größe.weight", "fire_3.branch_3x3.réduit.weight"} <= names.keys()
    torch.save(names, tmp_path / "weights.pt")
    model.load_state_dict(torch.load(tmp_path / "weights.pt"))
    batch = images(graph())
    wanted = seeded(lambda: to_module(graph()))(batch)
    others = (
        pickle.loads(pickle.dumps(model)),
        torch.fx.symbolic_trace(model),
        torch.export.export(model, (batch,)).module(),
    )
    assert all(torch.equal(one(batch), wanted) for one in (model, *others))


def test_one_feature_is_still_a_tuple() -> None:
    with pytest.raises(TypeError, match=r"`features` is a tuple of rows, \('conv1',\), not a text"):
        archspec.build("resnet18", features="conv1")


@pytest.mark.filterwarnings("ignore:.*torch.jit.*")
def test_scripted(model: nn.Module) -> None:
    batch = images(graph())
    scripted: Any = torch.jit.script(model)
    assert torch.equal(scripted(batch).main, model(batch).main)


def test_a_training_step_moves_every_parameter(model: nn.Module) -> None:
    before = copy.deepcopy(model.train().state_dict())
    loss: Tensor = torch.stack([value.square().mean() for value in model(images(graph()))]).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD(model.parameters(), lr=1.0).step()
    after = model.state_dict()
    assert not [name for name in dict(model.named_parameters()) if torch.equal(before[name], after[name])]
    assert after["conv1_norm.num_batches_tracked"] == 1
    assert not torch.equal(before["fc1_norm.running_mean"], after["fc1_norm.running_mean"])


def test_tracebacks_show_the_generated_line(model: nn.Module) -> None:
    with pytest.raises(RuntimeError) as caught:
        model(torch.randn(1, 4, 16, 16))
    assert "F.relu(self.conv1_norm(self.conv1(x)))" in "".join(traceback.format_exception(caught.value))
    linecache.checkcache()
    assert "F.relu(self.conv1_norm(self.conv1(x)))" in "".join(traceback.format_exception(caught.value))


def test_device_and_dtype() -> None:
    meta = to_module(graph(), device="meta", dtype=torch.bfloat16)
    assert {p.device.type for p in meta.parameters()} == {"meta"}
    half = to_module(graph(), dtype=torch.bfloat16).eval()
    assert {p.dtype for p in half.parameters()} == {torch.bfloat16}
    assert half(images(graph()).bfloat16()).isfinite().all()
    with torch.device("meta"):
        assert {p.device.type for p in to_module(graph()).parameters()} == {"meta"}


# --- initialisation --------------------------------------------------------------------------------------------------


def wide(init: str, op: type[ops.Conv2d] | type[ops.Linear] = ops.Conv2d) -> nn.Module:
    """A network of one layer with many weights, called `layer`."""
    image = input_node(Shape(5, 5, 96))
    builder = Builder([image])
    if op is ops.Conv2d:
        builder.add("layer", ops.Conv2d(160, (3, 3), padding=(1, 1), init=init), (INPUT,))
    else:
        builder.add("flatten", ops.Flatten(), (INPUT,))
        builder.add("layer", ops.Linear(160, init=init), ("flatten",))
    names = tuple(node.name for node in builder.added)
    rows = (Row("layer", "layer", "", "layer", INPUT, "layer", names),)
    return to_module(Graph("wide", (image, *builder.added), rows)).get_submodule("layer")


@pytest.mark.parametrize(
    ("init", "std", "largest"),
    [
        ("he-normal", math.sqrt(2 / (96 * 9)), None),
        ("he-uniform", math.sqrt(2 / (96 * 9)), math.sqrt(6 / (96 * 9))),
        ("he-normal-fan-out", math.sqrt(2 / (160 * 9)), None),
        ("xavier-normal", math.sqrt(2 / ((96 + 160) * 9)), None),
        ("xavier-uniform", math.sqrt(2 / ((96 + 160) * 9)), math.sqrt(6 / ((96 + 160) * 9))),
        ("normal 0.01", 0.01, None),
        ("truncated-normal 0.1", 0.1 * 0.87962566, 0.2),  # the spread of a normal cut at two of its own
    ],
)
def test_weights_are_spread_as_the_scheme_says(init: str, std: float, largest: float | None) -> None:
    torch.manual_seed(0)
    layer = wide(init)
    weight = layer.get_parameter("weight")
    assert weight.std().item() == pytest.approx(std, rel=0.02)
    assert abs(weight.mean().item()) < 0.02 * std
    assert largest is None or 0.95 * largest < weight.abs().max().item() <= largest
    assert not layer.get_parameter("bias").any()


@pytest.mark.parametrize("op", [ops.Conv2d, ops.Linear])
def test_torch_is_what_torch_does(op: type[ops.Conv2d] | type[ops.Linear]) -> None:
    torch.manual_seed(3)
    expected = nn.Conv2d(96, 160, 3, padding=1) if op is ops.Conv2d else nn.Linear(5 * 5 * 96, 160)
    torch.manual_seed(3)
    assert equal(wide("torch", op), expected)


def test_a_seed_fixes_every_number() -> None:
    assert equal(seeded(lambda: to_module(graph())), seeded(lambda: to_module(graph())))
    assert not equal(to_module(graph()), to_module(graph()))


def test_initialise_begins_anew() -> None:
    model: Any = seeded(lambda: to_module(graph()))
    other: Any = to_module(graph())
    torch.manual_seed(7)
    other.initialise()
    assert equal(model, other)


def test_without_initialisation_only_norms_are_ready() -> None:
    torch.manual_seed(0)
    state = torch.get_rng_state()
    model = to_module(graph(), init="none")
    assert torch.equal(state, torch.get_rng_state())
    assert not model.get_buffer("conv1_norm.running_mean").any()
    assert (model.get_buffer("conv1_norm.running_var") == 1).all()
    assert not model.get_parameter("conv1_norm.bias").any()


def test_another_initialisation_is_refused() -> None:
    with pytest.raises(ValueError, match="init is True or 'none', not 'zeros'"):
        to_module(graph(), init="zeros")  # type: ignore[arg-type]


def test_init_cells() -> None:
    assert parse_init("he-normal") == Init("he-normal")
    assert parse_init(" normal  0.01 ") == Init("normal", 0.01)
    for text, message in {
        "he-norml": "no initialisation is called `he-norml`; did you mean `he-normal`?",
        "he-normal 0.1": "`he-normal` takes no number; its spread follows from the size of the layer",
        "normal": "`normal` needs a standard deviation above 0, for example `normal 0.01`",
        "normal nan": "`normal` needs a standard deviation above 0, for example `normal 0.01`",
        "normal 0": "`normal` needs a standard deviation above 0, for example `normal 0.01`",
        "normal 1 2": "`normal` needs a standard deviation above 0, for example `normal 0.01`",
    }.items():
        with pytest.raises(ValueError, match=r"`") as caught:
            parse_init(text)
        assert str(caught.value) == message
