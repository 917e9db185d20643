"""What is wrong with a text that is not TOML, in words that help: tomli's error in, one diagnostic out.

tomli says exactly where it stopped, and little about why. What stands at that place, and what a scan of the text before
it leaves open, tell the usual mistakes apart.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import tomli

from archspec.diagnostic import Diagnostic, Inside, Label
from archspec.places import Place, Scan, scan
from archspec.source import Source, Span

_REST = re.compile(r"[^,\]}#\r\n]*")  # of a value that somebody wrote without quotes
_WORDS = {"true": "true", "false": "false", "none": "", "null": "", "nil": "", "nan": "nan", "inf": "inf"}
_QUOTES = "“”„‘’‚«»`´"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u202f\u205f\u3000\ufeff"
_ASSIGNMENT = re.compile(r"""[\w"'.-]+[ \t]*=""")
_HEADER = re.compile(r"\[\[?[ \t]*[A-Za-z_][\w.-]*[ \t]*\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)
_HEADER_TEXT = re.compile(r"\[+[^\[\]\r\n]*\]*")
_GIVEN_TWICE = ("Cannot overwrite", "Cannot declare", "Duplicate", "Cannot mutate", "Cannot redefine")
_AFTER_VALUE = ("Expected newline", "Unclosed")
_IN_STRING = ("Illegal character", "Found invalid character", "Unterminated string", "Expected \"'")
_IN_ESCAPE = ("Unescaped", "Invalid hex", "Escaped character")


class _Finding(NamedTuple):
    message: str
    at: Span
    label: str = ""
    help: str = ""
    other: tuple[Span, str] | None = None
    code: str = "AS001"
    edits: tuple[tuple[int, int, str], ...] = ()  # what mends it beyond doubt: start, end and the new text


def explain(source: Source, error: tomli.TOMLDecodeError) -> Diagnostic:
    """The diagnostic AS001 or AS003 for tomli's error; its labels are ranges of the text."""
    # tomli counts in a text without carriage returns, but its lines and columns are ours
    at = min(source.line_starts[error.lineno - 1] + error.colno - 1, len(source.text))
    found = _find(error.msg, source.text, at, scan(source.text[:at]))
    start, end = found.at
    labels = [Label((Inside(start, min(end, len(source.text))),), found.label)]
    if found.other:
        span, text = found.other
        labels.append(Label((Inside(*span),), text))
    facts = {"edits": found.edits} if found.edits else {}
    return Diagnostic(found.code, found.message, tuple(labels), help=found.help, facts=facts)


def _find(said: str, text: str, at: int, seen: Scan) -> _Finding:
    if said.startswith(_GIVEN_TWICE) and seen.clash:
        earlier, later = seen.clash
        name = text[slice(*later)]
        return _Finding(f"`{name}` is given twice", later, "again here", "keep one", (earlier, "first here"), "AS003")
    if said.startswith(_IN_STRING):
        return _string(text, at, seen)
    if said.startswith(_IN_ESCAPE):
        return _escape(text, at)
    if _is_control(text, at):
        return _control(text, at)
    char = text[at : at + 1]
    here = Span(at, at + 1)
    if char and char in _QUOTES:
        message = f"`{char}` is not one of TOML's quotes"
        return _Finding(message, here, help='write `"`', edits=_straight_quotes(text, at))
    if char and char in _SPACES:
        return _Finding(
            f"a blank that TOML does not know, U+{ord(char):04X}",
            here,
            help="replace it by a space",
            edits=((*here, " "),),
        )
    if said.startswith("Invalid value"):
        return _value(text, at, seen)
    if said.startswith(_AFTER_VALUE):
        return _in_container(text, at, seen) if seen.open else _after_statement(text, at, seen)
    if said.startswith("Expected '='"):
        return _no_equals(text, at, seen.statement)
    if said.startswith("Expected ']"):
        return _header(text, at, seen.statement)
    if said.startswith("Invalid initial character"):
        return _no_key(text, at, seen)
    if said.startswith("Invalid statement"):
        return _statement(text, at)
    if said.startswith("Invalid date"):
        word = _rest(text, at)
        return _Finding(f"`{word}` is no date", Span(at, at + len(word)))
    return _Finding(said[:1].lower() + said[1:], here)


def _string(text: str, at: int, seen: Scan) -> _Finding:
    """A string, or a comment, with a character that cannot stand there; most often a line end."""
    if _is_control(text, at):
        return _control(text, at)
    start = seen.at
    quote = text[start]
    if text.startswith(quote * 3, start):
        return _Finding("this string is never closed", Span(start, start + 3), help=f"close it with `{quote * 3}`")
    line = Span(start, _line_end(text, start))
    return _Finding("this string is not closed on its line", line, help=f"close it with `{quote}`")


def _is_control(text: str, at: int) -> bool:
    char = text[at : at + 1]
    return bool(char) and (char < " " or char == "\x7f") and char not in "\t\n" and not text.startswith("\r\n", at)


def _control(text: str, at: int) -> _Finding:
    lone = text[at] == "\r"
    what = "carriage return without a line feed" if lone else f"control character U+{ord(text[at]):04X}"
    edits = () if lone else ((at, at + 1, ""),)  # lone ones may be the line ends of an old editor
    return _Finding(f"a {what} cannot stand here", Span(at, at + 1), help="remove it", edits=edits)


def _escape(text: str, at: int) -> _Finding:
    start = text.rindex("\\", 0, at)
    escape = text[start : min(start + 2, _line_end(text, start))]
    if escape[1:] in ("x", "u", "U"):
        digits = r"`\u` takes 4 hexadecimal digits, `\U` takes 8"
        return _Finding("this escape names no character", Span(start, start + 2), help=digits)
    span = Span(start, start + len(escape))
    edits = ((start, start, "\\"),)
    return _Finding(f"`{escape}` is no escape of TOML", span, help=r"write `\\` for a backslash", edits=edits)


def _value(text: str, at: int, seen: Scan) -> _Finding:
    """Something that is no value where one must stand."""
    word = _rest(text, at)
    here = Span(at, at + max(len(word), 1))
    container = seen.open[-1][0] if seen.open else None
    if container and container.kind == "array":
        outer = seen.open[-2][0] if len(seen.open) > 1 else None
        if outer and at == container.value.end and _begins_header(text, container.value.start):
            return _unclosed(text, outer, container.value.start)
        if _begins_assignment(text, at):
            return _unclosed(text, container, at)
        if text.startswith(",", at):
            blank = ((at, at, '""' if text[at - 1] in "[ \t" else ' ""'),)
            return _Finding(
                "a cell is missing before this comma", here, help='write `""` for a blank cell', edits=blank
            )
        if "=" in word:
            return _Finding("an array holds values, not keys", here, help=f"write `{{ {word} }}`")
    if not word:
        return _Finding("a key without a value", Span(seen.statement, at), "no value after this")
    known = _WORDS.get(word.lower())
    if known:
        edits = ((*here, known),)
        return _Finding(f"TOML writes `{known}`, not `{word}`", here, help=f"write `{known}`", edits=edits)
    if known is not None:
        return _Finding(f"TOML has no `{word}`", here, help='leave the key out, or write `""` for a blank cell')
    if re.fullmatch(r"[+-]?\.\d+", word):
        whole = word.replace(".", "0.")
        message = f"`{word}` lacks a digit before the point"
        return _Finding(message, here, help=f"write `{whole}`", edits=((*here, whole),))
    return _needs_quotes(text, here)


def _in_container(text: str, at: int, seen: Scan) -> _Finding:
    """After a complete value in an array or inline table, neither a comma nor the closing bracket."""
    container = seen.open[-1][0]
    bracket = text[container.value.start]
    if at == len(text) or (container.kind == "array" and (_begins_assignment(text, at) or _begins_header(text, at))):
        return _unclosed(text, container, at)
    if text[at] in "]}":
        opened = (container.value, "opened here")
        return _Finding(f"`{bracket}` cannot be closed by `{text[at]}`", Span(at, at + 1), other=opened)
    if text[at] == ";":
        here = Span(at, at + 1)
        return _Finding("a comma stands between values, not `;`", here, help="write `,`", edits=((*here, ","),))
    if joined := _unquoted(text, at, seen.latest):
        return joined
    between = text[seen.latest.value.end : at] if seen.latest else ""
    if container.kind == "inline" and "\n" in between:
        return _unclosed(text, container, at)
    last = len(text[:at].rstrip()) if "#" not in between or not seen.latest else seen.latest.value.end
    edits = ((last, last, ","),) if "\n" in between else ()
    hint = "write `,` between two values"
    return _Finding("a comma is missing", Span(last - 1, last), "after this", hint, edits=edits)


def _after_statement(text: str, at: int, seen: Scan) -> _Finding:
    """After a complete statement, something else on its line."""
    word, char = _rest(text, at), text[at]
    here = Span(at, at + max(len(word), 1))
    value = text[slice(*seen.latest.value)] if seen.latest else ""
    if char in "]}":
        return _Finding(f"`{char}` closes nothing", here, help="remove it")
    if text.startswith("//", at):
        return _Finding("a comment begins with `#` in TOML", here, edits=((at, at + 2, "#"),))
    thousands = re.match(r"(?:,\d{3})+(?!\d)", text[at:])
    if thousands and re.fullmatch(r"[+-]?\d{1,3}", value):
        number = value + thousands[0]
        span = Span(at - len(value), at + len(thousands[0]))
        joined_by = number.replace(",", "_")
        message = f"`{number}` is not a number in TOML"
        return _Finding(message, span, help=f"write `{joined_by}`", edits=((*span, joined_by),))
    if char in ",;":
        here = Span(at, at + 1)
        alone = not text[at + 1 : _line_end(text, at)].partition("#")[0].strip()
        edits = ((*here, ""),) if alone else ()
        return _Finding(f"a statement ends with its line, without `{char}`", here, help="remove it", edits=edits)
    if joined := _unquoted(text, at, seen.latest):
        return joined
    if "=" in word:
        return _Finding("two statements on one line", here, "the second", "begin a new line here")
    return _Finding(f"`{word}` stands after the end of the statement", here, help="quote a text, put a list in `[ ]`")


def _unquoted(text: str, at: int, latest: Place | None) -> _Finding | None:
    """Where tomli took the beginning of a value for a value: the 7 of `7x7`, the 0 of `07`."""
    word = _rest(text, at)
    if latest is None or latest.kind != "scalar" or not word:
        return None
    start, end = latest.value
    if text[start] in "\"'":
        if end == at:
            message = f"`{word}` follows a string without anything between"
            hint = 'a comma or a quote is missing; inside a string write `\\"`'
            return _Finding(message, Span(at, at + len(word)), help=hint)
        return None
    if end != at and (text[end:at].strip(" \t") or word[0] not in "x×/+*%·" or "=" in word):
        return None
    span = Span(start, at + len(word))
    whole = text[slice(*span)]
    if zeros := re.fullmatch(r"([+-]?)0+([0-9]+)", whole):
        right = zeros[1] + zeros[2]
        return _Finding(f"`{whole}` has a leading zero", span, help=f"write `{right}`", edits=((*span, right),))
    if re.fullmatch(r"[+-]?\d+\.", whole):
        message = f"`{whole}` lacks a digit after the point"
        return _Finding(message, span, help=f"write `{whole}0`", edits=((*span, f"{whole}0"),))
    return _needs_quotes(text, span)


def _no_equals(text: str, at: int, start: int) -> _Finding:
    """After a key, something else than `=`."""
    key = text[start:at].rstrip()
    line = text[at : _line_end(text, at)]
    if line.startswith(":"):
        here = Span(at, at + 1)
        equals = "=" if text[at - 1] in " \t" else " ="
        return _Finding("TOML writes `=`, not `:`", here, help=f"write `{key} =`", edits=((*here, equals),))
    longer = re.match(r"[^=#,{}\"']*(?==)", line)
    if longer:
        return _key_needs_quotes(text, Span(start, at + len(longer[0].rstrip())))
    if not line.strip() or line[0] in "#,}]":
        return _Finding(f"`{key}` has no value", Span(start, start + len(key)), help=f"write `{key} = ...`")
    message = f"`=` is missing after `{key}`"
    hint = f"write `{key} = {_rest(text, at)}`"
    return _Finding(message, Span(start, at + 1), help=hint, edits=((at, at, "= "),))


def _header(text: str, at: int, start: int) -> _Finding:
    """In a table header, after its key, something else than the closing bracket."""
    line = text[start : _line_end(text, start)]
    brackets = len(line) - len(line.lstrip("["))
    name = re.match(r"\[+([^\]#]*)\]", line)
    if name and start + name.end(1) > at:
        first = start + name.start(1)
        return _key_needs_quotes(text, Span(first, first + len(name[1].rstrip())))
    closing = "]" * brackets
    here = Span(start, max(at, start + 1))
    edits = () if text[at : _line_end(text, at)].partition("#")[0].strip() else ((at, at, closing),)
    return _Finding("this header is not closed", here, help=f"close it with `{closing}`", edits=edits)


def _no_key(text: str, at: int, seen: Scan) -> _Finding:
    """Something else than a key where one must stand: in a header, after a dot, in an inline table."""
    if seen.open:
        container = seen.open[-1][0]
        if at == len(text) or "\n" in text[container.value.start : at]:
            return _unclosed(text, container, at)
    elif not text[seen.statement : at].strip("[ \t"):
        name = text[at : _line_end(text, at)].partition("]")[0].rstrip()
        if name:
            return _key_needs_quotes(text, Span(at, at + len(name)))
        return _Finding("a header without a name", Span(seen.statement, at + 1))
    longer = re.match(r"[^.=,{}\"'\r\n]+(?==)", text[at:])
    if longer:
        return _key_needs_quotes(text, Span(at, at + len(longer[0].rstrip())))
    return _Finding("a key is missing before this", Span(at, at + 1))


def _statement(text: str, at: int) -> _Finding:
    """A line that begins neither with a key nor with a header."""
    line = text[at : _line_end(text, at)].rstrip(" \t\r")  # of blanks, only those that TOML has
    if line[0] in "]}":
        return _Finding(f"`{line[0]}` closes nothing", Span(at, at + 1), help="remove it")
    if line.startswith(("//", ";", "--", "/*")):
        sign = next((sign for sign in ("//", ";", "--") if line.startswith(sign)), "")
        edits = ((at, at + len(sign), "#"),) if sign else ()
        return _Finding("a comment begins with `#` in TOML", Span(at, at + len(line)), edits=edits)
    key = re.match(r"[^=#\"']+(?==)", line)
    if key:
        return _key_needs_quotes(text, Span(at, at + len(key[0].rstrip())))
    return _Finding("neither a key nor a header", Span(at, at + len(line)), help="write `key = value` or `[section]`")


def _unclosed(text: str, container: Place, at: int) -> _Finding:
    """A bracket that is not closed before something that cannot be inside."""
    start = container.value.start
    opened = Span(start, start + 1)
    closing = "]" if text[start] == "[" else "}"
    hint = f"close it with `{closing}`"
    # `{ name = "3a", #1x1 = 64 }`: the sign that papers write before a filter size begins a comment
    for token in re.finditer(r"""\"[^"\r\n]*"|'[^'\r\n]*'|#.*""", text[start : _line_end(text, start)]):
        if token[0][0] == "#" and closing in token[0]:
            span = Span(start + token.start(), start + token.end())
            return _Finding(
                f"`{text[start]}` is not closed: `#` begins a comment",
                span,
                "all this is a comment",
                "leave the `#` out of the key, or put the key in quotes",
                (opened, "opened here"),
            )
    if at >= len(text.rstrip()):
        return _Finding(f"`{text[start]}` is never closed", opened, "opened here", hint)
    header = _HEADER_TEXT.match(text, at)
    here = Span(*header.span()) if header else Span(at, max(at + 1, at + len(_rest(text, at))))
    return _Finding(f"`{text[start]}` is not closed before this", here, "", hint, (opened, "opened here"))


def _needs_quotes(text: str, span: Span) -> _Finding:
    word = text[slice(*span)]
    bare = word.strip("\"'")
    edits = () if re.search(r"[\"'\\]", word) else ((*span, f'"{word}"'),)
    return _Finding(f"`{word}` needs quotes", span, help=f'write `"{bare}"`', edits=edits)


def _key_needs_quotes(text: str, span: Span) -> _Finding:
    key = text[slice(*span)]
    edits = () if re.search(r"[\"'\\.]", key) else ((*span, f'"{key}"'),)
    return _Finding(f"the key `{key}` needs quotes", span, help=f'write `"{key}"`', edits=edits)


def _straight_quotes(text: str, at: int) -> tuple[tuple[int, int, str], ...]:
    """The text between two quotes of a word processor on one line, in TOML's quotes; nothing where it has its own."""
    closed = re.compile(rf"[^\"'\\\n{_QUOTES}]*+([\"{_QUOTES}])").match(text, at + 1)
    return ((at, at + 1, '"'), (closed.end() - 1, closed.end(), '"')) if closed else ()


def _rest(text: str, at: int) -> str:
    match = _REST.match(text, at)
    return match[0].rstrip() if match else ""


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[at:end].endswith("\r") else end


def _first_on_line(text: str, at: int) -> bool:
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _begins_assignment(text: str, at: int) -> bool:
    return _first_on_line(text, at) and _ASSIGNMENT.match(text, at) is not None


def _begins_header(text: str, at: int) -> bool:
    """A header, and not a row of one bare word: those are indented."""
    return (at == 0 or text[at - 1] == "\n") and _HEADER.match(text, at) is not None
