"""What the words of a printed table seem to mean: [types], [params] and the input of a spec being imported.

Rows go in; values with a comment come out, which says that they are guessed, or what a person must decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.diagnostic import Fault
from archspec.importing.draft import DraftRow, Said
from archspec.importing.undecided import known_keys
from archspec.modules import library_module, library_names, operation_name
from archspec.notation import Cell, key_of, patch, references, size
from archspec.vocabulary import CLAIMS, LAYER_KEYS, OPERATIONS

# Words of papers that the language does not know: what they most likely mean, by their letters.
_LIKELY = {"pool": "max-pool", "pooling": "max-pool", "maxpool": "max-pool", "maxpooling": "max-pool",
           "avgpool": "avg-pool", "avgpooling": "avg-pool", "averagepooling": "avg-pool", "meanpooling": "avg-pool",
           "softmax": "softmax", "convolutional": "conv", "conv": "conv", "convd": "conv",
           "convdw": "depthwise-conv", "depthwiseconv": "depthwise-conv", "fc": "linear",
           "dense": "linear"}  # fmt: skip


def operation_of(word: str) -> str | None:
    """The operation that a printed word names or, by its letters alone, most likely means: `conv3-64` is a conv."""
    named = operation_name(re.sub(r"\s*\(\s*[\d.]+\s*%\s*\)$", "", word))  # dropout (40%)
    return named or _LIKELY.get(re.sub("[^a-z]", "", key_of(word)))


def types(rows: Sequence[DraftRow]) -> dict[str, Said]:
    """[types]: what each printed word means, where the word does not say it itself."""
    known = known_keys() - {*LAYER_KEYS, *CLAIMS}
    classifier = next((row for row in reversed(rows) if operation_of(row.word) == "linear"), None)
    found = {}
    for word in dict.fromkeys(row.word for row in rows if row.word):
        own = [row for row in rows if row.word == word]
        unsaid = [row for row in own if "out" not in row.cells]
        if len(unsaid) == 1 and unsaid[0] is classifier and not re.search(r"\d", word):
            found[word] = Said({"type": "linear", "out": "$classes"}, "guessed: the classifier")
        elif said := _meaning(word, {key for row in own for key in row.cells} & known):
            found[word] = said
    return found


def _meaning(word: str, used: set[str]) -> Said | None:
    """What a word means whose rows have these cells; None where it says it itself."""
    operation = operation_of(word)
    if operation and (operation != "conv" or used <= {*OPERATIONS[operation].keys}):
        if word[-1] in "*†‡§":
            return Said(operation, "check: what the paper says at this mark")
        return Said(_preset(word, operation), "guessed") if operation_name(word.split("(")[0]) is None else None
    if key_of(word) in library_names():
        return None
    fits = [name for name in library_names() if _fits(name, used) and bool(operation) == (name == "reduced-conv")]
    related = [name for name in fits if name.startswith(key_of(word))]
    if len(fits) == 1 or len(related) == 1:
        return Said((related or fits)[0], "guessed: the library module with these columns")
    if operation:
        return None
    said = f"{', '.join(fits)} have these columns" if fits else "no operation and no library module"
    return Said("...", f"check: {said}; name one, or write one under [modules]", off=True)


def _preset(word: str, operation: str) -> str | dict[str, str | int]:
    """An operation with the cells that are part of its word: `conv3-64` has a 3×3 window and 64 filters."""
    numbers = [int(number) for number in re.findall(r"\d{1,6}", word)]
    if operation == "conv" and len(numbers) == 2:
        return {"type": "conv", "patch": f"{numbers[0]}x{numbers[0]}", "out": numbers[1]}
    if operation == "linear" and len(numbers) == 1 and numbers[0] > 9:  # fc6 is the sixth layer
        return {"type": "linear", "out": numbers[0]}
    return operation


def _fits(name: str, used: set[str]) -> bool:
    """Whether a library module has these columns: all of its own that are required, and no other."""
    module = library_module(name)
    return bool(used) and {key for key in module.columns if key not in module.optional} <= used <= {*module.columns}


def params(rows: Sequence[DraftRow], others: Sequence[Said]) -> dict[str, Said]:
    """[params]: every name that a cell of the table, of [types] or of [heads] refers to."""
    texts = [str(cell.value) for row in rows for cell in row.cells.values()] + [str(said.value) for said in others]
    found = dict.fromkeys((name for text in texts for name in references(text) if name != "output"),
                          Said(1, "check: the table does not print it"))  # fmt: skip
    if "classes" in found:
        sizes = [_size(row, "output") for row in rows if operation_of(row.word) == "linear" or _classifies(row)]
        found["classes"] = Said(1000, "guessed")
        if sizes and sizes[-1] and sizes[-1][2]:
            found["classes"] = Said(sizes[-1][2], "guessed: the output of the classifier")
    return found


def _classifies(row: DraftRow) -> bool:
    return any("classes" in references(cell.value) for cell in row.cells.values())


# --- the input


def inputs(first: DraftRow) -> list[Said]:
    """What the input may be, the likeliest first: printed, or what output, stride and window of the first row say."""
    if printed := _size(first, "input"):
        channels = printed[2] or 3
        note = "the table prints it" if printed[2] else "guessed: 3 channels"
        return [Said(f"{printed[0]}x{printed[1]}x{channels}", note)]
    found = []
    if output := _size(first, "output"):
        (height, width), kernel = _window(first)
        padded = f"{output[0] * height}x{output[1] * width}x3"
        unpadded = f"{(output[0] - 1) * height + kernel[0]}x{(output[1] - 1) * width + kernel[1]}x3"
        found = [Said(padded, "guessed: the first output times its stride; and 3 channels"),
                 Said(unpadded, "guessed: what gives the first output without padding; and 3 channels")]  # fmt: skip
    usual = [Said(f"{side}x{side}x3", "guessed. check: the paper says it") for side in (224, 299)]
    return [*found, *usual]


def _size(row: DraftRow, key: str) -> tuple[int, int, int] | None:
    """A printed size, with 0 channels where it has none; None where the row prints none."""
    try:
        found = size(row.cells[key])
    except (KeyError, Fault):
        return None
    return (*found.grid, found.channels or 0)


def _window(row: DraftRow) -> tuple[tuple[int, int], tuple[int, int]]:
    """The stride and the window of a row, each (1, 1) where it prints none."""

    def unknown(key: str, cell: Cell) -> Cell:
        raise cell.fault("AS113", f"`{key}` has no value yet")

    try:
        found = patch(row.cells["patch"], unknown)
    except (KeyError, Fault):
        return (1, 1), (1, 1)
    value = row.cells["stride"].value if "stride" in row.cells else 1
    stride = (value, value) if isinstance(value, int) and value > 0 else (1, 1)
    return found.stride or stride, found.kernel if all(found.kernel) else (1, 1)
