"""The gallery: every bundled spec as a page with its table, its picture, its torch source and its discrepancies.

What a paper says that a network is not, and what implementations do otherwise, stands in a spec as an erratum, a
reading, a variant or a comment; a page carries all of them.

python docs/make_gallery.py           writes docs/gallery/
python docs/make_gallery.py --check   exits 1 where what is there is not what would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import archspec
from archspec import bundled, drawing, render
from archspec.api import Spec
from archspec.backends.dot import to_dot
from archspec.backends.torch_source import to_source
from archspec.cost import depth, graph_cost
from archspec.document import Document
from archspec.file import Weights
from archspec.layer import column
from archspec.patches import Change
from archspec.table import Table, TableRow

FOLDER = Path(__file__).parent / "gallery"


def files() -> Iterator[tuple[str, str]]:
    """The name and text of every file of the gallery."""
    index = [
        "# Gallery",
        "",
        "Every spec that ships with Archspec. Written by `make gallery` from [specs](../../specs).",
        "",
    ]
    index += ["| spec | network | paper | parameters | without heads | MACs | depth |", "|---|---|---|--:|--:|--:|--:|"]
    for name in bundled.names():
        spec = archspec.load(name)
        yield f"{name}.md", page(name, spec)
        yield f"{name}.svg", picture(spec)
        yield f"{name}.py", to_source(spec.graph())
        index.append(line(name, spec))
    yield "README.md", "\n".join(index) + "\n"


def line(name: str, spec: Spec) -> str:
    graph = spec.graph()
    trunk = graph.without_heads()
    whole, main = graph_cost(graph), graph_cost(trunk)
    counts = f"{whole.params:,} | {main.params:,} | {main.macs:,} | {depth(trunk.nodes)}"
    return f"| [{name}]({name}.md) | {spec.name} | {paper(spec)} | {counts} |"


def paper(spec: Spec) -> str:
    """Where the network was printed, and whose code or page it is."""
    found = spec.file.paper
    if found is None:
        return ""
    printed = found.arxiv and f"[{found.arxiv}](https://arxiv.org/abs/{found.arxiv})"
    printed = printed or (found.doi and f"[doi {found.doi}](https://doi.org/{found.doi})") or found.title
    return ", ".join(part for part in (printed, found.table, found.url and f"<{found.url}>") if part)


def picture(spec: Spec) -> str:
    text = to_dot(spec.graph(), marks=drawing.marks(spec))
    return render.draw(text, "svg").data.decode("utf-8")


def page(name: str, spec: Spec) -> str:
    source = paper(spec)
    lines = [f"# {spec.name}", ""]
    said = comments(spec)
    lines += [*(text for place, text in said if place is None), ""]
    lines.append(f"Source: {source}. " if source else "")
    lines[-1] += f"Spec: [{name}.toml](../../specs/{name}.toml). Module: [{name}.py]({name}.py)."
    if spec.readings:
        lines[-1] += f" Shown here under the reading {', '.join(spec.readings)}."
    lines += ["", f"![{spec.name}]({name}.svg)", "", "## Table", "", table(spec).render("md").rstrip(), ""]
    lines += discrepancies(spec)
    for section, patches in (("Readings", spec.file.readings), ("Variants", spec.file.variants)):
        if patches:
            lines += [f"## {section}", ""]
            for key, patch in patches.items():
                chosen = spec.reading(key) if section == "Readings" else spec.variant(key)
                params = graph_cost(chosen.graph()).params
                why = str(patch.get("why", "")).rstrip(".")
                lines.append(f"- **{key}**: {why + '; ' if why else ''}{params:,} parameters")
            lines.append("")
    if spec.file.weights:
        lines += ["## Weights", "", *(weights(key, one) for key, one in spec.file.weights.items()), ""]
    if notes := [f"- {place}: {text}" if place else f"- {text}" for place, text in said if place is not None]:
        lines += ["## Notes", "", "What the file says beside its cells:", "", *notes]
    return "\n".join(lines).rstrip() + "\n"


def table(spec: Spec) -> Table:
    """The table of a spec. Rows in the [network] form have columns of their own: those that fewer than half of the rows
    have become one, of cells that say their caption."""
    made = spec.table()
    rows = (*made.rows, *made.heads)
    kept = [at for at in range(len(made.columns)) if 2 * sum(bool(row.cells[at]) for row in rows) >= len(rows)]
    if spec.file.network is None or len(kept) == len(made.columns):
        return made

    def folded(row: TableRow) -> TableRow:
        own = ((caption, cell + mark) for caption, cell, mark in zip(made.captions, row.cells, row.marks, strict=True))
        cells = ", ".join(f"{caption} = {cell}" for at, (caption, cell) in enumerate(own) if cell and at not in kept)
        marks = (*(row.marks[at] for at in kept), "")
        return replace(row, cells=(*(row.cells[at] for at in kept), cells), marks=marks)

    columns = (*(made.columns[at] for at in kept), column("cells"))
    return replace(made, columns=columns, rows=tuple(map(folded, made.rows)), heads=tuple(map(folded, made.heads)))


# --- comments --------------------------------------------------------------------------------------------------------

_STRING_OR_COMMENT = re.compile(r"""\"(?:[^"\\]|\\.)*"|'[^']*'|(#.*)""")
_HEADER, _KEY = re.compile(r"\[+([^\[\]]+)\]"), re.compile(r"((?:\"[^\"]*\"|[\w.-]++)+) *=")


def comments(spec: Spec) -> list[tuple[str | None, str]]:
    """What the file says in comments, each with what it stands at: None for the one that the file opens with, `""` for
    one that stands alone. Lines of comment that follow each other are one."""
    rows, header = row_lines(spec.document), ""
    found: list[tuple[str | None, str]] = []
    above: list[str] = []  # whole lines of comment that nothing has followed yet
    for number, line in enumerate([*spec.document.source.text.split("\n"), ""]):
        comment = next((one[1] for one in _STRING_OR_COMMENT.finditer(line) if one[1]), "")
        said = comment.lstrip("# ").rstrip()
        if line.startswith("#"):
            above.append(said)
            continue
        if opened := _HEADER.match(line):
            header = f"[{opened[1]}]"
        key = _KEY.match(line)
        place = f"{header} {key[1]}".strip() if key else rows.get(number) or (header if opened else "")
        if above:
            found.append((f"`{place}`" * bool(place) if found else None, " ".join(above)))
            above = []
        if said:
            found.append((f"`{place}`", said))
    return found


def row_lines(document: Document) -> dict[int, str]:
    """The rows of a file by the line on which each begins."""
    text, values = document.source.text, document.values
    found = {}
    for section, rows in (("table", "rows"), ("network", "layers")):
        for index, row in enumerate(values.get(section, {}).get(rows, ())):
            line = text.count("\n", 0, document.span((section, rows, index)).start)
            found[line] = row["name"] if isinstance(row, dict) else row[values[section]["columns"].index("name")]
    return found


# --- what is printed otherwise ---------------------------------------------------------------------------------------


def discrepancies(spec: Spec) -> list[str]:
    """What the paper prints and the network does not have: what `validate --as-printed` finds, and how each is read."""
    found = spec.as_printed().check().diagnostics
    if not found and not spec.network.errata:
        return []
    lines = ["## Discrepancies", ""]
    for one in found:
        lines.append(f"- {one.message} ({one.code})")
        lines += [f"  - {note}" for note in one.notes]
    errata = spec.network.errata
    if errata:
        lines += ["", "How they are read:", "", *(f"- {erratum(spec, change)}" for change in errata)]
    return [*lines, ""]


def erratum(spec: Spec, change: Change) -> str:
    where = ".".join(change.address[1:] or change.address)
    entry: object = spec.file.errata
    for part in change.cell.path[1:-1]:
        entry = entry[part] if isinstance(entry, dict) else entry
    why = entry.get("why", "") if isinstance(entry, dict) else ""
    printed = f" instead of {change.before.value}" if change.before else ""
    return f"`{where}`: {change.cell.value}{printed}: {why}"


def weights(name: str, section: Weights) -> str:
    of = f"variant {section.variant}; " if section.variant else ""
    return f"- **{name}**: {of}{section.url}" + (f"; {section.why}" if section.why else "")


def main() -> int:
    made = dict(files())
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")} if FOLDER.is_dir() else {}
    changed = sorted(name for name in {*made, *there} if made.get(name) != there.get(name))
    if "--check" in sys.argv[1:]:
        for name in changed:
            print(f"docs/gallery/{name} is not what would be written: run make gallery, and look at it")
        return 1 if changed else 0
    FOLDER.mkdir(exist_ok=True)
    for name in changed:
        if name in made:
            (FOLDER / name).write_text(made[name], encoding="utf-8", newline="\n")
        else:
            (FOLDER / name).unlink()
    print(f"{len(changed)} of {len(made)} files of docs/gallery changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
