"""Row names at fault: what each row that has no good name was most likely called, and which row a lost name was.

Names and what speaks of them go in; (row, name) pairs come out, the likeliest first. Whether one is right is found by
checking again. Tables number their rows, so a name is known by those around it: `4c` between `4b` and `4d`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, product
from typing import NamedTuple

from archspec.repairs.customary import stem
from archspec.repairs.likely import slip

# A number that is no side of a window (3x3) and no part of a word (2d), and a letter behind a number or alone.
_COUNTED = re.compile(r"(?<!\dx)(?<!\d)\d+(?!\d|x\d|(?<=[A-Za-z]\d)[A-Za-z])|(?<![A-Za-z])[A-Za-z](?=_|$)")


class Named(NamedTuple):
    """A row's name, the word of its type, and what rows of that type are customarily called."""

    name: str
    word: str
    customary: tuple[str, ...] = ()


def guesses(rows: Sequence[Named], doubtful: Sequence[int], lost: Sequence[str]) -> Iterator[tuple[int, str]]:
    """New names of single rows, the likeliest first.

    `doubtful` are the rows whose own name is at fault, all rows where it is empty; `lost` are names that are spoken of
    and that no row has.
    """
    names = [row.name for row in rows]
    found: dict[tuple[int, str], int] = {}
    for at in doubtful or range(len(rows)):
        others = [row for i, row in enumerate(rows) if i != at]
        stems = {stem(row.name) for row in others}
        fitting = {stem(row.name) for row in others if row.word == rows[at].word} | {*rows[at].customary}
        votes = _votes(names, at)
        numbered = {stem(row.name) for row in others if re.fullmatch(r"\D*\d+", row.name)} & fitting
        votes.update({f"{one}{number}": 2 for one in numbered for number in _left_out(names, at, doubtful)})
        for one, number in product(numbered | {*rows[at].customary}, _beside(names, at)):
            votes[f"{one}{number}"] = votes.get(f"{one}{number}", 0) + 2 + (one in numbered)
        near = (*names[max(0, at - 1) : at], *names[at + 1 : at + 2])
        for name in sorted({*lost, *((*votes, *rows[at].customary) if doubtful else ())} - set(names)):
            likely = 3 * votes.get(name, 0) + 6 * (name in lost)
            likely += 7 - rows[at].customary.index(name) if name in rows[at].customary else 0
            likely -= 4 * _out_of_order(names, at, name)
            found[at, name] = 2 * slip(name, names[at], near) - likely - _fit(name, fitting, stems)
            found[at, name] += _fit(names[at], fitting, stems) if at in doubtful else 3 * votes.get(names[at], 0)
    yield from sorted(found, key=lambda one: found[one])


def may_have_stood(names: Sequence[str], at: int, name: str) -> bool:
    """Whether the names of the rows leave room for a row of this name before row `at`."""
    with_it = [*names[:at], "", *names[at:]]
    series = {f"{one}{number}" for one in {*map(stem, names)} for number in _beside(with_it, at)}
    return name in {*_votes(with_it, at), *series} and not _out_of_order(with_it, at, name)


def _fit(name: str, fitting: Collection[str], stems: Collection[str]) -> int:
    """How well a name goes with the type of its row: rows of its type are called so, or only rows of others are."""
    return 4 if stem(name) in fitting else -6 if stem(name) in stems else 0


def _out_of_order(names: Sequence[str], at: int, name: str) -> bool:
    """Whether the first number of a name is the only one that breaks the order of the table."""
    numbers = [[int(number[0]) for number in (re.search(r"\d{1,15}", one),) if number] for one in names]
    before, behind = (list(chain(*side)) for side in (numbers[:at], numbers[at + 1 :]))
    here = re.search(r"\d{1,15}", name)
    if here is None or [*before, *behind] != sorted([*before, *behind]):
        return False
    return int(here[0]) < max(before, default=0) or int(here[0]) > min(behind, default=int(here[0]))


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


def _beside(names: Sequence[str], at: int) -> set[int]:
    """The numbers that fit where a row stands: the one between its neighbours, where rows of all types are counted in
    one series (c1, s2, c3), and that of the row before it (conv1, norm1, pool1)."""
    before = [int(one) for name in names[max(0, at - 1) : at] for one in re.findall(r"\d{1,15}", name)]
    behind = [int(one) for name in names[at + 1 : at + 2] for one in re.findall(r"\d{1,15}", name)]
    return ({number + 1 for number in before[-1:]} & {number - 1 for number in behind[-1:]}) | {*before[:1]}


def _left_out(names: Sequence[str], at: int, doubtful: Sequence[int]) -> set[int]:
    """The number that is missing where all rows are counted in one series: 2 of c1, c3, s4, c5."""
    found = [re.fullmatch(r"\D*(\d{1,15})", name) for i, name in enumerate(names) if i != at]
    numbers = [int(one[1]) for one in found if one]
    if not doubtful or len({*numbers}) < len(numbers) or len(numbers) < 3:
        return set()
    if max(numbers) - min(numbers) != len(numbers):  # the numbers of a name may be of any size
        return set()
    return {*range(min(numbers), max(numbers))} - {*numbers}


def _stepped(name: str, step: int) -> list[str]:
    """The names before or after one in its series: a number or a last letter, one more or less. Rows count from 1."""
    found = []
    for match in _COUNTED.finditer(name):
        text = match[0]
        other = str(int(text[:15]) + step) + text[15:] if text.isdigit() else chr(ord(text) + step)
        if other != "0" and (other.isdigit() or other.isalpha()):
            found.append(name[: match.start()] + other + name[match.end() :])
    return found
