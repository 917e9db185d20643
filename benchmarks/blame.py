"""Whether a slip in a table is found, blamed on its cell, said once, and mended: figures for every bundled spec, and
for networks that are not bundled.

Cells of the tables are changed as somebody who copies them would (slips.py; a seed decides which). tests/oracle.py,
which knows nothing of the checker, says with torch which of the changed tables no longer agree with themselves: those
count, and of the others that nothing is reported. Printed are figures by kind of slip, by column, and for tables with
and without counts of params and operations. Whatever is offered to mend a slip is laid into the text, which is then
checked, and judged, again.

    python benchmarks/blame.py [--slips N] [--others N] [--seed N] [--write PAGE] [--misses MEASURE [--kind WORD]]
"""

from __future__ import annotations

import argparse
import datetime
import json
import multiprocessing
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from oracle import judge  # noqa: E402
from slips import KINDS, NAMED, Slip, Table, other_names, path_of, slips, spelt, value_at  # noqa: E402

from archspec import bundled  # noqa: E402
from archspec.api import from_document  # noqa: E402
from archspec.diagnostic import Diagnostic, Faults, Inside, Repair  # noqa: E402
from archspec.document import File, parse  # noqa: E402
from archspec.fixes import applied  # noqa: E402
from archspec.lsp.analysis import analysis  # noqa: E402
from archspec.source import Source  # noqa: E402

SLIPS = 4000
OTHER_SLIPS = 1500
SEED = 2611
MARKS = "<!-- figures: benchmarks/blame.py --write -->", "<!-- end of the figures -->"


# --- what the checker says -------------------------------------------------------------------------------------------


class Scored(NamedTuple):
    """One slip: what the oracle says, whether the checker sees it, and how well it blames it. `listed` and `first` are
    None where no value is to be repaired."""

    slip: Slip
    oracle: str
    why: str
    detected: bool
    blamed: bool
    listed: bool | None
    first: bool | None
    once: bool
    counts: bool
    seconds: float
    said: str
    offered: int = 0  # repairs and fixes
    wrong: tuple[str, ...] = ()  # those of them that leave something wrong

    @property
    def detectable(self) -> bool:
        return self.oracle in ("unreadable", "inconsistent")


def scored(slip: Slip) -> Scored:
    verdict = judge(slip.text)
    before = time.process_time()
    found = diagnostics(slip.text)
    seconds = time.process_time() - before
    errors = errors_of(found)
    paths = [label.path for one in errors for label in one.labels]
    blamed = any(path[: len(place)] == place for path in paths for place in slip.places)
    listed = first = None
    if slip.words:
        mended = [good for one in errors for good in suggestions(one, slip)]
        listed, first = any(mended), mended[:1] == [True]
    said = "\n".join(map(told, found))
    counts = counted(slip.spec)
    once = len(errors) == 1
    offered = list(results_of(slip.text, errors))
    wrong = tuple(title for title, text in offered if text is None or not mends(errors, text))
    return Scored(slip, *verdict, bool(errors), blamed, listed, first, once, counts, seconds, said, len(offered), wrong)


def errors_of(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if one.severity == "error"]


def results_of(text: str, errors: Iterable[Diagnostic]) -> Iterator[tuple[str, str | None]]:
    """What every repair and fix is called, and the text that it makes; none where it changes nothing of it."""
    known = analysis(Source("spec.toml", text))
    file = known.document or known.source
    for one in errors:
        for repair in one.repairs:
            yield f"repair {repair.edits}", laid_in(text, repair, file)
        for fix in known.tried(one, file):
            yield f"fix {fix.title}", applied(text, fix.edits)


def laid_in(text: str, repair: Repair, file: File) -> str | None:
    """A text with the edits of a repair in it, each in the place of what stood there."""
    if isinstance(file, Source) or not repair.values:
        return None
    edits = [(*file.span(path), path[-1], value) for path, value in repair.values]
    for start, end, last, value in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        literal = str(value) if isinstance(last, Inside) else json.dumps(value, ensure_ascii=False)
        text = text[:start] + literal + text[end:]
    return text


def mends(errors: list[Diagnostic], text: str) -> bool:
    """Whether a text in which one of the errors was mended has fewer, and none of them in a row where there was none
    of its code; where there was one alone, the oracle must have nothing to say either."""
    left = errors_of(diagnostics(text))
    if len(errors) == 1:
        return not left and judge(text).kind in ("consistent", "beyond")
    known = {(one.code, one.row) for one in errors} | {one for other in errors for one in other.also}
    return len(left) < len(errors) and {(one.code, one.row) for one in left} <= known


def diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """What is reported of a text where nothing is chosen: every reading is checked."""
    try:
        return tuple(from_document(parse(Source("spec.toml", text))).check().diagnostics)
    except Faults as faults:
        return faults.diagnostics


def suggestions(one: Diagnostic, slip: Slip) -> Iterator[bool]:
    """For everything a diagnostic suggests, best first, whether it gives back what stood there: repairs, fixes, and
    for words and notations what its help names."""
    known = analysis(Source("spec.toml", slip.text))
    if known.document is None:
        return
    yield from (restores(repair, slip, known.document.values) for repair in one.repairs)
    for fix in known.tried(one, known.document):
        try:
            mended = parse(Source("", applied(slip.text, fix.edits))).values
        except Faults:
            yield False
        else:
            yield spelt(mended) == spelt(original(slip.spec))
    if slip.kind in NAMED and names(one, slip.words):
        yield True


def restores(repair: Repair, slip: Slip, values: Any) -> bool:
    """Whether every edit of a repair gives a changed cell back what it was; of two cells swapped, either is enough."""
    for path, value in repair.values:
        last = path[-1]
        at: Any = path[:-1] if isinstance(last, Inside) else path
        if at not in slip.wanted:
            return False
        if isinstance(last, Inside):
            cell = value_at(values, at)
            value = f"{cell[: last.start]}{value}{cell[last.end :]}"
        if spelt(value) != spelt(slip.wanted[at]):
            return False
    return bool(repair.values)


def names(one: Diagnostic, words: Iterable[str]) -> bool:
    """Whether the help of a diagnostic names one of the words, its examples and lists of what there is left aside."""
    said = spelt(re.split(r"for example|its keys are|its columns are", one.help)[0])
    return any(re.search(rf"(?<![\w×]){re.escape(spelt(word))}(?![\w×])", said) for word in words)


def told(one: Diagnostic) -> str:
    labels = [label.path for label in one.labels]
    repairs = [" ".join(f"{row}.{cap} {old}->{new}" for row, cap, old, new in repair.edits) for repair in one.repairs]
    return f"  {one.code} {one.message} | {labels} | {one.notes} | {one.help} | {repairs} {one.more_repairs}"


@cache
def original(name: str) -> Any:
    return parse(Source("", path_of(name).read_text(encoding="utf-8"))).values


@cache
def counted(name: str) -> bool:
    return Table(name).counts


# --- figures ---------------------------------------------------------------------------------------------------------

MEASURES = ("detected", "blamed", "listed", "first", "once")


def share(results: Iterable[Scored], measure: str) -> tuple[int, int]:
    """How many of the detectable slips have it, of how many that can."""
    values = [getattr(one, measure) for one in results if one.detectable and getattr(one, measure) is not None]
    return sum(values), len(values)


def table_of(title: str, groups: dict[str, list[Scored]]) -> list[str]:
    lines = [
        f"| {title} | slips | detectable | detected | blamed | listed | first | once |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, results in groups.items():
        seen = [one for one in results if one.detectable]
        cells = [percent(*share(results, measure)) for measure in MEASURES]
        lines.append(f"| {name} | {len(results)} | {len(seen)} | {' | '.join(cells)} |")
    return lines


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def grouped(results: list[Scored], key: Callable[[Scored], str]) -> dict[str, list[Scored]]:
    groups: dict[str, list[Scored]] = {}
    for one in results:
        groups.setdefault(key(one), []).append(one)
    return groups


def figures(results: list[Scored]) -> str:
    kinds = grouped(results, lambda one: one.slip.kind)
    by_kind = {kind: kinds[kind] for kind in KINDS if kind in kinds} | {"**all**": results}
    columns = grouped([one for one in results if one.slip.wanted], lambda one: one.slip.column)
    by_column = dict(sorted(columns.items(), key=lambda item: -len(item[1])))
    by_counts = grouped(results, lambda one: "with params and ops" if one.counts else "without")
    by_spec = grouped(results, lambda one: one.slip.spec)
    silent = [one for one in results if one.oracle == "consistent"]
    beyond = sum(one.oracle == "beyond" for one in results)
    alarms = sum(one.detected for one in silent)
    slow = sorted(1000 * one.seconds for one in results if one.detectable)
    tables = [
        table_of("slip", by_kind),
        table_of("column", by_column),
        table_of("table", dict(sorted(by_counts.items()))),
        table_of("spec", dict(sorted(by_spec.items()))),
    ]
    alarmed = (
        f"{len(silent)} slips leave a table that agrees with itself: an error is reported in {alarms} of them. "
        f"{beyond} are beyond the oracle."
    )
    took = (
        f"A check that finds something takes {slow[len(slow) // 2]:.0f} ms of processor time in the median, "
        f"{slow[-len(slow) // 100]:.0f} ms in one of a hundred, {slow[-1]:.0f} ms at most."
    )
    offered, wrong = sum(one.offered for one in results), sum(len(one.wrong) for one in results)
    sound = f"{offered} repairs and fixes are offered: laid into the text, {wrong} leave something wrong."
    return "\n\n".join((*("\n".join(lines) for lines in tables), f"{alarmed}\n{sound}\n{took}"))


def run(count: int, seed: int, names: Sequence[str], processes: int = 2) -> list[Scored]:
    """Raises `ValueError` where a spec is not clean: what a slip of it is blamed for would mean nothing."""
    if unclean := [name for name in names if diagnostics(Table(name).text)]:
        raise ValueError(f"not clean: {', '.join(unclean)}")
    todo = list(slips(count, seed, names))
    if processes == 1:
        return [scored(slip) for slip in todo]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return pool.map(scored, todo, chunksize=8)


def write(page: Path, made: str, seed: int) -> None:
    """Put the figures between the marks of the page."""
    versions = f"Python {platform.python_version()}, torch {version('torch')}"
    when = datetime.datetime.now(tz=datetime.UTC).date()
    text = page.read_text(encoding="utf-8")
    before, after = text[: text.index(MARKS[0])], text[text.index(MARKS[1]) :]
    said = f"`python benchmarks/blame.py --seed {seed}`, {when}, archspec {version('archspec-nn')}, {versions}."
    page.write_text(f"{before}{MARKS[0]}\n{said}\n\n{made}\n{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="how well slips in tables are blamed")
    parser.add_argument("--slips", type=int, default=SLIPS, help="in bundled specs")
    parser.add_argument("--others", type=int, default=OTHER_SLIPS, help="in networks that are not bundled")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into this page")
    parser.add_argument("--misses", choices=(*MEASURES, "alarm", "wrong"), help="print the slips that lack this")
    parser.add_argument("--kind", default="", help="of these, only the slips of this kind")
    arguments = parser.parse_args()
    start = time.perf_counter()
    results = run(arguments.slips, arguments.seed, bundled.names(), arguments.processes)
    others = run(arguments.others, arguments.seed, other_names(), arguments.processes)
    made = f"### Bundled specs\n\n{figures(results)}\n\n### Networks that are not bundled\n\n{figures(others)}"
    print(f"{made}\n\n{time.perf_counter() - start:.0f} s")
    if arguments.write:
        write(arguments.write, made, arguments.seed)
    for one in (*results, *others) if arguments.misses else ():
        match arguments.misses:
            case "alarm":
                wanted = one.oracle == "consistent" and one.detected
            case "wrong":
                wanted = bool(one.wrong)
            case measure:
                wanted = one.detectable and getattr(one, measure) is False
        if wanted and arguments.kind in one.slip.kind:
            print(f"\n{one.slip.spec}, {one.slip.kind}, {one.slip.shown}\n  oracle: {one.why}\n{one.said}", *one.wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
