"""The sections of a file in a JSON Schema: the pydantic models of file.py in; their schema, with what each key means,
out.
"""

from __future__ import annotations

from typing import Any

from archspec import meanings
from archspec.file import File
from archspec.schema.cells import Schema


def models() -> tuple[Schema, dict[str, Schema]]:
    """The schema of a file, and the definitions of the sections that it refers to."""
    whole = File.model_json_schema(ref_template="#/definitions/{model}")
    parts = whole.pop("$defs")
    return _clean(whole, meanings.SECTIONS), {name: _clean(part, _meanings(name)) for name, part in parts.items()}


def _meanings(model: str) -> dict[str, str]:
    return meanings.KEYS | meanings.SECTION_KEYS | meanings.PARTS.get(model, {})


def _clean(model: Schema, said: dict[str, str]) -> Schema:
    """A model without what TOML cannot write (null) and what nobody wrote (titles), its keys described."""
    del model["title"]
    for key, one in model["properties"].items():
        _without_null(one)
        one.pop("title", None)
        if one.get("default") in (None, {}, []) or "$ref" in one:
            one.pop("default", None)
        if key in said:
            one["description"] = said[key]
    return model


def _without_null(one: dict[str, Any]) -> None:
    branches = [branch for branch in one.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        del one["anyOf"]
        one.update(branches[0])
