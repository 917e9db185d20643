"""A value that says in another notation what its place wants: `"7"` for 7, `avg 128` for `avg + 128`, 7*7 for 7×7."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from archspec.diagnostic import Diagnostic
from archspec.document import Document, File, value_at
from archspec.edit import literal
from archspec.fixes.text_edit import Fix
from archspec.fixes.tokens import value_edit
from archspec.habits import size_of
from archspec.notation import DASHES


def rewritten(found: Diagnostic, file: File) -> Iterator[Fix]:
    """Safe: nothing else can be meant."""
    rule = RULES.get(found.facts.get("wanted", ""))
    if rule is None or not isinstance(file, Document) or not found.labels:
        return
    edits = []
    for path in found.facts.get("places", [found.labels[0].path]):
        new = rule(value_at(file.values, path))
        if new is None or (edit := value_edit(file, path, new)) is None:
            return
        edits.append(edit)
    yield Fix(f"write `{literal(new)}`", True, tuple(edits))


def _integer(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,15}\s*", value) else None


def _number(value: Any) -> int | float | None:
    if not isinstance(value, str) or not re.fullmatch(r"\s*[0-9]{1,15}(\.[0-9]{1,15})?(e-?[0-9]{1,2})?\s*", value):
        return None
    return float(value) if "." in value or "e" in value else int(value)


_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _boolean(value: Any) -> bool | None:
    return _WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _parts(value: Any) -> str | None:
    """A word and a width without a sign between them, or with another one."""
    parts = re.fullmatch(r"\s*([A-Za-z][A-Za-z -]*?)\s*[,;&|-]?\s*([0-9]{1,9}|pass through)\s*", str(value))
    return f"{parts[1]} + {parts[2]}" if parts else None


_SIGN = r"\s*(?:[*xX×,]|by|\s)\s*"


def _sides(text: str, count: int) -> str | None:
    """So many whole numbers with one sign between them: `7*7`, `28, 28, 256`, `(3, 3)`."""
    numbers = re.fullmatch(rf"\s*\(?\s*([0-9]{{1,9}}(?:{_SIGN}[0-9]{{1,9}}){{{count - 1}}})\s*\)?\s*", text)
    return "x".join(re.findall("[0-9]+", numbers[1])) if numbers else None


def _size(value: Any) -> str | None:
    return _sides(value, 3) if isinstance(value, str) else size_of(value)


def _patch(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    window, slash, stride = value.partition("/")
    sides = _sides(window, 2)
    if sides is None or (slash and not re.fullmatch(r"\s*[0-9]{1,9}\s*", stride)):
        return None
    return sides + (f"/{stride.strip()}" if slash else "")


def _count(value: Any) -> str | int | None:
    if not isinstance(value, str) or not re.fullmatch(
        r"\s*[0-9]{1,3}((,[0-9]{3})+|[0-9]*)(\.[0-9]+)?\s*[kmbKMB]?\s*", value
    ):
        return None
    text = value.replace(",", "").strip().upper()
    return int(text) if text.isdigit() else text


def _rate(value: Any) -> float | None:
    text = value.replace(",", ".").strip() if isinstance(value, str) else ""
    return float(text) if re.fullmatch(r"0?\.[0-9]{1,15}", text) else None


def _blank(value: Any) -> str | None:
    return "" if isinstance(value, str) and value.strip() in DASHES else None


def _percentage(value: Any) -> str | None:
    return f"{value}%" if isinstance(value, int | float) and 1 < value < 100 else None


RULES: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "text": _text,
    "parts": _parts,
    "size": _size,
    "patch": _patch,
    "count": _count,
    "rate": _rate,
    "percentage": _percentage,
    "blank": _blank,
}
