"""A column that a module declares under one name while everything else calls it by another: the odd one out.

A module at fault and the values of its file go in; the module as its uses read it, and what is said of the
declaration, come out. Only faults need this module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from archspec.diagnostic import Diagnostic, Label, Path, nearest, spelling
from archspec.layer import uses
from archspec.modules import Module, read_module
from archspec.notation import key_of, keys_of

ENOUGH = 2  # uses, of which a slip of the hand makes one and not all


def as_used(
    module: Module, raw: Mapping[str, Any], path: Path, values: Mapping[str, Any], faults: list[Diagnostic]
) -> tuple[Module, list[Diagnostic]]:
    """The module with each misspelt declaration read as its uses have it, one finding for each; as it is where a use
    may be what is misspelt."""
    asked = Counter(key for key, _, _ in uses(module.block))
    said = Counter(key for place, key in _keys(values, ()) if place != (*path, "optional"))
    alone = {key_of(caption): (place, caption) for place, caption in _declared(raw, path)}
    alone = {key: one for key, one in alone.items() if key not in asked and key not in said}
    found: list[Diagnostic] = []
    for key, count in asked.items():
        if key in module.captions or key == "output" or count + said[key] < ENOUGH:
            continue
        if declared := nearest(key, alone):
            place, written = alone.pop(declared)
            raw = _renamed(raw, written, key)
            label = Label(place) if place[-2] == "columns" else Label(place, on="key")
            found.append(_misspelt(module.name, written, key, label))
    if not found:
        return module, faults
    again: list[Diagnostic] = []
    return read_module(module.name, raw, path, again), [*found, *again]


def _misspelt(name: str, written: str, key: str, label: Label) -> Diagnostic:
    message = f"[modules.{name}]: no layer uses the column `{written}`; they use `{key}`"
    facts = {"nearest": key, **spelling(key_of(written), [key])}
    return Diagnostic("AS115", message, (label,), help=f"did you mean `{key}`?", facts=facts)


def _declared(raw: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    """The captions of one key that a module declares, and where."""
    columns, optional = raw.get("columns"), raw.get("optional")
    for index, caption in enumerate(columns if isinstance(columns, list) else ()):
        if isinstance(caption, str) and len(keys_of(caption)) == 1:
            yield (*path, "columns", index), caption
    for caption in optional if isinstance(optional, Mapping) else ():
        yield (*path, "optional", caption), caption


def _renamed(raw: Mapping[str, Any], written: str, key: str) -> dict[str, Any]:
    columns, optional = raw.get("columns"), raw.get("optional")
    renamed = dict(raw)
    if isinstance(columns, list):
        renamed["columns"] = [key if caption == written else caption for caption in columns]
    if isinstance(optional, Mapping):
        renamed["optional"] = {key if caption == written else caption: value for caption, value in optional.items()}
    return renamed


def _keys(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The keys that a file writes, with the path of what has them: of its tables, and of the captions of its rows."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield path, key_of(str(key))
            yield from _keys(item, (*path, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            if path == ("table", "columns") and isinstance(item, str):
                yield from ((path, key) for key in keys_of(item))
            yield from _keys(item, (*path, at))
