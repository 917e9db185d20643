"""How diagrams look: colours, text with its width, and DOT statements. Text in, DOT and HTML-like labels out.

Everything that a spec contributes passes through `plain` or `bold` (HTML-like labels) or through `node` and `edge`
(quoted strings), and nowhere else. Colours are Okabe-Ito hues as tints; colour is never the only sign of a difference.
Every engine measures text in its own way, so `Text` carries an upper bound of its width and cells get a minimum width,
never a fixed size: a label can widen its cell, not leave it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from graphviz.quoting import attr_list, escape, quote

from archspec.shape import Shape

Direction = Literal["TB", "BT", "LR"]
Kind = Literal["conv1", "conv3", "conv5", "max", "avg", "fc", "join", "other"]


class Colours(NamedTuple):
    fill: str
    stroke: str
    dark: str  # the fill in dark mode


# Lower case and six digits: an old Graphviz paints #fff black, and CSS compares the attribute's value letter by letter.
KINDS: dict[Kind, Colours] = {
    "conv1": Colours("#eaf3fb", "#5b9bd0", "#12304a"),
    "conv3": Colours("#cfe3f5", "#0072b2", "#0f4470"),
    "conv5": Colours("#a9cdeb", "#005a8e", "#0b5c99"),
    "max": Colours("#fbe0cf", "#c4560a", "#5a2a0c"),
    "avg": Colours("#fdf1d3", "#b37a00", "#4d3a05"),
    "fc": Colours("#ddf2ea", "#00795a", "#0c4034"),
    "join": Colours("#eee6f3", "#7b5296", "#3a2650"),
    "other": Colours("#eceff2", "#5b6770", "#21262d"),
}
KIND_NAMES: dict[Kind, str] = {
    "conv1": "1×1 conv",
    "conv3": "3×3, 1×n conv",
    "conv5": "larger conv",
    "max": "max pool",
    "avg": "avg pool",
    "fc": "classifier",
    "join": "concat, add",
    "other": "other",
}

INK, MUTED, LINE, ERROR = "#1f2933", "#5b6770", "#8a96a0", "#b00020"
PANEL, HAIR, CARD, TRACK = "#f6f8fa", "#c9d1d8", "#ffffff", "#e3e8ec"
MACS, PARAMS = "#0072b3", "#d55e00"  # the first is one off the stroke of a 3×3 conv, so that dark mode tells them apart

# (attribute, light, dark): what the style sheet of an SVG replaces in dark mode.
DARK: tuple[tuple[str, str, str], ...] = (
    *(("fill", colours.fill, colours.dark) for colours in KINDS.values()),
    ("fill", INK, "#e6edf3"),
    ("fill", MUTED, "#9aa7b2"),
    ("fill", ERROR, "#ff7b72"),
    ("fill", PANEL, "#161b22"),
    ("fill", CARD, "#0d1117"),
    ("fill", TRACK, "#30363d"),
    ("stroke", HAIR, "#30363d"),
    ("fill", MACS, "#4ba3e3"),
    ("fill", PARAMS, "#ff8c42"),
)

FONT = "Arial"  # one name: with a list the engine falls back to the widths of Times
TITLE, NAME, BODY, SMALL, DETAIL = 14, 11, 10, 9, 8


@dataclass(frozen=True)
class Text:
    """Escaped HTML-like text. `em` is an upper bound of its width, in units of the font size."""

    html: str = ""
    em: float = 0.0

    def __add__(self, other: Text) -> Text:
        return Text(self.html + other.html, self.em + other.em)

    def width(self, size: int) -> int:
        """In points, at a font size."""
        return int(self.em * size) + 1

    def font(self, size: int, colour: str = INK) -> str:
        return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{self.html}</FONT>' if self.html else ""


NOTHING = Text()


def printable(text: str) -> str:
    """The text on one line; what cannot be printed is replaced, as XML has no place for it."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def plain(text: str) -> Text:
    """Escaped text."""
    shown = printable(text)
    return Text(html.escape(shown), sum(map(_em, shown)))


def bold(text: str) -> Text:
    inner = plain(text)
    return Text(f"<B>{inner.html}</B>", inner.em * 1.08) if inner.html else inner


def join_text(parts: Iterable[Text], between: str) -> Text:
    result = Text()
    for part in parts:
        result = result + (plain(between) if result.html else Text()) + part
    return result


def _em(character: str) -> float:
    """The width of a character in Arial, rounded up by class; engines measure signs beyond Latin too wide."""
    if character in "ijl.,:;'|! ftrI()[]/-":
        return 0.37
    if character in "mwMW%@":
        return 1.02
    if character.isascii():
        return 0.79 if character.isupper() or character == "&" else 0.59
    return {"×": 0.6, "·": 0.6}.get(character, 0.85 if character in "›–≈…" else 1.3)


def elide(text: str, limit: int = 30) -> str:
    """Shorten in the middle, where names differ least."""
    return text if len(text) <= limit else f"{text[: limit - limit // 3 - 1]}…{text[-(limit // 3) :]}"


def human(count: float) -> str:
    """Three significant digits: 37.0k, 1.58G."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size * 0.9995:
            value = count / size
            return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}{unit}"
    return str(round(count))


def td(content: str = "", **attributes: str | int) -> str:
    """A cell; attribute names are ours, and their values numbers, colours or ports."""
    said = "".join(f' {name.upper()}="{value}"' for name, value in attributes.items())
    return f"<TD{said}>{content}</TD>"


def tr(*cells: str) -> str:
    return f"<TR>{''.join(cells)}</TR>"


def table(*rows: str, border: int = 0, spacing: int = 0, padding: int = 0, **attributes: str | int) -> str:
    said = "".join(f' {name.upper()}="{value}"' for name, value in attributes.items())
    return (
        f'<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}"{said}>'
        f"{''.join(rows)}</TABLE>"
    )


def box(kind: Kind, *rows: str, padding: int = 2) -> str:
    colours = KINDS[kind]
    return table(*rows, border=1, padding=padding, color=colours.stroke, bgcolor=colours.fill, style="ROUNDED")


def attributes(**said: str) -> str:
    """Attributes of the enclosing graph or cluster, as statements."""
    return " ".join(f"{name}={quote(value)};" for name, value in said.items())


def label(content: str) -> str:
    """An HTML-like DOT string."""
    return f"<{content}>"


def node(name: str, content: str, css: str, tooltip: str = "", **attributes: str) -> str:
    kwargs = {"label": label(content), "class": css, "tooltip": escape(printable(tooltip)), **attributes}
    return f"{identifier(name)}{attr_list(kwargs=kwargs)};"


def edge(tail: str, head: str, content: str = "", **attributes: str) -> str:
    """`tail` and `head` are a node's name or `end(name, port)`."""
    said = {"label": label(content)} if content else {}
    return f"{tail} -> {head}{attr_list(kwargs={**said, **attributes})};"


def end(name: str, port: str = "") -> str:
    """One end of an edge. The port is ours; compass points bend columns, so there are none."""
    return f"{identifier(name)}:{port}" if port else identifier(name)


def identifier(name: str) -> str:
    """A name as a quoted DOT identifier."""
    quoted: str = quote(escape(printable(name)))
    return quoted


def pill(name: str, word: str, shape: Shape) -> str:
    """Where a picture starts or ends."""
    text = plain(f"{word}  ") + bold(str(shape))
    return node(name, box("other", tr(td(text.html, width=100)), padding=4), "other", word)
