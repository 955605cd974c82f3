"""Stop a network run that takes too long or too much memory: files are untrusted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_EVERY = 0.05  # seconds


@contextmanager
def limited(end: Callable[[], None], seconds: float) -> Iterator[list[str]]:
    """Calls ``end``, once, when what runs inside takes longer or over half of all memory.

    Yields a list that then holds the reason.
    """
    reasons: list[str] = []
    done = threading.Event()
    started, held, most = time.monotonic(), _held_memory(), _all_memory() / 2

    def watch() -> None:
        while not done.wait(_LOOK_EVERY):
            if time.monotonic() - started > seconds:
                reasons.append(f"had no answer after {seconds:g} s")
            elif _held_memory() - held > most:
                reasons.append(f"took more than {most / 2**30:.1f} GiB of memory")
            if reasons:
                end()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield reasons
    finally:
        done.set()
        watcher.join()


def _held_memory() -> int:
    """Bytes this process holds; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _all_memory() -> float:
    """Bytes of memory the machine has; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")
