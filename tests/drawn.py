"""What two networks are compared with: numbers drawn once for both, images, and how far apart two results are.

Shared by the tests that hold our networks beside published ones. A peer's layers have other names; a mapping says which
of its layers is which of ours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.source import Source

EVALUATION, TRAINING, GRADIENT = 1e-5, 1e-10, 1e-8  # logits in float32; outputs and statistics, gradients in float64
SEEN = 1e-4  # what a mistake must exceed, ten times what is allowed
ALIVE = 1e-2  # two images differ by more than this, or the comparison would prove nothing

Names = Mapping[str, str]  # a layer there: the same layer here; parameters and statistics add `.weight`, `.bias`, ...


# --- names -----------------------------------------------------------------------------------------------------------


def inside(rows: Names, module: Names, joint: str = ".") -> dict[str, str]:
    return {f"{a}{joint}{x}": f"{b}.{y}" for a, b in rows.items() for x, y in module.items()}


def with_norm(convolutions: Names, conv: str, norm: str) -> dict[str, str]:
    """Every convolution and its norm, which peers tell apart by an ending."""
    named = {f"{there}{conv}": here for there, here in convolutions.items()}
    return named | {f"{there}{norm}": f"{here}_norm" for there, here in convolutions.items()}


def renamed(values: Mapping[str, Tensor], layers: Names) -> dict[str, Tensor]:
    """Their values under our names. Raises `KeyError` for a layer that has none."""
    parts = {key: key.rpartition(".") for key in values}
    return {f"{layers[layer]}.{leaf}": values[key] for key, (layer, _, leaf) in parts.items()}


# --- numbers ---------------------------------------------------------------------------------------------------------


def draw(model: nn.Module, gain: float = 2) -> None:
    """Numbers that leave no layer, norm or statistic neutral, and no image lost on the way to the end.

    `gain` is what an activation takes from a variance: 2 for ReLU (He et al. 2015).
    """
    generator = torch.Generator().manual_seed(0)
    ranges = {"weight": (0.5, 1.5), "bias": (-0.2, 0.2), "running_mean": (-0.2, 0.2), "running_var": (0.5, 1.5)}
    for key, value in model.state_dict().items():
        if value.dim() > 1:  # what a layer gives is as large as what it takes
            value.normal_(0, math.sqrt(gain / value[0].numel()), generator=generator)
        elif value.dim() == 1:
            value.uniform_(*ranges[key.rpartition(".")[2]], generator=generator)
        else:
            value.zero_()  # how many batches a norm has seen


def images(size: int = 224, channels: int = 3) -> Tensor:
    """Two coarse patterns under noise: averages over a whole map would make two images of noise alone alike."""
    generator = torch.Generator().manual_seed(1)
    coarse = torch.randn(2, channels, 4, 4, generator=generator)
    cell = math.ceil(size / 4)
    pattern = coarse.repeat_interleave(cell, 2).repeat_interleave(cell, 3)[:, :, :size, :size]
    return pattern + 0.5 * torch.randn(2, channels, size, size, generator=generator)


# --- results ---------------------------------------------------------------------------------------------------------


def outputs_of(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    """By our names. torchvision's GoogLeNet gives (logits, head on 4d, head on 4a) in training."""
    made = model(batch)
    fields = {"main": made} if isinstance(made, Tensor) else made._asdict()
    names = {"logits": "main", "aux_logits": "aux", "aux_logits2": "aux2", "aux_logits1": "aux1"}
    return {names.get(field, field): value for field, value in fields.items()}


def difference(a: Tensor, b: Tensor, scale: Tensor | None = None) -> float:
    """The largest difference, relative to the largest number of `b` or of another tensor."""
    assert a.shape == b.shape
    return ((a - b).abs().max() / (b if scale is None else scale).abs().max()).item()


def trained(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    """What a network gives in training without dropout, in float64."""
    model.double().train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return outputs_of(model, batch.double())


@dataclass(frozen=True)
class Step:
    """What a training step leaves behind; gradients and statistics by the model's own names."""

    outputs: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    statistics: Mapping[str, Tensor]


def step(model: nn.Module, batch: Tensor) -> Step:
    """One step whose loss weighs every number of every output differently."""
    outputs = trained(model, batch)
    generator = torch.Generator().manual_seed(2)
    losses = []
    for name in sorted(outputs):
        value = outputs[name]
        losses.append((value * torch.randn(value.shape, generator=generator)).sum())
    torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
    gradients = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    assert len(gradients) == len(list(model.parameters()))
    return Step(outputs, gradients, dict(model.named_buffers()))


def differing(here: Mapping[str, Tensor], there: Mapping[str, Tensor], bound: float) -> dict[str, float]:
    """The tensors of one name whose difference is not below a bound."""
    assert here.keys() == there.keys()
    differences = {key: difference(here[key], there[key], there[measure(key, there)]) for key in here}
    return {key: value for key, value in differences.items() if not value < bound}


def measure(key: str, among: Iterable[str]) -> str:
    """The tensor that says what is a large difference: itself.

    But the gradient of a bias in front of a batch norm is nothing except rounding, since the norm takes the mean away:
    there, the gradient of the norm's shift, which is a sum of the same size.
    """
    shift = re.sub(r"\.bias$", "_norm.bias", key)
    return shift if shift in among else key


# --- specs -----------------------------------------------------------------------------------------------------------


def spec_of(text: str, variant: str = "") -> Spec:
    spec = from_document(parse(Source("spec.toml", text)))
    return spec.variant(variant) if variant else spec


def mistaken(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)
