"""Packages that only some work needs: what is missing is said with the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

EXTRAS = {"torch": ("torch", "safetensors"), "lsp": ("pygls", "lsprotocol")}


class NotInstalled(ModuleNotFoundError):
    """A package of an extra is not installed; the message says how to install it."""


def install(extra: str) -> str:
    """The command that installs an extra: no index has the distribution yet."""
    return f"pip install '.[{extra}]' in a checkout of Archspec"


@contextmanager
def needs_torch() -> Iterator[None]:
    """Raise `NotInstalled` where what runs inside finds torch or safetensors missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS["torch"]:
            raise
        raise NotInstalled(f"{package} is not installed: {install('torch')}", name=error.name) from None
