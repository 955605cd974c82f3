"""The objective that a search maximises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.config import nearest_name
from touchline.errors import UsageError
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import link_observations
from touchline.metrics.alignment import align
from touchline.metrics.hota import hota
from touchline.metrics.identity import identity
from touchline.metrics.reentry import reentry
from touchline.tracking.config import TrackerConfig
from touchline.tuning.stored import StoredSequence
from touchline.types import PEOPLE

METRICS = ("hota", "idf1", "reentry")


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one sequence: HOTA and IDF1 in 0..1, and what became of the returns.

    returns: how often a true person came back after a second or more; the rest of them after
    kept, new and stolen could not be compared.
    """

    hota: float
    idf1: float
    kept: int
    new: int
    stolen: int
    returns: int

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, which ``Scores(**values)`` takes back."""
        return asdict(self)


def score(sequence: StoredSequence, tracker: TrackerConfig, link: LinkConfig) -> Scores:
    """Track one sequence with these settings, and score the tracks of people that come out."""
    table = link_observations(
        sequence, tracker, link, frame_rate=sequence.frame_rate, image_size=sequence.image_size
    )
    alignment = align(sequence.truth, table[np.isin(table.roles, PEOPLE)], sequence.frame_rate)
    back = reentry(alignment)
    counts = back.counts()
    return Scores(
        float(hota(alignment).hota.mean()),
        float(identity(alignment).idf1),
        counts["kept"],
        counts["new"],
        counts["stolen"],
        len(back.returns),
    )


@dataclass(frozen=True)
class Objective:
    """A weighted mean of metrics, each in 0..1 (re-entry: -1..1).

    Of several sequences it is the mean over the sequences. Re-entry is (kept - stolen) / returns
    of all sequences together, since a single one has few returns: to lose a person is neutral, to
    mix them up with somebody else is as bad as keeping them is good.
    """

    weights: dict[str, float]

    @classmethod
    def parse(cls, text: str) -> Objective:
        """From ``hota``, or ``hota=2,reentry=1``. Raises UsageError."""
        weights: dict[str, float] = {}
        for part in text.split(","):
            name, _, number = (word.strip() for word in part.partition("="))
            name = name.lower()
            if name not in METRICS:
                raise UsageError(
                    f"--objective {text!r}: unknown score {name!r}" + nearest_name(name, METRICS)
                )
            try:
                weight = float(number) if "=" in part else 1.0
            except ValueError:
                weight = -1.0
            if name in weights or not (isfinite(weight) and weight > 0):
                raise UsageError(
                    f"--objective {text!r}: give each score once, with a weight above 0, as in "
                    "hota=1,reentry=0.5"
                )
            weights[name] = weight
        return cls(weights)

    def __str__(self) -> str:
        if len(self.weights) == 1:
            return next(iter(self.weights))
        return ",".join(f"{name}={weight:g}" for name, weight in self.weights.items())


@dataclass(frozen=True)
class Yardstick:
    """An objective on given sequences, as one value per sequence whose mean is the objective.

    counts: (N,) how much each sequence counts. returns: (N,) how many returns its truth has.
    """

    objective: Objective
    counts: NDArray[np.float64]
    returns: NDArray[np.int64]

    def value(self, scores: Scores) -> float:
        """Contribution of one sequence."""
        mean_returns = float(
            self.counts @ self.returns / self.counts.sum()
        )  # returns of a sequence
        each = {
            "hota": scores.hota,
            "idf1": scores.idf1,
            # Divided by the mean number, not its own: so the mean is that of all returns together.
            "reentry": (scores.kept - scores.stolen) / mean_returns if mean_returns else 0.0,
        }
        weights = self.objective.weights
        total = sum(weight * each[name] for name, weight in weights.items())
        return float(total / sum(weights.values()))

    def values(self, scores: Sequence[Scores]) -> NDArray[np.float64]:
        """(N,) the values of all sequences."""
        return np.array([self.value(each) for each in scores])

    def mean(self, values: NDArray[np.float64]) -> float:
        """The objective, from the values of all sequences."""
        return float(self.counts @ values / self.counts.sum())


def summary(scores: Sequence[Scores], counts: NDArray[np.float64]) -> dict[str, float]:
    """Mean HOTA and IDF1 of the sequences, and the sums of their returns by outcome."""
    weights = counts / counts.sum()
    return {
        "hota": float(weights @ [each.hota for each in scores]),
        "idf1": float(weights @ [each.idf1 for each in scores]),
        "kept": sum(each.kept for each in scores),
        "new": sum(each.new for each in scores),
        "stolen": sum(each.stolen for each in scores),
        "returns": sum(each.returns for each in scores),
    }
