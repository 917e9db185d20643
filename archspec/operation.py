"""One operation of a layer becomes nodes: the op itself, what pads or flattens its input, its norm and its activation.

The layer's cells by precedence (`Levels`) and the node before go in; nodes are added to `RowNodes`, and the name of the
last one comes out. Raises `Fault` at the cell that is missing, unreadable, or does not fit the shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from archspec import notation, ops
from archspec.diagnostic import Diagnostic, Fault, Label, Path
from archspec.filling import filled, resolved
from archspec.graph import Node, Scope
from archspec.notation import Cell, references
from archspec.ops import AnyOp, ShapeError
from archspec.resolve import Levels, Window, default_levels, row_lookup
from archspec.row_nodes import Part, RowNodes
from archspec.shape import Padding, Pair, Rounding, same_padding


@dataclass
class Operation:
    """One operation with its norm and activation, added after the node `at`."""

    nodes: RowNodes
    levels: Levels
    path: str
    at: str

    def add(self) -> str:
        name = self.levels.target.name
        try:
            match name:
                case "conv" | "separable-conv" | "depthwise-conv":
                    return self._ordered(self._conv)
                case "max-pool" | "avg-pool":
                    return self._pool(name == "max-pool")
                case "linear":
                    flat = self._flatten()
                    self.at = flat
                    return self._act(self._norm(self._linear(flat)))
                case "batch-norm":
                    return self._put(self.path, _batch_norm(self.levels))
                case "lrn":
                    levels = self.levels
                    return self._put(
                        self.path,
                        ops.LocalResponseNorm(
                            levels.integer("size"), levels.number("alpha"), levels.number("beta"), levels.number("k")
                        ),
                    )
                case "dropout":
                    return self._put(self.path, ops.Dropout(notation.rate(self.levels.need("rate"))))
                case "identity":
                    return self.at
                case "softmax":
                    return self._put(self.path, ops.Softmax())
                case _:
                    return self.nodes.act(self.path, name, self.at)
        except ShapeError as error:
            raise self._shape_fault(error) from None

    def _put(self, path: str, op: AnyOp) -> str:
        return self.nodes.add(path, op, (self.at,))

    def _ordered(self, weight: Callable[[str], str]) -> str:
        """A convolution with its norm and activation in the order that `order` says."""
        match self.levels.word("order"):
            case "conv-norm-act":
                return self._act(self._norm(weight(self.at)))
            case "norm-act-conv":
                return weight(self._act(self._norm(self.at)))
            case _:
                return self._norm(self._act(weight(self.at)))

    def _norm(self, at: str) -> str:
        if self.levels.word("norm") == "none":
            return at
        if self.nodes.norm is None:
            levels = default_levels(self.nodes.network, "batch-norm", self.levels.row, self.levels.layer)
            self.nodes.norm = _batch_norm(levels)
        return self.nodes.add(f"{self.path}_norm", self.nodes.norm, (at,))

    def _act(self, at: str) -> str:
        return self.nodes.act(f"{self.path}_act", self.levels.word("act"), at)

    def _init(self) -> str:
        return notation.init(self.levels.need("init"))

    # --- convolution ---

    def _filters(self, source: Node) -> tuple[int, Part]:
        """How many filters: `out`, `multiplier` times the input, or in a row the channels of its `output` cell."""
        levels = self.levels
        step = levels.step or levels.row
        cell = levels.get("out")
        if levels.target.name == "conv" and (given := levels.either("out", "multiplier")):
            key, cell = given
            if key == "multiplier":
                filters = notation.integer(cell, "a multiplier") * source.shape.channels
                return filters, Part(filters, cell.path, cell.caption)
        if cell is None and not levels.step and "output" in levels.layer.cells:
            cell = resolved(Cell("$output", (), "output", levels.row), row_lookup(self.nodes.network, self.nodes.row))
        if cell is None:
            raise levels.missing("out")
        filters = notation.integer(cell, "a number of filters")
        return filters, Part(filters, cell.path, cell.caption if cell.path else step)

    def _conv(self, at: str) -> str:
        levels, nodes = self.levels, self.nodes
        source = nodes.builder[at]
        patch, stride, level, _ = window = levels.window()
        if patch.output:
            raise filled(level["patch"], levels.lookup).fault(
                "AS104", "a convolution has no `global` or `to` patch", 'write for example "3×3"'
            )
        dilation = notation.stride(levels.need("dilation"), levels.lookup)
        padding = self._padding(source, patch, stride, dilation, level)
        sizing = self._sizing(window)
        at = self._pad_node(at, padding, 0.0)
        symmetric = (padding.top, padding.left) if padding.symmetric else (0, 0)
        bias, init = levels.boolean("bias"), self._init()
        given = self._arguments()
        if levels.target.name == "conv":
            filters, part = self._filters(source)
            op = ops.Conv2d(filters, patch.kernel, stride, symmetric, dilation, levels.integer("groups"), bias, init)
            return nodes.add(self.path, op, (at,), parts=(part,), weight_layers=1, arguments=given, sizing=sizing)
        channels = source.shape.channels * notation.integer(levels.need("multiplier"), "a multiplier")
        depthwise = ops.Conv2d(channels, patch.kernel, stride, symmetric, dilation, source.shape.channels, bias, init)
        if levels.target.name == "depthwise-conv":
            times = levels.need("multiplier")
            part = Part(channels, times.path, times.caption)
            given.pop("out_channels", None)
            return nodes.add(
                self.path, depthwise, (at,), parts=(part,), weight_layers=1, arguments=given, sizing=sizing
            )
        filters, part = self._filters(source)
        place = len(nodes.builder.scopes)
        pointwise = ops.Conv2d(filters, (1, 1), bias=bias, init=init)
        out = {key: given.pop(key) for key in ("out_channels",) if key in given}
        middle = nodes.add(
            f"{self.path}.depthwise", replace(depthwise, bias=False), (at,), arguments=given, sizing=sizing
        )
        end = nodes.add(f"{self.path}.pointwise", pointwise, (middle,), parts=(part,), weight_layers=1, arguments=out)
        nodes.builder.scopes.insert(place, Scope(self.path, "", at, end))
        return end

    def _arguments(self) -> dict[str, str]:
        """Which fields of the op a reference in the layer's own cells gave, and what it named."""
        fields = {"out": "out_channels", "groups": "groups", "stride": "stride", "dilation": "dilation"}
        found = {fields[key]: name for key, name in self.levels.through(*fields).items()}
        if cell := self.levels.layer.cells.get("patch"):
            size, _, stride = str(cell.value).partition("/")
            for field_, text in (("kernel_size", size), ("stride", stride)):
                if names := references(text):
                    found[field_] = names[0]
        return found

    def _padding(
        self, source: Node, patch: notation.Patch, stride: Pair, dilation: Pair, level: Mapping[str, Cell]
    ) -> Padding:
        """The padding in numbers. A V patch is unpadded and hides the padding of weaker levels only."""
        levels = self.levels
        if patch.valid:
            if "pad" in level:
                raise level["pad"].fault("AS112", "the patch says V, unpadded, and a padding is given", "keep one")
            stronger = takewhile(lambda one: one is not level, levels.cells)
            if not any("pad" in one and not one["pad"].blank for one in stronger):
                return Padding()
        cell = levels.need("pad")
        padding = notation.pad(cell)
        if isinstance(padding, Padding):
            return padding
        if padding == "tf-same":
            sides = [
                same_padding(n, k, s, d)
                for n, k, s, d in zip(source.shape.grid, patch.kernel, stride, dilation, strict=True)
            ]
            return Padding(*sides[0], *sides[1])
        if not all(kernel % 2 for kernel in patch.kernel):
            window = filled(levels.need("patch"), levels.lookup)
            even = window.fault(
                "AS204",
                f"`same` needs odd kernels, this one is {patch.kernel[0]}×{patch.kernel[1]}",
                'say the padding in numbers, or "tf-same"',
                window.path or cell.path,
            )
            raise Fault(replace(even.diagnostic, row=levels.row))
        vertical, horizontal = (d * (k - 1) // 2 for k, d in zip(patch.kernel, dilation, strict=True))
        return Padding(vertical, vertical, horizontal, horizontal)

    def _sizing(self, window: Window) -> Path:
        """The cell that decides how large the output is: that of the stride or, where that is 1, of the padding."""
        levels = self.levels
        pad = levels.get("pad") if window.stride == (1, 1) and not window.patch.valid else None
        if window.patch.output or pad is None or not pad.path or pad.path[:1] == ("defaults",):
            cell = window.strides
            names = references(str(cell.value).rpartition("/")[2])  # of `3x3/$stride`, what gives the stride
            return (levels.lookup(names[0], cell) if names else cell).path
        return pad.path

    def _pad_node(self, at: str, padding: Padding, value: float) -> str:
        return at if padding.symmetric else self.nodes.add(f"{self.path}_pad", ops.Pad2d(padding, value), (at,))

    # --- pooling ---

    def _pool(self, largest: bool) -> str:
        levels, nodes = self.levels, self.nodes
        source = nodes.builder[self.at]
        patch, stride, level, _ = window = levels.window()
        given = {key: name for key, name in self._arguments().items() if key in ("kernel_size", "stride")}
        if patch.output:
            self._check_unread(level)
            adaptive: AnyOp = ops.AdaptiveMaxPool2d(patch.output) if largest else ops.AdaptiveAvgPool2d(patch.output)
            return nodes.add(self.path, adaptive, (self.at,), sizing=self._sizing(window))
        padding = self._padding(source, patch, stride, (1, 1), level)
        rounding: Rounding = "ceil" if levels.word("rounding") == "ceil" else "floor"
        count = False
        if not largest and any(padding):
            if levels.get("count-pad") is None:
                raise self._wants_count_pad()
            count = levels.boolean("count-pad")
        at = self.at
        before = padding.top, padding.left
        if not padding.symmetric:
            ceil = ops.MaxPool2d(patch.kernel, stride, before, "ceil").infer((source.shape,))
            exact = ops.Pad2d(padding).infer((source.shape,))
            wanted = ops.MaxPool2d(patch.kernel, stride).infer((exact,))
            if ceil == wanted and not count:
                rounding = "ceil"  # the same windows: torch leaves out what lies beyond the map
            elif largest or count:
                at = self._pad_node(at, padding, float("-inf") if largest else 0.0)
                before, rounding, count = (0, 0), "floor", False
            else:
                raise levels.need("pad").fault(
                    "AS204",
                    "an average pool cannot leave this padding out of its count",
                    "say count-pad = true, or pad both sides alike",
                )
        pool: AnyOp = ops.MaxPool2d(patch.kernel, stride, before, rounding)
        if not largest:
            pool = ops.AvgPool2d(patch.kernel, stride, before, rounding, count)
        return nodes.add(self.path, pool, (at,), arguments=given, sizing=self._sizing(window))

    def _check_unread(self, patch: Mapping[str, Cell]) -> None:
        """Raises `Fault` AS107 for what is said, beside the patch or nearer to the layer, of windows that a pool to a
        size does not have. Where the patch is a reference, other rows have windows."""
        if references(patch["patch"].value):
            return
        for level in self.levels.cells[: self.levels.cells.index(patch) + 1]:
            for key in ("stride", "pad", "rounding", "count-pad"):
                if key in level and not level[key].blank:
                    text = patch["patch"].value
                    raise level[key].fault("AS107", f"a pool with the patch `{text}` does not read it", "take it out")

    def _wants_count_pad(self) -> Fault:
        """AS108, with a label at the padding that asks for it."""
        one, place = self.levels.missing("count-pad").diagnostic, self.levels.need("pad").path
        return Fault(replace(one, labels=(*one.labels, Label(place, "pads")))) if place else Fault(one)

    # --- linear ---

    def _flatten(self) -> str:
        return self.at if self.nodes.builder[self.at].flat else self._put(f"{self.path}_flatten", ops.Flatten())

    def _linear(self, at: str) -> str:
        filters, part = self._filters(self.nodes.builder[at])
        op = ops.Linear(filters, self.levels.boolean("bias"), self._init())
        given = self.levels.through("out")
        arguments = {"out_features": given["out"]} if given else {}
        if not given and not self.levels.step and (cell := self.levels.get("out")) is not None and cell.through:
            arguments = {"out_features": cell.through}
        return self.nodes.add(self.path, op, (at,), parts=(part,), weight_layers=1, arguments=arguments)

    # --- faults ---

    def _shape_fault(self, error: ShapeError) -> Fault:
        """A shape that does not fit, blamed on the row's cell that asked for it, else on the row."""
        levels = self.levels
        code, key = {
            "kernel": ("AS202", "patch"),
            "padding": ("AS204", "pad"),
            "groups": ("AS304", "groups"),
            "flat": ("AS205", "type"),
        }.get(error.reason, ("AS202", "patch"))
        cell = next((level[key] for level in levels.cells if key in level), None)
        cell = resolved(cell, levels.lookup) if cell is not None else None
        place = cell.path if cell is not None and cell.path else self.nodes.row.place
        where = f"`{levels.row}`, `{levels.step}`" if levels.step else f"`{levels.row}`"
        labels = [Label(place)]
        if error.reason == "groups":
            labels += [Label(part.path, str(part.channels)) for part in self.nodes.parts[self.at] if part.path]
            if (out := levels.get("out")) is not None and out.path:
                labels.append(Label(out.path, f"{out.value}"))
        help_ = {
            "groups": "the number of groups divides both the input and the output channels",
            "padding": "a pool is padded by at most half of its window",
            "flat": "put it before the linear layer",
        }.get(error.reason, "")
        return Fault(Diagnostic(code, f"{where}: {error.message}", tuple(labels), help=help_, row=levels.row))


def _batch_norm(levels: Levels) -> ops.BatchNorm2d:
    return ops.BatchNorm2d(
        notation.number(levels.need("eps"), least=0),
        notation.rate(levels.need("decay")),
        levels.boolean("scale"),
        levels.boolean("shift"),
    )
