"""Codes by name: a code or its name in; its page of Markdown (a file of explain/), or the codes it stands for, out."""

from __future__ import annotations

from pathlib import Path

from archspec.diagnostic import CODES, did_you_mean

FOLDER = Path(__file__).parent / "explain"


def page(code_or_name: str) -> str:
    """The page of `AS301` or `concat-sum`, whatever its case. Raises `LookupError` with the nearest where there is
    none."""
    wanted = code_or_name.strip().lower()
    for code, name in CODES.items():
        if wanted in (code.lower(), name):
            return (FOLDER / f"{code}.md").read_text(encoding="utf-8")
    raise _unknown(code_or_name)


def address(code: str) -> str:
    """Where the page of a code is on this machine, as a URI."""
    return (FOLDER / f"{code}.md").as_uri()


def codes(word: str) -> frozenset[str]:
    """The codes that a code, a name or the beginning of codes stands for: `AS301`, `concat-sum`, `AS3`. Raises
    `LookupError` as `page` does."""
    wanted = word.strip().lower()
    prefix = wanted if wanted.startswith("as") else None
    found = {code for code, name in CODES.items() if name == wanted or (prefix and code.lower().startswith(prefix))}
    if not found:
        raise _unknown(word)
    return frozenset(found)


def _unknown(word: str) -> LookupError:
    known = [*(code.lower() for code in CODES), *CODES.values()]
    hint = did_you_mean(word.strip().lower(), known, "`archspec explain` lists them").replace("`as", "`AS")
    return LookupError(f"no diagnostic is called `{word}`; {hint}")
