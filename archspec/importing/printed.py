"""A table pasted from a paper, as text, becomes captions and rows of cells. Knows nothing of networks.

Markdown, CSV, tab-separated text or a LaTeX tabular goes in; a `Printed` comes out, or a `ValueError` that names the
line and says what to do. Cells are text in one spelling: `×` for every sign of that look, a blank for every kind of
blank.
"""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from archspec.importing import tabular
from archspec.limits import LONGEST, MOST_CELLS
from archspec.notation import key_of

Kind = Literal["md", "csv", "tsv", "tex"]

_MOST_ROWS = 400  # no paper prints more, and what is no table is then refused before anything is guessed about it


@dataclass(frozen=True)
class Line:
    """The cells of one row, and the line of the text that it starts on."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A table: `captions` stand on line `number`; every row has as many cells. `notes` are the list under a Markdown
    table."""

    number: int
    captions: tuple[str, ...]
    rows: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def printed_table(text: str, kind: Kind | None) -> Printed:
    """The table in a text; without a kind it is told from the text. Raises `ValueError` where there is none, or a
    ragged one."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ValueError("line 1: there is nothing here; paste a table with its captions")
    notes: list[str] = []
    match kind or _kind(text):
        case "md":
            lines, header = _markdown(text, notes)
        case "tex":
            found, header = tabular.rows(text)
            lines = [Line(number, tuple(map(tidy, cells))) for number, cells in found]
            header = max(header, _header_rows(lines)) if any(line.cells for line in lines) else 0
        case "tsv":
            lines, header = list(_separated(text, "\t")), 0
        case _:
            lines, header = list(_separated(text, _delimiter(text))), 0
    lines = [line for line in lines if any(line.cells)]
    if not lines:
        raise ValueError("line 1: no row of a table is found; paste a table with its captions")
    if len(lines) > _MOST_ROWS:
        raise ValueError(f"line {lines[_MOST_ROWS].number}: more than {_MOST_ROWS} rows; paste one printed table")
    for line in lines:
        if len(line.cells) > MOST_CELLS:
            raise ValueError(f"line {line.number}: more than {MOST_CELLS} cells; paste one printed table")
        if max(map(len, line.cells)) > LONGEST:
            raise ValueError(f"line {line.number}: a cell of more than {LONGEST} characters; paste one printed table")
    return _with_captions(lines, header or _header_rows(lines), tuple(notes))


def _kind(text: str) -> Kind:
    if re.search(r"\\begin\s*\{(?:tabular|longtable|array)", text) or ("&" in text and "\\\\" in text):
        return "tex"
    lines = [line for line in text.split("\n") if line.strip()]
    if any(_RULE.fullmatch(line.strip()) and "|" in line for line in lines) or lines[0].lstrip().startswith("|"):
        return "md"
    return "tsv" if "\t" in lines[0] else "csv"


def _with_captions(lines: list[Line], header: int, notes: tuple[str, ...]) -> Printed:
    """Join the rows of the header with a blank, drop columns with nothing in them, and see that every row fits."""
    number, body = lines[0].number, lines[header:]
    if not body:
        raise ValueError(f"line {number}: there are captions and no rows; paste the rows too")
    width = max(len(line.cells) for line in lines[:header])
    stacked = zip(*((*line.cells, *[""] * (width - len(line.cells))) for line in lines[:header]), strict=True)
    captions = [" ".join(filter(None, parts)).replace("/ ", "/") for parts in stacked]
    for line in body:
        if any(line.cells[width:]):
            above = f"{width} caption{'s' * (width > 1)} in line {number}"
            raise ValueError(f"line {line.number}: {len(line.cells)} cells, and {above}; {_ragged(line, width)}")
    rows = [Line(line.number, (*line.cells, *[""] * width)[:width]) for line in body]
    kept = [at for at, caption in enumerate(captions) if caption or any(row.cells[at] for row in rows)]
    return Printed(
        number,
        tuple(captions[at] for at in kept),
        tuple(Line(row.number, tuple(row.cells[at] for at in kept)) for row in rows),
        notes,
    )


def _ragged(line: Line, width: int) -> str:
    """What to do about a row with more cells than captions."""
    if width == 1:
        return "put the cells of the captions apart by `|`, `&`, commas or tabs"
    if any(re.fullmatch(r"\d{1,3}", cell) and re.fullmatch(r"\d{3}", after) for cell, after in pairwise(line.cells)):
        return "put a number that holds a comma in quotes, add a caption, or take a cell out"
    return "add a caption, take a cell out, or take out lines that are no part of the table"


def _header_rows(lines: list[Line]) -> int:
    """How many rows the captions take: the first, and those that go on under it with a blank type and no number."""
    keys = [key_of(cell) for cell in lines[0].cells]
    at = keys.index("type") if "type" in keys else 0
    count = 1
    while count < len(lines) and not "".join(lines[count].cells[at : at + 1]) and not _holds_data(lines[count]):
        count += 1
    return count


def _holds_data(line: Line) -> bool:
    return any(_DATA.fullmatch(cell) for cell in line.cells)


_DATA = re.compile(r"\d[\d.,]*[KMB%]?|\d+(?:[x×/]\d+)+")  # a count, a patch, a size


# --- Markdown

_RULE = re.compile(r"\|?\s*:?-+:?(?:\s*\|\s*:?-+:?)*\s*\|?")
_ESCAPED = re.compile(r"\$[^$]*\$(?![A-Za-z0-9{])|\\([!-/:-@\[-`{-~])")  # math keeps its backslashes
_NOTE = re.compile(r"[-*+]\s+(\S.*)")


def _markdown(text: str, notes: list[str]) -> tuple[list[Line], int]:
    """The first pipe table of a page: its rows, and how many of them stand above a rule (0 without one)."""
    lines = [line.strip() for line in text.split("\n")]
    piped = [at for at, line in enumerate(lines) if "|" in line]
    ruled = [at for at in piped if at and "|" in lines[at - 1] and _RULE.fullmatch(lines[at])]
    start = ruled[0] - 1 if ruled else min(piped, default=len(lines))
    while ruled and start and "|" in lines[start - 1]:
        start -= 1
    end = next((at for at in range(start, len(lines)) if "|" not in lines[at]), len(lines))
    notes += [_unescaped(found[1]) for line in lines[end:] if (found := _NOTE.fullmatch(line))]
    table = [(at + 1, lines[at]) for at in range(start, end)]
    rows = [Line(number, _pipe_cells(line)) for number, line in table if not _RULE.fullmatch(line)]
    return rows, ruled[0] - start if ruled else 0


def _pipe_cells(line: str) -> tuple[str, ...]:
    inner = line.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return tuple(tidy(_math(_unescaped(cell))) for cell in re.split(r"(?<!\\)\|", inner))


def _unescaped(cell: str) -> str:
    """Markdown as plain text: emphasis and code marks around a whole cell, backslashes, entities and line breaks
    resolved."""
    text = re.sub(r"<br\s*/?>", " ", cell, flags=re.IGNORECASE).strip()
    for mark in ("**", "__", "`"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark):
            text = text[len(mark) : -len(mark)]
    return _ESCAPED.sub(lambda found: found[1] or found[0], html.unescape(text))


# --- CSV, and text separated by tabs


def _delimiter(text: str) -> str:
    """The sign between the cells of the first line, outside quotes."""
    first = re.sub(r'"[^"]*"', "", next(line for line in text.split("\n") if line.strip()))
    return max(",;\t|", key=first.count)


def _separated(text: str, delimiter: str) -> Iterator[Line]:
    lines = io.StringIO(text, newline="\n")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True)
    number = 1
    try:
        for cells in reader:
            yield Line(number, tuple(tidy(_math(cell)) for cell in cells))
            number = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {number}: {error}; put cells that hold a quote in quotes, and double it") from None


# --- cells

_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u202f"), " ")
_SIGNS = dict.fromkeys(map(ord, "✕✖⨯╳⨉"), "×") | {0x2217: "*"}  # the asterisk of a footnote, as PDFs have it
_MATH = re.compile(r"\\[A-Za-z]+|\$[^$]*\$(?![A-Za-z0-9{])")  # a reference such as `$classes` has no second sign


def _math(cell: str) -> str:
    """LaTeX inside a cell of another format: `$7\\times7/2$`."""
    return tabular.plain(cell) if _MATH.search(cell) else cell


def tidy(cell: str) -> str:
    """A cell on one line, as `seen`; dashes and nothing else mean blank."""
    text = seen(cell.translate(_BLANKS).translate(_SIGNS))
    return "" if re.fullmatch(r"[-–—−]+", text) else text


def seen(text: str) -> str:
    """A text on one line, without characters that nobody sees."""
    text = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign
        for sign in text
        if unicodedata.category(sign) not in ("Cf", "Cs")
    )
    return " ".join(text.split())
