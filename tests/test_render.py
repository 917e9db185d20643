"""Rendering: files whole or as they were, engines by their programs, and messages that say what to do."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import archspec
from archspec.backends.dot import Level, to_dot
from archspec.backends.dot.style import DARK
from archspec.render import Engine, RenderError, draw, engine_report, engines, render

DOT = to_dot(archspec.load("alexnet").graph())


def test_an_svg_is_sound_xml_with_a_spoken_name_dark_mode_and_no_background(tmp_path: Path) -> None:
    picture = render(DOT, tmp_path / "alexnet.svg")
    text = (tmp_path / "alexnet.svg").read_text(encoding="utf-8")
    assert picture.complaints == ()
    root = ET.fromstring(text)
    assert (root.get("role"), root.get("aria-label")) == ("img", "AlexNet (Caffe)")
    assert "prefers-color-scheme:dark" in text
    assert "sans-serif" in text
    used = {element.get("fill") for element in root.iter() if element.get("fill")}
    assert {light for attribute, light, _ in DARK if attribute == "fill"} & used
    assert used - {light for _, light, _ in DARK} <= {"none", "transparent", "#8a96a0"}  # lines stay as they are


def test_a_png_has_the_size_that_its_resolution_asks_for(tmp_path: Path) -> None:
    render(DOT, tmp_path / "alexnet.png", dpi=72)
    render(DOT, tmp_path / "large.png", dpi=144)
    sizes = []
    for name in ("alexnet.png", "large.png"):
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        sizes.append(int.from_bytes(data[16:20], "big"))
    assert abs(sizes[1] - 2 * sizes[0]) <= 2


def test_drawing_loads_no_torch() -> None:
    code = "import sys, archspec.backends.dot, archspec.render; sys.exit('torch' in sys.modules)"
    path = str(Path(archspec.__file__).parents[1])
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": path})


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "alexnet.svg"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(RenderError, match=r"the diagram is in `.*alexnet\.dot`"):
        render(DOT, path, engine=program(tmp_path, "echo broken >&2; exit 1"))
    assert path.read_text(encoding="utf-8") == "before"
    assert (tmp_path / "alexnet.dot").read_text(encoding="utf-8") == DOT
    assert sorted(file.name for file in tmp_path.iterdir()) == ["alexnet.dot", "alexnet.svg", "engine"]


def test_dot_text_needs_no_engine(tmp_path: Path) -> None:
    render(DOT, tmp_path / "alexnet.dot", engine=Engine("none", str(tmp_path / "missing")))
    assert (tmp_path / "alexnet.dot").read_text(encoding="utf-8") == DOT


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo 'Error: syntax error in line 1' >&2; exit 1", "syntax error in line 1"),
        ("exit 3", "exit code 3"),
        ("sleep 30", "took longer than 0.5 s"),
    ],
)
def test_an_engine_that_fails_is_quoted(body: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=message):
        draw("digraph {}", "svg", engine=program(tmp_path, body), timeout=0.5)


def test_a_missing_engine_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="pip install graphviz-pure"):
        draw("digraph {}", "png", engine=Engine("gone", str(tmp_path / "gone")))


def test_the_engine_that_is_named_does_the_work(tmp_path: Path) -> None:
    fake = program(tmp_path, 'echo \'<svg width="9pt" height="9pt"><title>from here</title></svg>\'')
    assert b'aria-label="from here"' in draw("digraph {}", "svg", engine=fake).data


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
def test_every_engine_here_draws_a_network(engine: Engine) -> None:
    graph = archspec.load("googlenet").graph()
    levels: tuple[Level, ...] = ("overview", "full")
    for level in levels:
        assert draw(to_dot(graph, level=level), "svg", engine=engine).data.startswith(b"<?xml")
    assert any(line.startswith(f"{engine.name}: ") and "svg, png" in line for line in engine_report())


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing/a.svg", "there is no folder"), ("a.jpeg", "use .svg, .png or .dot"), ("a", "use .svg, .png or .dot")],
)
def test_a_file_that_cannot_be_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=message):
        render(DOT, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_raster_beyond_the_limit_is_refused_with_advice() -> None:
    with pytest.raises(RenderError, match=r"32767; write \.svg"):
        draw(DOT, "png", dpi=5000)


def program(folder: Path, body: str) -> Engine:
    """A shell script in the place of an engine."""
    path = folder / "engine"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return Engine("script", str(path))


PIXELS = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("suffix", ["svg", "png"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo hello", "gave no"),
        ('printf \'<svg width="9pt" height="9pt"><title>cut\'', "gave no SVG"),
        (r"printf '<svg \377</svg>'", "gave no SVG"),
        ("kill -9 $$", "exit code -9"),
        ("exec yes", "wrote more than 64 MiB"),
        ("yes >&2", "wrote more than 64 MiB"),
        ("printf '\\033[31mred' >&2; exit 1", "red"),
        ("sleep 30 & sleep 30", "took longer than 3 s for 0 nodes and 0 edges; draw less"),
    ],
    ids=["text", "cut", "bytes", "killed", "endless", "endless complaints", "colours", "hangs"],
)
def test_what_is_no_picture_replaces_none(body: str, message: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"net.{suffix}"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(RenderError, match=message):
        render("digraph {}", path, engine=program(tmp_path, body), timeout=3.0)
    assert path.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("made", [b"hello", PIXELS + b"cut off"])
def test_what_is_no_png_replaces_none(made: bytes, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(made)
    body = f"case $1 in -Tsvg) echo '<svg ></svg>';; *) cat '{tmp_path}/made';; esac"
    with pytest.raises(RenderError, match="gave no PNG"):
        render("digraph {}", tmp_path / "net.png", engine=program(tmp_path, body))
    assert not (tmp_path / "net.png").exists()


def test_an_engine_that_reads_nothing_may_draw(tmp_path: Path) -> None:
    fake = program(tmp_path, "exec <&-; echo '<svg ></svg>'")
    assert draw("digraph {}" + " " * 1_000_000, "svg", engine=fake).data


def test_a_hanging_engine_is_said_with_the_size_of_the_drawing(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="9 nodes and 8 edges") as raised:
        draw(to_dot(archspec.load("lenet").graph()), "svg", engine=program(tmp_path, "sleep 30"), timeout=0.3)
    assert "took longer than 0.3 s" in str(raised.value)


@pytest.mark.parametrize("there", ["file", "link to nothing"])
def test_a_drawing_that_fails_writes_over_no_diagram(there: str, tmp_path: Path) -> None:
    beside = tmp_path / "net.dot"
    beside.write_text("mine", encoding="utf-8") if there == "file" else beside.symlink_to("nowhere")
    with pytest.raises(RenderError, match=r"exit code 1\n.*net\.dot`: it is there already; .* name one with -o"):
        render(DOT, tmp_path / "net.svg", engine=program(tmp_path, "exit 1"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["engine", "net.dot"]
    assert beside.is_symlink() or beside.read_text(encoding="utf-8") == "mine"
