"""Read and write MOTChallenge text: a box per line, ``frame,id,x,y,w,h,score,...``, frames from 1.

The format: Dendorfer et al., "MOT20: A benchmark for multi object tracking in crowded scenes",
2020. What exactly is accepted and written is in ``docs/formats.md``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, corners_to_xywh, xywh_to_corners
from touchline.errors import FormatError, InputError
from touchline.formats.atomic_text import atomic_text
from touchline.formats.looked_frames import EVERY_FRAME, LookedFrames, looked_frames
from touchline.formats.number_text import (
    LARGEST_WHOLE,
    first_line,
    is_whole,
    line_numbers,
    read_numbers,
    repeated_pairs,
)
from touchline.types import ROLES, Detections, TrackTable

logger = logging.getLogger(__name__)

Seventh = Literal["score", "mark", "anything"]
"""What the seventh column of a file of tracks holds."""

_FRAME, _ID, _SCORE = 0, 1, 6
_BOX = slice(2, 6)
_NO_SCORE = -1.0  # what the format writes where there is no confidence
_LARGEST_COORDINATE = 1e9  # pixels; areas of such boxes are still far from overflowing
_LINES_NAMED = 3  # number of dropped lines named in a warning
_ROWS_AT_ONCE = 10_000
_TWICE = "this id already has a box in this frame"


@dataclass(frozen=True, slots=True)
class DetectionTable:
    """The detections of a whole clip.

    frames: (N,) int64 frame index from 0, ascending. detections: the N rows beside it.
    warnings: what was left out of the file or guessed of it, one line each. looked: the frames
    on which a detector ran; the others are not empty, but unknown. track_ids: (N,) int64, of a
    file of tracks.
    """

    frames: NDArray[np.int64]
    detections: Detections
    warnings: tuple[str, ...] = ()
    looked: LookedFrames = EVERY_FRAME
    track_ids: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.frames)

    def at(self, frame: int) -> Detections:
        """The detections of one frame, in the order of the file; none for an unknown frame."""
        start, stop = np.searchsorted(self.frames, [frame, frame + 1])
        found = self.detections[start:stop]
        if self.track_ids is None:
            return found
        return replace(found, track_ids=self.track_ids[start:stop])


def read_detections(
    file: str | Path, *, scale: float = 1.0, role: str = "person", tracked: bool = False
) -> DetectionTable:
    """The boxes of a MOTChallenge file, all with the same ``role``.

    ``scale`` multiplies the coordinates, for boxes measured at another resolution (a file in
    1920x1080 for a video of 1280x720: 2/3). Rows with a NaN, an infinity or an empty box are
    left out and counted in ``warnings``; an empty file gives no detections and a warning. Where
    only every n-th frame has rows the detector did not run in the others, which is a warning too.

    tracked: the file is what a tracker wrote: its ids are kept as ``track_ids``. Rows without one
    (-1, or less) are left out and counted; an id that is no whole number, an id with two boxes in
    a frame and a file without any id are refused.

    Raises UsageError for a missing file, FormatError naming the line for text that is no
    number, a frame below 1 and a score outside 0..1.
    """
    if not (np.isfinite(scale) and scale > 0):
        raise InputError(f"scale {scale} is refused: coordinates are multiplied by it; use > 0")
    if role not in ROLES:
        raise InputError(f"unknown role {role!r}; roles are {', '.join(ROLES)}")
    file = Path(file)
    columns = read_numbers(file, min_columns=6, max_columns=7)
    if not len(columns):
        what = "tracks" if tracked else "detections"
        warnings = _warn(f"{file} is empty: there are no {what}")
        none = np.empty(0, np.int64)
        ids = none if tracked else None
        return DetectionTable(none, Detections.empty(), warnings, track_ids=ids)
    frames = _frames(file, columns)
    scores = _scores(file, columns)
    boxes = xywh_to_corners(columns[:, _BOX] * scale)
    valid = np.isfinite(boxes).all(axis=1) & np.isfinite(scores)
    # Compared as corners: a tiny width can vanish when it is added to a large x.
    valid &= (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    negative = columns[:, 4:6].min(axis=1) < 0
    warnings = _name_dropped(file, ~valid & ~negative, "NaN, infinite or empty boxes")
    warnings += _name_dropped(file, negative, "boxes of negative width or height")
    ids = None
    if tracked:
        ids = _track_ids(file, columns, frames)
        untracked = valid & (ids < 0)
        valid &= ids >= 0
        warnings += _name_dropped(
            file, untracked, "boxes without an id; touchline track --detections takes all"
        )
    order = np.flatnonzero(valid)[np.argsort(frames[valid], kind="stable")]
    looked = looked_frames(frames)
    roles = np.full(len(order), role, Detections.empty().roles.dtype)
    return DetectionTable(
        frames[order],
        Detections(boxes[order], scores[order], roles),
        warnings + _name_looked(file, looked),
        looked,
        None if ids is None else ids[order],
    )


def read_mot(
    file: str | Path, *, frames_per_second: float = 25.0, seventh: Seventh = "score"
) -> TrackTable:
    """The tracks of a MOTChallenge file (results or ground truth).

    Coordinates are exactly those of the file as float64; empty boxes are kept, so that scores
    agree with other tools. The format has no times, they follow from ``frames_per_second``, and
    no roles, every one is ``person``.

    seventh: what the seventh column is: a ``score`` in 0..1; the ``mark`` of ground truth, where
    rows with 0 are left out; or ``anything``, which is not looked at. Without ``score`` every
    score is 1.

    Raises UsageError for a missing file; FormatError naming the line for text that is no
    number, NaN or infinity, a negative width or height, a box beyond 10^9 pixels, a frame below
    1, an id with a fraction or beyond 2^53, a score outside 0..1, and an identity that has two
    boxes in one frame.
    """
    file = Path(file)
    columns = read_numbers(file, min_columns=6, max_columns=6 if seventh == "anything" else 7)
    if not len(columns):
        _warn(f"{file} is empty: there are no tracks")
        return TrackTable.empty()
    frames = _frames(file, columns)
    _refuse(file, ~np.isfinite(columns), "NaN and infinity have no place in a track")
    ids = _ids(file, columns)
    large = np.abs(columns[:, _BOX]) >= _LARGEST_COORDINATE
    _refuse(file, large, "no image reaches as far as this box: beyond 10^9 pixels")
    _refuse(file, columns[:, 4:6] < 0, "width and height cannot be negative")
    kept = np.ones(len(ids), np.bool_)
    if seventh == "mark" and columns.shape[1] > _SCORE:
        kept = columns[:, _SCORE] != 0.0
        if not kept.any():
            _warn(f"{file}: the mark (seventh column) of all {len(ids)} boxes is 0: none counts")
    twice = np.zeros(len(ids), np.bool_)
    twice[kept] = repeated_pairs(frames[kept], ids[kept])
    _refuse(file, twice, _TWICE)
    table = TrackTable(
        frames,
        frames / frames_per_second,
        ids,
        xywh_to_corners(columns[:, _BOX]),
        _scores(file, columns) if seventh == "score" else np.ones(len(ids)),
        np.full(len(ids), "person", TrackTable.empty().roles.dtype),
        np.zeros(len(ids), np.bool_),
    )
    return (table if kept.all() else table[kept]).sorted()


def write_mot(table: TrackTable, file: str | Path) -> None:
    """Writes ``frame,id,x,y,w,h,score,-1,-1,-1``: pixels with 2 decimals, scores with 4.

    Sorted by frame and id, in pieces, under a temporary name until complete. Raises StoreError.
    """
    table = table.sorted()
    with atomic_text(Path(file)) as text:
        for start in range(0, len(table), _ROWS_AT_ONCE):
            part = table[start : start + _ROWS_AT_ONCE]
            xywh = _rounded_xywh(part.boxes)
            columns = [part.frames + 1, part.ids, *xywh.T, part.scores]
            rows = zip(*(column.tolist() for column in columns), strict=True)
            text.writelines(
                "%d,%d,%.2f,%.2f,%.2f,%.2f,%.4f,-1,-1,-1\n" % row  # noqa: UP031 (half the time)
                for row in rows
            )


def _rounded_xywh(boxes: Boxes) -> Boxes:
    """Left, top, width, height of the boxes whose corners are rounded to 0.01 pixels.

    Rounding left and width each for itself would put the right edge off by up to 0.01.
    """
    return corners_to_xywh(np.round(boxes, 2) + 0.0)  # + 0.0: no "-0.00"


def _frames(file: Path, columns: NDArray[np.float64]) -> NDArray[np.int64]:
    """Frame indices from 0."""
    frames = columns[:, _FRAME]
    _refuse(file, ~is_whole(frames), "the frame must be a whole number")
    _refuse(file, frames < 1, "frames count from 1: add 1 to each where they count from 0")
    return frames.astype(np.int64) - 1


def _ids(file: Path, columns: NDArray[np.float64]) -> NDArray[np.int64]:
    """The second column, whole numbers."""
    _refuse(file, np.abs(columns[:, _ID]) >= LARGEST_WHOLE, "an id must lie below 2^53")
    _refuse(file, ~is_whole(columns[:, _ID]), "the id must be a whole number")
    return columns[:, _ID].astype(np.int64)


def _track_ids(
    file: Path, columns: NDArray[np.float64], frames: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The ids that a tracker gave; below 0 where it gave none."""
    ids = _ids(file, columns)
    if (ids < 0).all():
        raise FormatError(
            f"{file}: no row has an id (its second column is {ids[0]}): these are detections, not "
            "tracks; touchline track --detections tracks them"
        )
    twice = np.zeros(len(ids), np.bool_)
    twice[ids >= 0] = repeated_pairs(frames[ids >= 0], ids[ids >= 0])
    _refuse(file, twice, _TWICE)
    return ids


def _scores(file: Path, columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in 0..1 (or not finite); 1 where the file has none."""
    if columns.shape[1] <= _SCORE:
        return np.ones(len(columns))
    scores = np.where(columns[:, _SCORE] == _NO_SCORE, 1.0, columns[:, _SCORE])
    outside = np.isfinite(scores) & ((scores < 0.0) | (scores > 1.0))
    if outside.any():
        value = scores[outside][0]
        reason = f"score {value:g} is not in 0..1 (-1: none); divide percent by 100"
        _refuse(file, outside, reason)
    return scores


def _refuse(file: Path, bad: NDArray[np.bool_], reason: str) -> None:
    """Raises FormatError naming the first line with a ``bad`` row (N,) or field (N, C)."""
    if bad.any():
        rows: NDArray[np.bool_] = np.asarray(bad.reshape(len(bad), -1).any(axis=1))
        raise FormatError(f"{file}, line {first_line(file, rows)}: {reason}")


def _name_dropped(file: Path, dropped: NDArray[np.bool_], what: str) -> tuple[str, ...]:
    rows = np.flatnonzero(dropped)
    if not len(rows):
        return ()
    named = ", ".join(str(line) for line in line_numbers(file, rows[:_LINES_NAMED]))
    more = ", ..." if len(rows) > _LINES_NAMED else ""
    return _warn(f"{file}: left out {len(rows)} {what} (line {named}{more})")


def _name_looked(file: Path, looked: LookedFrames) -> tuple[str, ...]:
    if looked.step == 1:
        return ()
    return _warn(
        f"{file}: boxes in {looked.words} only ({len(looked.frames)} frames): in the others the "
        "detector did not run; a row with score 0 marks a frame in which it ran and found nothing"
    )


def _warn(message: str) -> tuple[str, ...]:
    logger.warning("%s", message)
    return (message,)
