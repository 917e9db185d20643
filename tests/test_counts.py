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
    ends = {"main": graph.output} | {row.attribute: row.output for row in graph.heads}
    expected = {row.attribute: tensor_shape(graph, row.output) for row in rows}
    assert sizes == expected | {field: vector(tensor_shape(graph, name)) for field, name in ends.items()}


def vector(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A map of 1×1 that is the network's output leaves it as a vector."""
    return shape[:2] if shape[2:] == (1, 1) else shape


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
    Chosen("alexnet", "", "ungrouped"): one(62_378_344, 1_135_256_096),
    Chosen("alexnet", "", "torchvision"): one(61_100_840, 714_188_480),
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
    Chosen("googlenet_zj"): Published(13_370_744, 6_991_272, 1_582_671_872),
    Chosen("inception_resnet_v1"): one(22_756_328, 6_206_361_696),
    Chosen("inception_resnet_v1", "", "facenet"): one(23_995_624, 6_308_235_360),
    Chosen("inception_resnet_v2"): one(55_843_464, 13_155_794_016),
    Chosen("inception_resnet_v2_figures"): one(32_433_928, 9_257_953_632),
    Chosen("inception_v1_slim"): one(6_617_624, 1_498_376_192),
    Chosen("inception_v2", "", "zj"): one(17_733_832, 5_383_652_448),
    Chosen("inception_v3"): Published(27_161_264, 23_834_568, 5_713_216_096),
    Chosen("inception_v4"): one(42_679_816, 12_253_974_624),
    Chosen("lenet"): one(61_706, 416_520),
    Chosen("nin"): one(1_992_166, 762_297_352),
    Chosen("nin_imagenet"): one(7_595_176, 1_100_188_800),
    Chosen("resnet18"): one(11_689_512, 1_814_073_344),
    Chosen("resnet50"): one(25_557_032, 3_857_973_248),
    Chosen("resnet50", "", "v1.5"): one(25_557_032, 4_089_184_256),
    Chosen("vgg16"): one(138_357_544, 15_470_264_320),
    Chosen("vgg16", "", "bn"): one(138_365_992, 15_470_264_320),
}
# TF-slim's tests count its variables in front of the logits: parameters, moving averages and moving variances.
SLIM = {
    Chosen("inception_v1_slim"): 5_607_184,
    Chosen("bn_inception", "", "slim"): 10_173_112,
    Chosen("inception_v3", "", "slim"): 21_802_784,
}


@pytest.mark.parametrize("chosen", PUBLISHED, ids=str)
def test_published(chosen: Chosen) -> None:
    graph = graph_of(chosen)
    trunk = graph_cost(graph.without_heads())
    assert Published(graph_cost(graph).params, trunk.params, trunk.macs) == PUBLISHED[chosen]
    for outputs, params in zip(("all", "main"), PUBLISHED[chosen][:2], strict=True):
        assert params_of(built(chosen, outputs)) == params


@pytest.mark.parametrize("chosen", SLIM, ids=str)
def test_variables_of_slim(chosen: Chosen) -> None:
    """Without the last linear layer, and without torch's counters of batches."""
    values = built(chosen, "main").state_dict()
    *_, logits = (key.rpartition(".")[0] for key in values)
    counted = (value for key, value in values.items() if not key.startswith(f"{logits}.") and value.dim())
    assert sum(value.numel() for value in counted) == SLIM[chosen]


def test_every_bundled_spec_has_a_published_count() -> None:
    assert {chosen.name for chosen in PUBLISHED} == set(bundled.names())


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("alexnet", 8),
        ("bn_inception", 34),
        ("googlenet", 22),
        ("googlenet_d2l", 22),
        ("lenet", 5),
        ("resnet18", 18),
        ("resnet50", 50),
        ("vgg16", 16),
    ],
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
