"""Frames from a folder of numbered images, as MOT data sets come."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from touchline.disk_files import refuse_pipe
from touchline.errors import UsageError, VideoError
from touchline.types import Frame, Image
from touchline.video.config import VideoConfig
from touchline.video.info import VideoInfo, files_fingerprint
from touchline.video.source import Source, image_files
from touchline.video.window import Window


class FolderFrames:
    """The images of a folder as frames; image k is frame k at k / fps seconds.

    The rate is that of ``seqinfo.ini`` in the folder or beside it, else ``image_fps``.
    Raises UsageError for gaps in the numbering, VideoError for an image that cannot be read or
    has another size than the first.
    """

    def __init__(self, source: Source, config: VideoConfig) -> None:
        self.warnings: list[str] = []
        folder = Path(source.location)
        self._files = image_files(folder)
        height, width = _read_image(self._files[0]).shape[:2]
        fps = _sequence_fps(folder) or config.image_fps
        self.info = VideoInfo(
            name=source.name,
            kind=source.kind,
            width=width,
            height=height,
            fps=fps,
            frame_count=len(self._files),
            duration=len(self._files) / fps,
            codec=self._files[0].suffix.lower().lstrip("."),
            live=False,
            rotation=0,
            pixel_aspect=1.0,
            matrix="as the images say",
            size_bytes=sum(file.stat().st_size for file in self._files),
            fingerprint=files_fingerprint(self._files),
        )

    def frames(self, window: Window) -> Iterator[Frame]:
        """The frames inside ``window``."""
        times = [number / self.info.fps for number in range(len(self._files))]
        wanted = [
            number
            for number, time in enumerate(times)
            if window.has_begun(number, time) and not window.is_over(time)
        ]
        if not wanted:
            window.refuse_empty(self.info.name, len(self._files) / self.info.fps)
        return (Frame(number, times[number], self._image(number)) for number in wanted)

    def close(self) -> None:
        """Nothing stays open between images."""

    def _image(self, number: int) -> Image:
        file = self._files[number]
        image = _read_image(file)
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise VideoError(
                f"image {file} is {width}x{height}, the first one "
                f"{self.info.width}x{self.info.height}: a clip has pictures of one size"
            )
        return image


def _read_image(file: Path) -> Image:
    refuse_pipe(file, VideoError)
    try:
        data = np.fromfile(file, np.uint8)
    except OSError as error:
        raise VideoError(f"image {file} cannot be read: {error.strerror}") from None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise VideoError(f"image {file} cannot be decoded; replace it, or take it away")
    return image.astype(np.uint8, copy=False)


def _sequence_fps(folder: Path) -> float | None:
    """``frameRate`` of the seqinfo.ini in the folder or beside it; None where there is none."""
    for file in (folder / "seqinfo.ini", folder.parent / "seqinfo.ini"):
        if not file.is_file():
            continue
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(file, encoding="utf-8")
            fps = parser.getfloat("Sequence", "frameRate")
        except (configparser.Error, ValueError) as error:
            problem = " ".join(str(error).split())
            raise UsageError(f"{file} has no readable frameRate: {problem}") from None
        if fps <= 0:
            raise UsageError(f"{file} says frameRate={fps:g}; it must be above 0")
        return fps
    return None
