"""What a user's VIDEO means: a file, a folder of images, a webcam or a network stream."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from touchline.disk_files import refuse_pipe
from touchline.errors import InputError, UsageError, VideoError
from touchline.foreign_text import shown
from touchline.image_files import is_image

Kind = Literal["file", "folder", "webcam", "stream"]

VIDEO_SUFFIXES = (
    *(".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".m4v", ".mpg", ".mpeg"),
    *(".mts", ".m2ts", ".mxf", ".wmv"),
)
"""By which the videos of a folder are known; a video that is named may have any."""

# What PyAV needs to open camera n, by system.
_CAMERAS = {"linux": ("v4l2", "/dev/video{}"), "darwin": ("avfoundation", "{}")}

# Protocols that carry a running broadcast, whatever length they announce.
_LEFT_OUT = "***"
_MOST_DIGITS = 4  # of a webcam's number
_LIVE_PROTOCOLS = ("rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt")

# A path library makes file:/match.mp4 of the three slashes that a file manager writes.
_FILE_ADDRESS = re.compile(r"file:(?://([^/]*))?(/.*)", re.IGNORECASE | re.DOTALL)
_WINDOWS_DRIVE = re.compile(r"/[A-Za-z]:[/\\]")


@dataclass(frozen=True, slots=True)
class Source:
    """Where images come from. ``location`` is a path, a URL or a device for PyAV to open."""

    kind: Kind
    location: str
    name: str
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    always_live: bool = False

    @property
    def av_location(self) -> str:
        """The location as PyAV is to be given it."""
        # FFmpeg takes what comes before a colon in a name for a protocol.
        return f"file:{self.location}" if self.kind == "file" else self.location

    def __str__(self) -> str:
        """The name for a message, with its kind: ``file match.mp4``, ``webcam 0``."""
        return self.name if self.kind == "webcam" else f"{self.kind} {self.name}"


def find_source(video: str | Path | int) -> Source:
    """What ``video`` means: a number is a webcam unless a file of that name exists.

    A folder is taken when it holds images, or a MOT sequence folder when its ``img1`` does.
    An address of a file (``file:///...``) is that file. Raises UsageError for what is not there,
    VideoError for an empty file.
    """
    number = (
        isinstance(video, int) and not isinstance(video, bool) and 0 <= video < 10**_MOST_DIGITS
    )
    if not number and not isinstance(video, str | Path):
        raise InputError(f"video {shown(video)} is not a path, an address or a webcam's number")
    text = local_path(str(video))
    if not text.strip() or "\0" in text:
        raise UsageError(f"video {text!r} does not exist: no file can have such a name")
    if "://" in text:
        return _stream(text)
    # The functions of os.path are False for names that no system takes; Path's raise.
    path = Path(os.path.expanduser(text))
    is_number = text.isdecimal() and len(text) <= _MOST_DIGITS
    if isinstance(video, int) or (is_number and not os.path.exists(path)):
        return _webcam(int(text))
    if os.path.isdir(path):
        return _folder(path)
    if not os.path.exists(path):
        raise UsageError(f"video {path} does not exist; check the path")
    refuse_pipe(path)
    if os.path.isfile(path) and path.stat().st_size == 0:
        raise VideoError(f"video {path} is empty (0 bytes); copy or download it again")
    return Source("file", str(path), path.name)


def local_path(video: str) -> str:
    """The path in a ``file:`` address, as file managers give it; any other text as it is.

    Raises UsageError for a file on another machine.
    """
    address = _FILE_ADDRESS.fullmatch(video)
    if address is None or os.path.exists(video):
        return video
    host, path = address[1] or "", address[2]
    if host.lower() not in ("", "localhost", "127.0.0.1"):
        raise UsageError(
            f"{video} lies on another machine ({host}): give the path under which it is mounted"
        )
    if _WINDOWS_DRIVE.match(path):
        path = path[1:]
    # Written by hand, a name may hold a real % or be followed by ?t=10 or #t=10.
    readings = (unquote(path), path, unquote(re.split(r"[?#]", path)[0]))
    return next((reading for reading in readings if os.path.exists(reading)), readings[0])


def _folder(path: Path) -> Source:
    for folder in (path, path / "img1"):
        if folder.is_dir() and any(is_image(file) for file in folder.iterdir()):
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


def redacted(source: str) -> str:
    """``source`` as it may be kept: of an address without user, password, query and fragment.

    What was left out is shown as ``***``, so that ``is_redacted`` knows it again.
    """
    if "://" not in source:
        return source
    parts = _split(source)
    user = f"{_LEFT_OUT}@" if "@" in parts.netloc else ""
    query = f"?{_LEFT_OUT}" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}{query}"


def is_redacted(source: str) -> bool:
    """Whether ``source`` is an address of which something was left out."""
    return "://" in source and (f"//{_LEFT_OUT}@" in source or source.endswith(f"?{_LEFT_OUT}"))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # says what is wrong with it, and with it what may be a password
        raise UsageError("the address of the video cannot be read: are its brackets closed?") from (
            None
        )


def _stream(url: str) -> Source:
    parts = _split(url)
    # Without user, password and query: the name is written into reports.
    name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    options = {"rtsp_transport": "tcp"} if parts.scheme in ("rtsp", "rtsps") else {}
    return Source("stream", url, name, None, options, parts.scheme in _LIVE_PROTOCOLS)
