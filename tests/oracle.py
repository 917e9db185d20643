"""Whether a table agrees with itself, decided by torch: the oracle of the blame benchmark.

The text of a spec goes in; a verdict comes out: `consistent`, `inconsistent` (torch computes something else than a cell
prints), `unreadable` (some cell says nothing that the language has, or torch cannot run what it says) or `beyond` the
oracle. Nothing of archspec is imported, so that no mistake of the checker can hide in it: the text is read by tomli,
the language by a small interpreter written after docs/spec-format.md (oracle_cells.py), and the arithmetic is torch's
own. Every operation becomes a torch.nn module on the meta device and is called (oracle_layers.py); sizes are those of
the tensors, params the elements of the parameters, operations torch's flop counter, halved. Only depth is the oracle's
own sum, as torch has no such number. Of archspec it takes data: the TOML of the bundled modules.

It covers what the bundled specs use: tables and lists of layers, compound captions, references, [types], [defaults],
modules and blocks with `repeat`, heads, errata, readings, and that patches name what is there. It does not cover
[weights], [recipe], [allow], words of `init`, and blocks that stand in a row. More than 200 repeats are beyond it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tomli
import torch
from oracle_cells import (
    Beyond,
    Cells,
    Inconsistent,
    Scope,
    Unreadable,
    cells_of,
    count,
    follow,
    instances,
    key_of,
    keys_of,
    put,
    size,
    whole,
)
from oracle_layers import CLAIMS, OPERATIONS, WORDS, Counts, Run, Size, Target, Value
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

LIBRARY = Path(__file__).parent.parent / "archspec" / "library"
NOT_ROWS = ("why", "extends", "reading", "input", "params", "defaults", "types", "modules", "heads", "recipe")


class Verdict(NamedTuple):
    kind: str
    why: str

    @property
    def detectable(self) -> bool:
        return self.kind in ("unreadable", "inconsistent")


def judge(text: str) -> Verdict:
    """Whether the table of a spec, under every reading of the file, agrees with itself."""
    try:
        file = tomli.loads(text)
        readings = list(file.get("readings", {})) or [None]
        for reading in readings:
            Network(file, reading).judge()
        for variant in file.get("variants", {}):
            check_variant(file, variant)
        check_params(file)
    except tomli.TOMLDecodeError as error:
        return Verdict("unreadable", str(error))
    except Unreadable as error:
        return Verdict("unreadable", str(error))
    except Inconsistent as error:
        return Verdict("inconsistent", str(error))
    except Beyond as error:
        return Verdict("beyond", str(error))
    return Verdict("consistent", "")


def check_params(file: Mapping[str, Any]) -> None:
    """Raises `Inconsistent` for a parameter that stands nowhere else: another value would change nothing."""
    said = json.dumps({key: value for key, value in file.items() if key not in ("params", "modules")})
    for name in file.get("params", {}):
        if not re.search(rf"\$\{{?{re.escape(name)}(?![\w-])", said):
            raise Inconsistent(f"nothing reads the parameter {name}")


_library: dict[str, Any] = {}
for _path in sorted(LIBRARY.glob("*.toml")):
    _library |= tomli.loads(_path.read_text(encoding="utf-8"))["modules"]


_known: dict[str, Counts | Unreadable] = {}


class Network:
    """A file under one reading, errata laid over it."""

    def __init__(self, file: Mapping[str, Any], reading: str | None, variant: str | None = None) -> None:
        self.file = file
        self.types = dict(file.get("types", {}))
        self.params = {key_of(key): value for key, value in file.get("params", {}).items()}
        self.modules = {key_of(name): module for name, module in file.get("modules", {}).items()}
        self.defaults = {name: cells_of(one) for name, one in file.get("defaults", {}).items()}
        self.input = size(file["input"])
        self.rows = self.printed()
        self.units = (file.get("table") or file["network"]).get("units", {})
        for name in (file.get("table") or file["network"]).get("added", ()):
            if name not in self.rows:
                raise Unreadable(f"added names {name}")
        self.lay_errata()
        if reading is not None:
            self.lay(file["readings"][reading])
        self.dialect = json.dumps([self.types, self.params, self.modules, self.defaults], sort_keys=True, default=str)

    def printed(self) -> dict[str, Cells]:
        rows: dict[str, Cells] = {}
        table = self.file.get("table")
        if table:
            keys = [key for caption in table["columns"] for key in keys_of(caption)]
            firsts = [key for key in keys if not (key == "stride" and "patch/stride" in captions_of(table["columns"]))]
            if len(set(firsts)) < len(firsts) or not all(keys):
                raise Unreadable("two captions have one key, or one has none")
        for raw in table["rows"] if table else self.file["network"]["layers"]:
            cells: Cells = {}
            if table:
                if len(raw) > len(table["columns"]):
                    raise Unreadable("more cells than captions")
                for caption, value in zip(table["columns"], raw, strict=False):
                    put(cells, caption, value)
            else:
                cells = cells_of(raw)
            name = cells.pop("name", None)
            if not isinstance(name, str) or name in rows or name in NOT_ROWS or "type" not in cells:
                raise Unreadable(f"the row {name!r} has no type, or its name is taken or none")
            rows[name] = cells
        return rows

    def lay_errata(self) -> None:
        input_ = self.file.get("errata", {}).get("input")
        if input_:
            self.input = size(input_["read"])
        for name, patch_ in self.file.get("errata", {}).items():
            if name == "input":
                continue
            if name not in self.rows:
                raise Unreadable(f"an erratum names {name}")
            for written, erratum in patch_.items():
                for key in keys_of(written):
                    if self.rows[name].get(key) == erratum["read"]:
                        raise Unreadable("an erratum reads what is printed")
                    self.rows[name][key] = erratum["read"]

    def lay(self, patch_: Mapping[str, Any]) -> None:
        for name, cells in patch_.items():
            if name not in NOT_ROWS:
                if name not in self.rows:
                    raise Unreadable(f"a patch names {name}")
                self.rows[name] |= cells_of(cells)

    def scope(self, row: Cells) -> Scope:
        def named(key: str) -> Any:
            if key in self.params:
                return self.params[key]
            if key == "output" and "output" in row:
                printed = size(row["output"])
                if len(printed) == 3:
                    return printed[2]
            raise Unreadable(f"${key} names nothing")

        return named

    def target(self, word: Any, inside: Target | None) -> Target:
        if not isinstance(word, str):
            raise Unreadable(f"{word!r} is no type")
        preset: Cells = {}
        if inside is None:
            spelling = {spelt(printed): printed for printed in reversed(list(self.types))}
            entry = self.types.get(word, self.types.get(spelling.get(spelt(word), ""), None))
            if isinstance(entry, str):
                word = entry
            elif isinstance(entry, Mapping):
                preset = {key: value for key, value in cells_of(entry).items() if key != "type"}
                word = entry["type"]
            elif rated := re.fullmatch(r"(dropout)\s*\(\s*(\d+(?:\.\d+)?\s*%)\s*\)\s*", word, re.IGNORECASE):
                word, preset = rated[1], {"rate": rated[2]}
        key = key_of(word)
        own, library = self.modules.get(key), _library.get(key)
        module = library or own if inside is not None and inside.library else own or library
        if module is not None:
            return Target(key, module, preset, module is library)
        key = WORDS.get(key, key)
        if key not in OPERATIONS:
            raise Unreadable(f"{word!r} is no type")
        return Target(key, None, preset)

    def judge(self) -> None:
        """Raises `Unreadable` or `Inconsistent`."""
        self.check_names()
        value = Size(self.input[0], self.input[1], self.input[2])
        outputs: dict[str, Size] = {}
        for name, cells in self.rows.items():
            given, counts = value, []
            for index, one in enumerate(instances(cells, self.scope(cells))):
                counts.append(self.run(one, value))
                value = counts[-1].size
                outputs[instance(name, index) if "repeat" in cells else name] = value
            outputs[name] = value
            self.check(cells, given, counts)
        for name, raw in self.file.get("heads", {}).items():
            head = cells_of(raw)
            if head.get("from") not in outputs:
                raise Unreadable(f"the head {name} reads {head.get('from')}")
            self.run(head, outputs[head["from"]])

    def run(self, cells: Cells, value: Size) -> Counts:
        key = json.dumps([cells, value, self.dialect], sort_keys=True)
        if key not in _known:
            try:
                _known[key] = self.run_row(cells, value)
            except Unreadable as error:
                _known[key] = error
            except (
                RuntimeError,
                ValueError,
            ) as error:  # torch's: a window that does not fit, groups that do not divide
                _known[key] = Unreadable(str(error))
        found = _known[key]
        if isinstance(found, Unreadable):
            raise found
        return found

    def run_row(self, cells: Cells, value: Size) -> Counts:
        run = Run(self, cells)
        with FlopCounterMode(display=False) as flops, torch.no_grad():
            end = run.layer(
                {key: one for key, one in cells.items() if key != "repeat"}, Value(value.tensor()), self.scope(cells)
            )
        end = end or Value(value.tensor())
        weighted = [one for one in run.made if isinstance(one, nn.Conv2d | nn.Linear)]
        weights = sum(one.weight.numel() for one in weighted)
        parameters = sum(one.numel() for module in run.made for one in module.parameters())
        return Counts(end.size, end.depth, weights, parameters, flops.get_total_flops() // 2)

    def check(self, cells: Cells, given: Size, counts: list[Counts]) -> None:
        for key, size_ in (("output", counts[-1].size), ("input", given)):
            if (
                key in cells
                and (printed := size(follow(cells[key], self.scope(cells)))) != tuple(size_)[: len(printed)]
            ):
                raise Inconsistent(f"{key} {printed} is {size_}")
        if "depth" in cells and whole(follow(cells["depth"], self.scope(cells)), 0) != sum(one.depth for one in counts):
            raise Inconsistent(f"depth {cells['depth']} is {sum(one.depth for one in counts)}")
        for key in ("params", "ops"):
            if key in cells:
                unit = self.units.get(key, {})
                printed_, suffix, step = count(follow(cells[key], self.scope(cells)))
                if key == "params":
                    value = sum(one.parameters if unit.get("of") == "parameters" else one.weights for one in counts)
                else:
                    value = sum(one.macs for one in counts) * (2 if unit.get("of") == "flops" else 1)
                times = {"": 1, "K": unit.get("K", 1000), "M": unit.get("M", 10**6), "B": unit.get("B", 10**9)}[suffix]
                if abs(value / times - printed_) >= step:
                    raise Inconsistent(f"{key} {cells[key]} is {value / times}")

    def check_names(self) -> None:
        """Every instance has a path of its own: the printed name, or behind a digit in front the word of its type."""
        seen = set()
        for name, cells in (
            self.rows | {name: cells_of(raw) for name, raw in self.file.get("heads", {}).items()}
        ).items():
            times = whole(follow(cells["repeat"], self.scope(cells))) if "repeat" in cells else 0
            for one in [instance(name, index) for index in range(times)] or [name]:
                path = re.sub(r"[^0-9A-Za-z_]+", "_", one.replace("×", "x")).strip("_")
                if not path[:1].isalpha():
                    path = key_of(str(cells["type"]).split("(")[0]).replace("-", "_") + "_" + path
                if path in seen:
                    raise Unreadable(f"two things are called {path}")
                seen.add(path)


def captions_of(columns: list[str]) -> list[str]:
    return ["/".join(keys_of(caption)) for caption in columns]


def spelt(word: str) -> str:
    return re.sub(r"[\s_-]+", "-", word.strip().lower().replace("×", "x"))


def instance(name: str, index: int) -> str:
    return f"{name}_{index + 1}" if name[-1:].isdigit() else f"{name}{index + 1}"


def check_variant(file: Mapping[str, Any], variant: str) -> None:
    """The rows that a variant names are there, and read the cells that it gives."""
    network = Network(file, None)
    patch_ = file["variants"][variant]
    modules = {key_of(name): module for name, module in patch_.get("modules", {}).items()}
    network.modules |= modules
    network.types |= patch_.get("types", {})
    before = {name: dict(cells) for name, cells in network.rows.items()}
    network.lay(patch_)
    for name in (name for name in patch_ if name not in NOT_ROWS):
        given = cells_of(patch_[name])
        cells = network.rows[name]
        target = network.target(follow(cells["type"], network.scope(cells)), None)
        if set(given) - target.keys - {"type", "repeat", *CLAIMS}:
            raise Unreadable(f"the variant gives {name} cells that it does not read")
        if before[name].get("type") is None:
            raise Unreadable(f"{name} has no type")
