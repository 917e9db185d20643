"""Which claims of which rows may fail, and why: [allow], and the key `allow` of a row of [network]. A spec and what was
found in it, in; what is allowed, out.

Only claims may be allowed: without them there still is a network. A fault may not, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from archspec.diagnostic import CODES, Diagnostic, Label, Path, did_you_mean, spelling
from archspec.file import File
from archspec.limits import too_many
from archspec.spec import Choice, Spec

# The codes of the rules in checks/.
CLAIM_CODES = ("AS201", "AS301", "AS302", "AS305", "AS501", "AS502")


@dataclass(frozen=True)
class Allow:
    """One line: `code` may be reported of `row` no more, for the reason `why`."""

    row: str
    code: str
    why: str
    path: Path


@dataclass(frozen=True)
class Allows:
    """The lines of a file by row and code, and what is wrong with others."""

    lines: Mapping[tuple[str, str], Allow]
    faults: tuple[Diagnostic, ...]

    def marked(self, found: Diagnostic) -> Diagnostic:
        """The finding with the place and the reason of the line that allows it, if one does."""
        line = self.lines.get((found.row, found.code))
        return replace(found, allowed=Label(line.path, line.why)) if line else found

    def unused(self, spec: Spec, allowed: Iterable[Diagnostic], reported: Iterable[Diagnostic]) -> list[Diagnostic]:
        """AS120 for each line that allowed nothing.

        Only where the caller chose nothing, so that every reading was checked, and nothing but claims is at fault:
        what a row claims is not known otherwise.
        """
        if spec.choice != Choice() or any(one.severity == "error" and one.code not in CLAIM_CODES for one in reported):
            return []
        used = {one.allowed for one in allowed}
        return [
            Diagnostic(
                "AS120",
                f"`{line.row}` allows `{CODES[line.code]}`, there is nothing of the kind to allow",
                (Label(line.path, on="key"),),
                help="take the line out",
                severity="warning",
                row=line.row,
            )
            for line in self.lines.values()
            if Label(line.path, line.why) not in used
        ]


def allows(spec: Spec) -> Allows:
    """What a file allows. Faults: AS101 (no code, or no claim), AS102 (no reason), AS103, AS112, AS114."""
    lines: dict[tuple[str, str], Allow] = {}
    faults: list[Diagnostic] = []
    rows = spec.patched.sections.rows
    of_section = ((row, entries, ("allow", row)) for row, entries in spec.file.allow.items())
    for row, entries, path in (*of_section, *_of_rows(spec.file, faults)):
        if too_many(faults, path):
            break
        if row not in rows:
            if path[0] == "allow":  # what is wrong with the name of a row that stands there is said of it
                faults.append(_no_row(row, rows))
            continue
        for word, why in entries.items():
            line = Allow(row, _code(word), why.strip(), (*path, word))
            first = lines.setdefault((row, line.code), line)
            faults += _wrong(line, word, first)
    good = {key: line for key, line in lines.items() if line.code in CLAIM_CODES and line.why}
    return Allows(good, tuple(faults))


_Entries = tuple[str, dict[str, str], Path]  # a row, its reasons by code or name, and where they stand


def _of_rows(file: File, faults: list[Diagnostic]) -> Iterator[_Entries]:
    """The key `allow` of rows of [network]. Adds AS103 where it is no table of reasons."""
    for index, raw in enumerate(file.network.layers if file.network else ()):
        entries, row, path = raw.get("allow", {}), str(raw.get("name", "")), ("network", "layers", index, "allow")
        if not isinstance(entries, dict):
            faults.append(_no_reasons(row, path, f"`allow` of `{row}` is not a table", '{ AS301 = "the reason" }'))
            continue
        for word in (word for word, why in entries.items() if not isinstance(why, str)):
            what = f"`{word}` in `allow` of `{row}` is not text in quotes"
            faults.append(_no_reasons(row, (*path, word), what, "the reason in quotes"))
        yield row, {word: why for word, why in entries.items() if isinstance(why, str)}, path


def _no_reasons(row: str, path: Path, message: str, wanted: str) -> Diagnostic:
    return Diagnostic("AS103", message, (Label(path),), help=f"write {wanted}", row=row)


def _no_row(name: str, rows: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "AS114",
        f"[allow] speaks of `{name}`, there is no such row",
        (Label(("allow", name), on="key"),),
        help=did_you_mean(name, rows),
        facts={"missing": name, **spelling(name, rows)},
    )


def _code(word: str) -> str:
    """The code that a code or a name stands for, whatever its case; empty where it stands for none."""
    wanted = word.strip().lower()
    return next((code for code, name in CODES.items() if wanted in (code.lower(), name)), "")


def _wrong(line: Allow, word: str, first: Allow) -> Iterable[Diagnostic]:
    key = Label(line.path, on="key")
    claims = ", ".join(f"`{CODES[code]}`" for code in CLAIM_CODES)
    if not line.code:
        known = [*CLAIM_CODES, *(CODES[code] for code in CLAIM_CODES)]
        hint = did_you_mean(word, known, f"what may be allowed: {claims}")
        facts = spelling(word, known)
        yield Diagnostic("AS101", f"no diagnostic is called `{word}`", (key,), help=hint, row=line.row, facts=facts)
    elif line.code not in CLAIM_CODES:
        message = f"`{line.row}`: `{word}` cannot be allowed, it is no claim of the table"
        yield Diagnostic("AS101", message, (key,), help=f"what may be allowed: {claims}", row=line.row)
    elif first is not line:
        labels = (replace(key, text="again"), Label(first.path, "first", "key"))
        message = f"`{line.row}` allows `{CODES[line.code]}` twice"
        yield Diagnostic("AS112", message, labels, help="keep one of the two", row=line.row)
    elif not line.why:
        message = f"`{line.row}` allows `{word}` and does not say why"
        yield Diagnostic(
            "AS102", message, (Label(line.path),), help="write the reason between the quotes", row=line.row
        )
