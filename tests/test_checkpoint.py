"""Checkpoint files: what is read, and that nothing else is read, run or half read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archspec
from archspec.api import Spec, from_document
from archspec.backends.torch_checkpoint import save, seeded
from archspec.document import parse
from archspec.source import Source
from archspec.weights import report

ROOT = Path(__file__).parent.parent


def tiny() -> Spec:
    return from_document(parse(Source("tiny.toml", (ROOT / "tests/networks/tiny.toml").read_text(encoding="utf-8"))))


def write_weights(path: Path, spec: archspec.Spec, outputs: str) -> None:
    with seeded(1):
        model = archspec.build(spec, outputs=outputs)
    save(model, path)


def test_files_of_our_own(tmp_path: Path) -> None:
    write_weights(tmp_path / "tiny.safetensors", tiny(), "all")
    model = archspec.build(tiny(), outputs="all")
    assert report(tiny(), tmp_path / "tiny.safetensors").ok
    assert archspec.load_weights(model, tmp_path / "tiny.safetensors").source == ""
    torch.save(model.state_dict(), tmp_path / "new.pt")
    torch.save(
        {"epoch": 3, "state_dict": model.state_dict()}, tmp_path / "old.pth", _use_new_zipfile_serialization=False
    )
    torch.save(
        {"model": {f"module.{key}": one for key, one in model.state_dict().items()}, "lr": 0.1}, tmp_path / "3.pt"
    )
    for name in ("new.pt", "old.pth", "3.pt"):
        other = archspec.build(tiny(), outputs="all")
        assert report(tiny(), tmp_path / name).ok
        assert archspec.load_weights(other, str(tmp_path / name)).ok
        assert all(torch.equal(value, other.state_dict()[key]) for key, value in model.state_dict().items())


class Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("read", [report, lambda spec, file: archspec.load_weights(archspec.build(spec), file)])
def test_a_pickle_with_code_is_refused(
    read: Callable[[Spec, Path], Any], zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"conv1.weight": Malicious()}, "bad.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"^bad.pt: refused: the pickle holds `\w+.mkdir`; nothing of it was run$"):
        read(tiny(), Path("bad.pt"))
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pt"]


def whole(folder: Path) -> dict[str, bytes]:
    write_weights(folder / "a.safetensors", tiny(), "all")
    model = archspec.build(tiny())
    torch.save(model.state_dict(), folder / "a.pt")
    torch.save(model.state_dict(), folder / "a.pth", _use_new_zipfile_serialization=False)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    for name, data in whole(tmp_path).items():
        for length in (0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1):
            (tmp_path / name).write_bytes(data[:length])
            for read in (partial(report, tiny()), partial(archspec.load_weights, archspec.build(tiny()))):
                with pytest.raises(ValueError, match=rf"{name}: \w") as caught:
                    read(tmp_path / name)
                assert "\n" not in str(caught.value)


HEADER = b'{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,%s]}}'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.safetensors", b"hello, this is a text and not a checkpoint\n"),
        ("a.safetensors", (2).to_bytes(8, "little") + b"[]"),
        ("a.safetensors", (7).to_bytes(8, "little") + b'{"a":5}'),
        ("a.safetensors", (12).to_bytes(8, "little") + b'{"a":{"b":1}'),
        ("a.safetensors", (60_000).to_bytes(8, "little") + b"[" * 60_000),
        ("a.safetensors", (2**62).to_bytes(8, "little") + b"{}"),
        ("a.safetensors", len(HEADER % (b"1e400", b"4")).to_bytes(8, "little") + HEADER % (b"1e400", b"4") + b"1234"),
        ("a.pt", b"hello, this is a text and not a checkpoint\n"),
        ("a.pt", b"\x80\x04K\x01."),
        ("a.pt", b"PK\x03\x04 and no more"),
        ("a.pt", bytes(range(256)) * 8),
    ],
)
def test_a_file_that_is_no_checkpoint_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=rf"{name}: (no|cut) ") as caught:
        report(tiny(), tmp_path / name)
    assert "\n" not in str(caught.value)


def test_what_a_file_holds_instead_is_said(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "a.pt")
    with pytest.raises(ValueError, match="no state_dict: it holds a list"):
        report(tiny(), tmp_path / "a.pt")
    torch.save({"epoch": 3}, tmp_path / "a.pt")
    with pytest.raises(ValueError, match="no state_dict: it holds 'epoch', not only tensors"):
        report(tiny(), tmp_path / "a.pt")
    torch.save(nn.Linear(2, 2), tmp_path / "a.pt")
    with pytest.raises(ValueError, match=r"refused: the pickle holds `torch\.nn\.modules\.linear\.Linear`"):
        report(tiny(), tmp_path / "a.pt")
    with pytest.raises(FileNotFoundError):
        report(tiny(), tmp_path / "none.pt")


def test_a_report_on_safetensors_needs_no_torch(tmp_path: Path) -> None:
    write_weights(tmp_path / "a.safetensors", archspec.load("resnet18"), "main")
    code = """
import sys, archspec
from archspec.weights import report
print(report(archspec.load("resnet18"), sys.argv[1]).ok, {"torch", "numpy", "safetensors"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.safetensors")], capture_output=True, text=True)
    assert done.stdout == "True set()\n", done.stderr
