"""Cells in a JSON Schema: how a cell is read, in; the schema of its values out.

References, blanks and, under `repeat`, lists are values of every kind. What the papers' notations look like inside a
text is left to the check of a spec: a schema has no arithmetic and no references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, assert_never, get_args

from archspec import meanings
from archspec.initialisation import SCHEMES
from archspec.notation import SYNONYMS
from archspec.shape import Padding
from archspec.vocabulary import CHOICES, Kind

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
REFERENCE: Schema = {"type": "string", "pattern": r"^\s*(\$|$)"}  # or blank
ABSENT: Schema = {"anyOf": [{"const": 0}, {"type": "string", "pattern": r"^\s*[Pp]ass [Tt]hrough\s*$"}]}
WRITTEN_OTHERWISE = "[^a-z0-9-]"  # `#3×3 reduce` is `3x3-reduce`: a caption has a sign that no key has


def ref(name: str) -> Schema:
    """One of the definitions."""
    return {"$ref": f"#/definitions/{name}"}


def whole(least: int) -> Schema:
    """A whole number of at least `least`."""
    return {"type": "integer", "minimum": least}


def enum(words: Iterable[str]) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(dict.fromkeys(words))}


def table(properties: Schema, *, more: Schema | bool = False, **rest: Any) -> Schema:
    """A table with these keys, and others where `more` is True or their schema."""
    return {"type": "object", "properties": properties, "additionalProperties": more, **rest}


def listed(item: Schema) -> Schema:
    """A list of such items."""
    return {"type": "array", "items": item}


def spelt(words: Iterable[str]) -> Schema:
    """One of these words, or one that is written as captions are: with a sign, a capital or a blank in it."""
    return {"anyOf": [enum(words), {"type": "string", "pattern": f"{WRITTEN_OTHERWISE}|^$"}]}


def keys(known: Iterable[str]) -> Schema:
    """The keys that a layer may have, by their own name or a synonym; a caption in quotes is left to the check."""
    wanted = set(known)
    words = sorted(wanted | {word for word, key in SYNONYMS.items() if key in wanted})
    return {"pattern": f"^(?:{'|'.join(map(escaped, words))})$|{WRITTEN_OTHERWISE}"}


def escaped(word: str) -> str:
    """A word as a pattern, for every kind of regular expression."""
    return re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", word)


def kinds() -> dict[str, Schema]:
    """The definitions that `cell` refers to, one for each kind."""
    return {kind: _of_kind(kind) for kind in get_args(Kind)}


def cell(read_as: Iterable[Kind], *, column: bool = False, description: str = "") -> Schema:
    """A cell that is read as one of these kinds. That of a column may be 0 or `pass through`."""
    found: list[Schema] = [ref(kind) for kind in sorted(set(read_as))]
    found += [ref("absent")] if column else []
    one = found[0] if len(found) == 1 else {"anyOf": found}
    return {**one, "description": description} if description else one


def _of_kind(kind: Kind) -> Schema:
    scalars = [*_scalars(kind)]
    if TEXT not in scalars:
        scalars.append(REFERENCE)
    found: Schema = {"anyOf": [*scalars, listed({"anyOf": scalars})]}
    if kind in meanings.KINDS:
        found["description"] = meanings.KINDS[kind]
    return found


def _scalars(kind: Kind) -> list[Schema]:
    match kind:
        case "patch" | "size" | "type":
            return [TEXT]
        case "stride":
            return [whole(1), TEXT]
        case "pad":
            sides = {side: whole(0) for side in Padding._fields}
            return [whole(0), enum(["same", "tf-same"]), TEXT, table(sides)]
        case "channels" | "integer":
            return [whole(1)]
        case "whole":
            return [whole(0)]
        case "count":
            return [whole(0), TEXT]
        case "number":
            return [{"type": "number"}]
        case "boolean":
            return [{"type": "boolean"}]
        case "rate":
            return [{"type": "number", "minimum": 0, "exclusiveMaximum": 1}, TEXT]
        case "init":
            words = "|".join(word for word, spread in SCHEMES.items() if spread)
            return [
                enum(word for word, spread in SCHEMES.items() if not spread),
                {"type": "string", "pattern": rf"^\s*(?:{words})\s"},
            ]
        case "norm" | "act" | "order" | "rounding" | "join" | "shortcut":
            return [enum(CHOICES[kind])]
    assert_never(kind)
