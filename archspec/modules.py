"""Modules: named blocks with columns, from a file's [modules] or from the library that ships as TOML.

Raw TOML in; `Module` values out, each checked without a row: unknown keys, references that are no column, columns that
no layer uses, two branches with one name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any

import tomli

from archspec.diagnostic import Diagnostic, Fault, Label, Path, did_you_mean, nearest
from archspec.layer import Block, Cells, column, read_block, unknown_key, uses
from archspec.limits import ways_round
from archspec.notation import SYNONYMS, Cell, key_of, listed, reference, references, respelt
from archspec.vocabulary import BLOCK_KEYS, BLOCK_PARTS, OPERATION_SYNONYMS, OPERATIONS, Kind

MODULE_KEYS = ("columns", "optional", *BLOCK_PARTS, *BLOCK_KEYS)


@dataclass(frozen=True)
class Module:
    """A named block with columns.

    `columns` are its keys in the order it declares them, the optional ones last; `captions` says how each is printed;
    `optional` holds the values of those that need not be given; `kinds` says how each is read, from where it is used.
    """

    name: str
    columns: tuple[str, ...]
    captions: Mapping[str, str]
    optional: Cells
    kinds: Mapping[str, Kind]
    block: Block
    in_library: bool


def read_module(name: str, raw: Mapping[str, Any], path: Path, faults: list[Diagnostic]) -> Module:
    """A module from its table. `path` is empty for the library. Adds what is wrong with it to `faults`.

    One that is the same, to the kinds of its values, as one that was read before is that one: readings and variants of
    a spec, and its text after an edit, mostly have the same modules.
    """
    module, found = _read(_Declared(name, path, repr(raw), raw))
    faults += found
    return module


@dataclass(frozen=True)
class _Declared:
    """A module as it is declared. `text` says all of it, and that 1 is not `true`."""

    name: str
    path: Path
    text: str
    raw: Mapping[str, Any] = field(compare=False)


@lru_cache(128)
def _read(declared: _Declared) -> tuple[Module, tuple[Diagnostic, ...]]:
    faults: list[Diagnostic] = []
    return _module(declared.name, declared.raw, declared.path, faults), tuple(faults)


def _module(name: str, raw: Mapping[str, Any], path: Path, faults: list[Diagnostic]) -> Module:
    where = f"[modules.{name}]"
    for key in [*raw]:
        if key not in MODULE_KEYS:
            faults.append(unknown_key(key, (*path, key), MODULE_KEYS, where))
            if (meant := faults[-1].facts.get("nearest")) and meant not in raw:
                raw = {**raw, meant: raw[key]}  # so that what follows from it is not at fault too
    captions: dict[str, str] = {}
    declared, valued = raw.get("columns", []), raw.get("optional", {})
    if not isinstance(declared, list):
        faults.append(_not(where, "columns", "a list", path))
        declared = []
    if not isinstance(valued, Mapping):
        faults.append(_not(where, "optional", "a table", path))
        valued = {}
    for index, caption in enumerate(declared):
        place = (*path, "columns", index)
        if not isinstance(caption, str) or not all(column(caption).keys):
            faults.append(Diagnostic("AS111", f"{where}: `{caption}` is no caption", (Label(place),)))
            continue
        under = column(caption)
        for key, printed in zip(under.keys, under.captions, strict=True):
            if key in captions:
                faults.append(_declared_twice(where, key, Label(place)))
            captions[key] = printed
    optional: dict[str, Cell] = {}
    for written, value in valued.items():
        key = key_of(written)
        if key in captions:
            faults.append(_declared_twice(where, key, Label((*path, "optional", written), on="key")))
        captions[key] = written
        optional[key] = Cell(value, (*path, "optional", written) if path else (), written, name)
    if {"patch", "stride"} <= set(captions) and "stride" not in optional:
        optional["stride"] = Cell(1, (), "stride", name)  # `patch/stride` declares a patch, and a stride of 1
    block = read_block(raw, path, name, faults)
    if not block.layers and not block.branches:
        faults.append(
            Diagnostic(
                "AS119",
                f"{where} has neither `layers` nor `branches`",
                (Label(path),),
                help="a module is a block: say what it does",
            )
        )
    order = (*(key for key in captions if key not in optional), *(key for key in captions if key in optional))
    module = Module(name, order, captions, optional, _kinds(block, captions, faults), block, not path)
    _check_references(module, path, faults)
    return module


def _declared_twice(where: str, key: str, place: Label) -> Diagnostic:
    synonyms = listed(word for word, of in SYNONYMS.items() if of == key)
    hint = f"another word for `{key}`: {synonyms}" if synonyms else ""
    return Diagnostic("AS110", f"{where} declares the column `{key}` twice", (place,), help=hint)


def _not(where: str, key: str, wanted: str, path: Path) -> Diagnostic:
    return Diagnostic("AS103", f"`{key}` in {where} is not {wanted}", (Label((*path, key)),), help=f"write {wanted}")


_NUMBERS = ("channels", "integer", "stride", "whole")


def _kinds(block: Block, captions: Mapping[str, str], faults: list[Diagnostic]) -> dict[str, Kind]:
    """How each column is read: as the key it is used for; what stands inside a patch is a number or, after `/`, a
    stride.

    Adds AS103 where a column is used for two things that no one value can be.
    """
    kinds: dict[str, Kind] = {}
    first: dict[str, Cell] = {}
    for key, cell, owner in uses(block):
        kind = _kind_of(key_of(cell.caption), owner is None)
        if reference(cell.value) is None:
            kind = {"patch": "patch", "stride": "stride"}.get(key, "integer")  # type: ignore[assignment]
        if kind is None:
            continue
        if (known := kinds.setdefault(key, kind)) != kind and not (known in _NUMBERS and kind in _NUMBERS):
            here = cell.fault(
                "AS103", f"the column `{captions.get(key, key)}` is read as `{known}` and as `{kind}`"
            ).diagnostic
            also = Label(first[key].path, f"as `{known}`")
            faults.append(replace(here, labels=(*here.labels, also), help="make it two columns"))
        first.setdefault(key, cell)
    for key in captions:
        kinds.setdefault(key, "patch" if key == "patch" else "stride" if key == "stride" else "type")
    return kinds


def _kind_of(key: str, of_block: bool) -> Kind | None:
    if of_block and key in BLOCK_KEYS:
        return BLOCK_KEYS[key]
    if key == "type":
        return "type"
    if key == "repeat":
        return "integer"
    for operation in OPERATIONS.values():
        if key in operation.keys:
            return operation.keys[key]
    return None  # a column of another module: read where that module uses it


def _check_references(module: Module, path: Path, faults: list[Diagnostic]) -> None:
    where = f"[modules.{module.name}]"
    used = set()
    asking = [(key, cell) for key, cell, _ in uses(module.block)]
    asking += [(key, cell) for cell in module.optional.values() for key in references(cell.value)]
    for key, cell in asking:
        used.add(key)
        if key not in module.captions and key != "output":
            faults.append(no_column(module, key, cell).diagnostic)
    if circle := _circle(module.optional):
        way = ", ".join(f"`{module.captions[key]}` is `{module.optional[key].value}`" for key in circle)
        places = tuple(Label(module.optional[key].path) for key in circle)
        faults.append(Diagnostic("AS116", f"{where}: {way}, so none has a value", places, help="give one a value"))
    for key in module.columns:
        if key not in used and not (key == "stride" and "patch" in module.captions):
            misspelt = any(nearest(other, [key]) for other in used if other not in module.captions)
            if not misspelt:  # the reference that was meant is reported already
                faults.append(
                    Diagnostic(
                        "AS115",
                        f"{where}: no layer uses the column `{module.captions[key]}`",
                        (Label(_place_of(module, key, path)),),
                        help="use it, or take it out",
                    )
                )


def _circle(optional: Cells) -> list[str]:
    """Columns of which each refers to the next, and the last to the first; empty where none do."""
    return [*next(ways_round({key: references(cell.value) for key, cell in optional.items()}), ())]


def no_column(module: Module, key: str, cell: Cell) -> Fault:
    """AS113 for a reference inside a module that names none of its columns."""
    hint = did_you_mean(key, module.columns, "declare it in `columns`")
    facts = respelt(cell, key, module.columns)
    return cell.fault("AS113", f"`{cell.value}` names no column of `{module.name}`", hint, facts=facts)


def _place_of(module: Module, key: str, path: Path) -> Path:
    if key in module.optional and module.optional[key].path:
        return module.optional[key].path
    return (*path, "columns") if path else ()


# --- the library -----------------------------------------------------------------------------------------------------


@cache
def _library_tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for file in sorted((FilePath(__file__).parent / "library").glob("*.toml")):
        tables |= tomli.loads(file.read_text(encoding="utf-8"))["modules"]
    return tables


def library_names() -> tuple[str, ...]:
    return tuple(_library_tables())


@cache
def library_module(name: str) -> Module:
    """A built-in module. Raises `KeyError` for an unknown name, `ValueError` for a fault of the library itself."""
    faults: list[Diagnostic] = []
    module = read_module(name, _library_tables()[name], (), faults)
    if faults:
        raise ValueError(f"library module {name}: {faults[0].message}")
    return module


def operation_name(written: str) -> str | None:
    """The operation that a word names, by its own name or a closed synonym, or None."""
    key = key_of(written)
    name = OPERATION_SYNONYMS.get(key, key)
    return name if name in OPERATIONS else None
