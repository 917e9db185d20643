"""The layers of docs/design.md: each module imports only from modules above it, and only the torch backend imports
torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "archspec"

# Top to bottom. A module may import those above it; a package stands for its modules, which may import each other.
ORDER = """
    source shape field diagnostic initialisation whole_file extras memory
    places limits toml_errors document
    vocabulary meanings habits notation compound filling ops names
    graph
    renaming file layer captions modules patches sections unread declared spec
    resolve steps instances row_nodes operation expand shifted presets cells elaborate
    allowing cost smallest claims checks recovery repairs check
    edit fixes
    snippet report
    table diff formatting fixing schema
    importing
    parameters
    backends render
    bundled explanations report_formats weights_report weights api drawing
    lsp
    commands cli __main__
""".split()

# What a backend may know: a graph and what a graph is made of.
BACKENDS_READ = {"backends", "graph", "ops", "shape", "diagnostic", "names", "initialisation", "cost", "whole_file"}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions; not what it imports for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "archspec":
            yield from (f"archspec.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_the_layers_above(path: Path) -> None:
    own = layer_of(path)
    assert own in ORDER, f"{own} has no place in ORDER"
    for name in imports(path):
        if not name.startswith("archspec."):
            continue
        other = name.split(".")[1]
        if other == "__version__":
            continue
        assert ORDER.index(other) <= ORDER.index(own), f"{own} imports {other}, which stands below it"
        if own == "backends":
            assert other in BACKENDS_READ, f"a backend knows nothing of {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_torch_is_imported_by_the_torch_backend_alone(path: Path) -> None:
    found = {name.split(".")[0] for name in imports(path)}
    if not path.name.startswith("torch_"):
        assert not found & {"torch", "safetensors", "numpy"}


def test_a_file_holds_one_idea() -> None:
    long = {path.name: lines for path in FILES if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert not long


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running some code."""
    program = f"{code}\nimport sys; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.splitlines()[-1].split())


def test_the_torch_free_test_can_fail() -> None:
    assert "torch" in loaded("import torch")


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "bn_inception", "--as-printed"],
        ["validate", "bn_inception", "--format", "json"],
        ["table", "googlenet"],
        ["render", "resnet18", "-o", "{folder}/picture.svg"],
        ["build", "resnet18", "-o", "{folder}/model.py"],
        ["list"],
        ["explain", "AS301"],
        ["fmt", "--check", "{specs}"],
        ["schema"],
        ["schema", "bn_inception"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_no_verb_that_needs_no_tensor_imports_torch(arguments: list[str], tmp_path: Path) -> None:
    line = [argument.format(folder=tmp_path, specs=PACKAGE.parent / "specs") for argument in arguments]
    found = loaded(f"from archspec.cli import main; main({line!r})")
    assert "archspec" in found
    assert not found & {"torch", "numpy", "safetensors"}


def test_importing_the_package_imports_nothing_else() -> None:
    assert not loaded("import archspec") & {"torch", "pydantic", "tomli"}
