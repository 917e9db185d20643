"""Words of the field that the language lacks: said as what they are, never another network. And slips, which are."""

from __future__ import annotations

import inspect

import pytest
import torch.nn

from archspec.api import from_document
from archspec.document import parse
from archspec.field import CALLED, LACKING, is_term, letters, term
from archspec.fixes import fixes
from archspec.habits import unknown_word
from archspec.notation import key_of
from archspec.source import Source
from archspec.vocabulary import CHOICES, OPERATION_SYNONYMS, OPERATIONS

WORDS = [word for table in (LACKING, CALLED) for words in table.values() for word in words.split(", ")]
SPEC = """\
format = 1
name   = "small"
input  = "8x8x3"

[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }

[table]
columns = ["type", "name", "patch", "out", "output"]
rows = [
  ["conv", "c1", "3x3", 4,  "8x8x4"],
  ["relu", "c2", "",    "", "8x8x4"],
]
"""
PLACES = {
    "type": ('"relu", "c2"', '"{}", "c2"'),
    "act": ('act = "relu"', 'act = "{}"'),
    "norm": ('norm = "none"', 'norm = "{}"'),
    "pad": ('pad = "same"', 'pad = "{}"'),
    "patch": ('"3x3"', '"{}"'),
    "defaults": ("conv = {", '"{}" = {{ eps = 1e-5 }}\nconv = {{'),
}


def findings(text: str) -> list[tuple[str, str, list[str]]]:
    document = parse(Source("spec.toml", text))
    found = from_document(document).check().diagnostics
    return [(one.message, one.help, [fix.title for fix in fixes(one, document)]) for one in found]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("word", ["gelu", "elu", "selu", "celu", "crelu", "prelu", "rrelu", "frelu", "srelu", "lrelu",
                                  "tan", "layer-norm", "instance-norm", "group-norm", "l2-pool", "meanpool", "lp pool",
                                  "hardswish", "LeakyReLU(0.1)", "upsample", "channel-shuffle"])  # fmt: skip
def test_a_word_of_the_field_is_named_and_nothing_is_offered_for_it(word: str, place: str) -> None:
    old, new = PLACES[place]
    found = findings(SPEC.replace(old, new.format(word)))
    assert any(word in message or key_of(word) in message for message, _, _ in found)
    assert not [fix for _, _, offered in found for fix in offered]
    assert "did you mean" not in " ".join(hint for _, hint, _ in found)


@pytest.mark.parametrize("choices", [tuple(OPERATIONS), *CHOICES.values()], ids=lambda one: one[0])
def test_no_word_of_the_table_is_a_slip_of_one_of_ours(choices: tuple[str, ...]) -> None:
    for word in WORDS:
        if word not in choices:
            found = unknown_word(word, choices)
            assert not found.facts.keys() & {"nearest", "near_miss"}, word
            assert found.help == getattr(term(word), "help", None)


def test_every_layer_of_torch_is_a_word_of_the_field_or_of_the_language() -> None:
    ours = {letters(word) for word in (*OPERATIONS, *OPERATION_SYNONYMS)}
    no_layers = ("Module", "Container", "Sequential", "DataParallel", "ModuleDict", "ModuleList", "ParameterDict",
                 "ParameterList")  # fmt: skip
    layers = [name for name, one in vars(torch.nn).items() if inspect.isclass(one) and issubclass(one, torch.nn.Module)]
    unknown = [name for name in layers if not is_term(name) and letters(name).replace("2d", "") not in ours]
    assert sorted({*unknown} - {*no_layers}) == []


@pytest.mark.parametrize(
    ("word", "choices", "nearest", "safe"),
    [
        ("rleu", tuple(OPERATIONS), "relu", True),
        ("reluu", CHOICES["act"], "relu", True),
        ("rellu", CHOICES["act"], "relu", True),
        ("batchnorm", tuple(OPERATIONS), "batch-norm", True),
        ("smae", ("same", "tf-same"), "same", True),
        ("sme", ("same", "tf-same"), "same", True),
        ("samee", ("same", "tf-same"), "same", True),
        ("zrelu", CHOICES["act"], "relu", False),  # a letter in front names another function
        ("lrm", tuple(OPERATIONS), "lrn", False),  # a short word
    ],
)
def test_a_slip_of_the_hand_is_known(word: str, choices: tuple[str, ...], nearest: str, safe: bool) -> None:
    assert unknown_word(word, choices).facts == {"nearest": nearest, "near_miss": safe}


@pytest.mark.parametrize(
    ("old", "new", "offered"),
    [
        ('pad = "same"', 'pad = "smae"', ["write `same`"]),
        ('act = "relu"', 'act = "relu", init = "xavier-uniiform"', ["write `xavier-uniform`"]),
        ("conv = {", "cnov = {", ["write `conv`"]),
    ],
)
def test_a_slip_in_defaults_is_one_finding_with_its_fix(old: str, new: str, offered: list[str]) -> None:
    ((_, _, fix),) = findings(SPEC.replace(old, new))
    assert fix == offered


def test_two_words_for_one_column_are_said_to_be_one() -> None:
    module = '[modules.two]\ncolumns = ["filters", "out"]\nlayers = [{ type = "relu" }]\n\n[table]'
    hints = {hint for message, hint, _ in findings(SPEC.replace("[table]", module)) if "twice" in message}
    assert hints == {"another word for `out`: `filters`"}


def test_a_word_where_a_number_is_needed_is_not_told_to_lose_its_quotes() -> None:
    text = SPEC.replace("conv = {", 'batch-norm = { eps = "learned" }\nconv = {')
    assert not [hint for _, hint, _ in findings(text) if "quotes" in hint]
