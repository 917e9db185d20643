"""The spec language rule by rule: small TOML in; graph text, cells, names or messages out (docs/spec-format.md)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import bundled, ops
from archspec.api import Spec, from_document
from archspec.backends.python_text import is_safe_identifier
from archspec.compound import split_compound
from archspec.diagnostic import Faults
from archspec.document import parse
from archspec.layer import column
from archspec.names import OWN_NAMES, TORCH_NAMES, identifier, prefix_of
from archspec.notation import Cell, key_of
from archspec.shape import Padding
from archspec.source import Source

HEAD = """\
format = 1
name   = "x"
input  = "28x28x16"
"""
DIALECT = """\
[defaults]
conv       = { pad = "same", bias = true, norm = "none", act = "none" }
max-pool   = { pad = 0, rounding = "floor" }
avg-pool   = { pad = 0, rounding = "floor" }
batch-norm = { eps = 1e-3 }
"""


def spec(text: str, head: str = HEAD + DIALECT) -> Spec:
    return from_document(parse(Source("x.toml", head + text)))


def layers(*rows: str, more: str = "") -> Spec:
    """A network of these layers, each the inside of an inline table."""
    return spec("[network]\nlayers = [\n" + "".join(f"  {{ {row} }},\n" for row in rows) + "]\n" + more)


def graph(one: Spec) -> str:
    """One line a node: its name, what it does, and its shape."""
    return "\n".join(f"{node.name} {kind(node.op)} {node.shape}" for node in one.graph().nodes[1:])


def kind(op: ops.AnyOp) -> str:
    """`Conv2d 3×3/2 p1`: the geometry where there is one, the fields elsewhere."""
    name = type(op).__name__
    match op:
        case ops.Conv2d() | ops.MaxPool2d() | ops.AvgPool2d():
            height, width = op.kernel_size
            stride = f"/{op.stride[0]}" if op.stride != (1, 1) else ""
            pad = f" p{op.padding[0]}" if op.padding[0] == op.padding[1] else f" p{op.padding[0]},{op.padding[1]}"
            return f"{name} {height}×{width}{stride}{pad if any(op.padding) else ''}"
        case _:
            return name


def names(one: Spec) -> list[str]:
    return [node.name for node in one.graph().nodes[1:]]


def messages(one: Spec) -> list[str]:
    return [found.message for found in one.check().diagnostics]


# --- 3. captions and keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caption", "key"),
    [
        ("#3×3 reduce", "3x3-reduce"),
        ("#3x3 reduce", "3x3-reduce"),
        ("3x3-reduce", "3x3-reduce"),
        ("double #3×3 (1)", "double-3x3-1"),
        ("pool proj", "pool-proj"),
        ("Patch Size", "patch"),
        ("kernel", "patch"),
        ("filter size", "patch"),
        ("filters", "out"),
        ("output size", "output"),
        ("input size", "input"),
        ("# —", ""),
    ],
)
def test_a_caption_becomes_a_key(caption: str, key: str) -> None:
    assert key_of(caption) == key


@pytest.mark.parametrize(
    ("caption", "keys"),
    [
        ("pool+proj", ("pool", "proj")),
        ("patch size/stride", ("patch", "stride")),
        ("pool proj", ("pool-proj",)),
        ("a + b + c", ("a", "b", "c")),
    ],
)
def test_a_sign_makes_several_columns(caption: str, keys: tuple[str, ...]) -> None:
    assert column(caption).keys == keys


@pytest.mark.parametrize(
    ("caption", "cell", "parts"),
    [
        ("pool+proj", "avg + 128", {"pool": "avg", "proj": 128}),
        ("pool+proj", "max+pass through", {"pool": "max", "proj": "pass through"}),
        ("pool+proj", "proj 64", {"proj": 64}),
        ("patch/stride", "7×7/2", {"patch": "7×7/2"}),
        ("patch/stride", "stride 2", {"stride": 2}),
        ("patch/stride", "to 4x4", {"patch": "to 4x4"}),
    ],
)
def test_a_compound_cell_splits_at_the_same_sign(caption: str, cell: str, parts: dict[str, object]) -> None:
    under = column(caption)
    found = split_compound(Cell(cell, ("at",), caption, "row"), under.keys, under.captions)
    assert {key: part.value for key, part in found.items()} == parts


def test_a_compound_caption_may_be_a_key_of_a_layer() -> None:
    widths = "type = 'inception-v2', 1x1 = 8, 3x3-reduce = 8, 3x3 = 8, double-3x3-reduce = 8, double-3x3 = 8"
    parts = layers(f"name = 'a', {widths}, pool = 'max', proj = 4")
    whole = layers(f"name = 'a', {widths}, 'pool+proj' = 'max + 4'")
    assert str(parts.graph()) == str(whole.graph())


# --- 4. cells --------------------------------------------------------------------------------------------------------


def test_blank_takes_the_default_0_and_pass_through_leave_out() -> None:
    module = """
[modules.m]
columns  = ["#1x1"]
optional = { 3x3 = 24 }
join     = "concat"
branches = [
  { name = "a", type = "conv", patch = "1x1", out = "$1x1" },
  { name = "b", type = "conv", patch = "3x3", out = "$3x3" },
]
[table]
columns = ["type", "name", "#1x1", "#3x3"]
rows = [
  ["m", "blank",   8, ""],
  ["m", "zero",    8, 0],
  ["m", "through", 8, "pass through"],
  ["m", "given",   8, 4],
]
"""
    assert (
        graph(spec(module))
        == """\
blank.a Conv2d 1×1 28×28×8
blank.b Conv2d 3×3 p1 28×28×24
blank.concat Concat 28×28×32
zero.a Conv2d 1×1 28×28×8
through.a Conv2d 1×1 28×28×8
given.a Conv2d 1×1 28×28×8
given.b Conv2d 3×3 p1 28×28×4
given.concat Concat 28×28×12"""
    )


def test_a_blank_cell_without_a_default_is_an_error() -> None:
    table = '[table]\ncolumns = ["type", "name", "patch", "out"]\nrows = [["conv", "c", "3x3", ""]]\n'
    assert messages(spec(table)) == ["`c`: `conv` needs `out`"]


def test_size_stride_and_v_are_one_value() -> None:
    module = """
[modules.m]
columns  = ["out"]
optional = { patch = "2x2/2" }
layers   = [ { type = "max-pool", patch = "$patch" }, { type = "conv", patch = "1x1", out = "$out" } ]
[network]
layers = [
  { name = "own",    type = "m", out = 8 },
  { name = "hides",  type = "m", out = 8, patch = "3x3" },
  { name = "stride", type = "m", out = 8, patch = "3x3/3" },
  { name = "valid",  type = "conv", patch = "3x3 V", out = 8 },
  { name = "beside", type = "conv", patch = "1x1", stride = 2, out = 8 },
]
"""
    assert (
        graph(spec(module))
        == """\
own.pool MaxPool2d 2×2/2 14×14×16
own.conv Conv2d 1×1 14×14×8
hides.pool MaxPool2d 3×3 12×12×8
hides.conv Conv2d 1×1 12×12×8
stride.pool MaxPool2d 3×3/3 4×4×8
stride.conv Conv2d 1×1 4×4×8
valid Conv2d 3×3 2×2×8
beside Conv2d 1×1/2 1×1×8"""
    )


def test_a_patch_in_a_row_hides_the_stride_of_defaults() -> None:
    table = (
        '[defaults.conv]\npatch = "2x2/2"\npad = 0\nbias = true\nnorm = "none"\nact = "none"\n[network]\nlayers = [\n'
    )
    table += '  { name = "a", type = "conv", out = 8 },\n  { name = "b", type = "conv", patch = "3x3", out = 8 },\n]\n'
    assert graph(spec(table, HEAD)) == "a Conv2d 2×2/2 14×14×8\nb Conv2d 3×3 12×12×8"


def test_a_patched_patch_starts_from_stride_1() -> None:
    one = layers('name = "p", type = "max pool", patch = "3x3", stride = 2', more='[variants.v]\np.patch = "2x2"\n')
    assert graph(one) == "p MaxPool2d 3×3/2 13×13×16"
    assert graph(one.variant("v")) == "p MaxPool2d 2×2 27×27×16"


def test_references_stand_wherever_an_atom_may() -> None:
    module = """
[params]
n = 5
width = 24
[modules.m]
columns = ["n", "patch/stride", "out"]
layers  = [
  { type = "conv", name = "a", patch = "1x$n",         out = "$out" },
  { type = "conv", name = "b", patch = "${n}x1",       out = "$out" },
  { type = "conv", name = "c", patch = "$patch/$stride", out = "$out" },
  { type = "conv", name = "d", patch = "3x3/$stride",  out = "$out" },
]
[network]
layers = [ { name = "x", type = "m", n = "$n", patch = "7x7/2", out = "$width" } ]
"""
    assert (
        graph(spec(module))
        == """\
x.a Conv2d 1×5 p0,2 28×28×24
x.b Conv2d 5×1 p2,0 28×28×24
x.c Conv2d 7×7/2 p3 14×14×24
x.d Conv2d 3×3/2 p1 7×7×24"""
    )


def test_a_list_is_one_value_an_instance_and_the_last_continues() -> None:
    one = layers('name = "c", type = "conv", patch = "3x3", out = [8, 16], stride = [2, 1, 1], repeat = 4')
    assert (
        graph(one)
        == """\
c1 Conv2d 3×3/2 p1 14×14×8
c2 Conv2d 3×3 p1 14×14×16
c3 Conv2d 3×3 p1 14×14×16
c4 Conv2d 3×3 p1 14×14×16"""
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('pad = "same", patch = "3x3/2"', "c Conv2d 3×3/2 p1 14×14×8"),
        ('pad = "1x0", patch = "3x1"', "c Conv2d 3×1 p1,0 28×28×8"),
        ('pad = 3, patch = "3x3"', "c Conv2d 3×3 p3 32×32×8"),
        ('pad = "tf-same", patch = "3x3"', "c Conv2d 3×3 p1 28×28×8"),
        ('pad = "tf-same", patch = "3x3/2"', "c_pad Pad2d 29×29×16\nc Conv2d 3×3/2 14×14×8"),
        ('pad = "tf-same", patch = "2x2"', "c_pad Pad2d 29×29×16\nc Conv2d 2×2 28×28×8"),
        ('patch = "2x2", pad = {top = 1, bottom = 0, left = 0, right = 1}', "c_pad Pad2d 29×29×16\nc Conv2d 2×2 28×28×8"),  # noqa: E501
    ],
)  # fmt: skip
def test_padding(row: str, expected: str) -> None:
    assert graph(layers(f'name = "c", type = "conv", out = 8, {row}')) == expected


def test_the_odd_cell_of_tf_same_is_at_the_end() -> None:
    pad = layers('name = "c", type = "conv", out = 8, pad = "tf-same", patch = "3x3/2"').graph()["c_pad"].op
    assert pad == ops.Pad2d(padding=Padding(top=0, bottom=1, left=0, right=1))


def test_a_pool_takes_tf_same_without_a_padding_of_its_own() -> None:
    """Where the windows are those of a ceil pool, as in the modules that may stride."""
    assert graph(layers('name = "p", type = "max", pad = "tf-same", patch = "3x3/2"')) == "p MaxPool2d 3×3/2 14×14×16"
    assert graph(layers('name = "p", type = "max", pad = "tf-same", patch = "3x3"')) == "p MaxPool2d 3×3 p1 28×28×16"


def test_global_and_to() -> None:
    one = layers('name = "a", type = "avg pool", patch = "to 4x4"', 'name = "b", type = "max pool", patch = "global"')
    assert graph(one) == "a AdaptiveAvgPool2d 4×4×16\nb AdaptiveMaxPool2d 1×1×16"


def test_the_padding_of_a_row_beats_the_v_of_a_default() -> None:
    dialect = DIALECT.replace('conv       = { pad = "same"', 'conv       = { patch = "3x3 V"')
    rows = """
[network]
layers = [ { name = "a", type = "conv", out = 8 }, { name = "b", type = "conv", out = 8, pad = 1 } ]
"""
    assert graph(spec(rows, HEAD + dialect)) == "a Conv2d 3×3 26×26×8\nb Conv2d 3×3 p1 26×26×8"


@pytest.mark.parametrize("size", ["28x28", "0x28x16", "huge"])
def test_an_input_that_is_no_size_is_one_finding(size: str) -> None:
    row = 'type = "conv", patch = "7x7 V", out = 8'
    rows = f'[network]\nlayers = [ {{ name = "a", {row}, output = "22x22x8" }}, {{ name = "b", {row} }} ]\n'
    (found,) = spec(rows, HEAD.replace("28x28x16", size) + DIALECT).check().diagnostics
    assert found.path == ("input",)


# --- 5. types --------------------------------------------------------------------------------------------------------


def test_a_word_presets_cells_and_is_weaker_than_the_row() -> None:
    types = """
[types]
"conv*"       = { type = "conv", pad = 0, patch = "1x1" }
"conv padded" = { type = "conv", pad = "same" }
[network]
layers = [
  { name = "a", type = "conv*", out = 8 },
  { name = "b", type = "conv*", out = 8, patch = "3x3" },
  { name = "c", type = "conv padded", out = 8, patch = "3x3" },
  { name = "d", type = "convolution", out = 8, patch = "3x3" },
]
"""
    assert (
        graph(spec(types))
        == """\
a Conv2d 1×1 28×28×8
b Conv2d 3×3 26×26×8
c Conv2d 3×3 p1 26×26×8
d Conv2d 3×3 p1 26×26×8"""
    )


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ('{ type = "separable-conv", multipler = 8 }', "`used` in [types]: `separable-conv` has no key `multipler`"),
        ('{ type = "basic", repeat = 2 }', "`used` in [types]: `basic` has no key `repeat`"),
        ('{ type = "conv", depth = 2 }', "`used` in [types]: `conv` has no key `depth`"),
        ('{ type = "conv", pad = "smae" }', "`used`.`pad`: `smae` is no padding"),
        ('"convv"', "`used`.`type`: `convv` is no operation and no module"),
        ('"unused"', "`used`.`type`: `unused` is no operation and no module"),
    ],
)
def test_a_word_is_checked_whether_a_row_uses_it_or_not(word: str, message: str) -> None:
    row = 'name = "a", type = "{}", patch = "3x3", out = 8, output = "28x28x8"'
    for used in ("used", "conv"):
        found = messages(layers(row.format(used), more=f'[types]\nunused = "conv"\nused = {word}\n'))
        assert message in found
        assert len(found) == 1 + (used == "used" and "basic" in word)  # a `basic` row reads no patch


def test_types_are_not_read_inside_modules() -> None:
    types = """
[types]
conv = "max-pool"
[network]
layers = [ { name = "a", type = "basic", out = 16 } ]
"""
    assert "a.conv1 Conv2d 3×3 p1 28×28×16" in graph(spec(types))


def test_a_module_of_the_file_shadows_the_library_in_rows_only() -> None:
    module = """
[modules.basic]
columns = ["out"]
layers  = [ { type = "conv", patch = "5x5", out = "$out" } ]
[network]
layers = [ { name = "a", type = "basic", out = 8 } ]
"""
    assert graph(spec(module)) == "a.conv Conv2d 5×5 p2 28×28×8"


@pytest.mark.parametrize(
    ("word", "op"),
    [
        ("max", "MaxPool2d"), ("max pool", "MaxPool2d"), ("avg", "AvgPool2d"), ("average pool", "AvgPool2d"),
        ("Local Response Normalization", "LocalResponseNorm"), ("batch normalization", "BatchNorm2d"),
        ("dropout (40%)", "Dropout"), ("softmax", "Softmax"), ("relu6", "Relu6"),
    ],
)  # fmt: skip
def test_the_usual_other_names(word: str, op: str) -> None:
    cells = {"MaxPool2d": ", patch = '3x3'", "AvgPool2d": ", patch = '3x3'",
             "LocalResponseNorm": ", size = 5, alpha = 1e-4, beta = 0.75, k = 1"}.get(op, "")  # fmt: skip
    (node,) = layers(f'name = "a", type = "{word}"{cells}').graph().nodes[1:]
    assert type(node.op).__name__ == op


def test_a_rate_in_parentheses_is_that_of_dropout() -> None:
    assert layers('name = "d", type = "dropout (40%)"').graph()["d"].op == ops.Dropout(0.4)
    assert messages(layers('name = "d", type = "conv (40%)"')) == [
        "`d`.`type`: `conv (40%)` is no operation and no module"
    ]


# --- 6. operations ---------------------------------------------------------------------------------------------------


def test_the_order_of_norm_act_and_conv() -> None:
    row = 'name = "{}", type = "conv", patch = "1x1", out = 8, norm = "batch-norm", act = "relu"'
    first, last = ', order = "norm-act-conv"', ', order = "conv-act-norm"'
    assert names(layers(row.format("a"), row.format("b") + first, row.format("c") + last)) == [
        "a",
        "a_norm",
        "a_act",
        "b_norm",
        "b_act",
        "b",
        "c",
        "c_act",
        "c_norm",
    ]


def test_depthwise_and_separable() -> None:
    one = layers(
        'name = "d", type = "depthwise-conv", patch = "3x3", multiplier = 2',
        'name = "s", type = "separable-conv", patch = "3x3/2", out = 24, act = "relu"',
        'name = "m", type = "conv", patch = "1x1", multiplier = 3',
    )
    assert (
        graph(one)
        == """\
d Conv2d 3×3 p1 28×28×32
s.depthwise Conv2d 3×3/2 p1 14×14×32
s.pointwise Conv2d 1×1 14×14×24
s_act Relu 14×14×24
m Conv2d 1×1 14×14×72"""
    )
    depthwise, half = one.graph()["d"].op, one.graph()["s.depthwise"].op
    assert isinstance(depthwise, ops.Conv2d)
    assert isinstance(half, ops.Conv2d)
    assert (depthwise.groups, half.groups, half.bias) == (16, 32, False)


def test_a_conv_row_without_out_takes_the_channels_it_prints() -> None:
    assert graph(layers('name = "c", type = "conv", patch = "1x1", output = "28x28x40"')) == "c Conv2d 1×1 28×28×40"


def test_no_other_claim_builds_anything() -> None:
    one = layers('name = "p", type = "max pool", patch = "2x2/2", output = "7x7x99", depth = 5')
    assert graph(one) == "p MaxPool2d 2×2/2 14×14×16"
    assert messages(one) == [
        "`p` prints 99 channels, its cells give 16",
        "`p` prints depth 5, its longest path has 0 weight layers",
    ]


def test_claims_of_a_repeated_row_are_about_the_group() -> None:
    row = 'name = "b", type = "basic", out = 16, repeat = 3, stride = [2, 1], output = "14x14x16", depth = {}'
    assert layers(row.format(6)).check().ok
    assert messages(layers(row.format(7))) == ["`b` prints depth 7, its longest path has 6 weight layers"]


def test_a_projection_counts_no_depth() -> None:
    assert layers('name = "b", type = "basic", out = 32, stride = 2, output = "14x14x32", depth = 2').check().ok


@pytest.mark.parametrize(
    ("printed", "holds"), [("4K", True), ("4.1K", True), ("3K", False), ("4.3K", False), (4096, True)]
)
def test_a_printed_count_holds_within_one_unit_of_its_last_digit(printed: object, holds: bool) -> None:
    cell = printed if isinstance(printed, int) else f'"{printed}"'
    row = (
        f'name = "c", type = "conv", patch = "4x4", pad = 0, out = 16, params = {cell}'  # 4096 weights, 4112 parameters
    )
    assert layers(row).check().ok is holds


def test_units_say_what_a_count_means() -> None:
    row = 'name = "c", type = "conv", patch = "4x4/4", pad = 0, out = 16, params = {}, ops = "{}"'
    units = "units = {{ params = {{ K = {}, of = '{}' }}, ops = {{ of = '{}' }} }}\n"
    assert layers(row.format(4096, "201K"), more=units.format(1000, "weights", "macs")).check().ok
    assert layers(row.format(4112, "401K"), more=units.format(1000, "parameters", "flops")).check().ok
    assert layers(row.format('"4.0K"', "201K"), more=units.format(1024, "weights", "macs")).check().ok
    assert not layers(row.format('"3.8K"', "201K"), more=units.format(1024, "weights", "macs")).check().ok


def test_identity_passes_and_makes_no_node() -> None:
    norm = 'name = "n", type = "lrn", size = 5, alpha = 1, beta = 1, k = 1'
    plain = '[variants.plain]\nn.type = "identity"\n'
    one = layers('name = "a", type = "conv", patch = "1x1", out = 8', norm, more=plain)
    assert names(one) == ["a", "n"]
    assert names(one.variant("plain")) == ["a"]
    assert [row.output for row in one.variant("plain").graph().rows] == ["a", "a"]


# --- 7. blocks and modules -------------------------------------------------------------------------------------------


def test_blocks_nest() -> None:
    one = spec("""
[network]
layers = [
  { name = "b", join = "concat", branches = [
      { name = "one", type = "conv", patch = "1x1", out = 8 },
      { name = "two", layers = [
          { type = "conv", patch = "1x1", out = 4 },
          { name = "fork", join = "concat", branches = [
              { name = "h", type = "conv", patch = "1x3", out = 2 },
              { name = "v", type = "conv", patch = "3x1", out = 3 } ] } ] },
      { name = "input", type = "identity" } ] },
]
""")
    assert (
        graph(one)
        == """\
b.one Conv2d 1×1 28×28×8
b.two.conv Conv2d 1×1 28×28×4
b.two.fork.h Conv2d 1×3 p0,1 28×28×2
b.two.fork.v Conv2d 3×1 p1,0 28×28×3
b.two.fork.concat Concat 28×28×5
b.concat Concat 28×28×29"""
    )
    assert one.graph()["b.concat"].inputs == ("b.one", "b.two.fork.concat", "input")


def test_a_block_runs_then_scale_shortcut_act() -> None:
    one = spec("""
[network]
layers = [
  { name = "r", join = "add", branches = [
      { name = "p", type = "conv", patch = "1x1", out = 8 },
      { name = "q", type = "conv", patch = "3x3", out = 8 } ],
    then = [ { name = "linear", type = "conv", patch = "1x1", out = 16 } ],
    scale = 0.1, shortcut = "identity", act = "relu" },
]
""")
    assert names(one) == ["r.p", "r.q", "r.sum", "r.linear", "r.scale", "r.add", "r.act"]
    assert one.graph()["r.add"].inputs == ("r.scale", "input")


PROJECTED = 'shortcut = "identity", projection = { type = "conv", patch = "1x1", out = 8 }'


@pytest.mark.parametrize(
    ("shortcut", "out", "expected"),
    [
        ('shortcut = "identity"', 16, ["r.c", "r.add"]),
        ('shortcut = "optional"', 16, ["r.c", "r.add"]),
        ('shortcut = "optional"', 8, ["r.c"]),
        (PROJECTED, 8, ["r.c", "r.projection", "r.add"]),
        (PROJECTED, 16, ["r.c", "r.add"]),
    ],
)  # fmt: skip
def test_shortcuts(shortcut: str, out: int, expected: list[str]) -> None:
    inner = f'layers = [ {{ name = "c", type = "conv", patch = "3x3", out = {out} }} ]'
    assert names(layers(f'name = "r", {inner}, {shortcut}')) == expected


def test_a_branch_with_nothing_left_is_no_branch() -> None:
    one = spec("""
[modules.m]
columns  = ["a", "b", "n"]
join     = "concat"
branches = [
  { name = "p", layers = [ { type = "conv", name = "c", patch = "1x1", out = "$a" } ] },
  { name = "q", type = "conv", patch = "3x3", out = "$b" },
  { name = "r", layers = [ { type = "conv", name = "c", patch = "1x1", out = 4, repeat = "$n" } ] },
]
[network]
layers = [ { name = "x", type = "m", a = 0, b = 8, n = 0 }, { name = "y", type = "m", a = 4, b = "pass through", n = 2 }
]
""")
    assert names(one) == ["x.q", "y.p.c", "y.r.c1", "y.r.c2", "y.concat"]


def test_patch_stride_declares_a_stride_of_1() -> None:
    module = """
[modules.m]
columns = ["patch/stride"]
layers  = [ { type = "max-pool", patch = "$patch/$stride" } ]
[table]
columns = ["type", "name", "patch/stride"]
rows = [ ["m", "a", "3x3"], ["m", "b", "3x3/2"] ]
"""
    assert graph(spec(module)) == "a.pool MaxPool2d 3×3 26×26×16\nb.pool MaxPool2d 3×3/2 12×12×16"


def test_an_optional_value_may_name_another_column_or_the_output() -> None:
    module = """
[modules.m]
columns  = ["a"]
optional = { b = "$a", c = "$output" }
layers   = [
  { type = "conv", name = "a", patch = "1x1", out = "$a" },
  { type = "conv", name = "b", patch = "1x1", out = "$b" },
  { type = "conv", name = "c", patch = "1x1", out = "$c" },
]
[network]
layers = [ { name = "x", type = "m", a = 4, output = "28x28x9" } ]
"""
    assert graph(spec(module)) == "x.a Conv2d 1×1 28×28×4\nx.b Conv2d 1×1 28×28×4\nx.c Conv2d 1×1 28×28×9"


# --- 8. heads --------------------------------------------------------------------------------------------------------


def test_a_head_reads_a_row_or_an_instance() -> None:
    one = layers(
        'name = "c", type = "conv", patch = "3x3/2", out = 8, repeat = 2', 'name = "fc", type = "linear", out = 10',
        more='[heads]\np = { type = "linear", out = 5, from = "c", loss-weight = 0.3 }\n'
             'q = { type = "linear", out = 5, from = "c1", loss-weight = 0.2 }\n',
    )  # fmt: skip
    assert (
        graph(one)
        == """\
c1 Conv2d 3×3/2 p1 14×14×8
c2 Conv2d 3×3/2 p1 7×7×8
fc_flatten Flatten 1×1×392
fc Linear 1×1×10
p_flatten Flatten 1×1×392
p Linear 1×1×5
q_flatten Flatten 1×1×1568
q Linear 1×1×5"""
    )
    assert [(head.name, head.input, head.loss_weight) for head in one.graph().heads] == [
        ("p", "c2", 0.3),
        ("q", "c1", 0.2),
    ]
    assert one.graph().output == "fc"
    assert [node.name for node in one.graph().without_heads().nodes[1:]] == ["c1", "c2", "fc_flatten", "fc"]


# --- 9. precedence ---------------------------------------------------------------------------------------------------


def test_row_beats_types_beats_defaults_beats_optional() -> None:
    module = """
[types]
word = { type = "m", b = 2, c = 2 }
[defaults.m]
a = 3
b = 3
c = 3
[modules.m]
columns  = ["c"]
optional = { a = 4, b = 4, d = 4 }
layers   = [
  { type = "conv", name = "a", patch = "1x1", out = "$a" },
  { type = "conv", name = "b", patch = "1x1", out = "$b" },
  { type = "conv", name = "c", patch = "1x1", out = "$c" },
  { type = "conv", name = "d", patch = "1x1", out = "$d" },
]
[network]
layers = [ { name = "x", type = "word", c = 1 } ]
"""
    assert [node.shape.channels for node in spec(module).graph().nodes[1:]] == [3, 2, 1, 4]


def test_a_step_of_a_module_beats_defaults() -> None:
    one = spec("""
[modules.m]
columns = ["out"]
layers  = [
  { type = "conv", name = "a", patch = "3x3", out = "$out", pad = 0 },
  { type = "conv", name = "b", patch = "3x3", out = "$out" },
]
[network]
layers = [ { name = "x", type = "m", out = 8 } ]
""")
    assert graph(one) == "x.a Conv2d 3×3 26×26×8\nx.b Conv2d 3×3 p1 26×26×8"


PATCHES = """
[params]
n = 1
[network]
layers = [ { name = "a", type = "linear", out = "$n" }, { name = "b", type = "linear", out = 10 } ]
[errata]
b.out = { read = 20, why = "printed wrongly" }
[readings.r]
b.out = 30
[readings.other]
b.out = 31
[variants.v]
b.out = 40
[variants.w]
extends = "v"
params.n = 2
[variants.u]
reading = "other"
"""


def widths(one: Spec) -> list[int]:
    return [node.shape.channels for node in one.graph().nodes if isinstance(node.op, ops.Linear)]


def test_errata_readings_variants_caller() -> None:
    one = spec(PATCHES, "format = 1\nname = 'x'\ninput = '1x1x4'\nreading = 'r'\n")
    assert widths(one.as_printed()) == [1, 10]
    assert widths(one) == [1, 30]
    assert widths(one.reading("other")) == [1, 31]
    assert widths(one.variant("u")) == [1, 31]
    assert widths(one.variant("v")) == [1, 40]
    assert widths(one.variant("w")) == [2, 40]
    assert widths(one.variant("w").with_params(n=3)) == [3, 40]
    assert widths(one.variant("w").as_printed()) == [2, 40]
    assert one.reading("other").as_printed() == one.as_printed()
    with pytest.raises(ValueError, match="the table as printed has no reading, other cannot be chosen of it"):
        one.as_printed().reading("other")


@pytest.mark.parametrize(
    ("read", "messages_"),
    [
        ("max + 20", []),
        (
            "avg + 16",
            ["the erratum reads `avg`, as the table prints", "`3a`, `pool.pool`: `avg-pool` needs `count-pad`"],
        ),
        ("avg", ["`3a`.`pool+proj`: `avg` does not have the parts `pool + proj`"]),
    ],
)
def test_an_erratum_of_a_compound_cell(read: str, messages_: list[str]) -> None:
    table = """
[table]
columns = ["type", "name", "#1×1", "#3×3 reduce", "#3×3", "double #3×3 reduce", "double #3×3", "pool+proj"]
rows = [["inception-v2", "3a", 16, 16, 24, 16, 24, "avg + 16"]]
"""
    one = spec(table + f'[errata]\n3a."pool+proj" = {{ read = "{read}", why = "a footnote" }}\n')
    assert messages(one) == messages_
    if not messages_:
        assert graph(one).splitlines()[-1] == "inception_v2_3a.concat Concat 28×28×84"


def test_the_child_of_an_extension_wins() -> None:
    more = '[variants.a]\nx.out = 1\n[variants.b]\nextends = "a"\nx.out = 2\n[variants.c]\nextends = ["b", "a"]\n'
    one = layers('name = "x", type = "linear", out = 9', more=more)
    assert [widths(one.variant(name)) for name in "abc"] == [[1], [2], [2]]
    assert widths(one.variant("b", "a")) == widths(one.variant("a", "b")) == [2]


def test_tables_merge_and_everything_else_is_replaced() -> None:
    more = '[variants.v]\ndefaults.conv.bias = false\n[variants.w]\ndefaults.conv = { act = "relu" }\n'
    one = layers('name = "c", type = "conv", patch = "3x3", out = 8', more=more)
    conv = one.variant("v").graph()["c"].op
    assert isinstance(conv, ops.Conv2d)
    assert (conv.bias, conv.padding) == (False, (1, 1))
    assert names(one.variant("w")) == ["c", "c_act"]


def test_several_readings_and_none_chosen_cannot_be_built() -> None:
    one = layers('name = "x", type = "linear", out = 9', more="[readings.p]\nx.out = 1\n[readings.q]\nx.out = 2\n")
    with pytest.raises(ValueError, match="choose one of: p, q"):
        one.graph()
    assert widths(one.reading("q")) == [2]


def test_two_readings_that_disagree_are_an_error() -> None:
    one = layers('name = "x", type = "linear", out = 9', more="[readings.p]\nx.out = 1\n[readings.q]\nx.out = 2\n")
    (found,) = one.reading("p", "q").check().diagnostics
    assert (found.code, found.message) == ("AS117", "`p` and `q` set `x.out` to different values")
    assert [label.path for label in found.labels] == [("readings", "q", "x", "out"), ("readings", "p", "x", "out")]


def test_variants_that_disagree_are_an_error_in_either_order() -> None:
    one = layers('name = "x", type = "linear", out = 9', more="[variants.a]\nx.out = 1\n[variants.b]\nx.out = 2\n")
    for order in (("a", "b"), ("b", "a")):
        with pytest.raises(Faults, match=f"`{order[0]}` and `{order[1]}` set `x.out` to different values"):
            one.variant(*order).graph()


# --- 11. names of parameters -----------------------------------------------------------------------------------------


def test_names_of_rows_branches_and_norms() -> None:
    widths_ = "1x1 = 8, 3x3-reduce = 8, 3x3 = 8, double-3x3-reduce = 8, double-3x3 = 8, pool = 'max', proj = 8"
    one = spec(f"""
[types]
inception = "inception-v2"
"conv*"   = "conv"
[network]
layers = [
  {{ name = "1",  type = "conv*", patch = "1x1", out = 8, norm = "batch-norm" }},
  {{ name = "4c", type = "inception", {widths_} }},
  {{ name = "conv3", type = "basic", out = 12, repeat = 2 }},
  {{ name = "b", type = "basic", out = 12, repeat = 1 }},
  {{ name = "9", layers = [ {{ type = "conv", patch = "1x1", out = 8 }} ] }},
]
""")
    found = names(one)
    module = {"branch_1x1", "branch_3x3.reduce", "double_3x3.conv1", "pool.pool", "concat"}
    wanted = {"conv_1", "conv_1_norm", "conv3_1.conv1", "conv3_1.projection", "conv3_2.add", "b1.conv1", "block_9.conv"}
    assert wanted | {f"inception_4c.{name}" for name in module} <= set(found)


def test_unnamed_layers_are_called_by_their_word_and_leaving_out_renames_nothing() -> None:
    module = """
[modules.m]
columns = ["a", "pool"]
layers  = [
  { type = "conv", patch = "1x1", out = "$a" },
  { type = "conv", patch = "3x3", out = 8 },
  { type = "$pool", patch = "3x3" },
  { type = "relu" },
  { type = "batch-norm" },
  { type = "basic", out = 8 },
]
[network]
layers = [ { name = "x", type = "m", a = 4, pool = "max" }, { name = "y", type = "m", a = 0, pool = "avg" } ]
"""
    steps = [name.split(".", 1)[1] for name in names(spec(module))]
    inner = ["basic.conv1", "basic.conv2", "basic.add", "basic.act"]
    assert steps == ["conv1", "conv2", "pool", "act", "norm", *inner, "conv2", "pool", "act", "norm", *inner]


@pytest.mark.parametrize(
    ("name", "prefix", "expected"),
    [
        ("4c", "inception", "inception_4c"), ("1x1", "branch", "branch_1x1"), ("#3×3", "branch", "branch_3x3"),
        ("conv 1", "conv", "conv_1"), ("—", "row", "row"), ("lambda", "row", "lambda_"), ("match", "row", "match_"),
        ("double", "branch", "double_"), ("training", "x", "training_"), ("source", "x", "source_"),
        ("größe", "row", "größe"), ("卷积 1", "row", "卷积_1"), ("मात्रा", "row", "मात्रा"), ("a·b", "row", "a_b"),
        ("conv²", "row", "conv2"), ("ﬁt", "row", "fit"), ("ｆor", "row", "for_"), ("３a", "row", "row_3a"),
    ],
)  # fmt: skip
def test_names_become_identifiers(name: str, prefix: str, expected: str) -> None:
    assert identifier(name, prefix) == expected


@given(st.text(), st.text())
def test_every_name_is_one_that_python_reads_as_it_is(name: str, word: str) -> None:
    assert is_safe_identifier(identifier(name, prefix_of(word)))


def test_names_of_other_scripts_are_names_of_parameters() -> None:
    rows = [f'name = "{name}", type = "conv", patch = "3x3", out = 8' for name in ("größe", "卷积", "池")]
    one = layers(*rows, 'name = "3a", type = "Größer"', more='[types]\n"größer" = "softmax"')
    assert names(one) == ["größe", "卷积", "池", "größer_3a"]
    assert messages(layers(rows[0], rows[0].replace("größe", "gro\u0308ße"))) == [
        "`größe` and `gro\u0308ße` would both have the parameters `größe`"
    ]


def test_no_parameter_takes_a_name_of_torchs_own() -> None:
    from torch import nn

    of_torch = {name for one in (nn.Module(), nn.Sequential()) for name in dir(one) if not name.startswith("_")}
    assert of_torch <= TORCH_NAMES
    assert {identifier(name, "row") for name in of_torch | OWN_NAMES}.isdisjoint(of_torch | OWN_NAMES)


# --- 13. two spellings -----------------------------------------------------------------------------------------------


def test_a_table_and_layers_give_the_same_graph() -> None:
    table = """
[types]
inception = "inception-v2"
[table]
columns = ["type", "name", "patch size/stride", "output", "depth", "#1×1", "#3×3 reduce", "#3×3", "double #3×3 reduce", "double #3×3", "pool+proj"]
rows = [
  ["max pool",  "pool2", "2×2/2",    "14×14×16"],
  ["inception", "3c",    "stride 2", "7×7×272", 3, 0, 128, 160, 64, 96, "max + pass through"],
]
"""  # noqa: E501
    written = """
[types]
inception = "inception-v2"
[network]
layers = [
  { name = "pool2", type = "max pool", patch = "2x2/2", output = "14x14x16" },
  { name = "3c", type = "inception", stride = 2, output = "7x7x272", depth = 3, 1x1 = 0, 3x3-reduce = 128, 3x3 = 160, double-3x3-reduce = 64, double-3x3 = 96, pool = "max", proj = 0 },
]
"""  # noqa: E501
    assert str(spec(table).graph()) == str(spec(written).graph())
    assert spec(table).check().ok
    assert spec(written).check().ok


# --- 15. a wrong value is blamed where it is written -----------------------------------------------------------------


WIDTHS = "64,  96, 128, 16"
WRONG = [  # a bundled spec, what to replace in it and by what, what is then marked, and what is said of it
    ("googlenet", WIDTHS, WIDTHS.replace("128", '"sixty"'), "sixty", "`3a`.`#3×3`: `sixty` is not a whole number"),
    (
        "googlenet",
        WIDTHS,
        WIDTHS.replace("128", '"128"'),
        "128",
        '`3a`.`#3×3`: "128" is text, a whole number is needed',
    ),
    ("googlenet", "dropout (40%)", "dropout (400%)", "400%", "`dropout`.`rate`: a rate of 400% is not in [0, 1)"),
    ("bn_inception", "avg + 32", "median + 32", "median", "`3a`.`pool`: `median` is no operation and no module"),
    ("bn_inception", "avg + 32", "avg + some", "some", "`3a`.`proj`: `some` is not a whole number"),
    ("bn_inception", '"3c",    "stride 2', '"3c",    "stride three', "three", "`3c`.`stride`: `three` is not a stride"),
    ("resnet18", "eps = 1e-5", 'eps = "small"', "small", "`defaults.batch-norm`.`eps`: `small` is not a number"),
]


@pytest.mark.parametrize(("name", "old", "new", "marked", "message"), WRONG)
def test_a_wrong_value_is_blamed_where_it_is_written(name: str, old: str, new: str, marked: str, message: str) -> None:
    text = bundled.path_of(name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    one = from_document(parse(Source(name, text.replace(old, new))))
    (found,) = one.check().diagnostics
    assert found.message == message
    start, end = one.document.span(found.path)
    assert one.document.source.text[start:end].strip('"') == marked
