"""How much a file may hold: its text and values in; the first thing that is too much, or hidden, out.

Every limit is several times what the largest published network needs, and low enough that no verb takes two seconds
of a file within them. What a small file may ask for is limited where it is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from archspec.diagnostic import Diagnostic, Label, Path
from archspec.source import HIDDEN, UNPRINTABLE, clean

LONGEST_TEXT = 2**20  # characters of a file; a large published network needs 20 thousand
MOST_VALUES = 20_000  # in a file, tables and lists included; the largest published table has 500
MOST_SIGNS = 4 * MOST_VALUES  # that stand between values, or would, where they are counted in the text
MOST_ITEMS = 1_500  # in a table or list: rows, names, layers; ResNet-1202 has as many layers
MOST_CELLS = 100  # in a row of a table
LONGEST = 200  # characters of a name or a cell
LONGEST_PROSE = 2_000  # characters of what nothing is read from: reasons, titles, addresses
MOST_FINDINGS = 300  # in one part of a file, after which the rest of that part is not checked
MOST_WORK = 20_000  # for a report: layers run and rows of variants read; a second
MAX_DEPTH = 64  # of nested tables and arrays; the deepest published module needs 12. It bounds every walk over a spec
MAX_TRAIL = 64  # of modules in modules, of values that refer to values, of patches that extend patches

_PROSE = ("paper", "recipe", "weights", "allow")


class Work:
    """How much may still be done for one file, counted and never timed: so a report is the same on every machine."""

    def __init__(self, left: int = MOST_WORK) -> None:
        self.left = left

    def spend(self, work: int) -> None:
        self.left -= work

    @property
    def spent(self) -> bool:
        return self.left <= 0


def too_many(faults: list[Diagnostic], place: Path, kept: int = 0) -> bool:
    """Whether so much is wrong before a place that nothing is checked from there on. Adds AS006, which says so, to
    `faults`; the first `kept` of them are of another part."""
    if len(faults) - kept < MOST_FINDINGS:
        return False
    message = f"more than {MOST_FINDINGS} things are wrong: nothing is checked from here on"
    faults.append(Diagnostic("AS006", message, (Label(place),), help="mend what stands before first"))
    return True


def ways_round(uses: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Each way from a name to what it uses, and on, that comes back to the name: once for each step that closes one.

    No recursion: a way may be as long as there are names.
    """
    done: set[str] = set()
    for root in uses:
        trail = {root: iter(uses[root])} if root not in done else {}
        while trail:
            name = next(reversed(trail))
            for other in trail[name]:
                if other in trail:
                    way = tuple(trail)
                    yield way[way.index(other) :]
                elif other in uses and other not in done:
                    trail[other] = iter(uses[other])
                    break
            else:
                done.add(name)
                del trail[name]


def excess_of_text(text: str) -> Diagnostic | None:
    """AS006 for a text that need not be read to know that it is too long, or holds too many values."""
    if len(text) > LONGEST_TEXT:
        return _too_large((), f"the file has more than {LONGEST_TEXT:,} characters")
    if sum(map(text.count, ",=[{")) <= MOST_SIGNS:
        return None
    return _too_large((), f"the file has more than {MOST_SIGNS:,} commas, equals signs and brackets")


def excess(values: Mapping[str, Any]) -> Diagnostic | None:
    """AS006 for the first thing that is larger than its limit; AS001 for tables nested too deep, and for a number that
    TOML does not have."""
    count = 0
    rest: list[tuple[Path, Any]] = [((), values)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, str):
            if len(value) > LONGEST and (found := _long_text(path, value)):
                return found
        elif isinstance(value, dict | list):
            count += len(value)
            if count > MOST_VALUES:
                return _too_large((), f"the file has more than {MOST_VALUES:,} values")
            if len(path) > MAX_DEPTH:
                return too_deep(path[:1])
            if len(value) > MOST_CELLS and (found := _many_items(path, len(value))):
                return found
            if isinstance(value, dict):
                if long := next((key for key in value if len(key) > LONGEST), None):
                    return _too_large(
                        (*path, long), f"a name has {len(long):,} characters, at most {LONGEST} are read", "key"
                    )
                rest += [((*path, key), item) for key, item in value.items()]
            else:
                rest += [((*path, index), item) for index, item in enumerate(value)]
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            return Diagnostic("AS001", "an integer has more than 64 bits", (Label(path),))
    return None


def too_deep(path: Path) -> Diagnostic:
    message = f"tables and arrays are nested more than {MAX_DEPTH} deep"
    return Diagnostic("AS001", message, (Label(path, on="key"),))


def _long_text(path: Path, text: str) -> Diagnostic | None:
    prose = path[0] in _PROSE or path[-1] == "why"
    most = LONGEST_PROSE if prose else LONGEST
    message = f"{'a text' if prose else 'a cell'} has {len(text):,} characters, at most {most:,} are read"
    return _too_large(path, message) if len(text) > most else None


def _many_items(path: Path, count: int) -> Diagnostic | None:
    row = path == ("table", "columns") or (path[:2] == ("table", "rows") and len(path) == 3)
    most = MOST_CELLS if row else MOST_ITEMS
    what = "a row of a table" if row else f"`{path[-1]}`" if path and isinstance(path[-1], str) else "a list"
    message = f"{what if path else 'the file'} has {count:,} entries, at most {most:,} are read"
    return _too_large(path, message) if count > most else None


def _too_large(path: Path, message: str, on: Literal["value", "key"] = "value") -> Diagnostic:
    hint = "no published network needs as much; make it several files, or say it with `repeat` and modules"
    return Diagnostic("AS006", message, (Label(path, on=on),), help=hint)


# --- signs that nobody sees ------------------------------------------------------------------------------------------


def hidden(text: str, values: Mapping[str, Any]) -> list[Diagnostic]:
    """AS121 for names that hold control characters or signs without width, and for two that differ by such alone."""
    if "\\" not in text and not HIDDEN.search(text) and not UNPRINTABLE.search(text.translate(_LINES)):
        return []
    found: list[Diagnostic] = []
    for names in _names(values):
        seen: dict[str, str] = {}
        for name, label in names.items():
            first = seen.setdefault(HIDDEN.sub("", UNPRINTABLE.sub("", name)), name)
            if first != name:
                message = f"`{_spelt(first)}` and `{_spelt(name)}` differ by signs that nobody sees"
                found.append(_hidden(message, label, names[first]))
            elif sign := UNPRINTABLE.search(name):
                message = f"the name `{_spelt(name)}` has a sign that nobody sees, {_called(sign[0])}"
                found.append(_hidden(message, label))
    return found


_LINES = str.maketrans("", "", "\t\r\n")


def _hidden(message: str, *labels: Label) -> Diagnostic:
    return Diagnostic("AS121", message, labels, help="take the sign out, here and wherever the name is used")


def _spelt(name: str) -> str:
    """A name with all its signs: those that nobody sees as escapes."""
    return HIDDEN.sub(lambda sign: sign[0].encode("unicode_escape").decode("ascii"), clean(name))


def _called(sign: str) -> str:
    import unicodedata  # here: few files pay for it

    name = unicodedata.name(sign, "a control character").lower()
    return f"U+{ord(sign):04X}, {name}"


def _names(values: Mapping[str, Any]) -> Iterator[dict[str, Label]]:
    """The names of a file, those that stand beside each other together: keys, and what is called `name`."""
    rest: list[tuple[Path, Any]] = [((), values)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, dict):
            yield {key: Label((*path, key), on="key") for key in value}
            rest += [((*path, key), item) for key, item in value.items()]
            if isinstance(name := value.get("name"), str):
                yield {name: Label((*path, "name"))}
        elif isinstance(value, list):
            rest += [((*path, index), item) for index, item in enumerate(value)]
            layers = [(index, item.get("name")) for index, item in enumerate(value) if isinstance(item, dict)]
            yield {name: Label((*path, index, "name")) for index, name in layers if isinstance(name, str)}
            yield from _names_of_rows(path, value, values)


def _names_of_rows(path: Path, rows: list[Any], values: Mapping[str, Any]) -> Iterator[dict[str, Label]]:
    columns = values["table"].get("columns") if path == ("table", "rows") else None
    if not isinstance(columns, list):
        return
    yield {caption: Label(("table", "columns", at)) for at, caption in enumerate(columns) if isinstance(caption, str)}
    for at, caption in enumerate(columns):
        if isinstance(caption, str) and caption.strip().lower() in ("name", "type"):
            cells = [(index, row[at]) for index, row in enumerate(rows) if isinstance(row, list) and at < len(row)]
            yield {cell: Label((*path, index, at)) for index, cell in cells if isinstance(cell, str)}
