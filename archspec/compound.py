"""Cells under a compound caption, `pool+proj`: a cell and the keys it stands for in; a cell for each part out."""

from __future__ import annotations

import re

from archspec.diagnostic import did_you_mean, spelling
from archspec.notation import Cell, key_of, show


def split_compound(cell: Cell, keys: tuple[str, ...], captions: tuple[str, ...]) -> dict[str, Cell]:
    """The parts of a cell under a compound caption: `avg + 32` gives `pool` and `proj`, `stride 2` gives `stride`
    alone.

    A `patch/stride` cell stays whole: its notation has its own slash. Raises `Fault` AS104 where a part is missing.
    """
    if keys == ("patch", "stride"):
        named = re.fullmatch(r"\s*([A-Za-z]+)\s+(\S.*?)\s*", cell.value) if isinstance(cell.value, str) else None
        if named and named[1] != "to":
            if named[1] != "stride":
                raise cell.fault(
                    "AS104",
                    f"`{cell.value}` is neither a patch nor a stride",
                    did_you_mean(named[1], ("stride",), 'write for example "3×3/2", or "stride 2"'),
                    cell.inside(*named.span(1)),
                    spelling(named[1], ("stride",)),
                )
            return {"stride": cell.part(*named.span(2), "stride")}
        return {"patch": cell}
    if not isinstance(cell.value, str):
        wanted = " + ".join(f"`{caption}`" for caption in captions)
        raise cell.fault(
            "AS104",
            f"{show(cell.value)} gives one value, the caption asks for {wanted}",
            f'write both parts, for example "avg + {show(cell.value)}"',
        )
    named = re.fullmatch(r"\s*([a-z][\w-]*)\s+(\S.*?)\s*", cell.value)
    if named and key_of(named[1]) in keys:
        return {key_of(named[1]): cell.part(*named.span(2), named[1])}
    spans = [m.span(1) for m in re.finditer(r"(?:^|[+/])\s*([^+/]*?)\s*(?=$|[+/])", cell.value)]
    if len(spans) != len(keys) or any(start == end for start, end in spans):
        wanted = " + ".join(captions)
        raise cell.fault(
            "AS104",
            f"`{cell.value}` does not have the parts `{wanted}`",
            f"write the {len(keys)} parts with a sign between them, as in the caption",
            facts={"wanted": "parts"},
        )
    return {key: cell.part(*span, caption) for key, span, caption in zip(keys, spans, captions, strict=True)}
