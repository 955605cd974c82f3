"""Checks of the columns that ``types`` is made of: shapes, and impossible values."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.errors import InputError
from touchline.foreign_text import shown

_LARGEST = 2.0**53

_LENGTH_TOLERANCE = 0.01  # of unit vectors; float16 rounds to 0.001

MAX_SHIRT_NUMBER = 99
"""Shirts carry one or two digits."""


ROLE_DTYPE = np.dtype("<U10")
"""Of arrays of roles: "goalkeeper" is the longest."""

KindT = TypeVar("KindT")


def checked_kind(value: object, kind: type[KindT], name: str) -> KindT:
    """``value``, which is a ``kind``; InputError naming it for anything else."""
    if not isinstance(value, kind):
        raise InputError(f"{name} is a {type(value).__name__}; a {kind.__name__} is needed")
    return value


def checked_number(value: object, name: str) -> float:
    """``value`` as a finite float; InputError naming it for anything else."""
    number = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            number = float(value)
    if not math.isfinite(number):
        raise InputError(f"{name} {shown(value)} is not a number; one is needed")
    return number


def checked_flag(value: object, name: str) -> bool:
    """``value`` as a bool; InputError naming it for anything else."""
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name} is {shown(value)}; True or False is needed")
    return bool(value)


def checked_count(value: object, name: str) -> int:
    """``value`` as a whole number from 0 up; InputError naming it for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise InputError(f"{name} is {shown(value)}; a whole number from 0 up is needed")
    return int(value)


def numbers_of(values: ArrayLike, dtype: type, name: str) -> NDArray[Any]:
    """``values`` as an array of ``dtype``; InputError naming it for values that are not numbers."""
    if isinstance(values, np.ndarray) and values.dtype == dtype:
        return values
    try:
        array: NDArray[Any] = np.asarray(values)
        if array.dtype.kind == "c":
            raise ValueError("complex numbers")
        cut = np.issubdtype(dtype, np.integer) and array.dtype.kind == "f"
        if cut and not (np.abs(array) < _LARGEST).all():  # NaN is not either
            raise ValueError("NaN, or beyond 2^53")
        return array.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} are not numbers: {shown(str(error))}") from None


def box_rows(boxes: ArrayLike) -> NDArray[np.float64]:
    """(N, 4) float64 of corner pixels; InputError for another shape."""
    array = numbers_of(boxes, np.float64, "boxes")
    if array.size == 0:
        return np.empty((0, 4))
    if array.ndim != 2 or array.shape[1] != 4:
        raise InputError(f"boxes have shape {array.shape}; (N, 4) corner pixels are needed")
    return array


def value_column(values: ArrayLike, count: int, dtype: type, name: str) -> NDArray[Any]:
    """(N,) of one value a box; InputError naming the column for another shape."""
    array = numbers_of(values, dtype, name)
    if array.shape != (count,) and not (array.size == 0 and count == 0):
        raise InputError(f"{name} have shape {array.shape}; ({count},) is needed, one per box")
    return array.reshape(count)


def box_columns(
    boxes: ArrayLike,
    scores: ArrayLike,
    roles: Sequence[str] | NDArray[np.str_] | None,
    known: Sequence[str],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    """(N, 4) corner pixels, (N,) scores, and (N,) roles as ``role_column`` makes them."""
    rows = box_rows(boxes)
    values = value_column(scores, len(rows), np.float64, "scores")
    return rows, values, role_column(roles, len(rows), known)


def embedding_rows(embeddings: ArrayLike, count: int) -> NDArray[np.float32]:
    """(N, D) float32; InputError for another shape, NaN or infinity."""
    array = numbers_of(embeddings, np.float32, "embeddings")
    if count == 0 and array.size == 0:
        return np.empty((0, array.shape[1] if array.ndim == 2 else 0), np.float32)
    if array.ndim != 2 or len(array) != count:
        raise InputError(f"embeddings have shape {array.shape}; ({count}, D) is needed")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InputError(f"embedding {row} holds NaN or infinity; use zeros for 'not embedded'")
    return array


def check_unit(vectors: NDArray[np.float32], whose: str) -> None:
    """Raises InputError for the first of (N, D) vectors whose length is neither 1 nor 0."""
    lengths = np.linalg.norm(vectors, axis=1)
    wrong = np.flatnonzero((np.abs(lengths - 1.0) > _LENGTH_TOLERANCE) & (lengths != 0.0))
    if len(wrong):
        raise InputError(
            f"{whose} have length {lengths[wrong[0]]:.3g} in row {wrong[0]}: unit vectors are "
            "needed, so divide each by its length (zeros: not embedded)"
        )


def shirt_rows(shirts: ArrayLike, count: int) -> NDArray[np.float32]:
    """(N, S) float32; InputError for another shape, infinity, or rows that are NaN in part."""
    array = numbers_of(shirts, np.float32, "shirts")
    if count == 0 and array.size == 0:
        return np.empty((0, array.shape[1] if array.ndim == 2 else 0), np.float32)
    if array.ndim != 2 or len(array) != count:
        raise InputError(f"shirts have shape {array.shape}; ({count}, S) is needed")
    unseen = np.isnan(array)
    if np.isinf(array).any() or (unseen.any(axis=1) != unseen.all(axis=1)).any():
        raise InputError("a shirt holds infinity or some NaN; NaN in all of its row is 'not seen'")
    return array


def number_columns(
    numbers: ArrayLike | None, scores: ArrayLike | None, count: int
) -> tuple[NDArray[np.int64] | None, NDArray[np.float32] | None]:
    """Shirt numbers (N,) int64 and their scores (N,) float32, or two None; InputError otherwise."""
    if numbers is None and scores is None:
        return None, None
    if numbers is None or scores is None:
        raise InputError("give shirt numbers and their scores, or neither")
    number_array = value_column(numbers, count, np.int64, "numbers")
    score_array = value_column(scores, count, np.float32, "number_scores")
    if ((number_array < -1) | (number_array > MAX_SHIRT_NUMBER)).any():
        raise InputError(f"shirt numbers lie in 0..{MAX_SHIRT_NUMBER}, -1 where none was read")
    if not ((score_array >= 0.0) & (score_array <= 1.0)).all():
        raise InputError("scores of shirt numbers lie in 0..1")
    return number_array, score_array


def track_id_column(ids: ArrayLike, count: int) -> NDArray[np.int64]:
    """(N,) int64 ids of the tracks of a frame; InputError for an id that two boxes have."""
    column = value_column(ids, count, np.int64, "track_ids")
    found, counts = np.unique(column, return_counts=True)
    if (counts > 1).any():
        raise InputError(f"track id {found[counts > 1][0]} has two boxes in a frame; one is needed")
    return column


def check_boxes(boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    """Raises InputError for the first empty box, NaN, or score outside 0..1."""
    if not len(boxes):
        return
    # NaN fails every comparison, so these two also refuse it.
    good = (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
    if not (good.all() and np.isfinite(boxes).all()):
        row = int(np.flatnonzero(~(good & np.isfinite(boxes).all(axis=1)))[0])
        raise InputError(
            f"box {row} is {boxes[row].tolist()}: x1 < x2 and y1 < y2 are needed, "
            "without NaN; Detections.keep_valid(...) drops such boxes"
        )
    inside = (scores >= 0.0) & (scores <= 1.0)
    if not inside.all():
        row = int(np.flatnonzero(~inside)[0])
        raise InputError(f"score {row} is {scores[row]}: scores lie in 0..1")


def role_column(
    roles: Sequence[str] | NDArray[np.str_] | None, count: int, known: Sequence[str]
) -> NDArray[np.str_]:
    """(N,) of role names, ``person`` where None is given; InputError for one not ``known``."""
    if roles is None:
        return np.full(count, "person", ROLE_DTYPE)
    try:
        words = np.asarray(roles)
        if words.size and words.dtype.kind not in "UO":
            raise TypeError
        unknown = set(words.ravel().tolist()) - set(known) if words.size else set()
    except (TypeError, ValueError):
        unknown = {roles} if isinstance(roles, str) else {"something else than words"}
    if unknown:
        first = shown(min(unknown, key=shown))
        raise InputError(f"unknown role {first!r}; roles are {', '.join(known)}")
    return value_column(roles, count, ROLE_DTYPE, "roles")  # type: ignore[arg-type]


@cache
def column_names(kind: Any) -> tuple[str, ...]:
    """The names of the fields of a dataclass: asked for in every frame, and never others."""
    return tuple(part.name for part in fields(kind))


@cache
def _optional(kind: Any) -> frozenset[str]:
    return frozenset(part.name for part in fields(kind) if part.default is None)


def check_rows(table: Any) -> None:
    """Raises InputError unless all columns are arrays of one length, boxes with four corners."""
    ids = table.ids
    if not isinstance(ids, np.ndarray) or ids.ndim != 1:
        raise InputError(f"ids of {type(table).__name__} are {shown(ids)}; an array is needed")
    kind: Any = type(table)
    for name in column_names(kind):
        column = getattr(table, name)
        if column is None and name in _optional(kind):
            continue
        shape = (len(ids), 4) if name == "boxes" else (len(ids),)
        if not isinstance(column, np.ndarray) or column.shape != shape:
            found = column.shape if isinstance(column, np.ndarray) else type(column).__name__
            raise InputError(f"{name} of {kind.__name__} are {found}; an array {shape} is needed")


def row_order(frames: NDArray[np.int64], ids: NDArray[np.int64]) -> slice | NDArray[np.intp]:
    """What sorts rows by frame, then id; a slice over everything where they are sorted."""
    step = np.diff(frames)
    if ((step > 0) | ((step == 0) & (np.diff(ids) >= 0))).all():
        return slice(None)  # as it mostly is: no copy of a long table
    return np.lexsort((ids, frames))


def concatenated(parts: Sequence[NDArray[Any]], order: slice | NDArray[np.intp]) -> NDArray[Any]:
    """The rows of all ``parts`` in this order; those of a long clip are never there twice."""
    if isinstance(order, slice):
        return np.concatenate(parts)
    places = np.empty(len(order), np.intp)
    places[order] = np.arange(len(order))
    whole = np.empty((len(order), *parts[0].shape[1:]), np.result_type(*parts))
    begin = 0
    for part in parts:
        whole[places[begin : begin + len(part)]] = part
        begin += len(part)
    return whole


def checked_size(size: tuple[int, int] | None) -> tuple[int, int] | None:
    """``size``, a width and height above 0 or None; InputError for anything else."""
    if size is None:
        return None
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise InputError(f"image_size is {shown(size)}; (width, height) in pixels is needed")
    width, height = (checked_number(side, "image_size") for side in size)
    if not (width > 0 and height > 0):
        raise InputError(f"image_size is {shown(size)}; both sides must be above 0")
    return size


def checked_motion(motion: ArrayLike | None) -> NDArray[np.float64] | None:
    """``motion`` as a finite (2, 3) matrix, or None; InputError for anything else."""
    if motion is None:
        return None
    matrix = numbers_of(motion, np.float64, "motion")
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all():
        raise InputError(f"motion is {matrix.tolist()}; a finite (2, 3) matrix is needed")
    return matrix
