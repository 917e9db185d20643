"""Repairs tried for real: an edit of the file in; what the whole check says of the edited text, out.

A search runs a few rows and takes the rest for granted. What it finds is shown only where the edited text, checked from
its first line to its last, has lost the finding and has none that was not there before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from archspec.diagnostic import Diagnostic, Faults, Inside, Repair
from archspec.document import parse
from archspec.source import Source
from archspec.spec import Spec

MOST_WORK = 60_000  # for one report, in rows and layers: sixty runs of a published network
RUNS = 3  # that a finding takes, about

Found = Sequence[Diagnostic]
Look = Callable[[Spec], Found]


def brought(before: Found, after: Found) -> list[Diagnostic]:
    """The findings that were not there before, by code and row. Where there were too many to check the whole file, one
    of their kinds may be one that was there all along."""
    cut = {one.code for one in before} if any(one.code == "AS006" for one in before) else ()
    more = Counter(one.identity for one in after) - Counter(one.identity for one in before)
    return [one for one in after if one.identity in more and one.code not in cut]


def gone(one: Diagnostic, before: Found, after: Found) -> bool:
    """Whether a finding, with those that it stands for, is no longer there."""
    for identity in (one.identity, *one.also):
        was, left = (sum(other.identity == identity for other in found) for found in (before, after))
        if not (left < was if was else len(after) < len(before)):
            return False
    return True


@dataclass
class WholeRuns:
    """`look` finds what is wrong with a spec, `before` is what it finds in this one; `cost` is what a run of its rows
    costs of the budget."""

    spec: Spec
    before: Found
    look: Look
    cost: int
    left: int = MOST_WORK
    _known: dict[str, Found | None] = field(default_factory=dict)

    def mends(self, one: Diagnostic, repair: Repair) -> bool:
        """Whether a finding is gone in the text with a repair in it, and nothing else is wrong than before."""
        after = self.after(self._text(repair))
        return after is not None and not brought(self.before, after) and gone(one, self.before, after)

    def clean(self, repair: Repair) -> bool:
        """Whether no error is left in the text with a repair in it."""
        return self.clean_text(self._text(repair))

    def clean_text(self, text: str) -> bool:
        """Whether no error is found in a text."""
        after = self.after(text)
        return after is not None and not any(one.severity == "error" for one in after)

    def after(self, text: str) -> Found | None:
        """What is wrong with a text; None where it cannot be read, or the budget is spent."""
        if text not in self._known:
            if self.left <= 0:
                return None
            self.left -= self.cost
            try:
                self._known[text] = self.look(replace(self.spec, document=parse(Source(self._source.name, text))))
            except Faults:
                self._known[text] = None
        return self._known[text]

    @cached_property
    def together(self) -> bool:
        """Whether there are too many findings for each to be tried alone: then the first repairs of all are tried in
        one text."""
        errors = sum(one.severity == "error" for one in self.before)
        return errors * RUNS * self.cost > MOST_WORK

    def settled(self, found: Found) -> list[Diagnostic]:
        """The findings, where they are tried together, without the repairs that do not mend them: those of each half of
        a text in which something is left wrong are tried again, down to single ones."""
        waiting = [[one for one in found if one.repairs]] if self.together else []
        proven: set[int] = set() if self.together else {id(one) for one in found}
        while waiting:
            some = waiting.pop()
            after = self.after(self._text(Repair((), tuple(value for one in some for value in one.repairs[0].values))))
            if (
                after is not None
                and not brought(self.before, after)
                and all(gone(one, self.before, after) for one in some)
            ):
                proven |= {id(one) for one in some}
            elif len(some) > 1 and self.left > 0:
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
        return [
            one if id(one) in proven or not one.repairs else replace(one, repairs=(), more_repairs=()) for one in found
        ]

    @property
    def _source(self) -> Source:
        return self.spec.document.source

    def _text(self, repair: Repair) -> str:
        """The text with a repair in it."""
        document, text = self.spec.document, self._source.text
        spans = [(document.span(path), path, value) for path, value in repair.values]
        for (start, end), path, value in sorted(spans, key=lambda one: one[0], reverse=True):
            literal = str(value) if isinstance(path[-1], Inside) else json.dumps(value, ensure_ascii=False, default=str)
            text = text[:start] + literal + text[end:]
        return text
