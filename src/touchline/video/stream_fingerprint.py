"""Fingerprint of a recording on a server, independent of its URL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from touchline.errors import VideoError
from touchline.video.container import Container

_PACKETS = 64
_TAIL_SECONDS = 2.0


def stream_fingerprint(container: Container, open_again: Callable[[], Container]) -> str:
    """A hash of a recording's length in bytes and seconds, its table, first and last packets.

    container: freshly opened. open_again: opens the same once more, to look at its end; called
    only where the container lists no packets. What a server calls the file (ETag, date) is not
    asked for: mirrors of one file differ in it. Empty where the server says and sends nothing.
    """
    av_container, stream = container.av_container, container.stream
    context = stream.codec_context
    head = container.first_packets(_PACKETS)
    if not head:
        return ""
    said = (av_container.size, av_container.duration, stream.duration)
    digest = hashlib.sha256(repr(said).encode())
    digest.update(repr((context.name, stream.width, stream.height)).encode())
    digest.update(context.extradata or b"")
    _add(digest, head)
    listed = container.listed_bytes()
    if listed is None:
        _add(digest, _tail(open_again, container.declared_duration))
    else:
        digest.update(listed)
    return digest.hexdigest()[:32]


def _tail(open_again: Callable[[], Container], duration: float | None) -> list[Packet[VideoStream]]:
    """Some packets from the end; none if the server cannot seek there."""
    if duration is None:
        return []
    try:
        container = open_again()
    except VideoError:
        return []
    try:
        begin = container.stream.start_time or 0
        seconds = max(duration - _TAIL_SECONDS, 0.0)
        container.seek(begin + round(seconds / float(container.time_base)))
        return container.first_packets(_PACKETS)
    except FFmpegError:
        return []
    finally:
        container.close()


def _add(digest: hashlib._Hash, packets: Iterable[Packet[VideoStream]]) -> None:
    for packet in packets:
        digest.update(bytes(packet))
