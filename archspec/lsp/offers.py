"""What there is to name in a spec: rows, modules, types, references, and the values of a column; a spec in, offers out.

`spec` is None while a file could never be read: then only what comes with Archspec is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from archspec import meanings
from archspec.diagnostic import Fault
from archspec.initialisation import SCHEMES
from archspec.layer import Layer
from archspec.modules import Module, library_module, library_names
from archspec.notation import Cell, key_of, show
from archspec.resolve import Target, row_lookup, target_of
from archspec.spec import Spec
from archspec.vocabulary import BLOCK_KEYS, CHOICES, CLAIMS, LAYER_KEYS, OPERATIONS, Kind

MOST_VALUES = 20  # of a column that are offered

OfferKind = Literal["key", "section", "row", "module", "word", "operation", "value", "reference", "name"]


@dataclass(frozen=True)
class Offer:
    """A name or value that could stand at some place, and what is said of it."""

    value: Any
    kind: OfferKind
    detail: str = ""


def key(name: str) -> Offer:
    """A key of the language and what it means."""
    said = meanings.KEYS.get(name) or meanings.SECTION_KEYS.get(name) or meanings.SECTIONS.get(name, "")
    return Offer(name, "key", said)


def rows(spec: Spec | None) -> Iterator[Offer]:
    """The rows of the table by name."""
    for row in spec.network.rows if spec else ():
        yield Offer(row.name, "row", show(row.cells["type"].value) if "type" in row.cells else "")


def patches(spec: Spec | None, section: str) -> Iterator[Offer]:
    """The names of the readings or variants."""
    if spec is not None:
        yield from (Offer(name, "name", f"one of [{section}]") for name in getattr(spec.file, section))


def modules(spec: Spec | None) -> Iterator[Offer]:
    """The modules of the file and of the library, with their columns."""
    for module in known_modules(spec):
        captions = ", ".join(module.captions[key] for key in module.columns)
        yield Offer(module.name, "module", captions)


def operations() -> Iterator[Offer]:
    """The operations of the language."""
    return (Offer(name, "operation", meanings.OPERATIONS[name]) for name in OPERATIONS)


def types(spec: Spec | None, *, words: bool) -> Iterator[Offer]:
    """What a type may name; words of [types] in rows and heads only."""
    for word, target in (spec.network.types if spec and words else {}).items():
        named = target.get("type") if isinstance(target, dict) else target
        yield Offer(word, "word", f"read as {show(named.value)}" if named else "")
    yield from modules(spec)
    yield from operations()


def undeclared_words(spec: Spec | None) -> Iterator[Offer]:
    """The words of the type column that [types] does not have."""
    for row in spec.network.rows if spec else ():
        word = row.cells["type"].value if "type" in row.cells else ""
        if isinstance(word, str) and word and spec and word not in spec.network.types:
            yield Offer(word, "word", "a word of the table")


def references(spec: Spec | None, module: str = "") -> Iterator[Offer]:
    """`$name` for the parameters or, inside a module, for its columns."""
    if spec is None:
        return
    if not module:
        yield from (Offer(f"${name}", "reference", show(cell.value)) for name, cell in spec.network.params.items())
    elif (found := spec.network.module(key_of(module))) is not None:
        yield from (Offer(f"${name}", "reference", f"the column {found.captions[name]}") for name in found.columns)


def captions(spec: Spec | None) -> Iterator[Offer]:
    """Captions that some row could use: columns of the modules that are in use, keys of operations, claims."""
    targets = (target(spec, show(offer.value)) for offer in types(spec, words=True) if offer.kind == "word")
    used = {one.module.name: one.module for one in targets if one and one.module}
    for module in (*used.values(), *(spec.network.modules.values() if spec else ())):
        yield from (Offer(caption, "key", f"a column of {module.name}") for caption in module.captions.values())
    keys = (*LAYER_KEYS, *CLAIMS, *(name for operation in OPERATIONS.values() for name in operation.keys))
    yield from map(key, dict.fromkeys(keys))


def column_values(values: Iterable[Any]) -> Iterator[Offer]:
    """The values of a column, the commonest first; blanks are none."""
    counts = Counter(
        (type(value), value) for value in values if isinstance(value, str | int | float) and show(value).strip()
    )
    for (_, value), count in counts.most_common(MOST_VALUES):
        yield Offer(value, "value", f"{count} time{'s' * (count > 1)} in this column")


def notations(spec: Spec | None, name: str) -> Iterator[Offer]:
    """The words and notations that a key or column can hold whatever the file."""
    tables: list[dict[str, Kind]] = [BLOCK_KEYS, *(operation.keys for operation in OPERATIONS.values()), LAYER_KEYS]
    kinds = (*(table.get(name) for table in tables), *(module.kinds.get(name) for module in known_modules(spec)))
    kind = next((kind for kind in kinds if kind), None)
    values: tuple[object, ...] = ()
    match kind:
        case "patch":
            values = ("1×1", "3×3", "3×3/2", "5×5", "7×7/2", "global")
        case "pad":
            values = (0, 1, "same", "tf-same")
        case "stride":
            values = (1, 2)
        case "boolean":
            values = (True, False)
        case "init":
            values = tuple(f"{scheme} 0.01" if std else scheme for scheme, std in SCHEMES.items())
        case str() if kind in CHOICES:
            values = CHOICES[kind]
    yield from (Offer(value, "value", meanings.KEYS.get(name, "")) for value in values)


# --- looking up ------------------------------------------------------------------------------------------------------


def known_modules(spec: Spec | None) -> list[Module]:
    """The modules of the file, and those of the library that it does not shadow."""
    of_file = list(spec.network.modules.values()) if spec else []
    taken = {key_of(module.name) for module in of_file}
    return [*of_file, *(library_module(name) for name in library_names() if name not in taken)]


def target(spec: Spec | None, word: str, *, in_module: bool = False) -> Target | None:
    """What a type names, in a row or in a module; None for what names nothing."""
    if spec is None:
        if key_of(word) in library_names():
            return Target(word, module=library_module(key_of(word)))
        return Target(word, operation=OPERATIONS[word]) if word in OPERATIONS else None
    layer = Layer("", {"type": Cell(word, (), "type", "")}, ())
    around = next(iter(known_modules(spec))) if in_module else None
    try:
        return target_of(spec.network, layer, row_lookup(spec.network, layer), around)
    except Fault:
        return None
