"""What two specs say once for all rows, compared: input, parameters, type words, the dialect, modules of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archspec.diff.difference import Change, Group
from archspec.diff.side import ReadSpec, flat, same
from archspec.notation import key_of
from archspec.source import clean
from archspec.table import cell_text
from archspec.vocabulary import OPERATIONS

Texts = Mapping[str, str]


def everywhere(one: ReadSpec, other: ReadSpec) -> tuple[Group, ...]:
    """The groups in which something differs, in the order of a file."""
    sides = one, other
    groups = [
        Group("input", "input", _changes({"": str(one.table.input)}, {"": str(other.table.input)})),
        Group("params", "parameters", _changes(*map(_params, sides))),
        *_types(*map(_words, sides)),
        *_defaults(one, other),
        *_modules(*map(_declared, sides)),
    ]
    return tuple(group for group in groups if group.changes)


def _changes(before: Texts, after: Texts) -> tuple[Change, ...]:
    """The keys of either whose texts differ."""
    pairs = ((key, (before.get(key), after.get(key))) for key in dict.fromkeys((*before, *after)))
    return tuple(Change((key, key), values) for key, values in pairs if not same(*values))


def _params(side: ReadSpec) -> dict[str, str]:
    return {key: str(value) for key, value in side.table.params}


def _words(side: ReadSpec) -> dict[str, tuple[str, bool]]:
    """The words of the `type` column: what each comes to, and whether the file says so under [types]."""
    found = {}
    for row in (*side.rows, *side.heads):
        if row.target:
            name, preset = row.meaning
            text = ", ".join([clean(name), *(f"{clean(key)} {value}" for key, value in preset)])
            found[row.word] = text, row.layer.cells["type"].value in side.network.types
    return found


def _types(before: Mapping[str, tuple[str, bool]], after: Mapping[str, tuple[str, bool]]) -> Iterator[Group]:
    """The words that the file gives a meaning, but not those that one side alone has for what the other has too."""
    for word in dict.fromkeys((*before, *after)):
        here, there = before.get(word), after.get(word)
        known = {text for text, _ in (after if there is None else before if here is None else {}).values()}
        if any(meaning and meaning[1] and meaning[0] not in known for meaning in (here, there)):
            yield Group("types", word, _changes({"": here[0]} if here else {}, {"": there[0]} if there else {}))


def _defaults(one: ReadSpec, other: ReadSpec) -> Iterator[Group]:
    for name in dict.fromkeys((*one.network.defaults, *other.network.defaults)):
        keys = [*one.network.defaults.get(name, ()), *other.network.defaults.get(name, ())]
        yield Group("defaults", clean(name), _changes(*(_dialect(side, name, keys) for side in (one, other))))


def _dialect(side: ReadSpec, name: str, keys: list[str]) -> dict[str, str]:
    """What these keys of an operation or module are where no row says them: as stated, else what holds unsaid. Nothing
    of one that the network does not use."""
    if name not in side.used:
        return {}
    stated, unsaid = side.network.defaults.get(name, {}), {}
    module = side.network.known_module(name)
    if module:
        unsaid = {key: cell.value for key, cell in module.optional.items()}
    elif name in OPERATIONS:
        unsaid = dict(OPERATIONS[name].neutral)
    values = unsaid | {key: cell.value for key, cell in stated.items()}
    return {clean(key): cell_text(values[key]) for key in keys if key in values}


def _declared(side: ReadSpec) -> dict[str, Mapping[str, Any]]:
    """The modules of the file, each as its table."""
    return {key_of(name): raw for name, (raw, _) in side.spec.patched.sections.modules.items()}


def _modules(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> Iterator[Group]:
    """Modules of one name by their leaves; by their parts where one side alone has it, or most leaves differ."""
    for name in dict.fromkeys((*before, *after)):
        sides = before.get(name, {}), after.get(name, {})
        leaves = [dict(flat(raw)) for raw in sides]
        changes = _changes(*leaves)
        if 2 * len(changes) > len({**leaves[0], **leaves[1]}):
            changes = _changes(*(dict(_parts(raw)) for raw in sides)) or changes
        yield Group("modules", clean(name), changes)


def _parts(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a module is made of: its columns, and what its layers or branches are called."""
    for key, value in raw.items():
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            yield clean(str(key)), f"[{', '.join(_called(item, key != 'branches') for item in value)}]"
        elif isinstance(value, Mapping):
            yield clean(str(key)), f"[{', '.join(clean(str(inner)) for inner in value)}]"
        else:
            yield clean(str(key)), cell_text(value)


def _called(layer: Mapping[str, Any], typed: bool) -> str:
    """A layer's name, and its type where that says more."""
    words = [layer["name"]] if "name" in layer else []
    words += [layer["type"]] if "type" in layer and (typed or not words) else []
    return " ".join(map(cell_text, words)) or "block"
