"""The outline of a spec: an analysis in; a tree of sections, rows, modules and patches out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from archspec.lsp.analysis import Analysis
from archspec.notation import show
from archspec.places import Place
from archspec.source import Span

Kind = Literal["section", "row", "head", "module", "value"]

_LISTED = ("params", "types", "defaults", "modules", "heads", "errata", "allow", "readings", "variants", "weights")
_KINDS: dict[str, Kind] = {"modules": "module", "heads": "head"}


@dataclass(frozen=True)
class Entry:
    """`span` is all of it, `name_span` the part that names it; `detail` is a row's type."""

    name: str
    kind: Kind
    span: Span
    name_span: Span
    detail: str = ""
    children: tuple[Entry, ...] = ()


def outline(known: Analysis) -> tuple[Entry, ...]:
    """The sections of the text in order, with what each declares."""
    if known.document is None:
        return ()
    found = []
    for name, place in known.scan.root.children.items():
        if isinstance(name, str) and place.kind != "scalar":
            found.append(_section(known, name, place))
    return tuple(sorted(found, key=lambda entry: entry.span))


def _section(known: Analysis, name: str, place: Place) -> Entry:
    children: Sequence[Entry] = ()
    if name in ("table", "network"):
        rows = place.children.get("rows" if name == "table" else "layers")
        children = [_row(known, int(index), one) for index, one in rows.children.items()] if rows else ()
    elif name in _LISTED:
        children = [_entry(str(key), _KINDS.get(name, "value"), one) for key, one in place.children.items()]
    entry = _entry(name, "section", place)
    return Entry(name, "section", entry.span, entry.name_span, children=tuple(children))


def _entry(name: str, kind: Kind, place: Place) -> Entry:
    return Entry(name, kind, _extent(place), place.key or place.value)


def _row(known: Analysis, index: int, place: Place) -> Entry:
    """A row by its name and type; where it has none, by its number."""
    cells = {"name": f"row {index + 1}", "type": ""}
    name_span = Span(place.value.start, place.value.start + 1)
    for key, (step, value) in _cells(known, index, place).items():
        if key in cells and step in place.children:
            cells[key] = show(value)
            name_span = place.children[step].value if key == "name" else name_span
    return Entry(cells["name"] or f"row {index + 1}", "row", place.value, name_span, cells["type"])


def _cells(known: Analysis, index: int, place: Place) -> dict[str, tuple[int | str, Any]]:
    """Of a row the places and values of its name and type, by key."""
    if known.spec is None or known.document is None:
        return {}
    if place.kind == "array":
        columns = known.spec.patched.sections.columns
        row = known.document.values["table"]["rows"][index]
        return {under.keys[0]: (at, row[at]) for at, under in enumerate(columns) if at < len(row)}
    layer = known.document.values["network"]["layers"][index]
    return {key: (key, layer[key]) for key in ("name", "type") if key in layer}


def _extent(place: Place) -> Span:
    """From the first to the last sign of a value, its key and all that is in it included."""
    spans = [place.value, *([place.key] if place.key else []), *map(_extent, place.children.values())]
    return Span(min(span.start for span in spans), max(span.end for span in spans))
