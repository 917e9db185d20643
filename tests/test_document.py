"""Values and places of TOML files: every value is found where it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostic import Faults, Inside
from archspec.diagnostic import Path as CellPath
from archspec.document import MAX_BYTES, Document, decode, parse, read_source
from archspec.limits import MAX_DEPTH
from archspec.source import Source

CORPUS = sorted((Path(__file__).parent / "toml").glob("*.toml"))


def document(text: str) -> Document:
    return parse(Source("spec.toml", text))


def marked(text: str, *path: str | int | Inside, on: Any = "value") -> str:
    """The part of the text where a path stands."""
    return text[slice(*document(text).span(path, on))]


def paths(value: Any, path: CellPath = ()) -> Iterator[tuple[CellPath, Any]]:
    """Every value of a file, tables and arrays too, with its path."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from paths(item, (*path, step))


def same(one: Any, other: Any) -> bool:
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def check_places(doc: Document) -> int:
    """The scanner finds the values that tomli finds, and a scalar's place reads as that scalar. How many there are."""
    scanned = []
    rest: list[tuple[CellPath, Any]] = [((), doc._scan.root)]
    while rest:
        path, place = rest.pop()
        scanned.append(path)
        rest += [((*path, step), child) for step, child in place.children.items()]
    values = list(paths(doc.values))
    assert set(scanned) == {path for path, _ in values}
    assert len(scanned) == len(values)
    scalars = [(path, value) for path, value in values if not isinstance(value, (dict, list))]
    for path, value in scalars:
        text = doc.source.text[slice(*doc.span(path))]
        assert same(tomli.loads(f"value = {text}")["value"], value), path
        if isinstance(path[-1], str):
            key = doc.source.text[slice(*doc.span(path, "key"))]
            assert list(tomli.loads(f"{key} = 0")) == [path[-1]]
    return len(scalars)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_every_value_of_the_corpus_has_its_place(file: Path, line_end: str) -> None:
    text = read_source(file).text.replace("\n", line_end)
    assert check_places(document(text)) > 5


KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters='"\\\x7f', min_codepoint=32), max_size=6).map(
        '"{}"'.format
    ),
    st.sampled_from(["'#1×1'", '"tab\\t"', '"é=\\u00e9"', "'a.b'"]),
)
SCALARS = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.booleans().map(lambda value: str(value).lower()),
    st.text(st.characters(codec="utf-8", exclude_characters="'\x7f", min_codepoint=32), max_size=9).map("'{}'".format),
    st.sampled_from(['"""a\n"b" """', "'''\n#'''", '"]}\\"#"', "1979-05-27 07:32:00", "07:32:00", "1979-05-27"]),
)
GAP = st.sampled_from(["", " ", "\t"])
BREAK = st.sampled_from(["", " ", "\n", "  # ]}\n", "\r\n"])


@st.composite
def arrays(draw: st.DrawFn) -> str:
    items = (draw(BREAK) + draw(VALUES) + draw(BREAK) for _ in range(draw(st.integers(0, 3))))
    return f"[{','.join(items)}{draw(BREAK)}]"


@st.composite
def pairs(draw: st.DrawFn) -> list[str]:
    """Lines `key = value` with different keys, some dotted."""
    lines = []
    for name in {tomli.loads(f"{key} = 0").popitem()[0]: key for key in draw(st.lists(KEYS, max_size=3))}.values():
        key = ".".join([name, *draw(st.lists(KEYS, max_size=1))])
        lines.append(f"{key}{draw(GAP)}={draw(GAP)}{draw(VALUES)}")
    return lines


VALUES: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(SCALARS, SCALARS, SCALARS, arrays(), pairs().map(lambda lines: "{" + ", ".join(lines) + "}"))
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = draw(pairs())
    for index in range(draw(st.integers(0, 3))):
        part = draw(KEYS)
        for _ in range(repeat := draw(st.integers(0, 2))):
            lines += [f"[[section{index}.{part}]]", *draw(pairs())]
        if not repeat:
            lines += [f"[ section{index} . {part} ] # comment", *draw(pairs())]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@settings(deadline=None)
@given(documents())
def test_every_value_of_any_document_has_its_place(text: str) -> None:
    check_places(document(text))


TABLE = (Path(__file__).parent / "toml" / "table.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "on", "expected"),
    [
        (("table", "rows", 1, 1), "value", '"3a"'),
        (("table", "rows", 1, 4, Inside(6, 9)), "value", "128"),
        (("table", "rows", 0, 3, Inside(0, 1)), "value", "64"),
        (("table", "rows"), "key", "rows"),
        (("types", "convolution*"), "key", '"convolution*"'),
        (("types", "convolution*", "multiplier"), "value", "8"),
        (("defaults", "conv", "norm", "eps"), "value", "1e-3"),
        (("types",), "value", "[types]"),
        (("types",), "key", "types"),
        (("readings", "columns", "3a", "proj"), "value", "96"),
        (("readings", "columns", "3a"), "value", "3a"),
        (("readings", "columns", "why", Inside(0, 4)), "value", "both"),
        (("readings",), "value", "readings"),
        (("variants", "dense", "types", "convolution*"), "value", '"conv"'),
        (("table", "rows", 1, 1), "header", "[table]"),
        (("readings", "columns", "3a", "proj"), "header", "[readings.columns]"),
        (("name",), "header", ""),
    ],
)
def test_a_path_stands_at(path: CellPath, on: str, expected: str) -> None:
    assert marked(TABLE, *path, on=on) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("paper",), ""),  # the beginning of the file
        (("table", "added"), "[table]"),
        (("table", "rows", 0, 9), "]"),
        (("types", "convolution*", "pad"), "{"),
        (("types", "convolution", "pad"), '"conv"'),
        (("table", "rows", 0, 1, "conv", "name"), '"conv1"'),
        (("readings", "columns", "3a", "depth"), "3a"),
        (("readings", "outputs", "3a"), "readings"),
    ],
)
def test_a_path_that_is_not_in_the_file_stands_at_its_ancestor(path: CellPath, expected: str) -> None:
    assert marked(TABLE, *path) == expected


def test_a_part_of_a_string_with_escapes_is_the_whole_string() -> None:
    assert marked(r'cell = "\u00d7 3"', "cell", Inside(0, 1)) == r'"\u00d7 3"'
    assert marked("cell = '''a\nb'''", "cell", Inside(0, 1)) == "'''a\nb'''"
    assert marked("cell = 'ab'", "cell", Inside(0, 99)) == "ab"


def test_a_range_of_the_text() -> None:
    assert marked(TABLE, Inside(0, 9)) == "# A paper"


def test_an_array_of_tables_stands_at_its_headers() -> None:
    text = "[[layers]]\nname = 'a'\n[[layers]]\n[layers.cells]\nwidth = 1\n"
    assert document(text).span(("layers",)) == (0, 10)
    assert document(text).span(("layers", 1)) == (22, 32)
    assert marked(text, "layers", 1, "name") == "[[layers]]"
    assert marked(text, "layers", 1, "cells") == "[layers.cells]"
    assert marked(text, "layers", 1, "cells", "width", on="header") == "[layers.cells]"


def test_a_document_is_equal_and_hashed_by_its_text() -> None:
    assert document("a = 1") == document("a = 1")
    assert len({document("a = 1"), document("a = 1"), document("a = 2")}) == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = { b = 1,\n c = 2 }", "an inline table over several lines"),
        ("a = { b = 1, }", "a comma before the closing brace of an inline table"),
        (r'a = "\x41"', r"the escape \e or \x"),
        (r'"\x41" = 1', r"the escape \e or \x"),
        ("a = 07:32", "a time without seconds"),
        ("a = [1979-05-27 07:32]", "a time without seconds"),
    ],
)
def test_toml_1_1_is_a_warning(text: str, what: str) -> None:
    (warning,) = document(text).warnings
    assert (warning.code, warning.severity) == ("AS004", "warning")
    assert warning.message == f"{what} needs TOML 1.1, which other readers refuse"


def test_toml_1_0_is_no_warning() -> None:
    assert document('a = { b = [\n 1, # c\n], c = "\\\\x07:32" }\nd = 07:32:00').warnings == ()


def test_a_byte_order_mark_is_dropped() -> None:
    assert decode(b"\xef\xbb\xbfa = 1") == "a = 1"


def test_a_file_keeps_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_bytes(b"a = 1\r\nb = 2\r\n")
    source = read_source(tmp_path / "spec.toml", "spec.toml")
    assert (source.name, source.text) == ("spec.toml", "a = 1\r\nb = 2\r\n")
    assert source.position(parse(source).span(("b",)).start) == (2, 5)


@pytest.mark.parametrize(
    ("data", "message", "position"),
    [
        ('a = 1\nb = "Größe"'.encode("latin-1"), "byte 0xF6 is not UTF-8", (2, 8)),
        ("a = 1".encode("utf-16"), "the file is UTF-16, not UTF-8", (1, 1)),
    ],
)
def test_a_file_that_is_not_utf_8(data: bytes, message: str, position: tuple[int, int]) -> None:
    source = Source("spec.toml", decode(data))
    with pytest.raises(Faults) as caught:
        parse(source)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("AS002", message)
    (part,) = found.path
    assert isinstance(part, Inside)
    assert source.position(part.start) == position


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        "a = " + "[" * 5000,
        "a = " + "{ b = " * MAX_DEPTH + "{}" + "}" * MAX_DEPTH,
        "[" + ".".join("a" * (MAX_DEPTH + 2)) + "]",
    ],
    ids=["arrays", "beyond-tomli", "inline-tables", "header"],
)
def test_a_file_that_is_nested_too_deep(text: str) -> None:
    with pytest.raises(Faults, match="nested more than 64 deep"):
        document(text)


def test_a_number_that_is_too_long() -> None:
    with pytest.raises(Faults, match="a number has too many digits"):
        document("a = " + "1" * 5000)


@pytest.mark.parametrize("number", ["9223372036854775808", "-9_223_372_036_854_775_809", "0x" + "f" * 6000])
def test_an_integer_has_64_bits(number: str) -> None:
    source = Source("x.toml", f"a = [9223372036854775807, {number}]\nb = 1\n")
    with pytest.raises(Faults, match="an integer has more than 64 bits") as raised:
        parse(source)
    (found,) = raised.value.diagnostics
    assert source.text[slice(*found.path[0])] == number  # type: ignore[misc]


def test_a_file_without_an_end_is_no_spec(tmp_path: Path) -> None:
    path = tmp_path / "endless.toml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(OSError, match="larger than 1 MiB"):
        read_source(path)
