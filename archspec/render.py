"""Rendering: DOT text in, a picture out. The engine is a program: graphviz-pure from its wheel, or a system `dot`.

An SVG is one file that needs nothing else: its style sheet brings dark mode and a list of fonts. A PNG is white. Files
are written whole or not at all.
"""

from __future__ import annotations

import errno
import html
import importlib.metadata
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal, get_args

from archspec import whole_file
from archspec.backends.dot.style import DARK

Format = Literal["svg", "png", "dot"]
FORMATS: tuple[str, ...] = get_args(Format)

MAX_PIXELS = 32767  # cairo's limit on a side; engines clamp silently
DPI = 144
TIMEOUT = 20.0  # seconds; the largest bundled network takes less than one
MAX_OUTPUT = 64 << 20  # bytes; what those give is under 1 MiB
_MAX_COMPLAINT = 200  # characters
INSTALL = "pip install graphviz-pure"

# What engines say of every diagram: their width tables know no `×` and measure it as a blank.
_HARMLESS = re.compile(r"no value for width of non-ASCII character|^\s*$")


class RenderError(Exception):
    """No picture could be made; the message says what to do."""


@dataclass(frozen=True)
class Engine:
    """A program that lays out DOT. `command` starts it; nothing is looked up again."""

    name: str
    command: str

    def version(self) -> str:
        """What it calls itself. Raises `RenderError` where it does not run."""
        run = _run([self.command, "-V"], b"", 10.0)
        return (run.stdout or run.stderr).decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class Picture:
    """A rendered diagram, and what the engine complained of (never a reason to fail)."""

    data: bytes
    complaints: tuple[str, ...] = ()


def engines() -> tuple[Engine, ...]:
    """The engines of this environment, the preferred one first. PATH is not needed for the wheel's."""
    found = [Engine("graphviz-pure", path) for path in _wheel_program("graphviz-pure")]
    if dot := shutil.which("dot"):
        found.append(Engine("dot", dot))
    return tuple(found)


def draw(
    dot: str, target: Format, *, engine: Engine | None = None, dpi: int = DPI, timeout: float = TIMEOUT
) -> Picture:
    """A picture as bytes. `engine` is the first of `engines()` where none is given. Raises `RenderError`."""
    if target == "dot":
        return Picture(dot.encode())
    engine = engine or next(iter(engines()), None)
    if engine is None:
        raise RenderError(f"no engine for {target} is installed: `{INSTALL}`, or install Graphviz so that `dot` runs")
    picture = _engine_output(engine, dot, ["-Tsvg"], timeout)
    svg = _checked_svg(picture.data, engine)
    if target == "svg":
        return Picture(_styled(svg).encode(), picture.complaints)
    _refuse_oversize(svg, dpi)
    picture = _engine_output(engine, dot, ["-Tpng", f"-Gdpi={dpi}", "-Gbgcolor=white"], timeout)
    if not (picture.data.startswith(b"\x89PNG\r\n\x1a\n") and picture.data.endswith(b"IEND\xaeB`\x82")):
        raise _no_picture(engine, "PNG")
    return picture


def render(
    dot: str, path: str | Path, *, engine: Engine | None = None, dpi: int = DPI, timeout: float = TIMEOUT
) -> Picture:
    """Write a diagram to a file; the suffix chooses the format: .svg, .png or .dot.

    Where no picture can be made of a sound diagram the DOT text is written beside it, if nothing is there, and
    `RenderError` says so. Raises `RenderError` also for another suffix or a folder that does not exist.
    """
    path = Path(path)
    target = _format(path)
    if not path.parent.is_dir():
        raise RenderError(f"there is no folder `{path.parent}`")
    try:
        picture = draw(dot, target, engine=engine, dpi=dpi, timeout=timeout)
    except RenderError as error:
        raise RenderError(f"{error}\n{_beside(path.with_suffix('.dot'), dot)}") from error
    try:
        whole_file.write(path, picture.data)
    except OSError as error:
        raise RenderError(f"cannot write `{path}`: {error.strerror or error}") from error
    return picture


def _beside(path: Path, dot: str) -> str:
    """Write the diagram that could not be drawn, where nobody has a file, and say where it is."""

    def free() -> None:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "it is there already", str(path))

    try:
        free()
        whole_file.write(path, dot.encode(), ready=free)
    except OSError as error:
        why = error.strerror or error
        return f"the diagram is not written to `{path}`: {why}; a file ending in .dot needs no engine: name one with -o"
    return f"the diagram is in `{path}`"


def engine_report() -> tuple[str, ...]:
    """Lines for `doctor`: every engine with its version and formats, or what to install."""
    found = engines()
    if not found:
        return (f"no engine for pictures: `{INSTALL}`; .dot files can be written",)
    lines = []
    for engine in found:
        try:
            state = f"{engine.version()}: svg, png"
        except RenderError as error:
            state = f"does not run: {error}"
        lines.append(f"{engine.name}: {state}")
    return tuple(lines)


def _format(path: Path) -> Format:
    match path.suffix.lower():
        case ".svg":
            return "svg"
        case ".png":
            return "png"
        case ".dot" | ".gv":
            return "dot"
        case suffix:
            raise RenderError(f"`{suffix or path.name}` is no format of diagrams; use .svg, .png or .dot")


def _wheel_program(distribution: str) -> list[str]:
    """The program that a wheel installed, by its record: scripts are not on PATH when python is called by its path."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    programs = [file.locate() for file in files if file.name in (distribution, f"{distribution}.exe")]
    return [str(program) for program in programs if Path(str(program)).is_file()]


def _engine_output(engine: Engine, dot: str, arguments: Sequence[str], timeout: float) -> Picture:
    size = f"{dot.count(' [class='):,} nodes and {dot.count(' -> '):,} edges"  # as `to_dot` writes them
    run = _run(
        [engine.command, *arguments], dot.encode(), timeout, f" for {size}; draw less: some rows, or the overview"
    )
    said = [line.strip() for line in run.stderr.decode("utf-8", "replace").splitlines()]
    complaints = tuple(line for line in said if not _HARMLESS.search(line))
    if run.returncode or not run.stdout:
        raise RenderError(
            f"{engine.name} failed: {complaints[0][:_MAX_COMPLAINT] if complaints else f'exit code {run.returncode}'}"
        )
    return Picture(run.stdout, complaints)


def _checked_svg(data: bytes, engine: Engine) -> str:
    """The text of a picture. Raises `RenderError` for what is none: it would replace one that is."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if not ("<svg " in text and text.rstrip().endswith("</svg>")):
        raise _no_picture(engine, "SVG")
    return text


def _no_picture(engine: Engine, kind: str) -> RenderError:
    return RenderError(
        f"{engine.name} gave no {kind}: `{engine.command}` is no Graphviz, or was stopped; try `{INSTALL}`"
    )


def _run(command: Sequence[str], text: bytes, timeout: float, late: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run a program; files stand in for pipes, so that what it starts itself cannot keep us waiting.

    `late` is said of one that takes too long. Raises `RenderError`.
    """
    ends = time.monotonic() + timeout
    with TemporaryFile() as given, TemporaryFile() as made, TemporaryFile() as said:
        given.write(text)
        given.seek(0)
        try:
            with subprocess.Popen(command, stdin=given, stdout=made, stderr=said) as process:
                try:
                    while _runs(process):
                        if max(os.fstat(one.fileno()).st_size for one in (made, said)) > MAX_OUTPUT:
                            raise RenderError(f"`{command[0]}` wrote more than {MAX_OUTPUT >> 20} MiB and was stopped")
                        if time.monotonic() > ends:
                            raise RenderError(f"the engine took longer than {timeout:g} s{late}")
                finally:
                    process.kill()
        except OSError as error:
            raise RenderError(f"`{command[0]}` does not run: {error.strerror or error}; try `{INSTALL}`") from error
        made.seek(0)
        said.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, made.read(MAX_OUTPUT), said.read(1 << 16))


def _runs(process: subprocess.Popen[bytes]) -> bool:
    """Wait a moment: whether the program still runs."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return True
    return False


def _refuse_oversize(svg: str, dpi: int) -> None:
    size = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    pixels = max(float(side) * dpi / 72 for side in size.groups()) if size else 0
    if pixels > MAX_PIXELS:
        raise RenderError(f"the picture would be {pixels:.0f} pixels long, and PNG ends at {MAX_PIXELS}; write .svg")


def _styled(svg: str) -> str:
    """One style sheet and a spoken name. Rules of a sheet beat attributes, so that one file serves light and dark."""
    rules = "".join(f'[{name}="{light}"]{{{name}:{dark}}}' for name, light, dark in DARK)
    fonts = 'text{font-family:Arial,Helvetica,"Liberation Sans",Arimo,sans-serif}'
    style = f"<style>{fonts}@media (prefers-color-scheme:dark){{{rules}}}</style>"
    title = re.search(r"<title>(.*?)</title>", svg, re.DOTALL)
    name = html.escape(html.unescape(title.group(1)) if title else "diagram")
    head, opening, rest = svg.partition("<svg ")
    attributes, close, body = rest.partition(">")
    spoken = f'role="img" aria-label="{name}" '
    return f"{head}{opening}{spoken}{attributes}{close}\n{style}\n<title>{name}</title>{body}"
