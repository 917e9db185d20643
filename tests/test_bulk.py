"""Many files: `validate --format jsonl`, a line a file, when it is done, in memory that does not grow with their
number; and what else holds of a folder."""

from __future__ import annotations

import gc
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from test_report_formats import BAD, GOOD

from archspec import cli
from archspec.commands import opening, streaming
from archspec.commands.opening import Named, files_in
from archspec.source import Source

LITTLE = 60_000  # bytes: growth that is none. Forty wrong files alone are twice that as lines of JSON
KEYS = ("format_version", "file", "valid", "error_count", "warning_count", "failure", "diagnostics")

Ran = NamedTuple("Ran", [("code", int), ("out", str), ("err", str)])  # noqa: UP014  a line is enough
Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`archspec validate` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def validate(*arguments: str) -> Ran:
        code = cli.main(["validate", *arguments])
        return Ran(code, *capfd.readouterr())

    return validate


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def many(folder: Path, count: int) -> Path:
    """So many files of which every second is wrong, each in its own way."""
    return write(folder, **{f"a{i:05}": (BAD if i % 2 else GOOD).replace("one row", f"row {i}") for i in range(count)})


def lines(out: str) -> list[dict[str, Any]]:
    assert out.endswith("\n")
    return [json.loads(line) for line in out.splitlines()]


# --- the lines -------------------------------------------------------------------------------------------------------


def test_a_line_a_file_and_one_for_all(run: Run) -> None:
    write(Path("specs"), bad=BAD, good=GOOD, none="a = [\n")
    ran = run("specs", "--format", "jsonl")
    assert (ran.code, ran.err) == (1, "")
    bad, good, none, total = lines(ran.out)
    assert all(tuple(line)[: len(KEYS)] == KEYS for line in (bad, good, none, total))
    assert [line["file"] for line in (bad, good, none)] == [
        str(Path("specs", f"{x}.toml")) for x in ("bad", "good", "none")
    ]
    assert [line["valid"] for line in (bad, good, none)] == [False, True, False]
    assert {line["format_version"] for line in (bad, good, none, total)} == {1}
    assert total["file"] is None
    assert total["valid"] is False
    assert total["total"] == {
        "files": 3,
        "valid": 1,
        "invalid": 2,
        "failed": 0,
        "error_count": 2,
        "warning_count": 0,
    }


def test_a_line_holds_what_json_holds(run: Run) -> None:
    for arguments in (["bn_inception", "--as-printed"], ["bn_inception", "--reading", "columns"]):
        line, _ = lines(run(*arguments, "--format", "jsonl").out)
        report = json.loads(run(*arguments, "--format", "json").out)
        assert line["diagnostics"] == report["diagnostics"]
        assert [line[key] for key in ("valid", "error_count", "warning_count")] == [
            report[key] for key in ("valid", "error_count", "warning_count")
        ]


def test_what_cannot_be_read_is_a_line_and_exit_2(run: Run) -> None:
    write(Path("specs"), b=GOOD)
    Path("specs", "a.toml").symlink_to("nowhere")
    ran = run("specs", "bn_incepton", "--format", "jsonl")
    assert ran.code == 2
    first, second, third, total = lines(ran.out)
    assert first["failure"] == f"{Path('specs', 'a.toml')}: No such file or directory"
    assert (second["valid"], second["failure"]) == (True, None)
    assert (third["file"], third["valid"]) == ("bn_incepton", False)
    assert "did you mean `bn_inception`?" in third["failure"]
    assert total["failure"] == "2 of 3 not checked"
    assert (total["total"]["valid"], total["total"]["failed"]) == (1, 2)
    assert "a.toml: No such file or directory" in ran.err


def test_a_wrong_call_is_one_line(run: Run) -> None:
    ran = run("lenet", "--select", "nonsense", "--format", "jsonl")
    (line,) = lines(ran.out)
    assert ran.code == 2
    assert (line["file"], line["total"], line["valid"]) == (None, None, False)
    assert "nonsense" in line["failure"]


def test_a_fault_of_ours_says_of_which_file_and_keeps_no_other_from_being_checked(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path("specs"), a=GOOD, b=BAD, c=GOOD)
    opened = opening.opened

    def fails(file: Named) -> Source:
        if file.name.endswith("b.toml"):
            raise ZeroDivisionError
        return opened(file)

    monkeypatch.setattr("archspec.commands.validate.opened", fails)
    ran = run("specs", "--format", "jsonl")
    assert ran.code == 3
    first, second, third, last = lines(ran.out)
    assert first["valid"] is third["valid"] is True
    assert second["file"].endswith("b.toml")
    assert second["failure"].endswith("b.toml: AS901 internal: ZeroDivisionError: this is a fault of archspec")
    assert (last["failure"], last["total"]["valid"]) == ("1 of 3 not checked", 2)


def test_options_count_in_lines_too(run: Run) -> None:
    write(Path("specs"), bad=BAD)
    ran = run("specs", "--ignore", "AS302", "--format", "jsonl", "--max-errors", "0")
    assert (ran.code, lines(ran.out)[0]["diagnostics"]) == (0, [])
    assert run("specs", "--format", "jsonl", "--max-errors", "0").out.count("AS302") == 1


# --- a folder --------------------------------------------------------------------------------------------------------


def test_the_files_of_a_folder_come_by_name(tmp_path: Path) -> None:
    for name in (
        "b.toml",
        "a-b/x.toml",
        "a/z.toml",
        "a/b/c.toml",
        "a.toml",
        "a/notes.md",
        ".hidden/a.toml",
        "c.toml/d.toml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    seen = (path for path in tmp_path.rglob("*.toml") if path.is_file() and ".hidden" not in path.parts)
    assert list(files_in(tmp_path)) == sorted(seen)


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github"])
def test_a_file_that_cannot_be_read_keeps_no_other_of_its_folder_from_it(run: Run, form: str) -> None:
    write(Path("specs"), b=BAD)
    Path("specs", "a.toml").symlink_to("nowhere")
    ran = run("specs", "--format", form)
    assert ran.code == 2
    assert "AS302" in ran.out
    assert "a.toml: No such file or directory" in ran.err


# --- in constant memory ----------------------------------------------------------------------------------------------


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What Python holds, in bytes, whenever another forty files were read."""
    found: list[int] = []
    count = 0
    opened = opening.opened

    def counted(file: Named) -> Source:
        nonlocal count
        count += 1
        if count % 40 == 0:
            gc.collect()
            found.append(tracemalloc.get_traced_memory()[0])
        return opened(file)

    monkeypatch.setattr("archspec.commands.validate.opened", counted)
    tracemalloc.start()
    yield found
    tracemalloc.stop()


@pytest.mark.parametrize("form", ["jsonl", "full", "concise"])
def test_memory_does_not_grow_with_the_number_of_files(run: Run, held: list[int], form: str) -> None:
    many(Path("specs"), 200)
    run("specs", "--format", form)
    assert held[-1] - held[1] < LITTLE


def test_the_test_of_memory_can_fail(run: Run, held: list[int]) -> None:
    many(Path("specs"), 200)
    run("specs", "--format", "json")  # one document of all files
    assert held[-1] - held[1] > 2 * LITTLE


def test_the_peak_of_a_process_does_not_grow(tmp_path: Path) -> None:
    def peak(count: int) -> float:
        run = start(many(tmp_path / str(count), count), "--format", "jsonl", stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)  # MiB

    assert peak(500) - peak(50) < 8


# --- as each is done -------------------------------------------------------------------------------------------------


def start(folder: Path, *arguments: str, **keywords: Any) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "archspec", "validate", str(folder), *arguments]
    return subprocess.Popen(line, text=True, stdin=subprocess.DEVNULL, **keywords)


def test_lines_come_when_their_file_is_done_and_ctrl_c_leaves_whole_ones(tmp_path: Path) -> None:
    many(tmp_path, 4000)
    with start(tmp_path, "--format", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted\n")
    found = lines(first + out)
    assert 0 < len(found) < 4000
    assert all(line["file"] for line in found), "a run that was cut short has no line for all"


def test_ctrl_c_waits_for_a_line_that_the_reader_is_slow_to_take(tmp_path: Path) -> None:
    write(
        many(tmp_path, 3), a=BAD + "".join(f"k{i} = 1\n" for i in range(1200))
    )  # its line is longer than what a pipe holds
    with start(tmp_path, "--format", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        select.select([process.stdout], [], [], 60)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    (line,) = lines(out)
    assert len(out) > 300_000
    assert line["valid"] is False


def test_a_reader_that_goes_ends_the_run_in_silence(tmp_path: Path) -> None:
    many(tmp_path, 2000)
    with start(tmp_path, "--format", "jsonl", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines(process.stdout.readline())
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141


# --- how far it is ---------------------------------------------------------------------------------------------------


@contextmanager
def terminal() -> Iterator[Callable[[], str]]:
    """A terminal on standard error; called, it gives what was said there."""
    ours, theirs = pty.openpty()

    def said() -> str:
        text = b""
        while select.select([ours], [], [], 0.3)[0]:  # what is written arrives a little later, and perhaps in pieces
            text += os.read(ours, 4096)
        return text.decode()

    with os.fdopen(theirs, "w", encoding="utf-8") as stream, redirect_stderr(stream):
        yield said
    os.close(ours)


def test_a_long_run_says_on_a_terminal_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SECONDS", 0.0)
    with terminal() as said:
        assert cli.main(["validate", str(many(tmp_path / "a", 3)), str(many(tmp_path / "b", 2))]) == 1
        assert said() == "".join(f"\rchecked {done} of 5 files" for done in range(1, 6)) + "\r\x1b[K"


def test_large_numbers_are_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SECONDS", 0.0)
    with terminal() as said:
        list(streaming.watched(iter("a"), lambda: 20_000))
        assert said().startswith("\rchecked 1 of 20,000 files")


def test_a_short_run_says_nothing(tmp_path: Path) -> None:
    with terminal() as said:
        assert cli.main(["validate", str(many(tmp_path, 3))]) == 1
        assert said() == ""


def test_elsewhere_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(streaming.watched(iter("abc"), lambda: 3)) == ["a", "b", "c"]
    assert capfd.readouterr() == ("", "")
