"""`archspec weights`: a spec and a checkpoint in; what fits, what does not and why out, in the table's words."""

from __future__ import annotations

import argparse

from archspec import weights
from archspec.commands.opening import UsageError, one, print_full, ready
from archspec.diagnostic import Faults
from archspec.extras import NotInstalled


def weigh(arguments: argparse.Namespace) -> int:
    """Compare names and shapes; exit 1 where something does not fit. No weight is read."""
    spec = one(arguments)
    if spec is None or not ready(spec):
        return 1
    try:
        found = weights.report(spec, arguments.checkpoint, source=arguments.source)
    except Faults as faults:  # of the variant or reading that a section belongs to
        print_full(faults.diagnostics, spec.document)
        return 1
    except (NotInstalled, ValueError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{arguments.checkpoint}: {error.strerror or error}") from None
    print(found.render(arguments.format).rstrip("\n"))
    return 0 if found.ok else 1
