"""What cards say of a chain: `64 › 3×3 96`, `conv 3×3 / 2, 64`. Chains in, text out."""

from __future__ import annotations

from archspec.backends.dot.style import Text, bold, join_text, plain
from archspec.backends.dot.units import SHORTCUT, Chain, Split, Unit, units


def slot_text(items: Chain, key: str = "") -> Text:
    """`64 › 3×3 96`: a reduction by its filters, then the windows, and the branch's channels in bold."""
    if key == SHORTCUT and not items:
        return plain("+ input")
    if not items:
        return plain("input")
    if len(items) == 1 and isinstance(items[0], Unit) and items[0].kind in ("max", "avg"):
        return plain(f"{items[0].kind} pool ") + bold(str(items[0].shape.channels))
    plus = plain("+ ") if key == SHORTCUT else Text()
    return plus + join_text(map(step_text, items, (*items[1:], None)), " › ")


def step_text(item: Unit | Split, following: Unit | Split | None) -> Text:
    """One step of a chain. A 1×1 in front of another convolution shows its filters only."""
    if isinstance(item, Split):
        branches = [" › ".join(unit.says.short for unit in units(branch)) or "input" for branch in item.branches]
        text = plain(f"({' | '.join(branches)})")
        return text if following else text + plain(" ") + bold(str(item.shape.channels))
    widens = isinstance(following, Split) or (following is not None and following.says.filters is not None)
    if item.says.filters is None:
        return plain(item.says.short)
    if widens:
        return plain(str(item.says.filters) if item.says.short == "1×1" else item.says.short)
    return plain(f"{item.says.short} ") + bold(str(item.says.filters))


def long_text(item: Unit | Split) -> Text:
    """`conv 3×3 / 2, 64`, where there is room."""
    if isinstance(item, Split):
        return join_text((slot_text(branch) for branch in item.branches), " | ")
    text = plain(item.says.title)
    notes = f" ({', '.join(item.says.notes)})" if item.says.notes else ""
    return text + (plain(", ") + bold(str(item.says.filters)) if item.says.filters else Text()) + plain(notes)
