"""Fill short gaps of a track by linear interpolation, camera motion compensated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, corners_to_cxcywh, cxcywh_to_corners
from touchline.errors import InputError
from touchline.linking.config import InterpolationConfig
from touchline.linking.overlaps import boxes_inside, paired_ious
from touchline.types import TIME_TOLERANCE, TrackTable

Matrices = NDArray[np.float64]
"""(K, 3, 3) affine maps with the last row 0 0 1."""


def interpolate_gaps(
    table: TrackTable,
    frame_times: NDArray[np.float64],
    config: InterpolationConfig,
    *,
    first_frame: int = 0,
    cuts: Sequence[int] | NDArray[np.int64] = (),
    motions: NDArray[np.float64] | None = None,
    image_size: tuple[int, int] | None = None,
    looked: NDArray[np.bool_] | None = None,
) -> TrackTable:
    """The detected rows of ``table`` plus the boxes between them, marked as interpolated.

    A gap lies between two detections of one id in frames that do not follow each other; it is
    filled when it lasts at most ``config.max_gap_seconds`` and no shot cut lies in it. Centre and
    size move linearly in time, the score too; the role is that of the earlier detection. Rows
    that are already interpolated are recomputed, so filling twice changes nothing.

    frame_times: (F,) seconds of the frames ``first_frame``, ``first_frame + 1``, ...
    cuts: ascending frame indices at which a new shot begins.
    motions: (F, 2, 3), each from the frame before to this one; the line is then straight on the
        pitch instead of in the image, so a panning camera does not bend it. None: no motion.
    image_size: (width, height); given, a gap whose two ends touch the border is left open.
    looked: (F,) frames in which the detector ran; a gap with none in between does not mean that
        the person was outside. None: all.

    Raises InputError for frames outside ``frame_times`` and for motions of another shape.
    """
    if table.interpolated.any():
        table = table[~table.interpolated]
    _check(table, frame_times, first_frame, motions)
    before, after = _gaps(table, frame_times - frame_times[:1], config, first_frame, cuts)
    if image_size is not None:
        outside = _near_border(table.boxes[before], image_size, config.border_fraction)
        outside &= _near_border(table.boxes[after], image_size, config.border_fraction)
        if looked is not None:
            bins = np.cumsum(looked)
            ends = table.frames[[before, after]] - first_frame
            outside &= np.diff(bins[ends], axis=0)[0] > 1
        before, after = before[~outside], after[~outside]
    if not len(before):
        return table.sorted()
    new = _fill(table, before, after, frame_times, first_frame, motions)
    return TrackTable.concatenate([table, new[~_through_others(new, table, config.max_overlap)]])


def _through_others(new: TrackTable, table: TrackTable, max_overlap: float) -> NDArray[np.bool_]:
    """(N,) which rows of ``new`` overlap one of ``table`` in the same frame by more."""
    frames = np.concatenate([new.frames, table.frames])
    order = np.argsort(frames, kind="stable")
    boxes = np.concatenate([new.boxes, table.boxes])[order]
    # A box with this IoU has at least that share of its own area in the other.
    own, other = boxes_inside(frames[order], boxes, max_overlap)
    asked = (order[own] < len(new)) & (order[other] >= len(new))
    own, other = own[asked], other[asked]
    through = np.zeros(len(new), np.bool_)
    through[order[own[paired_ious(boxes[own], boxes[other]) > max_overlap]]] = True
    return through


def _gaps(
    table: TrackTable,
    times: NDArray[np.float64],
    config: InterpolationConfig,
    first_frame: int,
    cuts: Sequence[int] | NDArray[np.int64],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows before and after each gap to fill."""
    by_track = np.lexsort((table.frames, table.ids))
    frames = table.frames[by_track]
    seconds = np.diff(times[frames - first_frame])
    shots = np.searchsorted(np.asarray(cuts, np.int64), frames, side="right")
    wanted = (np.diff(table.ids[by_track]) == 0) & (np.diff(frames) > 1) & (np.diff(shots) == 0)
    # Sums of frame times are rarely exact: 25 frames of 0.04 s must count as one second.
    wanted &= seconds <= config.max_gap_seconds + TIME_TOLERANCE
    gaps = np.flatnonzero(wanted)
    return by_track[gaps], by_track[gaps + 1]


def _fill(
    table: TrackTable,
    before: NDArray[np.intp],
    after: NDArray[np.intp],
    frame_times: NDArray[np.float64],
    first_frame: int,
    motions: NDArray[np.float64] | None,
) -> TrackTable:
    """The rows inside the gaps between the rows ``before`` and ``after``."""
    lengths = table.frames[after] - table.frames[before]
    missing = lengths - 1
    gap = np.repeat(np.arange(len(before)), missing)  # of each new row
    step = np.arange(len(gap)) - np.repeat(np.cumsum(missing) - missing, missing) + 1
    start, end = before[gap], after[gap]
    frames = table.frames[start] + step

    times = frame_times[frames - first_frame]
    begun = frame_times[table.frames[start] - first_frame]
    span = frame_times[table.frames[end] - first_frame] - begun
    still = span <= 0.0  # broken time stamps: count frames instead
    share = np.where(still, step / lengths[gap], (times - begun) / np.where(still, 1.0, span))

    ends = corners_to_cxcywh(table.boxes[after])
    maps = None
    if motions is not None:
        maps, whole = _chain(motions, table.frames[before] - first_frame, lengths, gap, step)
        ends = _move(ends, np.linalg.inv(whole).astype(np.float64, copy=False))
    starts = corners_to_cxcywh(table.boxes[before])
    centred = starts[gap] + (ends - starts)[gap] * share[:, None]
    if maps is not None:
        centred = _move(centred, maps)
    scores, confidences = table.scores, table.confidences
    return TrackTable(
        frames,
        times,
        table.ids[start],
        cxcywh_to_corners(centred),
        scores[start] + (scores[end] - scores[start]) * share,
        table.roles[start],
        np.ones(len(gap), np.bool_),
        None if confidences is None else np.minimum(confidences[start], confidences[end]),
        None if table.rows is None else np.full(len(gap), -1),
    )


def _chain(
    motions: NDArray[np.float64],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    gap: NDArray[np.int64],
    step: NDArray[np.int64],
) -> tuple[Matrices, Matrices]:
    """Maps from each gap's first frame to every row inside it, and to its last frame.

    Chained within each gap, all gaps at once, so that errors do not add up over a long clip.
    """
    square = np.zeros((len(motions), 3, 3))
    square[:, :2] = motions
    square[:, 2, 2] = 1.0
    inside = np.empty((len(gap), 3, 3))
    current = np.broadcast_to(np.eye(3), (len(starts), 3, 3)).copy()
    for taken in range(1, int(lengths.max()) + 1):
        open_gaps = np.flatnonzero(lengths >= taken)
        current[open_gaps] = square[starts[open_gaps] + taken] @ current[open_gaps]
        rows = np.flatnonzero(step == taken)
        inside[rows] = current[gap[rows]]
    return inside, current


def _move(centred: Boxes, maps: Matrices) -> Boxes:
    """Boxes (cx, cy, w, h) as the camera sees them after ``maps``; they stay upright."""
    centre = np.einsum("nij,nj->ni", maps[:, :2, :2], centred[:, :2]) + maps[:, :2, 2]
    zoom = np.sqrt(np.abs(np.linalg.det(maps[:, :2, :2])))
    return np.column_stack([centre, centred[:, 2:] * zoom[:, None]])


def _near_border(
    boxes: Boxes, image_size: tuple[int, int], border_fraction: float
) -> NDArray[np.bool_]:
    width, height = image_size
    margin = border_fraction * width
    inside = (boxes[:, :2] > margin).all(axis=1)
    inside &= (boxes[:, 2] < width - margin) & (boxes[:, 3] < height - margin)
    return np.logical_not(inside)


def _check(
    table: TrackTable,
    frame_times: NDArray[np.float64],
    first_frame: int,
    motions: NDArray[np.float64] | None,
) -> None:
    last_frame = first_frame + len(frame_times) - 1
    if len(table) and not (
        first_frame <= int(table.frames.min()) and int(table.frames.max()) <= last_frame
    ):
        raise InputError(
            f"tracks reach from frame {table.frames.min()} to {table.frames.max()}, but times are "
            f"given for {first_frame} to {last_frame}; give the time of every frame"
        )
    if motions is None:
        return
    if motions.shape != (len(frame_times), 2, 3):
        raise InputError(
            f"motions have shape {motions.shape}; ({len(frame_times)}, 2, 3) is needed"
        )
    (a, b), (c, d) = motions[:, 0, :2].T, motions[:, 1, :2].T
    usable = (np.abs(a * d - b * c) > 1e-9) & np.isfinite(motions).all(axis=(1, 2))
    if not usable.all():
        frame = first_frame + int(np.flatnonzero(~usable)[0])
        raise InputError(f"the motion to frame {frame} is not invertible; use identity_motion()")
