"""Naming, merging and removing people of a gallery."""

from __future__ import annotations

import numpy as np

from touchline.errors import UsageError
from touchline.gallery.config import GalleryConfig
from touchline.gallery.rows import (
    keep_better,
    keep_cannot_link,
    make_room,
    read_embeddings,
    write_embeddings,
)
from touchline.gallery.store import Gallery


def name_person(gallery: Gallery, person: int, name: str | None, number: int | None = None) -> None:
    """Give a person a name (None: none), and a shirt number, which then is certain.

    Raises UsageError for a person who is not there and for the name of another one.
    """
    gallery.require(person)
    row = gallery.connection.execute("SELECT person FROM people WHERE name = ?", (name,)).fetchone()
    if row is not None and row[0] != person:
        raise UsageError(
            f"person {row[0]} is called {name} already: choose another name, or "
            f"touchline gallery merge {row[0]} {person} where both are one"
        )
    gallery.connection.execute("UPDATE people SET name = ? WHERE person = ?", (name, person))
    if number is not None:
        gallery.connection.execute(
            "UPDATE people SET number = ?, number_confidence = 1.0 WHERE person = ?",
            (number, person),
        )


def merge_people(gallery: Gallery, kept: int, other: int, config: GalleryConfig) -> None:
    """Merge ``other`` into ``kept``, who takes over what is not known of them.

    Raises UsageError for two who were seen in one frame.
    """
    gallery.require(kept)
    gallery.require(other)
    if kept == other:
        raise UsageError(f"person {kept} cannot be joined with themselves: give two numbers")
    run = gallery.connection.execute
    pair = (min(kept, other), max(kept, other))
    clip = run(
        "SELECT clips.name FROM cannot_links JOIN clips USING (clip) "
        "WHERE first = ? AND second = ?",
        pair,
    ).fetchone()
    if clip is not None:
        raise UsageError(
            f"{kept} and {other} are two people: both were seen in one frame of {clip[0]}"
        )
    _merge_embeddings(gallery, kept, other, config.max_embeddings)
    run("UPDATE sightings SET person = ? WHERE person = ?", (kept, other))
    for first, second, number in run(
        "SELECT first, second, clip FROM cannot_links WHERE first = ? OR second = ?", (other, other)
    ).fetchall():
        third = second if first == other else first
        keep_cannot_link(gallery, kept, third, number)
    name, *features = run(
        "SELECT name, team, team_confidence, number, number_confidence, role "
        "FROM people WHERE person = ?",
        (other,),
    ).fetchone()
    run("DELETE FROM people WHERE person = ?", (other,))
    run("UPDATE people SET name = ? WHERE person = ? AND name IS NULL", (name, kept))
    keep_better(gallery, kept, *features)


def remove_person(gallery: Gallery, person: int) -> None:
    """Forget a person. Raises UsageError for one who is not there."""
    gallery.require(person)
    gallery.connection.execute("DELETE FROM people WHERE person = ?", (person,))


def remove_clip(gallery: Gallery, clip: int) -> int:
    """Forget what a clip added, and everybody who was in no other clip; returns their number.

    Raises UsageError for a clip that is not there.
    """
    clips = gallery.clips()
    if clip not in clips:
        known = ", ".join(f"{number} ({name})" for number, name in clips.items()) or "none"
        raise UsageError(f"{gallery.file} holds no clip {clip}; it holds {known}")
    before = len(gallery.listed())
    gallery.connection.execute("DELETE FROM clips WHERE clip = ?", (clip,))
    gallery.connection.execute(
        "DELETE FROM people WHERE person NOT IN (SELECT person FROM sightings)"
    )
    return before - len(gallery.listed())


def _merge_embeddings(gallery: Gallery, kept: int, other: int, max_embeddings: int) -> None:
    run = gallery.connection.execute
    theirs = dict(run("SELECT clip, 1 FROM embeddings WHERE person = ?", (kept,)))
    for clip in [row[0] for row in run("SELECT clip FROM embeddings WHERE person = ?", (other,))]:
        if clip in theirs:
            parts = [read_embeddings(gallery, person, clip) for person in (kept, other)]
            embeddings = np.concatenate([part[0] for part in parts])
            write_embeddings(gallery, kept, clip, embeddings, np.concatenate([p[1] for p in parts]))
        else:
            run(
                "UPDATE embeddings SET person = ? WHERE person = ? AND clip = ?",
                (kept, other, clip),
            )
    make_room(gallery, kept, max_embeddings)
