"""What a user's VIDEO means: a file, a folder of images, a webcam or a network stream."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from touchline.disk_files import refuse_pipe
from touchline.errors import UsageError, VideoError

Kind = Literal["file", "folder", "webcam", "stream"]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")

# What PyAV needs to open camera n, by system.
_CAMERAS = {"linux": ("v4l2", "/dev/video{}"), "darwin": ("avfoundation", "{}")}

# Protocols that carry a running broadcast, whatever length they announce.
_LIVE_PROTOCOLS = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt")


@dataclass(frozen=True, slots=True)
class Source:
    """Where pictures come from. ``location`` is a path, a URL or a device for PyAV to open."""

    kind: Kind
    location: str
    name: str
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    always_live: bool = False

    def __str__(self) -> str:
        """The name for a message, with its kind: ``file match.mp4``, ``webcam 0``."""
        return self.name if self.kind == "webcam" else f"{self.kind} {self.name}"


def find_source(video: str | Path | int) -> Source:
    """What ``video`` means: a number is a webcam unless a file of that name exists.

    A folder is taken when it holds images, or a MOT sequence folder when its ``img1`` does.
    Raises UsageError for what is not there, VideoError for an empty file.
    """
    text = str(video)
    if "://" in text:
        return _stream(text)
    path = Path(text).expanduser()
    if isinstance(video, int) or (text.isdecimal() and not path.exists()):
        return _webcam(int(text))
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise UsageError(f"video {path} does not exist; check the path")
    refuse_pipe(path)
    if path.is_file() and path.stat().st_size == 0:
        raise VideoError(f"video {path} is empty (0 bytes); copy or download it again")
    return Source("file", str(path), path.name)


def image_files(folder: Path) -> list[Path]:
    """The images of a folder in order of the last number in their names, then by name.

    Raises UsageError where one is missing in an otherwise even numbering.
    """
    files = [file for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES]
    files = [file for file in files if not file.name.startswith(".")]
    numbers = {file: re.findall(r"\d+", file.stem) for file in files}
    if not all(numbers.values()):
        return sorted(files, key=lambda file: file.name)
    files.sort(key=lambda file: (int(numbers[file][-1]), file.name))
    order = [int(numbers[file][-1]) for file in files]
    steps = [after - before for before, after in pairwise(order)]
    alike = [place for place, step in enumerate(steps) if step == 0]
    uneven = alike or [place for place, step in enumerate(steps) if step != min(steps)]
    if uneven:
        problem = "have the same number" if alike else "leave a gap in the numbering"
        first, second = files[uneven[0]].name, files[uneven[0] + 1].name
        raise UsageError(
            f"images {first} and {second} in {folder} {problem}; "
            "a folder holds one clip, numbered evenly"
        )
    return files


def _folder(path: Path) -> Source:
    for folder in (path, path / "img1"):
        if folder.is_dir() and any(f.suffix.lower() in IMAGE_SUFFIXES for f in folder.iterdir()):
            name = folder.resolve().parent.name if folder.name == "img1" else folder.resolve().name
            return Source("folder", str(folder), name)
    raise UsageError(f"folder {path} holds no images (.jpg, .png, ...) and no img1 with images")


def _webcam(number: int) -> Source:
    if sys.platform not in _CAMERAS:
        raise UsageError(f"webcam {number}: webcams work on Linux and macOS; give a file or a URL")
    device_format, location = _CAMERAS[sys.platform]
    options = {"framerate": "30"} if device_format == "avfoundation" else {}
    return Source(
        "webcam", location.format(number), f"webcam {number}", device_format, options, True
    )


def _stream(url: str) -> Source:
    parts = urlsplit(url)
    # Without user, password and query: the name is written into reports.
    name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    options = {"rtsp_transport": "tcp"} if parts.scheme in ("rtsp", "rtsps") else {}
    return Source("stream", url, name, None, options, parts.scheme in _LIVE_PROTOCOLS)
