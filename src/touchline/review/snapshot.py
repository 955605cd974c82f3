"""What the page is shown of a run at one moment: read once from its files, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from touchline.config import check_config
from touchline.edits.facts import Edit
from touchline.errors import UsageError
from touchline.formats.joins_json import ReasonsRead, read_reasons
from touchline.identities import Identities
from touchline.observations import ObservationStore
from touchline.pitch.positions import Positions
from touchline.review.binary import box_rows, place_rows, span_rows
from touchline.run.config import RunConfig
from touchline.run.crop_choice import crop_values
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.tables import edits_of, identities_of, positions_of, stored_tracks
from touchline.types import Floats, Index, TrackTable

if TYPE_CHECKING:
    from touchline.run.joinable import JoinFinder


@dataclass(frozen=True, slots=True)
class ClipTimes:
    """The F frames of the video that are reviewed. frames: (F,) ascending, from 0. seconds: (F,).
    shots: first frame of each.
    """

    frames: NDArray[np.int64]
    seconds: NDArray[np.float64]
    shots: tuple[int, ...]

    def window(self, first: int, last: int) -> NDArray[np.float64]:
        """Seconds of the frames ``first`` to ``last``, from 1, of those that there are."""
        start, end = np.searchsorted(self.frames, [first - 1, last])
        return self.seconds[start:end]


@dataclass(frozen=True)
class Snapshot:
    """A linked run as its files say. revision: another one after every change. folder: its
    files. order: of the people, in which the page lists them.
    """

    revision: int
    facts: RunFacts
    config: RunConfig
    table: TrackTable
    people: Identities
    edits: tuple[Edit, ...]
    folder: RunFolder
    order: tuple[int, ...]

    @cached_property
    def boxes(self) -> NDArray[np.void]:
        """Every box, of ``BOX_ROW``."""
        return box_rows(self.table, self.config.draw.min_confidence)

    @cached_property
    def places(self) -> NDArray[np.void]:
        """Where everybody is on the pitch, of ``PLACE_ROW``."""
        return place_rows(self.positions)

    @cached_property
    def spans(self) -> NDArray[np.void]:
        """Where everybody is, of ``SPAN_ROW``."""
        return span_rows(self.table, self.config.draw.min_confidence)

    @cached_property
    def reasons(self) -> ReasonsRead | None:
        """Why who is who; None where it was linked without. Raises FormatError."""
        return read_reasons(self.folder.links) if self.folder.links.is_file() else None

    @cached_property
    def joinable(self) -> JoinFinder:
        """Who can be stated to be one person. Raises FormatError."""
        from touchline.run.joinable import JoinFinder  # slow to import, and seldom asked

        tracklets = () if self.reasons is None else self.reasons.tracklets
        return JoinFinder(self.table, tracklets, self.edits)

    @cached_property
    def crop_values(self) -> Floats:
        """(M,) how well each box shows a person."""
        return crop_values(self.table, (self.facts.video.width, self.facts.video.height))

    @cached_property
    def positions(self) -> Positions:
        """Where everybody is on the pitch. Raises FormatError."""
        return positions_of(self.folder)

    @cached_property
    def rows_of(self) -> Mapping[int, Index]:
        """The rows of the table by identity, in order of frames."""
        order = np.lexsort((self.table.frames, self.table.ids))
        ids, starts = np.unique(self.table.ids[order], return_index=True)
        parts = np.split(order, starts[1:])
        return dict(zip(ids.tolist(), parts, strict=False))

    def row_at(self, frame: int, identity: int) -> int | None:
        """The row of a box; frame from 0. None where there is none."""
        here = self.table.rows_at(frame)
        found = np.flatnonzero(self.table.ids[here] == identity)
        return int(here.start + found[0]) if len(found) else None


def read_snapshot(folder: RunFolder, revision: int, order: Sequence[int] = ()) -> Snapshot:
    """A linked run as its files say now. order: of people before; others follow.

    Raises UsageError for a run without tracks, FormatError for damaged files.
    """
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        if facts.tracks is None:
            raise UsageError(
                f"{folder.path} has no tracks yet: touchline link {folder.path} makes them"
            )
        table = stored_tracks(folder, store, facts)
    people = identities_of(folder, table, facts.video.fps)
    known = set(people.ids.tolist())
    kept = [one for one in order if one in known]
    there = set(kept)
    kept += [one for one in listed(people) if one not in there]
    config = check_config(RunConfig, facts.settings)
    edits = edits_of(folder, facts)
    return Snapshot(revision, facts, config, table, people, edits, folder, tuple(kept))


def read_times(folder: RunFolder) -> ClipTimes:
    """When which frame of a run is. Raises StoreError."""
    with closing(ObservationStore.open(folder.observations)) as store:
        frames, seconds, shots = store.times_and_shots()
    first = frames[:1].tolist()
    return ClipTimes(frames, seconds, tuple(dict.fromkeys([*first, *shots])))


def listed(people: Identities) -> list[int]:
    """The identities as a person looks for them: by team, by number, then as they come."""
    far = 1 << 20
    teams = np.where(people.teams < 0, far, people.teams)
    numbers = np.where(people.numbers < 0, far, people.numbers)
    found: list[int] = people.ids[np.lexsort((people.first_times, numbers, teams))].tolist()
    return found
