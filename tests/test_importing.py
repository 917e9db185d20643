"""Printed tables in, specs out: two papers' tables in four formats, every bundled spec's own, and hostile text."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archspec
from archspec import bundled
from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.importing import import_table, starter
from archspec.importing.printed import Kind, printed_table
from archspec.source import Source

PRINTED = Path(__file__).parent / "printed"
KINDS: tuple[Kind, ...] = get_args(Kind)

# What a correct check reports on the two tables as they are printed.
MISPRINTS = {
    "googlenet": [("AS502", row) for row in ("conv1", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")],
    "bn_inception": [("AS501", "conv2"), ("AS201", "3c"), ("AS301", "4c"), ("AS301", "4d"), ("AS201", "4e")],
}


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("imported.toml", text)))


def imported(table: str, kind: Kind | None = None) -> Spec:
    return spec_of(import_table(table, kind=kind, name="imported"))


def printed(name: str, kind: str) -> str:
    return (PRINTED / f"{name}.{kind}").read_text(encoding="utf-8")


def cells(spec: Spec) -> dict[str, dict[str, Any]]:
    """The cells of every row by key, as printed, in the order of the table."""
    return {row.name: {key: cell.value for key, cell in row.cells.items()} for row in spec.as_printed().network.rows}


def inceptions(rows: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, row in rows.items() if row["type"] == "inception"]


def found(spec: Spec) -> list[tuple[str, str]]:
    return [(one.code, one.row) for one in spec.check().diagnostics]


# --- the tables of papers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MISPRINTS)
def test_a_pasted_table_has_the_rows_and_the_misprints_of_the_paper(name: str, kind: Kind) -> None:
    spec = imported(printed(name, kind), kind)
    assert found(spec) == MISPRINTS[name]
    of_paper = archspec.load(name)
    rows = {key: row for key, row in cells(of_paper).items() if key not in of_paper.network.added}
    assert list(cells(spec).values()) == list(rows.values())
    assert inceptions(cells(spec)) == inceptions(rows)
    assert cells(spec) == cells(imported(printed(name, "md"), "md"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MISPRINTS)
def test_the_text_tells_its_format(name: str, kind: Kind) -> None:
    text = printed(name, kind)
    assert printed_table(text, None) == printed_table(text, kind)
    assert printed_table("\ufeff" + text.replace("\n", "\r\n"), None) == printed_table(text, kind)


def test_what_is_guessed_says_so(golden: Any) -> None:
    golden("importing/bn_inception.toml", import_table(printed("bn_inception", "tsv"), kind=None, name="BN-Inception"))


# --- round trip


@pytest.mark.parametrize("name", bundled.names())
def test_no_two_columns_of_the_markdown_have_one_caption(name: str) -> None:
    captions = archspec.load(name).as_printed().table().render("md").splitlines()[0].split(" | ")
    assert len(captions) == len(set(captions))


@pytest.mark.parametrize("name", bundled.names())
def test_the_markdown_of_a_bundled_spec_imports_to_the_same_rows(name: str) -> None:
    spec = archspec.load(name)
    back = imported(spec.table().render("md"))
    assert cells(back) == cells(spec)
    assert list(cells(back)) == list(cells(spec))
    assert back.network.added == spec.network.added
    assert [(head.name, head.cells["from"].value, head.cells["type"].value) for head in back.network.heads] == [
        (head.name, head.cells["from"].value, head.cells["type"].value) for head in spec.network.heads
    ]


def test_marks_are_told_from_footnotes_of_the_paper() -> None:
    text = archspec.load("bn_inception").as_printed().table().render("md")
    assert "28×28×576!" in text
    assert "convolution\\*" in text
    rows = cells(imported(text))
    assert (rows["conv1"]["type"], rows["3c"]["output"]) == ("convolution*", "28×28×576")


# --- what is guessed

HEADER = "| type | patch/stride | output |\n|---|---|---|\n"


def test_the_padding_and_the_input_are_those_that_fit_the_printed_sizes() -> None:
    same = imported(HEADER + "| conv | 7x7/2 | 112x112x64 |\n| max pool | 3x3/2 | 56x56x64 |\n")
    none = imported(
        HEADER + "| conv | 3x3/2 | 149x149x32 |\n| conv | 3x3 | 147x147x32 |\n| max pool | 3x3/2 | 73x73x32 |\n"
    )
    assert (same.file.input, same.file.defaults["conv"]["pad"]) == ("224x224x3", "same")
    assert (none.file.input, none.file.defaults["conv"]["pad"]) == ("299x299x3", 0)
    assert same.check().ok
    assert none.check().ok


def test_the_units_are_those_that_fit_the_printed_counts() -> None:
    row = "| type | patch/stride | output | params |\n|-|-|-|-|\n| conv | 3x3 | 32x32x4096 | {} |\n"
    assert imported(row.format("108K")).file.table.units.params.K == 1024  # type: ignore[union-attr]
    assert imported(row.format("110592")).file.table.units.params.of == "weights"  # type: ignore[union-attr]
    assert imported(row.format("114688")).file.table.units.params.of == "parameters"  # type: ignore[union-attr]


def test_names_come_from_the_type_or_are_made_of_its_word() -> None:
    rows = "".join(f"| {word} | | |\n" for word in ("conv (2)", "conv", "max pool", "inception (3a)", "dropout (40%)",
                                                    "conv", "softmax", "avg pool", "block", "block"))  # fmt: skip
    named = [(cells_["type"], name) for name, cells_ in cells(imported(HEADER + rows)).items()]
    assert named == [("conv", "2"), ("conv", "conv1"), ("max pool", "pool1"), ("inception", "3a"),
                     ("dropout (40%)", "dropout"), ("conv", "conv2"), ("softmax", "prob"), ("avg pool", "pool2"),
                     ("block", "block1"), ("block", "block2")]  # fmt: skip


def test_words_that_say_more_than_an_operation() -> None:
    words = ("conv3-64", "maxpool", "FC-4096", "convolution*", "fully connected", "shuffle unit")
    types = imported(HEADER + "".join(f"| {word} | | |\n" for word in words)).file.types
    assert types == {
        "conv3-64": {"type": "conv", "patch": "3x3", "out": 64},
        "maxpool": "max-pool",
        "FC-4096": {"type": "linear", "out": 4096},
        "convolution*": "conv",
        "fully connected": {"type": "linear", "out": "$classes"},
    }


def test_a_word_that_nobody_knows_is_left_to_a_person() -> None:
    text = import_table(HEADER + "| shuffle unit | | 28x28x240 |\n", kind=None, name="x")
    assert '# "shuffle unit" = "..."  # check: no operation and no library module' in text
    assert found(spec_of(text)) == [("AS106", "shuffle-unit1")]


def test_numbers_become_numbers_only_where_they_are_nothing_else() -> None:
    table = ("type,name,patch/stride,out,scale,pool+proj,params,depth\n"
             'conv,1,3×3/2,"1,024",0.17,avg + 32,2.7,007\nconv,2,-,—,,–,159K,-3\n')  # fmt: skip
    rows = cells(imported(table))
    assert rows["1"] == {"type": "conv", "patch": "3×3/2", "out": 1024, "scale": 0.17, "pool": "avg",
                         "proj": 32, "params": "2.7", "depth": "007"}  # fmt: skip
    assert rows["2"] == {"type": "conv", "params": "159K", "depth": -3}


def test_text_among_numbers_is_pointed_at() -> None:
    text = import_table("type,name,out\nconv,a,64\nconv,b,64\nconv,c,64†\n", kind=None, name="x")
    assert '["conv", "c", "64†"],  # check: "64†" under "out"' in text.replace("  ", " ").replace(" #", "  #")


def test_markdown_with_text_around_the_table_and_signs_in_its_cells() -> None:
    page = ("a | b in a sentence\n\n**type** | `patch/stride` | out\n:-- | :-: | --:\n"
            "max\\_pool<br>(1) | $3 \\times 3/2$ |\na\\|b | 3&times;3 | **64**\n\n| another | table |\n")  # fmt: skip
    assert cells(imported(page)) == {
        "1": {"type": "max_pool", "patch": "3×3/2"},
        "a-b1": {"type": "a|b", "patch": "3×3", "out": 64},
    }


def test_latex_as_papers_write_it() -> None:
    table = r"""
      \begin{tabularx}{\textwidth}{l|c@{ }c} % {
      \hline
      \textbf{layer type} & kernel size & \# filters \\[2pt] \hline\hline
      % a comment & with a sign \\
      \emph{conv}~\cite{a}  & $3 {\times} 3 / 2$ & 1\,024 \\
      max pool & \shortstack{3$\times$3} & --- \\ \cline{1-2}
      avg\% \& \_x & \multicolumn{2}{c}{\textsc{global}} \tabularnewline
      \end{tabularx} trailing & text \\"""
    rows = cells(imported(table))
    assert rows == {
        "conv1": {"type": "conv", "patch": "3×3/2", "out": 1024},
        "pool1": {"type": "max pool", "patch": "3×3"},
        "avg-x1": {"type": "avg% & _x", "patch": "global"},
    }


def test_a_tabular_inside_a_command_is_not_the_table() -> None:
    """As the residual networks' paper writes its blocks; the arguments of such a command stay apart."""
    table = r"""
      \newcommand{\block}[2]{\multirow{2}{*}{\([\begin{array}{c} 3$\times$3, #1 \\ 3$\times$3 \end{array}]\)}}
      \renewcommand\arraystretch{1.1}
      \begin{tabular}{c|c|c}
      layer name & output size & 18-layer \\ \hline
      conv1 & 112$\times$112 & 7$\times$7, 64, stride 2 \\
      conv2\_x & 56$\times$56 & \block{64}{2} \\
      \end{tabular}"""
    assert cells(imported(table)) == {
        "conv1": {"type": "conv1", "output": "112×112", "18-layer": "7×7, 64, stride 2"},
        "conv2-x1": {"type": "conv2_x", "output": "56×56", "18-layer": "64 2"},
    }
    with pytest.raises(ValueError, match=r"line 2: .* columns"):
        import_table("\\newcommand{\\x}{\n}\\multicolumn{9999}{c}{a} & b \\\\ c & d", kind="tex", name="x")


@pytest.mark.parametrize("caption", ["Size / Stride", "patch size/stride or remarks", "filter size / stride (if any)"])
def test_a_caption_of_a_patch_in_other_words(caption: str) -> None:
    text = import_table(f"type,name,{caption},out\nconv,a,3x3/2,8\n", kind=None, name="x")
    assert "# guessed: `patch size/stride` for the caption" in text
    assert cells(spec_of(text))["a"] == {"type": "conv", "patch": "3x3/2", "out": 8}


def test_columns_of_other_networks_do_not_hide_what_a_word_means() -> None:
    text = import_table("A | B\n--|--\nconv3-64 | conv3-64 conv3-64\nmaxpool | maxpool\n", kind=None, name="x")
    assert spec_of(text).file.types["conv3-64"] == {"type": "conv", "patch": "3x3", "out": 64}
    assert 'check: nothing reads "B"' in text
    assert "does not read" not in text


def test_activations_are_words_of_the_language() -> None:
    rows = cells(imported("type,name,kernel,filters,activation\nconv,a,3x3,8,ReLU\nconv,b,3x3,8,Tanh\n"))
    assert [row["act"] for row in rows.values()] == ["relu", "tanh"]


def test_a_cell_that_says_several_things_becomes_a_cell_for_each() -> None:
    table = ("type,name,patch size/stride,output size\n"
             'convolution,conv1,"7×7, 64, stride 2",112×112×64\n'
             'max pool,pool1,"3x3, s2",56×56×64\n'
             'convolution,conv2,"3×3 conv, 192 filters, pad 1",56×56×192\n'
             "avg pool,pool2,7x7/1,\n")  # fmt: skip
    text = import_table(table, kind=None, name="x")
    assert '# guessed: "patch size/stride" read as "patch/stride", "filters", "pad"' in text
    rows = cells(spec_of(text))
    assert [row.get("patch") for row in rows.values()] == ["7×7/2", "3x3/2", "3×3", "7x7/1"]
    assert [row.get("out") for row in rows.values()] == [64, None, 192, None]
    assert rows["conv2"]["pad"] == 1


@pytest.mark.parametrize("odd", ["7×7, 64, 32", "3×3 max pool, stride 2", "[3×3, 64] × 2"])
def test_a_cell_that_cannot_be_parted_stays_and_has_a_comment(odd: str) -> None:
    table = f'type,name,patch,output\nconv,a,"7×7, 64",8x8x64\nconv,b,"{odd}",8x8x64\n'
    text = import_table(table, kind=None, name="x")
    assert cells(spec_of(text))["b"]["patch"] == odd
    assert f"# check: `b`.`patch`: `{odd}` is no patch" in text


# As they come out of papers, web pages and PDFs, with what makes each hard.
FOUND = {
    "a caption nothing reads": """type,patch,out,remarks
conv,3x3,8,see text""",
    "captions over two lines": """| Layer | Conv | | Out |
| | kernel | filters | size |
|--|--|--|--|
| conv | 3x3 | 8 | 8x8x8 |""",
    "no outer pipes, no last cells": """layer | kernel size | channels
--|--|--
conv | 3x3 | 8
maxpool | 2x2""",
    "thousands and footnotes": """type,patch,out,params
conv†,3x3,"1,024","27,648"
conv,3x3¹,8,73728""",
    "columns of several networks": """layer name,output size,18-layer,34-layer
conv1,112×112,7×7 64,7×7 64
,1×1,fc,fc""",
    "types of another library": """Layer (type),Output Shape,Param #
conv2d (Conv2D),"(None, 26, 26, 32)",320""",
    "merged cells": r"""\begin{tabular}{lcc} \toprule
& \multicolumn{2}{c}{Conv} \\ \cmidrule(lr){2-3}
Type & Kernel & Filters \\ \midrule
\multirow{2}{*}{conv} & $5\times5$ & 6 \\
& $5{\times}5/2$ & 16 \\ \bottomrule
\end{tabular}""",
    "a row of notes": """type\tpatch\tout
conv\t3×3\t8
Note: all convolutions are padded\t\t""",
}


@pytest.mark.parametrize("kind", FOUND)
def test_what_a_person_must_decide_is_a_comment(kind: str) -> None:
    """Whatever `validate` refuses has a comment that says check, and no printed cell is lost."""
    text = import_table("\ufeff" + FOUND[kind].replace("\n", "\r\n"), kind=None, name="x")
    spec = spec_of(text)
    lines = text.splitlines()
    for one in spec.faults():
        place = spec.document.span(one.path).start
        line = lines[text.count("\n", 0, place)]
        notes = [other for other in lines if other.startswith("# ")]
        said = "# check: " in line or any("check: " in other for other in notes)
        assert said, one.message
    for cell in (cell for row in printed_table(FOUND[kind], None).rows for cell in row.cells):
        word, _, name = cell.partition(" (")  # what a type has in parentheses is the name
        assert cell in text or cell.replace(",", "") in text or (word in text and name[:-1] in text)


def test_a_merged_cell_is_said_in_each_of_its_rows() -> None:
    rows = cells(imported(FOUND["merged cells"]))
    assert [(row["type"], row["patch"], row["out"]) for row in rows.values()] == [
        ("conv", "5×5", 6),
        ("conv", "5×5/2", 16),
    ]


def test_captions_over_two_lines_are_read_as_the_lower_one() -> None:
    text = import_table(FOUND["captions over two lines"], kind=None, name="x")
    assert '# guessed: `kernel` for the caption "Conv kernel"' in text
    assert spec_of(text).check().ok


# --- text that is no table


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: there is nothing here"),
        (" \n\t\r\n", "line 1: there is nothing here"),
        ("| type | output |\n|---|---|\n", "line 1: there are captions and no rows"),
        ("type,output\n", "line 1: there are captions and no rows"),
        ("\n|a|b|\n|-|-|\n|1|2|3|\n", "line 4: 3 cells, and 2 captions in line 2; add a caption"),
        ("a b c\n1, 2\n", "line 2: 2 cells, and 1 caption in line 1; put the cells of the captions apart by `|`, `&`"),
        (
            "type,out\nconv,9,408\n",
            "line 2: 3 cells, and 2 captions in line 1; put a number that holds a comma in quotes",
        ),
        ("type,out,Out\nconv,1,2\n", 'line 1: the captions "out" and "Out" have one key, `out`; rename one'),
        ("type,filters,out\nconv,1,2\n", 'line 1: the captions "filters" and "out" have one key, `out`'),
        ("type,名\nconv,1\n", 'line 1: the caption "名" of column 2 leaves no key; give it letters or digits'),
        ("type,,x\nconv,1,2\n", 'line 1: the caption "" of column 2 leaves no key'),
        ('type,out\nconv,"1\n2\n', "line 2: unexpected end of data"),
        ("\\begin{tabular}{cc\na & b \\\\ \n", "line 1: this tabular has no rows; close its braces"),
        ("\\begin{tabular}{cc}\na & b \\\\ \n{c & d \\\\\n\\end{tabular}", "line 3: this brace is never closed"),
        (
            "\\begin{tabular}{cc}\na & b \\\\ \nc} & d \\\\\n\\end{tabular}",
            "line 3: a brace is closed that is not open",
        ),
        ("\\begin{tabular}{cc}\n\\multicolumn{9999999999}{c}{a} \\\\ b & c", "line 2: \\multicolumn over 999999999"),
        ("\\begin{tabular}{cc}\\end{tabular}", "line 1: no row of a table is found"),
        ("type,out\n" + "conv,1\n" * 1000, "line 401: more than 400 rows; paste one printed table"),
        ("type,patch\nmax pool," + "9" * 5000 + "x1", "line 2: a cell of more than 200 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^line \d+: ") as caught:
        import_table(text, kind=None, name="x")
    assert says in str(caught.value)


def test_signs_of_toml_stay_in_their_cells_and_control_characters_do_not() -> None:
    one, other = cells(
        imported(HEADER + '| con\x00v" \x1b[31m]] | [table] | \u202e\'\'\' = |\n| # | = | """ |\n')
    ).values()
    assert one == {"type": 'con v" [31m]]', "patch": "[table]", "output": "''' ="}
    assert other == {"type": "#", "patch": "=", "output": '"""'}


@pytest.mark.parametrize(
    "text",
    [
        "type," + ",".join(f"c{n}" for n in range(2000)) + "\n" + "conv," + ",".join(map(str, range(2000))) + "\n",
        "type,output,repeat\nconv,99999999x99999999x99999999,999999999\n",
        "type,output\n" + "conv,8x8x8\n" * 300,
        "type\tpatch/stride\n" + "max\t" + "9" * 900 + "x1/1\n",
        "| " * 20000 + "\n|-|\n| 1 |\n",
        "\\begin{tabular}{l} type \\\\" + "\\\\[" * 20000,
        "\\begin{tabular}{l} type \\\\" + "\\multirow{" * 3000 + "}" * 3000 + " \\\\ \\end{tabular}",
        "|" + " " * 50000 + "x\n|" + "-" * 50000 + "x\n",
    ],
    ids=["2000 columns", "huge sizes", "300 rows", "long number", "blank columns", "brackets", "braces", "blanks"],
)
def test_hostile_tables_are_specs_or_value_errors_and_soon(text: str) -> None:
    start = time.perf_counter()
    with contextlib.suppress(ValueError):
        imported(text).check()
    assert time.perf_counter() - start < 20


PIECES = st.sampled_from(
    ["type", "output", "patch/stride", "out", "repeat", "pool+proj", "name", "pad", "conv", "max pool",
     "inception (3a)", "28x28x64", "3×3/2", "0", "64", "1,024", "$x", "$classes", "stride 2", "-", " ", "|",
     "---", "\n", "\n", "\n", ",", "\t", ";", '"', "\\", "&", "\\\\", "{", "}", "$", "%",
     "\\begin{tabular}{c}", "\\end{tabular}",
     "\\multicolumn{2}{c}", "\\times", "\\hline", "[1, 2]", "{ top = 1 }", "* a output 1 is read as 2",
     "\x00", "\u2028", "🙂"]
)  # fmt: skip


def is_a_spec_or_a_value_error(text: str, kind: Kind | None) -> None:
    said = "line 1"
    try:
        spec_of(import_table(text, kind=kind, name=text[:20])).check()
    except ValueError as error:
        said = str(error)
    assert said.startswith("line ")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join)), st.sampled_from((None, *KINDS)))
def test_any_text_is_a_spec_or_a_value_error(text: str, kind: Kind | None) -> None:
    is_a_spec_or_a_value_error(text, kind)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(PIECES, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from("|,\t"))
def test_any_cells_are_a_spec_or_a_value_error(rows: list[list[str]], sign: str) -> None:
    table = [["type", "patch/stride", "output"], *rows]
    text = "\n".join(sign.join(cell.replace("\n", " ") for cell in row) for row in table)
    is_a_spec_or_a_value_error(text, None)


# --- a spec to begin with


def test_the_starter_is_a_spec_with_nothing_wrong() -> None:
    spec = spec_of(starter('My "net"\n'))
    assert spec.name == 'My "net"'
    assert spec.check().diagnostics == ()
    assert spec.variant("batch-norm").check().ok
    assert spec.table().total is not None


def test_what_the_starter_has_as_comments_can_be_used() -> None:
    text = starter("x").replace("# paper  = ", "paper  = ").replace("# [errata]", "[errata]").replace("# 3a.", "3a.")
    text = text.replace('"16×16×256", 2,', '"32×32×256", 2,')
    assert spec_of(text).check().diagnostics == ()
    assert [one.code for one in spec_of(text).as_printed().check().diagnostics] == ["AS201"]
