"""What a difference of two networks says once: what most rows change alike, and the dialect of what is in use."""

from __future__ import annotations

from archspec.api import Spec, from_document
from archspec.diff import compare
from archspec.diff.difference import Difference
from archspec.document import parse
from archspec.source import Source

BLOCKS = """
format = 1
name = "Blocks"
input = "32x32x3"
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
[table]
columns = ["type", "name", "patch/stride", "out", "groups"]
rows = [
  ["conv", "a", "3x3/2", 16, 1],
  ["conv", "b", "3x3/1", 16, 1],
  ["conv", "c", "3x3/1", 24, 1],
  ["conv", "d", "3x3/1", 32, 1],
]
"""
LRN = "lrn = { size = 5, alpha = 1e-4, beta = 0.75, k = 1 }"


def blocks(*pairs: tuple[str, str]) -> Spec:
    """The spec above with some text replaced."""
    text = BLOCKS
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return from_document(parse(Source("blocks.toml", text)))


def against_blocks(*pairs: tuple[str, str]) -> Difference:
    return compare(blocks(), blocks(*pairs))


def section(difference: Difference, title: str) -> list[str]:
    """The lines of a section, without its title."""
    lines = difference.render(width=200).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(title))
    return lines[start + 1 : lines.index("", start)]


# --- rows


def test_what_every_row_of_a_type_changes_is_said_once() -> None:
    difference = against_blocks(("3x3/1", "1x1/1"))
    (first, *rest) = section(difference, "rows")
    assert first == "  ~ each conv  patch/stride 3x3/1 -> 1x1/1 (not a)"
    assert "patch/stride" not in "".join(rest)
    assert [line[:5] for line in rest] == ["  at ", "  ~ b", "  ~ c", "  ~ d"]
    assert "- **each conv**: patch/stride 3x3/1 → 1x1/1 (not a)\n" in difference.render("md")


def test_a_row_of_which_nothing_else_is_to_say_is_not_listed() -> None:
    difference = against_blocks(('"groups"]', '"act"]'), (", 1],", ', "tanh"],'))
    assert section(difference, "rows: 4 changed") == ["  ~ each conv  act relu -> tanh"]


def test_two_rows_are_no_pattern_and_neither_is_half_of_them() -> None:
    two = against_blocks(('"b", "3x3/1"', '"b", "1x1/1"'), ('"c", "3x3/1"', '"c", "1x1/1"'))
    assert "each" not in two.render()
    assert two.render().count("patch/stride 3x3/1 -> 1x1/1") == 2


def test_programs_read_every_change_at_its_row() -> None:
    difference = against_blocks(("3x3/1", "1x1/1"))
    assert difference.render("json").count('"value": "1x1/1"') == 3


# --- the dialect


def test_defaults_of_an_operation_that_neither_network_has_are_not_listed() -> None:
    assert against_blocks(("[defaults]", f"[defaults]\n{LRN}")).equal


def test_defaults_of_an_operation_that_one_network_has_are_listed_whoever_states_them() -> None:
    row = ('["conv", "b"', '["lrn", "norm"],\n  ["conv", "b"')
    stated = ("[defaults]", f"[defaults]\n{LRN}")
    expected = ["  local response norms  new: size 5, alpha 0.0001, beta 0.75, k 1"]
    assert section(compare(blocks(), blocks(stated, row)), "everywhere") == expected
    assert section(compare(blocks(stated), blocks(stated, row)), "everywhere") == expected


def test_defaults_of_what_stands_inside_a_layer_are_in_use() -> None:
    normed = ('norm = "none"', 'norm = "batch-norm"')
    first, second = (("[defaults]", f"[defaults]\nbatch-norm = {{ eps = {eps} }}") for eps in ("1e-3", "1e-5"))
    assert section(compare(blocks(first, normed), blocks(second, normed)), "everywhere") == [
        "  batch norms  eps 0.001 -> 1e-05"
    ]


def test_defaults_of_a_network_that_cannot_be_run_are_listed() -> None:
    misspelt = ('["conv", "d"', '["conf", "d"')
    difference = compare(blocks(misspelt), blocks(misspelt, ("[defaults]", f"[defaults]\n{LRN}")))
    assert "local response norms" in difference.render()
