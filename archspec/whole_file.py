"""Files that are written whole or not at all: content in; the file at its path out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def fill(path: Path, content: Callable[[Path], object]) -> None:
    """Let `content` write a temporary file in the same folder, then put it in place. Raises `OSError`."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        content(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write(path: Path, data: bytes) -> None:
    """Write bytes. Raises `OSError`."""
    fill(path, lambda temporary: temporary.write_bytes(data))
