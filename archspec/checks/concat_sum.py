"""AS301 concat-sum: the channels that a row prints against the sum of its branches."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.checks.checked_row import CheckedRow
from archspec.diagnostic import Diagnostic, Label


def concat_sum(row: CheckedRow) -> Iterator[Diagnostic]:
    claim = row.claim("channels")
    if claim is None or not row.result.joined:
        return
    parts = row.result.parts
    printed, gives = int(claim.printed), sum(part.channels for part in parts)
    terms = " + ".join(f"{part.channels} ({part.caption})" for part in parts)
    yield Diagnostic(
        "AS301",
        f"`{row.name}` prints {printed} channels, its branches give {gives}",
        (Label(claim.path, f"prints {printed}"), *(label for label in row.part_labels() if label.path != claim.path)),
        notes=(f"{terms} = {gives}, not {printed} ({gives - printed:+})",),
        row=row.name,
        facts={"printed": printed, "gives": gives, "parts": [[part.caption, part.channels] for part in parts]},
    )
