"""`archspec validate`: specs in; what is wrong with them out, in full, in a line each, or as JSON."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import archspec
from archspec.check import Report, check
from archspec.commands.opening import chosen, print_full, sources
from archspec.diagnostic import Diagnostic, Faults
from archspec.document import Document, parse
from archspec.source import Source
from archspec.spec import Spec, read


@dataclass(frozen=True)
class _Result:
    file: Document | Source
    diagnostics: tuple[Diagnostic, ...]
    remark: str = ""


def validate(arguments: argparse.Namespace) -> int:
    """Check every spec named; the exit code is that of the worst."""
    results = [_validated(source, arguments) for name in arguments.specs for source in sources(name)]
    if arguments.format == "json":
        from archspec.report import render_json

        print(render_json([(one.file, one.diagnostics) for one in results], version=archspec.__version__))
    else:
        for one in results:
            _print_result(one, arguments.format)
    counted = [found for one in results for found in one.diagnostics if found.severity == "error" or arguments.strict]
    return 1 if counted else 0


def _validated(source: Source, arguments: argparse.Namespace) -> _Result:
    try:
        document = parse(source)
    except Faults as faults:
        return _Result(source, faults.diagnostics)
    try:
        spec = chosen(read(document), arguments)
    except Faults as faults:
        return _Result(document, (*faults.diagnostics, *document.warnings))
    found = check(spec)
    return _Result(document, (*found.diagnostics, *document.warnings), _remark(spec, found))


def _remark(spec: Spec, found: Report) -> str:
    """What a clean line adds: errata in force, readings that were checked, claims that did not apply."""
    parts = []
    if found.errata:
        parts.append(f"{found.errata} {'erratum' if found.errata == 1 else 'errata'} in force")
    readings = [one.readings[0] for one in spec.every_reading() if one.readings]
    if readings:
        parts.append(f"{'readings' if len(readings) > 1 else 'reading'} {', '.join(readings)}")
    if found.unchecked:
        parts.append(f"{found.unchecked} printed values not checked: they speak of the network as printed")
    return "; ".join(parts)


def _print_result(one: _Result, form: str) -> None:
    name = one.file.name if isinstance(one.file, Source) else one.file.source.name
    remark = f" ({one.remark})" if one.remark else ""
    if not one.diagnostics:
        if form == "full":
            print(f"{name}: ok{remark}")
        return
    from archspec.report import render_concise, summary

    if form == "concise":
        print(render_concise(one.diagnostics, one.file))
        return
    print_full(one.diagnostics, one.file)
    print(f"\n{summary(one.diagnostics, name)}{remark}")
