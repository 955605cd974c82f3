"""A disk on which the n-th write fails, for whatever a run writes."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

_READING = ("SELECT", "PRAGMA", "BEGIN")


class Writes:
    """Counts what is written, and fails the write of number ``failing``; 0: none."""

    def __init__(self, failing: int = 0) -> None:
        self.failing = failing
        self.done: list[str] = []

    def count(self, what: str) -> bool:
        """Note one write; whether it fails."""
        self.done.append(what)
        return len(self.done) == self.failing

    @contextmanager
    def happening(self) -> Iterator[Writes]:
        """Every way by which Touchline writes goes through here while the block runs."""
        counted = self

        class Connection(sqlite3.Connection):
            def execute(self, statement: str, *given: Any) -> sqlite3.Cursor:
                if not statement.lstrip().upper().startswith(_READING) and statement.strip():
                    self._write(statement.split()[0])
                return super().execute(statement, *given)

            def executemany(self, statement: str, *given: Any) -> sqlite3.Cursor:
                self._write(statement.split()[0])
                return super().executemany(statement, *given)

            def commit(self) -> None:
                self._write("commit")
                super().commit()

            def _write(self, what: str) -> None:
                if counted.count(f"sqlite {what}"):
                    raise sqlite3.OperationalError("database or disk is full")

        connect, opened = sqlite3.connect, Path.open

        def connect_counted(*given: Any, **more: Any) -> sqlite3.Connection:
            made: sqlite3.Connection = connect(*given, **{"factory": Connection, **more})
            return made

        def open_counted(self: Path, mode: str = "r", *given: Any, **more: Any) -> Any:
            if set(mode) & set("wax+") and counted.count(f"open {self.name}"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return opened(self, mode, *given, **more)

        os_open = os.open

        def create_counted(path: Any, flags: int, *given: Any, **more: Any) -> int:
            if flags & os.O_CREAT and counted.count(f"create {Path(path).name}"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return os_open(path, flags, *given, **more)

        def failing(name: str) -> Any:
            real = getattr(os, name)

            def call(*given: Any, **more: Any) -> Any:
                if counted.count(f"{name} {given[-1] if name == 'replace' else ''}".strip()):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return real(*given, **more)

            return call

        with (
            mock.patch.object(sqlite3, "connect", connect_counted),
            mock.patch.object(Path, "open", open_counted),
            mock.patch.object(os, "fsync", failing("fsync")),
            mock.patch.object(os, "replace", failing("replace")),
            mock.patch.object(os, "mkdir", failing("mkdir")),
            mock.patch.object(os, "open", create_counted),
        ):
            yield self
