"""The keys and values of a text in the order they stand: a scan in; tokens with their paths out."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from archspec.diagnostic import Path
from archspec.places import Place, Scan
from archspec.source import Span


@dataclass(frozen=True)
class Token:
    """One key or scalar value: the path it names or holds, and its text's place, quotes included."""

    path: Path
    on: Literal["key", "value"]
    span: Span


def tokens(scan: Scan) -> tuple[Token, ...]:
    """Every key and every scalar of a text that tomli has accepted. A key that names a table again is there again."""
    found: list[Token] = []
    paths: dict[int, Path] = {}

    def visit(place: Place, path: Path) -> None:
        paths[id(place)] = path
        if place.kind == "scalar":
            found.append(Token(path, "value", place.value))
        if place.key is not None and place.kind != "section":
            found.append(Token(path, "key", place.key))
        for step, child in place.children.items():
            visit(child, (*path, step))

    visit(scan.root, ())
    found += [Token(paths[id(table)], "key", key) for key, table in scan.tables]
    return tuple(sorted(found, key=lambda token: token.span))


def token_at(found: Sequence[Token], offset: int) -> Token | None:
    """The token that an offset is in or at the end of."""
    before = bisect.bisect_right(found, offset, key=lambda token: token.span.start) - 1
    return found[before] if before >= 0 and offset <= found[before].span.end else None
