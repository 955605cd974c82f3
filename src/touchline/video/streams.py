"""Which video stream of a container is read, and why some cannot be."""

from __future__ import annotations

import re
from pathlib import Path

import av
import av.logging
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from touchline.errors import VideoError
from touchline.image_files import MAX_PIXELS
from touchline.video.source import Source

# Formats FFmpeg finds in plain text and would happily render as an image of the text.
_NOT_VIDEO = ("tty", "ansi", "bintext")

_HEAD = 1 << 20  # bytes at both ends of a file in which its own name of the codec is looked for
_FOURCC = re.compile(r"\(Video: none \((\S+) / ")
_MATROSKA_CODEC = re.compile(rb"\x86[\x83-\xbf](V_[\w/.]+)")
_RECODE = "convert it with ffmpeg -i INPUT -c:v libx264 OUTPUT.mp4, or get it in H.264"


def choose_stream(container: InputContainer, source: Source) -> tuple[VideoStream, str | None]:
    """The video stream with the largest images, and a warning if there are others.

    Variants of a broadcast (HLS) and previews are streams beside each other. Of several equally
    large ones the default is taken, then the first; the others are not even read.

    Raises VideoError in one line where there is none, or none that can be decoded.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams or container.format.name in _NOT_VIDEO:
        sound = ", only sound" if container.streams.audio else ""
        raise VideoError(f"{source.name} holds no video{sound}; give a file with images")
    # Without a decoder there is no context, whatever the type hints say.
    known = [stream for stream in streams if _has_decoder(stream)]
    if not known:
        raise VideoError(
            f"{source} holds video of a codec that cannot be read ({_codec_name(source)}); "
            f"{_RECODE}"
        )
    best = max(known, key=lambda s: (s.width * s.height, bool(s.disposition & Disposition.default)))
    _refuse_monsters(best, source)
    if len(streams) == 1:
        return best, None
    for stream in container.streams:
        stream.discard = Discard.default if stream is best else Discard.all
    sizes = [f"{stream.width}x{stream.height}" for stream in streams]
    note = (
        f"there are {len(streams)} kinds of images ({', '.join(sizes)}): "
        f"the largest, {best.width}x{best.height}, are read"
    )
    return best, note


def why_undecodable(source: Source, stream: VideoStream) -> str:
    """Why a video of a known codec cannot be decoded, and the remedy."""
    name = stream.codec_context.name
    if source.kind == "file" and b"encv" in _both_ends(source):
        return f"it is encrypted ({name} behind a copy protection); give a copy without"
    return (
        f"none of its packets can be decoded ({name}): damaged, encrypted, or more than "
        f"{MAX_PIXELS // 1_000_000} million pixels? {_RECODE}"
    )


def _has_decoder(stream: VideoStream) -> bool:
    context: object = stream.codec_context
    return context is not None


def _refuse_monsters(stream: VideoStream, source: Source) -> None:
    if stream.width * stream.height > MAX_PIXELS:
        raise VideoError(
            f"{source} claims images of {stream.width}x{stream.height}, more than the "
            f"{MAX_PIXELS // 1_000_000} million pixels that are read; scale it down"
        )


def _codec_name(source: Source) -> str:
    """The file's own name for its codec; FFmpeg names it only in its log."""
    if source.kind == "file":
        own = _MATROSKA_CODEC.search(_both_ends(source))
        if own is not None:
            return own[1].decode("ascii")
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as lines, av.open(source.av_location, metadata_errors="replace"):
            pass
    except (FFmpegError, OSError):
        return "unknown"
    finally:
        av.logging.set_level(level)
    names = [found[1] for _, _, line in lines if (found := _FOURCC.search(line))]
    return names[0] if names else "unknown"


def _both_ends(source: Source) -> bytes:
    """The first and last MiB of a file: the header lies at either end."""
    with Path(source.location).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(_HEAD)
        file.seek(max(size - _HEAD, len(head)))
        return head + file.read(_HEAD)
