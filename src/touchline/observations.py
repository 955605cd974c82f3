"""The observation store: what was seen in each frame, appended while running, read back as arrays.

One SQLite file: a row per frame, and the facts the observations depend on. Frames and the state
needed to go on are committed together, so a killed run continues exactly where the last commit
ended. Only one process can write a store at a time.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import StoreError
from touchline.foreign_text import ForeignTextError, json_values, shown
from touchline.stored_facts import checked_facts
from touchline.types import ROLES, Affine, Detections

STORE_VERSION = 2
"""Version 1 had no shirts and no numbers; it is read, and becomes version 2 when written to."""

_LARGEST = 1e9  # seconds of a time, pixels of a motion

_STATE = "state."

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE frames (
    frame INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    cut INTEGER NOT NULL,
    motion BLOB NOT NULL,      -- (2, 3) float64
    boxes BLOB NOT NULL,       -- (N, 4) float64 corner pixels
    scores BLOB NOT NULL,      -- (N,) float64
    roles BLOB NOT NULL,       -- (N,) uint8, positions in types.ROLES
    embedded BLOB,             -- (N,) uint8, 1 where a box has an embedding, or NULL: none has
    embeddings BLOB,           -- (sum of embedded, D) float16
    shirts BLOB,               -- (N, S) float16, NaN where not seen, or NULL: none was
    numbers BLOB,              -- (N,) int8, -1 where none was read, or NULL: none was
    number_scores BLOB         -- (N,) float16
);
"""
_PLACES = ",".join("?" * 12)
_NEW_COLUMNS = ("shirts", "numbers", "number_scores")


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen in one frame.

    frame: index in the video, from 0. time: seconds. cut: True where a new shot begins.
    motion: (2, 3), previous frame to this one. detections: with float16-exact embeddings, shirts
    and number scores, or none of them.
    """

    frame: int
    time: float
    cut: bool
    motion: Affine
    detections: Detections


class ObservationStore:
    """Observations of one clip on disk. Use as a context manager; raises StoreError."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self._connection = connection
        self._sizes: dict[str, int] = {}  # of the rows of a column, the same in all frames

    @classmethod
    def create(cls, file: Path, facts: Mapping[str, Any]) -> ObservationStore:
        """A new, empty store. ``facts`` (JSON values) say what the observations depend on."""
        if os.path.exists(file):
            raise StoreError(f"observations {file}: another touchline has just begun to write it")
        store = cls(file, _connect(file, exclusive=True))
        with store._errors(), _closed_on_error(store):
            store._connection.execute("BEGIN")  # one transaction: all of it or nothing
            for statement in _SCHEMA.split(";"):
                store._connection.execute(statement)
            store._set_facts({"version": STORE_VERSION, **facts})
            store._connection.commit()
        return store

    @classmethod
    def open(cls, file: Path, *, write: bool = False) -> ObservationStore:
        """The store in ``file``; with ``write`` to append to it."""
        if not os.path.isfile(file):
            raise StoreError(f"{file} does not exist: observe the video first (touchline observe)")
        store = cls(file, _connect(file, exclusive=write))
        with _closed_on_error(store):
            version = store.facts().get("version")
            if version not in (1, STORE_VERSION):
                raise StoreError(f"{file} is no observation store of this version of touchline")
            if write and version == 1:
                store._bring_up_to_date()
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
        with self._errors():
            rows = self._connection.execute("SELECT name, value FROM facts").fetchall()
        where = f"observations {self.file}"
        try:
            values = {str(name): json_values(value) for name, value in rows}
        except ForeignTextError as error:
            raise StoreError(f"{where} is damaged: a fact is {error}") from None
        return checked_facts(values, where)

    def append(self, observation: Observation) -> None:
        """Add one frame; it is safe on disk after the next commit."""
        found = observation.detections
        embedded = vectors = None
        if found.embeddings is not None:
            mask = found.embeddings.any(axis=1)
            embedded = mask.astype(np.uint8).tobytes()
            vectors = found.embeddings[mask].astype(np.float16).tobytes()
        row = (
            observation.frame,
            observation.time,
            int(observation.cut),
            np.ascontiguousarray(observation.motion, np.float64).tobytes(),
            found.boxes.tobytes(),
            found.scores.tobytes(),
            _role_codes(found.roles).tobytes(),
            embedded,
            vectors,
            *_clothes(found),
        )
        with self._errors():
            self._connection.execute(f"INSERT INTO frames VALUES ({_PLACES})", row)

    def commit(self, state: Mapping[str, NDArray[Any]] | None = None, **facts: Any) -> None:
        """Make the appended frames, ``state`` and ``facts`` durable in one step."""
        with self._errors():
            if state is not None:
                blob = io.BytesIO()
                arrays = {_STATE + name: value for name, value in state.items()}
                # The prefix keeps names apart from savez's own parameters; its types do not.
                np.savez(blob, **arrays)  # type: ignore[arg-type]
                self._connection.execute(
                    "INSERT OR REPLACE INTO state VALUES ('observer', ?)", (blob.getvalue(),)
                )
            self._set_facts(facts)
            self._connection.commit()

    def state(self) -> dict[str, NDArray[Any]] | None:
        """The state given to the last commit, or None."""
        with self._errors():
            row = self._connection.execute("SELECT value FROM state").fetchone()
        if row is None:
            return None
        with np.load(io.BytesIO(row[0]), allow_pickle=False) as arrays:
            return {name.removeprefix(_STATE): arrays[name] for name in arrays.files}

    def __len__(self) -> int:
        with self._errors():
            return int(self._connection.execute("SELECT count(*) FROM frames").fetchone()[0])

    def counts(self) -> dict[str, int]:
        """How many frames, shots, detections and embedded detections there are."""
        columns = "cut, length(scores) / 8, embedded"
        frames = cuts = detections = vectors = 0
        with self._errors(), self._readable("the frames"):
            for cut, found, embedded in self._connection.execute(f"SELECT {columns} FROM frames"):
                frames += 1
                cuts += cut
                detections += found
                vectors += 0 if embedded is None else embedded.count(1)
        shots = cuts + 1 if frames else 0
        return {"frames": frames, "shots": shots, "detections": detections, "embedded": vectors}

    def last(self) -> Observation | None:
        """The last frame observed, or None."""
        with self._errors():
            row = self._connection.execute(
                "SELECT * FROM frames ORDER BY frame DESC LIMIT 1"
            ).fetchone()
        return None if row is None else self._observation(row)

    def __iter__(self) -> Iterator[Observation]:
        """Every observation in order of frames, a few in memory at a time."""
        cursor = self._connection.cursor()
        with self._errors():
            cursor.execute("SELECT * FROM frames ORDER BY frame")
        while True:
            with self._errors():
                rows = cursor.fetchmany(64)
            if not rows:
                return
            for row in rows:
                yield self._observation(row)

    def _observation(self, row: tuple[Any, ...]) -> Observation:
        with self._readable(f"frame {shown(row[0])}"):
            found = _observation(row)
            known = np.abs([found.time, *found.motion.flat]) < _LARGEST  # NaN is not either
            if not (found.frame >= 0 and known.all()):
                raise ValueError("its number, time or motion is none")
            for name in ("embeddings", "shirts"):
                column: NDArray[np.float32] | None = getattr(found.detections, name)
                if column is not None and len(column):
                    size = column.shape[1]
                    if self._sizes.setdefault(name, size) != size:
                        raise ValueError(f"its {name} have another length than before")
            return found

    @contextmanager
    def _readable(self, what: str) -> Iterator[None]:
        """Turns the errors of values that no store writes into one line."""
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise StoreError(
                f"observations {self.file} is damaged: {what} cannot be read ({shown(str(error))})"
                "; touchline track --overwrite begins again"
            ) from None

    def _bring_up_to_date(self) -> None:
        """Give a store of version 1 the columns it lacks; its frames have none of that."""
        with self._errors():
            self._connection.execute("BEGIN")
            for column in _NEW_COLUMNS:
                self._connection.execute(f"ALTER TABLE frames ADD COLUMN {column} BLOB")
            self._set_facts({"version": STORE_VERSION})
            self._connection.commit()

    def _set_facts(self, facts: Mapping[str, Any]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO facts VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in facts.items()],
        )

    def _errors(self) -> AbstractContextManager[None]:
        return _one_line_errors(self.file)


@contextmanager
def _one_line_errors(file: Path) -> Iterator[None]:
    """Turns SQLite's errors into one line that names the file and the cure."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise StoreError(
            f"observations {file}: it is damaged; touchline track --overwrite begins again"
        ) from error
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text:
            text = "another touchline is working on it; wait for it or work in another folder"
        elif "full" in text:
            text = "the disk is full; free some space and run the same command to go on"
        elif "not a database" in text or "malformed" in text or "no such table" in text:
            text = "it is damaged; touchline track --overwrite begins again"
        raise StoreError(f"observations {file}: {text}") from error


@contextmanager
def _closed_on_error(store: ObservationStore) -> Iterator[None]:
    try:
        yield
    except BaseException:
        store.close()
        raise


def _connect(file: Path, *, exclusive: bool) -> sqlite3.Connection:
    with _one_line_errors(file):
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


def _role_codes(roles: NDArray[np.str_]) -> NDArray[np.uint8]:
    codes = np.empty(len(roles), np.uint8)
    for code, role in enumerate(ROLES):
        codes[roles == role] = code
    return codes


def _clothes(found: Detections) -> tuple[bytes | None, bytes | None, bytes | None]:
    """What the columns of shirts, numbers and their scores hold; None where nothing was seen."""
    shirts = numbers = number_scores = None
    if found.shirts is not None and not np.isnan(found.shirts).all():
        shirts = found.shirts.astype(np.float16).tobytes()
    if found.numbers is not None and found.number_scores is not None and (found.numbers >= 0).any():
        numbers = found.numbers.astype(np.int8).tobytes()
        number_scores = found.number_scores.astype(np.float16).tobytes()
    return shirts, numbers, number_scores


def _observation(row: tuple[Any, ...]) -> Observation:
    frame, time, cut, motion, boxes, scores, roles, embedded, vectors, *clothes = row
    # A store of version 1, opened to be read, ends before them.
    shirts, numbers, number_scores = clothes or (None, None, None)
    embeddings: NDArray[np.float32] | None = None
    if embedded is not None:
        mask = np.frombuffer(embedded, np.uint8).astype(np.bool_)
        count = int(mask.sum())
        stored = np.frombuffer(vectors, np.float16)
        size = len(stored) // count if count else 0
        # No vector in this frame: its length is unknown here, so there are no embeddings.
        if size:
            embeddings = np.zeros((len(mask), size), np.float32)
            embeddings[mask] = stored.reshape(count, size)
    return Observation(
        frame,
        time,
        bool(cut),
        np.frombuffer(motion, np.float64).reshape(2, 3),
        Detections(
            np.frombuffer(boxes, np.float64).reshape(-1, 4),
            np.frombuffer(scores, np.float64),
            np.array(ROLES)[np.frombuffer(roles, np.uint8)],
            embeddings,
            shirts=None if shirts is None else _floats(shirts).reshape(len(scores) // 8, -1),
            numbers=None if numbers is None else np.frombuffer(numbers, np.int8),
            number_scores=None if number_scores is None else _floats(number_scores),
        ),
    )


def _floats(stored: bytes) -> NDArray[np.float32]:
    return np.frombuffer(stored, np.float16).astype(np.float32)
