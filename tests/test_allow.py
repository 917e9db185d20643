"""[allow], and `allow` of a row: claims that may fail. A table with misprints goes in; what is still reported, counted
and listed comes out."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_report_formats import problems

from archspec import api, checks, cli
from archspec.allowing import CLAIM_CODES
from archspec.document import parse
from archspec.source import Source

# 3c has stride 2 and prints the size of its input; 4c prints 576 channels and has 608.
TABLE = """\
format = 1
name   = "rows of BN-Inception"
input  = "28x28x320"

[types]
inception = "inception-v2"

[defaults]
conv     = { pad = "same", bias = false, norm = "none", act = "relu" }
max-pool = { rounding = "ceil" }
avg-pool = { rounding = "ceil", count-pad = true }

[table]
columns = ["type", "name", "stride", "output", "#1x1", "#3x3 reduce", "#3x3", "double #3x3 reduce", "double #3x3", "pool+proj"]
rows = [
  ["inception", "3c", 2,  "28x28x576", 0,   128, 160, 64,  96,  "max + pass through"],
  ["inception", "4c", "", "14x14x576", 160, 128, 160, 128, 160, "avg + 128"],
]
"""  # noqa: E501  one row a line
GRID = '3c.output-size = "figure 5 prints the input of 3c"'
SUM = '4c.AS301 = "nobody knows which cell of 4c is meant"'

Found = list[dict[str, Any]]
Run = Callable[..., tuple[int, str]]


def allowing(*lines: str) -> str:
    return "\n".join((TABLE, "[allow]", *lines, ""))


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Validate a text as spec.toml: the exit code and what is printed."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *options: str) -> tuple[int, str]:
        Path("spec.toml").write_text(text, encoding="utf-8")
        code = cli.main(["validate", "spec.toml", *options])
        return code, capsys.readouterr().out

    return run


def reported(text: str) -> list[tuple[str, str]]:
    """Code and row of what is found in a text."""
    return [(one.code, one.row) for one in spec_of(text).check().diagnostics]


def spec_of(text: str) -> api.Spec:
    return api.from_document(parse(Source("spec.toml", text)))


# --- what is allowed -------------------------------------------------------------------------------------------------


def test_a_claim_that_is_allowed_is_counted_and_not_reported(validate: Run) -> None:
    assert reported(TABLE) == [("AS201", "3c"), ("AS301", "4c")]
    code, out = validate(allowing(GRID))
    assert code == 1
    assert "3c" not in out.replace("passed", "")
    assert out.endswith("\n1 error in spec.toml (1 allowed)\n")
    assert validate(allowing(GRID, SUM)) == (0, "spec.toml: ok (2 allowed)\n")
    assert validate(allowing(GRID, SUM), "--format", "concise") == (0, "")


def test_strict_and_as_printed_change_nothing(validate: Run) -> None:
    for option in ("--strict", "--as-printed"):
        assert validate(allowing(GRID, SUM), option) == (0, "spec.toml: ok (2 allowed)\n")


@pytest.mark.parametrize("word", ["AS301", "as301", "concat-sum", "Concat-Sum"])
def test_a_code_and_its_name_are_the_same(word: str) -> None:
    assert reported(allowing(GRID, f'4c.{word} = "a reason"')) == []


LAYERS = """\
format = 1
name   = "a list"
input  = "28x28x3"
[network]
layers = [
  { type = "max-pool", name = "pool 1", patch = "2x2/2", pad = 0, rounding = "floor", output = "28x28x3" },
  { type = "relu", name = "last", output = "14x14x4" },
]
"""


def allowing_in_row(entries: str, row: str = "28x28x3") -> str:
    """The list of layers with the key `allow` in the row that prints this output."""
    return LAYERS.replace(f'"{row}" }},', f'"{row}", allow = {entries} }},')


def test_rows_under_network_are_allowed_too() -> None:
    assert reported(LAYERS) == [("AS201", "pool 1"), ("AS302", "last")]
    assert reported(f'{LAYERS}[allow]\n"pool 1" = {{ AS201 = "prints its input" }}\n') == [("AS302", "last")]


def test_a_row_under_network_says_itself_what_is_allowed(validate: Run) -> None:
    text = allowing_in_row('{ output-size = "prints its input" }')
    assert reported(text) == [("AS302", "last")]
    both = f'{text}[allow]\nlast.AS302 = "misprinted"\n'
    assert validate(both) == (0, "spec.toml: ok (2 allowed)\n")
    assert spec_of(text).graph().nodes == spec_of(LAYERS).graph().nodes
    _, out = validate(both, "--format", "json")
    places = [(one["allowed"]["why"], one["allowed"]["start"]["line"]) for one in json.loads(out)["allowed"]]
    assert places == [("prints its input", 6), ("misprinted", 10)]


def test_a_choice_written_in_keeps_what_a_row_allows() -> None:
    text = allowing_in_row('{ AS302 = "misprinted" }', "14x14x4")
    written = spec_of(text + '[params]\nunused = 1\n[readings.one]\nwhy = "x"\n').reading("one").to_toml()
    assert [one.row for one in spec_of(written).check().allowed] == ["last"]


def test_what_a_row_allows_in_vain_is_taken_out(validate: Run) -> None:
    text = allowing_in_row('{ AS201 = "prints its input", depth = "x" }') + '[allow]\nlast.AS302 = "misprinted"\n'
    assert reported(text) == [("AS120", "pool 1")]
    assert validate(text, "--fix") == (0, "spec.toml: ok, 1 fixed (2 allowed)\n")
    assert 'allow = { AS201 = "prints its input" } },' in Path("spec.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("entries", "code", "message"),
    [
        ('{ AS104 = "x" }', "AS101", "`last`: `AS104` cannot be allowed, it is no claim of the table"),
        ('{ conact-sum = "x" }', "AS101", "no diagnostic is called `conact-sum`"),
        ('{ AS501 = "" }', "AS102", "`last` allows `AS501` and does not say why"),
        ('{ AS501 = true }', "AS103", "`AS501` in `allow` of `last` is not text in quotes"),
        ('"x"', "AS103", "`allow` of `last` is not a table"),
        ('["AS501"]', "AS103", "`allow` of `last` is not a table"),
        ('{ AS302 = "x", output-channels = "y" }', "AS112", "`last` allows `output-channels` twice"),
    ],
)  # fmt: skip
def test_what_a_row_cannot_allow_is_a_fault(entries: str, code: str, message: str) -> None:
    found = spec_of(allowing_in_row(entries, "14x14x4")).check().diagnostics
    assert (code, message) in [(one.code, one.message) for one in found]


def test_a_claim_allowed_in_the_row_and_beside_it_is_given_twice() -> None:
    text = allowing_in_row('{ AS201 = "prints its input" }') + '[allow]\n"pool 1".output-size = "again"\n'
    (other, found) = spec_of(text).check().diagnostics
    assert (found.code, found.message) == ("AS112", "`pool 1` allows `output-size` twice")
    assert [label.path[0] for label in found.labels] == ["network", "allow"]
    assert (other.code, other.row) == ("AS302", "last")


def test_a_layer_inside_a_row_allows_nothing() -> None:
    text = LAYERS.replace(
        '{ type = "relu", name = "last"',
        '{ layers = [{ type = "relu", name = "in", allow = { AS302 = "x" } }], name = "last"',
    )
    assert ("AS101", "") in reported(text)


def test_what_else_is_wrong_with_the_cell_is_reported() -> None:
    text = allowing(GRID, SUM).replace("28x28x576", "28x28x567")
    assert reported(text) == [("AS301", "3c")]


def test_what_else_is_wrong_with_the_network_is_reported() -> None:
    text = allowing(GRID, SUM).replace("128, 160, 64, ", "128, 161, 64, ")
    assert ("AS301", "3c") in reported(text)


def test_a_row_that_is_left_is_said_to_repeat_nothing_that_is_allowed() -> None:
    text = TABLE.replace("],\n]", '],\n  ["inception", "4d", "", "14x14x576", 96, 128, 192, 160, 192, "avg + 128"],\n]')
    (found,) = spec_of(f"{text}\n[allow]\n{GRID}\n{SUM}\n").check().diagnostics
    assert (found.code, found.row) == ("AS301", "4d")
    assert "same slip" not in found.message
    assert found.repairs


def test_a_build_is_the_same() -> None:
    assert spec_of(allowing(GRID, SUM)).graph().nodes == spec_of(TABLE).graph().nodes
    assert spec_of(allowing('3c.missing-cell = "no"')).graph().nodes


def test_a_choice_written_in_keeps_what_is_allowed() -> None:
    text = allowing(GRID, SUM) + '[readings.one]\nwhy = "x"\n3c.output = "14x14x576"\n'
    written = spec_of(text).reading("one").to_toml()
    assert "output-size" not in written
    assert spec_of(written).check().diagnostics == ()
    assert [one.row for one in spec_of(written).check().allowed] == ["4c"]


def test_an_erratum_that_does_not_hold_is_not_allowed() -> None:
    text = allowing(GRID, SUM) + '[errata]\n3c.output = { read = "7x7x576", why = "a guess" }\n'
    assert reported(text) == [("AS118", "3c")]


# --- what is not used ------------------------------------------------------------------------------------------------


def test_a_line_that_allows_nothing_is_a_warning(validate: Run) -> None:
    text = allowing(GRID, SUM, '4c.depth = "a reason"')
    code, out = validate(text)
    assert code == 0
    assert out == (
        "spec.toml:23:4: warning[AS120 unused-allow]: `4c` allows `depth`, there is nothing of the kind to allow\n"
        '  23 | 4c.depth = "a reason"\n'
        "     |    ^^^^^\n"
        "  help: take the line out\n"
        "\n"
        "1 warning in spec.toml, 1 fixable with --fix (2 allowed)\n"
    )
    assert validate(text, "--strict")[0] == 1
    assert validate(text, "--ignore", "AS120") == (0, "spec.toml: ok (2 allowed; 1 finding not selected)\n")


READINGS = """
[readings.one]
why       = "its size"
3c.output = "14x14x576"

[readings.two]
why       = "its stride"
3c.stride = ""
"""


def test_what_one_reading_needs_is_used() -> None:
    assert reported(allowing(SUM) + READINGS) == [("AS201", "4c")]
    used = allowing(SUM, '4c.output-size = "after 28x28"') + READINGS
    assert reported(used) == []
    assert spec_of(used).reading("one").check().diagnostics == ()


def test_nothing_is_said_of_unused_lines_where_something_was_chosen(validate: Run) -> None:
    text = allowing(GRID, SUM, '4c.depth = "a reason"') + "[variants.wide]\n4c.3x3 = 200\n"
    for options in (["--as-printed"], ["--variant", "wide"], ["--input", "56x56"]):
        assert validate(text, *options)[0] == 0
        assert "AS120" not in validate(text, *options)[1]


def test_a_fault_makes_no_line_unused() -> None:
    assert reported(allowing(GRID, SUM).replace('"avg + 128"', '"avg 128"')) == [("AS104", "4c")]


# --- what cannot be allowed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "message", "help_"),
    [
        ('4c.AS104 = "x"', "AS101", "`4c`: `AS104` cannot be allowed, it is no claim of the table", "`concat-sum`"),
        ('4c.conact-sum = "x"', "AS101", "no diagnostic is called `conact-sum`", "did you mean `concat-sum`?"),
        ('4c.as31 = "x"', "AS101", "no diagnostic is called `as31`", "did you mean `AS301`?"),
        ('4c.AS3 = "x"', "AS101", "no diagnostic is called `AS3`", ""),
        ('4c.AS301 = ""', "AS102", "`4c` allows `AS301` and does not say why", "write the reason"),
        ('4c.AS301 = "  "', "AS102", "`4c` allows `AS301` and does not say why", "write the reason"),
        ('4cc.AS301 = "x"', "AS114", "[allow] speaks of `4cc`, there is no such row", "did you mean `4c`?"),
        ('4c.AS301 = true', "AS103", "`AS301` in [allow.4c] is not text in quotes", "write text in quotes"),
        ('4c = "x"', "AS103", "`4c` in [allow] is not a table", "write a table"),
    ],
)  # fmt: skip
def test_a_line_that_says_nothing_is_a_fault(line: str, code: str, message: str, help_: str, validate: Run) -> None:
    status, out = validate(allowing(GRID, line), "--format", "json")
    (found,) = [one for one in json.loads(out)["diagnostics"] if one["code"] != "AS301"]
    assert (status, found["code"], found["message"]) == (1, code, message)
    assert help_ in (found["help"] or "")
    assert found["start"]["line"] == 22


def test_a_finding_that_is_allowed_twice() -> None:
    (found,) = spec_of(allowing(GRID, SUM, '4c.concat-sum = "again"')).check().diagnostics
    assert (found.code, found.message) == ("AS112", "`4c` allows `concat-sum` twice")
    assert [label.text for label in found.labels] == ["again", "first"]


def test_every_rule_and_no_fault_may_be_allowed() -> None:
    folder = Path(checks.__file__).parent
    nodes = [node for path in folder.glob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    raised = {node.args[0].value for node in nodes
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Diagnostic"
              and isinstance(node.args[0], ast.Constant)}  # fmt: skip
    assert raised == set(CLAIM_CODES)


# --- for programs ----------------------------------------------------------------------------------------------------


def test_json_lists_what_is_allowed_apart(validate: Run) -> None:
    code, out = validate(allowing(GRID, SUM), "--format", "json")
    report = json.loads(out)
    assert (code, report["valid"], report["error_count"], report["diagnostics"]) == (0, True, 0, [])
    assert [(one["code"], one["row"]) for one in report["allowed"]] == [("AS201", "3c"), ("AS301", "4c")]
    first = report["allowed"][0]["allowed"]
    assert (first["why"], first["start"]["line"]) == ("figure 5 prints the input of 3c", 21)


def test_json_lines_list_it_too(validate: Run) -> None:
    code, out = validate(allowing(GRID, SUM), "--format", "jsonl")
    one, last = map(json.loads, out.splitlines())
    assert (code, one["valid"], one["diagnostics"], len(one["allowed"])) == (0, True, [], 2)
    assert (last["total"]["valid"], last["allowed"]) == (1, [])


def test_sarif_suppresses_it(validate: Run) -> None:
    code, out = validate(allowing(GRID), "--format", "sarif")
    results = json.loads(out)["runs"][0]["results"]
    (suppression,) = results[0]["suppressions"]
    assert (code, results[0]["ruleId"], results[1]["ruleId"]) == (1, "AS201", "AS301")
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "figure 5 prints the input of 3c")
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 21
    assert results[1]["suppressions"] == []  # all results of a log say whether they are, or none does
    assert problems(out) == []


def test_sarif_without_it_says_nothing_of_suppressions(validate: Run) -> None:
    assert "suppressions" not in validate(TABLE, "--format", "sarif")[1]


def test_an_annotation_is_of_what_is_reported(validate: Run) -> None:
    _, out = validate(allowing(GRID), "--format", "github")
    assert out.count("::error file=") == 1
    assert "AS201" not in out


def test_what_is_not_selected_is_not_counted_as_allowed(validate: Run) -> None:
    assert validate(allowing(GRID, SUM), "--ignore", "AS301") == (0, "spec.toml: ok (1 allowed)\n")
