"""Slips: findings of rows that fail alike belong together, and what would mend them all is searched for once.

The findings of a table's rows go in; the same findings come out, those that repeat the one before them saying so, the
last of each run carrying its repairs and naming the row that follows from it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from archspec.checks.checked_row import CheckedRow
from archspec.claims import Aspect, claims
from archspec.diagnostic import Diagnostic, Label, Repair
from archspec.elaborate import Expander, assumed
from archspec.repairs.one_cell import Mend, mending_claims
from archspec.repairs.rewriting import whole
from archspec.repairs.several_cells import as_repair, proven, repairs
from archspec.repairs.trials import Trials
from archspec.shape import Shape

_OF_RULE: dict[str, frozenset[Aspect]] = {
    "AS301": frozenset({"channels"}),
    "AS302": frozenset({"channels"}),
    "AS201": frozenset({"grid"}),
    "AS502": frozenset({"params", "ops"}),
    "AS501": frozenset({"depth"}),
    "AS305": frozenset({"input-grid", "input-channels"}),
}


def with_repairs(
    trials: Trials, checked: list[CheckedRow], found: list[tuple[CheckedRow, Diagnostic]]
) -> list[Diagnostic]:
    """Neighbouring rows that fail alike are one slip: the later ones say so, and the last carries what would mend them
    all."""
    expander = trials.expander
    result: list[Diagnostic] = [one for _, one in found]
    for code, aspects in _OF_RULE.items():
        at = [i for i, (_, one) in enumerate(found) if one.code == code]
        for run in _runs([found[i][0] for i in at], checked, aspects, expander):
            members = [i for i in at if found[i][0] in run]
            for first, later in pairwise(members):
                if _same_slip(found[first][1], found[later][1]):
                    message = f"{result[later].message}: the same slip as `{found[first][0].name}`"
                    result[later] = replace(result[later], message=message)
            last = members[-1]
            if code in ("AS301", "AS302"):
                result[last] = _with_consequence(expander, checked, found[last][0], result[last])
            result[last] = _with_repairs(trials, checked, run, aspects, result[last])
            if len(members) > 1 and not any(repair.one_slip for repair in result[last].repairs):
                alone = [_with_repairs(trials, checked, [found[i][0]], aspects, found[i][1]) for i in members]
                if not result[last].repairs or all(one.repairs for one in alone):
                    for i, one in zip(members, alone, strict=True):
                        result[i] = one
    return result


def _with_repairs(
    trials: Trials, checked: list[CheckedRow], run: list[CheckedRow], aspects: frozenset[Aspect], one: Diagnostic
) -> Diagnostic:
    """What mends the rows of a run: other values of one cell or, where there are none, the smallest sets of cells."""
    first, last = run[0].index, run[-1].index
    mends = mending_claims(trials, first, last, frozenset[Aspect]().union(*(row.aspects for row in run)))
    if mends and (mended := with_mends(trials, one, mends)).repairs:
        return mended
    if "input-grid" in aspects or trials.budget.spent:
        return one
    base = {row.index: _counts(row, aspects) for row in checked}
    shown, more = repairs(trials, one, first, last, run[0].result.source, aspects, len(run), base)
    return replace(one, repairs=shown, more_repairs=more, help=what_to_do(shown))


def with_mends(trials: Trials, one: Diagnostic, mends: list[Mend]) -> Diagnostic:
    """The finding with the edits that mend it in a whole run, and a label at each cell that they may change; unchanged
    where none does."""
    shown, tried = proven(trials, one, (as_repair(mend.edits) for mend in mends))
    if not shown:
        return one
    known = {whole(label.path) for label in one.labels}
    cells = dict.fromkeys(path for repair in shown for path, _ in repair.values if whole(path) not in known)
    rest = Counter(len(mend.edits) for mend in mends[tried:])
    labels = (*one.labels, *(Label(path) for path in cells if path))
    more = tuple(sorted(rest.items()))
    return replace(one, labels=labels, repairs=shown, more_repairs=more, help=one.help or what_to_do(shown))


def _counts(row: CheckedRow, aspects: frozenset[Aspect]) -> tuple[int, int]:
    """How many of a row's claims fail: of these aspects, and of others."""
    inside = sum(1 for claim in row.wrong if claim.aspect in aspects)
    return inside, len(row.wrong) - inside


def _runs(
    rows: list[CheckedRow], checked: list[CheckedRow], aspects: frozenset[Aspect], expander: Expander
) -> list[list[CheckedRow]]:
    """The failing rows in runs that no row with a claim of theirs that holds interrupts. Counts are no chain: each
    stands alone."""
    if not aspects & {"channels", "grid"}:
        return [[row] for row in rows]
    runs: list[list[CheckedRow]] = []
    for row in rows:
        between = [other for other in checked if runs and runs[-1][-1].index < other.index < row.index]
        interrupted = any(
            claim.aspect in aspects and claim.holds
            for other in between
            for claim in claims(other.result.layer, other.result, expander.network.units)
        )
        if runs and not interrupted:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _same_slip(first: Diagnostic, later: Diagnostic) -> bool:
    return first.facts.get("printed") == later.facts.get("printed") and first.facts.get("gives") == later.facts.get(
        "gives"
    )


def _with_consequence(expander: Expander, checked: list[CheckedRow], row: CheckedRow, one: Diagnostic) -> Diagnostic:
    """Name the next row that holds only because the printed value was handed on."""
    output = row.result.output
    following = next(
        (other for other in checked if other.index > row.index and "output" in other.result.layer.cells), None
    )
    if output is None or following is None or following.index != row.index + 1:
        return one  # a row between, also one that could not be read, has a say of its own
    shape = Shape(*following.result.source.shape.grid, output.shape.channels)
    source = following.result.source
    if shape == source.shape:
        return one
    again = expander.changed(
        following.result.layer, replace(source, name=source.name, shape=shape, op=assumed(row.result.layer, shape).op)
    )
    other = next(
        (c for c in claims(following.result.layer, again, expander.network.units) if c.aspect == "channels"), None
    )
    if other is None or other.holds or following.claim("channels"):
        return one
    terms = " + ".join(
        f"{part.channels}{' passed through' if not part.path else ''}" for part in following.result.parts
    )
    return one.with_note(
        f"`{following.name}` follows: it prints {other.printed} = {terms}; "
        f"with {output.shape.channels} from `{row.name}` it is {other.gives}"
    )


def what_to_do(shown: tuple[Repair, ...]) -> str:
    """The help of a finding that has none of its own."""
    if len(shown) > 1:
        return "correct the cell; where the paper misprints it, record the one you mean under [errata] or [readings]"
    return "correct the cell, or record under [errata] how it must be read"
