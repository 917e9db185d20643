"""The implementations that the [weights] sections of the bundled specs speak of, without their trained values."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from drawn import draw
from torch import nn
from torchvision import models

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.source import Source


def of_timm(name: str) -> nn.Module:
    model: nn.Module = pytest.importorskip("timm", reason="pip install timm").create_model(name)
    return model


def of_cadene(name: str) -> nn.Module:
    module = pytest.importorskip("pretrainedmodels", reason="pip install --no-deps pretrainedmodels==0.7.4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks torchvision for its models as older versions wanted it
        model: nn.Module = getattr(module, name)(pretrained=None)
    return model


@dataclass(frozen=True)
class Peer:
    """What a section speaks of. `size` is a small image that it takes; `head` begins the names of a side output."""

    make: Callable[[], nn.Module]
    spec: str
    source: str
    size: int
    head: str = "aux"

    def text(self) -> str:
        return bundled.path_of(self.spec).read_text(encoding="utf-8")

    def made(self) -> nn.Module:
        """The peer with its numbers drawn, in evaluation."""
        model = self.empty().to_empty(device="cpu").eval()
        draw(model)
        return model

    def empty(self) -> nn.Module:
        """The peer without numbers."""
        with torch.device("meta"):
            return self.make()


WITH_HEADS = {"aux_logits": True, "init_weights": False}
PEERS = {
    "googlenet": Peer(partial(models.googlenet, **WITH_HEADS), "googlenet", "torchvision", 64),
    "resnet18 of Cadene": Peer(partial(of_cadene, "resnet18"), "resnet18", "torchvision", 224),
    "resnet50 of Cadene": Peer(partial(of_cadene, "resnet50"), "resnet50", "torchvision", 224),
    "inception_v3 of Cadene": Peer(partial(of_cadene, "inceptionv3"), "inception_v3", "torchvision", 299, "AuxLogits"),
    "resnet18": Peer(models.resnet18, "resnet18", "torchvision", 64),
    "resnet50": Peer(models.resnet50, "resnet50", "torchvision", 64),
    "alexnet": Peer(models.alexnet, "alexnet", "torchvision", 96),
    "inception_v3": Peer(partial(models.inception_v3, **WITH_HEADS), "inception_v3", "torchvision", 299, "AuxLogits"),
    "vgg16": Peer(models.vgg16, "vgg16", "torchvision", 224),
    "vgg16 bn": Peer(models.vgg16_bn, "vgg16", "torchvision-bn", 224),
    "bn_inception": Peer(partial(of_cadene, "bninception"), "bn_inception", "cadene", 224),
    "inception_v4": Peer(partial(of_timm, "inception_v4"), "inception_v4", "timm", 96),
    "inception_v4 of Cadene": Peer(partial(of_cadene, "inceptionv4"), "inception_v4", "timm", 299),
    "inception_resnet_v2": Peer(partial(of_timm, "inception_resnet_v2"), "inception_resnet_v2", "timm", 96),
    "inception_resnet_v2 of Cadene": Peer(
        partial(of_cadene, "inceptionresnetv2"), "inception_resnet_v2", "timm", 299
    ),
}  # fmt: skip
LARGE = (
    "vgg16",
    "vgg16 bn",
    "alexnet",
    "inception_v3",
    "inception_v3 of Cadene",
    "inception_v4 of Cadene",
    "inception_resnet_v2 of Cadene",
)
SOURCES = [(name, source) for name in bundled.names() for source in archspec.load(name).file.weights]


def spec_of(peer: Peer, text: str = "") -> Spec:
    """The spec as its section wants it."""
    spec = from_document(parse(Source(f"{peer.spec}.toml", text or peer.text())))
    variant = spec.file.weights[peer.source].variant
    return spec.variant(variant) if variant else spec


def layers_of(model: nn.Module, head: str) -> list[str]:
    """The layers that have numbers, in order of definition, heads last."""
    found = dict.fromkeys(key.rpartition(".")[0] for key in model.state_dict())
    return sorted(found, key=lambda layer: layer.startswith(head))


def shapes(name: str) -> dict[str, Any]:
    return {key: tuple(value.shape) for key, value in PEERS[name].empty().state_dict().items()}
