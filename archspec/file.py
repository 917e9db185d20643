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
from archspec.diagnostic import Diagnostic, Fault, Faults, Label, Path, did_you_mean, spelling
from archspec.document import Document
from archspec.limits import hidden
from archspec.notation import show

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
    allow: dict[str, dict[str, str]] = {}
    readings: dict[str, Table] = {}
    variants: dict[str, Table] = {}
    recipe: Table = {}
    weights: dict[str, Weights] = {}

    @property
    def allows(self) -> bool:
        """Whether [allow], or a row of [network], says that a claim may fail."""
        return bool(self.allow) or any("allow" in layer for layer in (self.network.layers if self.network else ()))


def read_file(document: Document) -> File:
    """Check the sections of a document. Raises `Faults`: AS005, AS101, AS102, AS103, AS109, AS121; of [weights] also
    AS104, AS105, AS113."""
    values = document.values
    if not values:
        raise Faults([_EMPTY])
    if "format" in values and (type(values["format"]) is not int or values["format"] != 1):
        raise Faults([_wrong_format(values["format"])])
    if wrong := hidden(document.source.text, values):
        raise Faults(wrong)
    try:
        file = File.model_validate(values)
    except ValidationError as error:
        wrong = _once(_translate(item, document) for item in error.errors(include_url=False))
        unsaid = not values.keys() & {"table", "network"} and all(one.code == "AS102" for one in wrong)
        raise Faults([*wrong, _NO_NETWORK] if unsaid else wrong) from None
    if (file.table is None) == (file.network is None):
        raise Faults([_one_network(file)])
    if file.table is not None and (found := _lacking_caption(file.table)):
        raise Faults([found])
    if of_weights := [one for name, section in file.weights.items() for one in _wrong_weights(name, section, file)]:
        raise Faults(of_weights)
    return file


def _once(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One diagnostic a slip: a value of several possible kinds is of none of them once, and a misspelt key is not
    missing."""
    by_place: dict[Path, Diagnostic] = {}
    for one in found:
        known = by_place.get(one.path)
        if known is None or one.code == "AS102":
            by_place[(*one.path, len(by_place)) if known else one.path] = one
        elif known.code == one.code == "AS103":
            wanted = one.help.removeprefix("write ")
            by_place[one.path] = replace(
                known, message=f"{known.message} or {wanted}", help=f"{known.help} or {wanted}", facts={}
            )
    misspelt = {(*one.path[:-1], one.facts.get("nearest")) for one in by_place.values()}
    return [
        one
        for one in by_place.values()
        if not _is_within(one, by_place) and (*one.path, one.facts.get("lacks", "")) not in misspelt
    ]


def _is_within(one: Diagnostic, by_place: Iterable[Path]) -> bool:
    """Whether a value of the wrong kind is one for which only a part of it is to blame, reported for itself."""
    depth = len(one.path)
    return one.code == "AS103" and any(place[:depth] == one.path and len(place) > depth for place in by_place)


def _wrong_format(found: Any) -> Diagnostic:
    if type(found) is int:
        message = f"this file is of format {show(found)}, this archspec reads format 1"
    else:
        message = "`format` is not a whole number"
    newer = type(found) is int and found > 1
    return Diagnostic(
        "AS005",
        message,
        (Label(("format",)),),
        help="install a newer Archspec" if newer else "write `format = 1`",
        facts={"wanted": "integer"} if found in ("1", 1.0) and found is not True else {},
    )


_NO_NETWORK = Diagnostic(
    "AS102",
    "the file has neither [table] nor [network]",
    (Label(()),),
    help="write [table] with columns and rows, or [network] with layers",
)
_EMPTY = Diagnostic(
    "AS102",
    "the file is empty: a spec has `format`, `name`, `input`, and [table] or [network]",
    (Label(()),),
    help="`archspec new` prints a spec to start from",
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
    return _NO_NETWORK


def _lacking_caption(table: PrintedTable) -> Diagnostic | None:
    """AS109 once where a caption is missing: some rows have one cell more than there are captions, none as many."""
    width = len(table.columns)
    longer = [index for index, row in enumerate(table.rows) if len(row) == width + 1]
    if len(longer) < 2 or any(len(row) == width or len(row) > width + 1 for row in table.rows):
        return None
    return Diagnostic(
        "AS109",
        f"`columns` has {width} captions, {len(longer)} rows have {width + 1} cells and none has {width}",
        (Label(("table", "columns")), Label(("table", "rows", longer[0], width), "no column")),
        help="add the caption that is missing, or take a cell out of each row",
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
                "AS113",
                f"`{key}` of [weights.{name}]: there is no `{word}`",
                (Label((*path, key)),),
                help=hint,
                facts=spelling(word, known),
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

_KINDS = {"string_type": "text", "int_type": "integer", "float_type": "number", "bool_type": "boolean"}


def _translate(item: Any, document: Document) -> Diagnostic:
    """One pydantic error as a diagnostic. The tag of a union in `loc` is no key of the file and is dropped."""
    path = _in_document(item["loc"], document)
    where = _section(path[:-1])
    written = str(path[-1]) if path else ""
    what = f"`{written}` in {where}"
    if path and isinstance(index := path[-1], int):
        what = f"item {index + 1} of {_section(path[:-1])}"
    match item["type"]:
        case _ if written == "layers" and path != ("network", "layers"):
            return _swallowed(path)
        case "extra_forbidden":
            fields = tuple(_fields_at(path[:-1]))
            hint = did_you_mean(written, fields, f"its keys are {', '.join(f'`{f}`' for f in fields)}")
            facts = spelling(written, fields)
            place = Label(path, on="key")
            return Diagnostic("AS101", f"unknown key `{written}` in {where}", (place,), help=hint, facts=facts)
        case "missing":
            key = str(item["loc"][-1])
            examples = {"format": "format = 1", "input": 'input = "224x224x3"', "name": 'name = "..."'}
            hint = f"add {examples.get(key, f'`{key}`')}"
            lacks = {"lacks": key}
            return Diagnostic("AS102", f"{_section(path)} lacks `{key}`", (Label(path),), help=hint, facts=lacks)
        case "greater_than_equal":
            return Diagnostic("AS105", f"{what} is less than {item['ctx']['ge']}", (Label(path),))
        case kind:
            wanted = (
                item["ctx"]["expected"].replace("'", "`")
                if kind == "literal_error"
                else _WANTED.get(kind, item["msg"].lower())
            )
            if path == ("input",):
                from archspec.habits import how_to_write_a_size  # here: a file without faults does not pay for it

                hint = how_to_write_a_size(document.values["input"])
                return Diagnostic("AS103", f"{what} is no size", (Label(path),), help=hint, facts={"wanted": "size"})
            return Diagnostic(
                "AS103",
                f"{what} is not {wanted}",
                (Label(path),),
                help=f"write {wanted}" if kind in (*_WANTED, "literal_error") else "",
                facts={"wanted": _KINDS[kind]} if kind in _KINDS else {},
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
