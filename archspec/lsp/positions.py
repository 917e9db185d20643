"""Places as the protocol counts them: offsets into a text in; lines and units of the agreed encoding out, and back.

A line ends with `\\n`, `\\r\\n` or `\\r`. A character counts as many units as its encoding has: two of UTF-16 for one
outside the basic plane. What is no place of the text is taken as the nearest one.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Positions:
    """Converts between code point offsets into `text` and (line, character), both from 0."""

    text: str
    encoding: Encoding = "utf-16"

    @cached_property
    def _lines(self) -> tuple[tuple[int, int], ...]:
        """For each line where it starts and where its own text ends."""
        ends = [(found.start(), found.end()) for found in _LINE_END.finditer(self.text)]
        starts = [0, *(end for _, end in ends)]
        return tuple(zip(starts, [*(start for start, _ in ends), len(self.text)], strict=True))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and character of an offset."""
        at = min(max(offset, 0), len(self.text))
        line = bisect.bisect_right(self._lines, at, key=lambda one: one[0]) - 1
        start, end = self._lines[line]
        return line, self._units(self.text[start : min(at, end)])

    def offset(self, line: int, character: int) -> int:
        """The offset of a position; one inside a character is taken as the place before it."""
        if line >= len(self._lines):
            return len(self.text)
        start, end = self._lines[max(line, 0)]
        if self.text.isascii():
            return min(start + max(character, 0), end)
        for at in range(start, end):
            character -= self._units(self.text[at])
            if character < 0:
                return at
        return end

    def line_end(self, offset: int) -> int:
        """Where the text of the line ends that an offset is on."""
        return self._lines[self.position(offset)[0]][1]

    def _units(self, text: str) -> int:
        match self.encoding:
            case "utf-8":
                return len(text.encode("utf-8", "surrogatepass"))
            case "utf-16":
                return len(text.encode("utf-16-le", "surrogatepass")) // 2
            case "utf-32":
                return len(text)
