"""A `Table` for pages and programs: Markdown, CSV and JSON, with exact numbers.

The names in CSV and JSON are an interface. `output` is height, width, channels: a list in JSON, `14x14x608` in CSV.
`params` of the total counts heads and `macs` does not: it is the network as it is evaluated. A row that cannot be run
has null, or an empty field, in place of what was derived.
"""

from __future__ import annotations

import csv as csv_format
import io
import json as json_format
import math
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archspec.table.text import notes, totals

if TYPE_CHECKING:
    from archspec.table import Table, TableRow

# The captions of Markdown behind the printed ones, by which it is told from any other table when it is read back.
DERIVED = (
    "computed output",
    "computed depth",
    "computed params",
    "% of params",
    "MACs",
    "% of MACs",
    "activations",
    "receptive field",
)
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&]")


def markdown(table: Table) -> str:
    """A GitHub table: printed columns, derived columns, heads at the end; totals and notes as a list under it.

    A derived column that a paper prints too is `computed`, so that no two have one caption.
    """
    headings = [*map(escaped, table.captions), *DERIVED]
    lines = [" | ".join(headings), " | ".join([":--"] * len(table.captions) + [":--", *["--:"] * 7])]
    for row in (*table.rows, *table.heads):
        printed = [escaped(cell + mark) for cell, mark in zip(row.cells, row.marks, strict=True)]
        lines.append(" | ".join([*printed, *_markdown_derived(table, row)]))
    said = [totals(table), *(f"{mark} {note}".strip() for mark, note in notes(table))]
    listed = ["- " + re.sub(r"^(?=[-+#=\d])", r"\\", escaped(one)) for one in said]
    return "\n".join([*(f"| {line} |" for line in lines), "", *listed]) + "\n"


def _markdown_derived(table: Table, row: TableRow) -> list[str]:
    if row.derived is None:
        return ["?"] * 8
    cost, field = row.derived.cost, row.derived.receptive_field
    params, macs = (_percent(table.share(row, "params")), _percent(table.share(row, "macs")))
    return [
        table.size(row.derived.output),
        str(row.derived.depth),
        f"{cost.params:,}",
        params,
        f"{cost.macs:,}",
        macs,
        f"{cost.activations:,}",
        table.size(field) if field else "?",
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1f}"


def escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: f"&{_ENTITIES[match[0]]};" if match[0] in _ENTITIES else f"\\{match[0]}", text)


_ENTITIES = {"<": "lt", ">": "gt", "&": "amp"}


def csv(table: Table) -> str:
    """RFC 4180: a header, a line for each row and head. A printed column is `printed` and its caption.

    `kind` is `row` or `head`; `read_as` and `gives` hold `CAPTION: VALUE` for the cells marked `*` and `!` in the text.
    A text that a spreadsheet would take for a formula has a `'` before it; a number stays a number.
    """
    out = io.StringIO()
    writer = csv_format.writer(out)  # its dialect ends lines as RFC 4180 does
    writer.writerow(["row", "kind", *(f"printed {caption}" for caption in table.captions), *_DERIVED, *_MARKED])
    for row in (*table.rows, *table.heads):
        derived = ["x".join(map(str, one)) if isinstance(one, list) else one for one in _derived(table, row).values()]
        read = "; ".join(f"{one.caption}: {one.read}" for one in row.corrections)
        gives = "; ".join(f"{one.caption}: {one.derived}" for one in row.disagreements)
        writer.writerow(
            [
                _no_formula(row.name),
                "head" if row.head else "row",
                *map(_no_formula, row.cells),
                *derived,
                "true" if row.added else "false",
                _no_formula(read),
                _no_formula(gives),
                *(_no_formula(one) if isinstance(one, str) else one for one in row.head or ("", "")),
            ]
        )
    return out.getvalue()


_FORMULA = re.compile(r"(?![+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?$)[=@+\-\t\r]")


def _no_formula(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


_DERIVED = (
    "output",
    "depth",
    "params",
    "params_share",
    "macs",
    "macs_share",
    "weights",
    "buffers",
    "activations",
    "receptive_field",
)
_MARKED = ("added", "read_as", "gives", "from", "loss_weight")


def _derived(table: Table, row: TableRow) -> dict[str, Any]:
    """What was derived under the names of the interface; None where it is not known. Shares are in %."""
    if row.derived is None:
        return dict.fromkeys(_DERIVED)
    cost, field = row.derived.cost, row.derived.receptive_field
    params, macs = (share and round(share, 4) for share in (table.share(row, "params"), table.share(row, "macs")))
    values = (
        list(row.derived.output),
        row.derived.depth,
        cost.params,
        params,
        cost.macs,
        macs,
        cost.weights,
        cost.buffers,
        cost.activations,
        list(field) if field else None,
    )
    return dict(zip(_DERIVED, values, strict=True))


def json(table: Table) -> str:
    """One object: what was chosen, the rows, the heads and the total.

    `format_version` grows when a name changes its meaning.
    `printed` holds the cells of a row that are not blank, by caption, as text.
    """
    value = {
        "format_version": 1,
        "name": table.name,
        "choice": {
            "input": list(table.input),
            "readings": table.readings,
            "variants": table.variants,
            "params": {key: _finite(item) for key, item in table.params},
            "as_printed": table.as_printed,
        },
        "columns": table.captions,
        "rows": [{**_entry(table, row), "added": row.added, "instances": row.instances} for row in table.rows],
        "heads": [{**_entry(table, row), **_head(row)} for row in table.heads],
        "total": _total(table),
        "claims_checked": not table.unchecked,
    }
    return json_format.dumps(value, indent=2, allow_nan=False) + "\n"


def _entry(table: Table, row: TableRow) -> dict[str, Any]:
    printed = {caption: cell for caption, cell in zip(table.captions, row.cells, strict=True) if cell}
    lists = {"corrections": list(map(asdict, row.corrections)), "disagreements": list(map(asdict, row.disagreements))}
    return {"row": row.name, **_derived(table, row), "printed": printed, **lists}


def _head(row: TableRow) -> dict[str, Any]:
    return dict(zip(("from", "loss_weight"), row.head or (None, None), strict=True))


def _total(table: Table) -> dict[str, int | None]:
    names = ("params", "params_without_aux", "buffers", "macs", "macs_with_aux", "activations", "depth")
    return {name: getattr(table.total, name) if table.total else None for name in names}


def _finite(value: float | str) -> float | str:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
