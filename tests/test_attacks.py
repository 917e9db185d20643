"""Files that are meant to hurt (tests/attacks/corpus.py): every verb ends on every one of them with 0, 1 or 2, in two
seconds of processor time and 200 MiB, without a traceback and without a sign that a terminal would obey.

`build` is measured as the source, which needs no torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from attacks.corpus import SPECS, TABLES
from attacks.running import Run, Runner

SECONDS = 2.0  # of processor time, without what imports take
MIB = 200.0
FORMATS = ("concise", "json", "jsonl", "sarif", "github")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")

VERBS: dict[str, tuple[str, ...]] = {
    "validate": ("validate", "a.toml"),
    **{form: ("validate", "--format", form, "a.toml") for form in FORMATS},
    "table": ("table", "a.toml"),
    **{f"table {form}": ("table", "--format", form, "a.toml") for form in ("md", "csv", "json")},
    "min-input": ("table", "--min-input", "a.toml"),
    "render": ("render", "a.toml", "-o", "a.dot"),
    "render full": ("render", "a.toml", "--level", "full", "-o", "a.dot"),
    "build": ("build", "a.toml", "-o", "a.py"),
    "fmt": ("fmt", "--diff", "a.toml"),
    "schema": ("schema", "a.toml"),
    "diff": ("diff", "a.toml", "lenet"),
    "fixes": ("validate", "--diff", "--unsafe-fixes", "a.toml"),
}
EXACT = ("fmt", "fixes")  # a difference in a pipe, for `patch`; on a terminal it is escaped
OFTEN = ("validate", "table", "fmt")  # in the default suite, of every sixth file; all of all files are slow


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with Runner(tmp_path_factory.mktemp("attacks")) as runner:
        yield runner


def written(name: str, runner: Runner) -> bytes:
    made = {**SPECS, **TABLES}[name]()
    data = made if isinstance(made, bytes) else made.encode()
    (runner.folder / (name if name in TABLES else "a.toml")).write_bytes(data)
    return data


def wrong(run: Run, *, exact: bool = False) -> str:
    """What is wrong with how a run ended; nothing where nothing is. `exact` output is text of the file."""
    said = run.out.decode("utf-8", "replace") + run.err.decode("utf-8", "replace")
    found = []
    if run.code not in (0, 1, 2):
        found.append(f"exit {run.code}")
    if run.seconds > SECONDS:
        found.append(f"{run.seconds:.1f} s")
    if run.mib > MIB:
        found.append(f"{run.mib:.0f} MiB")
    if "Traceback" in said or "AS901" in said:
        found.append(said[-400:])
    if not exact and (sign := OBEYED.search(said.replace("\r\n", "\n"))):
        found.append(f"U+{ord(sign[0]):04X} is printed")
    return ", ".join(found)


def test_the_corpus_is_large() -> None:
    assert len(SPECS) + len(TABLES) >= 120
    assert all(made() or name.startswith("empty") for name, made in TABLES.items())


@pytest.mark.parametrize("name", [*SPECS][::6])
def test_a_file_cannot_hurt(runner: Runner, name: str) -> None:
    written(name, runner)
    found = {verb: said for verb in OFTEN if (said := wrong(runner.run(*VERBS[verb]), exact=verb in EXACT))}
    assert found == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_a_file_cannot_hurt_any_verb(runner: Runner, name: str) -> None:
    written(name, runner)
    ends = {verb: runner.run(*VERBS[verb]) for verb in VERBS}
    assert {verb: said for verb, run in ends.items() if (said := wrong(run, exact=verb in EXACT))} == {}
    for form in ("json", "sarif"):
        json.loads(ends[form].out)
    for line in ends["jsonl"].out.splitlines():
        json.loads(line)


@pytest.mark.parametrize("name", TABLES)
def test_a_pasted_table_cannot_hurt(runner: Runner, name: str) -> None:
    written(name, runner)
    assert wrong(runner.run("import", name)) == ""


# --- the language server ---------------------------------------------------------------------------------------------


def session(text: str) -> bytes:
    """A file opened, and everything asked of it that an editor asks."""
    uri, place = {"uri": "file:///a.toml"}, {"line": 5, "character": 12}
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": text.count("\n"), "character": 0}}
    document = {**uri, "languageId": "toml", "version": 1, "text": text}
    asked: dict[str, dict[str, Any] | None] = {
        "initialize": {"processId": None, "rootUri": None, "capabilities": {}},
        "textDocument/didOpen": {"textDocument": document},
        "textDocument/hover": {"position": place},
        "textDocument/completion": {"position": place},
        "textDocument/definition": {"position": place},
        "textDocument/references": {"position": place, "context": {"includeDeclaration": True}},
        "textDocument/documentSymbol": {},
        "textDocument/inlayHint": {"range": whole},
        "textDocument/codeAction": {"range": whole, "context": {"diagnostics": []}},
        "textDocument/formatting": {"options": {"tabSize": 2, "insertSpaces": True}},
        "shutdown": None,
        "exit": None,
    }
    frames = []
    for number, (method, params) in enumerate(asked.items()):
        if params is not None and method.startswith("textDocument/"):
            params = {"textDocument": uri, **params}
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        if method not in ("textDocument/didOpen", "exit"):
            message["id"] = number
        body = json.dumps(message).encode()
        frames.append(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    return b"".join(frames)


def served(runner: Runner, name: str) -> Run:
    (runner.folder / "session").write_bytes(session(written(name, runner).decode("utf-8", "replace")))
    return runner.run("lsp", stdin="session")


EDITED = ("laughs-concat", "modules-cycle-975", "optional-chain-242", "pool-to-999999999", "words-alike-200")


@pytest.mark.parametrize("name", EDITED)
def test_an_editor_is_answered(runner: Runner, name: str) -> None:
    run = served(runner, name)
    assert wrong(run, exact=True) == ""
    assert run.out.count(b'"id":') >= 10


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_an_editor_is_answered_whatever_is_open(runner: Runner, name: str) -> None:
    run = served(runner, name)
    assert wrong(run, exact=True) == ""
    assert run.out.count(b'"id":') >= 10


# --- the test itself -------------------------------------------------------------------------------------------------


def test_a_run_that_takes_too_much_is_seen(runner: Runner) -> None:
    assert "2.5 s" in wrong(Run(0, 2.5, 10, b"", b""))
    assert "201 MiB" in wrong(Run(0, 0.5, 201, b"", b""))
    assert "exit 3" in wrong(Run(3, 0.5, 10, b"", b""))
    assert "U+202E" in wrong(Run(0, 0.5, 10, "a\u202eb".encode(), b""))
    assert runner.run("validate", "lenet").mib > 10
