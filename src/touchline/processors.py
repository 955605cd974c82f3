"""How many processors this process may use: of the machine, and of what its container allows."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

CORES = "TOUCHLINE_CORES"
"""An environment variable: how many cores the process may use at most, as several share them."""

_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_TOPOLOGY = Path("/sys/devices/system/cpu")


@cache
def usable_cores() -> int:
    """The physical cores this process may keep busy, at least 1.

    The least of those it may run on (taskset, a container's cpuset, SLURM), of the time that its
    control groups give it (docker --cpus, a limit of Kubernetes), rounded up, and of what the
    variable ``TOUCHLINE_CORES`` says. Two hardware threads of a core count once: arithmetic gains
    nothing by the second.
    """
    cores = _physical_cores(_allowed_processors())
    return min(cores, most_threads() or cores)


def most_threads() -> int:
    """The threads that the limits of this process feed; 0: there is none but the machine's.

    For libraries that count the processors themselves and know nothing of control groups.
    """
    limits = [limit for limit in (cpu_quota(), _stated_cores()) if limit is not None]
    return max(1, math.ceil(min(limits))) if limits else 0


def cpu_quota(groups: Path = _CONTROL_GROUPS, own: Path = _OWN_GROUPS) -> float | None:
    """How many processors' time the control groups of this process give it; None: no limit.

    groups: where control groups are mounted, of version 1 or 2. own: the list of those of this
    process.
    """
    quotas = [quota for folder in _folders(groups, own) for quota in _quotas(folder)]
    return min(quotas, default=None)


def _stated_cores() -> int | None:
    """What the environment says; None where it says nothing that is a number above 0."""
    text = os.environ.get(CORES, "")
    return int(text) if text.isdecimal() and 0 < len(text) < 6 and int(text) else None


def _allowed_processors() -> set[int]:
    try:
        return os.sched_getaffinity(0)
    except AttributeError:  # not on this system
        return set(range(os.cpu_count() or 1))


def _physical_cores(processors: Iterable[int], topology: Path = _TOPOLOGY) -> int:
    """How many cores these processors are; each is one where the system does not say."""
    siblings = set()
    for processor in processors:
        file = topology / f"cpu{processor}" / "topology" / "thread_siblings_list"
        siblings.add(_text(file) or str(processor))
    return max(1, len(siblings))


def _folders(groups: Path, own: Path) -> Iterator[Path]:
    """Where the limits of this process may stand: each limit of a group above counts, too.

    In a container the list has names from outside of it, which are not there: its own group is
    mounted as the root.
    """
    for line in (_text(own) or "0::/").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers:
            root = groups
        elif "cpu" in controllers.split(","):
            root = groups / ("cpu" if (groups / "cpu").is_dir() else controllers)
        else:
            continue
        inside = PurePosixPath(path.lstrip("/"))
        for part in (inside, *inside.parents):
            yield root / part


def _quotas(folder: Path) -> Iterator[float]:
    """The limits that stand in the folder of a control group."""
    words = (_text(folder / "cpu.max") or "").split()
    if not words:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        words = [_text(folder / name) or "" for name in names]
    try:
        quota, period = (float(word) for word in words[:2])
    except ValueError:  # "max", or there is none
        return
    if quota > 0 and period > 0:  # version 1 says -1 for no limit
        yield quota / period


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
