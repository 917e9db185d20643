"""One slip is one diagnostic: 500 seeded slips, each in one cell of a published table, as somebody who types it in
makes them.

A slip may go unseen (nothing else may speak of that cell), must never crash, and must not drown its reader in echoes.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from archspec import bundled
from archspec.api import from_document
from archspec.check import check
from archspec.cli import main
from archspec.document import parse
from archspec.source import Source

SLIPS = 500
AT_MOST_ONE = 0.95  # the share of slips that give no diagnostic or one
TABLES = ("alexnet", "bn_inception", "googlenet", "googlenet_bn_zj", "googlenet_d2l", "resnet18")


class Cell(NamedTuple):
    """A cell as it stands in the file: its literal, the literals above and below it, and the others of its row."""

    start: int
    literal: str
    neighbours: tuple[str, ...]
    row: tuple[str, ...]


def cells(text: str) -> list[Cell]:
    document = parse(Source("", text))
    rows = document.values["table"]["rows"]
    spans = [[document.span(("table", "rows", i, j)) for j in range(len(row))] for i, row in enumerate(rows)]
    literals = [[text[start:end] for start, end in row] for row in spans]
    found = []
    for i, row in enumerate(spans):
        for j, (start, _) in enumerate(row):
            neighbours = [literals[k][j] for k in (i - 1, i + 1) if 0 <= k < len(rows) and j < len(literals[k])]
            others = literals[i][:j] + literals[i][j + 1 :]
            found.append(Cell(start, literals[i][j], tuple(neighbours), tuple(others)))
    return found


# --- slips: a cell in, every literal that the slip may make of it out ------------------------------------------------


def numbers(change: Callable[[int], int | None]) -> Callable[[Cell], Iterator[str]]:
    """A slip in one of the numbers of a cell."""

    def slip(cell: Cell) -> Iterator[str]:
        for match in re.finditer(r"\d+", cell.literal):
            changed = change(int(match[0]))
            if changed is not None and changed >= 0:
                yield cell.literal[: match.start()] + str(changed) + cell.literal[match.end() :]

    return slip


def swapped(cell: Cell) -> Iterator[str]:
    for match in re.finditer(r"[1-9](?=[1-9])", cell.literal):
        at = match.start()
        yield cell.literal[:at] + cell.literal[at + 1] + cell.literal[at] + cell.literal[at + 2 :]


def replaced(cell: Cell, by: tuple[str, ...]) -> Iterator[str]:
    return (other for other in by if other != '""')


def notation(cell: Cell) -> Iterator[str]:
    """The notation of another table, or a habit of the keyboard."""
    for wrong, right in (
        (" + ", " "),
        ("+", "/"),
        ("/", ":"),
        ("/", "-"),
        ("×", "*"),
        ("×", ","),
        ("x", " by "),
        ("%", ""),
    ):
        if wrong in cell.literal and cell.literal[0] == '"':
            yield cell.literal.replace(wrong, right, 1)
    if cell.literal.isdigit():
        yield f'"{cell.literal}"'
        yield f"{cell.literal}.0"


def dropped(cell: Cell) -> Iterator[str]:
    for match in re.finditer(r"[×x+/$*]|stride |[KM](?=\")", cell.literal):
        yield cell.literal[: match.start()] + cell.literal[match.end() :]


def misspelt(cell: Cell) -> Iterator[str]:
    for match in re.finditer(r"[a-z]{3,}", cell.literal):
        for at in range(match.start(), match.end() - 1):
            head, two, tail = cell.literal[:at], cell.literal[at : at + 2], cell.literal[at + 2 :]
            yield head + two[1] + tail  # a letter is missing
            yield head + two[0] + two + tail  # a letter stands twice
            yield head + two[::-1] + tail  # two letters change places


KINDS: dict[str, Callable[[Cell], Iterator[str]]] = {
    "one more": numbers(lambda n: n + 1),
    "one less": numbers(lambda n: n - 1),
    "digits swapped": swapped,
    "halved": numbers(lambda n: n // 2 if n % 2 == 0 else None),
    "doubled": numbers(lambda n: 2 * n),
    "a neighbour's value": lambda cell: replaced(cell, cell.neighbours),
    "another cell of the row": lambda cell: replaced(cell, cell.row),
    "blanked": lambda cell: iter(['""']),
    "another notation": notation,
    "a sign dropped": dropped,
    "a word misspelt": misspelt,
}


class Slip(NamedTuple):
    table: str
    kind: str
    before: str
    after: str
    line: str
    text: str


def slips(seed: int, count: int) -> Iterator[Slip]:
    """Tables and kinds in turn, each in a cell where the kind can happen, all drawn by one seed."""
    draw = random.Random(seed)
    texts = {name: bundled.path_of(name).read_text(encoding="utf-8") for name in TABLES}
    all_cells = {name: cells(text) for name, text in texts.items()}
    for index in range(count):
        table, kind = TABLES[index % len(TABLES)], list(KINDS)[index % len(KINDS)]
        while True:
            cell = draw.choice(all_cells[table])
            made = [literal for literal in KINDS[kind](cell) if literal != cell.literal]
            if made:
                break
        literal = draw.choice(made)
        text = texts[table]
        changed = text[: cell.start] + literal + text[cell.start + len(cell.literal) :]
        line = changed[changed.rindex("\n", 0, cell.start) + 1 : changed.index("\n", cell.start)]
        yield Slip(table, kind, cell.literal, literal, line.strip(), changed)


@pytest.fixture
def validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    """The messages of `archspec validate`: every reading checked, faults of the file itself included."""

    def run(text: str) -> list[str]:
        path = tmp_path / "slip.toml"
        path.write_text(text, encoding="utf-8")
        assert main(["validate", "--format", "json", str(path)]) in (0, 1)
        return [one["message"] for one in json.loads(capsys.readouterr().out)["diagnostics"]]

    return run


def test_one_slip_is_one_diagnostic(validate: Callable[[str], list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    found = [(slip, validate(slip.text)) for slip in slips(1502, SLIPS)]
    total = Counter(slip.kind for slip, _ in found)
    seen = Counter(slip.kind for slip, them in found if them)
    few = Counter(slip.kind for slip, them in found if len(them) <= 1)
    with capsys.disabled():
        print(f"\n{'slip':26}{'made':>6}{'seen':>6}{'at most one diagnostic':>25}")
        for kind in KINDS:
            print(f"{kind:26}{total[kind]:6}{seen[kind]:6}{few[kind] / total[kind]:25.0%}")
        print(f"{'all':26}{len(found):6}{seen.total():6}{few.total() / len(found):25.1%}")
    echoes = "\n".join(f"{slip.table}: {slip.before} -> {slip.after} in {slip.line}\n  " + "\n  ".join(them)
                       for slip, them in found if len(them) > 1)  # fmt: skip
    assert few.total() / len(found) >= AT_MOST_ONE, echoes


# --- tables that are all at fault ------------------------------------------------------------------------------------


def test_a_search_that_is_cut_short_ends_the_same_for_what_was_known_before() -> None:
    """Repairs have a budget of work; rows that a check of an earlier text has run do not make it last longer."""
    rows = "".join(f'  ["conv", "c{n}", "3x3", "{16 + n % 7 * 8}", "28x28x{16 + n % 7 * 8}"],\n' for n in range(800))
    text = f"""\
format = 1
name = "a"
input = "28x28x8"
[defaults]
conv = {{ pad = "same", bias = true, norm = "none", act = "relu" }}
[table]
columns = ["type", "name", "patch/stride", "out", "output"]
rows = [
{rows}]
"""
    spec = from_document(parse(Source("", text)))
    before = check(spec)
    cold, warm = check(spec), check(spec, before.expanders)
    assert cold.diagnostics == warm.diagnostics
    assert cold.diagnostics[0].repairs
    assert not cold.diagnostics[-1].repairs
    ended = [one for one in cold.diagnostics if any("no repairs were searched for" in note for note in one.notes)]
    assert ended == [next(one for one in cold.diagnostics if not one.repairs)]
