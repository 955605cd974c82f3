"""The packet index of a video: which frame has which number, without decoding any."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

_PROGRESSIVE_OR_UNKNOWN = (0, 1)
_NO_FILLIN = 0x10  # AVFMT_FLAG_NOFILLIN


@dataclass(frozen=True, slots=True)
class PacketIndex:
    """Timestamps, in ticks of the stream's time base, of every frame that is shown.

    pts: (N,) int64 in order of display: row k is frame k. keys: (pts, dts) of the packets where
    decoding can begin, ascending; containers are searched by dts, the time of decoding.
    """

    pts: NDArray[np.int64]
    keys: list[tuple[int, int]]

    def keys_before(self, pts: int) -> list[tuple[int, int]]:
        """The key packets at or before ``pts``, latest first."""
        return self.keys[: bisect_right(self.keys, pts, key=lambda key: key[0])][::-1]

    def between(self, first: int, last: int) -> NDArray[np.int64]:
        """The shown pts with first <= pts <= last."""
        lower, upper = np.searchsorted(self.pts, first), np.searchsorted(self.pts, last, "right")
        return self.pts[lower:upper]


def read_packet_index(container: InputContainer, stream: VideoStream) -> PacketIndex | None:
    """The index of a freshly opened container, or None where frames cannot be numbered by it.

    That is so when a packet has no timestamp, two share one, one is damaged, or the video is
    interlaced (a packet may then be half a frame). Reads the whole file without decoding.
    """
    # Timestamps that FFmpeg would guess from neighbours come out differently after a seek.
    container.flags = _NO_FILLIN
    if is_interlaced(stream):
        return None
    shown: list[int] = []
    keys: list[tuple[int, int]] = []
    for packet in container.demux(stream):
        if packet.size == 0:  # the mark at the end
            continue
        if packet.pts is None or packet.is_corrupt:
            return None
        if packet.is_keyframe:
            keys.append((packet.pts, packet.pts if packet.dts is None else packet.dts))
        if not packet.is_discard:  # an edit list hides frames that others depend on
            shown.append(packet.pts)
    pts = np.unique(np.array(shown, np.int64))
    if not shown or len(pts) != len(shown):
        return None
    return PacketIndex(pts, sorted(keys))


def is_interlaced(stream: VideoStream) -> bool:
    """Whether a packet may be half a frame."""
    return stream.codec_context.field_order not in _PROGRESSIVE_OR_UNKNOWN


def times_in_order(packets: Sequence[Packet[VideoStream]]) -> list[int]:
    """Distinct timestamps, in ticks, of the shown ones of the first packets, ascending.

    Packets come in order of decoding: those are left out before which another could still come,
    and what follows a jump backwards.
    """
    shown: set[int] = set()
    last = None
    for packet in packets:
        if packet.size == 0:  # the mark at the end: nothing else can come
            return sorted(shown)
        if packet.dts is not None:
            if last is not None and packet.dts < last:
                break
            last = packet.dts
        shown_at = packet.dts if packet.pts is None else packet.pts
        if shown_at is None:
            break
        if not packet.is_discard:
            shown.add(shown_at)
    return sorted(tick for tick in shown if last is None or tick <= last)
