"""Published checkpoints: every [weights] section against the implementation it speaks of, and what is said of others.

The peers are drawn at random: names, shapes and numbers are theirs, the trained values are not needed.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from drawn import EVALUATION, SEEN, difference, images, mistaken
from published import LARGE, PEERS, SOURCES, Peer, layers_of, of_timm, shapes, spec_of
from torch import nn

import archspec
from archspec import bundled
from archspec.parameters import parameters
from archspec.weights import report

# --- every section ---------------------------------------------------------------------------------------------------


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
    with pytest.raises(ValueError, match=r"`3a`\.`#3×3`: 128×96×3×3 in the table, 32×16×3×3 in the checkpoint"):
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


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
@pytest.mark.parametrize("key", ["", "state_dict", "model_state_dict", "model"])
def test_what_a_wrapper_adds_to_the_names_is_taken_off(prefix: str, key: str) -> None:
    given: Any = {prefix + name: shape for name, shape in shapes("resnet18").items()}
    found = report(archspec.load("resnet18"), {"epoch": (), key: given} if key else given)
    assert (found.ok, found.source, found.loaded[0].there) == (True, "torchvision", f"{prefix}conv1.weight")
    assert f"begins with `{prefix}`" in found.render()
    assert [one.theirs for one in found.rules if not one.uses] == []


def test_a_prefix_that_not_every_name_has_is_part_of_the_names() -> None:
    given = {"module." + name: shape for name, shape in shapes("resnet18").items()} | {"epoch": ()}
    assert not report(archspec.load("resnet18"), given).loaded


def test_a_section_that_cannot_be_used_does_not_stop_the_others() -> None:
    text = PEERS["resnet18"].text() + '\n[weights.twice.names]\n"conv1" = "conv1"\n"{conv1,x}" = "{conv2_1.conv1,fc}"\n'
    given = shapes("resnet18")
    found = report(spec_of(PEERS["resnet18"], text), given)
    assert (found.ok, found.source) == (True, "torchvision")
    assert "note: [weights.twice] cannot be used: [weights.twice] gives `conv1` twice: " in found.render()
    with pytest.raises(ValueError, match="gives `conv1` twice"):
        report(spec_of(PEERS["resnet18"], text), given, "twice")


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


def test_a_checkpoint_of_a_wrapped_model(resnet: nn.Module) -> None:
    given: Any = {"epoch": 90, "model": nn.DataParallel(resnet).state_dict(), "optimizer": {"state": {}}}
    model = archspec.build("resnet18")
    assert archspec.load_weights(model, given).ok
    assert torch.equal(model.state_dict()["fc.weight"], resnet.state_dict()["fc.weight"])


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
