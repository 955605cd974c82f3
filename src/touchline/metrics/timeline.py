"""When each true person is in view and under which predicted id, for timeline plots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.metrics.alignment import Alignment
from touchline.metrics.sightings import Sightings
from touchline.types import Ints


@dataclass(frozen=True, slots=True)
class Timeline:
    """Runs of frames in which a true person is in view and shown as one id, or as none.

    identities: (G,) true ids as in the file, ascending. ids: (R,) predicted ids, ascending.
    people: (K,) for each run the position in ``identities``, ascending, of one person by frame.
    first, last: (K,) frames from 0, both within the run. shown: (K,) the position in ``ids``,
    -1 where no box matches. Between two runs a person may be out of view.
    """

    frame_rate: float
    identities: Ints
    ids: Ints
    people: Ints
    first: Ints
    last: Ints
    shown: Ints

    def __len__(self) -> int:
        return len(self.people)


def timeline(alignment: Alignment) -> Timeline:
    """The runs of one sequence."""
    seen = Sightings.of(alignment)
    begins = (
        seen.first_rows()
        | (np.diff(seen.frames, prepend=-1) != 1)
        | (np.diff(seen.shown, prepend=-2) != 0)
    )
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(begins)) - 1 if len(starts) else starts
    return Timeline(
        alignment.frame_rate,
        alignment.truth_ids,
        alignment.result_ids,
        seen.people[starts],
        seen.frames[starts],
        seen.frames[ends],
        seen.shown[starts],
    )
