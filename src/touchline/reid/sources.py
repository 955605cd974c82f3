"""Sources of crops, ground truth and images: data set folders, and videos with their truth."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from touchline.boxes import Boxes, clip_to_image
from touchline.errors import UsageError, VideoError
from touchline.formats.frame_numbers import frame_number
from touchline.formats.layouts import listed, truth_files
from touchline.formats.role_files import read_game_id
from touchline.formats.sequences import DEFAULT_FRAME_RATE, TrackSequence, read_true_sequence
from touchline.formats.sportsmot import (
    TEST_LIST,
    football_clips,
    has_test_list,
    match_name,
    read_people,
)
from touchline.reid.image_sources import FolderImages, ImageSource
from touchline.reid.truth import ClipTruth
from touchline.sequence_info import SequenceInfo, read_seqinfo
from touchline.types import PEOPLE, Image
from touchline.video.reader import open_video

logger = logging.getLogger(__name__)

_MAX_OUTSIDE = 0.2  # of the boxes may lie outside the image before the scale is doubted


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """Where crops come from.

    sportsmot: roots of SportsMOT. mot: sequence folders, or folders of such (SoccerNet tracking,
    MOT17), with ``img1`` and ``gt/gt.txt``. videos: each with the truth that belongs to it.
    match_pattern: what it finds in a clip's name is the match (its first group, if it has one).
    matches: match by clip name; goes before the pattern, both before what files say.
    same_ids: ids of ``mot`` and ``videos`` agree across the clips of a match.
    scale: multiplies the truth's pixels; None: image width by the width in ``seqinfo.ini``.
    """

    sportsmot: Sequence[Path] = ()
    mot: Sequence[Path] = ()
    videos: Sequence[tuple[Path, Path]] = ()
    match_pattern: str | None = None
    matches: Mapping[str, str] = field(default_factory=dict)
    same_ids: bool = False
    scale: float | None = None


@dataclass(frozen=True, slots=True)
class CropSource:
    """One clip: its ground truth and its images."""

    truth: ClipTruth
    image_source: ImageSource


class VideoImages:
    """Images of a video file, decoded from the beginning."""

    apart = False

    def __init__(self, file: Path) -> None:
        self._file = file
        with open_video(file) as video:
            self.info = video.info

    def check(self, frames: Sequence[int]) -> None:
        """Raises UsageError where the video is known to end before the last of ``frames``."""
        count = self.info.frame_count
        if count is not None and len(frames) and frames[-1] >= count:
            raise UsageError(
                f"video {self._file} has {count} frames, its truth names frame "
                f"{frame_number(frames[-1])}: "
                "do they belong together?"
            )

    def images(self, frames: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Number and image of each of ``frames``. Raises VideoError where the video ends."""
        wanted = iter(frames)
        frame = next(wanted, None)
        if frame is None:
            return
        with open_video(self._file, first_frame=frame) as video:
            for video_frame in video:
                if video_frame.index == frame:
                    yield frame, video_frame.image
                    frame = next(wanted, None)
                    if frame is None:
                        return
        raise VideoError(
            f"video {self._file} ends before frame {frame_number(frame)}, which truth names"
        )


def read_sources(request: SourceRequest) -> tuple[list[CropSource], list[str]]:
    """Every clip that was asked for, and warnings: SportsMOT in its own order, others by name.

    Raises UsageError for what is missing or does not fit together, FormatError naming file and
    line for truth that cannot be read.
    """
    sources: list[CropSource] = []
    warnings: list[str] = []
    for root in request.sportsmot:
        folders, missing = football_clips(root)
        if not has_test_list(root):
            warnings.append(
                f"{root} has no splits_txt/{TEST_LIST}: every football clip with truth is taken"
            )
        if missing:
            warnings.append(
                f"{root}: {len(missing)} of {len(missing) + len(folders)} football clips have no "
                f"folder and are left out: {listed(missing)}"
            )
        sources += [_sportsmot(name, folder, request) for name, folder in folders.items()]
    for path in request.mot:
        sources += [_mot(name, file, request) for name, file in truth_files(path).items()]
    for video, truth in request.videos:
        sources.append(_video(video, truth, request))
    unused = set(request.matches) - {source.truth.name for source in sources}
    if unused:
        raise UsageError(
            f"a match is given for {listed(sorted(unused))}, which no clip here is called"
        )
    for warning in warnings:
        logger.warning("%s", warning)
    return sources, warnings


def _sportsmot(name: str, folder: Path, request: SourceRequest) -> CropSource:
    image_source = FolderImages(folder / "img1")
    rows = read_people(folder / "gt" / "gt.txt")
    file = folder / "seqinfo.ini"
    info = read_seqinfo(file) if file.is_file() else SequenceInfo()
    truth = ClipTruth(
        name,
        _match(name, request) or match_name(name),
        rows.frames,
        rows.ids,
        rows.boxes,
        rows.frames / (info.frame_rate or DEFAULT_FRAME_RATE),
        *image_source.size(),
    )
    return CropSource(_scaled(truth, info.image_size, request.scale), image_source)


def _mot(name: str, file: Path, request: SourceRequest) -> CropSource:
    folder = file.parent.parent
    if file.parent.name != "gt":
        raise UsageError(f"{file} lies in no sequence folder with img1: give videos with --video")
    image_source = FolderImages(folder / "img1")
    sequence = read_true_sequence(name, file)
    return CropSource(_truth(sequence, file, image_source.size(), request), image_source)


def _video(video: Path, truth_path: Path, request: SourceRequest) -> CropSource:
    files = truth_files(truth_path)
    if len(files) != 1:
        raise UsageError(
            f"{truth_path} is the truth of {len(files)} clips: give the file of {video}"
        )
    name, file = next(iter(files.items()))
    image_source = VideoImages(video)
    info = image_source.info
    sequence = read_true_sequence(name, file, frame_rate=info.fps)
    return CropSource(_truth(sequence, file, (info.width, info.height), request), image_source)


def _truth(
    sequence: TrackSequence, file: Path, size: tuple[int, int], request: SourceRequest
) -> ClipTruth:
    """The people of one sequence of MOTChallenge layout, in pixels of its images."""
    people = sequence.tracks[np.isin(sequence.tracks.roles, PEOPLE)]
    # Files beside a truth that is not gt/gt.txt belong to any clip.
    folder = file.parent.parent if file.parent.name == "gt" else None
    match = _match(sequence.name, request) or (folder and read_game_id(folder)) or sequence.name
    truth = ClipTruth(
        sequence.name,
        match,
        people.frames,
        people.ids,
        people.boxes,
        people.times,
        *size,
        teams=sequence.teams,
        same_ids=request.same_ids,
    )
    return _scaled(truth, sequence.image_size, request.scale)


def _match(name: str, request: SourceRequest) -> str | None:
    """The match of a clip as the request says; None where it says nothing."""
    if name in request.matches:
        return request.matches[name]
    if request.match_pattern is None:
        return None
    try:
        found = re.search(request.match_pattern, name)
    except re.error as error:
        raise UsageError(f"match pattern {request.match_pattern!r} is refused: {error}") from None
    if found is None:
        raise UsageError(
            f"match pattern {request.match_pattern!r} finds nothing in the clip name {name!r}"
        )
    return found[1] if found.re.groups else found[0]


def _scaled(truth: ClipTruth, size: tuple[int, int] | None, scale: float | None) -> ClipTruth:
    """The truth in pixels of the images. Raises UsageError where many boxes lie outside."""
    boxes: Boxes = truth.boxes
    if scale is not None:
        boxes = boxes * scale
    elif size is not None and size != (truth.width, truth.height):
        across, down = truth.width / size[0], truth.height / size[1]
        boxes = boxes * np.array([across, down, across, down])
    inside = clip_to_image(boxes, truth.width, truth.height)
    outside = ~(inside[:, :2] < inside[:, 2:]).all(axis=1)
    if outside.sum() > _MAX_OUTSIDE * len(boxes):
        raise UsageError(
            f"clip {truth.name}: {outside.sum()} of {len(boxes)} boxes lie outside the "
            f"{truth.width}x{truth.height} image: truth in other pixels takes a scale "
            "(--scale 0.6667 for truth in 1920x1080)"
        )
    return replace(truth, boxes=boxes)
