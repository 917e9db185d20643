"""What verbs write: a path stays what it is, nothing that is read is written over, and nothing is left half."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archspec import cli, whole_file
from archspec.bundled import path_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes, links and FIFOs of POSIX")

Run = Callable[..., tuple[int, str, str]]
UNTIDY = 'format=1\nname = "n"\ninput = "8x8x3"\nnetwork.layers = [\n{type="identity",   name="a"},\n]\n'
MISSPELT = UNTIDY.replace("name = ", "nmae = ", 1)
NEW = [  # verbs that write the file that -o names
    pytest.param(["render", "lenet"], ".svg", id="svg"),
    pytest.param(["render", "lenet"], ".png", id="png"),
    pytest.param(["render", "lenet"], ".dot", id="dot"),
    pytest.param(["build", "lenet"], ".py", id="py"),
    pytest.param(["build", "lenet"], ".safetensors", id="safetensors"),
    pytest.param(["schema"], ".json", id="schema"),
    pytest.param(["schema", "lenet"], ".schema", id="schema of a spec"),
]
IN_PLACE = [  # verbs that change the file that they read
    pytest.param(["fmt"], UNTIDY, id="fmt"),
    pytest.param(["validate", "--fix"], MISSPELT, id="fix"),
]


@pytest.fixture
def archspec(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder: its exit code, output and errors."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    monkeypatch.chdir(tmp_path)
    return run


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


# --- what a path names stays what it is ---


@pytest.mark.parametrize(("verb", "suffix"), NEW)
def test_a_file_keeps_its_mode_a_new_one_follows_the_umask_and_a_link_stays_one(
    archspec: Run, tmp_path: Path, verb: list[str], suffix: str
) -> None:
    private, fresh, link, dangling = (tmp_path / f"{name}{suffix}" for name in ("private", "fresh", "link", "dangling"))
    private.write_text("old")
    private.chmod(0o600)
    link.symlink_to(private.name)
    dangling.symlink_to(f"target{suffix}")
    before = os.umask(0o027)
    try:
        for path in (link, fresh, dangling):
            assert archspec(*verb, "-o", path)[0] == 0
    finally:
        os.umask(before)
    assert (mode_of(private), mode_of(fresh)) == (0o600, 0o640)
    assert (link.readlink(), dangling.readlink()) == (Path(private.name), Path(f"target{suffix}"))
    assert private.read_bytes() == fresh.read_bytes() == (tmp_path / f"target{suffix}").read_bytes()


@pytest.mark.parametrize(("verb", "suffix"), NEW)
def test_a_read_only_file_is_left_alone(archspec: Run, tmp_path: Path, verb: list[str], suffix: str) -> None:
    path = tmp_path / f"kept{suffix}"
    path.write_text("kept")
    path.chmod(0o444)
    code, _, said = archspec(*verb, "-o", path)
    assert (code, "the file is read-only; make it writable first" in said) == (2, True)
    assert (path.read_text(), mode_of(path), list(tmp_path.iterdir())) == ("kept", 0o444, [path])


@pytest.mark.parametrize(("verb", "suffix"), [*NEW, pytest.param(["new"], ".toml", id="new")])
def test_a_fifo_is_written_into(archspec: Run, tmp_path: Path, verb: list[str], suffix: str) -> None:
    fifo, plain = tmp_path / f"fifo{suffix}", tmp_path / f"other/fifo{suffix}"
    plain.parent.mkdir()
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()), daemon=True)
    reader.start()
    assert archspec(*verb, "-o", fifo)[0] == 0
    reader.join(10)
    assert archspec(*verb, "-o", plain)[0] == 0
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert read == [plain.read_bytes()]


def test_a_device_is_written_into(archspec: Run, tmp_path: Path) -> None:
    reading, writing = os.openpty()
    terminal = tmp_path / "terminal.py"
    terminal.symlink_to(os.ttyname(writing))
    text = b""

    def read() -> None:
        nonlocal text
        while not text.endswith(b"return x\r\n"):
            text += os.read(reading, 4096)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert archspec("build", "lenet", "-o", terminal)[0] == 0
    reader.join(10)
    assert stat.S_ISCHR(terminal.stat().st_mode)
    assert text.startswith(b'"""LeNet')
    os.close(reading)
    os.close(writing)


def test_what_standard_output_goes_to_is_not_replaced(tmp_path: Path) -> None:
    log, link = tmp_path / "log", tmp_path / "stdout"
    log.write_text("before\n")
    link.symlink_to("/dev/stdout")  # never that itself: a fault here would replace it for everybody
    with log.open("ab") as output:
        subprocess.run([sys.executable, "-m", "archspec", "schema", "-o", link], stdout=output, check=True)
    assert link.readlink() == Path("/dev/stdout")
    lines = log.read_text().splitlines()
    assert (lines[:2], lines[-2]) == (["before", "{"], "}")
    assert lines[-1].startswith(f"wrote {link}")


def test_a_folder_and_a_missing_one_are_said(archspec: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.svg").mkdir()
    assert "it is a folder" in archspec("render", "lenet", "-o", "folder.svg")[2]
    assert archspec("schema", "-o", "missing/schema.json")[::2] == (
        2,
        "archspec: missing/schema.json: No such file or directory\n",
    )


# --- nothing that is read is written over ---


@pytest.mark.parametrize("verb", ["render", "build", "schema"])
@pytest.mark.parametrize("suffix", [".svg", ".dot", ".py", ".safetensors", ".json"])
def test_no_verb_writes_over_its_spec(archspec: Run, tmp_path: Path, verb: str, suffix: str) -> None:
    text = path_of("lenet").read_text(encoding="utf-8")
    spec = tmp_path / f"net{suffix}"
    spec.write_text(text)
    (tmp_path / f"link{suffix}").symlink_to(spec.name)
    (tmp_path / f"hard{suffix}").hardlink_to(spec)
    for name in ("net", "link", "hard", "../" + tmp_path.name + "/net"):
        code, _, said = archspec(verb, spec, "-o", f"{name}{suffix}")
        assert (code, "-o names the spec itself" in said) == (2, True)
    assert spec.read_text() == text


def test_no_verb_writes_over_standard_input_or_a_bundled_spec(
    archspec: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "net.json"
    shutil.copy(path_of("lenet"), spec)
    command = [sys.executable, "-m", "archspec", "schema", "-", "-o", "net.json"]
    with spec.open("rb") as given:
        ran = subprocess.run(command, stdin=given, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ran.returncode, "-o names the spec itself" in ran.stderr) == (2, True)
    assert spec.read_bytes() == path_of("lenet").read_bytes()
    (tmp_path / "bundled.json").symlink_to(path_of("lenet"))
    assert "-o names the spec itself" in archspec("schema", "lenet", "-o", "bundled.json")[2]


def test_a_schema_replaces_no_spec(archspec: Run, tmp_path: Path) -> None:
    spec = tmp_path / "other.toml"
    shutil.copy(path_of("lenet"), spec)
    for arguments in ([], ["vgg16"], [str(spec)]):
        assert "a schema is JSON" in archspec("schema", *arguments, "-o", spec)[2]
    assert spec.read_bytes() == path_of("lenet").read_bytes()


def test_new_and_import_write_no_file_that_is_there(archspec: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    table.write_text("| type | output |\n|---|---|\n| conv 3x3/1 | 8x8x4 |\n")
    for verb in (["new"], ["import", "table.md"]):
        assert "is there already" in archspec(*verb, "-o", table)[2]
        assert "is there already" in archspec(*verb, "-o", tmp_path)[2]
    assert table.read_text().startswith("| type")


@pytest.mark.parametrize(("verb", "text"), IN_PLACE)
def test_what_was_saved_meanwhile_stays(archspec: Run, tmp_path: Path, verb: list[str], text: str) -> None:
    """A large file takes a while to be read and thought about; it is saved in that time."""
    path = tmp_path / "net.toml"
    row = '{type="identity",   name="a"},\n'
    path.write_text(text.replace(row, "".join(row.replace('"a"', f'"a{i}"') for i in range(2000))))
    running = subprocess.Popen(
        [sys.executable, "-c", SAVED, *verb, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    out, err = running.communicate()
    assert (running.returncode, out) == (2, "")
    assert err == f"archspec: {path}: it was changed since it was read, and stays so; run this again\n"
    assert path.read_text() == "saved by an editor"
    assert list(tmp_path.iterdir()) == [path]


# An editor that saves as soon as the verb has begun to write: its temporary file is what tells.
SAVED = """
import os, sys, threading
from pathlib import Path
from archspec.cli import main

path = Path(sys.argv[-1])
saved = threading.Event()

def save(event, arguments):
    if event == "tempfile.mkstemp" and not saved.is_set():
        saved.set()
        path.write_text("saved by an editor")

sys.addaudithook(save)
sys.exit(main(sys.argv[1:]))
"""


def test_a_file_that_is_named_twice_is_changed_once(archspec: Run, tmp_path: Path) -> None:
    for verb, text in (("fmt", UNTIDY), ("validate --fix", MISSPELT)):
        (tmp_path / "net.toml").write_text(text)
        assert archspec(*verb.split(), "net.toml", "net.toml")[0] == 0


# --- what kills leave ---


def test_what_a_killed_write_left_is_swept_and_never_read(archspec: Run, tmp_path: Path) -> None:
    old, young, theirs = (tmp_path / f".{name}.tmp" for name in ("archspec-abcd_123", "archspec-abcd_124", "theirs"))
    for path in (old, young, theirs):
        path.write_text("no spec")
    for path in (old, theirs):
        os.utime(path, (time.time() - 4000,) * 2)
    assert archspec("new", "-o", "net.toml")[0] == 0
    assert sorted(tmp_path.iterdir()) == sorted([young, theirs, tmp_path / "net.toml"])
    assert archspec("validate", tmp_path)[0] == 0
    assert archspec("fmt", "--check", tmp_path)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_in_the_middle_of_a_write_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    program = f"""
import os
from pathlib import Path
from archspec import whole_file
whole_file.fill(Path("kept"), lambda path: (path.write_text("new"), os.kill(os.getpid(), {int(number)})))
"""
    (tmp_path / "kept").write_text("old")
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (128 + number, b"")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    def half(path: Path) -> None:
        path.write_text("half")
        raise OSError("no more")

    (tmp_path / "kept").write_text("old")
    with pytest.raises(OSError, match="no more"):
        whole_file.fill(tmp_path / "kept", half)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
