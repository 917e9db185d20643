"""Patches in a JSON Schema: errata, readings and variants, nested as TOML's dotted keys nest them, so that an editor
completes each part of a key.

What is known of types and, for a spec, of rows goes in. A leaf of an erratum says how a cell is read, and why.
"""

from __future__ import annotations

from collections.abc import Callable

from archspec import meanings
from archspec.schema.cells import TEXT, Schema, enum, keys, listed, ref, table
from archspec.schema.known import Known
from archspec.schema.layers import keys_of, part_of_block
from archspec.vocabulary import BLOCK_KEYS, BLOCK_PARTS, CLAIMS, HEAD_KEYS, LAYER_KEYS

Leaf = Callable[[Schema], Schema]

SAID: Schema = {"type": "string", "pattern": r"\S"}
PARAMETER: Schema = {"type": ["number", "string"]}


def patches(known: Known) -> dict[str, Schema]:
    """The definitions `errata`, `reading` and `variant`, and those that they refer to."""
    file = known.spec.file if known.spec else None
    readings, variants = (list(file.readings), list(file.variants)) if file else (None, None)
    return {
        "errata": _patch(known, "corrected", _erratum, {}),
        "reading": _patch(known, "patched", _as_is, _of_patch(readings, readings)),
        "variant": _patch(known, "patched", _as_is, _of_patch(variants, readings)),
        "patched": _cells(known, _as_is),
        "corrected": _cells(known, _erratum),
    }


def _as_is(one: Schema) -> Schema:
    return one


def _erratum(one: Schema) -> Schema:
    """How a cell is read, and why."""
    why = {**SAID, "description": meanings.SECTION_KEYS["why"]}
    said = {key: one[key] for key in ("description",) if key in one}
    return table({"read": one, "why": why}, required=["read", "why"], **said)


def _of_patch(parents: list[str] | None, readings: list[str] | None) -> dict[str, Schema]:
    """The keys that say something of the patch itself; names are those of the spec, if there is one."""
    parent = TEXT if parents is None else enum(parents)
    return {
        "why": TEXT,
        "extends": {"anyOf": [parent, listed(parent)]},
        "reading": TEXT if readings is None else enum(readings),
        "recipe": table({}, more=True),
    }


def _patch(known: Known, cells: str, leaf: Leaf, own: dict[str, Schema]) -> Schema:
    """A patch with the keys `own`; `cells` is the definition of cells of a row, a head or a word, each as a `leaf`."""
    some = ref(cells)
    words = [leaf(ref("step-type")), some]
    found: dict[str, Schema] = {
        **own,
        "input": leaf(TEXT),
        "params": table({}, more=leaf(PARAMETER)),
        "types": table({}, more={"anyOf": words} if leaf is _as_is else some),
        "defaults": ref("defaults") if leaf is _as_is else table({}, more=some),
        "modules": table({}, more=ref("module")),
        "heads": table({}, more=some),
    }
    for key, one in found.items():
        found[key] = {"description": meanings.SECTION_KEYS.get(key) or meanings.SECTIONS[key], **one}
    if known.spec is None:
        return table(found, more=some)
    return table({**dict.fromkeys(known.spec.patched.sections.rows, some), **found})


def _cells(known: Known, leaf: Leaf) -> Schema:
    """Cells of a row, a head or a word, any of which may change its type too."""
    found = keys_of(known.of_patches, {**LAYER_KEYS, **BLOCK_KEYS, **CLAIMS, **HEAD_KEYS})
    found |= {part: part_of_block(part, "inner") for part in BLOCK_PARTS}
    found |= {"type": ref("row-type")}
    columns = (key for under in known.spec.network.columns for key in under.keys) if known.spec else ()
    closed = {"propertyNames": keys([*found, *columns])} if known.closed else {}
    return table({key: leaf(one) for key, one in found.items()}, more=True, **closed)
