"""Why the tracklets of a clip were joined into identities, or were not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The next best identity for a tracklet without a cannot-link, and its log odds."""

    identity: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class Join:
    """Why a tracklet belongs to an identity.

    after: the tracklet of the identity before it. log_odds: sum of the ``evidence`` by kind.
    margin: log odds by which this beats the next best explanation; None: it was stated.
    confidence: 0..1, that both are one person, by the margin. displacement: body heights from the
    end of ``after`` to the start, the camera's motion taken out; None across a cut. runner_up:
    None: there is none.
    """

    tracklet: int
    identity: int
    after: int
    log_odds: float
    margin: float | None
    confidence: float
    displacement: float | None
    evidence: Mapping[str, float]
    runner_up: RunnerUp | None


UNSURE, UNLIKELY = "not sure enough", "not likely enough"
"""Reasons of refusals between two who may yet be one person; any other says that they are two."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why two identities are not one. frames: that show both at once; None: no frame does."""

    identities: tuple[int, int]
    log_odds: float
    evidence: Mapping[str, float]
    reason: str
    frames: int | None


@dataclass(frozen=True, slots=True)
class RoleReason:
    """Why an identity has its role, or none.

    probability: of the likeliest role, which is ``role`` unless it is too low. evidence: by kind,
    log-likelihood ratios of the likeliest role against the ``runner_up``; without those of 0.
    """

    identity: int
    role: str
    likeliest: str
    probability: float
    runner_up: str
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A tracklet that another one may continue, and the log odds of that; 0 is somebody new.

    evidence: by kind, of these two tracklets alone; the log odds weigh all that their person shows.
    """

    tracklet: int
    log_odds: float
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Links:
    """The reasons for a clip's identities; tracklets are numbered in order of start, from 0.

    identities: (T,) of each tracklet, from 1. confidences: (T,) 0..1, that its boxes are on the
    person of its identity. frames, times: (T, 2) of its first and last box. counts: (T,) boxes.
    joins: for each tracklet but an identity's first. refusals: for near misses between identities.
    earlier: of each tracklet whom it may continue: the one it does first, the likeliest first; none
    where that was stated.
    """

    identities: NDArray[np.int64]
    confidences: NDArray[np.float64]
    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    counts: NDArray[np.int64]
    joins: tuple[Join, ...]
    refusals: tuple[Refusal, ...]
    earlier: tuple[tuple[Earlier, ...], ...] = ()

    def kept(self, keep: NDArray[np.bool_]) -> Links:
        """Those of the identities to ``keep`` (K,) alone; numbers close up, the order stays.

        What was said of others in relation to them is left out.
        """
        left = keep[self.identities - 1]
        people, tracklets = np.cumsum(keep), np.cumsum(left) - 1

        def kept_join(join: Join) -> Join:
            other = join.runner_up
            if other is not None:
                stays = keep[other.identity - 1]
                other = replace(other, identity=int(people[other.identity - 1])) if stays else None
            return replace(
                join,
                tracklet=int(tracklets[join.tracklet]),
                identity=int(people[join.identity - 1]),
                after=int(tracklets[join.after]),
                runner_up=other,
            )

        def kept_refusal(refusal: Refusal) -> Refusal:
            one, other = refusal.identities
            return replace(refusal, identities=(int(people[one - 1]), int(people[other - 1])))

        return Links(
            people[self.identities[left] - 1].astype(np.int64),
            self.confidences[left],
            self.frames[left],
            self.times[left],
            self.counts[left],
            tuple(kept_join(join) for join in self.joins if left[join.tracklet]),
            tuple(
                kept_refusal(refusal)
                for refusal in self.refusals
                if all(keep[identity - 1] for identity in refusal.identities)
            ),
            tuple(
                tuple(
                    replace(one, tracklet=int(tracklets[one.tracklet]))
                    for one in heads
                    if left[one.tracklet]
                )
                for tracklet, heads in enumerate(self.earlier)
                if left[tracklet]
            ),
        )
