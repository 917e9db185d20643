"""Words of the field that the language lacks: said as what they are, never another network. And slips, which are."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import torch.nn

from archspec.api import from_document
from archspec.bundled import path_of
from archspec.cli import main
from archspec.document import parse
from archspec.field import CALLED, LACKING, is_term, letters, term
from archspec.fixes import applied, fixes
from archspec.habits import unknown_word
from archspec.initialisation import SCHEMES
from archspec.lsp.analysis import analysis
from archspec.modules import library_names
from archspec.notation import key_of
from archspec.source import Source
from archspec.vocabulary import CHOICES, OPERATION_SYNONYMS, OPERATIONS

LISTS = [*LACKING.values(), *(words for called in CALLED.values() for words in called.values())]
WORDS = [word for words in LISTS for word in words.split(", ")]
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
            meant = term(word)
            assert meant is not None
            assert found.help in (meant.help, "")
            assert found.help or meant.beside not in choices


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


# --- every word in every place ---------------------------------------------------------------------------------------

WHOLE = """\
format = 1
name   = "small"
input  = "8x8x3"

[types]
point = "conv"

[defaults]
conv       = { pad = "same", bias = true, norm = "none", act = "relu", order = "conv-norm-act" }
max-pool   = { pad = 0, rounding = "floor" }
batch-norm = { eps = 1e-3 }

[modules.two]
columns  = ["width"]
join     = "concat"
branches = [
  { name = "a", type = "conv", patch = "1x1", out = "$width", act = "tanh" },
  { name = "b", type = "max-pool", patch = "3x3", pad = 1 },
]

[modules.one]
layers   = [ { name = "c", type = "conv", patch = "1x1", out = 8, init = "he-normal" } ]
shortcut = "identity"

[table]
columns = ["type", "name", "patch", "out", "width", "output"]
rows = [
  ["conv",  "c1", "3x3", 4,  "", "8x8x4"],
  ["relu",  "c2", "",    "", "", "8x8x4"],
  ["two",   "c3", "",    "", 4,  "8x8x8"],
  ["one",   "c4"],
  ["point", "c5", "1x1", 4,  "", "8x8x4"],
]

[heads]
aux = { from = "c3", type = "softmax", loss-weight = 0.3 }

[errata]
c2.type = { read = "sigmoid", why = "a test" }

[variants.other]
c2.type = "tanh"
"""

# A text that stands once in the file, and what it is with a word in the place that is tried.
EVERYWHERE = {
    "a row's type": ('["relu",', '["{}",'),
    "a patch": ('"1x1", 4,', '"{}", 4,'),
    "a word of [types]": ('point = "conv"', 'point = "{}"'),
    "a key of [defaults]": ("batch-norm = {", '"{}" = {{'),
    "pad": ('pad = "same"', 'pad = "{}"'),
    "norm": ('norm = "none"', 'norm = "{}"'),
    "act": ('act = "relu"', 'act = "{}"'),
    "order": ('"conv-norm-act"', '"{}"'),
    "rounding": ('"floor"', '"{}"'),
    "join": ('"concat"', '"{}"'),
    "shortcut": ('"identity"', '"{}"'),
    "an act in a module": ('"tanh" }', '"{}" }}'),
    "a type in a module": ('type = "max-pool"', 'type = "{}"'),
    "init": ('"he-normal"', '"{}"'),
    "the type of a head": ('"softmax"', '"{}"'),
    "an erratum": ('"sigmoid"', '"{}"'),
    "a variant": ('c2.type = "tanh"', 'c2.type = "{}"'),
}


def test_the_file_of_every_place_has_nothing_wrong() -> None:
    assert from_document(parse(Source("", WHOLE))).check().diagnostics == ()
    assert all(WHOLE.count(old) == 1 for old, _ in EVERYWHERE.values())


def is_left_alone(place: str, word: str, path: Path) -> None:
    """Whatever is fixed, by guesses too, the word stays; no repair takes its place, and nothing is asked for it."""
    old, new = EVERYWHERE[place]
    text = WHOLE.replace(old, new.format(word))
    known = analysis(Source("", text))
    written = new.format(word)
    for one in known.diagnostics:
        assert written in text
        assert not any(word == there for repair in one.repairs for _, _, there, _ in repair.edits), (place, word, one)
        assert f"`{word}`" not in one.message or "did you mean" not in one.help, (place, word, one)
    path.write_text(text, encoding="utf-8")
    main(["validate", "--fix", "--unsafe-fixes", str(path)])
    assert written in path.read_text(encoding="utf-8"), (place, word)


def words_of(place: str) -> list[str]:
    """The words that mean nothing in a place, and name nothing of the language in other letters."""
    choices = (
        *CHOICES.get(place, ()),
        *SCHEMES,
        *OPERATIONS,
        *OPERATION_SYNONYMS,
        *library_names(),
        "same",
        "tf-same",
        "global",
    )
    ours = {key_of(one).replace("-", "") for one in choices}
    return [word for word in WORDS if key_of(word).replace("-", "").replace("2d", "") not in ours]


def test_a_word_of_the_field_stays_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every other word in one place, the places in turn."""
    for at, place in enumerate(EVERYWHERE):
        for word in words_of(place)[at :: 2 * len(EVERYWHERE)]:
            is_left_alone(place, word, tmp_path / "net.toml")
    assert "fixed" not in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("place", EVERYWHERE)
def test_words_of_the_field_stay_in_every_place(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word in words_of(place)[::4]:
        is_left_alone(place, word, tmp_path / "net.toml")
    assert "fixed" not in capsys.readouterr().out


def slips(word: str) -> set[str]:
    """What one slip of the hand makes of a word."""
    letters_ = "abcdefghijklmnopqrstuvwxyz"
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    made = {head + tail[1:] for head, tail in parts if tail}
    made |= {head + letter + tail for head, tail in parts for letter in letters_}
    made |= {head + letter + tail[1:] for head, tail in parts if tail for letter in letters_}
    made |= {head + tail[1] + tail[0] + tail[2:] for head, tail in parts if len(tail) > 1}
    return made - {word, ""}


@pytest.mark.parametrize("choices", [tuple(OPERATIONS), *CHOICES.values()], ids=lambda one: one[0])
def test_a_slip_that_is_a_word_of_the_field_is_none(choices: tuple[str, ...]) -> None:
    for word in choices:
        for slip in slips(word):
            if is_term(slip) and slip not in choices:
                assert "near_miss" not in unknown_word(slip, choices).facts, slip


# --- the odd one out -------------------------------------------------------------------------------------------------

TWO = """\
format = 1
name   = "m"
input  = "32x32x3"
[defaults]
conv = { pad = "same", bias = false, norm = "none", act = "relu" }
[table]
columns = ["type", "name", "width"]
rows = [["two", "a", 16]]
[modules.two]
columns = ["width"]
layers  = [{ type = "conv", name = "c", patch = "3x3", out = "$width" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        ('columns = ["width"]', 'columns = ["widht"]', "write `width`"),
        ('columns = ["width"]', "optional = { widht = 8 }", "write `width`"),
        ('columns = ["width"]', 'column = ["width"]', "write `columns`"),
        ('"name", "width"]', '"name", "widht"]', "write `width`"),
        ('"$width"', '"$widht"', "write `$width`"),
        ('{ type = "conv", name', '{ tpye = "conv", name', "write `type`"),
        ("[table]", '[types]\ntwo = { tpye = "two" }\n[table]', "write `type`"),
    ],
)
def test_a_declaration_or_a_use_that_stands_alone_is_the_one_that_is_mended(old: str, new: str, title: str) -> None:
    text = TWO.replace(old, new)
    ((_, _, offered),) = findings(text)
    assert offered[0] == title
    known = analysis(Source("", text))
    (one,) = known.diagnostics
    mended = applied(text, known.tried(one, known.document or known.source)[0].edits)
    assert findings(mended) == []


def test_a_declaration_of_a_bundled_module_is_one_finding() -> None:
    text = path_of("bn_inception").read_text(encoding="utf-8")
    module = """
[modules.mine]
columns = ["#3x3 reeduce", "#3x3"]
layers = [
  { name = "reduce", type = "conv", patch = "1x1", out = "$3x3-reduce" },
  { name = "again", type = "conv", patch = "1x1", out = "$3x3-reduce" },
  { name = "three", type = "conv", patch = "3x3", out = "$3x3" },
]
"""
    ((message, hint, offered),) = findings(text + module)
    assert message == "[modules.mine]: no layer uses the column `#3x3 reeduce`; they use `3x3-reduce`"
    assert (hint, offered) == ("did you mean `3x3-reduce`?", ["write `3x3-reduce`"])


@pytest.mark.parametrize("caption", ["operator", "Layer", "op"])
def test_a_caption_of_types_is_asked_for(caption: str) -> None:
    ((message, hint, _),) = findings(SPEC.replace('["type", "name"', f'["{caption}", "name"'))
    assert (message, hint) == (f"no row reads the column `{caption}`", "did you mean `type`?")


def test_a_caption_of_size_and_stride_is_a_patch() -> None:
    ((_, hint, offered),) = findings(SPEC.replace('"patch"', '"size/stride"'))
    assert (hint, offered) == ("did you mean `patch/stride`?", ["write `patch/stride`"])


def test_a_rate_is_kept_where_its_word_is_misspelt() -> None:
    ((_, hint, offered),) = findings(SPEC.replace('["relu", "c2"', '["dropuot (40%)", "c2"'))
    assert (hint, offered[0]) == ("did you mean `dropout (40%)`?", "write `dropout (40%)`")


def test_a_share_of_filters_is_no_width() -> None:
    text = SPEC.replace('"out", "output"', '"multiplier", "output"').replace('4,  "8x8x4"', '0.5,  "8x8x4"')
    assert not [fix for _, _, offered in findings(text) for fix in offered if "8" in fix.split("->")[-1]]
