"""IDF1: F1 score of the best one-to-one matching of people and predicted ids.

Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking",
2016. The numbers are those of TrackEval (threshold 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from touchline.metrics.alignment import MIN_IOU, Alignment


@dataclass(frozen=True)
class IdentityScores:
    """Identity scores of one sequence or several: counts, and fractions that follow from them.

    Every fraction without anything to divide by is 0.

    Args:
        tp: boxes of people under the one id that is theirs (IDTP).
        fn: the other true boxes (IDFN).
        fp: the other result boxes (IDFP).
    """

    tp: int
    fn: int
    fp: int

    @property
    def idf1(self) -> float:
        """Boxes under the right id among the mean number of true and result boxes."""
        return self.tp / max(1.0, self.tp + 0.5 * self.fn + 0.5 * self.fp)

    @property
    def idr(self) -> float:
        """Share of the true boxes that are under the right id."""
        return self.tp / max(1, self.tp + self.fn)

    @property
    def idp(self) -> float:
        """Share of the result boxes that are under the right id."""
        return self.tp / max(1, self.tp + self.fp)

    @classmethod
    def combine(cls, parts: Sequence[IdentityScores]) -> IdentityScores:
        """Over several sequences: counts are summed."""
        return cls(
            sum(part.tp for part in parts),
            sum(part.fn for part in parts),
            sum(part.fp for part in parts),
        )


def identity(alignment: Alignment) -> IdentityScores:
    """Identity counts of one sequence."""
    overlaps = alignment.overlaps
    close = overlaps.iou >= MIN_IOU
    truth = alignment.truth[overlaps.truth_boxes[close]]
    # Only ids that overlap someone take part: there can be far more ids than people.
    near, result = np.unique(alignment.result[overlaps.result_boxes[close]], return_inverse=True)
    shape = (len(alignment.truth_ids), len(near))
    together = np.bincount(truth * len(near) + result, minlength=shape[0] * shape[1])
    together = together.reshape(shape)
    # Fewest misses and false alarms is the same as most matched boxes.
    tp = int(together[linear_sum_assignment(together, maximize=True)].sum())
    return IdentityScores(tp, len(alignment.truth) - tp, len(alignment.result) - tp)
