"""What the language server knows of a text, without a server: places, hints, hovers, and what is kept while it is
broken."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli
from small_spec import SPEC, at, known, line_of

from archspec import bundled, meanings
from archspec.file import File
from archspec.lsp.actions import actions
from archspec.lsp.analysis import Analysis, analysis
from archspec.lsp.completion import completions
from archspec.lsp.hints import hints
from archspec.lsp.hover import hover
from archspec.lsp.navigation import definition, references
from archspec.lsp.opened import Opened
from archspec.lsp.outline import outline
from archspec.lsp.positions import Encoding, Positions
from archspec.source import Source
from archspec.vocabulary import BLOCK_KEYS, BLOCK_PARTS, CHOICES, CLAIMS, HEAD_KEYS, LAYER_KEYS, OPERATIONS

# --- places ----------------------------------------------------------------------------------------------------------

# every kind of line end, a tab, characters of one to four bytes in UTF-8, one and two units in UTF-16
LINES = "a\tb = 1\r\nc = '×𝔸é'\rd = \"\U0001f600\"\n\x0b\u2028\x85e"


@pytest.mark.parametrize(
    ("encoding", "width"), [("utf-8", lambda c: len(c.encode())), ("utf-32", lambda c: 1)], ids=["utf-8", "utf-32"]
)
def test_positions_count_units_of_the_encoding(encoding: Encoding, width: object) -> None:
    check_positions(encoding, width)


def test_positions_are_utf_16_unless_agreed_otherwise() -> None:
    assert Positions(LINES).encoding == "utf-16"
    check_positions("utf-16", lambda c: len(c.encode("utf-16-le")) // 2)


def check_positions(encoding: Encoding, width: object) -> None:
    assert callable(width)
    positions = Positions(LINES, encoding)
    line, character = 0, 0
    for offset, sign in enumerate(LINES):
        assert positions.position(offset) == (line, character)
        if LINES[max(offset - 1, 0) : offset + 1] != "\r\n":  # between the two, the line has ended already
            assert positions.offset(line, character) == offset
        if sign == "\n" or (sign == "\r" and LINES[offset + 1] != "\n"):
            line, character = line + 1, 0
        elif sign != "\r":
            character += width(sign)
    assert line == 3  # only \n, \r\n and \r end a line


def test_a_position_that_is_none_is_the_nearest_place() -> None:
    positions = Positions("x = '𝔸'\nlast")
    assert positions.offset(0, 6) == 5  # inside the pair of units
    assert positions.offset(0, 99) == 7
    assert positions.offset(9, 0) == 12
    assert positions.position(99) == (1, 4)


def test_lone_surrogates_have_places() -> None:
    assert Positions("a\ud800b").position(2) == (0, 2)


# --- hints -----------------------------------------------------------------------------------------------------------


def test_hints_say_what_each_row_and_head_gives() -> None:
    found = {line_of(end).split(",")[1 if '["' in line_of(end) else 0].strip(): text for end, text in hints(known())}
    assert found == {
        '"a"': "→ 32×32×16, 804 params",
        '"pool1"': "→ 16×16×16",
        '"b"': "→ 8×8×24, 1.46K params",
        '"fc"': "→ 1×1×10, 15.4K params",
        'aux = { type = "fc"': "→ 1×1×10, 164K params",
    }


def test_hints_are_computed_and_not_what_is_printed() -> None:
    text = SPEC.replace("8×8×24", "8×8×25")
    assert "→ 8×8×24, 1.46K params" in [hint for _, hint in hints(known(text))]


def test_a_row_at_fault_has_no_hint_and_the_others_have() -> None:
    text = SPEC.replace('"5×5/2"', '"55/2"')
    assert [hint for _, hint in hints(known(text))][:2] == ["→ 32×32×16, 804 params", "→ 16×16×16"]
    assert len(list(hints(known(text)))) == 4


# --- after an edit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bundled.names())
def test_what_is_known_after_an_edit_is_what_is_known_at_once(name: str) -> None:
    """Rows that an edit leaves alone are not run again: what is found must be the same, whatever was known before."""
    text = Path(bundled.path_of(name)).read_text(encoding="utf-8")
    draw = random.Random(name)
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    before: Analysis | None = None
    for place in draw.sample(places, 4):
        edited = text[:place] + draw.choice("0123456789") + text[place + 1 :]
        before = analysis(Source(name, edited), before)
        fresh = analysis(Source(name, edited))
        assert before.diagnostics == fresh.diagnostics
        assert list(hints(before)) == list(hints(fresh))


def test_one_and_true_are_not_the_same_cell() -> None:
    text = SPEC.replace("bias = false", "bias = true")
    before = known(text)
    after = analysis(Source("small.toml", text.replace("bias = true", "bias = 1")), before)
    assert {one.code for one in after.diagnostics} == {"AS103"}


# --- hover -----------------------------------------------------------------------------------------------------------


def said(place: str, text: str = SPEC) -> str | None:
    found = hover(known(text), at(place, text))
    return found[1] if found else None


def test_hover_on_a_row_is_its_arithmetic() -> None:
    assert said('"b‸",     "5×5/2"') == (
        "**`b`** `convolution`: 16×16×16 → 8×8×24\n\n"
        "12 (`out`) + 12 (`out`) = 24 channels\n\n"
        "1,456 params · 105,472 MACs · depth 2 · receptive field 15×15\n\n"
        "```text\n"
        "            kernel  channels    map  params    MACs\n"
        "branch_1x1   1×1/2   16 → 12    8×8     192  12,288\n"
        "long.conv1     1×1    16 → 4  16×16      64  16,384\n"
        "long.conv2   5×5/2    4 → 12    8×8   1,200  76,800\n"
        "```"
    )


@pytest.mark.parametrize(
    ("place", "begins"),
    [
        ('"pat‸ch/stride", "out", "rep', "**`patch`**: the window"),
        ("rounding‸ =", "**`rounding`**: whether a last window that does not fit"),
        ("max-po‸ol =", "**`max-pool`**: the largest value of each window"),
        ("[modules.pa‸ir]", "**`pair`**, a module of this file  \ncolumns: `patch`, `out`  \noptional: `inner` = `8`"),
        ('convolution = "pa‸ir"', "**`pair`**, a module of this file"),
        ('["convolu‸tion", "a"', "`convolution` is read as `pair`\n\n**`a`** `convolution`: 32×32×3 → 32×32×16"),
        ('"$clas‸ses"', "`$classes` is `10`"),
        ("pool‸1.output", "**`pool1`** `max pool`: 32×32×16 → 16×16×16"),
        ("[hea‸ds]", "**`heads`**: side outputs"),
        ("wh‸y   =", "**`why`**: the reason, for people"),
        ("inn‸er = 8", "**`inner`**: a column of `pair`"),
        ("[heads]\nau‸x =", "**`aux`** `fc`: 32×32×16 → 1×1×10"),
    ],
)
def test_hover_says_what_a_word_means(place: str, begins: str) -> None:
    assert (said(place) or "").startswith(begins)


MORE = """
[variants.wider]
defaults.conv.bias = true

[recipe]
rate = 0.1

[weights.published]
why        = "x"
preprocess = { range = [0, 1], order = "RGB", mean = [0, 0, 0], std = [1, 1, 1] }
names      = { bias = "fc" }
"""


@pytest.mark.parametrize(
    ("place", "begins"),
    [
        ("{ K‸ = 1024", "**`K`**: what K stands for"),  # and not the constant of an `lrn`
        ('of = "we‸ights"', "**`of`**: what is counted"),
        ("ord‸er =", '**`order`**: the order of the channels  \nholds "RGB", "BGR"'),  # and not that of norm and act
        ("ran‸ge", "**`range`**: the lowest and the highest value of a pixel"),
        ("arxi‸v", "**`arxiv`**: its number on arXiv"),
        ("defaults.con‸v.bias", "**`conv`**: a convolution"),
        ("defaults.conv.bi‸as", "**`bias`**: whether a bias is added"),
        ("ra‸te = 0.1", ""),  # names that people chose, which happen to be keys elsewhere
        ('bi‸as = "fc"', ""),
        ("siz‸e =", "`$size` is `3`"),
    ],
)
def test_hover_says_what_a_key_means_where_it_stands(place: str, begins: str) -> None:
    text = SPEC.replace('added = ["fc"]', 'added = ["fc"]\nunits = { params = { K = 1024, of = "weights" } }')
    text = text.replace("[params]", 'paper = { arxiv = "1" }\n\n[params]\nsize = 3') + MORE
    found = said(place, text) or ""
    assert found.startswith(begins) if begins else not found
    assert "**`size`**" not in found


@pytest.mark.parametrize("place", ["# an im‸age", "# hal‸ves it", "\n‸\n[params]"])
def test_hover_says_nothing_in_comments_and_between_tokens(place: str) -> None:
    assert said(place) is None


def test_names_of_a_file_cannot_write_markdown() -> None:
    text = SPEC.replace('"pool1"', '"``` **x** `"').replace("pool1.output", '"``` **x** `".output')
    found = hover(known(text), text.index('"``` **x** `",') + 1)
    assert found is not None
    assert found[1].startswith("**```` ``` **x** ` ````** `max pool`")


def test_every_word_of_the_language_has_a_meaning() -> None:
    keys = {key for operation in OPERATIONS.values() for key in operation.keys}
    keys |= {*LAYER_KEYS, *BLOCK_KEYS, *BLOCK_PARTS, *HEAD_KEYS, *CLAIMS, "columns", "optional"}
    assert set(meanings.KEYS) == keys
    assert set(meanings.OPERATIONS) == set(OPERATIONS)
    assert set(meanings.SECTIONS) == set(File.model_fields)
    kinds = {kind for operation in OPERATIONS.values() for kind in operation.keys.values()}
    assert kinds | set(CLAIMS.values()) <= {*meanings.KINDS, *CHOICES}


# --- an open file ----------------------------------------------------------------------------------------------------


def test_while_a_text_is_broken_the_last_good_one_answers() -> None:
    opened = Opened("file:///small.toml", SPEC)
    assert opened.good is opened.latest
    broken = SPEC.replace('["max pool",    "pool1"', '["max pool,    "pool1", 12')
    later = opened.edited(broken, 2)
    assert [one.code for one in later.latest.diagnostics] == ["AS001"]
    assert later.good is opened.good
    assert later.good is not None
    # what stands before and behind the change is found where it stands now; what is inside it is not
    assert later.good_offset(at("convolu‸tion = ", broken)) == at("convolu‸tion = ")
    assert later.good_offset(at("b‸.patch", broken)) == at("b‸.patch")
    assert later.good_offset(at('"pool1", 1‸2', broken)) is None
    spans = [later.from_good(span) for span in references(later.good, at("b‸.patch"))]
    assert [broken[slice(*span)] for span in spans if span] == ['"b"', "b", "b", "b"]
    mended = later.edited(SPEC, 3)
    assert mended.good is mended.latest


def test_a_long_file_of_lines_that_are_alike_is_followed_through_a_break() -> None:
    text = SPEC + "# the same again\n" * 20_000
    opened = Opened("file:///long.toml", text)
    assert opened.good is opened.latest
    broken = text.replace("format  = 1", "format  = = 1")
    start = time.process_time()
    assert opened.edited(broken, 2).good_offset(at("b‸.patch", broken)) == at("b‸.patch", text)
    assert time.process_time() - start < 5  # compared line by line it is half a minute


def test_a_file_is_a_spec_where_it_says_its_format_first() -> None:
    assert Opened("a.toml", "# x\n\n  format = 1\n").is_spec
    assert Opened("a.toml", '\ufeff"format"=1').is_spec
    assert not Opened("a.toml", '[tool.x]\nformat = 1\nname = "no spec"').is_spec
    assert not Opened("a.toml", "").is_spec
    once = Opened("a.toml", SPEC)
    assert once.latest
    assert once.edited(SPEC.replace("format ", "fromat "), 2).is_spec


def test_a_byte_order_mark_shifts_no_place() -> None:
    opened = Opened("a.toml", "\ufeff" + SPEC)
    assert opened.latest.document is not None
    assert opened.offset(0, 1) == 0
    assert opened.range(opened.latest.document.span(("format",))) == ((0, 11), (0, 12))
    assert opened.range(opened.latest.document.span(("name",))) == ((1, 10), (1, 17))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_typed_nothing_is_raised(seed: int) -> None:
    """Texts that are cut, doubled and sprinkled with signs, edit after edit, and every question at any place."""
    draw = random.Random(seed)
    opened = Opened("file:///small.toml", SPEC)
    for version in range(25):
        text = opened.text if opened.good is opened.latest or version % 4 else SPEC
        start, length = draw.randrange(len(text) + 1), draw.randrange(12)
        sign = draw.choice("\"'[]{}=,.#$\n\r\t×\U0001d538\x00\ud800\u2028 10-") * draw.randrange(3)
        opened = opened.edited(text[:start] + sign + text[start + length :], version)
        for _ in range(5):
            place = draw.randrange(len(opened.latest.source.text) + 1)
            completions(opened.good, opened.latest.source.text, place)
            list(actions(opened.latest, place, place))
            if opened.good is not None and (good := opened.good_offset(place)) is not None:
                hover(opened.good, good)
                for span in references(opened.good, good):
                    opened.from_good(span)
                definition(opened.good, good)
                outline(opened.good)
        if opened.good is not None:
            assert list(hints(opened.good)) == list(hints(analysis(opened.good.source)))


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_settings_on_the_page_can_be_read_and_start_the_server() -> None:
    page = (
        (Path(__file__).parent.parent / "docs" / "editors.md").read_text(encoding="utf-8").partition("\n## Schema")[0]
    )
    blocks = dict.fromkeys(re.findall(r"^```(json|toml|lua)\n(.*?)^```", page, flags=re.S | re.M))
    readers: dict[str, Callable[[str], object]] = {"json": json.loads, "toml": tomli.loads, "lua": str}
    texts = [str(readers[kind](block)) for kind, block in blocks]
    assert sum("archspec" in text and "lsp" in text for text in texts) == 4
    assert {"json", "toml", "lua"} == {kind for kind, _ in blocks}
