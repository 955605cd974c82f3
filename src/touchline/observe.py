"""Observe: pixels to numbers, for a batch of frames or for a whole video into a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.clip_windows import ClipWindows
from touchline.columns import check_unit
from touchline.errors import InputError
from touchline.frame_detections import FrameDetections, Resumable
from touchline.observations import Observation, ObservationStore
from touchline.perception.camera import CameraMotion
from touchline.perception.config import (
    CameraConfig,
    EmbeddingPolicyConfig,
    NumbersConfig,
    ShirtsConfig,
)
from touchline.perception.crops import crop_people
from touchline.perception.embedding_policy import EmbeddingPolicy
from touchline.perception.number_reader import NumberReader
from touchline.perception.shirt_numbers import ShirtNumbers
from touchline.perception.shirts import SHIRT_SIZE, ShirtColours
from touchline.pitch.config import LinesConfig
from touchline.pitch.line_looks import LineLooks
from touchline.protocols import Embedder
from touchline.seen_lines import SeenLines
from touchline.stage_times import StageTimes
from touchline.types import PEOPLE, Affine, Detections, Frame, identity_motion
from touchline.video.config import ShotConfig
from touchline.video.shots import ShotChange, ShotCuts

DETECTOR_SIDES = "detections.sides"
"""Where the state of an Observer keeps frame and longer side of the detector's input, (N, 2)."""

_WINDOW = "window"

COMMIT_FRAMES = 25
COMMIT_SECONDS = 2.0
"""Frames, or seconds where these take longer, between two commits: what a kill can cost."""

Progress = Callable[[int], None]
"""Called with the number of frames done so far."""

OnObserved = Callable[[Frame, Observation], None]
"""Called with every frame and what was seen in it."""


class Observer:
    """Runs shot cuts, detection, camera motion, lines of the pitch, shirts and appearance over
    frames in order. What it remembers it leaves where a window begins (``windows``).

    embedder None: no appearance; number_reader None: no shirt numbers. ``times`` adds up seconds
    by stage. Frames of several calls belong to one video; a new video is a new Observer.
    ``restore(state())`` makes another Observer continue exactly here.
    """

    def __init__(
        self,
        detections: FrameDetections,
        embedder: Embedder | None,
        *,
        shots: ShotConfig | None = None,
        camera: CameraConfig | None = None,
        embedding: EmbeddingPolicyConfig | None = None,
        shirts: ShirtsConfig | None = None,
        number_reader: NumberReader | None = None,
        numbers: NumbersConfig | None = None,
        lines: LinesConfig | None = None,
        times: StageTimes | None = None,
    ) -> None:
        camera = camera or CameraConfig()
        self._detections = detections
        self._embedder = embedder
        self.times = times or StageTimes()
        self.windows = ClipWindows()
        self._shots = ShotCuts(shots or ShotConfig())
        self._camera = CameraMotion(camera) if camera.enabled else None
        self._policy = EmbeddingPolicy(embedding or EmbeddingPolicyConfig())
        self._shirts = ShirtColours(shirts)
        self._lines = LineLooks(lines or LinesConfig())
        self._numbers = None if number_reader is None else ShirtNumbers(number_reader, numbers)

    def observe(self, frames: Sequence[Frame]) -> list[Observation]:
        """One observation for each frame, in order."""
        parts = in_batches(frames, max(1, len(frames)), self.windows)
        return [observation for part in parts for observation in self._observe(part)]

    def lead(self, frame: Frame) -> None:
        """See a frame that is observed elsewhere; the first that is observed begins a window."""
        self._shots.look(frame.image, frame.time)
        if self._camera is not None:
            self._camera.lead(frame.image)

    def _begin_anew(self, time: float) -> None:
        """Leave what is remembered of earlier frames: a window begins at ``time``."""
        self._shots.begin_anew(time)
        if self._camera is not None:
            self._camera.begin_anew()
        self._policy.forget()
        self._shirts.forget()
        if self._numbers is not None:
            self._numbers.forget()

    def _observe(self, frames: Sequence[Frame]) -> list[Observation]:
        """The same for frames of which at most the first begins a window."""
        if self.windows.enter(frames[0]):
            self._begin_anew(frames[0].time)
        with self.times.stage("shot cuts"):
            looks = [self._look_for_cut(frame) for frame in frames]
        with self.times.stage("detect"):
            answers = self._detections.find(frames, [change.interrupts for change, _ in looks])
        looked = [answer is not None for answer in answers]
        found = [Detections.empty() if answer is None else answer for answer in answers]
        changes = [change for change, _ in looks]
        motions, masks = [], []
        for frame, detections, seen, (change, doubtful) in zip(
            frames, found, looked, looks, strict=True
        ):
            with self.times.stage("camera motion"):
                motion = self._motion(frame, detections, change, doubtful=doubtful)
            motions.append(motion)
            if seen:
                masks.append(self._to_embed(frame, detections, motion, change.interrupts))
            else:
                masks.append(np.zeros(0, np.bool_))
                self._policy.pass_over(motion, change.interrupts)
        with self.times.stage("lines of the pitch"):
            seen_so_far = zip(frames, found, looked, changes, strict=True)
            lines = [self._look_for_lines(*one) for one in seen_so_far]
        with self.times.stage("appearance"):
            found = self._embed(frames, found, masks)
        with self.times.stage("shirts"):
            pairs = zip(frames, found, looked, strict=True)
            found = [self._look_at_shirts(*one[:2]) if one[2] else one[1] for one in pairs]
        with self.times.stage("shirt numbers"):
            interrupts = [change.interrupts for change in changes]
            clip = zip(frames, found, motions, interrupts, looked, strict=True)
            found = [self._read_numbers(*one) for one in clip]
        return [
            Observation(
                frame.index,
                frame.time,
                change.cut,
                motion,
                detections,
                seen,
                change.flash_frames,
                lines=seen_lines,
            )
            for frame, detections, motion, change, seen, seen_lines in zip(
                frames, found, motions, changes, looked, lines, strict=True
            )
        ]

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything that carries over from frame to frame."""
        state: dict[str, NDArray[Any]] = {_WINDOW: np.array(self.windows.number)}
        for name, part in self._parts():
            state |= {f"{name}.{key}": value for key, value in part.state().items()}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state that ``state()`` returned."""
        self.windows.number = window_of(state)
        for name, part in self._parts():
            prefix = f"{name}."
            part.restore(
                {
                    key[len(prefix) :]: value
                    for key, value in state.items()
                    if key.startswith(prefix)
                }
            )

    def _parts(self) -> Iterator[tuple[str, Resumable]]:
        yield "shots", self._shots
        yield "detections", self._detections
        if self._camera is not None:
            yield "camera", self._camera
        yield "policy", self._policy
        yield "lines", self._lines
        yield "shirts", self._shirts
        if self._numbers is not None:
            yield "numbers", self._numbers

    def _look_for_cut(self, frame: Frame) -> tuple[ShotChange, bool]:
        """What the frame does to the shot, and whether a later one may still revoke the cut."""
        return self._shots.look(frame.image, frame.time), self._shots.doubts

    def _motion(
        self, frame: Frame, detections: Detections, change: ShotChange, *, doubtful: bool
    ) -> Affine:
        if self._camera is None:
            return identity_motion()
        if change.cut:
            self._camera.forget()
        elif change.flash_frames:
            self._camera.go_back(change.flash_frames)
        people = np.isin(detections.roles, PEOPLE)  # candidates for the ball lie on still grass
        motion = self._camera.estimate(frame.image, detections.boxes[people])
        if not doubtful:
            self._camera.settle()
        return motion

    def _look_for_lines(
        self, frame: Frame, detections: Detections, seen: bool, change: ShotChange
    ) -> SeenLines | None:
        people = np.isin(detections.roles, PEOPLE)
        boxes = detections.boxes[people]
        return self._lines.look(frame, boxes, fresh=change.interrupts, seen=seen)

    def _to_embed(
        self, frame: Frame, detections: Detections, motion: Affine, cut: bool
    ) -> NDArray[np.bool_]:
        if self._embedder is None:
            return np.zeros(len(detections), np.bool_)
        people = np.isin(detections.roles, PEOPLE)
        wanted = np.zeros(len(detections), np.bool_)
        wanted[people] = self._policy.choose(
            detections.boxes[people], detections.scores[people], motion, frame.time, cut
        )
        return wanted

    def _look_at_shirts(self, frame: Frame, detections: Detections) -> Detections:
        """The detections with the colours of people's clothes; without where nobody's is seen."""
        people = np.isin(detections.roles, PEOPLE)
        colours = self._shirts.look(frame.image, detections.boxes[people], frame.time)
        if colours is None:
            return detections.with_shirts(None)
        shirts = np.full((len(detections), SHIRT_SIZE), np.nan, np.float32)
        shirts[people] = colours
        return detections.with_shirts(shirts)

    def _read_numbers(
        self, frame: Frame, detections: Detections, motion: Affine, cut: bool, looked: bool
    ) -> Detections:
        """The detections with the shirt numbers that were read; without where none was."""
        if not looked:
            if self._numbers is not None:
                self._numbers.pass_over(motion, cut)
            return detections
        people = np.isin(detections.roles, PEOPLE)
        boxes, scores = detections.boxes[people], detections.scores[people]
        read = None
        if self._numbers is not None:
            read = self._numbers.look(frame.image, boxes, scores, motion, frame.time, cut)
        if read is None:
            return detections.with_numbers(None, None)
        numbers, number_scores = np.full(len(detections), -1), np.zeros(len(detections))
        numbers[people], number_scores[people] = read
        return detections.with_numbers(numbers, number_scores)

    def _embed(
        self,
        frames: Sequence[Frame],
        found: Sequence[Detections],
        masks: Sequence[NDArray[np.bool_]],
    ) -> list[Detections]:
        """The detections with the vectors of the boxes in ``masks``, all crops in one batch."""
        if self._embedder is None:
            return list(found)
        crops = [
            crop
            for frame, detections, mask in zip(frames, found, masks, strict=True)
            for crop in crop_people(frame.image, detections.boxes[mask])
        ]
        vectors = np.asarray(self._embedder.embed(crops), np.float32)
        if vectors.shape != (len(crops), self._embedder.size):
            raise InputError(
                f"the embedder answered {vectors.shape} for {len(crops)} crops; "
                f"({len(crops)}, {self._embedder.size}) is needed"
            )
        check_unit(vectors, "vectors of the embedder")
        # Rounded as they are stored, so that tracking from the store gives the same result.
        vectors = vectors.astype(np.float16).astype(np.float32)
        result, begin = [], 0
        for detections, mask in zip(found, masks, strict=True):
            count = int(mask.sum())
            detections = detections.with_embeddings(None)
            if count:
                embeddings = np.zeros((len(detections), self._embedder.size), np.float32)
                embeddings[mask] = vectors[begin : begin + count]
                detections = detections.with_embeddings(embeddings)
                begin += count
            result.append(detections)
        return result


def window_of(state: Mapping[str, NDArray[Any]]) -> int:
    """The number of the window in which an Observer of this state is; -1: before the first."""
    return int(state.get(_WINDOW, -1))  # an older version kept none


def observe_into(
    store: ObservationStore,
    frames: Iterable[Frame],
    observer: Observer,
    *,
    batch: int,
    on_progress: Progress | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_observed: OnObserved | None = None,
) -> bool:
    """Observe ``frames`` and append them to ``store``, committed about every 25 frames or 2 s.

    Returns False where ``should_stop`` (asked after every batch) ended it early, with everything
    observed so far committed. Commits fall between batches, so that a continued run makes the
    same batches. ``on_observed`` sees every frame as soon as it is observed.
    """
    done = uncommitted = 0
    committed = monotonic()
    for group in in_batches(frames, batch, observer.windows):
        for frame, observation in zip(group, observer.observe(group), strict=True):
            store.append(observation)
            if on_observed is not None:
                on_observed(frame, observation)
        done += len(group)
        uncommitted += len(group)
        if uncommitted >= COMMIT_FRAMES or monotonic() - committed > COMMIT_SECONDS:
            store.commit(observer.state(), seconds=observer.times.seconds)
            uncommitted, committed = 0, monotonic()
        if on_progress is not None:
            on_progress(done)
        if should_stop():
            store.commit(observer.state(), seconds=observer.times.seconds)
            return False
    store.commit(observer.state(), seconds=observer.times.seconds)
    return True


def in_batches(
    frames: Iterable[Frame], size: int, windows: ClipWindows | None = None
) -> Iterator[list[Frame]]:
    """Consecutive lists of ``size`` frames; those before a window begins and the last may be
    shorter.

    windows: those before the first frame; None: the clip begins with it.
    """
    ahead = ClipWindows(-1 if windows is None else windows.number)
    group: list[Frame] = []
    for frame in frames:
        if ahead.enter(frame) and group:
            yield group
            group = []
        group.append(frame)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
