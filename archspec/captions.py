"""The captions of a table as columns: their keys, two of one key, and those that were meant to be others.

Captions go in; `Column` values come out, and what is wrong with them.
"""

from __future__ import annotations

from archspec.diagnostic import Diagnostic, Label, Path, nearest, spelling
from archspec.layer import Column, column
from archspec.notation import SYNONYMS, key_of, keys_of

NEEDED = ("type", "name")
_SIZES = ("size", "window", "window-size")  # before `/stride`: of what slides
_WINDOWS = ("patch", *(key.replace("-", " ") for key, of in SYNONYMS.items() if of == "patch"))


def columns_of(captions: list[str], faults: list[Diagnostic]) -> tuple[Column, ...]:
    """The columns of a table. Adds AS111 to `faults`, and AS101 for a misspelt caption that is read as it was meant."""
    columns = []
    seen: dict[str, int] = {}
    meant = _misspelt(captions)
    for index, caption in enumerate(captions):
        path: Path = ("table", "columns", index)
        under = column(meant.get(caption, caption))
        if caption in meant:
            faults.append(_no_column(caption, meant[caption], Label(path)))
        if not all(under.keys):
            faults.append(
                Diagnostic(
                    "AS111", f"the caption `{caption}` leaves no key", (Label(path),), help="use letters and digits"
                )
            )
        for key in under.keys[:1] if under.keys == ("patch", "stride") else under.keys:
            if key and key in seen:
                first = Label(("table", "columns", seen[key]), "first")
                faults.append(Diagnostic("AS111", f"two captions have the key `{key}`", (Label(path, "again"), first)))
            seen.setdefault(key, index)
        columns.append(under)
    return tuple(columns)


def _misspelt(captions: list[str]) -> dict[str, str]:
    """Captions that must be read to know what a row is, and that were meant to be others: `type`, `name` and
    `patch/stride`. Any other is misspelt only where no row reads it."""
    meant: dict[str, str] = {}
    keys = {key_of(caption): caption for caption in captions}
    for wanted in NEEDED:
        if wanted not in keys and (match := nearest(wanted, keys)):
            meant[keys[match]] = wanted
        elif wanted == "type" and wanted not in keys:
            from archspec.habits import TYPE_CAPTIONS  # here: most tables have the word

            meant |= {keys[word]: wanted for word in [word for word in TYPE_CAPTIONS if word in keys][:1]}
    for caption in captions:
        first, slash, second = caption.partition("/")
        if slash and keys_of(caption) != ("patch", "stride") and "/" not in second:
            window = first.strip() if key_of(first) == "patch" else nearest(first.strip().lower(), _WINDOWS)
            window = window or ("patch" if key_of(first) in _SIZES else None)
            stride = nearest(key_of(second), ("stride",))
            if window and stride and "+" not in caption:
                meant[caption] = f"{window}/{stride}"
    return meant


def _no_column(caption: str, meant: str, label: Label) -> Diagnostic:
    return Diagnostic(
        "AS101",
        f"no row reads the column `{caption}`",
        (label,),
        help=f"did you mean `{meant}`?",
        facts={"nearest": meant, **spelling(caption, (meant,))},
    )
