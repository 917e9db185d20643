"""What a layer means: the operation or module its type names, and the value of each key by precedence.

The layer's own cell (a reference is the cell it names) beats the preset of its [types] word, that beats [defaults],
that beats a module's optional value or an operation's neutral one. A `Layer` and its `Network` go in; typed values come
out, or a `Fault` at the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from archspec import notation
from archspec.diagnostic import Diagnostic, Fault, Label, did_you_mean
from archspec.filling import resolved
from archspec.layer import Cells, Layer, given_twice, misspelt_type
from archspec.modules import Module, library_module, library_names, no_column, operation_name
from archspec.notation import Cell, Lookup, Patch, key_of, reference
from archspec.shape import Pair
from archspec.spec import Network
from archspec.vocabulary import (
    BLOCK_KEYS,
    BLOCK_PARTS,
    CHOICES,
    CLAIMS,
    HEAD_KEYS,
    LAYER_KEYS,
    OPERATIONS,
    Kind,
    Operation,
)


@dataclass(frozen=True)
class Target:
    """What a type word names: an operation or a module, with the cells that the word presets."""

    name: str
    operation: Operation | None = None
    module: Module | None = None
    preset: Cells = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The cells it reads."""
        if self.operation:
            return tuple(self.operation.keys)
        assert self.module is not None
        return self.module.columns

    def kind(self, key: str) -> Kind | None:
        if self.operation:
            return self.operation.keys.get(key)
        assert self.module is not None
        return self.module.kinds.get(key)


RATED = re.compile(r"(.*?)\s*\(\s*(\d+(?:\.\d+)?\s*%)\s*\)\s*")
_FOOTNOTE = re.compile(r".*[*∗⁎†‡§¶‖#^¹²³⁰-⁹ᵃ-ᶻ]\s*")


def target_of(network: Network, layer: Layer, lookup: Lookup, module: Module | None = None) -> Target:
    """What the type of a layer names. `module` is the one the layer stands in; rows and heads (None) read [types]
    first.

    Raises `Fault` AS106, with the nearest word that fits there, also for a footnote mark that no word of [types] has.
    """
    cell = resolved(layer.cells["type"], lookup)
    if not isinstance(cell.value, str):
        raise cell.fault("AS103", f"a type is a word, `{notation.show(cell.value)}` is not")
    preset: dict[str, Cell] = {}
    text = cell.value
    printed = printed_word(network, text) if module is None else None
    word = None if printed is None else network.types[printed]
    if word is None and (rated := RATED.fullmatch(text)) and operation_name(rated[1]) == "dropout":
        text, preset = rated[1], {"rate": cell.part(*rated.span(2), "rate")}
        again = layer.cells.get("rate")
        if again and not again.blank and again.path[:-1] == layer.cells["type"].path[:-1]:  # not where a patch sets it
            raise Fault(given_twice("rate", again, preset["rate"]))
    elif word is None and module is None and _FOOTNOTE.fullmatch(text):
        hint = f"declare `{text}` under [types], or take the mark out where it changes nothing"
        raise cell.fault("AS106", f"nothing says what the mark of `{text}` stands for", hint)
    elif isinstance(word, Cell):
        text, cell = str(word.value), word
    elif word is not None:
        preset = {key: value for key, value in word.items() if key != "type"}
        if "type" not in word:
            misspelt = misspelt_type(word, f"`{printed}` in [types]")
            said = f"[types] presets cells for `{text}` and names no `type`"
            raise Fault(misspelt) if misspelt else cell.fault("AS108", said, 'add type = "..."')
        text, cell = str(word["type"].value), word["type"]
    target = _named(network, text, cell, layer, module, of_word=word is not None)
    return replace(target, preset=preset) if preset else target


def printed_word(network: Network, text: str) -> str | None:
    """The word of [types] that a type is read as: as printed, else by spelling.

    A footnote mark is a difference, a blank is none.
    """
    if text in network.types:
        return text
    return next((printed for printed in network.types if _spelling(printed) == _spelling(text)), None)


@lru_cache(4096)
def _spelling(word: str) -> str:
    return re.sub(r"[\s_-]+", "-", word.strip().lower().replace("×", "x"))


def _named(network: Network, text: str, cell: Cell, layer: Layer, module: Module | None, of_word: bool) -> Target:
    key = key_of(text)
    # a name in a library module resolves in the library first, so that a file cannot change what it means
    of_file = network.module(key) if module is None or not module.in_library else None
    found = of_file or (library_module(key) if key in library_names() else network.module(key))
    if found is not None:
        return Target(found.name, module=found)
    if (operation := operation_name(text)) is not None:
        return Target(operation, operation=OPERATIONS[operation])
    if reference(layer.cells["type"].value) == "pool":
        candidates: Iterable[str] = ("max", "avg")
    elif module is not None:
        candidates = (*network.modules, *library_names(), *OPERATIONS)
    else:
        fitting = (name for name in library_names() if _reads_all(library_module(name), layer))
        candidates = (*(() if of_word else network.types), *network.modules, *fitting, *OPERATIONS)
    from archspec.habits import unknown_word, word_and_cell  # here: a file without faults does not pay for it

    known = {_spelling(one) for one in (*(() if of_word else network.types), *network.modules, *library_names())}
    two = word_and_cell(text, lambda one: _spelling(one) in known or operation_name(one) is not None)
    said, declare = f"`{text}` is no operation and no module", "declare it under [modules]"
    word = unknown_word(text, candidates, declare + (" or [types]" if not of_word else ""), said)
    raise cell.fault("AS106", word.said, two or word.help, facts={} if two else word.facts)


def _reads_all(module: Module, layer: Layer) -> bool:
    """Whether a row has no cell that it would not read as this module."""
    return set(layer.cells) <= {*module.columns, *LAYER_KEYS, *CLAIMS, *HEAD_KEYS}


class Window(NamedTuple):
    """Patch and stride, the level that gave the patch, and the cell that gave the stride."""

    patch: Patch
    stride: Pair
    level: Cells
    strides: Cell


@dataclass(frozen=True)
class Levels:
    """The cells of one layer, strongest level first, and how references in them are read."""

    layer: Layer
    target: Target
    cells: tuple[Cells, ...]
    lookup: Lookup
    row: str  # the row that is being expanded, for messages
    step: str = ""  # the layer's name inside its module, for messages

    def get(self, key: str) -> Cell | None:
        """The strongest cell of a key, references followed; None where no level has it."""
        for level in self.cells:
            cell = level.get(key)
            if cell is not None and not cell.blank:
                return resolved(cell, self.lookup)
        return None

    def need(self, key: str) -> Cell:
        cell = self.get(key)
        if cell is None:
            raise self.missing(key)
        return cell

    def either(self, key: str, other: str) -> tuple[str, Cell] | None:
        """Of two keys that say one thing, the one of the strongest level that has either, and its cell.

        Raises `Fault` AS112 where a level has both.
        """
        for level in self.cells:
            given = [one for one in (key, other) if one in level and not level[one].blank]
            if len(given) == 2:
                raise self._both(level[key], level[other])
            if given:
                return given[0], resolved(level[given[0]], self.lookup)
        return None

    def _both(self, first: Cell, again: Cell) -> Fault:
        where = f"`{self.row}`, `{self.step}`" if self.step else f"`{self.row}`"
        return Fault(
            Diagnostic(
                "AS112",
                f"{where} gives both `{first.caption}` and `{again.caption}`",
                (Label(again.path, "again"), Label(first.path, "first")),
                help="keep one of the two",
                row=self.row,
            )
        )

    def missing(self, *keys: str) -> Fault:
        """AS108: cells that nothing gives and that have no neutral value, those of `keys` and what else the operation
        lacks."""
        if (operation := self.target.operation) is not None:
            later = {"out", "multiplier", "count-pad", "patch", *(() if "pad" in keys else ("pad", "rounding"))}
            keys = tuple(
                key
                for key in operation.keys
                if key in keys or not (key in operation.neutral or key in later or self.get(key))
            )
        wanted = notation.listed(self.caption(key) for key in keys)
        where = f"`{self.row}`, `{self.step}`" if self.step else f"`{self.row}`"
        if self.target.module is not None:
            hint = "write 0 to leave it out"
        else:
            hint = f"say it in the row, or for every {self.target.name} in [defaults] {self.target.name}"
            if "patch" in keys and self.target.name in ("max-pool", "avg-pool"):
                hint += '; a pool over the whole map has the patch "global"'
        return Fault(
            Diagnostic(
                "AS108",
                f"{where}: `{self.target.name}` needs {wanted}",
                (Label(self.layer.place),),
                help=hint,
                row=self.row,
                facts={"needs": list(keys), "type": self.target.name},
            )
        )

    def caption(self, key: str) -> str:
        if self.target.module is not None:
            return self.target.module.captions.get(key, key)
        return key

    # typed values

    def word(self, key: str) -> str:
        return notation.word(self.need(key), CHOICES[key])

    def boolean(self, key: str) -> bool:
        return notation.boolean(self.need(key))

    def number(self, key: str) -> float:
        return notation.number(self.need(key))

    def integer(self, key: str) -> int:
        return notation.integer(self.need(key))

    def window(self) -> Window:
        """Patch and stride. A patch hides the stride of all weaker levels."""
        given: Cell | None = None
        for level in self.cells:
            if "patch" in level and not level["patch"].blank:
                patch = notation.patch(level["patch"], self.lookup)
                if "stride" in level and not level["stride"].blank:
                    if patch.stride:
                        raise level["stride"].fault(
                            "AS112",
                            "the stride is given twice, here and in the patch",
                            "keep one",
                        )
                    given = given or level["stride"]
                if given is not None:
                    return Window(patch, notation.stride(given, self.lookup), level, given)
                return Window(patch, patch.stride or (1, 1), level, level["patch"])
            if given is None and "stride" in level and not level["stride"].blank:
                given = level["stride"]
        raise self.missing("patch")

    def through(self, *keys: str) -> dict[str, str]:
        """Which of the layer's own cells of these keys are references, and to what."""
        found = {}
        for key in keys:
            if key in self.layer.cells and (name := reference(self.layer.cells[key].value)):
                found[key] = name
        return found


@lru_cache
def _neutral(name: str) -> Cells:
    return {key: Cell(value, (), key, "") for key, value in OPERATIONS[name].neutral.items()}


def levels_of(network: Network, layer: Layer, target: Target, lookup: Lookup, row: str, step: str = "") -> Levels:
    cells = [layer.cells, target.preset]
    for name in dict.fromkeys((key_of(target.name), target.operation.also if target.operation else "")):
        if name in network.defaults:
            cells.append(network.default_cells[name])
    if target.operation:
        cells.append(_neutral(target.name))
    elif target.module:
        cells.append(target.module.optional)
    return Levels(layer, target, tuple(cells), lookup, row, step)


def default_levels(network: Network, name: str, row: str, layer: Layer) -> Levels:
    """The cells of an operation that no layer names: the batch norm that `norm = "batch-norm"` stands for."""
    bare = Layer("", {}, layer.place)
    operation = OPERATIONS[name]
    return levels_of(network, bare, Target(name, operation=operation), no_columns, row)


def no_columns(key: str, cell: Cell) -> Cell:
    raise cell.fault("AS113", f"`{cell.value}` refers to nothing")


# --- lookups ---------------------------------------------------------------------------------------------------------


def row_lookup(network: Network, layer: Layer) -> Lookup:
    """References in rows, heads, [types] words and [defaults]: a parameter, or `$output` for the printed channels."""

    def lookup(key: str, cell: Cell) -> Cell:
        if (named := network.params.get(key)) is not None:
            if notation.references(named.value):
                raise named.fault("AS113", f"`{named.value}` refers to nothing here", "write the value")
            return named
        if key == "output":
            return output_channels(layer, cell)
        raise cell.fault(
            "AS113",
            f"`{cell.value}` names no parameter",
            did_you_mean(key, network.params, "declare it under [params]"),
            facts=notation.respelt(cell, key, network.params),
        )

    return lookup


def output_channels(layer: Layer, asking: Cell) -> Cell:
    """The channels of a row's `output` cell as a cell of its own. Raises `Fault` AS108 where the row prints none."""
    claim = layer.cells.get("output")
    if claim is None:
        raise Fault(
            Diagnostic(
                "AS108",
                f"`{layer.name}` says neither how many filters it has nor its `output`",
                (Label(layer.place),),
                help="give one of the two",
                row=layer.name,
            )
        )
    printed = notation.size(claim, channels=True)
    return replace(claim.part(*printed.channels_span, claim.caption))


def module_lookup(module: Module, columns: Mapping[str, Callable[[], Cell]]) -> Lookup:
    """References inside a module: its own columns and nothing else, and `$output`."""

    def lookup(key: str, cell: Cell) -> Cell:
        if key not in columns:
            raise no_column(module, key, cell)
        return columns[key]()

    return lookup


# --- the cells of a row ----------------------------------------------------------------------------------------------


def allowed_keys(layer: Layer, target: Target | None, head: bool) -> tuple[str, ...]:
    keys: tuple[str, ...] = (*LAYER_KEYS, *(target.keys if target else ()), *(HEAD_KEYS if head else CLAIMS))
    return (*keys, *BLOCK_PARTS, *BLOCK_KEYS) if layer.block else keys


def parse(cell: Cell, kind: Kind, lookup: Lookup) -> object:
    """Read one cell as its kind, for its faults. References are followed; an absent value is fine."""
    if kind not in ("patch", "stride"):
        cell = resolved(cell, lookup)
    match kind:
        case "patch":
            return notation.patch(cell, lookup) if not cell.absent else None
        case "stride":
            return notation.stride(cell, lookup)
        case "pad":
            return notation.pad(cell)
        case "channels" | "integer":
            return None if cell.absent else notation.integer(cell)
        case "whole":
            return notation.integer(cell, "a number of layers", 0)
        case "boolean":
            return notation.boolean(cell)
        case "number":
            return notation.number(cell)
        case "rate":
            return notation.rate(cell)
        case "size":
            return notation.size(cell)
        case "count":
            return notation.count(cell)
        case "init":
            return notation.init(cell)
        case "type":
            return None
        case _:
            return notation.word(cell, CHOICES[kind])
