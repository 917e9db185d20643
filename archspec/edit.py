"""Changing a spec: cell edits as edits of its text, so that comments and alignment survive; and a spec written as TOML.

`edited` gives the text of a file with other values in some cells. `to_toml` gives the file's own text or, where a
reading, variant, parameter or input was chosen, a file with the choice written in, that is clean where the spec is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any

from archspec.cells import read_keys
from archspec.check import check
from archspec.diagnostic import Inside, did_you_mean
from archspec.elaborate import elaborate
from archspec.file import Weights
from archspec.notation import Cell, key_of
from archspec.resolve import RATED
from archspec.spec import Spec
from archspec.vocabulary import CLAIMS

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # TOML allows none in a comment


def literal(value: Any) -> str:
    """A value as TOML text on one line. Raises `TypeError` for what TOML does not have."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case date() | time():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(literal(item) for item in value) + "]"
        case Mapping():
            return "{ " + ", ".join(f"{key_text(key)} = {literal(item)}" for key, item in value.items()) + " }"
        case _:
            raise TypeError(f"`{value!r}` has no place in a spec")


def key_text(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else literal(key)


def edited(spec: Spec, edits: Mapping[str, Any]) -> str:
    """The text of a spec with other values in some cells, each named `ROW.COLUMN`.

    The cell that is in force is changed: where a reading or erratum replaced the printed one, that. Raises `ValueError`
    for an unknown row, or a column the row does not have.
    """
    document = spec.document
    changes = [_change(spec, address, value) for address, value in edits.items()]
    text = document.source.text
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _change(spec: Spec, address: str, value: Any) -> tuple[int, int, str]:
    rows = spec.patched.sections.rows
    name = next((row for row in sorted(rows, key=len, reverse=True) if address.startswith(f"{row}.")), None)
    if address in rows:
        raise ValueError(f"`{address}` is a row; name a cell of it, such as `{address}.output`")
    if name is None:
        given = address.partition(".")[0]
        raise ValueError(f"no row is called `{given}`; {did_you_mean(given, rows, 'rows: ' + ', '.join(rows))}")
    key = key_of(address[len(name) + 1 :])
    cell = rows[name].get(key)
    if cell is None:
        return _added(spec, name, key, value)
    start, end = spec.document.span(cell.path)
    if isinstance(cell.path[-1], Inside):
        new = str(value)
        if re.search(r"[\"\\\\\n]", new):
            raise ValueError(f"`{new}` cannot stand inside a cell")
        return start, end, new
    return start, end, literal(value)


def _added(spec: Spec, name: str, key: str, value: Any) -> tuple[int, int, str]:
    """A cell that the row does not have yet: a blank of its table, or a new key of its layer."""
    found = spec.patched.sections
    path = found.paths[name]
    if path[0] == "network":
        start, end = spec.document.span(path)
        inner = spec.document.source.text[start:end].rstrip("}").rstrip()
        return start + len(inner), end, f", {key_text(key)} = {literal(value)} }}"
    at = next(
        (
            i
            for i, under in enumerate(found.columns)
            if (under.keys[:1] == (key,) and len(under.keys) == 1) or under.keys == (key, "stride")
        ),
        None,
    )
    if at is None:
        captions = [under.caption for under in found.columns]
        raise ValueError(
            f"the table has no column `{key}`; {did_you_mean(key, captions, 'columns: ' + ', '.join(captions))}"
        )
    values = spec.file.table.rows[int(str(path[-1]))] if spec.file.table else []
    if at < len(values):
        start, end = spec.document.span((*path, at))
        return start, end, literal(value)
    start, end = spec.document.span((*path, len(values) - 1))
    return end, end, "".join(', ""' for _ in range(at - len(values))) + f", {literal(value)}"


def to_toml(spec: Spec) -> str:
    """A spec as TOML text. Raises `Faults` where its sections are wrong."""
    choice = spec.choice
    if not (choice.readings or choice.variants or choice.params or choice.input or choice.as_printed):
        return spec.document.source.text
    found = spec.patched.sections
    file = spec.file
    chosen = [f"reading {name}" for name in spec.readings] + [f"variant {name}" for name in spec.variants]
    title = f"# {file.name}: {', '.join(chosen)}"
    lines = [_CONTROL.sub(" ", title)] if chosen else []
    shape = spec.network.input
    lines += ["format = 1", f"name = {literal(file.name)}"]
    if file.paper:
        lines.append(f"paper = {literal(file.paper.model_dump(exclude_none=True))}")
    lines.append(f'input = "{shape.height}x{shape.width}x{shape.channels}"')
    lines += _table("params", _plain(found.params))
    for section, words in (("types", found.types), ("defaults", found.defaults)):
        lines += _table(section, {name: _plain(word) for name, word in words.items() if word})
    for name, (raw, _) in found.modules.items():
        lines += _table(f"modules.{key_text(name)}", raw) or ["", f"[modules.{key_text(name)}]"]
    lines += ["", "[network]", "layers = ["]
    lines += [f"  {literal(row)}," for row in _rows(spec)]
    lines.append("]")
    body = file.table or file.network
    if body and body.added:
        lines.append(f"added = {literal(body.added)}")
    if body and "units" in body.model_fields_set:
        lines.append(f"units = {literal(body.units.model_dump(exclude_none=True, exclude_unset=True))}")
    lines += _table("allow", _allowed(spec))
    lines += _table("heads", {name: _plain(cells) for name, cells in found.heads.items()})
    lines += _table("recipe", recipe(spec))
    lines += _weights(spec)
    return "\n".join(lines) + "\n"


def recipe(spec: Spec) -> dict[str, Any]:
    """[recipe], with what the variants in force say otherwise."""
    of_variants = [spec.file.variants[name].get("recipe") for name in spec.variants]
    return {**spec.file.recipe, **{key: one[key] for one in of_variants if isinstance(one, dict) for key in one}}


def belongs(section: Weights, spec: Spec) -> bool:
    """Whether the checkpoints of a section of [weights] are of a network as it is chosen, other parameters and another
    input apart."""
    variants = (section.variant,) if section.variant else ()
    return spec.choice.variants == variants and section.reading in (None, *spec.readings)


def _table(name: str, values: Mapping[str, Any]) -> list[str]:
    return ["", f"[{name}]", *(f"{key_text(key)} = {literal(item)}" for key, item in values.items())] if values else []


def _weights(spec: Spec) -> Iterator[str]:
    """The sections of [weights] whose checkpoints are of the network as it is chosen."""
    kept = {name: section for name, section in spec.file.weights.items() if belongs(section, spec)}
    for name, section in kept.items():
        names = section.names
        if isinstance(names, str) and names not in kept:
            names = spec.file.weights[names].names
        said = section.model_dump(exclude_unset=True, exclude={"names", "variant", "reading"})
        of_another = {"names": names} if isinstance(names, str) else {}
        yield from ("", f"[weights.{key_text(name)}]")
        yield from _table("", {**of_another, **said})[2:]
        yield from _table(f"weights.{key_text(name)}.names", {} if isinstance(names, str) else names)


def _rows(spec: Spec) -> Iterator[dict[str, Any]]:
    """The cells of every row. Where they are no longer those of the paper, `output` is what the row gives, and the
    other claims are gone."""
    network = spec.network
    outputs = {} if network.claims_apply else {one.layer.name: one.output for one in elaborate(spec).rows}
    for layer, cells in zip(network.rows, spec.patched.sections.rows.values(), strict=True):
        unread = layer.cells.keys() - read_keys(network, layer)
        row = {key: value for key, value in _plain(cells).items() if key not in unread}
        if "rate" in row and (rated := RATED.fullmatch(str(row.get("type")))):
            row["type"] = rated[1]  # a variant gives another rate than the one that is printed in the type
        if (output := outputs.get(layer.name)) is not None:
            row = {key: value for key, value in row.items() if key == "output" or key not in CLAIMS}
            row |= {"output": str(output.shape)} if "output" in row else {}
        yield row


def _allowed(spec: Spec) -> dict[str, dict[str, str]]:
    """What the file allows and the choice still has."""
    found: dict[str, dict[str, str]] = {}
    for one in check(spec).allowed if spec.file.allows else ():
        if one.allowed:
            found.setdefault(one.row, {})[one.name] = one.allowed.text
    return found


def _plain(word: Cell | Mapping[str, Cell]) -> Any:
    return word.value if isinstance(word, Cell) else {key: cell.value for key, cell in word.items()}
