"""What is known about people: embeddings, team, role and number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.embedder_facts import EmbedderFacts
from touchline.identities import Identities
from touchline.people_facts import Recognised


@dataclass(frozen=True, slots=True)
class PersonEmbeddings:
    """People and their embeddings.

    identities: (P,) who they are. owners: (L,) int64, which of them each row is of, ascending.
    embeddings: (L, D) float32, centred on the mean of the clip they come from. counts: (L,)
    float64, half seconds that each stands for. Those of one person are in order of time or of
    clips.
    """

    identities: Identities
    owners: NDArray[np.int64]
    embeddings: NDArray[np.float32]
    counts: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.identities)

    @property
    def ids(self) -> NDArray[np.int64]:
        """(P,) int64, ascending."""
        return self.identities.ids

    def means(self, vectors: NDArray[np.floating[Any]] | None = None) -> NDArray[np.float64]:
        """(P, D) mean of each person's embeddings, or of ``vectors`` (L, D) given for them.

        Zeros for a person without any.
        """
        values = self.embeddings if vectors is None else vectors
        sums = np.zeros((len(self), values.shape[1]))
        np.add.at(sums, self.owners, values * self.counts[:, None])
        return sums / np.maximum(self.weights(), 1e-12)[:, None]

    def weights(self) -> NDArray[np.float64]:
        """(P,) half seconds that the embeddings of each person stand for."""
        return np.bincount(self.owners, self.counts, len(self)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class ClipPeople:
    """The people of one clip, before they are recognised.

    key: tells the clip from others, the same when it is tracked again. tracks_key: tells its
    tracks from those of another tracking. people: its identities; ids are their track ids.
    cannot_link: (P, P) bool, True for two seen in one frame. recognised:
    who of a gallery they are by what the run remembers.
    """

    key: str
    tracks_key: str
    name: str
    embedder: EmbedderFacts
    people: PersonEmbeddings
    cannot_link: NDArray[np.bool_]
    recognised: tuple[Recognised, ...] = ()
