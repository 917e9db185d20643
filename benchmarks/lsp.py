"""How long the language server takes: to its first diagnostics, as a ratio, and to check a spec again after an edit.

First diagnostics: whole processes, alternating: `archspec lsp` from its start until it has sent the diagnostics of the
largest bundled spec, against a Python from its start until it has imported pygls's server, pydantic and tomli. The goal
is a median ratio of at most 2.

A re-check: in one process, what the server does between an edit and its diagnostics and hints, for the largest specs by
text and by layers. Every number in a cell of the table is made one more, and put right again. The goal is a median of
at most 20 ms for a table that is right; where it is wrong, repairs are searched for, and that time is printed too.

    python benchmarks/lsp.py
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

from archspec import bundled
from archspec.lsp.analysis import Analysis, analysis
from archspec.lsp.hints import hints
from archspec.places import scan
from archspec.source import Source

RUNS = 15
GOAL_RATIO = 2.0
GOAL_MS = 20.0
FLOOR = [
    sys.executable,
    "-c",
    "import pygls.lsp.server; from pydantic import BaseModel; import tomli; print(flush=True)",
]
OURS = [sys.executable, "-m", "archspec", "lsp"]


def main() -> int:
    by_text = max(bundled.names(), key=lambda name: len(text_of(name)))
    by_layers = max(bundled.names(), key=layers_of)
    ratio = first_diagnostics(by_text)
    medians = [recheck(name) for name in dict.fromkeys((by_text, by_layers))]
    return 0 if ratio <= GOAL_RATIO and max(medians) <= GOAL_MS else 1


def text_of(name: str) -> str:
    return Path(bundled.path_of(name)).read_text(encoding="utf-8")


def layers_of(name: str) -> int:
    rows = analysis(Source(name, text_of(name))).rows
    return sum(len(row.result.nodes) for row in rows)


# --- first diagnostics -----------------------------------------------------------------------------------------------


def first_diagnostics(name: str) -> float:
    for measured in (seconds_to_diagnostics, seconds_to_import):  # once uncounted, so that both have their byte code
        measured(name)
    pairs = [(seconds_to_diagnostics(name), seconds_to_import(name)) for _ in range(RUNS)]
    ratios = sorted(ours / floor for ours, floor in pairs)
    ours, floor = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    median = statistics.median(ratios)
    print(f"first diagnostics of {name:<20}  {ours:6.1f} ms")
    print(f"import pygls, pydantic and tomli         {floor:6.1f} ms")
    spread = f"goal {GOAL_RATIO}; {ratios[0]:.2f} to {ratios[-1]:.2f}"
    print(f"ratio, median of {RUNS} pairs               {median:6.2f}   ({spread})")
    return median


def seconds_to_import(name: str) -> float:
    start = time.perf_counter()
    with subprocess.Popen(FLOOR, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return time.perf_counter() - start


def seconds_to_diagnostics(name: str) -> float:
    document = {"uri": f"file:///{name}.toml", "languageId": "toml", "version": 1, "text": text_of(name)}
    messages: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": document}},
    ]
    start = time.perf_counter()
    with subprocess.Popen(OURS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for message in messages:
            body = json.dumps({"jsonrpc": "2.0", **message}).encode()
            server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        while length := re.match(rb"Content-Length: (\d+)", server.stdout.readline()):
            while server.stdout.readline().strip():  # other headers, and the line that ends them
                pass
            if json.loads(server.stdout.read(int(length[1]))).get("method") == "textDocument/publishDiagnostics":
                took = time.perf_counter() - start
                server.stdin.close()
                return took
    raise RuntimeError("the server has gone")


# --- a re-check ------------------------------------------------------------------------------------------------------


def recheck(name: str) -> float:
    """The median, in milliseconds, over edits of one cell that leave the table right."""
    text = text_of(name)
    known = analysis(Source(name, text))
    right: list[float] = []
    wrong: list[float] = []
    for edited in edits(text):
        for one in (edited, text):
            start = time.perf_counter()
            known = after(name, one, known)
            (wrong if known.diagnostics else right).append((time.perf_counter() - start) * 1000)
    for what, times, goal in (("right", right, f"   (goal {GOAL_MS:.0f})"), ("wrong", wrong, "")):
        median, slow = statistics.median(times), statistics.quantiles(times, n=10)[-1]
        print(f"re-check of {name}, {what:<14} {median:6.1f} ms, one in ten above {slow:.1f}, of {len(times)}{goal}")
    return statistics.median(right)


def after(name: str, text: str, before: Analysis) -> Analysis:
    known = analysis(Source(name, text), before)
    list(hints(known))
    return known


def edits(text: str) -> list[str]:
    """The text with one more in each number of each cell of the table."""
    sections = scan(text).root.children
    table = sections.get("table") or sections["network"]
    rows = (table.children.get("rows") or table.children["layers"]).children.values()
    cells = [cell.value for row in rows for cell in row.children.values() if cell.kind == "scalar"]
    numbers = [found for cell in cells for found in re.compile(r"\d+").finditer(text, *cell)]
    return [f"{text[: one.start()]}{int(one[0]) + 1}{text[one.end() :]}" for one in numbers]


if __name__ == "__main__":
    sys.exit(main())
