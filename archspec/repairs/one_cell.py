"""What one other value in one cell would mend: every cell that may be wrong, every value worth trying, tried.

Rows at fault go in, as `Trials`, with the cells that a fault is blamed on where there is one; edits come out, the most
likely slip first. Nothing is known of any network.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from archspec import notation
from archspec.cells import kind_of, takes_output
from archspec.claims import Aspect
from archspec.diagnostic import Path
from archspec.field import is_term
from archspec.layer import Layer
from archspec.notation import Cell, key_of, reference, show
from archspec.repairs.candidates import lists, rewritten, small, solved, texts
from archspec.repairs.likely import rarity, slip
from archspec.repairs.printed import claims_computed, claims_put_right, column_of, defining_output, may_stand, target_in
from archspec.repairs.rewriting import Change, blanks, compound, swapped, whole, written_column
from archspec.repairs.several_cells import Edit
from archspec.repairs.trials import Trials
from archspec.repairs.type_words import named_so, says_the_same, type_words
from archspec.repairs.widths import is_width, widths
from archspec.vocabulary import CHOICES, CLAIMS

_OF_COUNTS: frozenset[Aspect] = frozenset({"params", "ops", "depth"})
_OF_WIDTHS: frozenset[Aspect] = _OF_COUNTS | {"channels", "input-channels"}
PLAIN = 6  # by so much is what a cell says in other words likelier than anything else
GUESSED = 8  # the best score of a width that nothing speaks for
UNUSUAL = 4  # by so much is an edit likelier that hides one with an unusual width
SWAPPED = 2  # the score of two cells in each other's places, where one of them cannot be read
EXCHANGED = 6  # and where both can: a sum often holds then by chance


class Mend(NamedTuple):
    """Edits that mend what is at fault, and how likely they are: the smaller the score, the likelier."""

    score: int
    edits: tuple[Edit, ...]


OF_A_ROW = 20  # of the budget, for each row whose cells are read


def mending_claims(trials: Trials, first: int, last: int, aspects: frozenset[Aspect]) -> list[Mend]:
    """The edits of one cell, or of two that have changed places, after which the claims of these rows hold."""
    mends: list[Mend] = []
    trials.budget.spend(OF_A_ROW * len(trials.near(first)))
    for index in range(_start(trials, first, aspects), first + 1) if not trials.budget.spent else ():
        mends += _tried(trials, index, _of_claims(trials, index, first, aspects), last, EXCHANGED)
    return _ranked(mends)


def _of_claims(trials: Trials, index: int, first: int, aspects: frozenset[Aspect]) -> Iterator[Change]:
    """The changes of a row that may mend what a row behind it, or itself, prints."""
    layer = trials.network.rows[index]
    if index == first:
        yield from claims_put_right(trials, index, layer)
    for key, cell in layer.cells.items():
        if key not in CLAIMS and _matters(trials, layer, key, aspects) and not _of_the_field(trials, key, cell):
            yield from _changes(trials, index, layer, key, cell, first)
    if index < first:
        yield from defining_output(trials, index, layer, first)
    for path in _compound(layer):
        yield from (change for change in compound(trials, index, layer, path) if _both_parts(change))
    for path in blanks(trials, layer):
        yield from compound(trials, index, layer, path)
    if aspects & _OF_WIDTHS:
        yield from _pairs(layer)


def mending_cells(trials: Trials, index: int, paths: Iterable[Path], wanted: Iterable[object] = ()) -> list[Mend]:
    """The edits of one of the cells at these paths, or of the row's type, after which the row can be run and holds; or
    of one of them and another with which it has changed places.

    `wanted` are values that the fault itself suggests.
    """
    asked = dict.fromkeys(whole(path) for path in paths)
    trials.budget.spend(OF_A_ROW * len(trials.near(index)))  # whose cells are read for what may stand here
    ranked = _ranked(_tried(trials, index, _of_cells(trials, index, asked, wanted), index, SWAPPED))
    return [mend for mend in ranked if mend.score < ranked[0].score + PLAIN]


def _of_cells(trials: Trials, index: int, asked: Collection[Path], wanted: Iterable[object]) -> Iterator[Change]:
    """The changes of the cells at these paths, and of the row's type."""
    layer = trials.network.rows[index]
    for key, cell in layer.cells.items():
        if (whole(cell.path) not in asked and key != "type") or _of_the_field(trials, key, cell):
            continue
        if key in CLAIMS:
            yield from claims_computed(trials, index, layer, key, cell)
            if trials.blank_near(index, key):
                yield Change(key, cell, "", _with_value(layer, key, ""))
        else:
            if whole(cell.path) in asked:
                for value in (*wanted, *_unread(trials, index, key, cell.value)):
                    if key == "type" and says_the_same(trials, show(value), column_of(trials, index, key)):
                        continue
                    yield Change(key, cell, value, _with_value(layer, key, value))
            yield from _changes(trials, index, layer, key, cell, _claimed(trials, index, layer))
            if whole(cell.path) in asked and _kind(trials, layer, key) == "whole":
                for order, value in enumerate(widths(trials, index, layer, key)):
                    yield Change(key, cell, value, layer.with_cell(key, value), score=GUESSED + order)
    known = {cell.path for cell in layer.cells.values()}  # a cell in two parts has a path for each, not for itself
    for path in asked:
        if path[:3] != layer.place[:3]:  # a caption, or a cell of a patch
            continue
        more = [*_unread(trials, index, "patch", ""), *_whole_map(trials, index, "patch")]
        if path not in known:
            yield from compound(trials, index, layer, path, more)
        yield from swapped(trials, layer, path)


def _of_the_field(trials: Trials, key: str, cell: Cell) -> bool:
    """Whether a cell holds a word of the field that the file does not declare: any other is another network."""
    holds_word = key in ("type", "pad", "init", "patch", *CHOICES)
    return holds_word and is_term(cell.value) and not (key == "type" and trials.target(show(cell.value)))


def _claimed(trials: Trials, index: int, layer: Layer) -> int:
    """The row whose claims speak of what a row gives: itself or, in a table of inputs, the next."""
    following = trials.network.rows[index + 1 : index + 2]
    return index + 1 if "output" not in layer.cells and any("input" in one.cells for one in following) else index


def _compound(layer: Layer) -> Iterable[Path]:
    """The cells of a row that are read in parts."""
    paths = [whole(cell.path) for cell in layer.cells.values() if whole(cell.path) != cell.path]
    return [path for path in dict.fromkeys(paths) if paths.count(path) > 1]


def _matters(trials: Trials, layer: Layer, key: str, aspects: frozenset[Aspect]) -> bool:
    """Whether a cell has part in what fails: a width in channels and counts, a window in sizes and counts."""
    match _kind(trials, layer, key):
        case "whole":
            return bool(aspects & _OF_WIDTHS)
        case "word":
            return key == "type"
        case _ if key == "repeat":
            lists_ = any(isinstance(cell.value, list) for cell in layer.cells.values())
            return lists_ or bool(aspects & _OF_COUNTS)
        case _:
            return bool(aspects & (_OF_COUNTS | {"grid", "input-grid"}))


def _both_parts(change: Change) -> bool:
    """Whether no part of a compound cell stays: where one does, the other is tried for itself."""
    here, there = (re.split(r"\s*[+/]\s*", show(value)) for value in (change.cell.value, change.value))
    return not set(here) & set(there)


def _pairs(layer: Layer) -> Iterator[Change]:
    """Whole numbers, or lists of them, in each other's places; or the two counts that are printed."""
    if "params" in layer.cells and "ops" in layer.cells:
        params, ops = layer.cells["params"], layer.cells["ops"]
        changed = layer.with_cell("params", ops.value).with_cell("ops", params.value)
        yield Change("params", params, ops.value, changed, None, (ops, params.value))
    cells = [(key, cell) for key, cell in layer.cells.items() if key not in CLAIMS]
    numbers = [(key, cell) for key, cell in cells if isinstance(cell.value, int | list) or reference(cell.value)]
    for (key, one), (other, two) in combinations(numbers, 2):
        if one.value != two.value and len(one.path) == len(two.path) == 4:
            changed = layer.with_cell(key, two.value).with_cell(other, one.value)
            yield Change(key, one, two.value, changed, None, (two, one.value))


def _unread(trials: Trials, index: int, key: str, there: object) -> Iterator[object]:
    """What a cell that cannot be read may say."""
    column_ = column_of(trials, index, key)
    yield from (value for value in column_ if not is_width(value) and not reference(value))
    yield from rewritten(there)
    yield from CHOICES.get(key, ())
    if isinstance(there, str) and key_of(there) in trials.network.params:
        yield f"${there}"
    if key == "patch":
        for text in dict.fromkeys(text for text in column_ if isinstance(text, str)):
            yield from texts(text, ())
    elif key == "type" and isinstance(there, str):
        yield from texts(there, ())
    yield ""


def _with_value(layer: Layer, key: str, value: object) -> Layer:
    """The row with another value in a cell, which it has not where that is blank."""
    if value != "":
        return layer.with_cell(key, value)
    return replace(layer, cells={other: cell for other, cell in layer.cells.items() if other != key})


def _start(trials: Trials, first: int, aspects: frozenset[Aspect]) -> int:
    """The first row that has part in what `first` prints: the one behind the last size that is printed in full."""
    of_channels = any(aspect not in ("grid", "input-grid") for aspect in aspects)
    at = first
    if trials.rows[first].layer.cells.get("input") and not any(aspect.startswith("input") for aspect in aspects):
        return first
    while at > 0:
        before = trials.rows[at - 1].layer
        cell = before.cells.get("output")
        if cell is not None and notation.is_size(cell) and (notation.size(cell).channels or not of_channels):
            return at - 1 if of_channels and takes_output(before, target_in(trials, before)) else at
        at -= 1
        if "input" in before.cells:
            break
    return at


# --- what may stand in a cell ----------------------------------------------------------------------------------------


def _changes(trials: Trials, index: int, layer: Layer, key: str, cell: Cell, claimed: int) -> Iterator[Change]:
    """Other values of a defining cell; those of a number are solved for at the row `claimed`."""
    there = cell.value
    column_ = column_of(trials, index, key)
    values: Iterable[object]
    match _kind(trials, layer, key), there:
        case _, _ if isinstance(there, bool) or not may_stand(there):
            return
        case "word", _:
            values = type_words(trials, index, layer, column_) if key == "type" else (*column_, "max", "avg")
        case "whole", int() | float() | str() | list():
            listed = lists(there) if isinstance(there, list) else ()
            found = solved(there, column_, lambda value: trials.claims(index, layer.with_cell(key, value), claimed))
            named = [f"${name}" for name in trials.network.params] if key == "out" and isinstance(there, int) else []
            values = (*listed, *found, *named, *(value for value in column_ if _leaves_out(value)))
        case "small", int() | float() | str():
            values = (*column_, *small(there))
        case _, list():
            values = (*lists(there), *column_)
        case _, str():
            values = (*texts(there, column_), *_whole_map(trials, index, key))
        case _:
            return
    blank = ("",) if key != "type" and trials.blank_near(index, key) else ()
    for value in dict.fromkeys(map(_hashable, (*values, *blank))):
        value = list(value) if isinstance(value, tuple) else value
        yield Change(key, cell, value, _with_value(layer, key, value))


def _whole_map(trials: Trials, index: int, key: str) -> Iterator[str]:
    """The window that covers all that a pool is given."""
    source = trials.source(index)
    if key == "patch" and source is not None:
        yield from ("global", f"{source.shape.height}×{source.shape.width}")


def _blank_elsewhere(trials: Trials, index: int, key: str) -> bool:
    """Whether another row of a row's type leaves a cell blank, or there is none that would say."""
    rows = trials.network.rows
    alike = [rows[at] for at in trials.near(index) if rows[at].word == rows[index].word]
    return not alike or any(key not in row.cells for row in alike)


def _leaves_out(value: object) -> bool:
    return Cell(value, (), "", "").absent


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _kind(trials: Trials, layer: Layer, key: str) -> str:
    """How values of a cell are found."""
    if key == "type":
        return "word"
    match kind_of(key, target_in(trials, layer)):
        case "type":
            return "word"
        case "channels" | "integer" if key not in ("repeat", "groups"):
            return "whole"
        case "stride" | "pad" | "integer":
            return "small"
        case _:
            return "text"


# --- trying ----------------------------------------------------------------------------------------------------------


def _tried(trials: Trials, index: int, changes: Iterable[Change], last: int, swapped_: int) -> list[Mend]:
    """The changes that mend; two cells in each other's places have the score `swapped_`."""
    mends: list[Mend] = []
    seen: set[object] = set()
    for change in changes:
        trials.budget.spend(1)
        if trials.budget.spent:
            break
        key = change.key, repr(change.value), change.also and change.also[0].path
        if key in seen or repr(change.value) == repr(change.cell.value):
            continue
        seen.add(key)
        if trials.mends(index, change.layer, last):
            mends.append(_mend(trials, index, change, swapped_))
    return mends


def _mend(trials: Trials, index: int, change: Change, swapped_: int) -> Mend:
    edit = Edit(index, change.key, change.cell, change.value, (0, 0, 0), change.part)
    if change.also is None:
        return Mend(_score(trials, index, change) if change.score is None else change.score, (edit,))
    cell, value = change.also
    return Mend(swapped_, (edit, Edit(index, cell.caption, cell, value, (0, 0, 0))))


def _score(trials: Trials, index: int, change: Change) -> int:
    """How likely it is that a slip made what stands there of the value."""
    rows = trials.network.rows
    column_ = column_of(trials, index, change.key) or written_column(trials, index, change.cell.path)
    around = [rows[at].cells[change.key].value for at in (index - 1, index + 1)
              if 0 <= at < len(rows) and change.key in rows[at].cells]  # fmt: skip
    row = [cell.value for key, cell in rows[index].cells.items() if key != change.key]
    there = change.cell.value
    likely = slip(change.value, there, [*around, *row])
    blank = change.value == "" and not _blank_elsewhere(trials, index, change.key)
    fits = change.key == "type" and named_so(trials, index, show(change.value))
    return 2 * likely + rarity(change.value, column_) - rarity(there, column_) + 6 * blank - 4 * fits


def _ranked(mends: Iterable[Mend]) -> list[Mend]:
    """The likeliest first; without widths that no paper would print where there are much likelier edits."""
    ranked = sorted(mends, key=lambda mend: (mend.score, mend.edits[0].index))
    return [mend for mend in ranked if mend.score < ranked[0].score + UNUSUAL or all(map(_usual, mend.edits))]


def _usual(edit: Edit) -> bool:
    numbers = [int(text) for text in re.findall(r"\d{1,15}", show(edit.value))]
    return edit.key in CLAIMS or all(number < 16 or number % 8 == 0 for number in numbers)
