"""Our values as those of the protocol: an open file and what was found in it, in; lsprotocol's types out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol import types

from archspec.diagnostic import Diagnostic, Label
from archspec.document import span_of
from archspec.fixes import TextEdit
from archspec.lsp.completion import Item
from archspec.lsp.navigation import Location
from archspec.lsp.offers import OfferKind
from archspec.lsp.opened import Opened
from archspec.lsp.outline import Entry, Kind
from archspec.lsp.positions import Positions
from archspec.report import by_place
from archspec.source import Span, clean

_SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning}

_OFFERED: dict[OfferKind, types.CompletionItemKind] = {
    "key": types.CompletionItemKind.Property,
    "section": types.CompletionItemKind.Module,
    "row": types.CompletionItemKind.Variable,
    "module": types.CompletionItemKind.Class,
    "word": types.CompletionItemKind.Keyword,
    "operation": types.CompletionItemKind.Function,
    "value": types.CompletionItemKind.Value,
    "reference": types.CompletionItemKind.Reference,
    "name": types.CompletionItemKind.EnumMember,
}

_LISTED: dict[Kind, types.SymbolKind] = {
    "section": types.SymbolKind.Namespace,
    "row": types.SymbolKind.Variable,
    "head": types.SymbolKind.Variable,
    "module": types.SymbolKind.Class,
    "value": types.SymbolKind.Property,
}


def range_of(opened: Opened, span: Span) -> types.Range:
    """A part of the latest text."""
    start, end = opened.range(span)
    return types.Range(types.Position(*start), types.Position(*end))


def diagnostics(opened: Opened) -> list[types.Diagnostic]:
    """What is wrong with the latest text, sorted by place."""
    known = opened.latest
    return [diagnostic(opened, found) for found in by_place(known.diagnostics, known.document or known.source)]


def diagnostic(opened: Opened, found: Diagnostic) -> types.Diagnostic:
    """One finding: its message, facts and help; what it disagrees with as related places."""
    file = opened.latest.document or opened.latest.source
    labels = found.labels or (Label(()),)
    first, *others = dict.fromkeys((span_of(label, file), label.text) for label in labels)
    lines = [found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])]
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(opened.uri, range_of(opened, span)), clean(text) or "see also"
        )
        for span, text in others
    ]
    return types.Diagnostic(
        range_of(opened, first[0]),
        "\n".join(map(clean, lines)),
        severity=_SEVERITIES[found.severity],
        code=found.code,
        source="archspec",
        related_information=related or None,
    )


def edits(opened: Opened, changes: Iterable[TextEdit]) -> list[types.TextEdit]:
    """Edits of the latest text."""
    return [types.TextEdit(range_of(opened, Span(one.start, one.end)), one.new) for one in changes]


def locations(opened: Opened, found: Iterable[Location]) -> Iterator[types.Location]:
    """Places of the good text that still stand, and places in files of the library."""
    for one in found:
        if one.source is not None:
            start, end = (Positions(one.source.text, opened.encoding).position(offset) for offset in one.span)
            place = types.Range(types.Position(*start), types.Position(*end))
            yield types.Location(Path(one.source.name).as_uri(), place)
        elif (span := opened.from_good(one.span)) is not None:
            yield types.Location(opened.uri, range_of(opened, span))


def completion(opened: Opened, items: Iterable[Item]) -> Iterator[types.CompletionItem]:
    """Candidates in their order. What is typed already is what they are filtered by: quotes are a part of it where a
    quote was typed."""
    text = opened.latest.source.text
    for index, item in enumerate(items):
        quoted = text[item.span.start : item.span.start + 1] in ("'", '"')
        yield types.CompletionItem(
            item.label,
            kind=_OFFERED[item.kind],
            detail=item.detail or None,
            sort_text=f"{index:04}",
            filter_text=item.new if quoted else item.label.strip("[]"),
            text_edit=types.TextEdit(range_of(opened, item.span), item.new),
        )


def symbols(opened: Opened, entries: Iterable[Entry]) -> Iterator[types.DocumentSymbol]:
    """The outline, without what has changed since the text could be read."""
    for entry in entries:
        span, name_span = opened.from_good(entry.span), opened.from_good(entry.name_span)
        if span is not None and name_span is not None:
            yield types.DocumentSymbol(
                clean(entry.name) or '""',
                _LISTED[entry.kind],
                range_of(opened, span),
                range_of(opened, name_span),
                detail=clean(entry.detail) or None,
                children=list(symbols(opened, entry.children)),
            )
