"""A file that an editor has open: its text as typed, and what is known of it.

The text may be broken for a while. Then diagnostics speak of it as it is, and everything else of the last text that
could be read: places in lines that have not changed since are carried over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property

from archspec.lsp.analysis import Analysis, analysis
from archspec.lsp.positions import Encoding, Positions
from archspec.source import Source, Span

_SAYS_FORMAT = re.compile(r"[^\S\n]*(['\"]?)format\1[^\S\n]*=")
_HEADER = re.compile(r"[^\S\n]*\[")
_MARK = "\ufeff"  # a byte order mark, which some editors send: it is no part of the text that is read


@dataclass(frozen=True)
class Opened:
    """One state of an open file; an edit gives the next. `before` is what was known when it could last be read."""

    uri: str
    text: str
    version: int | None = None
    encoding: Encoding = "utf-16"
    before: Analysis | None = field(default=None, repr=False, compare=False)

    def edited(self, text: str, version: int | None) -> Opened:
        """The same file with another text. One that nobody asked anything of is not analysed."""
        before = self.good if "latest" in vars(self) else self.before
        return Opened(self.uri, text, version, self.encoding, before)

    @cached_property
    def latest(self) -> Analysis:
        """What is known of the text as it is."""
        return analysis(Source(self.uri, self.text.removeprefix(_MARK)), self.before)

    @cached_property
    def good(self) -> Analysis | None:
        """What is known of the last text that could be read as a spec; None while there was none."""
        return self.latest if self.latest.spec else self.before

    @property
    def is_spec(self) -> bool:
        """Whether the file is one of ours: `format` stands in it above the first header, or did before."""
        if self.before is not None:
            return True
        for line in self.text.removeprefix(_MARK).splitlines():
            if _SAYS_FORMAT.match(line):
                return True
            if _HEADER.match(line):
                return False
        return False

    # --- places ---

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self.text, self.encoding)

    @property
    def _shift(self) -> int:
        return len(_MARK) if self.text.startswith(_MARK) else 0

    def offset(self, line: int, character: int) -> int:
        """The offset of a position into the text of the latest analysis."""
        return max(self._positions.offset(line, character) - self._shift, 0)

    def range(self, span: Span) -> tuple[tuple[int, int], tuple[int, int]]:
        """The positions of a part of the latest analysis' text."""
        start, end = (self._positions.position(offset + self._shift) for offset in span)
        return start, end

    def line_end(self, offset: int) -> int:
        """The offset where the line of an offset ends."""
        return self._positions.line_end(offset + self._shift) - self._shift

    def good_offset(self, offset: int) -> int | None:
        """The offset into the good analysis' text; None in a part that has changed since."""
        found = (old + offset - new for old, new, length in self._kept if 0 <= offset - new <= length)
        return next(found, None)

    def from_good(self, span: Span) -> Span | None:
        """Where a part of the good analysis' text stands now; None where its beginning or end has changed."""
        start, end = (
            next((new + offset - old for old, new, length in self._kept if 0 <= offset - old <= length), None)
            for offset in span
        )
        return None if start is None or end is None or end < start else Span(start, end)

    @cached_property
    def _kept(self) -> tuple[tuple[int, int, int], ...]:
        """The parts that the good text and the latest share: where each stands in either, and how long it is.

        They are lines that are the same, and of lines that differ what they begin and end with alike.
        """
        new = self.latest.source.text
        old = self.good.source.text if self.good else ""
        if new == old:
            return ((0, 0, len(new)),)
        old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
        begin, end = _common(old_lines, new_lines)  # taken off first: what follows is slow where many lines are alike
        at_old = at_new = sum(map(len, new_lines[:begin]))
        rest = sum(map(len, new_lines[len(new_lines) - end :]))
        kept = [(0, 0, at_new)]
        old_lines, new_lines = old_lines[begin : len(old_lines) - end], new_lines[begin : len(new_lines) - end]
        for kind, i, j, k, m in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
            one, other = "".join(old_lines[i:j]), "".join(new_lines[k:m])
            if kind == "equal":
                kept.append((at_old, at_new, len(one)))
            else:
                head, tail = _common(one, other)
                kept.append((at_old, at_new, head))
                kept.append((at_old + len(one) - tail, at_new + len(other) - tail, tail))
            at_old, at_new = at_old + len(one), at_new + len(other)
        kept.append((at_old, at_new, rest))
        return tuple(part for part in kept if part[2])


def _common(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many signs two texts, or lines two lists, begin with alike; and of the others, how many they end with."""
    most = min(len(one), len(other))
    head = next((at for at in range(most) if one[at] != other[at]), most)
    tail = next((at for at in range(most - head) if one[-1 - at] != other[-1 - at]), most - head)
    return head, tail
