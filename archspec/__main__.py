"""The process of the command line: `archspec`, or `python -m archspec`. A fast start, then cli.py."""

import codecs
import gc
import io
import os
import signal
import sys

_PLAIN = {"×": "x", "·": "*", "›": ">", "→": "->", "─": "-", "²": "^2"}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Signs that the encoding of a stream lacks, in ASCII; a ? for those that papers do not use."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def run() -> int:
    """Run the command line and return its exit code."""
    # Before the command line is loaded, and after it is done, Ctrl-C ends the process at once and without a word.
    interrupts = signal.getsignal(signal.SIGINT) in (signal.default_int_handler, signal.SIG_DFL)
    if interrupts:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # What imports make is kept: looking for garbage in it would take a tenth of a short run.
    gc.disable()
    # Without this pydantic reads the metadata of every installed package, to look for plugins that Archspec has no use
    # for.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from archspec.cli import main
    from archspec.commands.interrupts import interrupt

    codecs.register_error("archspec.plain", _plain)
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started us
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, "r" if name == "stdin" else "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper) and name != "stdin":
            stream.reconfigure(errors="archspec.plain")
    gc.freeze()
    gc.enable()
    try:
        if interrupts:
            signal.signal(signal.SIGINT, interrupt)
        return main()
    except KeyboardInterrupt:  # before `main` began, or a second one
        return 130
    finally:
        if interrupts:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(run())
