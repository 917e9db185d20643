"""The public API: load a spec, choose of it, check it, tabulate it, build it.

>>> import archspec
>>> spec = archspec.load("bn_inception")
>>> spec.check().ok
True
>>> [d.row for d in spec.as_printed().check().diagnostics if d.code == "AS301"]
['4c', '4d']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec import bundled, check, edit, spec, table, weights
from archspec.diagnostic import Diagnostic
from archspec.document import Document, parse, read_source
from archspec.elaborate import Elaboration, elaborate
from archspec.extras import needs_torch
from archspec.graph import Graph
from archspec.source import Source
from archspec.table import Table

if TYPE_CHECKING:
    from torch import nn

    from archspec.diff.difference import Difference

Report = check.Report
load_weights = weights.load_weights


@dataclass(frozen=True)
class Spec(spec.Spec):
    """A spec file and what was chosen of it. Frozen and hashable; every choice gives a new one.

    >>> bn = load("bn_inception")
    >>> bn.readings, bn.reading("outputs").readings
    (('columns',), ('outputs',))
    >>> bn.variant("cadene").variants
    ('dense', 'cadene')
    >>> bn.with_params(classes=10).with_input("192x192") == bn
    False
    """

    __hash__ = spec.Spec.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as text and choice: what was worked out of them is worked out again."""
        return _again, (self.document.source.name, self.document.source.text, self.choice)

    @cached_property
    def _elaboration(self) -> Elaboration:
        return elaborate(self)

    def check(self) -> Report:
        """Everything that is wrong, never raising for what a file may contain.

        >>> report = load("bn_inception").as_printed().check()
        >>> report.ok, len(report.diagnostics)
        (False, 5)
        >>> report.diagnostics[0].message
        '`conv2` prints depth 1, its longest path has 2 weight layers'
        """
        made: Elaboration | None = vars(self).get("_elaboration")  # what it ran is not run again
        return check.check(self, (made.expander,) if made else ())

    def faults(self) -> tuple[Diagnostic, ...]:
        """What stands in the way of a graph; claims of the paper that do not hold are no faults."""
        return self._elaboration.faults

    def graph(self) -> Graph:
        """The network as data. Raises `Faults` while the spec has any, `ValueError` where a reading must be chosen.

        >>> graph = load("googlenet").graph()
        >>> print(graph["inception_3a.concat"].shape)
        28×28×256
        >>> [head.name for head in graph.heads]
        ['aux1', 'aux2']
        """
        require_reading(self)
        return self._elaboration.graph

    def table(self) -> Table:
        """The paper's table with what was derived beside it.

        >>> total = load("resnet18").table().total
        >>> total.params, total.depth
        (11689512, 18)
        """
        return table.table(self)

    def diff(self, other: spec.Spec | nn.Module) -> Difference:
        """What changes from this spec to another or, in counts and shapes of parameters, to a torch module.

        Raises `Faults` beside a module while the spec has any.

        >>> resnet = load("resnet50")
        >>> print(resnet.diff(resnet.variant("v1.5")).everywhere[0].changes[0].values)
        ('bottleneck-v1', 'bottleneck')
        >>> resnet.diff(build(resnet, device="meta")).equal
        True
        """
        from archspec.diff import compare  # here: only this needs it
        from archspec.diff.module import compare_module

        return compare(self, other) if isinstance(other, spec.Spec) else compare_module(self, other)

    def edit(self, edits: Mapping[str, Any]) -> Spec:
        """The same spec with other values in some cells: `{"4c.proj": 96}`. Comments and alignment of the file survive.

        Raises `ValueError` for an unknown row, or a column the row does not have, and `Faults` where the text no longer
        is a spec.

        >>> load("bn_inception").reading("columns").edit({"5a.#1×1": 320}).check().diagnostics[0].message
        '`5a` prints 1024 channels, its branches give 992'
        """
        return replace(self, document=parse(Source(self.document.source.name, edit.edited(self, edits))))

    def to_toml(self) -> str:
        """The spec as TOML: the file's own text or, where something was chosen, a file with the choice written in.

        >>> print(load("resnet18").with_params(classes=10).to_toml().splitlines()[6])
        classes = 10
        """
        return edit.to_toml(self)


def require_reading(one: spec.Spec) -> None:
    """Raise `ValueError` where a file has several readings and nobody chose one: a build would have to guess."""
    if one.needs_reading:
        listed = ", ".join(one.file.readings)
        raise ValueError(f"{one.name} has several readings and none is chosen; choose one of: {listed}")


def load(name: str | Path) -> Spec:
    """A spec from a path or the name of a bundled one. Raises `OSError`, `LookupError`, or `Faults` for a broken file.

    >>> load("googlenet").name
    'GoogLeNet'
    >>> load("googlenett")
    Traceback (most recent call last):
    LookupError: no file and no bundled spec is called `googlenett`; did you mean `googlenet`?
    """
    path = Path(name)
    if not path.is_file() and path.suffix != ".toml" and len(path.parts) == 1:
        path = bundled.path_of(str(name))
    return from_document(parse(read_source(path)))


def from_document(document: Document) -> Spec:
    one = Spec(document)
    _ = one.file
    return one


def _again(name: str, text: str, choice: spec.Choice) -> Spec:
    return Spec(parse(Source(name, text)), choice)


def build(
    one: Spec | str,
    *,
    outputs: str = "main",
    features: Sequence[str] = (),
    init: Any = True,
    device: Any = None,
    dtype: Any = None,
) -> nn.Module:
    """The torch module of a spec.

    `outputs` is `"main"` (logits; the heads' parameters do not exist), `"all"` (a NamedTuple of logits and heads) or
    `"probabilities"`. `features` names rows whose values are returned too. `init="none"` leaves weights to be loaded.
    `device` and `dtype` are torch's. Images are batch × channels × height × width. Raises `Faults`, `ValueError` for an
    unknown word or row, `TypeError` for `features` that are one text, and `ImportError` where torch is not installed.

    >>> import torch
    >>> model = build("googlenet", outputs="all", features=("4a",))
    >>> out = model.eval()(torch.zeros(1, 3, 224, 224))
    >>> {name: tuple(value.shape) for name, value in out._asdict().items()}
    {'main': (1, 1000), 'aux1': (1, 1000), 'aux2': (1, 1000), 'inception_4a': (1, 512, 14, 14)}

    Beside its layers it has `spec`, and `preprocess`: what the checkpoints of the spec as it is chosen expect of images
    (None where it has none). Nothing applies it.
    """
    if isinstance(features, str):
        raise TypeError(f"`features` is a tuple of rows, ({features!r},), not a text")
    with needs_torch():
        from archspec.backends.torch_module import to_module

    chosen = load(one) if isinstance(one, str) else one
    model = to_module(chosen.graph(), outputs=outputs, features=features, init=init, device=device, dtype=dtype)
    return weights.described(model, chosen)
