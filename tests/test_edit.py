"""A spec changed and written: cells edited in the text, a choice written in as a file of its own."""

from __future__ import annotations

import pytest

import archspec
from archspec import bundled, edit, weights
from archspec.api import Spec, from_document
from archspec.diagnostic import Faults
from archspec.document import parse
from archspec.source import Source

CHOSEN = [(name, variant) for name in bundled.names() for variant in archspec.load(name).file.variants]


def of_text(text: str) -> Spec:
    return from_document(parse(Source("written.toml", text)))


@pytest.mark.parametrize(("name", "variant"), CHOSEN)
def test_a_variant_written_as_a_file_is_the_same_network(name: str, variant: str) -> None:
    chosen = archspec.load(name).variant(variant)
    chosen = chosen.reading(next(iter(chosen.file.readings))) if chosen.needs_reading else chosen
    written = of_text(chosen.to_toml())
    assert [(node.name, node.op, node.shape) for node in written.graph().nodes] == [
        (node.name, node.op, node.shape) for node in chosen.graph().nodes
    ]
    assert written.check().ok


def test_claims_of_the_paper_do_not_outlive_a_choice() -> None:
    text = archspec.load("googlenet").with_params(classes=10).to_toml()
    assert of_text(text).check().ok
    assert 'name = "fc", output = "1×1×10"' in text
    assert archspec.load("googlenet").as_printed().to_toml().count('"2.7K"') == 1


def test_a_name_cannot_break_the_comment_it_is_written_in() -> None:
    text = archspec.load("bn_inception").document.source.text.replace('"BN-Inception"', '"a # \\"b"')
    assert of_text(of_text(text).variant("dense").to_toml()).name == 'a # "b'


def test_whatever_a_file_holds_can_be_written() -> None:
    cells = "name = 'a', type = 'relu', out = 1979-05-27, patch = 07:32:00, pad = nan"
    text = f"format = 1\nname = 'x'\ninput = '8x8x3'\nnetwork.layers = [ {{ {cells} }} ]\n"
    spec = of_text(text)
    again = of_text(spec.as_printed().to_toml()).as_printed()
    assert [one.message for one in again.check().diagnostics] == [one.message for one in spec.check().diagnostics]


def test_an_edit_changes_the_cell_in_force_and_nothing_else() -> None:
    spec = archspec.load("bn_inception")
    before = spec.document.source.text.splitlines()
    after = spec.edit({"4c.proj": 96, "4c.output": "14×14×600"}).document.source.text.splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 2
    assert "avg + 96" in changed[0][1]
    assert changed[1] == ('4c.output = "14×14×608"', '4c.output = "14×14×600"')


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("9z.proj", "no row is called `9z`"),
        ("4c", "`4c` is a row; name a cell of it"),
        ("4c.nope", "the table has no column `nope`"),
    ],
)
def test_an_edit_of_what_is_not_there(address: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        archspec.load("bn_inception").edit({address: 1})


def test_a_report_can_be_raised() -> None:
    archspec.load("bn_inception").check().raise_if_failed()
    with pytest.raises(Faults, match="`4c` prints 576 channels, its branches give 608"):
        archspec.load("bn_inception").as_printed().check().raise_if_failed()


@pytest.mark.parametrize("name", bundled.names())
def test_a_chosen_spec_keeps_its_recipe_and_the_weights_that_are_its_own(name: str) -> None:
    own = archspec.load(name)
    chosen = [own.with_input("320x320")] if own.file.weights else []
    for one in (*chosen, *(own.variant(variant) for variant in own.file.variants)):
        again = of_text(one.to_toml())
        assert edit.recipe(again) == edit.recipe(one)
        kept = {key: section for key, section in one.file.weights.items() if edit.belongs(section, one)}
        assert again.file.weights.keys() == kept.keys()
        for key, section in kept.items():
            assert again.file.weights[key].preprocess == section.preprocess
            assert again.file.weights[key].url == section.url
            assert weights._rules(again, key) == weights._rules(one, key)


def test_a_recipe_of_a_variant_is_kept() -> None:
    text = (
        'format = 1\nname = "r"\ninput = "8x8x3"\n[network]\nlayers = [{ name = "a", type = "relu" }]\n'
        '[recipe]\nepochs = 90\nschedule = { name = "step", every = 30 }\n'
        "[variants.longer]\nrecipe = { epochs = 300 }\n"
    )
    spec = of_text(text)
    assert of_text(spec.with_input("9x9").to_toml()).file.recipe == spec.file.recipe
    longer = of_text(spec.variant("longer").to_toml())
    assert longer.file.recipe == {"epochs": 300, "schedule": {"name": "step", "every": 30}}
