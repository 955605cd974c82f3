"""Numbered, timed frames of a container, from its beginning or from any exact frame."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from touchline.errors import UsageError, VideoError
from touchline.types import Frame, Image
from touchline.video.clock import Clock
from touchline.video.colour import BgrConverter, matrix_name
from touchline.video.config import VideoConfig
from touchline.video.container import Container
from touchline.video.info import VideoInfo, file_fingerprint
from touchline.video.orientation import orientation_of
from touchline.video.packets import PacketIndex, read_packet_index
from touchline.video.reconnect import LiveImages
from touchline.video.same_size import SameSize
from touchline.video.source import Source
from touchline.video.stream_fingerprint import stream_fingerprint
from touchline.video.streams import why_undecodable
from touchline.video.window import Window

_log = logging.getLogger(__name__)

# How many frames at the beginning must agree with the packet index before it is believed.
_PROBE_FRAMES = 8

# How many key packets before a frame are tried before everything is decoded from the beginning.
_SEEK_TRIES = 3

# A video whose images end this many seconds before its announced end was cut off.
_MISSING_SECONDS = 1.0

_KEPT: dict[tuple[str, int, int, int], PacketIndex | None] = {}
"""At most one packet index, by name, number, size and time of its file."""

Position = tuple[int, float, VideoFrame]
"""Number and time of a frame, and its image before conversion."""


class ContainerFrames:
    """The frames of one container. ``frames`` may be called once.

    warnings: what went wrong without ending the reading, one line each.
    Raises VideoError where the container cannot be opened or gives no image at all.
    """

    def __init__(self, source: Source, config: VideoConfig) -> None:
        self._source = source
        self._config = config
        self._container = Container(source, config)
        self._fps = self._container.fps  # before an image is decoded: it looks at packets
        fingerprint = self._fingerprint()
        self._images = self._container.video_frames()
        first = next(self._images, None)
        if first is None:
            self._container.close()
            why = self._container.failure or why_undecodable(source, self._container.stream)
            raise VideoError(f"{source} gives no image: {why}")
        self._images = chain([first], self._images)
        self._orientation = orientation_of(first)
        self._to_bgr = BgrConverter()
        self.info = self._describe(first, fingerprint)
        self._same_size = SameSize(self.info.width, self.info.height)
        self.warnings = list(self._container.warnings)
        self._live = LiveImages(
            str(source),
            Clock(self._container.time_base, self._period),
            self._connect,
            config.live_reconnect_seconds,
            self.warnings,
        )

    def frames(self, window: Window) -> Iterator[Frame]:
        """The frames inside ``window``, exactly as decoding from the beginning gives them."""
        if self.info.live and not window.begins_later:
            live = self._live.positions(self._images, self._container, window.end)
            return self._deliver(live, window)
        if not window.begins_later:
            return self._deliver(self._sequential(self._images), window)
        if self.info.live:
            raise UsageError(f"{self.info.name} is live: leave out start and first frame")
        index = self._read_index()
        if index is None:
            return self._deliver(self._sequential(self._images), window)
        self.info = replace(self.info, frame_count=len(index.pts))
        target = self._first_wanted(index, window)
        if target == len(index.pts):
            window.refuse_empty(self.info.name, self._time(index, target - 1) + self._period)
            return iter(())
        return self._deliver(self._from(index, target), window)

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]] | None:
        """Number, time and whether it is a key frame of every frame; None where the packets do not
        tell. Instead of ``frames``.
        """
        index = None if self.info.live else self._read_index()
        if index is None:
            return None
        numbers = np.arange(len(index.pts))
        times = np.array([self._time(index, number) for number in numbers.tolist()])
        return numbers, times, np.isin(index.pts, [pts for pts, _ in index.keys])

    def stop(self) -> None:
        """Stop waiting for a connection; any thread may call it."""
        self._live.given_up.set()

    def close(self) -> None:
        self._container.close()

    def _connect(self) -> Container:
        """The source, opened again; its previous container is closed."""
        self._container = Container(self._source, self._config)
        return self._container

    @property
    def _period(self) -> float:
        return 1.0 / self.info.fps

    def _deliver(self, positions: Iterator[Position], window: Window) -> Iterator[Frame]:
        delivered = False
        time = 0.0
        for number, time, video_frame in positions:
            if window.is_over(time):
                self._warn_of_images()
                break
            if window.has_begun(number, time):
                delivered = True
                yield Frame(number, time, self._image(video_frame), bool(video_frame.key_frame))
        else:
            self._warn_at_end(time)
        if not delivered:
            window.refuse_empty(self.info.name, time + self._period)

    def _sequential(self, video_frames: Iterator[VideoFrame]) -> Iterator[Position]:
        clock = Clock(self._container.time_base, self._period)
        for number, video_frame in enumerate(video_frames):
            yield number, clock.time(video_frame.pts), video_frame

    def _from(self, index: PacketIndex, target: int) -> Iterator[Position]:
        """Positions from frame ``target`` on or earlier, by the shortest exact route.

        Between a key packet and the target the decoder must give exactly the frames of the
        index; else an earlier key packet is tried (open groups of images, gradual refresh), at
        last everything is decoded.
        """
        wanted = int(index.pts[target])
        for key in index.keys_before(wanted)[:_SEEK_TRIES]:
            if key[0] <= index.pts[0]:
                break
            video_frames = self._images_from(key, index.between(key[0], wanted).tolist())
            if video_frames is not None:
                clock = Clock(self._container.time_base, self._period)
                clock.time(int(index.pts[0]))
                for number, video_frame in enumerate(video_frames, target):
                    yield number, clock.time(video_frame.pts), video_frame
                return
        self._container.close()
        self._container = Container(self._source, self._config)
        yield from self._sequential(self._container.video_frames())

    def _images_from(
        self, key: tuple[int, int], expected: list[int]
    ) -> Iterator[VideoFrame] | None:
        """Images from the last of the ``expected`` pts on, None unless all of these come."""
        key_pts, key_dts = key
        try:
            self._container.seek(key_dts)
        except FFmpegError:  # the format, or the server, cannot
            return None
        video_frames = self._container.video_frames()
        came = 0
        for video_frame in video_frames:
            if video_frame.pts is not None and video_frame.pts < key_pts:
                continue  # leads in to the key packet; may lack what it was predicted from
            if video_frame.pts != expected[came] or video_frame.is_corrupt:
                return None
            came += 1
            if came == len(expected):
                return chain([video_frame], video_frames)
        return None

    def _read_index(self) -> PacketIndex | None:
        """The packet index, if the first decoded frames agree with it."""
        index = self._packet_index()
        probe = list(islice(self._images, _PROBE_FRAMES))
        self._images = chain(probe, self._images)
        if index is not None and [p.pts for p in probe] == index.pts[: len(probe)].tolist():
            return index
        _log.info("%s cannot be numbered by its packets: decoding from 0", self.info.name)
        return None

    def _packet_index(self) -> PacketIndex | None:
        """The packet index; that of the file opened last is kept, as it takes reading all of it."""
        key = _content_key(self._source)
        if key is not None and key in _KEPT:
            return _KEPT[key]
        container = Container(self._source, self._config)
        try:
            index = read_packet_index(container.av_container, container.stream)
        except FFmpegError:
            index = None
        finally:
            container.close()
        if key is not None:
            _KEPT.clear()
            _KEPT[key] = index
        return index

    def _time(self, index: PacketIndex, number: int) -> float:
        return float(int(index.pts[number] - index.pts[0]) * self._container.time_base)

    def _first_wanted(self, index: PacketIndex, window: Window) -> int:
        def begun(number: int) -> bool:
            return window.has_begun(number, self._time(index, number))

        return bisect_left(range(len(index.pts)), True, key=begun)

    def _image(self, video_frame: VideoFrame) -> Image:
        image: NDArray[Any] = self._orientation.upright(self._to_bgr(video_frame))
        known = self._same_size.warning
        image = self._same_size(image)
        if known is None and self._same_size.warning is not None:
            self.warnings.append(self._same_size.warning)
        return image.astype(np.uint8, copy=False)

    def _fingerprint(self) -> str:
        source = self._source
        if source.kind == "file":
            return file_fingerprint(Path(source.location))
        if self._container.live:
            return ""
        return stream_fingerprint(self._container, lambda: Container(source, self._config))

    def _warn_at_end(self, last: float) -> None:
        """Add warnings for what the end of the container shows to be wrong."""
        container, info = self._container, self.info
        if container.failure and not info.live:
            self.warnings.append(f"reading broke off after {last:.2f} s: {container.failure}")
        elif not info.live:
            announced = container.declared_duration or 0.0
            end = last + self._period
            if announced - end > _MISSING_SECONDS:
                self.warnings.append(
                    f"the file ends after {end:.2f} s although it announces {announced:.2f} s: "
                    "it is cut off"
                )
        self._warn_of_images()

    def _warn_of_images(self) -> None:
        if self._container.damaged:
            self.warnings.append("some packets or images of the video are damaged")

    def _describe(self, first: VideoFrame, fingerprint: str) -> VideoInfo:
        container, source = self._container, self._source
        width, height = first.width, first.height
        if self._orientation.swaps_sides:
            width, height = height, width
        count, fps = container.frame_count, self._fps
        duration = container.declared_duration if count is None else count / fps
        aspect = container.stream.sample_aspect_ratio
        is_file = source.kind == "file"
        return VideoInfo(
            name=source.name,
            kind=source.kind,
            width=width,
            height=height,
            fps=fps,
            frame_count=count,
            duration=None if container.live else duration,
            codec=container.stream.codec_context.name,
            live=container.live,
            rotation=self._orientation.rotation,
            mirrored=self._orientation.mirrored,
            pixel_aspect=float(aspect) if aspect else 1.0,
            matrix=matrix_name(first),
            size_bytes=Path(source.location).stat().st_size if is_file else None,
            fingerprint=fingerprint,
            header_fps=container.header_fps,
        )


def _content_key(source: Source) -> tuple[str, int, int, int] | None:
    """What changes when a file does; None for what is no file."""
    if source.kind != "file":
        return None
    status = Path(source.location).stat()
    return source.location, status.st_ino, status.st_size, status.st_mtime_ns
