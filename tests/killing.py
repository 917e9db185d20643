"""Verbs that are ended while they write: a process of its own, which has imported what they need and forks for each.

    python killing.py FOLDER TIMES SUFFIX...

In the folder is a spec that `fmt` and `--fix` change, `net.toml`, and a table, `table.md`. Every kind of write is done
once, and then TIMES more, each ended by SIGKILL: half at a time that is drawn, half when a temporary file is there.
What is left is said as a line of JSON: the kind, whether the file is the old one, the new one, or neither, and what the
folder holds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from archspec.cli import main

OLD = b"what was there"
VERBS: dict[str, tuple[str, list[str]]] = {
    "svg": ("out.svg", ["render", "lenet", "-o", "out.svg"]),
    "png": ("out.png", ["render", "lenet", "-o", "out.png"]),
    "dot": ("out.dot", ["render", "lenet", "-o", "out.dot"]),
    "py": ("out.py", ["build", "lenet", "-o", "out.py"]),
    "safetensors": ("out.safetensors", ["build", "lenet", "-o", "out.safetensors"]),
    "schema": ("out.json", ["schema", "lenet", "-o", "out.json"]),
    "import": ("new.toml", ["import", "table.md", "-o", "new.toml"]),
    "new": ("new.toml", ["new", "-o", "new.toml"]),
    "fmt": ("net.toml", ["fmt", "net.toml"]),
    "fix": ("net.toml", ["validate", "--fix", "net.toml"]),
}


def started(arguments: list[str]) -> int:
    """A fork that runs a verb, with nothing printed; its process id."""
    if pid := os.fork():
        return pid
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os._exit(main(arguments))


def killed(pid: int, delay: float | None) -> None:
    """End a process after a time or, without one, when a temporary file is there; unless it has ended by itself."""
    until = time.monotonic() + (30 if delay is None else delay)
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > until or (delay is None and [*Path().glob("*.tmp")]):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return


def tried(kind: str, times: int, draw: random.Random) -> None:
    target, arguments = Path(VERBS[kind][0]), VERBS[kind][1]
    in_place, fresh = kind in ("fmt", "fix"), kind in ("import", "new")
    old = target.read_bytes() if in_place else None if fresh else OLD
    start = time.monotonic()
    os.waitpid(started(arguments), 0)
    took, whole = time.monotonic() - start, target.read_bytes()
    for at in range(times):
        target.unlink(missing_ok=True)
        if old is not None:
            target.write_bytes(old)
        killed(started(arguments), draw.uniform(0, 1.1 * took) if at % 2 else None)
        left = target.read_bytes() if target.exists() else None
        which = "old" if left == old else "new" if left == whole else "torn"
        print(json.dumps([kind, which, sorted(map(str, Path().iterdir()))]), flush=True)
        for one in Path().glob("*.tmp"):
            one.unlink()
    target.unlink(missing_ok=True)
    if in_place and old is not None:
        target.write_bytes(old)


if __name__ == "__main__":
    folder, times, *kinds = sys.argv[1:]
    if "safetensors" in kinds:
        import torch  # noqa: F401
    os.chdir(folder)
    for kind in kinds:
        tried(kind, int(times), random.Random(kind))
