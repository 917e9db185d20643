"""Check a spec: every fault of its cells and every claim of its table that does not hold, each once.

A `Spec` goes in; diagnostics come out. Where a file has readings and none is named, each is checked. Rules are in checks/,
going on after a failed claim is in recovery.py, repairs in repair.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archspec.checks import RULES
from archspec.checks.checked_row import CheckedRow
from archspec.claims import Aspect, Claim, claims, failing
from archspec.diagnostic import Diagnostic, Faults, Label, Repair
from archspec.elaborate import Expander, assumed, expand_heads, hand_on, name_clashes, unique
from archspec.expand import Expansion
from archspec.graph import input_node
from archspec.notation import show, size
from archspec.patches import Change
from archspec.recovery import follow
from archspec.repair import repairs
from archspec.shape import Shape
from archspec.spec import Spec

_OF_RULE: dict[str, frozenset[Aspect]] = {
    "AS301": frozenset({"channels"}),
    "AS302": frozenset({"channels"}),
    "AS201": frozenset({"grid"}),
    "AS502": frozenset({"params", "ops"}),
    "AS501": frozenset({"depth"}),
}


@dataclass(frozen=True)
class Report:
    """What was found in a spec, sorted by the caller who knows its places. `unchecked` counts claims that did not apply."""

    spec: Spec
    diagnostics: tuple[Diagnostic, ...]
    unchecked: int = 0
    errata: int = 0

    @property
    def ok(self) -> bool:
        """No error; warnings are allowed."""
        return not any(one.severity == "error" for one in self.diagnostics)

    def raise_if_failed(self) -> None:
        """Raise `Faults` with the errors, if there are any."""
        if not self.ok:
            raise Faults(self.diagnostics)


def check(spec: Spec) -> Report:
    """Everything that is wrong with a spec as chosen. Never raises for what a file may contain."""
    each = [(one, _check_one(one)) for one in spec.every_reading()]
    found = _merge(each) if len(each) > 1 else each[0][1]
    network = each[0][0].network
    counted = sum(1 for row in network.rows for key in ("output", "input", "depth", "params", "ops") if key in row.cells)
    return Report(spec, tuple(found), 0 if network.claims_apply else counted, len(network.errata))


def _check_one(spec: Spec) -> list[Diagnostic]:
    network = spec.network
    expander = Expander(network)
    if network.claims_apply:
        rows = follow(expander)
    else:
        rows = expander.walk(hand_on)
    heads, of_heads = expand_heads(expander, rows)
    of_rows = [fault for result in (*rows, *heads) for fault in result.faults]
    faults = [*network.faults, *expander.faults, *of_rows, *of_heads, *name_clashes((*rows, *heads))]
    faults = [_with_smallest_input(spec, one) if one.code == "AS202" else one for one in unique(tuple(faults))]
    return faults + (_check_claims(expander, rows) if network.claims_apply else [])


# --- claims ----------------------------------------------------------------------------------------------------------


def _check_claims(expander: Expander, rows: tuple[Expansion, ...]) -> list[Diagnostic]:
    network = expander.network
    index = {id(layer): at for at, layer in enumerate(network.rows)}
    checked = [CheckedRow(index[id(result.layer)], result, _blamed(network.errata, failing(result.layer, result, network.units)))
               for result in rows if result.output is not None]  # fmt: skip
    found: list[tuple[CheckedRow, Diagnostic]] = []
    for row in checked:
        if row.wrong:
            found += [(row, one) for one in _one_cause(expander, row, [one for rule in RULES for one in rule(row)])]
    return _stale(network.errata, _with_repairs(expander, checked, found))


def _one_cause(expander: Expander, row: CheckedRow, findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings of a row, without those that one edit of a defining cell would mend together with the first."""
    if len(findings) < 2:
        return findings
    first, *rest = findings
    aspects = frozenset(claim.aspect for claim in row.wrong)
    shown, _ = repairs(expander, row.index, row.index, row.result.source, aspects, 0, {})
    if not any(repair.cells == 1 for repair in shown):
        return findings
    follows = [one.message.partition(" prints ")[2] for one in rest]
    return [first.with_note(f"the same cell makes it print {'; and '.join(follows)}")]


def _blamed(errata: tuple[Change, ...], wrong: list[Claim]) -> list[Claim]:
    """A claim that an erratum left as it is printed is blamed on the table's own cell."""
    before = {change.cell.path: change.before for change in errata if change.before}
    blamed = []
    for claim in wrong:
        printed = before.get(claim.cell.path)
        if printed is not None and claim.aspect in ("grid", "channels"):
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
            one = replace(one, code="AS118", labels=(one.labels[0], *label, *one.labels[1:]), repairs=(), more_repairs=(),
                          message=f"the erratum of `{one.row}` reads `{show(change.cell.value)}`: {one.message}",
                          help="correct the erratum, or take it out")  # fmt: skip
        result.append(one)
    return result


def _with_repairs(
    expander: Expander, checked: list[CheckedRow], found: list[tuple[CheckedRow, Diagnostic]]
) -> list[Diagnostic]:
    """Neighbouring rows that fail alike are one slip: the later ones say so, and the last carries what would mend them all."""
    result: list[Diagnostic] = [one for _, one in found]
    for code, aspects in _OF_RULE.items():
        at = [i for i, (_, one) in enumerate(found) if one.code == code]
        for run in _runs([found[i][0] for i in at], checked, aspects, expander):
            members = [i for i in at if found[i][0] in run]
            for first, later in zip(members, members[1:], strict=False):
                if _same_slip(found[first][1], found[later][1]):
                    message = f"{result[later].message}: the same slip as `{found[first][0].name}`"
                    result[later] = replace(result[later], message=message)
            last = members[-1]
            if code in ("AS301", "AS302"):
                result[last] = _with_consequence(expander, checked, found[last][0], result[last])
            base = {row.index: _counts(row, aspects) for row in checked}
            shown, more = repairs(expander, run[0].index, run[-1].index, run[0].result.source, aspects, len(run), base)
            result[last] = replace(result[last], repairs=shown, more_repairs=more, help=_help(shown))
    return result


def _counts(row: CheckedRow, aspects: frozenset[Aspect]) -> tuple[int, int]:
    """How many of a row's claims fail: of these aspects, and of others."""
    inside = sum(1 for claim in row.wrong if claim.aspect in aspects)
    return inside, len(row.wrong) - inside


def _runs(
    rows: list[CheckedRow], checked: list[CheckedRow], aspects: frozenset[Aspect], expander: Expander
) -> list[list[CheckedRow]]:
    """The failing rows in runs that no row with a claim of theirs that holds interrupts. Counts are no chain: each stands alone."""
    if not aspects & {"channels", "grid"}:
        return [[row] for row in rows]
    runs: list[list[CheckedRow]] = []
    for row in rows:
        between = [other for other in checked if runs and runs[-1][-1].index < other.index < row.index]
        interrupted = any(claim.aspect in aspects and claim.holds for other in between
                          for claim in claims(other.result.layer, other.result, expander.network.units))  # fmt: skip
        if runs and not interrupted:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _same_slip(first: Diagnostic, later: Diagnostic) -> bool:
    return first.facts.get("printed") == later.facts.get("printed") and first.facts.get("gives") == later.facts.get("gives")


def _with_consequence(expander: Expander, checked: list[CheckedRow], row: CheckedRow, one: Diagnostic) -> Diagnostic:
    """Name the next row that holds only because the printed value was handed on."""
    output = row.result.output
    following = next((other for other in checked if other.index > row.index and "output" in other.result.layer.cells), None)
    if output is None or following is None:
        return one
    shape = Shape(*following.result.source.shape.grid, output.shape.channels)
    source = following.result.source
    if shape == source.shape or any(other.index > row.index for other in checked if other.index < following.index):
        return one
    again = expander.changed(following.result.layer, replace(source, name=source.name, shape=shape, op=assumed(row.result.layer, shape).op))
    other = next((c for c in claims(following.result.layer, again, expander.network.units) if c.aspect == "channels"), None)
    if other is None or other.holds or following.claim("channels"):
        return one
    terms = " + ".join(f"{part.channels}{' passed through' if not part.path else ''}" for part in following.result.parts)
    return one.with_note(f"`{following.name}` follows: it prints {other.printed} = {terms}; "
                         f"with {output.shape.channels} from `{row.name}` it is {other.gives}")  # fmt: skip


def _help(shown: tuple[Repair, ...]) -> str:
    if len(shown) > 1:
        return "correct the cell; where the paper misprints it, record the one you mean under [errata] or [readings]"
    return "correct the cell, or record under [errata] how it must be read"


# --- faults ----------------------------------------------------------------------------------------------------------


def _with_smallest_input(spec: Spec, one: Diagnostic) -> Diagnostic:
    """Say which input would do, found by trying larger ones."""
    smallest = smallest_input(spec, one.row)
    if smallest is None:
        return one
    given = spec.network.input
    return replace(one, help=f"the smallest input that reaches `{one.row}` is {smallest}×{smallest}, this one is "
                             f"{given.height}×{given.width}; or pad, or use a smaller window",
                   facts={**one.facts, "smallest_input": smallest})  # fmt: skip


def smallest_input(spec: Spec, row: str, most: int = 8192) -> int | None:
    """The smallest square input on which the trunk up to a row, or a head, can be run; None above `most`."""

    def runs(side: int) -> bool:
        network = replace(spec.network, input=Shape(side, side, spec.network.input.channels))
        expander = Expander(network)
        node = input_node(network.input)
        results = []
        for index, layer in enumerate(network.rows):
            result = expander.row(index, node)
            if result.output is None:
                return False
            results.append(result)
            node = result.output
            if layer.name == row:
                return True
        heads, _ = expand_heads(expander, tuple(results))
        return all(head.output is not None for head in heads if head.layer.name == row)

    low, high = 0, 1
    while not runs(high):
        low, high = high, high * 2
        if high > most:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if runs(middle) else (middle, high)
    return high


# --- readings --------------------------------------------------------------------------------------------------------


def _merge(each: Sequence[tuple[Spec, list[Diagnostic]]]) -> list[Diagnostic]:
    """One list for several readings: what several of them find is said once, what one finds says under which."""
    merged: dict[object, tuple[Diagnostic, list[str]]] = {}
    for spec, found in each:
        for one in found:
            key: object = (one.code, one.row) if one.row else (one.code, one.message, one.path)
            merged.setdefault(key, (one, []))[1].append(spec.choice.readings[0])
    result = []
    for one, names in merged.values():
        if len(set(names)) < len(each):
            listed = " and ".join(f"`{name}`" for name in dict.fromkeys(names))
            one = one.with_note(f"under the reading {listed}; not under the others")
        result.append(one)
    return result
