"""A folder that one process at a time writes into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from touchline.errors import StoreError


@contextmanager
def held_alone(folder: Path) -> Iterator[None]:
    """Keeps every other process out of a folder that is there, until the block ends.

    What is held is let go by the system when the process ends, however that is. Systems and file
    systems that know of no such locks keep nobody out. Raises StoreError where another process
    has it.
    """
    try:
        import fcntl
    except ImportError:  # not on this system
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StoreError(f"{folder} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise StoreError(
            f"another touchline is working in {folder}: wait for it, or choose another folder"
        ) from None
    except OSError:
        pass
    try:
        yield
    finally:
        os.close(handle)
