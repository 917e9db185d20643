"""The `initialise` method of an emitted network: the ops' schemes in, a test and a statement for each out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from archspec import ops
from archspec.backends.python_text import Call, layout
from archspec.backends.torch_calls import init_statements
from archspec.graph import Graph
from archspec.initialisation import Init, parse_init

_TORCH = Init("torch")


def draws(graph: Graph) -> bool:
    """Whether any layer departs from torch's own initialisation, so that constructors should not draw numbers."""
    return any(scheme != _TORCH for _, _, scheme in _schemes(graph))


def initialise(graph: Graph) -> Iterator[str]:
    """The lines of the method."""
    schemes = _schemes(graph)
    usual: dict[str, Init] = {}
    for kind in dict.fromkeys(kind for _, kind, _ in schemes):
        usual[kind] = Counter(scheme for _, other, scheme in schemes if other == kind).most_common(1)[0][0]
    exceptions: dict[Init, list[str]] = {}
    for name, kind, scheme in schemes:
        if scheme != usual[kind]:
            exceptions.setdefault(scheme, []).append(name)
    by_scheme: dict[Init, list[str]] = {}
    for kind, scheme in usual.items():
        by_scheme.setdefault(scheme, []).append(kind)
    for kind in dict.fromkeys(_norm(node.flat) for node in graph.nodes if isinstance(node.op, ops.BatchNorm2d)):
        by_scheme.setdefault(_TORCH, []).append(kind)

    said = ", ".join(dict.fromkeys(_words(scheme) for _, _, scheme in schemes))
    yield "    def initialise(self) -> None:"
    yield f'        """Give every parameter its first value{f": {said}" if said else ""}."""'
    if by_scheme:
        yield f"        for {'name, module in self.named_modules' if exceptions else 'module in self.modules'}():"
    word = "if"
    for scheme, names in exceptions.items():
        quoted = [f'"{name}"' for name in names]  # identifiers and dots
        if len(quoted) == 1:
            yield f"            {word} name == {quoted[0]}:"
        else:
            yield from layout(f"{word} name in ", Call("{", tuple(("", name) for name in quoted), "}"), ":", indent=12)
        yield from (f"                {line}" for line in init_statements(scheme))
        word = "elif"
    for scheme, kinds in by_scheme.items():
        yield f"            {word} isinstance(module, {' | '.join(kinds)}):"
        yield from (f"                {line}" for line in init_statements(scheme))
        word = "elif"


def _schemes(graph: Graph) -> list[tuple[str, str, Init]]:
    """Every convolution and linear layer: its name, its class in torch, its scheme."""
    found = []
    for node in graph.nodes:
        if isinstance(node.op, ops.Conv2d | ops.Linear):
            found.append((node.name, f"nn.{type(node.op).__name__}", parse_init(node.op.init)))
    return found


def _norm(flat: bool) -> str:
    return "nn.BatchNorm1d" if flat else "nn.BatchNorm2d"


def _words(scheme: Init) -> str:
    return "torch's own" if scheme == _TORCH else f"{scheme.scheme} {scheme.std:g}" if scheme.std else scheme.scheme
