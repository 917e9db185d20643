"""The sections whose keys are fixed, such as [paper]: a path in; which keys it has, what they mean and hold, out."""

from __future__ import annotations

from typing import Literal, get_args, get_origin

from archspec import meanings
from archspec.diagnostic import Path
from archspec.file import Network, Paper, Preprocessing, PrintedTable, Strict, Unit, Units, Weights

_SECTIONS: dict[str, type[Strict]] = {"paper": Paper, "table": PrintedTable, "network": Network}


def fixed_section(path: Path) -> type[Strict] | None:
    """The model of the table at a path, as it would be in the file itself; None where it has names or cells."""
    match path:
        case (str(name),):
            return _SECTIONS.get(name)
        case ("table" | "network", "units"):
            return Units
        case ("table" | "network", "units", "params" | "ops"):
            return Unit
        case ("weights", _):
            return Weights
        case ("weights", _, "preprocess"):
            return Preprocessing
    return None


def meaning_in(section: type[Strict], key: str) -> str:
    """What a key of such a section means; nothing where it is none."""
    if key not in section.model_fields:
        return ""
    said = meanings.KEYS | meanings.SECTION_KEYS | meanings.PARTS.get(section.__name__, {})
    return said.get(key, "")


def words_of(section: type[Strict], key: str) -> tuple[str, ...]:
    """The words that a key of such a section can hold; none where it holds any text, or something else."""
    field = section.model_fields.get(key)
    kinds = (field.annotation, *get_args(field.annotation)) if field else ()
    return next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())
