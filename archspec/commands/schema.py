"""`archspec schema`: nothing, or a spec, in; a JSON Schema for editors and TOML tools out."""

from __future__ import annotations

import argparse
from pathlib import Path

from archspec import schema as json_schema
from archspec import whole_file
from archspec.commands.opening import NOTHING_CHOSEN, UsageError, one, printable, target


def schema(arguments: argparse.Namespace) -> int:
    """Print a schema, or write it to a file."""
    spec = path = None
    if arguments.output is not None:
        path = Path(arguments.output)
        if path.suffix.lower() == ".toml":
            raise UsageError(f"{path}: a schema is JSON, and .toml is the suffix of specs; name it .json")
    if arguments.spec is not None:
        path = path and target(arguments)
        spec = one(argparse.Namespace(**{**vars(arguments), **NOTHING_CHOSEN}))
        if spec is None:
            return 1
    text = json_schema.to_text(json_schema.schema(spec))
    if path is None:
        print(text, end="")
        return 0
    try:
        whole_file.write(path, text.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    print(printable(f"wrote {path}; name it in the first line of a spec: #:schema PATH"))
    return 0
