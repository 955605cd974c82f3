"""From the observations of a whole clip to the table of its tracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from touchline.linking.config import LinkConfig
from touchline.linking.interpolate import interpolate_gaps
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.tracking.reentry import Reentry
from touchline.tracking.tracker import Tracker
from touchline.types import Tracks, TrackTable

_FRAMES_AT_ONCE = 1000
"""Frames whose tracks are joined into one table: small arrays cost more than what they hold."""


def link_observations(
    observations: Iterable[Observation],
    tracker: TrackerConfig,
    link: LinkConfig,
    *,
    frame_rate: float,
    image_size: tuple[int, int],
) -> TrackTable:
    """The tracks of a clip, with returned players renamed from their return on and gaps filled.

    observations: in order of frames. frame_rate: frames a second. image_size: width, height.
    Pixels are rounded to 1/100, scores to 1/10000, as the files hold them.
    """
    online = Tracker(tracker, frame_rate=frame_rate, image_size=image_size)
    tables: list[TrackTable] = []
    recent: list[tuple[int, float, Tracks]] = []
    # A live source may leave frames out: until the end, rows say the position in these lists.
    frames: list[int] = []
    times: list[float] = []
    motions: list[NDArray[np.float64]] = []
    cuts: list[int] = []
    for position, observation in enumerate(observations):
        recent.append((position, observation.time, follow(online, observation)))
        frames.append(observation.frame)
        times.append(observation.time)
        motions.append(observation.motion)
        if observation.cut:
            cuts.append(position)
        if len(recent) == _FRAMES_AT_ONCE:
            tables.append(TrackTable.from_frames(recent))
            recent = []
    tables.append(TrackTable.from_frames(recent))
    table = TrackTable.concatenate(tables)
    tables.clear()  # a whole match is long: no second copy while gaps are filled
    table = table.with_ids(renamed(table.ids, online.reentries))
    table = interpolate_gaps(
        table,
        np.array(times),
        link.interpolation,
        cuts=cuts,
        motions=np.array(motions).reshape(-1, 2, 3),
        picture_size=image_size,
    )
    return replace(table, frames=np.array(frames, np.int64)[table.frames]).rounded()


def follow(tracker: Tracker, observation: Observation) -> Tracks:
    """The confirmed tracks of one observed frame."""
    return tracker.update(
        observation.detections,
        observation.motion,
        time=observation.time,
        cut=observation.cut,
    )


def renamed(ids: NDArray[np.int64], reentries: Sequence[Reentry]) -> NDArray[np.int64]:
    """``ids`` in which the new id of every player who returned is his old one.

    A player may return more than once; the decisions are in order of time.
    """
    names = np.arange(int(ids.max(initial=0)) + 1)
    for reentry in reentries:
        if reentry.new_id < len(names):
            names[names == reentry.new_id] = names[reentry.old_id]
    return names[ids]
