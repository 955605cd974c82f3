"""``doubts.html`` of a run: both sides of what is least sure, as crops."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.config import check_config
from touchline.errors import TouchlineError
from touchline.formats.doubts_html import DoubtCard, DoubtSide, write_doubts_page
from touchline.formats.joins_json import JoinRead, NearMiss, TrackletRead
from touchline.formats.people_html import CropShown, crop_key, crops_in
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.run.crop_choice import crop_values, spread_rows
from touchline.run.doubts import Doubts, doubts_of, label_of
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.join_words import Cue, away_words, cues, join_cues, margin_words
from touchline.run.observed_video import open_observed
from touchline.run.tables import identities_of, tracks_of
from touchline.stretches import clock
from touchline.types import TrackTable
from touchline.video.portraits import portrait
from touchline.video.reader import VideoReader

logger = logging.getLogger(__name__)

CROPS_A_SIDE = 4

_NEAR_SECONDS = 4.0
"""Of a join the crops of either side are from no further away."""

_JUMP_FRAMES = 1500
"""A longer way to the next frame that is wanted is jumped over: opening again is quicker then."""

_NOTES = (
    "Look whether both sides show the same person. The numbers are logarithms: above 0 speaks for "
    "one person, 0.7 is two to one, 2.3 ten to one; their sum decides, and how far the next best "
    "explanation is behind.",
    "Metres count a person as 1.8 m tall; the camera's own movement is taken out.",
)


def found_doubts(run: Path, most: int) -> tuple[Doubts, Identities]:
    """The doubts of a linked run, ``most`` of each kind, and its people.

    Raises UsageError for a run that is not linked, or was linked without reasons.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
    people = identities_of(folder, tracks_of(folder), facts.video.fps)
    config = check_config(RunConfig, facts.settings)
    return doubts_of(folder, config.draw.min_confidence, most), people


def write_doubts(
    run: Path,
    doubts: Doubts,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    file: Path | None = None,
    source: str | None = None,
) -> Path:
    """Write ``doubts.html``; returns where. Crops that a page of the run holds are not cut again.

    file: None: in the run. source: where the video lies now, if it was moved. Raises StoreError.
    """
    folder = RunFolder.existing(run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        table = tracks_of(folder)
        people = identities_of(folder, table, facts.video.fps)
        page = DoubtsPage(folder, facts, table, people, doubts)
        config = check_config(RunConfig, facts.settings)
        opened = partial(open_observed, store, facts, config, source)
        page.cut(opened, on_progress, should_stop)
    file = file or folder.doubts
    page.write(file)
    return file


class DoubtsPage:
    """The page of ``doubts``. ``wanted``: rows whose crops no page of the run holds, by frame."""

    def __init__(
        self,
        folder: RunFolder,
        facts: RunFacts,
        table: TrackTable,
        people: Identities,
        doubts: Doubts,
    ) -> None:
        self._video, self._table, self._people = facts.video, table, people
        self._doubts = doubts
        self._value = crop_values(table, (facts.video.width, facts.video.height))
        self._jpegs = {**crops_in(folder.people), **crops_in(folder.doubts)}
        self._joins = [(one, self._before(one), self._behind(one)) for one in doubts.joins]
        self._misses = [
            (one, self._whole(one.identities[0]), self._whole(one.identities[1]))
            for one in doubts.misses
        ]
        self.wanted: dict[int, list[int]] = {}
        pairs = [*(each[1:] for each in self._joins), *(each[1:] for each in self._misses)]
        for row in [row for sides in pairs for side in sides for row in side.tolist()]:
            if self._key(row) not in self._jpegs:
                self.wanted.setdefault(int(table.frames[row]), []).append(row)

    def cut(
        self,
        opened: Callable[[int], VideoReader],
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> None:
        """Cut what is wanted out of the video, as far as that is at hand; a warning says if not.

        opened: the video from a frame on.
        """
        frames, done = sorted(self.wanted), 0
        try:
            for near in _without_long_ways(frames):
                with closing(opened(near[0])) as video:
                    for frame in video:
                        for row in self.wanted.pop(frame.index, ()):
                            box = self._table.boxes[row]
                            self._jpegs[self._key(row)] = portrait(frame.image, box)
                        done += frame.index in near
                        on_progress("doubts", done, len(frames))
                        if frame.index >= near[-1] or should_stop():
                            break
                if should_stop():
                    break
        except TouchlineError as error:
            logger.warning("doubts.html lacks crops: %s", error)

    def write(self, file: Path) -> None:
        """Write the page with the crops that are there. Raises StoreError."""
        doubts = self._doubts
        joins = [self._join_card(number, *one) for number, one in enumerate(self._joins, 1)]
        misses = [self._miss_card(number, *one) for number, one in enumerate(self._misses, 1)]
        parts = [
            (f"Is it still the same person? The {len(joins)} least sure of {doubts.of_all}", joins),
            (f"Perhaps the same person: {len(misses)} of {doubts.of_misses} pairs", misses),
        ]
        shown = [(heading, cards) for heading, cards in parts if cards]
        write_doubts_page(f"What to check in {self._video.name}", _NOTES, shown, file)

    def _join_card(
        self, number: int, join: JoinRead, before: NDArray[np.intp], behind: NDArray[np.intp]
    ) -> DoubtCard:
        facts = [away_words(join)]
        other = join.runner_up
        if other is not None:
            facts.append(f"else {label_of(self._people, other.identity)} ({other.log_odds:+.1f})")
        facts.append(margin_words(join))
        return DoubtCard(
            f"{number}. {label_of(self._people, join.identity)} at {clock(join.time)}: "
            f"{join.confidence:.0%} sure",
            facts,
            (
                self._side(f"until {clock(join.before.end)}", before),
                self._side(f"from {clock(join.time)}", behind),
            ),
            _told(join_cues(join)),
            join.log_odds,
        )

    def _miss_card(
        self, number: int, miss: NearMiss, one: NDArray[np.intp], other: NDArray[np.intp]
    ) -> DoubtCard:
        names = [label_of(self._people, who) for who in miss.identities]
        why = "more likely than not, but not by enough" if miss.log_odds > 0 else "nearly as likely"
        return DoubtCard(
            f"{number}. {names[0]} and {names[1]}",
            [f"one person is {why}: they stay two"],
            (self._side(names[0], one), self._side(names[1], other)),
            _told(cues(miss.evidence)),
            miss.log_odds,
        )

    def _side(self, title: str, rows: NDArray[np.intp]) -> DoubtSide:
        times = self._table.times
        crops = [
            CropShown(float(times[row]), key := self._key(row), self._jpegs.get(key), None)
            for row in rows.tolist()
        ]
        return DoubtSide(title, crops)

    def _before(self, join: JoinRead) -> NDArray[np.intp]:
        return self._of_tracklet(join.before, join.before.end - _NEAR_SECONDS, join.before.end)

    def _behind(self, join: JoinRead) -> NDArray[np.intp]:
        return self._of_tracklet(join.behind, join.time, join.time + _NEAR_SECONDS)

    def _of_tracklet(self, one: TrackletRead, begin: float, end: float) -> NDArray[np.intp]:
        frames, times = self._table.frames, self._table.times
        near = (frames >= one.first) & (frames <= one.last) & (times >= begin) & (times <= end)
        return self._spread(near & (self._table.ids == one.identity))

    def _whole(self, identity: int) -> NDArray[np.intp]:
        return self._spread(self._table.ids == identity)

    def _spread(self, mask: NDArray[np.bool_]) -> NDArray[np.intp]:
        return spread_rows(self._table, np.flatnonzero(mask), self._value, CROPS_A_SIDE)

    def _key(self, row: int) -> str:
        return crop_key(int(self._table.frames[row]), np.rint(self._table.boxes[row]).astype(int))


def _told(said: Iterable[Cue]) -> list[tuple[str, float]]:
    """Text and number of each; what says the most comes first."""
    return [(cue.text, cue.value) for cue in sorted(said, key=lambda cue: -abs(cue.value))]


def _without_long_ways(frames: list[int]) -> list[list[int]]:
    """Ascending frames in groups, between which the way is long."""
    if not frames:
        return []
    ends = np.flatnonzero(np.diff(frames) > _JUMP_FRAMES) + 1
    return [part.tolist() for part in np.split(np.array(frames), ends)]
