"""From the observations of a whole clip to its track table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.collection import Clothes, ClothesCollector
from touchline.linking.appearance_bins import AppearanceBins, AppearanceCollector
from touchline.linking.clustering.steps import OnShare
from touchline.linking.config import LinkConfig
from touchline.linking.doubles import find_doubles, tracklets_at_gaps
from touchline.linking.identities import ClipEvidence, find_identities
from touchline.linking.interpolate import interpolate_gaps
from touchline.linking.split import owners_of
from touchline.links import Links
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.tracking.reentry import ReentryDecision
from touchline.tracking.tracker import Tracker
from touchline.types import Tracks, TrackTable

_FRAMES_AT_ONCE = 1000
"""Frames whose tracks are joined into one table: many small arrays waste memory."""


@dataclass(frozen=True, slots=True)
class LinkedClip:
    """The tracks of a clip, and with ``link.method: global`` the reasons for their identities.

    clothes: of the identities, which are its tracks. doubles: number of boxes dropped with
    duplicate tracks.
    """

    table: TrackTable
    links: Links | None
    clothes: Clothes
    doubles: int = 0


def link_observations(
    observations: Iterable[Observation],
    tracker: TrackerConfig,
    link: LinkConfig,
    *,
    frame_rate: float,
    image_size: tuple[int, int],
) -> TrackTable:
    """The tracks of a clip, one id per person as far as known, with gaps filled.

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
    on_done: OnShare | None = None,
) -> LinkedClip:
    """Like ``link_observations``, with the reasons and the clothes of each identity.

    on_done: told how far the whole-clip step is; it may raise to end the work.
    """
    whole = link.method == "global"
    if whole:
        # Re-entries are decided at the end, with the whole clip known: tracks stay clean.
        reentry = tracker.reentry.model_copy(update={"enabled": False})
        tracker = tracker.model_copy(update={"reentry": reentry})
    online = Tracker(tracker, frame_rate=frame_rate, image_size=image_size, warn=False)
    gathered = _ClipNumbers(keep_appearance=whole)
    for observation in observations:
        gathered.add(observation, follow(online, observation))
    looked = None if all(gathered.looked) else np.array(gathered.looked)
    table, bins, clothes = _without_doubles(gathered, link, looked)
    dropped = gathered.boxes - len(table)
    times, motions = np.array(gathered.times), np.array(gathered.motions).reshape(-1, 2, 3)
    frames = np.array(gathered.frames, np.int64)
    links = None
    if whole:
        worn = clothes
        if not all(gathered.clothed):
            worn = clothes[np.array(gathered.clothed)[table.frames]]
        clip = ClipEvidence(
            motions,
            gathered.cuts,
            image_size,
            bins,
            worn if any(gathered.clothed) else None,
            looked,
        )
        people = find_identities(table, clip, link.whole, on_done)
        table = replace(table, ids=people.identities, confidences=people.confidences)
        links = replace(people.links, frames=frames[people.links.frames])
    else:
        table = replace(table, ids=renamed(table.ids, online.reentries))
    clothes = replace(clothes, track_ids=table.ids)
    table = interpolate_gaps(
        table.sorted(),
        times,
        link.interpolation,
        cuts=gathered.cuts,
        motions=motions,
        image_size=image_size,
        looked=looked,
    )
    table = replace(table, frames=frames[table.frames]).rounded()
    return LinkedClip(table, links, clothes, dropped)


def _without_doubles(
    gathered: _ClipNumbers, link: LinkConfig, looked: NDArray[np.bool_] | None
) -> tuple[TrackTable, AppearanceBins, Clothes]:
    """The tracks, their appearance bins and, row by row, their clothes, without doubles."""
    table, bins, clothes = gathered.table(), gathered.bins.bins(), gathered.clothes.clothes()
    assert len(clothes) == len(table)  # the tracker shows nobody without a detection
    if link.max_double_share >= 1 or not len(table):
        return table, bins, clothes
    tracklet_ids = tracklets_at_gaps(table, link.whole.max_gap_seconds, looked)
    keep = ~find_doubles(table, tracklet_ids, link.max_double_share)
    if keep.all():
        return table, bins, clothes
    seen = owners_of(bins.track_ids, bins.times, table, table.ids, tracklet_ids)
    kept = keep[tracklet_ids]
    return table[kept], bins[keep[seen]], clothes[kept]


class _ClipNumbers:
    """Everything gathered while tracking a clip. Until the end, frames are positions: a live
    source may skip frames.
    """

    def __init__(self, *, keep_appearance: bool) -> None:
        self.frames: list[int] = []
        self.times: list[float] = []
        self.motions: list[NDArray[np.float64]] = []
        self.cuts: list[int] = []
        self.looked: list[bool] = []
        self.bins, self.clothes = AppearanceCollector(), ClothesCollector()
        self.clothed: list[bool] = []
        self.boxes = 0
        self._keep_appearance = keep_appearance
        self._tables: list[TrackTable] = []
        self._recent: list[tuple[int, float, Tracks]] = []

    def add(self, observation: Observation, tracks: Tracks) -> None:
        """Add one frame with its tracks."""
        position, time, found = len(self.frames), observation.time, observation.detections
        self.frames.append(observation.frame)
        self.times.append(time)
        self.motions.append(observation.motion)
        self.looked.append(observation.looked)
        self.boxes += len(tracks)
        if observation.cut:
            self.cuts.append(position)
        self.clothed.append(found.shirts is not None or found.numbers is not None)
        tracks = tracks[np.argsort(tracks.ids)]  # clothes and table have the same rows
        self.clothes.add(time, tracks, found)
        if self._keep_appearance:
            self.bins.add(time, tracks, found)
        self._recent.append((position, time, tracks))
        if len(self._recent) == _FRAMES_AT_ONCE:
            self._close()

    def table(self) -> TrackTable:
        """All tracks; call once only."""
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


def renamed(ids: NDArray[np.int64], reentries: Sequence[ReentryDecision]) -> NDArray[np.int64]:
    """``ids`` with the new id of every player who returned replaced by their old one.

    Players may return more than once; the decisions are in order of time.
    """
    names = np.arange(int(ids.max(initial=0)) + 1)
    for reentry in reentries:
        if reentry.new_id < len(names):
            names[names == reentry.new_id] = names[reentry.old_id]
    return names[ids]
