"""HOTA: detection and association accuracy over 19 IoU thresholds.

Luiten et al., "HOTA: A higher order metric for evaluating multi-object tracking", IJCV 2021.
The numbers are those of the authors' TrackEval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchline.metrics.alignment import EPSILON, Alignment, Pairs
from touchline.types import Floats, Ints

ALPHAS: Floats = np.arange(0.05, 0.99, 0.05)
"""(19,) the IoU from which a pair counts, from 0.05 to 0.95."""


@dataclass(frozen=True)
class HotaScores:
    """HOTA of one sequence or several, at each of the 19 overlaps 0.05 to 0.95.

    Fractions are in 0..1. Without a pair everything is 0, except ``loca``, which is then 1 (as in
    TrackEval).

    Args:
        tp: (19,) int64 pairs of a true box and a result box.
        fn: (19,) int64 true boxes left over.
        fp: (19,) int64 result boxes left over.
        assa: (19,) how much of the two identities of a pair belongs to each other (Jaccard), mean
            over the pairs.
        assre: (19,) likewise, of the true identity (recall).
        asspr: (19,) likewise, of the result's identity (precision).
        loca: (19,) mean overlap of the pairs.
    """

    tp: Ints
    fn: Ints
    fp: Ints
    assa: Floats
    assre: Floats
    asspr: Floats
    loca: Floats

    @property
    def deta(self) -> Floats:
        """Detection accuracy: pairs among all boxes (Jaccard)."""
        return _share(self.tp, self.tp + self.fn + self.fp)

    @property
    def detre(self) -> Floats:
        """Share of the true boxes that were found."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def detpr(self) -> Floats:
        """Share of the result boxes that are right."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def hota(self) -> Floats:
        """Geometric mean of ``deta`` and ``assa``, (19,)."""
        root: Floats = np.sqrt(self.deta * self.assa)
        return root

    @property
    def overall(self) -> float:
        """HOTA as it is published: the mean of ``hota`` over the overlaps."""
        return float(self.hota.mean())

    @classmethod
    def combine(cls, parts: Sequence[HotaScores]) -> HotaScores:
        """Over several sequences: boxes are summed, the rest are means over all their pairs."""
        tp = _total([part.tp for part in parts])

        def mean(values: list[Floats]) -> Floats:
            sum_by_tracklet = sum(
                (value * part.tp for value, part in zip(values, parts, strict=True)),
                np.zeros(len(ALPHAS)),
            )
            return sum_by_tracklet / np.maximum(1, tp)

        return cls(
            tp,
            _total([part.fn for part in parts]),
            _total([part.fp for part in parts]),
            mean([part.assa for part in parts]),
            mean([part.assre for part in parts]),
            mean([part.asspr for part in parts]),
            np.where(tp > 0, mean([part.loca for part in parts]), 1.0),
        )


def hota(alignment: Alignment) -> HotaScores:
    """HOTA and its parts, of one sequence."""
    pairs = alignment.pairs(alignment.best(_alignment_of_identities(alignment)))
    # levels: how many alphas a pair reaches, so that one histogram serves all of them.
    levels = np.searchsorted(ALPHAS - EPSILON, pairs.iou, side="right")
    tp = _reaching(np.bincount(levels, minlength=len(ALPHAS) + 1)).astype(np.int64)
    iou = _reaching(np.bincount(levels, weights=pairs.iou, minlength=len(ALPHAS) + 1))
    pairs_or_1 = np.maximum(1, tp)
    assa, assre, asspr = _association(alignment, pairs, levels)
    return HotaScores(
        tp,
        len(alignment.truth) - tp,
        len(alignment.result) - tp,
        assa / pairs_or_1,
        assre / pairs_or_1,
        asspr / pairs_or_1,
        np.where(tp > 0, iou / pairs_or_1, 1.0),
    )


def _alignment_of_identities(alignment: Alignment) -> Floats:
    """(P,) for each overlap its IoU times the alignment of its two identities over the whole clip.

    Of all matchings of a frame the one with the largest sum of these is taken, at every alpha.
    """
    pairs = alignment.overlaps
    truth, result = alignment.truth[pairs.truth_boxes], alignment.result[pairs.result_boxes]
    of_truth = _totals_of_truth(alignment)
    of_result = np.bincount(pairs.result_boxes, pairs.iou, minlength=len(alignment.result))
    either = of_result[pairs.result_boxes] + of_truth[pairs.truth_boxes] - pairs.iou
    # A box is shared among the boxes that it overlaps in its frame.
    shares = np.divide(pairs.iou, either, out=np.zeros(len(pairs)), where=either > EPSILON)
    identities, numbers = np.unique(truth * len(alignment.result_ids) + result, return_inverse=True)
    together = np.bincount(numbers, shares, minlength=len(identities))
    truth_counts, result_counts = _boxes_of_identities(alignment)
    jaccard = together[numbers] / (truth_counts[truth] + result_counts[result] - together[numbers])
    weights: Floats = jaccard * pairs.iou
    return weights


def _totals_of_truth(alignment: Alignment) -> Floats:
    """(M,) the IoU of each true box, summed over the result boxes of its frame.

    Summed in numpy's order for a row of a matrix, which TrackEval relies on: where two matchings
    are equally good, the last bit decides between them. Up to two numbers every order is the same.
    """
    pairs = alignment.overlaps
    boxes = len(alignment.truth)
    totals = np.bincount(pairs.truth_boxes, pairs.iou, minlength=boxes).astype(np.float64)
    crowded = np.bincount(pairs.truth_boxes, minlength=boxes) > 2
    widths = np.repeat(np.diff(alignment.result_starts), np.diff(alignment.truth_starts))
    columns = pairs.result_boxes - np.repeat(alignment.result_starts[:-1], np.diff(pairs.starts))
    for width in np.unique(widths[crowded]).tolist():
        chosen = crowded & (widths == width)
        inside = chosen[pairs.truth_boxes]
        matrix = np.zeros((np.count_nonzero(chosen), width))
        rows = (np.cumsum(chosen) - 1)[pairs.truth_boxes[inside]]
        matrix[rows, columns[inside]] = pairs.iou[inside]
        totals[chosen] = matrix.sum(axis=1)
    return totals


def _association(alignment: Alignment, pairs: Pairs, levels: Ints) -> tuple[Floats, Floats, Floats]:
    """Sums over the pairs of AssA, AssRe and AssPr, each (19,)."""
    results = max(1, len(alignment.result_ids))
    identities, numbers = np.unique(pairs.truth * results + pairs.result, return_inverse=True)
    steps = len(ALPHAS) + 1
    histogram = np.bincount(numbers * steps + levels, minlength=len(identities) * steps)
    together = _reaching(histogram.reshape(-1, steps))
    truth_counts, result_counts = _boxes_of_identities(alignment)
    truth = truth_counts[identities // results, None]
    result = result_counts[identities % results, None]
    squares = together**2
    return (
        (squares / (truth + result - together)).sum(axis=0),
        (squares / truth).sum(axis=0),
        (squares / result).sum(axis=0),
    )


def _boxes_of_identities(alignment: Alignment) -> tuple[Ints, Ints]:
    """Number of boxes of each true identity (G,) and each result identity (R,)."""
    return (
        np.bincount(alignment.truth, minlength=len(alignment.truth_ids)),
        np.bincount(alignment.result, minlength=len(alignment.result_ids)),
    )


def _reaching(histogram: Floats | Ints) -> Floats:
    """From sums over the pairs of each level, (..., 20), those over all that reach each alpha."""
    return np.cumsum(histogram[..., :0:-1], axis=-1, dtype=np.float64)[..., ::-1]


def _share(part: Ints, whole: Ints) -> Floats:
    share: Floats = part / np.maximum(1, whole)
    return share


def _total(counts: list[Ints]) -> Ints:
    return np.sum(counts, axis=0, dtype=np.int64) if counts else np.zeros(len(ALPHAS), np.int64)
