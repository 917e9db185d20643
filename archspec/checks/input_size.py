"""AS305 input-size: the input that a row prints against what the row before it gives."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.checks.checked_row import CheckedRow
from archspec.diagnostic import Diagnostic, Label


def input_size(row: CheckedRow) -> Iterator[Diagnostic]:
    failed = [claim for claim in (row.claim("input-grid"), row.claim("input-channels")) if claim]
    if not failed:
        return
    claim = failed[0]
    printed, gives = " and ".join(c.printed for c in failed), " and ".join(c.gives for c in failed)
    unit = " channels" if claim.aspect == "input-channels" else ""
    yield Diagnostic(
        "AS305",
        f"`{row.name}` prints an input of {printed}{unit}, the row before it gives {gives}",
        (Label(claim.path, f"prints {claim.printed}"),),
        notes=(f"its input is {row.result.source.shape}",),
        row=row.name,
        facts={"printed": [c.printed for c in failed], "gives": [c.gives for c in failed]},
    )
