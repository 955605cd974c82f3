"""Pictures of a clip by frame number, out of a folder of numbered files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from touchline.errors import UsageError
from touchline.picture_files import is_picture, read_picture
from touchline.types import Image

_NAMED_AT_MOST = 3


class Pictures(Protocol):
    """Where the pictures of a clip come from."""

    @property
    def apart(self) -> bool:
        """Whether each picture can be had without those before it."""
        ...

    def check(self, frames: Sequence[int]) -> None:
        """Raises UsageError where one of these frames, from 0, is known to be missing."""
        ...

    def images(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Number and picture of each of ``frames`` (ascending, each once)."""
        ...


class PictureFolder:
    """The ``img1`` folder of a clip; the number in a file's name counts frames from 1.

    Pictures that nobody asks for may be missing. Raises UsageError where there are none at all,
    or two have one number.
    """

    apart = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, Path] = {}
        if not folder.is_dir():
            raise UsageError(
                f"{folder} does not exist: the pictures of a clip lie in img1; "
                "a video and its truth come in with --video"
            )
        for file in sorted(folder.iterdir()):
            number = re.fullmatch(r"\D*(\d+)", file.stem)
            if not is_picture(file) or not number:
                continue
            frame = int(number[1]) - 1
            if frame in self._files:
                raise UsageError(f"{self._files[frame]} and {file.name} have the same number")
            self._files[frame] = file
        if not self._files:
            raise UsageError(f"{folder} holds no pictures (000001.jpg, ...)")

    def size(self) -> tuple[int, int]:
        """Width and height of the first picture."""
        height, width = read_picture(next(iter(self._files.values()))).shape[:2]
        return width, height

    def check(self, frames: Sequence[int]) -> None:
        """Raises UsageError where one of these frames has no picture."""
        missing = [frame for frame in frames if frame not in self._files]
        if missing:
            names = ", ".join(f"{frame + 1:06d}" for frame in missing[:_NAMED_AT_MOST])
            more = ", ..." if len(missing) > _NAMED_AT_MOST else ""
            raise UsageError(
                f"{self._folder} lacks {len(missing)} of the {len(frames)} pictures that crops "
                f"come from ({names}{more}): copy or unpack them again"
            )

    def images(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Number and picture of each of ``frames``. Raises VideoError for one that is broken."""
        for frame in frames:
            yield frame, read_picture(self._files[frame])
