"""The tracks in any file or folder that this package reads, as one table."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from touchline.errors import UsageError
from touchline.formats.layouts import TRACK_FILES, truth_name
from touchline.formats.sequences import (
    DEFAULT_FRAME_RATE,
    checked_rate,
    read_sequence,
    read_true_sequence,
    result_info,
)
from touchline.types import TrackTable

logger = logging.getLogger(__name__)


def read_tracks(path: str | Path, *, frame_rate: float | None = None) -> TrackTable:
    """The tracks of one clip, from whatever file or folder holds them.

    Args:
        path: a run folder; ``tracks.csv``; MOTChallenge text, of this or another program; ground
            truth (``NAME.gt.txt``, ``gt/gt.txt`` or the folder around it), where boxes marked 0
            are left out and roles come from ``roles.csv`` or ``gameinfo.ini`` beside it.
        frame_rate: frames a second, for times that the file does not say; None takes them from
            ``seqinfo.ini`` or ``run.json`` beside it, else 25, with a warning in the log.

    Returns:
        Frames from 0, boxes in pixels of the video. Everybody is a ``person`` where nothing says
        the roles; scores are 1 where the file has none.

    Raises:
        UsageError: there is no such file, or a folder without tracks.
        FormatError: naming file and line, what is no track.
        InputError: a frame rate that is not above 0.
    """
    checked_rate(frame_rate)
    file = _file_of(Path(path))
    if file.name == "gt.txt" or file.name.endswith(".gt.txt"):
        return read_true_sequence(truth_name(file), file, frame_rate=frame_rate).tracks
    info = result_info(file)
    rate = frame_rate or info.frame_rate
    if rate is None and file.suffix.lower() != ".csv":
        logger.warning("%s: nothing gives the frame rate; %g is assumed", file, DEFAULT_FRAME_RATE)
    return read_sequence(file.stem, file, rate or DEFAULT_FRAME_RATE, "score", info).tracks


def _file_of(path: Path) -> Path:
    """The file of tracks that ``path`` is or holds."""
    if not path.is_dir():
        return path
    for name in (*TRACK_FILES, "gt/gt.txt", "gt.txt"):
        if (path / name).is_file():
            return path / name
    if os.path.isfile(path / "observations.sqlite"):
        raise UsageError(f"{path} holds no tracks yet: touchline link {path} makes them")
    raise UsageError(f"{path} holds no tracks: looked for {', '.join(TRACK_FILES)}, gt/gt.txt")
