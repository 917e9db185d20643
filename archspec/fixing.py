"""Fixes applied: a text, and what finds faults in a text, in; the mended text, and what was left and why, out.

No fix is kept that would bring a new finding: the text is checked again after each round, and where a round brings one,
after each half of it, down to single fixes. A fault that keeps the file from being read hides all others; a fix of it
may uncover those, but none at the place that it wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from archspec.diagnostic import Diagnostic, Faults
from archspec.document import File, source_of, span_of
from archspec.fixes import Fix, TextEdit, applied, fixes
from archspec.fixes.repairs import as_likely, repaired
from archspec.formatting import formatted
from archspec.repairs.whole_run import brought, gone
from archspec.report import by_place
from archspec.source import Source, Span

MOST_ROUNDS = 10
MOST_READ = 300_000  # characters checked again in one round: some dozens of tables that a paper prints
OF_A_FINDING = 1_500  # characters that saying what is wrong once counts as, what would mend it included


@dataclass(frozen=True)
class Seen:
    """What a text is found to be: how far it could be read (0: no TOML, 1: no spec, 2: all of it), what is wrong with
    it, and which of that may be fixed."""

    file: File
    reached: int
    found: tuple[Diagnostic, ...]
    fixable: tuple[Diagnostic, ...]

    @property
    def text(self) -> str:
        return source_of(self.file).text

    @property
    def work(self) -> int:
        """What looking costs, in characters read."""
        return len(self.text) + OF_A_FINDING * len(self.found)


Look = Callable[[Source], Seen]


class _Proposal(NamedTuple):
    found: Diagnostic
    fix: Fix


@dataclass(frozen=True)
class Fixed:
    """`text` with `count` fixes in it. `left` says of what is still found, and has a fix, why that was not applied."""

    text: str
    count: int
    left: dict[Diagnostic, str] = field(default_factory=dict)


def fixed(source: Source, look: Look, *, unsafe: bool = False) -> Fixed:
    """Apply fixes until none is left that may be: the safe ones, or with `unsafe` all but those of several repairs that
    are as likely. Text in canonical layout stays in it."""
    seen, count = look(source), 0
    refused: dict[Diagnostic, str] = {}
    rounds = read = 0
    while rounds < MOST_ROUNDS and read < MOST_READ:
        read += seen.work if seen.reached else seen.work // 10  # of a text that is no TOML no row is run
        after, kept, refused = _round(seen, look, unsafe)
        if not kept:
            break
        rounds += seen.reached > 0  # of faults that hide others each is further on in the text: there is an end to them
        seen, count = after, count + kept
    left = {found: refused.get(found) or _why_not(found, seen.file, unsafe) for found in seen.fixable}
    text = seen.text
    if count and _is_canonical(source):
        text = formatted(Source(source.name, text))
    return Fixed(text, count, {found: why for found, why in left.items() if why})


def fixable(found: Iterable[Diagnostic], file: File, look: Look) -> int:
    """How many of these findings the safe fixes mend. The text is looked at only where one has such a fix."""
    if not any(_choice(one, file, False) for one in found):
        return 0
    return _round(look(source_of(file)), look, False)[1]


class Tried:
    """The fixes of a finding that mend it, each tried for itself: what is shown of a file for somebody to choose from.

    `look` says what is wrong with a text. Where a file has more faults than can be tried, the later ones have no fix.
    """

    def __init__(self, look: Look) -> None:
        self.look = look
        self._before: Seen | None = None
        self._read = 0

    def __call__(self, found: Diagnostic, file: File) -> tuple[Fix, ...]:
        made = fixes(found, file)
        if made and (self._before is None or self._before.file is not file):
            self._before, self._read = replace(self.look(source_of(file)), file=file), 0
        return tuple(fix for fix in made if self._mends(found, fix))

    def _mends(self, found: Diagnostic, fix: Fix) -> bool:
        if self._before is None or self._read > MOST_READ:
            return False
        proposal = _Proposal(found, fix)
        after = _with(self._before, [proposal], self.look)
        self._read += after.work
        if _objection(self._before, after, [proposal]):
            return False
        return after.reached > self._before.reached or gone(found, self._before.found, after.found)


def _round(seen: Seen, look: Look, unsafe: bool) -> tuple[Seen, int, dict[Diagnostic, str]]:
    """What is seen after one round, how many fixes it kept, and why it refused others. Of fixes that overlap the first
    is taken: another round sees the others."""
    proposals = _apart(_proposals(seen, unsafe))
    if not proposals:
        return seen, 0, {}
    kept: list[_Proposal] = []
    refused: dict[Diagnostic, str] = {}
    best, read = seen, 0
    waiting = [proposals]
    while waiting:
        some = waiting.pop()
        if read > MOST_READ:
            refused |= {one.found: "the file is too long to try each of its fixes" for one in some}
            continue
        after = _with(seen, [*kept, *some], look)
        read += after.work
        objection = _objection(seen, after, [*kept, *some])
        if not objection:
            kept += some
            best = after
        elif len(some) == 1:
            refused[some[0].found] = objection
        else:
            half = len(some) // 2
            waiting += [some[half:], some[:half]]
    return best, len(kept), refused


def _proposals(seen: Seen, unsafe: bool) -> list[_Proposal]:
    chosen = ((found, _choice(found, seen.file, unsafe)) for found in by_place(seen.fixable, seen.file))
    return [_Proposal(found, fix) for found, fix in chosen if fix]


def _choice(found: Diagnostic, file: File, unsafe: bool) -> Fix | None:
    """The fix to apply: the first, if it may be."""
    first = next(iter(fixes(found, file)), None)
    if first is None or first.safe:
        return first
    return first if unsafe and _as_likely(found, first, file) < 2 else None


def _as_likely(found: Diagnostic, first: Fix, file: File) -> int:
    """How many repairs there are that could as well be made as the first."""
    return as_likely(found) if first in repaired(found, file) else 1


def _why_not(found: Diagnostic, file: File, unsafe: bool) -> str:
    first = next(iter(fixes(found, file)), None)
    if first is None:
        return ""
    count = _as_likely(found, first, file)
    if not first.safe and count > 1:
        return f"{count} repairs change as few cells"
    return "" if unsafe or first.safe else f"`{first.title}` is a guess, which --unsafe-fixes takes"


def _apart(proposals: Iterable[_Proposal]) -> list[_Proposal]:
    taken: list[TextEdit] = []
    apart = []
    for one in proposals:
        if not any(_overlap(edit, other) for edit in one.fix.edits for other in taken):
            taken += one.fix.edits
            apart.append(one)
    return apart


def _overlap(one: TextEdit, other: TextEdit) -> bool:
    """Insertions at one place overlap too: which is first would be chance."""
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def _with(seen: Seen, proposals: Sequence[_Proposal], look: Look) -> Seen:
    text = applied(seen.text, (edit for one in proposals for edit in one.fix.edits))
    return look(replace(source_of(seen.file), text=text))


def _objection(before: Seen, after: Seen, proposals: Sequence[_Proposal]) -> str:
    """Why fixes are not kept; nothing where they are."""
    if after.reached < before.reached:
        return f"{_named(after.found)} would appear"
    if after.reached == before.reached == 0 and _to_read(after) >= _to_read(before):
        return "the text would be no further readable"
    places = _places(edit for one in proposals for edit in one.fix.edits)
    if after.reached > before.reached or before.reached == 0 or any(found.code == "AS005" for found in before.found):
        there = [found for found in after.found if _stands_in(found, after.file, places, 1)]
        return f"{_named(there)} would appear there" if there else ""
    new = brought(before.found, after.found)
    if all(one.fix.safe for one in proposals):  # claims of other rows could not be checked until now
        rows = {one.found.row for one in proposals} - {""}
        new = [one for one in new if one.code < "AS2" or one.row in rows or _stands_in(one, after.file, places)]
    if new:
        return f"{_named(new)} would appear"
    still = {_said(one.found) for one in proposals} & {*map(_said, after.found)}
    return "it would mend nothing" if still else ""


def _said(found: Diagnostic) -> tuple[object, ...]:
    """What a finding is, whatever was found that mends it. Of a name that is nowhere it is one, wherever it stands."""
    return found.code, found.message, found.path if found.labels and "missing" not in found.facts else ()


def _named(found: Iterable[Diagnostic]) -> str:
    return " and ".join(dict.fromkeys(f"{one.code} {one.name}" for one in found))


def _to_read(seen: Seen) -> int:
    """How much of a text that is no TOML stands after the fault."""
    return len(seen.text) - max((span_of(found.labels[0], seen.file).start for found in seen.found), default=0)


def _places(edits: Iterable[TextEdit]) -> list[Span]:
    """Where edits stand in the text that has them."""
    places, shift = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        places.append(Span(edit.start + shift, edit.start + shift + len(edit.new)))
        shift += len(edit.new) - (edit.end - edit.start)
    return places


def _stands_in(found: Diagnostic, file: File, places: Iterable[Span], labels: int | None = None) -> bool:
    """Whether one of the first `labels` labels of a finding, or of all, stands in one of the places."""
    spans = [span_of(label, file) for label in found.labels[:labels]]
    return any(start < place.end and place.start < end for start, end in spans for place in places)


def _is_canonical(source: Source) -> bool:
    try:
        return formatted(source) == source.text
    except Faults:
        return False
