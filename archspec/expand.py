"""One row becomes nodes: operations are added, modules and blocks are run layer by layer.

A `Layer` of the trunk (or a head) and the node before it go in; an `Expansion` comes out. What is wrong stops the row
with a `Fault` that is blamed on a cell of it; the caller decides how to go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from archspec import notation, ops
from archspec.diagnostic import Diagnostic, Fault, Label, Path
from archspec.filling import filled, resolved
from archspec.graph import Builder, Node, Row, Scope
from archspec.instances import instances, step_names
from archspec.layer import Block, Layer
from archspec.limits import LONGEST, MAX_TRAIL
from archspec.modules import Module
from archspec.names import identifier, prefix_of
from archspec.notation import Cell, Lookup, reference
from archspec.operation import Operation
from archspec.ops import AnyOp, ShapeError
from archspec.resolve import Levels, Target, levels_of, module_lookup, row_lookup, target_of
from archspec.row_nodes import MOST_NODES, Part, RowNodes
from archspec.shape import Pair
from archspec.spec import Network
from archspec.steps import module_cycle
from archspec.vocabulary import CHOICES

MOST_PARTS = 64  # of a concatenation that a message would spell out


@dataclass(frozen=True, eq=False)
class Expansion:
    """What a row gives for one input.

    `output` is None where `faults` stopped it; `made` counts nodes also then, `run` layers, with those
    left out. `parts` says which cells set the output's channels, and `joined` that they are the branches of a
    concatenation.
    """

    layer: Layer
    source: Node
    output: Node | None
    nodes: tuple[Node, ...] = ()
    scopes: tuple[Scope, ...] = ()
    rows: tuple[Row, ...] = ()
    parts: tuple[Part, ...] = ()
    joined: bool = False
    faults: tuple[Diagnostic, ...] = ()
    made: int = 0
    run: int = 0


def expand(network: Network, layer: Layer, source: Node, *, head: bool = False) -> Expansion:
    """Run one row on the node before it. Never raises for what a file may contain."""
    lookup = row_lookup(network, layer)
    work = _Work(network, layer, Builder([source]), {source.name: (Part(source.shape.channels, (), "input"),)})
    rows: list[Row] = []
    at = source.name
    try:
        word = layer.cells["type"].value if "type" in layer.cells else ""
        prefix = prefix_of(str(word)) if word else "block"
        for name, one in instances(layer, lookup):
            first = len(work.builder.added)
            path = identifier(name, prefix)
            after = work.layer(one, path, at, Around(lookup))
            empty = one.block is not None and not one.block.steps  # which is a fault of its own
            if after is None and not empty and not work.left_out(one, lookup, ("type", "out", "multiplier")):
                raise work.nothing_left(path)
            nodes = tuple(node.name for node in work.builder.added[first:])
            weight = _loss_weight(layer) if head else None
            rows.append(Row(name, path, str(word), layer.name, at, after or at, nodes, weight))
            at = after or at
    except Fault as fault:
        placed = _placed(network, layer, fault.diagnostic)
        return Expansion(layer, source, None, faults=(placed,), made=len(work.builder.added), run=work.run)
    output = work.builder[at]
    return Expansion(
        layer,
        source,
        output,
        tuple(work.builder.added),
        tuple(work.builder.scopes),
        tuple(rows),
        work.parts[at],
        isinstance(output.op, ops.Concat),
        made=len(work.builder.added),
        run=work.run,
    )


def _placed(network: Network, layer: Layer, one: Diagnostic) -> Diagnostic:
    """What a library module or a built-in value is at fault of is blamed on the row; a missing cell of a table on the
    blank one."""
    if one.path == layer.place and one.facts.get("needs") and layer.place[:2] == ("table", "rows"):
        blank = [index for index, under in enumerate(network.columns) if set(under.keys) & set(one.facts["needs"])]
        if blank:
            return replace(one, labels=tuple(Label((*layer.place[:3], index)) for index in blank))
    return replace(one, labels=tuple(label if label.path else replace(label, path=layer.place) for label in one.labels))


def _loss_weight(layer: Layer) -> float:
    cell = layer.cells.get("loss-weight")
    if cell is None:
        raise Fault(
            Diagnostic(
                "AS108",
                f"the head `{layer.name}` needs a `loss-weight`",
                (Label(layer.place),),
                help="write loss-weight = 0.3, or 0 to leave it out of the loss",
                row=layer.name,
            )
        )
    return notation.number(cell, least=0)


class Around(NamedTuple):
    """Where a layer stands: how references in it are read, the module it is a step of, and the modules around that."""

    lookup: Lookup
    module: Module | None = None
    trail: tuple[str, ...] = ()


@dataclass
class _Work(RowNodes):
    """Runs the layers, modules and blocks of one row; `run` counts them, also those that add no node. `following`
    counts the columns that are being looked up, each for the sake of the one before."""

    run: int = 0
    following: int = 0

    # --- layers ---

    def layer(self, layer: Layer, path: str, at: str, around: Around) -> str | None:
        """Add a layer after the node `at`; the name of its last node, or None where it is left out.

        `path` is its parameter path.
        """
        step = path.partition(".")[2]
        self.run += 1
        if self.run > MOST_NODES:
            raise self.too_many()
        if path.count(".") > MAX_TRAIL:
            message = f"`{self.row.name}` has layers in layers, more than {MAX_TRAIL} deep"
            raise self.fault("AS105", message, help="use fewer modules in modules")
        if "type" not in layer.cells:
            if layer.block is None:
                raise Fault(
                    Diagnostic(
                        "AS108",
                        f"`{layer.name or self.row.name}` has neither a type nor layers",
                        (Label(layer.place),),
                        help="say what it is",
                        row=self.row.name,
                        facts={"needs": ["type"], "type": ""},
                    )
                )
            return self.block(layer.block, path, "", at, around)
        if self.left_out(layer, around.lookup, ("type",)):
            return None
        target = target_of(self.network, layer, around.lookup, around.module)
        if target.module is not None:
            return self._module(layer, target, path, at, around)
        levels = levels_of(self.network, layer, target, around.lookup, self.row.name, step)
        if self.left_out(layer, around.lookup, ("out", "multiplier")):
            return None
        return Operation(self, levels, path, at).add()

    def left_out(self, layer: Layer, lookup: Lookup, keys: Iterable[str]) -> bool:
        for key in keys:
            if key in layer.cells and reference(layer.cells[key].value) and resolved(layer.cells[key], lookup).absent:
                return True
        return False

    def _module(self, layer: Layer, target: Target, path: str, at: str, around: Around) -> str | None:
        module = target.module
        assert module is not None
        if module.name in around.trail:
            raise Fault(module_cycle(module.name, around.trail, layer))
        levels = levels_of(self.network, layer, target, around.lookup, self.row.name, path.partition(".")[2])
        missing = [key for key in module.columns if key not in module.optional and levels.get(key) is None]
        if missing:
            raise levels.missing(*missing)
        columns: dict[str, Callable[[], Cell]] = {}
        own = module_lookup(module, columns)
        for key in module.columns:
            columns[key] = self._column(levels, key, own)
        columns["output"] = lambda: resolved(
            Cell("$output", (), "output", self.row.name), row_lookup(self.network, self.row)
        )
        arguments = levels.through(*module.columns)
        inside = Around(own, module, (*around.trail, module.name))
        return self.block(module.block, path, module.name, at, inside, module.columns, arguments)

    def _column(self, levels: Levels, key: str, own: Lookup) -> Callable[[], Cell]:
        """The cell of a module's column, worked out once. An optional value may refer to another column; a stride may
        stand in the patch."""

        def column() -> Cell:
            self.following += 1
            if self.following > MAX_TRAIL:
                message = f"`{self.row.name}` has values that refer to values, more than {MAX_TRAIL} deep"
                raise self.fault("AS105", message, help=f"give `{key}`, or what it refers to, a value of its own")
            cell = found()
            self.following -= 1
            if isinstance(cell.value, str) and len(cell.value) > LONGEST:
                message = f"`{key}` is a text of {len(cell.value)} characters, at most {LONGEST} are read"
                raise self.fault("AS105", message, cell.path)
            return cell

        @cache
        def found() -> Cell:
            cell = levels.get(key) if key not in levels.cells[-1] or self._given(levels, key) else None
            if key == "stride" and cell is None and (patch := levels.get("patch")) is not None:
                cell = notation.stride_in(patch)
            return filled(levels.cells[-1][key], own) if cell is None else filled(cell, levels.lookup)

        return column

    def _given(self, levels: Levels, key: str) -> bool:
        return any(key in level and not level[key].blank for level in levels.cells[:-1])

    # --- blocks ---

    def block(
        self,
        block: Block,
        path: str,
        kind: str,
        at: str,
        around: Around,
        columns: tuple[str, ...] = (),
        arguments: Mapping[str, str] | None = None,
    ) -> str | None:
        """Run a block on the node `at`: branches joined or layers, `then`, scale, shortcut, act."""
        place = len(self.builder.scopes)
        if block.branches:
            end = self._branches(block, path, at, around)
        else:
            end = self._sequence(block.layers, path, at, around)
        if end is None:
            if block.then or "shortcut" in block.cells:
                raise self.nothing_left(path)
            return None
        if block.then:
            end = self._sequence(block.then, path, end, around) or end
        if "shortcut" in block.cells:
            end = self._shortcut(block, path, at, end, around)
        if "act" in block.cells:
            act = notation.word(resolved(block.cells["act"], around.lookup), CHOICES["act"])
            end = self.act(f"{path}.act", act, end)
        self.builder.scopes.insert(place, Scope(path, kind, at, end, columns, arguments or {}))
        return end

    def nothing_left(self, path: str) -> Fault:
        return self.fault("AS119", f"nothing is left of `{path}`", help="give at least one layer a width")

    def _sequence(self, layers: tuple[Layer, ...], path: str, at: str, around: Around) -> str | None:
        end = None
        for name, layer in zip(step_names(layers), layers, strict=True):
            prefix = prefix_of(str(layer.cells["type"].value)) if "type" in layer.cells else "block"
            if self.left_out(layer, around.lookup, ("repeat",)):
                continue
            named = layer if layer.name == name else replace(layer, name=name)
            for instance_name, one in instances(named, around.lookup):
                after = self.layer(one, f"{path}.{identifier(instance_name, prefix)}", end or at, around)
                end = after or end
        return end

    def _branches(self, block: Block, path: str, at: str, around: Around) -> str | None:
        ends: list[tuple[str, str]] = []
        for name, branch in zip(step_names(block.branches), block.branches, strict=True):
            after = self.layer(branch, f"{path}.{identifier(name, 'branch')}", at, around)
            if after is not None:
                ends.append((name, after))
        if not ends:
            raise self.fault(
                "AS119", f"no branch of `{self.row.name}` is left", self.row.place, "give at least one branch a width"
            )
        if len(ends) == 1:
            return ends[0][1]
        inputs = tuple(end for _, end in ends)
        join = "concat"  # where none is said, which is a fault of the block (AS102)
        if "join" in block.cells:
            join = notation.word(resolved(block.cells["join"], around.lookup), ("concat", "add"))
        op: AnyOp = ops.Concat() if join == "concat" else ops.Add()
        try:
            node = self.add(f"{path}.{'concat' if join == 'concat' else 'sum'}", op, inputs)
        except ShapeError as error:
            raise self._join_fault(error, ends) from None
        if join == "concat":
            parts = tuple(self._named(part, name) for name, end in ends for part in self.parts[end])
            few = len(parts) <= MOST_PARTS
            self.parts[node] = parts if few else (Part(self.builder[node].shape.channels, (), "all branches"),)
        return node

    def _named(self, part: Part, branch: str) -> Part:
        """A part that no cell of the row set is called by its branch."""
        if part.caption == "input":
            return Part(part.channels, part.path, "passed through")
        return part if part.path or part.caption == "passed through" else Part(part.channels, (), branch)

    def _shortcut(self, block: Block, path: str, at: str, end: str, around: Around) -> str:
        how = notation.word(resolved(block.cells["shortcut"], around.lookup), ("identity", "optional"))
        if "scale" in block.cells:
            cell = block.cells["scale"]
            arguments = {"factor": key} if (key := reference(cell.value)) else {}
            end = self.add(
                f"{path}.scale", ops.Scale(notation.number(resolved(cell, around.lookup))), (end,), arguments=arguments
            )
        short = at
        if self.builder[at].shape != self.builder[end].shape:
            if how == "optional":
                return end
            if block.projection is not None:
                self.depth, before = 0, self.depth
                short = self.layer(block.projection, f"{path}.projection", at, around) or at
                self.depth = before
        try:
            return self.add(f"{path}.add", ops.Add(), (end, short))
        except ShapeError as error:
            raise self._join_fault(error, [("residual", end), ("shortcut", short)]) from None

    def _sized(self, ends: list[tuple[str, str]], grids: Counter[Pair]) -> dict[Path, str]:
        """The cells that set the sizes of branches, and what is said of each; first those of a size that few have."""
        found: dict[Path, str] = {}
        for name, end in sorted(ends, key=lambda one: grids[self.builder[one[1]].shape.grid]):
            height, width = self.builder[end].shape.grid
            if path := self.sizing.get(end, ()):
                found[path] = f"{found[path]}, {name}" if path in found else f"{height}×{width}: {name}"
        return found

    def _join_fault(self, error: ShapeError, ends: list[tuple[str, str]]) -> Fault:
        """Values that cannot be joined or added: every part is shown, the cell that set the odd one is blamed."""
        shapes = [(name, self.builder[end].shape) for name, end in ends]
        listed = ", ".join(f"{shape.height}×{shape.width} ({name})" for name, shape in shapes)
        labels = []
        row = self.row.name
        grids = Counter(shape.grid for _, shape in shapes)
        sized = self._sized(ends, grids) if len(grids) > 1 else {}
        for name, end in ends:
            for part in self.parts[end]:
                if part.path and self.sizing.get(end) not in sized:
                    labels.append(Label(part.path, f"{part.channels}" if error.reason == "add" else name))
        labels = [Label(path, text) for path, text in sized.items()] + list(dict.fromkeys(labels))
        labels = labels or [Label(self.row.place)]
        if not any(label.path[:3] == self.row.place[:3] for label in labels):
            labels.append(Label(self.row.place, "in this row"))
        if len(grids) > 1:
            cells = (self.row.cells[key] for key in ("stride", "patch", "pad") if key in self.row.cells)
            asked = [Label(cell.path) for cell in cells if cell.path not in sized]
            return Fault(
                Diagnostic(
                    "AS203",
                    f"`{row}`: branches of different size cannot be joined: {listed}",
                    (*asked, *labels) if asked or sized else (Label(self.row.place), *labels),
                    help="give each branch the same stride and padding",
                    row=row,
                )
            )
        sums = " and ".join(f"{shape.channels} ({name})" for name, shape in shapes)
        wanted = shapes[-1][1].channels
        return Fault(
            Diagnostic(
                "AS303",
                f"`{row}`: cannot add {sums} channels",
                tuple(labels),
                help=f"the sum needs {wanted} channels on both sides",
                row=row,
                facts={"wanted": wanted, "shapes": [list(shape) for _, shape in shapes]},
            )
        )
