"""What would mend what is found at a place: an analysis and a range in; findings with their fixes out."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostic import Diagnostic
from archspec.document import span_of
from archspec.fixes import Fix
from archspec.lsp.analysis import Analysis
from archspec.report import by_place


def actions(known: Analysis, start: int, end: int) -> Iterator[tuple[Diagnostic, Fix]]:
    """The fixes and repairs of every finding that is marked, at any of its places, within the range; best first. Each
    was tried."""
    file = known.document or known.source
    for found in by_place(known.diagnostics, file):
        spans = [span_of(label, file) for label in found.labels]
        if any(span.start <= end and start <= span.end for span in spans):
            yield from ((found, fix) for fix in known.tried(found, file))
