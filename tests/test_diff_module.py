"""A spec beside a torch module: what is equal, and what is named where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torchvision
from torch import nn

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.diff.difference import Difference
from archspec.diff.module import compare_module
from archspec.document import parse
from archspec.source import Source

Golden = Callable[[str, str], None]


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("small.toml", text)))


def cells(difference: Difference, name: str) -> list[tuple[str, str | None, str | None]]:
    (found,) = (row for row in (*difference.rows, *difference.heads) if row.name == name)
    return [(change.captions[1], *change.values) for change in found.cells]


def said(difference: Difference) -> list[tuple[str, str | None, str | None]]:
    return [(group.name, *change.values) for group in difference.everywhere for change in group.changes]


def googlenet(**options: bool) -> nn.Module:
    model: nn.Module = torchvision.models.googlenet(init_weights=False, **options)
    return model


def test_published_modules_are_equal_to_their_specs() -> None:
    assert compare_module(archspec.load("googlenet").variant("torchvision"), googlenet()).equal
    assert compare_module(archspec.load("resnet18"), torchvision.models.resnet18()).equal


@pytest.mark.parametrize("name", bundled.names())
def test_what_a_spec_builds_is_equal_to_it(name: str) -> None:
    spec = archspec.load(name)
    assert compare_module(spec, archspec.build(spec, outputs="all", device="meta")).equal


def test_the_5x5_branch_of_the_paper_is_named(golden: Golden) -> None:
    difference = compare_module(archspec.load("googlenet"), googlenet())
    golden("diff/googlenet_module.txt", difference.render())
    inside = [change.captions for row in difference.rows for change in row.cells]
    assert len(inside) == 9
    assert all(re.fullmatch(r"branch_5x5\.conv", ours) and theirs.endswith("branch3.1.conv") for ours, theirs in inside)
    assert said(difference) == [("convolutions", "true", "false"), ("norms", "0", "59")]


def test_heads_that_a_module_does_not_have_are_removed() -> None:
    difference = compare_module(archspec.load("googlenet").variant("torchvision"), googlenet(aux_logits=False))
    assert {row.name: row.status for row in difference.heads} == {"aux1": "removed", "aux2": "removed"}
    assert {row.status for row in difference.rows} == {"same"}


def test_more_and_other_layers_stand_in_their_rows() -> None:
    deeper = compare_module(archspec.load("resnet18"), torchvision.models.resnet34())
    assert [row.name for row in deeper.rows if row.status != "same"] == ["conv2_2", "conv3_2", "conv4_2", "conv5_2"]
    assert cells(deeper, "conv2_2")[0] == ("layer1.2.conv1", None, "64×64×3×3")
    classes = compare_module(archspec.load("resnet18"), torchvision.models.resnet18(num_classes=10))
    assert cells(classes, "fc") == [("fc", "1000×512", "10×512")]


def test_a_bias_of_one_layer_and_a_1x1_convolution_as_classifier_are_named() -> None:
    spec = spec_of("""
format = 1
name = "Small"
input = "32x32x3"
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
[network]
layers = [
  { name = "a", type = "conv", patch = "3x3", out = 16 },
  { name = "b", type = "conv", patch = "1x1", out = 16 },
  { name = "p", type = "avg-pool", patch = "to 4x4" },
  { name = "fc", type = "linear", out = 10 },
]
""")
    layers = [nn.Conv2d(3, 16, 3), nn.Conv2d(16, 16, 1, bias=False), nn.Conv2d(4 * 4 * 16, 10, 1)]
    difference = compare_module(spec, nn.Sequential(*layers))
    assert cells(difference, "b") == [("1 bias", "true", "false")]
    assert cells(difference, "fc") == [("2", "10×256", "10×256×1×1")]
    assert said(difference) == []


def test_a_module_with_nothing_in_common() -> None:
    difference = compare_module(archspec.load("resnet18"), nn.ReLU())
    assert {row.status for row in difference.rows} == {"removed"}
    pools = spec_of('format = 1\nname = "P"\ninput = "8x8x3"\n[network]\nlayers = [ { name = "p", type = "relu" } ]')
    alone = compare_module(pools, nn.Linear(3, 2))
    assert [(row.status, row.counts[0].values) for row in alone.rows] == [("added", (None, 8))]
    assert not alone.equal
    assert compare_module(pools, nn.ReLU()).equal
