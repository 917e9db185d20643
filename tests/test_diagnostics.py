"""Every diagnostic: its page's example is reported where its comments say, and nothing else; what the page mends is
clean.

A line that must be reported ends in `# error: AS301` or `# warning: AS004`. Files under diagnostics/ hold further
cases; `# says: TEXT` on its own line wants a text in the message, a note, a label or the help of some diagnostic of the
file.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.cli import main
from archspec.diagnostic import CODES
from archspec.explanations import FOLDER, page

PACKAGE = Path(archspec.__file__).parent
FILES = sorted((Path(__file__).parent / "diagnostics").glob("*.toml"))
NO_EXAMPLE = {"AS901"}  # a fault of ours: no file can show it

Found = list[dict[str, Any]]
Validate = Callable[[bytes], tuple[int, Found]]


@pytest.fixture
def validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Validate:
    def run(data: bytes) -> tuple[int, Found]:
        path = tmp_path / "spec.toml"
        path.write_bytes(data)
        code = main(["validate", "--format", "json", str(path)])
        return code, json.loads(capsys.readouterr().out)["diagnostics"]

    return run


def expected(text: str) -> list[tuple[int, str, str]]:
    """Line, severity and code of every comment."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for severity, codes in re.findall(r"# (error|warning): ((?:AS\d{3}(?:, )?)+)", line):
            found += [(number, severity, code) for code in codes.split(", ")]
    return found


def reported(found: Found) -> list[tuple[int, str, str]]:
    return [(one["start"]["line"], one["severity"], one["code"]) for one in found]


def explained(found: Found) -> str:
    return "\n".join(
        f"{one['start']['line']}:{one['start']['column']} {one['code']} {one['message']} ({one['help']})"
        for one in found
    )


def example(text: str, heading: str) -> str:
    """The TOML under a heading of a page."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    (fence,) = re.findall(r"^```toml\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return str(fence)


def encoded(code: str, text: str) -> bytes:
    """As the page says: the example of AS002 is saved in Latin-1."""
    return text.encode("latin-1" if code == "AS002" else "utf-8")


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code in CODES if code not in NO_EXAMPLE])
def test_the_broken_example_is_reported_where_it_says(code: str, validate: Validate) -> None:
    text = example(page(code), "Broken")
    status, found = validate(encoded(code, text))
    assert reported(found) == expected(text), explained(found)
    assert code in {one["code"] for one in found}
    assert status == (1 if any(one["severity"] == "error" for one in found) else 0)


@pytest.mark.parametrize("code", [code for code in CODES if code not in NO_EXAMPLE])
def test_the_mended_example_is_clean(code: str, validate: Validate) -> None:
    text = example(page(code), "Mended")
    assert expected(text) == []
    status, found = validate(text.encode())
    assert (status, found) == (0, []), explained(found)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(CODES)
    for code, name in CODES.items():
        assert page(code).splitlines()[0] == f"# {code} {name}"
        assert page(name) == page(code.lower()) == page(code)


@pytest.mark.parametrize("code", CODES)
def test_a_page_reads_well_in_a_terminal(code: str) -> None:
    lines = page(code).splitlines()
    assert 20 <= len(lines) <= 75
    assert max(len(line) for line in lines) <= 120
    assert "\t" not in page(code)


def test_a_misspelt_code_gets_the_nearest() -> None:
    for wrong, right in (("AS31", "AS301"), ("concat-sums", "concat-sum"), ("as3001", "AS301")):
        with pytest.raises(LookupError, match=right):
            page(wrong)
    with pytest.raises(LookupError, match="archspec explain"):
        page("something else")
    with pytest.raises(LookupError):
        page("../../README")


def test_every_code_is_raised_and_every_raised_code_is_listed() -> None:
    raised = set()
    for path in PACKAGE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                raised |= set(re.findall(r"\bAS\d{3}\b", node.value)) if path.name != "diagnostic.py" else set()
    assert raised == set(CODES)


# --- further cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path, validate: Validate) -> None:
    data = path.read_bytes()
    text = data.decode("utf-8-sig")
    _, found = validate(data)
    assert reported(found) == expected(text), explained(found)
    told = json.dumps(found, ensure_ascii=False)
    for says in re.findall(r"^# says: (.*)$", text, re.MULTILINE):
        assert says in told.replace('\\"', '"'), explained(found)


# --- the five faults that other tools were tried with: what they print is in the name of each -------------------------

CELL = """\
format = 1
name   = "an Inception cell"
input  = "28x28x192"
[defaults]
conv     = { pad = "same", bias = true, norm = "none", act = "relu" }
max-pool = { pad = "same", rounding = "floor" }
[modules.cell]
columns  = ["#1x1", "#3x3 reduce", "#3x3", "proj"]
join     = "concat"
branches = [
  { name = "b1", type = "conv", patch = "1x1", out = "$1x1" },
  { name = "b2", layers = [ { type = "conv", name = "reduce", patch = "1x1", out = "$3x3-reduce" },
                            { type = "conv", name = "conv",   patch = "3x3", out = "$3x3" } ] },
  { name = "b3", layers = [ { type = "max-pool", patch = "3x3" },
                            { type = "conv", name = "proj", patch = "1x1", out = "$proj" } ] },
]
[table]
columns = ["type", "name", "output", "#1x1", "#3x3 reduce", "#3x3", "proj"]
rows = [
  ["cell", "m", "28x28x192", 64, 64, 96, 32],
]
"""
FAULTS = {
    "accepted, or a shape error at run time": (
        ('"28x28x192", 64', '"28x28x208", 64'),
        "AS301",
        (20, 24),
        "`m` prints 208 channels, its branches give 192",
        "64 (#1x1) + 96 (#3x3) + 32 (proj) = 192, not 208 (-16)",
    ),
    "accepted, or the branches without the row": (
        ('patch = "3x3", out = "$3x3"', 'patch = "3x3", pad = 0, out = "$3x3"'),
        "AS203",
        (13, 84),
        "`m`: branches of different size cannot be joined: 28×28 (b1), 26×26 (b2), 28×28 (b3)",
        "give each branch the same stride and padding",
    ),
    "ignored, or named without the key that was meant": (
        ('name = "conv",   patch', 'name = "conv",   ptach'),
        "AS101",
        (13, 63),
        "`conv`: `conv` has no key `ptach`",
        "did you mean `patch`?",
    ),
    "an index error, a crash, or a wrong order": (
        ('type = "conv", patch = "1x1", out = "$1x1"', 'type = "$b9", patch = "1x1", out = "$1x1"'),
        "AS113",
        (11, 25),
        "`b1`.`type`: `$b9` names no column of `cell`",
        "declare it in `columns`",
    ),
    "a negative size, blamed on a later layer": (
        ('patch = "3x3", out = "$3x3"', 'patch = "31x31", pad = 0, out = "$3x3"'),
        "AS202",
        (13, 71),
        "`m`, `b2.conv`: a window of 31×31 does not fit a map of 28×28",
        "pad, or use a smaller window",
    ),
}  # fmt: skip


def test_the_cell_is_clean(validate: Validate) -> None:
    assert validate(CELL.encode()) == (0, [])


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_other_tools_miss(name: str, validate: Validate) -> None:
    (old, new), code, place, message, words = FAULTS[name]
    assert CELL.count(old) == 1
    status, (found,) = validate(CELL.replace(old, new).encode())
    assert (status, found["code"], found["message"]) == (1, code, message)
    assert (found["start"]["line"], found["start"]["column"]) == place
    assert words in f"{found['help']} {found['notes']}"


# --- repairs that are none -------------------------------------------------------------------------------------------

OF_ONE_NAME = """
format = 1
name   = "a layer of a module and a row of one name"
input  = "28x28x3"
[defaults]
conv     = { pad = "same", bias = true, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "floor" }
[modules.pair]
columns = ["out"]
layers  = [ { name = "conv1", type = "conv", patch = "3x3", out = "$out" } ]
[table]
columns = ["type", "name", "patch", "out", "output"]
rows = [
  ["conv",     "conv1", "3x3",   8, "28x28x8"],
  ["pair",     "two",   "",     16, "28x28x16"],
  ["max pool", "pool",  "2x2/2", "", "14x14x16"],
]
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('out = "$out"', 'out = "16"', "AS103", 10),
        ('out = "$out"', 'out = "$uot"', "AS113", 10),
        ('"max pool"', '"avgpool"', "AS106", 16),  # `avg-pool` needs a default too, and no other pool was meant
    ],
)
def test_a_row_that_is_not_meant_is_not_repaired(old: str, new: str, code: str, line: int, validate: Validate) -> None:
    assert validate(OF_ONE_NAME.encode()) == (0, [])
    _, found = validate(OF_ONE_NAME.replace(old, new).encode())
    (one,) = [one for one in found if one["code"] == code]
    assert (one["start"]["line"], one["repairs"]) == (line, [])
