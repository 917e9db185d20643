"""Where a name is declared and used, and renaming: an analysis and an offset in; places, or edits, out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path as FilePath

from archspec import modules, spec
from archspec.document import read_source
from archspec.edit import key_text, literal
from archspec.fixes import TextEdit, applied
from archspec.lsp.analysis import Analysis, analysis
from archspec.lsp.symbols import Occurrence, Symbol, occurrence_at, occurrences
from archspec.modules import library_names, operation_name
from archspec.names import instance
from archspec.notation import key_of
from archspec.patches import RESERVED
from archspec.places import scan
from archspec.source import UNPRINTABLE, Source, Span


@dataclass(frozen=True)
class Location:
    """A place in the file itself or, with `source`, in a file of the library."""

    span: Span
    source: Source | None = None


class Refused(Exception):
    """What was asked for cannot be done; the message says why."""


def definition(known: Analysis, offset: int) -> tuple[Location, ...]:
    """Where the name at an offset is declared; a module of the library in its own file."""
    found = occurrences(known)
    here = occurrence_at(found, offset)
    if here is None:
        return ()
    declared = [Location(one.span) for one in found if one.symbol == here.symbol and one.defines]
    if not declared and here.symbol.kind == "module" and here.symbol.name in library_names():
        return (_in_library(here.symbol.name),)
    return tuple(declared)


def references(known: Analysis, offset: int, *, declared: bool = True) -> tuple[Span, ...]:
    """Every place that says the name at an offset, its declaration too where `declared` is wanted."""
    found = occurrences(known)
    here = occurrence_at(found, offset)
    return tuple(one.span for one in found if here and one.symbol == here.symbol and (declared or not one.defines))


def _in_library(name: str) -> Location:
    for path in sorted((FilePath(modules.__file__).parent / "library").glob("*.toml")):
        source = read_source(path, str(path))
        place = scan(source.text).root.children["modules"].children.get(name)
        if place is not None:
            return Location(place.value, source)
    raise LookupError(name)


# --- renaming --------------------------------------------------------------------------------------------------------


def renameable(known: Analysis, offset: int) -> tuple[Span, str]:
    """The row or module at an offset: the place of its name, without quotes, and the name. Raises `Refused`."""
    here = _renamed_symbol(known, offset)
    start, end = here.span
    quoted = known.source.text[start] in "\"'"
    return Span(start + quoted, end - quoted), known.source.text[start + quoted : end - quoted]


def renamed(known: Analysis, offset: int, name: str) -> tuple[TextEdit, ...]:
    """The edits after which the row or module at an offset has another name everywhere.

    Names of parameters are not among them: they follow from the row's, and rules of [weights] speak of them. Raises
    `Refused` for a name that is taken or none, and where the file would be at fault after it.
    """
    assert known.spec is not None
    here = _renamed_symbol(known, offset)
    if here.instance:
        raise Refused(f"this names one instance of `{here.symbol.name}`; rename the row itself")
    if here.symbol.kind == "row":
        _check_row_name(known.spec, name)
    else:
        _check_module_name(known.spec, here.symbol.name, name)
    places = [one for one in occurrences(known) if one.symbol == here.symbol]
    edits = tuple(TextEdit(*one.span, _written(one, name)) for one in places)
    _check_result(known, edits)
    return edits


def _renamed_symbol(known: Analysis, offset: int) -> Occurrence:
    here = occurrence_at(occurrences(known), offset)
    if here is None or here.symbol.kind not in ("row", "module"):
        raise Refused("only rows and modules can be renamed")
    if here.symbol.kind == "module" and not _is_of_file(known, here.symbol):
        raise Refused(f"`{here.symbol.name}` comes with Archspec; declare a module of your own to change it")
    return here


def _is_of_file(known: Analysis, symbol: Symbol) -> bool:
    return any(one.symbol == symbol and one.defines for one in occurrences(known))


def _written(one: Occurrence, name: str) -> str:
    new = instance(name, one.instance) if one.instance else name
    return key_text(new) if one.on == "key" else literal(new)


def _check_row_name(one: spec.Spec, name: str) -> None:
    found = one.patched.sections
    if not name.strip() or UNPRINTABLE.search(name):
        raise Refused("a row's name is text on one line")
    if name in found.rows or name in found.heads:
        raise Refused(f"there is a {'row' if name in found.rows else 'head'} called `{name}` already")
    if name in RESERVED:
        raise Refused(f"a row cannot be called `{name}`: a patch could not tell it from a section")


def _check_module_name(one: spec.Spec, before: str, name: str) -> None:
    key, found = key_of(name), one.patched.sections
    if not key or UNPRINTABLE.search(name):
        raise Refused("a module's name has letters or digits, on one line")
    taken = {
        "module of this file": [key_of(other) for other in found.modules],
        "module of the library": library_names(),
        "word of [types]": [key_of(word) for word in found.types],
    }
    for what, names in taken.items():
        if key in names and key != before:
            raise Refused(f"there is a {what} called `{key}` already")
    if (operation := operation_name(name)) is not None:
        raise Refused(f"`{name}` is the operation `{operation}`")


def _check_result(known: Analysis, edits: tuple[TextEdit, ...]) -> None:
    """Whatever the checks above do not know of: the new text is checked, and may have no fault that the old has not."""
    after = analysis(Source(known.source.name, applied(known.source.text, edits)))
    new = Counter(one.code for one in after.diagnostics) - Counter(one.code for one in known.diagnostics)
    for one in after.diagnostics:
        if one.code in new:
            raise Refused(f"the file would then be at fault: {one.message}")
