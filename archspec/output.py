"""Files that are written whole or not at all: text, bytes and weights in; the file at its path out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archspec.api import Spec


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a temporary file in the same folder, then put it in place. Raises `OSError`."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        fill(temporary)
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """UTF-8, with the line ends of the text. Raises `OSError`."""
    write(path, lambda temporary: temporary.write_bytes(text.encode("utf-8")))


def write_weights(path: Path, spec: Spec, outputs: str, seed: int) -> None:
    """The initial weights of a spec as safetensors, drawn under a seed. Raises `ModuleNotFoundError` without torch."""
    import torch
    from safetensors.torch import save_file

    import archspec

    torch.manual_seed(seed)
    model = archspec.build(spec, outputs=outputs)
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    write(path, lambda temporary: save_file(tensors, temporary))
