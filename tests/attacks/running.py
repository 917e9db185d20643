"""A verb in a process of its own: arguments in, one JSON object a line; exit code, processor time and memory out.

Run as a program. It imports Archspec once and forks for every line, so that a run is measured without its imports and
nothing that one run remembers serves another. `Runner` is its other end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

CPU_SECONDS = 30  # after which a run is ended, whatever it is asked to stay below
MEMORY = 4 << 30  # of addresses
OUTPUT = 64 << 20  # of a file


class Run(NamedTuple):
    """How a run ended: `code` is negative where a signal ended it. Seconds of processor time, and MiB at the most."""

    code: int
    seconds: float
    mib: float
    out: bytes
    err: bytes


class Runner:
    """The process that forks. Mutable; a context manager that ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-W", "error", __file__]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.communicate()

    def run(self, *arguments: str, stdin: str = os.devnull) -> Run:
        """The outcome of `archspec ARGUMENTS` in the folder; `stdin` names a file."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([stdin, *arguments]), file=self.process.stdin, flush=True)
        code, seconds, mib = json.loads(self.process.stdout.readline())
        out, err = ((self.folder / name).read_bytes() for name in (".out", ".err"))
        return Run(code, seconds, mib, out, err)


def _child(stdin: str, arguments: list[str]) -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT, OUTPUT))
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, (name, flags) in enumerate(((stdin, os.O_RDONLY), (".out", write), (".err", write))):
        os.dup2(os.open(name, flags, 0o600), number)
    sys.argv[1:] = arguments
    from archspec import cli

    code = cli.main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _serve() -> None:
    import importlib

    for name in ("about", "author", "compare", "fix", "fmt", "lsp", "schema", "show", "validate"):
        importlib.import_module(f"archspec.commands.{name}")
    for name in (
        "lsp.server",
        "diff",
        "fixes",
        "fixing",
        "report_formats",
        "repairs.one_slip",
        "repairs.slips",
        "drawing",
    ):
        importlib.import_module(f"archspec.{name}")
    for line in sys.stdin:
        stdin, *arguments = json.loads(line)
        child = os.fork()
        if not child:
            code = 70
            try:
                code = _child(stdin, arguments)
            finally:
                os._exit(code)
        _, status, used = os.wait4(child, 0)
        print(
            json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]),
            flush=True,
        )


if __name__ == "__main__":
    _serve()
