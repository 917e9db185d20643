"""How long `archspec validate` takes from a cold start, as a ratio.

Whole processes, alternating: `archspec validate bn_inception` against a Python that only imports pydantic's BaseModel
and tomli, with torch installed and never imported. The goal is a median ratio of at most 2.2.

    python benchmarks/validate.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 25
GOAL = 2.2
FLOOR = [sys.executable, "-c", "from pydantic import BaseModel; import tomli"]
OURS = [sys.executable, "-m", "archspec", "validate", "bn_inception"]


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    for command in (FLOOR, OURS):  # once uncounted, so that both have their byte code
        seconds(command)
    pairs = [(seconds(OURS), seconds(FLOOR)) for _ in range(RUNS)]
    ratios = sorted(ours / floor for ours, floor in pairs)
    ours, floor = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    median = statistics.median(ratios)
    print(f"archspec validate bn_inception   {ours:6.1f} ms")
    print(f"import pydantic and tomli        {floor:6.1f} ms")
    print(f"ratio, median of {RUNS} pairs       {median:6.2f}   (goal {GOAL}; {ratios[0]:.2f} to {ratios[-1]:.2f})")
    return 0 if median <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
