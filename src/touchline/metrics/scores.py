"""All tracking scores of a sequence, combined over sequences, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from touchline.metrics.alignment import Alignment
from touchline.metrics.clear import ClearScores, clear
from touchline.metrics.hota import ALPHAS, HotaScores, hota
from touchline.metrics.identity import IdentityScores, identity
from touchline.metrics.reentry import ReentryScores, reentry

_MEANS = ("HOTA", "DetA", "AssA", "LocA", "DetRe", "DetPr", "AssRe", "AssPr")


@dataclass(frozen=True, slots=True)
class BoxCounts:
    """How much was compared.

    Args:
        frames: frames with a box in truth or result.
        truth_boxes: true boxes.
        result_boxes: boxes of the result.
        truth_ids: true people.
        result_ids: identities of the result.
    """

    frames: int
    truth_boxes: int
    result_boxes: int
    truth_ids: int
    result_ids: int

    @classmethod
    def combine(cls, parts: Sequence[BoxCounts]) -> BoxCounts:
        """Over several sequences: sums. Ids of different sequences are different ids."""
        return cls(*(sum(getattr(part, field.name) for part in parts) for field in fields(cls)))


@dataclass(frozen=True, slots=True)
class TrackScores:
    """The tracking scores of one sequence, or of several taken together.

    Args:
        hota: detection and association at 19 overlaps (HOTA, DetA, AssA).
        clear: misses, false alarms and switches (MOTA).
        identity: boxes under the right id (IDF1).
        reentry: what became of returning people.
        counts: how much was compared.
    """

    hota: HotaScores
    clear: ClearScores
    identity: IdentityScores
    reentry: ReentryScores
    counts: BoxCounts

    @classmethod
    def combine(cls, parts: Sequence[TrackScores]) -> TrackScores:
        """Over several sequences: boxes and events are summed, so a long sequence weighs more.

        Over none: what an empty truth with an empty result gets.
        """
        return cls(
            HotaScores.combine([part.hota for part in parts]),
            ClearScores.combine([part.clear for part in parts]),
            IdentityScores.combine([part.identity for part in parts]),
            ReentryScores.combine([part.reentry for part in parts]),
            BoxCounts.combine([part.counts for part in parts]),
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values: fractions in 0..1 (MOTA may be negative), counts as whole numbers.

        HOTA and its parts are means over the 19 alphas; ``per_alpha`` holds all of them. No value
        is NaN: a fraction without anything to divide by is 0, LocA without a pair 1.
        """
        per_alpha = {
            name: getattr(self.hota, name.lower()).tolist() for name in (*_MEANS, "TP", "FP", "FN")
        }
        return {
            **{name: sum(per_alpha[name]) / len(ALPHAS) for name in _MEANS},
            "MOTA": self.clear.mota,
            "MOTP": self.clear.motp,
            "MODA": self.clear.moda,
            "sMOTA": self.clear.smota,
            "IDF1": self.identity.idf1,
            "IDP": self.identity.idp,
            "IDR": self.identity.idr,
            "IDSW": self.clear.switches,
            "Frag": self.clear.fragments,
            "MT": self.clear.mostly_tracked,
            "PT": self.clear.partly_tracked,
            "ML": self.clear.mostly_lost,
            "TP": self.clear.tp,
            "FP": self.clear.fp,
            "FN": self.clear.fn,
            "IDTP": self.identity.tp,
            "IDFP": self.identity.fp,
            "IDFN": self.identity.fn,
            **{field.name: getattr(self.counts, field.name) for field in fields(self.counts)},
            "reentry": self.reentry.as_json(),
            "alphas": ALPHAS.round(2).tolist(),
            "per_alpha": per_alpha,
        }


def score_tracks(alignment: Alignment) -> TrackScores:
    """Every score of one sequence."""
    return TrackScores(
        hota(alignment),
        clear(alignment),
        identity(alignment),
        reentry(alignment),
        BoxCounts(
            len(alignment.frames),
            len(alignment.truth),
            len(alignment.result),
            len(alignment.truth_ids),
            len(alignment.result_ids),
        ),
    )
