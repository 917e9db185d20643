"""The page of a diagnostic: a code or its name in, Markdown out. The pages are the files of explain/."""

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
    known = [*(code.lower() for code in CODES), *CODES.values()]
    hint = did_you_mean(wanted, known, "`archspec explain` lists them").replace("`as", "`AS")
    raise LookupError(f"no diagnostic is called `{code_or_name}`; {hint}")
