"""The folder of a search: locked to one process, and repaired after a kill."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from touchline.errors import StoreError

STUDY_FILE = "study.log"
_LOCK_FILE = "study.lock"
_JOURNAL_LOCK = STUDY_FILE + ".lock"  # Optuna's own, a link that outlives a kill


@contextmanager
def working_alone(folder: Path) -> Iterator[None]:
    """Create or repair the folder, and lock it against other processes.

    Raises StoreError where somebody is, or where it cannot be written. The lock is one of the
    operating system, so that of a killed process is gone with it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if folder.is_file() else error.strerror
        raise StoreError(f"cannot write to {folder}: {reason}; choose another --out") from None
    try:
        lock = sqlite3.connect(folder / _LOCK_FILE, timeout=0.0, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"cannot write to {folder}: {error}; choose another --out") from None
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if "locked" in str(error):
                reason = "another touchline is searching there: stop it first"
            else:
                reason = f"{error}; choose another --out"
            raise StoreError(f"cannot write to {folder}: {reason}") from None
        _mend(folder)
        yield
    finally:
        lock.close()


def _mend(folder: Path) -> None:
    """Remove what a killed process or a full disk left: a lock, half of the last line."""
    (folder / _JOURNAL_LOCK).unlink(missing_ok=True)
    file = folder / STUDY_FILE
    if not file.is_file():
        return
    with file.open("r+b") as study:
        whole = 0
        for line in study:
            if line.endswith(b"\n"):
                whole += len(line)
        study.truncate(whole)
