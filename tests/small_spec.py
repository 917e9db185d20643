"""A small spec with everything in it that an editor asks about, and places in it: `‸` marks the cursor in a text."""

from __future__ import annotations

from archspec.lsp.analysis import Analysis, analysis
from archspec.source import Source

SPEC = """\
format  = 1
name    = "Small"
input   = "32x32x3"     # an image
reading = "wide"

[params]
classes = 10

[types]
convolution = "pair"
fc          = { type = "linear", out = "$classes" }

[defaults]
conv     = { pad = "same", bias = false, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "ceil" }
pair     = { inner = 4 }

[modules.pair]
columns  = ["patch/stride", "out"]
optional = { inner = 8 }
join     = "concat"
branches = [
  { name = "1x1",  type = "conv", patch = "1x1/$stride", out = "$out" },
  { name = "long", layers = [ { type = "conv", patch = "1x1",            out = "$inner" },
                              { type = "conv", patch = "$patch/$stride", out = "$out" } ] },
]

[table]
columns = ["type",        "name", "patch/stride", "out", "repeat", "output"]
rows = [
  ["convolution", "a",     "3×3",    8,  2, "32×32×16"],
  ["max pool",    "pool1", "3×3/2", "", "", "32×32×16"],  # halves it
  ["convolution", "b",     "5×5/2", 12, "", "8×8×24"],
  ["fc",          "fc",    "",      "", "", "1×1×10"],
]
added = ["fc"]

[heads]
aux = { type = "fc", from = "a2", loss-weight = 0.3 }

[errata]
pool1.output = { read = "16×16×16", why = "stride 2" }

[readings.wide]
why   = "the columns are right"
b.out = 12

[variants.plain]
b.patch      = "3×3/2"
b.out        = 16
a.out        = 4
types.fc.out = 100
"""


def known(text: str = SPEC) -> Analysis:
    return analysis(Source("small.toml", text))


def at(place: str, text: str = SPEC) -> int:
    """The offset of the cursor in `place`, which occurs in the text once without it."""
    plain = place.replace("‸", "")
    assert text.count(plain) == 1, f"{plain} occurs {text.count(plain)} times"
    return text.index(plain) + place.index("‸")


def line_of(offset: int, text: str = SPEC) -> str:
    return text[text.rfind("\n", 0, offset) + 1 : text.find("\n", offset)]
