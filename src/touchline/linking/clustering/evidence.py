"""The evidence by which tracklets are clustered."""

from __future__ import annotations

from dataclasses import dataclass

from touchline.evidence.appearance import TrackletAppearance
from touchline.linking.clustering.pair_terms import PairLlr, PairMask
from touchline.types import Floats, Ints


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence on T tracklets, in order of their first frames.

    appearance: summed embeddings and their calibration. motion: log-likelihood ratio that the one
    of a pair continues as the other, which begins later. pairwise: the same in both orders, of
    everything else. weights: (T,) weight of each in a cluster's mean of ``pairwise``. cannot_link:
    pairs that cannot be one person, in both orders. prior: log odds that two tracklets are one
    person before anything is known. min_margin: log odds by which a join must beat the next best
    explanation. roster_size: maximum number of people, or None. units: (T,) the first tracklet of
    those that are one person for certain, itself where there is no other; None: nothing is certain.
    """

    appearance: TrackletAppearance
    motion: PairLlr
    pairwise: PairLlr
    weights: Floats
    cannot_link: PairMask
    prior: float
    min_margin: float = 0.0
    roster_size: int | None = None
    units: Ints | None = None

    def __len__(self) -> int:
        return len(self.weights)
