"""The oracle's reading of cells, after docs/spec-format.md: captions and TOML values in, typed values out. No archspec.

What cannot be read raises `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

MOST_REPEATS = 200  # of a row: more is not judged, as archspec has a limit of its own
SYNONYMS = dict.fromkeys(("patch-size", "kernel", "kernel-size", "filter-size"), "patch") | {
    "filters": "out", "output-size": "output", "input-size": "input",
}  # fmt: skip

Cells = dict[str, Any]


class Unreadable(Exception):
    """Some cell says nothing that the language has, or torch cannot run what it says."""


class Inconsistent(Exception):
    """Torch computes something else than a cell prints."""


class Beyond(Exception):
    """The oracle does not judge it."""


def key_of(caption: str) -> str:
    text = caption.lower().replace("×", "x").replace("#", "")
    key = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return SYNONYMS.get(key, key)


def keys_of(caption: str) -> list[str]:
    return [key_of(part) for part in re.split(r"[+/]", caption)]


def absent(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() == "pass through"
    return not isinstance(value, bool | list | dict) and value == 0


def put(cells: Cells, caption: str, value: Any) -> None:
    """A cell under its caption; a compound caption splits it, a blank one is no cell."""
    keys = keys_of(caption)
    if not all(keys):
        raise Unreadable(f"the caption {caption!r} leaves no key")
    if isinstance(value, str) and not value.strip():
        return
    for key, part in split(keys, value).items():
        if key in cells:
            raise Unreadable(f"{key} is given twice")
        cells[key] = part


def split(keys: list[str], value: Any) -> Cells:
    if len(keys) == 1:
        return {keys[0]: value}
    one = re.fullmatch(r"\s*([A-Za-z][\w-]*)\s+(\S.*?)\s*", value) if isinstance(value, str) else None
    if keys == ["patch", "stride"]:
        if one and one[1] not in ("to", "stride"):
            raise Unreadable(f"{value!r} is neither a patch nor a stride")
        return {"stride": atom(one[2])} if one and one[1] == "stride" else {"patch": value}
    if one and one[1] == key_of(one[1]) in keys:
        return {key_of(one[1]): atom(one[2])}
    parts = [part.strip() for part in re.split(r"[+/]", value)] if isinstance(value, str) else []
    if len(parts) != len(keys) or not all(parts):
        raise Unreadable(f"{value!r} does not have the parts {keys}")
    return dict(zip(keys, map(atom, parts), strict=True))


def atom(text: str) -> Any:
    return int(text) if re.fullmatch("[0-9]+", text) else text


def whole(value: Any, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Unreadable(f"{value!r} is no whole number of at least {least}")
    return value


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{value!r} is no number")
    return float(value)


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unreadable(f"{value!r} is neither true nor false")
    return value


def one_of(value: Any, *words: str) -> str:
    if value not in words or not isinstance(value, str):
        raise Unreadable(f"{value!r} is none of {words}")
    return value


def rate(value: Any) -> float:
    if isinstance(value, str) and (m := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        value = float(m[1]) / 100
    if not 0 <= number(value) < 1:
        raise Unreadable(f"{value!r} is no rate")
    return float(value)


def pair(value: Any) -> tuple[int, int]:
    """A stride or dilation."""
    if isinstance(value, str) and (m := re.fullmatch(r"\s*(\d+)\s*[x×]\s*(\d+)\s*", value)):
        return whole(int(m[1])), whole(int(m[2]))
    return whole(value), whole(value)


def size(value: Any) -> tuple[int, ...]:
    """Height, width and perhaps channels."""
    if not isinstance(value, str) or not re.fullmatch(r"\s*\d+\s*[x×]\s*\d+(\s*[x×]\s*\d+)?\s*", value):
        raise Unreadable(f"{value!r} is no size")
    return tuple(whole(int(part)) for part in re.findall(r"\d+", value))


class Patch(NamedTuple):
    kernel: tuple[int, int]
    stride: tuple[int, int] | None = None
    valid: bool = False
    adaptive: tuple[int, int] | None = None


def patch(value: Any) -> Patch:
    if isinstance(value, Patch):
        return value
    text = value.replace("×", "x") if isinstance(value, str) else ""
    if text.strip() == "global":
        return Patch((0, 0), adaptive=(1, 1))
    if m := re.fullmatch(r"\s*to\s+(\d+)\s*x\s*(\d+)\s*", text):
        return Patch((0, 0), adaptive=(whole(int(m[1])), whole(int(m[2]))))
    m = re.fullmatch(r"\s*(\d+)\s*x\s*(\d+)\s*(?:/\s*(\d+)(?:\s*x\s*(\d+))?)?(\s+V)?\s*", text)
    if m is None:
        raise Unreadable(f"{value!r} is no patch")
    stride = (whole(int(m[3])), whole(int(m[4] or m[3]))) if m[3] else None
    return Patch((whole(int(m[1])), whole(int(m[2]))), stride, bool(m[5]))


def count(value: Any) -> tuple[float, str, float]:
    """The number, its suffix, and one unit of its last printed digit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return whole(value, 0), "", 1
    m = re.fullmatch(r"\s*(\d+(?:\.(\d+))?)\s*([KMB]?)\s*", value) if isinstance(value, str) else None
    if m is None:
        raise Unreadable(f"{value!r} is no count")
    return float(m[1]), m[3], 10.0 ** -len(m[2] or "")


Scope = Callable[[str], Any]
REFERENCE = r"\$\{[^{}]*\}|\$[A-Za-z0-9][A-Za-z0-9_-]*"


def follow(value: Any, scope: Scope) -> Any:
    """A cell's value, references followed; one inside a patch is put in its place."""
    if not isinstance(value, str) or "$" not in value:
        return value
    if re.fullmatch(rf"\s*(?:{REFERENCE})\s*", value):
        return scope(key_of(value.strip().strip("${}")))
    window, slash, stride = value.partition("/")
    if re.fullmatch(REFERENCE, window) and slash:
        made = patch(scope(key_of(window.strip("${}"))))
        return made._replace(stride=pair(follow(atom(stride.strip()), scope))) if not made.adaptive else made
    return re.sub(REFERENCE, lambda found: inside_a_patch(scope(key_of(found[0].strip("${}")))), value)


def inside_a_patch(value: Any) -> str:
    """What a reference inside a patch reads: a number, or a stride of two; a number in quotes is neither."""
    if isinstance(value, str) and value.strip().isdigit():
        raise Unreadable(f"{value!r} is text")
    return str(value)


def refers(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(rf"\s*(?:{REFERENCE})\s*", value) is not None


def cells_of(raw: Mapping[str, Any]) -> Cells:
    cells: Cells = {}
    for written, value in raw.items():
        put(cells, written, value)
    return cells


def instances(cells: Cells, scope: Scope) -> Iterator[Cells]:
    lists = {
        key: one for key, one in cells.items() if isinstance(one, list) and key not in ("layers", "branches", "then")
    }
    if "repeat" not in cells:
        if lists:
            raise Unreadable("a list without repeat")
        yield cells
        return
    times = whole(follow(cells["repeat"], scope))
    if any(not one or len(one) > times for one in lists.values()):
        raise Unreadable("more values than instances")
    if times > MOST_REPEATS:
        raise Beyond(f"{times} repeats")
    for index in range(times):
        yield cells | {key: one[min(index, len(one) - 1)] for key, one in lists.items()}
