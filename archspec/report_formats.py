"""Diagnostics for services that show them beside the code: what was found in, SARIF 2.1.0 or GitHub annotations out.

Columns count UTF-16 code units from 1, as those services do: × is one, a character beyond U+FFFF two. Ends are
exclusive.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archspec.diagnostic import Diagnostic
from archspec.document import File, source_of, span_of
from archspec.explanations import page
from archspec.fixes import Fix
from archspec.report import by_place, no_fixes, told
from archspec.source import Source, Span, clean

if TYPE_CHECKING:
    from archspec.report import Fixes

Results = Iterable[tuple[File, Iterable[Diagnostic]]]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


# --- SARIF -----------------------------------------------------------------------------------------------------------


def render_sarif(results: Results, *, version: str, failure: str | None = None, fixes: Fixes = no_fixes) -> str:
    """One SARIF log in ASCII for all files, with a rule, and its page, for every code that was found.

    `fixes` gives those of a finding that were tried. `failure` says why there is no complete result; the log then says
    that the run did not succeed, so that nobody takes an empty one for a clean bill. Source: OASIS, SARIF 2.1.0 with
    errata 01.
    """
    import json  # here, so that annotations do not pay for it

    files = [(file, by_place(diagnostics, file)) for file, diagnostics in results]
    codes = sorted({found.code: found.name for _, diagnostics in files for found in diagnostics}.items())
    rules = {code: index for index, (code, _) in enumerate(codes)}
    suppresses = any(found.allowed for _, diagnostics in files for found in diagnostics)
    invocation: dict[str, Any] = {"executionSuccessful": failure is None}
    if failure is not None:
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": clean(failure)}}]
    run = {
        "tool": {
            "driver": {"name": "archspec", "version": version, "rules": [_rule(code, name) for code, name in codes]}
        },
        "invocations": [invocation],
        "columnKind": "utf16CodeUnits",
        "artifacts": [{"location": {"uri": _uri(source_of(file))}, "roles": ["analysisTarget"]} for file, _ in files],
        "results": [
            entry for file, diagnostics in files for entry in _entries(diagnostics, file, rules, suppresses, fixes)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str, name: str) -> dict[str, Any]:
    text = page(code)
    summary = " ".join(text.split("\n\n")[1].split())
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": text, "markdown": text},
    }


def _entries(
    diagnostics: Iterable[Diagnostic], file: File, rules: dict[str, int], suppresses: bool, fixes: Fixes
) -> Iterable[dict[str, Any]]:
    """The results of one file. A fingerprint follows a row wherever it moves: the code, the row, and which of them.

    Where one result of a log is suppressed, every other says that it is not.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for found in diagnostics:
        identity = found.identity
        seen[identity] += 1
        entry: dict[str, Any] = {
            "ruleId": found.code,
            "ruleIndex": rules[found.code],
            "level": found.severity,
            "message": {"text": _message(found, file)},
            "locations": [_location(_blamed(found, file), file)],
            # Not GitHub's own `primaryLocationLineHash`: its upload adds that, and distrusts another's
            "partialFingerprints": {"codeAndRow/v1": ":".join((*identity, str(seen[identity])))},
        }
        related = [
            {"id": number, **_location(span_of(label, file), file), "message": {"text": _said(label.text)}}
            for number, label in enumerate(found.labels[1:], 1)
        ]
        if related:
            entry["relatedLocations"] = related
        if changes := [_fix(fix, file) for fix in fixes(found, file)]:
            entry["fixes"] = changes
        if why := found.allowed:
            place = _location(span_of(why, file), file)
            entry["suppressions"] = [{"kind": "inSource", "justification": clean(why.text), "location": place}]
        elif suppresses:
            entry["suppressions"] = []
        yield entry


def _fix(fix: Fix, file: File) -> dict[str, Any]:
    """What a viewer may apply; its text says where that is a guess."""
    replacements = [
        {"deletedRegion": _as_region(Span(edit.start, edit.end), file), "insertedContent": {"text": edit.new}}
        for edit in fix.edits
    ]
    change = {"artifactLocation": {"uri": _uri(source_of(file))}, "replacements": replacements}
    text = clean(fix.title) if fix.safe else f"{clean(fix.title)} (a guess)"
    return {"description": {"text": text}, "artifactChanges": [change]}


def _message(found: Diagnostic, file: File) -> str:
    """What was found, the arithmetic, the repairs; and links to the other places."""
    lines = [_said(found.message), *(_said(line) for line in _told(found))]
    links = []
    for number, label in enumerate(found.labels[1:], 1):
        line, _ = source_of(file).position(span_of(label, file).start)
        # Brackets would end the text of the link, and a backslash escape what follows
        text = re.sub(r"([\\\[\]])", r"\\\1", clean(label.text)) or f"line {line}"
        links.append(f"[{text}]({number})")
    if links:
        lines.append(f"see {', '.join(links)}")
    return "\n".join(lines)


def _said(text: str) -> str:
    """Words of the file in a message: they make no link of their own."""
    return clean(text).replace("](", "\\](")


def _location(span: Span, file: File) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(source_of(file))}, "region": _as_region(span, file)}
    return {"physicalLocation": place}


def _as_region(span: Span, file: File) -> dict[str, int]:
    start_line, start, end_line, end = _region(span, source_of(file))
    return {"startLine": start_line, "startColumn": start, "endLine": end_line, "endColumn": end}


def _uri(source: Source) -> str:
    """A reference to a file: relative, with `/`, where the user named it so."""
    path = Path(source.name)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


# --- GitHub ----------------------------------------------------------------------------------------------------------


def render_github(results: Results, *, failure: str | None = None) -> str:
    """One workflow command a diagnostic. Errors stand first: GitHub shows ten of each kind a step and drops the rest.

    `failure` says why there is no complete result.
    """
    placed = [
        (found, file) for file, diagnostics in results for found in by_place(diagnostics, file) if not found.allowed
    ]
    placed.sort(key=lambda item: item[0].severity != "error")
    lines = [_command(found, file) for found, file in placed]
    if failure is not None:
        lines.insert(0, f"::error title=archspec::{_data(clean(failure))}")
    return "\n".join(lines)


def _command(found: Diagnostic, file: File) -> str:
    source = source_of(file)
    start_line, start, end_line, end = _region(_blamed(found, file), source)
    properties = {"file": clean(Path(source.name).as_posix()), "line": start_line, "endLine": end_line}
    if start_line == end_line:  # GitHub refuses columns of a range over several lines
        properties |= {"col": start, "endColumn": end}
    properties["title"] = f"{found.code} {found.name}"
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    text = "\n".join((clean(found.message), *_told(found)))
    return f"::{found.severity} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# --- both ------------------------------------------------------------------------------------------------------------


def _told(found: Diagnostic) -> list[str]:
    return textwrap.dedent("\n".join(told(found))).splitlines()


def _blamed(found: Diagnostic, file: File) -> Span:
    return span_of(found.labels[0], file) if found.labels else Span(0, 0)


def _region(span: Span, source: Source) -> tuple[int, int, int, int]:
    """First line and column, last line and the column after it."""
    (start_line, start), (end_line, end) = (_position(offset, source) for offset in span)
    return start_line, start, end_line, end


def _position(offset: int, source: Source) -> tuple[int, int]:
    line, column = source.position(offset)
    before = source.text[offset - column + 1 : offset]
    return line, column - len(before) + len(before.encode("utf-16-le", "surrogatepass")) // 2
