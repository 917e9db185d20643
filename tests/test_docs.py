"""What the documentation shows, run.

docs/spec-format.md: every ```toml block is laid into the file of the first: [table] or [network] takes the place of the
table, elsewhere a key takes the place of that key. `# error: CODE` says what is reported for its line, and nothing else
may be. The tables of cells, operations and library modules are read and compared with the code.

docs/tutorial.md: the blocks are followed in order in an empty folder. ```toml that starts with `format` becomes
`small.toml`, other ```toml is added at its end, ```diff changes lines of it. ```console runs the lines that begin with
`$ archspec` and compares what is printed; ```python is a doctest. A line `...` stands for any lines. `pytest --update`
writes the output and the pictures anew.

README.md follows the same rules for ```console and ```python; commands other than archspec are not run.

docs/peers.md: ```toml is `cell.toml`, and each ```diff changes it anew before the ```console after it runs.
docs/diagnostics.md is what docs/make_diagnostics.py writes.
"""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli

from archspec import api, bundled, cli, file
from archspec.diagnostic import Diagnostic, Fault
from archspec.document import Document, parse
from archspec.explanations import FOLDER
from archspec.initialisation import SCHEMES
from archspec.modules import library_module, library_names
from archspec.notation import SYNONYMS, Cell
from archspec.resolve import no_columns
from archspec.resolve import parse as parse_cell
from archspec.source import Source
from archspec.vocabulary import (
    BLOCK_KEYS,
    BLOCK_PARTS,
    CHOICES,
    CLAIMS,
    HEAD_KEYS,
    LAYER_KEYS,
    OPERATION_SYNONYMS,
    OPERATIONS,
)

ROOT = Path(__file__).parent.parent
FORMAT = ROOT / "docs" / "spec-format.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
PEERS = ROOT / "docs" / "peers.md"
README = ROOT / "README.md"


@dataclass(frozen=True)
class Fenced:
    """A fenced block: its language, its text, and the line of its fence."""

    language: str
    text: str
    line: int


def fenced(path: Path) -> list[Fenced]:
    text = path.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Fenced(one[1], one[2], text.count("\n", 0, one.start()) + 1) for one in found]


def spans(text: str) -> list[str]:
    """The inline code of a text."""
    return re.findall(r"`([^`\n]+)`", text)


def table_rows(path: Path, heading: str) -> list[list[str]]:
    """The cells of the table whose first caption is `heading`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


# --- the examples of the format --------------------------------------------------------------------------------------


def sections(text: str) -> dict[str, list[str]]:
    """The lines of a TOML text by the header they stand under, the header included."""
    found: dict[str, list[str]] = {"": []}
    header = ""
    for line in text.splitlines():
        if one := re.match(r"\[[\w.-]+\]", line):
            header = one[0]
        found.setdefault(header, []).append(line)
    return found


def laid(base: str, fragment: str) -> str:
    """The base with the sections and keys of a fragment."""
    found = sections(base)
    for header, lines in sections(fragment).items():
        if header in ("[table]", "[network]"):
            found.pop("[table]")
            found[header] = lines
            continue
        keys = {line.partition("=")[0].strip() for line in lines if re.match(r'[\w."*-]+\s*=', line)}
        kept = [line for line in found.get(header, []) if line.partition("=")[0].strip() not in keys]
        found[header] = kept + [line for line in lines if not (kept and line.startswith("["))]
    return "\n".join(line for lines in found.values() for line in lines) + "\n"


def lines_at_fault(document: Document, found: tuple[Diagnostic, ...]) -> set[tuple[int, str]]:
    starts = [(one.code, document.span(one.path, one.labels[0].on).start) for one in found]
    return {(document.source.position(start)[0], code) for code, start in starts}


FORMAT_BLOCKS = [one for one in fenced(FORMAT) if one.language == "toml"]


@pytest.mark.parametrize("block", FORMAT_BLOCKS, ids=lambda block: f"line {block.line}")
def test_an_example_of_the_format_holds(block: Fenced) -> None:
    text = laid(FORMAT_BLOCKS[0].text, block.text) if block is not FORMAT_BLOCKS[0] else block.text
    marked = {(number, code) for number, line in enumerate(text.splitlines(), 1)
              for code in re.findall(r"# error: (AS\d+)", line)}  # fmt: skip
    document = parse(Source("example.toml", text))
    spec = api.from_document(document)
    variants = [spec.variant(name) for name in spec.file.variants]
    reported = {line for one in (spec, *variants) for line in lines_at_fault(document, one.check().diagnostics)}
    assert reported == marked
    if not marked:
        for one in (*spec.every_reading(), *variants):
            assert one.graph().nodes


def test_a_mark_that_nothing_reports_fails() -> None:
    wrong = Fenced("toml", "[params]\nclasses = 10 # error: AS103\n", 0)
    with pytest.raises(AssertionError):
        test_an_example_of_the_format_holds(wrong)


# --- its tables ------------------------------------------------------------------------------------------------------


def values(written: str) -> list[Cell]:
    """Each inline code of a text as the cell it stands for."""
    return [Cell(tomli.loads(f"x = {text}")["x"], (), "example", "") for text in spans(written)]


def test_cells_are_read_and_refused_as_the_table_says() -> None:
    kinds = {row[0]: row[1:] for row in table_rows(FORMAT, "kind")}
    keys: dict[str, set[str]] = {}
    for read in (*(one.keys for one in OPERATIONS.values()), LAYER_KEYS, BLOCK_KEYS, HEAD_KEYS, CLAIMS):
        for key, how in read.items():
            keys.setdefault(how, set()).add(key)
    del keys["type"]  # words and names: section 5
    assert {kind: set(spans(row[0])) for kind, row in kinds.items()} == keys
    for kind, (_, written, refused) in kinds.items():
        for cell in values(written):
            parse_cell(cell, kind, no_columns)  # type: ignore[arg-type]
        for cell in values(refused):
            with pytest.raises(Fault):
                print(kind, "reads", cell.value, "as", parse_cell(cell, kind, no_columns))  # type: ignore[arg-type]


def test_every_operation_is_listed_with_its_keys() -> None:
    listed = {name: row for row in table_rows(FORMAT, "operation") for name in spans(row[0])}
    assert set(listed) == set(OPERATIONS)
    for name, (_, needed, has_value) in listed.items():
        operation = OPERATIONS[name]
        neutral = {key: value for key, value in operation.neutral.items() if key in operation.keys}
        assert tomli.loads("\n".join(spans(has_value))) == neutral, name
        assert set(spans(needed)) == set(operation.keys) - set(neutral), name


def test_every_library_module_is_listed_with_its_columns() -> None:
    listed = {spans(row[0])[0]: row for row in table_rows(FORMAT, "module")}
    assert set(listed) == set(library_names())
    for name, row in listed.items():
        module = library_module(name)
        required = [module.captions[key] for key in module.columns if key not in module.optional]
        optional = {module.captions[key]: cell.value for key, cell in module.optional.items()}
        assert spans(row[1]) == required, name
        assert tomli.loads("\n".join(spans(row[2]))) == optional, name


def test_the_names_shown_are_names_of_parameters() -> None:
    nodes = {node.name for name in bundled.names() for node in api.load(name).graph().nodes}
    shown = [span for row in table_rows(FORMAT, "where") for span in spans(row[1])]
    assert {name.rpartition(".")[0] for name in shown} - nodes == set()


def test_every_word_of_the_language_is_documented() -> None:
    words = {*OPERATIONS, *LAYER_KEYS, *BLOCK_KEYS, *BLOCK_PARTS, *HEAD_KEYS, *CLAIMS, *SCHEMES}
    words |= {key for operation in OPERATIONS.values() for key in operation.keys}
    words |= {*SYNONYMS, *SYNONYMS.values(), *OPERATION_SYNONYMS}
    words |= {word for choices in CHOICES.values() for word in choices}
    models = (file.File, file.Paper, file.Unit, file.Units, file.PrintedTable, file.Network)
    words |= {name for model in models for name in model.model_fields}
    text = re.sub(r"^```.*?^```$", "", FORMAT.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    documented = {word for span in spans(text) for word in re.findall(r"[\w-]+", span)}
    assert words - documented == set()


def anchors(page: Path) -> set[str]:
    """What the titles of a page are called in links to it."""
    titles = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_lead_somewhere() -> None:
    for page in (FORMAT, TUTORIAL, README, PEERS, ROOT / "docs" / "ci.md", ROOT / "docs" / "diagnostics.md"):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if target.startswith("http"):
                continue
            path, _, anchor = target.partition("#")
            other = page.parent / path if path else page
            assert other.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(other), f"{page.name}: {target}"


# --- commands and Python ---------------------------------------------------------------------------------------------


def matches(wanted: str, got: str) -> bool:
    """Whether a text is the wanted one; a line `...` stands for any lines. Blanks at the ends of lines do not count."""
    parts = [re.escape(line.rstrip()) + "\n" if line.strip() != "..." else "(?s:.*)" for line in wanted.splitlines()]
    return re.fullmatch("".join(parts), "".join(f"{line.rstrip()}\n" for line in got.splitlines())) is not None


Console = Callable[[Fenced, Path], None]


@pytest.fixture
def console(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Console:
    """Run the archspec commands of a block and compare; `--update` writes what they print where nothing is left out."""

    def run(block: Fenced, page: Path) -> None:
        for step in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, wanted = step.partition("\n")
            program, *arguments = shlex.split(command, comments=True)
            if program != "archspec":
                assert page is README, f"{page.name}:{block.line}: nothing runs {command}"
                continue
            cli.main(arguments)
            printed = capsys.readouterr()
            got = f"{(printed.out + printed.err).rstrip()}\n"
            if request.config.getoption("--update") and "..." not in wanted.splitlines():
                text = page.read_text(encoding="utf-8")
                page.write_text(text.replace(f"$ {step}", f"$ {command}\n{got}"), encoding="utf-8", newline="\n")
            else:
                assert matches(wanted.rstrip(), got), f"{page.name}:{block.line}: {command}\n{got}"

    return run


def run_python(block: Fenced, page: Path, names: dict[str, object]) -> None:
    """Run a block as a doctest, or as it stands where it has no prompt."""
    if ">>> " not in block.text:
        exec(compile(block.text, f"{page.name}:{block.line}", "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block.text, names, page.name, page.name, block.line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    runner.run(test, out=said.append, clear_globs=False)
    names |= test.globs
    assert not said, "".join(said)


def apply_diff(text: str, diff: str) -> str:
    """The text with the removed lines of a diff replaced by the added ones."""
    removed, added = ("".join(f"{line[1:]}\n" for line in diff.splitlines() if line[0] == sign) for sign in "-+")
    assert text.count(removed) == 1, removed
    return text.replace(removed, added)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, from which Python imports too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def test_the_tutorial_can_be_followed(folder: Path, console: Console, request: pytest.FixtureRequest) -> None:
    spec = folder / "small.toml"
    names: dict[str, object] = {}
    for block in fenced(TUTORIAL):
        match block.language:
            case "toml" if block.text.startswith("format"):
                spec.write_text(block.text, encoding="utf-8")
            case "toml":
                spec.write_text(f"{spec.read_text(encoding='utf-8')}\n{block.text}", encoding="utf-8")
            case "diff":
                spec.write_text(apply_diff(spec.read_text(encoding="utf-8"), block.text), encoding="utf-8")
            case "console":
                console(block, TUTORIAL)
            case "python":
                run_python(block, TUTORIAL, names)
            case other:
                pytest.fail(f"{TUTORIAL.name}:{block.line}: nothing runs a block of {other}")
    for drawn in folder.glob("*.svg"):
        shown = ROOT / "docs" / "images" / drawn.name
        if request.config.getoption("--update"):
            shown.write_bytes(drawn.read_bytes())
        assert words_of(shown) == words_of(drawn), f"docs/images/{drawn.name} shows something else: pytest --update"


def words_of(picture: Path) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)<", picture.read_text(encoding="utf-8"))


def test_the_readme_can_be_followed(folder: Path, console: Console) -> None:
    names: dict[str, object] = {}
    for block in fenced(README):
        if block.language == "console":
            console(block, README)
        elif block.language == "python":
            run_python(block, README, names)


def test_the_faults_that_peers_were_tried_with(folder: Path, console: Console) -> None:
    (cell,) = (block.text for block in fenced(PEERS) if block.language == "toml")
    (folder / "cell.toml").write_text(cell, encoding="utf-8")
    for block in fenced(PEERS):
        if block.language == "diff":
            (folder / "cell.toml").write_text(apply_diff(cell, block.text), encoding="utf-8")
        elif block.language == "console":
            console(block, PEERS)


def test_the_page_of_diagnostics_is_what_make_docs_writes() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "docs" / "make_diagnostics.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (made.stdout, made.stderr, made.returncode) == ("", "", 0)


def test_a_page_of_a_code_says_what_why_and_how_to_mend_it() -> None:
    for path in FOLDER.glob("*.md"):
        found = re.findall(r"^## (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
        examples = ["Broken", "Mended"] if path.stem != "AS901" else []
        assert found == ["Why it matters", "How to mend it", *examples], path.name


def test_output_that_differs_is_seen(folder: Path, console: Console) -> None:
    with pytest.raises(AssertionError, match="archspec list"):
        console(Fenced("console", "$ archspec list\n...\nvgg99\n", 0), TUTORIAL)


# --- docstrings ------------------------------------------------------------------------------------------------------

MODULES = [
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for path in sorted((ROOT / "archspec").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_docstring_hold(name: str, folder: Path) -> None:
    found = doctest.testmod(importlib.import_module(name.removesuffix(".__init__")), optionflags=doctest.ELLIPSIS)
    assert found.attempted
    assert not found.failed
