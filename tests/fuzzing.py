"""Inputs that nobody would write: a seed in; broken, extreme and random spec files out.

The same seed gives the same ones. Most are mutants of small specs (the examples of `archspec explain`, the cases of the
tests), some of the bundled specs; the rest are documents of known keys with random values, random tokens, and bytes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent

_TOKEN = re.compile(r"""[A-Za-z0-9_#×+.-]+|"[^"\n]*"|'[^'\n]*'|[\[\]{},=]|\n|[ \t]+|.""")
_NUMBER = re.compile(r"(?<![A-Za-z_#])\d+(?:\.\d+)?")
_KEY = re.compile(r'"[^"\n]*"(?=[ \t]*=)|[A-Za-z0-9_#×-]+(?=[ \t]*=)')
_VALUE = re.compile(r'"[^"\n]*"|(?<=[=,\[ ])(?:\d[\d.]*|true|false)(?=[,\s\]}])')
_HEADER = re.compile(r"^\[+.*\]+", re.MULTILINE)

NUMBERS = """
    0 -1 1 2 7 224 1000000000 1000000000000000000 9223372036854775807 -9223372036854775808 9223372036854775808
    10000000000000000000000000000000000000000 1e308 1e-308 -0.0 0.5 nan inf -inf 1_000 0x7fffffff 0o777 0b1 1e5 +3 007
    1. 2026-01-01 07:32:00
""".split()

MORE = 3_000  # characters that a mutant may have more: what is made longer again and again never ends

# Two blanks between them: some hold one
_VALUES = r"""
    ""  " "  ''  true  false  []  {}  [[]]  [{}]  ["a"]  [1, 2]  [[1, 2], [3]]  [nan]  [-1]  { a = 1 }
    { type = "conv" }  "0"  "-1"  "224"  "3x3"  "3×3/2 V"  "0x0/0"  "1x1x0"  "999999999x999999999"  "28x28"
    "28×28×256"  "global"  "to 4x4"  "to 0x0"  "pass through"  "avg + 32"  "max + pass through"  "avg +"  "+"  "+ 3"
    "/"  "40%"  "1e999"  "159K"  "2.7M"  "9999999999G"  "NaN"  "inf"  "same"  "valid"  "tf-same"  "none"  "$out"
    "$output"  "$x"  "$"  "$$"  "$3x3-reduce"  "conv"  "max-pool"  "inception"  "concat"  "add"  "batch-norm"  "relu"
    "identity"  "stride 2"  "#3×3"  "a.b"  "__class__"  "{0}"  "%s"  "../x"  "\u0000"  "\u001b[31m"  "\u202E"  "漢字"
    "🙂"  "e\u0301"  "a\nb"  "::error::"  "<script>"
"""
VALUES = (*re.split(r"\s{2,}", _VALUES.strip()), '"""\na\n"""', "'''\n'''")

TEXTS = (
    *"\0\a\x7f\r\t\v\x85\u2028\u202e\ufeff\ud800\udcff\U0010ffff\u200b\u00a0×é漢🙂“”\\\"'#=.,[]{}\n$-+/*?!%&:_ex0",
    *'\x1b[2J \r\n """ [[ ]] {} [] nan inf true'.split(" "),
)
HEADERS = """
    [defaults] [table] [network] [types] [params] [errata] [readings.a] [readings.a.b] [variants.a] [weights.a]
    [heads.a] [modules] [modules.a] [modules.a.optional] [[modules.a.layers]] [[table]] [[table.rows]]
    [[network.layers]] [paper] [model] [preprocess] [a.b.c] [table.added] ["#3×3"] [x] [[x]] [x.x]
""".split()


@cache
def _small() -> tuple[str, ...]:
    pages = [page.read_text(encoding="utf-8") for page in sorted((ROOT / "archspec" / "explain").glob("*.md"))]
    blocks = [block for page in pages for block in re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)]
    files = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("*.toml"))]
    # One of them expands to thousands of layers; tests/test_fuzz.py has such cases of its own
    return tuple(text for text in (*blocks, *files) if len(text) < 700 and "repeat = 900" not in text)


@cache
def _large() -> tuple[str, ...]:
    folders = (ROOT / "specs", ROOT / "archspec" / "library")
    return tuple(path.read_text(encoding="utf-8") for folder in folders for path in sorted(folder.glob("*.toml")))


@cache
def _tokens() -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for text in (*_small(), *_large()) for token in _TOKEN.findall(text)))


@cache
def _keys() -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for text in (*_small(), *_large()) for key in _KEY.findall(text)))


@cache
def _headers() -> tuple[str, ...]:
    return (*dict.fromkeys(header for text in (*_small(), *_large()) for header in _HEADER.findall(text)), *HEADERS)


# --- one change of a text --------------------------------------------------------------------------------------------

Mutate = Callable[[random.Random, str], str]


def _replace(pattern: re.Pattern[str], new: Callable[[random.Random, str], str]) -> Mutate:
    """A mutator that puts something else in the place of one match."""

    def mutate(rng: random.Random, text: str) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text
        at = rng.choice(found)
        return text[: at.start()] + new(rng, at[0]) + text[at.end() :]

    return mutate


def _lines(change: Callable[[random.Random, list[str], int], None]) -> Mutate:
    def mutate(rng: random.Random, text: str) -> str:
        lines = text.splitlines(keepends=True)
        if lines:
            change(rng, lines, rng.randrange(len(lines)))
        return "".join(lines)

    return mutate


def _swap_lines(rng: random.Random, lines: list[str], at: int) -> None:
    other = rng.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _swap_tokens(rng: random.Random, text: str) -> str:
    tokens = _TOKEN.findall(text)
    if len(tokens) > 1:
        one, other = rng.sample(range(len(tokens)), 2)
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def _insert(new: Callable[[random.Random], str]) -> Mutate:
    def mutate(rng: random.Random, text: str) -> str:
        at = rng.randint(0, len(text))
        return text[:at] + new(rng) + text[at:]

    return mutate


def _truncate(rng: random.Random, text: str) -> str:
    return text[: rng.randint(0, len(text))]


def _cut(rng: random.Random, text: str) -> str:
    start = rng.randint(0, len(text))
    return text[:start] + text[start + rng.randint(1, 40) :]


def _splice(rng: random.Random, text: str) -> str:
    other = rng.choice(_small())
    return _truncate(rng, text) + other[rng.randint(0, len(other)) :]


def _nested(rng: random.Random, value: str) -> str:
    depth = rng.choice((1, 1, 2, 2, 5, 62, 63, 64, 65, 70, 300, 3000))
    if rng.random() < 0.5:
        return "[" * depth + value + "]" * depth
    return "{ a = " * depth + value + " }" * depth


def _another_type(rng: random.Random, value: str) -> str:
    inner = value.strip('"')
    return rng.choice((f'"{inner}"', inner, f"[{value}]", f"{{ a = {value} }}", f"[{value}, {value}]", f"'{inner}'"))


def _dotted(rng: random.Random, key: str) -> str:
    return rng.choice(
        (f"{key}.{rng.choice(_keys())}", f"{rng.choice(_keys())}.{key}", f"{key}.0", ".".join([key] * 70))
    )


def _longer(rng: random.Random, value: str) -> str:
    inner = value.strip('"')
    return f'"{(inner or "a") * rng.choice((2, 2, 50, 50, 2000))}"'


def _new_line(rng: random.Random, lines: list[str], at: int) -> None:
    lines.insert(at, f"{rng.choice(_keys())} = {_any_value(rng)}\n")


def _new_header(rng: random.Random, lines: list[str], at: int) -> None:
    lines.insert(at, f"{rng.choice(_headers())}\n")


# Most of these leave a text that is TOML, so that what reads specs is reached ...
GENTLE: tuple[Mutate, ...] = (
    _replace(_NUMBER, lambda rng, _: rng.choice(NUMBERS)),
    _replace(_NUMBER, lambda rng, number: str(int(number.partition(".")[0]) + rng.choice((-1, 1)))),
    _replace(_NUMBER, lambda rng, _: str(rng.randint(0, 300))),
    _replace(_VALUE, lambda rng, _: rng.choice(VALUES)),
    _replace(_VALUE, lambda rng, _: rng.choice(NUMBERS)),
    _replace(_VALUE, _another_type),
    _replace(_VALUE, _nested),
    _replace(_VALUE, _longer),
    _replace(_KEY, lambda rng, _: rng.choice(_keys())),
    _replace(_KEY, _dotted),
    _replace(_HEADER, lambda rng, _: rng.choice(_headers())),
    _lines(lambda rng, lines, at: lines.__delitem__(at)),
    _lines(_swap_lines),
    _lines(_new_line),
    _lines(_new_header),
)
# ... and these mostly do not.
ROUGH: tuple[Mutate, ...] = (
    _replace(_HEADER, lambda _, header: f"[{header}]"),
    _replace(_TOKEN, lambda rng, _: rng.choice(_tokens())),
    _replace(_TOKEN, lambda rng, token: token * rng.choice((0, 2, 100))),
    _swap_tokens,
    _lines(lambda rng, lines, at: lines.insert(at, lines[at])),
    _lines(lambda rng, lines, at: lines.__setitem__(at, lines[at] * rng.choice((3, 3, 3, 100)))),
    _insert(lambda rng: rng.choice(TEXTS)),
    _insert(lambda rng: rng.choice(TEXTS) * rng.choice((1, 3, 20, 1000))),
    _truncate,
    _cut,
    _splice,
)


def _mutant(rng: random.Random, text: str) -> bytes:
    longest = len(text) + MORE
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        text = rng.choice(GENTLE if rng.random() < 0.8 else ROUGH)(rng, text)[:longest]
    return _encoded(rng, text)


def _encoded(rng: random.Random, text: str) -> bytes:
    """Nearly always UTF-8; else other line ends, a byte order mark, another encoding, or a few wrong bytes."""
    data = bytearray(text.encode("utf-8", errors="surrogatepass" if rng.random() < 0.1 else "replace"))
    chance = rng.random()
    if chance < 0.02:
        return bytes(data.replace(b"\n", b"\r\n"))
    if chance < 0.04:
        return b"\xef\xbb\xbf" + data
    if chance < 0.05:
        return text.encode(rng.choice(("utf-16", "utf-32", "latin-1")), errors="replace")
    if chance < 0.10 and data:
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


# --- random texts ----------------------------------------------------------------------------------------------------


def _any_value(rng: random.Random, depth: int = 0) -> str:
    match rng.randrange(8 if depth < 3 else 4):
        case 0:
            return rng.choice(NUMBERS)
        case 1:
            return str(rng.randint(-2, 600))
        case 2 | 3:
            return rng.choice(VALUES)
        case 4 | 5:
            return f"[{', '.join(_any_value(rng, depth + 1) for _ in range(rng.randint(0, 6)))}]"
        case 6:
            pairs = (f"{rng.choice(_keys())} = {_any_value(rng, depth + 1)}" for _ in range(rng.randint(0, 5)))
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return rng.choice(('"conv"', '"max-pool"', '"linear"', '"3x3/2"', '"same"', "64"))


def _document(rng: random.Random) -> bytes:
    """Known keys under known headers, with random values."""
    lines = ["format = 1", 'name = "a"', 'input = "8x8x3"'] if rng.random() < 0.8 else []
    lines += [f"{rng.choice(_keys())} = {_any_value(rng)}" for _ in range(rng.randint(0, 3))]
    for header in rng.sample(_headers(), rng.randint(0, 4)):
        lines.append(header)
        lines += [f"{rng.choice(_keys())} = {_any_value(rng)}" for _ in range(rng.randint(0, 4))]
    return _encoded(rng, "\n".join(lines) + "\n")


def _soup(rng: random.Random) -> bytes:
    return _encoded(rng, "".join(rng.choices((*_tokens(), *TEXTS), k=rng.randint(0, 60))))


def _noise(rng: random.Random) -> bytes:
    return rng.randbytes(rng.randint(0, 200))


# How often each, of a hundred. A mutant of a bundled spec takes ten times as long as another one.
KINDS: tuple[tuple[Callable[[random.Random], bytes], int], ...] = (
    (lambda rng: _mutant(rng, rng.choice(_small())), 52),
    (lambda rng: _mutant(rng, rng.choice(_large())), 1),
    (_document, 30),
    (_soup, 12),
    (_noise, 5),
)


def inputs(seed: int, count: int) -> Iterator[bytes]:
    """So many inputs of a seed."""
    rng = random.Random(seed)
    makers, weights = zip(*KINDS, strict=True)
    for _ in range(count):
        yield rng.choices(makers, weights)[0](rng)
