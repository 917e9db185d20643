"""Parameters: giving one another value changes the network, or something is said."""

from __future__ import annotations

import pytest

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.source import Source

TEXT = """
format = 1
name = "p"
input = "8x8x3"
[params]
classes = 10
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
[modules.m]
columns = ["classes"]
layers = [{ name = "c", type = "conv", patch = "1x1", out = "$classes" }]
[network]
layers = [{ name = "a", type = "conv", patch = "1x1", out = 4 }, { name = "b", type = "m", classes = 5 }]
[variants.wide]
a = { out = "$classes" }
"""


def of(text: str) -> Spec:
    return from_document(parse(Source("p.toml", text)))


def found(spec: Spec) -> list[str]:
    return [f"{one.code}: {one.message}" for one in spec.check().diagnostics]


def test_a_parameter_that_nothing_reads_is_a_fault() -> None:
    unread = "AS115: nothing in the file reads the parameter `classes`"
    assert found(of(TEXT.replace('$classes" }\n', '6" }\n').replace("[variants", "[variants"))) != []
    text = TEXT[: TEXT.index("[variants")]
    assert found(of(text)) == [unread]
    assert of(text).faults()
    with pytest.raises(ValueError, match=r'nothing reads the parameter `classes`: write "\$classes" in the cells'):
        of(text).with_params(classes=7)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("out = 4", 'out = "$classes"'),
        ("classes = 5", 'classes = "$classes"'),
        ('patch = "1x1", out = 4', 'patch = "1x${classes}", out = 4'),
        ("[network]", '[types]\n"x" = { type = "conv", patch = "1x1", out = "$classes" }\n[network]'),
    ],
)
def test_every_place_that_may_read_one_counts(before: str, after: str) -> None:
    text = TEXT[: TEXT.index("[variants")].replace(before, after)
    assert not [one for one in found(of(text)) if "parameter" in one]
    of(text).with_params(classes=7)


def test_one_that_only_a_variant_reads_is_none_until_it_is_given_without_it() -> None:
    spec = of(TEXT)
    assert found(spec) == []
    assert found(spec.with_params(classes=7)) == [
        "AS115: nothing in the network as it is chosen reads the parameter `classes`"
    ]
    assert spec.variant("wide").with_params(classes=7).graph()["a"].shape.channels == 7


def test_a_misspelt_reference_is_the_finding() -> None:
    text = TEXT.replace("out = 4", 'out = "$clases"').replace('a = { out = "$classes" }', 'a = { act = "none" }')
    assert not [one for one in found(of(text)) if one.startswith("AS115")]


@pytest.mark.parametrize("name", bundled.names())
def test_every_parameter_of_a_bundled_spec_changes_its_network(name: str) -> None:
    spec = archspec.load(name)
    spec = spec.reading(next(iter(spec.file.readings))) if spec.needs_reading else spec
    for key, value in spec.file.params.items():
        if isinstance(value, int):
            assert spec.with_params(**{key: value + 1}).graph() != spec.graph()


# --- names that nobody wrote -----------------------------------------------------------------------------------------


def test_a_layer_that_is_called_as_its_join_is_one_finding() -> None:
    text = (
        TEXT[: TEXT.index("[params]")]
        + TEXT[TEXT.index("[defaults]") : TEXT.index("[modules")]
        + """
[modules.m]
join = "concat"
branches = [{ name = "concat", type = "conv", patch = "1x1", out = 3 }, { name = "b", type = "identity" }]
[network]
layers = [{ name = "a", type = "m" }, { name = "c", type = "m" }]
"""
    )
    first, *others = of(text).check().diagnostics
    assert (first.message, others) == ("two things are called `a.concat`", [])
    assert first.help == "`concat` is the name of the join here: rename the layer"
    assert first.notes == ("and 1 more like it",)


def test_the_names_that_repeat_makes_are_said() -> None:
    layers = '[{ name = "block1", type = "relu" }, { name = "block", type = "relu", repeat = 8 }]'
    text = TEXT[: TEXT.index("[params]")] + f"[network]\nlayers = {layers}\n"
    (found,) = of(text).check().diagnostics
    assert found.help == "`repeat` makes `block1` of `block`: rename one of them"
