"""What a schema knows of types: the language's operations or, for a spec, its words, its modules and the library's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archspec import meanings
from archspec.diagnostic import Fault
from archspec.layer import Layer
from archspec.modules import Module, library_names
from archspec.notation import Cell, key_of
from archspec.patches import RESERVED
from archspec.resolve import Target, row_lookup, target_of
from archspec.spec import Network, Spec
from archspec.vocabulary import OPERATION_SYNONYMS, OPERATIONS, Kind


@dataclass(frozen=True)
class Type:
    """What some words of a `type` cell name: an operation or a module.

    `keys` are what it reads and how; those in `needs` must stand in the layer, since nothing else gives them.
    """

    name: str
    words: tuple[str, ...]
    keys: Mapping[str, Kind]
    meaning: str
    is_module: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """The types of rows, heads and the blocks in them, those of the steps of modules, and all that a patch may mean.

    Without a spec there may be others, and `spec` is None.
    """

    of_rows: tuple[Type, ...]
    of_steps: tuple[Type, ...]
    of_patches: tuple[Type, ...]
    spec: Spec | None = None

    @property
    def closed(self) -> bool:
        """Whether there are no other types."""
        return self.spec is not None


def language() -> Known:
    """What holds for every spec. Papers' words for an operation are none in a row: [types] may say otherwise."""
    rows = tuple(_operation(name, (name,)) for name in OPERATIONS)
    return Known(rows, tuple(_operation(name, (name, *_synonyms(name))) for name in OPERATIONS), rows)


def of_spec(spec: Spec) -> Known:
    """What holds for one file. Words that name nothing are left out; patches may declare words and modules too."""
    plain = Spec(spec.document)
    choices = [plain]
    for choose, patches in ((plain.reading, spec.file.readings), (plain.variant, spec.file.variants)):
        choices += [choose(name) for name, patch in patches.items() if patch.keys() & {"types", "modules", "defaults"}]
    networks = [one.network for one in choices]
    patched = frozenset(_patched_keys(spec))
    of_rows = [one for network in networks for one in _types(network, patched)]
    of_steps = [one for network in networks for one in _types(replace(network, types={}), patched)]
    return Known(tuple(_first(of_rows)), tuple(_first(of_steps)), tuple(of_rows), plain)


def _first(types: Iterable[Type]) -> Iterator[Type]:
    """Each word with the first thing that it names."""
    seen: set[str] = set()
    for one in types:
        if words := tuple(word for word in one.words if word not in seen):
            yield replace(one, words=words)
        seen.update(words)


def _synonyms(name: str) -> tuple[str, ...]:
    return tuple(word for word, operation in OPERATION_SYNONYMS.items() if operation == name)


def _operation(name: str, words: tuple[str, ...]) -> Type:
    return Type(name, words, OPERATIONS[name].keys, meanings.OPERATIONS[name])


def _types(network: Network, patched: frozenset[str]) -> Iterator[Type]:
    """The types that the words of a network name, each with the words that preset the same cells."""
    modules = (module.name for module in network.modules.values())
    printed = (*network.types, *modules)
    words = (*printed, *map(key_of, printed), *library_names(), *OPERATIONS, *OPERATION_SYNONYMS)
    found: dict[tuple[str, bool, frozenset[str]], tuple[Target, list[str]]] = {}
    for word in filter(None, dict.fromkeys(words)):
        layer = Layer("", {"type": Cell(word, (), "type", "")}, ())
        try:
            target = target_of(network, layer, row_lookup(network, layer))
        except Fault:
            continue
        same = (target.name, target.module is not None, frozenset(target.preset))
        found.setdefault(same, (target, []))[1].append(word)
    for target, named in found.values():
        if target.module is None:
            yield _operation(target.name, tuple(named))
        else:
            given = {*target.preset, *network.defaults.get(key_of(target.name), ()), *target.module.optional, *patched}
            yield _of_module(target.module, tuple(named), given)


def _of_module(module: Module, words: tuple[str, ...], given: set[str]) -> Type:
    columns = ", ".join(f"`{module.captions[key]}`" for key in module.columns)
    needs = tuple(key for key in module.columns if key not in given)
    kinds = {key: module.kinds.get(key, "type") for key in module.columns}
    return Type(
        module.name, words, kinds, f"a module with the columns {columns}" if columns else "a module", True, needs
    )


def _patched_keys(spec: Spec) -> Iterator[str]:
    """The keys of rows that an erratum, a reading or a variant gives: a printed row may do without."""
    patches: list[Mapping[str, Any]] = [spec.file.errata, *spec.file.readings.values(), *spec.file.variants.values()]
    for patch in patches:
        for row, cells in patch.items():
            if row not in RESERVED and isinstance(cells, Mapping):
                yield from map(key_of, cells)
