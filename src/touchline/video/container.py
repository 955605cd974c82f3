"""Pictures out of a container (file, stream or webcam) through PyAV, damaged parts skipped."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from touchline.errors import VideoError
from touchline.video.config import VideoConfig
from touchline.video.source import Source

_DEFAULT_FPS = 25.0

# Formats FFmpeg finds in plain text and would happily render as a picture of the text.
_NOT_VIDEO = ("tty", "ansi", "bintext")


class Container:
    """One opened video stream.

    damaged: whether a packet or picture so far could not be decoded properly. (Not how many:
    with decoding on several threads FFmpeg's count differs from run to run.)
    failure: why reading stopped early, or None.
    Raises VideoError in one line for whatever cannot be opened.
    """

    def __init__(self, source: Source, config: VideoConfig) -> None:
        self.source = source
        self.damaged = False
        self.failure: str | None = None
        self._av = _open(source, config)
        try:
            self.stream = _video_stream(self._av, source.name)
        except VideoError:
            self._av.close()
            raise
        self.live = source.always_live or (
            source.kind == "stream" and not self._av.duration and not self.stream.duration
        )
        self.stream.codec_context.thread_count = config.decode_threads
        # Frame threads decode fastest but hold back as many frames: not for a live picture.
        self.stream.thread_type = "SLICE" if self.live else "AUTO"

    @property
    def av_container(self) -> InputContainer:
        return self._av

    @property
    def _is_broadcast(self) -> bool:
        """Whether packets marked corrupt are mostly fine: a gap in transmission, concealed."""
        return self._av.format.name in ("mpegts", "rtsp", "rtp")

    @property
    def time_base(self) -> Fraction:
        return self.stream.time_base or Fraction(1, 90_000)

    @property
    def fps(self) -> float:
        """Average frame rate: of the shown packets where the file lists them, else as declared."""
        shown = self._listed_packets
        if shown is not None and len(shown) > 1 and shown[-1] > shown[0]:
            return float((len(shown) - 1) / ((shown[-1] - shown[0]) * self.time_base))
        for rate in (self.stream.average_rate, self.stream.guessed_rate, self.stream.base_rate):
            if rate:
                return float(rate)
        return _DEFAULT_FPS

    @property
    def frame_count(self) -> int | None:
        """Shown packets that lie inside the file, where its header lists every packet."""
        shown = self._listed_packets
        return None if shown is None else len(shown)

    @property
    def declared_duration(self) -> float | None:
        """Seconds as the header says; None where it says nothing."""
        if self.stream.duration:
            return float(self.stream.duration * self.time_base)
        return self._av.duration / av.time_base if self._av.duration else None

    def pictures(self) -> Iterator[VideoFrame]:
        """Decoded pictures in order of display from where the container stands.

        Damage is noted and skipped; an input that breaks off ends the pictures and sets
        ``failure``.
        """
        packets = self._av.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                self.failure = reason(error)
                return
            if packet is None:
                return
            if packet.is_corrupt and not self._is_broadcast:
                self.damaged = True  # cut off in the middle; would spoil its neighbours as well
                continue
            try:
                pictures = packet.decode()
            except InvalidDataError:
                self.damaged = True
                continue
            except FFmpegError as error:
                self.failure = reason(error)
                return
            for picture in pictures:
                self.damaged |= picture.is_corrupt
                yield picture

    def seek(self, dts: int) -> None:
        """Go to the key packet at ``dts`` or before it, as far as the format can: check."""
        self._av.seek(dts, stream=self.stream)

    def close(self) -> None:
        self._av.close()

    @cached_property
    def _listed_packets(self) -> list[int] | None:
        entries = self.stream.index_entries
        if "mp4" not in self._av.format.name or len(entries) != self.stream.frames:
            return None  # other formats list key packets only, or list while reading
        size = self._av.size
        return [e.timestamp for e in entries if not e.is_discard and e.pos + e.size <= size]


def reason(error: FFmpegError) -> str:
    """What FFmpeg says went wrong, without path and number."""
    return (error.strerror or type(error).__name__).rstrip(".").lower()


def _open(source: Source, config: VideoConfig) -> InputContainer:
    # The time-out also ends a blocked read, so that a dead stream cannot hang the program.
    timeout = None if source.kind == "file" else config.live_timeout_seconds
    # "file:" since FFmpeg takes what comes before a colon in a name for a protocol.
    location = f"file:{source.location}" if source.kind == "file" else source.location
    try:
        return av.open(location, "r", format=source.format, options=source.options, timeout=timeout)
    except InvalidDataError:
        raise VideoError(
            f"{source} is no video that can be read, or is cut off before its "
            "table of contents; play it elsewhere or convert it to mp4"
        ) from None
    except (FFmpegError, OSError) as error:
        why = reason(error) if isinstance(error, FFmpegError) else str(error)
        raise VideoError(f"{source} cannot be opened: {why}") from None


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams or container.format.name in _NOT_VIDEO:
        sound = ", only sound" if container.streams.audio else ""
        raise VideoError(f"{name} holds no video{sound}; give a file with pictures")
    best = container.streams.best("video")
    return next((stream for stream in streams if stream is best), streams[0])
