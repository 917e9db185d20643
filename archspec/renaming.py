"""Rules that say which name there is which name here: two texts with lists in braces in; pairs of names out.

    "inception{row}.branch2.{0,1}.{conv,bn}" = "inception_{row}.branch_3x3.{reduce,conv}{,_norm}"

A rule is short for a finite list of pairs. `{a,b}` is each word in turn, also an empty one; `{0..3}` is each number;
`{row}` is each row of the table by its printed name. The lists of the two sides are read side by side: the first with
the first, and so on. Nothing is matched or computed, so a rule means the same whatever a checkpoint holds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import product

from archspec.diagnostic import Diagnostic, Fault, Label, Path

MOST = 1000  # names that a rule may stand for, for each row; the largest published one has 120
_RANGE = re.compile(r"([0-9]{1,6})\.\.([0-9]{1,6})")

Lists = list[list[tuple[str, str]]]  # for each list of a rule its words, theirs and ours


def pairs(theirs: str, ours: str, rows: Sequence[str], place: Path = ()) -> list[tuple[str, str]]:
    """What a rule stands for, in order. Raises `Fault` as `lists` does."""
    texts, texts_here, both = lists(theirs, ours, rows, place)
    return [
        (_filled(texts, [there for there, _ in one]), _filled(texts_here, [here for _, here in one]))
        for one in product(*both)
    ]


def lists(theirs: str, ours: str, rows: Sequence[str], place: Path = ()) -> tuple[list[str], list[str], Lists]:
    """A rule, not yet written out: the texts around its lists on either side, and the lists. Raises `Fault` at `place`:
    AS104 for braces that are no list or do not pair, AS105 for a rule of more than `MOST` names."""
    (texts, there_lists), (texts_here, here_lists) = _parts(theirs, place, "key"), _parts(ours, place, "value")
    if len(there_lists) != len(here_lists):
        count = f"{len(there_lists)} {'list' if len(there_lists) == 1 else 'lists'} in braces"
        hint = "write as many lists in braces on both sides"
        raise _fault("AS104", f"`{theirs}` has {count}, `{ours}` has {len(here_lists)}", place, "value", hint)
    both: Lists = []
    for there, here in zip(there_lists, here_lists, strict=True):
        words, words_here = _words(there, rows, place, "key"), _words(here, rows, place, "value")
        if len(words) != len(words_here) or (there == "row") != (here == "row"):
            hint = "the lists of the two sides are read side by side"
            raise _fault("AS104", f"`{{{there}}}` and `{{{here}}}` do not pair", place, "value", hint)
        both.append(list(zip(words, words_here, strict=True)))
    if there_lists.count("row") > 1:
        raise _fault("AS104", f"`{theirs}` has `{{row}}` twice", place, "key", "")
    words_of = zip(there_lists, both, strict=True)
    if (names := math.prod(len(one) for there, one in words_of if there != "row")) > MOST:
        raise _fault("AS105", f"`{theirs}` stands for {names} names, at most {MOST} are read", place, "key", "")
    return texts, texts_here, both


def _parts(text: str, place: Path, on: str) -> tuple[list[str], list[str]]:
    """The texts around the braces, and what stands in them."""
    parts = re.split(r"\{([^{}]*)\}", text)
    if any("{" in part or "}" in part for part in parts[::2]):
        raise _fault("AS104", f"a brace of `{text}` has no partner", place, on, "")
    return parts[::2], parts[1::2]


def _words(inner: str, rows: Sequence[str], place: Path, on: str) -> list[str]:
    if inner == "row":
        return list(rows)
    if "," in inner:
        return [word.strip() for word in inner.split(",")]
    found = _RANGE.fullmatch(inner)
    if found is None or int(found[2]) < int(found[1]):
        hint = "write words `{conv,bn}`, numbers `{0..3}` or `{row}`"
        raise _fault("AS104", f"`{{{inner}}}` is no list", place, on, hint)
    first, last = int(found[1]), int(found[2])
    if last - first >= MOST:
        raise _fault("AS105", f"`{{{inner}}}` has {last - first + 1} numbers, at most {MOST} are read", place, on, "")
    return [str(number) for number in range(first, last + 1)]


def _filled(texts: Sequence[str], words: Sequence[str]) -> str:
    return "".join(text + word for text, word in zip(texts, [*words, ""], strict=True))


def _fault(code: str, message: str, place: Path, on: str, hint: str) -> Fault:
    label = Label(place, on="key") if on == "key" else Label(place)
    return Fault(Diagnostic(code, message, (label,), help=hint))
