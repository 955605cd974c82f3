"""The observation store: what was seen in each frame, appended while running, read back as arrays.

One SQLite file: a row per frame, and the facts the observations depend on. Frames and the state
needed to go on are committed together, so a killed run continues exactly where the last commit
ended. Only one process can write a store at a time.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import InputError, StoreError
from touchline.flashes import count_cuts, settled, standing_cuts
from touchline.observation_rows import (
    CHECKSUM,
    FRAME_COLUMNS,
    Observation,
    frame_row,
    observation_of,
    row_checksum,
    state_blob,
    state_of,
)
from touchline.packed_tracks import pack_tracks, unpack_tracks
from touchline.store_file import GUARD, FactsTable, connected, damaged, is_blank, one_line_errors
from touchline.types import Detections, TrackTable

__all__ = ["STORE_VERSION", "Observation", "ObservationStore"]

STORE_VERSION = 5
"""Version 1 had no shirts and no numbers, versions 1 and 2 no checksums, versions 1 to 3 no given
tracks, versions 1 to 4 no lines of the pitch. They are read, and become version 5 when written to;
unguarded frames stay so."""

_STATE_CHECKSUM = f"{GUARD}state"
_ROWS_CHECKSUM = f"{GUARD}track_rows"
_TRACKS_CHECKSUM = f"{GUARD}tracks"
_LAST_CHECKSUM = f"{GUARD}frames"
_FIRST_GUARDED = f"{GUARD}first"
"""Facts of the store about itself: CRC32 of the state, of the tracks, of their rows and of the last
frame; and the first frame that has one."""

_STATE, _TRACK_ROWS, _TRACKS = "observer", "track_rows", "tracks"
"""What the table ``state`` holds."""

_SCHEMA = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE frames ({", ".join(FRAME_COLUMNS)});
"""
_PLACES = ",".join("?" * len(FRAME_COLUMNS))
_COLUMNS_OF_VERSION = {1: 9, 2: 12, 3: 14, 4: 15, STORE_VERSION: len(FRAME_COLUMNS)}
_FIRST_WITH_CHECKSUMS = 3
_UNREADABLE = (struct.error, TypeError, ValueError, IndexError, RecursionError)


class ObservationStore:
    """Observations of one clip on disk. Use as a context manager; raises StoreError."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self._connection = connection
        self._facts = FactsTable(file, connection, STORE_VERSION)
        self._appended: int | None = None  # checksum of the last frame that is not committed yet
        self._sizes: dict[str, int] = {}  # of the rows of a column, the same in all frames

    @classmethod
    def create(cls, file: Path, facts: Mapping[str, Any]) -> ObservationStore:
        """A new, empty store. ``facts`` (JSON values) say what the observations depend on."""
        store = cls(file, connected(file, exclusive=True))
        with store._errors(), _closed_on_error(store):
            if not is_blank(store._connection):
                raise StoreError(
                    f"observations {file}: another touchline has just begun to write it"
                )
            store._connection.execute("BEGIN")  # one transaction: all of it or nothing
            for statement in _SCHEMA.split(";"):
                store._connection.execute(statement)
            store._facts.write({"version": STORE_VERSION, _FIRST_GUARDED: 0, **facts})
            store._connection.commit()
        return store

    @classmethod
    def open(cls, file: Path, *, write: bool = False) -> ObservationStore:
        """The store in ``file``; with ``write`` to append to it."""
        if not os.path.isfile(file):
            raise StoreError(f"{file} does not exist: observe the video first (touchline observe)")
        store = cls(file, connected(file, exclusive=write))
        with _closed_on_error(store):
            if store._blank():
                raise StoreError(
                    f"{file} holds nothing yet: the command that began it was ended too early to "
                    "keep a frame; run that command again"
                )
            version = store.facts().get("version")
            if not isinstance(version, int) or version not in _COLUMNS_OF_VERSION:
                raise StoreError(f"{file} is not an observation store of this version of touchline")
            if write and version < STORE_VERSION:
                store._bring_up_to_date(version)
        return store

    def __enter__(self) -> ObservationStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; frames appended since the last commit are dropped."""
        self._connection.close()

    def facts(self) -> dict[str, Any]:
        """What the observations depend on, and whether they are complete."""
        return {
            name: value for name, value in self._facts.read().items() if not name.startswith(GUARD)
        }

    def append(self, observation: Observation) -> None:
        """Add one frame; it is safe on disk after the next commit."""
        row = frame_row(observation, self._last_checksum())
        with self._errors():
            self._connection.execute(f"INSERT INTO frames VALUES ({_PLACES})", row)
        self._appended = row[CHECKSUM]

    def append_all(self, other: ObservationStore) -> None:
        """Add all frames of another store, of the same version; safe after the next commit."""
        for observation in other.as_observed():
            self.append(observation)

    def commit(self, state: Mapping[str, NDArray[Any]] | None = None, **facts: Any) -> None:
        """Make the appended frames, ``state`` and ``facts`` durable in one step."""
        with self._errors():
            if state is not None:
                facts[_STATE_CHECKSUM] = self._keep_blob(_STATE, state_blob(state))
            if self._appended is not None:
                facts[_LAST_CHECKSUM] = self._appended
            self._facts.write(facts)
            self._connection.commit()
            self._appended = None

    def state(self) -> dict[str, NDArray[Any]] | None:
        """The state given to the last commit, or None."""
        blob = self._blob(_STATE, _STATE_CHECKSUM, "the state it goes on from")
        try:
            return None if blob is None else state_of(blob)
        except (*_UNREADABLE, zipfile.BadZipFile, NotImplementedError, EOFError):
            raise self._damaged("the state it goes on from") from None

    def keep_track_rows(self, rows: NDArray[np.int64]) -> None:
        """Make (M,) ``rows`` durable: which detection of its frame each box of the tracks is."""
        with self._errors():
            checksum = self._keep_blob(_TRACK_ROWS, rows.astype(np.int32).tobytes())
        self.commit(None, **{_ROWS_CHECKSUM: checksum})

    def track_rows(self) -> NDArray[np.int64] | None:
        """What ``keep_track_rows`` was given last, or None."""
        blob = self._blob(_TRACK_ROWS, _ROWS_CHECKSUM, "which detections its tracks are")
        return None if blob is None else np.frombuffer(blob, np.int32).astype(np.int64)

    def keep_tracks(self, table: TrackTable) -> None:
        """Make the tracks durable as they are in tracks.csv, but for which detections they are."""
        with self._errors():
            checksum = self._keep_blob(_TRACKS, pack_tracks(table))
        self.commit(None, **{_TRACKS_CHECKSUM: checksum})

    def tracks(self) -> TrackTable | None:
        """What ``keep_tracks`` was given last, or None."""
        blob = self._blob(_TRACKS, _TRACKS_CHECKSUM, "what it holds of the tracks")
        try:
            return None if blob is None else unpack_tracks(blob)
        except (*_UNREADABLE, InputError):
            raise self._damaged("what it holds of the tracks") from None

    def _keep_blob(self, name: str, blob: bytes | memoryview) -> int:
        """Keep it until the next one of this name; returns its checksum."""
        self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, blob))
        return zlib.crc32(blob)

    def _blob(self, name: str, checksum_name: str, what: str) -> bytes | None:
        """What ``_keep_blob`` was given, or None. Raises StoreError where it is damaged."""
        with self._errors():
            row = self._connection.execute(
                "SELECT value FROM state WHERE name = ?", (name,)
            ).fetchone()
        checksum = self._facts.read().get(checksum_name)
        if row is None and checksum is None:
            return None
        try:
            # A store of an earlier version has no checksum of it.
            if row is not None and checksum in (None, zlib.crc32(row[0])):
                return bytes(row[0])
        except _UNREADABLE:
            pass
        raise self._damaged(what)

    def __len__(self) -> int:
        with self._errors():
            return int(self._connection.execute("SELECT count(*) FROM frames").fetchone()[0])

    def counts(self) -> dict[str, int]:
        """How many frames, shots, detections and embedded detections there are."""
        columns = "cut, length(scores) / 8, embedded"
        frames = detections = vectors = 0
        codes = []
        try:
            with self._errors():
                for cut, found, embedded in self._connection.execute(
                    f"SELECT {columns} FROM frames"
                ):
                    frames += 1
                    codes.append(cut)
                    detections += found
                    vectors += 0 if embedded is None else embedded.count(1)
            shots = count_cuts(codes) + 1 if frames else 0
        except (TypeError, ValueError, AttributeError):
            raise self._damaged("a frame") from None
        return {"frames": frames, "shots": shots, "detections": detections, "embedded": vectors}

    def times(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Index and time in seconds of every frame, ascending; nothing else is read."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT frame, time FROM frames ORDER BY frame"
            ).fetchall()
        columns = list(zip(*rows, strict=True)) or [(), ()]
        return np.array(columns[0], np.int64), np.array(columns[1], np.float64)

    def motions(self, first: int, last: int) -> NDArray[np.float64]:
        """(F, 2, 3) the camera's motion to each of the frames ``first`` to ``last``, from 0.

        NaN where a new image begins, whatever came back later.
        """
        with self._errors():
            rows = self._connection.execute(
                "SELECT motion, cut FROM frames WHERE frame BETWEEN ? AND ? ORDER BY frame",
                (first, last),
            ).fetchall()
        try:
            found = np.array([np.frombuffer(motion, np.float64) for motion, _ in rows])
            found = found.reshape(-1, 2, 3).copy()
            found[[code % 2 == 1 for _, code in rows]] = np.nan
        except _UNREADABLE:
            raise self._damaged("a frame") from None
        return found

    def times_and_shots(self) -> tuple[NDArray[np.int64], NDArray[np.float64], list[int]]:
        """As ``times``, and the first frame of every shot but the first, in one reading."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT frame, time, cut FROM frames ORDER BY frame"
            ).fetchall()
        frames, seconds, codes = list(zip(*rows, strict=True)) or [(), (), ()]
        shots = [int(frames[place]) for place in standing_cuts(codes)]
        return np.array(frames, np.int64), np.array(seconds, np.float64), shots

    def interruptions(self) -> list[float]:
        """The seconds at which flashes, dropped and foreign images were over."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT time FROM frames WHERE cut > 1 ORDER BY frame"
            ).fetchall()
        return [float(time) for (time,) in rows]

    def last(self) -> Observation | None:
        """The last frame observed, or None."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT * FROM frames ORDER BY frame DESC LIMIT 2"
            ).fetchall()
        if not rows:
            return None
        return self._observation(rows[0], self._checksum_after(rows[1:]), self._first_guarded())

    def __iter__(self) -> Iterator[Observation]:
        """Every observation in order of frames, a few in memory at a time.

        Of the frames between a shot and its return each is a ``flash`` and no cut: they are said
        to be cuts only as long as nothing came back.
        """
        return settled(self.as_observed())

    def as_observed(self) -> Iterator[Observation]:
        """Every observation as it was appended, with what was known then."""
        first_guarded, last = self._first_guarded(), self._last_checksum()
        cursor = self._connection.cursor()
        with self._errors():
            cursor.execute("SELECT * FROM frames ORDER BY frame")
        before = 0
        while True:
            with self._errors():
                rows = cursor.fetchmany(64)
            if not rows:
                break
            for row in rows:
                yield self._observation(row, before, first_guarded)
                before = self._checksum_after([row])
        if before != last and self._last_checksum() == last:  # nothing came meanwhile
            raise self._damaged("its last frames are missing, or the last one")

    def _blank(self) -> bool:
        with self._errors():
            return is_blank(self._connection)

    def _observation(
        self, row: Sequence[Any], checksum_before: int, first_guarded: int | None
    ) -> Observation:
        frame = row[0]
        try:
            guarded = first_guarded is not None and frame >= first_guarded
            if not guarded or row_checksum(row, checksum_before) == row[CHECKSUM]:
                found = observation_of(row)
                self._check_sizes(found.detections)
                return found
        except _UNREADABLE:
            pass
        raise self._damaged(f"frame {frame} (counted from 0), or a missing one before it,")

    def _check_sizes(self, found: Detections) -> None:
        """Raises ValueError where the vectors of a frame are not as long as those before."""
        for name in ("embeddings", "shirts"):
            column: NDArray[np.float32] | None = getattr(found, name)
            if column is not None and len(column):
                size = column.shape[1]
                if self._sizes.setdefault(name, size) != size:
                    raise ValueError(f"the length of its {name} changes")

    @staticmethod
    def _checksum_after(rows: Sequence[Sequence[Any]]) -> int:
        """What the row after these is chained to: 0 behind none, or one of an earlier version."""
        found = rows[0][CHECKSUM] if rows and len(rows[0]) > CHECKSUM else None
        return found if isinstance(found, int) else 0

    def _last_checksum(self) -> int:
        if self._appended is not None:
            return self._appended
        return int(self._facts.read().get(_LAST_CHECKSUM, 0))

    def _first_guarded(self) -> int | None:
        """The first frame that must have a checksum; None: a store of an earlier version."""
        first = self._facts.read().get(_FIRST_GUARDED)
        return None if first is None else int(first)

    def _bring_up_to_date(self, version: int) -> None:
        """Give a store of an earlier version the columns it lacks; its frames have none of that."""
        with self._errors():
            self._connection.execute("BEGIN")
            for column in FRAME_COLUMNS[_COLUMNS_OF_VERSION[version] :]:
                self._connection.execute(f"ALTER TABLE frames ADD COLUMN {column}")
            facts = {"version": STORE_VERSION}
            if version < _FIRST_WITH_CHECKSUMS:
                last = self._connection.execute("SELECT max(frame) FROM frames").fetchone()[0]
                facts[_FIRST_GUARDED] = 0 if last is None else last + 1
            self._facts.write(facts)
            self._connection.commit()

    def _damaged(self, what: str) -> StoreError:
        return damaged(self.file, what)

    def _errors(self) -> AbstractContextManager[None]:
        return one_line_errors(self.file)


@contextmanager
def _closed_on_error(store: ObservationStore) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.close()
        raise
