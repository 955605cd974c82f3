"""Videos for browsers: which files they play, and a smaller copy of those that they do not."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError

from touchline.disk_files import put_in_place
from touchline.errors import Interrupted, VideoError
from touchline.progress import OnProgress, ShouldStop
from touchline.video.config import WriterConfig
from touchline.video.reader import VideoReader
from touchline.video.writer import VideoWriter

MAX_WIDTH = 1280
"""Pixels of a copy at most."""

_MP4_SUFFIXES = (".mp4", ".m4v", ".mov")
_MP4_CODECS = ("h264", "av1")
_WEBM_CODECS = ("vp8", "vp9", "av1")
_FORMATS = ("yuv420p", "yuvj420p")


def kind_in_browsers(file: Path) -> str | None:
    """The media type under which every browser plays a file; None where some do not."""
    try:
        with av.open(f"file:{file}") as container:
            stream = next(iter(container.streams.video), None)
            if stream is None or stream.codec_context.pix_fmt not in _FORMATS:
                return None
            codec, names = stream.codec_context.name, container.format.name.split(",")
    except (FFmpegError, OSError):
        return None
    codec = {"libdav1d": "av1", "libaom-av1": "av1"}.get(codec, codec)
    suffix = file.suffix.lower()
    if "mp4" in names and suffix in _MP4_SUFFIXES and codec in _MP4_CODECS:
        return "video/mp4"
    if "webm" in names and suffix == ".webm" and codec in _WEBM_CODECS:
        return "video/webm"
    return None


def write_browser_copy(
    video: VideoReader, file: Path, frames: int, on_progress: OnProgress, should_stop: ShouldStop
) -> None:
    """Write an H.264 copy of a video, read from its first frame, with its times.

    frames: after which it ends. Raises VideoError, Interrupted where ``should_stop`` ended it; no
    file appears then.
    """
    scale = min(1.0, MAX_WIDTH / video.info.width)
    size = (max(round(video.info.width * scale), 1), max(round(video.info.height * scale), 1))
    # One thread: somebody works on the same machine meanwhile.
    config = WriterConfig(crf=25, preset="veryfast", threads=1)
    draft = file.with_name(f"{file.stem}.next{file.suffix}")
    try:
        with VideoWriter(draft, *size, fps=video.info.fps, config=config) as writer:
            for done, frame in enumerate(islice(video, frames), 1):
                image = frame.image
                if scale < 1.0:
                    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
                writer.write(image, frame.time)
                on_progress("copy", done, frames)
                if should_stop():
                    raise Interrupted("stopped before the copy for browsers was whole")
        put_in_place(draft, file)
    except OSError as error:
        raise VideoError(f"video {file} cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
