"""AS201 output-size: the height and width that a row prints against those its windows give."""

from __future__ import annotations

from collections.abc import Iterator

from archspec import ops
from archspec.checks.checked_row import CheckedRow
from archspec.diagnostic import Diagnostic, Label


def output_size(row: CheckedRow) -> Iterator[Diagnostic]:
    claim = row.claim("grid")
    if claim is None:
        return
    cells = row.result.layer.cells
    labels = [Label(cells[key].path, "") for key in ("patch", "stride", "pad") if key in cells and cells[key].path]
    source = row.result.source.shape
    notes = [_arithmetic(row)] if _arithmetic(row) else []
    if claim.printed == f"{source.height}×{source.width}":
        notes.append(f"{claim.printed} is the size of its input")
    yield Diagnostic(
        "AS201",
        f"`{row.name}` prints {claim.printed}, its cells give {claim.gives}",
        (Label(claim.path, f"prints {claim.printed}"), *labels),
        notes=tuple(notes),
        row=row.name,
        facts={"printed": claim.printed, "gives": claim.gives, "input": list(source.grid)},
    )


def _arithmetic(row: CheckedRow) -> str:
    """The window arithmetic of a row that is a single operation; the strides of a larger one."""
    shapes = {row.result.source.name: row.result.source.shape} | {node.name: node.shape for node in row.result.nodes}
    windows = [node for node in row.result.nodes if isinstance(node.op, ops.Conv2d | ops.MaxPool2d | ops.AvgPool2d)]
    if len(windows) != 1:
        strided = [node for node in windows if node.op.stride != (1, 1)]  # type: ignore[union-attr]
        if strided and all(node.op.stride == (2, 2) for node in strided):  # type: ignore[union-attr]
            before, after = row.result.source.shape, row.result.nodes[-1].shape
            return f"stride 2 halves {before.height}×{before.width} to {after.height}×{after.width}"
        return ""
    (node,) = windows
    op = node.op
    assert isinstance(op, ops.Conv2d | ops.MaxPool2d | ops.AvgPool2d)
    height = shapes[node.inputs[0]].height
    pad = op.padding[0]
    rounding = "ceil" if isinstance(op, ops.MaxPool2d | ops.AvgPool2d) and op.rounding == "ceil" else "floor"
    padded = f"{height} + 2·{pad}" if pad else f"{height}"
    return f"{rounding}(({padded} - {op.kernel_size[0]}) / {op.stride[0]}) + 1 = {node.shape.height}"
