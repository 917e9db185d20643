"""What is known of one text: a source in; its diagnostics, and as far as it can be read its spec and its rows, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archspec.check import check, verdict
from archspec.cost import Cost, cost, depth, receptive_fields
from archspec.diagnostic import Diagnostic, Faults, Path
from archspec.document import Document, parse
from archspec.elaborate import Elaboration, Expander, elaborate
from archspec.expand import Expansion
from archspec.fixing import Seen, Tried
from archspec.layer import Layer
from archspec.lsp.tokens import Token, tokens
from archspec.places import Scan, scan
from archspec.shape import Pair, Shape
from archspec.source import Source
from archspec.spec import Spec, read


@dataclass(frozen=True, eq=False)
class Analysis:
    """`document` is None where the text is no TOML, `spec` where its sections are wrong."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    document: Document | None = None
    spec: Spec | None = None
    expanders: tuple[Expander, ...] = ()

    @cached_property
    def scan(self) -> Scan:
        """What stands where; nothing, where the text is too large to be read."""
        refused = self.document is None and any(one.code == "AS006" for one in self.diagnostics)
        return scan("" if refused else self.source.text)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The keys and values of the text; none where it is no TOML."""
        return tokens(self.scan) if self.document else ()

    @cached_property
    def tried(self) -> Tried:
        """The fixes of a finding that mend it."""
        return Tried(lambda source: _seen(source, self.expanders))

    @cached_property
    def elaboration(self) -> Elaboration | None:
        """The network on computed values. Where several readings are there and none is the file's, as it is printed."""
        if self.spec is None:
            return None
        readings = [one.readings for one in self.spec.every_reading()]
        chosen = readings.index(self.spec.readings) if self.spec.readings in readings else None
        return elaborate(self.spec, None if chosen is None else self.expanders[chosen])

    @cached_property
    def rows(self) -> tuple[RowResult, ...]:
        """Every row and head that can be run."""
        if self.elaboration is None or self.spec is None:
            return ()
        network, paths = self.elaboration.network, self.spec.patched.sections.paths
        results = {id(one.layer): one for one in (*self.elaboration.rows, *self.elaboration.heads)}
        found = []
        for layer in (*network.rows, *network.heads):
            result = results.get(id(layer))
            if result is not None and result.output is not None:
                found.append(RowResult(layer, paths[layer.name], result, result.output.shape))
        return tuple(found)

    @cached_property
    def fields(self) -> Mapping[str, Pair]:
        """The receptive field of every node; nothing while some row cannot be run."""
        whole = self.elaboration is not None and not self.elaboration.faults
        return receptive_fields(self.elaboration.graph) if whole and self.elaboration else {}

    def row(self, name: str) -> RowResult | None:
        """The row or head of that printed name, where it can be run."""
        return next((row for row in self.rows if row.layer.name == name), None)


@dataclass(frozen=True, eq=False)
class RowResult:
    """A row or head, where it stands, and what it gives."""

    layer: Layer
    path: Path
    result: Expansion
    output: Shape

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every node of the row, and of what it is given."""
        return {node.name: node.shape for node in (self.result.source, *self.result.nodes)}

    @cached_property
    def cost(self) -> Cost:
        return cost(self.result.nodes, self.shapes)

    @property
    def depth(self) -> int:
        return depth(self.result.nodes)


def _seen(source: Source, likes: Sequence[Expander]) -> Seen:
    """What fixing needs to know of a text; nobody asks what would mend what is found."""
    try:
        document = parse(source)
    except Faults as faults:
        return Seen(source, 0, faults.diagnostics, ())
    try:
        found = verdict(read(document), likes).diagnostics
    except Faults as faults:
        return Seen(document, 1, (*faults.diagnostics, *document.warnings), ())
    return Seen(document, 2, (*found, *document.warnings), ())


def analysis(source: Source, before: Analysis | None = None) -> Analysis:
    """What is known of a text. `before` is of the file before an edit: rows that are the same are not run again."""
    try:
        document = parse(source)
    except Faults as faults:
        return Analysis(source, faults.diagnostics)
    try:
        spec = read(document)
    except Faults as faults:
        return Analysis(source, (*faults.diagnostics, *document.warnings), document)
    report = check(spec, before.expanders if before else ())
    return Analysis(source, (*report.diagnostics, *document.warnings), document, spec, report.expanders)
