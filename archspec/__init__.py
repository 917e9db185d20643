"""Archspec: a paper's table of a convolutional network as a program.

What `__all__` names is imported when first used, so that `import archspec` costs nothing and nobody who only validates
waits for torch.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; `typing` is not imported, so that a command starts sooner

if TYPE_CHECKING:
    from typing import Any

    from archspec.api import Report, Spec, build, load, load_weights

__all__ = ["Report", "Spec", "build", "load", "load_weights"]
__version__ = "0.1.0"
DISTRIBUTION = "archspec-nn"  # the name on a package index; `archspec` there is another project


if not TYPE_CHECKING:  # a type checker would take any name

    def __getattr__(name: str) -> Any:
        if name in __all__:
            from archspec import api

            return getattr(api, name)
        raise AttributeError(f"module 'archspec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
