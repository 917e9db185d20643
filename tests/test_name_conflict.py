"""Another distribution that installs a package `archspec` into the same environment: said, with what to do."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OTHER = {  # as that about CPU types has them
    "archspec/__init__.py": '"""Init file to avoid namespace packages"""\n__version__ = "0.2.9"\n',
    "archspec/__main__.py": "import sys\nfrom .cli import main\nsys.exit(main())\n",
    "archspec/cli.py": "def main():\n    print('the other one')\n",
    "archspec/cpu/__init__.py": "",
}
APART = "then install each into a virtual environment of its own\n"


def install(site: Path, name: str, version: str, files: dict[str, bytes]) -> None:
    """Put files into a folder as pip does: those of before are replaced, the record says what was put."""
    record = ""
    for path, data in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        record += f"{path},sha256={digest},{len(data)}\n"
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(record + f"{info.name}/METADATA,,\n{info.name}/RECORD,,\n")


def install_ours(site: Path) -> None:
    paths = [ROOT / "archspec_nn.py", *(path for path in (ROOT / "archspec").rglob("*.*") if path.suffix != ".pyc")]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths if path.is_file()}
    specs = {f"archspec/specs/{path.name}": path.read_bytes() for path in (ROOT / "specs").iterdir()}
    install(site, "archspec-nn", "0.1.0", files | specs)


def install_other(site: Path) -> None:
    install(site, "archspec", "0.2.9", {path: text.encode() for path, text in OTHER.items()})


def uninstall_other(site: Path) -> None:
    shutil.rmtree(site / "archspec-0.2.9.dist-info")
    for path in OTHER:
        (site / path).unlink()


def archspec_nn(site: Path, *arguments: str, python: tuple[str, ...] = ()) -> tuple[int, str, str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *python, "-m", "archspec_nn", *arguments]
    ran = subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize("verb", [["validate", "lenet"], ["doctor"], []], ids=" ".join)
def test_a_package_that_replaced_ours_is_named(tmp_path: Path, verb: list[str]) -> None:
    install_ours(tmp_path)
    install_other(tmp_path)
    code, out, err = archspec_nn(tmp_path, *verb)
    assert (code, out) == (2, "")
    first, second, lost, last = err.splitlines(keepends=True)
    assert first == f"archspec-nn: the package `archspec` is another one, {tmp_path}/archspec/__init__.py\n"
    assert second == "archspec 0.2.9 installs a package `archspec` too\n"
    said, _, names = lost.rstrip("\n").partition(": ")
    assert said == "3 files of archspec-nn were replaced or removed"
    assert sorted(names.split(", ")) == ["archspec/__init__.py", "archspec/__main__.py", "archspec/cli.py"]
    assert last == f"`python -m pip uninstall archspec archspec-nn`, {APART}"


def test_a_package_that_ours_replaced_is_named_by_doctor(tmp_path: Path) -> None:
    install_other(tmp_path)
    install_ours(tmp_path)
    assert archspec_nn(tmp_path, "validate", "lenet")[::2] == (0, "")
    code, out, err = archspec_nn(tmp_path, "doctor")
    assert (code, err) == (0, "")
    assert out.endswith(
        f"archspec 0.2.9 installs a package `archspec` too\n`python -m pip uninstall archspec archspec-nn`, {APART}"
    )


def test_files_that_went_with_the_other_package_are_missed(tmp_path: Path) -> None:
    install_ours(tmp_path)
    install_other(tmp_path)
    uninstall_other(tmp_path)
    code, out, err = archspec_nn(tmp_path, "validate", "lenet", python=("-S",))  # no other installation beside it
    assert (code, out) == (2, "")
    assert err.startswith(
        "archspec-nn: the package `archspec` is not there whole\n3 files of archspec-nn were replaced"
    )
    assert err.endswith("\n`python -m pip uninstall archspec-nn`, then install it again\n")


def test_alone_nothing_is_said(tmp_path: Path) -> None:
    install_ours(tmp_path)
    code, out, _ = archspec_nn(tmp_path, "doctor")
    assert (code, "installs a package" in out, "replaced" in out) == (0, False, False)
    assert out.startswith("archspec 0.1.0, ")
