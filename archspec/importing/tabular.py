"""A LaTeX tabular becomes rows of plain cells: text in; line numbers and cells, and the height of the header, out.

What is read is what papers print tables with: tabular and its kin, multicolumn and multirow, rules, comments, math. Any
other command is dropped and its text kept. Nothing is expanded, so a hostile table costs no more than its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

Row = tuple[int, tuple[str, ...]]

_BEGIN = re.compile(r"\\begin\s*\{(tabular[*xy]?|tabulary|array|longtable)\}")
_RULES = r"hline|toprule|midrule|bottomrule|specialrule|Xhline"
_SHORT_RULES = r"cline|cmidrule|addlinespace|noalign"  # no end of anything
_TOKEN = re.compile(
    rf"""(?P<end>\\\\\*?(?:[ \t]*\[[^\[\]\n]*\])?|\\tabularnewline(?![A-Za-z]))
       | (?P<rule>\\(?:{_RULES}|(?P<short>{_SHORT_RULES}))(?![A-Za-z])(?:\([^()]*\)|\[[^\[\]]*\]|\{{[^{{}}]*\}})*)
       | (?P<begin>\\begin(?![A-Za-z])) | (?P<close>\\end(?![A-Za-z])\s*(?:\{{[^{{}}]*\}})?)
       | (?P<other>\\[A-Za-z]+ | \\. | [^\\{{}}&]+ | \\)
       | (?P<open>\{{) | (?P<shut>\}}) | (?P<and>&)""",
    re.VERBOSE | re.DOTALL,
)
_WIDEST = 1000  # columns that one \multicolumn may take


def rows(text: str) -> tuple[list[Row], int]:
    """The rows of the first tabular, or of rows pasted without one, and how many of them a rule sets off as captions
    (or 0).

    A caption over several columns is said for each of them. Raises `ValueError` with the line of an unbalanced brace.
    """
    text = _without_definitions(re.sub(r"((?:^|[^\\])(?:\\\\)*)%[^\n]*", r"\1", text))
    start = _after_columns(text, found) if (found := _BEGIN.search(text)) else 0
    if found and start == len(text):
        line = _line(text, found.start())
        raise ValueError(f"line {line}: this {found[1]} has no rows; close its braces, and paste it whole")
    raw, rules = _split(text, start)
    header = _height(raw, rules)
    printed = [
        (number, tuple(_cells(cells, number, spread=at < max(header, 1)))) for at, (number, cells) in enumerate(raw)
    ]
    return list(_filled_down(raw, printed, header)), header


_ROWS = re.compile(
    r"\s*(?:\\multicolumn\s*\{[^{}]*\}\s*\{[^{}]*\}\s*\{\s*)?\\multirow\s*(?:\[[^\[\]]*\]\s*)?\{\s*(\d{1,3})\s*\}"
)


def _filled_down(raw: list[tuple[int, list[str]]], printed: list[Row], header: int) -> Iterator[Row]:
    """The rows with a cell over several of them said in each, but in the captions; one in the middle stays as it is."""
    going: dict[int, tuple[int, str]] = {}  # by column: how many more rows, and the text
    for at, ((_, tex), (number, cells)) in enumerate(zip(raw, printed, strict=True)):
        filled = list(cells)
        for column, (left, text) in list(going.items()):
            if column < len(filled) and not filled[column].strip():
                filled[column] = text
            going[column] = (left - 1, text)
        going = {column: one for column, one in going.items() if one[0]}
        if at >= header and len(tex) == len(cells):
            for column, cell in enumerate(tex):
                if (span := _ROWS.match(cell)) and int(span[1]) > 1:
                    going[column] = (int(span[1]) - 1, filled[column])
        yield number, tuple(filled)


_DEFINITION = re.compile(
    r"\\(?:new|renew|provide)command\s*\*?\s*(?:\{\s*\\[A-Za-z]+\s*\}|\\[A-Za-z]+)|\\def\s*\\[A-Za-z]+(?:#\d)*"
)


def _without_definitions(text: str) -> str:
    """The text without the commands that it defines, whose bodies may hold a tabular; every line keeps its number."""
    kept: list[str] = []
    at = 0
    for found in _DEFINITION.finditer(text):
        if found.start() < at:
            continue
        end = _group(text, _option(text, _option(text, found.end())))
        if end == len(text):  # never closed, or nothing follows
            break
        kept += [text[at : found.start()], "\n" * text.count("\n", found.start(), end)]
        at = end
    return "".join([*kept, text[at:]])


def _line(text: str, at: int) -> int:
    return bisect_left(_line_ends(text), at) + 1


@lru_cache(2)
def _line_ends(text: str) -> list[int]:
    return [end.start() for end in re.finditer("\n", text)]


def _after_columns(text: str, found: re.Match[str]) -> int:
    """Where the rows of an environment start: after its optional position, width and columns."""
    at = _option(text, found.end())
    for _ in range(2 if found[1] in ("tabular*", "tabularx", "tabulary") else 1):
        at = _group(text, at)
    return at


def _option(text: str, at: int) -> int:
    """The end of a `[...]` that stands here, else the place itself."""
    found = re.compile(r"\s*\[[^\[\]]*\]").match(text, at)
    return found.end() if found else at


def _group(text: str, at: int) -> int:
    """The end of a `{...}` that stands here, of the text where it is never closed; the place itself where there is
    none."""
    found = re.compile(r"\s*\{").match(text, at)
    if found is None:
        return at
    depth = 0
    for brace in re.compile(r"\\.|[{}]", re.DOTALL).finditer(text, found.end() - 1):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return brace.end()
    return len(text)


def _split(text: str, start: int) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """The rows from a place on, with their cells as LaTeX, and after how many rows each rule stands."""
    found: list[tuple[int, list[str]]] = []
    rules: list[int] = []
    opened: list[int] = []  # where each brace stands
    cells, first, inside = [""], start, 0
    for token in _TOKEN.finditer(text, start):
        kind, depth = token.lastgroup, len(opened) + inside
        if kind == "close" and inside == 0:
            break
        if kind == "shut" and not opened:
            raise ValueError(f"line {_line(text, token.start())}: a brace is closed that is not open; take it out")
        if depth == 0 and kind in ("and", "end", "rule"):
            if kind == "and":
                cells.append("")
            elif kind == "rule":
                rules += [] if token["short"] else [len(found)]
            else:
                found.append((_start_line(text, first, token.start()), cells))
                cells, first = [""], token.end()
            continue
        inside += {"begin": 1, "close": -1}.get(kind or "", 0)
        if kind == "open":
            opened.append(token.start())
        elif kind == "shut":
            opened.pop()
        cells[-1] += token[0]
    if opened:
        raise ValueError(f"line {_line(text, opened[-1])}: this brace is never closed; close it")
    found.append((_start_line(text, first, len(text)), cells))
    return [(number, row) for number, row in found if any(cell.strip() for cell in row)], [
        sum(1 for _, row in found[:at] if any(cell.strip() for cell in row)) for at in rules
    ]


def _start_line(text: str, first: int, end: int) -> int:
    """The line of the first sign of a row."""
    return _line(text, first + len(text[first:end]) - len(text[first:end].lstrip()))


def _height(raw: list[tuple[int, list[str]]], rules: list[int]) -> int:
    """How many rows stand above the first rule that has rows on both sides, where only the first may hold a number."""
    height = next((at for at in rules if 0 < at < len(raw)), 0)
    if any(plain(cell).strip()[:1].isdigit() for _, cells in raw[1:height] for cell in cells):
        return 0
    return height


_SPAN = re.compile(r"\s*\\multicolumn\s*\{\s*(\d+)\s*\}")


def _cells(cells: list[str], number: int, *, spread: bool) -> Iterator[str]:
    """The cells of a row as text; one over several columns is said once, or for each of them."""
    for cell in cells:
        found = _SPAN.match(cell)
        count = int(found[1][:9]) if found else 1
        if count > _WIDEST:
            raise ValueError(f"line {number}: \\multicolumn over {count} columns; {_WIDEST} is the most")
        text = plain(cell)
        yield text
        yield from [text if spread else ""] * (count - 1)


_DIGIT = re.compile(r"\{?\d")
_SPACE = re.compile(r"\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]")  # a length behind a line break, as `[-.1em]`
_PIECE = re.compile(r"\\([A-Za-z]+)\*?\s*|\\(.)|([{}$~^])|([^\\{}$~^]+)|\\", re.DOTALL)

# What a command prints, and the arguments of one that are not printed.
_PRINTED = {
    "times": "×",
    "ast": "*",
    "dagger": "†",
    "ddagger": "‡",
    "cdot": "·",
    "quad": " ",
    "qquad": " ",
    "newline": " ",
    "tabularnewline": " ",
    "slash": "/",
    "textasteriskcentered": "*",
    "texttimes": "×",
    "checkmark": "✓",
}
_UNPRINTED = {
    "multicolumn": 2,
    "multirow": 2,
    "cellcolor": 1,
    "rowcolor": 1,
    "color": 1,
    "textcolor": 1,
    "rotatebox": 1,
    "vspace": 1,
    "hspace": 1,
    "label": 1,
    "cite": 1,
    "footnote": 1,
    "raisebox": 1,
    "makecell": 0,
    "shortstack": 0,
}
_BRACKETS = {"bmatrix": ("[", "]"), "pmatrix": ("(", ")")}
_SYMBOLS = {" ": " ", "\n": " ", **{sign: sign for sign in "#&%_${}"}}


def plain(tex: str) -> str:
    """The text of a cell as it is printed: `$7{\\times}7/2$` is `7×7/2`, `\\#3$\\times$3 reduce` is `#3×3 reduce`."""
    out: list[str] = []
    opened: list[str] = []  # the environments that it stands in
    at = 0
    while at < len(tex) and (piece := _PIECE.match(tex, at)):
        at = piece.end()
        command, escaped, sign, text = piece.groups()
        if command == "begin":
            end = _group(tex, at)
            opened.append(tex[at:end].strip("{} *"))
            out.append(_BRACKETS.get(opened[-1], ("", ""))[0])
            at = _after_columns(tex, found) if (found := _BEGIN.match(tex, piece.start())) else end
        elif command == "end":
            at = _group(tex, at)
            out.append(_BRACKETS.get(opened.pop(), ("", ""))[1] if opened else "")
        elif command in _UNPRINTED:
            at = _option(tex, at)
            for _ in range(_UNPRINTED[command]):
                at = _option(tex, _group(tex, at))
        elif command:
            out.append(_PRINTED.get(command, ""))
        elif escaped == "\\":
            at = space.end() if (space := _SPACE.match(tex, at)) else at
            out.append("; " if opened and opened[-1].endswith(("matrix", "array")) else " ")
        elif escaped:
            out.append(_SYMBOLS.get(escaped, ""))
        elif sign == "^" and _DIGIT.match(tex, at) and out and out[-1][-1:].isdigit():
            out.append(sign)  # a power; the number of a footnote looks the same, and is for a person to see
        else:  # the arguments of an unknown command stay apart
            apart = sign == "~" or (sign == "}" and tex.startswith("{", at))
            out.append(" " if apart else text or "")
    return re.sub(r"(?<=\d)\s*([×/])\s*(?=\d)", r"\1", "".join(out))
