"""Types that a row may have been meant to have.

A row and the words of its column go in; words come out. Nothing is tried that nothing speaks for: any operation without
a window would fit between two rows of one size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archspec.layer import Layer
from archspec.modules import Module, library_module, library_names
from archspec.notation import show
from archspec.repairs.customary import goes_with, stem
from archspec.repairs.likely import UNLIKELY, slip
from archspec.repairs.trials import Trials
from archspec.vocabulary import CLAIMS, LAYER_KEYS, OPERATION_SYNONYMS, OPERATIONS

RATES = ("(50%)", "(40%)", "(20%)", "(30%)", "(10%)")  # of dropout, the usual ones first


def type_words(trials: Trials, index: int, layer: Layer, column_: Iterable[object]) -> Iterator[str]:
    """Words that may stand for a row's type: those that its name speaks for, those that the file has and modules that
    read all cells of the row where its name does not speak for the word that is there, and what is one slip away."""
    there = show(layer.cells["type"].value)
    rates = (there[there.index("(") :],) if "(" in there else RATES
    names = (*trials.network.modules, *library_names())
    modules = (trials.network.module(name) or library_module(name) for name in names)
    reading = [module.name for module in modules if _reads(module, layer)]
    known = [word for word in (*column_, *trials.network.types) if isinstance(word, str)]
    dropouts = [f"dropout {rate}" for rate in rates]
    others = [*reading, "max pool", "avg pool", *OPERATIONS, *OPERATION_SYNONYMS]
    filled = {*layer.cells} - {*LAYER_KEYS, *CLAIMS}
    likely = () if named_so(trials, index, there) else (*known, *(reading if filled else ()))
    meant: set[str] = set()
    for word in dict.fromkeys((*known, *dropouts, *others)):
        target = trials.target(word)
        if target is None or (target.name in meant and word in others):
            continue  # the table has a word for it
        meant.add(target.name)
        if word in likely or slip(word, there) < UNLIKELY or named_so(trials, index, word):
            yield word


def says_the_same(trials: Trials, word: str, column_: Iterable[object]) -> bool:
    """Whether a word names what another word of the file names, and is none of them."""
    known = {other for other in (*column_, *trials.network.types) if isinstance(other, str)}
    target = trials.target(word)
    return (
        target is not None
        and word not in known
        and target.name in {one.name for one in map(trials.target, known) if one}
    )


def _reads(module: Module, layer: Layer) -> bool:
    """Whether a module has all the columns that a row fills, and needs no other."""
    needed = {key for key in module.columns if key not in module.optional}
    return needed <= {*layer.cells} - {*LAYER_KEYS, *CLAIMS} <= {*module.columns}


def named_so(trials: Trials, index: int, word: str) -> bool:
    """Whether a row's name speaks for a type: that of other rows that are called so, or what papers call it."""
    rows, name = trials.network.rows, trials.network.rows[index].name
    if stem(name) and any(rows[at].word == word and stem(rows[at].name) == stem(name) for at in trials.near(index)):
        return True
    target = trials.target(word)
    return target is not None and goes_with(name, target)
