"""Pictures of any frame of a run's video, decoded when asked for, and people cut out of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from touchline.errors import InputError
from touchline.formats.frame_numbers import frame_number
from touchline.types import Floats, Image
from touchline.video.portraits import picture, portrait

if TYPE_CHECKING:
    from touchline.video.reader import VideoReader

_AHEAD = 60
"""Frames that are decoded to reach one: from there on opening anew is quicker."""

_BACK = 12
"""Frames before one that is not reached forwards, which are decoded with it: to step back."""

_MOST_BYTES = 256 << 20
"""Of decoded images that are kept."""


class FramePictures:
    """Decoded frames of one video, the latest ones kept. Any thread may ask; one decodes at a time.

    opened: the video from a frame on, from 0.
    """

    def __init__(self, opened: Callable[[int], VideoReader]) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._video: VideoReader | None = None
        self._next = 0
        self._kept: OrderedDict[int, Image] = OrderedDict()

    def picture(self, frame: int, width: int | None = None) -> bytes:
        """A JPEG of a frame, from 0. Raises InputError where the video has none."""
        return picture(self._image(frame), width)

    def crop(self, frame: int, box: Floats) -> bytes:
        """A JPEG of the person in a box of a frame, from 0. Raises InputError."""
        return portrait(self._image(frame), box)

    def close(self) -> None:
        """Let the video go."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._video is not None:
            self._video.close()
            self._video = None

    def _image(self, frame: int) -> Image:
        with self._lock:
            if frame not in self._kept:
                self._decode(frame)
            if frame not in self._kept:
                raise InputError(f"the video has no frame {frame_number(frame)}")
            self._kept.move_to_end(frame)
            return self._kept[frame]

    def _decode(self, frame: int) -> None:
        if self._video is None or not self._next <= frame <= self._next + _AHEAD:
            self._close()
            back = _BACK if self._next > frame else 0
            self._video = self._opened(max(frame - back, 0))
        for found in self._video:
            self._next = found.index + 1
            self._keep(found.index, found.image)
            if found.index >= frame:
                return
        self._close()

    def _keep(self, frame: int, image: Image) -> None:
        self._kept[frame] = image
        most = max(_MOST_BYTES // max(image.nbytes, 1), _BACK + 2)
        while len(self._kept) > most:
            self._kept.popitem(last=False)
