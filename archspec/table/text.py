"""A `Table` laid out for a terminal: stacked captions, thin rules, counts with three digits, and notes for every mark.

Derived columns are dropped from the first of `DROPPED` on until the table fits. Before output, params or MACs would go,
the derived columns move below the printed ones. Printed cells are never cut.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from archspec.table import Derived, Table, TableRow

FULL_WIDTH = 140  # of the notes where no terminal says how wide it is

DROPPED = ("receptive field", "activations", "shares", "depth", "output", "MACs", "params")  # in this order

_COLORS = {"!": "1;31", "*": "33", "+": "36", "?": "1;31"}
_NUMBER = re.compile(r"[\d.,]*\d[KMB%]?|\$[\w-]+")  # a reference stands for one
_RULE = "─"


@dataclass(frozen=True)
class _Column:
    """One column: its caption in lines, its cells (text and mark), and whether they stand at the right."""

    caption: str
    cells: tuple[tuple[str, str], ...]
    right: bool

    @cached_property
    def width(self) -> int:
        """Of its widest cell, or the longest word of its caption."""
        cells = [display_width(shown) for shown, _ in self.cells]
        return max(max(cells, default=0) + self.marked, *(display_width(word.strip()) for word in _words(self.caption)))

    @cached_property
    def marked(self) -> bool:
        return any(mark for _, mark in self.cells)

    @property
    def heading(self) -> list[str]:
        """The caption broken at blanks, and after `/` and `+`, as often as the width needs."""
        lines = [""]
        for word in _words(self.caption):
            if lines[-1] and display_width(lines[-1] + word) > self.width:
                lines.append("")
            lines[-1] += word if lines[-1] else word.lstrip()
        return lines


@dataclass(frozen=True)
class _Block:
    """Groups of columns side by side, each with its title, and the rows that they show by index."""

    groups: tuple[tuple[str, list[_Column]], ...]
    gap: int
    rows: range | list[int]


def text(table: Table, width: int | None, *, color: bool = False) -> str:
    """The table as a terminal shows it, with a line end. Without a width, all of it side by side.

    Wider than `width` only where one printed column is, beside the name of its row.
    """
    blocks, count = _layout(table, width)
    words = width or FULL_WIDTH
    lines = _wrapped("", _title(table), words)
    for block in blocks:
        widths = [_width(columns, block.gap, title) for title, columns in block.groups]
        rule = (" " * 2 * block.gap).join(_RULE * one for one in widths)
        lines += ["", *_head(block, widths, rule)]
        lines += [_line(block, widths, row, color) for row in block.rows if row < len(table.rows)]
        if heads := [_line(block, widths, row, color) for row in block.rows if row >= len(table.rows)]:
            lines += [rule, *heads]
        lines.append(rule)
    lines += _wrapped("", totals(table), words)
    for mark, note in notes(table, shares="shares" not in DROPPED[:count]):
        lines += _wrapped(mark, note, words, color)
    needed = max(_wide(block) for block in blocks)
    said = [f"the printed ones alone need {needed}"] * (width is not None and needed > width)
    if said or count:
        said += [f"dropped {', '.join(DROPPED[:count])}"] * bool(count)
        lines += _wrapped("", f"{width} columns: {'; '.join(said)}; --format csv has all", words)
    return "\n".join(line.rstrip() for line in lines) + "\n"


# --- layout


def _layout(table: Table, width: int | None) -> tuple[list[_Block], int]:
    """Blocks that fit a width, and how many of `DROPPED` are in none of them.

    One block as long as output, params and MACs have room beside what is printed. Else the derived columns stand below,
    and what is printed in as many blocks as it needs; each further block begins with the names, and has the rows of
    which it holds anything.
    """
    rows = range(len(table.rows) + len(table.heads))
    printed = [_printed(table, index) for index in range(len(table.captions))]
    derived = _derived(table)
    for count in range(DROPPED.index("output") + 1):
        kept = [column for group, column in derived if group not in DROPPED[:count]]
        for gap in (2, 1):
            block = _Block((("as printed", printed), ("derived", kept)), gap, rows)
            if width is None or _wide(block) <= width:
                return [block], count
    assert width is not None
    names = _Column("name", tuple((row.name, "+" * row.added) for row in (*table.rows, *table.heads)), False)
    others = [under.keys != ("name",) for under in table.columns]
    gap, bands = min(((gap, _bands(printed, others, names, gap, width)) for gap in (2, 1)), key=lambda one: len(one[1]))
    blocks = [_Block((("as printed", bands[0]),), gap, rows)]
    for band in bands[1:]:
        filled = [row for row in rows if any(column.cells[row][0] for column in band[1:])]
        blocks.append(_Block((("as printed", band),), gap, filled))
    for count in range(len(DROPPED)):
        kept = [names, *(column for group, column in derived if group not in DROPPED[:count])]
        block = _Block((("derived", kept),), 2, rows)
        if _wide(block) <= width:
            return [*blocks, block], count
    return blocks, len(DROPPED)


def _bands(printed: list[_Column], others: list[bool], names: _Column, gap: int, width: int) -> list[list[_Column]]:
    """The printed columns in as few lists as fit the width; all but the first begin with the names, said once."""
    bands: list[list[_Column]] = [[]]
    for column, other in zip(printed, others, strict=True):
        if bands[-1] and _width([*bands[-1], column], gap, "") > width:
            bands.append([names])
        if other or len(bands) == 1:
            bands[-1].append(column)
    return bands


# --- columns


def _printed(table: Table, index: int) -> _Column:
    cells = tuple((row.cells[index], row.marks[index]) for row in (*table.rows, *table.heads))
    filled = [cell for cell, _ in cells if cell]
    return _Column(table.captions[index], cells, bool(filled) and all(map(_NUMBER.fullmatch, filled)))


def _derived(table: Table) -> list[tuple[str, _Column]]:
    """The derived columns, each with the name under which it is dropped. A count of 0 is blank, an unknown one `?`."""

    def made(group: str, caption: str, show: Callable[[TableRow, Derived], str]) -> tuple[str, _Column]:
        cells = tuple((show(row, row.derived) if row.derived else "?", "") for row in (*table.rows, *table.heads))
        return group, _Column(caption, cells, right=caption != "output")

    def share(of: Literal["params", "macs"]) -> Callable[[TableRow, Derived], str]:
        return lambda row, derived: f"{part:.1f}" if (part := table.share(row, of)) else ""

    def field(row: TableRow, derived: Derived) -> str:
        return table.size(derived.receptive_field) if derived.receptive_field else "?"

    return [
        made("output", "output", lambda row, derived: table.size(derived.output)),
        made("depth", "depth", lambda row, derived: str(derived.depth)),
        made("params", "params", lambda row, derived: short(derived.cost.params)),
        made("shares", "%", share("params")),
        made("MACs", "MACs", lambda row, derived: short(derived.cost.macs)),
        made("shares", "%", share("macs")),
        made("activations", "activations", lambda row, derived: short(derived.cost.activations)),
        made("receptive field", "receptive field", field),
    ]


def short(count: int) -> str:
    """A count with three digits: 163,696 is `164K`. 0 is blank, as papers leave it."""
    for suffix, unit in (("", 1), ("K", 10**3), ("M", 10**6), ("B", 10**9)):
        scaled = count / unit
        if scaled < 999.5 or suffix == "B":
            digits = 0 if not suffix or scaled >= 99.95 else 1 if scaled >= 9.995 else 2
            return f"{scaled:,.{digits}f}{suffix}" if count else ""
    raise AssertionError("every count has a suffix")


# --- lines


def _title(table: Table) -> str:
    choices = [f"input {table.sign.join(map(str, table.input))}"]
    choices += ["as printed"] * table.as_printed
    choices += [f"reading {name}" for name in table.readings] + [f"variant {name}" for name in table.variants]
    choices += [f"{name} {value}" for name, value in table.params]
    return f"{table.name}{f' ({table.paper})' if table.paper else ''}: {', '.join(choices)}"


def _width(columns: list[_Column], gap: int, title: str) -> int:
    return max(sum(column.width for column in columns) + gap * (len(columns) - 1), len(title))


def _wide(block: _Block) -> int:
    inside = [_width(columns, block.gap, title) for title, columns in block.groups]
    return sum(inside) + 2 * block.gap * (len(inside) - 1)


def _join(block: _Block, widths: list[int], part: Callable[[_Column], str]) -> str:
    """A line; where a title is wider than its group, the group is filled up to it."""
    texts = ((" " * block.gap).join(map(part, columns)) for _, columns in block.groups)
    inside = [_width(columns, block.gap, "") for _, columns in block.groups]
    filled = (text + " " * (width - own) for text, width, own in zip(texts, widths, inside, strict=True))
    return (" " * 2 * block.gap).join(filled)


def _head(block: _Block, widths: list[int], rule: str) -> Iterator[str]:
    """What the columns are, printed or derived; the captions, ending on one line; a rule."""
    titles = zip(block.groups, widths, strict=True)
    yield (" " * 2 * block.gap).join(f"{title:{width}}" for (title, _), width in titles)
    yield rule
    headings = {id(column): column.heading for _, columns in block.groups for column in columns}
    height = max(map(len, headings.values()), default=0)
    for line in range(height):
        shown = {key: ([""] * (height - len(lines)) + lines)[line] for key, lines in headings.items()}
        yield _join(block, widths, lambda column, shown=shown: _placed(column, shown[id(column)]))  # type: ignore[misc]
    yield rule


def _line(block: _Block, widths: list[int], index: int, color: bool) -> str:
    return _join(block, widths, lambda column: _cell(column, *column.cells[index], color=color))


def _cell(column: _Column, text_: str, mark: str, color: bool = False) -> str:
    """A cell with its mark behind it, as wide as its column; digits stand above digits whether marked or not."""
    shown = text_ + (mark or " " * (column.right and column.marked))
    sign = mark or ("?" if text_ == "?" else "")
    return _placed(column, shown, sign if color else "")


def _placed(column: _Column, shown: str, sign: str = "") -> str:
    """A text at its side of a column, in the colour of a sign."""
    space = " " * (column.width - display_width(shown))
    return space + _painted(shown, sign) if column.right else _painted(shown, sign) + space


def _painted(shown: str, sign: str) -> str:
    return f"\x1b[{_COLORS[sign]}m{shown}\x1b[0m" if sign in _COLORS else shown


def _wrapped(mark: str, note: str, width: int, color: bool = False) -> list[str]:
    head = f"{mark} " if mark else ""
    lines = textwrap.wrap(
        head + note, max(width, 40), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return [_painted(mark, mark) + lines[0][len(mark) :], *lines[1:]] if color and mark else lines


# --- words


def totals(table: Table) -> str:
    """The sums in words, exact."""
    total = table.total
    if total is None:
        return "total ?: the network cannot be built as it stands; archspec validate says why"
    params, macs = f"{total.params:,} params", f"{total.macs:,} MACs"
    if table.heads:
        params += f" ({total.params_without_aux:,} without heads)"
        macs += f" ({total.macs_with_aux:,} with heads)"
    return f"total {params}, {total.buffers:,} buffers, {macs}, depth {total.depth}"


def notes(table: Table, shares: bool = True) -> Iterator[tuple[str, str]]:
    """What stands under the table: each mark and what it means here; without a mark, what else a reader must know."""
    read = [(row.name, one) for row in (*table.rows, *table.heads) for one in row.corrections]
    read.sort(key=lambda pair: ("erratum", "reading", "variant").index(pair[1].by.split()[0]))
    for (by, why), group in groupby(read, key=lambda pair: (pair[1].by, pair[1].why)):
        cells = [f"{row} {one.caption} {one.printed or 'blank'} is read as {one.read}" for row, one in group]
        yield "*", f"{', '.join(cells)} ({by}{f': {why}' if why else ''})"
    wrong = [(row.name, one) for row in table.rows for one in row.disagreements]
    if wrong:
        yield "!", "; ".join(f"{row} prints {one.caption} {one.printed}, gives {one.derived}" for row, one in wrong)
    if added := [row.name for row in table.rows if row.added]:
        yield "+", f"not printed in the paper's table: {', '.join(added)}"
    heads = [(row.name, *row.head) for row in table.heads if row.head]
    if heads:
        yield (
            "",
            "; ".join(
                f"{name} reads {source}, loss weight {'?' if weight is None else weight}"
                for name, source, weight in heads
            ),
        )
    if units := _units(table):
        yield "", units
    if table.unchecked:
        yield "", "what the paper prints is not checked here: a variant, an input or a parameter was chosen"
    of = "the network without heads" if table.heads else "the network"
    yield "", "a MAC is one multiply-add of a convolution or linear layer" + f"; % is of {of}" * shares


def _units(table: Table) -> str:
    """What the paper's own counts are, where it prints some."""
    keys = {key for under in table.columns for key in under.keys}
    said = []
    for key, unit, counted in (("params", table.units.params, "weights"), ("ops", table.units.ops, "macs")):
        if key in keys:
            factors = (("K", unit.K, 10**3), ("M", unit.M, 10**6), ("B", unit.B, 10**9))
            unusual = [f"{suffix} = {value:,}" for suffix, value, usual in factors if value != usual]
            said.append(", ".join([f"printed {key} are {(unit.of or counted).replace('macs', 'MACs')}", *unusual]))
    return "; ".join(said)


def _words(caption: str) -> list[str]:
    """The parts of a caption between which a line may end, each with the blanks before it."""
    return re.findall(r"\s*[^\s/+]+[/+]?|\s*[/+]", caption) or [caption]


def display_width(shown: str) -> int:
    """Columns of a terminal: wide characters take two, combining marks none."""
    if shown.isascii():
        return len(shown)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in shown)
    return len(shown) + wide - sum(unicodedata.combining(char) > 0 for char in shown)
