"""Several results on one truth: their differences, and how sure these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchline.errors import InputError
from touchline.evaluation.tracks import TrackEvaluation
from touchline.metrics.scores import TrackScores

RESAMPLES = 1000
"""Bootstrap samples of the sequences."""

FEWEST = 5
"""Sequences below which an interval over sequences says nothing."""

HIGHER_IS_BETTER = {"HOTA": 1, "DetA": 1, "AssA": 1, "MOTA": 1, "IDF1": 1, "IDSW": -1}
HIGHER_IS_BETTER |= {"kept": 1, "new": -1, "stolen": -1}
"""The scores that are compared: 1 where more is better, -1 where less is."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A result's combined score minus the first one's.

    Args:
        value: of all sequences together.
        low: lower end of the 95 % interval over the sequences; None with too few of them.
        high: its upper end.
    """

    value: float
    low: float | None
    high: float | None

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


@dataclass(frozen=True, slots=True)
class TrackComparison:
    """The scores of several results on one truth, the first of which the others are held against.

    Args:
        names: of the results.
        sequences: how many there are.
        scores: by name of the score, a value for each result.
        differences: by name of the score, of each result but the first.
    """

    names: tuple[str, ...]
    sequences: int
    scores: dict[str, tuple[float, ...]]
    differences: dict[str, tuple[Difference, ...]]

    def best(self, score: str) -> list[int]:
        """Which results have the best value; all of them where all agree."""
        signed = [HIGHER_IS_BETTER[score] * value for value in self.scores[score]]
        return [place for place, value in enumerate(signed) if value == max(signed)]

    def as_json(self) -> dict[str, Any]:
        """Plain values: fractions in 0..1, counts as whole numbers."""
        return {
            "results": list(self.names),
            "sequences": self.sequences,
            "scores": {name: list(values) for name, values in self.scores.items()},
            "differences": {
                name: [
                    {"value": one.value, "low": one.low, "high": one.high} for one in differences
                ]
                for name, differences in self.differences.items()
            },
        }


def compare_tracks(
    evaluations: Sequence[TrackEvaluation], names: Sequence[str], *, seed: int = 0
) -> TrackComparison:
    """Several evaluations on one truth side by side, with differences to the first.

    The interval is the middle 95 % of the differences of ``RESAMPLES`` bootstrap samples of the
    sequences (the same for all results), each combined as a whole. It says how much hangs on
    which sequences were at hand; not what another training or another match would give.

    Raises InputError for results of other sequences, or none.
    """
    if not evaluations or len(evaluations) != len(names):
        raise InputError("results, each with a name, are needed to compare")
    keys = list(evaluations[0].sequences)
    for one, name in zip(evaluations, names, strict=True):
        if list(one.sequences) != keys:
            raise InputError(f"{name} has other sequences than {names[0]}: compare the same ones")
    scores = [numbers(one.combined) for one in evaluations]
    samples = _samples(evaluations, keys, seed) if len(keys) >= FEWEST else None
    found: dict[str, tuple[Difference, ...]] = {}
    for column, score in enumerate(HIGHER_IS_BETTER):
        first = scores[0][column]
        ends = [(None, None)] * len(scores) if samples is None else _ends(samples[:, :, column])
        found[score] = tuple(
            Difference(scores[place][column] - first, *ends[place])
            for place in range(1, len(scores))
        )
    columns = {
        score: tuple(row[column] for row in scores) for column, score in enumerate(HIGHER_IS_BETTER)
    }
    return TrackComparison(tuple(names), len(keys), columns, found)


def numbers(scores: TrackScores) -> list[float]:
    """The scores of ``HIGHER_IS_BETTER``, in its order."""
    back = scores.reentry
    return [
        scores.hota.overall,
        float(scores.hota.deta.mean()),
        float(scores.hota.assa.mean()),
        scores.clear.mota,
        scores.identity.idf1,
        scores.clear.switches,
        back.kept,
        back.new,
        back.stolen,
    ]


def _samples(evaluations: Sequence[TrackEvaluation], keys: list[str], seed: int) -> Any:
    """(S, R, C) scores of each sample of the sequences and each result."""
    draws = np.random.default_rng(seed).integers(len(keys), size=(RESAMPLES, len(keys)))
    return np.array(
        [
            [
                numbers(TrackScores.combine([one.sequences[keys[place]] for place in draw]))
                for one in evaluations
            ]
            for draw in draws.tolist()
        ]
    )


def _ends(samples: Any) -> list[tuple[float, float]]:
    """The interval of each result's difference to the first; samples: (S, R) of one score."""
    apart = samples - samples[:, :1]
    low, high = np.percentile(apart, [2.5, 97.5], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))
