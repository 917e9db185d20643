"""The commands `archspec` and `archspec-nn`, under a name that no other distribution has.

Another distribution, about CPU types, is called `archspec` and installs a package of that name. In one environment
files of the one replace those of the other; here that is noticed before anything runs, and said with what to do.
"""

import _signal  # type: ignore[import-not-found, unused-ignore]
import sys

DISTRIBUTION = "archspec-nn"


def run() -> int:
    """Run the command line and return its exit code; 2 where the package `archspec` is not ours."""
    # Until the command line is loaded Ctrl-C ends the process at once and without a word. `_signal` is part of the
    # interpreter: importing `signal` itself takes long enough to be interrupted.
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    try:
        from archspec import DISTRIBUTION as found  # first: the other's `__main__` would run what it imports
        from archspec.__main__ import run as ours
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] != "archspec":
            raise
        found = ""
    if found == DISTRIBUTION:
        return ours()
    where = getattr(sys.modules.get("archspec"), "__file__", None)
    what = f"is another one, {ascii(where)[1:-1]}" if where else "is not there whole"
    print("\n".join([f"{DISTRIBUTION}: the package `archspec` {what}", *conflict()]), file=sys.stderr)
    return 2


def conflict() -> list[str]:
    """What keeps this distribution from working, and what to do, in lines; none where it is alone and whole."""
    from importlib import metadata

    others = sorted({name for name in metadata.packages_distributions().get("archspec", ()) if name != DISTRIBUTION})
    lines = [f"{name} {metadata.version(name)} installs a package `archspec` too" for name in others]
    if lost := _lost():
        some = f"{', '.join(lost[:3])}{' ...' if len(lost) > 3 else ''}"
        lines.append(f"{len(lost)} files of {DISTRIBUTION} were replaced or removed: {some}")
    if others:
        names = " ".join([*others, DISTRIBUTION])
        lines.append(f"`python -m pip uninstall {names}`, then install each into a virtual environment of its own")
    elif lost:
        lines.append(f"`python -m pip uninstall {DISTRIBUTION}`, then install it again")
    return lines


def _lost() -> list[str]:
    """The files of this distribution that do not hold what was installed, by its record."""
    import base64
    import hashlib
    from importlib import metadata

    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:  # run from a checkout
        return []
    lost = []
    for file in files:
        if file.hash is None:
            continue
        try:
            digest = hashlib.new(file.hash.mode, file.read_binary()).digest()
        except OSError:
            digest = b""
        if base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=") != file.hash.value:
            lost.append(str(file))
    return lost


if __name__ == "__main__":
    sys.exit(run())
