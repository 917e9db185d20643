"""Two networks compared: golden files under tests/golden/diff, and what counts as a difference."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.diagnostic import Faults
from archspec.diff import compare
from archspec.diff.difference import Difference, RowDifference, align
from archspec.document import parse
from archspec.source import Source

Golden = Callable[[str, str], None]

SMALL = """
format = 1
name = "Small"
input = "32x32x3"
[params]
classes = 10
[types]
block = "twice"
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "ceil" }
[modules.twice]
columns = ["out"]
layers = [
  { type = "conv", patch = "1x1", out = "$out" },
  { type = "conv", name = "wide", patch = "3x3", out = "$out" },
]
[network]
layers = [
  { name = "a", type = "conv", patch = "3x3/2", out = 16, output = "16x16x16" },
  { name = "b", type = "block", out = 16 },
  { name = "p", type = "max pool", patch = "3x3/2" },
  { name = "c", layers = [ { type = "conv", name = "in", patch = "1x1", out = 8 },
                           { type = "conv", patch = "3x3", out = 24 } ] },
  { name = "fc", type = "linear", out = "$classes" },
]
[heads]
aux = { type = "linear", from = "b", loss-weight = 0.3, out = "$classes" }
"""


def broken() -> dict[str, Spec]:
    """The specs with something wrong in their cells, by name; not those that cannot be read as a spec."""
    found = {}
    for path in sorted((Path(__file__).parent / "diagnostics").glob("*.toml")):
        with suppress(Faults):
            found[path.stem] = archspec.load(path)
    return found


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("small.toml", text)))


def changed(*pairs: tuple[str, str]) -> Spec:
    """The small spec with some text replaced."""
    text = SMALL
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return spec_of(text)


def against_small(*pairs: tuple[str, str]) -> Difference:
    return compare(spec_of(SMALL), changed(*pairs))


def row_of(difference: Difference, name: str) -> RowDifference:
    (found,) = (row for row in (*difference.rows, *difference.heads) if row.name == name)
    return found


def cells(difference: Difference, name: str) -> list[tuple[str, str | None, str | None]]:
    return [(change.captions[1], *change.values) for change in row_of(difference, name).cells]


def said(difference: Difference) -> list[tuple[str, str, str, str | None, str | None]]:
    return [(group.section, group.name, change.captions[1], *change.values)
            for group in difference.everywhere for change in group.changes]  # fmt: skip


def statuses(difference: Difference) -> dict[str, str]:
    return {row.name: row.status for row in (*difference.rows, *difference.heads)}


# --- as it is printed


def test_googlenet_and_bn_inception(golden: Golden) -> None:
    difference = compare(archspec.load("googlenet"), archspec.load("bn_inception"))
    golden("diff/googlenet_bn_inception.txt", difference.render())
    golden("diff/googlenet_bn_inception.md", difference.render("md"))


def test_two_readings(golden: Golden) -> None:
    spec = archspec.load("bn_inception")
    difference = compare(spec.reading("columns"), spec.reading("outputs"))
    golden("diff/bn_inception_readings.txt", difference.render(width=80))


def test_a_variant(golden: Golden) -> None:
    spec = archspec.load("googlenet")
    golden("diff/googlenet_torchvision.txt", compare(spec, spec.variant("torchvision")).render())


def test_what_a_variant_takes_out_or_sets_is_in_force() -> None:
    """zjZSTU's has no LRN and drops 20%, as torchvision's has after its variant, whatever the table prints."""
    found = statuses(compare(archspec.load("googlenet").variant("torchvision"), archspec.load("googlenet_zj")))
    assert found["dropout"] == "same"
    assert not {"norm1", "norm2"} & {*found}


def test_for_programs(golden: Golden) -> None:
    pool = 'name = "p", type = "max pool", patch = "3x3/2"'
    difference = against_small((pool, 'name = "q", type = "relu"'), ("bias = true", "bias = false"))
    golden("diff/small.json", difference.render("json"))


def test_as_printed_and_as_read_differ_in_what_is_printed_alone() -> None:
    spec = archspec.load("bn_inception")
    difference = compare(spec.as_printed(), spec)
    assert cells(difference, "3c") == [("printed output", "28×28×576", "14×14×576")]
    assert cells(difference, "conv2") == [("printed depth", "1", "2")]
    assert not any(total.differs for total in difference.totals)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_lines_are_as_wide_as_asked(width: int) -> None:
    text = compare(archspec.load("googlenet"), archspec.load("bn_inception")).render(width=width)
    assert width - 20 < max(map(len, text.splitlines())) <= width


def test_colors_change_no_character() -> None:
    difference = compare(archspec.load("googlenet"), archspec.load("bn_inception"))
    colored = difference.render(color=True)
    assert "\x1b[32m+\x1b[0m 3c" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == difference.render()


# --- equal, and the two sides


@pytest.mark.parametrize("name", bundled.names())
def test_a_spec_does_not_differ_from_itself(name: str) -> None:
    spec = archspec.load(name)
    difference = compare(spec, spec)
    assert difference.equal
    assert "\nno difference: " in difference.render()
    assert "totals" not in difference.render("md")


def test_another_notation_is_no_difference() -> None:
    text = SMALL.replace("[types]", '[types]\n"convolution" = "conv"').replace('name = "Small"', 'name = "Other"')
    start, end = text.index("[network]"), text.index("[heads]")
    other = f"""{text[:start]}{PAIR}[table]
columns = ["name", "type", "patch size / stride", "out", "output"]
rows = [
  ["a", "convolution", "3 × 3/2", 16, "16×16×16"],
  ["b", "block", "", 16],
  ["p", "max-pool", "3×3/2"],
  ["c", "pair", "", 24],
  ["fc", "fully connected", "", 10],
]
{text[end:]}"""
    one = re.sub(r'layers = \[ \{ type = "conv", name = "in".*?\] \}', 'type = "pair", out = 24 }', SMALL, flags=re.S)
    assert compare(spec_of(one.replace("[network]", f"{PAIR}[network]")), spec_of(other)).equal


PAIR = """[modules.pair]
columns = ["out"]
layers = [ { type = "conv", patch = "1x1", out = 8 }, { type = "conv", patch = "3x3", out = "$out" } ]
"""


def choices() -> list[Spec]:
    """Every bundled spec, its readings and its variants."""
    specs = [archspec.load(name) for name in bundled.names()]
    readings = [spec.reading(name) for spec in specs for name in spec.file.readings]
    return [*specs, *readings, *(spec.variant(name) for spec in specs for name in spec.file.variants)]


def structure(spec: Spec) -> list[object]:
    return [(node.op, node.inputs) for node in spec.graph().nodes]


def test_what_is_equal_builds_the_same_graph() -> None:
    pairs = [(a, b) for a, b in combinations(choices(), 2) if a.document is b.document]
    assert len(pairs) > 10
    for a, b in pairs:
        assert not compare(a, b).equal or structure(a) == structure(b), (a.choice, b.choice)


@pytest.mark.parametrize("names", [("googlenet", "bn_inception"), ("googlenet_d2l", "googlenet")])
def test_the_other_way_round_everything_is_turned(names: tuple[str, str]) -> None:
    one, other = map(archspec.load, names)
    there, back = compare(one, other), compare(other, one)
    turned = {"added": "removed", "removed": "added", "changed": "changed", "same": "same"}
    assert sorted((row.names, row.status) for row in there.rows if None not in row.names) == sorted(
        (row.names[::-1], row.status) for row in back.rows if None not in row.names
    )
    assert {row.name: turned[row.status] for row in there.rows} == statuses_of_rows(back, turned)
    assert [one.values for one in there.totals] == [one.values[::-1] for one in back.totals]
    assert [one.change for one in there.totals] == [-(one.change or 0) for one in back.totals]


def statuses_of_rows(difference: Difference, known: dict[str, str]) -> dict[str, str]:
    return {(row.names[0] or row.names[1] or ""): row.status for row in difference.rows if row.status in known}


# --- what differs


def test_one_cell_is_one_row_and_what_follows_it() -> None:
    spec = archspec.load("bn_inception").reading("columns")
    difference = compare(spec, spec.edit({"4c.proj": 96}).reading("columns"))
    assert cells(difference, "4c") == [("proj", "128", "96")]
    assert [row.name for row in difference.rows if row.cells] == ["4c"]
    assert row_of(difference, "4d").status == "changed"  # it has fewer channels to read
    assert not difference.everywhere


def test_a_column_of_one_table_only_is_paired_with_the_one_in_its_place() -> None:
    difference = compare(archspec.load("googlenet"), archspec.load("bn_inception"))
    (reduce, *_) = (one for one in row_of(difference, "3a").cells if one.captions[0] == "#5×5 reduce")
    assert reduce.captions == ("#5×5 reduce", "double #3×3 reduce")
    assert reduce.values == ("16", "64")
    assert "#5×5 reduce 16 -> double #3×3 reduce 64" in difference.render()


def test_rows_of_one_side_stand_where_they_are() -> None:
    difference = compare(archspec.load("googlenet"), archspec.load("bn_inception"))
    names = [row.name for row in difference.rows]
    assert names[names.index("3b") : names.index("4a") + 1] == ["3b", "pool3", "3c", "4a"]
    assert row_of(difference, "pool3").status == "removed"
    assert row_of(difference, "3c").status == "added"


def test_rows_with_other_names_are_matched_by_type_and_output() -> None:
    difference = against_small(('name = "p"', 'name = "pool"'), ('name = "a"', 'name = "first"'))
    assert row_of(difference, "pool").names == ("p", "pool")
    assert row_of(difference, "first").names == ("a", "first")
    assert statuses(difference)["fc"] == "same"
    assert "~ pool   name p -> pool" in difference.render()


def test_rows_in_another_order_are_no_equal_network() -> None:
    pool = '  { name = "p", type = "max pool", patch = "3x3/2" },\n'
    text = SMALL.replace(pool, "").replace('  { name = "fc"', f'{pool}  {{ name = "fc"')
    difference = compare(spec_of(SMALL), spec_of(text))
    assert not difference.equal
    moved = [(row.name, row.after) for row in difference.rows if row.after]
    assert moved in ([("p", ("b", "c"))], [("c", ("p", "b"))])


def test_a_default_that_is_said_and_one_that_is_neutral_are_the_same() -> None:
    assert against_small(('act = "relu" }', 'act = "relu", groups = 1, stride = 1 }')).equal
    assert said(
        against_small(('act = "relu" }', 'act = "relu", groups = 8 }'), ('input = "32x32x3"', 'input = "32x32x8"'))
    ) == [
        ("input", "input", "", "32×32×3", "32×32×8"),
        ("defaults", "conv", "groups", "1", "8"),
    ]


def test_a_cell_is_compared_with_what_holds_where_none_stands() -> None:
    assert cells(against_small(('patch = "3x3/2", out = 16,', 'patch = "3x3/2", out = 16, bias = false,')), "a") == [
        ("bias", "true", "false")
    ]
    assert cells(against_small(('patch = "3x3/2", out = 16,', 'patch = "3x3", stride = 2, out = 16,')), "a") == []
    assert against_small(('patch = "3x3/2", out = 16,', 'patch = "3x3/2", out = 16, bias = true,')).equal


def test_layers_inside_rows_and_modules_are_compared_one_by_one() -> None:
    assert cells(against_small(("out = 24", "out = 32")), "c") == [("layers.2.out", "24", "32")]
    inside = against_small(('name = "wide", patch = "3x3"', 'name = "wide", patch = "5x5"'))
    assert said(inside) == [("modules", "twice", "layers.wide.patch", "3x3", "5x5")]
    assert [row.name for row in inside.rows if row.status == "changed"] == ["b"]


def test_type_words_of_another_meaning_are_said_once() -> None:
    once = '[modules.once]\ncolumns = ["out"]\nlayers = [ { type = "conv", patch = "1x1", out = "$out" } ]'
    other = against_small(('block = "twice"', f'block = "once"\n{once}'))
    assert ("types", "block", "", "twice", "once") in said(other)
    assert "type block" in other.render()


def test_parameters_inputs_and_heads() -> None:
    spec = spec_of(SMALL)
    fewer = compare(spec, spec.with_params(classes=5))
    assert said(fewer) == [("params", "parameters", "classes", "10", "5")]
    assert cells(fewer, "fc") == [("out", "10", "5")]
    assert said(compare(spec, spec.with_input("64x64"))) == [("input", "input", "", "32×32×3", "64×64×3")]
    assert cells(against_small(("loss-weight = 0.3", "loss-weight = 0.5")), "aux") == [("loss-weight", "0.3", "0.5")]
    assert against_small(("loss-weight = 0.3", "loss-weight = 3e-1")).equal
    assert cells(against_small(('from = "b"', 'from = "a"')), "aux") == [("from", "b", "a")]


def test_totals_are_exact_and_in_percent() -> None:
    spec = archspec.load("googlenet")
    found = json.loads(compare(spec, spec.variant("torchvision")).render("json"))
    assert found["format_version"] == 1
    assert not found["equal"]
    assert found["totals"]["params_without_aux"] == {"a": 6998552, "b": 6624904, "change": -373648, "percent": -5.3389}
    assert found["totals"]["macs"]["b"] == 1498376192
    assert found["totals"]["buffers"]["percent"] is None
    assert {row["status"] for row in found["heads"]} == {"changed"}


def test_a_spec_that_cannot_be_built_is_compared_as_far_as_it_goes() -> None:
    difference = against_small(('"max pool", patch = "3x3/2"', '"max pool", patch = "33x33"'))
    assert not difference.equal
    assert cells(difference, "p") == [("patch", "3x3/2", "33x33")]
    assert all(total.values[1] is None for total in difference.totals)
    text = difference.render()
    assert "gives output 8×8×16 -> ?" in text
    assert "Small cannot be built as it stands" in text
    json.loads(difference.render("json"))


@pytest.mark.parametrize("name", broken())
def test_what_is_wrong_with_a_spec_stops_no_comparison(name: str) -> None:
    spec = broken()[name]
    for difference in (compare(spec, archspec.load("bn_inception")), compare(archspec.load("googlenet"), spec)):
        assert difference.render() != difference.render("md") != difference.render("json")
    assert compare(spec, spec).equal


def test_nothing_in_a_name_commands_a_terminal_or_is_markup() -> None:
    hostile = "x<script>alert(1)</script>|[a](b)*_`"
    difference = against_small(
        ('name = "a"', f'name = "{hostile}"'),
        ('name = "Small"', f'name = "{hostile}"'),
        ("classes = 10", f'classes = 10\n"{hostile}" = "{hostile}"'),
        ("[types]", f'[types]\n"{hostile}" = "conv"'),
        ('name = "p", type = "max pool"', f'name = "p", type = "{hostile}", out = 3, bias = true'),
        ("[modules.twice]", f'[modules."{hostile}"]\n"{hostile}" = "{hostile}"\n[modules.twice]'),
        ("[heads]", f'[heads."{hostile}"]\ntype = "relu"\nfrom = "b"\nloss-weight = 1\n[heads]'),
    )
    text, md = difference.render(), difference.render("md")
    assert text.count("\n") == len(text.splitlines())
    assert "<script>" not in md
    assert not re.search(r"(?<!\\)\|\[|(?<!\\)\[a(?<!\\)\]", md)
    assert json.loads(difference.render("json"))["b"]["name"].startswith("x<script>")


# --- alignment


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_an_alignment_is_a_longest_common_subsequence(one: str, other: str) -> None:
    pairs = list(align(one, other, lambda x, y: int(x == y)))
    assert all(one[i] == other[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    common = {"".join(kept) for size in range(len(one) + 1) for kept in combinations(one, size)}
    common &= {"".join(kept) for size in range(len(other) + 1) for kept in combinations(other, size)}
    assert len(pairs) == max(map(len, common))


def test_an_alignment_weighs_likeness() -> None:
    likeness = {("a", "x"): 1, ("b", "x"): 3, ("b", "y"): 1}
    assert list(align("ab", "xy", lambda p, q: likeness.get((p, q), 0))) == [(1, 0)]


def test_modules_that_one_file_alone_has_are_named_by_their_parts() -> None:
    text = compare(archspec.load("inception_v2"), archspec.load("inception_v3")).render(width=100)
    assert "  module fork       gone: columns [out], join concat, branches [1x3, 3x1]\n" in text
    assert "  module figure-5   gone: layers [a two-3x3, b two-3x3, c two-3x3]\n" in text
    assert len(text.splitlines()) < 110


def test_rows_of_one_name_that_are_other_pools_on_other_maps_are_not_one_row() -> None:
    found = compare(archspec.load("inception_v2"), archspec.load("inception_v3"))
    names = [row.names for row in found.rows]
    assert ("pool2", "pool3") in names
    assert (None, "pool2") in names


def test_rows_stand_in_the_order_of_their_maps() -> None:
    found = compare(archspec.load("inception_v2"), archspec.load("inception_v3"))
    grids = [min(shape.grid) for row in found.rows if (shape := row.outputs[1] or row.outputs[0])]
    assert grids == sorted(grids, reverse=True)
