"""Pictures of specs: what the paper prints is marked where the drawn network gives something else, and added rows are.

TOML in, marks out; and what the command line says where it cannot draw what was asked for.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from test_diagrams import engine_json

import archspec
from archspec import cli, drawing
from archspec.api import Spec, from_document
from archspec.backends.dot import Direction, Level, Mark, to_dot
from archspec.backends.dot.style import MACS, PARAMS, TRACK
from archspec.document import parse
from archspec.source import Source

ADDED = Mark(added=True)


def network(*rows: str, more: str = "", added: str = "") -> Spec:
    """A table of convolutions, two of them a row, and pools."""
    text = f"""
format = 1
name = "Printed"
input = "32×32×3"

[defaults]
conv = {{ pad = "same", norm = "none", act = "relu", bias = true }}
max-pool = {{ pad = 0, rounding = "floor" }}

[modules.pair]
columns = ["first", "second"]
layers = [
  {{ name = "a", type = "conv", patch = "3×3", out = "$first" }},
  {{ name = "b", type = "conv", patch = "3×3", out = "$second" }},
]

[table]
columns = ["type", "name", "patch/stride", "first", "second", "input", "output", "depth", "params", "ops", "repeat"]
rows = [
  {", ".join(rows)}
]
added = [{added}]
{more}
"""
    return from_document(parse(Source("printed.toml", text)))


SOUND = '["pair", "p", "", 4, 8, "32×32×3", "32×32×8", 2, 396, 405504, ""]'
POOL = '["max pool", "m", "2×2/2", "", "", "", "16×16×8", "", "", "", ""]'


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([SOUND, POOL], {}),
        ([SOUND.replace("32×32×8", "32×32×9")], {"p": Mark("prints 9")}),
        ([SOUND.replace("32×32×8", "16×16×8")], {"p": Mark("prints 16×16")}),
        ([SOUND.replace("32×32×8", "16×16×9")], {"p": Mark("prints 16×16×9")}),
        ([SOUND.replace('8", 2', '8", 3')], {"p": Mark(row=("prints depth 3, gives 2",))}),
        ([SOUND.replace("32×32×3", "28×28×3")], {"p": Mark(row=("prints input 28×28, gets 32×32",))}),
        ([SOUND.replace("32×32×3", "32×32×1")], {"p": Mark(row=("prints 1 input channels, gets 3",))}),
        (
            [SOUND.replace("396, 405504", "500, 405505").replace("32×32×8", "32×32×9"), POOL],
            {"p": Mark("prints 9", ("prints 500 params, gives 396", "prints 405505 ops, gives 405504"))},
        ),
    ],
)
def test_every_claim_that_does_not_hold_is_marked_once_at_its_row(rows: list[str], wanted: dict[str, Mark]) -> None:
    assert drawing.marks(network(*rows)) == wanted


def test_the_last_instance_carries_what_is_said_of_a_repeated_row() -> None:
    row = '["pair", "p", "", 3, 3, "", "32×32×4", 7, "", "", 3]'
    assert drawing.marks(network(row)) == {"p3": Mark("prints 4", ("p prints depth 7, gives 6",))}
    assert drawing.marks(network(row.replace("32×32×4", "32×32×3").replace("7", "6"), added='"p"')) == {
        "p1": ADDED,
        "p2": ADDED,
        "p3": ADDED,
    }


def test_what_an_erratum_mends_stays_marked() -> None:
    spec = network(
        SOUND.replace("32×32×8", "32×32×9"), more='[errata]\np.output = { read = "32×32×8", why = "a slip" }'
    )
    assert spec.check().ok
    assert drawing.marks(spec) == drawing.marks(spec.as_printed()) == {"p": Mark("prints 9")}


@pytest.mark.parametrize(
    ("rows", "patch", "wanted"),
    [
        (
            [SOUND, POOL.replace("2×2/2", "64×64/2")],
            '[errata]\nm."patch/stride" = { read = "2×2/2", why = "a slip" }',
            {"m": "prints 64×64/2, read as 2×2/2"},
        ),
        (
            [SOUND, POOL.replace("max pool", "conv")],
            '[errata]\nm.type = { read = "max pool", why = "a slip" }',
            {"m": "prints conv, read as max pool"},
        ),
        (
            [SOUND.replace('"", 4, 8', '"", 5, 8')],
            "[readings.few]\np.first = 4",
            {"p": "prints first 5, read as 4"},
        ),
        (
            [SOUND.replace('"", 4, 8', '"", "", 8')],
            '[errata]\np.first = { read = 4, why = "left out" }',
            {"p": "prints no first, read as 4"},
        ),
        (
            [POOL.replace('8", "", "", "", ""', '3", "", "", "", 2')],
            '[errata]\nm.repeat = { read = "", why = "it is one" }',
            {"m": "prints repeat 2, read as blank"},
        ),
        (
            [SOUND.replace("32×32×8", "huge")],
            '[errata]\np.output = { read = "32×32×8", why = "a slip" }',
            {"p": "prints output huge, read as 32×32×8"},
        ),
    ],
)
def test_a_cell_that_makes_the_network_is_marked_where_it_is_read_otherwise(
    rows: list[str], patch: str, wanted: dict[str, str]
) -> None:
    spec = network(*rows, more=patch)
    spec = spec.reading(*spec.file.readings)
    assert spec.check().ok
    assert drawing.marks(spec) == {row: Mark(row=(text,)) for row, text in wanted.items()}


def test_a_bundled_paper_is_marked_where_its_cells_and_its_image_are_read_otherwise() -> None:
    assert drawing.marks(archspec.load("inception_resnet_v2_figures"))["b10"].row == (
        "b prints linear 1154, read as 1152",
    )
    assert drawing.marks(archspec.load("inception_v2"))["conv6"].row == ("prints conv, read as conv padded",)
    alexnet = archspec.load("alexnet")
    levels: tuple[Level, ...] = ("overview", "full")
    for level in levels:
        picture = to_dot(alexnet.graph(), level=level, marks=drawing.marks(alexnet))
        assert picture.count("! prints 224×224×3<") == picture.count("! what the paper prints") == 1
        later = to_dot(alexnet.graph(), level=level, marks=drawing.marks(alexnet), only="conv2-conv5")
        assert "! " not in later


def test_claims_are_not_held_against_another_network() -> None:
    spec = network(SOUND.replace("32×32×8", "32×32×9"), POOL, more="[variants.wide]\np.second = 16", added='"m"')
    assert drawing.marks(spec.variant("wide")) == {"m": ADDED}
    assert drawing.marks(spec.with_input("64×64")) == {"m": ADDED}
    assert drawing.marks(archspec.load("alexnet").variant("torchvision")) == {}


@pytest.mark.parametrize("name", ["bn_inception", "googlenet", "alexnet"])
def test_marks_are_what_validate_reports(name: str) -> None:
    spec = archspec.load(name).as_printed()
    marked = {row for row, mark in drawing.marks(spec).items() if mark.output or mark.row}
    assert marked == {one.row for one in spec.check().diagnostics}


@pytest.mark.parametrize("level", ["overview", "full", "module"])
def test_a_picture_says_each_remark_once_and_explains_its_signs(level: Level) -> None:
    spec = network(
        SOUND.replace("32×32×8", "32×32×9").replace("396", "500"), POOL.replace("16×16×8", "15×15×8"), added='"p"'
    )

    def text(row: str) -> str:
        said: dict[str, Any] = {"module": row} if level == "module" else {"only": row}
        return to_dot(spec.graph(), level=level, marks=drawing.marks(spec), **said)

    first, second = text("p"), text("m")
    for remark in ("! prints 9<", "! prints 500 params, gives 396<", "+ a row that the paper"):
        assert first.count(remark) == 1, remark
        assert remark not in second
    assert second.count("! prints 15×15<") == 1
    assert first.count("! what the paper prints") == second.count("! what the paper prints") == 1
    assert "! what the paper prints" not in to_dot(spec.graph(), level="overview")


def test_a_card_shows_every_branch_of_blocks_in_blocks_that_call_them_alike() -> None:
    block = '{ type = "conv", patch = "1×1", out = 5 }'
    for depth in range(1, 5):
        others = f'{{ name = "b", type = "identity" }}, {{ name = "c", type = "conv", patch = "3×3", out = {depth} }}'
        block = f'{{ join = "concat", branches = [{{ name = "a", layers = [{block}] }}, {others}] }}'
    text = f"""
format = 1
name = "Nested"
input = "8×8×8"
defaults.conv = {{ pad = "same", norm = "none", act = "relu", bias = true }}
network.layers = [{{ name = "x", layers = [{block}] }}]
"""
    picture = to_dot(from_document(parse(Source("nested.toml", text))).graph())
    assert [picture.count(f"3×3 <B>{depth}</B>") for depth in range(1, 5)] == [1, 1, 1, 1]
    assert picture.count("1×1 <B>5</B>") == 1
    assert picture.count(">input<") == 4


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("name", ["googlenet", "inception_v2", "resnet50"])
def test_bars_stay_whole_and_together_also_in_wide_and_tall_cards(name: str, direction: Direction) -> None:
    spec = archspec.load(name)
    laid = engine_json(to_dot(spec.graph(), marks=drawing.marks(spec), direction=direction))
    gaps = set()
    for item in laid["objects"]:
        parts = []
        colour = ""
        for command in item.get("_ldraw_", []):
            colour = command["color"] if command["op"] == "C" else colour
            if command["op"] == "P" and colour in (MACS, PARAMS, TRACK):
                across, up = zip(*command["points"], strict=True)
                parts.append((min(across), max(across), min(up)))
        for (_, end, _), (start, _, _) in zip(parts[::2], parts[1::2], strict=True):
            assert start == pytest.approx(end)
        gaps |= {round(above[2] - below[2], 1) for above, below in pairwise(parts[::2])}
    assert len(gaps) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--level", "module"],
            "--level module draws one row; name it with --module ROW; rows that are modules: conv2, conv3",
        ),
        (["--level", "full", "--module", "conv2"], "--level full draws many rows; name some with --only"),
        (["--module", "conv2", "--only", "conv2"], "--module draws one row, --only draws several; give one of the two"),
    ],
)
def test_the_command_line_answers_in_its_own_words(
    arguments: list[str], message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["render", "resnet18", "-o", str(tmp_path / "picture.svg"), *arguments]) == 2
    assert message in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_have_blanks_and_letters_of_any_script(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "ein Bild é 图.dot"
    assert cli.main(["render", "lenet", "-o", str(target)]) == 0
    assert capfd.readouterr().out == f"wrote {target}\n"
    assert target.read_text(encoding="utf-8").startswith("digraph")
