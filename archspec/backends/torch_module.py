"""A torch module: a `Graph` in, an `nn.Module` out, made by running the text that `to_source` writes.

The source and the module cannot disagree, and tracebacks show the generated lines. A pickled or `torch.save`d module
carries its source, so that it loads in a process that has never seen the graph.
"""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal, cast

import torch
from torch import nn

from archspec.backends.torch_source import to_source
from archspec.graph import Graph


def to_module(
    graph: Graph,
    *,
    outputs: str = "main",
    features: Sequence[str] = (),
    init: Literal[True, "none"] = True,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> nn.Module:
    """The network as a torch module in training mode; `outputs` and `features` are those of `to_source`.

    Parameters are drawn as the ops say, once, on `device`, from torch's default generator: under one seed they are
    those of the emitted class. With `init="none"` only normalization is set up: convolutions and linear layers hold
    whatever the memory held, and must be loaded. On the meta device nothing is drawn. The text is the module's
    `source`. Raises `ValueError` as `to_source` does.
    """
    if init not in (True, "none"):
        raise ValueError(f"init is True or 'none', not {init!r}")
    network = list(_classes(to_source(graph, outputs=outputs, features=features)).values())[-1]
    with torch.device("meta"):
        model: Any = network()
    model.to(dtype or torch.get_default_dtype())
    target = torch.get_default_device() if device is None else torch.device(device)
    if target.type == "meta":
        return cast(nn.Module, model)
    model.to_empty(device=target)
    if init == "none":
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                module.reset_parameters()
    else:
        model.initialise()
    return cast(nn.Module, model)


@lru_cache(maxsize=256)
def _classes(source: str) -> dict[str, Any]:
    """The classes that a source defines, the network last. Each knows how to be pickled."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    module, filename = f"archspec_generated_{digest}", f"<archspec {digest}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": module}
    exec(compile(source, filename, "exec"), namespace)  # our own text: see `to_source`
    classes = {name: v for name, v in namespace.items() if isinstance(v, type) and v.__module__ == module}
    for name, made in classes.items():
        made.__reduce__ = _reduce_with(source, name)  # type: ignore[assignment, method-assign]
    network: Any = list(classes.values())[-1]
    network.source = source
    return classes


def _reduce_with(source: str, name: str) -> Callable[[Any], tuple[Any, ...]]:
    def reduce(self: Any) -> tuple[Any, ...]:
        return (
            (_restore, (source, name, *self)) if isinstance(self, tuple) else (_restore, (source, name), self.__dict__)
        )

    return reduce


def _restore(source: str, name: str, *values: Any) -> Any:
    """An instance of a class of a source, before pickle sets its state: a module, or outputs with their values."""
    made = _classes(source)[name]
    return made.__new__(made, *values)
