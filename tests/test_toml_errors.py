"""What is said of a text that is not TOML: one diagnostic, at the right place, in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostic import Diagnostic, Faults, Inside
from archspec.document import parse
from archspec.report import render_full
from archspec.source import Source


def faults(source: Source) -> tuple[Diagnostic, ...]:
    try:
        parse(source)
    except Faults as faults:
        return faults.diagnostics
    return ()


def fault(text: str) -> Diagnostic:
    (found,) = faults(Source("spec.toml", text))
    return found


def marked(text: str, found: Diagnostic) -> list[str]:
    parts = [label.path[0] for label in found.labels]
    return [text[part.start : part.end] for part in parts if isinstance(part, Inside)]


@pytest.mark.parametrize(
    ("text", "mark", "message", "help_line"),
    [
        # values that need quotes
        ("type = conv", "conv", "`conv` needs quotes", 'write `"conv"`'),
        ("rows = [[1, conv, 2]]", "conv", "`conv` needs quotes", 'write `"conv"`'),
        ("pool = avg + 128 # c", "avg + 128", "`avg + 128` needs quotes", 'write `"avg + 128"`'),
        ("out = $classes", "$classes", "`$classes` needs quotes", 'write `"$classes"`'),
        ("patch = 7x7", "7x7", "`7x7` needs quotes", 'write `"7x7"`'),
        ("patch = 7 × 7", "7 × 7", "`7 × 7` needs quotes", 'write `"7 × 7"`'),
        ("rows = [[1, 224x224x3, 2]]", "224x224x3", "`224x224x3` needs quotes", 'write `"224x224x3"`'),
        ("params = 1.4M", "1.4M", "`1.4M` needs quotes", 'write `"1.4M"`'),
        ("rate = 40%", "40%", "`40%` needs quotes", 'write `"40%"`'),
        # values written otherwise in TOML
        ("bias = True", "True", "TOML writes `true`, not `True`", "write `true`"),
        ("a = None", "None", "TOML has no `None`", 'leave the key out, or write `""` for a blank cell'),
        ("a = null", "null", "TOML has no `null`", 'leave the key out, or write `""` for a blank cell'),
        ("a = 07", "07", "`07` has a leading zero", "write `7`"),
        ("a = -007", "-007", "`-007` has a leading zero", "write `-7`"),
        ("a = .5", ".5", "`.5` lacks a digit before the point", "write `0.5`"),
        ("a = 5.", "5.", "`5.` lacks a digit after the point", "write `5.0`"),
        ("a = 11,000", "11,000", "`11,000` is not a number in TOML", "write `11_000`"),
        ("a = 2015-02-30", "2015-02-30", "`2015-02-30` is no date", ""),
        ("a = “x”", "“", "`“` is not one of TOML's quotes", 'write `"`'),
        ("a =\u00a01", "\u00a0", "a blank that TOML does not know, U+00A0", "replace it by a space"),
        ("a\u00a0= 1", "\u00a0", "a blank that TOML does not know, U+00A0", "replace it by a space"),
        # strings
        ('a = ["conv, 3]\nb = 1', '"conv, 3]', "this string is not closed on its line", 'close it with `"`'),
        ("a = 'conv\r\nb = 1", "'conv", "this string is not closed on its line", "close it with `'`"),
        ('a = """x\n\n', '"""', "this string is never closed", 'close it with `"""`'),
        (r'a = "C:\data"', r"\d", r"`\d` is no escape of TOML", r"write `\\` for a backslash"),
        (r'a = "\u00"', r"\u", "this escape names no character", r"`\u` takes 4 hexadecimal digits, `\U` takes 8"),
        ('a = "x\x07"', "\x07", "a control character U+0007 cannot stand here", "remove it"),
        ("a = 1\rb = 2", "\r", "a carriage return without a line feed cannot stand here", "remove it"),
        # keys
        ("pool+proj = 1", "pool+proj", "the key `pool+proj` needs quotes", 'write `"pool+proj"`'),
        ("1×1 = 64", "1×1", "the key `1×1` needs quotes", 'write `"1×1"`'),
        ("a = { 3x3 reduce = 4 }", "3x3 reduce", "the key `3x3 reduce` needs quotes", 'write `"3x3 reduce"`'),
        ("[modules.a b]", "modules.a b", "the key `modules.a b` needs quotes", 'write `"modules.a b"`'),
        ("[#1x1]", "#1x1", "the key `#1x1` needs quotes", 'write `"#1x1"`'),
        ("a: 1", ":", "TOML writes `=`, not `:`", "write `a =`"),
        ("a 1", "a 1", "`=` is missing after `a`", "write `a = 1`"),
        ("a\nb = 1", "a", "`a` has no value", "write `a = ...`"),
        ("a =\nb = 1", "a =", "a key without a value", ""),
        ("= 1", "= 1", "neither a key nor a header", "write `key = value` or `[section]`"),
        ("[]", "[]", "a header without a name", ""),
        ("a = { b = 1,, c = 2 }", ",", "a key is missing before this", ""),
        ("[table\na = 1", "[table", "this header is not closed", "close it with `]`"),
        ("[[layers]\na = 1", "[[layers", "this header is not closed", "close it with `]]`"),
        # commas, brackets and line ends
        ("a = [[1, 2] [3]]", "]", "a comma is missing", "write `,` between two values"),
        ("a = [\n  [1], # c\n  [2] # d\n  [3]\n]", "]", "a comma is missing", "write `,` between two values"),
        ('a = ["x" 1]', '"', "a comma is missing", "write `,` between two values"),
        ('a = [64; "x"]', ";", "a comma stands between values, not `;`", "write `,`"),
        ('a = ["x" ; 64]', ";", "a comma stands between values, not `;`", "write `,`"),
        ("a = { b = 1 c = 2 }", "1", "a comma is missing", "write `,` between two values"),
        ('a = ["x",, 1]', ",", "a cell is missing before this comma", 'write `""` for a blank cell'),
        ("a = [b = 1]", "b = 1", "an array holds values, not keys", "write `{ b = 1 }`"),
        ("a = [1]]", "]", "`]` closes nothing", "remove it"),
        ("}", "}", "`}` closes nothing", "remove it"),
        ("a = 1;", ";", "a statement ends with its line, without `;`", "remove it"),
        ("a = 1 b = 2", "b = 2", "two statements on one line", "begin a new line here"),
        ("a = 1 2", "2", "`2` stands after the end of the statement", "quote a text, put a list in `[ ]`"),
        ("// note", "// note", "a comment begins with `#` in TOML", ""),
        ("a = 1 // note", "// note", "a comment begins with `#` in TOML", ""),
    ],
)
def test_a_usual_mistake(text: str, mark: str, message: str, help_line: str) -> None:
    found = fault(text)
    assert (found.code, found.message, found.help) == ("AS001", message, help_line)
    assert marked(text, found) == [mark]


@pytest.mark.parametrize(
    ("text", "message", "marks"),
    [
        ("rows = [\n  [1],\n  [2],\n[errata]\n", "`[` is not closed before this", ["[errata]", "["]),
        ("rows = [\n  [1],\n  [2]\n[errata]\n", "`[` is not closed before this", ["[errata]", "["]),
        ("rows = [\n  [1],\n  [2],\nadded = 1\n", "`[` is not closed before this", ["added = 1", "["]),
        ("rows = [\n  [1],\n  [2]\nadded = 1\n", "`[` is not closed before this", ["added = 1", "["]),
        ("conv = { a = 1\nb = 2\n", "`{` is not closed before this", ["b = 2", "{"]),
        ("rows = [1, 2}\n", "`[` cannot be closed by `}`", ["}", "["]),
        ("rows = [1, 2\n", "`[` is never closed", ["["]),
        (
            'layers = [\n  { name = "3a", "#1x1" = 1, #3x3 = 64 },\n  { name = "3b" },\n]\n',
            "`{` is not closed: `#` begins a comment",
            ["#3x3 = 64 },", "{"],
        ),
    ],
)
def test_a_bracket_that_is_not_closed_is_shown_where_it_opened(text: str, message: str, marks: list[str]) -> None:
    found = fault(text)
    assert (found.code, found.message) == ("AS001", message)
    assert marked(text, found) == marks
    assert found.labels[-1].text == "opened here"


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("a = 1\na = 2", "a", (2, 1)),
        ("a = 1\na.b = 2", "a", (2, 1)),
        ("a.b = 1\na = 2", "a", (2, 1)),
        ("[a]\nb = 1\n\n[a]", "a", (4, 1)),
        ("[a]\nb = 1\n[a.b]", "b", (3, 2)),
        ("[[a]]\n[a]", "a", (2, 1)),
        ("[a.b]\nc = 1\n[a]\nb.d = 1", "b", (4, 1)),
        ("x = [\n { a = 1, b = { c = 1 },\n a = 2 } ]", "a", (3, 2)),
        ("'a' = { c = 1 }\n\"a\" = { c = 2 }", '"a"', (2, 1)),
        ("a = { b = 1 }\n[a.c]", "a", (2, 1)),
    ],
)
def test_a_key_that_is_given_twice_is_shown_twice(text: str, key: str, lines: tuple[int, int]) -> None:
    found = fault(text)
    assert (found.code, found.message) == ("AS003", f"`{key}` is given twice")
    source = Source("spec.toml", text)
    parts = [label.path[0] for label in found.labels]
    assert tuple(source.position(part.start)[0] for part in parts if isinstance(part, Inside)) == lines


TABLE = (Path(__file__).parent / "toml" / "table.toml").read_text(encoding="utf-8")


@settings(deadline=None, max_examples=300)
@given(
    st.integers(0, len(TABLE)),
    st.integers(0, 3),
    st.text(st.sampled_from("\"'[]{}=,.#\\\n\r\t 0x×“\u00a0\x00\udcff"), max_size=3),
    st.booleans(),
)
def test_any_damage_to_a_file_is_one_diagnostic_within_it(at: int, cut: int, put: str, ends: bool) -> None:
    text = TABLE[:at] + put + ("" if ends else TABLE[at + cut :])
    source = Source("spec.toml", text)
    found = faults(source)
    for label in found[0].labels if found else ():
        (part,) = label.path
        assert isinstance(part, Inside)
        assert 0 <= part.start <= part.end <= len(text)
    assert len(found) <= 1
    assert render_full(found, source, width=60).count("spec.toml:") == len(found)
