"""What a table leaves to a person: a draft in; the same with a comment at whatever `validate` would refuse, out."""

from __future__ import annotations

from dataclasses import replace

from archspec.edit import literal
from archspec.elaborate import elaborate
from archspec.importing.draft import Draft, spec_of
from archspec.layer import column
from archspec.modules import library_module, library_names
from archspec.vocabulary import CLAIMS, LAYER_KEYS, OPERATIONS


def with_checks(draft: Draft, failing: int) -> Draft:
    """The draft with comments. `failing` is how many of its printed sizes and counts do not hold."""
    notes, rows = list(draft.notes), list(draft.rows)
    known = known_keys()
    typed = next((at for at, caption in enumerate(draft.captions) if column(caption).keys == ("type",)), -1)
    unread = [at for at, caption in enumerate(draft.captions) if not known & {*column(caption).keys}]
    if unread:
        listed = ", ".join(literal(draft.captions[at]) for at in unread)
        notes.append(f"check: nothing reads {listed}; take out, rename, or give the rows a module that does")
    for one in elaborate(spec_of(draft)).faults:
        if one.code in ("AS101", "AS107") and {label.path[-1] for label in one.labels} <= {*unread, typed}:
            continue  # the note on the captions says it
        said = "check: " + " ".join(one.message.split())
        match one.path:
            case ("table", "rows", int(at), *_) if at < len(rows):
                row = rows[at]
                word = draft.types.get(row.word)
                if one.code != "AS106" or word is None or not word.off:  # else its word has a comment
                    rows[at] = replace(row, note="; ".join(filter(None, (row.note, said))))
            case _:
                notes.append(said)
    if failing:
        values = "1 printed value does" if failing == 1 else f"{failing} printed values do"
        notes.append(f"check: {values} not agree with the cells: misprints, or a wrong guess; validate says which")
    return replace(draft, rows=tuple(rows), notes=tuple(dict.fromkeys(notes)))


def known_keys() -> set[str]:
    """The keys that some operation or module of the library reads."""
    known = {*LAYER_KEYS, *CLAIMS, *(key for operation in OPERATIONS.values() for key in operation.keys)}
    return known | {key for name in library_names() for key in library_module(name).columns}
