"""Truth and result of each sequence, from files or from tables in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.layouts import truth_files
from touchline.formats.sequences import (
    DEFAULT_FRAME_RATE,
    TrackSequence,
    checked_rate,
    found_results,
    read_result_sequence,
    read_true_sequence,
    result_info,
)
from touchline.sequence_info import SequenceInfo
from touchline.types import TrackTable

logger = logging.getLogger(__name__)

_SAME_RATE = 0.01  # 29.97 and 30 are the same
_TABLE = "tracks"
"""What the sequence of a table is called where no file names it."""


def track_pairs(
    truth: Path | TrackTable,
    result: Path | TrackTable,
    *,
    frame_rate: float | None,
    allow_missing: bool,
) -> Iterator[tuple[TrackSequence, TrackSequence]]:
    """Truth and result of each sequence, by name; one only where either is a table.

    Raises UsageError for a missing truth or result, and for several sequences beside a table.
    """
    if isinstance(truth, Path) and isinstance(result, Path):
        return _of_files(truth, result, frame_rate, allow_missing=allow_missing)
    return iter([_of_tables(truth, result, checked_rate(frame_rate))])


def _of_files(
    truth: Path, result: Path, frame_rate: float | None, *, allow_missing: bool
) -> Iterator[tuple[TrackSequence, TrackSequence]]:
    files = truth_files(truth)
    for name, file in found_results(result, list(files), allow_missing=allow_missing).items():
        known = SequenceInfo() if file is None else result_info(file)
        true = read_true_sequence(
            name, files[name], frame_rate=frame_rate, result_frame_rate=known.frame_rate
        )
        if frame_rate is None:
            _warn_of_other_rate(name, true.frame_rate, known.frame_rate)
        # Its frames are those of the truth, whatever length another file beside it may state.
        info = replace(known, frame_count=true.frame_count)
        yield true, read_result_sequence(name, file, frame_rate=true.frame_rate, info=info)


def _of_tables(
    truth: Path | TrackTable, result: Path | TrackTable, frame_rate: float | None
) -> tuple[TrackSequence, TrackSequence]:
    if isinstance(truth, TrackTable):
        true = _sequence(_TABLE, truth, frame_rate)
    else:
        (name, file), *more = truth_files(truth).items()
        if more:
            raise UsageError(
                f"{truth} holds {len(more) + 1} sequences, a table is one: give one of its files"
            )
        known = _rate_of(result) if isinstance(result, TrackTable) else None
        true = read_true_sequence(name, file, frame_rate=frame_rate, result_frame_rate=known)
    if isinstance(result, TrackTable):
        return true, _sequence(true.name, result, true.frame_rate)
    found = found_results(result, [true.name])[true.name]
    return true, read_result_sequence(true.name, found, frame_rate=true.frame_rate)


def _sequence(name: str, table: TrackTable, frame_rate: float | None) -> TrackSequence:
    rate = frame_rate or _rate_of(table) or DEFAULT_FRAME_RATE
    told = bool((table.roles != "person").any())
    return TrackSequence(
        name, table.sorted(), rate, has_roles=told, has_rate=frame_rate is not None
    )


def _rate_of(table: TrackTable) -> float | None:
    """Frames a second by the times of a table; None where all its boxes lie in one frame."""
    if not len(table) or table.times.max() <= table.times.min():
        return None
    return float(
        (table.frames.max() - table.frames.min()) / (table.times.max() - table.times.min())
    )


def _warn_of_other_rate(name: str, truth: float, result: float | None) -> None:
    """Frames are compared by number, which is wrong where only one of both left some out."""
    if result is not None and abs(result / truth - 1.0) > _SAME_RATE:
        logger.warning(
            "%s: the truth has %g frames a second, the result %g: are they of the same video?",
            name,
            truth,
            result,
        )
