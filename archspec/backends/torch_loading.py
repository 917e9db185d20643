"""Numbers into a module: a module and tensors by the names of its parameters in; all of them are written, or none.

What would be lost on the way, and what numbers are none, is found before.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import torch
from torch import Tensor, nn


def odd(value: object, may_be_empty: bool) -> str:
    """Why the numbers of a tensor cannot be copied; nothing where they can. Their type is not looked at."""
    if not isinstance(value, Tensor):
        return f"no tensor of torch but {type(value).__name__}"
    if type(value) not in (Tensor, nn.Parameter, nn.Buffer):
        return f"no plain tensor but {type(value).__name__}"
    return "on the meta device, without numbers" if value.is_meta and not may_be_empty else ""


def too_large(value: Tensor, dtype: str) -> bool:
    """Whether a number of a tensor is finite, and is not in another type of torch."""
    into = getattr(torch, dtype)
    if value.is_meta or value.dtype == into or not value.is_floating_point():
        return False
    return bool((value.isfinite() & ~value.to(into).isfinite()).any())


def no_numbers(values: Mapping[str, Tensor]) -> dict[str, list[str]]:
    """The names of tensors that hold NaN, and of those that hold infinities."""
    floats = {name: value for name, value in values.items() if value.is_floating_point() and not value.is_meta}
    finite = {name for name, value in floats.items() if bool(value.isfinite().all())}
    odd = {name: value for name, value in floats.items() if name not in finite}
    return {
        "NaN": [name for name, value in odd.items() if bool(value.isnan().any())],
        "infinity": [name for name, value in odd.items() if bool(value.isinf().any())],
    }


def write(model: nn.Module, values: Mapping[str, Tensor]) -> None:
    """Give parameters and buffers of a module other numbers, in the types that they have; those on the meta device
    take the tensors themselves.

    Raises `ValueError` where one cannot be written, or two share memory and would need two values. The module is then
    as it was. What it was is kept on the CPU meanwhile.
    """
    own = model.state_dict(keep_vars=True)
    values = _apart(values, own)
    kept = {name: own[name].detach().to("cpu", copy=True) for name in values if not own[name].is_meta}
    name = ""
    try:
        with torch.no_grad():
            for name in kept:
                own[name].copy_(values[name])
        _put(model, _fresh(own, {name: value for name, value in values.items() if name not in kept}))
        now = model.state_dict()
        for name, value in values.items():
            if not value.is_meta and not torch.allclose(now[name], value.to(now[name]), rtol=0, atol=0, equal_nan=True):
                raise RuntimeError("it shares its memory with another, whose values are others")
    except BaseException as error:  # Ctrl-C too leaves the module as it was
        _put(model, own)
        with torch.no_grad():
            for at, value in kept.items():
                with suppress(RuntimeError):  # what cannot be written was not
                    own[at].copy_(value)
        if isinstance(error, RuntimeError):
            raise ValueError(f"`{name}` of the module cannot be written: {str(error).splitlines()[0]}") from error
        raise


def _apart(values: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The values, none of which changes while a parameter is written."""
    memory = set()
    for name in values:
        with suppress(RuntimeError, NotImplementedError):  # no plain memory
            memory.add(own[name].untyped_storage().data_ptr())
    memory.discard(0)  # of what has no numbers
    values = {name: value.detach() for name, value in values.items()}
    return {
        name: value.clone() if value.untyped_storage().data_ptr() in memory else value for name, value in values.items()
    }


def _fresh(own: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors to take the place of those on the meta device, by name. Each has memory that is no other's, and one that
    stands under two names does so again."""
    made: dict[int, Tensor] = {}
    memory: set[int] = set()
    for name, value in values.items():
        here = own[name]
        value = value.to(here.dtype)
        storage = value.untyped_storage()
        if not value.is_contiguous() or storage.nbytes() != value.nbytes or storage.data_ptr() in memory:
            value = value.clone(memory_format=torch.contiguous_format)
        memory.add(value.untyped_storage().data_ptr())
        is_parameter = isinstance(here, nn.Parameter)
        made.setdefault(id(here), nn.Parameter(value, here.requires_grad) if is_parameter else value)
    return {name: made[id(here)] for name, here in own.items() if id(here) in made}


def _put(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        parent, _, leaf = name.rpartition(".")
        setattr(model.get_submodule(parent), leaf, tensor)
