"""Ground truth of the people in one clip, which crops are drawn from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.errors import InputError, UsageError


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """Boxes of people in one clip, as parallel columns in the order of its file.

    name: of the clip, unique in a data set. match: the football match it shows.
    frames: (N,) int64 from 0. ids: (N,) int64, one number a person. boxes: (N, 4) corner pixels
    of the images; they may reach over the border. times: (N,) seconds from the clip's start.
    width, height: of its images, pixels. teams: team by id, without those not known.
    same_ids: whether a person has the same id in every clip of the match; else ids mean nothing
    outside of their clip.

    Raises InputError where the columns differ in length.
    """

    name: str
    match: str
    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: Boxes
    times: NDArray[np.float64]
    width: int
    height: int
    teams: Mapping[int, str] = field(default_factory=dict)
    same_ids: bool = False

    def __post_init__(self) -> None:
        lengths = {len(self.frames), len(self.ids), len(self.boxes), len(self.times)}
        if len(lengths) > 1:
            raise InputError(f"clip {self.name} has columns of different lengths: {lengths}")

    def __len__(self) -> int:
        return len(self.ids)

    def tracks(self) -> dict[int, NDArray[np.int64]]:
        """The rows of each id in file order; ids in the order in which they first appear."""
        ids, first, where = np.unique(self.ids, return_index=True, return_inverse=True)
        rows = np.split(np.argsort(where, kind="stable"), np.cumsum(np.bincount(where))[:-1])
        return {int(ids[at]): rows[at] for at in np.argsort(first)} if len(ids) else {}

    def fingerprint(self) -> str:
        """A hash of everything that crops depend on."""
        digest = hashlib.sha256()
        for column in fields(self):
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray):
                digest.update(np.ascontiguousarray(value).tobytes())
            else:
                text = sorted(value.items()) if isinstance(value, Mapping) else value
                digest.update(f"{column.name}={text!r};".encode())
        return digest.hexdigest()[:16]


def check_names(clips: Sequence[ClipTruth]) -> None:
    """Raises UsageError where two clips have one name: their people would be mixed up."""
    for name, count in Counter(clip.name for clip in clips).items():
        if count > 1:
            raise UsageError(f"{count} clips are called {name!r}: rename their folders or files")
