"""What is reported: a code, a message, and the cells that disagree. No text positions: those are the document's.

A **path** leads to a value of the file: keys, list indices and, as its last element, an `Inside` for a part of a
string. `("table", "rows", 9, 3, Inside(6, 9))` is the 576 of `"14×14×576"`. It is also pydantic's `loc` and a node's
origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning"]


class Inside(NamedTuple):
    """Code points `start` to `end` of a string's content (without its quotes)."""

    start: int
    end: int


Path = tuple["str | int | Inside", ...]


@dataclass(frozen=True)
class Label:
    """One cell and what is said of it. `on` chooses what is marked: the value, or the key that names it."""

    path: Path
    text: str = ""
    on: Literal["value", "key"] = "value"


@dataclass(frozen=True)
class Repair:
    """A set of cell edits after which the claims agree. `edits` holds (row, caption, old, new).

    `values` says the same for programs: of each edit the cell, and its new value as a whole.
    """

    edits: tuple[tuple[str, str, str, str], ...]
    values: tuple[tuple[Path, object], ...] = field(default=(), hash=False)  # a cell may hold a list

    @property
    def cells(self) -> int:
        return len(self.edits)

    @property
    def columns(self) -> int:
        return len({caption for _, caption, _, _ in self.edits})

    @property
    def one_slip(self) -> bool:
        """Whether one slip may have made all of it: the same edit in several rows, or edits of one row."""
        return len({row for row, _, _, _ in self.edits}) == 1 or len({edit[1:] for edit in self.edits}) == 1


@dataclass(frozen=True)
class Diagnostic:
    """One finding. The first label is the place it is blamed on; the others are what it disagrees with.

    `notes` give facts, `help` says what to do; `facts` is the same for programs. `repairs` holds the edits worth
    showing and `more_repairs` counts the rest, by number of cells.
    """

    code: str
    message: str
    labels: tuple[Label, ...]
    notes: tuple[str, ...] = ()
    help: str = ""
    severity: Severity = "error"
    repairs: tuple[Repair, ...] = ()
    more_repairs: tuple[tuple[int, int], ...] = ()  # (cells in a repair, how many more there are)
    facts: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    row: str = ""  # the row it speaks of, as printed
    also: tuple[tuple[str, str], ...] = ()  # code and row of other findings that this one stands for
    allowed: Label | None = None  # where the file allows it, and why: then it is not reported

    @property
    def name(self) -> str:
        return CODES[self.code]

    @property
    def path(self) -> Path:
        return self.labels[0].path

    @property
    def identity(self) -> tuple[str, str]:
        """What stays of a finding where the text around it changes."""
        return self.code, self.row

    def with_note(self, note: str) -> Diagnostic:
        return replace(self, notes=(*self.notes, note))


class Fault(Exception):
    """Raised where one diagnostic stops the work at hand; caught where the next row begins."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Faults(Exception):
    """Raised where several diagnostics stop the work at hand."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(d.message for d in self.diagnostics))


def nearest(word: str, candidates: Iterable[str], alike: float = 0.6) -> str | None:
    """The candidate that `word` was most likely meant to be, or None where none is that much `alike`, up to 1."""
    return _nearest(word.lower(), frozenset(candidates), alike) if len(word) <= LONGEST_WORD else None


LONGEST_WORD = 64  # that is compared with others; nobody mistypes a longer one in one place only
MOST_COMPARED = 2_500  # pairs of letters that are looked at for one word: a dozen words of the field


@lru_cache(1024)
def _nearest(word: str, candidates: frozenset[str], alike: float) -> str | None:
    from difflib import get_close_matches  # here: a file without faults does not pay for it

    mine, left = _letters(word), MOST_COMPARED
    likely: dict[str, str] = {}
    shares = [
        (2 * (mine & letters).bit_count() / (len(word) + len(lower)), lower, one)
        for lower, one, letters in _by_letters(candidates)
    ]
    for _, lower, one in sorted((one for one in shares if one[0] >= alike), key=lambda one: -one[0]):
        if likely and left < 0:
            break
        likely[lower] = one
        left -= len(word) * len(lower)
    found = get_close_matches(word, dict(sorted(likely.items())), n=1, cutoff=alike)
    return likely[found[0]] if found else None


@lru_cache(64)
def _by_letters(candidates: frozenset[str]) -> list[tuple[str, str, int]]:
    """Each candidate in small letters, as it is, and the letters it has."""
    return [(one.lower(), one, _letters(one.lower())) for one in sorted(candidates) if len(one) <= LONGEST_WORD]


def _letters(word: str) -> int:
    """The letters of a word, the second of a kind apart from the first: two words share as many as the bits they do."""
    found, seen = 0, dict[str, int]()
    for letter in word:
        seen[letter] = seen.get(letter, 0) + 1
        found |= 1 << (ord(letter) % 64 * LONGEST_WORD + seen[letter] - 1)
    return found


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The help line for an unknown word: the nearest candidate, or what there is."""
    match = nearest(word, candidates)
    return f"did you mean `{match}`?" if match else otherwise


def spelling(word: str, candidates: Iterable[str]) -> dict[str, Any]:
    """The facts of an unknown word: the `nearest` candidate, and whether that is a `near_miss`: the only candidate that
    one slip of the keyboard is away. Another digit is no slip of that kind: `conv3` is another row than `conv2`."""
    known = frozenset(candidates)
    match = nearest(word, known)
    if match is None:
        return {}
    return {"nearest": match, "near_miss": near_misses(word, known) == [match]}


@lru_cache(1024)
def near_misses(word: str, known: frozenset[str]) -> list[str]:
    """The words that one slip of the hand makes of a word."""
    return [one for one in known if abs(len(one) - len(word)) <= 1 and _one_slip(word, one)]


def _one_slip(word: str, other: str) -> bool:
    """Whether a letter too many, too few, another, or two letters swapped make one word of the other."""
    word, other = (text.lower().replace(" ", "-").replace("_", "-") for text in (word, other))
    if [char for char in word if char.isdigit()] != [char for char in other if char.isdigit()]:
        return False
    start = next((at for at, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    mine, theirs = word[start:], other[start:]
    return mine[1:] in (theirs, theirs[1:]) or mine == theirs[1:] or (mine[1::-1] + mine[2:] == theirs)


# Every code and its name. A number is never used again; `explain CODE` prints archspec/explain/CODE.md.
CODES: dict[str, str] = {
    # 0: the file
    "AS001": "toml-syntax",
    "AS002": "file-encoding",
    "AS003": "duplicate-key",
    "AS004": "toml-1-1",
    "AS005": "format-version",
    "AS006": "too-large",
    # 1: keys, cells and names
    "AS101": "unknown-key",
    "AS102": "missing-key",
    "AS103": "wrong-type",
    "AS104": "bad-notation",
    "AS105": "out-of-range",
    "AS106": "unknown-type",
    "AS107": "unread-cell",
    "AS108": "missing-cell",
    "AS109": "cell-count",
    "AS110": "duplicate-name",
    "AS111": "bad-caption",
    "AS112": "given-twice",
    "AS113": "unknown-reference",
    "AS114": "unknown-row",
    "AS115": "unused-column",
    "AS116": "module-cycle",
    "AS117": "patch-conflict",
    "AS118": "stale-erratum",
    "AS119": "empty-block",
    "AS120": "unused-allow",
    "AS121": "hidden-sign",
    # 2: the grid
    "AS201": "output-size",
    "AS202": "kernel-too-large",
    "AS203": "branch-sizes",
    "AS204": "padding",
    "AS205": "needs-a-map",
    # 3: channels
    "AS301": "concat-sum",
    "AS302": "output-channels",
    "AS303": "add-shapes",
    "AS304": "groups",
    "AS305": "input-size",
    # 5: other claims of the paper
    "AS501": "depth",
    "AS502": "params-ops",
    # 9: ourselves
    "AS901": "internal",
}
