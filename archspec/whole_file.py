"""Files that are written whole or not at all: content in; the file at its path out.

What a path names stays what it is. A file keeps its mode and its owner; a link stays a link, and what it leads to is
written; a FIFO, a device and the file that standard output goes to are written into, never replaced. A file that nobody
may write is left alone. Of several hard links to a file the one that is named gets the new content.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import BinaryIO

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

# No verb reads a file of this name: it ends in no suffix of ours, and it begins with a dot.
_PREFIX, _SUFFIX = ".archspec-", ".tmp"
_OURS = re.compile(rf"{re.escape(_PREFIX)}[a-z0-9_]{{8}}{re.escape(_SUFFIX)}")
_LEFT_AFTER = 3600  # seconds without a change: whoever wrote such a file was killed


def fill(path: Path, content: Callable[[Path], object], *, ready: Callable[[], object] = lambda: None) -> None:
    """Let `content` write a temporary file, then put it in place. `ready` is called just before that; what it raises
    keeps the file as it was. Raises `OSError`."""
    there = _there(path)
    stream = there and _stream(path, there)
    if stream:
        with tempfile.TemporaryDirectory() as folder, stream:
            content(temporary := Path(folder) / f"content{path.suffix}")
            with temporary.open("rb") as made:
                shutil.copyfileobj(made, stream)
        return
    path = path.resolve()
    if there and not (there.st_mode & _WRITABLE and os.access(path, os.W_OK)):
        raise PermissionError(errno.EACCES, "the file is read-only; make it writable first", str(path))
    _sweep(path.parent)
    with _tidy_end(), _temporary(path.parent) as temporary:
        content(temporary)
        with temporary.open("rb+") as made:
            os.fsync(made.fileno())
        _take_after(temporary, there)
        ready()
        temporary.replace(path)


def write(path: Path, data: bytes, *, ready: Callable[[], object] = lambda: None) -> None:
    """Write bytes. Raises `OSError`."""
    fill(path, lambda temporary: temporary.write_bytes(data), ready=ready)


def _there(path: Path) -> os.stat_result | None:
    try:
        there = path.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    return there


def _stream(path: Path, there: os.stat_result) -> BinaryIO | None:
    """What is written into: a FIFO, a device, or the file behind standard output or standard error."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if os.path.samestat(there, os.fstat(descriptor)):
                return os.fdopen(os.dup(descriptor), "wb")
    return None if stat.S_ISREG(there.st_mode) else os.fdopen(os.open(path, os.O_WRONLY), "wb")


def _take_after(temporary: Path, there: os.stat_result | None) -> None:
    """Give a file the owner and mode of another; where there is none those of a new file."""
    if there is None:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        for owner in (there.st_uid, -1):  # not everybody may give a file away, but a group may be one's own
            with suppress(OSError):
                os.chown(temporary, owner, there.st_gid)
                break
    temporary.chmod(stat.S_IMODE(there.st_mode))


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _tidy_end() -> Iterator[None]:
    """What would end the process at once raises `SystemExit`, so that what is temporary goes. Who handles or ignores
    such signals keeps doing so."""
    signals = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    here = threading.current_thread() is threading.main_thread()  # elsewhere handlers cannot be set
    unhandled = [one for one in signals if here and signal.getsignal(one) is signal.SIG_DFL]

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for one in unhandled:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in unhandled:
            signal.signal(one, signal.SIG_DFL)


@cache
def _sweep(folder: Path) -> None:
    """Remove what killed processes left in a folder; once a process, since a folder may be large."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and time.time() - entry.stat(follow_symlinks=False).st_mtime > _LEFT_AFTER:
                Path(entry).unlink()
