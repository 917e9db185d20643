"""Whatever a file holds, `validate` and `fmt` end with 0, 1 or 2 and in good time, and `fmt` changes no value."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import tomli
from fuzzing import inputs

from archspec import cli

FORMATS = ("full", "concise", "json", "jsonl", "sarif", "github")
SECONDS = 3.0  # of processor time that one input may take; the slowest of these takes half of that on a free core


class Stream(io.TextIOWrapper):
    """A standard stream that is a text in memory."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", errors="replace", newline="")

    def taken(self) -> bytes:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


@contextmanager
def streams(data: bytes) -> Iterator[tuple[Stream, Stream]]:
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = Stream(), Stream()
    sys.stdin, sys.stdout, sys.stderr = Stream(data), out, err
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def run(data: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
    """The exit code and the output of one command, whose standard input is `data`."""
    with streams(data) as (out, err):
        code = cli.main(arguments)
        return code, out.taken(), err.taken()


def check(data: bytes, form: str) -> None:
    """Run an input through both commands. AssertionError says what is wrong, and with which input."""
    start = time.process_time()
    code, out, err = run(data, "validate", "-", "--format", form)
    assert code in (0, 1), f"validate --format {form} ends in {code} on {data!r}: {err.decode()}"
    assert b"Traceback" not in out + err
    if form in ("json", "sarif"):
        json.loads(out)
    if form == "jsonl":
        assert [json.loads(line)["file"] for line in out.splitlines()] == ["<stdin>", None]
    middle = time.process_time()
    assert middle - start < SECONDS, f"validate takes {middle - start:.1f} s on {data!r}"

    code, out, err = run(data, "fmt", "-")
    assert code in (0, 1), f"fmt ends in {code} on {data!r}: {err.decode()}"
    assert b"Traceback" not in out + err
    assert time.process_time() - middle < SECONDS, f"fmt takes {time.process_time() - middle:.1f} s on {data!r}"
    if code == 0:
        # `repr` tells 1 from 1.0 and from true, and takes a nan for itself
        before, after = (tomli.loads(text.decode("utf-8-sig")) for text in (data, out))
        assert repr(before) == repr(after), f"fmt changes a value of {data!r}"
    else:
        assert not out, f"fmt refuses {data!r} and yet prints it"


# --- one after the other ---------------------------------------------------------------------------------------------


def check_all(seed: int, count: int) -> None:
    for index, data in enumerate(inputs(seed, count)):
        check(data, FORMATS[index % len(FORMATS)])


def test_a_sample_ends_in_0_or_1() -> None:
    check_all(seed=0, count=3_000)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(1, 11))
def test_a_hundred_thousand_end_in_0_or_1(shard: int) -> None:
    check_all(seed=shard, count=10_000)


def test_the_inputs_of_a_seed_are_always_the_same() -> None:
    assert list(inputs(7, 50)) == list(inputs(7, 50))
    assert list(inputs(7, 50)) != list(inputs(8, 50))


# --- those that were, or could be, slow or deep -----------------------------------------------------------------------

HEAD = """\
format = 1
name = "a"
input = "28x28x8"
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "ceil" }
"""
LONG = 2000  # pieces of one text, lines of one file: 5 to 50 KiB


def conv(name: str = "a", **cells: str) -> str:
    """A layer; cells in TOML, `_` for `-`."""
    given = {"name": f'"{name}"', "type": '"conv"', "patch": '"3x3"', "out": "8"} | cells
    return f"{{ {', '.join(f'{key} = {value}' for key, value in given.items())} }}"


def network(*layers: str, more: str = "", head: str = HEAD) -> str:
    return head + "[network]\nlayers = [\n" + "".join(f"  {layer},\n" for layer in layers) + "]\n" + more


def table(columns: str, *rows: str) -> str:
    return HEAD + f"[table]\ncolumns = [{columns}]\nrows = [{', '.join(rows)}]\n"


def lines(count: int, line: str) -> str:
    """`count` lines; `#` stands for the number of each, `##` for the next."""
    return "".join(line.replace("##", str(n + 1)).replace("#", str(n)) + "\n" for n in range(count))


def module(name: str, *layers: str) -> str:
    return f'[modules.{name}]\ncolumns = ["out"]\nlayers = [{", ".join(layers)}]\n'


TWICE = ('{ name = "x", type = "m##", out = "$out" }', '{ name = "y", type = "m##", out = "$out" }')
HARD = {
    "arrays that never end": "a = " + "[" * LONG,
    "arrays too deep": "a = " + "[" * LONG + "]" * LONG,
    "tables too deep": "a = " + "{a=" * LONG + "1" + "}" * LONG,
    "a long dotted key": "a" + ".a" * LONG + " = 1",
    "a long header": "[a" + ".a" * LONG + "]",
    "many headers": lines(LONG, "[a.b#.c]"),
    "an array of many tables": lines(LONG, "[[a]]"),
    "a key many times": lines(LONG, "a = 1"),
    "quotes": 'a = "' + '\\"' * LONG,
    "a triple quote": 'a = """' + '""' * LONG,
    "many words": "a " * LONG + "= 1",
    "many digits": "a = " + "1" * 5 * LONG,
    "a long fraction": "a = 0." + "1" * LONG,
    "a long exponent": "a = 1e" + "9" * LONG,
    "a line that is the whole file": table('"type", "name"', *['["conv", "a"]'] * (LONG // 2)),
    "a row of many cells": table('"type", "a"', f'["conv", {"1, " * (LONG // 2)}]'),
    "many columns": table(", ".join(f'"c{n}"' for n in range(LONG // 2)), f'["conv", {"1, " * (LONG // 2)}]'),
    "many rows": network(*(conv(f"a{n}") for n in range(LONG // 5))),
    "many wrong rows": network(*(conv(f"a{n}", output='"28x28x7"') for n in range(LONG // 10))),
    "many widths that are text": network(*(conv(f"a{n}", out=f'"{n + 1}"') for n in range(LONG // 2))),
    "many windows of zero": network(*(conv(f"a{n}", patch=f'"{n}x0"') for n in range(LONG // 4))),
    "many windows that do not fit": network(*(conv(f"a{n}", pad="0", output='"3x3x8"') for n in range(LONG // 2))),
    "many wrong counts": network(*(conv(f"a{n}", params=f'"{n}K"') for n in range(LONG // 2))),
    "many wrong inputs": network(*(conv(f"a{n}", input='"29x28x8"') for n in range(LONG // 2))),
    "names of large numbers": network(*(conv(f"a{n}") for n in (1, 2, 10**15, "9" * 5000, 2))),
    "outputs of large numbers": network(
        conv(), '{ name = "b", type = "conv", patch = "3x3", output = "' + "28" * 3000 + '" }'
    ),
    "windows of large numbers": network(conv(patch='"3x3x' + "9" * 5000 + '"')),
    "types of large numbers": network(conv(type='"c8"'), more='[types]\n"c' + "9" * 5000 + '" = "conv"\n'),
    "many rows of one name": network(*[conv()] * (LONG // 5)),
    "many unknown types": network(*(conv(f"a{n}", type='"covn"') for n in range(LONG // 10))),
    "many unknown keys": network(*(conv(f"a{n}", bogus="1") for n in range(LONG // 10))),
    "many branches": network(
        '{ name = "x", join = "concat", output = "28x28x7", branches = ['
        + ", ".join(conv(f"b{n}") for n in range(LONG // 10))
        + "] }"
    ),
    "many errata": network(conv(), more="[errata]\n" + lines(LONG // 5, 'x#.out = { read = 1, why = "a" }')),
    "many readings": network(conv(), more=lines(LONG // 20, '[readings.v#]\nwhy = "a"\na.out = ##')),
    "variants in a chain": network(conv(), more=lines(LONG // 10, '[variants.v#]\nextends = "v##"\na.out = ##')),
    "variants in a ring": network(conv(), more='[variants.a]\nextends = "b"\n[variants.b]\nextends = ["a", "b"]\n'),
    "variants of two parents": network(
        conv(), more=lines(40, "".join(f'[variants.{x}#]\nextends = ["v##", "w##"]\n' for x in "vw"))
    ),
    "a long chain of variants": network(conv(), more=lines(1100, '[variants.v#]\nextends = "v##"')),
    "parameters in a ring": network(
        conv(patch='"$a"', stride='"$a"', out='"$a"'), more='[params]\na = "$b"\nb = "$a/2"\n'
    ),
    "a module in itself": network(conv(type='"m"'), more=module("m", '{ name = "x", type = "m", out = "$out" }')),
    "modules that double": network(
        conv(type='"m0"', patch='""'),
        more=lines(60, module("m#", *TWICE)) + module("m60", conv(out='"$out"')),
    ),
    "repeats of repeats": network(
        '{ name = "x", repeat = 999, layers = [{ name = "y", repeat = 999, layers = [{}] }] }'
    ),
    "rows of many repeats": network(*(conv(f"a{n}", repeat="1000") for n in range(60))),
    "blocks in blocks": network('{ name = "x", layers = [' * 30 + conv() + "] }" * 30),
    "branches in branches": network(
        '{ name = "x", join = "concat", branches = [' * 30 + conv() + f", {conv('b')}] }}" * 30
    ),
    "braces": network(conv(), more=f'[weights.w]\n"{"{0..9}" * 18}" = "a"\nb = "{{0..999999999}}"\n'),
    "a type that is a table": network(conv(type='{ a = "conv" }'), conv("b", out='"64"'), conv("c", output='"1x1x7"')),
    "a blank that TOML does not have": "\x85",
    "a time for a name": table('"type", "name", "out"', '["linear", 07:32:00, 8]', '["linear", "fc2", 8]'),
    "a list in a list": network(conv(out="[16, [16]]", repeat="2"), conv("b", out="[1]"), conv("c", out='"64"')),
    "a padding below zero": network(conv(pad="-1", output='"27x27x8"')),
    "a row that is shifted and a stride too many": table(
        '"type", "name", "patch/stride", "out", "output"', '["conv", "a", "3x3", "", 8, "28x27x8"]'
    ),
    "a row without a type": network(
        '{ name = "a", out = 8, stride = [2, 1, 1], repeat = 2 }', conv("b", stride="[2, 1]")
    ),
    "a row too long to try others": network(conv(repeat="1000", output='"28x28x7"'), conv("b", output='"28x27x9"')),
    "a long comment": "#" * 10 * LONG + "\n" + network(conv(output='"28x28x7"')),
    "many empty lines": "\n" * 10 * LONG + network(conv(output='"28x28x7"')),
    "a long name": network(conv("q" * 10 * LONG, output='"28x28x7"')),
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_no_file_is_too_much(text: str) -> None:
    check(text.encode(), "full")


PIECES = (
    "5x5",
    "5x",
    "1",
    " ",
    "to ",
    "3x3/2",
    "a+",
    "/",
    "$",
    "#",
    "a-",
    "(",
    "×",
    "1.",
    "1,",
    "%",
    "$a",
    "${",
    "{0..9}",
)
KEYS = ("patch", "name", "type", "out", "stride", "output", "params", "pad", "depth", "input", "repeat", "ops", "rate")


@pytest.mark.parametrize("piece", PIECES)
def test_no_cell_is_too_long(piece: str) -> None:
    for key in KEYS:
        check(network(conv(**{key: f'"{piece * LONG}"'}), conv("b", output='"28x28x7"')).encode(), "concise")


@pytest.mark.parametrize("number", ["1000000000", "999999999999999", "9223372036854775807", '"999999999x999999999"'])
def test_no_number_is_too_large(number: str) -> None:
    for key in (*KEYS, "groups", "dilation"):
        check(network(conv(**{key: number}), conv("b", output='"28x28x7"')).encode(), "concise")
    head = HEAD.replace("28x28x8", f"{number.partition('x')[0]}x999999999x9".replace('"', ""))
    pool = '{ name = "p", type = "max pool", patch = "global" }'
    check(network(conv(output='"28x28x7"'), pool, head=head).encode(), "concise")
