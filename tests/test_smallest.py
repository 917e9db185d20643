"""The smallest legal input, held to torch: the module built for the spec's own input takes it, and nothing smaller."""

from __future__ import annotations

import pytest
import torch

import archspec
from archspec import bundled
from archspec.api import Spec
from archspec.smallest import smallest_inputs


def takes(spec: Spec, side: int, outputs: str) -> bool:
    model = archspec.build(spec, outputs=outputs, init="none", device="meta").eval()
    image = torch.empty(1, spec.network.input.channels, side, side, device="meta")
    try:
        model(image)
    except RuntimeError:
        return False
    return True


EVERY = [(name, variant) for name in bundled.names() for variant in ("", *archspec.load(name).file.variants)]


@pytest.mark.parametrize(("name", "variant"), EVERY)
def test_torch_takes_the_smallest_input_and_nothing_smaller(name: str, variant: str) -> None:
    spec = archspec.load(name).variant(*([variant] if variant else []))
    for side, outputs in zip(smallest_inputs(spec.graph()), ("main", "all"), strict=True):
        if outputs == "main" or spec.graph().heads:
            assert takes(spec, side, outputs)
            assert side == 1 or not takes(spec, side - 1, outputs)


@pytest.mark.parametrize(
    ("name", "variant", "sides"),
    [("inception_v3", "", (75, 299)), ("googlenet", "torchvision", (15, 15)), ("resnet18", "", (1, 1))],
)
def test_published_networks(name: str, variant: str, sides: tuple[int, int]) -> None:
    assert smallest_inputs(archspec.load(name).variant(*([variant] if variant else [])).graph()) == sides
