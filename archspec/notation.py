"""Captions and cells: the papers' notation in, keys and typed values out. Knows nothing of rows, modules or files.

The grammar is section 4 of docs/spec-format.md. A reference (`$key`) is parsed where it stands and resolved by the
caller's `lookup`, never pasted as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from archspec.diagnostic import Diagnostic, Fault, Inside, Label, Path, spelling
from archspec.shape import Padding, Pair

SYNONYMS = {
    "patch-size": "patch",
    "kernel": "patch",
    "kernel-size": "patch",
    "filter-size": "patch",
    "filters": "out",
    "output-size": "output",
    "input-size": "input",
}

PASS_THROUGH = "pass through"

# What papers print where there is nothing to print. No cell has such a value: blank is `""`.
DASHES = frozenset(("-", "--", "---", "‐", "‑", "‒", "–", "—", "―", "−", "n/a", "N/A"))

LARGEST = 2**63 - 1  # of the integers of TOML and of torch

_DIGITS = re.compile("[0-9]{1,15}")  # a longer number is no size of anything


@lru_cache(4096)
def key_of(caption: str) -> str:
    """The key of a caption, a bare key or a quoted key: `#3×3 reduce` is `3x3-reduce`. Empty where nothing is left."""
    text = caption.lower().replace("×", "x").replace("#", "")
    key = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return SYNONYMS.get(key, key)


def keys_of(caption: str) -> tuple[str, ...]:
    """The keys of a caption; several where `+` or `/` makes it compound: `pool+proj` is `pool` and `proj`."""
    return tuple(key_of(part) for part in re.split(r"[+/]", caption))


@dataclass(frozen=True)
class Cell:
    """A value as written, where it stands, what it is called there and in which row.

    `path` is empty for a cell of a library module or a built-in value. `through` is the column or parameter that a
    reference named, so a 0 that came through one leaves the layer out.
    """

    value: Any
    path: Path
    caption: str
    row: str
    through: str = ""

    @property
    def blank(self) -> bool:
        return isinstance(self.value, str) and not self.value.strip()

    @property
    def absent(self) -> bool:
        """0 or `pass through`: there is no such layer."""
        if isinstance(self.value, str):
            return self.value.strip().lower() == PASS_THROUGH
        return self.value == 0 and not isinstance(self.value, bool)

    def inside(self, start: int, end: int) -> Path:
        """The path of a part of a string cell."""
        if not self.path:
            return ()
        if isinstance(last := self.path[-1], Inside):
            return (*self.path[:-1], Inside(last.start + start, last.start + end))
        return (*self.path, Inside(start, end))

    def part(self, start: int, end: int, caption: str) -> Cell:
        """A part of a string cell as a cell of its own; digits become an integer."""
        text = self.value[start:end]
        value = int(text) if _DIGITS.fullmatch(text) else text
        return Cell(value, self.inside(start, end), caption, self.row)

    def fault(
        self,
        code: str,
        message: str,
        help: str = "",  # noqa: A002
        path: Path | None = None,
        facts: dict[str, Any] | None = None,
    ) -> Fault:
        where = f"`{self.row}`.`{self.caption}`" if self.row else f"`{self.caption}`"
        labels = (Label(self.path if path is None else path),)
        return Fault(Diagnostic(code, f"{where}: {message}", labels, help=help, row=self.row, facts=facts or {}))


# --- references ------------------------------------------------------------------------------------------------------

Lookup = Callable[[str, Cell], Cell]  # a key and the cell that asks for it; raises `Fault` AS113
REFERENCE = r"\$\{[^{}]*\}|\$[A-Za-z0-9][A-Za-z0-9_-]*"
_WHOLE = re.compile(rf"\s*(?:{REFERENCE})\s*")


def reference(value: Any) -> str | None:
    """The key that a whole-cell reference names, or None."""
    if isinstance(value, str) and "$" in value and _WHOLE.fullmatch(value):
        return key_of(value.strip().strip("${}"))
    return None


def references(value: Any) -> tuple[str, ...]:
    """Every key that a cell refers to, also inside a patch such as `3x3/$stride`."""
    if not isinstance(value, str) or "$" not in value:
        return ()
    return tuple(key_of(found.strip("${}")) for found in re.findall(REFERENCE, value))


def respelt(cell: Cell, key: str, candidates: Iterable[str]) -> dict[str, Any]:
    """The facts of a reference to an unknown key: the cell with the nearest key in its place."""
    facts = spelling(key, candidates)
    if facts:
        right = f"${facts['nearest']}"
        facts["nearest"] = re.sub(
            REFERENCE, lambda m: right if key_of(m[0].strip("${}")) == key else m[0], str(cell.value)
        )
    return facts


# --- typed values ----------------------------------------------------------------------------------------------------


class Patch(NamedTuple):
    """A window as papers print it: `3×3/2 V`. `output` is set for `global` (1, 1) and `to 4×4`, and then nothing
    else."""

    kernel: Pair
    stride: Pair | None = None
    valid: bool = False
    output: Pair | None = None


class Size(NamedTuple):
    """A printed size; `channels` is None for a bare grid. The spans of its two halves are offsets into the cell."""

    grid: Pair
    channels: int | None
    grid_span: tuple[int, int]
    channels_span: tuple[int, int]


class Count(NamedTuple):
    """A printed count: `159K` is number 159, suffix `K`, step 1; `2.7K` has step 0.1."""

    number: float
    suffix: str
    step: float


def show(value: Any) -> str:
    """A value as a message quotes it."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def listed(words: Iterable[str]) -> str:
    """Words in a sentence: `` `pad`, `norm` and `act` ``."""
    *most, last = [f"`{word}`" for word in words]
    return f"{', '.join(most)} and {last}" if most else last


def integer(cell: Cell, what: str = "a whole number", least: int = 1) -> int:
    """A TOML integer of at least `least`. A quoted one is refused with a hint (AS103), as is a boolean or a float."""
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int):
        text = value.strip() if isinstance(value, str) else ""
        if _DIGITS.fullmatch(text):
            hint = f"write {int(text)} without quotes"
            raise cell.fault("AS103", f'"{text}" is text, {what} is needed', hint, facts={"wanted": "integer"})
        code = "AS104" if isinstance(value, str) else "AS103"
        raise cell.fault(code, f"`{show(value)}` is not {what}", facts={"wanted": "integer"})
    if value < least:
        raise cell.fault("AS105", f"{value} is less than {least}", f"{what} of at least {least} is needed")
    if value > LARGEST:
        raise cell.fault("AS105", "a number of more than 64 bits", f"the largest is {LARGEST}")
    return value


def number(cell: Cell, least: float = float("-inf")) -> float:
    """A finite TOML number of at least `least`. Raises `Fault` AS103, AS105."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        quoted = isinstance(cell.value, str) and re.search("[0-9]", cell.value)
        hint = "write it without quotes" if quoted else ""
        raise cell.fault("AS103", f"`{show(cell.value)}` is not a number", hint, facts={"wanted": "number"})
    if cell.value != cell.value or cell.value in (float("inf"), float("-inf")):
        raise cell.fault("AS105", f"{cell.value} is not a finite number")
    if cell.value < least:
        raise cell.fault("AS105", f"{cell.value} is less than {least:g}", f"a number of at least {least:g} is needed")
    return float(cell.value)


def boolean(cell: Cell) -> bool:
    """A TOML boolean. Raises `Fault` AS103."""
    if not isinstance(cell.value, bool):
        raise cell.fault("AS103", f"`{show(cell.value)}` is neither true nor false", facts={"wanted": "boolean"})
    return cell.value


def word(cell: Cell, choices: tuple[str, ...]) -> str:
    """One of the given words."""
    if not isinstance(cell.value, str) or cell.value not in choices:
        wanted = ", ".join(f"`{choice}`" for choice in choices)
        raise _unknown(cell, choices, f"`{show(cell.value)}` is not one of {wanted}")
    return cell.value


def _unknown(cell: Cell, choices: Iterable[str], said: str, otherwise: str = "", wanted: str = "") -> Fault:
    """AS104 for a cell that holds none of the words that fit; `wanted` is the notation where it holds no word."""
    from archspec.habits import unknown_word  # here: a file without faults does not pay for it

    found = unknown_word(show(cell.value), choices, otherwise, said)
    facts = found.facts or ({"wanted": wanted} if wanted else {})
    return cell.fault("AS104", found.said, found.help, facts=facts)


def rate(cell: Cell) -> float:
    """A share in [0, 1): `40%`, or a number."""
    value = cell.value
    if isinstance(value, str) and (m := re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*%\s*", value)):
        value = float(m[1]) / 100
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write a percentage, `40%`, or a number below 1"
        raise cell.fault("AS104", f"`{show(value)}` is not a rate", hint, facts={"wanted": "rate"})
    if not 0 <= value < 1:
        hint = "the rate is the share that is dropped"
        message = f"a rate of {show(cell.value)} is not in [0, 1)"
        raise cell.fault("AS105", message, hint, facts={"wanted": "percentage"})
    return float(value)


def _atom(cell: Cell, text: str, span: tuple[int, int], lookup: Lookup) -> int:
    """A number, or a reference to one, inside a patch or stride."""
    if (key := reference(text)) is not None:
        return integer(lookup(key, cell))
    return integer(cell.part(*span, cell.caption))


_ATOM = rf"(?:[0-9]{{1,9}}|{REFERENCE})"
_DIMS = re.compile(rf"\s*+({_ATOM})\s*+x\s*+({_ATOM})\s*+")
_PATCH = re.compile(
    rf"\s*+(?:(?P<h>{_ATOM})\s*+x\s*+(?P<w>{_ATOM})|(?P<ref>{REFERENCE}))"
    rf"(?:\s*+/\s*+(?P<sh>{_ATOM})(?:\s*+x\s*+(?P<sw>{_ATOM}))?+)?+(?P<v>\s++V)?+\s*+"
)


def patch(cell: Cell, lookup: Lookup) -> Patch:
    """`3×3`, `7×7/2`, `3×3/2 V`, `1×$n`, `$patch/$stride`, `global`, `to 4×4`. Raises `Fault` AS104."""
    if (key := reference(cell.value)) is not None:
        return patch(lookup(key, cell), lookup)
    text = cell.value.replace("×", "x") if isinstance(cell.value, str) else ""
    if text.strip() == "global":
        return Patch((0, 0), output=(1, 1))
    if text.strip().startswith("to ") and (m := _DIMS.fullmatch(text, text.index("to ") + 3)):
        return Patch((0, 0), output=(_atom(cell, m[1], m.span(1), lookup), _atom(cell, m[2], m.span(2), lookup)))
    m = _PATCH.fullmatch(text)
    if m is None:
        said = f"`{show(cell.value)}` is no patch"
        hint = 'write height×width/stride, for example "3×3/2"; "3×3/2 V" is unpadded; or "global"'
        raise _unknown(cell, ("global",), said, hint, "patch")
    if m["ref"]:
        named = patch(lookup(key_of(m["ref"].strip("${}")), cell), lookup)
        kernel, valid, output = named.kernel, named.valid, named.output
    else:
        kernel = _atom(cell, m["h"], m.span("h"), lookup), _atom(cell, m["w"], m.span("w"), lookup)
        valid, output = False, None
    stride = None
    if m["sh"]:
        vertical = _atom(cell, m["sh"], m.span("sh"), lookup)
        stride = vertical, _atom(cell, m["sw"], m.span("sw"), lookup) if m["sw"] else vertical
    return Patch(kernel, stride, valid or bool(m["v"]), output)


def stride_in(cell: Cell) -> Cell | None:
    """The stride of a literal patch cell as a cell of its own, or None: the 2 of `7×7/2`."""
    if not isinstance(cell.value, str):
        return None
    m = _PATCH.fullmatch(cell.value.replace("×", "x"))
    if m is None or not m["sh"]:
        return None
    return cell.part(m.start("sh"), m.end("sw") if m["sw"] else m.end("sh"), "stride")


def stride(cell: Cell, lookup: Lookup) -> Pair:
    """`2` or `2×1`."""
    if (key := reference(cell.value)) is not None:
        return stride(lookup(key, cell), lookup)
    if isinstance(cell.value, str) and (m := _DIMS.fullmatch(cell.value.replace("×", "x"))):
        return _atom(cell, m[1], m.span(1), lookup), _atom(cell, m[2], m.span(2), lookup)
    both = integer(cell, "a stride")
    return both, both


PADDINGS = ("same", "tf-same")
Pad = Padding | str  # the words `same` and `tf-same` depend on the kernel and the map


def pad(cell: Cell) -> Pad:
    """`1`, `1×0`, `same`, `tf-same`, or `{ top, bottom, left, right }`."""
    value = cell.value
    if value in PADDINGS:
        return str(value)
    if isinstance(value, str) and (m := _DIMS.fullmatch(value.replace("×", "x"))) and "$" not in value:
        vertical, horizontal = int(m[1]), int(m[2])
        return Padding(vertical, vertical, horizontal, horizontal)
    if isinstance(value, Mapping):
        sides = {
            side: replace(cell, value=v, path=(*cell.path, side) if cell.path else (), caption=side)
            for side, v in value.items()
        }
        if unknown := sorted(set(sides) - set(Padding._fields)):
            raise cell.fault("AS101", f"`{unknown[0]}` is no side", "the sides are top, bottom, left and right")
        return Padding(**{side: integer(c, "a number of cells", 0) for side, c in sides.items()})
    if isinstance(value, str):
        raise _unknown(cell, PADDINGS, f"`{value}` is no padding", 'write a number, "1×0", "same" or "tf-same"')
    both = integer(cell, "a padding", 0)
    return Padding(both, both, both, both)


_SIZE = re.compile(r"\s*+(?P<grid>(?P<h>[0-9]{1,9})\s*+x\s*+(?P<w>[0-9]{1,9}))(?:\s*+x\s*+(?P<c>[0-9]{1,9}))?+\s*+")


def size(cell: Cell, channels: bool = False) -> Size:
    """`28×28×256` (height × width × channels) or, unless `channels` are wanted, a bare grid `28×28`. Raises AS104."""
    m = _SIZE.fullmatch(cell.value.replace("×", "x")) if isinstance(cell.value, str) else None
    if m is None or (channels and not m["c"]):
        from archspec.habits import how_to_write_a_size  # here: a file without faults does not pay for it

        hint = how_to_write_a_size(cell.value)
        raise cell.fault("AS104", f"`{show(cell.value)}` is no size", hint, facts={"wanted": "size"})
    grid = int(m["h"]), int(m["w"])
    depth = int(m["c"]) if m["c"] else None
    if 0 in grid or depth == 0:
        raise cell.fault("AS105", f"`{cell.value}` has a side of 0")
    return Size(grid, depth, m.span("grid"), m.span("c"))


def is_size(cell: Cell) -> bool:
    """Whether `size` can read a cell."""
    m = _SIZE.fullmatch(cell.value.replace("×", "x")) if isinstance(cell.value, str) else None
    return m is not None and all(int(side) for side in (m["h"], m["w"], m["c"]) if side)


_COUNT = re.compile(r"\s*([0-9]{1,15}(?:\.([0-9]{1,15}))?)\s*([KMB]?)\s*")


def count(cell: Cell) -> Count:
    """`1072K`, `2.7K`, `1.43B`, or a plain integer. Raises `Fault` AS104."""
    if isinstance(cell.value, int) and not isinstance(cell.value, bool):
        return Count(integer(cell, "a count", 0), "", 1)
    m = _COUNT.fullmatch(cell.value) if isinstance(cell.value, str) else None
    if m is None:
        hint = "write for example 159K, 2.7M or an integer"
        raise cell.fault("AS104", f"`{show(cell.value)}` is no count", hint, facts={"wanted": "count"})
    return Count(float(m[1]), m[3], 10.0 ** -len(m[2] or ""))


def init(cell: Cell) -> str:
    """An initialisation scheme, as written."""
    from archspec.initialisation import SCHEMES, choices, parse_init

    if not isinstance(cell.value, str):
        raise cell.fault("AS103", f"`{show(cell.value)}` is no initialisation", 'write for example "he-normal"')
    try:
        parse_init(cell.value)
    except ValueError as error:
        said = f"`{cell.value}` is no initialisation"
        scheme, blank, rest = cell.value.strip().partition(" ")
        if scheme in SCHEMES:
            raise cell.fault("AS104", said, str(error)) from None
        from archspec.field import is_term  # here: a file without faults does not pay for it

        word = cell if is_term(cell.value) else replace(cell, value=scheme)
        diagnostic = _unknown(word, SCHEMES, said, choices()).diagnostic
        if meant := diagnostic.facts.get("nearest"):
            diagnostic = replace(diagnostic, facts={**diagnostic.facts, "nearest": meant + blank + rest})
        raise Fault(diagnostic) from None
    return cell.value
