"""Data types shared by all parts: frames, detections, tracks. Arrays are checked once, when made.

Boxes are corner pixels ``(x1, y1, x2, y2)``, images are BGR ``uint8`` of shape (H, W, 3),
times are seconds from the start of the clip, frames count from 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.columns import (
    ROLE_DTYPE,
    box_columns,
    check_boxes,
    check_rows,
    column_names,
    concatenated,
    embedding_rows,
    number_columns,
    row_order,
    shirt_rows,
    track_id_column,
)
from touchline.data_frames import track_data_frame
from touchline.errors import InputError
from touchline.foreign_text import shown

Image = NDArray[np.uint8]
"""BGR image, (H, W, 3) uint8."""

Affine = NDArray[np.float64]
"""(2, 3) matrix that maps pixels of the previous frame to pixels of this frame."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

Roles = NDArray[np.str_]
"""(N,) array of role names."""

ROLES = ("player", "goalkeeper", "referee", "ball", "person")
"""Every role a detection can have; ``person`` where the model does not tell players apart."""

PEOPLE = ("player", "goalkeeper", "referee", "person")
"""The roles that are people."""

TIME_TOLERANCE = 1e-6
"""Seconds by which times may differ and be the same: those of frames are sums of fractions."""


def identity_motion() -> Affine:
    """The motion of a camera that stands still: (2, 3) float64."""
    return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded image.

    Args:
        index: number in the whole video, from 0, also when reading starts later.
        time: seconds since the video's first frame, from the container's timestamps.
        image: (H, W, 3) uint8, BGR.
        key_frame: it can be decoded without those before, so that parts of a video begin with it.
    """

    index: int
    time: float
    image: Image
    key_frame: bool = False


@dataclass(frozen=True, slots=True)
class Detections:
    """What a detector found in one frame, as parallel arrays. Index with a mask to select.

    Args:
        boxes: (N, 4) float64 corner pixels with x1 < x2 and y1 < y2; they may reach over the
            border.
        scores: (N,) float64 in 0..1, the detector's confidence.
        roles: (N,) of player, goalkeeper, referee, ball, person; None: ``person`` for every box.
        embeddings: None, or (N, D) float32 appearance vectors: unit length, or all zero for a box
            that was not embedded.
        shirts: None, or (N, S) float32 colours of the clothes; NaN in all of a row: not seen.
        numbers: None, or (N,) int64 shirt numbers 0..99, -1 where none was read.
        number_scores: None without numbers, else (N,) float32 in 0..1, of the reading.
        track_ids: None, or (N,) int64, unique in a frame: whoever made the boxes has tracked them.
            Then nobody is tracked here, and these ids are taken as they are.

    Raises:
        InputError: wrong shapes, NaN, empty boxes, scores outside 0..1, unknown roles.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    roles: Roles
    embeddings: NDArray[np.float32] | None
    shirts: NDArray[np.float32] | None
    numbers: NDArray[np.int64] | None
    number_scores: NDArray[np.float32] | None
    track_ids: NDArray[np.int64] | None

    def __init__(
        self,
        boxes: ArrayLike,
        scores: ArrayLike,
        roles: Sequence[str] | Roles | None = None,
        embeddings: ArrayLike | None = None,
        *,
        shirts: ArrayLike | None = None,
        numbers: ArrayLike | None = None,
        number_scores: ArrayLike | None = None,
        track_ids: ArrayLike | None = None,
    ) -> None:
        found = box_columns(boxes, scores, roles, ROLES)
        count = len(found[0])
        columns = (
            *found,
            None if embeddings is None else embedding_rows(embeddings, count),
            None if shirts is None else shirt_rows(shirts, count),
            *number_columns(numbers, number_scores, count),
            None if track_ids is None else track_id_column(track_ids, count),
        )
        check_boxes(*found[:2])
        for name, column in zip(column_names(Detections), columns, strict=True):
            object.__setattr__(self, name, column)

    @classmethod
    def empty(cls) -> Detections:
        """No detections at all."""
        return cls(np.empty((0, 4)), np.empty(0))

    @classmethod
    def keep_valid(
        cls, boxes: ArrayLike, scores: ArrayLike, roles: Sequence[str] | Roles | None = None
    ) -> Detections:
        """Detections without the rows whose box or score is NaN, infinite or empty.

        Compare lengths to learn how many rows went.

        Args:
            boxes: (N, 4) corner pixels.
            scores: (N,); those above 1 or below 0 are clipped.
            roles: (N,) names; None: ``person`` for every box.
        """
        boxes_array, score_array, role_array = box_columns(boxes, scores, roles, ROLES)
        keep = (boxes_array[:, 0] < boxes_array[:, 2]) & (boxes_array[:, 1] < boxes_array[:, 3])
        keep &= np.isfinite(boxes_array).all(axis=1) & np.isfinite(score_array)
        return cls(boxes_array[keep], np.clip(score_array[keep], 0.0, 1.0), role_array[keep])

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: Any) -> Detections:
        """The rows picked by a boolean mask, an index array or a slice."""
        chosen = object.__new__(Detections)
        put = object.__setattr__
        for name in column_names(Detections):
            values = getattr(self, name)
            put(chosen, name, None if values is None else values[rows])
        if chosen.boxes.ndim != 2:
            raise InputError("index Detections with a mask, an index array or a slice")
        return chosen

    def with_embeddings(self, embeddings: ArrayLike | None) -> Detections:
        """The same detections with other appearance vectors."""
        return self._with(embeddings=embeddings)

    def with_shirts(self, shirts: ArrayLike | None) -> Detections:
        """The same detections with other colours of clothes, (N, S)."""
        return self._with(shirts=shirts)

    def with_numbers(self, numbers: ArrayLike | None, scores: ArrayLike | None) -> Detections:
        """The same detections with other shirt numbers.

        Args:
            numbers: (N,) 0..99, -1 where none was read; or None.
            scores: (N,) in 0..1, of the reading; None without numbers.
        """
        return self._with(numbers=numbers, number_scores=scores)

    def _with(self, **columns: ArrayLike | None) -> Detections:
        names = column_names(Detections)
        return Detections(**{name: getattr(self, name) for name in names} | columns)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Confirmed tracks of one frame, as parallel arrays.

    Args:
        ids: (N,) int64, unique in a frame, from 1 in every clip.
        boxes: (N, 4) float64 corner pixels.
        scores: (N,) float64 in 0..1, of the matched detection.
        roles: (N,) role names, voted over the track.
        rows: (N,) int64, which detection of the frame each box is; -1 where it is none or that is
            not known.
    """

    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    roles: Roles
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        check_rows(self)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Any) -> Tracks:
        return Tracks(*(getattr(self, name)[rows] for name in column_names(Tracks)))

    @classmethod
    def empty(cls) -> Tracks:
        none = np.empty(0, np.int64)
        return cls(none, np.empty((0, 4)), np.empty(0), np.empty(0, ROLE_DTYPE), none)


@dataclass(frozen=True, slots=True)
class TrackTable:
    """All tracks of a clip: one row per box, parallel columns, sorted by frame and then id.

    Args:
        frames: (M,) int64 from 0.
        times: (M,) float64 seconds.
        ids: (M,) int64.
        boxes: (M, 4) float64 corner pixels.
        scores: (M,) float64 in 0..1.
        roles: (M,) role names.
        interpolated: (M,) bool, True where the box was filled in between two detections.
        confidences: (M,) float64 in 0..1, how sure it is that the id is the right one, or None.
        rows: (M,) int64, which detection of its frame each box is, -1 where it is none; None where
            that is not known, as for tracks read from a file.
    """

    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    roles: Roles
    interpolated: NDArray[np.bool_]
    confidences: NDArray[np.float64] | None = None
    rows: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        check_rows(self)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Any) -> TrackTable:
        columns: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return replace(
            self, **{name: part[rows] for name, part in columns.items() if part is not None}
        )

    @classmethod
    def from_frames(cls, frames: Sequence[tuple[int, float, Tracks]]) -> TrackTable:
        """One table from ``(frame index, time, tracks)`` of each frame."""
        filled = [(index, time, tracks) for index, time, tracks in frames if len(tracks)]
        if not filled:
            return cls.empty()
        counts = [len(tracks) for _, _, tracks in filled]
        columns = {
            column.name: np.concatenate([getattr(tracks, column.name) for _, _, tracks in filled])
            for column in fields(Tracks)
        }
        return cls(
            frames=np.repeat(np.array([index for index, _, _ in filled], np.int64), counts),
            times=np.repeat(np.array([time for _, time, _ in filled], np.float64), counts),
            interpolated=np.zeros(sum(counts), np.bool_),
            **columns,
        ).sorted()

    @classmethod
    def concatenate(cls, tables: Sequence[TrackTable]) -> TrackTable:
        """The rows of all ``tables``, sorted.

        Confidences, and which detections the boxes are, stay where all of the tables have them.
        """
        tables = [table for table in tables if len(table)]
        if not tables:
            return cls.empty()
        frames = np.concatenate([table.frames for table in tables])
        ids = np.concatenate([table.ids for table in tables])
        order = row_order(frames, ids)
        columns = {}
        for name in (column.name for column in fields(cls)):
            parts = [getattr(table, name) for table in tables]
            if all(part is not None for part in parts):
                columns[name] = concatenated(parts, order)
        return cls(**columns)

    @classmethod
    def empty(cls) -> TrackTable:
        none, ints = np.empty(0), np.empty(0, np.int64)
        roles, flags = np.empty(0, ROLE_DTYPE), np.empty(0, np.bool_)
        return cls(ints, none, ints, np.empty((0, 4)), none, roles, flags, rows=ints)

    def sorted(self) -> TrackTable:
        """The same rows by frame, then id."""
        order = row_order(self.frames, self.ids)
        return self if isinstance(order, slice) else self[order]

    def with_ids(self, ids: NDArray[np.int64]) -> TrackTable:
        """The same boxes under other ids, (M,)."""
        return replace(self, ids=ids).sorted()

    def rounded(self) -> TrackTable:
        """The same rows with pixels at 1/100, scores and confidences at 1/10000, as in files."""
        sure = self.confidences
        return replace(
            self,
            boxes=np.round(self.boxes, 2),
            scores=np.round(self.scores, 4),
            confidences=None if sure is None else np.round(sure, 4),
        )

    def rows_at(self, frame: int) -> slice:
        """Where the rows of one frame are."""
        if not isinstance(frame, int | np.integer):
            raise InputError(f"frame {shown(frame)} is not a whole number")
        first, end = np.searchsorted(self.frames, [frame, frame + 1])
        return slice(int(first), int(end))

    def at(self, frame: int) -> Tracks:
        """The tracks of one frame."""
        here = self.rows_at(frame)
        rows = np.full(here.stop - here.start, -1) if self.rows is None else self.rows[here]
        return Tracks(self.ids[here], self.boxes[here], self.scores[here], self.roles[here], rows)

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row a box; UsageError where pandas is not installed."""
        return track_data_frame(self)

    def by_identity(self) -> Iterator[tuple[int, TrackTable]]:
        """Each id, ascending, with its own rows in order of frames."""
        order = np.lexsort((self.frames, self.ids))
        starts = np.flatnonzero(np.diff(self.ids[order], prepend=np.iinfo(np.int64).min))
        for rows in np.split(order, starts[1:]) if len(self) else ():
            yield int(self.ids[rows[0]]), self[rows]
