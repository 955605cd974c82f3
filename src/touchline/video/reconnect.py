"""Reconnect to a live source that broke off, and continue its frames."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from av.video.frame import VideoFrame

from touchline.errors import ConnectionLost, VideoError
from touchline.video.clock import Clock
from touchline.video.container import Container

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
"""Seconds between two attempts."""

_FASTER_THAN_IT_PLAYS = 5.0
"""Speed-up over playback beyond which a source is a recording, not a broadcast."""

_CLOSED = "the connection was closed"


@dataclass(slots=True)
class _Connection:
    """What one connection gave: its first image (a hash), how many, from when to when."""

    beginning: str
    opened: float
    starts: float
    frames: int = 0
    ends: float = 0.0
    closed: float = 0.0

    def was_a_file(self) -> bool:
        """Whether a whole file came at once, as fast as the network delivers it."""
        return self.ends - self.starts > _FASTER_THAN_IT_PLAYS * (self.closed - self.opened)

    def is_like(self, other: _Connection) -> bool:
        """Whether both gave the same images, as far as the first one and their number tell."""
        return (self.beginning, self.frames) == (other.beginning, other.frames)


class LiveImages:
    """The images of a live source, over as many connections as it takes.

    connect: opens the source again, or raises VideoError. seconds: how long it is tried.
    warnings: gets a line about what was missed. given_up: set to stop trying.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        connect: Callable[[], Container],
        seconds: float,
        warnings: list[str],
    ) -> None:
        self.given_up = threading.Event()
        self._breaks = 0
        self._missing = 0.0
        self._first_break = self._line = ""
        self._warnings = warnings
        self._name = name
        self._clock = clock
        self._connect = connect
        self._seconds = seconds

    def positions(
        self, video_frames: Iterator[VideoFrame], container: Container, end: float | None
    ) -> Iterator[tuple[int, float, VideoFrame]]:
        """Number, time and image of each frame. Numbers continue over a break, times skip it.

        video_frames: of ``container``, which is open. end: seconds after which to stop waiting.
        Raises ConnectionLost where the source does not come back.
        """
        number, now = 0, 0.0
        before: _Connection | None = None
        first = next(video_frames, None)
        while first is not None:
            current = _Connection(_hash(first), time.monotonic(), now)
            if before is not None and before.was_a_file() and before.beginning == current.beginning:
                return  # and begins again: a file that the server gives without its length
            for image in chain([first], video_frames):
                now = self._clock.time(image.pts)
                yield number, now, image
                number += 1
                current.frames += 1
            current.ends, current.closed = now, time.monotonic()
            if before is not None and current.is_like(before):
                raise ConnectionLost(
                    f"{self._name} sends the same {current.frames} frames again and again: "
                    "it is a recording; save it as a file and track that"
                )
            before = current
            why = container.failure or _CLOSED
            why = _CLOSED if why == "input/output error" else why  # so it is told over HTTP
            found = self._again(container, why, now, end)
            if found is None:
                return
            container, first, video_frames = found
            missing = time.monotonic() - current.closed
            self._clock.miss(missing, container.time_base)
            self._warn(missing, f"after {now:.2f} s: {why}")

    def _warn(self, missing: float, first_break: str) -> None:
        """One line about everything that was missed."""
        self._breaks += 1
        self._missing += missing
        self._first_break = self._first_break or first_break
        times = "once" if self._breaks == 1 else f"{self._breaks} times"
        if self._line in self._warnings:
            self._warnings.remove(self._line)
        self._line = (
            f"the connection broke off {times} and came back: {self._missing:.1f} s are missing "
            f"(first {self._first_break})"
        )
        self._warnings.append(self._line)

    def _again(
        self, container: Container, why: str, at: float, end: float | None
    ) -> tuple[Container, VideoFrame, Iterator[VideoFrame]] | None:
        """A new connection, its first image and the others; None once given up."""
        container.close()
        lost_at, pause = time.monotonic(), _FIRST_PAUSE
        while not self.given_up.is_set():
            waited = time.monotonic() - lost_at
            if end is not None and at + waited >= end:
                return None
            if waited >= self._seconds:
                came_back = f" and did not come back within {self._seconds:g} s"
                raise ConnectionLost(
                    f"{self._name} broke off after {at:.2f} s ({why})"
                    + (came_back if self._seconds else "")
                    + "; -s video.live_reconnect_seconds=... waits longer"
                )
            self.given_up.wait(min(pause, self._seconds - waited))
            pause = min(2 * pause, _LONGEST_PAUSE)
            try:
                new = self._connect()
            except VideoError:
                continue
            video_frames = new.video_frames()
            first = next(video_frames, None)
            if first is not None:
                return new, first, video_frames
            new.close()
        return None


def _hash(image: VideoFrame) -> str:
    return hashlib.sha256(bytes(image.planes[0])).hexdigest()
