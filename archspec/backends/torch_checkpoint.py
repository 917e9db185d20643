"""Checkpoint files, read and written: names, shapes and tensors of a state_dict. Nothing in a file is executed.

A file that ends in `.safetensors` is read as that; its shapes need neither torch nor safetensors. Any other is read by
torch with `weights_only`, which refuses a pickle that holds more than tensors.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec import whole_file

if TYPE_CHECKING:
    from torch import Tensor, nn

_LONGEST_HEADER = 100_000_000  # the limit of safetensors itself
_WRAPPERS = ("state_dict", "model_state_dict", "model")  # keys under which PyTorch's own examples keep the weights


def shapes(path: str | Path) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of a file; no tensor is read.

    Raises `ValueError` in one line for what is no checkpoint, is cut off or is refused, `OSError` for what cannot be
    opened, `ModuleNotFoundError` where torch is needed and is not installed.
    """
    file = Path(path)
    if file.suffix == ".safetensors":
        return _header(file)
    return {name: tuple(tensor.shape) for name, tensor in _torch_load(file, "meta").items()}


def tensors(path: str | Path) -> dict[str, Tensor]:
    """Every tensor of a file, on the CPU. Raises as `shapes` does."""
    file = Path(path)
    if file.suffix != ".safetensors":
        return _torch_load(file, "cpu")
    _header(file)  # says what is wrong with most
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(file))
    except SafetensorError as error:
        raise ValueError(f"{file}: no safetensors file: {' '.join(str(error).split())}") from None


def unwrapped(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state_dict of a checkpoint, without what training scripts save beside it: an epoch, an optimizer."""
    return next((found[key] for key in _WRAPPERS if isinstance(found.get(key), Mapping)), found)


def _header(file: Path) -> dict[str, tuple[int, ...]]:
    """The shapes in the header of a safetensors file: eight bytes of length, JSON, then the numbers without a gap."""
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        opened.seek(0)
        length = int.from_bytes(opened.read(8), "little")
        if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
            raise ValueError(f"{file}: no safetensors file, or one that was cut off in its header")
        text = opened.read(length)
    try:
        entries = json.loads(text)
        entries.pop("__metadata__", None)
        found = {str(name): tuple(map(int, entry["shape"])) for name, entry in entries.items()}
        end = max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError):
        raise ValueError(f"{file}: no safetensors file: its header is not readable") from None
    if size != 8 + length + end:
        raise ValueError(f"{file}: cut off: its header speaks of {8 + length + end} bytes, it has {size}")
    return found


def _torch_load(file: Path, device: str) -> dict[str, Tensor]:
    import pickle

    import torch

    with file.open("rb"):  # an OSError here is the user's; below, it would be about what the file holds
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about how the pickle was written
            found = torch.load(file, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"{file}: {_refused(str(error))}; nothing of it was run") from None
    except Exception as error:  # bytes that are no pickle fail in any way
        raise ValueError(f"{file}: no checkpoint that torch can read, or one that was cut off") from error
    if isinstance(found, Mapping):
        found = unwrapped(found)
    if not isinstance(found, Mapping) or not found or not all(isinstance(one, torch.Tensor) for one in found.values()):
        raise ValueError(f"{file}: no state_dict: it holds {_held(found)}")
    return {str(name): tensor for name, tensor in found.items()}


def _refused(message: str) -> str:
    called = re.search(r"GLOBAL ([\w.]+)", message)
    return f"refused: the pickle holds `{called[1]}`" if called else "no pickle that holds tensors alone"


def _held(found: Any) -> str:
    if not isinstance(found, Mapping):
        return f"a {type(found).__name__}"
    others = [str(key) for key, value in found.items() if not hasattr(value, "shape")]
    return f"{', '.join(map(repr, others[:3]))}, not only tensors" if others else "nothing"


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers of torch from a seed, and afterwards as they would have been."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def save(model: nn.Module, path: Path) -> None:
    """Write a state_dict as safetensors, whole or not at all. Raises `OSError`."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    try:
        whole_file.fill(path, lambda temporary: save_file(tensors, temporary))
    except SafetensorError as error:  # a full disk
        raise OSError(f"cannot be written: {error}") from None
