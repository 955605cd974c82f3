"""Samples of clips and what their fits share, for ``benchmarks.fit_evidence``.

A match weighs as much as any other, however many clips or pairs it has; pairs of one person and of
two weigh the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fit_inputs import KnownClip

Floats = NDArray[np.float64]
Sample = Mapping[str, NDArray[Any]]
Fitted = dict[str, float]

FAIR_SHARE = 200.0
"""A match with fewer rows than this weighs less than the others, in proportion."""


@dataclass(frozen=True)
class Recipe:
    """name: of the model. shipped: its fields as they are. sample: of a clip, None where it has
    nothing to say. fit: the fields from the samples, each with its clip's match. loss: log loss of
    fields on samples, in nats, where the model gives probabilities.
    """

    name: str
    shipped: Fitted
    sample: Callable[[KnownClip], Sample | None]
    fit: Callable[[Sequence[tuple[str, Sample]]], Fitted]
    loss: Callable[[Sequence[tuple[str, Sample]], Fitted], float] | None = None


def weights_of(samples: Sequence[tuple[str, Sample]], key: str) -> Floats:
    """The weight of every row of column ``key``: matches alike, as far as they have enough."""
    rows: dict[str, int] = {}
    for match, sample in samples:
        rows[match] = rows.get(match, 0) + len(sample[key])
    parts = [
        np.full(len(sample[key]), min(rows[match], FAIR_SHARE) / max(rows[match], 1))
        for match, sample in samples
    ]
    return np.concatenate([np.empty(0), *parts])


def joined(samples: Sequence[tuple[str, Sample]], key: str) -> Floats:
    return np.concatenate([np.asarray(sample[key], np.float64) for _, sample in samples])


def means(samples: Sequence[tuple[str, Sample]], keys: Sequence[str]) -> Fitted:
    """The mean over clips of each of ``keys``, of those that have it."""
    found = {}
    for key in keys:
        values = [float(np.mean(sample[key])) for _, sample in samples if len(sample[key])]
        if values:
            found[key] = float(np.mean(values))
    return found


def balanced_loss(llr: Floats, same: NDArray[np.bool_], weights: Floats) -> float:
    """Mean log loss of ``llr`` where both kinds of pair weigh the same, in nats."""
    losses = np.logaddexp(0.0, np.where(same, -llr, llr)) * weights
    return 0.5 * float(
        losses[same].sum() / weights[same].sum() + losses[~same].sum() / weights[~same].sum()
    )
