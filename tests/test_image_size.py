"""Networks that depend on the size of their images: a built module says so, and so does a check with another input."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
import torch

import archspec
from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.source import Source

SAID = r"^the network is made for (\d+)×\1 images and needs maps of \d+×\d+ here, not \d+×\d+: build it for this size "

HEAD = """
format = 1
name = "small"
input = "16x16x3"
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
linear = { bias = true, act = "none" }
max-pool = { pad = 0, rounding = "floor" }
avg-pool = { pad = 0, rounding = "floor" }
"""
LINEAR = """[network]
layers = [{ name = "pool", type = "max-pool", patch = "2x2/2" }, { name = "fc", type = "linear", out = 5 }]
"""
POOLED = """[network]
layers = [
  { name = "conv", type = "conv", patch = "1x1", out = 5 },
  { name = "pool", type = "avg-pool", patch = "16x16" },
]
"""
IN_A_CHAIN = """[modules.end]
columns = ["out"]
layers = [
  { name = "pool", type = "max-pool", patch = "4x4/4" },
  { name = "fc", type = "linear", out = "$out" },
]
[network]
layers = [{ name = "conv", type = "conv", patch = "3x3", out = 8 }, { name = "end", type = "end", out = 5 }]
[heads]
aux = { from = "conv", type = "end", out = 5, loss-weight = 0.3 }
"""
GLOBAL = """[network]
layers = [{ name = "pool", type = "avg-pool", patch = "global" }, { name = "fc", type = "linear", out = 5 }]
"""


def small(body: str) -> Spec:
    return from_document(parse(Source("small.toml", HEAD + body)))


@pytest.mark.parametrize("body", [LINEAR, POOLED, IN_A_CHAIN], ids=["linear", "pooled", "in a chain"])
@pytest.mark.parametrize("size", [(24, 24), (32, 8), (8, 32), (16, 32)])
def test_a_module_says_that_it_depends_on_its_images(body: str, size: tuple[int, int]) -> None:
    spec = small(body)
    model = archspec.build(spec, outputs="all" if spec.graph().heads else "main").eval()
    model(torch.zeros(2, 3, 16, 16))
    if body == POOLED and min(size) < 16:
        return  # torch says that the window does not fit
    with pytest.raises(RuntimeError, match=SAID) as caught:
        model(torch.zeros(2, 3, *size))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "size"), [("nin_imagenet", 256), ("alexnet", 256), ("googlenet", 256), ("lenet", 32)])
def test_published_networks_say_so(name: str, size: int) -> None:
    spec = archspec.load(name)
    model = archspec.build(spec, init="none", device="meta").eval()
    with pytest.raises(RuntimeError, match=SAID):
        model(torch.empty(1, spec.network.input.channels, size, size, device="meta"))


def test_what_pools_to_one_size_takes_every_image() -> None:
    assert not re.search(r"(?<!\.)\bflatten\(", str(archspec.build(small(GLOBAL)).source))
    model = archspec.build(small(GLOBAL)).eval()
    assert model(torch.zeros(1, 3, 40, 8)).shape == (1, 5)


@pytest.mark.parametrize("how", ["fx", "compile", "export", "script", "trace"])
@pytest.mark.parametrize("body", [LINEAR, POOLED], ids=["linear", "pooled"])
def test_the_check_can_be_traced(body: str, how: str) -> None:
    model = archspec.build(small(body)).eval()
    images = torch.randn(2, 3, 16, 16)
    with warnings.catch_warnings():
        if how in ("script", "trace"):
            warnings.simplefilter("ignore")  # torch's, about torch.jit
        traced: Any = {
            "fx": lambda: torch.fx.symbolic_trace(model),  # type: ignore[no-untyped-call]
            "compile": lambda: torch.compile(model, backend="eager", fullgraph=True),
            "export": lambda: torch.export.export(model, (images,)).module(),
            "script": lambda: torch.jit.script(model),
            "trace": lambda: torch.jit.trace(model, (images,)),  # type: ignore[no-untyped-call]
        }[how]()
        assert torch.equal(traced(images), model(images))


# --- a check with another input --------------------------------------------------------------------------------------


def said(spec: Spec) -> list[tuple[str, str, str, int]]:
    return [(one.code, one.severity, one.row, len(one.labels)) for one in spec.check().diagnostics]


def test_a_check_finds_what_another_input_changes() -> None:
    spec = small(POOLED)
    (found,) = spec.with_input("24x24").check().diagnostics
    assert found.message == "`pool` ends in 9×9 for this input, in 1×1 for the file's 16×16"
    assert spec.document.source.text[slice(*spec.document.span(found.path))] == '"16x16"'
    assert "global" in found.help
    (found,) = small(LINEAR).with_input("24x24").check().diagnostics
    assert found.message == "`fc` reads 432 values for this input, 192 for the file's 16×16: it has other parameters"
    assert [label.text for label in found.labels] == ["reads 432 values", "gives 12×12×3"]
    assert said(small(IN_A_CHAIN).with_input("24x24")) == [
        ("AS305", "warning", "end", 1),
        ("AS305", "warning", "aux", 1),
    ]


@pytest.mark.parametrize(
    ("name", "size", "rows"),
    [
        ("nin_imagenet", "256x256", [("AS201", "warning", "pool4", 1)]),
        ("alexnet", "256x256", [("AS305", "warning", "fc6", 2)]),
        ("alexnet", "224x224", []),
        ("resnet18", "256x256", []),
        ("inception_v3", "320x320", []),
    ],
)
def test_published_networks_with_another_input(name: str, size: str, rows: list[tuple[str, str, str, int]]) -> None:
    assert said(archspec.load(name).with_input(size)) == rows
