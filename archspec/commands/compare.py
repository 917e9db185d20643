"""`archspec diff`: two specs in; what changes from the first to the second out."""

from __future__ import annotations

import argparse
from pathlib import Path

from archspec.api import Spec, from_document
from archspec.commands.opening import (
    UsageError,
    color,
    print_full,
    read_once,
    reading_chosen,
    sources,
    text_or_document,
    width,
)
from archspec.diagnostic import Faults
from archspec.document import parse


def diff(arguments: argparse.Namespace) -> int:
    """Compare two specs; exit 0 where they are the same network, 1 where they differ."""
    from archspec.diff import compare

    names = [_name_and_choices(text) for text in (arguments.first, arguments.second)]
    read_once(name for name, _ in names)
    sides = [_side(name, choices) for name, choices in names]
    if any(side is None or not reading_chosen(side) for side in sides):
        return 1
    first, second = (side for side in sides if side is not None)
    difference = compare(first, second)
    print(difference.render(arguments.format, width=width(), color=color()).rstrip("\n"))
    return 0 if difference.equal else 1


def _name_and_choices(text: str) -> tuple[str, list[str]]:
    """`SPEC@NAME@NAME...` in its parts."""
    name, choices = text, list[str]()
    while "@" in name and not Path(name).exists():
        name, _, choice = name.rpartition("@")
        choices.insert(0, choice)
    return name, choices


def _side(name: str, choices: list[str]) -> Spec | None:
    """A spec with variants or readings of these names; `as-printed` is the table as printed."""
    found = list(sources(name))
    if len(found) > 1:
        raise UsageError(f"{name}: a folder; diff compares two specs")
    try:
        spec = from_document(parse(found[0]))
    except Faults as faults:
        print_full(faults.diagnostics, text_or_document(found[0]))
        return None
    try:
        for choice in filter(None, choices):
            spec = _chosen(spec, choice)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return spec


def _chosen(spec: Spec, choice: str) -> Spec:
    if choice == "as-printed":
        if spec.choice.readings:
            raise ValueError(f"@as-printed is the table without a reading: leave out @{spec.choice.readings[-1]}")
        return spec.as_printed()
    if choice in spec.file.readings:
        return spec.reading(*spec.choice.readings, choice)
    return spec.variant(choice)
