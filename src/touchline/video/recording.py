"""Fragmented recordings that play up to the last fragment, even if the writer was killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from touchline.disk_files import put_in_place, whole_file
from touchline.errors import VideoError
from touchline.video.container import reason

ORDINARY = {"movflags": "+faststart"}
"""A file whose table of contents comes first: it plays in a browser while it loads."""

IN_PIECES = {
    "movflags": "+empty_moov+default_base_moof",
    "frag_duration": "1000000",
    "flush_packets": "1",
}
"""A file that describes its content second by second (fragmented MP4)."""


def recording_of(file: Path) -> Path:
    """Path of a recording until it is finished and becomes ``file``."""
    return file.with_name(f".{file.name}.part")


def finish_recording(file: Path) -> int:
    """Make ``file`` from its recording, fragmented or cut off; returns its number of images.

    Nothing is encoded again. A recording without an image is removed, and there is no file then.
    Raises VideoError where the disk is too full for a second copy: the file plays all the same.
    """
    recording = recording_of(file)
    _cut_to_whole_boxes(recording)
    if not _holds_an_image(recording):
        recording.unlink(missing_ok=True)
        return 0
    put_in_place(recording, file)
    try:
        return _with_table_first(file)
    except (FFmpegError, OSError) as error:
        why = reason(error) if isinstance(error, FFmpegError) else error.strerror
        raise VideoError(
            f"video {file} stays in the pieces in which it was recorded: {why}; it plays, but a "
            "browser may not know how long it is"
        ) from None


def _cut_to_whole_boxes(recording: Path) -> None:
    """Remove a truncated last fragment header: nothing opens a file with one.

    Images that were cut off may stay; they are skipped.
    """
    size = recording.stat().st_size
    with recording.open("r+b") as file:
        place = 0
        while place < size:
            file.seek(place)
            head = file.read(16)
            length, kind = int.from_bytes(head[:4]), head[4:8]
            if length == 1:  # it did not fit into four bytes
                length = int.from_bytes(head[8:])
            whole = length >= 8 and place + length <= size
            if not whole and kind != b"mdat":
                file.truncate(place)
                return
            place += length or size


def _holds_an_image(recording: Path) -> bool:
    try:
        with av.open(f"file:{recording}", "r", format="mp4") as source:
            return any(True for _ in _packets(source))
    except (FFmpegError, IndexError):  # no stream: cut off inside of the first bytes
        return False


def _packets(source: InputContainer) -> Iterator[Packet[VideoStream]]:
    """The packets of the images, up to where the writer was killed."""
    packets = source.demux(video=0)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            return
        if packet is None or packet.is_corrupt:
            return
        if packet.size:
            yield packet


def _with_table_first(file: Path) -> int:
    """Copy the packets into an ordinary file; how many there are."""
    images = 0
    with (
        whole_file(file) as draft,
        av.open(f"file:{file}", "r", format="mp4") as source,
        av.open(f"file:{draft}", "w", format="mp4", options=ORDINARY) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in _packets(source):
            packet.stream = stream
            target.mux(packet)
            images += 1
    return images
