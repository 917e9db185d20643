"""Checkpoint files, read and written: names, shapes and tensors of a state_dict. Nothing in a file is executed.

A file that ends in `.safetensors` is read as that; its header needs neither torch nor safetensors. Any other is read by
torch with `weights_only`, which refuses a pickle that holds more than tensors.
"""

from __future__ import annotations

import json
import re
import stat
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archspec import whole_file

if TYPE_CHECKING:
    from torch import Tensor, nn

_MOST_TENSORS = 100_000  # a network has at most 20,000 layers
_LONGEST_HEADER = 32_000_000  # bytes: of JSON in safetensors, of the pickle in a zip of torch
_WRAPPERS = ("state_dict", "model_state_dict", "model")  # keys under which PyTorch's own examples keep the weights
# torch's name of each type of safetensors, and its bytes
_TYPES = {
    "F64": ("float64", 8), "F32": ("float32", 4), "F16": ("float16", 2), "BF16": ("bfloat16", 2),
    "I64": ("int64", 8), "I32": ("int32", 4), "I16": ("int16", 2), "I8": ("int8", 1), "BOOL": ("bool", 1),
    "U64": ("uint64", 8), "U32": ("uint32", 4), "U16": ("uint16", 2), "U8": ("uint8", 1), "C64": ("complex64", 8),
    "F8_E4M3": ("float8_e4m3fn", 1), "F8_E5M2": ("float8_e5m2", 1),
}  # fmt: skip


class Stored(NamedTuple):
    """A tensor of a checkpoint without its numbers: its shape, the type of its numbers (empty where only a shape is
    known), and what else it is where that is no plain tensor: `a sparse tensor`."""

    shape: tuple[int, ...]
    dtype: str = ""
    odd: str = ""


def tensors(path: str | Path) -> dict[str, Tensor]:
    """Every tensor of a file, on the CPU.

    Raises `ValueError` in one line for what is no checkpoint, is cut off or is refused, `OSError` for what cannot be
    opened, `ModuleNotFoundError` where torch is needed and is not installed.
    """
    file = Path(path)
    if file.suffix != ".safetensors":
        return _torch_load(file)
    header(file)  # says what is wrong with most
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(file))
    except SafetensorError as error:
        raise ValueError(f"{file}: no safetensors file: {' '.join(str(error).split())}") from None


def described(found: Mapping[str, Any]) -> dict[str, Stored]:
    """What tensors, or shapes, by name are. Raises `ValueError` for anything else."""
    if len(found) > _MOST_TENSORS:
        raise ValueError(f"{len(found):,} tensors: more than {_MOST_TENSORS:,}, the most that a checkpoint may have")
    if (strange := next((name for name in found if not isinstance(name, str)), None)) is not None:
        raise ValueError(f"{strange!r} is no name of a tensor: write names as text")
    return {name: _described(name, value) for name, value in found.items()}


def _described(name: str, value: Any) -> Stored:
    dtype = str(getattr(value, "dtype", "")).removeprefix("torch.")
    try:
        shape = tuple(map(int, getattr(value, "shape", value)))
    except (TypeError, ValueError):
        raise ValueError(f"`{name}` is no tensor: {_article(type(value).__name__)}") from None
    except RuntimeError:  # torch knows no shape of nested and of uninitialized tensors
        return Stored((), dtype, "without a shape")
    layout = str(getattr(value, "layout", "torch.strided")).removeprefix("torch.")
    return Stored(shape, dtype, "" if layout == "strided" else f"a tensor of layout {layout}")


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def unwrapped(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state_dict of a checkpoint, without what training scripts save beside it: an epoch, an optimizer."""
    return next((found[key] for key in _WRAPPERS if isinstance(found.get(key), Mapping)), found)


def _regular(file: Path) -> None:
    """Raises `ValueError` for a pipe or a device, which would be waited for, and `OSError` for what is not there."""
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise ValueError(f"{file}: no regular file, so no checkpoint: copy what it gives into a file")


def header(file: Path) -> dict[str, Stored]:
    """What the header of a safetensors file says: eight bytes of length, JSON, then the numbers without a gap.

    Needs neither torch nor safetensors. Raises `ValueError` and `OSError` as `tensors` does.
    """
    _regular(file)
    with file.open("rb") as opened:
        size = opened.seek(0, 2)
        opened.seek(0)
        length = int.from_bytes(opened.read(8), "little")
        if not 2 <= length <= size - 8:
            raise ValueError(f"{file}: no safetensors file, or one that was cut off in its header")
        if length > _LONGEST_HEADER:
            raise ValueError(f"{file}: no checkpoint of a network: its header is longer than {_LONGEST_HEADER:,} bytes")
        text = opened.read(length)
    try:
        entries = json.loads(text.decode("utf-8"))
        if not all(isinstance(value, str) for value in entries.pop("__metadata__", {}).values()):
            raise TypeError
        end = max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        _few(file, len(entries))
        if size == 8 + length + end:
            return _entries(file, entries)
    except (TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError, json.JSONDecodeError):
        raise ValueError(f"{file}: no safetensors file: its header is not readable") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file}: no safetensors file: its header is no UTF-8") from None
    raise ValueError(f"{file}: cut off: its header speaks of {8 + length + end} bytes, it has {size}")


def _entries(file: Path, entries: Mapping[str, Any]) -> dict[str, Stored]:
    """The tensors of a header, each where the one before ends. Raises `ValueError` where they are not, or are none."""
    found, at = {}, 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        shape, (start, end, *more) = tuple(entry["shape"]), entry["data_offsets"]
        if entry["dtype"] not in _TYPES:
            raise ValueError(f"{file}: `{name}` holds numbers of the type {entry['dtype']!r}, which is not known")
        dtype, bytes_each = _TYPES[entry["dtype"]]
        if any(type(number) is not int or number < 0 for number in (*shape, start, end)):
            raise ValueError(f"{file}: no safetensors file: the sizes of `{name}` are no whole numbers from 0 on")
        if more or start != at or end - start != prod(shape) * bytes_each:
            raise ValueError(f"{file}: no safetensors file: the place of `{name}` is not that of its numbers")
        found[name], at = Stored(shape, dtype), end
    return {name: found[name] for name in entries}


def _few(file: Path, count: int) -> None:
    if count > _MOST_TENSORS:
        raise ValueError(f"{file}: {count:,} tensors, more than {_MOST_TENSORS:,}: no checkpoint of a network")


def _torch_load(file: Path) -> dict[str, Tensor]:
    import pickle

    import torch

    _regular(file)
    with file.open("rb"):  # an OSError here is the user's; below, it would be about what the file holds
        pass
    _honest_zip(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about how the pickle was written
            found = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"{file}: {_refused(str(error))}; nothing of it was run") from None
    except Exception as error:  # bytes that are no pickle fail in any way
        raise ValueError(f"{file}: no checkpoint that torch can read, or one that was cut off") from error
    if isinstance(found, Mapping):
        found = unwrapped(found)
    if not isinstance(found, Mapping) or not found or not all(isinstance(one, torch.Tensor) for one in found.values()):
        raise ValueError(f"{file}: no state_dict: it holds {_held(found)}")
    _few(file, len(found))
    if (empty := next((name for name, one in found.items() if one.is_meta), None)) is not None:
        raise ValueError(f"{file}: `{empty}` was saved on the meta device, without numbers")
    return dict(found)


def _honest_zip(file: Path) -> None:
    """Raises `ValueError` for a zip that would be more in memory than it is on the disk: torch compresses nothing."""
    try:
        with zipfile.ZipFile(file) as opened:
            parts = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OverflowError):
        return  # torch says what it is
    if any(one.compress_type != zipfile.ZIP_STORED for one in parts):
        raise ValueError(f"{file}: refused: the zip is compressed, which torch's own never are")
    if sum(one.file_size for one in parts) > file.stat().st_size:
        raise ValueError(f"{file}: refused: the zip says that it holds more than it has")
    pickled = max((one.file_size for one in parts if one.filename.endswith(".pkl")), default=0)
    if pickled > _LONGEST_HEADER:
        raise ValueError(f"{file}: no checkpoint of a network: its pickle is longer than {_LONGEST_HEADER:,} bytes")


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
