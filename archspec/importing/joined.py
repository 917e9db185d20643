"""Cells of several things, as `7×7, 64, stride 2` or `7x7/2 (x64)`, become a cell for each: a table in, one out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.edit import literal
from archspec.notation import keys_of
from archspec.vocabulary import CLAIMS, LAYER_KEYS

Lines = Sequence[tuple[str, ...]]

_PARTS = {
    "patch": re.compile(r"(\d+[x×]\d+(?:\s*/\s*\d+)?)(?: conv(?:olution)?)?", re.IGNORECASE),
    "out": re.compile(r"(\d+)(?: (?:filters|channels|kernels|maps))?", re.IGNORECASE),
    "stride": re.compile(r"(?:(?:stride|s)\s*=?\s*|/)(\d+)", re.IGNORECASE),
    "pad": re.compile(r"(?:pad|padding|p)\s*=?\s*(\d+)", re.IGNORECASE),
}
_CAPTIONS = {"patch": "patch/stride", "out": "filters", "pad": "pad"}


def parted(captions: Sequence[str], lines: Lines) -> tuple[list[str], list[tuple[str, ...]], list[str]]:
    """The table with such a column as a column for each part, where every cell of it can be read so; and a note.

    A column stays as it is where another has one of the parts.
    """
    keys = [key for caption in captions for key in keys_of(caption)]
    for at, caption in enumerate(captions):
        own = keys_of(caption)
        cells = [_parts(line[at]) for line in lines]
        found = {name for cell in cells if cell for name in cell}
        others = {key for key in keys if key not in own}
        if (
            {*own} & {*CLAIMS, *LAYER_KEYS}
            or None in cells
            or "patch" not in found
            or found & others
            or not any(cell and len(cell) > 1 for cell in cells)
        ):
            continue
        new = [name for name in _CAPTIONS if name in found]
        note = f"guessed: {literal(caption)} read as {', '.join(literal(_CAPTIONS[name]) for name in new)}"
        rows = [(*line[:at], *(_cell(cell or {}, name) for name in new), *line[at + 1 :])
                for line, cell in zip(lines, cells, strict=True)]  # fmt: skip
        return [*captions[:at], *(_CAPTIONS[name] for name in new), *captions[at + 1 :]], rows, [note]
    return list(captions), list(lines), []


def _parts(cell: str) -> dict[str, str] | None:
    """What a cell says, by key; None where a part of it is none of these, or is said twice."""
    found: dict[str, str] = {}
    said_of_depth = re.sub(r"\([x×]\s*(\d+)\)$", r",\1", cell)
    for part in filter(None, (part.strip() for part in said_of_depth.split(","))):
        name, said = next(
            ((name, one[1]) for name, pattern in _PARTS.items() if (one := pattern.fullmatch(part))), ("", "")
        )
        if not name or name in found or (name == "stride" and "/" in found.get("patch", "")):
            return None
        found[name] = said
    return found


def _cell(parts: dict[str, str], name: str) -> str:
    """The cell of a part; the stride stands behind the window, as papers print it."""
    said = parts.get(name, "")
    return f"{said}/{parts['stride']}" if name == "patch" and said and "stride" in parts else said
