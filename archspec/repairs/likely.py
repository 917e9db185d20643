"""How likely a slip is: the right value of a cell and what stands there in, a number out, smaller for what people do.

The kinds of slips are those of people who copy tables: a number one off, two digits in the wrong order, half or twice
the number, a digit or a sign too many or too few, the value of the cell above or below.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

from archspec.notation import show

SAME = -4  # the same words and digits with other signs
UNLIKELY = 5
LONGEST = 200  # characters of a cell or a name that are compared: no slip is told apart in a longer one


def slip(right: object, there: object, near: Collection[object] = ()) -> int:
    """`SAME`, or from 0, an ordinary slip, to `UNLIKELY`. `near` holds the values of cells that may be copied."""
    if isinstance(right, list) and isinstance(there, list) and len(right) == len(there):
        return sum(_of_texts(show(a), show(b)) for a, b in zip(right, there, strict=True) if a != b)
    if isinstance(there, float) and there == right:
        return SAME
    known = _of_texts(_spelling(right), _spelling(there))
    return min(known, 2) if there in near and there != right else known


def _spelling(value: object) -> str:
    return re.sub(r"\s+", " ", show(value)).replace("×", "x").strip().lower()


def _of_texts(right: str, there: str) -> int:
    if right == there:
        return SAME
    if max(len(right), len(there)) > LONGEST:
        return UNLIKELY
    numbers, others = re.findall(r"\d+", right), re.findall(r"\d+", there)
    if re.sub(r"\d+", "0", right) == re.sub(r"\d+", "0", there):
        slips = [_of_numbers(int(a), int(b)) for a, b in zip(numbers, others, strict=True) if a != b]
        return min(sum(slips) + len(slips) - 1, UNLIKELY)
    if re.findall(r"\w+", right) == re.findall(r"\w+", there) or (
        _words(right) == _words(there) and "".join(numbers) == "".join(others) != ""
    ):
        return SAME
    alike = min(len(right), len(there)) * 2 > 0.8 * (len(right) + len(there))  # else no matching of them is
    return 1 if alike and SequenceMatcher(None, right, there).ratio() > 0.8 else UNLIKELY


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text) if word not in ("x", "by")]


def _of_numbers(right: int, there: int) -> int:
    if abs(right - there) == 1 or _swapped(str(right), str(there)):
        return 0
    if right == 2 * there or there == 2 * right:
        return 1
    return 3 if _one_digit(str(right), str(there)) else UNLIKELY


def _swapped(one: str, other: str) -> bool:
    """Two neighbouring digits have changed places."""
    return any(one[:i] + one[i + 1] + one[i] + one[i + 2 :] == other for i in range(len(one) - 1))


def _one_digit(one: str, other: str) -> bool:
    """One digit is another, or is missing."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    short, long = sorted((one, other), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def nearby(number: int) -> list[int]:
    """The whole numbers from which an ordinary slip leads to this one."""
    text = str(number)
    swapped = [int(text[:i] + text[i + 1] + text[i] + text[i + 2 :]) for i in range(len(text) - 1) if number >= 0]
    half = [number // 2] if number % 2 == 0 else []
    return list(dict.fromkeys(one for one in (number - 1, number + 1, *swapped, 2 * number, *half) if one >= 0))


def rarity(value: object, column: Collection[object]) -> int:
    """How unusual a value is in its column: 0 where another cell of it has the value, more for a less round number and
    a window that is not square."""
    if value in column:
        return 0
    if isinstance(value, str):
        window = re.match(r"(\d+)\s*[x×]\s*(\d+)(/\d+)?", value)
        odd = value.startswith("$") or (window and window[1] != window[2])
        return 4 if odd else 3 if window and window[3] else 2
    if not isinstance(value, int) or isinstance(value, bool):
        return 2
    return next((i + 1 for i, n in enumerate((16, 8, 4)) if value % n == 0), 4)
