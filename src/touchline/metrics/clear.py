"""CLEAR: misses, false alarms and identity switches, and MOTA, which combines them.

Bernardin and Stiefelhagen, "Evaluating multiple object tracking performance: the CLEAR MOT
metrics", 2008. The numbers are those of TrackEval (threshold 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from touchline.metrics.alignment import EPSILON, MIN_IOU, Alignment, Pairs
from touchline.types import Ints, Mask

_KEEP = 1000.0  # bonus for continuing the last frame's pair, beside an IoU of at most 1
_MOSTLY_TRACKED, _MOSTLY_LOST = 0.8, 0.2


@dataclass(frozen=True)
class ClearScores:
    """CLEAR of one sequence or several: counts, and fractions that follow from them.

    Every fraction without anything to divide by is 0.

    Args:
        tp: pairs of a true box and a result box.
        fn: misses.
        fp: false alarms.
        switches: times that a person is taken up again or carried on under another id than their
            last (IDSW).
        fragments: times that a person's track breaks off and is taken up again (Frag).
        mostly_tracked: people found in more than 80 % of their boxes (MT).
        partly_tracked: people found in 20 % to 80 % of their boxes (PT).
        mostly_lost: people found in less than 20 % of their boxes (ML).
        iou_sum: overlap summed over the pairs.
    """

    tp: int
    fn: int
    fp: int
    switches: int
    fragments: int
    mostly_tracked: int
    partly_tracked: int
    mostly_lost: int
    iou_sum: float

    @property
    def mota(self) -> float:
        """1 minus misses, false alarms and switches per true box: at most 1, no lower bound."""
        return self._of_truth(self.tp - self.fp - self.switches)

    @property
    def moda(self) -> float:
        """MOTA without the switches."""
        return self._of_truth(self.tp - self.fp)

    @property
    def smota(self) -> float:
        """MOTA in which a pair counts by its IoU."""
        return self._of_truth(self.iou_sum - self.fp - self.switches)

    @property
    def motp(self) -> float:
        """Mean IoU of the pairs."""
        return self.iou_sum / max(1, self.tp)

    @property
    def recall(self) -> float:
        """Share of the true boxes that were found."""
        return self._of_truth(self.tp)

    @property
    def precision(self) -> float:
        """Share of the result boxes that are right."""
        return self.tp / max(1, self.tp + self.fp)

    @classmethod
    def combine(cls, parts: Sequence[ClearScores]) -> ClearScores:
        """Over several sequences: every count is summed."""
        return cls(*(sum(getattr(part, field.name) for part in parts) for field in fields(cls)))

    def _of_truth(self, count: float) -> float:
        return count / (self.tp + self.fn) if self.tp + self.fn else 0.0


def clear(alignment: Alignment) -> ClearScores:
    """CLEAR counts of one sequence."""
    # Frames in which truth or result is empty are passed over: in them no track breaks.
    live = (np.diff(alignment.truth_starts) > 0) & (np.diff(alignment.result_starts) > 0)
    pairs = alignment.pairs(_continued(alignment, live))
    order = np.argsort(pairs.truth, kind="stable")  # by person, then frame
    person, shown = pairs.truth[order], pairs.result[order]
    step = (np.cumsum(live) - 1)[pairs.frames[order]]
    same = person[1:] == person[:-1]
    tracked, partly, lost = _coverage(alignment, pairs)
    return ClearScores(
        tp=len(pairs),
        fn=len(alignment.truth) - len(pairs),
        fp=len(alignment.result) - len(pairs),
        switches=int(np.count_nonzero(same & (shown[1:] != shown[:-1]))),
        fragments=int(np.count_nonzero(same & (np.diff(step) > 1))),
        mostly_tracked=tracked,
        partly_tracked=partly,
        mostly_lost=lost,
        iou_sum=float(pairs.iou.sum()),
    )


def _continued(alignment: Alignment, live: Mask) -> Mask:
    """(P,) the overlaps taken: first those that carry on the last live frame, then the largest."""
    overlaps = alignment.overlaps
    close = overlaps.iou >= MIN_IOU - EPSILON
    truth = alignment.truth[overlaps.truth_boxes]
    result = alignment.result[overlaps.result_boxes]
    taken = close.copy()
    previous_live = np.maximum.accumulate(np.where(live, np.arange(len(live)), -1))
    last: Ints = np.full(len(alignment.truth_ids), -1)  # the id of the last live frame
    for frame in np.flatnonzero(alignment.contested(close)).tolist():
        rows = alignment.pairs_of(frame)
        before = int(previous_live[frame - 1]) if frame else -1
        if before >= 0:
            earlier = alignment.pairs_of(before)
            chosen = taken[earlier]
            people = truth[earlier][chosen]
            last[people] = result[earlier][chosen]
        kept = last[truth[rows]] == result[rows]
        weights = np.where(close[rows], _KEEP * kept + overlaps.iou[rows], 0.0)
        taken[rows] = alignment.best_of_frame(frame, weights)
        if before >= 0:
            last[people] = -1
    return taken


def _coverage(alignment: Alignment, pairs: Pairs) -> tuple[int, int, int]:
    """How many people are mostly tracked, partly tracked, mostly lost."""
    people = len(alignment.truth_ids)
    present = np.bincount(alignment.truth, minlength=people)  # at least 1: all have a box
    share = np.bincount(pairs.truth, minlength=people) / present
    tracked = int(np.count_nonzero(share > _MOSTLY_TRACKED))
    partly = int(np.count_nonzero(share >= _MOSTLY_LOST)) - tracked
    return tracked, partly, people - tracked - partly
