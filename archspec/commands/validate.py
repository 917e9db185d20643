"""`archspec validate`: specs in; what is wrong with them out, to read, in a line each, or for programs and services."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TextIO

import archspec
from archspec.check import Report, check, verdict
from archspec.commands import selection
from archspec.commands.interrupts import is_behind
from archspec.commands.opening import (
    NOTHING_CHOSEN,
    Named,
    UsageError,
    chosen,
    files,
    opened,
    print_full,
    printable,
    read_once,
)
from archspec.commands.streaming import print_whole, watched
from archspec.diagnostic import CODES, Diagnostic, Faults
from archspec.document import Document, parse
from archspec.source import Source
from archspec.spec import Spec, read

if TYPE_CHECKING:
    from archspec.fixing import Seen
    from archspec.report import Fixes


@dataclass(frozen=True)
class _Result:
    file: Document | Source
    diagnostics: tuple[Diagnostic, ...]
    remark: str = ""
    failure: str | None = None  # why the file was not checked
    allowed: tuple[Diagnostic, ...] = ()  # for programs: what the file allows, and so is not reported
    reached: int = 2  # 0: the text is no TOML, 1: it is no spec, 2: all of it was checked
    unselected: tuple[Diagnostic, ...] = ()
    fixes: str = ""  # how many were made, or could be

    @property
    def everything(self) -> tuple[Diagnostic, ...]:
        return (*self.diagnostics, *self.allowed)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong, also what nobody asked for."""
        return (*self.diagnostics, *self.unselected)

    @property
    def name(self) -> str:
        return self.file.name if isinstance(self.file, Source) else self.file.source.name


def validate(arguments: argparse.Namespace) -> int:
    """Check every spec named; the exit code is that of the worst. One that cannot be read keeps no other from it.

    What is read, and JSON Lines, is printed file by file; the other formats are one document of all files.
    """
    failures: list[str] = []
    ours: list[Exception] = []
    wrong = False
    fixing = arguments.fix or arguments.diff or arguments.unsafe_fixes

    def tallied(results: Iterable[_Result]) -> Iterator[_Result]:
        nonlocal wrong
        for one in results:
            wrong = wrong or any(_counts(found, arguments) for found in one.diagnostics)
            if one.failure:
                failures.append(one.failure)
            yield one

    try:
        read_once(arguments.specs)
        codes = selection.codes(arguments)
        results = _fixed(arguments, codes, sys.stdout, ours) if fixing else _results(arguments, codes, ours)
        # where standard output is a difference, or the text of standard input, the report stands elsewhere
        apart = arguments.diff or (arguments.fix and "-" in arguments.specs)
        with redirect_stdout(sys.stderr if apart else sys.stdout):
            _print(tallied(watched(results, lambda: _how_many(arguments.specs))), failures, arguments)
    except UsageError as error:
        _print_failure(arguments.format, str(error))
        raise
    except Exception as error:
        # json has it from the report of our own faults, with the place of the traceback
        if arguments.format != "json" and not is_behind(error):
            _print_failure(arguments.format, _ours(error))
        raise
    if ours:
        from archspec.commands.about import internal

        for failure in failures:
            print(printable(f"archspec: {failure}"), file=sys.stderr)
        return internal(ours[0], in_json=False)
    if failures:
        raise UsageError("\narchspec: ".join(failures))
    return 1 if wrong else 0


def _results(arguments: argparse.Namespace, codes: frozenset[str], ours: list[Exception]) -> Iterator[_Result]:
    """What is found in each file, when it is asked for."""
    to_read = arguments.format in ("full", "github")

    def validated(file: Named) -> _Result:
        one = _validated(opened(file), arguments, codes)
        return _with_fixable(one, arguments, codes) if to_read and one.diagnostics else one

    return _of_each_file(arguments, validated, ours)


def _fixed(
    arguments: argparse.Namespace, codes: frozenset[str], out: TextIO, ours: list[Exception]
) -> Iterator[_Result]:
    """What is left in each file after its fixes, which are written to it."""
    from archspec.commands.fix import check_options, mended, original_of  # here: most runs change nothing

    check_options(arguments)

    def validated(file: Named) -> _Result:
        one = original_of(file, arguments)
        known: dict[Source, _Result] = {}

        def look(text: Source) -> Seen:
            known[text] = _validated(text, arguments, codes)
            return _seen(text, arguments, codes, known[text])

        source, count, reason = mended(one, look, arguments, out)
        left = known.get(source) or _validated(source, arguments, codes)
        if count and arguments.format not in ("full", "github") and not arguments.diff:
            print(printable(f"{left.name}: {count} fixed"), file=sys.stderr)
        return replace(
            left,
            diagnostics=tuple(reason(found) for found in left.diagnostics),
            fixes=f"{count} {'would be fixed' if arguments.diff else 'fixed'}" if count else "",
        )

    return _of_each_file(arguments, validated, ours)


def _of_each_file(
    arguments: argparse.Namespace, validated: Callable[[Named], _Result], ours: list[Exception]
) -> Iterator[_Result]:
    """The result of each file, each once. What is wrong with one, or with us in reading it, keeps no other from being
    checked; `ours` takes our own faults."""
    seen: set[tuple[int, int] | str] = set()
    for name in arguments.specs:
        try:
            for file in files(name):
                if (identity := file.identity) in seen:
                    continue
                seen.add(identity)
                try:
                    yield validated(file)
                except UsageError as error:
                    yield _unread(file.name, str(error))
                except Exception as error:
                    if is_behind(error):
                        raise
                    ours.append(error)
                    yield _unread(file.name, f"{file.name}: {_ours(error)}")
        except UsageError as error:
            yield _unread(name, str(error))


def _unread(name: str, failure: str) -> _Result:
    return _Result(Source(name, ""), (), failure=failure)


def _ours(error: Exception) -> str:
    return f"AS901 internal: {type(error).__name__}: this is a fault of archspec"


def _how_many(names: Sequence[str]) -> int:
    count = 0
    for name in names:
        with suppress(UsageError):
            count += sum(1 for _ in files(name))
    return count


def _validated(source: Source, arguments: argparse.Namespace, codes: frozenset[str], search: bool = True) -> _Result:
    """What is reported of one file. What keeps it from being read is reported whatever is selected: nothing else of
    it was checked. Without a search nobody learns what would mend what is found."""
    try:
        document = parse(source)
    except Faults as faults:
        return _Result(source, faults.diagnostics, reached=0)
    warnings = selection.selected(document.warnings, codes)
    try:
        spec = chosen(read(document), arguments)
    except Faults as faults:
        return _Result(document, (*faults.diagnostics, *warnings), reached=1)
    report = check(spec) if search else verdict(spec)
    found = (*selection.selected(report.diagnostics, codes), *warnings)
    unselected = tuple({*report.diagnostics, *document.warnings} - {*found})
    allowed = selection.selected(report.allowed, codes)
    remark = _remark(spec, report, len(unselected), len(allowed))
    return _Result(document, found, remark, allowed=allowed, unselected=unselected)


def _seen(
    source: Source,
    arguments: argparse.Namespace,
    codes: frozenset[str],
    known: _Result | None = None,
    search: bool = True,
) -> Seen:
    """What fixing needs to know of a text. Where the options choose of the spec, also what is wrong with it as it
    stands: what mends the one must not break the other. `known` is what was found in the text, where that was asked."""
    from archspec.fixing import Seen

    one = known or _validated(source, arguments, codes, search)
    plain = argparse.Namespace(**{**vars(arguments), **NOTHING_CHOSEN})
    also = () if vars(plain) == vars(arguments) else _validated(source, plain, codes, search).found
    return Seen(one.file, one.reached, (*one.found, *also), one.diagnostics)


def _with_fixable(one: _Result, arguments: argparse.Namespace, codes: frozenset[str]) -> _Result:
    """The result with how many of its findings `--fix` would mend."""
    from archspec.fixing import fixable

    count = fixable(one.diagnostics, one.file, lambda text: _seen(text, arguments, codes, search=False))
    return replace(one, fixes=f"{count} fixable with --fix") if count else one


def _remark(spec: Spec, found: Report, hidden: int, allowed: int) -> str:
    """What a clean line adds: errata in force, readings that were checked, claims that did not apply, and findings that
    the file allows or that were not asked for."""
    parts = []
    if found.errata:
        parts.append(f"{found.errata} {'erratum' if found.errata == 1 else 'errata'} in force")
    readings = [name for one in spec.every_reading() for name in one.readings]
    if readings:
        parts.append(f"{'readings' if len(readings) > 1 else 'reading'} {', '.join(readings)}")
    if found.unchecked:
        parts.append(f"{found.unchecked} printed values not checked: they speak of the network as printed")
    if allowed:
        parts.append(f"{allowed} allowed")
    if hidden:
        parts.append(f"{hidden} finding{'s' * (hidden > 1)} not selected")
    return "; ".join(parts)


def _counts(found: Diagnostic, arguments: argparse.Namespace) -> bool:
    return found.severity == "error" or arguments.strict


# --- printing --------------------------------------------------------------------------------------------------------


def _print(results: Iterator[_Result], failures: Sequence[str], arguments: argparse.Namespace) -> None:
    """Print the results when they come. `failures` is read after the last of them."""
    match arguments.format:
        case "jsonl":
            from archspec.report import render_json_lines

            found = ((one.file, one.everything, one.failure) for one in results)
            for line in render_json_lines(found, version=archspec.__version__, fixes=_tried(arguments)):
                print_whole(line)
        case "json":
            from archspec.report import render_json

            kept = _kept(results)
            failure = "; ".join(failures) or None
            print(render_json(kept, version=archspec.__version__, failure=failure, fixes=_tried(arguments)))
        case "sarif":
            from archspec.report_formats import render_sarif

            kept = _kept(results)
            failure = "; ".join(failures) or None
            print(render_sarif(kept, version=archspec.__version__, failure=failure, fixes=_tried(arguments)))
        case "github":
            _print_for_github(results, arguments)
            if failures:
                _print_failure("github", "; ".join(failures))
        case form:
            for _ in _printed(results, arguments, form):
                pass


def _tried(arguments: argparse.Namespace) -> Fixes:
    """The fixes that programs are offered: those that mend what they should, with everything that is wrong in view."""
    from archspec.fixing import Tried

    return Tried(lambda text: _seen(text, arguments, frozenset(CODES), search=False))


def _kept(results: Iterable[_Result]) -> list[tuple[Document | Source, tuple[Diagnostic, ...]]]:
    """What a document of all files needs: of a clean file its name, not its text."""
    return [
        (one.file if one.everything else Source(one.name, ""), one.everything) for one in results if not one.failure
    ]


def _printed(results: Iterable[_Result], arguments: argparse.Namespace, form: str) -> Iterator[_Result]:
    """Print each result, to read, and hand on what was shown of it: `--max-errors` leaves out the errors beyond."""
    left, more = arguments.max_errors, 0
    for one in results:
        shown = one
        if left is not None and one.diagnostics:
            from archspec.report import by_place

            found = by_place(one.diagnostics, one.file)
            errors = [each for each in found if _counts(each, arguments)]
            beyond = set(errors[left:])
            shown = replace(one, diagnostics=tuple(each for each in found if each not in beyond))
            left, more = left - min(left, len(errors)), more + len(beyond)
        if not one.failure:
            _print_result(one, () if arguments.diff else shown.diagnostics, "full" if arguments.diff else form)
            yield shown
    if more:
        print(f"{more} more error{'s' * (more > 1)} not printed")


def _print_result(one: _Result, shown: tuple[Diagnostic, ...], form: str) -> None:
    remark = f" ({one.remark})" if one.remark else ""
    fixes = f", {one.fixes}" if one.fixes else ""
    if not one.diagnostics:
        if form == "full":
            print(printable(f"{one.name}: ok{fixes}{remark}"))
        return
    from archspec.report import render_concise, summary

    if form == "concise":
        if shown:
            print(render_concise(shown, one.file))
        return
    if shown:
        print_full(shown, one.file)
        print()
    print(printable(f"{summary(one.diagnostics, one.name)}{fixes}{remark}"))


def _print_for_github(results: Iterable[_Result], arguments: argparse.Namespace) -> None:
    """The full report, as the annotations are few and short, and then these."""
    import secrets

    from archspec.report_formats import render_github

    token = secrets.token_hex(16)  # of what is between, nothing is a command to the runner, whatever a spec says
    print(f"::stop-commands::{token}")
    try:
        shown = _kept(_printed(results, arguments, "full"))
    finally:
        print(f"::{token}::")
    if annotations := render_github(shown):
        print(annotations)


def _print_failure(form: str, failure: str) -> None:
    """Standard output for programs, where there is no result."""
    match form:
        case "jsonl":
            from archspec.report import render_json_lines

            print_whole(next(render_json_lines([], version=archspec.__version__, failure=failure)))
        case "json":
            from archspec.report import render_json

            print(render_json([], version=archspec.__version__, failure=failure))
        case "sarif":
            from archspec.report_formats import render_sarif

            print(render_sarif([], version=archspec.__version__, failure=failure))
        case "github":
            from archspec.report_formats import render_github

            print(render_github([], failure=failure))
