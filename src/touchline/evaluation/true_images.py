"""Images with ground truth: labelled ones, and frames of tracked clips."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from touchline.boxes import Boxes
from touchline.detection.data import MATCH_PATTERN, read_detection_data, split_by_match
from touchline.detection.labelled_images import LabelledImages
from touchline.errors import UsageError, VideoError
from touchline.evaluation.scales import scale_between
from touchline.formats.sequences import TrackSequence, read_truth
from touchline.role_words import role_of
from touchline.types import Image, Roles
from touchline.video.reader import open_video
from touchline.video.source import VIDEO_SUFFIXES

logger = logging.getLogger(__name__)

IGNORE = "ignore"
"""The class of parts of an image of which nobody says what they show."""


@dataclass(frozen=True, slots=True)
class TrueImage:
    """An image with its true boxes (n, 4), in its pixels, and their roles (n,).

    ignored: (m, 4) parts of which nobody says what they show.
    """

    image: Image
    boxes: Boxes
    roles: Roles
    ignored: Boxes = field(default_factory=lambda: np.empty((0, 4)))


class LabelledTruth:
    """The labelled images of a folder, or those of some of its matches.

    roles: those that its classes tell; boxes of the class ``ignore`` are parts of which nobody says
    what they show; boxes of other classes are left out, and a warning.
    Raises as ``read_detection_data`` and ``split_by_match`` do, and UsageError where no class
    tells a role.
    """

    def __init__(
        self,
        folder: Path,
        matches: Collection[str] | None = None,
        *,
        names: Sequence[str] | None = None,
        match_pattern: str = MATCH_PATTERN,
    ) -> None:
        data = read_detection_data(folder, names=names, match_pattern=match_pattern)
        if matches is not None:
            data = split_by_match(data, matches)[1]
        self._images = LabelledImages(data)
        told = [role_of(name) for name in data.names]
        if not any(told):
            raise UsageError(
                f"no class of {folder} tells a role: {', '.join(data.names)}; "
                "name them player, goalkeeper, referee, ball or person"
            )
        self._role_of = np.array([role or "" for role in told])
        self._moot = np.array([name.casefold() == IGNORE for name in data.names])
        self.roles = tuple(dict.fromkeys(role for role in told if role))
        counts = zip(data.counts().items(), told, strict=True)
        lost = {
            name: count
            for (name, count), role in counts
            if count and role is None and name.casefold() != IGNORE
        }
        if lost:
            listed = ", ".join(f"{count} {name}" for name, count in lost.items())
            logger.warning("%s: boxes whose class tells no role are left out: %s", folder, listed)

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[TrueImage]:
        for index in range(len(self)):
            boxes, classes = self._images.labels(index)
            roles = self._role_of[classes]
            told = roles != ""
            yield TrueImage(
                self._images.image(index), boxes[told], roles[told], boxes[self._moot[classes]]
            )


class TrackedTruth:
    """Frames of a clip whose true tracks are known, one every ``seconds``.

    path: sequence folder, or its gt.txt. video: file or folder of images; None takes ``img1``
    or the only video in the folder. True boxes are scaled to the video's pixels.

    Raises UsageError for several clips, a missing video and a clip without boxes.
    """

    def __init__(self, path: Path, video: Path | None = None, *, seconds: float = 1.0) -> None:
        sequences = read_truth(path)
        if len(sequences) != 1:
            raise UsageError(f"{path} is the truth of {len(sequences)} clips: name one of them")
        self._truth: TrackSequence = next(iter(sequences.values()))
        tracks = self._truth.tracks
        if not len(tracks):
            raise UsageError(f"{path} has no boxes: nothing to compare with")
        self.roles = tuple(dict.fromkeys(tracks.roles.tolist()))
        self._video = _video_of(path) if video is None else video
        self._step = max(1, round(seconds * self._truth.frame_rate))
        length = self._truth.frame_count or int(tracks.frames[-1]) + 1
        self._frames = range(0, length, self._step)

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[TrueImage]:
        """Raises VideoError where the video is shorter than its truth."""
        left = len(self)
        with open_video(self._video) as video:
            size = (video.info.width, video.info.height)
            scale = 1.0 / scale_between(self._truth.name, self._truth.image_size, size)
            for frame in video:
                if frame.index % self._step:
                    continue
                tracks = self._truth.tracks.at(frame.index)
                yield TrueImage(frame.image, tracks.boxes * scale, tracks.roles)
                left -= 1
                if not left:
                    return
        raise VideoError(f"{self._video} ends before its truth does: is it another clip?")


def open_truth(
    path: Path,
    *,
    matches: Collection[str] | None = None,
    names: Sequence[str] | None = None,
    match_pattern: str = MATCH_PATTERN,
    video: Path | None = None,
    seconds: float = 1.0,
) -> LabelledTruth | TrackedTruth:
    """What lies at ``path``: a tracked clip (``gt/gt.txt`` or a text file), or labelled images.

    The other arguments are those of ``LabelledTruth`` and ``TrackedTruth``.
    """
    if not os.path.exists(path):
        raise UsageError(f"{path} does not exist: give labelled images or a sequence folder")
    if (path / "gt" / "gt.txt").is_file() or path.suffix.lower() in (".txt", ".csv"):
        if matches is not None:
            raise UsageError(f"{path} is one clip: --matches chooses among labelled images")
        return TrackedTruth(path, video, seconds=seconds)
    if video is not None:
        raise UsageError(f"{path} holds labelled images: --video belongs to a tracked clip")
    return LabelledTruth(path, matches, names=names, match_pattern=match_pattern)


def _video_of(path: Path) -> Path:
    """The images of a sequence folder."""
    if path.is_dir():
        if (path / "img1").is_dir():
            return path
        files = [file for file in path.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES]
        if len(files) == 1:
            return files[0]
    raise UsageError(f"the images of {path} are not in it: name them with --video FILE")
