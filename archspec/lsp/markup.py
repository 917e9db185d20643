"""Words of a file as Markdown that shows them and nothing else: texts in; texts out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from archspec.source import clean
from archspec.table.text import display_width


def code(text: str) -> str:
    """A text as inline code, whatever backticks and control characters it has."""
    shown = clean(text)
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}" if shown else "`` ``"


def block(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a block of code, the first column left, the others right in their width."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(_placed(cell, width, at) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in cells
    ]
    fence = "`" * max(3, _longest_run("".join(lines)) + 1)
    return "\n".join([f"{fence}text", *(line.rstrip() for line in lines), fence])


def _placed(cell: str, width: int, at: int) -> str:
    blanks = " " * (width - display_width(cell))
    return cell + blanks if at == 0 else blanks + cell


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
