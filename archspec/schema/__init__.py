"""JSON Schema for spec files: nothing, or a spec, in; a schema for editors and TOML tools out.

Without a spec it has the fixed keys: sections, operations and their keys, blocks, patches. With one it has that file's
own rows, columns, words and modules too, and refuses others. It is draft 7 in the shape that tombi and taplo both
follow: one wide table of keys for a layer, and a condition for each type. A schema knows no arithmetic and no
references: `archspec validate` is the judge.
"""

from __future__ import annotations

import json

from archspec import meanings
from archspec.allowing import CLAIM_CODES
from archspec.diagnostic import CODES
from archspec.layer import Column
from archspec.schema.cells import ABSENT, TEXT, Schema, enum, keys, kinds, ref, table
from archspec.schema.known import Known, language, of_spec
from archspec.schema.layers import keys_of, layers
from archspec.schema.models import models
from archspec.schema.patches import SAID, patches
from archspec.source import UNPRINTABLE
from archspec.spec import Spec
from archspec.vocabulary import CLAIMS, LAYER_KEYS


def schema(spec: Spec | None = None) -> Schema:
    """The JSON Schema of all specs or, with a spec, that of its file as it is now."""
    known = of_spec(spec) if spec else language()
    whole, definitions = models()
    definitions |= kinds() | layers(known) | patches(known) | {"absent": ABSENT, "allow": _allowed()}
    sections = whole["properties"]
    sections["types"] |= table({}, more={"anyOf": [ref("step-type"), ref("preset")]})
    sections["defaults"] |= ref("defaults")
    sections["modules"] |= table({}, more=ref("module"))
    sections["heads"] |= table({}, more=ref("head"))
    sections["errata"] |= ref("errata")
    sections["readings"] |= table({}, more=ref("reading"))
    sections["variants"] |= table({}, more=ref("variant"))
    sections["allow"] |= table({}, more=ref("allow"))
    definitions["Network"]["properties"]["layers"]["items"] = ref("row")
    definitions["PrintedTable"]["properties"]["rows"]["items"] = {"type": "array"}
    if spec:
        _of_file(spec, sections, definitions, known)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"The spec {spec.name}" if spec else "A spec of Archspec",
        "x-tombi-toml-version": "v1.1.0",
        **whole,
        "oneOf": [{"required": ["table"]}, {"required": ["network"]}],
        "definitions": definitions,
    }


def to_text(found: Schema) -> str:
    """A schema as a file: keys sorted, so that it changes only where its meaning does. What a terminal would obey is
    escaped."""
    text = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda sign: sign[0] if sign[0] == "\n" else json.dumps(sign[0])[1:-1], text) + "\n"


def _allowed() -> Schema:
    """What is allowed of one row: a code, or its name, and a reason."""
    known = {word: f"{code} {CODES[code]}" for code in CLAIM_CODES for word in (code, code.lower(), CODES[code])}
    lines = {word: {**SAID, "description": what} for word, what in known.items()}
    return table(lines, more=SAID, propertyNames=keys(known))


def _of_file(spec: Spec, sections: Schema, definitions: dict[str, Schema], known: Known) -> None:
    """Put in what a file names: its columns, and its rows, readings and variants where they are referred to."""
    file, rows = spec.file, list(spec.patched.sections.rows)
    readings, variants = enum(file.readings), enum(file.variants)
    sections["reading"] |= readings
    sections["allow"] |= table(dict.fromkeys(rows, sections["allow"]["additionalProperties"]))
    for body in ("PrintedTable", "Network"):
        definitions[body]["properties"]["added"]["items"] = enum(rows)
    definitions["Weights"]["properties"]["reading"] |= readings
    definitions["Weights"]["properties"]["variant"] |= variants
    if file.table:
        captions = spec.network.columns
        row = {"type": "array", "items": [_column(under, known) for under in captions], "additionalItems": False}
        definitions["PrintedTable"]["properties"]["rows"]["items"] = row


def _column(under: Column, known: Known) -> Schema:
    """The cells of a column: as some type reads it, or text that is split where the caption is compound."""
    (key, *more) = under.keys
    if key == "type":
        found = ref("row-type")
    elif more or key == "name":
        found = {**TEXT, "description": meanings.KEYS.get(key, "")}
    else:
        found = keys_of(known.of_rows, {**LAYER_KEYS, **CLAIMS}).get(key, {})
    return {**found, "title": under.caption}
