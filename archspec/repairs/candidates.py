"""Values worth trying in a cell: solved for where the claims of the row are linear in it, else those of its column and
what an ordinary slip would have made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import product

from archspec.claims import Claim
from archspec.notation import show
from archspec.repairs.likely import nearby

STRIDES = (1, 2, 3, 4)
KERNELS = (1, 2, 3, 5, 7, 11)
PROBES = (64, 128)
MOST_SOLVED = 8
LONGEST = 40  # characters of a cell of which a number is tried otherwise

Measure = Callable[[int], "list[Claim] | None"]


def solved(there: object, column: Iterable[object], measure: Measure) -> Iterator[int]:
    """The whole numbers with which a claim of the measured row holds, the claim's value taken as linear in the cell."""
    at = there if isinstance(there, int) and not isinstance(there, bool) and there > 0 else PROBES[0]
    probes = [(value, found) for value in (at, 2 * at) if (found := measure(value)) is not None]
    if len(probes) < 2:
        return
    (one, before), (other, after) = probes
    known = {value for value in column if isinstance(value, int)}
    for first, second in zip(before, after, strict=False):
        if first.value is None or second.value is None or first.value == second.value or (there == at and first.holds):
            continue
        slope = Fraction(second.value - first.value, other - one)
        low, high = sorted(one + (target - first.value) / slope for target in first.holding)
        values = list(range(max(1, -int(-low // 1)), int(high // 1) + 1)[: 16 * MOST_SOLVED])
        usual = [value for value in values if value in known or value % 8 == 0]
        yield from (values if len(values) <= MOST_SOLVED else usual[:MOST_SOLVED])


def texts(there: str, column: Iterable[object]) -> Iterator[object]:
    """Other texts of a cell that is no number: its column's, and its own with another number in it."""
    yield from (value for value in column if isinstance(value, str))
    if len(there) > LONGEST:
        return
    for number in re.finditer(r"\d+", there):
        for value in dict.fromkeys((*nearby(int(number[0])), *KERNELS, *STRIDES)):
            yield there[: number.start()] + str(value) + there[number.end() :]
    if window := re.fullmatch(r"(\d+)(\s*[x×]\s*)(\d+)(/.*|\s+V|)", there):
        sides = [(window[1], window[3]), *((kernel, kernel) for kernel in KERNELS)]
        for (one, other), stride in product(sides, (window[4], "", *(f"/{stride}" for stride in STRIDES))):
            yield f"{one}{window[2]}{other}{stride}"
    if there.endswith(" V"):
        yield there.removesuffix("V").rstrip()


def lists(there: list[object]) -> Iterator[list[object]]:
    """A list with another whole number in one place."""
    for at, value in enumerate(there):
        if isinstance(value, int) and not isinstance(value, bool):
            for other in dict.fromkeys((*nearby(value), *STRIDES)):
                yield [*there[:at], other, *there[at + 1 :]]


def small(there: object) -> Iterator[int]:
    """Strides, paddings, repeats and groups."""
    yield from nearby(there) if isinstance(there, int) and not isinstance(there, bool) else ()
    yield from range(13)


def rewritten(there: object) -> Iterator[object]:
    """What a value that cannot be read says in the notation of this language: `8 by 8` is 8×8, `"64"` is 64."""
    text = show(there)
    numbers = re.findall(r"\d+", text)
    if isinstance(there, float) and there.is_integer():
        yield int(there)
    if isinstance(there, str) and re.fullmatch(r"\s*\d{1,15}\s*", text):
        yield int(text)
    if isinstance(there, str) and numbers:
        *sides, last = numbers
        unpadded = " V" if re.search(r"\d\s*V\s*$", there) else ""
        yield "×".join(numbers) + unpadded
        if len(sides) > 1 and last in map(str, STRIDES):
            yield "×".join(sides) + f"/{last}" + unpadded
        for word in re.findall(r"[A-Za-z][a-z]+(?: [a-z]+)*", text):
            yield f"{word} + {last}"
            yield f"{word} {last}"
    if isinstance(there, str) and (twice := re.fullmatch(r"\s*(\d+)\1(\D.*)?", text)):
        yield f"{twice[1]}×{twice[1]}{twice[2] or ''}"
    words = re.findall(r"[A-Za-z]+", text)
    for one, other in product(words, repeat=2) if len(words) == 2 else ():
        yield f"{one} + {other}"
    if isinstance(there, str) and (rate := re.fullmatch(r"(.*\(\s*\d+(?:\.\d+)?)\s*(\).*)", text)):
        yield f"{rate[1]}%{rate[2]}"
