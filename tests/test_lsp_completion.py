"""What can be typed at a place of a text that may be unfinished. `‸` marks the cursor and is no part of the text."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from small_spec import SPEC, known

from archspec import bundled
from archspec.lsp import protocol
from archspec.lsp.analysis import analysis
from archspec.lsp.completion import Item, completions
from archspec.lsp.cursor import cursor
from archspec.lsp.opened import Opened
from archspec.source import Source


def offered(place: str, instead_of: str = "") -> dict[str, Item]:
    """The candidates where `place` stands in the text in place of another part, or at its end."""
    text = SPEC.replace(instead_of, place.replace("‸", ""), 1) if instead_of else SPEC + place.replace("‸", "")
    offset = (SPEC.index(instead_of) if instead_of else len(SPEC)) + place.index("‸")
    return {item.label: item for item in completions(known(), text, offset)}


@pytest.mark.parametrize(
    ("place", "instead_of", "among", "not_among"),
    [
        # types: words in rows, none in modules
        ('["conv‸', '["convolution", "a"', "convolution fc pair inception-v2 max-pool", "a b"),
        ('{ type = "‸', '{ name = "1x1",  type = "conv"', "pair conv inception-v2", "fc convolution"),
        ('convolution = "‸"', 'convolution = "pair"', "pair conv", "convolution fc"),
        # rows
        ('from = "‸', 'from = "a2"', "a pool1 b fc", "aux plain"),
        ('added = ["‸"]', 'added = ["fc"]', "a pool1 b fc", "convolution"),
        ("‸", "pool1.output", "a b fc", "conv"),
        ("\n[variants.x]\n‸", "", "a b pool1 extends reading defaults", "columns"),
        # the cells of a row, in a patch
        ("b.‸", "b.patch ", "patch out output repeat inner", "pad bias"),
        ("b.patch = ‸", 'b.patch      = "3×3/2"', "3×3 5×5/2 1×1", "8"),
        # notations and values of a column
        ('"pool1", "‸"', '"pool1", "3×3/2"', "3×3 5×5/2 global", "same"),
        ('"b",     "5×5/2", ‸', '"b",     "5×5/2", 12', "8 12 $classes", "3×3"),
        ('pad = "‸', 'pad = "same"', "same tf-same 0", "relu"),
        ("act = ‸", 'act = "relu"', "none relu tanh", "same"),
        ("bias = ‸", "bias = false", "true false", "none"),
        # keys
        ("{ pad = 0, ‸ }", '{ pad = 0, rounding = "ceil" }', "patch stride rounding", "pad out"),
        ("pair = { ‸", "pair     = { inner = 4", "patch stride out inner", "bias"),
        ('{ type = "conv", ‸', '{ type = "conv", patch = "1x1"', "patch out groups dilation", "type rounding output"),
        ('aux = { type = "fc", ‸', 'aux = { type = "fc"', "from loss-weight out bias", "output type"),
        ('out = "$‸', 'out = "$inner"', "$patch $stride $out $inner", "$classes"),
        ("\n[‸", "", "allow recipe weights", "format name input"),
        ("‸", "reading =", "[allow] [weights]", "format name"),
        ("\n[allow]\nb = { ‸", "", "output-size depth", "unknown-key"),
        ("\n[weights.x]\n‸", "", "names variant url", "rows"),
        ("\n[network]\n‸", "", "layers added units", "rows"),
        ("\n[weights.x.preprocess]\norder = ‸", "", "RGB BGR", "conv-norm-act"),
        ('added = ["fc"]\nunits = { ops = { of = "‸" } }', 'added = ["fc"]', "weights parameters macs flops", "fc"),
        # patches and captions
        ('reading = "‸"', 'reading = "wide"', "wide", "plain"),
        ('\n[variants.x]\nextends = ["‸"]', "", "plain", "wide"),
        ('columns = ["‸"', 'columns = ["type",', "type name patch out inner output params", "convolution"),
    ],
)
def test_completion_offers_what_fits(place: str, instead_of: str, among: str, not_among: str) -> None:
    found = offered(place, instead_of)
    assert [one for one in among.split() if one not in found] == []
    assert [one for one in not_among.split() if one in found] == []


def test_a_candidate_takes_the_place_of_the_whole_word() -> None:
    item = offered('["convol‸ution", "a"', '["convolution", "a"')["fc"]
    assert (item.new, item.detail) == ('"fc"', "read as linear")
    assert SPEC[slice(*item.span)] == '"convolution"'


def test_a_key_is_explained_as_its_section_has_it() -> None:
    assert offered("\n[weights.x.preprocess]\n‸")["order"].detail == "the order of the channels"
    assert offered("\n[weights.x]\n‸")["url"].detail == "where the checkpoint is published"


@pytest.mark.parametrize(
    ("place", "instead_of", "label", "filtered_by"),
    [
        ('["conv‸', '["convolution", "a"', "convolution", '"convolution"'),
        (
            "[conv‸",
            '["convolution", "a"',
            "convolution",
            "convolution",
        ),  # without a quote: some editors ask for a prefix
        ("al‸", "reading =", "[allow]", "allow"),
    ],
)
def test_what_is_typed_filters_the_candidates(place: str, instead_of: str, label: str, filtered_by: str) -> None:
    item = offered(place, instead_of)[label]
    opened = Opened("file:///small.toml", SPEC.replace(instead_of, place.replace("‸", ""), 1))
    assert [one.filter_text for one in protocol.completion(opened, [item])] == [filtered_by]


def test_the_commonest_value_of_a_column_comes_first() -> None:
    text = SPEC.replace('"5×5/2", 12', '"3×3/2", ‸')
    found = completions(known(), text.replace("‸", ""), text.index("‸"))
    assert [item.label for item in found][:2] == ["8", "12"]


@pytest.mark.parametrize(
    "text", ["x = 1 # ‸", "x = 1 ‸", "x = [1 ‸", "x ‸", "x = { a = 1 ‸", "x = 'it' ‸", '"a\\u0062" = ‸'], ids=repr
)
def test_where_nothing_can_be_typed_nothing_is_offered(text: str) -> None:
    assert completions(known(), text.replace("‸", ""), text.index("‸")) == ()


def test_completion_works_before_anything_can_be_read() -> None:
    text = "for"
    assert next(item.label for item in completions(None, text, 3)) == "format"
    text = '[network]\nlayers = [ { type = "conv", '
    assert "patch" in [item.label for item in completions(None, text, len(text))]
    text = '[network]\nlayers = [ { type = "'
    assert {"conv", "inception-v1"} <= {item.label for item in completions(None, text, len(text))}


@pytest.mark.parametrize("name", ["bn_inception", "inception_v2", "resnet50"])
def test_a_cursor_is_found_at_every_place_of_a_text(name: str) -> None:
    """Whatever is typed, at whatever place: nothing is raised, and what is replaced is around the cursor."""
    text = Path(bundled.path_of(name)).read_text(encoding="utf-8")
    spec = analysis(Source(name, text))
    for offset in range(0, len(text), 11):
        found = cursor(text, offset)
        if found is not None:
            assert found.span.start <= offset <= found.span.end
    for offset in random.Random(name).sample(range(len(text)), 20):
        completions(spec, text[:offset] + "\n" + text[offset:], offset)
