"""What cards say of a chain: `64 › 3×3/2 96`, `conv 3×3 / 2, 64`. Chains in, text out."""

from __future__ import annotations

from archspec.backends.dot.style import Text, bold, join_text, plain
from archspec.backends.dot.units import SHORTCUT, Chain, Split, Unit, units

THEN = "@then"  # ends the key of the slot that follows a join; no branch can be called so


def slot_text(items: Chain, key: str = "") -> Text:
    """`64 › 3×3 96`: a reduction by its filters, then the windows, and the branch's channels in bold.

    What follows a join begins with a `›`.
    """
    if key == SHORTCUT and not items:
        return plain("+ input")
    if not items:
        return plain("input")
    if len(items) == 1 and isinstance(items[0], Unit) and items[0].kind in ("max", "avg"):
        return plain(f"{items[0].kind} pool{items[0].says.stride} ") + bold(str(items[0].shape.channels))
    sign = plain("+ ") if key == SHORTCUT else plain("› ") if key.endswith(THEN) else Text()
    return sign + join_text(map(step_text, items, (*items[1:], None)), " › ")


def windows_text(items: Chain) -> str:
    """`3×3/2 › 3×3`: the windows of a chain."""
    return " › ".join(unit.says.short + unit.says.stride for unit in units(items))


def step_text(item: Unit | Split, following: Unit | Split | None) -> Text:
    """One step of a chain. A 1×1 in front of another convolution shows its filters only."""
    if isinstance(item, Split):
        branches = [windows_text(branch) or "input" for branch in item.branches]
        text = plain(f"({' | '.join(branches)})")
        return text if following else text + plain(" ") + bold(str(item.shape.channels))
    widens = isinstance(following, Split) or (following is not None and following.says.filters is not None)
    window = item.says.short + item.says.stride
    if item.says.filters is None:
        return plain(window)
    if widens:
        return plain(str(item.says.filters) if window == "1×1" else window)
    return plain(f"{window} ") + bold(str(item.says.filters))


def long_text(item: Unit | Split) -> Text:
    """`conv 3×3 / 2, 64`, where there is room."""
    if isinstance(item, Split):
        return join_text((slot_text(branch) for branch in item.branches), " | ")
    text = plain(item.says.title)
    notes = f" ({', '.join(item.says.notes)})" if item.says.notes else ""
    return text + (plain(", ") + bold(str(item.says.filters)) if item.says.filters else Text()) + plain(notes)
