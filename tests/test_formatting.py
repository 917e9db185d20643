"""`archspec fmt`: text in, aligned text out; and what it promises of any file: same tokens, same values, and an end."""

from __future__ import annotations

import io
import random
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec import cli
from archspec.diagnostic import Faults
from archspec.document import parse, read_source
from archspec.formatting import formatted
from archspec.source import Source
from archspec.table.text import display_width

ROOT = Path(__file__).parent.parent
OURS = sorted([*(ROOT / "specs").glob("*.toml"), *(ROOT / "archspec").rglob("*.toml")])
OTHERS = sorted((ROOT / "tests").rglob("*.toml"))


def fmt(text: str) -> str:
    return formatted(Source("spec.toml", text))


def check_promises(text: str) -> str:
    """The new text, which has the tokens and line ends of the old one, its values in their order, and stays."""
    new = fmt(text)
    assert re.sub(r"[ \t]", "", new) == re.sub(r"[ \t]", "", text)
    assert repr(tomli.loads(new)) == repr(tomli.loads(text))
    assert fmt(new) == new
    return new


# --- layout ----------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "a table: text left, numbers right": (
        """
        rows = [
        ["conv","conv1","7×7/2",64,0.5],
            [ "max pool" , "pool1", "", "",1e-3 ] ,
          ["漢字", "é", "3×3", 192]
         ]
        """,
        """
        rows = [
          ["conv",     "conv1", "7×7/2",  64,  0.5],
          ["max pool", "pool1", "",       "", 1e-3],
          ["漢字",     "é",     "3×3",   192]
        ]
        """,
    ),
    "text that ends its row widens no column": (
        """
        rows = [
          ["fc", "$classes"],
          ["conv1", 64, "3×3"],
          ["dropout"],
          ["a", 1024]
        ]
        """,
        """
        rows = [
          ["fc",    "$classes"],
          ["conv1",   64, "3×3"],
          ["dropout"],
          ["a",     1024]
        ]
        """,
    ),
    "layers: the same keys under each other": (
        """
        layers = [
          {name="conv1",type="conv",patch="3x3/2 V",out=32,output="149x149x32"},
          { name = "pool1", type = "max pool", patch = "3x3/2", output = "73x73x32" },
          { name = "a", type = "inception", repeat = 5, 1x1 = 32 },
          { name = "b", type = "reduction", k = 192 },
          { name = "fc",  type = "linear",  out = 10, output  =  "1x1x10" },
        ]
        """.replace(", #1x1\n            1x1 = 32 },", ", 1x1 = 32 },"),
        """
        layers = [
          { name = "conv1", type = "conv",      patch = "3x3/2 V", out = 32, output = "149x149x32" },
          { name = "pool1", type = "max pool",  patch = "3x3/2",             output = "73x73x32" },
          { name = "a",     type = "inception", repeat = 5, 1x1 = 32 },
          { name = "b",     type = "reduction", k = 192 },
          { name = "fc",    type = "linear",                       out = 10, output = "1x1x10" },
        ]
        """,
    ),
    "a list that begins in a line stands under its first item": (
        """
        branches = [
          { name = "1x1", type = "conv", out = 8 },
          { name = "double-3x3", layers = [ { name = "reduce", type = "conv" },
            { name = "conv", type = "conv" } ] },
          { name = "pool", layers = [ { type = "max-pool" },
                                                { type = "conv", name = "proj" } ] },
        ]
        """,
        """
        branches = [
          { name = "1x1",        type = "conv", out = 8 },
          { name = "double-3x3", layers = [ { name = "reduce", type = "conv" },
                                            { name = "conv",   type = "conv" } ] },
          { name = "pool",       layers = [ { type = "max-pool" },
                                            { type = "conv", name = "proj" } ] },
        ]
        """,
    ),
    "a list below its key stands two further in": (
        """
        layers = [
            { name = "mix", join = "concat", branches = [
            { name = "a", type = "conv" },
          # the other
            { name = "bcd", type = "pool" },
              ] },
            { name = "fork", layers = [ { name = "x", branches = [
              { type = "conv" } ] } ] },
          ]
        """,
        """
        layers = [
          { name = "mix",  join = "concat", branches = [
              { name = "a",   type = "conv" },
              # the other
              { name = "bcd", type = "pool" },
            ] },
          { name = "fork", layers = [ { name = "x", branches = [
                                          { type = "conv" } ] } ] },
        ]
        """,
    ),
    "comments of neighbours stand under each other": (
        """
        rows = [# first
        # of these
          ["a", 1], # one   two
          ["bcd",10],#x

          ["e"],
              # commented = ["out"]
          ["fg", 3]     ,      # z
                # last
        ]
        """,
        """
        rows = [# first
          # of these
          ["a",    1],  # one   two
          ["bcd", 10],  #x

          ["e"],
          # commented = ["out"]
          ["fg",   3],  # z
          # last
        ]
        """,
    ),
    "a row over several lines is aligned up to its first line end": (
        """
        layers = [
          { name = "residual", shortcut = "identity",
            layers = [ { type = "conv",  patch = "3x3" },
                { type = "conv2", patch = "1x1" } ],   act   = "relu" },
          { name = "a", shortcut = "none", act = "relu" }
        ]
        """,
        """
        layers = [
          { name = "residual", shortcut = "identity",
            layers = [ { type = "conv",  patch = "3x3" },
                       { type = "conv2", patch = "1x1" } ],   act   = "relu" },
          { name = "a",        shortcut = "none", act = "relu" }
        ]
        """,
    ),
    "keys as they are written": (
        """
        layers = [
          { "name" = 'a', a . b=1, "=," = [ 1,2 ], x = { y=1 } },
          { "name" = 'bc', a . b = 10, "=,"=[], x = {} },
          {},
        ]
        """,
        """
        layers = [
          { "name" = 'a',  a . b = 1,  "=," = [ 1,2 ], x = { y=1 } },
          { "name" = 'bc', a . b = 10, "=," = [],      x = {} },
          {},
        ]
        """,
    ),
}


def dedented(text: str) -> str:
    return re.sub(r"(?m)^ {8}", "", text)


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_layout(before: str, after: str, line_end: str) -> None:
    old, new = (dedented(text).replace("\n", line_end) for text in (before, after))
    assert check_promises(old) == new
    assert fmt(new) == new


@pytest.mark.parametrize(
    "text",
    [
        "rows = [ [1,2],[30,4] ]\n",
        "rows = [\n [1,2], [30,4],\n [5]]\n",
        "rows = [\n [1,2],\n {a=1} ]\n",
        "mean = [\n 1,\n   2 ]\n",
        'key   =  "a"   # comment\n\n\n[ a . b ]\nx=1   \n',
        "rows = []\nthen = [   ]\n[[layers]]\nname='a'\n[[layers]]\nname =  'b'",
        "",
    ],
)
def test_what_is_no_list_of_rows_stays(text: str) -> None:
    assert check_promises(text) == text


def test_a_list_in_an_indented_section_stands_under_its_key() -> None:
    assert check_promises("[a]\n\trows = [\n[1],\n[ 22],\n]\n") == "[a]\n\trows = [\n\t  [ 1],\n\t  [22],\n\t]\n"


def test_text_that_is_not_toml_is_a_fault() -> None:
    with pytest.raises(Faults):
        fmt("rows = [\n  [1,\n")


# --- promises --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_what_comes_with_the_package_is_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert check_promises(text) == text


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "golden" / "importing").glob("*.toml")), ids=lambda p: p.stem)
def test_what_is_imported_is_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert check_promises(text) == text


def test_every_toml_file_of_the_tests() -> None:
    seen = 0
    for path in OTHERS:
        text = read_source(path).text
        try:
            parse(Source(path.name, text))
        except Faults:
            continue
        check_promises(text)
        seen += 1
    assert seen > 20


PIECES = [
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    ",",
    "# c\n",
    "  # d  e\n",
    "{",
    "}",
    "[",
    "]",
    '"漢"',
    "1e-3",
    "'''\n'''",
    "a.b = 1,",
]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_mutated_specs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    chance = random.Random(path.stem)
    seen = 0
    for _ in range(60):
        mutant = text
        for _ in range(chance.randint(1, 3)):
            at = chance.choice([found.start() for found in re.finditer(r"[ ,\]\[{}\n]", mutant)])
            mutant = mutant[:at] + chance.choice(PIECES) + mutant[at + chance.randint(0, 1) :]
        try:
            parse(Source("mutant.toml", mutant))
        except Faults:
            continue
        check_promises(mutant)
        seen += 1
    assert seen > 5


BLANKS = st.text(" \t", max_size=3)
LINE_ENDS = st.sampled_from(["\n", "\n\n", "  # one  two\n", "\n# a, b]}\n", "\r\n", "  #\r\n  \r\n"])
NUMBERS = st.sampled_from(["0", "64", "1024", "-1", "+2", "1e-3", "0.10", "1_000", "0x1F", "inf"])
TEXTS = st.sampled_from(['""', '"conv"', '"7×7/2"', "'a # b'", '"漢字"', '"]}, {\\"="', "true", '"e\\u0301"'])
CELLS = st.one_of(NUMBERS, TEXTS, TEXTS, st.sampled_from(["[2, 1]", "[ 1,2 ]", "{a=1}", '"""x  y"""', "[]"]))
KEYS = ["name", "type", "patch", "out", '"#1×1"', "a.b", "a . c", "'='"]


@st.composite
def lists(draw: st.DrawFn, depth: int = 0) -> str:
    """Rows or layers, one a line, with odd blanks and comments; some layers hold lists."""
    in_arrays = draw(st.booleans())
    items = []
    for _ in range(draw(st.integers(1, 5))):
        if in_arrays:
            cells = draw(st.lists(CELLS, max_size=4))
            opening, closing = "[", "]"
        else:
            keys = draw(st.lists(st.sampled_from(KEYS), max_size=4, unique=True))
            if draw(st.booleans()):
                keys.sort(key=KEYS.index)
            cells = [f"{key}{draw(BLANKS)}={draw(BLANKS)}{draw(CELLS)}" for key in keys]
            if depth < 2 and draw(st.booleans()):
                cells.append(f"layers = {draw(lists(depth + 1))}")
            opening, closing = "{", "}"
        comma = f"{draw(BLANKS)},{draw(BLANKS)}"
        items.append(opening + draw(BLANKS) + comma.join(cells) + draw(BLANKS) + closing + draw(BLANKS))
    text = "[" + draw(st.one_of(BLANKS, LINE_ENDS))
    for item in items[:-1]:
        text += f"{item},{draw(BLANKS)}{draw(LINE_ENDS)}{draw(BLANKS)}"
    return text + items[-1] + draw(st.sampled_from([",\n", "", " ", "# end\n", "\r\n  # end\n  "])) + "]"


@st.composite
def files(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["", "# file\n", "format=1\n\n", "[table]  # t\n", "[ modules . 'x' ]\n  "]))
    return head + f"rows{draw(BLANKS)}={draw(BLANKS)}{draw(lists())} # end\n[variants.x]\nlayers={draw(lists())}"


@settings(deadline=None, max_examples=300)
@given(files())
def test_any_list(text: str) -> None:
    new = check_promises(text)
    assert re.findall(r"\r?\n", new) == re.findall(r"\r?\n", text)
    assert new.count("# one  two") == text.count("# one  two")


@settings(deadline=None)
@given(st.lists(st.lists(st.one_of(NUMBERS, TEXTS), min_size=1, max_size=5), min_size=2, max_size=6), BLANKS)
def test_cells_of_a_column_begin_or_end_together(rows: list[list[str]], blanks: str) -> None:
    text = check_promises("rows = [\n" + ",\n".join(f"[{f',{blanks}'.join(row)}]" for row in rows) + "\n]\n")
    document = parse(Source("spec.toml", text))

    def place(row: int, at: int) -> tuple[int, int]:
        span = document.span(("rows", row, at))
        line = text.rindex("\n", 0, span.start) + 1
        return display_width(text[line : span.start]), display_width(text[line : span.end])

    for at in range(max(map(len, rows))):
        inner = [place(index, at) for index, row in enumerate(rows) if at + 1 < len(row)]
        numbers = any(row[at][0] in "+-0123456789" for row in rows if at < len(row))
        assert len({ends if numbers else begins for begins, ends in inner}) <= 1


# --- the command -----------------------------------------------------------------------------------------------------

ODD = '[table]\nrows = [\n["conv",1],\n["max pool", 20],\n]\n'
EVEN = '[table]\nrows = [\n  ["conv",      1],\n  ["max pool", 20],\n]\n'

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main(["fmt", *map(str, arguments)])
        return code, *capfd.readouterr()

    return command


def test_files_are_changed_in_place_and_named(run: Run, tmp_path: Path) -> None:
    odd, even = tmp_path / "a.toml", tmp_path / "b" / "even.toml"
    even.parent.mkdir()
    odd.write_bytes(b"\xef\xbb\xbf" + ODD.replace("\n", "\r\n").encode())
    odd.chmod(0o640)
    even.write_text(EVEN)
    stamp = even.stat().st_mtime_ns
    assert run(tmp_path) == (0, f"{odd}: formatted\n", "")
    assert odd.read_bytes() == b"\xef\xbb\xbf" + EVEN.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(odd.stat().st_mode) == 0o640
    assert even.stat().st_mtime_ns == stamp
    assert run(odd, even) == (0, "2 files are formatted already\n", "")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.toml", "b", "even.toml"]


def test_a_link_stays_a_link(run: Run, tmp_path: Path) -> None:
    file, link = tmp_path / "file.toml", tmp_path / "link.toml"
    file.write_text(ODD)
    link.symlink_to(file)
    assert run(link)[0] == 0
    assert link.is_symlink()
    assert file.read_text() == EVEN


def test_check_lists_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(ODD)
    assert run("--check", file) == (1, f"{file}: would be formatted\n", "")
    assert file.read_text() == ODD
    file.write_text(EVEN)
    assert run("--check", file) == (0, "1 file is formatted already\n", "")


def test_diff_prints_what_would_change(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(ODD.removesuffix("\n"))
    code, out, _ = run("--diff", file)
    assert code == 0
    assert out.splitlines() == [
        f"--- {file}",
        f"+++ {file} (formatted)",
        "@@ -1,5 +1,5 @@",
        " [table]",
        " rows = [",
        '-["conv",1],',
        '-["max pool", 20],',
        '+  ["conv",      1],',
        '+  ["max pool", 20],',
        " ]",
        "\\ No newline at end of file",
    ]
    assert run("--diff", "--check", file)[0] == 1
    assert file.read_text() == ODD.removesuffix("\n")


def test_standard_input_to_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, code, out in ((ODD, 0, EVEN), (EVEN, 0, EVEN), ("rows = [", 1, "")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        found = run("-")
        assert found[:2] == (code, out)
        assert ("AS001" in found[2]) == bool(code)


def test_what_is_not_toml_is_reported_and_left_alone(run: Run, tmp_path: Path) -> None:
    broken, odd = tmp_path / "a.toml", tmp_path / "b.toml"
    broken.write_text("rows = [\n  [1,\n")
    odd.write_text(ODD)
    code, out, _ = run(tmp_path)
    assert code == 1
    assert f"{broken}:" in out
    assert "AS001" in out
    assert broken.read_text() == "rows = [\n  [1,\n"
    assert odd.read_text() == EVEN


def test_a_missing_file_is_a_wrong_use_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    odd = tmp_path / "a.toml"
    odd.write_text(ODD)
    code, out, err = run(odd, tmp_path / "none.toml")
    assert (code, out) == (2, "")
    assert "none.toml: No such file or directory" in err
    assert odd.read_text() == ODD
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty")[0] == 2


def test_of_a_folder_the_file_is_named_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ODD)
    (tmp_path / "b.toml").symlink_to("none.toml")
    assert run(tmp_path) == (2, "", f"archspec: {tmp_path / 'b.toml'}: No such file or directory\n")
    assert (tmp_path / "a.toml").read_text() == ODD


def test_a_layout_that_breaks_a_promise_is_a_fault_of_ours(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(ODD)
    monkeypatch.setattr("archspec.formatting._laid_out", lambda text: text.replace("20", "21"))
    code, out, err = run(file)
    assert (code, out) == (3, "")
    assert "AS901" in err
    assert file.read_text() == ODD
