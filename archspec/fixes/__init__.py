"""Fixes: a diagnostic and the file it was found in, in; text edits that would mend it, best first, out.

A fix is safe where what the writer meant is beyond doubt. Whether the spec is better for it is not known here: who
applies one checks again (`archspec.fixing`).
"""

from __future__ import annotations

from archspec.diagnostic import Diagnostic
from archspec.document import File
from archspec.fixes.added import added
from archspec.fixes.encoding import decoded
from archspec.fixes.given import given
from archspec.fixes.given_twice import given_twice
from archspec.fixes.missing_blank import put_in
from archspec.fixes.notations import rewritten
from archspec.fixes.older_toml import joined
from archspec.fixes.removals import removed
from archspec.fixes.repairs import repaired
from archspec.fixes.spellings import respelt
from archspec.fixes.text_edit import Fix, TextEdit, applied

__all__ = ["Fix", "TextEdit", "applied", "fixes"]

FIXERS = (given, decoded, joined, given_twice, respelt, rewritten, added, put_in, removed, repaired)


def fixes(found: Diagnostic, document: File) -> tuple[Fix, ...]:
    """The fixes of a diagnostic; a `Source` where the text could not be parsed."""
    by_edits: dict[tuple[TextEdit, ...], Fix] = {}
    for fixer in FIXERS:
        for fix in fixer(found, document):
            by_edits.setdefault(fix.edits, fix)
    return tuple(by_edits.values())
