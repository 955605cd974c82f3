"""The SQLite file of an observation store: one process writes it, and its errors are one line."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from touchline.errors import StoreError

_DAMAGE = ("not a database", "malformed", "no such", "decode", "unsupported file format")

GUARD = "guard."
"""Names of facts of a store about itself begin with it."""

_FACTS_CHECKSUM = f"{GUARD}facts"  # CRC32 of the other facts


class FactsTable:
    """The table of facts, names and JSON values, and a checksum of them; raises StoreError.

    guarded_version: the version of stores that must have the checksum.
    """

    def __init__(self, file: Path, connection: sqlite3.Connection, guarded_version: int) -> None:
        self._file = file
        self._connection = connection
        self._guarded_version = guarded_version

    def read(self) -> dict[str, Any]:
        """Every fact, with those of the store about itself."""
        rows = self._rows()
        try:
            facts = {name: json.loads(value) for name, value in rows}
            guarded = _FACTS_CHECKSUM in facts or facts.get("version") == self._guarded_version
            if not guarded or facts.get(_FACTS_CHECKSUM) == _checksum_of(rows):
                return facts
        except (TypeError, ValueError, RecursionError):
            pass
        raise damaged(self._file, "what it says of the run")

    def write(self, facts: Mapping[str, Any]) -> None:
        """Add or replace facts; a commit makes them durable."""
        put = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
        self._connection.executemany(
            put, [(name, json.dumps(value)) for name, value in facts.items()]
        )
        checksum = json.dumps(_checksum_of(self._rows()))
        self._connection.execute(put, (_FACTS_CHECKSUM, checksum))

    def _rows(self) -> list[tuple[str, str]]:
        with one_line_errors(self._file):
            return self._connection.execute("SELECT name, value FROM facts").fetchall()


def _checksum_of(facts: Sequence[tuple[str, str]]) -> int:
    """CRC32 of names and values, without that of the checksum itself."""
    rows = sorted(row for row in facts if row[0] != _FACTS_CHECKSUM)
    return zlib.crc32(json.dumps(rows).encode())


def damaged(file: Path, what: str) -> StoreError:
    """The error that part of a store is not what was written."""
    return StoreError(
        f"observations {file}: {what} is damaged; touchline track --overwrite looks at the video "
        "again"
    )


@contextmanager
def one_line_errors(file: Path) -> Iterator[None]:
    """Turns SQLite's errors into one line that names the file and the cure."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
        text = str(error)
        if "locked" in text:
            text = "another touchline is working on it; wait for it or work in another folder"
        elif "full" in text:
            text = "the disk is full; free some space and run the same command to go on"
        elif "disk I/O" in text:
            text = f"{text}: see that the disk has room and is well, then the same command goes on"
        elif any(word in text for word in _DAMAGE):
            text = "it is damaged; touchline track --overwrite begins again"
        raise StoreError(f"observations {file}: {text}") from error


def connected(file: Path, *, exclusive: bool) -> sqlite3.Connection:
    """An open connection. exclusive: to write, and nobody else can. Raises StoreError."""
    with one_line_errors(file):
        connection = sqlite3.connect(file, timeout=1.0)
        try:
            if exclusive:
                # Held from the first access until close: a second writer fails at once.
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                connection.execute("BEGIN EXCLUSIVE")
                connection.commit()
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def is_blank(connection: sqlite3.Connection) -> bool:
    """Whether there is not one table: whoever made the file was killed before it had any."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return not tables[0]


def holds_nothing(file: Path) -> bool:
    """Whether there is no store, or one whose maker was killed before it held any table."""
    if not os.path.exists(file):
        return True
    connection = connected(file, exclusive=False)
    try:
        with one_line_errors(file):
            return is_blank(connection)
    finally:
        connection.close()


def is_being_written(file: Path) -> bool:
    """Whether another process holds the store in ``file`` open for writing."""
    if not os.path.isfile(file):
        return False
    connection = sqlite3.connect(file, timeout=0.0)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        return "locked" in str(error)  # anything else is damage, which keeps nobody out
    finally:
        connection.close()
    return False
