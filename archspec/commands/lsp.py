"""`archspec lsp`: the language server, over standard input and output."""

from __future__ import annotations

import argparse
import os
import sys

from archspec.commands.opening import UsageError
from archspec.extras import install


def lsp(arguments: argparse.Namespace) -> int:
    """Serve one editor until it goes."""
    try:
        from archspec.lsp.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        raise UsageError(f"the language server needs pygls: {install('lsp')}") from None
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as editor:
        sys.stdout = sys.stderr  # a stray word between two messages would be the end of the session
        return serve(sys.stdin.buffer, editor)
