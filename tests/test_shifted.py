"""A row of a table with one cell too few or too many is one finding, at the cell."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.api import from_document
from archspec.diagnostic import Diagnostic
from archspec.document import Document, parse
from archspec.edit import literal
from archspec.fixes import applied, fixes
from archspec.source import Source

TABLE = """\
format = 1
name   = "x"
input  = "28x28x16"
[types]
inception = "inception-v1"
[defaults]
conv     = { pad = "same", bias = true, norm = "none", act = "relu" }
max-pool = { pad = 1, rounding = "floor" }
[table]
columns = [
  "type", "name", "patch/stride", "output", "depth",
  "#1x1", "#3x3 reduce", "#3x3", "#5x5 reduce", "#5x5", "pool proj", "params",
]
rows = [
  ["max pool", "pool1", "3x3/1", "28x28x16", 0],
  ROW,
  ["max pool", "pool2", "3x3/2", "14x14x64", 0],
]
"""
POOL: list[Any] = ["max pool", "pool", "3x3/1", "28x28x16", 0]
INCEPTION: list[Any] = ["inception", "3a", "", "28x28x64", 2, 16, 8, 24, 4, 16, 8, "3.9K"]


def document(row: list[Any], more: str = "") -> Document:
    table = TABLE if row[-1] == "3.9K" else TABLE.replace('"14x14x64"', '"14x14x16"')
    return parse(Source("x.toml", table.replace("ROW", literal(row)) + more))


def check(row: list[Any], more: str = "") -> list[Diagnostic]:
    return list(from_document(document(row, more)).check().diagnostics)


def without(row: list[Any], at: int) -> list[Any]:
    return row[:at] + row[at + 1 :]


def with_(row: list[Any], at: int, cell: Any) -> list[Any]:
    return [*row[:at], cell, *row[at:]]


def test_the_rows_are_right_as_they_are() -> None:
    assert not check(POOL)
    assert not check(INCEPTION)


@pytest.mark.parametrize(
    ("row", "at", "code", "message", "help_"),
    [
        (
            without(INCEPTION, 2),
            2,
            "AS109",
            "`3a` is one cell short: the cells from `28x28x64` on stand one column too early",
            'put "" in before `28x28x64`',
        ),
        (
            without(POOL, 2),
            2,
            "AS108",
            "`pool` is one cell short: it has no `patch/stride`",
            "put its patch/stride in before `28x28x16`",
        ),
        (
            without(INCEPTION, 1),
            1,
            "AS108",
            "`row 2` is one cell short: it has no `name`",
            'put its name in before the `""`',
        ),
        (
            without(INCEPTION, 0),
            0,
            "AS108",
            "`3a` is one cell short: it has no `type`",
            "put its type in before `3a`",
        ),
        (
            without(INCEPTION, 7),
            10,
            "AS108",
            "`3a` is one cell short, somewhere from `depth` to `pool proj`",
            "put the cell that is missing in before `3.9K`",
        ),
        (with_(INCEPTION, 3, ""), 3, "AS109", "`3a` has 13 cells, the table has 12 columns", "take it out"),
        (
            with_(INCEPTION, 8, 24),
            8,
            "AS109",
            "`3a` has 13 cells, the table has 12 columns",
            "take out the cell that is too many, one from `2` to `3.9K`",
        ),
        (
            with_(INCEPTION, 8, 32),
            12,
            "AS109",
            "`3a` has 13 cells, the table has 12 columns",
            "take out the cell that is too many, one from `2` to `3.9K`",
        ),
        (
            with_(POOL, 2, ""),
            2,
            "AS109",
            "`pool` has one cell too many: the cells behind it stand one column too late",
            "take it out",
        ),
        (
            with_(POOL, 0, ""),
            0,
            "AS109",
            "`pool` has one cell too many: the cells behind it stand one column too late",
            "take it out",
        ),
    ],
)
def test_one_cell_is_one_finding(row: list[Any], at: int, code: str, message: str, help_: str) -> None:
    (found,) = check(row)
    assert (found.code, found.message, found.help) == (code, message, help_)
    assert found.path == ("table", "rows", 1, at)


@pytest.mark.parametrize(
    "row",
    [
        ["max pool", "pool", "3y3", "28x28x16", 0],  # one wrong cell, not one too many
        ["max pool", "pool", "3x3/1", "28x28x16", "none"],
        ["max pol", "pool", "3x3/1", "28x28x16", 0],
        ["max pool", "pool", "28x28x16", "3x3/1", 0],  # two in each other's place
        [*INCEPTION[:5], "sixteen", *INCEPTION[6:]],
    ],
)
def test_a_wrong_cell_is_no_missing_one(row: list[Any]) -> None:
    assert all("row_at" not in one.facts for one in check(row))


@pytest.mark.parametrize("row", [without(INCEPTION, 2), with_(INCEPTION, 3, ""), with_(POOL, 2, "")])
def test_a_blank_is_put_in_or_taken_out(row: list[Any]) -> None:
    file = document(row)
    (found,) = from_document(file).check().diagnostics
    (fix,) = fixes(found, file)
    assert fix.safe
    mended = parse(Source("x.toml", applied(file.source.text, fix.edits)))
    assert not from_document(mended).check().diagnostics


def test_a_blank_for_a_claim_is_no_safe_fix() -> None:
    """Without its depth the row can be read with a blank in its place, but the paper may print one there."""
    file = document(without(["conv", "a", "1x1", "28x28x16", 1, "", "", "", "", "", "", 272], 4))
    found = from_document(file).check().diagnostics
    assert not any(fix.safe for one in found for fix in fixes(one, file))


def test_the_rows_behind_go_on_from_what_the_row_prints() -> None:
    """And what is patched of a row whose name is missing follows from that."""
    assert len(check(without(INCEPTION, 2))) == 1
    assert len(check(without(INCEPTION, 1), '[errata]\n3a.params = { read = "4K", why = "a misprint" }\n')) == 1
