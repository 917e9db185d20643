"""The files of toml-test, the tests of the TOML language: what is read, where it stands, and what is refused.

They are no part of this repository. Debian has them in golang-github-burntsushi-toml-dev, which .ci/run installs;
TOML_TEST names another folder with `valid` and `invalid` in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
from test_fuzz import FORMATS, check, run

from archspec.document import decode
from archspec.places import Place, scan

DEBIAN = "/usr/share/gocode/src/github.com/BurntSushi/toml/internal/toml-test/tests"
FOLDER = Path(os.environ.get("TOML_TEST", DEBIAN))

pytestmark = pytest.mark.slow


def files(kind: str) -> list[Path]:
    found = sorted((FOLDER / kind).rglob("*.toml"))
    if not found:
        pytest.fail(
            f"no toml-test file in {FOLDER / kind}: apt-get install golang-github-burntsushi-toml-dev, "
            "or let TOML_TEST name the folder `tests` of github.com/toml-lang/toml-test"
        )
    return found


def test_valid_and_invalid_files_end_in_0_or_1() -> None:
    for index, path in enumerate([*files("valid"), *files("invalid")]):
        check(path.read_bytes(), FORMATS[index % len(FORMATS)])


def test_an_invalid_file_is_refused_with_a_place() -> None:
    for path in files("invalid"):
        data = path.read_bytes()
        code, out, _ = run(data, "validate", "-", "--format", "concise")
        assert code == 1, path
        assert out.startswith(b"<stdin>:"), path
        try:
            tomli.loads(data.decode("utf-8"))
        except ValueError:
            assert b": error[AS00" in out, path
            assert run(data, "fmt", "-")[:2] == (1, b""), path
        # else TOML 1.1 has it, and the file is only no spec


def test_fmt_keeps_every_valid_file() -> None:
    for path in files("valid"):
        data = path.read_bytes()
        code, out, _ = run(data, "fmt", "-")
        assert code == 0, path
        assert repr(tomli.loads(out.decode("utf-8"))) == repr(tomli.loads(data.decode("utf-8-sig"))), path
        assert run(out, "fmt", "-")[1] == out, path


# --- places ----------------------------------------------------------------------------------------------------------


def differences(place: Place, value: Any, text: str, at: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Where a tree of places is another one than that of the values; and where a span is not the text of its value, or
    of its key."""
    children: dict[Any, Any] = {}
    if isinstance(value, (dict, list)):
        children = value if isinstance(value, dict) else dict(enumerate(value))
    if set(place.children) != set(children):
        yield f"{at}: places of {list(place.children)}, values of {list(children)}"
        return
    cut = text[slice(*place.value)]
    if place.kind != "section" and repr(parsed(f"a = {cut}").get("a")) != repr(value):
        yield f"{at}: {cut!r} is not {value!r}"
    if place.key is not None:  # that of a table in an array is what the header calls the array
        key = text[slice(*place.key)]
        name = next(part for part in reversed(at) if isinstance(part, str))
        if list(parsed(f"{key} = 1")) != [name]:
            yield f"{at}: {key!r} is not {name!r}"
    for step, child in children.items():
        yield from differences(place.children[step], child, text, (*at, step))


def parsed(text: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except ValueError:
        return {}


def test_places_are_those_of_the_values() -> None:
    found = []
    for path in files("valid"):
        text = decode(path.read_bytes())
        found += [f"{path}: {one}" for one in differences(scan(text).root, tomli.loads(text), text)]
    assert not found, "\n".join(found)


def test_the_comparison_of_places_can_fail() -> None:
    text = "a = [1, { b = 2 }]\n[c]\nd = 3\n"
    values = tomli.loads(text)
    assert not list(differences(scan(text).root, values, text))
    assert list(differences(scan(text.replace("2", "3")).root, values, text.replace("2", "3")))
    assert list(differences(scan(text).root, values | {"e": 1}, text))
    assert list(differences(scan(f" {text}").root, values, text))
    root = scan(text).root
    del root.children["a"].children[1]
    assert list(differences(root, values, text))
