"""A football scene frame by frame: the truth, then its simulated observation.

Both are generators: frames are made on demand, and none is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.observations import Observation
from touchline.simulation.appearance import SimulatedAppearance
from touchline.simulation.config import AppearanceConfig, DetectorErrors, SimulationConfig
from touchline.simulation.detector_errors import ImperfectDetector
from touchline.simulation.people import SimulatedPeople, make_people
from touchline.simulation.play import Play
from touchline.simulation.scene_camera import SceneCamera
from touchline.simulation.wandering import Wandering
from touchline.types import Affine, Roles, TrackTable, identity_motion

_ASPECT, _ASPECT_CHANGE = 0.46, 0.25  # width by height of a body, and its deviation (logarithm)
# One stream of random numbers for each part: settings of one leave the others as they were.
_PEOPLE, _PLAY, _CAMERA, _BODIES, _APPEARANCE = range(1, 6)


@dataclass(frozen=True, slots=True)
class TruthFrame:
    """Ground truth of one frame.

    index: from 0. cut: True where a new shot begins. motion: of the camera as it would be
    estimated. ids: (N,) int64 ascending. boxes: (N, 4) pixels. roles: (N,) names.
    """

    index: int
    cut: bool
    motion: Affine
    ids: NDArray[np.int64]
    boxes: Boxes
    roles: Roles


def scene_people(config: SimulationConfig) -> SimulatedPeople:
    """Everybody in the scene of ``config``."""
    return make_people(config, np.random.default_rng([config.seed, _PEOPLE]))


def scene_truth(config: SimulationConfig) -> Iterator[TruthFrame]:
    """The truth of ``config.frame_count`` frames: who is in the image, and where."""
    people = scene_people(config)
    seconds = 1.0 / config.frame_rate
    play = Play(config.play, people, np.random.default_rng([config.seed, _PLAY]))
    camera = SceneCamera(
        config.camera,
        (config.width, config.height),
        seconds,
        play.ball.place,
        np.random.default_rng([config.seed, _CAMERA]),
    )
    bodies = Wandering(
        np.array([0.9]), (0.5, 0.1), seconds, np.random.default_rng([config.seed, _BODIES])
    )
    for index in range(config.frame_count):
        motion, cut = identity_motion(), False
        if index:
            play.advance(seconds)
            motion, cut = camera.step(play.ball.place)
        aspects = _ASPECT * np.exp(_ASPECT_CHANGE * bodies.step(people.ids)[:, 0])
        boxes, shown = camera.boxes(play.places, people.heights, aspects)
        yield TruthFrame(index, cut, motion, people.ids[shown], boxes[shown], people.roles[shown])


def table_truth(truth: TrackTable, frame_count: int) -> Iterator[TruthFrame]:
    """A stored truth frame by frame, as if the camera stood still."""
    for index in range(frame_count):
        at = truth.rows_at(index)
        yield TruthFrame(
            index,
            False,
            identity_motion(),
            truth.ids[at],
            truth.boxes[at],
            truth.roles[at],
        )


def observed(
    frames: Iterable[TruthFrame],
    ids: NDArray[np.int64],
    kits: NDArray[np.str_],
    *,
    errors: DetectorErrors,
    appearance: AppearanceConfig,
    image_size: tuple[int, int],
    frame_rate: float,
    seed: int,
) -> Iterator[tuple[TruthFrame, Observation]]:
    """Every frame with its observation: an imperfect detector, and appearance vectors.

    ids: (N,) ascending, everybody who ever appears. kits: (N,) what they wear; within a kit
    people look alike. ``appearance.size`` 0 gives no vectors.
    """
    detector = ImperfectDetector(errors, image_size=image_size, frame_rate=frame_rate, seed=seed)
    looks = None
    if appearance.size:
        generator = np.random.default_rng([seed, _APPEARANCE])
        looks = SimulatedAppearance(appearance, ids, kits, 1.0 / frame_rate, generator)
    for frame in frames:
        found = detector.detect(frame.ids, frame.boxes, frame.roles, frame.motion)
        detections = found.detections
        if looks is not None:
            vectors = looks.vectors(frame.ids, frame.boxes, found.rows)
            detections = detections.with_embeddings(vectors)
        yield (
            frame,
            Observation(frame.index, frame.index / frame_rate, frame.cut, frame.motion, detections),
        )
