"""Sections [weights.NAME]: rules, mistakes in them, what images a checkpoint expects, and the page on them."""

from __future__ import annotations

import copy
import doctest
import pickle
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import EVALUATION, SEEN, difference, images
from published import PEERS, spec_of
from torch import Tensor
from torchvision import models

import archspec
from archspec import renaming
from archspec.api import from_document
from archspec.diagnostic import Fault, Faults
from archspec.document import parse
from archspec.source import Source
from archspec.weights import preprocess

ROOT = Path(__file__).parent.parent

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
    """docs/weights.md: the Python is a doctest, beside a file of random numbers; the TOML stands in the spec."""
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
