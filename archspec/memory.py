"""How much memory this process may have: nothing in; bytes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def memory() -> float:
    """The least of what the machine has, what its limits of a process allow, and what the container may use; infinity
    where the system does not say."""
    return min([float("inf"), *_physical(), *_of_process(), *of_cgroup(_CGROUPS, Path("/proc/self/cgroup"))])


def _physical() -> Iterator[float]:
    with suppress(AttributeError, ValueError, OSError):
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_process() -> Iterator[float]:
    try:
        import resource
    except ImportError:  # Windows
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        yield limit


def of_cgroup(root: Path, own: Path) -> Iterator[float]:
    """The limits of the groups that the file `own` lists, and of those around them, of both versions of cgroups."""
    with suppress(OSError, ValueError):
        for line in own.read_text(encoding="utf-8").splitlines():
            _, kinds, path = line.split(":", 2)
            if not kinds:
                base, name = root, "memory.max"
            elif "memory" in kinds.split(","):
                base, name = root / "memory", "memory.limit_in_bytes"
            else:
                continue
            group = Path(path.lstrip("/"))
            for one in (group, *group.parents):
                with suppress(OSError, ValueError):  # `max` is no limit
                    yield int((base / one / name).read_text(encoding="utf-8"))
