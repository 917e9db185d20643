"""What of a checkpoint fits a network: every parameter of either side in, a report in the table's words out."""

from __future__ import annotations

import json
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple

from archspec.parameters import Parameter
from archspec.source import clean

Shape = tuple[int, ...]

_SHOWN = 12  # findings of a kind that the text shows; JSON has them all


class Preprocess(NamedTuple):
    """What a checkpoint expects of an image: pixels in `range`, channels in `order`, less `mean`, over `std`.

    `mean` and `std` are in the order of the channels. `resize` and `crop` say in words how the image got its size.
    Nothing applies it.
    """

    range: tuple[float, float]
    order: Literal["RGB", "BGR"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    resize: str = ""
    crop: str = ""

    def __str__(self) -> str:
        low, high = (f"{value:g}" for value in self.range)
        mean, std = (", ".join(f"{value:g}" for value in values) for values in (self.mean, self.std))
        size = "".join(f"; {text}" for text in (self.resize, self.crop) if text)
        return f"{self.order}, {low} to {high}, less ({mean}), over ({std}){size}"


@dataclass(frozen=True)
class Weight:
    """A tensor: of the network, of the checkpoint (`there`, with its shape), or of both. `why` it has no counterpart;
    `unfit` says, where it has one of its shape, why its numbers cannot be taken."""

    here: Parameter | None
    there: str = ""
    shape: Shape = ()
    why: str = ""
    unfit: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of [weights], and how many layers of the checkpoint it named."""

    theirs: str
    ours: str
    uses: int


@dataclass(frozen=True)
class Report:
    """`loaded` fits; `misshapen` (of another shape, or `unfit`), `missing` and `unexpected` do not. `left_out` belongs
    to heads that the model, or the checkpoint, does not have. `source` is empty where the checkpoint has the names of
    the network itself."""

    name: str
    source: str
    loaded: tuple[Weight, ...]
    misshapen: tuple[Weight, ...] = ()
    missing: tuple[Weight, ...] = ()
    unexpected: tuple[Weight, ...] = ()
    left_out: tuple[Weight, ...] = ()
    rules: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()
    preprocess: Preprocess | None = None

    @property
    def ok(self) -> bool:
        """Everything of the network was found, and nothing of the checkpoint is left over."""
        return not (self.misshapen or self.missing or self.unexpected)

    @property
    def params(self) -> int:
        """Learned numbers that fit."""
        return sum(prod(one.here.shape) for one in self.loaded if one.here and one.here.learned)

    def render(self, form: Literal["text", "json"] = "text") -> str:
        """The report, with a line end. Raises `ValueError` for another form."""
        if form not in ("text", "json"):
            raise ValueError(f"a report is text or json, not {form!r}")
        return _json(self) if form == "json" else "\n".join(_lines(self)) + "\n"

    def __str__(self) -> str:
        return self.render().rstrip("\n")


# --- text ------------------------------------------------------------------------------------------------------------


def _lines(report: Report) -> Iterator[str]:
    whose = f"names of [weights.{clean(report.source)}]" if report.source else "its own names"
    yield f"{clean(report.name)}, {whose}"
    whole = list(_whole_rows(report))
    yield f"fits: {len(report.loaded)} tensors, {report.params:,} parameters" + (": all" if report.ok else "")
    yield from (f"  {line}" for line in textwrap.wrap(", ".join(whole), 118, break_long_words=False))
    yield from _section("does not fit", _misshapen(report))
    yield from _section("not in the checkpoint", _missing(report))
    yield from _section("left over in the checkpoint", _by_layer(report.unexpected))
    yield from _section("left out", _left_out(report))
    unused = [f"`{clean(one.theirs)}`" for one in report.rules if not one.uses]
    yield from _section("rules that name nothing in the checkpoint", unused)
    yield from (f"note: {clean(note)}" for note in report.notes)
    if report.preprocess:
        yield f"images: {clean(str(report.preprocess))} (never applied)"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"{title}:"
        yield from (f"  {line}" for line in found[:_SHOWN])
        if len(found) > _SHOWN:
            yield f"  ... and {len(found) - _SHOWN} more"


def _whole_rows(report: Report) -> Iterator[str]:
    """The rows of which everything fits."""
    rows = dict.fromkeys(one.here.row for one in report.loaded if one.here)
    wrong = {one.here.row for one in (*report.misshapen, *report.missing) if one.here}
    return (clean(row) for row in rows if row not in wrong)


def _misshapen(report: Report) -> Iterator[str]:
    """By layer: its first tensor, which is the weight where that is wrong, and the names of the others."""
    layers: dict[tuple[str, str], list[Weight]] = defaultdict(list)
    for one in sorted(report.misshapen, key=lambda one: not one.there.endswith("weight")):
        if one.here:
            layers[one.here.words, one.unfit].append(one)
    for (words, unfit), (first, *others) in layers.items():
        here, leaf = first.here, first.there.rpartition(".")[2]
        assert here is not None
        what = clean(words) if leaf == "weight" else f"{clean(leaf)} of {clean(words)}"
        more = f", and {', '.join(clean(one.there.rpartition('.')[2]) for one in others)}" if others else ""
        sizes = f"{_size(here.shape)} in the table, {_size(first.shape)} in the checkpoint"
        yield f"{what}: {clean(unfit) or sizes} (`{clean(first.there)}`{more})"


def _missing(report: Report) -> Iterator[str]:
    """By layer; a row of which nothing was found is one line."""
    found = {one.here.row for one in (*report.loaded, *report.misshapen) if one.here}
    rows: dict[str, list[Parameter]] = defaultdict(list)
    for one in report.missing:
        if one.here:
            rows[one.here.row].append(one.here)
    for row, parameters in rows.items():
        if row not in found:
            yield f"`{clean(row)}`: all of it"
            continue
        layers: dict[str, list[str]] = defaultdict(list)
        for one_here in parameters:
            layers[clean(one_here.words)].append(one_here.name.rpartition(".")[2])
        yield from (f"{words}: {', '.join(leaves)}" for words, leaves in layers.items())


def _by_layer(weights: Iterable[Weight]) -> Iterator[str]:
    layers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in weights:
        layer, _, leaf = one.there.rpartition(".")
        layers[layer, one.why].append(leaf)
    for (layer, why), leaves in layers.items():
        named = f"`{clean(layer)}`: {clean(', '.join(leaves))}" if layer else f"`{clean(', '.join(leaves))}`"
        yield f"{named}; {clean(why)}"


def _left_out(report: Report) -> Iterator[str]:
    rows: dict[tuple[str, str], int] = defaultdict(int)
    for one in report.left_out:
        if one.here:
            rows[one.here.row, one.why] += 1
    for (row, why), count in rows.items():
        yield f"`{clean(row)}`: {count} tensors; {why}"


def _size(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "one number"


# --- JSON ------------------------------------------------------------------------------------------------------------


def _json(report: Report) -> str:
    kinds = ("loaded", "misshapen", "missing", "unexpected", "left_out")
    values = {
        "name": report.name,
        "source": report.source or None,
        "ok": report.ok,
        "params": report.params,
        **{kind: [_item(one) for one in getattr(report, kind)] for kind in kinds},
        "rules": [{"theirs": one.theirs, "ours": one.ours, "uses": one.uses} for one in report.rules],
        "notes": list(report.notes),
        "preprocess": report.preprocess._asdict() if report.preprocess else None,
    }
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _item(one: Weight) -> dict[str, object]:
    item: dict[str, object] = {}
    if one.here:
        item |= {"row": one.here.row, "layer": one.here.words, "name": one.here.name, "shape": list(one.here.shape)}
    if one.there:
        item |= {"checkpoint": one.there, "checkpoint_shape": list(one.shape)}
    return item | ({"why": one.why or one.unfit} if one.why or one.unfit else {})
