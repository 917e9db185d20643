"""AS501 depth: the printed number of layers against the longest path of the row in weight layers."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.checks.checked_row import CheckedRow
from archspec.diagnostic import Diagnostic, Label


def depth(row: CheckedRow) -> Iterator[Diagnostic]:
    claim = row.claim("depth")
    if claim is None:
        return
    longest: dict[str, tuple[str, ...]] = {}
    for node in row.result.nodes:
        before = max((longest.get(name, ()) for name in node.inputs), key=len, default=())
        longest[node.name] = (*before, node.name.rpartition(".")[2]) if node.weight_layers else before
    path = max(longest.values(), key=len, default=())
    yield Diagnostic(
        "AS501",
        f"`{row.name}` prints depth {claim.printed}, its longest path has {claim.gives} weight layers",
        (Label(claim.path, f"prints {claim.printed}"),),
        notes=(f"the path is {' › '.join(path)}",) if path else ("the row has no weight layer",),
        row=row.name,
        facts={"printed": int(claim.printed), "gives": int(claim.gives), "path": list(path)},
    )
