"""Cells that say a thing in other words than the language: what an import reads, and what it keeps as it is."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.api import Spec, from_document
from archspec.document import parse
from archspec.importing import import_table
from archspec.importing.printed import printed_table
from archspec.source import Source


def spec_of(text: str) -> Spec:
    return from_document(parse(Source("imported.toml", text)))


def cells(text: str) -> dict[str, dict[str, Any]]:
    """The cells of every row by key, as a pasted table is imported."""
    rows = spec_of(import_table(text, kind=None, name="imported")).as_printed().network.rows
    return {row.name: {key: cell.value for key, cell in row.cells.items()} for row in rows}


def test_the_depth_behind_a_patch_is_its_filters() -> None:
    """As SqueezeNet's table has it."""
    captions = "layer,filter size / stride (if not a fire layer),output"
    table = f"{captions}\nconv,7x7/2 (x96),\nmax pool,3x3/2,\nconv,1×1 (× 10),"
    rows = list(cells(table).values())
    assert [(row.get("patch"), row.get("out")) for row in rows] == [("7x7/2", 96), ("3x3/2", None), ("1×1", 10)]


@pytest.mark.parametrize(
    ("printed_as", "pad"), [("valid", 0), ("VALID", 0), ("same", "same"), ("Same", "same"), ("SAME", "tf-same"), (1, 1)]
)
def test_paddings_are_words_of_the_language(printed_as: str | int, pad: str | int) -> None:
    table = f"type,name,patch,filters,pad\nconv,a,3x3,8,{printed_as}\nconv,b,3x3,8,0"
    text = import_table(table, kind=None, name="x")
    assert cells(table)["a"]["pad"] == pad
    assert "# check: " not in text.partition("[table]")[2]


def test_a_global_window_may_be_written_large() -> None:
    assert cells("type,name,patch,filters\nconv,a,3x3,8\navg pool,b,Global,")["b"]["patch"] == "global"


BLOCK = r"$\left[\begin{array}{c}\text{3$\times$3, 64}\\[-.1em] \text{3$\times$3, 64}\end{array}\right]$$\times$2"


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("$10^9$", "10^9"),
        (r"$1.8\times10^{9}$", "1.8×10^9"),
        ("$112^2$", "112^2"),
        ("8$^*$", "8*"),
        (r"8$^\dagger$", "8†"),
        ("[3×3, 64; 3×3, 64]×2", "[3×3, 64; 3×3, 64]×2"),
        (BLOCK, "[3×3, 64; 3×3, 64]×2"),
        (r"$\begin{bmatrix}3\times3, 64\\ 3\times3, 64\end{bmatrix}\times2$", "[3×3, 64; 3×3, 64]×2"),
        (r"\shortstack{3$\times$3\\[2pt] max pool}", "3×3 max pool"),
    ],
)
def test_powers_and_blocks_stay_as_they_are_printed(cell: str, read: str) -> None:
    latex = rf"\begin{{tabular}}{{lc}} type & remarks \\ \hline conv & {cell} \\ \end{{tabular}}"
    assert printed_table(latex, "tex").rows[0].cells == ("conv", read)
    if "$" in cell and "shortstack" not in cell:
        assert printed_table(f"| type | remarks |\n|--|--|\n| conv | {cell} |", "md").rows[0].cells == ("conv", read)


def test_the_tables_of_mobilenet_are_drafts_in_which_nothing_is_lost() -> None:
    first = """| Type / Stride | Filter Shape | Input Size |
|--|--|--|
| Conv / s2 | 3 × 3 × 3 × 32 | 224 × 224 × 3 |
| Conv dw / s1 | 3 × 3 × 32 dw | 112 × 112 × 32 |"""
    second = "Input,Operator,t,c,n,s\n224² × 3,conv2d,-,32,1,2\n112² × 32,bottleneck,1,16,1,1"
    for table, lost in (
        (first, ["Conv / s2", "Conv dw / s1", "3 × 3 × 3 × 32", "3 × 3 × 32 dw", "112 × 112 × 32"]),
        (second, ["224² × 3", "112² × 32", "conv2d", "bottleneck"]),
    ):
        text = import_table(table, kind=None, name="x")
        assert [cell for cell in lost if f'"{cell}"' not in text] == []
        assert "# check: " in text
        assert spec_of(text).faults()
