"""What `archspec validate FOLDER --format jsonl` takes for so many files: peak memory, and time a file.

    python benchmarks/bulk.py 100 20000

The files are copies of bundled specs; in every second one a number is another one.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPECS = ("lenet", "nin", "vgg16", "resnet18", "googlenet", "bn_inception")
MIB = 2**20 if sys.platform == "darwin" else 2**10  # of what `ru_maxrss` counts


def write(folder: Path, count: int) -> None:
    """So many specs, the same ones each time, a hundred to a folder."""
    rng = random.Random(count)
    specs = Path(__file__).parent.parent / "specs"
    texts = [(specs / f"{name}.toml").read_text(encoding="utf-8") for name in SPECS]
    for index in range(count):
        text = rng.choice(texts)
        if index % 2:
            number = rng.choice(list(re.finditer(r'(?<=[ ×x])\d+(?=[ ,×x\]"])', text)))
            text = f"{text[: number.start()]}{rng.randint(1, 999)}{text[number.end() :]}"
        path = folder / str(index // 100) / f"{index}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main() -> None:
    for count in map(int, sys.argv[1:] or ("100", "1000")):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), count)
            command = [sys.executable, "-m", "archspec", "validate", folder, "--format", "jsonl"]
            start = time.perf_counter()
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(run.pid, 0)
            run.returncode = os.waitstatus_to_exitcode(status)
            each = (time.perf_counter() - start) / count * 1e3
        print(f"{count} files: exit {run.returncode}, peak {used.ru_maxrss / MIB:.1f} MiB, {each:.1f} ms a file")


if __name__ == "__main__":
    main()
