"""`validate --fix`: what it mends, what it leaves and says, and that nothing else of a file changes."""

from __future__ import annotations

import io
import json
import random
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomli

from archspec import cli
from archspec.bundled import folder
from archspec.diagnostic import CODES, Inside, Label, spelling
from archspec.document import parse
from archspec.explanations import page
from archspec.fixes import TextEdit, applied
from archspec.fixes.tokens import key_edit, label_edit, value_edit
from archspec.formatting import formatted
from archspec.notation import key_of
from archspec.source import Source

SPEC = """\
# a comment above
format = 1
name   = "two rows"
input  = "32x32x3"

[params]
classes = 10

[defaults]
conv     = { pad = "same", bias = true, norm = "none", act = "relu" }  # a comment beside
avg-pool = { pad = 0, rounding = "floor", count-pad = true }

[table]
columns = ["type", "name", "patch/stride", "out", "output"]
rows = [
  ["conv",     "conv1", "3x3/2",  16,         "16x16x16"],
  ["avg pool", "pool1", "2x2/2",  "",         "8x8x16"],
  ["conv",     "conv2", "3x3/2", 128,         "4x4x128"],
  ["linear",   "fc",    "",       "$classes", "1x1x10"],
]
"""

Ran = NamedTuple("Ran", [("code", int), ("out", str), ("err", str)])  # noqa: UP014  a line is enough
Fix = Callable[..., Ran]


@pytest.fixture
def fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Fix:
    """Write a text to spec.toml, and fix it with options."""
    monkeypatch.chdir(tmp_path)

    def run(text: str | bytes, *options: str) -> Ran:
        Path("spec.toml").write_bytes(text.encode() if isinstance(text, str) else text)
        return validated(capfd, "spec.toml", *(options or ("--fix",)))

    return run


def validated(capfd: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    code = cli.main(["validate", *arguments])
    return Ran(code, *capfd.readouterr())


def now() -> str:
    return Path("spec.toml").read_bytes().decode()


def changed(old: str, new: str, text: str = SPEC) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


# --- safe fixes ------------------------------------------------------------------------------------------------------

SLIPS = {
    "a size without quotes": ('"32x32x3"', "32x32x3"),
    "a cell without quotes": ('"3x3/2",  16', "3x3/2,    16"),
    "a word without quotes": ('pad = "same"', "pad = same"),
    "Python's true": ("bias = true", "bias = True"),
    "curved quotes": ('"relu"', "“relu”"),
    "a no-break space": ("input  =", "input\u00a0 ="),
    "a colon for an equals sign": ("classes =", "classes:"),
    "no equals sign": ('input  = "', 'input "'),
    "another language's comment": ("# a comment above", "// a comment above"),
    "a row without its comma": ('"8x8x16"],', '"8x8x16"]'),
    "a header that is not closed": ("[table]", "[table"),
    "a leading zero": ("classes = 10", "classes = 010"),
    "a key of a section": ("format = 1", "fromat = 1"),
    "a key of an operation": ("bias = true", "bais = true"),
    "a name of a section": ("[params]", "[parms]"),
    "an operation under defaults": ("avg-pool =", "avg-pol ="),
    "a caption": ('"output"]', '"ouput"]'),
    "a type": ('["linear"', '["liner"'),
    "a reference": ('"$classes"', '"$clases"'),
    "a word of a choice": ('rounding = "floor"', 'rounding = "flor"'),
    "a number in quotes": ("128,  ", '"128",'),
    "a format in quotes": ("format = 1", 'format = "1"'),
    "a semicolon for a comma": ('"3x3/2",  16,', '"3x3/2",  16;'),
    "a boolean in quotes": ("bias = true", 'bias = "true"'),
    "another sign in a size": ("8x8x16", "8*8*16"),
    "blanks in a patch": ('"2x2/2"', '"2 x2/2"'),
    "another sign in a patch": ('"2x2/2"', '"2,2/2"'),
    "a dash for a blank": ('"2x2/2",  ""', '"2x2/2",  "-"'),
    "the dash of a paper": ('"fc",    ""', '"fc",    "—"'),
    "an input as a list": ('"32x32x3"', "[32, 32, 3]"),
    "an output as a list": ('"4x4x128"', "[4, 4, 128]"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_mended(fix: Fix, slip: str) -> None:
    right, wrong = SLIPS[slip]
    text = changed(right, wrong)
    ran = fix(text)
    if ran.out != "spec.toml: ok\n":  # blanks in a patch are no slip
        assert ran == (0, "spec.toml: ok, 1 fixed\n", "")
        assert tomli.loads(now()) == tomli.loads(SPEC)
    assert fix(now()).out == "spec.toml: ok\n"


def test_all_slips_at_once(fix: Fix) -> None:
    text = SPEC
    for name in ("a size without quotes", "a key of a section", "a key of an operation", "a caption", "a type"):
        text = changed(*SLIPS[name], text)
    assert fix(text).out == "spec.toml: ok, 5 fixed\n"
    assert tomli.loads(now()) == tomli.loads(SPEC)


def test_many_faults_that_hide_each_other(fix: Fix) -> None:
    """A text that is no TOML shows one fault at a time: there is no limit of ten to those."""
    rows = "".join(f'  ["conv", “c{i}”, 3x3, 16,\u00a0""],\n' for i in range(30))
    ran = fix(SPEC[: SPEC.index("  [")].replace("classes = 10\n", "") + rows + "]\n")
    assert ran == (0, "spec.toml: ok, 90 fixed\n", "")


def test_parts_without_their_sign(fix: Fix) -> None:
    text = page("AS104")
    broken = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]
    assert fix(broken).out == "spec.toml: ok, 1 fixed\n"
    assert '"avg + 32"' in now()


def test_a_stale_erratum_goes_and_its_comment_stays(fix: Fix) -> None:
    errata = (
        '\n[errata]\nconv1.out = { read = 16, why = "none" }  # why not\nconv2.out = { read = 128, why = "none" }\n'
    )
    assert fix(SPEC + errata).out == "spec.toml: ok, 2 fixed\n"
    assert now() == SPEC + "\n[errata]\n# why not\n"


def test_a_key_given_twice_alike(fix: Fix) -> None:
    assert fix(changed("bias = true", "bias = true, bias = true")).out == "spec.toml: ok, 1 fixed\n"
    assert now() == SPEC
    assert fix(changed("bias = true", "bias = true, bias = false")).code == 1
    assert "bias = true, bias = false" in now()


def test_a_format_that_is_missing_stands_below_the_comments(fix: Fix) -> None:
    assert fix(changed("format = 1\n", "")).code == 0
    assert now() == SPEC


def test_toml_1_1_becomes_1_0(fix: Fix) -> None:
    over_lines = '{\n  pad = "same",\n  bias = true, norm = "none", act = "relu",\n}'
    text = changed('{ pad = "same", bias = true, norm = "none", act = "relu" }', over_lines)
    assert fix(text).out == "spec.toml: ok, 1 fixed\n"
    assert now() == SPEC


def test_all_dashes_of_a_table_are_one_finding(fix: Fix) -> None:
    text = changed('"2x2/2",  ""', '"2x2/2",  "-"', changed('"fc",    ""', '"fc",    "–"'))
    assert "and 1 more like it" in fix(text, "--format", "full").out
    assert fix(text).out == "spec.toml: ok, 1 fixed\n"
    assert tomli.loads(now()) == tomli.loads(SPEC)


# --- unsafe fixes ----------------------------------------------------------------------------------------------------


def test_the_word_of_another_tool_is_a_guess(fix: Fix) -> None:
    """Its value may mean something else there: `same` of Keras is `tf-same`."""
    text = changed('pad = "same", bias = true', 'padding = "same", use_bias = true')
    assert fix(text).code == 1
    assert now() == text
    assert fix(text, "--fix", "--unsafe-fixes").out == "spec.toml: ok, 2 fixed\n"
    assert tomli.loads(now()) == tomli.loads(SPEC)


def test_a_word_whose_value_is_another_is_left_alone(fix: Fix) -> None:
    for key, value in (("batch-norm", "{ eps = 1e-3, momentum = 0.1 }"), ("dropout", "{ keep_prob = 0.4 }")):
        text = changed("[table]", f"{key} = {value}\n\n[table]")
        ran = fix(text, "--fix", "--unsafe-fixes")
        assert ran.code == 1
        assert ": 1 minus " in ran.out or "torch's is 1 minus it" in ran.out
        assert now() == text


def test_channels_first_is_no_order_of_a_size(fix: Fix) -> None:
    text = changed('"32x32x3"', "[3, 32, 32]")
    ran = fix(text, "--fix", "--unsafe-fixes")
    assert ran.code == 1
    assert "write height×width×channels" in ran.out
    assert now() == text


def test_a_type_loses_no_cell_that_stands_in_it(fix: Fix) -> None:
    text = changed('["conv",     "conv2", "3x3/2"', '["conv 3x3", "conv2", "3x3/2"')
    ran = fix(text, "--fix")
    assert ran.code == 1
    assert "help: write `conv` here and `3x3` in `patch`" in ran.out
    assert now() == text


def test_a_guess_is_made_only_where_it_is_asked_for(fix: Fix) -> None:
    text = SPEC + '\n[heads]\naux = { type = "linear", out = 10, from = "pool9", loss-weight = 0.3 }\n'
    ran = fix(text)
    assert (ran.code, now()) == (1, text)
    assert "not fixed: `write `pool1`` is a guess, which --unsafe-fixes takes" in ran.out
    assert fix(text, "--fix", "--unsafe-fixes").out == "spec.toml: ok, 1 fixed\n"
    assert now() == text.replace("pool9", "pool1")


def test_of_repairs_that_are_as_likely_none_is_made(fix: Fix) -> None:
    text = changed('"4x4x128"', '"4x4x96"')
    ran = fix(text, "--fix", "--unsafe-fixes")
    assert ran.code == 1
    assert re.search(r"not fixed: \d repairs change as few cells", ran.out)
    assert now() == text


def test_the_only_repair_is_made(fix: Fix) -> None:
    text = changed('"8x8x16"', '"8x8x61"')
    ran = fix(text, "--fix")
    assert (ran.code, now()) == (1, text)
    assert "is a guess, which --unsafe-fixes takes" in ran.out
    assert fix(text, "--fix", "--unsafe-fixes").out == "spec.toml: ok, 1 fixed\n"
    assert now() == SPEC


def test_bytes_of_another_encoding(fix: Fix) -> None:
    data = SPEC.replace("x", "×").encode("cp1252")
    assert fix(data).code == 1
    assert Path("spec.toml").read_bytes() == data
    assert fix(data, "--fix", "--unsafe-fixes").code == 0
    assert now() == SPEC.replace("x", "×")


# --- never a new error -----------------------------------------------------------------------------------------------


def test_a_fix_that_would_bring_an_error_is_not_kept_and_others_are(fix: Fix) -> None:
    """16*16*17 can be read as a size, and then its row is wrong."""
    text = changed('"16x16x16"', '"16*16*17"', changed("bias = true", "bias = True"))
    ran = fix(text)
    assert ran.code == 1
    assert "not fixed: AS302 output-channels would appear" in ran.out
    assert ran.out.endswith("1 error in spec.toml, 1 fixed\n")
    assert now() == changed('"16x16x16"', '"16*16*17"')


def test_one_bad_fix_of_many_keeps_back_no_other(fix: Fix) -> None:
    rows = "".join(f'  ["conv", "c{n}", "3x3", "128", "4x4x{1 + 127 * (n != 9)}"],\n' for n in range(40))
    ran = fix(changed('  ["linear"', rows + '  ["linear"'))
    assert "not fixed: AS302 output-channels would appear" in ran.out
    assert ran.out.endswith("1 error in spec.toml, 39 fixed\n")


def test_a_claim_that_could_not_be_checked_is_no_new_error(fix: Fix) -> None:
    text = changed("bias = true", "bais = true", changed('"4x4x128"', '"4x4x96"'))
    ran = fix(text)
    assert ran.out.endswith("1 error in spec.toml, 1 fixed\n")
    assert "AS302" in ran.out
    assert "bias = true" in now()


def test_what_options_choose_does_not_break_the_file_as_it_stands(fix: Fix) -> None:
    """As printed, 8x8x61 is wrong; what the erratum reads would be stale if the cell were corrected."""
    text = changed('"8x8x16"', '"8x8x61"') + '\n[errata]\npool1.output = { read = "8x8x16", why = "swapped digits" }\n'
    assert fix(text, "--fix").out == "spec.toml: ok (1 erratum in force)\n"
    ran = fix(text, "--as-printed", "--fix", "--unsafe-fixes")
    assert (ran.code, now()) == (1, text)
    assert "not fixed: AS118 stale-erratum would appear" in ran.out


def test_what_is_not_selected_is_not_fixed(fix: Fix) -> None:
    text = changed("bias = true", "bais = true")
    assert fix(text, "--fix", "--ignore", "unknown-key").code == 0  # a misspelt key is read as it was meant
    assert now() == text


# --- the text stays --------------------------------------------------------------------------------------------------


def test_a_format_in_quotes_hides_what_else_is_wrong(fix: Fix) -> None:
    text = changed("bias = true", "bais = true", changed("classes = 10", "classes = [10]"))
    ran = fix(text.replace("format = 1", 'format = "1"'))
    assert ran.code == 1
    assert "AS005" not in ran.out
    assert "format = 1\n" in now()


def test_columns_stay_aligned(fix: Fix) -> None:
    for right, wrong in (("128,  ", '"128",'), ('"2x2/2", ', '"2*2/2", '), ('["linear",  ', '["liner",   ')):
        fix(changed(right, wrong))
        assert now() == SPEC


def test_a_canonical_file_stays_canonical(fix: Fix) -> None:
    text = formatted(Source("spec.toml", changed('["conv",     "conv1"', '["convvolution", "conv1"')))
    assert fix(text, "--fix", "--unsafe-fixes").code == 0
    assert formatted(Source("spec.toml", now())) == now()
    assert "convv" not in now()


def test_line_ends_byte_order_mark_and_mode_stay(fix: Fix) -> None:
    right = b"\xef\xbb\xbf" + SPEC.replace("\n", "\r\n").encode()
    Path("spec.toml").touch()
    Path("spec.toml").chmod(0o640)
    assert fix(right.replace(b"bias", b"bais")).code == 0
    assert Path("spec.toml").read_bytes() == right
    assert stat.S_IMODE(Path("spec.toml").stat().st_mode) == 0o640


def test_a_clean_file_is_not_written(fix: Fix) -> None:
    Path("spec.toml").write_text(SPEC)
    Path("spec.toml").chmod(0o440)
    before = Path("spec.toml").stat().st_mtime_ns
    assert cli.main(["validate", "--fix", "spec.toml"]) == 0
    assert Path("spec.toml").stat().st_mtime_ns == before


@pytest.mark.parametrize("verb", [["validate", "--fix"], ["fmt"]])
def test_a_read_only_file_stays_as_it_is(fix: Fix, capfd: pytest.CaptureFixture[str], verb: list[str]) -> None:
    text = changed("bias = true", "bais = true", changed('"conv1", ', '"conv1",'))
    Path("spec.toml").write_text(text)
    Path("spec.toml").chmod(0o444)
    assert cli.main([*verb, "spec.toml"]) == 2
    assert capfd.readouterr() == ("", "archspec: spec.toml: the file is read-only; make it writable first\n")
    assert now() == text


# --- the command line ------------------------------------------------------------------------------------------------


def test_a_difference_is_printed_and_nothing_written(fix: Fix) -> None:
    text = changed("bias = true", "bais = true", changed('"4x4x128"', '"4x4x96"'))
    ran = fix(text, "--diff")
    assert now() == text
    assert ran.code == 1
    assert ran.out.splitlines()[:2] == ["--- spec.toml", "+++ spec.toml (fixed)"]
    assert [line for line in ran.out.splitlines()[2:] if line[0] in "+-"] == [
        '-conv     = { pad = "same", bais = true, norm = "none", act = "relu" }  # a comment beside',
        '+conv     = { pad = "same", bias = true, norm = "none", act = "relu" }  # a comment beside',
    ]
    assert ran.err == "1 error in spec.toml, 1 would be fixed\n"
    assert fix(SPEC, "--diff") == (0, "", "spec.toml: ok\n")


def test_a_plain_run_says_how_many_it_could_fix(fix: Fix) -> None:
    text = changed("bias = true", "bais = true", changed("classes = 10", 'classes = "10"'))
    assert fix(changed("bias = true", "bais = true"), "--format", "full").out.endswith(", 1 fixable with --fix\n")
    assert "fixable" not in fix(changed('"8x8x16"', '"8x8x61"'), "--format", "full").out
    assert "fixable" not in fix(text, "--format", "concise").out


def test_a_bundled_spec_is_never_written(fix: Fix, capfd: pytest.CaptureFixture[str]) -> None:
    ran = validated(capfd, "googlenet", "--fix")
    assert ran.code == 2
    assert ran.err.startswith("archspec: googlenet is a bundled spec and stays as it is: copy ")
    assert validated(capfd, "googlenet", "--diff").code == 0


def test_standard_input_goes_to_standard_output(
    fix: Fix, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"\xef\xbb\xbf" + changed("bias = true", "bais = true").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    ran = validated(capfd, "-", "--fix")
    assert ran == (0, "\ufeff" + SPEC, "<stdin>: ok, 1 fixed\n")


def test_options_that_contradict_each_other(fix: Fix) -> None:
    for options in (("--unsafe-fixes",), ("--diff", "--format", "json"), ("--diff", "--format", "github")):
        ran = fix(SPEC, *options)
        assert ran.code == 2
        assert "archspec: --" in ran.err


def test_programs_get_the_fixes(fix: Fix) -> None:
    text = changed("bias = true", "bais = true", changed('"4x4x128"', '"4x4x96"'))
    for one in json.loads(fix(text, "--format", "json").out)["diagnostics"]:
        for each in one["fixes"]:
            edits = [TextEdit(e["start"]["offset"], e["end"]["offset"], e["new"]) for e in each["edits"]]
            assert each["applicability"] in ("safe", "unsafe")
            assert tomli.loads(applied(text, edits)) != tomli.loads(text)
    (run,) = json.loads(fix(text, "--format", "sarif").out)["runs"]
    (change,) = run["results"][0]["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 10, "startColumn": 28, "endLine": 10, "endColumn": 32},
            "insertedContent": {"text": "bias"},
        }
    ]


def test_with_json_the_count_stands_on_standard_error(fix: Fix) -> None:
    ran = fix(changed("bias = true", "bais = true"), "--fix", "--format", "json")
    assert ran.err == "spec.toml: 1 fixed\n"
    assert json.loads(ran.out)["valid"] is True


# --- parts -----------------------------------------------------------------------------------------------------------


def test_a_near_miss_is_one_slip_from_one_word() -> None:
    near = {
        ("bais", ("bias", "pad")): True,  # swapped
        ("bia", ("bias", "pad")): True,  # lost
        ("biass", ("bias", "pad")): True,  # doubled
        ("bihs", ("bias", "pad")): True,  # another
        ("Max Pol", ("max-pool", "avg-pool")): True,
        ("paddng", ("pad", "bias")): False,  # two slips
        ("conv6", ("conv5", "pool")): False,  # another digit is another row
        ("bat", ("bats", "cat")): False,  # two candidates
    }
    for (word, candidates), wanted in near.items():
        assert spelling(word, candidates).get("near_miss", False) is wanted, word
    assert spelling("xyz", ("bias",)) == {}


def test_edits_are_places_of_the_text_as_it_was() -> None:
    assert applied("abcdef", [TextEdit(4, 5, "-"), TextEdit(0, 1, "AA"), TextEdit(2, 2, "|")]) == "AAb|cd-f"


def test_nothing_can_break_out_of_a_cell() -> None:
    document = parse(Source("t.toml", 'a = "x + y"\n"b c" = 1\n'))
    for word in ('"', "\\", "\n", "'", '" = 1\nc'):
        assert value_edit(document, ("a", Inside(4, 5)), word) is None
        value, key = label_edit(document, Label(("a",)), word), key_edit(document, ("b c",), word)
        assert value is not None
        assert key is not None
        assert tomli.loads(applied(document.source.text, [value, key])) == {"a": word, word: 1}


def test_what_is_not_in_a_file_cannot_be_edited() -> None:
    document = parse(Source("t.toml", "a = [1]\n"))
    for path in (("b",), ("a", 1), ("a", "b"), ("a", 0, Inside(0, 1)), ()):
        assert value_edit(document, path, 1) is None
        assert key_edit(document, path, "c") is None


# --- properties ------------------------------------------------------------------------------------------------------


def broken(code: str) -> bytes:
    (section,) = re.findall(r"^## Broken\n(.*?)(?=^## |\Z)", page(code), re.DOTALL | re.MULTILINE)
    (fence,) = re.findall(r"^```toml\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return str(fence).encode("latin-1" if code == "AS002" else "utf-8")


def codes_of(ran: Ran) -> list[str]:
    return sorted(one["code"] for one in json.loads(ran.out)["diagnostics"])


def comments(text: str) -> list[str]:
    return re.findall(r"""(?:"[^"\n]*"|'[^'\n]*'|[^"'#\n])*(#.*)""", text)


@pytest.mark.parametrize("code", [code for code in CODES if code != "AS901"])
def test_the_broken_examples(fix: Fix, code: str) -> None:
    """Fixing again changes nothing, comments stay, and nothing that was not wrong is wrong then."""
    data = broken(code)
    before = codes_of(fix(data, "--format", "json"))
    for options in (("--fix",), ("--fix", "--unsafe-fixes")):
        after = codes_of(fix(data, *options, "--format", "json"))
        assert set(after) <= set(before)
        assert len(after) <= len(before)
        once = Path("spec.toml").read_bytes()
        fix(once, *options)
        assert Path("spec.toml").read_bytes() == once
        if code != "AS002":
            assert comments(once.decode()) == comments(data.decode())


MENDED_SAFELY = {"AS001", "AS103", "AS104", "AS113", "AS120"}


@pytest.mark.parametrize("code", sorted(MENDED_SAFELY))
def test_an_example_that_fixes_mend_is_clean_then(fix: Fix, code: str) -> None:
    assert fix(broken(code)).code == 0


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The values of a file, their keys and words as the language reads them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key_of(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, re.sub(r"[^a-z0-9$.]+", "-", value.lower().replace("×", "x")) if isinstance(value, str) else value


def mutant(text: str, chance: random.Random) -> str:
    """A text with a slip in a letter of a word, quotes lost or added, a curved quote, a blank that is none, a digit."""
    patterns = (r"[a-z]{4,}(?=[\w\" ]*[=\"])", r'"[0-9]+[x×][^"]*"', r"(?<=, )[0-9]+(?=,)", r'"[^"\n]+"', r" ", "[0-9]")
    kind = chance.choice([kind for kind, pattern in enumerate(patterns) if re.search(pattern, text)])
    chosen = chance.choice(list(re.finditer(patterns[kind], text)))
    word = chosen[0]
    at = chance.randrange(max(len(word) - 1, 1))
    new = (
        word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        word[1:-1],
        f'"{word}"',
        f"“{word[1:-1]}”",
        "\u00a0",
        str(chance.randrange(10)),
    )[kind]
    return text[: chosen.start()] + new + text[chosen.end() :]


@pytest.mark.parametrize("path", sorted(folder().glob("*.toml")), ids=lambda path: path.stem)
def test_mutated_specs(fix: Fix, path: Path) -> None:
    """One slip in a clean spec: whatever is fixed is as it was or as in the mutant, and no new code appears."""
    text = path.read_text(encoding="utf-8")
    chance = random.Random(path.stem)
    original = dict(leaves(tomli.loads(text)))
    for _ in range(4):
        wrong = mutant(text, chance)
        before = codes_of(fix(wrong, "--format", "json"))
        for options in (("--fix",), ("--fix", "--unsafe-fixes")):
            after = codes_of(fix(wrong, *options, "--format", "json"))
            once = now()
            if set(before) <= {"AS001", "AS002", "AS003"}:
                assert len(after) <= 1, wrong
            else:
                assert set(after) <= set(before)
            fix(once, *options)
            assert now() == once
            if once != wrong:
                assert comments(once) == comments(text) or comments(once) == comments(wrong)
            if len(options) == 1 and not after:
                found = dict(leaves(tomli.loads(once)))
                try:
                    mutated = dict(leaves(tomli.loads(wrong)))
                except tomli.TOMLDecodeError:
                    mutated = original
                assert all(value in (original.get(at, value), mutated.get(at)) for at, value in found.items())


def test_the_page_shows_what_is_printed(fix: Fix) -> None:
    text = (Path(__file__).parent.parent / "docs" / "fixes.md").read_text(encoding="utf-8")
    spec, *shown = (block for _, block in re.findall(r"^```(toml|console)\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert len(shown) == 2
    for block in shown:
        command, _, wanted = block.partition("\n")
        ran = fix(spec, command.split()[-1])
        assert ran.out.replace("spec.toml", "network.toml") == wanted
