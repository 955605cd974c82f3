"""Shirt numbers of tracklets, voted over the readings of single frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.identities import UNKNOWN


@dataclass(frozen=True, slots=True)
class NumberModel:
    """How many readings it takes to name a shirt number.

    min_readings: a number read less often does not count: folds of shirts look like digits.
    min_confidence: below, 0..1, a number is unknown. doubt_of_one_digit, doubt_of_two:
    pseudo-readings against every number: folds often look like a 1 or a 7, rarely like a 17.

    Chosen on SoccerNet jersey crops and rendered matches (``benchmarks/shirt_numbers.py``).
    """

    min_readings: int = 2
    min_confidence: float = 0.6
    doubt_of_one_digit: float = 1.5
    doubt_of_two: float = 0.5


NUMBER_MODEL = NumberModel()


@dataclass(frozen=True, slots=True)
class NumberTable:
    """The shirt number of every tracklet of a clip, as parallel arrays, ascending by id.

    track_ids: (T,) int64. numbers: (T,) int64 in 1..99, -1 unknown.
    confidences: (T,) float64 in 0..1, that ``numbers`` is right; 0 where unknown.
    """

    track_ids: NDArray[np.int64]
    numbers: NDArray[np.int64]
    confidences: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.track_ids)

    @classmethod
    def empty(cls) -> NumberTable:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def vote_numbers(
    track_ids: NDArray[np.int64],
    numbers: NDArray[np.int64],
    confidences: NDArray[np.float32] | NDArray[np.float64],
) -> NumberTable:
    """The number of every tracklet, voted over its boxes.

    One row per box: track_ids (R,), numbers (R,) with -1 where none was read, confidences (R,).
    A single digit of a two-digit number, as the 2 of 24, counts neither for nor against it.
    """
    ids, groups = np.unique(track_ids, return_inverse=True)
    read = numbers != UNKNOWN
    votes, counts = np.zeros((len(ids), 100)), np.zeros((len(ids), 100))
    np.add.at(votes, (groups[read], numbers[read]), confidences[read])
    np.add.at(counts, (groups[read], numbers[read]), 1)

    values = np.arange(100)
    tens, ones = values // 10, values % 10
    # part[a, b]: reading a is one digit of the two-digit number b.
    part = (
        (values[:, None] < 10)
        & (tens > 0)
        & ((values[:, None] == tens) | (values[:, None] == ones))
    )
    against = votes.sum(axis=1, keepdims=True) - votes - votes @ part
    doubt = np.where(values < 10, NUMBER_MODEL.doubt_of_one_digit, NUMBER_MODEL.doubt_of_two)
    shares = np.where(counts >= NUMBER_MODEL.min_readings, votes / (votes + against + doubt), 0.0)
    best = shares.argmax(axis=1) if len(ids) else np.empty(0, np.intp)
    confidence = shares[np.arange(len(ids)), best]
    known = confidence >= NUMBER_MODEL.min_confidence
    return NumberTable(ids, np.where(known, best, UNKNOWN), np.where(known, confidence, 0.0))
