"""What has a name in a spec, and every place that says it: an analysis in; occurrences out.

Rows, heads, modules, words of [types], columns of modules, parameters, readings and variants. Places are found by path
alone, in the text as it is written: a row is named by its cell, by patches, by heads, by `added`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from archspec.diagnostic import Path
from archspec.layer import column
from archspec.lsp.analysis import Analysis
from archspec.lsp.tokens import Token
from archspec.modules import library_names
from archspec.notation import REFERENCE, key_of
from archspec.resolve import printed_word
from archspec.source import Span
from archspec.spec import Spec

Kind = Literal["row", "head", "module", "word", "column", "parameter", "reading", "variant"]

_REFERENCE = re.compile(REFERENCE)


@dataclass(frozen=True)
class Symbol:
    """`name` is a row, head, word, reading or variant as printed, else a key; `owner` is the module of a column."""

    kind: Kind
    name: str
    owner: str = ""


@dataclass(frozen=True)
class Occurrence:
    """A place that names a symbol: a whole key or value, quotes included, or a part of one (a reference, or one of
    several captions). `instance` counts from 1 where it names one instance of a repeated row."""

    symbol: Symbol
    span: Span
    on: Literal["key", "value", "part"]
    defines: bool = False
    instance: int = 0


def occurrences(known: Analysis) -> tuple[Occurrence, ...]:
    """Every place of the text that names something, in order."""
    if known.spec is None:
        return ()
    names = _Names(known)
    found = [one for token in known.tokens for one in names.of(token)]
    return tuple(sorted(found, key=lambda one: one.span))


def occurrence_at(found: tuple[Occurrence, ...], offset: int) -> Occurrence | None:
    """The occurrence at an offset; of a whole value and a part of it, the part."""
    here = [one for one in found if one.span.start <= offset <= one.span.end]
    return min(here, key=lambda one: one.span.end - one.span.start, default=None)


class _Names:
    def __init__(self, known: Analysis) -> None:
        assert known.spec is not None
        self.text = known.source.text
        self.spec: Spec = known.spec
        found = self.spec.patched.sections
        self.rows, self.heads = found.rows, found.heads
        patches = (*self.spec.file.readings.values(), *self.spec.file.variants.values())
        patched = (patch["modules"] for patch in patches if isinstance(patch.get("modules"), Mapping))
        self.modules = {key_of(name) for names in (found.modules, *patched) for name in names} | {*library_names()}
        self.instances = {
            row.name: (row.group, count)
            for result in known.rows
            for count, row in enumerate(result.result.rows, 1)
            if row.name != row.group
        }

    def of(self, token: Token) -> Iterator[Occurrence]:
        path, patch = without_patch(token.path)
        if token.on == "key":
            yield from self._key(token, path, patch)
            return
        text = self._content(token)
        if text is None:
            return
        for symbol, defines in self._value(text, path, patch):
            name, count = self.instances.get(symbol.name, (symbol.name, 0)) if symbol.kind == "row" else ("", 0)
            if symbol.kind == "row" and name in self.rows:
                yield Occurrence(Symbol("row", name), token.span, "value", defines, count)
            elif symbol.kind != "row":
                yield Occurrence(symbol, token.span, "value", defines)
        if "columns" in path[-2:] and path[:1] == ("modules",):
            yield from self._captions(token, text, key_of(str(path[1])))
        yield from self._references(token, path)

    def _content(self, token: Token) -> str | None:
        """The text of a string value; None for other values."""
        value: Any = self.spec.document.values
        for step in token.path:
            value = value[step]
        return value if isinstance(value, str) else None

    def _key(self, token: Token, path: Path, patch: str) -> Iterator[Occurrence]:
        def one(kind: Kind, name: str, defines: bool = False) -> Occurrence:
            return Occurrence(Symbol(kind, name), token.span, "key", defines)

        match path:
            case ("modules", str(name)):
                yield one("module", key_of(name), not patch or name not in self.spec.file.modules)
            case ("modules", str(owner), "optional", str(name)):
                yield Occurrence(Symbol("column", key_of(name), key_of(owner)), token.span, "key", True)
            case ("types", str(name)):
                yield one("word", name, not patch or name not in self.spec.file.types)
            case ("defaults", str(name)) if key_of(name) in self.modules:
                yield one("module", key_of(name))
            case ("params", str(name)):
                yield one("parameter", key_of(name), not patch)
            case ("heads", str(name)):
                yield one("head", name, not patch or name not in self.spec.file.heads)
            case ("readings", str(name)):
                yield one("reading", name, True)
            case ("variants", str(name)):
                yield one("variant", name, True)
            case (str(name),) if patch and name in self.rows:
                yield one("row", name)

    def _value(self, text: str, path: Path, patch: str) -> Iterator[tuple[Symbol, bool]]:
        """What a value names, and whether it defines it."""
        match path:
            case ("table", "rows", _, int(at)) if at < len(columns := self.spec.patched.sections.columns):
                keys = columns[at].keys
                if keys == ("name",):
                    yield Symbol("row", text), True
                elif keys == ("type",):
                    yield from self._type(text, True)
            case ("network", "layers", _, str(key)) if key_of(key) == "name":
                yield Symbol("row", text), True
            case ("table" | "network", "added", _) | ("heads", _, "from"):
                yield Symbol("row", text), False
            case ("reading",) | ("weights", _, "reading"):
                yield Symbol("reading", text), False
            case ("extends", *_):
                yield Symbol("reading" if patch == "readings" else "variant", text), False
            case ("weights", _, "variant"):
                yield Symbol("variant", text), False
            case ("types", _) | ("types", _, "type") | ("modules", *_, "type"):
                yield from self._type(text, False)
            case ("heads" | "network", *_, str(key)) if key_of(key) == "type":
                yield from self._type(text, True)
            case (_, str(key)) | (_, str(key), "read") if patch and key_of(key) == "type":
                yield from self._type(text, True)

    def _type(self, text: str, words: bool) -> Iterator[tuple[Symbol, bool]]:
        """What a type names; words of [types] are read in rows and heads only."""
        word = printed_word(self.spec.network, text) if words else None
        if word is not None:
            yield Symbol("word", word), False
        elif key_of(text) in self.modules:
            yield Symbol("module", key_of(text)), False

    def _captions(self, token: Token, text: str, owner: str) -> Iterator[Occurrence]:
        under = column(text)
        for key, caption in zip(under.keys, under.captions, strict=True):
            start = self.text.find(caption, token.span.start, token.span.end)
            span = Span(start, start + len(caption)) if start >= 0 else token.span
            yield Occurrence(Symbol("column", key, owner), span, "part", True)

    def _references(self, token: Token, path: Path) -> Iterator[Occurrence]:
        for found in _REFERENCE.finditer(self.text, *token.span):
            key = key_of(found[0].strip("${}"))
            if path[:1] == ("modules",):
                yield Occurrence(Symbol("column", key, key_of(str(path[1]))), Span(*found.span()), "part")
            elif key in self._parameters:
                yield Occurrence(Symbol("parameter", key), Span(*found.span()), "part")

    @property
    def _parameters(self) -> Mapping[str, object]:
        return self.spec.patched.sections.params


def without_patch(path: Path) -> tuple[Path, str]:
    """A path as it would be in the file itself, and the section of the patch that it stands in.

    The path of a patched row begins with the row's name.
    """
    match path:
        case ("readings" | "variants" as section, _, *rest) if rest:
            return tuple(rest), section
        case ("errata" | "allow" as section, *rest) if rest:
            return tuple(rest), section
    return path, ""
