"""The smallest legal input, held to torch: the module built for the spec's own input takes it, and nothing smaller."""

from __future__ import annotations

import pytest
import torch

import archspec
from archspec.smallest import smallest_inputs


def takes(name: str, variant: str, side: int, outputs: str) -> bool:
    spec = archspec.load(name).variant(*([variant] if variant else []))
    model = archspec.build(spec, outputs=outputs, init="none", device="meta").eval()
    image = torch.empty(1, spec.network.input.channels, side, side, device="meta")
    try:
        model(image)
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "variant", "without", "with_heads"),
    [
        ("inception_v3", "", 75, 299),
        ("googlenet", "torchvision", 15, 15),
        ("resnet18", "", 1, 1),
        ("inception_v4", "", None, None),
        ("alexnet", "", None, None),
        ("googlenet", "", None, None),
        ("googlenet_d2l", "", None, None),
        ("bn_inception", "cadene", None, None),
    ],
)
def test_torch_takes_the_smallest_input_and_nothing_smaller(
    name: str, variant: str, without: int | None, with_heads: int | None
) -> None:
    spec = archspec.load(name).variant(*([variant] if variant else []))
    found = smallest_inputs(spec.graph())
    if without is not None:
        assert found == (without, with_heads)
    for side, outputs in zip(found, ("main", "all"), strict=True):
        assert takes(name, variant, side, outputs)
        assert side == 1 or not takes(name, variant, side - 1, outputs)
