"""Rendering: DOT text in, a picture out. The engine is a program: graphviz-pure from its wheel, or a system `dot`.

An SVG is one file that needs nothing else: its style sheet brings dark mode and a list of fonts. A PNG is white. Files
are written whole or not at all.
"""

from __future__ import annotations

import html
import importlib.metadata
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from archspec import whole_file
from archspec.backends.dot.style import DARK

Format = Literal["svg", "png", "dot"]
FORMATS: tuple[str, ...] = get_args(Format)

MAX_PIXELS = 32767  # cairo's limit on a side; engines clamp silently
DPI = 144
TIMEOUT = 60.0  # seconds
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
    svg = picture.data.decode("utf-8")
    if target == "svg":
        return Picture(_styled(svg).encode(), picture.complaints)
    _refuse_oversize(svg, dpi)
    return _engine_output(engine, dot, ["-Tpng", f"-Gdpi={dpi}", "-Gbgcolor=white"], timeout)


def render(
    dot: str, path: str | Path, *, engine: Engine | None = None, dpi: int = DPI, timeout: float = TIMEOUT
) -> Picture:
    """Write a diagram to a file; the suffix chooses the format: .svg, .png or .dot.

    Where no picture can be made of a sound diagram the DOT text is written beside it, and `RenderError` says so. Raises
    `RenderError` also for another suffix or a folder that does not exist.
    """
    path = Path(path)
    target = _format(path)
    if not path.parent.is_dir():
        raise RenderError(f"there is no folder `{path.parent}`")
    try:
        picture = draw(dot, target, engine=engine, dpi=dpi, timeout=timeout)
    except RenderError as error:
        beside = path.with_suffix(".dot")
        _write(beside, dot.encode())
        raise RenderError(f"{error}\nthe diagram is in `{beside}`") from error
    _write(path, picture.data)
    return picture


def _write(path: Path, data: bytes) -> None:
    try:
        whole_file.write(path, data)
    except OSError as error:
        raise RenderError(f"cannot write `{path}`: {error.strerror or error}") from error


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
    run = _run([engine.command, *arguments], dot.encode(), timeout)
    said = [line.strip() for line in run.stderr.decode("utf-8", "replace").splitlines()]
    complaints = tuple(line for line in said if not _HARMLESS.search(line))
    if run.returncode or not run.stdout:
        raise RenderError(f"{engine.name} failed: {complaints[0] if complaints else f'exit code {run.returncode}'}")
    return Picture(run.stdout, complaints)


def _run(command: Sequence[str], text: bytes, timeout: float) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(command, input=text, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise RenderError(
            f"the engine took longer than {timeout:g} s; draw less of it: some of its rows, or the overview"
        ) from error
    except OSError as error:
        raise RenderError(f"`{command[0]}` does not run: {error.strerror or error}; try `{INSTALL}`") from error


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
