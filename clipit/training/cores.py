"""How many processor cores this process may use, and keeping to them.

A container often sees all cores of its machine and may use the time of a few: Linux says how many in its control
groups (cgroup(7), versions 1 and 2), JupyterHub in the variable ``CPU_LIMIT``. JAX, NumPy and others look at neither;
they start a thread for each core that they may run on, and then stand in each other's way.

>>> cores() >= 1
True
"""

import math
import os
import zlib
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUP = Path("/proc/self/cgroup")
HUB_LIMIT = "CPU_LIMIT"  # what JupyterHub's spawners set: a number of cores, such as "2.0"


def cores() -> int:
    """How many cores this process may keep busy: those that it may run on, or fewer where something limits it."""
    limit = cpu_limit()
    return len(allowed()) if limit is None else min(limit, len(allowed()))


def allowed() -> list[int]:
    """The numbers of the cores that this process may run on; of all where the system does not say (macOS, Windows)."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def cpu_limit(cgroups: Path = CGROUPS, own_group: Path = OWN_GROUP) -> int | None:
    """The number of cores whose time this process may use, rounded up; None where nothing limits it."""
    folders = _groups(cgroups, own_group)
    shares = [_second_version(folder / "cpu.max") for folder in folders] + [_first_version(path) for path in folders]
    known = [share for share in [*shares, _positive(os.environ.get(HUB_LIMIT, ""))] if share is not None]
    return max(1, math.ceil(min(known))) if known else None


def respect_cpu_limit() -> None:
    """Keeps this process to as many cores as it may use, before a library has started a thread for each.

    Which ones follows from the machine's name and the user, so that the processes of a container share theirs, and
    thirty containers on one machine do not all choose the same.
    """
    limit, there = cpu_limit(), allowed()
    if limit is None or limit >= len(there) or not hasattr(os, "sched_setaffinity"):
        return
    first = zlib.crc32(f"{os.uname().nodename} {os.getuid()}".encode()) % len(there)
    os.sched_setaffinity(0, (there[first:] + there[:first])[:limit])


def _groups(cgroups: Path, own_group: Path) -> list[Path]:
    """The folders of the control groups that this process is in: each limits it, from the innermost to the root."""
    try:
        lines = [line.split(":", 2) for line in own_group.read_text().splitlines()]
    except OSError:
        lines = []
    inside = [(kinds, Path(group.lstrip("/"))) for _, kinds, group in filter(lambda line: len(line) == 3, lines)]
    found = [cgroups, cgroups / "cpu"]
    for kinds, group in inside:
        root = cgroups if not kinds else cgroups / "cpu" if "cpu" in kinds.split(",") else None
        if root is not None:
            found += [root / place for place in (group, *group.parents)]
    return list(dict.fromkeys(found))


def _second_version(file: Path) -> float | None:
    try:
        quota, period = map(int, file.read_text().split())
    except (OSError, ValueError):  # no such file, or "max": nothing limits it
        return None
    return quota / period


def _first_version(folder: Path) -> float | None:
    try:
        quota, period = (int((folder / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period"))
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 else None  # -1: nothing limits it


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < math.inf else None
