"""The gallery of a match on disk: one SQLite file, changed by whole transactions only.

A killed command leaves the file as it was before. One process at a time changes a gallery.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from touchline.embedder_facts import EmbedderFacts
from touchline.errors import StoreError, UsageError
from touchline.foreign_text import json_values, shown
from touchline.gallery.people import PersonEmbeddings
from touchline.identities import Identities

GALLERY_VERSION = 2

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE clips (
    clip INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,       -- what was observed: video, start, end
    tracks TEXT NOT NULL,           -- which tracking its track ids are of
    name TEXT NOT NULL
);
CREATE TABLE people (
    person INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,               -- NULL: not named yet
    team INTEGER NOT NULL,          -- 0, 1, 2 officials, -1 unknown
    team_confidence REAL NOT NULL,
    number INTEGER NOT NULL,        -- -1 unknown
    number_confidence REAL NOT NULL,
    role TEXT NOT NULL
);
CREATE TABLE sightings (
    clip INTEGER NOT NULL REFERENCES clips ON DELETE CASCADE,
    track_id INTEGER NOT NULL,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    seconds REAL NOT NULL,
    PRIMARY KEY (clip, track_id)
);
CREATE TABLE embeddings (
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    clip INTEGER NOT NULL REFERENCES clips ON DELETE CASCADE,
    counts BLOB NOT NULL,           -- (L,) float32, half seconds
    embeddings BLOB NOT NULL,       -- (L, D) float16, seen from the clip's mean
    PRIMARY KEY (person, clip)
);
CREATE TABLE cannot_links (         -- two people seen in one frame, first < second
    first INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    second INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    clip INTEGER NOT NULL REFERENCES clips ON DELETE CASCADE,
    PRIMARY KEY (first, second, clip)
);
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a gallery, as shown to a user.

    team: position in TEAMS or UNKNOWN. number: of the shirt, or UNKNOWN. clips: names of those
    they were added from. seconds: how long they were seen in them. embeddings: how many are kept.
    """

    person: int
    name: str | None
    team: int
    number: int
    role: str
    clips: tuple[str, ...]
    seconds: float
    embeddings: int


class Gallery:
    """An open gallery. Use ``opened``; changes become durable when its block ends."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file = file
        self.connection = connection

    @property
    def embedder(self) -> EmbedderFacts:
        """The embedder whose vectors the gallery holds."""
        row = self.connection.execute("SELECT value FROM facts WHERE name = 'embedder'").fetchone()
        with self._readable():
            facts = EmbedderFacts(**json_values(row[0]))
            if not (
                isinstance(facts.name, str)
                and isinstance(facts.sha256, str | None)
                and isinstance(facts.size, int)
                and facts.size > 0
            ):
                raise ValueError("its embedder is invalid")
        return facts

    def clips(self) -> dict[int, str]:
        """The names of the clips by their number."""
        return dict(self.connection.execute("SELECT clip, name FROM clips ORDER BY clip"))

    def clip_of(self, key: str) -> int | None:
        """The number of the clip with this key, None where it was not added."""
        row = self.connection.execute("SELECT clip FROM clips WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    def remembered(self, key: str, tracks_key: str) -> dict[int, int]:
        """Persons by track id of a clip that was added with these tracks; else nothing."""
        return dict(
            self.connection.execute(
                "SELECT track_id, person FROM sightings JOIN clips USING (clip) "
                "WHERE key = ? AND tracks = ?",
                (key, tracks_key),
            )
        )

    def listed(self) -> list[Person]:
        """Everybody in the gallery, by number."""
        with self._readable():
            return self._listed()

    def _listed(self) -> list[Person]:
        clips: dict[int, list[str]] = {}
        seconds: dict[int, float] = {}
        for person, clip, time in self.connection.execute(
            "SELECT person, clips.name, sum(seconds) FROM sightings JOIN clips USING (clip) "
            "GROUP BY person, clip ORDER BY person, clip"
        ):
            clips.setdefault(person, []).append(clip)
            seconds[person] = seconds.get(person, 0.0) + time
        embeddings = dict(
            self.connection.execute(
                "SELECT person, sum(length(counts)) / 4 FROM embeddings GROUP BY 1"
            )
        )
        rows = self.connection.execute(
            "SELECT person, name, team, number, role FROM people ORDER BY person"
        )
        return [
            Person(
                *(person, name, team, number, role),
                clips=tuple(clips.get(person, ())),
                seconds=seconds.get(person, 0.0),
                embeddings=embeddings.get(person, 0),
            )
            for person, name, team, number, role in rows
        ]

    def people(self) -> PersonEmbeddings:
        """Everybody with features and embeddings, by number."""
        with self._readable():
            return self._people()

    def _people(self) -> PersonEmbeddings:
        rows = self.connection.execute(
            "SELECT person, role, team, team_confidence, number, number_confidence, "
            "(SELECT total(seconds) FROM sightings WHERE person = people.person), name "
            "FROM people ORDER BY person"
        ).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * 8
        ids = np.array(columns[0], np.int64)
        identities = replace(
            Identities.nothing_known(ids),
            roles=np.array(columns[1], np.str_),
            teams=np.array(columns[2], np.int64),
            team_confidences=np.array(columns[3], np.float64),
            numbers=np.array(columns[4], np.int64),
            number_confidences=np.array(columns[5], np.float64),
            seconds=np.array(columns[6], np.float64),
            names=np.array([name or "" for name in columns[7]], np.str_),
        )
        owners, counts, embeddings = [], [], []
        for person, weights, vectors in self.connection.execute(
            "SELECT person, counts, embeddings FROM embeddings ORDER BY person, clip"
        ):
            counts.append(np.frombuffer(weights, np.float32).astype(np.float64))
            embeddings.append(np.frombuffer(vectors, np.float16).astype(np.float32))
            owners.append(np.full(len(counts[-1]), np.searchsorted(ids, person), np.int64))
        people = PersonEmbeddings(
            identities,
            np.concatenate([np.empty(0, np.int64), *owners]),
            np.concatenate([np.empty(0, np.float32), *embeddings]).reshape(-1, self.embedder.size),
            np.concatenate([np.empty(0), *counts]),
        )
        _check(people)
        return people

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turns the errors of values that no gallery writes into one line."""
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise StoreError(
                f"gallery {self.file} is damaged ({shown(str(error))}): add the runs to a new one"
            ) from None

    def check(self) -> None:
        """Raises StoreError for values that no gallery writes; there are few, so all are read."""
        with self._readable():
            for one in self._listed():
                if not (isinstance(one.name, str | None) and math.isfinite(one.seconds)):
                    raise ValueError(f"person {one.person}")
            if not all(isinstance(name, str) for name in self.clips().values()):
                raise ValueError("the name of a clip")
            self._people()

    def require(self, person: int) -> None:
        """Raises UsageError unless there is such a person."""
        known = [row[0] for row in self.connection.execute("SELECT person FROM people")]
        if person in known:
            return
        if not known:
            raise UsageError(f"{self.file} holds nobody yet: touchline gallery add RUN")
        raise UsageError(
            f"{self.file} holds no person {person}; touchline gallery list shows who there is "
            f"({min(known)} to {max(known)})"
        )


@contextmanager
def opened(
    file: Path, *, write: bool = False, create: EmbedderFacts | None = None
) -> Iterator[Gallery]:
    """The gallery in ``file``; what the block changes is kept only when it ends without an error.

    write: nobody else can open it to write meanwhile. create: make it, for vectors of this
    embedder, where there is none. Raises UsageError for a missing file, StoreError for one that
    is no gallery, is damaged or is being written.
    """
    if create is None and not (os.path.exists(file) and file.stat().st_size):
        raise UsageError(
            f"gallery {file} does not exist: touchline gallery add RUN --gallery {file} makes it"
        )
    if not file.parent.is_dir():
        raise StoreError(f"gallery {file}: the folder {file.parent} does not exist")
    with _one_line_errors(file):
        connection = sqlite3.connect(file, timeout=1.0, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            _check_version(file, connection, create)
            gallery = Gallery(file, connection)
            gallery.check()
            yield gallery
            connection.execute("COMMIT")
        finally:
            connection.close()  # takes back what was not committed


def _check_version(
    file: Path, connection: sqlite3.Connection, create: EmbedderFacts | None
) -> None:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables and create is not None:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        facts: dict[str, Any] = {
            "gallery": GALLERY_VERSION,
            "embedder": {"name": create.name, "sha256": create.sha256, "size": create.size},
        }
        connection.executemany(
            "INSERT INTO facts VALUES (?, ?)", [(name, json.dumps(v)) for name, v in facts.items()]
        )
        return
    row = None
    if "facts" in tables:
        row = connection.execute("SELECT value FROM facts WHERE name = 'gallery'").fetchone()
    if row is None:
        raise StoreError(f"{file} is not a gallery: give the file that touchline gallery add made")
    if str(row[0]) != str(GALLERY_VERSION):
        raise StoreError(
            f"{file} was made by another version of touchline (gallery {shown(row[0])}, "
            f"this one reads {GALLERY_VERSION}): add the runs to a new one"
        )


def _check(people: PersonEmbeddings) -> None:
    """Raises ValueError for impossible values."""
    good = {
        "how long somebody was seen": (people.counts > 0) & np.isfinite(people.counts),
        "an embedding": np.isfinite(people.embeddings),
        "how many embeddings there are": np.array(len(people.counts) == len(people.embeddings)),
        "whose an embedding is": people.owners < len(people),
    }
    for what, right in good.items():
        if not right.all():
            raise ValueError(what)


@contextmanager
def _one_line_errors(file: Path) -> Iterator[None]:
    """Turns SQLite's errors into one line that names the file and the cure."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise StoreError(
            f"gallery {file}: it is damaged or no gallery; add the runs to a new one"
        ) from error
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text:
            text = "another touchline is changing it; wait until that has ended"
        elif "full" in text:
            text = "the disk is full; free some space and run the same command again"
        elif "not a database" in text or "malformed" in text:
            text = "it is damaged or no gallery; add the runs to a new one"
        elif "readonly" in text or "unable to open" in text:
            text = "it cannot be written or opened; choose another file with --gallery"
        raise StoreError(f"gallery {file}: {text}") from error
