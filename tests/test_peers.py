"""Same weights, same logits: our networks beside the published implementations, number by number.

Counts prove structure, not alignment: another padding of equal size, another epsilon or two branches in another order
change no count. So weights and statistics are drawn once, given to both, and what comes out is compared: logits in
evaluation, and in training logits of all heads, every gradient and every statistic. The second half makes the mistakes
that implementations differ by, and each must be seen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.source import Source

EVAL, TRAIN, GRADIENT = 1e-5, 1e-10, 1e-8  # float32 logits; float64 outputs and statistics; float64 gradients
ALIVE = 1e-2  # two images differ by more than this, or the comparison would prove nothing

# --- the peers: which of their layers is which of ours ---------------------------------------------------------------

Names = Mapping[str, str]  # of a layer there -> here; a parameter adds `.weight`, `.bias` or a statistic to both


def _of_module(module: Names, rows: Names, join: tuple[str, str] = (".", ".")) -> dict[str, str]:
    there, here = join
    return {f"{a}{there}{x}": f"{b}{here}{y}" for a, b in rows.items() for x, y in module.items()}


def _with_norm(layers: Names, conv: str, norm: str) -> dict[str, str]:
    return {f"{a}{conv}": b for a, b in layers.items()} | {f"{a}{norm}": f"{b}_norm" for a, b in layers.items()}


GOOGLENET_ROWS = {f"inception{row}": f"inception_{row}" for row in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")}
GOOGLENET_MODULE = {
    "branch1": "branch_1x1",
    "branch2.0": "branch_3x3.reduce",
    "branch2.1": "branch_3x3.conv",
    "branch3.0": "branch_5x5.reduce",
    "branch3.1": "branch_5x5.conv",
    "branch4.1": "pool.proj",
}
GOOGLENET = {
    **_with_norm(
        {
            "conv1": "conv1.conv",
            "conv2": "conv2.reduce",
            "conv3": "conv2.conv",
            **_of_module(GOOGLENET_MODULE, GOOGLENET_ROWS),
            "aux1.conv": "aux1.conv",
            "aux2.conv": "aux2.conv",
        },
        conv=".conv",
        norm=".bn",
    ),
    **{name: name for name in ("aux1.fc1", "aux1.fc2", "aux2.fc1", "aux2.fc2", "fc")},
}

BN_INCEPTION_MODULE = {
    "3x3_reduce": "branch_3x3.reduce",
    "3x3": "branch_3x3.conv",
    "double_3x3_reduce": "double_3x3.reduce",
    "double_3x3_1": "double_3x3.conv1",
    "double_3x3_2": "double_3x3.conv2",
}
BN_INCEPTION_FULL = {**BN_INCEPTION_MODULE, "1x1": "branch_1x1", "pool_proj": "pool.proj"}
BN_INCEPTION = {
    **_with_norm(
        {
            "conv1_7x7_s2": "conv1",
            "conv2_3x3_reduce": "conv2.reduce",
            "conv2_3x3": "conv2.conv",
            **_of_module(
                BN_INCEPTION_FULL,
                {f"inception_{row}": f"inception_{row}" for row in ("3a", "3b", "4a", "4b", "4c", "4d", "5a", "5b")},
                join=("_", "."),
            ),
            **_of_module(
                BN_INCEPTION_MODULE,
                {f"inception_{row}": f"inception_{row}" for row in ("3c", "4e")},  # no 1x1, and the pool passes through
                join=("_", "."),
            ),
        },
        conv="",
        norm="_bn",
    ),
    "last_linear": "fc",
}

RESNET_ROWS = {f"layer{stage}.{block}": f"conv{stage + 1}_{block + 1}" for stage in (1, 2, 3, 4) for block in (0, 1)}
RESNET_BLOCK = {"conv1": "conv1", "bn1": "conv1_norm", "conv2": "conv2", "bn2": "conv2_norm"}
RESNET18 = {
    "conv1": "conv1",
    "bn1": "conv1_norm",
    **_of_module(RESNET_BLOCK, RESNET_ROWS),
    **_of_module(
        {"downsample.0": "projection", "downsample.1": "projection_norm"},
        {there: here for there, here in RESNET_ROWS.items() if here in ("conv3_1", "conv4_1", "conv5_1")},
    ),
    "fc": "fc",
}


def _bn_inception() -> nn.Module:
    reason = "pip install --no-deps pretrainedmodels==0.7.4"
    module = pytest.importorskip("pretrainedmodels.models.bninception", reason=reason)
    model: nn.Module = module.bninception(pretrained=None)
    return model


@dataclass(frozen=True)
class Peer:
    """A published implementation, and the spec and variant that claim to be the same network."""

    spec: str
    variant: str
    make: Callable[[], nn.Module]
    layers: Names


PEERS = {
    "torchvision googlenet": Peer(
        "googlenet",
        "torchvision",
        lambda: torchvision.models.googlenet(weights=None, aux_logits=True, init_weights=False, transform_input=False),
        GOOGLENET,
    ),
    "torchvision resnet18": Peer("resnet18", "", lambda: torchvision.models.resnet18(weights=None), RESNET18),
    "pretrainedmodels bninception": Peer("bn_inception", "cadene", _bn_inception, BN_INCEPTION),
}


# --- one set of numbers for both -------------------------------------------------------------------------------------


def drawn(model: nn.Module) -> dict[str, Tensor]:
    """A state of the model in which no layer, norm or statistic is neutral, and an image is still seen at the end."""
    generator = torch.Generator().manual_seed(0)
    ranges = {"weight": (0.5, 1.5), "bias": (-0.2, 0.2), "running_mean": (-0.2, 0.2), "running_var": (0.5, 1.5)}
    state = model.state_dict()
    for key, value in state.items():
        if value.dim() > 1:  # He et al. 2015: activations keep their size from layer to layer
            value.normal_(0, math.sqrt(2 / value[0].numel()), generator=generator)
        elif value.dim() == 1:
            value.uniform_(*ranges[key.rpartition(".")[2]], generator=generator)
    return state


def images() -> Tensor:
    """Two coarse patterns under noise: averages over a whole map would make two images of pure noise alike."""
    generator = torch.Generator().manual_seed(1)
    coarse = torch.randn(2, 3, 4, 4, generator=generator).repeat_interleave(56, 2).repeat_interleave(56, 3)
    return coarse + 0.5 * torch.randn(2, 3, 224, 224, generator=generator)


def renamed(values: Mapping[str, Tensor], layers: Names) -> dict[str, Tensor]:
    """Their values under our names. Raises `KeyError` for a layer that has none."""
    parts = {key: key.rpartition(".") for key in values}
    return {f"{layers[layer]}.{leaf}": values[key] for key, (layer, _, leaf) in parts.items()}


def spec_of(peer: Peer, text: str = "") -> Spec:
    spec = from_document(parse(Source("spec.toml", text or bundled.path_of(peer.spec).read_text(encoding="utf-8"))))
    return spec.variant(peer.variant) if peer.variant else spec


def ours(peer: Peer, state: Mapping[str, Tensor], spec: Spec, layers: Names, **options: Any) -> nn.Module:
    """Our module with their numbers: `strict`, so that nothing of ours is left without one."""
    has_heads = any(name.startswith("aux") for name in peer.layers)
    model = archspec.build(spec, outputs="all" if has_heads else "main", init="none", **options)
    model.load_state_dict(renamed(state, layers))
    return model


def difference(a: Tensor, b: Tensor, scale: Tensor | None = None) -> float:
    """The largest difference, relative to the largest of `b` or of another tensor."""
    assert a.shape == b.shape
    return ((a - b).abs().max() / (b if scale is None else scale).abs().max()).item()


def outputs_of(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    """By our names. torchvision's tuple in training is (logits, head on 4d, head on 4a)."""
    made = model(batch)
    if isinstance(made, Tensor):
        return {"main": made}
    fields = made._asdict()
    theirs = {"logits": "main", "aux_logits2": "aux2", "aux_logits1": "aux1"}
    return {theirs.get(name, name): value for name, value in fields.items()}


# --- the same --------------------------------------------------------------------------------------------------------


@lru_cache
def published(name: str) -> tuple[dict[str, Tensor], Tensor]:
    """A peer's drawn state and its logits in evaluation."""
    model = PEERS[name].make().eval()
    state = drawn(model)
    with torch.no_grad():
        return state, model(images())


def evaluated(name: str, text: str = "", layers: Names | None = None) -> float:
    """How far our logits in evaluation are from the peer's."""
    peer = PEERS[name]
    state, logits = published(name)
    model = ours(peer, state, spec_of(peer, text), layers or peer.layers).eval()
    with torch.no_grad():
        return difference(outputs_of(model, images())["main"], logits)


@pytest.mark.parametrize("name", PEERS)
def test_two_images_are_told_apart(name: str) -> None:
    _, logits = published(name)
    first, second = logits
    assert logits.isfinite().all()
    assert difference(first, second, scale=logits) > ALIVE


@pytest.mark.parametrize("name", PEERS)
def test_evaluation(name: str) -> None:
    assert evaluated(name) < EVAL


@dataclass(frozen=True)
class Step:
    """What a training step gives. The keys of gradients and statistics are the model's own."""

    outputs: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    statistics: Mapping[str, Tensor]


def step(model: nn.Module) -> Step:
    """Forward and backward in float64 without dropout; the loss weighs every number of every output differently."""
    model.double().train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    outputs = outputs_of(model, images().double())
    generator = torch.Generator().manual_seed(2)
    weights = {name: torch.randn(outputs[name].shape, generator=generator).double() for name in sorted(outputs)}
    loss = torch.stack([(outputs[name] * weight).sum() for name, weight in weights.items()]).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    gradients = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    assert len(gradients) == len(list(model.parameters()))
    return Step({name: value.detach() for name, value in outputs.items()}, gradients, dict(model.named_buffers()))


def published_step(name: str) -> Step:
    """A peer's training step from the drawn state."""
    state, _ = published(name)
    model = PEERS[name].make()
    model.load_state_dict(state)
    return step(model)


def stepped(name: str, text: str = "") -> Step:
    """Ours."""
    peer = PEERS[name]
    state, _ = published(name)
    return step(ours(peer, state, spec_of(peer, text), peer.layers))


@pytest.mark.parametrize("name", PEERS)
def test_training(name: str) -> None:
    here, there = stepped(name), published_step(name)
    assert {key for key in here.outputs if difference(here.outputs[key], there.outputs[key]) >= TRAIN} == set()
    assert here.outputs.keys() == there.outputs.keys()
    statistics = renamed(there.statistics, PEERS[name].layers)
    assert here.statistics.keys() == statistics.keys()
    assert [key for key in statistics if difference(here.statistics[key], statistics[key]) >= TRAIN] == []
    gradients = renamed(there.gradients, PEERS[name].layers)
    assert here.gradients.keys() == gradients.keys()
    worst = {key: difference(here.gradients[key], value, scale_of(key, gradients)) for key, value in gradients.items()}
    assert {key: value for key, value in worst.items() if not value < GRADIENT} == {}


def scale_of(key: str, gradients: Mapping[str, Tensor]) -> Tensor:
    """What a difference in a gradient is measured by: the gradient itself.

    A bias in front of a batch norm has none but rounding, since the norm takes the mean away: there, that of the norm's shift.
    """
    layer, _, leaf = key.rpartition(".")
    norm = f"{layer}_norm.bias"
    return gradients[norm if leaf == "bias" and norm in gradients else key]


@pytest.mark.parametrize("name", PEERS)
def test_dropout_rates(name: str) -> None:
    def rates(model: nn.Module) -> list[float]:
        return sorted(module.p for module in model.modules() if isinstance(module, nn.Dropout))

    peer = PEERS[name]
    state, _ = published(name)
    assert rates(ours(peer, state, spec_of(peer), peer.layers)) == rates(peer.make())


@pytest.mark.parametrize("name", PEERS)
def test_every_layer_has_one_name(name: str) -> None:
    peer = PEERS[name]
    state, _ = published(name)
    assert {key.rpartition(".")[0] for key in state} == set(peer.layers)
    assert len(set(peer.layers.values())) == len(peer.layers)


# --- the comparison can fail -----------------------------------------------------------------------------------------


def own_text(name: str) -> str:
    """The text of the spec with the library module of its rows written into it, so that a mistake can be made there."""
    text = bundled.path_of(PEERS[name].spec).read_text(encoding="utf-8")
    library = (Path(archspec.__file__).parent / "library" / f"{'resnet' if 'resnet' in name else 'inception'}.toml").read_text(
        encoding="utf-8"
    )
    module = {"googlenet": "inception-v1", "bn_inception": "inception-v2", "resnet18": "basic"}[PEERS[name].spec]
    section = library.partition(f"[modules.{module}]\n")[2].partition("\n[")[0]
    return f"{text}\n[modules.{module}]\n{section}\n"


def mistaken(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def swapped(text: str, a: str, b: str) -> str:
    """Two branches in the other order."""
    first, second = (re.search(rf'^  \{{ name = "{name}",.*?\}},\n(?=  \{{ name|\])', text, re.M | re.S) for name in (a, b))
    assert first
    assert second
    return text[: first.start()] + second[0] + text[first.end() : second.start()] + first[0] + text[second.end() :]


@pytest.mark.parametrize("name", PEERS)
def test_a_spec_with_its_own_module_is_the_same(name: str) -> None:
    """What the mistakes below start from is right."""
    assert evaluated(name, own_text(name)) < EVAL


T, C, R = "torchvision googlenet", "pretrainedmodels bninception", "torchvision resnet18"
MAX_POOL = 'max-pool = { pad = 0, rounding = "ceil" }'
MISTAKES = {
    "googlenet, epsilon": (T, "batch-norm = { eps = 1e-3,", "batch-norm = { eps = 1e-5,"),
    "googlenet, pool4 as printed": (T, 'pool4.patch  = "2x2/2"', ""),
    "googlenet, padded max pools": (T, MAX_POOL, 'max-pool = { pad = 1, rounding = "floor" }'),
    "googlenet, unpadded first convolution": (T, '"7×7/2", "112', '"7×7/2 V", "112'),
    "googlenet, norm1 still there": (T, 'norm1.type   = "identity"', ""),
    "googlenet, no pool in front of a projection": (T, '{ type = "max-pool", patch = "3x3", pad = "same" }', '{ type = "identity" }'),
    "bn_inception, epsilon": (C, "batch-norm.eps = 1e-5", "batch-norm.eps = 1e-3"),
    "bn_inception, count-pad": (C, "count-pad = true", "count-pad = false"),
    "bn_inception, padded max pools": (C, MAX_POOL, 'max-pool = { pad = 1, rounding = "floor" }'),
    "bn_inception, padded pools in modules": (C, 'pad = "tf-same"', 'pad = "same", rounding = "floor"'),
    "bn_inception, average in 5b": (C, '"max + 128"', '"avg + 128"'),
    "resnet18, epsilon": (R, "eps = 1e-5", "eps = 1e-3"),
    "resnet18, unpadded max pool": (R, 'max-pool   = { pad = 1, rounding = "floor" }', MAX_POOL),
    "resnet18, activation in front of the sum": (R, 'patch = "3x3",         out = "$out", act = "none"', 'patch = "3x3", out = "$out"'),
    "resnet18, no activation after the sum": (R, 'act        = "relu"', ""),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake: str) -> None:
    name, old, new = MISTAKES[mistake]
    assert evaluated(name, mistaken(own_text(name), old, new)) > EVAL


@pytest.mark.parametrize(("name", "a", "b"), [(T, "3x3", "5x5"), (T, "1x1", "pool"), (C, "3x3", "double-3x3")])
def test_swapped_branches_are_seen(name: str, a: str, b: str) -> None:
    """Names, shapes and counts stay as they are."""
    text = swapped(own_text(name), a, b)
    assert spec_of(PEERS[name], text).graph().nodes != spec_of(PEERS[name]).graph().nodes
    assert evaluated(name, text) > EVAL


def test_confused_layers_are_seen() -> None:
    """In 3a of BN-Inception the 1x1 convolution and both reductions have one shape: only values tell them apart."""
    confused = {"inception_3a_1x1": "inception_3a.branch_3x3.reduce", "inception_3a_3x3_reduce": "inception_3a.branch_1x1"}
    assert evaluated(C, layers={**BN_INCEPTION, **confused}) > EVAL


def test_what_has_another_shape_does_not_load() -> None:
    with pytest.raises(RuntimeError, match="size mismatch for inception_3a.branch_5x5.conv.weight"):
        evaluated(T, mistaken(own_text(T), 'defaults.inception-v1.large = "3x3"', ""))


def test_a_head_is_compared_in_training_only() -> None:
    """The paper's 5x5/3 pool of a head gives the size of torchvision's adaptive one, from other windows."""
    text = mistaken(own_text(T), 'defaults.auxiliary-v1.pool  = "to 4x4"', "")
    assert evaluated(T, text) < EVAL
    here, there = stepped(T, text).outputs, published_step(T).outputs
    assert difference(here["main"], there["main"]) < TRAIN
    assert min(difference(here[head], there[head]) for head in ("aux1", "aux2")) > TRAIN
