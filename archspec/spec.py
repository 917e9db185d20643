"""A spec: one file and what was chosen of it (readings, variants, parameters, input). Frozen and hashable.

`read` makes it from a `Document`. `Spec.network` is the network it describes: the file's cells with the patches laid
over them, as layers and modules. What a spec file may contain is in file.py, how patches work in patches.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Self

from archspec.diagnostic import Diagnostic, Fault, Label, Path, did_you_mean, spelling
from archspec.document import Document
from archspec.file import File, Units, read_file
from archspec.filling import filled
from archspec.layer import Column, Layer, layer_of
from archspec.limits import MAX_TRAIL, too_many
from archspec.modules import Module, library_module, library_names, read_module
from archspec.notation import Cell, key_of, listed, references, show, size
from archspec.patches import Change, Sections, Word, apply, apply_errata, conflicts
from archspec.sections import sections
from archspec.shape import Shape
from archspec.unread import read_anywhere, unread


@dataclass(frozen=True)
class Choice:
    """What a caller chose. `as_printed` drops errata and readings, not variants."""

    readings: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    params: tuple[tuple[str, int | float | str], ...] = ()
    input: str = ""
    as_printed: bool = False


@dataclass(frozen=True, eq=False)
class Network:
    """What a spec describes, patches applied. `faults` is what is wrong with the cells so far.

    `claims_apply` is False where a variant, another input or another parameter was chosen: what the paper prints then
    speaks of another network. `printed` holds the rows of a [table] as they are written, `errata` are the corrections
    in force.
    """

    name: str
    input: Shape
    rows: tuple[Layer, ...]
    heads: tuple[Layer, ...]
    params: Mapping[str, Cell]
    types: Mapping[str, Word]
    defaults: Mapping[str, Mapping[str, Cell]]
    modules: Mapping[str, Module]
    columns: tuple[Column, ...]
    printed: tuple[list[Any], ...]
    added: tuple[str, ...]
    units: Units
    claims_apply: bool
    errata: tuple[Change, ...]
    faults: tuple[Diagnostic, ...]

    @cached_property
    def default_cells(self) -> Mapping[str, Mapping[str, Cell]]:
        """`defaults`, with the parameters that they refer to in place: what reads them may know columns only."""

        def cell(one: Cell) -> Cell:
            known = all(key in self.params and not references(self.params[key].value) for key in references(one.value))
            return filled(one, lambda key, _: self.params[key]) if known else one

        return {name: {key: cell(one) for key, one in cells.items()} for name, cells in self.defaults.items()}

    def module(self, key: str) -> Module | None:
        """A module of the file by the key of its name."""
        return self.modules.get(key)

    def known_module(self, key: str) -> Module | None:
        """A module of the file or, where it has none of that key, of the library."""
        return self.modules.get(key) or (library_module(key) if key in library_names() else None)


@dataclass(frozen=True)
class Patched:
    """The cells of a file after its patches, the errata in force, and what is wrong with either."""

    sections: Sections
    errata: tuple[Change, ...]
    faults: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Spec:
    """A file and a choice. Two specs are equal when text and choice are."""

    document: Document
    choice: Choice = Choice()

    @cached_property
    def file(self) -> File:
        return _file_of(self.document)

    def __hash__(self) -> int:
        return hash((self.document, self.choice))

    # --- choosing ---

    def variant(self, *names: str) -> Self:
        """The same spec with these variants laid over it. Raises `ValueError` for an unknown one."""
        for name in names:
            _known(name, self.file.variants, "variant")
        return self._choose(variants=(*self.choice.variants, *names))

    def reading(self, *names: str) -> Self:
        """The same spec under these readings. Raises `ValueError` for an unknown one, and as printed."""
        for name in names:
            _known(name, self.file.readings, "reading")
        if self.choice.as_printed:
            raise ValueError(f"the table as printed has no reading, {', '.join(names)} cannot be chosen of it")
        return self._choose(readings=tuple(dict.fromkeys(names)))

    def as_printed(self) -> Self:
        """The table as the paper prints it: no errata, and none of the readings chosen before."""
        return self._choose(as_printed=True, readings=())

    def with_params(self, /, **values: int | float | str) -> Self:
        """The same spec with other values of [params]. Raises `ValueError` for one unknown, or that nothing reads."""
        known = {key_of(name) for name in self.file.params}
        for name in values:
            _known(key_of(name), known, "parameter")
        for name in values:
            if key_of(name) not in read_anywhere(self.document):
                raise ValueError(f'nothing reads the parameter `{name}`: write "${name}" in the cells that it gives')
        merged = {**dict(self.choice.params), **{key_of(name): value for name, value in values.items()}}
        return self._choose(params=tuple(merged.items()))

    def with_input(self, size_: str) -> Self:
        """The same spec with another input, `HxW` or `HxWxC`. Raises `ValueError` where it is no size."""
        try:
            size(Cell(size_, (), "input", ""))
        except Fault as fault:
            raise ValueError(str(fault)) from None
        return self._choose(input=size_)

    def _choose(self, **fields: Any) -> Self:
        return replace(self, choice=replace(self.choice, **fields))

    # --- what was chosen ---

    @property
    def name(self) -> str:
        return self.file.name

    @cached_property
    def variants(self) -> tuple[str, ...]:
        """The variants in force, parents first."""
        order: list[str] = []
        seen: set[str] = set()
        rest = [(name, False) for name in reversed(self.choice.variants)]
        while rest:
            name, parents_are_in = rest.pop()
            if parents_are_in:
                order.append(name)
            elif name in self.file.variants and name not in seen:
                seen.add(name)
                parents = _extends(self.file.variants[name])
                rest += [(name, True), *((parent, False) for parent in reversed(parents))]
        return tuple(order)

    @cached_property
    def readings(self) -> tuple[str, ...]:
        """The readings in force: the caller's, else those of the variants, else the file's."""
        if self.choice.as_printed:
            return ()
        if self.choice.readings:
            return self.choice.readings
        of_variants = [self.file.variants[name].get("reading") for name in self.variants]
        chosen = tuple(dict.fromkeys(name for name in of_variants if isinstance(name, str)))
        return chosen or ((self.file.reading,) if self.file.reading else ())

    @property
    def needs_reading(self) -> bool:
        """The file has several readings and nobody chose one: a build would have to guess."""
        return bool(self.file.readings) and not self.readings and not self.choice.as_printed

    def every_reading(self) -> tuple[Self, ...]:
        """The specs to check: one for each reading where none is named by the caller or a variant, else this one."""
        named = self.choice.readings or any("reading" in self.file.variants[name] for name in self.variants)
        if named or self.choice.as_printed or not self.file.readings:
            return (self,)
        return tuple(self.reading(name) for name in self.file.readings)

    @cached_property
    def patched(self) -> Patched:
        """The file's cells with the chosen patches laid over them, and what is wrong with either."""
        printed, of_cells = _cells_of(self.document)
        found, faults = printed.copy(), list(of_cells)
        errata = [] if self.choice.as_printed else apply_errata(found, self.file.errata, faults)
        for section, names in (("readings", self.readings), ("variants", self.variants)):
            table: Mapping[str, Any] = getattr(self.file, section)
            patches = []
            ancestors = _ancestors_of(self.document, section)
            for name in names:
                if name in table:
                    made = apply(found, table[name], (section, name), faults)
                    patches.append((name, ancestors[name], made))
            faults += conflicts(patches)
        faults += _patch_faults(self.document)
        for key, value in self.choice.params:
            known = printed.params.get(key)  # also where a variant gives another: what is given here beats both
            found.params[key] = Cell(value, known.path if known else (), key, "")
        return Patched(found, tuple(errata), tuple(faults))

    def as_asked(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Findings that say, where they point at the file's value of a parameter, that the caller gave another."""
        if not self.choice.params:
            return tuple(found)
        given = {self.patched.sections.params[key].path: value for key, value in self.choice.params}

        def label(one: Label) -> Label:
            path = next((path for path in given if path and one.path[: len(path)] == path), None)
            return replace(one, path=path, text=f"{show(given[path])}, from --param") if path else one

        return tuple(replace(one, labels=tuple(map(label, one.labels))) for one in found)

    @cached_property
    def network(self) -> Network:
        """The patched network. Never raises: what is wrong is in `Network.faults`."""
        faults = list(self.patched.faults)
        found = self.patched.sections
        modules = {key_of(name): self._module(name, raw, path, faults) for name, (raw, path) in found.modules.items()}
        rows = tuple(layer_of(dict(cells), found.paths[name], name, faults) for name, cells in found.rows.items())
        heads = tuple(
            replace(layer_of(dict(cells), found.paths[name], name, faults), name=name)
            for name, cells in found.heads.items()
        )
        body = self.file.table or self.file.network
        assert body is not None
        for index, name in enumerate(body.added):
            if name not in found.rows:
                place = ("table" if self.file.table else "network", "added", index)
                faults.append(
                    Diagnostic(
                        "AS114",
                        f"`added` names `{name}`, there is no such row",
                        (Label(place),),
                        help=did_you_mean(name, found.rows),
                        facts={"missing": name, **spelling(name, found.rows)},
                    )
                )
        given = {key for key, _ in self.choice.params}
        faults += () if faults else unread(found, self.document, given)  # a fault may be why
        same = not (self.variants or self.choice.params or self.choice.input)
        return Network(
            self.file.name,
            self._input(found, faults),
            rows,
            heads,
            found.params,
            found.types,
            found.defaults,
            modules,
            found.columns,
            tuple(self.file.table.rows) if self.file.table else (),
            tuple(body.added),
            body.units,
            same,
            self.patched.errata,
            tuple(faults),
        )

    def _module(self, name: str, raw: Mapping[str, Any], path: Path, faults: list[Diagnostic]) -> Module:
        own: list[Diagnostic] = []
        module = read_module(name, raw, path, own)
        if own:
            from archspec.declared import as_used  # here: a file without faults does not pay for it

            module, own = as_used(module, raw, path, self.document.values, own)
        faults += own
        return module

    def _input(self, found: Sections, faults: list[Diagnostic]) -> Shape:
        try:
            printed = size(found.input, channels=True)
        except Fault as fault:
            faults.append(fault.diagnostic)
            return Shape(1, 1, 1)
        shape = Shape(*printed.grid, printed.channels or 1)
        if self.choice.input:
            chosen = size(Cell(self.choice.input, (), "input", ""))
            shape = Shape(*chosen.grid, chosen.channels or shape.channels)
        return shape


# A spec is chosen of many times (readings, variants), and its file is the same each time.
_file_of = lru_cache(maxsize=16)(read_file)


@lru_cache(maxsize=16)
def _cells_of(document: Document) -> tuple[Sections, tuple[Diagnostic, ...]]:
    faults: list[Diagnostic] = []
    return sections(_file_of(document), faults), tuple(faults)


def read(document: Document) -> Spec:
    """The spec of a document. Raises `Faults` where a section is wrong; faults of cells are found by `Spec.check`."""
    spec = Spec(document)
    _ = spec.file
    return spec


def _known(name: str, names: Any, what: str) -> None:
    if name not in names:
        there = ", ".join(sorted(names)) or "none"
        raise ValueError(f"no {what} is called `{name}`; {did_you_mean(name, names, f'there are: {there}')}")


def _extends(patch: Mapping[str, Any]) -> list[str]:
    value = patch.get("extends", [])
    names = value if isinstance(value, list) else [value]
    return [name for name in names if isinstance(name, str)]


def _is_text(patch: Mapping[str, Any], key: str) -> bool:
    """Whether a key, where it is there, names something; `extends` may be a list of names."""
    value = patch.get(key, "")
    return isinstance(value, str) or (key == "extends" and value == _extends(patch))


def _not_text(patch: Mapping[str, Any], section: str, name: str, key: str) -> Diagnostic:
    wanted = "a name, or a list of names" if key == "extends" else "a name"
    message, label = f"`{key}` of `{name}` is not {wanted}", Label((section, name, key))
    return Diagnostic("AS103", message, (label,), help=f"write {wanted} in quotes")


def _unknown(message: str, place: Path, word: str, known: Iterable[str]) -> Diagnostic:
    return Diagnostic("AS113", message, (Label(place),), help=did_you_mean(word, known), facts=spelling(word, known))


def _ring(section: str, names: list[str]) -> Diagnostic:
    """AS116 for patches of which each extends, however far, itself."""
    first, *others = names
    through = f" through {listed(others)}" if others else ""
    labels = tuple(Label((section, name, "extends")) for name in names)
    return Diagnostic("AS116", f"`{first}` extends itself{through}", labels, help="let one of them extend no other")


@lru_cache(maxsize=32)
def _ancestors_of(document: Document, section: str) -> dict[str, frozenset[str]]:
    """All that each patch of a section extends, up to `MAX_TRAIL`; itself too where there is a ring."""
    table: Mapping[str, Any] = getattr(_file_of(document), section)

    def ancestors(name: str) -> frozenset[str]:
        found: set[str] = set()
        todo = [name]
        while todo and len(found) <= MAX_TRAIL:
            new = {*_extends(table.get(todo.pop(), {}))} - found
            found |= new
            todo += new
        return frozenset(found)

    return {name: ancestors(name) for name in table}


@lru_cache(maxsize=16)
def _patch_faults(document: Document) -> tuple[Diagnostic, ...]:
    """References between patches: what `extends` and `reading` name exists, and nothing extends itself."""
    file, faults = _file_of(document), list[Diagnostic]()
    for section in ("readings", "variants"):
        table: Mapping[str, Any] = getattr(file, section)
        ancestors, long = _ancestors_of(document, section), ""
        for name, patch in table.items():
            faults += [
                _not_text(patch, section, name, key) for key in ("extends", "reading") if not _is_text(patch, key)
            ]
            for parent in _extends(patch):
                if parent not in table:
                    message = f"`{name}` extends `{parent}`, there is no such patch"
                    faults.append(_unknown(message, (section, name, "extends"), parent, table))
            if too_many(faults, (section, name)):
                break
            if len(ancestors[name]) > MAX_TRAIL:
                long = long or name
                continue
            mutual = {other for other in ancestors[name] if other in table and name in ancestors[other]}
            ring = [other for other in table if other in mutual] if mutual else []
            if ring[:1] == [name]:  # once for all that are in it
                faults.append(_ring(section, ring))
            reading = patch.get("reading")
            if isinstance(reading, str) and reading not in file.readings:
                message = f"`{name}` uses the reading `{reading}`, there is none of that name"
                faults.append(_unknown(message, (section, name, "reading"), reading, file.readings))
        if long:
            message = f"`{long}` extends more than {MAX_TRAIL} others, however far"
            faults.append(Diagnostic("AS105", message, (Label((section, long, "extends")),), help="write them as one"))
    if file.reading is not None and file.reading not in file.readings:
        faults.append(_unknown(f"no reading is called `{file.reading}`", ("reading",), file.reading, file.readings))
    return tuple(faults)
