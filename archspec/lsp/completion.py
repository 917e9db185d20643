"""What could be typed at a cursor: what is known of a file, its text and an offset in; candidates, best first, out.

The text may be unfinished. Where the cursor stands is read from it; what there is to name comes from the latest
analysis that could be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archspec import meanings
from archspec.allowing import CLAIM_CODES
from archspec.diagnostic import CODES, Path
from archspec.edit import key_text, literal
from archspec.file import File
from archspec.layer import Layer
from archspec.lsp import offers
from archspec.lsp.analysis import Analysis
from archspec.lsp.cursor import Cursor, cursor
from archspec.lsp.fixed import fixed_section, meaning_in, words_of
from archspec.lsp.offers import Offer, OfferKind
from archspec.lsp.symbols import without_patch
from archspec.modules import MODULE_KEYS
from archspec.notation import key_of, show
from archspec.patches import RESERVED
from archspec.places import Place
from archspec.resolve import allowed_keys
from archspec.source import Span
from archspec.spec import Spec
from archspec.vocabulary import BLOCK_KEYS, BLOCK_PARTS, CLAIMS, HEAD_KEYS, LAYER_KEYS

_TOP_KEYS = ("format", "name", "input", "reading", "paper")  # they stand before the first header


@dataclass(frozen=True)
class Item:
    """A candidate: `new`, TOML text, takes the place of `span`."""

    label: str
    new: str
    kind: OfferKind
    detail: str
    span: Span


def completions(known: Analysis | None, text: str, offset: int) -> tuple[Item, ...]:
    """The candidates for what is typed at an offset of `text`; `known` is the latest good analysis."""
    at = cursor(text, offset)
    if at is None:
        return ()
    spec = known.spec if known else None
    found: dict[str, Item] = {}
    for offer in _values(spec, at) if at.kind == "value" else _keys(spec, text, at):
        label = show(offer.value)
        new = literal(offer.value) if at.kind == "value" else label if offer.kind == "section" else key_text(label)
        found.setdefault(new, Item(label, new, offer.kind, offer.detail, at.span))
    return tuple(found.values())


# --- keys ------------------------------------------------------------------------------------------------------------


def _keys(spec: Spec | None, text: str, at: Cursor) -> Iterator[Offer]:
    """Keys and names of sections that are not given yet."""
    given = {key_of(str(step)) for step in at.given.children}
    if at.path == ():
        for name in File.model_fields:
            if at.kind == "header" and name not in _TOP_KEYS:
                yield Offer(name, "section", meanings.SECTIONS[name])
            elif at.kind == "key" and name not in given:
                said = meanings.SECTIONS[name]
                yield Offer(name, "key", said) if name in _TOP_KEYS else Offer(f"[{name}]", "section", said)
        return
    for offer in _keys_in(spec, text, *without_patch(at.path), at.given):
        if key_of(show(offer.value)) not in given:
            yield offer


def _keys_in(spec: Spec | None, text: str, path: Path, patch: str, given: Place) -> Iterable[Offer]:
    """The keys of the table at a path; a row that a patch names is a path of its own."""
    if section := fixed_section(path):
        return (Offer(name, "key", meaning_in(section, name)) for name in section.model_fields)
    match path:
        case ("readings" | "variants", _):
            return (*offers.rows(spec), *map(offers.key, RESERVED))
        case ("errata" | "allow",):
            return offers.rows(spec)
        case (str(), str()) if patch == "errata":
            return map(offers.key, ("read", "why"))
        case (str(),) if patch == "allow":
            return (Offer(CODES[code], "name", code) for code in CLAIM_CODES)
        case (str(row),) if patch and row not in RESERVED:
            return map(offers.key, _cells(spec, row))
        case ("types",):
            return offers.undeclared_words(spec)
        case ("defaults",):
            return (*offers.operations(), *offers.modules(spec))
        case ("defaults", str(name)):
            named = offers.target(spec, name, in_module=True)
            return map(offers.key, named.keys if named else ())
        case ("modules", _):
            return map(offers.key, MODULE_KEYS)
        case ("types" | "heads", _) | ("network", "layers", *_) | ("modules", *_):
            return map(offers.key, _layer(spec, text, path, given))
        case _:
            return ()


def _cells(spec: Spec | None, name: str) -> Iterator[str]:
    """The keys of a row, for a patch: those of its cells first, then those that it may have."""
    layer = next((row for row in spec.network.rows if row.name == name), None) if spec else None
    if layer is None:
        return
    target = offers.target(spec, show(layer.cells["type"].value)) if "type" in layer.cells else None
    yield from (key for key in dict.fromkeys((*layer.cells, *allowed_keys(layer, target, False))) if key != "name")


def _layer(spec: Spec | None, text: str, path: Path, given: Place) -> Iterable[str]:
    """The keys of a layer that is being written: those of its type; where it has none yet, those of a block."""
    is_row, is_head = path[0] == "network" and len(path) == 3, path[0] == "heads"
    kept = given.children.get("type")
    word = text[kept.value.start + 1 : kept.value.end - 1] if kept else ""
    target = offers.target(spec, word, in_module=not (is_row or is_head)) if kept else None
    if path[0] == "types":
        return "type", *(target.keys if target else ())
    layer = Layer("", {}, ())
    keys = allowed_keys(layer, target, is_head) if target or is_head else (*LAYER_KEYS, *BLOCK_PARTS, *BLOCK_KEYS)
    more = HEAD_KEYS if is_head else CLAIMS if is_row else ()
    return dict.fromkeys(key for key in (*keys, *more) if key not in CLAIMS or is_row)


# --- values ----------------------------------------------------------------------------------------------------------


def _values(spec: Spec | None, at: Cursor) -> Iterable[Offer]:
    path, patch = without_patch(at.path)
    match path:
        case ("format",):
            return (Offer(1, "value", meanings.SECTIONS["format"]),)
        case ("reading",) | ("weights", _, "reading"):
            return offers.patches(spec, "readings")
        case ("weights", _, "variant"):
            return offers.patches(spec, "variants")
        case ("extends", *_):
            return offers.patches(spec, patch)
        case ("table" | "network", "added", _) | ("heads", _, "from"):
            return offers.rows(spec)
        case ("table", "columns", _):
            return offers.captions(spec)
        case ("table", "rows", _, int(index)):
            return _table_cell(spec, index)
        case (*section, str(key)) if model := fixed_section(tuple(section)):
            return (Offer(word, "value", meaning_in(model, key)) for word in words_of(model, key))
        case ("types", _) | ("types", _, "type") | ("modules", *_, "type"):
            return offers.types(spec, words=False)
        case ("modules", _, "columns", *_):
            return ()
        case ("modules", str(name), *_, str(key)):
            return (*offers.references(spec, name), *offers.notations(spec, key_of(key)))
        case ("types" | "heads" | "network" | "defaults", _, *_, str(key)):
            return _cell(spec, key_of(key))
        case (_, str(key)) | (_, str(key), "read") if patch:
            return _cell(spec, key_of(key))
        case _:
            return ()


def _table_cell(spec: Spec | None, index: int) -> Iterator[Offer]:
    """Values for a cell of a table: those that its column has, then what its notation allows."""
    if spec is None or spec.file.table is None or index >= len(spec.patched.sections.columns):
        return
    keys = spec.patched.sections.columns[index].keys
    if keys == ("type",):
        yield from offers.types(spec, words=True)
    elif keys != ("name",):
        yield from offers.column_values(row[index] for row in spec.file.table.rows if index < len(row))
        if len(keys) == 1 or keys == ("patch", "stride"):
            yield from offers.notations(spec, keys[0])
        yield from offers.references(spec)


def _cell(spec: Spec | None, key: str) -> Iterator[Offer]:
    """Values for a key of a row, a head, [types], [defaults] or a patch."""
    if key == "type":
        yield from offers.types(spec, words=True)
    elif spec is not None and key != "name":
        yield from offers.column_values(row.cells[key].value for row in spec.network.rows if key in row.cells)
    yield from offers.notations(spec, key)
    yield from offers.references(spec)
