"""How weights are drawn: the text of an `init` cell in, a frozen `Init` out. No torch.

Biases start at zero, except under `torch`, which keeps what torch itself does for the layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from archspec.diagnostic import did_you_mean

# Every scheme, and whether a standard deviation follows it.
SCHEMES: dict[str, bool] = {
    "torch": False,  # the layer's own default
    "he-normal": False,  # He et al. 2015, fan in, gain of ReLU
    "he-uniform": False,
    "he-normal-fan-out": False,  # as the ResNet authors released it
    "xavier-normal": False,  # Glorot & Bengio 2010
    "xavier-uniform": False,
    "normal": True,
    "truncated-normal": True,  # cut at two standard deviations, as TensorFlow does
}


@dataclass(frozen=True)
class Init:
    """A scheme and its standard deviation; `std` is 0 where the layer's size gives it."""

    scheme: str
    std: float = 0.0


def parse_init(text: str) -> Init:
    """Read `he-normal` or `normal 0.01`. Raises `ValueError` whose message says what is wanted."""
    scheme, _, rest = text.strip().partition(" ")
    if scheme not in SCHEMES:
        raise ValueError(f"no initialisation is called `{scheme}`; {did_you_mean(scheme, SCHEMES, choices())}")
    if not SCHEMES[scheme]:
        if rest:
            raise ValueError(f"`{scheme}` takes no number; its spread follows from the size of the layer")
        return Init(scheme)
    try:
        std = float(rest)
    except ValueError:
        std = math.nan
    if not (math.isfinite(std) and std > 0):
        raise ValueError(f"`{scheme}` needs a standard deviation above 0, for example `{scheme} 0.01`")
    return Init(scheme, std)


def choices() -> str:
    return "one of " + ", ".join(f"`{scheme} STD`" if std else f"`{scheme}`" for scheme, std in SCHEMES.items())
