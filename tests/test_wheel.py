"""The wheel works alone: built, installed into a fresh environment, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_wheel_ships_the_specs_the_library_and_the_pages(tmp_path: Path) -> None:
    def run(*command: str | Path) -> str:
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        return made.stdout

    pip = ["-m", "pip", "--disable-pip-version-check"]
    run(sys.executable, *pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("archspec_nn-*.whl")
    venv.create(tmp_path / "a fresh environment", with_pip=True)
    folder = tmp_path / "a fresh environment" / ("Scripts" if os.name == "nt" else "bin")
    run(folder / "python", *pip, "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
    assert "bn_inception.toml: ok" in run(folder / "archspec", "validate", "bn_inception")
    assert "googlenet" in run(folder / "archspec", "list")
    assert "concat-sum" in run(folder / "archspec", "explain", "AS301")
    run(folder / "archspec", "render", "bn_inception", "-o", "a picture.svg")
    assert (tmp_path / "a picture.svg").read_text(encoding="utf-8").startswith("<?xml")
