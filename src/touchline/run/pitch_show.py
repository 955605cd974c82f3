"""The pitch drawn over a picture, or over some frames of a video or of a run's video."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchline.errors import StoreError, UsageError
from touchline.image_files import is_image, read_image, write_image
from touchline.observations import ObservationStore
from touchline.pitch.calibration import PitchCalibration, calibrate_image
from touchline.pitch.config import PitchConfig
from touchline.pitch.overlay import draw_template, write_caption
from touchline.pitch.template import pitch_template
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.types import PEOPLE, TIME_TOLERANCE, Floats, Image
from touchline.video.reader import open_video


@dataclass(frozen=True, slots=True)
class ShownPitch:
    """One picture that was drawn.

    Args:
        file: what was written.
        frame: of the video, from 0; None for a picture.
        calibration: what was found.
    """

    file: Path
    frame: int | None
    calibration: PitchCalibration


def show_pitch(source: str, out: Path, config: PitchConfig, every: float) -> Iterator[ShownPitch]:
    """Write JPEG images into ``out`` with the template of the pitch where each image shows it.

    Args:
        source: a picture, a video or a run folder, whose boxes of people are left out then.
        out: the folder, made where it is missing.
        config: the pitch and the least score.
        every: seconds between the frames of a video.

    Raises UsageError, VideoError and StoreError.
    """
    if not every > 0:
        raise UsageError(f"every {every} s: give seconds above 0")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{out} cannot be made: {error.strerror}; choose another folder") from None
    name = Path(source).stem or "frame"
    for frame, image, boxes in _images(source, every):
        found = calibrate_image(image, config, boxes)
        file = out / (f"{name}.jpg" if frame is None else f"{name}_{frame:06}.jpg")
        write_image(file, _drawn(image, found, config))
        yield ShownPitch(file, frame, found)


def _images(source: str, every: float) -> Iterator[tuple[int | None, Image, Floats | None]]:
    if os.path.isfile(source) and is_image(Path(source)):
        yield None, read_image(Path(source)), None
        return
    folder = RunFolder(Path(source))
    if not os.path.isfile(folder.observations):
        with open_video(source) as video:
            due = 0.0
            for frame in video:
                if frame.time >= due - TIME_TOLERANCE:
                    due = frame.time + every
                    yield frame.index, frame.image, None
        return
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        if facts.inputs.simulation is not None:
            raise UsageError(f"{source} is a simulation: it has no images to draw on")
        seen = iter(store)
        first = next(seen, None)
        if first is None:
            raise StoreError(f"{folder.observations} holds no observed frame: nothing to draw")
        with open_video(facts.source, first_frame=first.frame) as video:
            due, observed = first.time, first
            for frame in video:
                while observed.frame < frame.index:
                    following = next(seen, None)
                    if following is None:
                        return
                    observed = following
                if frame.time >= due - TIME_TOLERANCE:
                    due = frame.time + every
                    people = np.isin(observed.detections.roles, PEOPLE)
                    yield frame.index, frame.image, observed.detections.boxes[people]


def _drawn(image: Image, found: PitchCalibration, config: PitchConfig) -> Image:
    if found.camera is None:
        said = f"no calibration: {found.reason} ({found.score:.2f})"
        return write_caption(image.copy(), said)
    drawn = draw_template(image, found.camera, pitch_template(config))
    camera = found.camera
    said = (
        f"score {found.score:.2f}, camera {-camera.y - config.width / 2:.0f} m behind the line, "
        f"{camera.z:.0f} m high"
    )
    return write_caption(drawn, said)
