"""The page of diagnostics: what `archspec explain` prints of every code, as one page with a table of contents.

python docs/make_diagnostics.py           writes docs/diagnostics.md
python docs/make_diagnostics.py --check   exits 1 where what is there is not what would be written
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from archspec.diagnostic import CODES
from archspec.explanations import page

PAGE = Path(__file__).parent / "diagnostics.md"

HEAD = """\
# Diagnostics

What `archspec validate` reports. Written by `make docs` from [archspec/explain](../archspec/explain);
`archspec explain CODE` prints the same in a terminal.

A code and its name mean the same wherever one is asked for, and neither is used again for something else. The broken
example of a code is reported at the line that says so, the mended one is clean; both are tests.

What is reported can be chosen on the command line ([ci.md](ci.md#which-findings)). Claims that a paper misprints are
recorded in the file: under `[errata]`, `[readings]` or `[allow]`
([spec-format.md](spec-format.md#10-errata-readings-variants)).
"""
HUNDREDS = {
    "0": "The file",
    "1": "Keys, cells and names",
    "2": "Height and width",
    "3": "Channels",
    "5": "Other claims of the paper",
    "9": "Archspec itself",
}


def text() -> str:
    """The whole page."""
    return "\n".join([HEAD, *contents(), *(line for code in CODES for line in section(code))]) + "\n"


def contents() -> Iterator[str]:
    """A table of the codes for each hundred: the code, the name, and the first sentence of its page."""
    for hundred, codes in groupby(CODES, key=lambda code: code[2]):
        yield f"**{HUNDREDS[hundred]}**\n"
        yield "| code | name | |\n|---|---|---|"
        for code in codes:
            yield f"| [{code}](#{code.lower()}-{CODES[code]}) | `{CODES[code]}` | {first_sentence(code)} |"
        yield ""


def first_sentence(code: str) -> str:
    paragraph = " ".join(page(code).split("\n\n")[1].split())
    return re.split(r"(?<=\.) (?=[A-Z])", paragraph)[0].replace("|", "\\|")


def section(code: str) -> Iterator[str]:
    """The page of a code, its headings one level down."""
    fenced = False
    for line in page(code).splitlines():
        fenced ^= line.startswith("```")
        yield f"#{line}" if line.startswith("#") and not fenced else line
    yield ""


def main() -> int:
    made = text().rstrip() + "\n"
    there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if "--check" in sys.argv[1:]:
        if made != there:
            print("docs/diagnostics.md is not what would be written: run make docs, and look at it")
        return int(made != there)
    PAGE.write_text(made, encoding="utf-8", newline="\n")
    print("docs/diagnostics.md " + ("changed" if made != there else "is as it was"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
