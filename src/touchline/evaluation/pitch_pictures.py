"""Pictures with labelled points of the pitch, and how well cameras found in them agree."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import FormatError, UsageError
from touchline.foreign_text import ForeignTextError, file_text, shown
from touchline.image_files import is_image, read_image
from touchline.pitch.calibration import PitchCalibration, calibrate_image
from touchline.pitch.camera import PitchCamera
from touchline.pitch.config import PitchConfig
from touchline.text_tables import named_rows
from touchline.types import Floats, Mask

logger = logging.getLogger(__name__)

WIDTH = 960
"""Pixels of the width at which distances are judged, whatever the picture has."""

WITHIN = 5.0
"""Pixels at that width within which a point counts as found."""

OnPicture = Callable[[int, int], None]
"""Called with the number of pictures done, and of all."""


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One picture. points: (N, 2) shares of width and height. labelled: (N,) which are there."""

    file: Path
    points: Floats
    labelled: Mask


@dataclass(frozen=True, slots=True)
class PictureScore:
    """One picture's answer.

    Args:
        name: of its file.
        score: how far the program believed its camera, 0..1.
        jac5: of the points labelled or projected into the picture the share within 5 pixels; None
            where the picture was refused.
        metres: median distance of the labelled points on the pitch; None likewise.
        reason: why it was refused, else empty.
    """

    name: str
    score: float
    jac5: float | None
    metres: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PitchEvaluation:
    """Scores of a folder of pictures.

    Args:
        pictures: one for each picture, worst first.
        milliseconds: median time for one.
    """

    pictures: tuple[PictureScore, ...]
    milliseconds: float

    @property
    def answered(self) -> list[PictureScore]:
        """Those that were not refused."""
        return [one for one in self.pictures if one.jac5 is not None]

    @property
    def completeness(self) -> float:
        """Share of pictures with an answer."""
        return len(self.answered) / len(self.pictures)

    @property
    def jac5(self) -> float:
        """Mean over the answered pictures; 0 where there are none."""
        return float(np.mean([one.jac5 for one in self.answered] or [0.0]))

    @property
    def metres(self) -> float | None:
        """Median over the answered pictures of the median error of their labelled points."""
        return (
            median(one.metres for one in self.answered if one.metres is not None)
            if any(one.metres is not None for one in self.answered)
            else None
        )

    def as_json(self) -> dict[str, Any]:
        """Every number as plain values."""
        return {
            "pictures": len(self.pictures),
            "answered": len(self.answered),
            "jac5": self.jac5,
            "completeness": self.completeness,
            "product": self.jac5 * self.completeness,
            "median_error_m": self.metres,
            "milliseconds": self.milliseconds,
            "worst": [
                {
                    "picture": one.name,
                    "jac5": one.jac5,
                    "median_error_m": one.metres,
                    "score": one.score,
                    "refused": one.reason or None,
                }
                for one in self.pictures
            ],
        }


def evaluate_pitch(
    data: Path, config: PitchConfig, on_picture: OnPicture | None = None
) -> PitchEvaluation:
    """Scores of the cameras found in the pictures of a folder, each picture by itself.

    Args:
        data: with ``images``, ``labels`` (a line a picture: class, box, then x, y, visibility of
            every point, as shares) and ``points.csv`` (point, x_m, y_m from the far left corner).
        config: the pitch and the least score.
        on_picture: told of every picture.

    Raises:
        UsageError: the folder is not laid out so.
        FormatError: a file in it is of another form.
    """
    metres = _true_points(data / "points.csv", config)
    pictures = _labelled_pictures(data, len(metres))
    scores: list[PictureScore] = []
    seconds: list[float] = []
    for number, picture in enumerate(pictures):
        image = read_image(picture.file)
        began = time.perf_counter()
        found = calibrate_image(image, config)
        seconds.append(time.perf_counter() - began)
        scores.append(_judged(picture, found, metres, image.shape[0] / image.shape[1]))
        if on_picture is not None:
            on_picture(number + 1, len(pictures))
    scores.sort(key=lambda one: (-1.0 if one.jac5 is None else one.jac5, one.name))
    return PitchEvaluation(tuple(scores), 1000 * median(seconds))


def _judged(
    picture: LabelledPicture, found: PitchCalibration, metres: Floats, aspect: float
) -> PictureScore:
    if found.camera is None:
        return PictureScore(picture.file.name, found.score, None, None, found.reason)
    height = WIDTH * aspect
    pixels = picture.points * (WIDTH, height)
    share = jaccard(found.camera, metres, pixels, picture.labelled, height)
    seen = pixels[picture.labelled]
    errors = found.camera.pitch_points(seen, WIDTH, height) - metres[picture.labelled]
    sizes = np.nan_to_num(np.hypot(errors[:, 0], errors[:, 1]), nan=np.inf)
    middle = float(np.median(sizes)) if len(sizes) else np.inf
    return PictureScore(
        picture.file.name, found.score, share, middle if np.isfinite(middle) else None
    )


def jaccard(
    camera: PitchCamera,
    metres: Floats,
    pixels: NDArray[np.float64],
    labelled: Mask,
    height: float,
) -> float:
    """Of the points labelled or projected into the picture the share that is both, within 5 pixels.

    Args:
        camera: what was found.
        metres: (N, 2) of the points on the pitch.
        pixels: (N, 2) of the labels at 960 pixels of width.
        labelled: (N,) which are there.
        height: of the picture at that width.
    """
    seen = camera.image_points(metres, WIDTH, height)
    with np.errstate(invalid="ignore"):
        inside = ((seen >= 0) & (seen < (WIDTH, height))).all(axis=1)
        near = np.hypot(*(seen - pixels).T) < WITHIN
    either = int((labelled | inside).sum())
    return float((labelled & inside & near).sum() / either) if either else 1.0


def _true_points(file: Path, config: PitchConfig) -> Floats:
    """(N, 2) metres from the centre spot, y away from the camera."""
    rows = []
    try:
        _, lines = named_rows(file_text(file).splitlines())
        for line, row in lines:
            rows.append([float(row[name]) for name in ("point", "x_m", "y_m")])
            if rows[-1][0] != len(rows) - 1:
                raise FormatError(f"{file}, line {line}: points are not numbered 0, 1, 2, ...")
    except FileNotFoundError:
        raise UsageError(
            f"{file} is missing: it gives the points of the labels in metres"
        ) from None
    except (KeyError, ValueError, ForeignTextError) as error:
        raise FormatError(
            f"{file}: it has to have the columns point, x_m, y_m ({shown(error)})"
        ) from None
    if not rows:
        raise FormatError(f"{file} names no points")
    found = np.array(rows)[:, 1:]
    return np.stack([found[:, 0] - config.length / 2, config.width / 2 - found[:, 1]], axis=1)


def _labelled_pictures(data: Path, points: int) -> list[LabelledPicture]:
    images, labels = data / "images", data / "labels"
    for folder in (images, labels):
        if not folder.is_dir():
            raise UsageError(f"{folder} is missing: --data needs images, labels and points.csv")
    files = sorted(file for file in images.iterdir() if is_image(file))
    found = [
        _labelled(file, labels / f"{file.stem}.txt", points)
        for file in files
        if (labels / f"{file.stem}.txt").is_file()
    ]
    if len(found) < len(files):
        logger.warning("%d pictures have no labels and are left out", len(files) - len(found))
    if not found:
        raise UsageError(f"{images} has no picture with labels in {labels}")
    return found


def _labelled(image: Path, file: Path, points: int) -> LabelledPicture:
    try:
        line = next((line for line in file_text(file).splitlines() if line.strip()), "")
        numbers = np.array([float(part) for part in line.split()])
    except (ValueError, ForeignTextError) as error:
        raise FormatError(f"{file}: {shown(error)}") from None
    if len(numbers) != 5 + 3 * points or not np.isfinite(numbers).all():
        raise FormatError(
            f"{file} has {len(numbers)} numbers in its line: expected a class, a box and x, y, "
            f"visibility of {points} points"
        )
    rows = numbers[5:].reshape(-1, 3)
    return LabelledPicture(image, rows[:, :2], rows[:, 2] > 0)
