"""The paper's table with what was derived beside it: a spec in; a `Table` out, and from it text, Markdown, CSV or JSON.

A `Table` holds the printed cells as the paper has them, also where an erratum or a reading replaces one, and for each
row what the network gives. Counts are exact here; the text rounds them. Layout is in text.py, the formats for
programs and pages in formats.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from archspec.claims import failing
from archspec.cost import Cost, cost, depth, graph_cost, receptive_fields
from archspec.elaborate import Elaboration, elaborate
from archspec.expand import Expansion
from archspec.file import Units
from archspec.layer import Column, Layer, column
from archspec.notation import Cell, keys_of, size
from archspec.shape import Pair, Shape
from archspec.source import clean
from archspec.spec import Choice, Spec

Format = Literal["text", "md", "csv", "json"]


@dataclass(frozen=True)
class Correction:
    """A cell that is read otherwise than it is printed (`printed` is empty for one the table does not have).

    `by` is `erratum`, `reading NAME` or `variant NAME`.
    """

    caption: str
    printed: str
    read: str
    by: str
    why: str


@dataclass(frozen=True)
class Disagreement:
    """A claim of the row that does not hold as it is read: the printed part of the cell, and what the network gives."""

    caption: str
    printed: str
    derived: str


@dataclass(frozen=True)
class Derived:
    """What a row gives: its last output, summed costs, and its depth in weight layers.

    `receptive_field` (height, width, in pixels of the input) is None while some other row cannot be run.
    """

    output: Shape
    depth: int
    cost: Cost
    receptive_field: Pair | None


@dataclass(frozen=True)
class TableRow:
    """A row or head. `cells` are in the order of the table's columns; `marks` stand beside them: `*`, `!`, `+` or none.

    `derived` is None where the row cannot be run. `instances` are the rows that a `repeat` stands for. `head` is what
    a head reads and its loss weight, None for a row.
    """

    name: str
    cells: tuple[str, ...]
    marks: tuple[str, ...]
    derived: Derived | None
    instances: tuple[str, ...] = ()
    added: bool = False
    corrections: tuple[Correction, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    head: tuple[str, float | None] | None = None


@dataclass(frozen=True)
class Total:
    """Of the whole network. `params` and `buffers` count heads; `macs`, `activations` and `depth` are without them."""

    params: int
    params_without_aux: int
    buffers: int
    macs: int
    macs_with_aux: int
    activations: int
    depth: int


@dataclass(frozen=True)
class Table:
    """`columns` are the printed captions. `total` is None while a fault stands in the way of the network.

    `unchecked` says that the claims of the paper were not held against it: something else than the printed network was
    chosen. `sign` is how this table writes ×.
    """

    name: str
    paper: str
    input: Shape
    readings: tuple[str, ...]
    variants: tuple[str, ...]
    params: tuple[tuple[str, int | float | str], ...]
    as_printed: bool
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    heads: tuple[TableRow, ...]
    total: Total | None
    units: Units
    unchecked: bool

    @property
    def captions(self) -> tuple[str, ...]:
        return tuple(clean(one.caption) for one in self.columns)

    @cached_property
    def sign(self) -> str:
        """How this table writes the sign between two sizes, so that printed and derived ones look alike."""
        text = "\n".join((*self.captions, *(cell for row in self.rows for cell in row.cells)))
        return "x" if "×" not in text and re.search(r"\dx\d", text) else "×"

    def size(self, one: Shape | Pair) -> str:
        return self.sign.join(map(str, one))

    def share(self, row: TableRow, of: Literal["params", "macs"]) -> float | None:
        """The part of the network without heads that a row is, in %. None for heads, and where it is not known."""
        if row.derived is None or self.total is None or row.head is not None:
            return None
        whole = self.total.params_without_aux if of == "params" else self.total.macs
        part = row.derived.cost.params if of == "params" else row.derived.cost.macs
        return 100 * part / whole if whole else 0.0

    def render(self, format: Format = "text", *, width: int | None = None, color: bool = False) -> str:  # noqa: A002
        """The table as text that ends in a line end. `width` and `color` are for `text`; without a width nothing is
        dropped."""
        from archspec.table import formats as table_formats
        from archspec.table import text as table_text

        match format:
            case "text":
                return table_text.text(self, width, color=color)
            case "md":
                return table_formats.markdown(self)
            case "csv":
                return table_formats.csv(self)
            case "json":
                return table_formats.json(self)


def table(spec: Spec) -> Table:
    """The table of a spec as chosen. Never raises for what a file may contain: a row that cannot run has no `derived`.

    A file with several readings of which none is chosen is shown as it is printed; callers that build refuse it.
    """
    elaboration = elaborate(spec)
    network = elaboration.network
    if spec.file.table:
        columns = network.columns
        printed = [tuple(map(cell_text, values)) for values in spec.file.table.rows]
    else:
        layers = spec.file.network.layers if spec.file.network else []
        columns = tuple({under.keys: under for under in (column(key) for layer in layers for key in layer)}.values())
        printed = [_under(columns, layer) for layer in layers]
    original = replace(spec, choice=Choice(as_printed=True)).network
    work = _Rows(spec, elaboration, columns)
    rows = tuple(map(work.row, printed, original.rows, spec.network.rows, network.rows))
    of_file = {layer.name: layer for layer in original.heads}
    heads = []
    for layer, checked in zip(spec.network.heads, network.heads, strict=True):
        cells = _under(columns, {"name": layer.name, **spec.file.heads.get(layer.name, {})})
        heads.append(work.head(cells, of_file.get(layer.name, Layer(layer.name, {}, ())), layer, checked))
    values = ((clean(key), cell.value) for key, cell in network.params.items())
    params = tuple((key, value if isinstance(value, int | float) else cell_text(value)) for key, value in values)
    return Table(
        clean(spec.name),
        _paper(spec),
        network.input,
        tuple(map(clean, spec.readings)),
        tuple(map(clean, spec.variants)),
        params,
        spec.choice.as_printed,
        columns,
        rows,
        tuple(heads),
        _total(elaboration),
        network.units,
        not network.claims_apply,
    )


class _Rows:
    """Makes the rows of one table."""

    def __init__(self, spec: Spec, elaboration: Elaboration, columns: tuple[Column, ...]) -> None:
        self.spec = spec
        self.network = elaboration.network
        self.columns = columns
        self.results = {id(result.layer): result for result in (*elaboration.rows, *elaboration.heads)}
        self.fields = {} if elaboration.faults else receptive_fields(elaboration.graph)

    def row(self, cells: tuple[str, ...], original: Layer, read: Layer, checked: Layer) -> TableRow:
        """A row: its printed cells, the layer they are, that layer as it is read, and without the cells at fault."""
        result = self.results.get(id(checked))
        corrections = self.corrections(original, read)
        wrong: dict[str, Disagreement] = {}
        if result and result.output and self.network.claims_apply:
            for claim in failing(checked, result, self.network.units):
                key, shape = _CLAIMED.get(claim.aspect, (claim.aspect, None))
                gives = _like(shape(result), claim.cell) if shape else claim.gives
                wrong[key] = Disagreement(clean(claim.cell.caption), cell_text(claim.cell.value), gives)
        added = read.name in self.network.added
        marked = {"+": {"name"} if added else set(), "*": set(corrections), "!": set(wrong)}
        made = self.made(original.name, cells, marked, result)
        return replace(made, added=added, corrections=tuple(corrections.values()), disagreements=tuple(wrong.values()))

    def head(self, cells: tuple[str, ...], original: Layer, read: Layer, checked: Layer) -> TableRow:
        """A head; `original` is empty for one that a variant adds."""
        corrections = self.corrections(original, read)
        made = self.made(read.name, cells, {"*": set(corrections)}, self.results.get(id(checked)))
        return replace(made, corrections=tuple(corrections.values()), head=_reads(read))

    def made(
        self, name: str, cells: tuple[str, ...], marked: Mapping[str, set[str]], result: Expansion | None
    ) -> TableRow:
        """A row with its cells, and its marks: where several fall on one cell the last one stands."""
        padded = (*cells, *[""] * len(self.columns))[: len(self.columns)]
        marks = [[mark for mark, keys in marked.items() if keys & set(under.keys)] for under in self.columns]
        instances = tuple(clean(one.name) for one in result.rows) if result else ()
        return TableRow(clean(name), padded, tuple("".join(of[-1:]) for of in marks), self.derived(result), instances)

    def derived(self, result: Expansion | None) -> Derived | None:
        if result is None or result.output is None:
            return None
        shapes = {node.name: node.shape for node in (result.source, *result.nodes)}
        field = self.fields.get(result.output.name)
        return Derived(result.output.shape, depth(result.nodes), cost(result.nodes, shapes), field)

    def corrections(self, original: Layer, read: Layer) -> dict[str, Correction]:
        """The cells in force that a patch set, by key."""
        found = {}
        for key, cell in read.cells.items():
            section = str(cell.path[0]) if cell.path else ""
            if section == "errata":
                erratum: Any = self.spec.file.errata
                for step in cell.path[1 : cell.path.index("read", 2)]:
                    erratum = erratum[step]
                by, why = "erratum", erratum.get("why", "")
            elif section in ("readings", "variants"):
                by = f"{section[:-1]} {cell.path[1]}"
                why = getattr(self.spec.file, section)[cell.path[1]].get("why", "")
            else:
                continue
            printed = cell_text(original.cells[key].value) if key in original.cells else ""
            found[key] = Correction(clean(cell.caption), printed, cell_text(cell.value), clean(by), clean(str(why)))
        return found


_CLAIMED: dict[str, tuple[str, Callable[[Expansion], Shape]]] = {
    "grid": ("output", lambda result: result.output.shape if result.output else result.source.shape),
    "channels": ("output", lambda result: result.output.shape if result.output else result.source.shape),
    "input-grid": ("input", lambda result: result.source.shape),
    "input-channels": ("input", lambda result: result.source.shape),
}


def _like(shape: Shape, cell: Cell) -> str:
    """A size as the cell writes it: with its sign, and without channels where it has none."""
    sign = "×" if "×" in str(cell.value) else "x"
    return sign.join(map(str, shape if size(cell).channels else shape.grid))


def _under(columns: tuple[Column, ...], layer: Mapping[str, Any]) -> tuple[str, ...]:
    texts = {keys_of(key): cell_text(value) for key, value in layer.items()}
    return tuple(texts.get(under.keys, "") for under in columns)


def _reads(layer: Layer) -> tuple[str, float | None]:
    source = cell_text(layer.cells["from"].value) if "from" in layer.cells else "?"
    weight = layer.cells["loss-weight"].value if "loss-weight" in layer.cells else None
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not math.isfinite(weight):
        return source, None
    return source, float(weight)


def _total(elaboration: Elaboration) -> Total | None:
    if elaboration.faults:
        return None
    graph = elaboration.graph
    trunk = graph.without_heads()
    whole, main = graph_cost(graph), graph_cost(trunk)
    return Total(whole.params, main.params, whole.buffers, main.macs, whole.macs, main.activations, depth(trunk.nodes))


def _paper(spec: Spec) -> str:
    paper = spec.file.paper
    if paper is None:
        return ""
    source = (paper.arxiv and f"arXiv {paper.arxiv}") or (paper.doi and f"doi {paper.doi}") or paper.title or paper.url
    return clean(", ".join(part for part in (source, paper.table) if part))


def cell_text(value: Any) -> str:
    """A cell as the file has it, on one line: lists and inline tables as in TOML, the layers of a block by number."""
    match value:
        case bool():
            return "true" if value else "false"
        case list() if value and all(isinstance(item, Mapping) for item in value):
            return f"{len(value)} layers"
        case list():
            return f"[{', '.join(map(cell_text, value))}]"
        case Mapping():
            pairs = (f"{clean(str(key))} = {cell_text(item)}" for key, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return clean(str(value))
