"""What the files of a run were made from: what is there and would come out the same stays.

The store remembers of its tracks and of its video a stamp of everything that went into them, and
the files as they were written. A file that is missing or that somebody changed is made again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import touchline
from touchline.disk_files import file_sha256
from touchline.edits.facts import Edit
from touchline.run.config import RunConfig
from touchline.run.facts import FileMark, FilesMade
from touchline.run.folder import RunFolder
from touchline.video.info import VideoInfo
from touchline.video.palette import Colour

logger = logging.getLogger(__name__)

_DRAWING = ("video", "run/draw_step.py", "run/drawn_tracks.py", "run/drawn_minimap.py")
"""Packages and files whose code decides what an annotated video looks like."""

_CAMERAS = ("pitch", "run/cameras.py", "formats/cameras_csv.py")
"""The same of what decides where its frames look."""


def tracks_stamp(
    frames: int, video: VideoInfo, config: RunConfig, edits: Iterable[Edit] = ()
) -> str:
    """A hash of all that the tracks, links and teams of a store depend on."""
    return _stamp(
        edits=[edit.as_json() for edit in edits],
        frames=frames,
        video=asdict(video),
        tracker=config.tracker_in_force().model_dump(mode="json"),
        link=config.link.model_dump(mode="json"),
        pitch=config.pitch.model_dump(mode="json"),
        positions=config.positions.model_dump(mode="json"),
        program=program_sha256(),
    )


def cameras_stamp(frames: int, video: VideoInfo, config: RunConfig) -> str:
    """A hash of all that the cameras of a store depend on."""
    return _stamp(
        frames=frames,
        video=[video.fingerprint, video.width, video.height],
        pitch=config.pitch.model_dump(mode="json"),
        program=program_sha256(*_CAMERAS),
    )


def video_stamp(
    folder: RunFolder,
    frames: int,
    video: VideoInfo,
    config: RunConfig,
    names: Mapping[int, str],
    colours: Mapping[int, Colour] | None,
) -> str:
    """A hash of all that the annotated video of a run depends on.

    names, colours: by identity, as they are drawn.
    """
    return _stamp(
        frames=frames,
        video=video.fingerprint,
        tracks=file_sha256(folder.tracks_csv),
        ball=file_sha256(folder.ball) if folder.ball.is_file() else None,
        positions=file_sha256(folder.positions)
        if config.draw.minimap and folder.positions.is_file()
        else None,
        pitch=config.pitch.model_dump(mode="json") if config.draw.minimap else None,
        names=sorted(names.items()),
        colours=sorted((colours or {}).items()),
        read=config.video.model_dump(mode="json"),
        draw=config.draw.model_dump(mode="json"),
        writer=config.writer.model_dump(mode="json"),
        program=program_sha256(*_DRAWING),
    )


def as_made(stamp: str, files: Iterable[Path]) -> FilesMade:
    """What to remember of files that were just written."""
    return FilesMade(stamp, {file.name: _mark(file) for file in files})


def remade(made: FilesMade | None, files: Iterable[Path]) -> FilesMade | None:
    """``made`` after ``files`` were written again, of the same and of what else is known."""
    if made is None:
        return None
    return replace(made, files={**made.files, **{file.name: _mark(file) for file in files}})


def is_as_made(made: FilesMade | None, stamp: str, files: Iterable[Path]) -> bool:
    """Whether ``files`` were made with this stamp, and nobody changed or removed one since.

    made: what ``as_made`` returned then. A file that somebody changed is named in a warning.
    """
    if made is None or made.stamp != stamp:
        return False
    current = True
    for file in files:
        mark = made.files.get(file.name)
        if not _fits(file, mark):
            current = False
            if file.exists():
                logger.warning("%s was changed since it was made; it is made again", file)
    return current


def is_unchanged(made: FilesMade | None, file: Path) -> bool:
    """Whether ``file`` is there as it was when ``made`` was remembered."""
    mark = None if made is None else made.files.get(file.name)
    return mark is not None and _fits(file, mark)


def _mark(file: Path) -> FileMark | None:
    """Size, time and content of a file; None where there is none."""
    if not file.is_file():
        return None
    status = file.stat()
    return FileMark(status.st_size, status.st_mtime_ns, file_sha256(file))


def _fits(file: Path, mark: FileMark | None) -> bool:
    if mark is None or not file.is_file():
        return mark is None and not file.exists()
    status = file.stat()
    if status.st_size != mark.size:
        return False
    # A video of gigabytes is read only where its time has changed, as in a copied folder.
    return status.st_mtime_ns == mark.time or file_sha256(file) == mark.sha256


def _stamp(**parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def program_sha256(*parts: str) -> str:
    """A hash of the program's code, or of some of its packages and files.

    The version alone would not do: whoever updates a checkout expects its better links.
    """
    root = Path(touchline.__file__).parent
    digest = hashlib.sha256(touchline.__version__.encode())
    for part in parts or (".",):
        place = root / part
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(f"{file.relative_to(root).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()
