"""Long runs over many files: lines that are whole whatever happens, and how far the run is, for a person who waits."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

_PIECE = 4096  # characters; less than what a stream's buffer holds
SECONDS = 1.0  # between two words on how far the run is, and before the first


def print_whole(line: str) -> None:
    """Print a line at once. Ctrl-C waits until it is out: who reads lines finds no half of one."""
    if threading.current_thread() is not threading.main_thread():  # elsewhere no signal arrives
        _print(line)
        return
    came: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda *interrupt: came.append(interrupt))
    try:
        _print(line)
    finally:
        signal.signal(signal.SIGINT, before)
    if came and callable(before):
        before(*came[0])


def _print(line: str) -> None:
    """In pieces, since of a long text Python may lose what is left when a signal comes while a pipe is full."""
    text = f"{line}\n"
    for start in range(0, len(text), _PIECE):
        sys.stdout.write(text[start : start + _PIECE])
        sys.stdout.flush()


def watched(items: Iterable[T], count: Callable[[], int]) -> Iterator[T]:
    """Hand items on; where standard error is a terminal and standard output is not, say there how many they were.

    `count` gives how many there are; it is asked once, and only by a run that takes longer than a second.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    done, total, said = 0, 0, time.monotonic()
    try:
        for item in items:
            yield item
            done += 1
            if time.monotonic() - said > SECONDS:
                total = total or count()
                print(f"\rchecked {done:,} of {total:,} files", end="", file=sys.stderr, flush=True)
                said = time.monotonic()
    finally:
        if total:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
