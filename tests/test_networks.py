"""What the published tables say wrong, and nothing else: each misprint at its cell; every bundled spec clean as
read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.diagnostic import Diagnostic, Inside
from archspec.document import parse
from archspec.source import Source


class Misprint(NamedTuple):
    """What a table prints in one cell and what its other cells give; `column` is the caption of the cell blamed."""

    row: str
    column: str
    aspect: str
    printed: str
    gives: str


# Every value that a published table prints and its own columns contradict; a spec that is not here has none.
AS_PRINTED = {
    "alexnet": [Misprint("conv1", "output", "grid", "55x55", "54×54")],
    "bn_inception": [
        Misprint("conv2", "depth", "depth", "1", "2"),
        Misprint("3c", "output", "grid", "28×28", "14×14"),
        Misprint("4c", "output", "channels", "576", "608"),
        Misprint("4d", "output", "channels", "576", "608"),
        Misprint("4e", "output", "grid", "14×14", "7×7"),
    ],
    "googlenet": [
        Misprint("conv1", "params", "params", "2.7K", "9.2K"),
        Misprint("conv1", "ops", "ops", "34M", "118M"),
        Misprint("3b", "params", "params", "380K", "379K"),
        Misprint("4a", "params", "params", "364K", "367K"),
        Misprint("4b", "params", "params", "437K", "438K"),
        Misprint("4c", "params", "params", "463K", "498K"),
        Misprint("4d", "params", "params", "580K", "590K"),
        Misprint("4e", "params", "params", "840K", "847K"),
        Misprint("5a", "params", "params", "1072K", "1018K"),
        Misprint("5a", "ops", "ops", "54M", "51M"),
        Misprint("5b", "params", "params", "1388K", "1409K"),
    ],
    "inception_resnet_v2_figures": [
        Misprint("b", "linear", "sum", "1154", "1152"),
        Misprint("c", "linear", "sum", "2048", "2144"),
    ],
    "inception_v2": [Misprint("figure5", "input size", "input", "35×35", "33×33")],
}
ASPECTS = {"AS201": "grid", "AS301": "channels", "AS302": "channels", "AS501": "depth"}


def of_text(text: str) -> Spec:
    return from_document(parse(Source("spec.toml", text)))


def text_of(name: str) -> str:
    return bundled.path_of(name).read_text(encoding="utf-8")


def value_at(spec: Spec, path: tuple[Any, ...]) -> Any:
    """The text that a path leads to, cut to its `Inside`."""
    value: Any = spec.document.values
    for step in path:
        value = value[step.start : step.end] if isinstance(step, Inside) else value[step]
    return value


def misprints(spec: Spec, found: Diagnostic) -> list[Misprint]:
    """What a diagnostic says is misprinted: the text under each of its marks for a printed value, and what is given."""
    if found.code == "AS303":
        facts = {"sum": found.facts["wanted"]}
    elif found.code == "AS305":
        facts = dict(zip(("input", "input channels"), found.facts["gives"], strict=False))
    elif "gives" in found.facts:
        facts = {ASPECTS[found.code]: found.facts["gives"]}
    else:
        facts = {aspect: fact["gives"] for aspect, fact in found.facts.items()}
    made = []
    for label, (aspect, gives) in zip(found.labels, facts.items(), strict=False):
        printed = str(value_at(spec, label.path))
        if found.code != "AS303":
            assert label.text.replace("×", "x") == f"prints {printed}".replace("×", "x")
        made.append(Misprint(found.row, caption_at(spec, label.path), aspect, printed, str(gives)))
    return made


def caption_at(spec: Spec, path: tuple[Any, ...]) -> str:
    """The caption, or the key, of the cell that a path leads to."""
    keys = [step for step in path if not isinstance(step, Inside)]
    return str(spec.document.values["table"]["columns"][keys[3]] if keys[0] == "table" else keys[-1])


@pytest.mark.parametrize("name", bundled.names())
def test_as_printed(name: str) -> None:
    spec = archspec.load(name).as_printed()
    report = spec.check()
    wanted = AS_PRINTED.get(name, [])
    assert [one for found in report.diagnostics for one in misprints(spec, found)] == wanted
    assert report.ok == (not wanted)


@pytest.mark.parametrize("name", bundled.names())
def test_clean_as_read(name: str) -> None:
    spec = archspec.load(name)
    for one in (spec, *map(spec.reading, spec.file.readings)):
        report = one.check()
        assert [found.message for found in report.diagnostics] == []
        assert report.unchecked == 0


VARIANTS = [(name, variant) for name in bundled.names() for variant in archspec.load(name).file.variants]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_clean_variants(name: str, variant: str) -> None:
    """A variant is another network: the claims of its table are not checked, and the report says how many there are."""
    report = archspec.load(name).variant(variant).check()
    assert [found.message for found in report.diagnostics] == []
    assert report.unchecked > 0 or not any("output" in row.cells for row in report.spec.network.rows)


def test_two_claims_of_one_row_are_one_diagnostic() -> None:
    found = [one.message for one in archspec.load("googlenet").as_printed().check().diagnostics]
    assert found[0] == "`conv1` prints 2.7K params and 34M ops, its cells give 9.2K and 118M"
    assert len(found) == 9


@pytest.mark.parametrize("name", ["bn_inception", "googlenet"])
def test_each_erratum_is_needed(name: str) -> None:
    """Without one erratum exactly the misprint that it reads is back."""
    text = text_of(name)
    rows = {f"{one.row}.{one.column}" for one in AS_PRINTED[name]}
    lines = [line for line in text.splitlines() if line.partition(" ")[0] in rows and "why" in line]
    assert len(lines) == len(archspec.load(name).network.errata)
    for line in lines:
        row, _, column = line.partition(" ")[0].partition(".")
        spec = of_text(text.replace(line, ""))
        found = [one for diagnostic in spec.check().diagnostics for one in misprints(spec, diagnostic)]
        assert [(one.row, one.column) for one in found] == [(row, column)]


# --- BN-Inception's 4c and 4d ----------------------------------------------------------------------------------------


def test_4c_is_spelled_out_and_4d_is_the_same_slip() -> None:
    _, _, first, second, _ = archspec.load("bn_inception").as_printed().check().diagnostics
    assert first.message == "`4c` prints 576 channels, its branches give 608"
    assert first.notes == ("160 (#1×1) + 160 (#3×3) + 160 (double #3×3) + 128 (proj) = 608, not 576 (+32)",)
    assert [label.text for label in first.labels] == ["prints 576", "160", "160", "160", "128"]
    assert second.message == "`4d` prints 576 channels, its branches give 608: the same slip as `4c`"
    follows = "`4e` follows: it prints 1024 = 192 + 256 + 576 passed through; with 608 from `4d` it is 1056"
    assert follows in second.notes


def test_repairs_of_4c_and_4d() -> None:
    """Twenty repairs of two cells: the four in one column are shown; the outputs need three cells."""
    _, _, first, second, _ = archspec.load("bn_inception").as_printed().check().diagnostics
    assert first.repairs == ()
    two = [repair.edits for repair in second.repairs if repair.cells == 2]
    assert two[0] == (("4c", "proj", "128", "96"), ("4d", "proj", "128", "96"))
    assert sorted(two) == sorted([
        two[0],
        (("4c", "#1×1", "160", "128"), ("4d", "#1×1", "96", "64")),
        (("4c", "#3×3", "160", "128"), ("4d", "#3×3", "192", "160")),
        (("4c", "double #3×3", "160", "128"), ("4d", "double #3×3", "192", "160")),
    ])  # fmt: skip
    assert second.more_repairs == ((2, 16),)
    (three,) = [repair.edits for repair in second.repairs if repair.cells == 3]
    assert three == (("4c", "output", "576", "608"), ("4d", "output", "576", "608"), ("4e", "output", "1024", "1056"))


def test_a_shown_repair_mends() -> None:
    spec = archspec.load("bn_inception").as_printed()
    *_, found, _ = spec.check().diagnostics
    text = text_of("bn_inception")
    for repair in found.repairs:
        lines = text.splitlines()
        for row, caption, old, new in repair.edits:
            at = next(i for i, line in enumerate(lines) if f'"{row}",' in line)
            captions = spec.document.values["table"]["columns"]
            column = captions.index("pool+proj" if caption == "proj" else caption)
            cells = lines[at].split(",")
            cells[column] = cells[column].replace(old, new)
            lines[at] = ",".join(cells)
        mended = of_text("\n".join(lines)).as_printed()
        assert [one.row for one in mended.check().diagnostics] == ["conv2", "3c", "4e"]


# --- networks whose figures do not fit -------------------------------------------------------------------------------


def test_alexnet_needs_227() -> None:
    """The paper says 224; without padding that gives 54, and every row after it still agrees."""
    spec = of_text(re.sub(r"^input *= *(.*)$", 'input = "224x224x3"', text_of("alexnet"), flags=re.MULTILINE))
    (found,) = spec.as_printed().check().diagnostics
    assert (found.code, found.row, found.message) == ("AS201", "conv1", "`conv1` prints 55×55, its cells give 54×54")
    assert found.notes == ("floor((224 - 11) / 4) + 1 = 54",)


FIGURES = """\
format = 1
name = "Inception-ResNet-v2, figures 16 to 19"
input = "35x35x384"
[defaults]
conv = { pad = "same", bias = false, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "floor" }
[network]
layers = [
  { name = "a", type = "inception-resnet-a", repeat = 5, 1x1 = 32, 3x3 = 32, double-3x3-1 = 48, double-3x3-2 = 64, linear = 384, scale = 0.17 },
  { name = "reduce1", type = "reduction-a", k = 256, l = 256, m = 384, n = 384 },
  { name = "b", type = "inception-resnet-b", output = "17x17x1152", repeat = 10, 1x1 = 192, 7x7-reduce = 128, 1x7 = 160, 7x1 = 192, linear = 1154, scale = 0.10 },
  { name = "reduce2", type = "reduction-resnet-b", output = "8x8x2144", reduce = 256, 3x3-1 = 384, 3x3-2 = 288, double-3x3 = 320 },
  { name = "c", type = "inception-resnet-c", output = "8x8x2144", repeat = 5, 1x1 = 192, 3x3-reduce = 192, 1x3 = 224, 3x1 = 256, linear = 2048, scale = 0.20 },
]
"""  # noqa: E501


def test_a_sum_that_cannot_be_is_blamed_on_the_cell_that_set_it() -> None:
    spec = of_text(FIGURES)
    b, c = spec.check().diagnostics
    assert [one.code for one in (b, c)] == ["AS303", "AS303"]
    assert b.message == "`b`: cannot add 1154 (residual) and 1152 (shortcut) channels"
    assert (b.path, value_at(spec, b.path)) == (("network", "layers", 2, "linear"), 1154)
    assert [repair.edits for repair in b.repairs] == [(("b", "linear", "1154", "1152"),)]
    assert (c.row, value_at(spec, c.path)) == ("c", 2048)
    assert [repair.edits for repair in c.repairs] == [(("c", "linear", "2048", "2144"),)]
    mended = FIGURES.replace("linear = 1154", "linear = 1152").replace("linear = 2048", "linear = 2144")
    assert of_text(mended).check().ok


@pytest.mark.parametrize("path", sorted([*bundled.folder().glob("*.toml")]), ids=lambda path: path.stem)
def test_a_network_is_one_short_toml_file(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 200


def test_no_network_and_no_module_is_python() -> None:
    package = Path(archspec.__file__).parent
    assert {path.suffix for path in bundled.folder().iterdir()} == {".toml"}
    assert {path.suffix for path in (package / "library").iterdir()} == {".toml"}
