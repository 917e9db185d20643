"""The wheel works alone: built, installed into a fresh environment, run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
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


@pytest.mark.slow
def test_the_sdist_holds_what_make_needs(tmp_path: Path) -> None:
    """What git tracks is there, and `make` finds all that its two commands need."""

    def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
        made = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment}
        )
        assert made.returncode == 0, made.stderr
        return made.stdout

    backend = tmp_path / "backend"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--target", backend, "hatchling")
    build = f"import hatchling.build; print(hatchling.build.build_sdist({str(tmp_path)!r}))"
    name = run(sys.executable, "-c", build, PYTHONPATH=str(backend)).splitlines()[-1]
    with tarfile.open(tmp_path / name) as packed:
        packed.extractall(tmp_path, filter="data")
    unpacked = tmp_path / name.removesuffix(".tar.gz")
    tracked = {one for one in run("git", "ls-files").splitlines() if one not in (".gitignore", "tests/__init__.py")}
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert tracked - there == set()
    assert there - tracked - {"PKG-INFO", ".gitignore"} == set()
    for goal in ("demo", "test"):
        assert "constraints.txt" in run("make", "--dry-run", goal, cwd=unpacked)
    ran = run(sys.executable, "-m", "archspec", "validate", "bn_inception", cwd=unpacked, PYTHONPATH=str(unpacked))
    assert ran.startswith("bn_inception.toml: ok")
