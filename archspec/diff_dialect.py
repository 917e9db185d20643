"""What two specs say once for all rows, compared: input, parameters, type words, the dialect and modules of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.diff_side import ReadSpec, flat, plain
from archspec.difference import Change, Group
from archspec.modules import library_module, library_names
from archspec.notation import key_of
from archspec.table import cell_text, clean
from archspec.vocabulary import OPERATIONS

Texts = Mapping[str, str]


def everywhere(one: ReadSpec, other: ReadSpec) -> tuple[Group, ...]:
    """The groups in which something differs, in the order of a file."""
    sides = one, other
    groups = [
        Group("input", "input", _changes({"input": str(one.table.input)}, {"input": str(other.table.input)})),
        Group("params", "parameters", _changes(*({key: str(value) for key, value in side.table.params} for side in sides))),
        *_types(*map(_words, sides)),
        *_defaults(one, other),
        *_modules(*map(_declared, sides)),
    ]
    return tuple(group for group in groups if group.changes)


def _changes(before: Texts, after: Texts) -> tuple[Change, ...]:
    """The keys of either whose texts differ."""
    pairs = ((key, (before.get(key), after.get(key))) for key in dict.fromkeys((*before, *after)))
    return tuple(Change((key, key), values) for key, values in pairs if plain(values[0]) != plain(values[1]))


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
    for word in dict.fromkeys((*before, *after)):
        meanings = [side[word] for side in (before, after) if word in side]
        if any(of_file for _, of_file in meanings):  # what another word means is no choice of the file
            texts = [{"means": side[word][0]} if word in side else {} for side in (before, after)]
            yield Group("types", word, _changes(*texts))


def _defaults(one: ReadSpec, other: ReadSpec) -> Iterator[Group]:
    for name in dict.fromkeys((*one.network.defaults, *other.network.defaults)):
        keys = [*one.network.defaults.get(name, ()), *other.network.defaults.get(name, ())]
        values = [{clean(key): text for key in keys if (text := _default(side, name, key)) is not None} for side in (one, other)]
        yield Group("defaults", clean(name), _changes(*values))


def _default(side: ReadSpec, name: str, key: str) -> str | None:
    """What a key of an operation or module is where no row says it: stated, or its neutral or optional value."""
    if key in side.network.defaults.get(name, ()):
        return cell_text(side.network.defaults[name][key].value)
    if name in OPERATIONS:
        used = name in side.network.defaults or any(row.target and row.target.name == name for row in side.rows)
        neutral = OPERATIONS[name].neutral.get(key) if used else None
        return None if neutral is None else cell_text(neutral)
    module = side.network.module(name) or (library_module(name) if name in library_names() else None)
    return cell_text(module.optional[key].value) if module and key in module.optional else None


def _declared(side: ReadSpec) -> dict[str, dict[str, str]]:
    """The modules of the file, each as the leaves of its table."""
    return {key_of(name): dict(flat(raw)) for name, (raw, _) in side.spec.patched.sections.modules.items()}


def _modules(before: Mapping[str, Texts], after: Mapping[str, Texts]) -> Iterator[Group]:
    for name in dict.fromkeys((*before, *after)):
        yield Group("modules", clean(name), _changes(before.get(name, {}), after.get(name, {})))
