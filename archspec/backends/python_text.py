"""Python as text: values and calls in, lines out, laid out as `ruff format` would at 120 columns.

Nothing that a spec contains becomes code here unless it is a number or an identifier: free text goes through `prose`.
"""

from __future__ import annotations

import keyword
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from math import isinf

WIDTH = 120
Value = int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """A call or a list: what opens it (`nn.Conv2d(`), arguments with a keyword (`padding=` or nothing), its end."""

    open: str
    arguments: tuple[tuple[str, Code], ...]
    close: str = ")"
    one_a_line: bool = False

    def __str__(self) -> str:
        return self.open + ", ".join(f"{name}{value}" for name, value in self.arguments) + self.close


Code = str | Call


def call(function: str, *arguments: Code, **options: Code) -> Call:
    return Call(f"{function}(", (*(("", a) for a in arguments), *((f"{name}=", a) for name, a in options.items())))


def layout(prefix: str, code: Code, suffix: str = "", indent: int = 0) -> Iterator[str]:
    """The lines of `prefix code suffix`: one where it fits, otherwise one argument a line."""
    margin = " " * indent
    line = f"{margin}{prefix}{code}{suffix}"
    if isinstance(code, str) or not code.arguments or (len(line) <= WIDTH and not code.one_a_line):
        yield line
        return
    yield f"{margin}{prefix}{code.open}"
    for name, argument in code.arguments:
        yield from layout(name, argument, ",", indent + 4)
    yield f"{margin}{code.close}{suffix}"


def literal(value: Value) -> str:
    """A number, a boolean or a tuple of numbers as Python writes it."""
    if isinstance(value, float) and isinf(value):
        return f'float("{value}")'
    return repr(value)


def docstring(paragraphs: Iterable[str], indent: int) -> Iterator[str]:
    """A docstring of free text. A paragraph of several lines is kept as it is, others are wrapped."""
    margin = " " * indent
    lines: list[str] = []
    for paragraph in map(prose, paragraphs):
        if lines:
            lines.append("")
        lines += paragraph.split("\n") if "\n" in paragraph else textwrap.wrap(paragraph, WIDTH - 6 - indent)
    if len(lines) == 1:
        yield f'{margin}"""{lines[0]}"""'
        return
    yield f'{margin}"""{lines[0]}'
    yield from (f"{margin}{line}" if line else "" for line in lines[1:])
    yield f'{margin}"""'


def prose(text: str) -> str:
    """Free text that cannot end a docstring: no quotes, no backslashes, nothing unprintable but the line end."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text.replace('"', "'").replace("\\", "/"))


def class_name(text: str) -> str:
    """`inception-v2` is `InceptionV2`, `BN-Inception` is `BNInception`."""
    name = "".join(part[0].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part)
    return f"Network{name}" if not name[:1].isalpha() else f"{name}_" if keyword.iskeyword(name) else name


def parameter_name(key: str) -> str:
    """The name of the constructor parameter for a column: `3x3-reduce` is `n3x3_reduce`, `l` `n_l`, `proj` `proj`."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", key).strip("_")
    if not name or len(name) == 1:
        return f"n_{name or 'unnamed'}"
    name = name if name[0].isalpha() else f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def is_safe_identifier(name: str) -> bool:
    """Whether Python reads `name` as exactly this one name, in a class body too (no mangling, no normalisation)."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and unicodedata.normalize("NFKC", name) == name
    )


class Names:
    """Gives each thing of one namespace a name of its own."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def free(self, *wishes: str) -> str:
        """The first wish that is free, else the last one with a number."""
        numbered = (f"{wishes[-1]}_{number}" for number in count(2))
        name = next(wish for wish in chain(wishes, numbered) if wish not in self._taken)
        self._taken.add(name)
        return name
