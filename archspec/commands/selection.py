"""`--select` and `--ignore`: codes, beginnings of codes and names in; the codes and findings that are reported out."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from archspec.commands.opening import UsageError
from archspec.diagnostic import CODES, Diagnostic


def codes(arguments: argparse.Namespace) -> frozenset[str]:
    """The codes that are reported. Raises `UsageError` for a word that names none."""
    if arguments.max_errors is not None and arguments.max_errors < 0:
        raise UsageError(f"--max-errors {arguments.max_errors}: write 0 or more")
    selected = _named("--select", arguments.select) if arguments.select else frozenset(CODES)
    return selected - _named("--ignore", arguments.ignore)


def _named(option: str, texts: Sequence[str]) -> frozenset[str]:
    if not texts:
        return frozenset()
    from archspec.explanations import codes as called

    for text in texts:
        words = [word.strip() for word in text.split(",")]
        if "" in words:
            which = f"code {words.index('') + 1} of `{text}` is empty" if any(words) else "no code is given"
            raise UsageError(f"{option}: {which}; write for example {option} AS301,depth")
    try:
        return frozenset().union(*(called(word) for text in texts for word in text.split(",")))
    except LookupError as error:
        raise UsageError(f"{option}: {error.args[0]}") from None


def selected(diagnostics: Iterable[Diagnostic], codes: frozenset[str]) -> tuple[Diagnostic, ...]:
    return tuple(found for found in diagnostics if found.code in codes)
