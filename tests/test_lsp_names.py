"""Names of rows and modules in an editor: where they are declared and used, renaming, the outline, and code actions."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from small_spec import SPEC, at, known, line_of

from archspec import bundled
from archspec.fixes import applied
from archspec.lsp.actions import actions
from archspec.lsp.analysis import analysis
from archspec.lsp.navigation import Refused, definition, references, renameable, renamed
from archspec.lsp.outline import Entry, outline
from archspec.lsp.symbols import occurrences
from archspec.source import Source

# --- names -----------------------------------------------------------------------------------------------------------


def texts(spans: object, text: str = SPEC) -> list[str]:
    assert isinstance(spans, tuple)
    return [f"{line_of(span.start, text).strip()[:18]} | {text[slice(*span)]}" for span in spans]


@pytest.mark.parametrize(
    ("place", "declared"),
    [
        ("b‸.patch", '"b"'),
        ('from = "a‸2"', '"a"'),
        ('added = ["f‸c"]', '"fc"'),
        ('convolution = "pa‸ir"', "pair"),
        ('["convolut‸ion", "b"', "convolution"),
        ('"$inn‸er"', "inner"),
        ('"1x1/$str‸ide"', "stride"),
        ('"$clas‸ses"', "classes"),
        ('reading = "wi‸de"', "wide"),
    ],
)
def test_definition(place: str, declared: str) -> None:
    (found,) = definition(known(), at(place))
    assert found.source is None
    assert SPEC[slice(*found.span)] == declared


def test_a_module_of_the_library_is_defined_in_its_file() -> None:
    text = SPEC.replace('convolution = "pair"', 'convolution = "reduced-conv"')
    (found,) = definition(known(text), at('"reduced-‸conv"', text))
    assert found.source is not None
    assert Path(found.source.name).name == "inception.toml"
    assert found.source.text[slice(*found.span)] == "[modules.reduced-conv]"


def test_references_are_every_place_that_names_a_row() -> None:
    assert texts(references(known(), at("b‸.patch"))) == [
        '["convolution", "b | "b"',
        "b.out = 12 | b",
        'b.patch      = "3× | b',
        "b.out        = 16 | b",
    ]
    assert len(references(known(), at("b‸.patch"), declared=False)) == 3


def test_references_of_a_module() -> None:
    assert texts(references(known(), at("[modules.pa‸ir]"))) == [
        'convolution = "pai | "pair"',
        "pair     = { inner | pair",
        "[modules.pair] | pair",
    ]


@pytest.mark.parametrize("name", bundled.names())
def test_every_name_of_a_bundled_spec_leads_to_its_declaration(name: str) -> None:
    text = Path(bundled.path_of(name)).read_text(encoding="utf-8")
    spec = analysis(Source(name, text))
    found = occurrences(spec)
    assert {one.symbol.kind for one in found} >= {"row"}
    for one in found:
        assert definition(spec, one.span.start), one


# --- renaming --------------------------------------------------------------------------------------------------------


def test_renaming_a_row_changes_every_place_that_names_it() -> None:
    spec = known()
    text = applied(SPEC, renamed(spec, at('"a‸",     "3×3"'), "4 a"))
    changed = [new for old, new in zip(SPEC.splitlines(), text.splitlines(), strict=True) if old != new]
    assert changed == [
        '  ["convolution", "4 a",     "3×3",    8,  2, "32×32×16"],',
        'aux = { type = "fc", from = "4 a2", loss-weight = 0.3 }',
        '"4 a".out        = 4',
    ]
    assert [one.code for one in known(text).diagnostics] == [one.code for one in spec.diagnostics]


def test_an_instance_keeps_its_number_when_its_row_is_renamed() -> None:
    text = applied(SPEC, renamed(known(), at('"a‸",     "3×3"'), "conv3"))
    assert 'from = "conv3_2"' in text


def test_renaming_a_module_changes_every_place_that_names_it() -> None:
    text = applied(SPEC, renamed(known(), at('convolution = "pa‸ir"'), "two ways"))
    changed = [new for old, new in zip(SPEC.splitlines(), text.splitlines(), strict=True) if old != new]
    assert changed == ['convolution = "two ways"', '"two ways"     = { inner = 4 }', '[modules."two ways"]']
    assert [one.code for one in known(text).diagnostics] == [one.code for one in known().diagnostics]


def test_a_module_can_be_given_another_spelling_of_its_name() -> None:
    text = applied(SPEC, renamed(known(), at("[modules.pa‸ir]"), "Pair"))
    assert "[modules.Pair]" in text
    assert 'convolution = "Pair"' in text


def test_what_is_renamed_is_shown_without_quotes() -> None:
    span, name = renameable(known(), at('["convolution", "b‸"'))
    assert (SPEC[slice(*span)], name) == ("b", "b")
    assert renameable(known(), at("[modules.pa‸ir]"))[1] == "pair"


@pytest.mark.parametrize(
    ("place", "name", "why"),
    [
        ('["convolution", "b‸"', "a", "there is a row called `a` already"),
        ('["convolution", "b‸"', "aux", "there is a head called `aux` already"),
        ('["convolution", "b‸"', "types", "a row cannot be called `types`"),
        ('["convolution", "b‸"', " ", "a row's name is text on one line"),
        ('["convolution", "b‸"', "b\n[x]", "a row's name is text on one line"),
        ('["convolution", "b‸"', "a1", "the file would then be at fault: `a` and `a1` would both"),
        ('from = "a‸2"', "x", "this names one instance of `a`; rename the row itself"),
        ("[modules.pa‸ir]", "Inception V2", "there is a module of the library called `inception-v2` already"),
        ("[modules.pa‸ir]", "convolution", "there is a word of [types] called `convolution` already"),
        ("[modules.pa‸ir]", "average pool", "`average pool` is the operation `avg-pool`"),
        ("[modules.pa‸ir]", "×##", "`×##`"),
        ("[modules.pa‸ir]", "##", "a module's name has letters or digits, on one line"),
        ("classes‸ = 10", "n", "only rows and modules can be renamed"),
    ],
)
def test_a_new_name_that_cannot_be_is_refused(place: str, name: str, why: str) -> None:
    if name == "×##":
        assert renamed(known(), at(place), name)  # its key is `x`
        return
    with pytest.raises(Refused) as refused:
        renamed(known(), at(place), name)
    assert str(refused.value).startswith(why)


def test_a_module_of_the_library_cannot_be_renamed() -> None:
    text = SPEC.replace('convolution = "pair"', 'convolution = "reduced-conv"')
    with pytest.raises(Refused, match="`reduced-conv` comes with Archspec"):
        renameable(known(text), at('"reduced-‸conv"', text))


@pytest.mark.parametrize("name", bundled.names())
def test_every_row_of_a_bundled_spec_can_be_renamed(name: str) -> None:
    text = Path(bundled.path_of(name)).read_text(encoding="utf-8")
    spec = analysis(Source(name, text))
    rows = [one for one in occurrences(spec) if one.defines and one.symbol.kind == "row"]
    for one in random.Random(name).sample(rows, 1):
        after = analysis(Source(name, applied(text, renamed(spec, one.span.start, "renamed"))))
        assert [found.code for found in after.diagnostics] == [found.code for found in spec.diagnostics]
        assert len(references(after, one.span.start)) == len(references(spec, one.span.start))


# --- outline and actions ---------------------------------------------------------------------------------------------


def lines(entries: tuple[Entry, ...], depth: int = 0) -> list[str]:
    found = []
    for entry in entries:
        found.append(f"{'  ' * depth}{entry.kind} {entry.name}{': ' * bool(entry.detail)}{entry.detail}")
        found += lines(entry.children, depth + 1)
        assert entry.span.start <= entry.name_span.start <= entry.name_span.end <= entry.span.end
    return found


def test_outline() -> None:
    assert lines(outline(known())) == [
        "section params",
        "  value classes",
        "section types",
        "  value convolution",
        "  value fc",
        "section defaults",
        "  value conv",
        "  value max-pool",
        "  value pair",
        "section modules",
        "  module pair",
        "section table",
        "  row a: convolution",
        "  row pool1: max pool",
        "  row b: convolution",
        "  row fc: fc",
        "section heads",
        "  head aux",
        "section errata",
        "  value pool1",
        "section readings",
        "  value wide",
        "section variants",
        "  value plain",
    ]


def test_the_outline_of_a_list_of_layers() -> None:
    text = 'format = 1\n[network]\nlayers = [\n  { type = "relu", name = "a" },\n  { type = "relu" },\n]\n'
    assert lines(outline(known(text))) == ["section network", "  row row 1", "  row row 2"]
    text = text.replace("format = 1", 'format = 1\nname = "x"\ninput = "8x8x3"')
    assert lines(outline(known(text))) == ["section network", "  row a: relu", "  row row 2: relu"]


def test_actions_are_the_fixes_of_what_is_found_there() -> None:
    text = SPEC.replace("8×8×24", "8×8×25").replace(
        'pool1.output = { read = "16×16×16"', 'fc.output = { read = "1×1×10"'
    )
    spec = known(text)
    place = at('"8×8×‸25"', text)
    found = list(actions(spec, place, place))
    assert {one.code for one, _ in found} == {"AS301"}
    mended = [applied(text, fix.edits) for _, fix in found]
    assert any("8×8×24" in one and "8×8×25" not in one for one in mended)
    assert list(actions(spec, 0, 3)) == []
