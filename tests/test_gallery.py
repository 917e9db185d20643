"""What docs/ shows is what the tool makes: the gallery, and the picture of the README."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import archspec
from archspec import bundled, drawing, render
from archspec.backends.dot import to_dot

ROOT = Path(__file__).parent.parent


def test_the_gallery_is_what_make_gallery_writes() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "docs" / "make_gallery.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (made.stdout, made.stderr, made.returncode) == ("", "", 0)


# What each paper's text, table or drawings say that a network is not, and what implementations of it do otherwise.
DISCREPANCIES = {
    "lenet": ["32x32", "3, 4 or 6 of the 6 maps", "a factor and a bias", "distance to fixed codes", "60,000"],
    "alexnet": [
        "unpadded 11x11/4 gives 54x54 of 224",
        "d2l.ai pads 224 by 1",
        "network of 1404.5997",
        "the paper has 2",
    ],
    "nin": ["paper's own nets are for 32x32"],
    "nin_imagenet": ["The paper does not print it", "from descriptions of that file"],
    "googlenet": [
        "2.7K is 2712 weights",
        "34M is what those 2712 weights cost",
        *(f"`{row}.params`" for row in ("3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")),
        "928 input channels",
        "add up to 6798K",
        "add up to 1502 M",
        "12 times fewer than AlexNet's 60 M fits neither",
        "K = 1,024",
        "its 3x3 a known bug",
        "`[variants.torchvision] pool4.patch`",
        "as large as 5x5/3 of 14x14",
        "their dropout is 70%",
        "56x56 needs it, or a padding of 1",
        "transform_input",
    ],
    "googlenet_zj": ["normalization (commented out)"],
    "googlenet_d2l": ["96x96 in the book's demo", "dropout of the paper's heads"],
    "inception_v1_slim": ["Mixed_3b is 3a", "3x3 for 5x5"],
    "bn_inception": [
        "`4c` prints 576 channels, its branches give 608",
        "`4d` prints 576 channels",
        "`4e` follows: it prints 1024",
        "`outputs` needs one wrong width, twice",
        "`3c` prints 28×28, its cells give 14×14",
        "`4e` prints 14×14, its cells give 7×7",
        "`conv2` prints depth 1",
        "13.6 M parameters, which no reading gives",
        "60% more weights",
        "9 more layers are right",
        "every implementation but TF-slim's",
        "up to 128 filters in the double 3x3, where 4e has 256",
        "576 = 160 + 96 + 320: no 1x1",
        "conv biases (10,016)",
        "count-pad: Caffe's and Cadene's",
        "2.0 billion operations of 1512.00567",
        "Mixed_3b to Mixed_5c are 3a to 5b",
    ],
    "googlenet_bn_zj": ["20,544", "576 channels into 4d and 4e", "74.78% on VOC", "run at stride 1", "both double 3x3"],
    "inception_v2": [
        "the mark is missing",
        "figures one lower",
        "three 3x3",
        "a model.txt that is not public",
        "3.8 billion",
        "Some call 1502.03167's network Inception-v2",
        "one word for two pools",
        "the same but for dropout",
    ],
    "inception_v3": [
        "No table prints it",
        "5 billion multiply-adds and 4.8 in table 3; this has 5.7",
        "2.5 times",
        "3 and 2 leave the reductions",
        "a pool in the stem",
        "5x5 branch",
        "BN-auxiliary",
        "slim's do not count padding",
    ],
    "inception_v4": ["the other way round", "drops 80%"],
    "inception_resnet_v1": ["0.1 to 0.3", "19,200", "sixth C block", "drops 80%"],
    "inception_resnet_v2_figures": ["instead of 1154", "instead of 2048", "28.8 M of them unused", "Nobody released"],
    "inception_resnet_v2": ["not the network of the figures", "320, 1088 and 2080", "1x1 of 1536", "can add a head"],
    "resnet18": ["1.8e9 multiply-adds"],
    "resnet50": ["3.8e9 multiply-adds, which is right", "needs 4.1e9", "stride stands in the 3x3"],
}


@pytest.mark.parametrize("name", DISCREPANCIES)
def test_a_page_says_what_is_printed_otherwise(name: str) -> None:
    page = " ".join((ROOT / "docs" / "gallery" / f"{name}.md").read_text(encoding="utf-8").split())
    assert [words for words in DISCREPANCIES[name] if words not in page] == []


@pytest.mark.parametrize("name", bundled.names())
def test_a_page_has_every_comment_of_its_file(name: str) -> None:
    text = bundled.path_of(name).read_text(encoding="utf-8")
    page = " ".join((ROOT / "docs" / "gallery" / f"{name}.md").read_text(encoding="utf-8").split())
    strings = re.compile(r'"[^"]*"')
    comments = [found[1].strip() for line in text.splitlines() if (found := re.search("#(.*)", strings.sub("", line)))]
    plain = [strings.sub("", comment) for comment in comments]
    assert [comment for comment in plain if " ".join(comment.split()) not in strings.sub("", page)] == []


@pytest.mark.parametrize("name", [name for name in bundled.names() if archspec.load(name).file.network])
def test_a_table_of_rows_with_columns_of_their_own_loses_no_cell(name: str) -> None:
    page = (ROOT / "docs" / "gallery" / f"{name}.md").read_text(encoding="utf-8")
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines() if line.startswith("| ")}
    made = archspec.load(name).table()
    for row in (*made.rows, *made.heads):
        for caption, cell in zip(made.captions, row.cells, strict=True):
            headed = f"| {caption} |" in lines["name"]
            assert not cell or (f"| {cell} |" if headed else f" {caption} = {cell}") in f"| {lines[row.name]} |"
    assert all(line.count(" | ") < 14 for line in lines.values())


def test_the_picture_of_the_readme(golden: Callable[[str, str], None]) -> None:
    spec = archspec.load("bn_inception")
    text = to_dot(spec.graph(), level="module", module="4c", marks=drawing.marks(spec))
    golden("../../docs/images/bn_inception_4c.svg", render.draw(text, "svg").data.decode("utf-8"))
