"""How far and how fast everybody ran, and where they were: sums over positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from touchline.data_frames import data_frame
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.positions import Positions
from touchline.types import Floats, Ints, Mask

THIRDS = ("left_third", "middle_third", "right_third")
"""Parts of the pitch along x, as the main camera sees them."""

_MAX_STEP = 0.5
"""Seconds between two places of a person over which the way between is known."""

_HELD = 0.4
"""Seconds that a speed is kept at least to be somebody's top speed."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Sums for each of I people, ascending by identity.

    Args:
        ids: (I,) int64 identities.
        seconds: (I,) in which their place is known.
        unsure_seconds: (I,) in which they are in the image and it is not.
        distances: (I,) metres in the known time.
        sprints: (I,) int64 how many.
        sprint_distances: (I,) metres in them.
        top_speeds: (I,) metres a second kept for 0.4 s; NaN where no speed is known.
        thirds: (I, 3) seconds in each of ``THIRDS``.
        middles: (I, 2) mean place; NaN where none is known.
        why_empty: why there is nobody, in words; None where there is.
    """

    ids: Ints
    seconds: Floats
    unsure_seconds: Floats
    distances: Floats
    sprints: Ints
    sprint_distances: Floats
    top_speeds: Floats
    thirds: Floats
    middles: Floats
    why_empty: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def none(cls, why: str) -> Movement:
        """Nobody at all. why: in words, for those who expected somebody."""
        none, ints = np.empty(0), np.empty(0, np.int64)
        thirds, middles = np.empty((0, 3)), np.empty((0, 2))
        return cls(ints, none, none, none, ints, none, none, thirds, middles, why)

    def turned(self) -> Movement:
        """The same with the halves of the pitch exchanged."""
        return replace(self, thirds=self.thirds[:, ::-1], middles=0.0 - self.middles)

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row a person; UsageError where pandas is not installed."""
        columns: dict[str, Any] = {"identity": self.ids, "seconds": self.seconds}
        columns |= {"unsure_seconds": self.unsure_seconds, "distance": self.distances}
        columns |= {"sprints": self.sprints, "sprint_distance": self.sprint_distances}
        columns |= {"top_speed": self.top_speeds}
        columns |= dict(zip(THIRDS, self.thirds.T, strict=True))
        return data_frame(columns | dict(zip(("mean_x", "mean_y"), self.middles.T, strict=True)))


def find_movement(
    positions: Positions, frame_rate: float, pitch: PitchConfig, config: PositionsConfig
) -> Movement:
    """The sums over positions of a clip. frame_rate: frames a second."""
    ids = np.unique(positions.ids)
    order = np.argsort(positions.ids, kind="stable")
    starts = np.flatnonzero(np.diff(positions.ids[order], prepend=np.iinfo(np.int64).min))
    people = np.split(order, starts[1:]) if len(order) else []
    rows = [_person(positions[own], 1 / frame_rate, pitch, config) for own in people]
    table = np.round(np.array(rows).reshape(-1, 11), 2)
    seconds, unsure, distances, sprints, sprinted, top_speeds = table[:, :6].T
    return Movement(
        ids,
        seconds,
        unsure,
        distances,
        sprints.astype(np.int64),
        sprinted,
        top_speeds,
        table[:, 6:9],
        table[:, 9:],
        None if len(ids) else positions.why_empty or "there is nobody",
    )


def _person(
    own: Positions, frame_seconds: float, pitch: PitchConfig, config: PositionsConfig
) -> list[float]:
    """Known and unsure seconds, distances, sprints, top speed, thirds and mean place."""
    known = own.known
    places, times = own.places[known], own.times[known]
    spans = np.diff(times)
    linked = (spans > 0) & (spans <= _MAX_STEP + 1e-6)
    steps = np.where(linked, np.hypot(*np.diff(places, axis=0).T), 0.0)
    sprinting = _sprints(own.speeds[known], times, config)
    third = np.clip(np.floor((places[:, 0] / pitch.length + 0.5) * 3), 0, 2).astype(int)
    middle = places.mean(axis=0).tolist() if len(places) else [np.nan, np.nan]
    return [
        *(len(places) * frame_seconds, (len(own) - len(places)) * frame_seconds),
        float(steps.sum()),
        int((np.diff(sprinting.astype(int), prepend=0) == 1).sum()),
        float(steps[sprinting[: len(steps)]].sum()),
        _top_speed(own.speeds[known], times, frame_seconds),
        *(np.bincount(third, minlength=3) * frame_seconds).tolist(),
        *middle,
    ]


def _runs(fast: Mask, times: Floats) -> list[tuple[int, int]]:
    """First and last row of each stretch without a gap in which ``fast`` holds."""
    chosen = np.flatnonzero(fast)
    if not len(chosen):
        return []
    breaks = (np.diff(chosen) > 1) | (np.diff(times[chosen]) > _MAX_STEP)
    parts = np.split(chosen, np.flatnonzero(breaks) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts]


def _sprints(speeds: Floats, times: Floats, config: PositionsConfig) -> Mask:
    """(K,) whether each row begins a step of a sprint."""
    found = np.zeros(len(speeds), np.bool_)
    for first, last in _runs(np.nan_to_num(speeds) >= config.sprint_speed, times):
        if times[last] - times[first] >= config.sprint_seconds - 1e-6:
            found[first:last] = True
    return found


def _top_speed(speeds: Floats, times: Floats, frame_seconds: float) -> float:
    """The speed that was kept for ``_HELD`` seconds: of all stretches so long the largest least."""
    count = round(_HELD / frame_seconds) + 1
    if len(speeds) < count:
        return np.nan
    least = sliding_window_view(speeds, count).min(axis=1)  # NaN where one is not known
    whole = times[count - 1 :] - times[: len(least)] <= 1.5 * _HELD
    least = least[whole & np.isfinite(least)]
    return float(least.max()) if len(least) else np.nan
