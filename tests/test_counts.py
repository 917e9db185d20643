"""What a graph says of its network is what torch finds: parameters, buffers, multiply-adds and the size of every row.

For every bundled spec, reading and variant, on the meta device, which knows sizes and holds no numbers. The published
counts stand here as numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import googlenet, resnet18

import archspec
from archspec import bundled, ops
from archspec.api import Spec
from archspec.cost import depth, graph_cost
from archspec.graph import INPUT, Graph


class Chosen(NamedTuple):
    """One network of a bundled file. An empty reading is the file's or the variant's own."""

    name: str
    reading: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, self))


def every_choice() -> list[Chosen]:
    made = []
    for name in bundled.names():
        file = archspec.load(name).file
        for variant in ("", *file.variants):
            made += [Chosen(name, reading, variant) for reading in file.readings or ("",)]
    return made


@lru_cache
def spec_of(chosen: Chosen) -> Spec:
    spec = archspec.load(chosen.name)
    if chosen.reading:
        spec = spec.reading(chosen.reading)
    return spec.variant(chosen.variant) if chosen.variant else spec


def graph_of(chosen: Chosen) -> Graph:
    return spec_of(chosen).graph()


def built(chosen: Chosen, outputs: str, features: tuple[str, ...] = ()) -> nn.Module:
    return archspec.build(spec_of(chosen), outputs=outputs, features=features, device="meta").eval()


def params_of(model: nn.Module) -> int:
    return sum(value.numel() for value in model.parameters())


def buffers_of(model: nn.Module) -> int:
    return sum(value.numel() for value in model.buffers())


def macs_of(model: nn.Module, graph: Graph) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(image_of(graph))
    flops: int = counter.get_total_flops()
    assert flops % 2 == 0
    return flops // 2  # a multiply-add is two of them


def image_of(graph: Graph) -> Tensor:
    height, width, channels = graph[INPUT].shape
    return torch.empty(1, channels, height, width, device="meta")


# --- the module is the graph -----------------------------------------------------------------------------------------

choices = pytest.mark.parametrize("chosen", every_choice(), ids=str)


@choices
@pytest.mark.parametrize("outputs", ["main", "all"])
def test_counts(chosen: Chosen, outputs: str) -> None:
    graph = graph_of(chosen)
    expected = graph_cost(graph if outputs == "all" else graph.without_heads())
    model = built(chosen, outputs)
    assert (params_of(model), buffers_of(model)) == (expected.params, expected.buffers)
    assert macs_of(model, graph) == expected.macs


@choices
def test_without_heads_nothing_of_them_exists(chosen: Chosen) -> None:
    heads = {row.attribute for row in graph_of(chosen).heads}
    of_all, of_main = (dict(built(chosen, outputs).state_dict()) for outputs in ("all", "main"))
    assert {key.partition(".")[0] for key in of_all.keys() - of_main.keys()} == heads
    assert of_main.keys() <= of_all.keys()


@choices
def test_every_row_gives_its_size(chosen: Chosen) -> None:
    """In one forward pass. A softmax at the end is no feature: `main` is what goes into it, and has its size."""
    graph = graph_of(chosen)
    rows = [row for row in graph.trunk if not isinstance(graph[row.output].op, ops.Softmax)]
    outputs: Any = built(chosen, "all", tuple(row.name for row in rows))(image_of(graph))
    sizes = {field: tuple(value.shape) for field, value in outputs._asdict().items()}
    expected = {"main": graph.output} | {row.attribute: row.output for row in (*rows, *graph.heads)}
    assert sizes == {field: tensor_shape(graph, name) for field, name in expected.items()}


def tensor_shape(graph: Graph, name: str) -> tuple[int, ...]:
    node = graph[name]
    height, width, channels = node.shape
    return (1, channels) if node.flat else (1, channels, height, width)


# --- the published numbers -------------------------------------------------------------------------------------------


class Published(NamedTuple):
    """Parameters with and without heads, multiply-adds without."""

    params: int
    params_without_heads: int
    macs: int


def one(params: int, macs: int) -> Published:
    return Published(params, params, macs)


PUBLISHED = {
    Chosen("alexnet"): one(60_965_224, 724_406_816),
    Chosen("bn_inception", "columns"): one(11_278_528, 1_948_605_440),
    Chosen("bn_inception", "outputs"): one(11_188_288, 1_934_857_216),
    Chosen("bn_inception", "columns", "dense"): one(11_285_224, 2_032_600_064),
    Chosen("bn_inception", "outputs", "dense"): one(11_194_984, 2_018_851_840),
    Chosen("bn_inception", "", "cadene"): one(11_295_240, 2_032_600_064),
    Chosen("bn_inception", "", "slim"): one(11_178_336, 1_934_857_216),
    Chosen("googlenet"): Published(13_378_280, 6_998_552, 1_582_671_872),
    Chosen("googlenet", "", "torchvision"): Published(13_004_888, 6_624_904, 1_498_376_192),
    Chosen("googlenet_bn_zj"): Published(17_683_640, 11_285_224, 2_308_969_472),
    Chosen("googlenet_d2l"): one(5_977_530, 1_502_982_144),
    Chosen("resnet18"): one(11_689_512, 1_814_073_344),
}


@pytest.mark.parametrize("chosen", PUBLISHED, ids=str)
def test_published(chosen: Chosen) -> None:
    graph = graph_of(chosen)
    trunk = graph_cost(graph.without_heads())
    assert Published(graph_cost(graph).params, trunk.params, trunk.macs) == PUBLISHED[chosen]
    for outputs, params in zip(("all", "main"), PUBLISHED[chosen][:2], strict=True):
        assert params_of(built(chosen, outputs)) == params


def test_every_bundled_spec_has_a_published_count() -> None:
    assert {chosen.name for chosen in PUBLISHED} == set(bundled.names())


@pytest.mark.parametrize(
    ("name", "layers"),
    [("alexnet", 8), ("bn_inception", 34), ("googlenet", 22), ("googlenet_d2l", 22), ("resnet18", 18)],
)
def test_depth(name: str, layers: int) -> None:
    assert depth(graph_of(Chosen(name)).without_heads().nodes) == layers


# --- the peers count the same ----------------------------------------------------------------------------------------


def bn_inception(heads: bool) -> nn.Module:
    module = pytest.importorskip("pretrainedmodels", reason="pip install --no-deps pretrainedmodels==0.7.4")
    model: nn.Module = module.bninception(pretrained=None)
    return model


@pytest.mark.parametrize(
    ("chosen", "make"),
    [
        (Chosen("googlenet", "", "torchvision"), lambda heads: googlenet(aux_logits=heads, init_weights=False)),
        (Chosen("resnet18"), lambda heads: resnet18()),
        (Chosen("bn_inception", "", "cadene"), bn_inception),
    ],
    ids=["googlenet torchvision", "resnet18", "bn_inception cadene"],
)
def test_peers_count_the_same(chosen: Chosen, make: Callable[[bool], nn.Module]) -> None:
    with torch.device("meta"):
        whole, trunk = make(True).eval(), make(False).eval()
    ours = graph_cost(graph_of(chosen)), graph_cost(graph_of(chosen).without_heads())
    for peer, cost in zip((whole, trunk), ours, strict=True):
        assert (params_of(peer), buffers_of(peer)) == (cost.params, cost.buffers)
    assert macs_of(trunk, graph_of(chosen)) == ours[1].macs
