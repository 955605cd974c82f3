"""Retrieval scores of each query, their means, and confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.metrics.retrieval import TrueMatches
from touchline.types import Ints

RANKS = (1, 5, 10)
"""The k of "a true match is among the first k"."""

RESAMPLES = 1000
"""Number of bootstrap samples of an interval."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Scores of queries that have a true match, one row a query. Index with a mask to select.

    queries: (N,) positions of the queries. identities: (N,). average_precision: (N,) 0..1.
    first_rank: (N,) place of the first true match, from 1. inverse_negative_penalty: (N,) 0..1,
    number of true matches by the place of the last one. left_out: queries without a true match.
    """

    queries: Ints
    identities: Ints
    average_precision: NDArray[np.float64]
    first_rank: Ints
    inverse_negative_penalty: NDArray[np.float64]
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.queries)

    def __getitem__(self, rows: NDArray[np.bool_]) -> Retrieval:
        """The queries of a mask; ``left_out`` is 0 then, for those belong to no group."""
        return Retrieval(
            self.queries[rows],
            self.identities[rows],
            self.average_precision[rows],
            self.first_rank[rows],
            self.inverse_negative_penalty[rows],
        )

    def scores(self) -> dict[str, float]:
        """``mAP``, ``rank1``, ``rank5``, ``rank10``, ``mINP``: means in 0..1, NaN of no query."""
        values = self._per_query()
        if not len(self):
            return dict.fromkeys(values, float("nan"))
        return {name: float(value.mean()) for name, value in values.items()}

    def intervals(self, seed: int = 0) -> dict[str, tuple[float, float]]:
        """The 95 % interval of each score, (NaN, NaN) where there are fewer than two identities.

        Percentiles of the bootstrap over identities: queries of one person are not independent,
        so people are drawn, with all of their queries. The same seed gives the same interval.
        """
        values = self._per_query()
        people, rows = np.unique(self.identities, return_inverse=True)
        if len(people) < 2:
            return dict.fromkeys(values, (float("nan"), float("nan")))
        table = np.stack([np.ones(len(self)), *values.values()])
        sums = np.stack([np.bincount(rows, row, minlength=len(people)) for row in table], axis=1)
        random = np.random.default_rng(seed)
        totals = np.empty((RESAMPLES, sums.shape[1]))
        for sample in range(RESAMPLES):
            drawn = random.integers(0, len(people), len(people))
            totals[sample] = np.bincount(drawn, minlength=len(people)) @ sums
        limits = np.percentile(totals[:, 1:] / totals[:, :1], (2.5, 97.5), axis=0)
        return {
            name: (float(low), float(high))
            for name, (low, high) in zip(values, limits.T, strict=True)
        }

    def as_json(self) -> dict[str, Any]:
        """The scores, their intervals under ``interval``, and counts; None stands for NaN."""
        return {
            **{name: _number(value) for name, value in self.scores().items()},
            "interval": {
                name: [_number(low), _number(high)]
                for name, (low, high) in self.intervals().items()
            },
            "queries": len(self),
            "queries_without_match": self.left_out,
            "identities": len(np.unique(self.identities)),
        }

    def _per_query(self) -> dict[str, NDArray[np.float64]]:
        ranks = {f"rank{k}": (self.first_rank <= k).astype(np.float64) for k in RANKS}
        return {"mAP": self.average_precision, **ranks, "mINP": self.inverse_negative_penalty}


def score_queries(matches: TrueMatches) -> Retrieval:
    """The scores of each query from its true matches.

    Equal scores are one step, as in scikit-learn's ``average_precision_score``: a wrong item that
    scores the same as a true match counts as before it, also for the ranks. Vectors that are all
    the same therefore find nobody, instead of whoever comes first in the file.
    """
    order = np.lexsort((-matches.scores, matches.queries))
    queries, scores = matches.queries[order], matches.scores[order]
    wrong = matches.wrong[order].astype(np.float64)
    present, starts, counts = np.unique(queries, return_index=True, return_counts=True)
    left_out = len(matches.query_identities) - len(present)
    if not len(present):
        none, nothing = np.empty(0, np.int64), np.empty(0)
        return Retrieval(none, none, nothing, none, nothing, left_out)
    # True matches at or above each one: those up to the end of its run of equal scores.
    ends = np.flatnonzero(np.append((np.diff(queries) != 0) | (np.diff(scores) != 0), True))
    last = ends[np.searchsorted(ends, np.arange(len(queries)))]
    right = last + 1 - np.repeat(starts, counts)
    precision = right / (right + wrong)
    return Retrieval(
        present,
        matches.query_identities[present],
        np.add.reduceat(precision, starts) / counts,
        matches.wrong[order][starts] + 1,
        counts / (counts + np.maximum.reduceat(wrong, starts)),
        left_out,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
