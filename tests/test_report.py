"""Reports as they are printed; the golden files under tests/golden/report are what a user sees."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostic import Diagnostic, Faults, Inside, Label, Repair
from archspec.document import Document, parse
from archspec.report import render_concise, render_full, render_json, summary
from archspec.source import Source

Golden = Callable[[str, str], None]

TABLE = """\
name = "BN-Inception"

[table]
columns = ["type", "name", "patch size/stride", "output", "depth", "#1×1", "#3×3", "double #3×3", "pool+proj"]
rows = [
  ["inception",    "4b",    "",         "14×14×576",  3, 192, 128,  128, "avg + 128"],
  ["inception",    "4c",    "",         "14×14×576",  3, 160, 160,  160, "avg + 128"],
  ["inception",    "4d",    "",         "14×14×576",  3,  96, 192,  192, "avg + 128"],
  ["inception",    "4e",    "stride 2", "14×14×1024", 3,   0, 192,  256, "max + pass through"],
]
"""


def document(text: str = TABLE) -> Document:
    return parse(Source("bn_inception.toml", text))


def cell(row: int, column: int, *inside: Inside) -> tuple[str | int | Inside, ...]:
    return ("table", "rows", row, column, *inside)


def concat_sum(row: int, name: str, parts: tuple[int, int, int, int]) -> Diagnostic:
    sums = " + ".join(f"{n} ({c})" for n, c in zip(parts, ("#1×1", "#3×3", "double #3×3", "proj"), strict=True))
    return Diagnostic(
        "AS301",
        f"`{name}` prints 576 channels, its branches give 608",
        (
            Label(cell(row, 3, Inside(6, 9)), "prints 576"),
            *(Label(cell(row, column), str(part)) for column, part in zip((5, 6, 7), parts, strict=False)),
            Label(cell(row, 8, Inside(6, 9)), str(parts[3])),
        ),
        notes=(f"{sums} = 608, not 576 (+32)",),
        facts={"parts": (("#1×1", parts[0]),), "gives": 608, "prints": 576, "ratio": float("nan")},
        row=name,
    )


def repair(*edits: tuple[str, str, str, str]) -> Repair:
    return Repair(edits)


C = concat_sum(1, "4c", (160, 160, 160, 128))
D = replace(
    concat_sum(2, "4d", (96, 192, 192, 128)),
    notes=(
        "96 (#1×1) + 192 (#3×3) + 192 (double #3×3) + 128 (proj) = 608",
        "`4e` follows: it prints 1024 = 192 + 256 + 576 passed through; with 608 from `4d` it is 1056",
    ),
    help="record the one you mean under [readings], or correct the cell",
    repairs=(
        repair(("4c", "proj", "128", "96"), ("4d", "proj", "128", "96")),
        repair(("4c", "#1×1", "160", "128"), ("4d", "#1×1", "96", "64")),
        repair(("4c", "#3×3", "160", "128"), ("4d", "#3×3", "192", "160")),
        repair(("4c", "double #3×3", "160", "128"), ("4d", "double #3×3", "192", "160")),
        repair(("4c", "output", "576", "608"), ("4d", "output", "576", "608"), ("4e", "output", "1024", "1056")),
    ),
    more_repairs=((2, 16),),
)


def at(text: str, *marks: tuple[str, str]) -> Diagnostic:
    """A diagnostic that marks words of a text, the first of them as the one that is blamed."""
    spans = ((text.index(word), text.index(word) + len(word), label) for word, label in marks)
    return Diagnostic("AS104", "a message", tuple(Label((Inside(start, end),), label) for start, end, label in spans))


def drawn(text: str, *marks: tuple[str, str], width: int | None = None) -> str:
    _, *lines = render_full([at(text, *marks)], Source("t", text), width=width).split("\n")
    return "\n".join(lines)


def test_the_full_report(golden: Golden) -> None:
    golden("report/full.txt", render_full([D, C], document()) + "\n")


@pytest.mark.parametrize("width", [100, 72, 44])
def test_the_full_report_in_a_narrow_terminal(golden: Golden, width: int) -> None:
    text = render_full([C, D], document(), width=width)
    golden(f"report/full_{width}.txt", text + "\n")
    drawing = [line for line in text.split("\n") if re.match(r" +\d* \|", line)]
    assert max(map(len, drawing)) <= width


def test_color_changes_no_character(golden: Golden) -> None:
    colored = render_full([C, D], document(), color=True)
    assert "\x1b[1;31merror[AS301 concat-sum]\x1b[0m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_full([C, D], document())


def test_a_code_is_a_link_to_its_page() -> None:
    linked = render_full([C], document(), color=True, link=lambda code: f"file:///{code}.md")
    code = "\x1b[1;31merror[AS301 concat-sum]\x1b[0m"
    assert f"\x1b]8;;file:///AS301.md\x1b\\{code}\x1b]8;;\x1b\\: " in linked
    assert re.sub(r"\x1b\]8;;[^\x1b]*\x1b\\", "", linked) == render_full([C], document(), color=True)


@pytest.mark.parametrize(
    ("terminal", "links"),
    [({"VTE_VERSION": "7600"}, 2), ({"TERM": "foot"}, 2), ({}, 0), ({"VTE_VERSION": "7600", "TERM": "dumb"}, 0),
     ({"VTE_VERSION": "7600", "NO_COLOR": "1"}, 0)],
)  # fmt: skip
def test_links_are_for_terminals_that_show_them(terminal: dict[str, str], links: int, tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text("a = b\n", encoding="utf-8")
    shown, end = os.openpty()
    env = {"TERM": "xterm-256color", "PATH": os.environ["PATH"], **terminal}
    command = [sys.executable, "-m", "archspec", "validate", str(spec)]
    assert subprocess.run(command, stdout=end, env=env, check=False).returncode == 1
    os.close(end)
    printed = b""
    with suppress(OSError), open(shown, "rb", buffering=0) as reader:  # noqa: PTH123  a descriptor
        while part := reader.read(4096):
            printed += part
    assert printed.count(b"\x1b]8;;") == links
    assert b"AS001" in printed


def test_equal_diagnostics_are_printed_once_and_by_place() -> None:
    assert render_concise([D, C, D, C], document()) == (
        "bn_inception.toml:7:48: error[AS301 concat-sum]: `4c` prints 576 channels, its branches give 608\n"
        "bn_inception.toml:8:48: error[AS301 concat-sum]: `4d` prints 576 channels, its branches give 608"
    )


def test_nothing_found() -> None:
    assert render_full([], document()) == render_concise([], document()) == ""
    assert summary([], "a.toml") == "ok"


def test_the_summary_counts_what_is_printed() -> None:
    warning = replace(D, severity="warning")
    assert summary([C, C, D, warning], "a.toml") == "2 errors, 1 warning in a.toml"
    assert summary([warning], "a.toml") == "1 warning in a.toml"


def test_the_report_of_a_file_that_is_not_toml(golden: Golden) -> None:
    texts = [
        "[table]\nrows = [\n  [1, 2],\n  [3, 4]\n  [5, conv],\n]\n",
        '[defaults]\nconv = { pad = "same" }\n\n[defaults]\n',
        'layers = [\n  { name = "3a", #1x1 = 64, out = 256 },\n  { name = "3b" },\n]\n',
        "patch = 7x7\r\nstride = 2\r\n",
    ]
    blocks = []
    for text in texts:
        source = Source("spec.toml", text)
        with pytest.raises(Faults) as caught:
            parse(source)
        blocks.append(render_full(caught.value.diagnostics, source))
    golden("report/not_toml.txt", "\n\n".join(blocks) + "\n")


def test_a_key_and_a_missing_key(golden: Golden) -> None:
    text = '[network]\nlayers = [\n  { name = "3a", pol = "avg" },\n]\n\n[defaults]\nconv = 1\n'
    path = ("network", "layers", 0)
    found = [
        Diagnostic("AS101", "unknown key `pol`", (Label((*path, "pol"), "", "key"),), help="did you mean `pool`?"),
        Diagnostic("AS102", "`3a` lacks `type`", (Label((*path, "type"), "in this row"),)),
        Diagnostic("AS102", "the file lacks `format`", (Label(("format",)),), help="write `format = 1`"),
        Diagnostic("AS103", "`conv` wants a table", (Label(("defaults", "conv")), Label(("defaults",), "in here"))),
    ]
    golden("report/keys.txt", render_full(found, document(text)) + "\n")


def test_labels_on_one_line_stand_apart() -> None:
    assert drawn("aaa bbb ccc ddd", ("bbb", "a long label"), ("aaa", "one"), ("ccc", "two"), ("ddd", "")) == (
        "  1 | aaa bbb ccc ddd\n    | --- ^^^ --- ---\n    | |   |   two\n    | |   a long label\n    | one"
    )


def test_two_labels_at_one_place() -> None:
    assert drawn("aaa bbb", ("bbb", "first"), ("bbb", "second")) == (
        "  1 | aaa bbb\n"
        "    |     ^^^\n"
        "    |     first\n"
        "    |     second"
    )  # fmt: skip


def test_a_cell_within_a_marked_row() -> None:
    assert drawn("[1, 22, 3]", ("[1, 22, 3]", "the row"), ("22", "the cell")) == (
        "  1 | [1, 22, 3]\n"
        "    | ^^^^--^^^^\n"
        "    | |   the cell\n"
        "    | the row"
    )  # fmt: skip


def test_lines_between_labels_are_elided() -> None:
    text = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6"
    assert drawn(text, ("f = 6", "last"), ("a = 1", "first"), ("c = 3", "")) == (
        "  1 | a = 1\n    | ----- first\n  2 | b = 2\n  3 | c = 3\n    | -----\n  ...\n  6 | f = 6\n    | ^^^^^ last"
    )


@pytest.mark.parametrize(
    ("line", "shown", "column"),
    [
        ("\t\tX", " " * 8 + "X", 8),
        ("ab\tX", "ab  X", 4),
        ("名前 X", "名前 X", 5),
        ("🏗 X", "🏗 X", 2),
        ("e\u0301a\u0308 X", "e\u0301a\u0308 X", 3),
        ("\x1b[31m X", "\ufffd[31m X", 6),
        ("\u202e X", "\ufffd X", 2),
        ("\udcff X", "\ufffd X", 2),
    ],
)
def test_carets_stand_under_their_text(line: str, shown: str, column: int) -> None:
    assert drawn(line, ("X", "")) == f"  1 | {shown}\n    | {' ' * column}^"


def test_a_place_at_the_end_of_a_line_and_of_the_file() -> None:
    found = Diagnostic("AS104", "m", (Label((Inside(5, 5),)),))
    assert (
        render_full([found], Source("t", "a = 1\nb = 2"))
        == "t:1:6: error[AS104 bad-notation]: m\n  1 | a = 1\n    |      ^"
    )
    assert (
        render_full([found], Source("t", "a = 1")) == "t:1:6: error[AS104 bad-notation]: m\n  1 | a = 1\n    |      ^"
    )
    found = Diagnostic("AS104", "m", (Label((Inside(0, 0),)),))
    assert render_full([found], Source("t", "")) == "t:1:1: error[AS104 bad-notation]: m\n  1 |\n    | ^"


def test_a_value_of_several_lines_is_marked_on_its_first() -> None:
    assert drawn("a = [\n  1,\n]", ("[\n  1,\n]", "this")) == "  1 | a = [\n    |     ^ this"


def test_a_long_line_is_cropped_around_its_marks() -> None:
    line = "x" * 60 + "HERE" + "y" * 60 + "THERE" + "z" * 60
    shown = drawn(line, ("HERE", "one"), ("THERE", "two"), width=60)
    assert shown == (
        "  1 | ...xxxxxxxxHEREyyyyyyyyy...yyyyyyyyTHEREzzzzzzzzz...\n"
        "    |            ^^^^                    -----\n"
        "    |            one                     two"
    )


@pytest.mark.parametrize("label", ["a label", "a longer label"])
def test_a_label_at_the_end_of_a_line_stays_within_the_width(label: str) -> None:
    line, markers, text = drawn("x" * 30 + "HERE", ("HERE", label), width=44).split("\n")
    assert len(text) <= 44
    assert line.index("HERE") == markers.index("^^^^") == text.index(label)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=80),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 9), st.text("ab 名", max_size=8)), min_size=1, max_size=4),
    st.one_of(st.none(), st.integers(1, 60)),
)
def test_any_line_can_be_drawn(line: str, marks: list[tuple[int, int, str]], width: int | None) -> None:
    bounded = [(min(start, len(line)), min(start + length, len(line)), text) for start, length, text in marks]
    found = Diagnostic("AS104", "m", tuple(Label((Inside(start, end),), text) for start, end, text in bounded))
    shown = render_full([found], Source("t", line), width=width)
    assert "^" in shown or "-" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_words_of_a_file_cannot_command_the_terminal() -> None:
    found = Diagnostic("AS114", "no row `\x1b[2J\n`", (Label((Inside(0, 1),), "\x07"),), ("\r",), "\u202e")
    shown = render_full([found], Source("evil\x1b.toml", "a = 1"))
    assert shown == (
        "evil\\x1b.toml:1:1: error[AS114 unknown-row]: no row `\\x1b[2J\\n`\n"
        "  1 | a = 1\n"
        "    | ^ \\x07\n"
        "  \\r\n"
        "  help: \\u202e"
    )
    assert "\n" not in render_concise([found], document())


@pytest.mark.parametrize(
    ("repairs", "more", "lines"),
    [
        ([repair(("4c", "proj", "128", "96"))], (), ["1 cell   proj 128 -> 96 in 4c"]),
        (
            [repair(("4c", "proj", "128", "96"), ("4d", "#1×1", "96", "64"))],
            (),
            ["2 cells   proj 128 -> 96 in 4c; #1×1 96 -> 64 in 4d"],
        ),
        (
            [repair(("4c", "#1×1", "160", "128"), ("4e", "#1×1", "96", "64"))],
            ((2, 1), (3, 2)),
            ["2 cells, one column   #1×1 of 4c, 4e -> 128, 64", "(1 more of two cells)", "(2 more of three cells)"],
        ),
        (
            [repair(("4c", "proj", "1", "2"), ("4d", "proj", "1", "2"), ("4e", "proj", "1", "2"))],
            (),
            ["3 cells   proj 1 -> 2 in 4c, 4d and 4e"],
        ),
        ([], ((1, 3),), ["(3 more of one cell)"]),
        ([repair(("4c", "patch", "3x3", ""))], (), ['1 cell   patch 3x3 -> "" in 4c']),
    ],
)
def test_repairs(repairs: Iterable[Repair], more: tuple[tuple[int, int], ...], lines: list[str]) -> None:
    found = Diagnostic("AS301", "m", (), repairs=tuple(repairs), more_repairs=more)
    expected = "\n           ".join(lines)
    assert render_full([found], document()) == f"bn_inception.toml: error[AS301 concat-sum]: m\n  repairs: {expected}"


def test_the_json_report(golden: Golden) -> None:
    golden("report/report.json", render_json([(document(), [C])], version="1.2.3") + "\n")


def test_the_json_report_of_several_files() -> None:
    broken = Source("broken.toml", "a = b")
    with pytest.raises(Faults) as caught:
        parse(broken)
    warning = replace(D, severity="warning")
    text = render_json(
        [(document(), [D, C, C, warning]), (broken, caught.value.diagnostics), (document("a = 1"), [])], version="1"
    )
    report = json.loads(text)
    assert text.isascii()
    assert (report["valid"], report["error_count"], report["warning_count"]) == (False, 3, 1)
    assert [file["valid"] for file in report["files"]] == [False, False, True]
    assert [found["code"] for found in report["diagnostics"]] == ["AS301", "AS301", "AS301", "AS001"]
    assert report["diagnostics"][1]["repairs"][0] == [
        {"row": "4c", "caption": "proj", "old": "128", "new": "96"},
        {"row": "4d", "caption": "proj", "old": "128", "new": "96"},
    ]
    assert report["diagnostics"][1]["more_repairs"] == [{"cells": 2, "count": 16}]
    assert report["diagnostics"][3]["start"] == {"line": 1, "column": 5, "offset": 4}


def test_the_json_report_without_a_result() -> None:
    report = json.loads(render_json([], version="1", failure="no such file: a.toml"))
    assert (report["valid"], report["failure"], report["diagnostics"]) == (False, "no such file: a.toml", [])
    assert json.loads(render_json([(document(), [])], version="1"))["valid"]


def test_the_json_report_without_a_place() -> None:
    (found,) = json.loads(render_json([(document(), [Diagnostic("AS901", "m", ())])], version="1"))["diagnostics"]
    assert (found["start"], found["end"], found["labels"]) == (None, None, [])


def test_a_line_of_thousands_of_columns_is_cropped_wherever_it_is_printed() -> None:
    source = Source("long.toml", f"a = [{'1, ' * 5000}2, {'3, ' * 5000}]")
    at = source.text.index("2")
    shown = render_full([Diagnostic("AS001", "here", (Label((Inside(at, at + 1),)),))], source).splitlines()
    assert max(map(len, shown)) < 520
    assert shown[1].startswith("  1 | ...")
    assert shown[2].index("^") == shown[1].index("2")
