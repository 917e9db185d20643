"""The gallery: every bundled spec as a page with its table, its picture, its torch source and its discrepancies.

python docs/make_gallery.py           writes docs/gallery/
python docs/make_gallery.py --check   exits 1 where what is there is not what would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import archspec
from archspec import bundled, drawing, render
from archspec.api import Spec
from archspec.backends.dot import to_dot
from archspec.backends.torch_source import to_source
from archspec.cost import depth, graph_cost
from archspec.patches import Change

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
    found = spec.file.paper
    if found is None:
        return ""
    link = f"[{found.arxiv}](https://arxiv.org/abs/{found.arxiv})" if found.arxiv else found.title or found.url or ""
    return f"{link}, {found.table}" if found.table else link


def picture(spec: Spec) -> str:
    text = to_dot(spec.graph(), marks=drawing.marks(spec))
    return render.draw(text, "svg").data.decode("utf-8")


def page(name: str, spec: Spec) -> str:
    source = paper(spec)
    lines = [f"# {spec.name}", ""]
    comment = comments(spec)
    lines += [*comment, ""] if comment else []
    lines.append(f"Source: {source}. " if source else "")
    lines[-1] += f"Spec: [{name}.toml](../../specs/{name}.toml). Module: [{name}.py]({name}.py)."
    if spec.readings:
        lines[-1] += f" Shown here under the reading {', '.join(spec.readings)}."
    lines += ["", f"![{spec.name}]({name}.svg)", "", "## Table", "", spec.table().render("md").rstrip(), ""]
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
    return "\n".join(lines).rstrip() + "\n"


def comments(spec: Spec) -> list[str]:
    """The comment that the file opens with."""
    found = []
    for text in spec.document.source.text.splitlines():
        if not text.startswith("#"):
            break
        found.append(text.lstrip("# ").rstrip())
    return found


def discrepancies(spec: Spec) -> list[str]:
    """What the paper prints and the network does not have: what `validate --as-printed` finds, and how each is read."""
    found = spec.as_printed().check().diagnostics
    if not found and not spec.network.errata:
        return []
    lines = ["## Discrepancies", ""]
    lines += [f"- {one.message} ({one.code})" for one in found]
    errata = spec.network.errata
    if errata:
        lines += ["", "How they are read:", "", *(f"- {erratum(spec, change)}" for change in errata)]
    return [*lines, ""]


def erratum(spec: Spec, change: Change) -> str:
    where = ".".join(change.address[1:])
    entry: object = spec.file.errata
    for part in change.cell.path[1:-1]:
        entry = entry[part] if isinstance(entry, dict) else entry
    why = entry.get("why", "") if isinstance(entry, dict) else ""
    printed = f" instead of {change.before.value}" if change.before else ""
    return f"`{where}`: {change.cell.value}{printed}: {why}"


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
