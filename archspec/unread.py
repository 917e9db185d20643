"""Parameters that nothing reads: the cells and the document of a file in; AS115 for each of them out.

Whoever gives one of them another value would get the same network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from archspec.diagnostic import Diagnostic, Label, nearest
from archspec.document import Document
from archspec.notation import Cell, references
from archspec.patches import Sections


def unread(found: Sections, document: Document, given: Collection[str]) -> Iterator[Diagnostic]:
    """AS115 for parameters that no part of the file reads or, of those that the caller gave, nothing of what was
    chosen. One that a reference may have meant, which is reported itself, is left out."""
    rows = (*found.rows.values(), *found.heads.values())
    read = _referred((*rows, *found.types.values(), *found.defaults.values()))
    if found.params.keys() <= read:
        return
    anywhere = read | read_anywhere(document)
    for key, cell in found.params.items():
        misspelt = any(nearest(other, [key]) for other in anywhere - found.params.keys())
        if key not in (read if key in given else anywhere) and not misspelt:
            what = "the network as it is chosen" if key in anywhere else "the file"
            message, label = f"nothing in {what} reads the parameter `{key}`", Label(cell.path or ("params",), on="key")
            help_ = f'write "${key}" in the cells that it gives, or take it out'
            yield Diagnostic("AS115", message, (label,), help=help_, facts={"unread": key})


@lru_cache(maxsize=16)
def read_anywhere(document: Document) -> frozenset[str]:
    """The keys that anything in a file refers to; inside a module `$n` is the module's own column."""

    def without_modules(values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if key not in ("modules", "why")}

    values = without_modules(document.values)
    for section in ("readings", "variants"):
        values[section] = [without_modules(patch) for patch in values.get(section, {}).values()]
    return frozenset(_referred(values))


def _referred(value: Any) -> set[str]:
    match value:
        case str():
            return set(references(value))
        case Cell():
            return _referred(value.value)
        case Mapping():
            return {key for inner in value.values() for key in _referred(inner)}
        case list() | tuple():
            return {key for inner in value for key in _referred(inner)}
        case _:
            return set()
