"""The online tracker of a run: each frame's tracks as soon as it is observed."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.formats.track_lines import TrackLines
from touchline.linking.pipeline import follow
from touchline.observations import Observation, ObservationStore
from touchline.run.config import RunConfig
from touchline.run.folder import RunFolder
from touchline.run.tables import tracks_of
from touchline.stage_times import StageTimes
from touchline.tracking.reentry import ReentryDecision
from touchline.tracking.tracker import Tracker
from touchline.types import Frame, Tracks, TrackTable
from touchline.video.info import VideoInfo

if TYPE_CHECKING:
    from touchline.run.live import LiveDrawing

logger = logging.getLogger(__name__)

_ROW_BITS = 24


class OnlineTracks:
    """Tracks of observed frames by what came before them; what was said stays said.

    A returning player has a new id until they are recognised, and gaps are not filled: linking
    the whole clip knows better. told: who is told of each frame. drawing: what draws each frame.
    """

    def __init__(
        self,
        info: VideoInfo,
        config: RunConfig,
        times: StageTimes,
        told: ProvisionalTracks | None,
        drawing: LiveDrawing | None = None,
    ) -> None:
        self._tracker = Tracker(
            config.tracker_in_force(),
            frame_rate=info.fps,
            image_size=(info.width, info.height),
            warn=False,
        )
        self._times, self._told, self._drawing = times, told, drawing
        if told is not None:
            told.begin(info)

    def replay(self, observations: Iterable[Observation]) -> None:
        """Follow what an earlier call observed, and tell it again."""
        for observation in observations:
            self._follow(observation)

    def see(self, frame: Frame, observation: Observation) -> None:
        """Follow, tell and draw one frame; the image itself is changed."""
        tracks = self._follow(observation)
        if self._drawing is not None:
            self._drawing.draw(frame, observation, tracks)

    def _follow(self, observation: Observation) -> Tracks:
        known = len(self._tracker.reentries)
        with self._times.stage("link"):
            tracks = follow(self._tracker, observation)
        if self._told is not None:
            self._told.tell(observation, tracks, self._tracker.reentries[known:])
        return tracks


class ProvisionalTracks:
    """Tells the online tracks of a run line by line, and at the end who they are.

    Of every box it keeps three whole numbers, which is less than linking keeps.
    """

    def __init__(self, lines: TrackLines) -> None:
        self._lines = lines
        self._frames, self._rows, self._ids = array("i"), array("i"), array("i")

    def begin(self, info: VideoInfo) -> None:
        """The first line."""
        self._lines.video(info.name, (info.width, info.height), info.fps, live=info.live)

    def tell(
        self, observation: Observation, tracks: Tracks, reentries: Sequence[ReentryDecision]
    ) -> None:
        """The line of one frame. reentries: those that were decided in it."""
        self._lines.frame(
            observation.frame,
            observation.time,
            tracks,
            cut=observation.cut,
            looked=observation.looked,
            rejoined=[(one.new_id, one.old_id) for one in reentries],
        )
        self._frames.extend([observation.frame] * len(tracks))
        self._rows.extend(tracks.rows.tolist())
        self._ids.extend(tracks.ids.tolist())

    def end(self, folder: RunFolder, *, complete: bool) -> None:
        """The last line, of the tracks in the run's files; what failed is logged."""
        with closing(ObservationStore.open(folder.observations)) as store:
            rows, table = store.track_rows(), tracks_of(folder)
        if rows is not None and len(rows) == len(table):  # nobody edited it
            frames, seen, ids = (np.array(one) for one in (self._frames, self._rows, self._ids))
            owners = final_identities(frames, seen, replace(table, rows=rows))
            self._lines.identities(stretches(ids, frames, owners), complete=complete)
        if self._lines.failure is not None:
            logger.warning(
                "--jsonl was written for %d lines only (%s); the run went on without it",
                self._lines.count,
                self._lines.failure,
            )


def final_identities(
    frames: NDArray[np.int32], rows: NDArray[np.int32], table: TrackTable
) -> NDArray[np.int64]:
    """(N,) whose each detection is in a table of tracks, given as frame and row; 0: nobody's."""
    assert table.rows is not None
    detected = table.rows >= 0
    known = (table.frames[detected] << _ROW_BITS) | table.rows[detected]
    order = known.argsort()
    known, owners = known[order], table.ids[detected][order]
    asked = (frames.astype(np.int64) << _ROW_BITS) | rows
    place = known.searchsorted(asked)
    there = place < len(known)
    there[there] = known[place[there]] == asked[there]
    found = np.zeros(len(asked), np.int64)
    found[there] = owners[place[there]]
    return found


def stretches(
    ids: NDArray[np.int32], frames: NDArray[np.int32], owners: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Runs of boxes of one provisional identity that are one person, as JSON; by id, then frame."""
    if not len(ids):
        return []
    order = np.lexsort((frames, ids))
    ids, frames, owners = ids[order], frames[order], owners[order]
    begins = (np.diff(ids, prepend=ids[0] - 1) != 0) | (np.diff(owners, prepend=-1) != 0)
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(ids)) - 1
    return [
        {
            "provisional_identity": identity,
            "identity": owner or None,
            "first_frame": first,
            "last_frame": last,
            "boxes": boxes,
        }
        for identity, owner, first, last, boxes in zip(
            ids[starts].tolist(),
            owners[starts].tolist(),
            frames[starts].tolist(),
            frames[ends].tolist(),
            (ends - starts + 1).tolist(),
            strict=True,
        )
    ]
