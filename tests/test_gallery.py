"""What docs/ shows is what the tool makes: the gallery, and the picture of the README."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import archspec
from archspec import drawing, render
from archspec.backends.dot import to_dot

ROOT = Path(__file__).parent.parent


def test_the_gallery_is_what_make_gallery_writes() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "docs" / "make_gallery.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (made.stdout, made.stderr, made.returncode) == ("", "", 0)


def test_the_picture_of_the_readme(golden: Callable[[str, str], None]) -> None:
    spec = archspec.load("bn_inception")
    text = to_dot(spec.graph(), level="module", module="4c", marks=drawing.marks(spec))
    golden("../../docs/images/bn_inception_4c.svg", render.draw(text, "svg").data.decode("utf-8"))
