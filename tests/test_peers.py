"""Same weights, same logits: our networks beside the published implementations, number by number.

Counts prove structure, not alignment: another padding of equal size, another epsilon or two branches in another order
change no count. So weights and statistics are drawn once and given to both, and what comes out is compared: logits in
evaluation; in training the logits of all heads, every gradient and every statistic. The last part makes the mistakes
that implementations differ by, and each must be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import drawn
import pytest
import torch
from drawn import (
    ALIVE,
    EVALUATION,
    GRADIENT,
    SEEN,
    TRAINING,
    Names,
    Step,
    difference,
    differing,
    images,
    inside,
    mistaken,
    outputs_of,
    renamed,
    with_norm,
)
from torch import Tensor, nn
from torchvision.models import googlenet, resnet18

import archspec
from archspec import bundled
from archspec.api import Spec

# --- the peers: which of their layers is which of ours ---------------------------------------------------------------

GOOGLENET_ROWS = {f"inception{row}": f"inception_{row}" for row in "3a 3b 4a 4b 4c 4d 4e 5a 5b".split()}
GOOGLENET_MODULE = {
    "branch1": "branch_1x1",
    "branch2.0": "branch_3x3.reduce",
    "branch2.1": "branch_3x3.conv",
    "branch3.0": "branch_5x5.reduce",
    "branch3.1": "branch_5x5.conv",
    "branch4.1": "pool.proj",
}
GOOGLENET_CONVOLUTIONS = {
    "conv1": "conv1.conv",
    "conv2": "conv2.reduce",
    "conv3": "conv2.conv",
    **inside(GOOGLENET_ROWS, GOOGLENET_MODULE),
    "aux1.conv": "aux1.conv",
    "aux2.conv": "aux2.conv",
}
GOOGLENET = {
    **with_norm(GOOGLENET_CONVOLUTIONS, conv=".conv", norm=".bn"),
    **{name: name for name in ("aux1.fc1", "aux1.fc2", "aux2.fc1", "aux2.fc2", "fc")},
}

BN_INCEPTION_ROWS = {f"inception_{row}": f"inception_{row}" for row in "3a 3b 3c 4a 4b 4c 4d 4e 5a 5b".split()}
BN_INCEPTION_MODULE = {
    "3x3_reduce": "branch_3x3.reduce",
    "3x3": "branch_3x3.conv",
    "double_3x3_reduce": "double_3x3.reduce",
    "double_3x3_1": "double_3x3.conv1",
    "double_3x3_2": "double_3x3.conv2",
}
STRIDE_1_ROWS = {there: here for there, here in BN_INCEPTION_ROWS.items() if there[-2:] not in ("3c", "4e")}
STRIDE_1_MODULE = {"1x1": "branch_1x1", "pool_proj": "pool.proj"}
BN_INCEPTION_CONVOLUTIONS = {
    "conv1_7x7_s2": "conv1",
    "conv2_3x3_reduce": "conv2.reduce",
    "conv2_3x3": "conv2.conv",
    **inside(BN_INCEPTION_ROWS, BN_INCEPTION_MODULE, joint="_"),
    **inside(STRIDE_1_ROWS, STRIDE_1_MODULE, joint="_"),
}
BN_INCEPTION = {**with_norm(BN_INCEPTION_CONVOLUTIONS, conv="", norm="_bn"), "last_linear": "fc"}

RESNET_ROWS = {f"layer{stage}.{block}": f"conv{stage + 1}_{block + 1}" for stage in (1, 2, 3, 4) for block in (0, 1)}
RESNET_BLOCK = {"conv1": "conv1", "bn1": "conv1_norm", "conv2": "conv2", "bn2": "conv2_norm"}
PROJECTED_ROWS = {there: RESNET_ROWS[there] for there in ("layer2.0", "layer3.0", "layer4.0")}
PROJECTION = {"downsample.0": "projection", "downsample.1": "projection_norm"}
RESNET18 = {
    "conv1": "conv1",
    "bn1": "conv1_norm",
    **inside(RESNET_ROWS, RESNET_BLOCK),
    **inside(PROJECTED_ROWS, PROJECTION),
    "fc": "fc",
}


def bn_inception() -> nn.Module:
    module = pytest.importorskip("pretrainedmodels", reason="pip install --no-deps pretrainedmodels==0.7.4")
    model: nn.Module = module.bninception(pretrained=None)
    return model


@dataclass(frozen=True)
class Peer:
    """A published implementation, and the spec and variant that claim to be the same network.

    `module` is the one of the library that most rows are made of.
    """

    make: Callable[[], nn.Module]
    spec: str
    variant: str
    layers: Names
    module: str


googlenet_with_heads = partial(googlenet, aux_logits=True, init_weights=False)
G, R, B = "torchvision googlenet", "torchvision resnet18", "pretrainedmodels bninception"
PEERS = {
    G: Peer(googlenet_with_heads, "googlenet", "torchvision", GOOGLENET, "inception-v1"),
    R: Peer(resnet18, "resnet18", "", RESNET18, "basic"),
    B: Peer(bn_inception, "bn_inception", "cadene", BN_INCEPTION, "inception-v2"),
}


# --- one set of numbers for both -------------------------------------------------------------------------------------


def spec_of(peer: Peer, text: str, size: int = 224) -> Spec:
    return drawn.spec_of(text, peer.variant).with_input(f"{size}x{size}")


def text_of(peer: Peer) -> str:
    return bundled.path_of(peer.spec).read_text(encoding="utf-8")


def ours(name: str, text: str = "", layers: Names | None = None, size: int = 224) -> nn.Module:
    """Our module with the peer's numbers; loading is strict, so that none of ours is left without one."""
    peer = PEERS[name]
    spec = spec_of(peer, text or text_of(peer), size)
    model = archspec.build(spec, outputs="all" if spec.graph().heads else "main", init="none")
    model.load_state_dict(renamed(theirs(name).state_dict(), layers or peer.layers))
    return model


@lru_cache
def theirs(name: str) -> nn.Module:
    """The peer's module with the numbers drawn; not to be trained."""
    model = PEERS[name].make().eval()
    drawn.draw(model)
    return model


@lru_cache
def logits(name: str) -> Tensor:
    """The peer's logits in evaluation."""
    with torch.no_grad():
        made: Tensor = theirs(name)(images())
    return made


# --- the same --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PEERS)
def test_every_layer_has_one_name(name: str) -> None:
    layers = PEERS[name].layers
    assert {key.rpartition(".")[0] for key in theirs(name).state_dict()} == set(layers)
    assert len(set(layers.values())) == len(layers)


@pytest.mark.parametrize("name", PEERS)
def test_two_images_are_told_apart(name: str) -> None:
    first, second = logits(name)
    assert difference(first, second, logits(name)) > ALIVE


def apart(name: str, text: str = "", layers: Names | None = None) -> float:
    """How far our logits in evaluation are from the peer's."""
    with torch.no_grad():
        return difference(outputs_of(ours(name, text, layers).eval(), images())["main"], logits(name))


@pytest.mark.parametrize("name", PEERS)
def test_evaluation(name: str) -> None:
    assert apart(name) < EVALUATION


@pytest.mark.parametrize(("name", "size"), [(G, 192), (R, 192), (B, 228)])  # B ends in a 7x7 window
def test_evaluation_at_another_size(name: str, size: int) -> None:
    with torch.no_grad():
        here, there = outputs_of(ours(name, size=size).eval(), images(size)), theirs(name)(images(size))
    assert difference(here["main"], there) < EVALUATION


def trained(model: nn.Module) -> dict[str, Tensor]:
    return drawn.trained(model, images())


def step(model: nn.Module) -> Step:
    return drawn.step(model, images())


def peer_in_training(name: str) -> nn.Module:
    model = PEERS[name].make()
    model.load_state_dict(theirs(name).state_dict())
    return model


@pytest.mark.parametrize("name", PEERS)
def test_training(name: str) -> None:
    here, there = step(ours(name)), step(peer_in_training(name))
    layers = PEERS[name].layers
    assert differing(here.outputs, there.outputs, TRAINING) == {}
    assert differing(here.statistics, renamed(there.statistics, layers), TRAINING) == {}
    assert differing(here.gradients, renamed(there.gradients, layers), GRADIENT) == {}


@pytest.mark.parametrize("name", PEERS)
def test_dropout_rates(name: str) -> None:
    def rates(model: nn.Module) -> list[float]:
        return sorted(module.p for module in model.modules() if isinstance(module, nn.Dropout))

    assert rates(ours(name)) == rates(theirs(name))


# --- the comparison can fail -----------------------------------------------------------------------------------------


def own_text(name: str) -> str:
    """The spec with the library's module written into it, so that a mistake can be made there too."""
    peer = PEERS[name]
    folder = Path(archspec.__file__).parent / "library"
    library = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")))
    header = f"[modules.{peer.module}]"
    assert library.count(header) == 1
    return f"{text_of(peer)}\n{header}{library.partition(header)[2].partition('[modules.')[0]}"


@pytest.mark.parametrize("name", PEERS)
def test_what_the_mistakes_start_from_is_right(name: str) -> None:
    assert apart(name, own_text(name)) < EVALUATION


FLOOR_PADDED, CEIL = '{ pad = 1, rounding = "floor" }', '{ pad = 0, rounding = "ceil" }'
ONE_PADDED_POOL = 'dropout.rate = "20%"\npool1.pad = 1\npool1.rounding = "floor"'
MISTAKES = {
    "googlenet: epsilon": (G, "batch-norm = { eps = 1e-3,", "batch-norm = { eps = 1e-5,"),
    "googlenet: pool4 as the paper prints it": (G, 'pool4.patch  = "2x2/2"', ""),
    "googlenet: one max pool padded": (G, 'dropout.rate = "20%"', ONE_PADDED_POOL),
    "googlenet: convolutions padded at the end": (G, 'conv     = { pad = "same"', 'conv     = { pad = "tf-same"'),
    "googlenet: a normalization left in": (G, 'norm1.type   = "identity"', ""),
    "googlenet: no pool in front of projections": (G, '"max-pool", patch = "3x3", pad = "same"', '"identity"'),
    "bn_inception: epsilon": (B, "batch-norm.eps = 1e-5", "batch-norm.eps = 1e-3"),
    "bn_inception: padding not counted": (B, "count-pad = true", "count-pad = false"),
    "bn_inception: max pools padded": (B, f"max-pool   = {CEIL}", f"max-pool   = {FLOOR_PADDED}"),
    "bn_inception: pools of modules padded": (B, 'stride", pad = "tf-same"', 'stride", pad = 1, rounding = "floor"'),
    "bn_inception: an average in 5b": (B, '"max + 128"', '"avg + 128"'),
    "resnet18: epsilon": (R, "eps = 1e-5", "eps = 1e-3"),
    "resnet18: max pool not padded": (R, f"max-pool   = {FLOOR_PADDED}", f"max-pool   = {CEIL}"),
    "resnet18: convolutions padded at the end": (R, 'conv       = { pad = "same"', 'conv       = { pad = "tf-same"'),
    "resnet18: an activation in front of the sum": (R, ', act = "none" } ]', " } ]"),
    "resnet18: no activation after the sum": (R, 'act        = "relu"', ""),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake: str) -> None:
    name, old, new = MISTAKES[mistake]
    text = mistaken(own_text(name), old, new)
    assert apart(name, text) > SEEN


def swapped(text: str, *names: str) -> str:
    """Two branches in the other order, the earlier one named first."""
    a, b = (re.search(rf'^  {{ name = "{name}",.*?}},\n(?=  {{ name|])', text, re.M | re.S) for name in names)
    assert a
    assert b
    return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]


@pytest.mark.parametrize(("name", "a", "b"), [(G, "3x3", "5x5"), (G, "1x1", "pool"), (B, "3x3", "double-3x3")])
def test_swapped_branches_are_seen(name: str, a: str, b: str) -> None:
    """Names, shapes and counts stay as they are."""
    assert apart(name, swapped(own_text(name), a, b)) > SEEN


def test_confused_layers_are_seen() -> None:
    """In 3a of BN-Inception the 1x1 convolution and both reductions have one shape: only values tell them apart."""
    pair = {"inception_3a_1x1": "inception_3a.branch_3x3.reduce", "inception_3a_3x3_reduce": "inception_3a.branch_1x1"}
    assert apart(B, layers={**BN_INCEPTION, **pair}) > SEEN


def test_another_kernel_does_not_load() -> None:
    text = mistaken(own_text(G), 'defaults.inception-v1.large = "3x3"', "")
    with pytest.raises(RuntimeError, match=r"size mismatch for inception_3a\.branch_5x5\.conv\.weight"):
        ours(G, text)


def test_a_head_is_seen_in_training() -> None:
    """The paper's 5x5/3 pool of a head gives the size of torchvision's adaptive one, from other windows."""
    text = mistaken(own_text(G), 'defaults.auxiliary-v1.pool  = "to 4x4"', "")
    with torch.no_grad():
        here, there = trained(ours(G, text)), trained(peer_in_training(G))
    assert differing(here, there, TRAINING).keys() == {"aux1", "aux2"}


def test_decay_is_seen_in_statistics() -> None:
    text = mistaken(own_text(R), "decay = 0.9", "decay = 0.99")
    here, there = ours(R, text), peer_in_training(R)
    with torch.no_grad():
        assert differing(trained(here), trained(there), TRAINING) == {}
    expected = renamed(dict(there.named_buffers()), RESNET18)
    moving = {key for key in expected if not key.endswith("num_batches_tracked")}
    assert differing(dict(here.named_buffers()), expected, TRAINING).keys() == moving
