"""A printed table, pasted as text, becomes a spec in [table] form: `import_table`; `starter` gives one to begin with.

Captions and cells stay as they are printed. What a spec needs and a table does not say is guessed, and says so in a
comment: names of rows here, what words mean and the size of the input in meanings.py, the dialect in dialect.py. What
cannot be read as it is printed has a comment too (undecided.py): nothing is left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from archspec.diagnostic import Diagnostic, Faults
from archspec.edit import literal
from archspec.habits import TYPE_CAPTIONS
from archspec.importing.dialect import with_dialect
from archspec.importing.draft import Draft, DraftRow, Said, toml
from archspec.importing.joined import parted
from archspec.importing.marks import Head, Sheet, unmarked
from archspec.importing.meanings import inputs, operation_of, params, types
from archspec.importing.printed import Kind, printed_table, seen
from archspec.importing.undecided import known_keys, with_checks
from archspec.layer import Column, add_cell, column
from archspec.limits import LONGEST
from archspec.notation import Cell, key_of, keys_of, references
from archspec.source import clean
from archspec.vocabulary import CLAIMS

Lines = Sequence[tuple[str, ...]]


def import_table(text: str, *, kind: Kind | None, name: str) -> str:
    """The TOML text of a spec called `name`. Without a kind, the text tells whether it is Markdown, CSV, tabs or LaTeX.

    Raises `ValueError`, with the line and what to do, where the text is no table of captions and rows.
    """
    sheet = unmarked(printed_table(text, kind))
    captions, notes = _typed(sheet)
    captions, known = _usual(captions)
    notes += known
    _check(captions, sheet.number)
    captions, lines, parts = parted(captions, [row.cells for row in sheet.rows])
    notes += parts
    if not any(key_of(caption) == "name" for caption in captions):
        captions, lines = _named(captions, lines)
        notes.append("guessed: the names, where the type has none in parentheses")
    columns = [column(caption) for caption in captions]
    rows = [_row(cells, columns) for cells in lines]
    rows = [replace(row, note=_odd(row, columns, rows)) for row in rows]
    words = types(rows)
    outputs = dict(_heads(sheet.heads, columns))
    parameters = params(rows, [*words.values(), *outputs.values()])
    draft = Draft(seen(name)[:LONGEST], tuple(captions), tuple(rows), inputs(rows[0])[0], parameters, words,
                  added=sheet.added, heads=outputs, notes=tuple(notes))  # fmt: skip
    counts = [key for key in ("params", "ops") if any(key in row.cells for row in rows)]
    try:
        return toml(with_checks(*with_dialect(draft, inputs(rows[0]), counts)))
    except Faults as faults:  # more columns than a spec may have, a name with a sign that nobody sees
        raise ValueError(f"line {sheet.number}: {clean(faults.diagnostics[0].message)}") from None


def starter(name: str) -> str:
    """The text of a small commented spec called `name`, in which nothing is wrong."""
    text = (Path(__file__).parent / "starter.toml").read_text(encoding="utf-8")
    return text.replace('"NAME"', literal(seen(name)[:LONGEST]), 1)


# --- captions


def _typed(sheet: Sheet) -> tuple[list[str], list[str]]:
    """The captions with one that says `type`, and a note where that is a guess."""
    captions = list(sheet.captions)
    keys = [key_of(caption) for caption in captions]
    if "type" in keys:
        return captions, []
    at = next((keys.index(key) for key in ("", *TYPE_CAPTIONS) if key in keys), 0)
    printed, captions[at] = captions[at], "type"
    return captions, [f"guessed: `type` for the caption {literal(printed)}"]


# Captions of papers that the language does not know: what each most likely is there.
_USUAL = {
    **dict.fromkeys(("channels", "out-channels", "output-channels", "kernels", "maps", "feature-maps"), "filters"),
    **dict.fromkeys(("padding", "pads"), "pad"),
    **dict.fromkeys(("parameters", "param", "weights"), "params"),
    **dict.fromkeys(("flops", "macs", "mult-adds", "multiply-adds", "madds", "operations"), "ops"),
    **dict.fromkeys(("output-shape", "out-size", "feature-map-size"), "output"),
    **dict.fromkeys(("repeats", "times"), "repeat"),
    **{word: word for word in ("kernel", "filters", "stride", "patch", "kernel-size", "patch-size", "output-size")},
    "strides": "stride",
    "activation": "act",
    "input-shape": "input",
}


def _usual(captions: Sequence[str]) -> tuple[list[str], list[str]]:
    """The captions with the language's words for those that nothing reads, and notes. Of one that stands under another,
    as `Convolution` over `Kernel`, the last words count."""
    known, made, notes = known_keys(), list(captions), list[str]()
    taken = {key for caption in captions for key in keys_of(caption)}
    for at, caption in enumerate(captions):
        key = key_of(caption)
        if _is_patch(keys_of(caption)) and not taken & {"patch", "stride"} - {*keys_of(caption)}:
            made[at] = "patch size/stride"
            notes.append(f"guessed: `patch size/stride` for the caption {literal(caption)}")
            continue
        if known & {*keys_of(caption), key}:
            continue
        words = key.split("-")
        ends = ("-".join(words[start:]) for start in range(len(words)))
        word = next((_USUAL[end] for end in ends if end in _USUAL), None)
        if word and key_of(word) not in taken and not taken & {*keys_of(word)}:
            made[at] = word
            taken |= {*keys_of(word)}
            notes.append(f"guessed: `{word}` for the caption {literal(caption)}")
    return made, notes


def _is_patch(keys: tuple[str, ...]) -> bool:
    """Whether a caption is that of a patch in more words than the language has: `Size / Stride`, `patch size/stride or
    remarks`."""
    window, stride = keys if len(keys) == 2 else ("", "")
    return window in ("patch", "size", "filter") and stride.startswith("stride") and keys != ("patch", "stride")


def _check(captions: Sequence[str], line: int) -> None:
    """Raise `ValueError` where a caption leaves no key, or two leave the same."""
    seen: dict[str, str] = {}
    for at, caption in enumerate(captions, 1):
        keys = keys_of(caption)
        if not all(keys):
            raise ValueError(f"line {line}: the caption {literal(caption)} of column {at} leaves no key; "
                             "give it letters or digits")  # fmt: skip
        for key in keys[:1] if keys == ("patch", "stride") else keys:  # a column of strides may stand beside that one
            if key in seen:
                raise ValueError(f"line {line}: the captions {literal(seen[key])} and {literal(caption)} have one key, "
                                 f"`{key}`; rename one, or take its column out")  # fmt: skip
            seen[key] = caption


# --- names

_IN_TYPE = re.compile(r"(\S.*?)\s*\(\s*([\w.-]*\d[\w.-]*)\s*\)")  # inception (3a); a percentage is no name

_NUMBERED = re.compile(r"[a-z]+\d{1,2}", re.IGNORECASE)  # conv1, fc6: the printed word is a name as it is

_STEMS = {"separable-conv": "conv", "depthwise-conv": "conv", "max-pool": "pool", "avg-pool": "pool", "linear": "fc",
          "batch-norm": "norm", "lrn": "norm", "softmax": "prob"}  # fmt: skip


def _named(captions: Sequence[str], lines: Lines) -> tuple[list[str], list[tuple[str, ...]]]:
    """The table with a column `name` behind `type`: what the type has in parentheses, else its word and a number."""
    at = next(index for index, caption in enumerate(captions) if key_of(caption) == "type")
    split = [(found[1], found[2]) if (found := _IN_TYPE.fullmatch(cells[at])) else
             (cells[at], cells[at] if _NUMBERED.fullmatch(cells[at]) else "") for cells in lines]  # fmt: skip
    stems = [_stem(word) for word, _ in split]
    taken = {key_of(name) for _, name in split}
    used: set[str] = set()
    made: list[tuple[str, ...]] = []
    for cells, (word, name), stem in zip(lines, split, stems, strict=True):
        if not name or name in used:
            alone = stems.count(stem) == 1 and stem in ("fc", "dropout", "prob") and stem not in taken
            numbered = (f"{stem}{index}" for index in count(1))
            name = stem if alone else next(free for free in numbered if key_of(free) not in taken)
            taken.add(key_of(name))
        used.add(name)
        made.append((*cells[:at], word, name, *cells[at + 1 :]))
    return [*captions[: at + 1], "name", *captions[at + 1 :]], made


def _stem(word: str) -> str:
    operation = operation_of(word)
    return _STEMS.get(operation, operation) if operation else key_of(word) or "row"


# --- cells


def _row(cells: Sequence[str], columns: Sequence[Column]) -> DraftRow:
    repeated = any("repeat" in under.keys for under in columns)
    values = tuple(_value(cell, under, repeated) for cell, under in zip(cells, columns, strict=True))
    found: dict[str, Cell] = {}
    faults: list[Diagnostic] = []  # validate reports them where they stand
    for value, under in zip(values, columns, strict=True):
        add_cell(found, under, Cell(value, (), under.caption, ""), faults)
    return DraftRow(values, found)


# Words by key, in any spelling: what each is here. TensorFlow's own `SAME` stands in capitals.
_WORDS: dict[str, dict[str, int | str]] = {
    "patch": {"global": "global"},
    "pad": {"valid": 0, "same": "same", "tf-same": "tf-same"},
}


def _value(cell: str, under: Column, repeated: bool) -> Any:
    """A cell as the language writes it. Names, words and compound cells are text, and so is more than a number."""
    key = under.keys[0]
    if key in _WORDS and cell.lower() in _WORDS[key]:
        return "tf-same" if cell == "SAME" else _WORDS[key][cell.lower()]
    if len(under.keys) > 1 or key in ("type", "name"):
        return cell
    if repeated and (found := re.fullmatch(r"\[([^\[\]{}]*)\]", cell)):  # a value for each instance
        return [_number(part.strip(), key) for part in found[1].split(",")]
    if key == "pad" and re.fullmatch(r"\{ \w+ = \d{1,9}(, \w+ = \d{1,9})* \}", cell, re.ASCII):
        return {side: int(width) for side, width in re.findall(r"(\w+) = (\d+)", cell)}
    if key == "act":
        return cell.lower()
    return _number(cell, key)


def _number(cell: str, key: str) -> Any:
    if re.fullmatch(r"-?\d{1,18}", cell, re.ASCII) and str(int(cell)) == cell:
        return int(cell)
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3}){1,5}", cell, re.ASCII):
        return int(cell.replace(",", ""))
    if re.fullmatch(r"\d{1,9}\.\d{1,9}", cell, re.ASCII) and key not in CLAIMS:  # of a claim the digits count
        return float(cell)
    return cell == "true" if cell in ("true", "false") else cell


def _odd(row: DraftRow, columns: Sequence[Column], rows: Sequence[DraftRow]) -> str:
    """A note for text in a column that mostly holds whole numbers."""
    odd = []
    for at, (value, under) in enumerate(zip(row.values, columns, strict=True)):
        known = under.keys[0] in CLAIMS or value in _WORDS.get(under.keys[0], {}).values()
        if isinstance(value, str) and value and not known and not references(value):
            column_ = [other.values[at] for other in rows if other.values[at] != ""]
            if 2 * sum(isinstance(other, int) for other in column_) > len(column_):
                odd.append(f"{literal(value)} under {literal(under.caption)}")
    return f"check: {', '.join(odd)}" if odd else ""


def _heads(heads: Sequence[Head], columns: Sequence[Column]) -> Iterator[tuple[str, Said]]:
    """[heads]: the rows that `archspec table` prints as such. Where it has no column `out`, they give the classes."""
    for head in heads:
        cells = {under.keys[0] if len(under.keys) == 1 else under.caption: _value(cell, under, False)
                 for under, cell in zip(columns, head.line.cells, strict=True) if cell}  # fmt: skip
        guessed = {} if "out" in cells else {"out": "$classes"}
        weight = {} if head.weight is None else {"loss-weight": head.weight}
        name = str(cells.pop("name"))
        yield name, Said({**cells, "from": head.source, **weight, **guessed}, "guessed: out" if guessed else "")
