"""What no file may say: structure that is no network, numbers that cannot be, cells that nobody reads. One finding
each."""

from __future__ import annotations

import pytest

from archspec import ops
from archspec.api import Spec, from_document
from archspec.diagnostic import Diagnostic, Faults
from archspec.document import parse
from archspec.source import Source

HEAD = """\
format = 1
name   = "x"
input  = "28x28x16"
"""
DIALECT = """\
[defaults]
conv       = { pad = "same", bias = true, norm = "none", act = "none" }
batch-norm = { eps = 1e-3 }
"""
CONV = 'name = "a", type = "conv", patch = "1x1", out = 8'


def spec(text: str, head: str = HEAD + DIALECT) -> Spec:
    return from_document(parse(Source("x.toml", head + text)))


def layers(*rows: str, more: str = "") -> Spec:
    """A network of these layers, each the inside of an inline table."""
    return spec("[network]\nlayers = [\n" + "".join(f"  {{ {row} }},\n" for row in rows) + "]\n" + more)


def the_one(of: Spec) -> Diagnostic:
    (found,) = of.check().diagnostics
    return found


# --- networks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["[table]\ncolumns = ['type', 'name']\nrows = []", "[network]\nlayers = []"])
def test_a_network_without_rows_is_none(text: str) -> None:
    found = the_one(spec(text))
    assert (found.code, found.message) == ("AS119", "the network has no rows")
    assert found.path[-1] == text.splitlines()[-1].split()[0]
    with pytest.raises(Faults):
        spec(text).graph()


def test_a_row_of_which_nothing_is_left_is_no_identity() -> None:
    module = '[modules.m]\ncolumns = ["a"]\nlayers = [ { type = "conv", patch = "1x1", out = "$a" } ]\n'
    assert the_one(layers('name = "x", type = "m", a = 0', more=module)).message == "nothing is left of `x`"


def test_as_many_layers_as_a_row_and_a_network_may_have() -> None:
    doubled = "".join(
        f"[modules.m{i}]\nlayers = [{{ type = 'm{i + 1}' }}, {{ type = 'm{i + 1}' }}]\n" for i in range(40)
    )
    endless = layers('name = "x", type = "m0"', more=f"{doubled}[modules.m40]\nlayers = [{{ type = 'identity' }}]")
    with pytest.raises(Faults, match="`x` has more than 5000 layers"):
        endless.graph()
    many = [f'name = "r{i}", type = "conv", patch = "1x1", out = 8, act = "relu", repeat = 1000' for i in range(60)]
    with pytest.raises(Faults, match="the rows before `r7` have more than 12000 layers together") as raised:
        layers(*many).graph()
    assert len(raised.value.diagnostics) == 1


def test_optional_columns_do_not_give_each_other_a_value() -> None:
    module = "[modules.m]\noptional = { a = '$b', b = '$a' }\nlayers = [ { type = 'conv', patch = '1x1', out = '$a' } ]"
    found = the_one(layers('name = "x", type = "m"', more=module))
    assert (found.code, found.message) == ("AS116", "[modules.m]: `a` is `$b`, `b` is `$a`, so none has a value")


def test_a_missing_caption_is_said_once() -> None:
    text = "[table]\ncolumns = ['type', 'name', 'patch']\nrows = [['conv', 'a', '3x3', 8], ['conv', 'b', '3x3', 8]]"
    with pytest.raises(Faults) as raised:
        spec(text)
    (found,) = raised.value.diagnostics
    assert (found.code, found.path) == ("AS109", ("table", "columns"))
    assert found.message == "`columns` has 3 captions, 2 rows have 4 cells and none has 3"
    slipped = spec(text.replace("8]]", "8], ['relu', 'c', '']]"))
    assert [one.row for one in slipped.check().diagnostics if one.code == "AS109"] == ["a", "b"]


def test_columns_that_name_each_other_inside_a_patch() -> None:
    step = "{ type = 'conv', patch = '$patch', out = 8 }"
    module = f"[modules.m]\noptional = {{ patch = '${{p}}/2', p = '$patch' }}\nlayers = [ {step} ]"
    assert the_one(layers('name = "x", type = "m"', more=module)).code == "AS116"


def test_a_reference_in_a_row_is_a_parameter_also_where_a_module_reads_it() -> None:
    text = """
[params]
n = 3
eps = 1e-3
[defaults]
batch-norm = { eps = "$eps" }
conv       = { pad = "same", bias = true, norm = "batch-norm", act = "none", groups = "$n" }
[modules.m]
columns = ["patch/stride", "n"]
layers  = [ { name = "q", type = "conv", patch = "$patch/$stride", out = "$n" } ]
[network]
layers = [ { name = "a", type = "m", patch = "5x$n/2", n = 12 } ]
"""
    op = spec(text, HEAD.replace("x16", "x6")).graph()["a.q"].op
    assert isinstance(op, ops.Conv2d)
    assert (op.kernel_size, op.stride, op.out_channels, op.groups) == ((5, 3), (2, 2), 12, 3)


@pytest.mark.parametrize("value", ["$p", "${p}/2", "$q"])
def test_a_parameter_refers_to_no_other(value: str) -> None:
    params = f"[params]\np = '{value}'\n" + ("q = '3x3'\n" if "q" in value else "")
    found = the_one(layers('name = "a", type = "conv", patch = "$p", out = 8', more=params))
    assert (found.code, found.message) == ("AS113", f"`p`: `{value}` refers to nothing here")


def test_a_head_is_not_the_main_output() -> None:
    head = '[heads]\n"main " = { type = "linear", from = "a", out = 3, loss-weight = 1 }'
    assert the_one(layers(CONV, more=head)).message == "a head cannot be called `main `"


# --- sections --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "wrong", "message"),
    [
        ('weights.t.names = { "a" = 3 }', "3", "`a` in [weights.t.names] is not text in quotes"),
        ("table.added = ['a', 3]", "3", "item 2 of [table.added] is not text in quotes"),
        ("table.units.params.K = 0", "0", "`K` in [table.units.params] is less than 1"),
        ("errata.why = 'x'", "why", "unknown key `why` in [errata]"),
        ("params = { a-b = 1, 'a b' = 2 }", "'a b'", "`a-b` and `a b` are one name, `a-b`"),
        ("modules = { '卷' = { layers = [{ type = 'relu' }] } }", "'卷'", "the name `卷` leaves no key"),
    ],
)
def test_one_fault_of_a_section_is_one_finding(section: str, wrong: str, message: str) -> None:
    text = f"{HEAD}{section}\ntable.columns = ['type', 'name']\ntable.rows = [['relu', 'a']]\n"
    document = parse(Source("x.toml", text))
    try:
        found = the_one(from_document(document))
    except Faults as faults:
        (found,) = faults.diagnostics
    assert found.message == message
    label = found.labels[0]
    assert text[slice(*document.span(label.path, label.on))] == wrong


@pytest.mark.parametrize(
    ("format_", "message"),
    [
        ("1.0", "`format` is not a whole number"),
        ("true", "`format` is not a whole number"),
        ("'1'", "`format` is not a whole number"),
        ("2", "this file is of format 2, this archspec reads format 1"),
    ],
)
def test_the_format_is_the_number_1(format_: str, message: str) -> None:
    text = HEAD.replace("= 1", f"= {format_}") + "network.layers = [{ name = 'a', type = 'relu' }]"
    with pytest.raises(Faults, match=message):
        spec(text, head="")


# --- cells -----------------------------------------------------------------------------------------------------------


def test_filters_are_said_once() -> None:
    found = the_one(layers(f"{CONV}, multiplier = 2"))
    assert (found.code, found.message) == ("AS112", "`a` gives both `out` and `multiplier`")
    assert [(label.path[-1], label.text) for label in found.labels] == [("multiplier", "again"), ("out", "first")]


@pytest.mark.parametrize(
    ("row", "wide", "channels"), [("out = 8", "multiplier = 2", 8), ("multiplier = 2", "out = 8", 32)]
)
def test_the_stronger_of_two_places_says_the_filters(row: str, wide: str, channels: int) -> None:
    word = f'[types]\nwide = {{ type = "conv", {wide} }}'
    graph = layers(f'name = "c", type = "wide", patch = "1x1", {row}', more=word).graph()
    assert graph["c"].shape.channels == channels


def test_a_pool_to_a_size_has_no_stride() -> None:
    found = the_one(layers('name = "p", type = "max pool", patch = "global", stride = 2'))
    assert (found.code, found.path[-1]) == ("AS107", "stride")
    assert found.message == "`p`.`stride`: a pool with the patch `global` does not read it"


def test_what_is_said_in_the_type_is_not_said_again() -> None:
    assert the_one(layers('name = "d", type = "dropout (40%)", rate = 0.2')).message == "`d` gives `rate` twice"
    patched = layers('name = "d", type = "dropout (40%)"', more="[variants.v]\nd.rate = 0.2").variant("v")
    assert patched.graph()["d"].op == ops.Dropout(0.2)


@pytest.mark.parametrize(
    ("row", "more", "message"),
    [
        (CONV, "heads.h = { type = 'relu', from = 'a', loss-weight = -2 }", "`h`.`loss-weight`: -2 is less than 0"),
        ("name = 'n', type = 'batch-norm', eps = -1", "", "`n`.`eps`: -1 is less than 0"),
        (f"{CONV}, pad = {2**63 - 1}", "", "`a` gives sizes of more than 64 bits"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be(row: str, more: str, message: str) -> None:
    found = the_one(spec(f"{more}\n[network]\nlayers = [{{ {row} }}]\n{DIALECT}", head=HEAD))
    assert (found.code, found.message) == ("AS105", message)


# --- one slip, one finding -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["*", "†", "‡", "§", "¹", " *"])
def test_a_footnote_mark_needs_a_word_of_its_own(mark: str) -> None:
    row = f'name = "a", type = "convolution{mark}", patch = "1x1", out = 8'
    found = the_one(layers(row, more='[types]\nconvolution = "conv"'))
    assert (found.code, found.path[-1]) == ("AS106", "type")
    assert found.help.startswith(f"declare `convolution{mark}` under [types]")
    assert layers(row, more=f'[types]\n"convolution{mark}" = "conv"').check().ok


def test_a_patch_sets_the_parameters_that_there_are() -> None:
    for section in ("variants.v", "readings.v"):
        row = CONV.replace("out = 8", 'out = "$classes"')
        found = the_one(layers(row, more=f"[params]\nclasses = 10\n[{section}]\nparams.clases = 5"))
        assert (found.code, found.help) == ("AS101", "did you mean `classes`?")
        assert found.path[-1] == "clases"


def test_a_misspelt_default_is_read_as_it_was_meant() -> None:
    text = (HEAD + DIALECT).replace("bias =", "bais =") + f"[network]\nlayers = [ {{ {CONV} }} ]"
    found = the_one(spec(text, head=""))
    assert (found.code, found.help) == ("AS101", "did you mean `bias`?")


@pytest.mark.parametrize("row", ['type = "depthwise-conv", groups = 4', 'type = "conv", out = 8, eps = 1'])
def test_a_key_of_another_operation_is_no_claim(row: str) -> None:
    found = the_one(layers(f'name = "a", patch = "3x3", {row}'))
    assert found.code == "AS101"
    assert found.help.startswith("its keys are")


def test_a_claim_that_one_sign_is_wrong_of_is_meant() -> None:
    found = the_one(layers(f'{CONV}, outptu = "28x28x8"'))
    assert (found.code, found.help) == ("AS101", "did you mean `output`?")


def test_a_parameter_that_cannot_be_read_is_said_once() -> None:
    head = '[types]\nlinear = { type = "linear", out = "$n" }\n[heads]\n'
    head += 'h = { type = "linear", from = "b", loss-weight = 1 }\n[params]\nn = 4'
    wrong = layers('name = "b", type = "linear"', more=head).with_params(n="four")
    assert the_one(wrong).labels[0].text == "four, from --param"


def test_a_column_that_a_variant_leaves_unread_is_no_fault() -> None:
    table = "[table]\ncolumns = ['type', 'name', 'patch', 'out']\nrows = [['convolution', 'a', '1x1', 16]]\n"
    words = "[types]\nconvolution = 'conv'\n[variants.v]\ntypes.convolution = 'depthwise-conv'\n"
    one = spec(table + words)
    assert one.check().ok
    assert one.variant("v").check().ok
    assert "out" not in one.variant("v").to_toml()
    found = the_one(spec(table.replace("'out'", "'outt'") + words))
    assert (found.code, found.path) == ("AS101", ("table", "columns", 3))


def test_branches_of_two_sizes_are_shown_by_what_sets_them() -> None:
    row = """name = "m", join = "concat", branches = [
      { name = "a", type = "conv", patch = "3x3", out = 64 },
      { name = "b", layers = [ { type = "conv", patch = "3x3/2", out = 8 }, { type = "relu" } ] },
      { name = "c", type = "conv", patch = "3x3", pad = 1, out = 64 } ]"""
    found = the_one(layers(row))
    assert found.code == "AS203"
    assert [(label.path[-1], label.text) for label in found.labels] == [
        ("patch", "14×14: b"),
        ("patch", "28×28: a"),
        ("pad", "28×28: c"),
    ]


def test_a_ring_of_patches_is_one_finding() -> None:
    ring = "".join(f'[variants.{one}]\nextends = "{other}"\n' for one, other in ("ab", "bc", "ca", "da"))
    found = the_one(layers(CONV, more=ring))
    assert (found.code, found.message) == ("AS116", "`a` extends itself through `b` and `c`")
    assert [label.path[1] for label in found.labels] == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_a_file_that_says_nothing_is_one_finding(text: str) -> None:
    with pytest.raises(Faults) as raised:
        spec(text, head="")
    (found,) = raised.value.diagnostics
    assert (found.code, found.help) == ("AS102", "`archspec new` prints a spec to start from")


def test_a_file_without_a_network_is_told_so_with_the_rest() -> None:
    with pytest.raises(Faults) as raised:
        spec('format = 1\nname = "x"\n', head="")
    assert [one.message for one in raised.value.diagnostics] == [
        "the file lacks `input`",
        "the file has neither [table] nor [network]",
    ]
