"""AS302 output-channels: the channels that a row prints against those its cells give, where nothing is concatenated."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.checks.checked_row import CheckedRow
from archspec.diagnostic import Diagnostic, Label


def output_channels(row: CheckedRow) -> Iterator[Diagnostic]:
    claim = row.claim("channels")
    if claim is None or row.result.joined:
        return
    labels = [label for label in row.part_labels() if label.path != claim.path]
    notes = () if labels else (f"the channels of its input pass through: {row.result.source.shape.channels}",)
    yield Diagnostic(
        "AS302",
        f"`{row.name}` prints {claim.printed} channels, its cells give {claim.gives}",
        (Label(claim.path, f"prints {claim.printed}"), *labels),
        notes=notes,
        row=row.name,
        facts={"printed": int(claim.printed), "gives": int(claim.gives)},
    )
