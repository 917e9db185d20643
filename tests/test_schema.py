"""JSON Schemas of specs, followed by the tools that editors run: tombi and taplo find nothing in good files, and tombi
each fault where it stands. Schemas are validated too, as are all good files, by a third reader of them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomli
from jsonschema import Draft7Validator

from archspec import bundled, patches
from archspec.api import Spec, from_document
from archspec.cli import main
from archspec.diagnostic import CODES
from archspec.document import parse
from archspec.explanations import FOLDER
from archspec.formatting import formatted
from archspec.modules import library_module, library_names
from archspec.schema import schema, to_text
from archspec.source import Source
from archspec.vocabulary import OPERATIONS

ROOT = Path(__file__).parent.parent
TOOLS = Path(sys.executable).parent
STATIC = schema()

SPEC = """\
format = 1
name   = "Small"
input  = "32x32x3"
reading = "one"

[params]
classes = 10

[types]
linear = { type = "linear", out = "$classes" }
"conv*" = { type = "separable-conv", multiplier = 8 }

[defaults]
conv     = { pad = "same", bias = false, norm = "none", act = "relu" }
max-pool = { pad = { bottom = 1, right = 1 }, rounding = "floor" }
batch-norm = { eps = 1e-3 }

[modules.squeeze]
columns  = ["#1x1", "#3x3"]
optional = { stride = 1, act = "relu" }
layers   = [
  { name = "conv1", type = "conv", patch = "1x1", out = "$1x1" },
  { name = "conv2", type = "conv", patch = "3x3/$stride", out = "$3x3", norm = "none" },
]
shortcut = "optional"
act      = "$act"

[network]
layers = [
  { name = "conv1", type = "conv*", patch = "3x3", out = 16, output = "32x32x61", depth = 2 },
  { name = "a", type = "squeeze", repeat = 2, 1x1 = 8, 3x3 = [16, 32], stride = 1 },
  { name = "b", type = "squeeze", "#1×1" = 8, "#3×3" = 32 },
  { name = "mix", join = "concat", branches = [ { type = "conv", patch = "1x1", filters = 8 }, { type = "max pool", patch = "2x2" } ] },
  { name = "pool", type = "max-pool", patch = "global" },
  { name = "fc", type = "linear" },
]
added = ["fc"]

[heads]
aux = { type = "linear", from = "a2", loss-weight = 0.3, out = 10 }

[errata]
conv1.output = { read = "32x32x16", why = "digits swapped" }

[allow]
conv1.depth = "the paper counts otherwise"

[readings.one]
why = "right"
a.1x1 = 8

[variants.two]
extends = []
reading = "one"
defaults.conv.norm = "batch-norm"
modules.other = { columns = ["width"], layers = [ { type = "conv", patch = "3x3", out = "$width" } ] }
b = { type = "other", width = 3 }

[weights.hub]
names = { "layer.{row}" = "{row}" }
variant = "two"
preprocess = { range = [0, 1], order = "RGB", mean = [0, 0, 0], std = [1, 1, 1] }
"""  # noqa: E501


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("spec.toml", text)))


def mended(code: str) -> str:
    found = re.search(r"^## Mended\n.*?^```toml\n(.*?)^```$", (FOLDER / f"{code}.md").read_text("utf-8"), re.M | re.S)
    return found[1] if found else ""


GOOD = {"spec": SPEC} | {name: bundled.path_of(name).read_text("utf-8") for name in bundled.names()}
GOOD |= {path.stem: text for path in sorted(FOLDER.glob("*.md")) if (text := mended(path.stem))}


class Said(NamedTuple):
    line: int  # of the file without its first line, the one that names the schema
    text: str


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Run a tool in an empty home, so that no settings of the machine count, and nothing is fetched."""

    def tool(name: str, *arguments: str | Path) -> str:
        home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
        found = subprocess.run(
            [TOOLS / name, *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "NO_COLOR": "1", **home},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert found.returncode in (0, 1), found.stderr
        return found.stdout + found.stderr

    return tool


def lay(folder: Path, name: str, text: str, of: dict[str, Any]) -> Path:
    """A file that names its schema in its first line."""
    (folder / f"{name}.json").write_text(to_text(of), encoding="utf-8")
    path = folder / f"{name}.toml"
    path.write_text(f"#:schema ./{name}.json\n{text}", encoding="utf-8")
    return path


def tombi(run: Callable[..., str], folder: Path, *paths: Path) -> list[Said]:
    """What tombi calls an error. A table in a list begins, for tombi, at the end of the line before it."""
    out = folder / "tombi.out"
    options = ("--offline", "--quiet", "--diagnostics-format", "json", "--diagnostics-file", out)
    run("tombi", "lint", *options, *paths)
    found = json.loads(out.read_text(encoding="utf-8"))
    lines = [(one["message"], *(one["range"][side]["line"] - 1 for side in ("start", "end")))
             for one in found if one["level"] == "error"]  # fmt: skip
    return [Said(first + 1 if first + 1 == last else first, text) for text, first, last in lines]


def taplo(run: Callable[..., str], *paths: Path) -> list[Said]:
    printed = run("taplo", "lint", "--no-auto-config", "--colors", "never", *paths)
    assert "found files" in printed
    return [Said(int(line) - 1, text) for text, line in re.findall(r"^error: (.*)\n +┌─ .*:(\d+):\d+$", printed, re.M)]


def test_the_spec_that_is_broken_here_is_clean() -> None:
    spec = spec_of(SPEC)
    assert spec.check().diagnostics == spec.variant("two").check().diagnostics == ()


# --- good files ------------------------------------------------------------------------------------------------------


def test_the_schema_of_all_specs(golden: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    golden("schema.json", capsys.readouterr().out)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_valid(name: str) -> None:
    own = schema(spec_of(GOOD[name]))
    Draft7Validator.check_schema(own)
    for one in (STATIC, own):
        assert [error.message for error in Draft7Validator(one).iter_errors(tomli.loads(GOOD[name]))] == []


def test_tombi_and_taplo_find_nothing_in_good_files(run: Callable[..., str], tmp_path: Path) -> None:
    paths = [lay(tmp_path, name, text, STATIC) for name, text in GOOD.items()]
    whole = [name for name in GOOD if name not in CODES]
    paths += [lay(tmp_path, f"own-{name}", GOOD[name], schema(spec_of(GOOD[name]))) for name in whole]
    modules = {key: one for key, one in STATIC.items() if key not in ("required", "oneOf")}
    for path in sorted((ROOT / "archspec" / "library").glob("*.toml")):
        paths.append(lay(tmp_path, f"library-{path.stem}", path.read_text("utf-8"), modules))
    assert tombi(run, tmp_path, *paths) == []
    assert taplo(run, *paths) == []


# --- bad files -------------------------------------------------------------------------------------------------------


class Slip(NamedTuple):
    """Text of `SPEC`, what stands there instead, and a part of what tombi says at that line."""

    old: str
    new: str
    said: str


ANY_SPEC = [
    Slip("format = 1", "format = 2", "must be const value"),
    Slip('name   = "Small"', 'nmae   = "Small"', '"nmae" is not allowed'),
    Slip('input  = "32x32x3"', "input  = 32", "expected a value of type String"),
    Slip("[params]", "[parms]", '"parms" is not allowed'),
    Slip('max-pool = { pad = { bottom = 1, right = 1 }', 'max-pool = { pad = { botom = 1 }', '"botom" is not allowed'),
    Slip('bias = false, norm = "none"', 'bias = 0, norm = "none"', "expected a value of type Boolean"),
    Slip('rounding = "floor"', 'rounding = "round"', 'must be one of ["floor", "ceil"]'),
    Slip('act = "relu" }\nmax', 'atc = "relu" }\nmax', "atc does not match the pattern"),
    Slip('"conv*" = { type', '"conv*" = { typ', '"type" is required'),
    Slip('columns  = ["#1x1"', 'colums  = ["#1x1"', '"colums" is not allowed'),
    Slip('name = "conv1", type = "conv", patch = "1x1"', 'type = "conv", ptach = "1x1"', "ptach does not match"),
    Slip('shortcut = "optional"', 'shortcut = "always"', 'must be one of ["identity", "optional"]'),
    Slip('{ name = "pool", type', "{ type", '"name" is required'),
    Slip('type = "max-pool", patch = "global"', 'type = "max-pool", out = 3', "out does not match the pattern"),
    Slip('name = "mix", join = "concat"', 'name = "mix", joint = "concat"', "joint does not match the pattern"),
    Slip('from = "a2", loss-weight', "loss-weight", '"from" is required'),
    Slip("loss-weight = 0.3", 'loss-weight = "0.3"', "does not match the pattern"),
    Slip(', why = "digits swapped" }', " }", '"why" is required'),
    Slip('conv1.depth = "the paper counts otherwise"', 'conv1.dpeth = "no"', "dpeth does not match the pattern"),
    Slip("extends = []", "extends = [1]", "expected a value of type String"),
    Slip('order = "RGB"', 'order = "GBR"', 'must be one of ["RGB", "BGR"]'),
    Slip('variant = "two"\npre', "variant = 2\npre", "expected a value of type String"),
]  # fmt: skip

THIS_SPEC = [
    Slip('type = "squeeze", "#1×1"', 'type = "squeze", "#1×1"', 'but found "squeze"'),
    Slip('name = "conv2", type = "conv"', 'name = "conv2", type = "cnov"', 'but found "cnov"'),
    Slip('"conv*" = { type = "separable-conv"', '"conv*" = { type = "seperable-conv"', 'but found "seperable-conv"'),
    Slip("repeat = 2, 1x1 = 8", "repeat = 2, 1x2 = 8", "1x2 does not match the pattern"),
    Slip("3x3 = [16, 32], stride = 1", "stride = 1", '"3x3" is required'),
    Slip("3x3 = [16, 32]", '3x3 = "16"', "does not match the pattern"),
    Slip('added = ["fc"]', 'added = ["cf"]', 'but found "cf"'),
    Slip('from = "a2"', 'from = "a3"', 'but found "a3"'),
    Slip("conv1.output = { read", "conv2.output = { read", '"conv2" is not allowed'),
    Slip("conv1.depth", "conv2.depth", '"conv2" is not allowed'),
    Slip('reading = "one"\n\n', 'reading = "two"\n\n', 'but found "two"'),
    Slip("a.1x1 = 8", "a.1x11 = 8", "1x11 does not match the pattern"),
    Slip('reading = "one"\ndef', 'reading = "two"\ndef', 'but found "two"'),
    Slip("defaults.conv.norm", "defaults.cnov.norm", "cnov does not match the pattern"),
    Slip("b = { type", "bb = { type", '"bb" is not allowed'),
    Slip('variant = "two"\npre', 'variant = "too"\npre', 'but found "too"'),
]


def broken(slip: Slip) -> tuple[str, int]:
    """The spec with a slip in it, and the line of that."""
    assert SPEC.count(slip.old) == 1, slip.old
    return SPEC.replace(slip.old, slip.new), SPEC.count("\n", 0, SPEC.index(slip.old)) + 1


@pytest.mark.parametrize(
    ("slips", "of"), [(ANY_SPEC, STATIC), (ANY_SPEC + THIS_SPEC, schema(spec_of(SPEC)))], ids=["any", "own"]
)
def test_a_fault_is_found_where_it_stands(
    slips: list[Slip], of: dict[str, Any], run: Callable[..., str], tmp_path: Path
) -> None:
    for slip in slips:
        text, line = broken(slip)
        path = lay(tmp_path, "bad", text, of)
        told = tombi(run, tmp_path, path)
        assert [one for one in told if one.line == line and slip.said in one.text], (slip, told)
        elsewhere = {one.text for one in told if one.line != line}
        assert elsewhere <= {'"name" is required'}, (slip, told)  # of the file, where it was misspelt


def test_taplo_blames_no_other_line(run: Callable[..., str], tmp_path: Path) -> None:
    own = schema(spec_of(SPEC))
    for slip in THIS_SPEC[:6]:  # in rows and steps: faults of a table are shown at all that is in it
        text, line = broken(slip)
        assert {one.line for one in taplo(run, lay(tmp_path, "bad", text, own))} == {line}, slip


def test_the_cells_of_a_table_are_those_of_its_columns() -> None:
    text = GOOD["bn_inception"]
    own = Draft7Validator(schema(spec_of(text)))
    for old, new, place in (
        ('"3a",    "",         "28×28×256",  3,', '"3a",    "",         "28×28×256",  "3",', [4, 4]),
        ('["linear",       "fc"', '["lienar",       "fc"', [15, 0]),
        ('96, "avg + 64"]', '96, "avg + 64", 1]', [5]),
        ('96, "avg + 64"]', "96, 64]", [5, 10]),
    ):
        assert text.count(old) == 1
        (error,) = own.iter_errors(tomli.loads(text.replace(old, new)))
        assert list(error.absolute_path) == ["table", "rows", *place]


def test_the_settings_that_the_documentation_shows(run: Callable[..., str], tmp_path: Path) -> None:
    page = (ROOT / "docs" / "editors.md").read_text("utf-8").partition("\n## Schema\n")[2]
    _, of_tombi, of_taplo = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "tombi.toml").write_text(of_tombi, encoding="utf-8")
    (tmp_path / ".taplo.toml").write_text(of_taplo, encoding="utf-8")
    (tmp_path / "archspec.schema.json").write_text(to_text(STATIC), encoding="utf-8")
    (tmp_path / "specs").mkdir()
    path = tmp_path / "specs" / "small.toml"
    path.write_text(SPEC.replace("format = 1", "format = 1\nfromat = 1"), encoding="utf-8")
    assert '"fromat" is not allowed' in run("tombi", "lint", "--offline", path)
    assert "'fromat' was unexpected" in run("taplo", "lint")


# --- every key -------------------------------------------------------------------------------------------------------


def types() -> Iterator[tuple[str, str]]:
    """Each key of each operation and of each module of the library."""
    yield from ((name, key) for name, operation in OPERATIONS.items() for key in operation.keys)
    yield from ((name, key) for name in library_names() for key in library_module(name).columns)


@pytest.mark.parametrize("where", ["row", "head", "inner", "step"])
def test_a_misspelt_key_of_a_type_is_refused(where: str) -> None:
    own = schema(spec_of(GOOD["bn_inception"]))
    layer = Draft7Validator({"$ref": f"#/definitions/{where}", "definitions": own["definitions"]})

    def refused(name: str, key: str) -> bool:
        found = {"type": name, "name": "a", "from": "3a", key: 1}
        return any("propertyNames" in error.absolute_schema_path and error.instance == key
                   for error in layer.iter_errors(found))  # fmt: skip

    for name, key in types():
        known = {*OPERATIONS[name].keys} if name in OPERATIONS else {*library_module(name).columns}
        assert not refused(name, key), (name, key)
        for wrong in (f"{key}s", f"x{key}", key[:-1] + "q"):
            assert wrong in known or refused(name, wrong), (name, wrong)


def test_a_patch_has_the_keys_of_the_language() -> None:
    own_keys = set(STATIC["definitions"]["variant"]["properties"])
    assert own_keys == set(patches.RESERVED)


def test_every_key_of_the_language_says_what_it_is() -> None:
    def silent(one: Any, path: tuple[str, ...]) -> Iterator[str]:
        for key, value in one.get("properties", {}).items():
            if value is not True and "description" not in value and "then" not in path:
                yield ".".join((*path, key))

    assert list(silent(STATIC, ())) == []
    # what stands in a table of padding is named by its side, and a type by the definition that it refers to
    found = [text for name, one in STATIC["definitions"].items() for text in silent(one, (name,))]
    assert [text for text in found if not text.endswith(".type")] == []


# --- the command -----------------------------------------------------------------------------------------------------


def test_a_schema_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "own.json"
    assert main(["schema", "resnet18", "-o", str(target)]) == 0
    assert capsys.readouterr().out.startswith(f"wrote {target};")
    assert main(["schema", "resnet18"]) == 0
    assert capsys.readouterr().out == target.read_text("utf-8")
    assert main(["schema", "-o", str(tmp_path / "none" / "x.json")]) == 2
    assert main(["schema", "resnet19"]) == 2
    (tmp_path / "bad.toml").write_text("format = 2\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["schema", str(tmp_path / "bad.toml")]) == 1
    assert "AS005" in capsys.readouterr().out


def test_a_spec_that_is_not_finished_has_a_schema() -> None:
    text = SPEC.replace('type = "squeeze", "#1×1"', 'type = "squeze", "#1×1"').replace('"$3x3"', '"$3x4"')
    own = schema(spec_of(text))
    Draft7Validator.check_schema(own)
    assert "squeeze" in own["definitions"]["row-type"]["anyOf"][0]["enum"]


def test_names_may_be_written_as_the_paper_prints_them() -> None:
    text = SPEC.replace("[modules.squeeze]", '[modules."Squeeze 2"]').replace(
        "[mod", "squeeze-2 = { stride = 1 }\n\n[mod", 1
    )
    text = text.replace('type = "squeeze", r', 'type = "squeeze-2", r').replace(
        'type = "squeeze"', 'type = "Squeeze 2"'
    )
    assert spec_of(text).check().ok
    assert not list(Draft7Validator(schema(spec_of(text))).iter_errors(tomli.loads(text)))


def test_the_line_that_names_a_schema_stays() -> None:
    text = "#:schema ./schema.json\n" + SPEC
    assert spec_of(text).check().ok
    assert formatted(Source("spec.toml", text)) == "#:schema ./schema.json\n" + formatted(Source("spec.toml", SPEC))
    assert spec_of(text).edit({"b.3x3": 16}).to_toml().startswith("#:schema ./schema.json\n")
