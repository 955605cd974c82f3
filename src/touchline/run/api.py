"""The Python interface: ``for frame, tracks in touchline.track("clip.mp4")`` and its parts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from touchline.columns import checked_kind
from touchline.errors import InputError
from touchline.linking.pipeline import follow
from touchline.observe import in_batches
from touchline.perception.config import DetectorConfig, EmbedderConfig
from touchline.perception.detector import OnnxDetector
from touchline.run.box_units import end_warnings
from touchline.run.config import RunConfig
from touchline.run.embedders import open_embedder
from touchline.run.inputs import Perception, open_detector, open_perception
from touchline.run.silence import SeenRoles, why_nobody
from touchline.tracking.tracker import Tracker
from touchline.types import Detector, Embedder, Frame, Tracks
from touchline.video.rates import rate_warning
from touchline.video.reader import VideoReader, open_video


def track(
    source: str | Path | int,
    *,
    detector: str | Path | Detector | None = None,
    detections: str | Path | None = None,
    reid: str | Path | Embedder | None = None,
    config: RunConfig | None = None,
    start: float | None = None,
    end: float | None = None,
) -> Iterator[tuple[Frame, Tracks]]:
    """Each frame of a video with the confirmed tracks in it, as soon as it is seen.

    This is the online tracker: it has not seen the future, so gaps are not filled and a returning
    player may carry a new id for up to a second; the ``touchline track`` command repairs both.

    Args:
        source: a file, a folder of images, the number of a webcam, or the address of a stream.
        detector: an ONNX file or anything with ``detect``; None takes ``config.models.detector``.
        detections: boxes in MOTChallenge text instead of a detector. Frames between those that it
            looked at (every n-th only) have no tracks.
        reid: "colour" (built in), "none", an ONNX file, a checkpoint (with the extra "train") or
            anything with ``embed``; None takes ``config.models.reid``.
        config: every setting; None: the defaults.
        start: seconds; earlier frames are left out.
        end: seconds; this and later frames are left out.

    Returns:
        Pairs of a frame and its tracks, one at a time. What is improbable, as that nobody was
        tracked until the end, is a UserWarning, given once.

    Raises:
        UsageError: raised by the call itself, as all the others: a file that is not there, an
            argument that makes no sense.
        VideoError: a video that cannot be opened.
        ModelError: a network that cannot be loaded.
        FormatError: a file of detections that is none.
    """
    config = RunConfig() if config is None else checked_kind(config, RunConfig, "config")
    _refuse_another_kind("detector", detector, "detect")
    _refuse_another_kind("reid", reid, "embed")
    given: dict[str, Path | str] = {}
    if isinstance(detector, str | Path):
        given["detector"], detector = Path(detector), None
    if detections is not None:
        given["detections"] = _path("detections", detections)
    if isinstance(reid, str | Path):
        given["reid"], reid = str(reid), None
    models = config.models.model_copy(update=given)
    config = config.model_copy(update={"models": models})
    perception = open_perception(config, detector, reid)
    video = open_video(source, config=config.video, start=start, end=end)
    rate = rate_warning(video.info, video.info.fps)
    try:
        said = perception.warnings(video.info.width, video.info.height)
        for warning in filter(None, [*said, rate]):
            warnings.warn(warning, stacklevel=2)
    except BaseException:
        video.close()
        raise
    return _tracked(video, perception, config, whole=end is None)


def _refuse_another_kind(name: str, given: object, does: str) -> None:
    """Raises InputError for what is neither a name or file nor something with that method."""
    if not (given is None or isinstance(given, str | Path) or hasattr(given, does)):
        raise InputError(
            f"{name} is a {type(given).__name__}; a file, or something with {does}, is needed"
        )


def _path(name: str, given: object) -> Path:
    if not isinstance(given, str | Path):
        raise InputError(f"{name} is a {type(given).__name__}; the path of a file is needed")
    return Path(given)


def _tracked(
    video: VideoReader, perception: Perception, config: RunConfig, *, whole: bool
) -> Iterator[tuple[Frame, Tracks]]:
    observer = perception.observer(config)
    info = video.info
    size = (info.width, info.height)
    tracker = Tracker(config.tracker_in_force(), frame_rate=info.fps, image_size=size)
    seen, roles, last = SeenRoles(), set[str](), -1
    with video:
        for frames in in_batches(video, 1 if info.live else perception.batch):
            for frame, observation in zip(frames, observer.observe(frames), strict=True):
                tracks = follow(tracker, observation)
                seen.add(observation)
                roles.update(tracks.roles.tolist())
                last = frame.index
                yield frame, tracks
    said = [*video.warnings, why_nobody(seen, np.array(sorted(roles)), config)]
    if perception.stored is not None:
        found = sum(seen.counts.values())
        said += end_warnings(perception.stored, last + 1 if whole else None, found)
    for warning in filter(None, said):
        warnings.warn(warning, stacklevel=2)


def load_detector(
    name_or_file: str | Path | None = None, config: DetectorConfig | None = None
) -> OnnxDetector:
    """A detector from an ONNX file, or one of those that ship.

    Args:
        name_or_file: an ONNX file, or a name that ``touchline models`` lists; None: the default.
        config: size of the network's input, tiles, device and the like; None: the defaults.

    Returns:
        A detector whose ``detect`` takes images. What it had to guess of the file is a
        UserWarning.

    Raises:
        UsageError: a file that is not there.
        ModelError: a file that is no detector.
    """
    if name_or_file is not None:
        _path("name_or_file", name_or_file)
    if config is not None:
        checked_kind(config, DetectorConfig, "config")
    detector = open_detector(name_or_file, config)
    for warning in detector.warnings:
        warnings.warn(warning, stacklevel=2)
    return detector


def load_embedder(
    name_or_file: str | Path | None = None, config: EmbedderConfig | None = None
) -> Embedder:
    """An embedder, which makes appearance vectors of crops of people.

    Args:
        name_or_file: an ONNX file; a name that ``touchline models`` lists; "colour", the built-in
            histogram; with the extra "train" a checkpoint of OSNet or CLIP; None: the shipped one.
        config: batch size, device and the like; None: the defaults.

    Returns:
        An embedder whose ``embed`` takes crops.

    Raises:
        UsageError: a file that is not there.
        ModelError: a file that is no embedder.
    """
    if name_or_file is not None:
        _path("name_or_file", name_or_file)
    if config is not None:
        checked_kind(config, EmbedderConfig, "config")
    return open_embedder(name_or_file, config)
