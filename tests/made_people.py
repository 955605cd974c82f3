"""Made-up people of a clip whose looks and truth are known, the same for a seed everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.embedder_facts import EmbedderFacts
from touchline.gallery.people import ClipPeople, PersonEmbeddings
from touchline.identities import Identities

SIZE = 24
COLOUR = EmbedderFacts("colour", None, SIZE)


@dataclass(frozen=True)
class Scene:
    """A clip and who its identities truly are, by row."""

    clip: ClipPeople
    truth: NDArray[np.int64]


def scene(
    who: Sequence[int],
    *,
    key: str = "clip",
    seed: int = 0,
    noise: float = 0.3,
    embeddings: int = 8,
    together: bool = True,
    light: float = 1.0,
    embedder: EmbedderFacts = COLOUR,
) -> Scene:
    """A clip in which identity ``10 * row + 1`` is the person ``who[row]``.

    Every person looks like themselves plus the clip's light, as strong as ``light``, plus
    ``noise``. together: everybody is in one frame at once, apart from several identities of one
    person.
    """
    rng = np.random.default_rng(seed)
    truth = np.array(who, np.int64)
    light_of_clip = light * rng.normal(size=SIZE)
    vectors = np.concatenate(
        [np.empty((0, SIZE))]
        + [
            own_look(person) + light_of_clip + noise * rng.normal(size=(embeddings, SIZE))
            for person in who
        ]
    )
    if len(vectors):
        vectors = vectors - vectors.mean(axis=0)
    identities = Identities.nothing_known(10 * np.arange(len(who), dtype=np.int64) + 1)
    people = PersonEmbeddings(
        replace(identities, seconds=np.full(len(who), embeddings / 2.0)),
        np.repeat(np.arange(len(who)), embeddings),
        vectors.astype(np.float32),
        np.ones(len(vectors)),
    )
    cannot_link = (truth[:, None] != truth) & together
    return Scene(ClipPeople(key, key + " tracks", key, embedder, people, cannot_link), truth)


def own_look(person: int) -> NDArray[np.float64]:
    """(SIZE,) what tells a person from others."""
    return np.random.default_rng(1000 + person).normal(size=SIZE)
