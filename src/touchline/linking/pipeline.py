"""From the observations of a whole clip to its track table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.collection import Clothes, ClothesCollector
from touchline.edits.facts import Edit
from touchline.linking.appearance_bins import BIN_SECONDS, AppearanceBins, AppearanceCollector
from touchline.linking.clustering.steps import OnShare
from touchline.linking.config import LinkConfig
from touchline.linking.doubles import find_doubles, tracklets_at_gaps
from touchline.linking.glimpses import NO_GLIMPSES, Glimpses, without_glimpses
from touchline.linking.gta import gta_identities
from touchline.linking.identities import ClipEvidence, find_identities
from touchline.linking.interpolate import interpolate_gaps
from touchline.linking.split import owners_of
from touchline.linking.stated import StatedRows, Unmet, find_stated
from touchline.linking.stated_ids import mended_ids
from touchline.links import Links
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.tracking.reentry import ReentryDecision
from touchline.tracking.tracker import Tracker
from touchline.types import Tracks, TrackTable

_EACH_FRAME = 1e-6
"""Seconds of a bin so short that it holds one frame."""

_FRAMES_AT_ONCE = 1000
"""Frames whose tracks are joined into one table: many small arrays waste memory."""


@dataclass(frozen=True, slots=True)
class TrackedClip:
    """A clip of F frames as the online tracker leaves it: all that identities are found from.

    table: without doubles; its frames are positions in the clip. bins, clothes: of its tracks, the
    clothes row by row. frames, times: (F,) numbers in the video, seconds. motions: (F, 2, 3). cuts:
    positions at which a shot begins. looked: (F,) frames in which the detector ran; None: all.
    clothed: (F,) frames in which clothes were looked at. image_size: width, height. reentries: who
    came back, by the tracker. doubles: number of boxes that were dropped.
    """

    table: TrackTable
    bins: AppearanceBins
    clothes: Clothes
    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    motions: NDArray[np.float64]
    cuts: tuple[int, ...]
    looked: NDArray[np.bool_] | None
    clothed: NDArray[np.bool_]
    image_size: tuple[int, int]
    reentries: tuple[ReentryDecision, ...]
    doubles: int


@dataclass(frozen=True, slots=True)
class LinkedClip:
    """The tracks of a clip, and with ``link.method: global`` the reasons for their identities.

    clothes: of the identities, which are its tracks. doubles: number of boxes dropped with
    duplicate tracks. glimpses: identities dropped, since they were hardly seen. unmet: stated facts
    that find no box or contradict others.
    """

    table: TrackTable
    links: Links | None
    clothes: Clothes
    doubles: int = 0
    glimpses: Glimpses = NO_GLIMPSES
    unmet: tuple[Unmet, ...] = ()


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
    edits: Sequence[Edit] = (),
) -> LinkedClip:
    """Like ``link_observations``, with the reasons and the clothes of each identity.

    on_done: told how far the whole-clip step is; it may raise to end the work. edits: facts that a
    person stated, which hold.
    """
    tracked = track_clip(observations, tracker, link, frame_rate=frame_rate, image_size=image_size)
    return link_tracked(tracked, link, edits, on_done)


def track_clip(
    observations: Iterable[Observation],
    tracker: TrackerConfig,
    link: LinkConfig,
    *,
    frame_rate: float,
    image_size: tuple[int, int],
) -> TrackedClip:
    """The tracks of the online tracker, without doubles. Arguments as of ``link_observations``."""
    if link.method != "online":
        # Re-entries are decided at the end, with the whole clip known: tracks stay clean.
        reentry = tracker.reentry.model_copy(update={"enabled": False})
        tracker = tracker.model_copy(update={"reentry": reentry})
    online = Tracker(tracker, frame_rate=frame_rate, image_size=image_size, warn=False)
    gathered = _ClipNumbers(link.method)
    for observation in observations:
        gathered.add(observation, follow(online, observation))
    looked = None if all(gathered.looked) else np.array(gathered.looked)
    table, bins, clothes = _without_doubles(gathered, link, looked)
    return TrackedClip(
        table,
        bins,
        clothes,
        np.array(gathered.frames, np.int64),
        np.array(gathered.times),
        np.array(gathered.motions).reshape(-1, 2, 3),
        tuple(gathered.cuts),
        looked,
        np.array(gathered.clothed, np.bool_),
        image_size,
        tuple(online.reentries),
        gathered.boxes - len(table),
    )


def link_tracked(
    tracked: TrackedClip,
    link: LinkConfig,
    edits: Sequence[Edit] = (),
    on_done: OnShare | None = None,
) -> LinkedClip:
    """The identities of a tracked clip, with gaps filled; see ``link_clip``."""
    table, frames, clothes = tracked.table, tracked.frames, tracked.clothes
    stated: StatedRows | None = None
    unmet: list[Unmet] = []
    if edits:
        stated, unmet = find_stated(table, frames, edits)
    links: Links | None = None
    refused: tuple[Unmet, ...] = ()
    glimpses = NO_GLIMPSES
    seen = np.ones(len(table), np.bool_)
    if link.method == "global":
        people = find_identities(table, _evidence_of(tracked), link.whole, on_done, stated)
        people, glimpses = without_glimpses(
            people, table, tracked.times, tracked.looked, link.whole.min_seconds, stated
        )
        seen = people.tracklet_ids >= 0
        table, clothes = _kept(table, clothes, seen)
        table = replace(table, ids=people.identities, confidences=people.confidences)
        links, refused = replace(people.links, frames=frames[people.links.frames]), people.refused
    else:
        if link.method == "gta":
            ids = gta_identities(table, tracked.bins, link.gta)
        else:
            ids = renamed(table.ids, tracked.reentries)
        if stated is not None and len(stated):
            ids, refused = mended_ids(table, ids, stated)
            seen = ids >= 0
        table, clothes = _kept(table, clothes, seen)
        table = replace(table, ids=ids[seen])
    clothes = replace(clothes, track_ids=table.ids)
    table = interpolate_gaps(
        table,
        tracked.times,
        link.interpolation,
        cuts=tracked.cuts,
        motions=tracked.motions,
        image_size=tracked.image_size,
        looked=tracked.looked,
    )
    table = replace(table, frames=frames[table.frames]).rounded()
    return LinkedClip(table, links, clothes, tracked.doubles, glimpses, (*unmet, *refused))


def _evidence_of(tracked: TrackedClip) -> ClipEvidence:
    clothes = tracked.clothes
    if not tracked.clothed.all():
        clothes = clothes[tracked.clothed[tracked.table.frames]]
    return ClipEvidence(
        tracked.motions,
        tracked.cuts,
        tracked.image_size,
        tracked.bins,
        clothes if tracked.clothed.any() else None,
        tracked.looked,
    )


def _kept(
    table: TrackTable, clothes: Clothes, seen: NDArray[np.bool_]
) -> tuple[TrackTable, Clothes]:
    """The rows that were ``seen``: as they are where those are all."""
    return (table, clothes) if seen.all() else (table[seen], clothes[seen])


def _without_doubles(
    gathered: _ClipNumbers, link: LinkConfig, looked: NDArray[np.bool_] | None
) -> tuple[TrackTable, AppearanceBins, Clothes]:
    """The tracks, their appearance bins and, row by row, their clothes, without doubles."""
    table, bins, clothes = gathered.taken()
    assert len(clothes) == len(table)  # the tracker shows nobody without a detection
    clothes = _beside(table, clothes)
    if link.max_double_share >= 1 or not len(table):
        return table, bins, clothes
    tracklet_ids = tracklets_at_gaps(table, link.whole.max_gap_seconds, looked)
    keep = ~find_doubles(table, tracklet_ids, link.max_double_share)
    if keep.all():
        return table, bins, clothes
    seen = owners_of(bins.track_ids, bins.times, table, table.ids, tracklet_ids)
    kept = keep[tracklet_ids]
    bins = bins[keep[seen]]  # one after the other: those of a long clip are never all there twice
    table = table[kept]
    clothes = _beside(table, clothes[kept])
    return table, bins, clothes


def _beside(table: TrackTable, clothes: Clothes) -> Clothes:
    """The clothes of the very rows of ``table``, whose ids and times are theirs: kept once."""
    return replace(clothes, track_ids=table.ids, times=table.times)


class _ClipNumbers:
    """Everything gathered while tracking a clip. Until the end, frames are positions: a live
    source may skip frames.
    """

    def __init__(self, method: str) -> None:
        self.frames: list[int] = []
        self.times: list[float] = []
        self.motions: list[NDArray[np.float64]] = []
        self.cuts: list[int] = []
        self.looked: list[bool] = []
        seconds = _EACH_FRAME if method == "gta" else BIN_SECONDS
        self.bins, self.clothes = AppearanceCollector(seconds), ClothesCollector()
        self.clothed: list[bool] = []
        self.boxes = 0
        self._keep_appearance = method != "online"
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
        if (np.diff(tracks.ids) < 0).any():
            tracks = tracks[np.argsort(tracks.ids)]  # clothes and table have the same rows
        self.clothes.add(time, tracks, found)
        if self._keep_appearance:
            self.bins.add(time, tracks, found)
        self._recent.append((position, time, tracks))
        if len(self._recent) == _FRAMES_AT_ONCE:
            self._close()

    def taken(self) -> tuple[TrackTable, AppearanceBins, Clothes]:
        """All tracks, their appearance and, row by row, their clothes, which are given up here."""
        self._close()
        bins, clothes = self.bins, self.clothes
        self.bins, self.clothes = AppearanceCollector(), ClothesCollector()
        table = TrackTable.concatenate(self._tables)
        self._tables = []  # a whole match is long: no second copy while gaps are filled
        return table, bins.bins(), clothes.clothes()

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
