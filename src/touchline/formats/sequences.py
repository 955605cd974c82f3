"""Ground truth and results of many sequences, in the usual folder layouts, as track tables."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from touchline.errors import FormatError, InputError, UsageError
from touchline.formats.layouts import TRACK_FILES, missing_message, result_files, truth_files
from touchline.formats.links_json import TrackletSpans, read_tracklet_spans
from touchline.formats.mot import Seventh, read_mot
from touchline.formats.role_files import read_true_roles, roles_of
from touchline.formats.run_info import read_run_info
from touchline.formats.table import read_csv
from touchline.sequence_info import SequenceInfo, read_seqinfo
from touchline.types import TrackTable

logger = logging.getLogger(__name__)

DEFAULT_FRAME_RATE = 25.0
"""Frames per second of ground truth if nothing says it."""


@dataclass(frozen=True, slots=True)
class TrackSequence:
    """All tracks of one sequence, true ones or a result.

    frame_rate: frames a second. frame_count: length in frames, None where unknown.
    image_size: width and height of the image the boxes lie in, None where unknown.
    has_roles: whether a file said who is who; otherwise every role is ``person``.
    has_rate: whether a file or the caller said the frame rate; otherwise it is the result's.
    teams: of track ids, as ``roles.csv`` or ``gameinfo.ini`` names them; empty where none does.
    tracklets: of a run that was linked over the whole clip.
    """

    name: str
    tracks: TrackTable
    frame_rate: float
    frame_count: int | None = None
    image_size: tuple[int, int] | None = None
    has_roles: bool = False
    has_rate: bool = True
    teams: Mapping[int, str] = field(default_factory=dict)
    tracklets: TrackletSpans | None = None


def read_truth(path: str | Path, *, frame_rate: float | None = None) -> dict[str, TrackSequence]:
    """The true tracks of every sequence in ``path``, by name; ``truth_files`` says what it may be.

    Rows whose mark (seventh column) is 0 are left out, as the benchmarks do. Roles come from
    ``roles.csv`` or ``gameinfo.ini`` beside ``gt``. frame_rate goes before what files say.

    Raises UsageError where there is no truth, FormatError naming file and line.
    """
    files = truth_files(Path(path))
    return {
        name: read_true_sequence(name, file, frame_rate=frame_rate) for name, file in files.items()
    }


def read_results(
    path: str | Path,
    names: Sequence[str],
    *,
    frame_rate: float = DEFAULT_FRAME_RATE,
    allow_missing: bool = False,
) -> dict[str, TrackSequence]:
    """The results for the sequences ``names``; ``result_files`` says where they may lie.

    frame_rate: of results that do not say theirs. allow_missing: a sequence without a result is
    one without tracks, and a warning; otherwise it is a UsageError.
    """
    files = found_results(Path(path), names, allow_missing=allow_missing)
    return {
        name: read_result_sequence(name, file, frame_rate=frame_rate)
        for name, file in files.items()
    }


def found_results(
    path: Path, names: Sequence[str], *, allow_missing: bool = False
) -> dict[str, Path | None]:
    """The file of each of the sequences ``names``, None for one that may be and is missing."""
    files = result_files(path, names)
    missing = [name for name in names if name not in files]
    if missing and not allow_missing:
        raise UsageError(missing_message(path, missing, len(names)))
    if missing:
        logger.warning("%s", missing_message(path, missing, len(names)).split("; --")[0])
    return {name: files.get(name) for name in names}


def read_true_sequence(
    name: str,
    file: Path,
    *,
    frame_rate: float | None = None,
    result_frame_rate: float | None = None,
) -> TrackSequence:
    """The truth in one file. result_frame_rate: what its result says, for a truth that does not."""
    folder = _folder(file)
    info = SequenceInfo() if folder is None else _seqinfo(folder)
    said = checked_rate(frame_rate) or info.frame_rate
    rate = said or result_frame_rate
    if rate is None:
        rate = DEFAULT_FRAME_RATE
        logger.warning(
            "%s: no seqinfo.ini gives the frame rate; %g is assumed",
            name,
            rate,
        )
    sequence = replace(read_sequence(name, file, rate, "mark", info), has_rate=said is not None)
    known = None if folder is None else read_true_roles(folder)
    if known is None:
        return sequence
    tracks = replace(sequence.tracks, roles=roles_of(sequence.tracks.ids, known.roles))
    return replace(sequence, tracks=tracks, has_roles=True, teams=known.teams)


def read_result_sequence(
    name: str, file: Path | None, *, frame_rate: float, info: SequenceInfo | None = None
) -> TrackSequence:
    """The result in one file, nothing where there is none; its scores are not looked at.

    frame_rate: where nothing says it. info: of the result, where it has been read already.
    """
    if file is None:
        return TrackSequence(name, TrackTable.empty(), frame_rate)
    info = result_info(file) if info is None else info
    sequence = read_sequence(name, file, info.frame_rate or frame_rate, "anything", info)
    links = file.parent / "links.json"
    if file.name not in TRACK_FILES or not links.is_file():
        return sequence
    return replace(sequence, tracklets=read_tracklet_spans(links))


def result_info(file: Path) -> SequenceInfo:
    """What ``run.json`` or ``seqinfo.ini`` beside a result says."""
    folder = _folder(file) or file.parent
    if (folder / "run.json").is_file():
        return read_run_info(folder / "run.json")
    return _seqinfo(folder)


def checked_rate(frame_rate: float | None) -> float | None:
    """The same rate. Raises InputError for one that is not above 0."""
    if frame_rate is not None and not (np.isfinite(frame_rate) and frame_rate > 0):
        raise InputError(f"frame rate {frame_rate} is refused: give frames a second, above 0")
    return frame_rate


def read_sequence(
    name: str, file: Path, frame_rate: float, seventh: Seventh, info: SequenceInfo
) -> TrackSequence:
    """The tracks in one file, which ``info`` describes; seventh: what its column 7 holds."""
    table = file.suffix.lower() == ".csv"
    if table:
        tracks = read_csv(file)
    else:
        tracks = read_mot(file, frames_per_second=frame_rate, seventh=seventh)
    if info.frame_count is not None and len(tracks) and tracks.frames[-1] >= info.frame_count:
        raise FormatError(
            f"{file}: frame {tracks.frames[-1] + 1} lies behind the end, seqinfo.ini says "
            f"seqLength={info.frame_count}; is it a result of another clip?"
        )
    return TrackSequence(name, tracks, frame_rate, info.frame_count, info.image_size, table)


def _folder(file: Path) -> Path | None:
    """The sequence folder of ``gt/gt.txt``; None for a file that lies otherwise."""
    whole = file.resolve()
    return whole.parent.parent if whole.parent.name == "gt" and whole.name == "gt.txt" else None


def _seqinfo(folder: Path) -> SequenceInfo:
    file = folder / "seqinfo.ini"
    return read_seqinfo(file) if file.is_file() else SequenceInfo()
