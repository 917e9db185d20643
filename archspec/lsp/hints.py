"""Inlay hints: what each row gives, behind it. An analysis in; offsets and texts out."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.lsp.analysis import Analysis, RowResult
from archspec.table.text import short


def hints(known: Analysis) -> Iterator[tuple[int, str]]:
    """For every row and head that can be run the offset of its end, and `→ 14×14×576, 584K params`.

    The shape is computed from the cells; a printed one that disagrees is a diagnostic.
    """
    if known.document is None:
        return
    for row in known.rows:
        yield known.document.span(row.path).end, _text(row)


def _text(row: RowResult) -> str:
    params = f", {short(row.cost.params)} params" if row.cost.params else ""
    return f"→ {row.output}{params}"
