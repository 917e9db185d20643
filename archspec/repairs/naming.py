"""Row names at fault: what each row that has no good name was most likely called, and which row a lost name was.

Names and what speaks of them go in; (row, name) pairs come out, the likeliest first. Whether one is right is found by
checking again. Tables number their rows, so a name is known by those around it: `4c` between `4b` and `4d`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archspec.repairs.likely import slip

# A number that is no side of a window (3x3) and no part of a word (2d), and a letter behind a number or alone.
_COUNTED = re.compile(r"(?<!\dx)(?<!\d)\d+(?!\d|x\d|(?<=[A-Za-z]\d)[A-Za-z])|(?<![A-Za-z])[A-Za-z](?=_|$)")


def guesses(
    names: Sequence[str], types: Sequence[str], doubtful: Sequence[int], lost: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """New names of single rows, the likeliest first.

    `types` are the words of the rows' types. `doubtful` are the rows whose own name is at fault, all rows where it is
    empty; `lost` are names that are spoken of and that no row has.
    """
    found: dict[tuple[int, str], int] = {}
    for at in doubtful or range(len(names)):
        votes = _votes(names, at)
        alike = {_stem(name) for i, name in enumerate(names) if i != at and types[i] == types[at]}
        own = 0 if at in doubtful else votes.get(names[at], 0)
        for name in {f"{stem}{number}" for stem in alike for number in _between(names, at)}:
            votes[name] = votes.get(name, 0) + 1
        for name in sorted({*lost, *(votes if doubtful else ())} - set(names)):
            likely = 3 * votes.get(name, 0) + 6 * (name in lost) + 4 * (_stem(name) in alike)
            found[at, name] = 2 * slip(name, names[at]) - likely + 3 * own
    yield from sorted(found, key=lambda one: found[one])


def _votes(names: Sequence[str], at: int) -> dict[str, int]:
    """The names that the rows around a row leave for it, and how much says so: what follows a name before it in its
    series, what goes before a name behind it; more where that is a neighbour, and where the last part counts."""
    votes: dict[str, int] = {}
    for step, side in ((1, names[:at][::-1]), (-1, names[at + 1 :])):
        beside = set(_stepped(side[0], step)) if side else set()
        last = {other for name in side for other in _stepped(name, step)[-1:]}
        for name in {other for one in side for other in _stepped(one, step)}:
            votes[name] = votes.get(name, 0) + 1 + (name in beside) + (name in last)
    return votes


def _between(names: Sequence[str], at: int) -> set[int]:
    """The numbers that fit between the neighbours, where rows of all types are counted in one series: c1, s2, c3."""
    before, after = ([int(one) for name in side for one in re.findall(r"\d+$", name)] for side in (
        names[at - 1 : at] if at else (), names[at + 1 : at + 2]
    ))  # fmt: skip
    return {number + 1 for number in before} & {number - 1 for number in after}


def _stem(name: str) -> str:
    return re.split(r"\d", name, maxsplit=1)[0]


def _stepped(name: str, step: int) -> list[str]:
    """The names before or after one in its series: a number or a last letter, one more or less. Rows count from 1."""
    found = []
    for match in _COUNTED.finditer(name):
        text = match[0]
        other = str(int(text) + step) if text.isdigit() else chr(ord(text) + step)
        if other != "0" and (other.isdigit() or other.isalpha()):
            found.append(name[: match.start()] + other + name[match.end() :])
    return found
