"""Frames from a folder of numbered images, as in MOT datasets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.errors import VideoError
from touchline.image_files import read_image
from touchline.sequence_info import SequenceInfo, read_seqinfo
from touchline.types import Frame, Image
from touchline.video.config import VideoConfig
from touchline.video.image_order import image_order
from touchline.video.info import VideoInfo, files_fingerprint
from touchline.video.same_size import SameSize
from touchline.video.source import Source
from touchline.video.window import Window

_NAMED = 3  # number of files named in a message


class FolderFrames:
    """The images of a folder as frames; frame k lies k / fps seconds after the first.

    The rate is that of ``seqinfo.ini`` in the folder or beside it, else ``image_fps``. As in a
    video, an image that cannot be decoded is passed over and one of another size is scaled, with
    a warning.

    Raises UsageError for names that make no clip, FormatError for a seqinfo.ini that cannot be
    read, VideoError where no image can be decoded.
    """

    def __init__(self, source: Source, config: VideoConfig) -> None:
        folder = Path(source.location)
        known = _sequence_info(folder)
        order = image_order(folder, known.frame_count)
        self._files, self._places = order.files, order.places
        fps, word = _rate(known, config)
        self.warnings = [*order.warnings, *([] if word is None else [word])]
        self._broken: list[tuple[Path, str]] = []
        height, width = self._first_readable().shape[:2]
        self._same_size = SameSize(width, height)
        self.info = VideoInfo(
            name=source.name,
            kind=source.kind,
            width=width,
            height=height,
            fps=fps,
            frame_count=order.length,
            duration=order.length / fps,
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
        times = [place / self.info.fps for place in self._places]
        wanted = [
            row
            for row, (place, time) in enumerate(zip(self._places, times, strict=True))
            if window.has_begun(place, time) and not window.is_over(time)
        ]
        if not wanted:
            window.refuse_empty(self.info.name, self._places[-1] / self.info.fps)
        return self._read(wanted, times, window)

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Number, time and whether it is a key frame of every frame."""
        numbers = np.array(self._places, np.int64)
        times = np.array([place / self.info.fps for place in self._places])
        return numbers, times, np.ones(len(numbers), np.bool_)

    def close(self) -> None:
        """Nothing stays open between images."""

    def _read(self, wanted: list[int], times: list[float], window: Window) -> Iterator[Frame]:
        self._broken.clear()
        for row in wanted:
            image = self._image(self._files[row])
            if image is not None:
                yield Frame(self._places[row], times[row], image, key_frame=True)
        self._warn_at_end(len(wanted))
        if len(self._broken) == len(wanted) and not window.first_frame:
            raise VideoError(f"none of {len(wanted)} images: {self._broken[0][1]}")

    def _image(self, file: Path) -> Image | None:
        """The image in the first one's size; None, which is remembered, where there is none."""
        try:
            image = read_image(file)
        except VideoError as error:
            self._broken.append((file, str(error)))
            return None
        return self._same_size(image).astype(np.uint8, copy=False)

    def _first_readable(self) -> Image:
        reason = ""
        for file in self._files:
            try:
                return read_image(file)
            except VideoError as error:
                reason = reason or str(error)
        raise VideoError(
            reason if len(self._files) == 1 else f"none of {len(self._files)} images: {reason}"
        )

    def _warn_at_end(self, wanted: int) -> None:
        if self._same_size.warning is not None:
            self.warnings.append(self._same_size.warning)
        if self._broken:
            names = ", ".join(file.name for file, _ in self._broken[:_NAMED])
            more = ", ..." * (len(self._broken) > _NAMED)
            self.warnings.append(
                f"{len(self._broken)} of {wanted} images are broken and were passed over "
                f"({names}{more}); {self._broken[0][1]}"
            )


def _sequence_info(folder: Path) -> SequenceInfo:
    """What the seqinfo.ini in the folder or beside it says."""
    for file in (folder / "seqinfo.ini", folder.parent / "seqinfo.ini"):
        if file.is_file():
            return read_seqinfo(file)
    return SequenceInfo()


def _rate(known: SequenceInfo, config: VideoConfig) -> tuple[float, str | None]:
    """Frames a second, and what to say about them."""
    asked = "image_fps" in config.model_fields_set
    if known.frame_rate is None:
        return config.image_fps, None if asked else (
            f"no seqinfo.ini says the frame rate: {config.image_fps:g} images a second are "
            "assumed; -s video.image_fps=... sets it"
        )
    if asked and config.image_fps != known.frame_rate:
        return known.frame_rate, (
            f"seqinfo.ini says {known.frame_rate:g} frames a second, so video.image_fps="
            f"{config.image_fps:g} is not used"
        )
    return known.frame_rate, None
