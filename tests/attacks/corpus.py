"""Files that are meant to hurt, by name. Each is small, or made here: nothing large is kept.

`SPECS` are given to every verb that reads a spec, `TABLES` to `import`. The numbers are what a limit must refuse, or
what must end in time; where a limit has a name, a file at it and one above it are here.
"""

# ruff: noqa: E501, UP031

from __future__ import annotations

from collections.abc import Callable, Iterable

Made = Callable[[], "str | bytes"]

SPECS: dict[str, Made] = {}
TABLES: dict[str, Made] = {}

HEAD = 'format = 1\nname = "Attack"\ninput = "32x32x3"\n'
DEFAULTS = """[defaults]
conv = { pad = "same", bias = false, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "ceil" }
"""
PLAIN = '["conv", "a", "3x3", 8, "32x32x8"]'


def spec(name: str) -> Callable[[Made], Made]:
    """Put what a function makes into `SPECS`."""

    def put(made: Made) -> Made:
        SPECS[name] = made
        return made

    return put


def table(
    rows: Iterable[str] = (PLAIN,),
    more: str = "",
    columns: str = '"type", "name", "patch/stride", "out", "output"',
    top: str = "",
) -> str:
    """A spec with a table of these rows; `top` stands above its sections and `more` below."""
    lines = "".join(f"  {row},\n" for row in rows)
    return f"{HEAD}{top}{DEFAULTS}\n[table]\ncolumns = [{columns}]\nrows = [\n{lines}]\n{more}"


def network(layers: Iterable[str], more: str = "", top: str = "") -> str:
    lines = "".join(f"  {layer},\n" for layer in layers)
    return f"{HEAD}{top}{DEFAULTS}\n[network]\nlayers = [\n{lines}]\n{more}"


def _each(files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        SPECS[name] = lambda text=text: text  # type: ignore[misc]


def conv(name: str, more: str = "") -> str:
    return f'{{ name = "{name}", type = "conv", patch = "3x3", out = 8{more} }}'


# --- text that is no TOML, or hardly ---------------------------------------------------------------------------------

_each(
    {
        "empty": "",
        "blank-lines": "\n" * 5000,
        "one-byte-nul": b"\x00",
        "nul-inside": HEAD + "[params]\na = \x00\n",
        "mark-alone": b"\xef\xbb\xbf",
        "mark-before": b"\xef\xbb\xbf" + table().encode(),
        "mark-inside": table(['["conv", "a\ufeff", "3x3", 8, "32x32x8"]']),
        "marks-twice": b"\xef\xbb\xbf\xef\xbb\xbf" + table().encode(),
        "crlf": table().replace("\n", "\r\n"),
        "cr-alone": table().replace("\n", "\r"),
        "latin-1": table().replace("Attack", "Attäck").encode("latin-1"),
        "utf-16": table().encode("utf-16"),
        "utf-32": table().encode("utf-32"),
        "overlong-utf-8": HEAD.encode() + b'[paper]\ntitle = "\xc0\xaf"\n',
        "surrogate-utf-8": HEAD.encode() + b'[paper]\ntitle = "\xed\xa0\x80"\n',
        "bytes-all": bytes(range(256)),
        "cut-string": table()[:-40],
        "cut-header": HEAD + "[tab",
        "cut-unicode-escape": HEAD + '[paper]\ntitle = "\\u12"\n',
        "bad-escape": HEAD + '[paper]\ntitle = "\\q"\n',
        "escape-beyond-unicode": HEAD + '[paper]\ntitle = "\\UFFFFFFFF"\n',
        "quotes-only": '"' * 5000,
        "brackets-open": HEAD + "a = " + "[" * 5000,
        "braces-open": HEAD + "a = " + "{ a = " * 5000,
        "headers-open": "[" * 5000,
        "equals-only": "=" * 5000,
        "dots-only": "." * 5000 + "= 1",
        "comment-long": "#" + "x" * 200_000 + "\n" + table(),
        "comments-many": "# x\n" * 50_000 + table(),
        "key-long": HEAD + "k" * 100_000 + " = 1\n",
        "keys-dotted-deep": HEAD + ".".join("a" * 3000) + " = 1\n",
        "arrays-deep-64": HEAD + "a = " + "[" * 63 + "]" * 63 + "\n",
        "arrays-deep-5000": HEAD + "a = " + "[" * 5000 + "]" * 5000 + "\n",
        "tables-deep": HEAD + "a = " + "{ a = " * 900 + "1" + " }" * 900 + "\n",
        "header-deep": HEAD + "[" + ".".join("a" * 500) + "]\n",
        "headers-many-deep": HEAD + "".join(f"[a.{'.'.join('b' * (i % 60 + 1))}.c{i}]\n" for i in range(5000)),
        "header-twice": HEAD + "[params]\n[params]\n",
        "key-twice": HEAD + "[params]\n" + "a = 1\n" * 2,
        "keys-empty": HEAD + '[params]\n"" = 1\n[modules.""]\n',
        "digits-5000": HEAD + "[params]\na = " + "9" * 5000 + "\n",
        "digits-hex": HEAD + "[params]\na = 0x" + "f" * 100_000 + "\n",
        "digits-octal": HEAD + "[params]\na = 0o" + "7" * 100_000 + "\n",
        "digits-binary": HEAD + "[params]\na = 0b" + "1" * 1_000_000 + "\n",
        "digits-float": HEAD + "[params]\na = 1." + "9" * 500_000 + "\n",
        "digits-underscored": HEAD + "[params]\na = " + "1_" * 2000 + "1\n",
        "exponent": HEAD + "[params]\na = 1e999999999\n",
        "inf-nan": table(more="[params]\na = inf\nb = nan\nc = -inf\nd = -0.0\n"),
        "dates": table(more="[params]\na = 1979-05-27T07:32:00Z\nb = 07:32:00\n"),
        "date-impossible": HEAD + "[params]\na = 2026-02-31\n",
    }
)


@spec("size-at-limit")
def _() -> str:
    text = table()
    return "#" + "x" * ((1 << 20) - len(text) - 2) + "\n" + text


@spec("size-above-limit")
def _() -> str:
    return "#" + "x" * (1 << 20) + "\n" + table()


SPECS["size-2-mib"] = lambda: HEAD + "[params]\n" + "".join(f"p{i} = {i}\n" for i in range(150_000))
SPECS["mib-one-line"] = lambda: HEAD + "a = [" + "1," * 520_000 + "]\n"
SPECS["mib-one-row"] = lambda: table([f"[{'1,' * 500_000}]"])
SPECS["mib-params"] = lambda: HEAD + "[params]\n" + "".join(f"p{i} = {i}\n" for i in range(75_000))
SPECS["mib-params-in-spec"] = lambda: table(more="[params]\n" + "".join(f"p{i} = {i}\n" for i in range(60_000)))
SPECS["mib-array-tables"] = lambda: HEAD + "[[a]]\nb = 1\n" * 80_000
SPECS["mib-headers"] = lambda: HEAD + "".join(f"[a{i}]\n" for i in range(100_000))
SPECS["mib-unterminated"] = lambda: HEAD + 'a = "' + "x" * 1_000_000
SPECS["mib-unterminated-lines"] = lambda: HEAD + 'a = """' + "x\n" * 500_000
SPECS["mib-string"] = lambda: HEAD + '[paper]\ntitle = "' + "x" * 1_000_000 + '"\n'
SPECS["mib-escapes"] = lambda: HEAD + '[paper]\ntitle = "' + "\\u0041" * 160_000 + '"\n'
SPECS["mib-empty-arrays"] = lambda: HEAD + "a = [" + "[]," * 300_000 + "]\n"
SPECS["mib-empty-tables"] = lambda: HEAD + "a = [" + "{}," * 300_000 + "]\n"
SPECS["mib-inline-table"] = lambda: HEAD + "a = {" + ",".join(f"k{i}=1" for i in range(90_000)) + "}\n"
SPECS["mib-brackets-closed"] = lambda: HEAD + "]" * 1_000_000
SPECS["mib-commas"] = lambda: HEAD + "a = [" + "," * 1_000_000 + "]"

# --- rows, cells and layers ------------------------------------------------------------------------------------------

SPECS["rows-100000"] = lambda: table(f'["conv","{i}","1x1",1,""]' for i in range(40_000))
SPECS["rows-5000"] = lambda: table(f'["conv", "r{i}", "3x3", 8, "32x32x8"]' for i in range(5000))
SPECS["rows-1000"] = lambda: table(f'["conv", "r{i}", "3x3", 8, "32x32x8"]' for i in range(1000))
SPECS["rows-1000-each-wrong"] = lambda: table(f'["conv", "r{i}", "3x3", {i % 7 + 1}, "32x32x8"]' for i in range(1000))
SPECS["rows-1000-no-claims"] = lambda: table(
    f'["conv", "r{i}", "3x3", 8, "{"31x31x9" if i % 9 == 0 else ""}"]' for i in range(1000)
)
SPECS["rows-1000-unknown-type"] = lambda: table(f'["convv{i}", "r{i}", "3x3", 8, ""]' for i in range(1000))
SPECS["rows-1000-one-name"] = lambda: table('["conv", "a", "3x3", 8, ""]' for i in range(1000))
SPECS["rows-1000-no-name"] = lambda: table('["conv", 1, "3x3", 8, ""]' for i in range(1000))
SPECS["rows-1000-short"] = lambda: table(f'["conv", "r{i}", 8]' for i in range(1000))
SPECS["rows-1000-long"] = lambda: table(f'["conv", "r{i}", "3x3", 8, "", 1, 1]' for i in range(1000))
SPECS["rows-1000-dashes"] = lambda: table(f'["conv", "r{i}", "-", "-", "-"]' for i in range(1000))
SPECS["rows-1000-in-one-line"] = lambda: table().replace(
    f"\n  {PLAIN},\n", ",".join(f'["conv", "×{i}", "3x3", {i % 7 + 1}, "32x32x8"]' for i in range(1000))
)
SPECS["layers-20000"] = lambda: network(f'{{name="{i}",type="conv",patch="1x1",out=1}}' for i in range(20_000))
SPECS["layers-1000"] = lambda: network(conv(f"l{i}") for i in range(1000))
SPECS["layers-1000-misspelt"] = lambda: network(
    f'{{ name = "l{i}", typ = "conv", pach = "3x3", ot = 8 }}' for i in range(1000)
)
SPECS["cells-100"] = lambda: table(
    [f'["conv", "a", "3x3", 8, "", {", ".join(["1"] * 95)}]'],
    columns='"type", "name", "patch/stride", "out", "output", ' + ", ".join(f'"c{i}"' for i in range(95)),
)
SPECS["cells-8000"] = lambda: table([PLAIN] * 11 + [f'["conv", "b", "3x3", {", ".join(["8"] * 8000)}]'])
SPECS["cells-100000"] = lambda: table([f'["conv", "b", "3x3", {",".join(["8"] * 100_000)}]'])
SPECS["captions-8000"] = lambda: table(
    columns='"type", "name", "patch/stride", "out", "output", ' + ", ".join(f'"c{i}"' for i in range(8000))
)
SPECS["captions-alike"] = lambda: table(
    columns='"typ", "nam", "pach/strid", ' + ", ".join(f'"pach{i}/strid"' for i in range(100))
)
SPECS["caption-plus-20000"] = lambda: table(columns=f'"type", "name", "patch/stride", "out", "{"a+" * 10_000}b"')
SPECS["caption-slash-20000"] = lambda: table(columns=f'"type", "name", "patch/stride", "out", "{"a/" * 10_000}b"')
SPECS["list-cells-1000"] = lambda: network(
    conv(f"l{i}", f", repeat = 100, bias = [{', '.join(['true'] * 100)}]") for i in range(10)
)
SPECS["unknown-keys-20000"] = lambda: HEAD + "".join(f"k{i} = 1\n" for i in range(20_000))
SPECS["unknown-cells-1000"] = lambda: network(
    ["{ name = 'a', type = 'conv', " + ", ".join(f"k{i} = 1" for i in range(1000)) + " }"]
)

# --- what a small file asks for --------------------------------------------------------------------------------------

_LEFT_OUT = (
    '[modules.none]\ncolumns = ["out"]\nlayers = [ { type = "conv", patch = "1x1", out = 8 }, '
    '{ type = "conv", patch = "1x1", out = "$out", repeat = 4900 } ]\n'
)


def _laughs(levels: int, how: str) -> str:
    modules = "".join(
        f"[modules.m{i}]\n{how.format(one=f'm{i + 1}' if i < levels - 1 else 'relu')}\n" for i in range(levels)
    )
    return network(['{ name = "a", type = "m0" }'], more=modules)


SPECS["laughs-layers"] = lambda: _laughs(40, 'layers = [ {{ type = "{one}" }}, {{ type = "{one}" }} ]')
SPECS["laughs-concat"] = lambda: _laughs(
    40, 'join = "concat"\nbranches = [ {{ name = "x", type = "{one}" }}, {{ name = "y", type = "{one}" }} ]'
)
SPECS["laughs-repeat"] = lambda: _laughs(40, 'layers = [ {{ type = "{one}", repeat = 1000 }} ]')
SPECS["laughs-then"] = lambda: _laughs(40, 'layers = [ {{ type = "{one}" }} ]\nthen = [ {{ type = "{one}" }} ]')
SPECS["laughs-parameters"] = lambda: network(
    ['{ name = "a", type = "relu", repeat = "$p0" }'],
    top="",
    more="[params]\n" + "".join(f'p{i} = "$p{i + 1}"\n' for i in range(500)),
)
SPECS["repeat-1000000000"] = lambda: network([conv("a", ", repeat = 1000000000")])
SPECS["repeat-1000"] = lambda: network([conv("a", ", repeat = 1000")])
SPECS["repeat-1001"] = lambda: network([conv("a", ", repeat = 1001")])
SPECS["repeat-20-times-1000"] = lambda: network(conv(f"a{i}", ", repeat = 1000") for i in range(20))
SPECS["repeat-negative"] = lambda: network([conv("a", ", repeat = -1"), conv("b", ", repeat = 0")])
SPECS["left-out-4900"] = lambda: network(
    ['{ name = "r%d", type = "none", out = 0 }' % i for i in range(200)],
    more='[modules.none]\ncolumns = ["out"]\nlayers = [ { type = "conv", patch = "1x1", out = 8 },\n'
    + '  { type = "conv", patch = "1x1", out = "$out" },\n' * 4900
    + "]\n",
)
SPECS["fails-after-4990"] = lambda: network(
    ['{ name = "r%d", type = "m" }' % i for i in range(1000)],
    more='[modules.m]\nlayers = [ { name = "a", type = "relu", repeat = 998 }, { name = "b", type = "relu", repeat = 998 },'
    ' { name = "c", type = "relu", repeat = 998 }, { name = "d", type = "relu", repeat = 998 },'
    ' { name = "e", type = "relu", repeat = 998 }, { name = "f", type = "conv", patch = "99x99", pad = 0, out = 1 } ]\n',
)
SPECS["wide-concat-2000"] = lambda: network(
    [
        '{ name = "a", join = "concat", branches = [ '
        + ", ".join(f'{{ name = "b{i}", type = "relu" }}' for i in range(2000))
        + " ] }"
    ]
)
SPECS["wide-add-wrong"] = lambda: network(
    [
        '{ name = "a", join = "add", branches = [ '
        + ", ".join(f'{{ name = "b{i}", type = "conv", patch = "1x1", out = {i + 1} }}' for i in range(500))
        + " ] }"
    ]
)
SPECS["wide-branches-sizes"] = lambda: network(
    [
        '{ name = "a", join = "concat", branches = [ '
        + ", ".join(f'{{ name = "b{i}", type = "conv", patch = "3x3/{i % 9 + 1}", out = 4 }}' for i in range(300))
        + " ] }"
    ]
)

_each(
    {
        "pool-to-999999999": network(['{ name = "a", type = "avg-pool", patch = "to 999999999x999999999" }']),
        "pool-max-to-999999999": network(['{ name = "a", type = "max-pool", patch = "to 999999999x1" }']),
        "pool-to-40000": network(['{ name = "a", type = "avg-pool", patch = "to 40000x40000" }']),
        "patch-999999999": network(['{ name = "a", type = "conv", patch = "999999999x999999999", out = 8 }']),
        "stride-999999999": network(['{ name = "a", type = "conv", patch = "3x3/999999999", out = 8 }']),
        "pad-huge": network(['{ name = "a", type = "conv", patch = "3x3", pad = 9223372036854775807, out = 8 }']),
        "pad-999999999": network(['{ name = "a", type = "conv", patch = "3x3", pad = 999999999, out = 8 }']),
        "dilation-huge": network([conv("a", ", dilation = 9223372036854775807")]),
        "channels-max": network(['{ name = "a", type = "conv", patch = "1x1", out = 9223372036854775807 }']),
        "channels-1e9": network(['{ name = "a", type = "conv", patch = "1x1", out = 1000000000 }'] * 1),
        "parameters-1e27": network(
            ['{ name = "a", type = "conv", patch = "999999999x999999999", pad = 999999999, out = 1000000000 }']
        ),
        "linear-huge": network(
            ['{ name = "a", type = "linear", out = 9223372036854775807, bias = true, act = "none" }']
        ),
        "groups-huge": network([conv("a", ", groups = 9223372036854775807")]),
        "multiplier-huge": network(
            ['{ name = "a", type = "depthwise-conv", patch = "3x3", multiplier = 9223372036854775807 }']
        ),
        "image-1000000": table().replace("32x32x3", "1000000x1000000x3"),
        "image-999999999": table().replace("32x32x3", "999999999x999999999x999999999"),
        "image-10-digits": table().replace("32x32x3", "9999999999x9999999999x3"),
        "image-zero": table().replace("32x32x3", "0x0x0"),
        "image-negative": table().replace("32x32x3", "-1x-1x3"),
        "image-1": table().replace("32x32x3", "1x1x1"),
        "image-thin": table().replace("32x32x3", "1x999999999x1"),
        "claims-huge": table(
            ['["conv", "a", "3x3", 8, "32x32x8", "999999999999999B", 9223372036854775807]'],
            columns='"type", "name", "patch/stride", "out", "output", "params", "ops"',
        ),
        "claims-zero": table(['["conv", "a", "3x3", 8, "0x0x0"]']),
        "units-huge": table(more="[table.units]\nparams = { K = 9223372036854775807 }\n"),
        "zero-everything": table(['["conv", "a", "0x0/0", 0, "0x0x0"]']),
        "zero-stride": table(['["conv", "a", "3x3/0", 8, ""]']),
        "widths-floats": table(['["conv", "a", "3x3", 8.5, ""]', '["conv", "b", "3x3", 1e300, ""]']),
        "booleans-for-numbers": table(['["conv", "a", true, false, true]']),
        "cells-of-all-kinds": table(
            ['["conv", "a", {}, [], 1979-05-27]', '[[], {}, 1.0, "", ""]', "[{ a = [ { b = [] } ] }]"]
        ),
        "rows-empty": table([]),
        "rows-of-nothing": table(["[]"] * 50),
        "columns-empty": table(["[]"], columns=""),
        "init-odd": network([conv("a", f', init = "{"normal " * 200}"')]),
        "smallest-input-deep": network([f'{{ name = "p{i}", type = "max-pool", patch = "2x2/2" }}' for i in range(60)]),
    }
)

# --- chains and cycles -----------------------------------------------------------------------------------------------


def _modules(count: int, last: str) -> str:
    return "".join(
        f'[modules.m{i}]\nlayers = [ {{ type = "{f"m{i + 1}" if i + 1 < count else last}" }} ]\n' for i in range(count)
    )


SPECS["modules-chain-20"] = lambda: network(['{ name = "a", type = "m0" }'], more=_modules(20, "relu"))
SPECS["modules-chain-243"] = lambda: network(['{ name = "a", type = "m0" }'], more=_modules(243, "relu"))
SPECS["modules-chain-2000"] = lambda: network(['{ name = "a", type = "m0" }'], more=_modules(2000, "relu"))
SPECS["modules-cycle-1"] = lambda: network(['{ name = "a", type = "m0" }'], more=_modules(1, "m0"))
SPECS["modules-cycle-2"] = lambda: network(['{ name = "a", type = "m0" }'], more=_modules(2, "m0"))
SPECS["modules-cycle-975"] = lambda: network(['{ name = "a", type = "m0" }'], more=_modules(975, "m0"))
SPECS["modules-cycle-unused"] = lambda: network([conv("a")], more=_modules(975, "m0"))
SPECS["modules-in-branches"] = lambda: network(
    ['{ name = "a", type = "m0" }'],
    more="".join(
        f'[modules.m{i}]\njoin = "concat"\nbranches = [ {{ name = "x", type = "m{i + 1}" }}, {{ name = "y", type = "relu" }} ]\n'
        for i in range(300)
    )
    + '[modules.m300]\nlayers = [ { type = "relu" } ]\n',
)
SPECS["modules-in-projections"] = lambda: network(
    ['{ name = "a", type = "m0" }'],
    more="".join(
        f'[modules.m{i}]\nshortcut = "identity"\nlayers = [ {{ type = "conv", patch = "1x1", out = {i + 4} }} ]\n'
        f'projection = {{ type = "m{i + 1}" }}\n'
        for i in range(300)
    )
    + '[modules.m300]\nlayers = [ { type = "conv", patch = "1x1", out = 4 } ]\n',
)
SPECS["modules-unused-20000"] = lambda: network([conv("a")], more=_modules(20_000, "relu"))
SPECS["modules-unused-500"] = lambda: network([conv("a")], more=_modules(500, "relu"))
SPECS["types-chain"] = lambda: table(
    ['["t0", "a", "3x3", 8, ""]'], top="", more="[types]\n" + "".join(f't{i} = "t{i + 1}"\n' for i in range(500))
)
SPECS["types-cycle"] = lambda: table(['["t0", "a", "3x3", 8, ""]'], more='[types]\nt0 = "t1"\nt1 = "t0"\n')
SPECS["types-itself"] = lambda: table(['["conv", "a", "3x3", 8, ""]'], more='[types]\nconv = "conv"\n')
SPECS["types-1000-used"] = lambda: table(
    (f'["word {i}", "r{i}", "3x3", 8, ""]' for i in range(500)),
    more="[types]\n" + "".join(f'"Word-{i}" = "conv"\n' for i in range(500)),
)


def _optional(count: int, last: str) -> str:
    values = ", ".join(f'c{i} = "{f"$c{i + 1}" if i + 1 < count else last}"' for i in range(count))
    return network(
        ['{ name = "a", type = "m" }'],
        more=f'[modules.m]\noptional = {{ {values} }}\nlayers = [ {{ type = "conv", patch = "1x1", out = "$c0" }} ]\n',
    )


SPECS["optional-chain-20"] = lambda: _optional(20, "$output")
SPECS["optional-chain-242"] = lambda: _optional(242, "$output")
SPECS["optional-chain-3000"] = lambda: _optional(3000, "$output")
SPECS["optional-cycle"] = lambda: _optional(242, "$c0")
SPECS["optional-doubling"] = lambda: network(
    ['{ name = "a", type = "m" }'],
    more="[modules.m]\noptional = { "
    + ", ".join(f'c{i} = "${{c{i + 1}}}x${{c{i + 1}}}"' for i in range(30))
    + ', c30 = "1" }\nlayers = [ { type = "conv", patch = "$c0", out = 1 } ]\n',
)
SPECS["params-chain"] = lambda: network(
    [conv("a", ', repeat = "$p0"')], more="[params]\n" + "".join(f'p{i} = "$p{i + 1}"\n' for i in range(1000))
)
SPECS["params-themselves"] = lambda: network([conv("a", ', repeat = "$p"')], more='[params]\np = "$p"\n')
SPECS["extends-chain-400"] = lambda: table(
    more="".join(f'[variants.v{i}]\nextends = "v{i + 1}"\na.out = {i + 1}\n' for i in range(400)) + "[variants.v400]\n"
)
SPECS["extends-chain-3000"] = lambda: table(
    more="".join(f'[variants.v{i}]\nextends = "v{i + 1}"\n' for i in range(3000)) + "[variants.v3000]\n"
)
SPECS["extends-cycle-1000"] = lambda: table(
    more="".join(f'[variants.v{i}]\nextends = "v{(i + 1) % 1000}"\n' for i in range(1000))
)
SPECS["extends-all"] = lambda: table(
    more="".join(
        f"[variants.v{i}]\nextends = [{', '.join(f'{chr(34)}v{j}{chr(34)}' for j in range(i))}]\n" for i in range(150)
    )
)
SPECS["extends-rings"] = lambda: table(
    more="".join(f'[variants.v{i}]\nextends = ["v{(i + 1) % 300}", "v{(i + 7) % 300}"]\n' for i in range(300))
)
SPECS["extends-itself"] = lambda: table(more='[variants.v]\nextends = "v"\n[readings.r]\nextends = ["r", "r"]\n')

# --- many of a thing -------------------------------------------------------------------------------------------------

SPECS["variants-50"] = lambda: table(more="".join(f"[variants.v{i}]\na.out = {i + 1}\n" for i in range(50)))
SPECS["variants-5000"] = lambda: table(more="".join(f"[variants.v{i}]\na.out = {i + 1}\n" for i in range(5000)))
SPECS["variants-large-tables"] = lambda: table(
    (f'["conv", "r{i}", "3x3", 8, ""]' for i in range(900)),
    more="".join(f"[variants.v{i}]\nr{i}.out = {i + 1}\n" for i in range(100)),
)
SPECS["readings-50"] = lambda: table(more="".join(f"[readings.v{i}]\na.out = {i + 1}\n" for i in range(50)))
SPECS["readings-1000"] = lambda: table(more="".join(f"[readings.v{i}]\na.out = {i + 1}\n" for i in range(1000)))
SPECS["readings-large-tables"] = lambda: table(
    (f'["conv", "r{i}", "3x3", 8, "32x32x{8 + i % 3}"]' for i in range(900)),
    more="".join(f"[readings.v{i}]\nr{i}.out = {i + 1}\n" for i in range(30)),
)
SPECS["errata-absent-rows"] = lambda: table(
    ['["conv", "convolution%s", "3x3", 8, ""]' % ("a" * i) for i in range(40)],
    more="[errata]\n" + "".join(f'convolution{"a" * i}b.out = {{ read = 1, why = "x" }}\n' for i in range(40)),
)
SPECS["errata-2000"] = lambda: table(
    more="[errata]\n" + "".join(f'r{i}.out = {{ read = 1, why = "x" }}\n' for i in range(2000))
)
SPECS["errata-alike-rows"] = lambda: table(
    ['["conv", "row%d", "3x3", 8, ""]' % i for i in range(200)],
    more="[errata]\n" + "".join(f'rowx{i}.out = {{ read = 1, why = "x" }}\n' for i in range(200)),
)
SPECS["allow-2000"] = lambda: table(more="[allow]\n" + "".join(f'r{i} = {{ AS301 = "x" }}\n' for i in range(2000)))
SPECS["heads-1000"] = lambda: table(
    more="".join(
        f'[heads.h{i}]\ntype = "linear"\nfrom = "a"\nout = 8\nbias = true\nact = "none"\nloss-weight = 0.1\n'
        for i in range(1000)
    )
)
SPECS["heads-from-nowhere"] = lambda: table(
    more="".join(f'[heads.h{i}]\ntype = "linear"\nfrom = "aa{i}"\nout = 8\n' for i in range(300))
)
SPECS["added-5000"] = lambda: table(more="added = [" + ", ".join(f'"r{i}"' for i in range(5000)) + "]\n")
SPECS["weights-1000"] = lambda: table(
    more="".join(f'[weights.w{i}]\nnames = {{ "a{{0..9}}" = "b{{0..9}}" }}\n' for i in range(1000))
)
SPECS["weights-braces"] = lambda: table(
    more='[weights.w]\nnames = { "' + "{a,b}" * 200 + '" = "' + "{a,b}" * 200 + '" }\n'
)
SPECS["weights-many-words"] = lambda: table(
    more='[weights.w]\nnames = { "{' + "a," * 5000 + '}" = "{' + "a," * 5000 + '}" }\n'
)

# --- words -----------------------------------------------------------------------------------------------------------

SPECS["words-alike-200"] = lambda: table(
    (f'["convolutiom{i}", "r{i}", "3x3", 8, ""]' for i in range(200)),
    more="[types]\n" + "".join(f'convolution{i} = "conv"\n' for i in range(200)),
)
SPECS["words-alike-long"] = lambda: table(
    (f'["{"a" * 55}b{i}", "r{i}", "3x3", 8, ""]' for i in range(200)),
    more="[types]\n" + "".join(f'{"a" * 55}c{i} = "conv"\n' for i in range(200)),
)
SPECS["words-params-unknown"] = lambda: table(
    (f'["conv", "r{i}", "3x3", "$parameter{i}x", ""]' for i in range(200)),
    more="[params]\n" + "".join(f"parameter{i}y = 1\n" for i in range(200)),
)
SPECS["words-params-in-variant"] = lambda: table(
    more="[params]\n"
    + "".join(f"parameter{i}y = 1\n" for i in range(300))
    + "[variants.v.params]\n"
    + "".join(f"parameter{i}x = 1\n" for i in range(300)),
)
SPECS["words-modules"] = lambda: network(
    (f'{{ name = "l{i}", type = "inceptiom-v{i}", k = 1 }}' for i in range(200)),
    more="".join(f'[modules.inception-v{i + 10}]\nlayers = [ {{ type = "relu" }} ]\n' for i in range(200)),
)
SPECS["words-columns"] = lambda: network(
    ['{ name = "a", type = "m" }'],
    more="[modules.m]\ncolumns = ["
    + ", ".join(f'"column {i}"' for i in range(200))
    + "]\nlayers = ["
    + ", ".join(f'{{ type = "conv", patch = "1x1", out = "$colum-{i}" }}' for i in range(200))
    + "]\n",
)
SPECS["word-100000"] = lambda: table([f'["{"conv" * 25_000}", "a", "3x3", 8, ""]'])
SPECS["name-100000"] = lambda: table([f'["conv", "{"n" * 100_000}", "3x3", 8, "1x1x1"]'])
SPECS["name-of-network-100000"] = lambda: table().replace("Attack", "n" * 100_000)
SPECS["name-of-module"] = lambda: network(
    ['{ name = "a", type = "%s" }' % ("m" * 5000)], more=f'[modules.{"m" * 5000}]\nlayers = [ {{ type = "relu" }} ]\n'
)
SPECS["name-of-variant"] = lambda: table(more=f"[variants.{'v' * 50_000}]\nx.out = 1\n")
SPECS["why-100000"] = lambda: table(more=f'[errata]\na.out = {{ read = 8, why = "{"y" * 100_000}" }}\n')
SPECS["reference-100000"] = lambda: table([f'["conv", "a", "3x3", "${"a" * 100_000}", ""]'])
SPECS["references-many"] = lambda: table([f'["conv", "a", "{"$a" * 30_000}", 8, ""]'])
SPECS["references-open"] = lambda: table([f'["conv", "a", "{"${" * 30_000}", 8, ""]'])
_each(
    {
        f"backtrack-{index}": table([f'["conv", "a", "{cell}", 8, ""]'])
        for index, cell in enumerate(
            (
                "3x3/2" + " " * 20_000 + "W",
                "3x3" + " " * 20_000 + "W",
                "3" + " " * 20_000 + "W",
                " " * 20_000 + "x",
                "3x3/2 " + " " * 20_000 + "V" + " " * 20_000 + "W",
                "$a" + " " * 20_000 + "/" + " " * 20_000 + "W",
                "to " + " " * 20_000 + "W",
                "to 4" + " " * 20_000 + "x" + " " * 20_000 + "W",
                "9" * 20_000,
                "9x" * 20_000,
                "${" + "{" * 20_000,
                "$" + "a-" * 20_000 + "!",
            )
        )
    }
)
_each(
    {
        f"backtrack-cell-{index}": table(
            [f'["{kind}", "a", "3x3", {out}, "{output}"]'],
        )
        for index, (kind, out, output) in enumerate(
            (
                ("dropout (" + " " * 20_000 + "4", 8, ""),
                ("dropout" + " " * 20_000 + "(" + "4" * 20_000, 8, ""),
                ("conv" + "*" * 20_000, 8, ""),
                ("conv" + " " * 20_000 + "x", 8, ""),
                ("conv", 8, "32" + " " * 20_000 + "x"),
                ("conv", 8, "32x32" + " " * 20_000 + "x" + " " * 20_000 + "8!"),
                ("conv", '"' + "8" * 20_000 + '"', ""),
                ("conv", '"' + " " * 20_000 + '8!"', ""),
                ("a" + "(1%)" * 5_000, 8, ""),
                ("max + " * 4_000, 8, ""),
            )
        )
    }
)

# --- characters ------------------------------------------------------------------------------------------------------

SIGNS = {
    "escape": "\\u001b[31m",
    "c1-csi": "\\u009b31m",
    "next-line": "\\u0085",
    "delete": "\\u007f",
    "bell": "\\u0007",
    "nul": "\\u0000",
    "override": "\u202e",
    "embedding": "\u202a",
    "isolate": "\u2066",
    "pop-isolate": "\u2069",
    "mark-lr": "\u200e",
    "mark-rl": "\u200f",
    "mark-arabic": "\u061c",
    "zero-space": "\u200b",
    "joiner": "\u200d",
    "non-joiner": "\u200c",
    "word-joiner": "\u2060",
    "soft-hyphen": "\u00ad",
    "line-separator": "\u2028",
    "no-break": "\ufeff",
    "tag": "\U000e0041",
    "variation": "\ufe0f",
    "filler": "\u3164",
    "newline": "\\n",
    "tab": "\\t",
}
for _sign, _text in SIGNS.items():
    SPECS[f"sign-{_sign}"] = lambda text=_text: table(  # type: ignore[misc]
        [f'["con{text}v", "a{text}b", "3x3{text}", 8, "1x{text}1"]', '["conv", "ab", "3x3", 8, "1x1x1"]'],
        top="",
        more=f'[params]\n"p{text}" = 1\n[variants."v{text}"]\nextends = "w{text}"\nwhy = "{text}"\n'
        f'[modules."m{text}"]\ncolumns = ["c{text}"]\nlayers = [ {{ type = "r{text}elu" }} ]\n',
    ).replace("Attack", f"At{text}tack")
    SPECS[f"sign-{_sign}-runs"] = lambda text=_text: table([f'["conv", "a{text}", "3x3", 8, "32x32x8"]'])  # type: ignore[misc]
_each(
    {
        "nfkc-collision": table(['["conv", "ﬁ", "3x3", 8, ""]', '["conv", "fi", "3x3", 8, ""]']),
        "nfkc-grows": table([f'["conv", "{chr(0xFDFA) * 60}", "3x3", 8, ""]']),
        "case-collision": table(['["conv", "A b", "3x3", 8, ""]', '["conv", "a-b", "3x3", 8, ""]']),
        "look-alikes": table(['["conv", "ѕсоре", "3x3", 8, ""]', '["conv", "scope", "3x3", 8, ""]']),
        "combining": table([f'["conv", "a{chr(0x301) * 60}", "3x3", 8, "1x1x1"]']),
        "emoji": table(['["conv", "👩‍👩‍👧", "3x3", 8, "1x1x1"]']),
        "wide-signs": table([f'["conv", "{"漢" * 60}", "3x3", 8, "1x1x1"]']),
        "keywords": table(
            f'["conv", "{word}", "3x3", 8, ""]'
            for word in ("class", "import", "None", "self", "__init__", "forward", "training", "eval")
        ),
        "dunders": table(
            f'["conv", "{word}", "3x3", 8, ""]' for word in ("__class__", "__dict__", "__import__", "_", "__")
        ),
        "python-in-names": table(
            f'["conv", {word!r}, "3x3", 8, ""]'
            for word in ('a"); import os  #', "a\\\\", "{a}", "%s", "a\\n", "$(a)", "`a`")
        ),
        "dot-in-names": table(
            f'["conv", {word!r}, "3x3", 8, ""]' for word in ("a\\\\N", "<b>a</b>", "a -> b", "];}", "\\\\G")
        ),
        "formulas": table(
            (
                f'["conv", {word!r}, "3x3", 8, ""]'
                for word in (
                    "=1+1",
                    "@SUM(A1)",
                    "+1",
                    "-1",
                    "\\t=1",
                    "\\r=1",
                    " =1",
                    "=cmd|' /C calc'!A0".replace("'", ""),
                )
            ),
            columns='"type", "name", "patch/stride", "out", "=output"',
        ),
        "html-in-names": table(
            (
                f"['conv', {word}, '3x3', 8, '']"
                for word in (
                    "'<script>alert(1)</script>'",
                    "'a|b'",
                    "'`a`'",
                    "'[a](javascript:x)'",
                    "'![a](http://x)'",
                    "'a\\|b'",
                    "'&lt;'",
                    "'**a**'",
                )
            ),
            columns="'type', 'name', 'patch/stride', 'out', 'output', '<b>|`'",
        ),
        "html-in-title": HEAD.replace("Attack", "<script>|`") + table()[len(HEAD) :],
    }
)

# --- keys and sections that are odd ----------------------------------------------------------------------------------

_each(
    {
        "prototype-keys": table(
            more='[params]\n__proto__ = 1\nconstructor = 2\ntoString = 3\n[modules.__proto__]\nlayers = [ { type = "relu" } ]\n'
        ),
        "paths-in-names": table(
            f'["conv", "{word}", "3x3", 8, ""]' for word in ("../../etc/passwd", "/dev/null", "C:/x", "~", ".")
        ),
        "reserved-rows": table(
            f'["conv", "{word}", "3x3", 8, ""]' for word in ("params", "errata", "why", "extends", "input", "main")
        ),
        "sections-of-wrong-kind": HEAD + "params = 1\ntypes = []\ndefaults = 'x'\nmodules = 1.5\nheads = true\n",
        "sections-as-arrays": HEAD + "[[table]]\n[[modules]]\n[[variants]]\n",
        "module-of-odd-kinds": network(
            [conv("a")],
            more='[modules.m]\ncolumns = "x"\noptional = [1]\nlayers = { a = 1 }\nbranches = 7\nthen = ""\nprojection = []\n',
        ),
        "layers-of-odd-kinds": HEAD
        + "[network]\nlayers = [ {}, { name = 1 }, { type = [] }, { layers = 1 }, { branches = [ 1 ] } ]\n",
        "format-huge": table().replace("format = 1", "format = 99999999999999999"),
        "format-negative": table().replace("format = 1", "format = -1"),
        "both-networks": table(more="[network]\nlayers = []\n"),
        "recipe-deep": table(more="[recipe]\na = " + "{ a = " * 55 + "1" + " }" * 55 + "\n"),
        "recipe-wide": table(more="[recipe]\n" + "".join(f"k{i} = {i}\n" for i in range(3000))),
        "blocks-deep": network(
            ['{ name = "a", layers = [' * 1 + "{ layers = [ " * 28 + '{ type = "relu" }' + " ] }" * 28 + "] }"]
        ),
        "defaults-of-nothing": table(more="[defaults.nothing]\na = 1\n"),
        "weights-ranges": table(more='[weights.w]\nnames = { "a{0..999999}" = "b{0..999999}" }\n'),
    }
)

# --- tables that are pasted ------------------------------------------------------------------------------------------

TABLES |= {
    "empty.md": lambda: "",
    "backslashes.tex": lambda: "\\" * 300_000,
    "backslashes-lines.tex": lambda: "\\\\\n" * 100_000,
    "braces.tex": lambda: "\\multicolumn{" * 20_000,
    "multicolumn.tex": lambda: (
        "\\begin{tabular}{ll}\ntype & name \\\\\n\\multicolumn{1000000000}{c}{x} \\\\\n\\end{tabular}\n"
    ),
    "multirow.tex": lambda: (
        "\\begin{tabular}{ll}\ntype & name \\\\\n\\multirow{1000000000}{*}{x} & a \\\\\n\\end{tabular}\n"
    ),
    "dollars.tex": lambda: "$" * 300_000,
    "comments.tex": lambda: "%\n" * 200_000,
    "ampersands.tex": lambda: "&" * 300_000 + "\\\\",
    "rows-8-mib.csv": lambda: "type,name,out\n" + "conv,a,8\n" * 900_000,
    "rows-1-mib.csv": lambda: "type,name,out\n" + "conv,a,8\n" * 100_000,
    "rows-900.csv": lambda: "type,name,patch,out,output\n" + "".join(f"conv,r{i},3x3,8,32x32x8\n" for i in range(900)),
    "rows-400.csv": lambda: "type,name,patch,out,output\n" + "".join(f"conv,r{i},3x3,8,32x32x8\n" for i in range(399)),
    "rows-900-wrong.md": lambda: (
        "|type|name|patch|out|output|\n|-|-|-|-|-|\n"
        + "".join(f"|conv|r{i}|3x3|{i % 9}|7x7x{i}|\n" for i in range(900))
    ),
    "columns-100000.csv": lambda: "a," * 100_000 + "\n" + "1," * 100_000 + "\n",
    "cell-1-mib.csv": lambda: 'type,name\n"' + "x" * 1_000_000 + '",a\n',
    "quotes.csv": lambda: '"' * 300_000,
    "quote-open.csv": lambda: 'type,name\n"' + "a\n" * 100_000,
    "pipes.md": lambda: "|" * 300_000,
    "pipes-lines.md": lambda: "|\n" * 100_000,
    "dashes.md": lambda: "|a|b|\n|" + "-" * 300_000 + "|-|\n|1|2|\n",
    "blanks.md": lambda: "|a|b|\n|-|-|\n|" + " " * 300_000 + "|x|\n",
    "tabs.tsv": lambda: "\t" * 300_000,
    "html.md": lambda: "|type|name|\n|-|-|\n" + "|" + "<b>" * 50_000 + "|a|\n",
    "digits.csv": lambda: "type,name,out\nconv,a," + "9" * 100_000 + "\n",
    "units.csv": lambda: "type,name,params\nconv,a," + "1." * 50_000 + "K\n",
    "marks.csv": lambda: "type,name,out\nconv" + "*" * 50_000 + ",a,8\n",
    "names-alike.csv": lambda: "type,name,out\n" + "".join(f"convolutiom{i},r{i},8\n" for i in range(300)),
    "joined.md": lambda: "|type|name|patch|out|\n|-|-|-|-|\n|conv|a|" + "3x3, " * 20_000 + "|8|\n",
    "nul.csv": lambda: b"type,name\n\x00,a\n",
    "not-utf-8.csv": lambda: b"type,name\n\xff\xfe,a\n",
    "bidi.csv": lambda: "type,name,out\nconv,a\u202eb,8\n",
    "injection.csv": lambda: 'type,name,out\nconv,"a""]\n[modules.x]",8\n',
    "formulas.csv": lambda: "type,name,out\nconv,=1+1,8\n",
}
