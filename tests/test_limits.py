"""What is too much is refused where it stands, what a verb may not be stopped by does not stop it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from attacks.corpus import SPECS, table
from lsp_client import Client

from archspec.api import from_document
from archspec.check import check
from archspec.cli import main
from archspec.diagnostic import Diagnostic, Faults, nearest
from archspec.document import parse
from archspec.limits import MAX_TRAIL, ways_round
from archspec.memory import of_cgroup
from archspec.source import Source


def found_in(text: str) -> tuple[Diagnostic, ...]:
    try:
        return check(from_document(parse(Source("a.toml", text)))).diagnostics
    except Faults as faults:
        return faults.diagnostics


@pytest.mark.parametrize("name", ["name-100000", "cells-8000", "mib-params", "rows-100000", "why-100000"])
def test_what_is_too_large_says_its_limit(name: str) -> None:
    (one,) = found_in(str(SPECS[name]()))
    assert one.code == "AS006"
    assert "at most" in one.message or "more than" in one.message


@pytest.mark.parametrize(
    "name", ["modules-chain-243", "optional-chain-242", "modules-in-branches", "modules-in-projections"]
)
def test_no_chain_is_followed_without_an_end(name: str) -> None:
    assert [(one.code, f"more than {MAX_TRAIL} deep" in one.message) for one in found_in(str(SPECS[name]()))] == [
        ("AS105", True)
    ]


def test_a_short_chain_is_followed() -> None:
    assert found_in(str(SPECS["modules-chain-20"]())) == ()


def test_a_way_round_is_found_however_long() -> None:
    ring = {str(at): [str((at + 1) % 5000)] for at in range(5000)}
    (way,) = ways_round(ring)
    assert len(way) == 5000
    assert list(ways_round({"a": ["b"], "b": ["c", "b"], "c": []})) == [("b",)]


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u00ad", "\ufeff", "\u061c", "\\u0007", "\u200d"])
def test_two_names_that_look_the_same_are_refused_with_both_spelled_out(sign: str) -> None:
    found = found_in(table([f'["conv", "a{sign}b", "3x3", 8, ""]', '["conv", "ab", "3x3", 8, ""]']))
    both = [one for one in found if one.code == "AS121" and "`ab`" in one.message]
    assert both, found
    assert "\\u" in both[0].message or "\\x" in both[0].message
    assert len(both[0].labels) == 2


def test_letters_of_any_script_are_names() -> None:
    assert found_in(table(['["conv", "свёртка", "3x3", 8, ""]', '["conv", "می\u200cروم", "3x3", 8, ""]'])) == ()


def test_the_nearest_word_is_that_of_difflib() -> None:
    assert nearest("convolutoin", ["convolution", "inception", "pool"]) == "convolution"
    assert nearest("c" * 65, ["c" * 64]) is None


def test_a_file_is_checked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text(table(), encoding="utf-8")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    (tmp_path / ".c.toml.1234.toml").write_text("no spec", encoding="utf-8")
    assert main(["validate", str(tmp_path), str(tmp_path / "a.toml")]) == 0
    assert capsys.readouterr().out.count(": ok") == 1


def test_a_folder_is_walked_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("archspec.commands.opening.MOST_ENTRIES", 3)
    for at in range(5):
        (tmp_path / f"{at}.toml").write_text(table(), encoding="utf-8")
    assert main(["validate", str(tmp_path)]) == 2
    assert "more than 3 files and folders" in capsys.readouterr().err


def test_a_fault_of_ours_on_a_full_disk_is_exit_3(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from archspec import cli; from archspec.commands import opening\n"
        "def fails(file): raise RecursionError\n"
        "import archspec.commands.validate as v; v.opened = fails\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "sys.exit(cli.main(['validate', 'lenet', 'vgg16']))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 3
    assert "Traceback" not in ran.stderr
    assert "error[AS901 internal]" in ran.stderr


def test_cells_are_no_formulas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.toml"
    path.write_text(str(SPECS["formulas"]()), encoding="utf-8")
    main(["table", str(path), "--format", "csv"])
    cells = [cell for line in capsys.readouterr().out.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "+", "-") and not cell[1:].isdigit()]
    assert "'=1+1" in cells


def test_memory_is_that_of_the_container(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("0::/a/b\n", encoding="utf-8")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "memory.max").write_text("max\n", encoding="utf-8")
    (tmp_path / "a" / "memory.max").write_text("1000\n", encoding="utf-8")
    assert list(of_cgroup(tmp_path, tmp_path / "own")) == [1000]


def test_a_request_after_shutdown_is_refused() -> None:
    with Client() as client:
        client.start()
        client.ask("shutdown")
        assert client.ask("textDocument/hover", textDocument={"uri": "a"}, position={"line": 0, "character": 0})[
            "code"
        ] == (-32600)


@pytest.mark.parametrize("header", [b"Content-Length: abc\r\n\r\n", b"content-length: -1\r\n\r\n"])
def test_a_message_without_a_length_ends_the_session(header: bytes) -> None:
    with Client() as client:
        client.start()
        assert client.process.stdin is not None
        client.process.stdin.write(header)
        client.process.stdin.flush()
        assert client.process.wait(30) == 1
