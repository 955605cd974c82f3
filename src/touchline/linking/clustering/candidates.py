"""Which tracklets each tracklet may be joined to: the likeliest of the clip, found in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.steps import OnDone, unheard
from touchline.types import Index, Ints

MOST_CANDIDATES = 256
"""Most candidates that a tracklet names; those who name it come on top."""

LEAST_LOG_ODDS = -3.0
"""Pairs with log odds below this are no candidates: they are no near misses either."""

_PAIRS_AT_ONCE = 1_500_000


@dataclass(frozen=True, slots=True)
class Candidates:
    """For each of T tracklets the others it may be joined to, in both directions.

    offsets: (T + 1,), tracklet t has ``others[offsets[t]:offsets[t + 1]]``, ascending.
    most_pairwise: no pair has more pairwise evidence: a mean over pairs neither.
    """

    offsets: Ints
    others: NDArray[np.int32]
    most_pairwise: float = np.inf

    def of(self, members: Index) -> NDArray[np.int32]:
        """Candidates of any of ``members``, some perhaps repeated."""
        if not len(members):
            return self.others[:0]
        return np.concatenate(
            [self.others[self.offsets[member] : self.offsets[member + 1]] for member in members]
        )


def find_candidates(
    evidence: Evidence,
    most: int = MOST_CANDIDATES,
    least: float = LEAST_LOG_ODDS,
    on_done: OnDone = unheard,
) -> Candidates:
    """The ``most`` likeliest others of each tracklet with log odds of at least ``least``.

    A clip with no more tracklets than that has all pairs. on_done: told how many tracklets are
    done after every block.
    """
    count = len(evidence)
    if count <= most + 1:
        every = np.tile(np.arange(count, dtype=np.int32), (count, 1))
        others = every[~np.eye(count, dtype=np.bool_)]
        return Candidates(np.arange(count + 1, dtype=np.int64) * max(count - 1, 0), others)
    step = max(1, _PAIRS_AT_ONCE // count)
    rows, columns, most_pairwise = [], [], -np.inf
    for start in range(0, count, step):
        here = np.arange(start, min(start + step, count))
        log_odds, pairwise = _log_odds(evidence, here)
        most_pairwise = max(most_pairwise, pairwise)
        best = np.argpartition(log_odds, -most, axis=1)[:, -most:]
        likely = np.take_along_axis(log_odds, best, axis=1) >= least
        rows.append(np.repeat(here, likely.sum(axis=1)).astype(np.int32))
        columns.append(best[likely].astype(np.int32))
        on_done(int(here[-1]) + 1)
    row, column = np.concatenate(rows), np.concatenate(columns)
    named = csr_array((np.ones(len(row), np.bool_), (row, column)), shape=(count, count))
    both = (named + named.T).tocsr()
    both.sort_indices()
    offsets = both.indptr.astype(np.int64)
    return Candidates(offsets, both.indices.astype(np.int32), most_pairwise)


def _log_odds(evidence: Evidence, here: Index) -> tuple[NDArray[np.float64], float]:
    """(N, T) log odds of tracklets ``here`` (N,) with all, without regard to cannot-links.

    Also the most that pairwise evidence says for any of these pairs.
    """
    every, appearance = np.arange(len(evidence)), evidence.appearance
    log_odds = appearance.llr(
        appearance.sums[here], appearance.counts[here], appearance.sums, appearance.counts
    )
    one = here[:, None]
    pairwise = evidence.pairwise(one, every)
    log_odds += pairwise
    log_odds += evidence.motion(np.minimum(one, every), np.maximum(one, every))
    log_odds += evidence.prior
    log_odds[np.arange(len(here)), here] = -np.inf
    return log_odds, float(pairwise.max())
