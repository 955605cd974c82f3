"""Rows of a gallery that adding and merging people both write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.gallery.condense import condensed
from touchline.gallery.store import Gallery


def keep_cannot_link(gallery: Gallery, first: int, second: int, clip: int) -> None:
    """Remember that two people were seen in one frame of a clip."""
    gallery.connection.execute(
        "INSERT OR IGNORE INTO cannot_links VALUES (?, ?, ?)",
        (min(first, second), max(first, second), clip),
    )


def read_embeddings(
    gallery: Gallery, person: int, clip: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """(L, D) embeddings of a person in a clip, and (L,) what each stands for."""
    counts, embeddings = gallery.connection.execute(
        "SELECT counts, embeddings FROM embeddings WHERE person = ? AND clip = ?", (person, clip)
    ).fetchone()
    weights = np.frombuffer(counts, np.float32).astype(np.float64)
    vectors = np.frombuffer(embeddings, np.float16).astype(np.float32)
    return vectors.reshape(len(weights), -1), weights


def write_embeddings(
    gallery: Gallery,
    person: int,
    clip: int,
    embeddings: NDArray[np.float32],
    counts: NDArray[np.float64],
) -> None:
    """Store these embeddings (L, D) of a person in a clip, replacing any others."""
    gallery.connection.execute(
        "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)",
        (
            person,
            clip,
            counts.astype(np.float32).tobytes(),
            embeddings.astype(np.float16).tobytes(),
        ),
    )


def make_room(gallery: Gallery, person: int, max_embeddings: int) -> None:
    """Condense the embeddings of a person, the same number for every clip."""
    query = "SELECT clip FROM embeddings WHERE person = ?"
    clips = [row[0] for row in gallery.connection.execute(query, (person,))]
    for clip in clips:
        embeddings, counts = read_embeddings(gallery, person, clip)
        fewer = condensed(embeddings, counts, max(max_embeddings // len(clips), 1))
        if len(fewer[1]) < len(counts):
            write_embeddings(gallery, person, clip, *fewer)


def keep_better(
    gallery: Gallery,
    person: int,
    team: int,
    team_confidence: float,
    number: int,
    number_confidence: float,
    role: str,
) -> None:
    """Take over a team, a number, a role where it is surer than what is known."""
    run = gallery.connection.execute
    run(
        "UPDATE people SET team = ?1, team_confidence = ?2 WHERE person = ?3 "
        "AND team_confidence < ?2",
        (team, team_confidence, person),
    )
    run(
        "UPDATE people SET number = ?1, number_confidence = ?2 WHERE person = ?3 "
        "AND number_confidence < ?2",
        (number, number_confidence, person),
    )
    run("UPDATE people SET role = ? WHERE person = ? AND role = 'person'", (role, person))
