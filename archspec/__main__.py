"""The process of the command line: `archspec`, or `python -m archspec`. A fast start, then cli.py."""

import gc
import io
import os
import sys


def run() -> int:
    """Run the command line and return its exit code."""
    # What imports make is kept: looking for garbage in it would take a tenth of a short run.
    gc.disable()
    # Without this pydantic reads the metadata of every installed package, to look for plugins that Archspec has no use
    # for.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from archspec.cli import main

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # where × cannot be shown, a ? stands for it
    gc.freeze()
    gc.enable()
    return main()


if __name__ == "__main__":
    sys.exit(run())
