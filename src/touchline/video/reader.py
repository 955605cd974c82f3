"""The one way to read a video: ``open_video``."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, Self

from touchline.columns import checked_kind
from touchline.types import Frame
from touchline.video.channel import Channel
from touchline.video.config import VideoConfig
from touchline.video.container_frames import ContainerFrames
from touchline.video.image_folder import FolderFrames
from touchline.video.info import VideoInfo
from touchline.video.source import find_source
from touchline.video.window import Window

# A decoder notices within milliseconds that the channel closed; a dead network at its time-out.
_CLOSE_SECONDS = 5.0

# How soon a request to stop is noticed while no frame comes.
_ASK_SECONDS = 0.2


def open_video(
    source: str | Path | int,
    *,
    config: VideoConfig | None = None,
    start: float | None = None,
    end: float | None = None,
    first_frame: int | None = None,
) -> VideoReader:
    """A reader over the frames of a video, upright and in the order of display.

    Part of a video has the numbers, times and pixels that it has when everything is decoded from
    the beginning: the packets are listed, decoding begins at a key packet, and where the list is
    not to be trusted (timestamps missing, interlaced, first frames not as listed) everything is
    decoded. A packet in the part left out that is damaged but looks whole in the list counts as a
    frame.

    Args:
        source: a file, a folder of images, the number of a webcam, or the address of a stream.
        config: how it is read; None: the defaults.
        start: seconds from the video's first frame; earlier frames are left out.
        end: seconds from the video's first frame; this and later frames are left out.
        first_frame: number of the first frame wanted, from 0, to go on where an earlier run
            stopped; nothing is read when the video has no such frame.

    Returns:
        A reader to iterate over once and to close, or to use with ``with``.

    Raises:
        UsageError: a source that does not exist, a window that makes no sense.
        VideoError: a source that cannot be opened, shows no image, or ends before ``start``.
    """
    window = Window(start, end, first_frame)
    settings = VideoConfig() if config is None else checked_kind(config, VideoConfig, "config")
    found = find_source(source)
    opened: FrameSource
    stop = None
    if found.kind == "folder":
        opened = FolderFrames(found, settings)
    else:
        opened = container = ContainerFrames(found, settings)
        stop = container.stop
    try:
        frames = opened.frames(window)
    except BaseException:
        opened.close()
        raise
    return VideoReader(opened, frames, settings.queue_frames, stop)


class FrameSource(Protocol):
    """What a reader reads from."""

    info: VideoInfo
    warnings: list[str]

    def frames(self, window: Window) -> Iterator[Frame]: ...

    def close(self) -> None: ...


class VideoReader:
    """Frames of an opened video, decoded ahead by a thread. Iterate once; close, or use ``with``.

    Iterating raises VideoError where reading fails after all; the frames before come first. A live
    source that breaks off is asked again for ``live_reconnect_seconds``, then ConnectionLost.
    A live source that is read too slowly loses its oldest waiting frames: numbers leave gaps.
    Any thread may close; a loop over the frames then ends.

    stop: called once frames are no longer wanted, from a different thread than all else.
    """

    def __init__(
        self,
        source: FrameSource,
        frames: Iterator[Frame],
        queue_frames: int,
        stop: Callable[[], None] | None = None,
    ) -> None:
        self._source = source
        self._stop = stop
        self._channel: Channel[Frame] = Channel(queue_frames)
        # The thread must not hold the reader: one that is forgotten, not closed, ends it too.
        weakref.finalize(self, self._channel.close)
        self._thread = threading.Thread(
            target=_decode_ahead,
            args=(source, frames, self._channel),
            name="touchline-decode",
            daemon=True,
        )
        self._thread.start()

    @property
    def info(self) -> VideoInfo:
        """Facts about the video."""
        return self._source.info

    @property
    def warnings(self) -> list[str]:
        """What went wrong without ending the reading (a file cut off, damaged packets, a changing
        size), complete when the frames are through.
        """
        return self._source.warnings

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Frame:
        return next(self._channel)

    def until(self, should_stop: Callable[[], bool]) -> Iterator[Frame]:
        """The frames until ``should_stop`` says so, which is asked while none comes."""
        while True:
            while not self._channel.wait(_ASK_SECONDS):
                if should_stop():
                    return
            frame = next(self, None)
            if frame is None:
                return
            yield frame

    def close(self) -> None:
        """Stop decoding and let the video go; more calls do nothing."""
        if self._stop is not None:
            self._stop()
        self._channel.close()
        if self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _decode_ahead(source: FrameSource, frames: Iterator[Frame], channel: Channel[Frame]) -> None:
    try:
        for frame in frames:
            if not channel.put(frame, drop_oldest=source.info.live):
                break
    except BaseException as error:  # whatever it is, it belongs to the thread that reads
        channel.finish(error)
    else:
        channel.finish()
    finally:
        source.close()
