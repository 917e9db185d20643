"""Diagnostics as text: what was found and the file it was found in, in; a full, a concise or a JSON report out.

Every text that may hold words of the file is cleaned of control characters, so that no file can command a terminal.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archspec.diagnostic import Diagnostic, Repair
from archspec.document import File, source_of, span_of
from archspec.snippet import Mark, Paint, draw
from archspec.source import Span, clean

if TYPE_CHECKING:
    from archspec.fixes import Fix

    Fixes = Callable[[Diagnostic, File], Iterable[Fix]]

_COLORS = {"error": "1;31", "warning": "1;33", "secondary": "1;34", "gutter": "34", "bold": "1", "help": "1;36"}
_BLANK = '""'  # as a blank cell is written
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def render_full(
    diagnostics: Iterable[Diagnostic],
    file: File,
    *,
    width: int | None = None,
    color: bool = False,
    link: Callable[[str], str] | None = None,
) -> str:
    """The report to read: each diagnostic with its lines, its arithmetic, its repairs and its help, sorted by place.

    Without `width` no line is wrapped, and only one of more than 500 columns cropped. `color` adds ANSI codes. `link`
    gives the address of a code's page: what a terminal opens when the code is clicked on (OSC 8).
    """
    paint = _painted if color else _plain_text
    return "\n\n".join("\n".join(_block(found, file, width, paint, link)) for found in by_place(diagnostics, file))


def render_concise(diagnostics: Iterable[Diagnostic], file: File) -> str:
    """One line a diagnostic, as compilers print them: `NAME:LINE:COLUMN: error[CODE name]: message`."""
    return "\n".join(_headline(found, file, _plain_text) for found in by_place(diagnostics, file))


def no_fixes(found: Diagnostic, file: File) -> tuple[Fix, ...]:
    """What is listed as the fixes of a finding where nobody has tried any."""
    return ()


def render_json(
    results: Iterable[tuple[File, Iterable[Diagnostic]]],
    *,
    version: str,
    failure: str | None = None,
    fixes: Fixes = no_fixes,
) -> str:
    """The report for programs: one JSON object in ASCII for all files.

    `failure` says why there is no complete result (a file that cannot be read, a fault of ours); null otherwise.
    `fixes` gives those of a finding that were tried (`archspec.fixing.Tried`).
    Lines and columns count from 1, offsets from 0; both count code points, a byte order mark not included. What a file
    allows is listed apart and not counted.
    """
    import json  # here, so that a report to read does not pay for it

    files, entries, allowed, errors, warnings = [], [], [], 0, 0
    for file, diagnostics in results:
        found, known = _reported_and_allowed(diagnostics, file)
        counts = Counter(diagnostic.severity for diagnostic in found)
        files.append({"file": source_of(file).name, **_verdict(counts["error"], counts["warning"])})
        errors, warnings = errors + counts["error"], warnings + counts["warning"]
        entries += [_entry(diagnostic, file, fixes) for diagnostic in found]
        allowed += [_entry(diagnostic, file, fixes) for diagnostic in known]
    verdict = _verdict(errors, warnings)
    report = {
        "format_version": 1,
        "tool": {"name": "archspec", "version": version},
        **verdict,
        "valid": verdict["valid"] and failure is None,
        "failure": failure,
        "files": files,
        "diagnostics": entries,
        "allowed": allowed,
    }
    return json.dumps(_for_json(report), indent=2, allow_nan=False)


def render_json_lines(
    results: Iterable[tuple[File, Iterable[Diagnostic], str | None]],
    *,
    version: str,
    failure: str | None = None,
    fixes: Fixes = no_fixes,
) -> Iterator[str]:
    """The report for programs that check many files: for each file, when it comes, one JSON object in ASCII on a line;
    then one of all of them, which has `total`. Nothing is held of a file whose line is out.

    The third of a result says why the file was not checked. `failure` says why there is no result at all.
    """
    import json

    total = dict.fromkeys(("files", "valid", "invalid", "failed", "error_count", "warning_count"), 0)
    for file, diagnostics, reason in results:
        found, known = _reported_and_allowed(diagnostics, file)
        counts = Counter(diagnostic.severity for diagnostic in found)
        line = _line(source_of(file).name, counts["error"], counts["warning"], reason)
        for key in ("files", "failed" if reason else "valid" if line["valid"] else "invalid"):
            total[key] += 1
        for key in ("error_count", "warning_count"):
            total[key] += line[key]
        line |= {"diagnostics": [_entry(each, file, fixes) for each in found]}
        line |= {"allowed": [_entry(each, file, fixes) for each in known]}
        yield json.dumps(_for_json(line), allow_nan=False)
    reason = f"{total['failed']} of {total['files']} not checked" if total["failed"] else failure
    line = _line(None, total["error_count"], total["warning_count"], reason)
    line |= {
        "diagnostics": [],
        "allowed": [],
        "total": None if failure else total,
        "tool": {"name": "archspec", "version": version},
    }
    yield json.dumps(_for_json(line), allow_nan=False)


def _line(name: str | None, errors: int, warnings: int, failure: str | None) -> dict[str, Any]:
    verdict = _verdict(errors, warnings)
    return {
        "format_version": 1,
        "file": name,
        **verdict,
        "valid": verdict["valid"] and failure is None,
        "failure": failure,
    }


def summary(diagnostics: Iterable[Diagnostic], name: str) -> str:
    """`2 errors, 1 warning in NAME`, or `ok`."""
    counts = Counter(diagnostic.severity for diagnostic in dict.fromkeys(diagnostics))
    parts = [f"{n} {word}{'s' * (n > 1)}" for word in ("error", "warning") if (n := counts[word])]
    return f"{', '.join(parts)} in {clean(name)}" if parts else "ok"


def by_place(diagnostics: Iterable[Diagnostic], file: File) -> list[Diagnostic]:
    """By place, equal ones once."""
    places = {found: span_of(found.labels[0], file) if found.labels else Span(0, 0) for found in diagnostics}
    return sorted(places, key=lambda found: (places[found].start, found.code, found.message))


# --- to read


def _plain_text(text: str, style: str) -> str:
    return text


def _painted(text: str, style: str) -> str:
    return f"\x1b[{_COLORS[style]}m{text}\x1b[0m"


def _headline(found: Diagnostic, file: File, paint: Paint, link: Callable[[str], str] | None = None) -> str:
    source = source_of(file)
    place = clean(source.name)
    if found.labels:
        line, column = source.position(span_of(found.labels[0], file).start)
        place += f":{line}:{column}"
    kind = paint(f"{found.severity}[{found.code} {found.name}]", found.severity)
    if link:
        kind = f"\x1b]8;;{link(found.code)}\x1b\\{kind}\x1b]8;;\x1b\\"
    return f"{paint(place, 'bold')}: {kind}: {paint(clean(found.message), 'bold')}"


def _block(
    found: Diagnostic, file: File, width: int | None, paint: Paint, link: Callable[[str], str] | None
) -> list[str]:
    marks = [
        Mark(span_of(label, file), clean(label.text), "secondary" if index else found.severity)
        for index, label in enumerate(found.labels)
    ]
    drawn = draw(source_of(file), marks, paint, width)
    return [_headline(found, file, paint, link), *drawn, *told(found, width, paint)]


def told(found: Diagnostic, width: int | None = None, paint: Paint = _plain_text) -> list[str]:
    """What stands under the lines of the file: notes, repairs and help."""
    lines: list[str] = []
    for note in found.notes:
        lines += _wrapped(clean(note), "", width)
    if found.repairs or found.more_repairs:
        lines += _repairs(found, width)
    if found.help:
        first, *rest = _wrapped(clean(found.help), "help: ", width)
        lines += [first.replace("help:", paint("help:", "help"), 1), *rest]
    return lines


def _wrapped(text: str, head: str, width: int | None) -> list[str]:
    if width is None:
        return [f"  {head}{text}"]
    wrapped = textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=f"  {head}",
        subsequent_indent="  " + " " * (len(head) or 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped or [f"  {head}"]


# --- repairs


def _repairs(found: Diagnostic, width: int | None) -> list[str]:
    """Repairs by number of cells, those in one column apart; two to a line where they fit."""
    groups: dict[tuple[int, bool], list[Repair]] = {}
    for repair in found.repairs:
        groups.setdefault((repair.cells, repair.columns == 1), []).append(repair)
    several = {cells for cells, one_column in groups if not one_column} | {cells for cells, _ in found.more_repairs}
    blocks = []
    for (cells, one_column), repairs in sorted(groups.items(), key=lambda item: (item[0][0], not item[0][1])):
        heading = f"{cells} cell{'s' * (cells > 1)}" + ", one column" * (one_column and cells > 1 and cells in several)
        blocks.append((heading, _descriptions(repairs)))
    indent = max((len(heading) for heading, _ in blocks), default=0) + 3
    room = (width or 120) - len("  repairs: ") - indent
    lines = [
        f"{heading if index == 0 else '':{indent}}{line}"
        for heading, texts in blocks
        for index, line in enumerate(_in_columns(texts, room))
    ]
    lines += [f"({count} more of {_number(cells)} cell{'s' * (cells > 1)})" for cells, count in found.more_repairs]
    return [("  repairs: " if index == 0 else " " * 11) + line for index, line in enumerate(lines)]


def _in_columns(texts: Sequence[str], room: int) -> list[str]:
    column = max(len(text) for text in texts[::2]) + 4
    if len(texts) == 1 or column + max(len(text) for text in texts[1::2]) > room:
        return list(texts)
    return [f"{left:{column}}{right}".rstrip() for left, right in zip(texts[::2], [*texts[1::2], ""], strict=False)]


def _descriptions(repairs: Sequence[Repair]) -> list[str]:
    """Each repair in the fewest words. Rows are left out where they are those of the repair before."""
    texts: list[str] = []
    named: tuple[str, ...] = ()
    for repair in repairs:
        rows = tuple(row for row, *_ in repair.edits)
        texts.append(clean(_description(repair, rows == named)))
        named = rows
    return texts


def _description(repair: Repair, rows_known: bool) -> str:
    changes: dict[tuple[str, str, str], list[str]] = {}
    edits = [(row, caption, old or _BLANK, new or _BLANK) for row, caption, old, new in repair.edits]
    for row, caption, old, new in edits:
        changes.setdefault((caption, old, new), []).append(row)
    if repair.columns > 1 or len(changes) == 1:
        return "; ".join(f"{caption} {old} -> {new} in {_and(rows)}" for (caption, old, new), rows in changes.items())
    caption = edits[0][1]
    if rows_known and repair.cells == 2:
        return f"{caption} " + " and ".join(f"{old} -> {new}" for _, _, old, new in edits)
    rows, news = (", ".join(edit[index] for edit in edits) for index in (0, 3))
    return f"{caption} of {rows} -> {news}"


def _and(words: Sequence[str]) -> str:
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def _number(n: int) -> str:
    return _NUMBERS[n] if n < len(_NUMBERS) else str(n)


# --- for programs


def _reported_and_allowed(diagnostics: Iterable[Diagnostic], file: File) -> tuple[list[Diagnostic], list[Diagnostic]]:
    found = by_place(diagnostics, file)
    return [one for one in found if not one.allowed], [one for one in found if one.allowed]


def _verdict(errors: int, warnings: int) -> dict[str, Any]:
    return {"valid": not errors, "error_count": errors, "warning_count": warnings}


def _entry(found: Diagnostic, file: File, fixes: Fixes) -> dict[str, Any]:
    labels = [
        {"primary": index == 0, "text": label.text, **_range(span_of(label, file), file)}
        for index, label in enumerate(found.labels)
    ]
    nowhere = {"start": None, "end": None}
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity,
        "message": found.message,
        "file": source_of(file).name,
        "row": found.row or None,
        **({key: labels[0][key] for key in nowhere} if labels else nowhere),
        "labels": labels,
        "notes": found.notes,
        "help": found.help or None,
        "facts": found.facts,
        "repairs": [
            [dict(zip(("row", "caption", "old", "new"), edit, strict=True)) for edit in repair.edits]
            for repair in found.repairs
        ],
        "more_repairs": [{"cells": cells, "count": count} for cells, count in found.more_repairs],
        "fixes": [_fix(fix, file) for fix in fixes(found, file)],
        **({"allowed": {"why": why.text, **_range(span_of(why, file), file)}} if (why := found.allowed) else {}),
    }


def _fix(fix: Fix, file: File) -> dict[str, Any]:
    return {
        "title": fix.title,
        "applicability": "safe" if fix.safe else "unsafe",
        "edits": [{**_range(Span(edit.start, edit.end), file), "new": edit.new} for edit in fix.edits],
    }


def _range(span: Span, file: File) -> dict[str, Any]:
    ends = ((offset, *source_of(file).position(offset)) for offset in span)
    start, end = ({"line": line, "column": column, "offset": offset} for offset, line, column in ends)
    return {"start": start, "end": end}


def _for_json(value: Any) -> Any:
    """Tuples as lists, and what JSON cannot say as a string: facts may hold anything."""
    if isinstance(value, Mapping):
        return {str(key): _for_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_for_json(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
