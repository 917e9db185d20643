"""The specs that ship with the package: a name in, a file out."""

from __future__ import annotations

from pathlib import Path

from archspec.diagnostic import did_you_mean


def folder() -> Path:
    """Where they lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"


def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder().glob("*.toml")))


def path_of(name: str) -> Path:
    """The file of a bundled spec. Raises `LookupError` with the nearest name where there is none."""
    if name not in names():
        hint = did_you_mean(name, names(), "`archspec list` shows the bundled ones")
        raise LookupError(f"no file and no bundled spec is called `{name}`; {hint}")
    return folder() / f"{name}.toml"
