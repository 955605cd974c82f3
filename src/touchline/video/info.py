"""Facts about an opened video."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from touchline.video.source import Kind

_SAMPLE = 1 << 20


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known about a video when it is opened.

    Args:
        name: of the file, folder or device; an address without its password.
        kind: what sort of source it is.
        width: pixels of the delivered images, after rotation.
        height: likewise.
        fps: average frame rate, at the beginning where only reading to the end tells it; frames
            carry times of their own.
        frame_count: how many frames the file really holds by its own table of packets, or None
            where only reading to the end can tell. A header's claim is never repeated. Of a
            folder of images: with those that are missing in between.
        duration: seconds, of the frames where they are counted, else as the header says; None
            if live.
        codec: how the images are stored.
        live: whether frames come as they happen and cannot be read again.
        rotation: degrees clockwise by which decoded images are turned (0, 90, 180, 270), after
            they were ``mirrored``.
        pixel_aspect: width of a pixel divided by its height; recorded, not corrected.
        matrix: colour matrix used, with "assumed" where the stream names none.
        size_bytes: of the file or files; None where there are none.
        fingerprint: changes when the content does; empty for webcams and live streams.
        mirrored: whether decoded images are swapped left to right.
        header_fps: the frame rate that the header says; None where it says nothing.
    """

    name: str
    kind: Kind
    width: int
    height: int
    fps: float
    frame_count: int | None
    duration: float | None
    codec: str
    live: bool
    rotation: int
    pixel_aspect: float
    matrix: str
    size_bytes: int | None
    fingerprint: str
    mirrored: bool = False
    header_fps: float | None = None


def file_fingerprint(file: Path) -> str:
    """A hash of a file's size and its first and last MiB: quick also for a whole match."""
    size = file.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with file.open("rb") as stream:
        digest.update(stream.read(_SAMPLE))
        stream.seek(max(size - _SAMPLE, 0))
        digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()[:32]


def files_fingerprint(files: list[Path]) -> str:
    """A hash of the names and sizes of a folder's images."""
    listing = "\n".join(f"{file.name} {file.stat().st_size}" for file in files)
    return hashlib.sha256(listing.encode()).hexdigest()[:32]
