"""Every diagnostic: its page's example is reported where its comments say, and nothing else; what the page mends is clean.

A line that must be reported ends in `# error: AS301` or `# warning: AS004`. Files under diagnostics/ hold further cases;
`# says: TEXT` on its own line wants a text in the message, a note, a label or the help of some diagnostic of the file.
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
        f"{one['start']['line']}:{one['start']['column']} {one['code']} {one['message']} ({one['help']})" for one in found
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
