"""Numbers of channels as sums of constructor parameters: `in_channels + n3x3 + 32`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Channels:
    """A constant plus parameters, each so many times."""

    constant: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: Channels) -> Channels:
        terms = dict(self.terms)
        for name, times in other.terms:
            terms[name] = terms.get(name, 0) + times
        return Channels(self.constant + other.constant, tuple(terms.items()))

    def times(self, factor: int) -> Channels:
        return Channels(self.constant * factor, tuple((name, times * factor) for name, times in self.terms))

    def where(self, values: Mapping[str, Channels]) -> Channels:
        """The same sum with a value in place of each parameter."""
        result = Channels(self.constant)
        for name, times in self.terms:
            result += values[name].times(times)
        return result

    def __str__(self) -> str:
        terms = [name if times == 1 else f"{times} * {name}" for name, times in self.terms]
        return " + ".join(terms + ([str(self.constant)] if self.constant or not terms else []))


def parameter(name: str) -> Channels:
    return Channels(0, ((name, 1),))
