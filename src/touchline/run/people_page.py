"""``people.html`` of a run: crops of everybody, cut out while its video passes once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np

from touchline.errors import TouchlineError
from touchline.formats.joins_json import JoinRead, read_joins
from touchline.formats.people_html import (
    CropShown,
    DoubtShown,
    PersonShown,
    crop_key,
    crops_in,
    write_people_page,
)
from touchline.identities import TEAMS, UNKNOWN, Identities
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.run.crop_choice import chosen_boxes, crops_each
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.join_words import short_words
from touchline.stretches import clock
from touchline.types import Frame, TrackTable
from touchline.video.portraits import portrait
from touchline.video.reader import VideoReader

logger = logging.getLogger(__name__)


class PeoplePage:
    """The contact sheet of a linked run. Crops that its page holds already are not cut again.

    ``take`` each frame of the video before something is drawn on it, then ``write``.
    """

    def __init__(
        self,
        folder: RunFolder,
        facts: RunFacts,
        table: TrackTable,
        people: Identities,
        config: RunConfig,
    ) -> None:
        self._folder, self._video = folder, facts.video
        self._table, self._people = table, people
        self._min_confidence = config.draw.min_confidence
        size = (facts.video.width, facts.video.height)
        count = crops_each(len(people), config.page.crops)
        self._rows = chosen_boxes(table, size, count)
        held = crops_in(folder.people)
        self._jpegs: dict[str, bytes] = {}
        self._wanted: dict[int, list[int]] = {}  # rows whose crops are not there, by frame
        for row in [row for rows in self._rows.values() for row in rows.tolist()]:
            key = self._key(row)
            if key in held:
                self._jpegs[key] = held[key]
            else:
                self._wanted.setdefault(int(table.frames[row]), []).append(row)

    @property
    def last_wanted(self) -> int | None:
        """The last frame that is needed yet; None where every crop is there."""
        return max(self._wanted, default=None)

    def take(self, frame: Frame) -> None:
        """Cut out of a frame whoever is to be shown of it."""
        for row in self._wanted.pop(frame.index, ()):
            self._jpegs[self._key(row)] = portrait(frame.image, self._table.boxes[row])

    def write(self) -> None:
        """Write the page with the crops that are there. Raises StoreError."""
        doubtful = [
            join
            for join in read_joins(self._folder.links)
            if join.confidence < self._min_confidence
        ]
        notes = [
            f"{len(self._people)} people in {self._video.name}. Under each crop: its time, and how "
            "sure it is that it is them. A question mark stands where it is not sure that it goes "
            f"on with the same person ({len(doubtful)} times).",
            f'touchline name {self._folder.path.name} IDENTITY "Name" says who somebody is.',
        ]
        if len(self._rows) < len(self._people):
            notes.append(f"Only the {len(self._rows)} who were seen the longest are shown.")
        title = f"Who is who in {self._video.name}"
        write_people_page(title, notes, self._cards(doubtful), self._folder.people)

    def _cards(self, doubtful: list[JoinRead]) -> Iterator[PersonShown]:
        doubts: dict[int, list[DoubtShown]] = {}
        for join in doubtful:
            doubts.setdefault(join.identity, []).append(DoubtShown(join.time, short_words(join)))
        for row, identity in enumerate(self._people.ids.tolist()):
            if identity not in self._rows:
                continue
            crops = [self._crop(one) for one in self._rows[identity].tolist()]
            title = f"{identity}: {self._people.label(row)}"
            yield PersonShown(identity, title, self._facts(row), crops, doubts.get(identity, ()))

    def _facts(self, row: int) -> list[str]:
        people = self._people
        team, number = int(people.teams[row]), int(people.numbers[row])
        said = [
            str(people.roles[row]),
            "team not known"
            if team == UNKNOWN
            else f"team {TEAMS[team]} ({people.team_confidences[row]:.0%} sure)",
            "number not known"
            if number == UNKNOWN
            else f"number {number} ({people.number_confidences[row]:.0%} sure)",
            f"{clock(people.first_times[row])} to {clock(people.last_times[row])}",
            f"seen {people.seconds[row]:.1f} s",
        ]
        if people.doubtful[row]:
            said.append("the name is a guess")
        if not np.isnan(people.least_confidences[row]):
            least = people.least_confidences[row]
            said.append(f"least sure {least:.0%} at {clock(people.least_sure_times[row])}")
        return said

    def _crop(self, row: int) -> CropShown:
        table, sure = self._table, self._table.confidences
        return CropShown(
            float(table.times[row]),
            key := self._key(row),
            self._jpegs.get(key),
            None if sure is None else float(sure[row]),
        )

    def _key(self, row: int) -> str:
        return crop_key(int(self._table.frames[row]), np.rint(self._table.boxes[row]).astype(int))


def page_of(
    folder: RunFolder, facts: RunFacts, table: TrackTable, people: Identities, config: RunConfig
) -> PeoplePage | None:
    """The page of a linked run; None where it is switched off (an earlier one is removed)."""
    if config.page.people and not facts.video.live and facts.inputs.simulation is None:
        return PeoplePage(folder, facts, table, people, config)
    folder.people.unlink(missing_ok=True)
    return None


def complete_page(
    page: PeoplePage,
    opened: Callable[[], VideoReader],
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> None:
    """Write the page, with what lacks cut out of the video, as far as that is at hand."""
    last = page.last_wanted
    try:
        if last is not None:
            with closing(opened()) as video:
                for frame in video:
                    page.take(frame)
                    on_progress("people", min(frame.index, last) + 1, last + 1)
                    if frame.index >= last or should_stop():
                        break
    except TouchlineError as error:
        logger.warning("people.html lacks crops: %s", error)
    page.write()
    if page.last_wanted is not None and should_stop():
        logger.warning("stopped: people.html lacks crops; the same command cuts the rest out")
