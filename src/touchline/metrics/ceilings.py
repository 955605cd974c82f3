"""How good the same boxes could be with better identities, and so what costs how much.

Every box of a result belongs to a tracklet, a piece that is meant to show one person. Which person
a box shows is told by the pairs of its frame (IoU at least 0.5, of the largest sum).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from touchline.metrics.alignment import MIN_IOU, Alignment
from touchline.metrics.hota import HotaScores, hota
from touchline.metrics.identity import IdentityScores, identity
from touchline.types import Ints, Mask


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The scores that the same boxes would have under other ids.

    Args:
        hota: detection and association.
        identity: boxes under the right id.
    """

    hota: HotaScores
    identity: IdentityScores

    @classmethod
    def combine(cls, parts: Sequence[Ceiling]) -> Ceiling:
        """Over several sequences, as the scores themselves are combined."""
        return cls(
            HotaScores.combine([part.hota for part in parts]),
            IdentityScores.combine([part.identity for part in parts]),
        )

    def as_json(self) -> dict[str, float]:
        """HOTA, AssA and IDF1, each 0..1."""
        return {
            "HOTA": self.hota.overall,
            "AssA": float(self.hota.assa.mean()),
            "IDF1": self.identity.idf1,
        }


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What better identities could make of the boxes of a result.

    Args:
        joining: the scores if each tracklet had the id of the person that most of it shows.
        identities: the scores if each box had the id of the person that it shows.
        tracklets: how many tracklets there are.
        matched: boxes that show a true person.
        pure: those of them that show the person that most of their tracklet shows.
    """

    joining: Ceiling
    identities: Ceiling
    tracklets: int
    matched: int
    pure: int

    @property
    def purity(self) -> float:
        """Share of the matched boxes that show the person of their tracklet; 1 without any."""
        return self.pure / self.matched if self.matched else 1.0

    @classmethod
    def combine(cls, parts: Sequence[Ceilings]) -> Ceilings:
        """Over several sequences: counts are summed."""
        return cls(
            Ceiling.combine([part.joining for part in parts]),
            Ceiling.combine([part.identities for part in parts]),
            sum(part.tracklets for part in parts),
            sum(part.matched for part in parts),
            sum(part.pure for part in parts),
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values, fractions in 0..1."""
        return {
            "perfect_joining": self.joining.as_json(),
            "perfect_identities": self.identities.as_json(),
            "tracklets": self.tracklets,
            "purity": self.purity,
        }


def ceilings(alignment: Alignment, tracklets: Ints) -> Ceilings:
    """The ceilings of one sequence.

    tracklets: (R,) the tracklet of each result box, 0 or more, boxes as in ``alignment.result``.

    The boxes stay as they are: only their ids change. A person has one id in a frame: of two boxes
    that would have it the one that matches the person gets it, and the other keeps an id of its
    tracklet alone, as do tracklets that show nobody.
    """
    numbers, tracklets = np.unique(tracklets, return_inverse=True)
    people, shown = len(alignment.truth_ids), _people_shown(alignment)
    matched = shown >= 0
    counts = np.zeros((len(numbers), people), np.int64)
    np.add.at(counts, (tracklets[matched], shown[matched]), 1)
    most = counts.max(axis=1, initial=0)
    alone = people + tracklets
    person = counts.argmax(axis=1) if people else np.zeros(len(numbers), np.int64)
    joined = np.where(most > 0, person, people + np.arange(len(numbers)))[tracklets]
    right = np.where(matched, shown, joined)
    frames = np.repeat(np.arange(len(alignment.frames)), np.diff(alignment.result_starts))
    return Ceilings(
        _scored(alignment, _once(frames, joined, shown == joined, alone)),
        _scored(alignment, _once(frames, right, matched, alone)),
        len(numbers),
        int(matched.sum()),
        int(most.sum()),
    )


def _people_shown(alignment: Alignment) -> Ints:
    """(R,) for each result box the position of its person in ``truth_ids``; -1: nobody."""
    overlaps = alignment.overlaps
    pairs = alignment.best(np.where(overlaps.iou >= MIN_IOU, overlaps.iou, 0.0))
    shown = np.full(len(alignment.result), -1)
    shown[overlaps.result_boxes[pairs]] = alignment.truth[overlaps.truth_boxes[pairs]]
    return shown


def _once(frames: Ints, ids: Ints, preferred: Mask, alone: Ints) -> Ints:
    """(R,) ``ids``, but ``alone`` for boxes whose id another box of their frame has.

    Of several with one id the first of those ``preferred`` keeps it.
    """
    order = np.lexsort((~preferred, ids, frames))
    again = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    others = order[1:][again]
    once = ids.copy()
    once[others] = alone[others]
    return once


def _scored(alignment: Alignment, ids: Ints) -> Ceiling:
    result_ids, result = np.unique(ids, return_inverse=True)
    relabelled = replace(alignment, result_ids=result_ids, result=result)
    return Ceiling(hota(relabelled), identity(relabelled))
