"""Videos to tracks and observations, frame by frame, and the networks on their own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from touchline.columns import checked_kind
from touchline.errors import InputError
from touchline.linking.pipeline import follow
from touchline.models.shipped import shipped_models
from touchline.observations import Observation
from touchline.observe import in_batches
from touchline.perception.config import DetectorConfig, EmbedderConfig
from touchline.perception.detector import OnnxDetector
from touchline.protocols import Detector, Embedder
from touchline.run.box_units import end_warnings
from touchline.run.config import RunConfig
from touchline.run.embedders import open_embedder
from touchline.run.inputs import Perception, open_detector, open_perception
from touchline.run.silence import SeenRoles, why_nobody
from touchline.tracking.tracker import Tracker
from touchline.types import Frame, Tracks
from touchline.video.info import VideoInfo
from touchline.video.rates import rate_warning
from touchline.video.reader import VideoReader, open_video

_SOON_SECONDS = 2.0  # after which it is said that nobody is tracked, where there are boxes

_SHIPPED = {model.sha256 for model in shipped_models()}


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
    player may carry a new id for up to 2.5 seconds (``tracker.reentry.max_seconds``); ``link`` and
    the ``touchline track`` command repair both.

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
        tracked in two seconds with boxes or until the end, is a UserWarning, given once.

    Raises:
        UsageError: raised by the call itself, as all the others: a file that is not there, an
            argument that makes no sense.
        VideoError: a video that cannot be opened.
        ModelError: a network that cannot be loaded.
        FormatError: a file of detections that is none.
    """
    return _tracked(_opened(source, detector, detections, reid, config, start, end))


def observe_video(
    source: str | Path | int,
    *,
    detector: str | Path | Detector | None = None,
    detections: str | Path | None = None,
    reid: str | Path | Embedder | None = None,
    config: RunConfig | None = None,
    start: float | None = None,
    end: float | None = None,
) -> ObservedVideo:
    """What is seen in each frame of a video, for ``link`` to find out who is who.

    Args:
        source: a file, a folder of images, the number of a webcam, or the address of a stream.
        detector: an ONNX file or anything with ``detect``; None takes ``config.models.detector``.
        detections: boxes in MOTChallenge text instead of a detector.
        reid: "colour" (built in), "none", an ONNX file, a checkpoint (with the extra "train") or
            anything with ``embed``; None takes ``config.models.reid``.
        config: every setting; None: the defaults.
        start: seconds; earlier frames are left out.
        end: seconds; this and later frames are left out.

    Returns:
        Observations, one frame at a time; nothing is kept. What is improbable is a UserWarning.

    Raises:
        UsageError: raised by the call itself, as all the others: a file that is not there, an
            argument that makes no sense.
        VideoError: a video that cannot be opened.
        ModelError: a network that cannot be loaded.
        FormatError: a file of detections that is none.
    """
    return _opened(source, detector, detections, reid, config, start, end)


class ObservedVideo:
    """What is seen in each frame of a video, while it is read. Iterate once.

    Attributes:
        info: facts about the video.
        config: the settings that are in force.
    """

    def __init__(
        self, video: VideoReader, perception: Perception, config: RunConfig, *, whole: bool
    ) -> None:
        self.info: VideoInfo = video.info
        self.config: RunConfig = config
        self._video, self._perception, self._whole = video, perception, whole

    def __iter__(self) -> Iterator[Observation]:
        for _, observation in self.frames():
            yield observation

    def frames(self) -> Iterator[tuple[Frame, Observation]]:
        """Each frame with what is seen in it; the video is closed at the end."""
        observer = self._perception.observer(self.config)
        batch = 1 if self.info.live else self._perception.batch
        found, last = 0, -1
        with self._video as video:
            for frames in in_batches(video, batch):
                for frame, observation in zip(frames, observer.observe(frames), strict=True):
                    found += len(observation.detections)
                    last = frame.index
                    yield frame, observation
        said = list(self._video.warnings)
        if self._perception.stored is not None:
            count = last + 1 if self._whole else None
            said += end_warnings(self._perception.stored, count, found)
        for warning in said:
            warnings.warn(warning, stacklevel=2)


def _opened(
    source: str | Path | int,
    detector: str | Path | Detector | None,
    detections: str | Path | None,
    reid: str | Path | Embedder | None,
    config: RunConfig | None,
    start: float | None,
    end: float | None,
) -> ObservedVideo:
    config = RunConfig() if config is None else checked_kind(config, RunConfig, "config")
    _refuse_another_kind("detector", detector, "detect")
    _refuse_another_kind("reid", reid, "embed", "size")
    given: dict[str, Path | str] = {}
    if isinstance(detector, str | Path):
        given["detector"], detector = Path(detector), None
    elif detector is not None and getattr(detector, "sha256", "") not in _SHIPPED:
        # The tracker's limits that suit the shipped detector are not for this one's scores.
        given["detector"] = Path(type(detector).__name__)
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
            warnings.warn(warning, stacklevel=3)
    except BaseException:
        video.close()
        raise
    return ObservedVideo(video, perception, config, whole=end is None)


def _refuse_another_kind(name: str, given: object, *has: str) -> None:
    """Raises InputError for what is neither a name or file nor something with those attributes."""
    if given is None or isinstance(given, str | Path):
        return
    if not all(hasattr(given, one) for one in has):
        raise InputError(
            f"{name} is a {type(given).__name__}; a file, or something with {' and '.join(has)}, "
            "is needed"
        )


def _path(name: str, given: object) -> Path:
    if not isinstance(given, str | Path):
        raise InputError(f"{name} is a {type(given).__name__}; the path of a file is needed")
    return Path(given)


def _tracked(observed: ObservedVideo) -> Iterator[tuple[Frame, Tracks]]:
    info, config = observed.info, observed.config
    size = (info.width, info.height)
    tracker = Tracker(config.tracker_in_force(), frame_rate=info.fps, image_size=size, warn=False)
    seen, roles = SeenRoles(), set[str]()
    said = False
    for frame, observation in observed.frames():
        tracks = follow(tracker, observation)
        seen.add(observation)
        roles.update(tracks.roles.tolist())
        # Boxes that do not score enough are said while it can be mended: a stream has no end.
        if seen.frames == round(_SOON_SECONDS * info.fps) and seen.counts and not roles:
            said = _say_nobody(seen, roles, config)
        yield frame, tracks
    if not said:
        _say_nobody(seen, roles, config)


def _say_nobody(seen: SeenRoles, roles: set[str], config: RunConfig) -> bool:
    """Warn of why nobody was tracked, if so; whether that was said."""
    nobody = why_nobody(seen, np.array(sorted(roles)), config)
    if nobody is not None:
        warnings.warn(nobody, stacklevel=3)
    return nobody is not None


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
