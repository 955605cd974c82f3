"""Images out of a container (file, stream or webcam) through PyAV, damaged parts skipped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from touchline.errors import VideoError
from touchline.image_files import MAX_PIXELS
from touchline.processors import most_threads
from touchline.video.config import VideoConfig
from touchline.video.packets import is_interlaced, times_in_order
from touchline.video.rates import DEFAULT_FPS, is_plausible, opening_rate
from touchline.video.source import Source
from touchline.video.streams import choose_stream

# Packets read before the first is decoded, to know the rate: a few seconds of most videos.
# Of a live video as few as tell anything, and those only where its header is absurd.
_AHEAD_PACKETS = 100
_AHEAD_BYTES = 8 << 20
_LIVE_AHEAD_PACKETS = 12


class Container:
    """One opened video stream.

    damaged: whether a packet or image so far could not be decoded properly. (Not how many:
    with decoding on several threads FFmpeg's count differs from run to run.)
    failure: why reading stopped early, or None. warnings: what was chosen among several things.
    header_fps: frames a second as the header says, None where it says nothing.
    Raises VideoError in one line for whatever cannot be opened.
    """

    def __init__(self, source: Source, config: VideoConfig) -> None:
        self.source = source
        self.damaged = False
        self.failure: str | None = None
        self._av = _open(source, config)
        try:
            self.stream, chosen = choose_stream(self._av, source)
        except VideoError:
            self._av.close()
            raise
        self.warnings = [] if chosen is None else [chosen]
        self.live = source.always_live or (
            source.kind == "stream" and not self._av.duration and not self.stream.duration
        )
        self.stream.codec_context.thread_count = config.decode_threads or most_threads()
        # An image may claim another size than the header did.
        self.stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        # Frame threads decode fastest but hold back as many frames: not for live video.
        self.stream.thread_type = "SLICE" if self.live else "AUTO"
        rates = (self.stream.average_rate, self.stream.guessed_rate, self.stream.base_rate)
        self.header_fps = next((float(rate) for rate in rates if rate), None)
        self._packets: Iterator[Packet[VideoStream]] = self._av.demux(self.stream)
        self._ahead: deque[Packet[VideoStream] | FFmpegError] = deque()

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

    @cached_property
    def fps(self) -> float:
        """Average frame rate: of the shown packets where the file lists them.

        Else the header's, unless it is absurd or the first packets contradict it. To be asked
        for before any image is decoded.
        """
        shown = self._listed_packets
        if shown is not None and len(shown) > 1 and shown[-1] > shown[0]:
            return float((len(shown) - 1) / ((shown[-1] - shown[0]) * self.time_base))
        plausible = is_plausible(self.header_fps)
        if plausible and (self.live or is_interlaced(self.stream)):
            return self.header_fps or DEFAULT_FPS  # a packet may be half an image
        packets = self.first_packets(_LIVE_AHEAD_PACKETS if self.live else _AHEAD_PACKETS)
        times = [float(tick * self.time_base) for tick in times_in_order(packets)]
        return opening_rate(self.header_fps, times, float(self.time_base))

    def first_packets(self, count: int) -> list[Packet[VideoStream]]:
        """Up to ``count`` packets that are decoded next, fewer where they are large."""
        size = sum(packet.size for packet in self._ahead if isinstance(packet, Packet))
        while len(self._ahead) < count and size < _AHEAD_BYTES:
            try:
                packet = next(self._packets, None)
            except FFmpegError as error:
                self._ahead.append(error)  # comes when it is its turn
                break
            if packet is None:
                break
            size += packet.size
            self._ahead.append(packet)
        return [packet for packet in self._ahead if isinstance(packet, Packet)][:count]

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

    def video_frames(self) -> Iterator[VideoFrame]:
        """Decoded images in order of display from where the container stands.

        Damage is noted and skipped; an input that breaks off ends the images and sets
        ``failure``.
        """
        while True:
            try:
                packet = self._next_packet()
            except FFmpegError as error:
                self.failure = reason(error)
                return
            if packet is None:
                return
            if packet.is_corrupt and not self._is_broadcast:
                self.damaged = True  # cut off in the middle; would spoil its neighbours as well
                continue
            try:
                video_frames = packet.decode()
            except InvalidDataError:
                self.damaged = True
                continue
            except FFmpegError as error:
                self.failure = reason(error)
                return
            for image in video_frames:
                self.damaged |= image.is_corrupt
                yield image

    def listed_bytes(self) -> bytes | None:
        """Time and size of every packet, where the file lists them; None where it does not."""
        if self._listed_packets is None:
            return None
        entries = self.stream.index_entries
        return repr([(entry.timestamp, entry.size) for entry in entries]).encode()

    def seek(self, dts: int) -> None:
        """Go to the key packet at ``dts`` or before it, as far as the format can: check."""
        self._av.seek(dts, stream=self.stream)
        self._ahead.clear()
        self._packets = self._av.demux(self.stream)

    def _next_packet(self) -> Packet[VideoStream] | None:
        if not self._ahead:
            return next(self._packets, None)
        packet = self._ahead.popleft()
        if isinstance(packet, FFmpegError):
            raise packet
        return packet

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
    try:
        return av.open(
            source.av_location,
            "r",
            format=source.format,
            options={**source.options, "max_pixels": str(MAX_PIXELS)},
            timeout=timeout,
            metadata_errors="replace",  # a title in any encoding is no reason to fail
        )
    except InvalidDataError:
        raise VideoError(
            f"{source} is not a video that can be read, or is cut off before its "
            "table of contents; play it elsewhere or convert it to mp4"
        ) from None
    except (FFmpegError, OSError) as error:
        why = reason(error) if isinstance(error, FFmpegError) else str(error)
        raise VideoError(f"{source} cannot be opened: {why}") from None
