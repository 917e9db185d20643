"""Where the values of a TOML text stand: text in, a tree of places out.

The scanner reads text that tomli has accepted, or text cut off where tomli stopped; so it checks nothing and only finds
where tokens begin and end. It holds the open brackets on a stack of its own: a deep file cannot exhaust Python's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import tomli

from archspec.source import Span

_BLANK = re.compile(r"(?:[ \t\r\n,]++|#[^\n]*+)*+")
_PART = re.compile(r"""[ \t]*+([A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+""")
_EQUALS = re.compile(r"=[ \t]*+")
_SCALAR = re.compile(
    r'''"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*+"{3,5}'''
    r"""|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"""
    r"""|"(?!"")(?:[^"\\\n]|\\.)*+"|'(?!'')[^'\n]*+'"""
    r"""|\d{4}-\d\d-\d\d[ Tt]\d\d:[^\s,\]}#]*+"""
    r"""|[^\s,\]}#"']++"""
)
_NEW_ESCAPE = re.compile(r"(?:[^\\]|\\[^ex])*+\\[ex]")
_SHORT_TIME = re.compile(r"(?:\d{4}-\d\d-\d\d[Tt ])?\d\d:\d\d(?!:)")


@dataclass(slots=True)
class Place:
    """One value. Mutable while its scan runs: a bracket's end and a section's header come after its beginning.

    `key` is the token that names it (None in an array). `value` is what is marked: the text of a scalar, of an array or
    of an inline table; the header of a section (a table or array of tables with a header of its own); the key's own
    token where a table exists only through dotted keys or longer headers.
    """

    key: Span | None
    value: Span
    kind: Literal["scalar", "array", "inline", "section"]
    children: dict[str | int, Place] = field(default_factory=dict)


class _CutOff(Exception):
    """The text ends, or stops being TOML, inside a token."""


@dataclass
class Scan:
    """The state of the scanner, which is also its result.

    After a whole text only `root` and `newer` are of interest. After a text that was cut off, the rest says what
    stood there: the brackets still `open`, the `latest` value that was complete, where the latest key or header began
    (`statement`), where the scanner stands (`at`: the beginning of a token that has no end), and `clash`: the earlier
    and the later of two keys that name one value.
    """

    text: str
    at: int = 0
    statement: int = 0
    latest: Place | None = None
    clash: tuple[Span, Span] | None = None
    newer: tuple[Span, str] | None = None  # the first use of TOML 1.1: where, and what it is
    tables: list[tuple[Span, Place]] = field(default_factory=list)  # each part of a header or dotted key, and its table

    def __post_init__(self) -> None:
        self.root = Place(None, Span(0, 0), "section")
        self.section = self.root
        self.open: list[tuple[Place, tuple[Span, Span] | None]] = []

    def run(self) -> None:
        while True:
            start = self.at
            match = _BLANK.match(self.text, start)
            self.at = match.end() if match else start
            if self.at == len(self.text):
                return
            container = self.open[-1][0] if self.open else None
            closes = self.text[self.at] in "]}"
            if container is not None and container.kind == "inline":
                self._look_for_newer(container, self.text[start : self.at], closes)
            if container is None:
                if self.text[self.at] == "[":
                    self._header()
                else:
                    self._pair(self.section)
            elif closes:
                self._close()
            elif container.kind == "array":
                self._value(container, len(container.children), None)
            else:
                self._pair(container)

    def _look_for_newer(self, table: Place, skipped: str, closes: bool) -> None:
        if "\n" in skipped:
            self._is_newer(table.value, "an inline table over several lines")
        elif closes and "," in skipped:
            self._is_newer(Span(self.at, self.at + 1), "a comma before the closing brace of an inline table")

    def _is_newer(self, span: Span, what: str) -> None:
        self.newer = self.newer or (span, what)

    def _close(self) -> None:
        self.at += 1
        self.latest, self.clash = self.open.pop()
        self.latest.value = Span(self.latest.value.start, self.at)

    def _token(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _CutOff
        self.at = match.end()
        return match

    def _key(self) -> list[tuple[str, Span]]:
        """The parts of a dotted key and where each stands."""
        parts = []
        while True:
            match = self._token(_PART)
            span = Span(*match.span(1))
            parts.append((self._unquote(match[1], span), span))
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def _unquote(self, key: str, span: Span) -> str:
        if key[0] not in "\"'":
            return key
        if "\\" not in key or key[0] == "'":
            return key[1:-1]
        if _NEW_ESCAPE.match(key):
            self._is_newer(span, r"the escape \e or \x")
        name: str = tomli.loads(f"key = {key}")["key"]
        return name

    def _pair(self, table: Place) -> None:
        """A key and the beginning of its value, into a table."""
        self.statement, self.clash = self.at, None
        *outer, (name, key) = self._key()
        for part, span in outer:
            table = self._child(table, part, span)
        self._token(_EQUALS)
        self._value(table, name, key)

    def _value(self, parent: Place, name: str | int, key: Span | None) -> None:
        start = self.at
        earlier = parent.children.get(name)
        if earlier is not None and earlier.key is not None and key is not None:
            self.clash = earlier.key, key
        if self.text[start : start + 1] in ("[", "{"):
            self.at += 1
            place = Place(key, Span(start, self.at), "array" if self.text[start] == "[" else "inline")
            self.open.append((place, self.clash))
        else:
            token = self._token(_SCALAR)[0]
            self.latest = place = Place(key, Span(start, self.at), "scalar")
            if token[0] == '"' and _NEW_ESCAPE.match(token):
                self._is_newer(place.value, r"the escape \e or \x")
            elif _SHORT_TIME.match(token):
                self._is_newer(place.value, "a time without seconds")
        parent.children[name] = place

    def _header(self) -> None:
        start = self.statement = self.at
        self.clash = None
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.at += brackets
        *outer, (name, key) = self._key()
        table = self.root
        for part, span in outer:
            table = self._child(table, part, span)
        named = self._child(table, name, key, into=False)
        if not self.text.startswith("]" * brackets, self.at):
            raise _CutOff
        self.at += brackets
        header = Span(start, self.at)
        if brackets == 1 or not named.children:
            named.key, named.value = key, header
        if brackets == 2:
            section = Place(key, header, "section")
            named.children[len(named.children)] = section
            named = section
        self.section = named

    def _child(self, table: Place, name: str, key: Span, into: bool = True) -> Place:
        """The table of that name, made where it is new; of an array of tables, the latest table (`into`)."""
        child = table.children.get(name)
        if child is None:
            child = table.children[name] = Place(key, key, "section")
        elif child.key is not None:
            self.clash = child.key, key
        self.tables.append((key, child))
        return child.children[len(child.children) - 1] if into and 0 in child.children else child


def every_place(root: Place) -> Iterator[Place]:
    """A place and all that are in it."""
    rest = [root]
    while rest:
        place = rest.pop()
        yield place
        rest += place.children.values()


def scan(text: str) -> Scan:
    """The places of a text that tomli has accepted, or of the part of a text before the place where tomli stopped."""
    state = Scan(text)
    try:
        state.run()
    except _CutOff:
        return state
    return state
