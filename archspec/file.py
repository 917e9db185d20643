"""The format of a spec file, checked by pydantic: which sections there are and what kind of value each key has.

A `Document` goes in; a `File` comes out, or `Faults` with one diagnostic for each thing that is wrong. The cells of
layers are not modelled here: which keys a layer may have depends on its type, and that may be a module of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archspec import renaming
from archspec.diagnostic import Diagnostic, Fault, Faults, Label, Path, did_you_mean
from archspec.document import Document

Table = dict[str, Any]


class Strict(BaseModel):
    """Unknown keys are refused and nothing is coerced."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Paper(Strict):
    """Where the table was printed."""

    arxiv: str | None = None
    doi: str | None = None
    title: str | None = None
    table: str | None = None
    url: str | None = None


class Unit(Strict):
    """What a printed count means: the factors of its suffixes, and what is counted."""

    K: int = Field(1000, ge=1)
    M: int = Field(1_000_000, ge=1)
    B: int = Field(1_000_000_000, ge=1)
    of: Literal["weights", "parameters", "macs", "flops"] | None = None


class Units(Strict):
    params: Unit = Unit()  # type: ignore[call-arg]
    ops: Unit = Unit()  # type: ignore[call-arg]


class PrintedTable(Strict):
    """[table]: the network as a table."""

    columns: list[str]
    rows: list[list[Any]]
    added: list[str] = []
    units: Units = Units()


class Network(Strict):
    """[network]: the network as a list of layers."""

    layers: list[Table]
    added: list[str] = []
    units: Units = Units()


class Preprocessing(Strict):
    """What a checkpoint expects of an image: pixels in `range`, channels in `order`, less `mean`, over `std`."""

    range: list[float]
    order: Literal["RGB", "BGR"]
    mean: list[float]
    std: list[float]
    resize: str = ""
    crop: str = ""


class Weights(Strict):
    """[weights.NAME]: a published checkpoint. `names` are the rules of renaming.py, or the section that has them."""

    names: dict[str, str] | str
    variant: str | None = None
    reading: str | None = None
    preprocess: Preprocessing | None = None
    url: str | None = None
    licence: str | None = None
    why: str | None = None


class File(Strict):
    """A whole file. `errata`, `readings` and `variants` are patches: partial specs with dotted keys."""

    format: Literal[1]
    name: str
    paper: Paper | None = None
    input: str
    reading: str | None = None
    params: dict[str, int | float | str] = {}
    types: dict[str, str | Table] = {}
    defaults: dict[str, Table] = {}
    modules: dict[str, Table] = {}
    table: PrintedTable | None = None
    network: Network | None = None
    heads: dict[str, Table] = {}
    errata: Table = {}
    readings: dict[str, Table] = {}
    variants: dict[str, Table] = {}
    recipe: Table = {}
    weights: dict[str, Weights] = {}


def read_file(document: Document) -> File:
    """Check the sections of a document. Raises `Faults`: AS005, AS101, AS102, AS103; of [weights] also AS104, AS105,
    AS113."""
    values = document.values
    if "format" in values and values["format"] != 1:
        raise Faults([_wrong_format(values["format"])])
    try:
        file = File.model_validate(values)
    except ValidationError as error:
        raise Faults(_once(_translate(item, document) for item in error.errors(include_url=False))) from None
    if (file.table is None) == (file.network is None):
        raise Faults([_one_network(file)])
    if found := [one for name, section in file.weights.items() for one in _wrong_weights(name, section, file)]:
        raise Faults(found)
    return file


def _once(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One diagnostic a place: a value of several possible kinds is of none of them once."""
    by_place: dict[Path, Diagnostic] = {}
    for one in found:
        known = by_place.get(one.path)
        if known is None or one.code == "AS102":
            by_place[(*one.path, len(by_place)) if known else one.path] = one
        elif known.code == one.code == "AS103":
            wanted = one.help.removeprefix("write ")
            by_place[one.path] = replace(
                known, message=f"{known.message} or {wanted}", help=f"{known.help} or {wanted}"
            )
    return list(by_place.values())


def _wrong_format(found: Any) -> Diagnostic:
    newer = isinstance(found, int) and found > 1
    return Diagnostic(
        "AS005",
        f"this file is of format {found!r}, this archspec reads format 1",
        (Label(("format",)),),
        help="install a newer archspec-nn" if newer else "write format = 1",
    )


def _one_network(file: File) -> Diagnostic:
    if file.table is not None:
        return Diagnostic(
            "AS112",
            "the file has both [table] and [network]",
            (Label(("network",)), Label(("table",))),
            help="a network is one table or one list of layers",
        )
    for section in ("errata", "recipe"):
        if "layers" in getattr(file, section):
            return _swallowed((section, "layers"))
    return Diagnostic(
        "AS102",
        "the file has neither [table] nor [network]",
        (Label(()),),
        help="write [table] with columns and rows, or [network] with layers",
    )


def _wrong_weights(name: str, section: Weights, file: File) -> Iterator[Diagnostic]:
    """What a section of [weights] names that is not there, numbers that are no preprocessing, rules that are none."""
    path: Path = ("weights", name)
    with_rules = [other for other, one in file.weights.items() if not isinstance(one.names, str)]
    alias = section.names if isinstance(section.names, str) else None
    for key, word, known in (
        ("variant", section.variant, list(file.variants)),
        ("reading", section.reading, list(file.readings)),
        ("names", alias, with_rules),
    ):
        if word is not None and word not in known:
            hint = did_you_mean(word, known)
            yield Diagnostic(
                "AS113", f"`{key}` of [weights.{name}]: there is no `{word}`", (Label((*path, key)),), help=hint
            )
    if image := section.preprocess:
        for key, wanted, right in (
            ("range", "a lowest and a highest value", len(image.range) == 2 and image.range[0] < image.range[-1]),
            ("mean", "three numbers", len(image.mean) == 3),
            ("std", "three numbers above 0", len(image.std) == 3 and min(image.std) > 0),
        ):
            if not right:
                place = Label((*path, "preprocess", key))
                yield Diagnostic("AS105", f"`{key}` of [weights.{name}.preprocess] is not {wanted}", (place,))
    for theirs, ours in ({} if isinstance(section.names, str) else section.names).items():
        try:
            renaming.lists(theirs, ours, (), (*path, "names", theirs))
        except Fault as fault:
            yield fault.diagnostic


def _swallowed(path: Path) -> Diagnostic:
    hint = "did a header swallow it? `layers` stands under [network]"
    return Diagnostic("AS101", f"unknown key `layers` in {_section(path[:-1])}", (Label(path, on="key"),), help=hint)


_WANTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "string_too_short": "some text",
}


def _translate(item: Any, document: Document) -> Diagnostic:
    """One pydantic error as a diagnostic. The tag of a union in `loc` is no key of the file and is dropped."""
    path = _in_document(item["loc"], document)
    where = _section(path[:-1])
    written = str(path[-1]) if path else ""
    match item["type"]:
        case _ if written == "layers" and path != ("network", "layers"):
            return _swallowed(path)
        case "extra_forbidden":
            fields = tuple(_fields_at(path[:-1]))
            hint = did_you_mean(written, fields, f"its keys are {', '.join(f'`{f}`' for f in fields)}")
            return Diagnostic("AS101", f"unknown key `{written}` in {where}", (Label(path, on="key"),), help=hint)
        case "missing":
            key = str(item["loc"][-1])
            examples = {"format": "format = 1", "input": 'input = "224x224x3"', "name": 'name = "..."'}
            return Diagnostic(
                "AS102", f"{_section(path)} lacks `{key}`", (Label(path),), help=f"add {examples.get(key, f'`{key}`')}"
            )
        case kind:
            wanted = item["ctx"]["expected"] if kind == "literal_error" else _WANTED.get(kind, item["msg"].lower())
            return Diagnostic(
                "AS103",
                f"`{written}` in {where} is not {wanted}",
                (Label(path),),
                help=f"write {wanted}" if kind in (*_WANTED, "literal_error") else "",
            )


def _in_document(loc: tuple[int | str, ...], document: Document) -> Path:
    path: list[int | str] = []
    value: Any = document.values
    for part in loc:
        if (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int)):
            value = value[part]  # type: ignore[index]
            path.append(part)
    return tuple(path)


def _section(path: Path) -> str:
    return "[" + ".".join(str(part) for part in path) + "]" if path else "the file"


def _fields_at(path: Path) -> list[str]:
    """The keys that fit at a place."""
    models: dict[tuple[str, ...], type[Strict]] = {
        (): File,
        ("paper",): Paper,
        ("table",): PrintedTable,
        ("network",): Network,
        ("table", "units"): Units,
        ("network", "units"): Units,
    }
    match path:
        case ("weights", _):
            return list(Weights.model_fields)
        case ("weights", _, "preprocess"):
            return list(Preprocessing.model_fields)
    found = models.get(tuple(str(part) for part in path), Unit)
    return list(found.model_fields)
