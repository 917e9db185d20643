"""Same weights, same logits, for the whole family: each bundled network beside its published implementation.

As test_peers.py does it for three of them in depth. Layers are paired in the order in which both define them: a wrong
pair is a wrong number. Networks that are published as a table of layers, not as a model that can be installed, have a
plain `Sequential` as their peer. Each network is also compared with one cell wrong, which must be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from drawn import (
    ALIVE,
    EVALUATION,
    GRADIENT,
    SEEN,
    TRAINING,
    Names,
    difference,
    differing,
    draw,
    images,
    mistaken,
    outputs_of,
    renamed,
    spec_of,
    step,
)
from torch import Tensor, nn
from torchvision.models import alexnet, inception_v3, resnet50, vgg16, vgg16_bn

import archspec
from archspec import bundled

# --- the peers -------------------------------------------------------------------------------------------------------


def lenet() -> nn.Module:
    act = nn.Sigmoid
    features = [nn.Conv2d(1, 6, 5, padding=2), act(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), act(), nn.AvgPool2d(2)]
    classifier = [nn.Linear(400, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, 10)]
    return nn.Sequential(*features, nn.Flatten(), *classifier)


def mlpconv(inputs: int, widths: tuple[int, int, int], kernel: int, stride: int = 1, pad: int = 0) -> list[nn.Module]:
    first, second, third = widths
    convolutions = (
        nn.Conv2d(inputs, first, kernel, stride, pad),
        nn.Conv2d(first, second, 1),
        nn.Conv2d(second, third, 1),
    )
    return [layer for convolution in convolutions for layer in (convolution, nn.ReLU())]


def nin(channels: int, last: tuple[int, int, int], ceil: bool, pool: nn.Module) -> nn.Module:
    def maximum() -> nn.Module:
        return nn.MaxPool2d(3, 2, ceil_mode=ceil)

    return nn.Sequential(
        *(*mlpconv(channels, (96, 96, 96), 11, stride=4), maximum()),
        *(*mlpconv(96, (256, 256, 256), 5, pad=2), maximum()),
        *(*mlpconv(256, (384, 384, 384), 3, pad=1), maximum(), nn.Dropout(0.5)),
        *(*mlpconv(384, last, 3, pad=1), pool, nn.Flatten()),
    )


def resnet50_as_printed() -> nn.Module:
    model: nn.Module = resnet50()
    for stage in ("layer2", "layer3", "layer4"):
        first: Any = model.get_submodule(f"{stage}.0")
        first.conv1.stride, first.conv2.stride = (2, 2), (1, 1)
    return model


def of_timm(name: str) -> nn.Module:
    timm = pytest.importorskip("timm", reason="pip install timm")
    model: nn.Module = timm.create_model(name)
    return model


@dataclass(frozen=True)
class Peer:
    """A published implementation, and the spec and variant that claim to be the same network.

    `sizes` are the image of the paper and another that both take. `large`: a training step takes many seconds. `gain`
    is that of the activation, see `draw`.
    """

    make: Callable[[], nn.Module]
    spec: str
    variant: str = ""
    sizes: tuple[int, int] = (224, 160)
    channels: int = 3
    gain: float = 2  # a sigmoid's slope is at most a quarter
    large: bool = True

    @property
    def drops_as_told(self) -> bool:
        """timm's models drop what their caller says, and nothing by default."""
        return isinstance(self.make, partial) and self.make.func is of_timm


nin_d2l = partial(nin, 1, (10, 10, 10), False, nn.AdaptiveAvgPool2d(1))
nin_imagenet = partial(nin, 3, (1024, 1024, 1000), True, nn.AvgPool2d(6, 1))
PEERS = {
    "lenet": Peer(lenet, "lenet", sizes=(28, 30), channels=1, gain=32, large=False),
    "alexnet": Peer(alexnet, "alexnet", "torchvision"),
    "vgg16": Peer(vgg16, "vgg16", sizes=(224, 240)),
    "vgg16 bn": Peer(vgg16_bn, "vgg16", "bn", sizes=(224, 240)),
    "nin": Peer(nin_d2l, "nin", channels=1, large=False),
    "nin_imagenet": Peer(nin_imagenet, "nin_imagenet", sizes=(224, 227)),
    "resnet50": Peer(resnet50_as_printed, "resnet50"),
    "resnet50 v1.5": Peer(resnet50, "resnet50", "v1.5"),
    "inception_v3": Peer(partial(inception_v3, init_weights=False), "inception_v3", sizes=(299, 331)),
    "inception_v3 timm": Peer(partial(of_timm, "inception_v3"), "inception_v3", sizes=(299, 331)),
    "inception_v4": Peer(partial(of_timm, "inception_v4"), "inception_v4", sizes=(299, 331)),
    "inception_resnet_v2": Peer(partial(of_timm, "inception_resnet_v2"), "inception_resnet_v2", sizes=(299, 331)),
}

# A cell as the spec has it, and a mistake.
WRONG = {
    "lenet": ('norm = "none", act = "sigmoid"', 'norm = "none", act = "tanh"'),
    "alexnet": ('norm1.type = "identity"', ""),
    "vgg16": ('"max-pool"', '{ type = "avg-pool", rounding = "floor", pad = 0, patch = "2x2/2" }'),
    "vgg16 bn": ("eps = 1e-5", "eps = 1e-3"),
    "nin": ('rounding = "floor"', 'rounding = "ceil"'),
    "nin_imagenet": ('"max pool",      "pool1"', '"avg pool",      "pool1"'),
    "resnet50": ('bottleneck = "bottleneck-v1"', ""),
    "resnet50 v1.5": ('types.bottleneck = "bottleneck"', ""),
    "inception_v3": ("count-pad = true", "count-pad = false"),
    "inception_v3 timm": ('"pool2",   type = "max pool"', '"pool2",   type = "avg pool"'),
    "inception_v4": ("count-pad = false", "count-pad = true"),
    "inception_resnet_v2": ("linear = 1088, scale = 0.10", "linear = 1088, scale = 0.11"),
}


def pairs(slow: Callable[[Peer], bool]) -> pytest.MarkDecorator:
    """A test of every peer; `slow` says for which it takes many seconds."""
    names = [pytest.param(name, marks=[pytest.mark.slow] if slow(peer) else []) for name, peer in PEERS.items()]
    return pytest.mark.parametrize("pair", names, indirect=True)


every = pairs(lambda peer: False)


# --- one set of numbers for both -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """A peer with its numbers drawn, in evaluation, and what it makes of two images."""

    name: str
    model: nn.Module
    logits: Tensor

    @property
    def peer(self) -> Peer:
        return PEERS[self.name]

    @property
    def text(self) -> str:
        return bundled.path_of(self.peer.spec).read_text(encoding="utf-8")

    @property
    def images(self) -> Tensor:
        return images(self.peer.sizes[0], self.peer.channels)

    def layers(self, ours: nn.Module) -> Names:
        """Their layers and ours, each in order of definition; a head, which may be defined in the middle, last."""
        return dict(zip(layers_of(self.model), layers_of(ours), strict=True))

    def ours(self, text: str = "", size: int = 0) -> nn.Module:
        """Our module with the peer's numbers; loading is strict, so that none of ours is left without one."""
        spec = spec_of(text or self.text, self.peer.variant)
        if size:
            spec = spec.with_input(f"{size}x{size}")
        heads = any(layer.startswith("AuxLogits") for layer in layers_of(self.model))
        model = archspec.build(spec, outputs="all" if heads else "main", init="none")
        model.load_state_dict(renamed(self.model.state_dict(), self.layers(model)))
        return model.eval()

    @torch.no_grad()
    def apart(self, text: str = "") -> float:
        """How far our logits of one image are from the peer's, in evaluation."""
        return difference(outputs_of(self.ours(text), self.images[:1])["main"], self.logits[:1])


def layers_of(model: nn.Module) -> list[str]:
    """The layers that have numbers, heads last."""
    found = dict.fromkeys(key.rpartition(".")[0] for key in model.state_dict())
    return sorted(found, key=lambda layer: layer.startswith("AuxLogits"))


def made(peer: Peer) -> nn.Module:
    """The peer without the numbers that it would draw itself."""
    with torch.device("meta"):
        model = peer.make()
    return model.to_empty(device="cpu")


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Pair:
    """One at a time: together they are three gigabytes."""
    name: str = request.param
    peer = PEERS[name]
    model = made(peer).eval()
    draw(model, peer.gain)
    with torch.no_grad():
        logits = model(images(peer.sizes[0], peer.channels))
    return Pair(name, model, logits)


# --- the same --------------------------------------------------------------------------------------------------------


@every
def test_two_images_are_told_apart(pair: Pair) -> None:
    first, second = pair.logits
    assert difference(first, second, pair.logits) > ALIVE


@every
def test_evaluation(pair: Pair) -> None:
    assert pair.apart() < EVALUATION


@every
@torch.no_grad()
def test_evaluation_at_another_size(pair: Pair) -> None:
    size = pair.peer.sizes[1]
    image = images(size, pair.peer.channels)[:1]
    here, there = outputs_of(pair.ours(size=size), image)["main"], pair.model(image)
    assert difference(here, there) < EVALUATION


@every
def test_a_wrong_cell_is_seen(pair: Pair) -> None:
    assert pair.apart(mistaken(pair.text, *WRONG[pair.name])) > SEEN


@pytest.mark.parametrize("name", [name for name, peer in PEERS.items() if not peer.drops_as_told])
def test_dropout_rates(name: str) -> None:
    """Which no comparison of numbers sees."""

    def rates(model: nn.Module) -> list[float]:
        return sorted(module.p for module in model.modules() if isinstance(module, nn.Dropout))

    peer = PEERS[name]
    ours = archspec.build(spec_of(bundled.path_of(peer.spec).read_text(encoding="utf-8"), peer.variant), device="meta")
    with torch.device("meta"):
        assert rates(ours) == rates(peer.make())


@pairs(lambda peer: peer.large)
def test_training(pair: Pair) -> None:
    """Logits of all heads, every gradient and every statistic of one step in float64."""
    ours, theirs = pair.ours(), made(pair.peer)
    theirs.load_state_dict(pair.model.state_dict())
    layers = pair.layers(ours)
    here, there = step(ours, pair.images), step(theirs, pair.images)
    assert differing(here.outputs, there.outputs, TRAINING) == {}
    assert differing(here.statistics, renamed(there.statistics, layers), TRAINING) == {}
    assert differing(here.gradients, renamed(there.gradients, layers), GRADIENT) == {}
