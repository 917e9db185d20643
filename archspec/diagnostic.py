"""What is reported: a code, a message, and the cells that disagree. No text positions: those are the document's.

A **path** leads to a value of the file: keys, list indices and, as its last element, an `Inside` for a part of a
string. `("table", "rows", 9, 3, Inside(6, 9))` is the 576 of `"14×14×576"`. It is also pydantic's `loc` and a node's
origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
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
    """A set of cell edits after which the claims agree. `edits` holds (row, caption, old, new)."""

    edits: tuple[tuple[str, str, str, str], ...]

    @property
    def cells(self) -> int:
        return len(self.edits)

    @property
    def columns(self) -> int:
        return len({caption for _, caption, _, _ in self.edits})


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

    @property
    def name(self) -> str:
        return CODES[self.code]

    @property
    def path(self) -> Path:
        return self.labels[0].path

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


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was most likely meant to be, or None."""
    from difflib import get_close_matches  # here: a file without faults does not pay for it

    found = get_close_matches(word, sorted(set(candidates)), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The help line for an unknown word: the nearest candidate, or what there is."""
    match = nearest(word, candidates)
    return f"did you mean `{match}`?" if match else otherwise


# Every code and its name. A number is never used again; `explain CODE` prints archspec/explain/CODE.md.
CODES: dict[str, str] = {
    # 0: the file
    "AS001": "toml-syntax",
    "AS002": "file-encoding",
    "AS003": "duplicate-key",
    "AS004": "toml-1-1",
    "AS005": "format-version",
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
