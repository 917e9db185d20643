"""`archspec validate`: specs in; what is wrong with them out, to read, in a line each, or for programs and services."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import archspec
from archspec.check import Report, check
from archspec.commands.opening import UsageError, chosen, print_full, sources
from archspec.diagnostic import CODES, Diagnostic, Faults
from archspec.document import Document, parse
from archspec.source import Source
from archspec.spec import Spec, read


@dataclass(frozen=True)
class _Result:
    file: Document | Source
    diagnostics: tuple[Diagnostic, ...]
    remark: str = ""


def validate(arguments: argparse.Namespace) -> int:
    """Check every spec named; the exit code is that of the worst. One that cannot be read keeps no other from it."""
    results: list[_Result] = []
    failures: list[str] = []
    try:
        codes = _codes(arguments)
        for name in arguments.specs:
            try:
                for source in sources(name):
                    results.append(_validated(source, arguments, codes))
            except UsageError as error:
                failures.append(str(error))
    except UsageError as error:
        _print_failure(arguments.format, str(error))
        raise
    except Exception as error:
        if arguments.format != "json":  # there the report of our own faults says it, with the place of the traceback
            _print_failure(arguments.format, f"AS901 internal: {type(error).__name__}: this is a fault of archspec")
        raise
    failure = "; ".join(failures) or None
    match arguments.format:
        case "json":
            from archspec.report import render_json

            print(render_json(_found(results), version=archspec.__version__, failure=failure))
        case "sarif":
            from archspec.report_formats import render_sarif

            print(render_sarif(_found(results), version=archspec.__version__, failure=failure))
        case "github":
            if results:
                _print_for_github(results, arguments)
            if failure:
                _print_failure("github", failure)
        case _:
            _print_results(results, _first(results, arguments), arguments.format)
    if failures:
        raise UsageError("\narchspec: ".join(failures))
    return 1 if any(_counts(found, arguments) for one in results for found in one.diagnostics) else 0


def _validated(source: Source, arguments: argparse.Namespace, codes: frozenset[str]) -> _Result:
    """What is reported of one file. What keeps it from being read is reported whatever is selected: nothing else of
    it was checked."""
    try:
        document = parse(source)
    except Faults as faults:
        return _Result(source, faults.diagnostics)
    warnings = _selected(document.warnings, codes)
    try:
        spec = chosen(read(document), arguments)
    except Faults as faults:
        return _Result(document, (*faults.diagnostics, *warnings))
    report = check(spec)
    found = _selected(report.diagnostics, codes)
    hidden = len({*report.diagnostics, *document.warnings}) - len({*found, *warnings})
    return _Result(document, (*found, *warnings), _remark(spec, report, hidden))


def _remark(spec: Spec, found: Report, hidden: int) -> str:
    """What a clean line adds: errata in force, readings that were checked, claims that did not apply, and findings that
    were not asked for."""
    parts = []
    if found.errata:
        parts.append(f"{found.errata} {'erratum' if found.errata == 1 else 'errata'} in force")
    readings = [one.readings[0] for one in spec.every_reading() if one.readings]
    if readings:
        parts.append(f"{'readings' if len(readings) > 1 else 'reading'} {', '.join(readings)}")
    if found.unchecked:
        parts.append(f"{found.unchecked} printed values not checked: they speak of the network as printed")
    if hidden:
        parts.append(f"{hidden} finding{'s' * (hidden > 1)} not selected")
    return "; ".join(parts)


# --- which findings --------------------------------------------------------------------------------------------------


def _codes(arguments: argparse.Namespace) -> frozenset[str]:
    """The codes that are reported. Raises `UsageError` for a word that names none."""
    if arguments.max_errors is not None and arguments.max_errors < 0:
        raise UsageError(f"--max-errors {arguments.max_errors}: write 0 or more")
    selected = _named("--select", arguments.select) if arguments.select else frozenset(CODES)
    return selected - _named("--ignore", arguments.ignore)


def _named(option: str, texts: Sequence[str]) -> frozenset[str]:
    if not texts:
        return frozenset()
    from archspec.explanations import codes

    try:
        return frozenset().union(*(codes(word) for text in texts for word in text.split(",")))
    except LookupError as error:
        raise UsageError(f"{option}: {error.args[0]}") from None


def _selected(diagnostics: Iterable[Diagnostic], codes: frozenset[str]) -> tuple[Diagnostic, ...]:
    return tuple(found for found in diagnostics if found.code in codes)


def _counts(found: Diagnostic, arguments: argparse.Namespace) -> bool:
    return found.severity == "error" or arguments.strict


def _first(results: Sequence[_Result], arguments: argparse.Namespace) -> list[_Result]:
    """The results without the errors beyond `--max-errors`."""
    if arguments.max_errors is None:
        return list(results)
    from archspec.report import by_place

    left, kept = arguments.max_errors, []
    for one in results:
        found = by_place(one.diagnostics, one.file)
        errors = [each for each in found if _counts(each, arguments)]
        beyond = set(errors[left:])
        left -= min(left, len(errors))
        kept.append(replace(one, diagnostics=tuple(each for each in found if each not in beyond)))
    return kept


# --- printing --------------------------------------------------------------------------------------------------------


def _found(results: Iterable[_Result]) -> list[tuple[Document | Source, tuple[Diagnostic, ...]]]:
    return [(one.file, one.diagnostics) for one in results]


def _print_results(results: Sequence[_Result], shown: Sequence[_Result], form: str) -> None:
    for one, part in zip(results, shown, strict=True):
        _print_result(one, part.diagnostics, form)
    more = sum(len(set(one.diagnostics)) - len(set(part.diagnostics)) for one, part in zip(results, shown, strict=True))
    if more:
        print(f"{more} more error{'s' * (more > 1)} not printed")


def _print_result(one: _Result, shown: tuple[Diagnostic, ...], form: str) -> None:
    name = one.file.name if isinstance(one.file, Source) else one.file.source.name
    remark = f" ({one.remark})" if one.remark else ""
    if not one.diagnostics:
        if form == "full":
            print(f"{name}: ok{remark}")
        return
    from archspec.report import render_concise, summary

    if form == "concise":
        if shown:
            print(render_concise(shown, one.file))
        return
    if shown:
        print_full(shown, one.file)
        print()
    print(f"{summary(one.diagnostics, name)}{remark}")


def _print_for_github(results: Sequence[_Result], arguments: argparse.Namespace) -> None:
    """The full report, as the annotations are few and short, and then these."""
    import secrets

    from archspec.report_formats import render_github

    shown = _first(results, arguments)
    token = secrets.token_hex(16)  # of what is between, nothing is a command to the runner, whatever a spec says
    print(f"::stop-commands::{token}")
    _print_results(results, shown, "full")
    print(f"::{token}::")
    if annotations := render_github(_found(shown)):
        print(annotations)


def _print_failure(form: str, failure: str) -> None:
    """Standard output for programs, where there is no result."""
    match form:
        case "json":
            from archspec.report import render_json

            print(render_json([], version=archspec.__version__, failure=failure))
        case "sarif":
            from archspec.report_formats import render_sarif

            print(render_sarif([], version=archspec.__version__, failure=failure))
        case "github":
            from archspec.report_formats import render_github

            print(render_github([], failure=failure))
