"""AS502 params-ops: the printed numbers of parameters and operations against what the row's cells give."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.checks.checked_row import CheckedRow
from archspec.diagnostic import Diagnostic, Label


def params_ops(row: CheckedRow) -> Iterator[Diagnostic]:
    failed = [(claim, what) for aspect, what in (("params", "params"), ("ops", "ops")) if (claim := row.claim(aspect))]  # type: ignore[arg-type]
    if not failed:
        return
    printed = " and ".join(f"{claim.printed} {what}" for claim, what in failed)
    gives = " and ".join(claim.gives for claim, _ in failed)
    yield Diagnostic(
        "AS502",
        f"`{row.name}` prints {printed}, its cells give {gives}",
        tuple(Label(claim.path, f"prints {claim.printed}") for claim, _ in failed),
        row=row.name,
        facts={what: {"printed": claim.printed, "gives": claim.gives} for claim, what in failed},
    )
