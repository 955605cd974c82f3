"""Where everybody is on the pitch, in metres, how fast they are, and where that is not known."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.data_frames import data_frame
from touchline.errors import InputError
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.pitch.smoothing import smooth_paths
from touchline.types import Floats, Index, Ints, Mask, TrackTable

STATES = ("seen", "interpolated", "unsure")
"""What a place comes from: a box that was detected, one that was filled in, or nothing sure."""

SEEN, INTERPOLATED, UNSURE = range(len(STATES))

_FOOT = 0.05
"""Share of its height by which the foot of a box can be off."""

_FILLED_WEIGHT = 0.1  # of an interpolated box against a detected one
_ROWS_AT_ONCE = 200_000
_BORDER = 1.5  # pixels: a box that ends there goes on outside of the image


@dataclass(frozen=True, slots=True)
class Positions:
    """One row for each box of a clip, by frame and then identity, as in its tracks.

    Args:
        frames: (M,) int64 from 0.
        times: (M,) float64 seconds.
        ids: (M,) int64 identities.
        places: (M, 2) metres; NaN where they are not sure.
        speeds: (M,) metres a second; NaN where it is not sure.
        accelerations: (M,) metres a second squared by which the speed grows; NaN likewise.
        states: (M,) uint8, which of ``STATES``.
        why_empty: why no place is known, in words; None where one is.
    """

    frames: Ints
    times: Floats
    ids: Ints
    places: Floats
    speeds: Floats
    accelerations: Floats
    states: NDArray[np.uint8]
    why_empty: str | None = None

    def __post_init__(self) -> None:
        count = len(self.frames)
        for name in (part.name for part in fields(self) if part.name != "why_empty"):
            shape = (count, 2) if name == "places" else (count,)
            if getattr(self, name).shape != shape:
                found = getattr(self, name).shape
                raise InputError(f"{name} of Positions are {found}; an array {shape} is needed")

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: Any) -> Positions:
        """The rows picked by a boolean mask, an index array or a slice."""
        names = [part.name for part in fields(self) if part.name != "why_empty"]
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    @classmethod
    def none(cls, why: str) -> Positions:
        """No row at all. why: in words, for those who expected some."""
        none, ints = np.empty(0), np.empty(0, np.int64)
        return cls(ints, none, ints, np.empty((0, 2)), none, none, np.empty(0, np.uint8), why)

    @property
    def known(self) -> Mask:
        """(M,) which rows have a place."""
        return np.asarray(self.states != UNSURE)

    def rows_at(self, frame: int) -> slice:
        """Where the rows of one frame are."""
        first, end = np.searchsorted(self.frames, [frame, frame + 1])
        return slice(int(first), int(end))

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row a box; UsageError where pandas is not installed."""
        columns: dict[str, Any] = {"frame": self.frames, "time": self.times, "identity": self.ids}
        columns |= dict(zip(("x", "y"), self.places.T, strict=True))
        columns |= {"speed": self.speeds, "acceleration": self.accelerations}
        return data_frame(columns | {"state": np.array(STATES)[self.states]})


def find_positions(
    table: TrackTable, cameras: PitchCameras, pitch: PitchConfig, config: PositionsConfig
) -> Positions:
    """The positions of everybody in ``table``, smoothed; centimetres, as in files.

    The foot of a person is the middle of the lower edge of their box. Where no frame has a camera
    there is no row.

    Args:
        table: the tracks of a clip.
        cameras: of its frames.
        pitch: its size.
        config: the filter, and what counts as sure.
    """
    why = cameras.why_none()
    if why is not None or not len(table):
        return Positions.none(why or "there are no tracks")
    table = table.sorted()
    measured, sure = _measured(table, cameras, pitch, config)
    weights = np.where(table.interpolated, _FILLED_WEIGHT, 1.0) * sure
    order = np.argsort(table.ids, kind="stable")
    places = np.full((len(table), 2), np.nan)
    speeds, accelerations = np.full((2, len(table)), np.nan)
    for rows in _batches(table.ids, order):
        path = smooth_paths(
            table.ids[rows],
            table.times[rows],
            measured[rows],
            weights[rows],
            config.smooth_seconds,
        )
        pace = np.hypot(*path.velocities.T)
        along = (path.velocities * path.accelerations).sum(axis=1) / np.maximum(pace, 1e-9)
        good = np.isfinite(pace) & (pace < config.max_speed)
        places[rows] = np.where(good[:, None], path.places, np.nan)
        speeds[rows] = np.where(path.errors[:, 1] < config.max_speed_error, pace, np.nan)
        rough = path.errors[:, 2] > config.max_acceleration_error
        accelerations[rows] = np.where(rough, np.nan, along)
    unsure = ~sure | np.isnan(places).any(axis=1)
    places[unsure], speeds[unsure], accelerations[unsure] = np.nan, np.nan, np.nan
    states = np.where(unsure, UNSURE, np.where(table.interpolated, INTERPOLATED, SEEN))
    return Positions(
        table.frames,
        table.times,
        table.ids,
        np.round(places, 2),
        np.round(speeds, 2),
        np.round(accelerations, 2),
        states.astype(np.uint8),
        "no place is sure" if unsure.all() else None,
    )


def _batches(ids: Ints, order: Index) -> list[Index]:
    """Rows of whole people, in order, some people at a time: bounds memory in a long clip."""
    starts = np.flatnonzero(np.diff(ids[order], prepend=np.iinfo(np.int64).min))
    group = starts // _ROWS_AT_ONCE
    return np.split(order, starts[np.flatnonzero(np.diff(group)) + 1])


def _measured(
    table: TrackTable, cameras: PitchCameras, pitch: PitchConfig, config: PositionsConfig
) -> tuple[Floats, Mask]:
    """(M, 2) metres of the feet as they are seen, and (M,) whether they can be believed."""
    boxes, frames = table.boxes, table.frames
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    lifted = feet - np.column_stack([0 * feet[:, 0], _FOOT * (boxes[:, 3] - boxes[:, 1])])
    metres = cameras.pitch_points(frames, feet)
    off = np.hypot(*(cameras.pitch_points(frames, lifted) - metres).T)
    width, height = cameras.image_size
    whole = (boxes[:, 0] > _BORDER) & (boxes[:, 2] < width - _BORDER)
    whole &= boxes[:, 3] < height - _BORDER
    rows = cameras.rows_of(frames)
    trusted = np.append(cameras.confidences, 0.0)[rows] >= config.min_confidence
    beyond = np.abs(metres) - (pitch.length / 2, pitch.width / 2)
    with np.errstate(invalid="ignore"):
        near = (beyond < config.around).all(axis=1)
        return metres, whole & trusted & near & (off < config.max_error)
