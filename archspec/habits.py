"""What torch, Keras, Caffe and papers write by habit, and what it is here: help for a fault, never another spelling.
The words that name layers and functions are in field.py.

A key, a value or a word that the language does not have goes in; what was most likely meant comes out. Only faults need
this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from archspec.diagnostic import did_you_mean, near_misses, nearest, spelling
from archspec.field import letters, term
from archspec.vocabulary import CHOICES, OPERATION_SYNONYMS, OPERATIONS

# Keys of other tools that mean what a key of ours does. What is near enough in spelling (`strides`, `use_bias`) is not
# repeated here.
KEYS = {
    "activation": "act",
    "activation-fn": "act",
    "nonlinearity": "act",
    "padding": "pad",
    "channels": "out",
    "features": "out",
    "num-outputs": "out",
    "out-channels": "out",
    "out-features": "out",
    "units": "out",
    "pads": "pad",
    "pool-size": "patch",
    "normalization": "norm",
    "normalizer-fn": "norm",
    "use-bias": "bias",
    "kernel-initializer": "init",
    "epsilon": "eps",
    "drop-prob": "rate",
    "dropout-ratio": "rate",
    "p": "rate",
    "local-size": "size",
    "n": "size",
}

# Keys whose values say the same in another way: the key that is meant, and what its value must be.
OTHERWISE = {
    "momentum": ("decay", "write `decay`: Keras' momentum is the same, torch's is 1 minus it"),
    "keep-prob": ("rate", "write `rate`, the share that is dropped: 1 minus what is kept"),
    "ceil-mode": ("rounding", 'write `rounding`: "ceil" where the mode is true, else "floor"'),
}


# What papers and other tools print over the column of types, the likeliest first.
TYPE_CAPTIONS = ("layer-type", "operator", "operation", "op", "layer", "layers", "module", "block", "layer-name")


class Meant(NamedTuple):
    """The help for a key that is not known, and the same for programs (`nearest`, `near_miss`)."""

    help: str
    facts: dict[str, Any]

    @property
    def key(self) -> str:
        """The key that its cell is read under; empty where that is not plain."""
        return str(self.facts.get("nearest", ""))


def meant(key: str, keys: Iterable[str], otherwise: str = "") -> Meant:
    """What an unknown key most likely means among `keys`: first by what other tools call these, then by spelling.

    Another tool's word is no near miss: its value may mean something else too, as `padding = "same"` of Keras does.
    """
    known = list(keys)
    ours, how = OTHERWISE.get(key, ("", ""))
    if ours in known:
        return Meant(how, {"means": ours})
    if (ours := KEYS.get(key, "")) in known:
        return Meant(f"did you mean `{ours}`?", {"nearest": ours, "near_miss": False})
    return Meant(did_you_mean(key, known, otherwise), spelling(key, known))


ALIKE = 0.72  # of the letters of two words; operations that are less alike are others
_SHORT = 3  # letters, of which most slips make another word


class Unknown(NamedTuple):
    """A word that is none of those that fit: what the message says of it, the help, and the same for programs."""

    said: str
    help: str
    facts: dict[str, Any]


def unknown_word(word: str, choices: Iterable[str], otherwise: str = "", said: str = "") -> Unknown:
    """What to say of a word for an operation or function that is none of `choices`; `said` where it is unknown.

    A word of the field is no slip of another (`term` in the facts), and what only looks like a choice is no fix.
    """
    choices = list(choices)
    if found := term(word):
        lacks = f"`{word}` is {found.stands_for}, which Archspec does not have" if found.stands_for else said
        fits = not found.beside or found.beside in choices
        return Unknown(lacks, found.help if fits else otherwise, {"term": found.stands_for or found.help})
    word, rest = re.fullmatch(r"(.*?)(\s*\(.*\)|)", word, re.DOTALL).groups()  # type: ignore[union-attr]
    known, own = choices, letters(word)
    if own in _own_words() and own not in map(letters, known):
        return Unknown(said, otherwise, {"term": word})
    match = next((one for one in known if letters(one) == own.replace("2d", "")), None)
    misses = near_misses(word, frozenset(known))
    match = match or next(iter(sorted(misses)), None) or nearest(word, known, ALIKE)
    same = match is not None and letters(match) == own.replace("2d", "")
    if match is None or (not same and letters(match) in _own_words() and _digits(word) not in ("", _digits(match))):
        return Unknown(said, otherwise, {})
    hint, facts = f"did you mean `{match}{rest}`?", {"nearest": match + rest, "near_miss": False}
    if same or match in misses:
        sure = misses == [match]
        return Unknown(said, hint, {**facts, "near_miss": sure and not _may_be_another(word, match)})
    return Unknown(said, hint, {})


def _digits(word: str) -> str:
    """The digits of a word: with others it is another word, `relu6` is not `relu`."""
    return "".join(sign for sign in word if sign.isdigit())


@cache
def _own_words() -> frozenset[str]:
    words = (*OPERATIONS, *OPERATION_SYNONYMS, *(one for choices in CHOICES.values() for one in choices))
    return frozenset(map(letters, words))


def _may_be_another(word: str, match: str) -> bool:
    """Whether a word that is one slip away may be a name for something else: functions are named by a letter in front
    (`elu`, `selu`, `gelu`), and of a short word most slips make another."""
    here, there = word.lower().replace(" ", "-").replace("_", "-"), match.lower()
    if here[1:] in (there, there[1:]) or there[1:] == here:
        return True
    same_letters = sorted(here) == sorted(there) or ({*here} == {*there} and len(here) > len(there))
    return len(there) <= _SHORT and not same_letters


def size_of(numbers: Any) -> str | None:
    """The size that a list of three numbers stands for; None where it is no such list, and for channels first, as torch
    orders them."""
    if not isinstance(numbers, list) or len(numbers) != 3 or not all(type(one) is int for one in numbers):
        return None
    height, width, channels = numbers
    return f"{height}x{width}x{channels}" if height == width or width != channels else None


def how_to_write_a_size(written: Any) -> str:
    """The help for what is no size."""
    text = size_of(written)
    return f'write "{text}"' if text else "write height×width×channels, for example 28×28×256"


_WINDOW = r"[0-9]{1,9}\s*[x×*]\s*[0-9]{1,9}(?:\s*/\s*[0-9]{1,9})?"
_BEFORE = re.compile(rf"(?P<cell>{_WINDOW}|[0-9]{{1,9}})[\s,-]\s*(?P<word>.*[^\s,-])")
_AFTER = re.compile(rf"(?P<word>.*?[^\s,-])\s*[\s,-]\s*(?P<cell>{_WINDOW}|[0-9]{{1,9}})")

_GLUED = re.compile(rf"(?P<word>[^\W\d]+)(?P<cell>{_WINDOW})")


def word_and_cell(text: str, is_type: Callable[[str], bool]) -> str:
    """The help for `conv 3x3`, `3×3 conv`, `conv3x3` and `fc 1000`; nothing for others."""
    for pattern in (_AFTER, _BEFORE, _GLUED):
        found = pattern.fullmatch(text.strip())
        if found and is_type(found["word"]):
            where = "`patch`" if not found["cell"].isdigit() else "its own cell"
            return f"write `{found['word']}` here and `{found['cell']}` in {where}"
    return ""
