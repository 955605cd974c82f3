"""From the observations of a whole clip to the table of its tracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.linking.clothes import Clothes, ClothesCollector
from touchline.linking.config import LinkConfig
from touchline.linking.doubles import find_doubles, pieces_at_gaps
from touchline.linking.interpolate import interpolate_gaps
from touchline.linking.looks import LookCollector, Looks
from touchline.linking.people import Clip, find_people
from touchline.linking.reasons import Links
from touchline.linking.split import owners_of
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.tracking.reentry import Reentry
from touchline.tracking.tracker import Tracker
from touchline.types import Tracks, TrackTable

_FRAMES_AT_ONCE = 1000
"""Frames whose tracks are joined into one table: small arrays cost more than what they hold."""


@dataclass(frozen=True, slots=True)
class LinkedClip:
    """The tracks of a clip, and with ``link.method: global`` why they are who they are.

    doubles: how many boxes were dropped with tracks on a person who has another.
    """

    table: TrackTable
    links: Links | None
    doubles: int = 0


def link_observations(
    observations: Iterable[Observation],
    tracker: TrackerConfig,
    link: LinkConfig,
    *,
    frame_rate: float,
    image_size: tuple[int, int],
) -> TrackTable:
    """The tracks of a clip, one id for each person as far as that is known, and gaps filled.

    observations: in order of frames. frame_rate: frames a second. image_size: width, height.
    Pixels are rounded to 1/100, scores and confidences to 1/10000, as the files hold them.
    """
    return link_clip(
        observations, tracker, link, frame_rate=frame_rate, image_size=image_size
    ).table


def link_clip(
    observations: Iterable[Observation],
    tracker: TrackerConfig,
    link: LinkConfig,
    *,
    frame_rate: float,
    image_size: tuple[int, int],
) -> LinkedClip:
    """As ``link_observations``, with the reasons."""
    whole = link.method == "global"
    if whole:
        # Who came back is decided at the end, with all that is known then: pieces stay clean.
        reentry = tracker.reentry.model_copy(update={"enabled": False})
        tracker = tracker.model_copy(update={"reentry": reentry})
    online = Tracker(tracker, frame_rate=frame_rate, image_size=image_size)
    gathered = _Gathered(keep_looks=whole)
    for observation in observations:
        gathered.add(observation, follow(online, observation))
    looked = None if all(gathered.looked) else np.array(gathered.looked)
    table, looks, clothes = _without_doubles(gathered, link, looked)
    dropped = gathered.boxes - len(table)
    times, motions = np.array(gathered.times), np.array(gathered.motions).reshape(-1, 2, 3)
    frames = np.array(gathered.frames, np.int64)
    links = None
    if whole:
        clip = Clip(
            motions,
            gathered.cuts,
            image_size,
            looks,
            clothes if gathered.clothed else None,
            looked,
        )
        people = find_people(table, clip, link.whole)
        table = replace(table, ids=people.identities, confidences=people.confidences).sorted()
        links = replace(people.links, frames=frames[people.links.frames])
    else:
        table = table.with_ids(renamed(table.ids, online.reentries))
    table = interpolate_gaps(
        table,
        times,
        link.interpolation,
        cuts=gathered.cuts,
        motions=motions,
        picture_size=image_size,
        looked=looked,
    )
    return LinkedClip(replace(table, frames=frames[table.frames]).rounded(), links, dropped)


def _without_doubles(
    gathered: _Gathered, link: LinkConfig, looked: NDArray[np.bool_] | None
) -> tuple[TrackTable, Looks, Clothes]:
    """The tracks, their looks and their clothes, without those that are somebody's double."""
    table, looks, clothes = gathered.table(), gathered.looks.looks(), gathered.clothes.clothes()
    if link.max_double_share >= 1 or not len(table):
        return table, looks, clothes
    pieces = pieces_at_gaps(table, link.whole.max_gap_seconds, looked)
    keep = ~find_doubles(table, pieces, link.max_double_share)
    if keep.all():
        return table, looks, clothes
    seen = owners_of(looks.track_ids, looks.times, table, table.ids, pieces)
    worn = owners_of(clothes.track_ids, clothes.times, table, table.ids, pieces)
    return table[keep[pieces]], looks[keep[seen]], clothes[keep[worn]]


class _Gathered:
    """What following a clip leaves behind. Until the end, rows say positions for frames: a live
    source may leave frames out.
    """

    def __init__(self, *, keep_looks: bool) -> None:
        self.frames: list[int] = []
        self.times: list[float] = []
        self.motions: list[NDArray[np.float64]] = []
        self.cuts: list[int] = []
        self.looked: list[bool] = []
        self.looks, self.clothes = LookCollector(), ClothesCollector()
        self.clothed = False
        self.boxes = 0
        self._keep_looks = keep_looks
        self._tables: list[TrackTable] = []
        self._recent: list[tuple[int, float, Tracks]] = []

    def add(self, observation: Observation, tracks: Tracks) -> None:
        """Count one frame with its tracks."""
        position, time, found = len(self.frames), observation.time, observation.detections
        self.frames.append(observation.frame)
        self.times.append(time)
        self.motions.append(observation.motion)
        self.looked.append(observation.looked)
        self.boxes += len(tracks)
        if observation.cut:
            self.cuts.append(position)
        if self._keep_looks:
            self.looks.add(time, tracks.ids, tracks.boxes, found)
            if found.shirts is not None or found.numbers is not None:
                self.clothed = True
                self.clothes.add(time, tracks.ids, tracks.boxes, found)
        self._recent.append((position, time, tracks))
        if len(self._recent) == _FRAMES_AT_ONCE:
            self._close()

    def table(self) -> TrackTable:
        """All tracks; to be asked for once."""
        self._close()
        table = TrackTable.concatenate(self._tables)
        self._tables = []  # a whole match is long: no second copy while gaps are filled
        return table

    def _close(self) -> None:
        self._tables.append(TrackTable.from_frames(self._recent))
        self._recent = []


def follow(tracker: Tracker, observation: Observation) -> Tracks:
    """The confirmed tracks of one observed frame."""
    return tracker.update(
        observation.detections,
        observation.motion,
        time=observation.time,
        cut=observation.cut,
        looked=observation.looked,
        flash=observation.flash,
        flash_frames=observation.flash_frames,
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
