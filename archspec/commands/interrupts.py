"""Ctrl-C, remembered: where it meets the making of a class or a model, other exceptions take its place."""

from __future__ import annotations

from types import FrameType
from typing import NoReturn

_came: list[int] = []


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """What handles the signal."""
    _came.append(number)
    raise KeyboardInterrupt


def is_behind(error: BaseException | None) -> bool:
    """Whether an exception comes of Ctrl-C."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None or bool(_came)
