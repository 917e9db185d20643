"""Layers in a JSON Schema: rows, heads, the steps of blocks, modules, and the tables of cells that give them defaults.

What is known of types goes in. Every key has one schema whatever the type, so that an editor has something to say about
a layer that is not finished; a condition for each type then says which keys it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from archspec import meanings
from archspec.instances import instance_names
from archspec.modules import MODULE_KEYS
from archspec.notation import key_of
from archspec.schema.cells import TEXT, Schema, cell, enum, keys, listed, ref, spelt, table
from archspec.schema.known import Known, Type
from archspec.vocabulary import BLOCK_KEYS, BLOCK_PARTS, CLAIMS, HEAD_KEYS, LAYER_KEYS, Kind


def layers(known: Known) -> dict[str, Schema]:
    """The definitions of all that is made of layers and cells."""
    names = {"from": _rows_and_instances(known)} if known.spec else {}
    allow = {"allow": {**ref("allow"), "description": meanings.SECTIONS["allow"]}}
    return {
        "row-type": _type(known.of_rows, known.closed),
        "step-type": _type(known.of_steps, known.closed),
        "row": _layer(known.of_rows, "row-type", "inner", {**LAYER_KEYS, **CLAIMS}, allow, needs=["name"]),
        "head": _layer(known.of_rows, "row-type", "inner", {**LAYER_KEYS, **HEAD_KEYS}, names, needs=["from"]),
        "inner": _layer(known.of_rows, "row-type", "inner", LAYER_KEYS),
        "step": _layer(known.of_steps, "step-type", "step", LAYER_KEYS),
        "module": _module(),
        "preset": _preset(known),
        "defaults": _defaults(known),
    }


def _type(types: Iterable[Type], closed: bool) -> Schema:
    """The cell `type`: one of these words or, where others may be declared, any; or a reference."""
    words = [word for one in types for word in one.words]
    lines = "\n".join(f"- `{one.name}`: {one.meaning}" for one in {one.name: one for one in types}.values())
    found = spelt(words) if closed else {"anyOf": [TEXT, enum(words)]}
    return {**found, "description": f"{meanings.KEYS['type']}\n\n{lines}"}


def _layer(
    types: tuple[Type, ...],
    word: str,
    inside: str,
    own: Mapping[str, Kind],
    special: Mapping[str, Schema] | None = None,
    needs: Iterable[str] = (),
) -> Schema:
    """A layer with the keys `own`, and those that are `special`, beside those of its type. `word` and `inside` are the
    definitions of its type and of layers in it."""
    special = special or {}
    block = [*BLOCK_PARTS, *BLOCK_KEYS]
    properties = keys_of(types, {**BLOCK_KEYS, **own}) | {part: part_of_block(part, inside) for part in BLOCK_PARTS}
    properties |= {"type": ref(word), "name": {**TEXT, "description": meanings.KEYS["name"]}}
    conditions = _conditions(types, own, special)
    a_block = {
        "propertyNames": keys([*own, *special, *block]),
        "anyOf": [{"required": ["layers"]}, {"required": ["branches"]}],
    }
    conditions.append({"if": {"required": ["type"]}, "then": True, "else": a_block})
    found = table({**properties, **special}, more=True, allOf=conditions)
    return {**found, "required": [*needs]} if needs else found


def keys_of(types: Iterable[Type], more: Mapping[str, Kind]) -> dict[str, Schema]:
    """Every key that one of these types or the layer itself has, with all that it may hold."""
    modules: dict[str, list[str]] = {}
    for one in types:
        for key in one.keys if one.is_module else ():
            modules.setdefault(key, []).append(f"`{one.name}`")
    return {
        key: cell(found, column=key in modules, description=_said(key, modules.get(key, ())))
        for key, found in _kinds(types, more).items()
    }


def _kinds(types: Iterable[Type], more: Mapping[str, Kind]) -> dict[str, set[Kind]]:
    kinds: dict[str, set[Kind]] = {}
    for key, kind in (pair for read in (more, *(one.keys for one in types)) for pair in read.items()):
        kinds.setdefault(key, set()).add(kind)
    return kinds


def _said(key: str, modules: Iterable[str]) -> str:
    of = ", ".join(dict.fromkeys(modules))
    said = [meanings.KEYS.get(key, ""), f"a column of {of}" if of else ""]
    return "; ".join(one for one in said if one)


def _conditions(types: Iterable[Type], own: Mapping[str, Kind], special: Iterable[str] = ()) -> list[Schema]:
    """For each type the keys of its layers, and how it reads those that others read in another way."""
    of_any = [*own, *special]
    kinds = _kinds(types, {**BLOCK_KEYS, **own})
    found: list[Schema] = []
    for one in types:
        words = sorted({spelling for word in one.words for spelling in (word, word.replace("-", " "))})
        typed: Schema = {"properties": {"type": {"enum": words}}, "required": ["type"]}
        narrow = {key: cell([kind], column=one.is_module) for key, kind in one.keys.items() if len(kinds[key]) > 1}
        then: Schema = {"propertyNames": keys([*of_any, *one.keys])}
        found.append({"if": typed, "then": {**then, "properties": narrow} if narrow else then})
        if one.needs:  # not where a key is misspelt, or a caption: then nothing need be missing
            plain = {"propertyNames": {"enum": sorted({*of_any, *one.keys})}}
            found.append({"if": {**typed, **plain}, "then": {"required": sorted(one.needs)}})
    return found


def part_of_block(part: str, inside: str) -> Schema:
    """What `layers`, `branches` or `projection` hold; `inside` is the definition of a layer there."""
    one = ref(inside)
    found = one if part == "projection" else {**listed(one), "minItems": 1}
    return {**found, "description": meanings.KEYS[part]}


def _module() -> Schema:
    properties = {key: cell([kind], description=meanings.KEYS[key]) for key, kind in BLOCK_KEYS.items()}
    properties |= {part: part_of_block(part, "step") for part in BLOCK_PARTS}
    properties["columns"] = {**listed(TEXT), "description": meanings.KEYS["columns"]}
    properties["optional"] = table({}, more=True, description=meanings.KEYS["optional"])
    a_block = [{"required": ["layers"]}, {"required": ["branches"]}]
    return table({key: properties[key] for key in MODULE_KEYS}, anyOf=a_block)


def _preset(known: Known) -> Schema:
    """A word of [types] that brings cells along; it need not bring all."""
    types = [replace(one, needs=()) for one in known.of_steps]
    own: dict[str, Kind] = {"type": "type"}
    properties = {**keys_of(types, {}), "type": ref("step-type")}
    return table(properties, more=True, allOf=_conditions(types, own), required=["type"])


def _defaults(known: Known) -> Schema:
    """[defaults]: a table of cells for each operation and module."""
    found: dict[str, Schema] = {}
    for name in dict.fromkeys(key_of(one.name) for one in known.of_patches):
        same = [one for one in known.of_patches if key_of(one.name) == name]
        cells = keys_of(same, {})
        found[name] = table(cells, more=True, propertyNames=keys(cells), description=same[0].meaning)
    return table(found, more=True, **({"propertyNames": keys(found)} if known.closed else {}))


def _rows_and_instances(known: Known) -> Schema:
    assert known.spec is not None
    network = known.spec.network
    names = [name for row in network.rows for name in (row.name, *instance_names(network, row))]
    return {**enum(names), "description": meanings.KEYS["from"]}
