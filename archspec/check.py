"""Check a spec: every fault of its cells and every claim of its table that does not hold, each once.

A `Spec` goes in; diagnostics come out. Where a file has readings and none is named, each is checked. Rules are in
checks/, going on after a failed claim is in recovery.py, repairs in repairs/.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archspec.cells import check_network
from archspec.checks import RULES
from archspec.checks.checked_row import CheckedRow
from archspec.claims import Claim, failing
from archspec.diagnostic import Diagnostic, Fault, Faults, Inside, Label, Path
from archspec.elaborate import Expander, expand_heads, hand_on, name_clashes, unique
from archspec.expand import Expansion
from archspec.limits import MAX_TRAIL, Work
from archspec.notation import is_size, key_of, show, size
from archspec.patches import Change
from archspec.recovery import follow
from archspec.repairs.mending import with_mending
from archspec.repairs.trials import MOST_TRIED, Trials
from archspec.spec import Spec

if TYPE_CHECKING:
    from archspec.allowing import Allows
    from archspec.repairs.whole_run import WholeRuns


@dataclass(frozen=True)
class Report:
    """What was found in a spec, sorted by the caller who knows its places. `unchecked` counts claims that did not
    apply; `allowed` holds the findings that the file allows."""

    spec: Spec
    diagnostics: tuple[Diagnostic, ...]
    unchecked: int = 0
    errata: int = 0
    allowed: tuple[Diagnostic, ...] = ()
    expanders: tuple[Expander, ...] = field(default=(), compare=False, repr=False)  # what they know serves a next check
    work: int = field(default=0, compare=False, repr=False)  # rows and nodes that were run

    @property
    def ok(self) -> bool:
        """No error; warnings are allowed."""
        return not any(one.severity == "error" for one in self.diagnostics)

    def raise_if_failed(self) -> None:
        """Raise `Faults` with the errors, if there are any."""
        if not self.ok:
            raise Faults(self.diagnostics)


COST_OF_ROW = 15  # of reading a row and saying what is wrong with it, in layers run
OF_A_PATCH = 150  # of laying a reading or a variant over the file


def check(spec: Spec, likes: Sequence[Expander] = ()) -> Report:
    """Everything that is wrong with a spec as chosen. Never raises for what a file may contain.

    `likes` are the expanders of a report on the text before an edit: rows that are the same are not run again.
    """
    report = verdict(spec, likes)
    if report.ok:
        return report
    from archspec.repairs.one_slip import explained  # here: a spec without faults does not pay for it
    from archspec.repairs.whole_run import WholeRuns

    runs = WholeRuns(spec, report.diagnostics, lambda other: verdict(other, report.expanders).diagnostics, report.work)
    searched = _report(spec, report.expanders, _Search(runs))
    return replace(searched, diagnostics=tuple(explained(runs, runs.settled(searched.diagnostics))))


def verdict(spec: Spec, likes: Sequence[Expander] = ()) -> Report:
    """Everything that is wrong with a spec as chosen, as `check` has it, without what would mend it."""
    return _report(spec, likes, None)


@dataclass
class _Search:
    """What a search for repairs shares over the readings of a file."""

    runs: WholeRuns
    budget: Work = field(default_factory=lambda: Work(MOST_TRIED))

    @property
    def spent(self) -> bool:
        return self.budget.spent or self.runs.left <= 0


def _report(spec: Spec, likes: Sequence[Expander], search: _Search | None) -> Report:
    """What is wrong; with a search, what would mend it."""
    work = 0
    each: list[tuple[Spec, list[Diagnostic]]] = []
    expanders: list[Expander] = []
    lines, spent = _allows(spec), Work()
    cut: list[Diagnostic] = []
    for one in spec.every_reading():
        if spent.spent:
            cut.append(_unchecked("readings", one.choice.readings[0]))
            break
        spent.spend(OF_A_PATCH + len(one.network.rows) if each else 0)
        expanders.append(Expander(one.network, (*likes[len(expanders) :][:1], *expanders[-1:]), spent))
        of_one, run = _check_one(one, expanders[-1], lines, search)
        each.append((one, of_one))
        work += run + OF_A_PATCH * (len(each) > 1)
    found = _merge(each) if len(each) > 1 else each[0][1]
    of_variants = () if spec.choice.variants else _of_variants(spec, found, spent)
    found = unique((*found, *cut, *of_variants, *_of_input(spec), *(lines.faults if lines else ())))
    if any(one.severity == "error" and "unread" not in one.facts for one in found):
        found = [one for one in found if "unread" not in one.facts]  # what is at fault may be what read it
    found = _with_search_ended(found) if search and search.spent else found
    allowed = [one for one in found if one.allowed]
    found = [one for one in found if not one.allowed]
    found += lines.unused(spec, allowed, found) if lines else ()
    network = each[0][0].network
    counted = sum(
        1 for row in network.rows for key in ("output", "input", "depth", "params", "ops") if key in row.cells
    )
    unchecked = 0 if network.claims_apply else counted
    return Report(spec, spec.as_asked(found), unchecked, len(network.errata), tuple(allowed), tuple(expanders), work)


def _of_input(spec: Spec) -> list[Diagnostic]:
    """What another input than the file's changes beside sizes."""
    if not spec.choice.input:
        return []
    from archspec.checks.other_input import other_input  # here: most runs choose none

    return list(other_input(spec.every_reading()[0]))


def _allows(spec: Spec) -> Allows | None:
    """What the file allows to fail."""
    if not spec.file.allows:
        return None
    from archspec.allowing import allows  # here: few files pay for it

    return allows(spec)


def _check_one(
    spec: Spec, expander: Expander, lines: Allows | None, search: _Search | None
) -> tuple[list[Diagnostic], int]:
    """What is wrong with one reading, and how many rows and nodes were run for it."""
    network = spec.network
    rows = follow(expander) if network.claims_apply else expander.walk(hand_on)
    heads, of_heads = expand_heads(expander, rows)
    of_rows = [fault for result in (*rows, *heads) for fault in result.faults]
    faults = [*network.faults, *expander.faults, *of_rows, *of_heads, *name_clashes((*rows, *heads))]
    faults = unique(tuple(faults))
    checked = _checked(expander, rows, faults) if network.claims_apply else []
    work = sum(max(result.made, result.run) + COST_OF_ROW for result in (*rows, *heads))
    if not faults and not any(row.wrong for row in checked):
        return [], work
    wrong = {row.index: row.aspects for row in checked}
    budget, runs = (search.budget, search.runs) if search else (Work(0), None)
    trials = Trials(expander.aside(), network, rows, wrong, spec.document.values, budget, runs)
    faults = [with_mending(trials, one) for one in faults] if search else faults
    return _check_claims(trials, checked, faults, lines, search is not None), work


def _unchecked(section: str, name: str) -> Diagnostic:
    message = f"checking this file asks for too much: none of its {section} is checked from `{name}` on"
    return Diagnostic("AS006", message, (Label((section, name), on="key"),), help="make several files of it")


def _of_variants(spec: Spec, found: list[Diagnostic], work: Work) -> list[Diagnostic]:
    """What is wrong with the text of the variants, chosen by nobody: rows that are not there, cells that say nothing,
    conflicts.

    What their networks give is checked where one is chosen.
    """
    seen = {(one.code, one.path) for one in found}
    more: dict[object, Diagnostic] = {}
    for name in spec.file.variants:
        if work.spent:
            more[name] = _unchecked("variants", name)
            break
        chosen = spec.variant(name)
        work.spend(OF_A_PATCH + 10 * len(chosen.variants))
        if len(chosen.variants) > MAX_TRAIL:
            continue  # which is said of it
        network = chosen.network
        work.spend(2 * len(network.rows))
        for one in (*network.faults, *check_network(network)[2]):
            of_variant = one.path[:1] == ("variants",) or one.code == "AS117"
            if of_variant and (one.code, one.path) not in seen:
                more.setdefault((one.code, one.path), one)
    return list(more.values())


def _with_search_ended(found: list[Diagnostic]) -> list[Diagnostic]:
    """The findings, the first that has no repair saying that there was no budget left to search for one."""
    first = next((one for one in found if one.severity == "error" and not one.repairs and not one.allowed), None)
    said = "no repairs were searched for here and further on: mend what has some first"
    return [one.with_note(said) if one is first else one for one in found]


# --- claims ----------------------------------------------------------------------------------------------------------


def _checked(expander: Expander, rows: tuple[Expansion, ...], faults: list[Diagnostic]) -> list[CheckedRow]:
    """The rows that make claims, with those that do not hold. A row whose name is at fault makes none: a patch may be
    meant for it."""
    network = expander.network
    misnamed = {label.path for fault in faults for label in fault.labels}
    index = {id(layer): at for at, layer in enumerate(network.rows)}
    return [
        CheckedRow(
            index[id(result.layer)], result, _blamed(network.errata, failing(result.layer, result, network.units))
        )
        for result in rows
        if result.output is not None and result.layer.place not in misnamed
    ]


def _check_claims(
    trials: Trials, checked: list[CheckedRow], faults: list[Diagnostic], lines: Allows | None, search: bool
) -> list[Diagnostic]:
    """The faults and, after them, what is wrong with claims; what the file allows is marked, and stands apart."""
    network = trials.network
    faults = [_with_row_meant(trials.expander, one, checked) if "cells" in one.facts else one for one in faults]
    found: list[tuple[CheckedRow, Diagnostic]] = []
    allowed: list[Diagnostic] = []
    for row in checked:
        if row.wrong:
            of_row = [lines.marked(one) if lines else one for rule in RULES for one in rule(row)]
            allowed += [one for one in of_row if one.allowed]
            of_row = [one for one in of_row if not one.allowed]
            found += [(row, one) for one in (_one_cause(trials, row, of_row) if search else of_row)]
    faults += _stale(network.errata, allowed)
    if not found or not search:
        return faults + _stale(network.errata, [one for _, one in found])
    from archspec.repairs.slips import with_repairs  # here: a spec without faults does not pay for the search

    return faults + _stale(network.errata, with_repairs(trials, checked, found))


def _with_row_meant(expander: Expander, one: Diagnostic, checked: list[CheckedRow]) -> Diagnostic:
    """AS114 of a patch whose row is there under another name: the row that the patch would put right, which is then not
    reported."""
    patch = one.facts["cells"]
    for row in checked if isinstance(patch, Mapping) else ():
        layer = row.result.layer
        for written, value in patch.items():
            if (key := key_of(written)) in layer.cells:
                layer = layer.with_cell(key, value["read"] if isinstance(value, Mapping) and "read" in value else value)
        try:
            mends = row.wrong and not failing(layer, expander.changed(layer, row.result.source), expander.network.units)
        except Fault:
            continue
        if mends:
            checked.remove(row)
            hint = f"did you mean `{row.name}`? it prints what is put right here"
            return replace(one, help=hint, facts={**one.facts, "nearest": row.name, "near_miss": False})
    return one


def _one_cause(trials: Trials, row: CheckedRow, findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings of a row, without those of the cell that the first is blamed on and, where one edit mends all, the
    others."""
    if len(findings) < 2:
        return findings
    from archspec.repairs.one_cell import mending_claims

    first, *rest = findings
    same = [one for one in rest if _cell(one.path) == _cell(first.path)]
    if len(same) < len(rest):
        if mending_claims(trials, row.index, row.index, row.aspects):
            same = rest
        elif other := trials.other_input(row.index):
            same, first = rest, first.with_note(f"with an input of {other.shape} all that the row prints holds")
    if not same:
        return findings
    follows = [one.message.partition(" prints ")[2] for one in same]
    first = replace(first, also=tuple(one.identity for one in same))
    return [
        first.with_note(f"the same cell makes it print {'; and '.join(follows)}"),
        *(one for one in rest if one not in same),
    ]


def _cell(path: Path) -> Path:
    return path[:-1] if path and isinstance(path[-1], Inside) else path


def _blamed(errata: tuple[Change, ...], wrong: list[Claim]) -> list[Claim]:
    """A claim that an erratum left as it is printed is blamed on the table's own cell."""
    before = {change.cell.path: change.before for change in errata if change.before}
    blamed = []
    for claim in wrong:
        printed = before.get(claim.cell.path)
        if printed is not None and claim.aspect in ("grid", "channels") and is_size(printed):
            own, read = size(printed), size(claim.cell)
            same = own.grid == read.grid if claim.aspect == "grid" else own.channels == read.channels
            if same:
                span = own.grid_span if claim.aspect == "grid" else own.channels_span
                claim = replace(claim, path=printed.inside(*span))
        blamed.append(claim)
    return blamed


def _stale(errata: tuple[Change, ...], found: list[Diagnostic]) -> list[Diagnostic]:
    """AS118 in place of a claim that fails as an erratum reads it."""
    changes = {change.cell.path: change for change in errata}
    result = []
    for one in found:
        place = one.path[:4]
        if place in changes and place[:1] == ("errata",):
            change = changes[place]
            label = (Label(change.before.path, "printed"),) if change.before else ()
            one = replace(
                one,
                code="AS118",
                facts={**one.facts, "claim": one.code},
                labels=(one.labels[0], *label, *one.labels[1:]),
                allowed=None,
                message=f"the erratum of `{one.row}` reads `{show(change.cell.value)}`: {one.message}",
                help="correct the erratum, or take it out",
            )
        result.append(one)
    return result


# --- readings --------------------------------------------------------------------------------------------------------


def _merge(each: Sequence[tuple[Spec, list[Diagnostic]]]) -> list[Diagnostic]:
    """One list for several readings: what several of them find is said once, what one finds says under which."""
    merged: dict[object, tuple[Diagnostic, list[str]]] = {}
    for spec, found in each:
        seen: Counter[object] = Counter()
        for one in found:
            key: object = (one.code, one.message, one.path)
            if one.row:
                key = (one.facts.get("claim", one.code), one.row)
            elif "missing" in one.facts:
                key = (one.code, one.facts["missing"])
            seen[key] += 1
            merged.setdefault((key, seen[key]), (one, []))[1].append(spec.choice.readings[0])
    result = []
    for one, names in merged.values():
        if len(set(names)) < len(each):
            listed = " and ".join(f"`{name}`" for name in dict.fromkeys(names))
            one = one.with_note(f"under the reading {listed}; not under the others")
        result.append(one)
    return result
