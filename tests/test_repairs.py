"""What is offered where a cell of a published table is wrong: a cell changed in, the edits that would mend it out."""

from __future__ import annotations

import pytest

from archspec import bundled
from archspec.api import from_document
from archspec.diagnostic import Diagnostic
from archspec.document import parse
from archspec.fixes import applied, fixes
from archspec.lsp.analysis import analysis
from archspec.source import Source


def found(name: str, right: str, wrong: str) -> tuple[Diagnostic, ...]:
    """What is reported of a bundled spec with its first such text changed."""
    text = bundled.path_of(name).read_text(encoding="utf-8")
    assert right in text
    return tuple(from_document(parse(Source("spec.toml", text.replace(right, wrong, 1)))).check().diagnostics)


def lines(name: str) -> list[str]:
    return bundled.path_of(name).read_text(encoding="utf-8").splitlines()


def offered(one: Diagnostic) -> list[str]:
    return ["; ".join(f"{caption} {new}" for _, caption, _, new in repair.edits) for repair in one.repairs]


@pytest.mark.parametrize(
    ("name", "right", "wrong", "first"),
    [
        ("lenet", '"s2"', '"c3"', "name s2"),  # the number that is missing, the letter of the other pools
        ("resnet18", '"pool1"', '"conv2"', "name pool1"),  # the number of the row before
        ("resnet50", '"prob"', '"fc"', "name prob"),  # what papers call a softmax
        ("inception_v4", '"stem"', '"a"', "name stem"),  # what its module is called
        ("nin", '"dropout (50%)"', '"max pool"', "type dropout (50%)"),  # its name is drop3
        ("alexnet", '"lrn"', '"max pool"', "type lrn"),  # norm1
        ("googlenet", '["inception",     "3a"', '["max pool",     "3a"', "type inception"),  # it reads all cells
        ("inception_v4", 'type = "reduction-a"', 'type = "reduce1"', "type reduction-a"),
        ("inception_resnet_v2", '"dropout (20%)"', '"dropout"', "type dropout (50%)"),  # the usual rate
        ("googlenet", '"112×112×64"', '"112×11264"', "output 112×112×64"),  # a sign is missing
        ("bn_inception", '"112×112×64"', '"conv1"', "output 112×112×64"),  # it says how many filters conv1 has
        ("inception_v3", '"3x3/2 V"', '"3x3:2 V"', "patch 3×3/2 V"),
        ("googlenet_bn_zj", "64, 192]", '64, "convolution"]', "#3x3 192"),  # the output says so
        ("inception_resnet_v2_figures", "linear = 384", 'linear = "a"', "linear 384"),  # the shortcut has as many
        ("nin", '"3x3",      1, "$classes"', '"global",   1, "$classes"', "patch/stride 3x3"),
        ("resnet18", "128, ", "[2, 1], ", "out 128"),
        ("googlenet", '"112K",  "360M"', '"360M",  "112K"', "params 112K; ops 360M"),
        ("googlenet_bn_zj", '"4d",    ""', '"4d",    "max + 128"', "patch/stride "),  # its modules leave it blank
        ("googlenet", '"28×28×256",  2,  64', '"28×28×256",  2,  ""', "#1×1 64"),  # a cell left blank
        ("bn_inception", '192, 256, "max + pass through"', '192, 256, ""', "pool+proj max + pass through"),
        ("googlenet", '"pool1",   "3×3/2"', '"pool1",   ""', "patch size/stride 3×3/2"),
    ],
)
def test_one_wrong_cell_is_one_finding_with_the_right_repair_first(
    name: str, right: str, wrong: str, first: str
) -> None:
    (one,) = found(name, right, wrong)
    assert offered(one)[0] == first


def test_widths_that_nothing_speaks_of_are_guessed_from_around() -> None:
    """conv2 of ResNet-50 hands on what a projection takes: any width would do."""
    (one,) = found("resnet50", "64,  256, 3", '64, "56×56", 3')
    assert {"out 64", "out 256", "out 512"} <= {*offered(one)}


def test_a_type_that_nothing_speaks_for_is_not_offered() -> None:
    """Any operation without a window fits between two rows of one size."""
    (one,) = found("alexnet", '"lrn"', '"foo"')
    assert offered(one) == ["type lrn"]
    (one,) = found("googlenet", '["convolution",   "conv2",   "3×3/1"', '["convolution",   "conv2",   ""')
    assert not [edit for edit in offered(one) if edit.startswith("type ")]


def test_a_number_in_quotes_is_told_from_the_number() -> None:
    (one,) = found("googlenet_d2l", '"conv2a", "1x1",    64', '"conv2a", "1x1", "64"')
    assert [edit[2:] for repair in one.repairs[:1] for edit in repair.edits] == [('"64"', "64")]


def test_a_misspelt_key_is_known_also_where_an_erratum_reads_it_otherwise() -> None:
    (one,) = found("inception_resnet_v2_figures", "linear = 1154", "lnear = 1154")
    assert one.help == "did you mean `linear`?"


def test_a_row_with_all_its_cells_is_not_one_cell_too_long() -> None:
    """Two neighbours are equal in this row; without one of them, its last cell would be missing."""
    (one,) = found("googlenet_bn_zj", '"avg + 128"', "224")
    assert one.code == "AS104"
    assert "pool+proj avg + 128" in offered(one)


def test_an_erratum_that_is_stale_is_mended_by_no_cell() -> None:
    (one,) = found("bn_inception", '"56×56×192",  1', '"56×56×192",  2')
    assert (one.code, one.help, offered(one)) == ("AS118", "take the erratum out", [])


def test_a_row_that_is_gone_and_that_patches_speak_of_is_one_finding() -> None:
    row = next(line for line in lines("inception_v2") if '"conv6"' in line)
    (one,) = found("inception_v2", f"{row}\n", "")
    assert one.message == "`figure5` prints an input of 288 channels, the row before it gives 192"
    assert "the same slip is why the patch speaks of `conv6`, there is no such row" in one.notes
    assert one.help == "put the row `conv6` back in before `figure5`, or take out what speaks of it"


def test_a_name_that_no_row_ever_had_is_a_finding_of_its_own() -> None:
    """No series of names leaves room for it before the row that is at fault."""
    text = bundled.path_of("inception_v2").read_text(encoding="utf-8")
    wrong = text.replace("35×35×288", "35×35×289", 1)
    wrong = wrong.replace("[errata]", '[errata]\nmixed.type = { read = "figure-5", why = "a guess" }', 1)
    codes = [one.code for one in from_document(parse(Source("spec.toml", wrong))).check().diagnostics]
    assert sorted({*codes}) == ["AS114", "AS305"]


def test_two_slips_that_fail_alike_are_mended_each_for_itself() -> None:
    """No row between them says that the first is over."""
    text = """\
format = 1
name = "a"
input = "28x28x8"
[defaults]
conv = { pad = "same", bias = true, norm = "none", act = "relu" }
[table]
columns = ["type", "name", "patch", "out", "output"]
rows = [
  ["conv", "conv1", "3x3", 64, "28x28x46"],
  ["conv", "conv2", "3x3", 128, "28x28x182"],
  ["softmax", "prob"],
]
"""
    of_row = {one.row: offered(one)[0] for one in from_document(parse(Source("", text))).check().diagnostics}
    assert of_row == {"conv1": "output 64", "conv2": "output 128"}


# --- whatever is offered mends ---------------------------------------------------------------------------------------

HEAD = """\
format = 1
name = "a"
input = "32x32x3"
[defaults]
conv = { pad = "same", bias = false, norm = "none", act = "relu" }
max-pool = { pad = 0, rounding = "floor" }
[table]
"""


def of(text: str) -> tuple[Diagnostic, ...]:
    return tuple(from_document(parse(Source("", HEAD + text))).check().diagnostics)


STRIDE_FORGOTTEN = """\
columns = ["type", "name", "out", "stride", "repeat", "output"]
rows = [
  ["basic", "a", 16, "",     2, "32x32x16"],
  ["basic", "b", 32, "",     2, "16x16x32"],
  ["basic", "c", 64, [2, 1], 2, "8x8x64"],
  ["basic", "d", 64, [2, 1], 2, "4x4x64"],
]
"""


def test_a_row_whose_claim_was_rewritten_shows_nothing() -> None:
    """`output of b, c -> 32×32, 16×16` makes b and c agree with themselves, and d print what nobody gives."""
    (one,) = of(STRIDE_FORGOTTEN)
    assert (one.row, offered(one)) == ("b", ["stride [2, 1]"])


def test_a_stride_that_a_published_table_lost_is_offered() -> None:
    (one,) = found("resnet18", "128, [2, 1], 2", '128, "", 2')
    assert offered(one) == ["stride [2, 1]"]


def test_a_row_that_is_lost_is_not_repaired_two_rows_on() -> None:
    (row,) = (line for line in lines("vgg16") if '"pool4"' in line)
    (one,) = found("vgg16", f"{row}\n", "")
    assert (one.row, offered(one)) == ("conv5_1", [])


def test_a_blank_too_many_offers_no_other_captions() -> None:
    text = """\
columns = ["type", "name", "patch", "out", "output"]
rows = [
  ["conv", "c1", "3x3", 16, "32x32x16"],
  ["conv", "c2", "3x3", 16, "", "32x32x16"],
]
"""
    (one,) = of(text)
    assert (one.code, one.help, offered(one)) == ("AS109", "take it out", [])
    known = analysis(Source("", HEAD + text))
    (fix,) = known.tried(one, known.document or known.source)
    assert applied(HEAD + text, fix.edits) == HEAD + text.replace('16, "", "32', '16, "32')


def test_nothing_is_said_of_a_row_behind_one_that_cannot_be_read() -> None:
    """c2 stands between: whatever c1 gives, p1 is given what c2 gives."""
    text = """\
columns = ["type", "name", "patch", "out", "output"]
rows = [
  ["conv",     "c1", "3x3",   17, "32x32x16"],
  ["conv",     "c2", "3x3",   24, "32x32x24"],
  ["max pool", "p1", "2x2/2", "", "16x16x24"],
]
"""
    assert not [note for one in of(text.replace('"conv",     "c2"', '"cnov",     "c2"')) for note in one.notes]
    follows = [note for one in of(text.replace("24, ", '"", ')) for note in one.notes]
    assert not [note for note in follows if "p1" in note]


def test_a_blank_between_two_columns_is_put_in_safely_only_where_neither_is_read() -> None:
    """The 2 of conv3 is gone, and a blank is left: it stands under `stride`, which the row reads, as much as under
    `patch`, which it does not."""
    text = """\
columns = ["type", "name", "stride", "patch", "out", "input"]
rows = [
  ["conv", "c1", 2,  "3x3", 16, "32x32x3"],
  ["dw",   "c2", 1,  "",    32, "16x16x16"],
  ["dw",   "c3", "", 32, "16x16x32"],
  ["dw",   "c4", 1,  "",    32, "8x8x32"],
]
[modules.dw]
columns = ["out"]
optional = { stride = 1 }
layers = [ { type = "conv", patch = "3x3/$stride", out = "$out" } ]
"""
    (one,) = of(text)
    assert (one.row, one.code, one.help) == (
        "c3",
        "AS109",
        'put the missing cell in before `32`: "" if the paper prints none',
    )
    document = parse(Source("", HEAD + text))
    assert [fix.safe for fix in fixes(one, document)] == [False]


def test_what_one_finding_stands_for_is_mended_with_it() -> None:
    """Without its first block NiN's first pool has both another size and another width."""
    row = next(line for line in lines("nin") if '"block1"' in line)
    (one,) = found("nin", f"{row}\n", "")
    assert one.also
    assert "output 1" not in offered(one)


def test_of_hundreds_of_findings_the_first_repairs_are_tried_together() -> None:
    """As far as the work for a report reaches."""
    rows = "".join(f'  ["conv", "c{n}", "3x3", {17 if n % 5 == 0 else 16}, "32x32x16"],\n' for n in range(1500))
    errors = of(f'columns = ["type", "name", "patch", "out", "output"]\nrows = [\n{rows}]\n')
    assert len(errors) == 300
    with_repairs = [offered(one) for one in errors if one.repairs]
    assert len(with_repairs) > 30
    assert {*map(tuple, with_repairs)} == {("out 16",)}
