"""The one way to write a video: H.264 in MP4 that plays in a browser."""

from __future__ import annotations

import errno
import logging
import threading
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from touchline.disk_files import draft_beside, put_in_place
from touchline.errors import InputError, VideoError
from touchline.processors import most_threads
from touchline.types import Image
from touchline.video.channel import Channel
from touchline.video.colour import BT709, YuvConverter
from touchline.video.config import WriterConfig
from touchline.video.container import reason
from touchline.video.recording import IN_PIECES, ORDINARY, finish_recording, recording_of

_log = logging.getLogger(__name__)

_TICKS = 90_000
"""Ticks a second: divides by 24, 25, 30, 50 and 60, and keeps any other time to 6 microseconds."""

_LIMITED_RANGE = 1


class VideoWriter:
    """Writes images with their times to ``path``; encoding overlaps with the caller's work.

    The first image starts the video, later ones keep their distance to it (variable frame rate
    stays). ``fps`` is the expected rate; it steers the encoder and lasts the last image. Sides
    of odd length grow by one repeated column or row, as H.264 needs. Colours are BT.709, limited
    range, and tagged so.

    The video is written beside ``path`` under a hidden name and gets its own at ``close``. Leaving
    the ``with`` block by an exception closes too, so what was written until then is kept and
    plays. Without any image no file appears. After a failed write nothing is left behind.

    recording: for a source that cannot be replayed. It is written in fragments of a second, kept if
    the process is killed or the disk is full, and ``finish_recording`` makes the file from them.

    Raises VideoError when the file cannot be written (folder missing or read-only, disk full);
    a failure while encoding is raised by a later ``write`` or by ``close``.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        *,
        fps: float = 25.0,
        config: WriterConfig | None = None,
        recording: bool = False,
    ) -> None:
        if width < 1 or height < 1 or not fps > 0:
            raise InputError(f"a video of {width}x{height} at {fps} fps cannot be written")
        self.path = Path(path)
        self.frames = 0
        self._size = (width, height)
        self._fps = max(Fraction(fps).limit_denominator(1001), Fraction(1, 1001))
        self._config = config or WriterConfig()
        self._recording = recording
        self._part = recording_of(self.path)
        self._first_time = self._last_time = 0.0
        self._last_ticks = -1
        self._error: Exception | None = None
        self._closed = False
        self._container, self._stream = self._open()
        self._channel: Channel[tuple[Image, int]] = Channel(self._config.queue_frames)
        self._thread = threading.Thread(target=self._encode, name="touchline-encode", daemon=True)
        self._thread.start()

    def write(self, image: Image, time: float) -> None:
        """Add an image that is shown from ``time`` (seconds, growing) on. It is copied."""
        if self._closed:
            raise VideoError(f"video {self.path} is closed: no more images can be written")
        width, height = self._size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise InputError(
                f"image is {image.shape} {image.dtype}; the video takes ({height}, {width}, 3) "
                "uint8"
            )
        if not self.frames:
            self._first_time = time
        elif not time > self._last_time:
            raise InputError(f"image at {time} s does not come after the one before")
        # Closer together than the clock can tell: the next free tick.
        ticks = max(round((time - self._first_time) * _TICKS), self._last_ticks + 1)
        even = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        if not self._channel.put((even.astype(np.uint8, copy=False), ticks)):
            self._fail()
        self._last_ticks, self._last_time = ticks, time
        self.frames += 1

    def close(self) -> None:
        """Finish the file and give it its name; more calls do nothing."""
        if self._closed:
            return
        self._closed = True
        self._channel.finish()
        self._thread.join()
        if self._error is not None:
            self._fail()
        if not self.frames:
            self._part.unlink(missing_ok=True)
            return
        try:
            if self._recording:
                finish_recording(self.path)
            else:
                put_in_place(self._part, self.path)
        except VideoError as error:
            _log.warning("%s", error)
        except OSError as error:
            self._error = error
            self._fail()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except VideoError as failure:
            if error is None:
                raise
            _log.warning("%s", failure)  # the exception under way says more

    def _open(self) -> tuple[OutputContainer, VideoStream]:
        if self.path.is_dir():
            raise VideoError(f"video {self.path} cannot be written: it is a folder")
        try:
            # Opened here, since av would only fail at the first packet.
            draft_beside(self.path).open("wb").close()
            options = IN_PIECES if self._recording else ORDINARY
            container = av.open(f"file:{self._part}", "w", format="mp4", options=options)
        except OSError as error:
            raise VideoError(
                f"video {self.path} cannot be written: {(error.strerror or '').lower()}; "
                "choose another folder"
            ) from None
        quality = {"crf": str(self._config.crf), "preset": self._config.preset}
        stream = container.add_stream("libx264", rate=self._fps, options=quality)
        assert isinstance(stream, VideoStream)
        width, height = self._size
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, _TICKS)
        context = stream.codec_context
        context.time_base = Fraction(1, _TICKS)
        context.thread_count = self._config.threads or most_threads()
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = _LIMITED_RANGE
        return container, stream

    def _encode(self) -> None:
        """Thread body: convert, encode and store what ``write`` hands over."""
        to_yuv = YuvConverter()
        last_duration = round(_TICKS / self._fps)
        try:
            for image, ticks in self._channel:
                video_frame = to_yuv(image)
                video_frame.pts, video_frame.time_base = ticks, Fraction(1, _TICKS)
                video_frame.duration = last_duration
                self._container.mux(self._stream.encode(video_frame))
            if self._last_ticks >= 0:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except Exception as error:  # whatever it is: the caller must not wait for this thread
            self._error = error
            self._channel.close()

    def _fail(self) -> None:
        """Raise what stopped the encoder, leaving no half-written file."""
        self._closed = True
        self._thread.join()
        error = self._error
        kept = ""
        if self._recording and self.frames:
            kept = "; what was recorded before is kept, and touchline link makes the video of it"
        else:
            self._part.unlink(missing_ok=True)
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full:
            why = "the disk is full; free some space"
        elif isinstance(error, FFmpegError):
            why = reason(error)
        else:
            why = str(error)
        raise VideoError(f"video {self.path} cannot be written: {why}{kept}") from None
