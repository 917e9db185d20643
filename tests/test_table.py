"""The table as it is printed: golden files under tests/golden/table, its numbers, its marks and its width."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.source import Source
from archspec.table import Table, table
from archspec.table.text import display_width, short

Golden = Callable[[str, str], None]

SMALL = """
format = 1
name = "Small"
input = "32x32x3"
[params]
classes = 10
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "ceil" }
[network]
layers = [
  { name = "a", type = "conv", patch = "3x3/2", out = 16, output = "16x16x16", depth = 1, params = 432 },
  { name = "b", repeat = 3, layers = [ { type = "conv", patch = "1x1", out = 8 },
                                       { type = "conv", patch = "3x3", out = 16 } ], output = "16x16x16" },
  { name = "p", type = "max pool", patch = "3x3/2", output = "8x8x16" },
  { name = "fc", type = "linear", out = "$classes" },
]
added = ["p"]
[heads]
aux = { type = "linear", from = "b2", loss-weight = 0.3, out = "$classes" }
"""


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("small.toml", text)))


def chosen(name: str, reading: str = "", variant: str = "") -> Spec:
    spec = archspec.load(name)
    spec = spec.reading(reading) if reading else spec
    return spec.variant(variant) if variant else spec


def as_json(spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(table(spec).render("json"))
    return found


def lines(spec: Spec, width: int = 140) -> list[str]:
    return table(spec).render(width=width).splitlines()


def line(spec: Spec, row: str, width: int = 140) -> str:
    """The line of a row, of those above the total."""
    above = table(spec).render(width=width).partition("\ntotal")[0].splitlines()
    (found,) = (one for one in above if re.search(rf"(?:^| ){row}[*!+]? ", one))
    return found


# --- as it is printed


@pytest.mark.parametrize("width", [180, 140, 100, 80])
def test_bn_inception(width: int, golden: Golden) -> None:
    golden(f"table/bn_inception_{width}.txt", table(archspec.load("bn_inception")).render(width=width))


def test_bn_inception_as_printed(golden: Golden) -> None:
    golden("table/bn_inception_as_printed.txt", table(archspec.load("bn_inception").as_printed()).render(width=140))


@pytest.mark.parametrize("name", ["googlenet", "resnet18"])
def test_others(name: str, golden: Golden) -> None:
    golden(f"table/{name}.txt", table(archspec.load(name)).render(width=140))


@pytest.mark.parametrize("width", [140, 100])
def test_a_table_of_many_columns_stands_in_blocks(width: int, golden: Golden) -> None:
    golden(f"table/inception_v3_{width}.txt", table(archspec.load("inception_v3")).render(width=width))


def test_googlenet_as_printed(golden: Golden) -> None:
    golden("table/googlenet_as_printed.txt", table(archspec.load("googlenet").as_printed()).render(width=140))


@pytest.mark.parametrize("format_", ["text", "md", "csv", "json"])
def test_layers_with_a_head_and_a_repeat(format_: Any, golden: Golden) -> None:
    text = table(spec_of(SMALL)).render(format_).replace("\r\n", "\n")
    golden(f"table/small.{format_.replace('text', 'txt')}", text)


@pytest.mark.parametrize("format_", ["md", "csv"])
def test_formats_of_bn_inception(format_: Any, golden: Golden) -> None:
    text = table(archspec.load("bn_inception")).render(format_).replace("\r\n", "\n")
    golden(f"table/bn_inception.{format_}", text)


# --- numbers

PUBLISHED = [
    ("googlenet", "", "", 13_378_280, 6_998_552, 1_582_671_872, 22),
    ("googlenet", "", "torchvision", 13_004_888, 6_624_904, 1_498_376_192, 22),
    ("googlenet_d2l", "", "", 5_977_530, 5_977_530, 1_502_982_144, 22),
    ("bn_inception", "columns", "", 11_278_528, 11_278_528, 1_948_605_440, 34),
    ("bn_inception", "outputs", "", 11_188_288, 11_188_288, 1_934_857_216, 34),
    ("bn_inception", "columns", "dense", 11_285_224, 11_285_224, 2_032_600_064, 34),
    ("bn_inception", "outputs", "dense", 11_194_984, 11_194_984, 2_018_851_840, 34),
    ("bn_inception", "", "cadene", 11_295_240, 11_295_240, 2_032_600_064, 34),
    ("googlenet_bn_zj", "", "", 17_683_640, 11_285_224, 2_308_969_472, 34),
    ("alexnet", "", "", 60_965_224, 60_965_224, 724_406_816, 8),
    ("resnet18", "", "", 11_689_512, 11_689_512, 1_814_073_344, 18),
]


@pytest.mark.parametrize(("name", "reading", "variant", "params", "without_aux", "macs", "depth"), PUBLISHED)
def test_totals_are_the_published_ones(
    name: str, reading: str, variant: str, params: int, without_aux: int, macs: int, depth: int
) -> None:
    total = as_json(chosen(name, reading, variant))["total"]
    assert total["params"] == params
    assert total["params_without_aux"] == without_aux
    assert total["macs"] == macs
    assert total["depth"] == depth


@pytest.mark.parametrize("name", bundled.names())
def test_rows_add_up_to_the_total(name: str) -> None:
    found = as_json(archspec.load(name))
    rows, heads, total = found["rows"], found["heads"], found["total"]

    def of(entries: list[dict[str, Any]], key: str) -> int:
        return sum(entry[key] for entry in entries)

    assert of(rows, "params") == total["params_without_aux"]
    assert of(rows + heads, "params") == total["params"]
    assert of(rows, "macs") == total["macs"]
    assert of(rows + heads, "macs") == total["macs_with_aux"]
    assert of(rows + heads, "buffers") == total["buffers"]
    assert of(rows, "activations") == total["activations"]
    assert of(rows, "depth") == total["depth"]
    assert of(rows, "params_share") == pytest.approx(100, abs=0.01)
    assert of(rows, "macs_share") == pytest.approx(100, abs=0.01)


def test_heads_are_counted_in_params_and_not_in_macs() -> None:
    found = as_json(archspec.load("googlenet"))
    assert [(head["row"], head["from"], head["loss_weight"]) for head in found["heads"]] == [
        ("aux1", "4a", 0.3),
        ("aux2", "4d", 0.3),
    ]
    assert found["total"]["macs_with_aux"] > found["total"]["macs"]
    assert found["heads"][0]["params_share"] is None


def test_a_repeated_row_is_one_row() -> None:
    rows = {row["row"]: row for row in as_json(archspec.load("resnet18"))["rows"]}
    assert rows["conv3"]["instances"] == ["conv3_1", "conv3_2"]
    assert rows["conv3"]["output"] == [28, 28, 128]
    assert rows["conv3"]["depth"] == 4


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, ""), (1, "1"), (999, "999"), (1000, "1.00K"), (9994, "9.99K"), (9996, "10.0K"), (99_949, "99.9K"),
     (99_951, "100K"), (999_499, "999K"), (999_500, "1.00M"), (1_948_605_440, "1.95B"), (2_345_678_000_000, "2,346B")],
)  # fmt: skip
def test_three_digits(count: int, shown: str) -> None:
    assert short(count) == shown


# --- what was chosen, and what is marked


def test_a_correction_keeps_what_is_printed_and_says_why() -> None:
    found = as_json(archspec.load("bn_inception"))
    rows = {row["row"]: row for row in found["rows"]}
    assert rows["3c"]["printed"]["output"] == "28×28×576"
    assert rows["3c"]["output"] == [14, 14, 576]
    (correction,) = rows["3c"]["corrections"]
    assert (correction["printed"], correction["read"], correction["by"]) == ("28×28×576", "14×14×576", "erratum")
    assert "stride 2 halves it" in correction["why"]
    (correction,) = rows["4c"]["corrections"]
    assert (correction["caption"], correction["read"], correction["by"]) == ("output", "14×14×608", "reading columns")
    assert not any(row["disagreements"] for row in found["rows"])


def test_a_reading_may_change_a_part_of_a_cell() -> None:
    spec = chosen("bn_inception", "outputs")
    (correction,) = as_json(spec)["rows"][9]["corrections"]
    assert (correction["caption"], correction["printed"], correction["read"]) == ("proj", "128", "96")
    assert " avg + 128* " in line(spec, "4c")


def test_a_head_may_be_corrected() -> None:
    spec = spec_of(SMALL + '[errata]\nheads.aux.out = { read = 5, why = "a typo" }\n')
    (head,) = as_json(spec)["heads"]
    assert head["output"] == [1, 1, 5]
    assert head["corrections"] == [
        {"caption": "out", "printed": "$classes", "read": "5", "by": "erratum", "why": "a typo"}
    ]
    assert "* aux out $classes is read as 5 (erratum: a typo)" in lines(spec)


def test_what_disagrees_is_marked_and_explained() -> None:
    spec = archspec.load("bn_inception").as_printed()
    wrong = {row["row"]: row["disagreements"] for row in as_json(spec)["rows"] if row["disagreements"]}
    assert list(wrong) == ["conv2", "3c", "4c", "4d", "4e"]
    assert wrong["4c"] == [{"caption": "output", "printed": "14×14×576", "derived": "14×14×608"}]
    assert wrong["4e"] == [{"caption": "output", "printed": "14×14×1024", "derived": "7×7×1056"}]
    assert wrong["conv2"] == [{"caption": "depth", "printed": "1", "derived": "2"}]
    assert " 14×14×576! " in line(spec, "4c")
    assert " 14×14×608 " in line(spec, "4c")
    assert " 14×14×576  " in line(spec, "4b")


def test_a_count_agrees_in_its_printed_digits() -> None:
    spec = spec_of(SMALL.replace("params = 432", "params = 433"))
    assert as_json(spec)["rows"][0]["disagreements"] == [{"caption": "params", "printed": "433", "derived": "432"}]
    assert not as_json(spec_of(SMALL.replace("params = 432", 'params = "0.4K"')))["rows"][0]["disagreements"]


def test_added_rows_are_marked() -> None:
    assert " norm1+ " in line(archspec.load("googlenet"), "norm1")
    assert [row["row"] for row in as_json(archspec.load("googlenet"))["rows"] if row["added"]] == ["norm1", "norm2"]


def test_with_a_variant_claims_are_not_held_against_the_network() -> None:
    spec = chosen("googlenet", variant="torchvision")
    found = as_json(spec)
    assert found["claims_checked"] is False
    assert found["choice"]["variants"] == ["torchvision"]
    assert not any(row["disagreements"] for row in found["rows"])
    assert "not checked here" in table(spec).render()
    by = {one["by"] for row in found["rows"] for one in row["corrections"] if row["row"] == "pool4"}
    assert by == {"variant torchvision"}


def test_what_was_chosen_is_said() -> None:
    spec = archspec.load("bn_inception").variant("cadene").with_params(classes=7).with_input("299x299")
    assert as_json(spec)["choice"] == {
        "input": [299, 299, 3],
        "readings": ["columns"],
        "variants": ["dense", "cadene"],
        "params": {"classes": 7},
        "as_printed": False,
    }
    title = lines(spec)[0]
    assert title.endswith("input 299×299×3, reading columns, variant dense, variant cadene, classes 7")


def test_a_row_that_cannot_run_is_a_question_and_the_rest_is_there() -> None:
    spec = spec_of(SMALL.replace('type = "max pool"', 'type = "median pool"'))
    found = as_json(spec)
    assert [row["output"] for row in found["rows"]] == [[16, 16, 16], [16, 16, 16], None, [1, 1, 10]]
    assert set(found["total"].values()) == {None}
    text = table(spec).render()
    assert re.search(r"\np\+ .*\?", text)
    assert "total ?" in text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "p", ', ""),
        ('name = "p"', 'name = "a"'),
        ("out = 16, output", "outt = 16, output"),
        ('output = "8x8x16"', 'output = "8by8"'),
        ('input = "32x32x3"', 'input = "1x1x3"'),
        ('from = "b2", loss-weight = 0.3', "from = 3"),
        ("loss-weight = 0.3", 'loss-weight = "much"'),
        ("repeat = 3", "repeat = 0"),
        ("depth = 1", "depth = [1, 2]"),
        ('added = ["p"]', 'added = ["q"]'),
        ("out = 16, output", "out = 1e400, output"),
        ("out = 16, output", "out = 1979-05-27, output"),
        ('"$classes"', '"$clases"'),
    ],
)
def test_a_faulty_file_has_a_table_in_every_format(old: str, new: str) -> None:
    assert old in SMALL
    spec = spec_of(SMALL.replace(old, new))
    found = as_json(spec)
    assert len(found["rows"]) == 4
    assert len(list(csv.reader(io.StringIO(table(spec).render("csv"))))) == 6
    assert table(spec).render("md").count("\n| ") == 6
    assert table(spec).render(width=80)


# --- width


def columns_of(one: Table) -> set[str]:
    return {cell for row in (*one.rows, *one.heads) for cell in row.cells if cell}


@pytest.mark.parametrize("name", bundled.names())
@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 200])
def test_width_is_kept_or_said_and_no_cell_is_cut(name: str, width: int) -> None:
    made = table(archspec.load(name))
    text = made.render(width=width)
    widest = max(map(display_width, text.splitlines()))
    if needed := re.search(r"the printed ones alone need (\d+)", " ".join(text.split())):
        assert widest == int(needed[1]) > width
    else:
        assert widest <= width
    for cell in columns_of(made):
        assert cell in text
    assert all(row.name in text for row in (*made.rows, *made.heads))


@pytest.mark.parametrize("name", ["bn_inception", "googlenet"])
def test_140_columns_hold_what_is_printed_with_output_depth_params_macs_and_shares(name: str) -> None:
    text = table(archspec.load(name)).render(width=140)
    assert max(map(display_width, text.splitlines())) <= 140
    assert text.splitlines()[-1] == "140 columns: dropped receptive field, activations; --format csv has all"


@pytest.mark.parametrize("name", bundled.names())
@pytest.mark.parametrize("width", [80, 100, 140, 200, None])
def test_output_params_and_macs_of_every_row_are_seen(name: str, width: int | None) -> None:
    made = table(archspec.load(name))
    text = made.render(width=width)
    for row in (*made.rows, *made.heads):
        assert row.derived
        seen = [made.size(row.derived.output), short(row.derived.cost.params), short(row.derived.cost.macs)]
        pattern = rf"{re.escape(row.name)}\+?[ ].*{'.* '.join(map(re.escape, seen))}"
        assert any(re.search(pattern, one) for one in text.splitlines()), row.name


@pytest.mark.parametrize("name", bundled.names())
def test_without_a_width_nothing_is_dropped(name: str) -> None:
    text = table(archspec.load(name)).render()
    assert "dropped" not in text
    assert re.search(r" activations +(receptive )?field\n", text)
    assert text.count("as printed  ") == 1


def test_derived_columns_are_dropped_in_one_order() -> None:
    spec = archspec.load("resnet18")
    order = ["receptive field", "activations", "shares", "depth", "output", "MACs", "params"]
    texts = [" ".join(table(spec).render(width=width).split()) for width in range(130, 15, -1)]
    dropped = [found[1].split(", ") if (found := re.search(r"dropped (.*?);", text)) else [] for text in texts]
    assert all(one == order[: len(one)] for one in dropped)
    counts = [len(one) for one in dropped]
    below = counts.index(0, counts.index(4))  # from here on what was derived stands below what is printed
    assert counts[:below] == sorted(counts[:below])
    assert counts[below:] == sorted(counts[below:])
    assert set(counts[:below]) == {0, 1, 2, 3, 4}
    assert set(counts[below:]) == {0, 1, 2, 3, 4, 5, 6}


def test_wide_characters_stand_in_line() -> None:
    spec = spec_of(SMALL.replace('"p"', '"漢字"'))
    starts = [
        display_width(one[: one.index(word)]) for one in lines(spec) for word in ("max pool", "conv ") if word in one
    ]
    assert starts == [6, 6]


def test_color_changes_no_character() -> None:
    made = table(archspec.load("bn_inception").as_printed())
    colored = made.render(color=True)
    assert "\x1b[1;31m14×14×576!\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == made.render()


# --- formats


def test_csv_is_rfc_4180_and_exact() -> None:
    text = table(archspec.load("googlenet")).render("csv")
    assert text.endswith("\r\n")
    rows = {row["row"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert rows["3a"]["printed params"] == "159K"
    assert rows["3a"]["params"] == "163696"
    assert rows["3a"]["output"] == "28x28x256"
    assert rows["aux1"]["kind"] == "head"
    assert sum(int(row["params"]) for row in rows.values()) == 13_378_280


HOSTILE = SMALL.replace('name = "Small"', 'name = "S<b>"').replace('"p"', '"p|`x`*y*"')


def test_no_name_leaves_its_cell() -> None:
    made = table(spec_of(HOSTILE))
    for format_ in ("text", "md", "csv", "json"):
        text = made.render(format_)
        assert len(text.splitlines()) == len(table(spec_of(SMALL)).render(format_).splitlines())
    row = next(one for one in made.render("md").splitlines() if "max pool" in one)
    assert len(re.findall(r"(?<!\\)\|", row)) == len(made.columns) + 9
    assert r"p\|\`x\`\*y\*+" in row


def test_derived_sizes_are_written_as_the_file_writes_its_own() -> None:
    assert "×" not in table(spec_of(SMALL)).render()
    assert "16×16×16" in table(spec_of(SMALL.replace("16x16x16", "16×16×16"))).render()
