"""Images of a clip by frame number, from a folder of numbered files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from touchline.errors import UsageError
from touchline.formats.frame_numbers import frame_index, frame_number
from touchline.image_files import is_image, read_image
from touchline.types import Image

_NAMED_AT_MOST = 3


class ImageSource(Protocol):
    """Where the images of a clip come from."""

    @property
    def apart(self) -> bool:
        """Whether an image can be read without those before it."""
        ...

    def check(self, frames: Sequence[int]) -> None:
        """Raises UsageError where one of these frames, from 0, is known to be missing."""
        ...

    def images(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Number and image of each of ``frames`` (ascending, each once)."""
        ...


class FolderImages:
    """The ``img1`` folder of a clip; the number in a file's name counts frames from 1.

    Images that nobody asks for may be missing. Raises UsageError where there are none at all,
    or two have one number.
    """

    apart = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[int, Path] = {}
        if not folder.is_dir():
            raise UsageError(
                f"{folder} does not exist: the images of a clip lie in img1; "
                "a video and its truth are given with --video"
            )
        for file in sorted(folder.iterdir()):
            number = re.fullmatch(r"\D*(\d+)", file.stem)
            if not is_image(file) or not number:
                continue
            frame = frame_index(int(number[1]))
            if frame in self._files:
                raise UsageError(f"{self._files[frame]} and {file.name} have the same number")
            self._files[frame] = file
        if not self._files:
            raise UsageError(f"{folder} holds no images (000001.jpg, ...)")

    def size(self) -> tuple[int, int]:
        """Width and height of the first image."""
        height, width = read_image(next(iter(self._files.values()))).shape[:2]
        return width, height

    def check(self, frames: Sequence[int]) -> None:
        """Raises UsageError where one of these frames has no image."""
        missing = [frame for frame in frames if frame not in self._files]
        if missing:
            names = ", ".join(f"{frame_number(frame):06d}" for frame in missing[:_NAMED_AT_MOST])
            more = ", ..." if len(missing) > _NAMED_AT_MOST else ""
            raise UsageError(
                f"{self._folder} lacks {len(missing)} of the {len(frames)} images that crops "
                f"come from ({names}{more}): copy or unpack them again"
            )

    def images(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Number and image of each of ``frames``. Raises VideoError for one that is broken."""
        for frame in frames:
            yield frame, read_image(self._files[frame])
