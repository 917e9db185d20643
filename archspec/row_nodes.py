"""The nodes of one row while it is expanded, and for each which cells of the file set its channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from archspec import ops
from archspec.diagnostic import Diagnostic, Fault, Label, Path
from archspec.graph import Builder
from archspec.layer import Layer
from archspec.notation import LARGEST
from archspec.ops import AnyOp
from archspec.spec import Network

MOST_NODES = 5_000  # in one row; ResNet-1202 has about 4,000 in all
MOST_OF_ALL = 12_000  # in a network: half a second

ACTIVATIONS: Mapping[str, AnyOp] = {
    "relu": ops.Relu(),
    "relu6": ops.Relu6(),
    "sigmoid": ops.Sigmoid(),
    "tanh": ops.Tanh(),
}


class Part(NamedTuple):
    """Channels of a value and the cell that set them. `path` is empty where no cell of the file did."""

    channels: int
    path: Path
    caption: str


@dataclass
class RowNodes:
    """`row` is the layer being expanded; `depth` is what a weight layer counts: 0 inside a projection; `norm` is what
    `norm = "batch-norm"` stands for, once it was asked for; `sizing` has for a node the cell that set its grid."""

    network: Network
    row: Layer
    builder: Builder
    parts: dict[str, tuple[Part, ...]]
    depth: int = 1
    norm: ops.BatchNorm2d | None = None
    sizing: dict[str, Path] = field(default_factory=dict)

    def add(
        self,
        path: str,
        op: AnyOp,
        inputs: tuple[str, ...],
        *,
        parts: tuple[Part, ...] | None = None,
        weight_layers: int = 0,
        arguments: Mapping[str, str] | None = None,
        sizing: Path = (),
    ) -> str:
        """Add a node and say which cells set its channels and, where it changes that, its grid; by default those of its
        first input.

        Raises `ShapeError`, and `Fault` AS110 where the name is taken, AS105 where the row has too many.
        """
        if len(self.builder.added) == MOST_NODES:
            raise self.too_many()
        if path in self.builder:
            raise self._taken(path)
        node = self.builder.add(
            path, op, inputs, origin=self.row.place, weight_layers=weight_layers * self.depth, arguments=arguments
        )
        if max(node.shape) > LARGEST:
            raise self.fault("AS105", f"`{self.row.name}` gives sizes of more than 64 bits")
        self.parts[path] = self.parts[inputs[0]] if parts is None else parts
        before = self.sizing.get(inputs[0], ())
        changes = node.shape.grid != self.builder[inputs[0]].shape.grid
        self.sizing[path] = sizing if sizing and (changes or not before) else before
        return path

    def act(self, path: str, act: str, at: str) -> str:
        """Add an activation by its word; `none` adds nothing."""
        return at if act == "none" else self.add(path, ACTIVATIONS[act], (at,))

    def _taken(self, path: str) -> Fault:
        """Often the second name was written by nobody: that of a join or of a norm."""
        leaf = path.rpartition(".")[2]
        hidden = leaf in ("concat", "add", "scale") or leaf.endswith("_norm")
        own = f"`{leaf}` is the name of the {'norm of a layer' if leaf.endswith('_norm') else 'join'} here: "
        help_ = f"{own if hidden else ''}rename {'the layer' if hidden else 'one of them'}"
        fault = self.fault("AS110", f"two things are called `{path}`", help=help_).diagnostic
        type_ = self.row.cells["type"].value if "type" in self.row.cells else self.row.name
        return Fault(replace(fault, facts={"hidden": (leaf, str(type_))}) if hidden else fault)

    def too_many(self) -> Fault:
        message = f"`{self.row.name}` has more than {MOST_NODES} layers"
        fault = self.fault("AS105", message, help="repeat it less often").diagnostic
        return Fault(replace(fault, facts={"most": MOST_NODES}))

    def fault(self, code: str, message: str, place: Path = (), help: str = "") -> Fault:  # noqa: A002
        """A fault at a place of the row, or at the row itself."""
        return Fault(Diagnostic(code, message, (Label(place or self.row.place),), help=help, row=self.row.name))
