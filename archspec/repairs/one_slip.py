"""Findings that one slip explains: where one edit of the text leaves nothing to report, one finding is left to say so.

Findings go in, with the runs of edited texts; findings come out. Nothing is assumed that such a run does not show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archspec.cells import target_if_known
from archspec.diagnostic import Diagnostic, Label, Path, Repair
from archspec.document import value_at
from archspec.notation import key_of, show
from archspec.repairs.customary import names_of
from archspec.repairs.likely import nearby
from archspec.repairs.naming import Named, guesses, may_have_stood
from archspec.repairs.rewriting import whole
from archspec.repairs.several_cells import MOST_SHOWN
from archspec.repairs.whole_run import WholeRuns
from archspec.spec import Spec

MOST_TRIED = 8
MOST_FINDINGS = 12  # more than that are more than one slip
MOST_NAMED = 3  # other findings that a note spells out

Row = tuple[Path, str, str]  # the path and the text of its name, the word of its type


def explained(runs: WholeRuns, found: list[Diagnostic]) -> list[Diagnostic]:
    """The findings; those that go with one edit of one of them are one, with that edit as its repair."""
    if sum(one.severity == "error" for one in found) > MOST_FINDINGS:
        return found
    found = _with_rows_twice(runs, _with_repeats(runs, found))
    found = _with_names(runs, found, [one for one in found if one.severity == "error"])
    found = _with_lost_row(runs.spec, found)
    errors = [one for one in found if one.severity == "error"]
    tried = 0
    for one in errors if len(errors) > 1 else ():
        for repair in one.repairs[:2]:
            tried += 1
            if tried <= MOST_TRIED and repair.values and repair.one_slip and runs.clean(repair):
                others = [other for other in errors if other is not one]
                one = replace(one, repairs=tuple(other for other in one.repairs if runs.clean(other)), more_repairs=())
                return [_with_others(one, others), *(other for other in found if other.severity != "error")]
    return found


def _with_repeats(runs: WholeRuns, found: list[Diagnostic]) -> list[Diagnostic]:
    """Rows of which an instance has the name of another row, with the number of repeats that was likely meant."""
    return [_with_repeat(runs, one) if one.code == "AS110" else one for one in found]


def _with_repeat(runs: WholeRuns, one: Diagnostic) -> Diagnostic:
    for layer in runs.spec.network.rows:
        cell = layer.cells.get("repeat")
        if cell is None or not isinstance(cell.value, int) or layer.place not in {label.path for label in one.labels}:
            continue
        made = [
            Repair(((cell.row, cell.caption, show(cell.value), show(value)),), ((cell.path, value),))
            for value in nearby(cell.value)
        ]
        repairs = tuple(repair for repair in made if runs.clean(repair))
        if repairs:
            return replace(one, labels=(*one.labels, Label(cell.path)), repairs=repairs)
    return one


def _with_rows_twice(runs: WholeRuns, found: list[Diagnostic]) -> list[Diagnostic]:
    """Where a row stands twice, and nothing is at fault without the second: that is all there is to report."""
    for one in found:
        rows = [path[:3] for path in (label.path for label in one.labels[:2]) if path[:1] in (("table",), ("network",))]
        values = [value_at(runs.spec.document.values, path) for path in rows]
        if one.code == "AS110" and len(rows) == 2 and values[0] == values[1] and _clean_without(runs, rows[0]):
            one = replace(one, help="the rows are the same: take one of them out")
            errors = [other for other in found if other.severity == "error" and other.path != one.path]
            return [_with_others(one, [one, *errors]), *(other for other in found if other.severity != "error")]
    return found


def _clean_without(runs: WholeRuns, row: Path) -> bool:
    """Whether nothing is at fault in the text without a row."""
    text = runs.spec.document.source.text
    start, end = runs.spec.document.span(row)
    return runs.clean_text(text[:start] + re.sub(r"^\s*,", "", text[end:]))


def _with_others(one: Diagnostic, errors: list[Diagnostic]) -> Diagnostic:
    """The finding that stands for all, with what the others say."""
    others = [other for other in errors if other is not one]
    one = replace(one, also=tuple(other.identity for other in others))
    for other in others[:MOST_NAMED]:
        one = one.with_note(f"the same slip is why {other.message}")
    return one.with_note(f"and {len(others) - MOST_NAMED} findings more") if len(others) > MOST_NAMED else one


# --- names -----------------------------------------------------------------------------------------------------------


def _with_names(runs: WholeRuns, found: list[Diagnostic], errors: list[Diagnostic]) -> list[Diagnostic]:
    """Where the name of a row is at fault: the findings with the name it was most likely meant to have."""
    spec = runs.spec
    about = [one for one in errors if "misnamed" in one.facts or "missing" in one.facts]
    rows = list(_names(spec)) if about else []
    labelled = {label.path for one in about if "misnamed" in one.facts for label in one.labels}
    doubtful = [at for at, (path, _, _) in enumerate(rows) if path in labelled]
    lost = [str(one.facts["missing"]) for one in about if "missing" in one.facts and not one.facts.get("near_miss")]
    lost += [key for one in about for key in _spoken_of(one, {name for _, name, _ in rows})]
    targets = {layer.place[:3]: target_if_known(spec.network, layer) for layer in spec.network.rows} if rows else {}
    usual = [names_of(target) if (target := targets.get(path[:3])) else () for path, _, _ in rows]
    known = [Named(name, word, names) for (_, name, word), names in zip(rows, usual, strict=True)]
    likely = [*guesses(known, doubtful, list(dict.fromkeys(lost)))][:MOST_TRIED]
    made = [*_in_each_others_place(spec, rows, errors)]
    made += [Repair(((rows[at][1], "name", rows[at][1], name),), ((rows[at][0], name),)) for at, name in likely]
    repairs = tuple(repair for repair in made if runs.clean(repair))
    if not repairs:
        return found
    (path, name), there = repairs[0].values[0], repairs[0].edits[0][2]
    first = next((one for one in about if path in {label.path for label in one.labels}), about[0])
    labelled = {label.path for label in first.labels}
    rows_meant = dict.fromkeys(place for repair in repairs[:MOST_SHOWN] for place, _ in repair.values[:1])
    labels = (Label(place, "this row?") for place in rows_meant if place not in labelled)
    first = replace(first, labels=(*first.labels, *labels))
    hint = f"call the row `{there}` `{name}`"
    if "misnamed" in first.facts:
        label = next((label.text for label in first.labels if label.path == path), "")
        which = {"first": "the first", "again": "the second"}.get(label, "it")
        hint = f"call {which} `{name}`"
    first = replace(first, repairs=repairs[:MOST_SHOWN], help=hint)
    others = [one for one in errors if one.path != first.path]
    return [_with_others(first, [first, *others]), *(one for one in found if one.severity != "error")]


def _with_lost_row(spec: Spec, found: list[Diagnostic]) -> list[Diagnostic]:
    """Where one row is at fault, and one is spoken of that is not there and may have stood before it: one finding."""
    errors = [one for one in found if one.severity == "error"]
    absent = [one for one in errors if "missing" in one.facts and not one.facts.get("near_miss")]
    rest = [one for one in errors if one not in absent]
    lost, rows = {str(one.facts["missing"]) for one in absent}, list(_names(spec))
    places = [path[:3] for path, _, _ in rows]
    if len(lost) != 1 or len(rest) != 1 or rest[0].path[:3] not in places:
        return found
    (name,), (one,), at = lost, rest, places.index(rest[0].path[:3])
    if not may_have_stood([name for _, name, _ in rows], at, name):
        return found
    hint = f"put the row `{name}` back in before `{rows[at][1]}`, or take out what speaks of it"
    labels = (*one.labels, *(replace(label, text=f"speaks of `{name}`") for other in absent for label in other.labels))
    one = replace(one, labels=labels, repairs=(), more_repairs=(), help=hint)
    return [_with_others(one, [one, *absent]), *(other for other in found if other.severity != "error")]


def _in_each_others_place(spec: Spec, rows: Sequence[Row], errors: Sequence[Diagnostic]) -> Iterator[Repair]:
    """The names of rows and another cell of theirs that is at fault, exchanged."""
    labelled = dict.fromkeys(whole(label.path) for one in errors for label in one.labels)
    for path, name, _ in rows:
        for other in labelled:
            value = value_at(spec.document.values, other)
            if other[:-1] == path[:-1] and other != path and isinstance(value, str):
                name_ = value_at(spec.document.values, path)
                edits = (name, "name", show(name_), value), (name, str(other[-1]), value, show(name_))
                yield Repair(edits, ((path, value), (other, name_)))


def _names(spec: Spec) -> Iterator[Row]:
    """The path and the text of every row's name, and the word of its type."""
    file = spec.file
    if file.table:
        keys = [key_of(caption) for caption in file.table.columns]
        at, of_type = (keys.index(key) if key in keys else -1 for key in ("name", "type"))
        for index, row in enumerate(file.table.rows):
            if 0 <= at < len(row):
                word = str(row[of_type]) if 0 <= of_type < len(row) else ""
                yield ("table", "rows", index, at), str(row[at]), word
    elif file.network:
        for index, layer in enumerate(file.network.layers):
            if "name" in layer:
                yield ("network", "layers", index, "name"), str(layer["name"]), str(layer.get("type", ""))


def _spoken_of(one: Diagnostic, names: set[str]) -> Iterator[str]:
    """The names that a finding's labels in patches hold and no row has."""
    for label in one.labels:
        if label.path[:1] in (("errata",), ("readings",), ("variants",), ("heads",)):
            key = label.path[-1]
            if isinstance(key, str) and key not in names:
                yield key
