"""Slips in tables of networks, as people who copy a table make them: a seed in, changed texts out.

A slip knows which cells were changed, what stood there, and which places of the changed text may be blamed for it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path as Path_
from typing import Any, NamedTuple

from archspec import bundled
from archspec.document import Document, parse
from archspec.notation import key_of, keys_of
from archspec.source import Source

Path = tuple[str | int, ...]

OTHERS = Path_(__file__).parent / "networks"  # networks that are not bundled: nothing was built with them


def path_of(name: str) -> Path_:
    """The file of a bundled network, or of another."""
    other = OTHERS / f"{name}.toml"
    return other if other.exists() else bundled.path_of(name)


def other_names() -> list[str]:
    return sorted(path.stem for path in OTHERS.glob("*.toml"))


@dataclass(frozen=True)
class Cell:
    """A cell as it stands in a file: its path, caption and literal, the literals above and below, those of its row."""

    spec: str
    path: Path
    caption: str
    start: int
    literal: str
    neighbours: tuple[str, ...]
    row: tuple[Cell, ...] = ()


class Slip(NamedTuple):
    """A changed text. `places` are the paths of which one must be labelled, `wanted` the values that mend it by path;
    `words` one of which a suggestion must name where no value is to be repaired."""

    spec: str
    kind: str
    column: str
    text: str
    places: tuple[Path, ...]
    wanted: dict[Path, Any]
    words: tuple[str, ...]
    shown: str


class Made(NamedTuple):
    """Replacements of a text, (start, end, new), and what Slip holds of the change."""

    edits: tuple[tuple[int, int, str], ...]
    places: tuple[Path, ...]
    wanted: tuple[Cell, ...]
    words: tuple[str, ...] = ()


class Table:
    """The cells of one spec, and its text."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = path_of(name).read_text(encoding="utf-8")
        self.document = parse(Source("", self.text))
        values = self.document.values
        self.root: tuple[str, str] = ("table", "rows") if "table" in values else ("network", "layers")
        self.rows = values[self.root[0]][self.root[1]]
        self.columns = values.get("table", {}).get("columns")
        self.cells = [cell for index in range(len(self.rows)) for cell in self.row(index)]
        keys = {key for caption in self.columns or self.written() for key in keys_of(caption)}
        self.counts = {"params", "ops"} <= keys

    def written(self) -> list[str]:
        return [key for row in self.rows for key in row]

    def keys(self, index: int) -> list[Any]:
        row = self.rows[index]
        return list(row) if isinstance(row, dict) else list(range(len(row)))

    def literal(self, path: Path) -> str:
        start, end = self.document.span(path)
        return self.text[start:end]

    def row(self, index: int) -> list[Cell]:
        cells = []
        for key in self.keys(index):
            path = (*self.root, index, key)
            near = [at for at in (index - 1, index + 1) if 0 <= at < len(self.rows) and key in self.keys(at)]
            around = tuple(self.literal((*self.root, at, key)) for at in near)
            caption = key if isinstance(key, str) else self.columns[key]
            cells.append(Cell(self.name, path, caption, self.document.span(path)[0], self.literal(path), around))
        return [replace(cell, row=tuple(cells)) for cell in cells]

    def line(self, index: int) -> tuple[int, int]:
        """The row with its comma and line end."""
        start, end = self.document.span((*self.root, index))
        return self.text.rindex("\n", 0, start) + 1, self.text.index("\n", end) + 1


def changed(make: Callable[[Cell], Iterable[str]]) -> Callable[[Table, random.Random], Made | None]:
    """A slip that makes another literal of one cell."""

    def slip(table: Table, draw: random.Random) -> Made | None:
        cell = draw.choice(table.cells)
        literals = [one for one in make(cell) if one != cell.literal]
        if not literals:
            return None
        edit = (cell.start, cell.start + len(cell.literal), draw.choice(literals))
        return Made((edit,), (cell.path,), (cell,), (cell.literal.strip('"'),))

    return slip


def numbers(change: Callable[[int], Iterable[int]]) -> Callable[[Table, random.Random], Made | None]:
    def literals(cell: Cell) -> Iterator[str]:
        for match in re.finditer(r"\d+", cell.literal):
            for value in change(int(match[0])):
                if value >= 0:
                    yield cell.literal[: match.start()] + str(value) + cell.literal[match.end() :]

    return changed(literals)


def swapped_digits(cell: Cell) -> Iterator[str]:
    for match in re.finditer(r"[1-9](?=[0-9])", cell.literal):
        at = match.start()
        if cell.literal[at + 1] != "0" or cell.literal[at - 1 : at].isdigit():
            yield cell.literal[:at] + cell.literal[at + 1] + cell.literal[at] + cell.literal[at + 2 :]


def not_blank(literals: Iterable[str]) -> Iterator[str]:
    return (one for one in literals if one != '""')


NOTATIONS = (
    (" + ", " "), ("+", "/"), ("/", ":"), ("/", "-"), ("×", "*"), ("×", ","), ("x", " by "), ("%", ""),
)  # fmt: skip


def notation(cell: Cell) -> Iterator[str]:
    """The notation of another table, a habit of the keyboard, or a sign that is missing."""
    if cell.caption == "name":
        return
    for wrong, right in NOTATIONS:
        if wrong in cell.literal and cell.literal[0] == '"':
            yield cell.literal.replace(wrong, right, 1)
    if cell.literal.isdigit():
        yield f'"{cell.literal}"'
        yield f"{cell.literal}.0"
    for match in re.finditer(r"[×+/$*]|(?<=\d)x(?=\d)|stride |[KM](?=\")", cell.literal):
        yield cell.literal[: match.start()] + cell.literal[match.end() :]


def misspelt(word: str) -> Iterator[str]:
    for match in re.finditer(r"[a-z]{3,}", word):
        for at in range(match.start(), match.end() - 1):
            head, two, tail = word[:at], word[at : at + 2], word[at + 2 :]
            yield head + two[1] + tail  # a letter is missing
            yield head + two[0] + two + tail  # a letter stands twice
            yield head + two[::-1] + tail  # two letters change places


def misspelt_word(cell: Cell) -> Iterator[str]:
    return iter(()) if cell.caption == "name" else misspelt(cell.literal)


def cells_swapped(table: Table, draw: random.Random) -> Made | None:
    one = draw.choice(table.cells)
    other = draw.choice(one.row)
    if other.literal == one.literal or '""' in (one.literal, other.literal):
        return None
    pairs = (one, other.literal), (other, one.literal)
    edits = tuple((cell.start, cell.start + len(cell.literal), by) for cell, by in pairs)
    words = tuple(cell.literal.strip('"') for cell in (one, other))
    return Made(edits, (one.path, other.path), (one, other), words)


def key_misspelt(table: Table, draw: random.Random) -> Made | None:
    if table.columns:
        index = draw.randrange(len(table.columns))
        path: Path = ("table", "columns", index)
        start, end = table.document.span(path)
        word = str(table.columns[index])
    else:
        path = draw.choice(table.cells).path
        start, end = table.document.span(path, "key")
        word = str(path[-1])
    made = list(misspelt(word))
    if not made:
        return None
    new = draw.choice(made)
    edit = (start, end, table.text[start:end].replace(word, new))
    place = path if table.columns else (*path[:-1], new)
    return Made((edit,), (place,), (), (word, key_of(word)))


def row_dropped(table: Table, draw: random.Random) -> Made | None:
    """The right place is the row after it; or whatever else of the file names the row, or nothing reads without it."""
    index = draw.randrange(len(table.rows))
    named = [path for path in naming(table.document, name_of(table, index)) if path[:2] != table.root]
    read = [("params", key) for key in table.document.values.get("params", {}) if f"${key}" in str(table.rows[index])]
    return Made(((*table.line(index), ""),), ((*table.root, index), *named, *read), ())


def row_doubled(table: Table, draw: random.Random) -> Made | None:
    index = draw.randrange(len(table.rows))
    start, end = table.line(index)
    line = table.text[start:end]
    edits = (start, start, line if line.rstrip().endswith(",") else line.rstrip() + ",\n")
    return Made((edits,), tuple((*table.root, index + more) for more in range(3)), ())


def name_of(table: Table, index: int) -> str:
    row = table.rows[index]
    return str(row["name"] if isinstance(row, dict) else row[table.columns.index("name")])


def naming(document: Document, name: str) -> Iterator[Path]:
    """The paths of a file that hold a name, as a key or a value."""
    rest: list[tuple[Path, Any]] = [((), document.values)]
    while rest:
        path, value = rest.pop()
        if value == name or path[-1:] == (name,):
            yield path
        if isinstance(value, dict):
            rest += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            rest += [((*path, at), item) for at, item in enumerate(value)]


KINDS: dict[str, Callable[[Table, random.Random], Made | None]] = {
    "one more or less": numbers(lambda n: (n + 1, n - 1)),
    "two digits swapped": changed(swapped_digits),
    "halved": numbers(lambda n: (n // 2,) if n % 2 == 0 else ()),
    "doubled": numbers(lambda n: (2 * n,)),
    "a neighbour's value": changed(lambda cell: not_blank(cell.neighbours)),
    "another cell of its row": changed(lambda cell: not_blank(one.literal for one in cell.row)),
    "two cells swapped": cells_swapped,
    "another notation": changed(notation),
    "a word misspelt": changed(misspelt_word),
    "a key misspelt": key_misspelt,
    "a row dropped": row_dropped,
    "a row doubled": row_doubled,
}


NOT_WIDTHS = frozenset("type name output input depth params ops pool+proj repeat stride pad groups scale act".split())
NAMED = ("another notation", "a word misspelt", "a key misspelt")  # slips that are mended where help names the original


def slips(count: int, seed: int, names: Iterable[str]) -> Iterator[Slip]:
    """Specs and kinds in turn, each slip drawn by the seed, none twice."""
    draw = random.Random(seed)
    tables = [Table(name) for name in names]
    pairs = [(table, kind) for kind in KINDS for table in tables]
    seen: set[str] = set()
    made = tries = 0
    while made < count and tries < 100 * count:
        table, kind = pairs[tries % len(pairs)]
        tries += 1
        change = KINDS[kind](table, draw)
        if change is None:
            continue
        text = table.text
        for start, end, new in sorted(change.edits, reverse=True):
            text = text[:start] + new + text[end:]
        if text not in seen:
            seen.add(text)
            made += 1
            yield slip_of(table, kind, change, text)


def slip_of(table: Table, kind: str, change: Made, text: str) -> Slip:
    wanted = {cell.path: value_at(table.document.values, cell.path) for cell in change.wanted}
    shown = "; ".join(f"{table.text[start:end].strip()} -> {new.strip()}" for start, end, new in change.edits)
    column = column_of(change.wanted[0].caption) if change.wanted else kind
    return Slip(table.name, kind, column, text, change.places, wanted, change.words, f"{change.places[0]}: {shown}")


def spelt(value: Any) -> str:
    """A value as text in which `×` and `x`, and blanks around signs, make no difference."""
    return re.sub(r"\s*([×x+/])\s*", r"\1", str(value)).replace("×", "x")


def value_at(values: Any, path: Iterable[Any]) -> Any:
    value = values
    for step in path:
        value = value[step]
    return value


def column_of(caption: str) -> str:
    """What a column is called in the figures: the columns of modules are all widths."""
    key = "+".join(keys_of(caption))
    if key.startswith("patch"):
        return "patch/stride"
    return key if key in NOT_WIDTHS else "a width"
