"""Tracks that another program made: taken as they are, under ids of this program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchline.errors import InputError
from touchline.types import Detections, Tracks


class GivenTracks:
    """Shows the tracks that came with the detections, with ids from 1 in order of appearance."""

    def __init__(self) -> None:
        self._names: dict[int, int] = {}
        self._others = False

    def show(self, found: Detections, roles: Sequence[str]) -> Tracks | None:
        """The boxes of these ``roles`` as tracks; None where whoever made them tracked nobody.

        Raises InputError where some frames of a clip have track ids, and others boxes without.
        """
        is_given = found.track_ids is not None
        self._others |= len(found) > 0 and not is_given
        if self._others and (self._names or (is_given and len(found))):
            raise InputError(
                "some frames have track ids and others have boxes without: give track_ids in all "
                "frames of a clip, or in none"
            )
        if found.track_ids is None:
            return None
        rows = np.isin(found.roles, roles).nonzero()[0]
        given = found.track_ids[rows].tolist()
        ids = np.array(
            [self._names.setdefault(one, len(self._names) + 1) for one in given], np.int64
        )
        return Tracks(ids, found.boxes[rows], found.scores[rows], found.roles[rows], rows)
