"""Writes that are ended: by SIGKILL, by a full disk, by Ctrl-C. No file is torn, and no verb reads what is left."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from killing import OLD, VERBS

from archspec.cli import main
from archspec.commands.opening import files_in

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are ended by signals, and forked")

ROOT = Path(__file__).parent.parent
NET = 'format = 1\nnmae = "n"\ninput = "8x8x3"\nnetwork.layers = [\n{type="identity",   name="a"},\n]\n'
TABLE = "| type | name | patch/stride | out | output |\n|---|---|---|---|---|\n| conv | c1 | 3x3/1 | 4 | 8x8x4 |\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.toml").write_text(NET, encoding="utf-8")
    (tmp_path / "table.md").write_text(TABLE, encoding="utf-8")
    return tmp_path


def kill(folder: Path, times: int, *kinds: str) -> Counter[tuple[str, bool]]:
    """End writes of these kinds; how many were found before and after, and whether a temporary file was left."""
    command = [sys.executable, str(ROOT / "tests" / "killing.py"), str(folder), str(times), *kinds]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    found: Counter[tuple[str, bool]] = Counter()
    for line in ran.stdout.splitlines():
        kind, which, names = json.loads(line)
        leftovers = {*names} - {"net.toml", "table.md", VERBS[kind][0]}
        assert which in ("old", "new"), line
        # the library that writes safetensors makes a temporary file of its own, which no verb of ours reads either
        assert all(re.fullmatch(r"\.archspec-\w{8}\.tmp|\.tmp\w{6}", name) for name in leftovers), line
        found[which, bool(leftovers)] += 1
    assert found.total() == times * len(kinds)
    return found


def test_a_write_that_is_killed_leaves_the_old_file(folder: Path) -> None:
    """Half are killed when the temporary file is there: what is left then is what no verb takes for its own."""
    found = kill(folder, 6, "dot", "fmt", "fix")
    assert found["old", True] > 0


@pytest.mark.slow
def test_200_kills_tear_no_file(folder: Path) -> None:
    found = kill(folder, 20, *VERBS)
    assert found["old", True] >= 20


def test_what_a_kill_leaves_is_read_by_no_verb_and_swept_later(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    left = folder / ".archspec-a1b2c3d4.tmp"
    left.write_text("torn", encoding="utf-8")
    assert list(files_in(folder)) == [folder / "net.toml"]
    assert main(["fmt", "."]) == 0
    assert left.exists()
    os.utime(left, (time.time() - 7200,) * 2)
    assert main(["validate", "--fix", "."]) in (0, 1)
    assert main(["render", "lenet", "-o", str(folder / "a.dot")]) == 0
    assert "torn" not in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} <= {"net.toml", "table.md", "a.dot", left.name}


def test_what_is_older_than_an_hour_is_swept_by_the_next_write(folder: Path) -> None:
    left = folder / ".archspec-a1b2c3d4.tmp"
    left.write_text("torn", encoding="utf-8")
    os.utime(left, (time.time() - 7200,) * 2)
    subprocess.run([sys.executable, "-m", "archspec", "new", "-o", folder / "new.toml"], cwd=ROOT, check=True)
    assert not left.exists()


@pytest.mark.parametrize("kind", VERBS)
def test_a_full_disk_keeps_the_old_file(folder: Path, kind: str) -> None:
    name, arguments = VERBS[kind]
    target = folder / name
    if kind not in ("fmt", "fix", "import", "new"):
        target.write_bytes(OLD)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    full = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20)); from archspec.cli import main; "
    command = [sys.executable, "-c", full + f"sys.exit(main({arguments!r}))"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 2, ran
    assert "Traceback" not in ran.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.slow
def test_ctrl_c_at_any_time_is_quiet(folder: Path) -> None:
    """What Python itself prints before a line of ours has run is not ours."""
    draw = random.Random(7)
    verbs = [["validate", "lenet"], ["table", "lenet"], ["fmt", "--check", "net.toml"], ["new", "-o", "new.toml"]]
    for at in range(200):
        command = [sys.executable, "-m", "archspec_nn", *verbs[at % len(verbs)]]
        with subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            time.sleep(draw.uniform(0, 0.4))
            running.send_signal(signal.SIGINT)
            _, said = running.communicate()
        text = said.decode()
        assert running.returncode in (0, 1, 130, -signal.SIGINT), text
        assert not ("Traceback" in text and re.search(r"archspec(_nn)?[/.]", text)), text
        (folder / "new.toml").unlink(missing_ok=True)
        assert {path.name for path in folder.iterdir()} == {"net.toml", "table.md"}
