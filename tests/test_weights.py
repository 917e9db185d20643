"""Published checkpoints: every [weights] section against the implementation it speaks of, and what is said of others.

The peers are drawn at random: names, shapes and numbers are theirs, the trained values are not needed.
"""

from __future__ import annotations

import copy
import doctest
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import EVALUATION, SEEN, difference, draw, images, mistaken
from torch import Tensor, nn
from torchvision import models

import archspec
from archspec import bundled, output, renaming
from archspec.api import Spec, from_document
from archspec.diagnostic import Fault, Faults
from archspec.document import parse
from archspec.parameters import parameters
from archspec.source import Source
from archspec.weights import preprocess, report

ROOT = Path(__file__).parent.parent

# --- the sources -----------------------------------------------------------------------------------------------------


def of_timm(name: str) -> nn.Module:
    model: nn.Module = pytest.importorskip("timm", reason="pip install timm").create_model(name)
    return model


def of_cadene(name: str) -> nn.Module:
    module = pytest.importorskip("pretrainedmodels", reason="pip install --no-deps pretrainedmodels==0.7.4")
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
    "resnet18": Peer(models.resnet18, "resnet18", "torchvision", 64),
    "resnet50": Peer(models.resnet50, "resnet50", "torchvision", 64),
    "alexnet": Peer(models.alexnet, "alexnet", "torchvision", 96),
    "inception_v3": Peer(partial(models.inception_v3, **WITH_HEADS), "inception_v3", "torchvision", 299, "AuxLogits"),
    "vgg16": Peer(models.vgg16, "vgg16", "torchvision", 224),
    "vgg16 bn": Peer(models.vgg16_bn, "vgg16", "torchvision-bn", 224),
    "bn_inception": Peer(partial(of_cadene, "bninception"), "bn_inception", "cadene", 64),
    "inception_v4": Peer(partial(of_timm, "inception_v4"), "inception_v4", "timm", 96),
    "inception_v4 of Cadene": Peer(partial(of_cadene, "inceptionv4"), "inception_v4", "timm", 96),
    "inception_resnet_v2": Peer(partial(of_timm, "inception_resnet_v2"), "inception_resnet_v2", "timm", 96),
}  # fmt: skip
LARGE = ("vgg16", "vgg16 bn", "alexnet")
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


def test_every_section_has_a_peer() -> None:
    assert {(peer.spec, peer.source) for peer in PEERS.values()} == set(SOURCES)


@pytest.mark.parametrize("name", PEERS)
def test_all_is_used_and_none_is_left(name: str) -> None:
    peer = PEERS[name]
    theirs = peer.empty()
    found = report(archspec.load(peer.spec), theirs.state_dict(), peer.source)
    assert found.ok, found
    assert not found.left_out
    assert {one.there for one in found.loaded} == set(theirs.state_dict())
    ours = archspec.build(spec_of(peer), outputs="all" if spec_of(peer).graph().heads else "main", device="meta")
    assert {one.here.name for one in found.loaded if one.here} == set(ours.state_dict())
    assert found.params == sum(one.numel() for one in theirs.parameters())
    assert [one.theirs for one in found.rules if not one.uses] == []


@pytest.mark.parametrize("name", PEERS)
def test_layers_are_those_of_one_place(name: str) -> None:
    """Both sides define their layers in the order of the network; the rules were written by name."""
    peer = PEERS[name]
    theirs = peer.empty()
    ours = archspec.build(spec_of(peer), outputs="all" if spec_of(peer).graph().heads else "main", device="meta")
    found = report(archspec.load(peer.spec), theirs.state_dict(), peer.source)
    mapped = {one.there.rpartition(".")[0]: one.here.name.rpartition(".")[0] for one in found.loaded if one.here}
    assert mapped == dict(zip(layers_of(theirs, peer.head), layers_of(ours, peer.head), strict=True))


@pytest.mark.parametrize("name", PEERS)
def test_the_source_is_found_by_its_names(name: str) -> None:
    peer = PEERS[name]
    assert report(archspec.load(peer.spec), peer.empty().state_dict()).source == peer.source


def apart(peer: Peer, text: str = "") -> float:
    """How far our logits are from the peer's, with its weights loaded through its section."""
    theirs = peer.made()
    spec = spec_of(peer, text).with_input(f"{peer.size}x{peer.size}")
    ours = archspec.build(spec, init="none").eval()
    archspec.load_weights(ours, theirs.state_dict(), source=peer.source)
    with torch.no_grad():
        return difference(ours(images(peer.size)), theirs(images(peer.size)))


@pytest.mark.parametrize("name", [name for name in PEERS if name not in LARGE])
def test_logits(name: str) -> None:
    assert apart(PEERS[name]) < EVALUATION


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_logits_of_large_networks(name: str) -> None:
    assert apart(PEERS[name]) < EVALUATION


# --- the comparison can fail -----------------------------------------------------------------------------------------


def swapped(text: str, a: str, b: str) -> str:
    """The rules of two of their names, each with what the other is here."""
    first, second = (re.search(rf'^"{re.escape(name)}" *= (".*")$', text, re.M) for name in (a, b))
    assert first
    assert second
    text = mistaken(text, first[0], first[0].replace(first[1], "?"))
    return mistaken(text, second[0], second[0].replace(second[1], first[1])).replace("?", second[1])


def test_a_swapped_rule_is_found() -> None:
    text = swapped(
        PEERS["googlenet"].text(), "inception{row}.branch2.{0,1}.{conv,bn}", "inception{row}.branch3.{0,1}.{conv,bn}"
    )
    with pytest.raises(ValueError, match="`3a`.`#3×3`: 128×96×3×3 in the table, 32×16×3×3 in the checkpoint"):
        apart(PEERS["googlenet"], text)


def test_a_swapped_rule_between_layers_of_one_shape_is_seen() -> None:
    """The norms of a stage's two blocks are of one size: only values tell them apart."""
    rule = '= "conv{2..5}_{1..2}.conv{1..2}_norm"'
    text = mistaken(PEERS["resnet18"].text(), rule, rule.replace("{1..2}", "{2,1}", 1))
    assert apart(PEERS["resnet18"], text) > SEEN


def test_an_unused_rule_is_named() -> None:
    found = report(archspec.load("inception_v3"), of_timm("inception_v3").state_dict())
    assert found.ok
    assert (
        "rules that name nothing in the checkpoint:\n  `AuxLogits.conv{0,1}.{conv,bn}`\n  `AuxLogits.fc`\n"
        in found.render()
    )


# --- what is said ----------------------------------------------------------------------------------------------------


def shapes(name: str) -> dict[str, Any]:
    return {key: tuple(value.shape) for key, value in PEERS[name].empty().state_dict().items()}


def test_a_wrong_shape_is_said_in_the_words_of_the_table() -> None:
    given = {**shapes("bn_inception"), "inception_4c_3x3.weight": (160, 128, 1, 1)}
    found = report(archspec.load("bn_inception"), given, "cadene")
    assert not found.ok
    said = "`4c`.`#3×3`: 160×128×3×3 in the table, 160×128×1×1 in the checkpoint (`inception_4c_3x3.weight`)"
    assert f"\ndoes not fit:\n  {said}\n" in found.render()


def test_the_whole_report(golden: Callable[[str, str], None]) -> None:
    given = shapes("googlenet") | {"fc.weight": (10, 1024), "fc.bias": (10,), "extra.scale": (3, 1), "count": ()}
    for key in [key for key in given if key.startswith(("inception5b.", "inception4c.branch2.1."))]:
        del given[key]
    given["inception4c.branch2.1.bn.weight"] = (256,)
    found = report(archspec.load("googlenet"), given, "torchvision")
    golden("weights/googlenet.txt", found.render())
    assert json.loads(found.render("json"))["misshapen"] == [
        {"row": "fc", "layer": "`fc`", "name": "fc.weight", "shape": [1000, 1024],
         "checkpoint": "fc.weight", "checkpoint_shape": [10, 1024]},
        {"row": "fc", "layer": "`fc`", "name": "fc.bias", "shape": [1000],
         "checkpoint": "fc.bias", "checkpoint_shape": [10]},
    ]  # fmt: skip
    with pytest.raises(ValueError, match="text or json"):
        found.render("xml")  # type: ignore[arg-type]


def test_the_words_for_layers() -> None:
    spec = archspec.load("bn_inception")
    found = parameters(spec.graph(), spec.network)
    assert found["conv1.depthwise.weight"].words == "`conv1`.`depthwise`"
    assert found["conv1_norm.running_var"].words == "the norm of `conv1`"
    assert found["inception_4c.double_3x3.conv2.weight"].words == "`4c`.`double #3×3` (double_3x3.conv2)"
    assert found["inception_4c.pool.proj_norm.bias"].words == "the norm of `4c`.`proj`"
    assert found["fc.bias"].words == "`fc`"
    spec = archspec.load("inception_v3")
    found = parameters(spec.graph(), spec.network)
    assert found["mixed_c_7b.branch_1x1.weight"].words == "`7b`.`#1x1`"
    assert found["aux.conv2.weight"].head


@pytest.mark.parametrize("name", bundled.names())
def test_parameters_are_those_of_torch(name: str) -> None:
    for variant in ("", *archspec.load(name).file.variants):
        spec = archspec.load(name).variant(*([variant] if variant else []))
        if spec.needs_reading:
            continue
        model = archspec.build(spec, outputs="all" if spec.graph().heads else "main", device="meta")
        found = parameters(spec.graph(), spec.network)
        assert {key: value.shape for key, value in found.items()} == {
            key: tuple(value.shape) for key, value in model.state_dict().items()
        }


# --- loading ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def resnet() -> nn.Module:
    return PEERS["resnet18"].made()


def test_heads_that_the_model_lacks_are_left_out() -> None:
    model = archspec.build(spec_of(PEERS["googlenet"]))
    found = archspec.load_weights(model, PEERS["googlenet"].made().state_dict(), source="torchvision")
    assert {one.here.row for one in found.left_out if one.here} == {"aux1", "aux2"}
    assert "left out:\n  `aux1`: 10 tensors; the model has no such head\n" in found.render()


def test_a_head_that_the_checkpoint_lacks() -> None:
    given = {key: value for key, value in PEERS["inception_v3"].made().state_dict().items() if "Aux" not in key}
    assert report(archspec.load("inception_v3"), given).ok
    archspec.load_weights(archspec.build("inception_v3", init="none"), given, "torchvision")
    with pytest.raises(ValueError, match="not in the checkpoint:\n  `aux`: all of it"):
        archspec.load_weights(archspec.build("inception_v3", outputs="all", init="none"), given, "torchvision")


def test_nothing_is_loaded_where_something_is_wrong(resnet: nn.Module) -> None:
    given = dict(resnet.state_dict())
    del given["layer1.0.bn1.running_mean"], given["layer1.0.bn1.num_batches_tracked"]
    model = archspec.build("resnet18")
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match=r"the norm of `conv2_1`.`out` \(conv1\): running_mean\n"):
        archspec.load_weights(model, given, source="torchvision")
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    found = archspec.load_weights(model, given, source="torchvision", strict=False)
    assert [one.here.name for one in found.missing if one.here] == ["conv2_1.conv1_norm.running_mean"]
    assert torch.equal(model.state_dict()["fc.weight"], given["fc.weight"])


def test_the_count_of_batches_may_be_missing(resnet: nn.Module) -> None:
    given = {key: value for key, value in resnet.state_dict().items() if "num_batches" not in key}
    assert archspec.load_weights(archspec.build("resnet18"), given, source="torchvision").ok


def test_a_model_on_the_meta_device_takes_the_tensors(resnet: nn.Module) -> None:
    model = archspec.build("resnet18", device="meta")
    archspec.load_weights(model, resnet.state_dict(), source="torchvision")
    assert {value.device.type for value in model.state_dict().values()} == {"cpu"}


def test_another_number_of_classes_is_said() -> None:
    model = archspec.build(archspec.load("resnet18").with_params(classes=10), device="meta")
    with pytest.raises(ValueError, match="`fc`: 10×512 in the table, 1000×512 in the checkpoint"):
        archspec.load_weights(model, PEERS["resnet18"].empty().state_dict(), source="torchvision")


def test_another_variant_is_said() -> None:
    model = archspec.build("googlenet", device="meta")
    with pytest.raises(ValueError, match=r"note: \[weights.torchvision\] belongs to the variant `torchvision`"):
        archspec.load_weights(model, PEERS["googlenet"].empty().state_dict(), source="torchvision")


def test_a_module_that_does_not_know_its_spec(resnet: nn.Module) -> None:
    spec = archspec.load("resnet18")
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(archspec.build(spec, device="meta").source, namespace)  # type: ignore[arg-type]
    model = namespace["Resnet18" if "Resnet18" in namespace else "ResNet18"]()
    with pytest.raises(ValueError, match="does not know its spec: pass spec="):
        archspec.load_weights(model, resnet.state_dict(), source="torchvision")
    assert archspec.load_weights(model, resnet.state_dict(), source="torchvision", spec=spec).ok
    with pytest.raises(ValueError, match=r"not built from GoogLeNet: `conv1\.weight` is none of its parameters"):
        archspec.load_weights(model, resnet.state_dict(), spec=archspec.load("googlenet"))


def test_an_unknown_source_is_not_guessed() -> None:
    with pytest.raises(ValueError, match=r"no \[weights.torchvison\]; did you mean `torchvision`\?"):
        report(archspec.load("resnet18"), {}, "torchvison")
    with pytest.raises(ValueError, match=r"no \[weights.timm\]; there are: none"):
        report(archspec.load("lenet"), {}, "timm")


def test_two_sources_of_the_same_names_are_told_apart_by_the_caller() -> None:
    more = '\n[weights.other]\nnames = "torchvision"\n'
    spec = spec_of(PEERS["resnet18"], PEERS["resnet18"].text() + more)
    with pytest.raises(ValueError, match="say source='torchvision' or source='other'"):
        report(spec, shapes("resnet18"))
    assert report(spec, shapes("resnet18"), "other").ok


def test_two_tensors_for_one_layer_are_refused() -> None:
    text = PEERS["alexnet"].text() + '"old.{0,3}" = "conv{1,2}"\n'
    with pytest.raises(ValueError, match=r"`features\.0\.weight` and `old\.0\.weight` .* are both `conv1\.weight`"):
        report(spec_of(PEERS["alexnet"], text), shapes("alexnet") | {"old.0.weight": (64, 3, 11, 11)}, "torchvision")


def test_two_layers_for_one_tensor_are_refused() -> None:
    text = PEERS["alexnet"].text() + '"features.{0,3}" = "conv{2,1}"\n'
    with pytest.raises(ValueError, match=r"gives `features\.0` twice: in `features\.\{0,3,6,8,10\}` and in"):
        report(spec_of(PEERS["alexnet"], text), shapes("alexnet"), "torchvision")


# --- files -----------------------------------------------------------------------------------------------------------


def tiny() -> Spec:
    return from_document(parse(Source("tiny.toml", (ROOT / "tests/networks/tiny.toml").read_text(encoding="utf-8"))))


def test_files_of_our_own(tmp_path: Path) -> None:
    output.write_weights(tmp_path / "tiny.safetensors", tiny(), "all", seed=1)
    model = archspec.build(tiny(), outputs="all")
    assert report(tiny(), tmp_path / "tiny.safetensors").ok
    assert archspec.load_weights(model, tmp_path / "tiny.safetensors").source == ""
    torch.save(model.state_dict(), tmp_path / "new.pt")
    torch.save(
        {"epoch": 3, "state_dict": model.state_dict()}, tmp_path / "old.pth", _use_new_zipfile_serialization=False
    )
    for name in ("new.pt", "old.pth"):
        other = archspec.build(tiny(), outputs="all")
        assert report(tiny(), tmp_path / name).ok
        assert archspec.load_weights(other, str(tmp_path / name)).ok
        assert all(torch.equal(value, other.state_dict()[key]) for key, value in model.state_dict().items())


class Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("read", [report, lambda spec, file: archspec.load_weights(archspec.build(spec), file)])
def test_a_pickle_with_code_is_refused(
    read: Callable[[Spec, Path], Any], zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"conv1.weight": Malicious()}, "bad.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(
        ValueError, match=r"^bad.pt: refused: the pickle holds `\w+.mkdir` beside tensors; nothing of it w"
    ):
        read(tiny(), Path("bad.pt"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pt"]


def whole(folder: Path) -> dict[str, bytes]:
    output.write_weights(folder / "a.safetensors", tiny(), "all", seed=1)
    model = archspec.build(tiny())
    torch.save(model.state_dict(), folder / "a.pt")
    torch.save(model.state_dict(), folder / "a.pth", _use_new_zipfile_serialization=False)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    for name, data in whole(tmp_path).items():
        for length in (0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1):
            (tmp_path / name).write_bytes(data[:length])
            for read in (partial(report, tiny()), partial(archspec.load_weights, archspec.build(tiny()))):
                with pytest.raises(ValueError, match=rf"{name}: \w") as caught:
                    read(tmp_path / name)
                assert "\n" not in str(caught.value)


HEADER = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,%s]}}'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.safetensors", b"hello, this is a text and not a checkpoint\n"),
        ("a.safetensors", (2).to_bytes(8, "little") + b"[]"),
        ("a.safetensors", (7).to_bytes(8, "little") + b'{"a":5}'),
        ("a.safetensors", (12).to_bytes(8, "little") + b'{"a":{"b":1}'),
        ("a.safetensors", (60_000).to_bytes(8, "little") + b"[" * 60_000),
        ("a.safetensors", (2**62).to_bytes(8, "little") + b"{}"),
        ("a.safetensors", len(HEADER % (b"1e400", b"4")).to_bytes(8, "little") + HEADER % (b"1e400", b"4") + b"1234"),
        ("a.pt", b"hello, this is a text and not a checkpoint\n"),
        ("a.pt", b"\x80\x04K\x01."),
        ("a.pt", b"PK\x03\x04 and no more"),
        ("a.pt", bytes(range(256)) * 8),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=rf"{name}: (no|cut) ") as caught:
        report(tiny(), tmp_path / name)
    assert "\n" not in str(caught.value)


def test_what_a_file_holds_instead_is_said(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "a.pt")
    with pytest.raises(ValueError, match="no state_dict: it holds a list"):
        report(tiny(), tmp_path / "a.pt")
    torch.save({"epoch": 3}, tmp_path / "a.pt")
    with pytest.raises(ValueError, match="no state_dict: it holds 'epoch', not only tensors"):
        report(tiny(), tmp_path / "a.pt")
    torch.save(nn.Linear(2, 2), tmp_path / "a.pt")
    with pytest.raises(ValueError, match=r"refused: the pickle holds `torch\.nn\.modules\.linear\.Linear`"):
        report(tiny(), tmp_path / "a.pt")
    with pytest.raises(FileNotFoundError):
        report(tiny(), tmp_path / "none.pt")


def test_a_report_on_safetensors_needs_no_torch(tmp_path: Path) -> None:
    output.write_weights(tmp_path / "a.safetensors", archspec.load("resnet18"), "main", seed=1)
    code = "import sys, archspec.weights as w, archspec as a; print(w.report(a.load('resnet18'), sys.argv[1]).ok, sorted({'torch', 'numpy', 'safetensors'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.safetensors")], capture_output=True, text=True)
    assert done.stdout == "True []\n", done.stderr


# --- what images the weights expect ----------------------------------------------------------------------------------


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


@pytest.mark.parametrize(
    ("name", "published", "transformed"),
    [
        ("googlenet", models.GoogLeNet_Weights.IMAGENET1K_V1, True),
        ("resnet18", models.ResNet18_Weights.IMAGENET1K_V1, False),
        ("resnet50", models.ResNet50_Weights.IMAGENET1K_V1, False),
        ("alexnet", models.AlexNet_Weights.IMAGENET1K_V1, False),
        ("inception_v3", models.Inception_V3_Weights.IMAGENET1K_V1, True),
        ("vgg16", models.VGG16_Weights.IMAGENET1K_V1, False),
        ("vgg16 bn", models.VGG16_BN_Weights.IMAGENET1K_V1, False),
    ],
)
def test_preprocessing_and_address_are_torchvisions(name: str, published: Any, transformed: bool) -> None:
    peer, said = PEERS[name], published.transforms()
    section = archspec.load(peer.spec).file.weights[peer.source]
    found = preprocess(spec_of(peer))
    assert section.url == published.url
    assert found
    assert (found.range, found.order) == ((0, 1), "RGB")
    assert [numbers(found.resize), numbers(found.crop)] == [said.resize_size, said.crop_size * 2]
    assert said.interpolation.value in found.resize
    mean, std = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
    assert [found.mean, found.std] == ([mean, std] if transformed else [tuple(said.mean), tuple(said.std)])


def test_the_transform_that_torchvision_hides_is_in_the_numbers() -> None:
    """With `transform_input`, which comes with its weights, torchvision's model takes images over other numbers."""
    theirs = PEERS["googlenet"].made()
    ours = archspec.build(spec_of(PEERS["googlenet"]).with_input("64x64"), init="none").eval()
    archspec.load_weights(ours, theirs.state_dict(), source="torchvision")
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    def normal(mean: Any, std: Any) -> Tensor:
        return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)

    said = models.GoogLeNet_Weights.IMAGENET1K_V1.transforms()
    theirs.transform_input = True  # type: ignore[assignment]
    expected: Any = ours.preprocess
    with torch.no_grad():
        logits = theirs(normal(said.mean, said.std))
        assert difference(ours(normal(expected.mean, expected.std)), logits) < EVALUATION
        assert difference(ours(normal(said.mean, said.std)), logits) > SEEN


@pytest.mark.parametrize("name", ["inception_v4", "inception_resnet_v2"])
def test_preprocessing_is_timms(name: str) -> None:
    said = pytest.importorskip("timm").get_pretrained_cfg(name)
    section, found = archspec.load(name).file.weights["timm"], preprocess(archspec.load(name))
    assert found
    assert (found.range, found.order, found.mean, found.std) == ((0, 1), "RGB", said.mean, said.std)
    size = said.input_size[1]
    assert [numbers(found.resize), numbers(found.crop)] == [[int(size / said.crop_pct)], [size, size]]
    assert said.interpolation in found.resize
    assert section.url == f"https://huggingface.co/{said.hf_hub_id}"
    assert str(section.licence).lower() == said.license


def test_preprocessing_is_cadenes() -> None:
    said = pytest.importorskip("pretrainedmodels").pretrained_settings["bninception"]["imagenet"]
    section = archspec.load("bn_inception").file.weights["cadene"]
    found = preprocess(archspec.load("bn_inception").variant("cadene"))
    assert found
    assert found[:4] == (tuple(said["input_range"]), said["input_space"], tuple(said["mean"]), tuple(said["std"]))
    assert section.url == said["url"]


def test_a_built_module_knows_and_does_nothing() -> None:
    model: Any = archspec.build("resnet18").eval()
    expected = preprocess(archspec.load("resnet18"))
    assert expected
    assert str(expected).startswith("RGB, 0 to 1, less (0.485, 0.456, 0.406), over (0.229, 0.224, 0.225)")
    for one in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert one.preprocess == expected
        assert one.spec == archspec.load("resnet18")
    batch = images(64)
    with torch.no_grad():
        before = model(batch)
        model.preprocess = None
        assert torch.equal(model(batch), before)
    assert archspec.build("googlenet", device="meta").preprocess is None  # as the paper prints it
    assert archspec.build(spec_of(PEERS["googlenet"]), device="meta").preprocess is not None


# --- sections --------------------------------------------------------------------------------------------------------


def test_a_rule_is_a_list_of_pairs() -> None:
    assert renaming.pairs("a{1,2}.{conv,bn}", "b{0..1}{,_norm}", ()) == [
        ("a1.conv", "b0"), ("a1.bn", "b0_norm"), ("a2.conv", "b1"), ("a2.bn", "b1_norm")
    ]  # fmt: skip
    assert renaming.pairs("x{row}", "mixed_{row}.y", ("3a", "3b")) == [("x3a", "mixed_3a.y"), ("x3b", "mixed_3b.y")]
    assert renaming.pairs("fc", "fc", ()) == [("fc", "fc")]


@pytest.mark.parametrize(
    ("theirs", "ours", "code", "message"),
    [
        ("a{1,2}", "b", "AS104", "`a{1,2}` has 1 list in braces, `b` has 0"),
        ("a", "b{1,2}{1,2}", "AS104", "`a` has 0 lists in braces, `b{1,2}{1,2}` has 2"),
        ("a{1..3}", "b{1,2}", "AS104", "`{1..3}` and `{1,2}` do not pair"),
        ("a{row}", "b{1,2}", "AS104", "`{row}` and `{1,2}` do not pair"),
        ("a{row}{row}", "b{row}{row}", "AS104", "`a{row}{row}` has `{row}` twice"),
        ("a{stage}", "b{stage}", "AS104", "`{stage}` is no list"),
        ("a{3..1}", "b{3..1}", "AS104", "`{3..1}` is no list"),
        ("a{}", "b{}", "AS104", "`{}` is no list"),
        ("a{1,2", "b", "AS104", "a brace of `a{1,2` has no partner"),
        ("a{1,{2,3}}", "b", "AS104", "a brace of `a{1,{2,3}}` has no partner"),
        ("a{0..999999}", "b{0..999999}", "AS105", "`{0..999999}` has 1000000 numbers, at most 1000 are read"),
        ("a{0..99}{0..99}", "b{0..99}{0..99}", "AS105", "`a{0..99}{0..99}` stands for 10000 names, at most 1000 are"),
    ],
)
def test_a_rule_that_is_none(theirs: str, ours: str, code: str, message: str) -> None:
    with pytest.raises(Fault, match="^" + re.escape(message)) as caught:
        renaming.pairs(theirs, ours, ("3a", "3b"))
    assert caught.value.diagnostic.code == code


IMAGE = 'preprocess = { range = [0, 1], order = "RGB", mean = [0, 0, 0], std = [1, 1, 1] }'


@pytest.mark.parametrize(
    ("section", "code", "marked"),
    [
        ('[weights.x.names]\nfc = "fc{1"', "AS104", '"fc{1"'),
        ('[weights.x.names]\n"a{1" = "fc"', "AS104", '"a{1"'),
        ("[weights.x]\nnames = 3", "AS103", "3"),
        ('[weights.x]\nurl = "..."', "AS102", "[weights.x]"),
        ('[weights.x]\nnames = "y"', "AS113", '"y"'),
        ('[weights.x]\nnames = "x"', "AS113", '"x"'),
        ('[weights.x]\nnames = { fc = "fc" }\nvariant = "slim"', "AS113", '"slim"'),
        ('[weights.x]\nnames = { fc = "fc" }\nreading = "slim"', "AS113", '"slim"'),
        ('[weights.x]\nnames = { fc = "fc" }\nvariants = "slim"', "AS101", "variants"),
        ('[weights.x]\nnames = { fc = "fc" }\n' + IMAGE.replace("[0, 1]", "[1, 0]"), "AS105", "[1, 0]"),
        ('[weights.x]\nnames = { fc = "fc" }\n' + IMAGE.replace("[0, 0, 0]", "[0]"), "AS105", "[0]"),
        ('[weights.x]\nnames = { fc = "fc" }\n' + IMAGE.replace("[1, 1, 1]", "[1, 1, 0]"), "AS105", "[1, 1, 0]"),
        ('[weights.x]\nnames = { fc = "fc" }\n' + IMAGE.replace("RGB", "GBR"), "AS103", '"GBR"'),
        ('[weights.x]\nnames = { fc = "fc" }\n' + IMAGE.replace("std", "sdt"), "AS101", "sdt"),
        ('[weights]\nurl = "x"', "AS103", '"x"'),
        ("[weights]\nlayers = []", "AS101", "layers"),
    ],
)
def test_a_wrong_section(section: str, code: str, marked: str) -> None:
    document = parse(
        Source("x.toml", f"{(ROOT / 'tests/networks/tiny.toml').read_text(encoding='utf-8')}\n{section}\n")
    )
    with pytest.raises(Faults) as caught:
        from_document(document)
    places = {
        (one.code, document.source.text[slice(*document.span(one.path, one.labels[0].on))])
        for one in caught.value.diagnostics
    }
    assert (code, marked) in places


def test_sections_change_no_network() -> None:
    text = PEERS["resnet18"].text()
    bare = from_document(parse(Source("resnet18.toml", text[: text.index("[weights.")])))
    assert archspec.load("resnet18").graph() == bare.graph()
    assert preprocess(bare) is None


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/weights.md: the Python is a doctest, beside files of random numbers; the TOML stands in the spec it names."""
    monkeypatch.chdir(tmp_path)
    torch.save(PEERS["googlenet"].made().state_dict(), "googlenet-1378be20.pth")
    text = (ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S))
    assert code
    test = doctest.DocTestParser().get_doctest(code, {}, "weights.md", None, 0)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert not said, "".join(said)
    spec = PEERS["googlenet"].text()
    lines = [line for block in re.findall(r"^```toml\n(.*?)^```$", text, re.M | re.S) for line in block.splitlines()]
    places = [spec.index(line) for line in lines if line.strip() and line != "..."]
    assert all(a < b for a, b in pairwise(places))
