"""The cameras of all frames of a clip: the table that ``cameras.csv`` holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.data_frames import data_frame
from touchline.errors import InputError
from touchline.pitch.camera import PitchCamera, back_project, project, to_widths
from touchline.types import Floats, Index, Ints, Mask

REFUSALS = {
    "found": "",
    "not-looked": "no lines were looked for",
    "no-grass": "no grass",
    "no-lines": "no lines",
    "no-agreement": "no camera agrees with the lines",
    "open": "the lines leave open where it is",
    "no-neighbours": "no frame nearby tells where it is",
    "jumped": "it does not go with the frames around it",
}
"""Why a frame has no camera, by the word of it in files; the first one: it has one."""

REFUSAL_WORDS = tuple(REFUSALS)


@dataclass(frozen=True, slots=True)
class PitchCameras:
    """The camera of every frame of a clip, or why it has none: parallel arrays in order of frames.

    Args:
        frames: (F,) int64 from 0, each once.
        places: (F, 3) metres: x, y, z as of ``PitchCamera``; NaN in this and the next three where
            the frame has no camera.
        angles: (F, 3) radians: pan, tilt, roll.
        focals: (F,) image widths.
        bends: (F,) radial distortion.
        confidences: (F,) in 0..1; of a frame without camera that of the best one refused.
        refusals: (F,) uint8: which of ``REFUSAL_WORDS``; 0 where there is a camera.
        image_size: width and height of the images in pixels.
    """

    frames: Ints
    places: Floats
    angles: Floats
    focals: Floats
    bends: Floats
    confidences: Floats
    refusals: NDArray[np.uint8]
    image_size: tuple[int, int]

    def __post_init__(self) -> None:
        count = len(self.frames)
        three, one = (count, 3), (count,)
        shapes = {"places": three, "angles": three, "focals": one, "bends": one}
        for name, shape in {**shapes, "confidences": one, "refusals": one}.items():
            found = getattr(self, name).shape
            if found != shape:
                raise InputError(f"{name} of PitchCameras are {found}; an array {shape} is needed")
        if not (np.diff(self.frames) > 0).all():
            raise InputError("frames of PitchCameras must ascend, each once")
        there = np.isfinite(self.parameters()).all(axis=1)
        if not np.array_equal(there, self.found):
            row = int(np.flatnonzero(there != self.found)[0])
            word = REFUSAL_WORDS[self.refusals[row]]
            raise InputError(f"the camera of frame {self.frames[row]} does not go with {word!r}")

    def __len__(self) -> int:
        return len(self.frames)

    @classmethod
    def none(cls, frames: Ints, image_size: tuple[int, int], why: str) -> PitchCameras:
        """No camera at all.

        Args:
            frames: (F,) from 0.
            image_size: width and height of the images in pixels.
            why: one of ``REFUSAL_WORDS``, but not the first.
        """
        codes = np.full(len(frames), REFUSAL_WORDS.index(why), np.uint8)
        return cls.from_parameters(frames, np.full((len(frames), 8), np.nan), codes, image_size)

    @classmethod
    def from_parameters(
        cls,
        frames: Ints,
        parameters: Floats,
        refusals: NDArray[np.uint8],
        image_size: tuple[int, int],
        confidences: Floats | None = None,
    ) -> PitchCameras:
        """Cameras of rows of numbers.

        Args:
            frames: (F,) from 0.
            parameters: (F, 8) rows of ``camera.PARAMETERS``; NaN where there is no camera.
            refusals: (F,) which of ``REFUSAL_WORDS``.
            image_size: width and height of the images in pixels.
            confidences: (F,); None: 1 for every camera, 0 where there is none.
        """
        sure = (refusals == 0).astype(np.float64) if confidences is None else confidences
        focals = np.exp(parameters[:, 6])
        places, angles, bends = parameters[:, :3], parameters[:, 3:6], parameters[:, 7]
        return cls(frames, places, angles, focals, bends, sure, refusals, image_size)

    def parameters(self) -> Floats:
        """(F, 8) rows of ``camera.PARAMETERS``; NaN where there is no camera."""
        focals = np.log(np.where(self.focals > 0, self.focals, np.nan))
        return np.column_stack([self.places, self.angles, focals, self.bends])

    @property
    def found(self) -> Mask:
        """(F,) which frames have a camera."""
        return np.asarray(self.refusals == 0)

    def camera(self, frame: int) -> PitchCamera | None:
        """The camera of one frame, numbered from 0; None where it has none."""
        row = int(self.rows_of(np.array([frame]))[0])
        if row < 0 or self.refusals[row]:
            return None
        x, y, z = self.places[row].tolist()
        pan, tilt, roll = self.angles[row].tolist()
        return PitchCamera(
            x, y, z, pan, tilt, roll, float(self.focals[row]), float(self.bends[row])
        )

    def pitch_points(self, frames: Ints, pixels: Floats) -> Floats:
        """Metres (N, 2) of the ground that is seen there; NaN above the horizon or without camera.

        Args:
            frames: (N,) of which frame each point is; from 0.
            pixels: (N, 2), as the foot points of boxes.
        """
        points = to_widths(pixels, *self.image_size)
        metres = back_project(self._parameters_at(frames), points[:, None])
        return np.asarray(metres[:, 0], np.float64)

    def image_points(self, frames: Ints, metres: Floats) -> Floats:
        """Pixels (N, 2) of points of the pitch; NaN behind the camera or without one.

        Args:
            frames: (N,) in which frame each point is looked for; from 0.
            metres: (N, 2) on the ground, or (N, 3) with the height above it.
        """
        width, height = self.image_size
        seen = project(self._parameters_at(frames), metres[:, None])[:, 0]
        return np.asarray(seen * width + (width / 2, height / 2), np.float64)

    def rows_of(self, frames: Ints) -> Index:
        """(N,) the row of each frame; -1 where it is not among them."""
        rows = np.searchsorted(self.frames, frames)
        rows = np.minimum(rows, len(self) - 1)
        if not len(self):
            return np.full(len(frames), -1, np.intp)
        return np.where(self.frames[rows] == frames, rows, -1)

    def why_none(self) -> str | None:
        """Why no frame has a camera, in words: the commonest reason; None where one has."""
        if self.found.any():
            return None
        if not len(self):
            return REFUSALS["not-looked"]
        return REFUSALS[REFUSAL_WORDS[np.bincount(self.refusals).argmax()]]

    def rounded(self) -> PitchCameras:
        """The same as in files: 0.1 mm, a millionth of a radian and of a focal length."""
        return replace(
            self,
            places=np.round(self.places, 4),
            angles=np.round(self.angles, 6),
            focals=np.round(self.focals, 6),
            bends=np.round(self.bends, 6),
            confidences=np.round(self.confidences, 4),
        )

    def turned(self, way: int) -> PitchCameras:
        """The same cameras seen with the halves of the pitch exchanged, rounded as in files.

        way: 1, or -1 back again, which gives exactly what there was.
        """
        angles = self.angles + np.array([way * np.pi, 0.0, 0.0])
        return replace(self, places=self.places * (-1, -1, 1), angles=angles).rounded()

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row a frame; UsageError where pandas is not installed."""
        columns: dict[str, Any] = {"frame": self.frames}
        columns |= dict(zip(("x", "y", "z"), self.places.T, strict=True))
        columns |= dict(zip(("pan", "tilt", "roll"), self.angles.T, strict=True))
        columns |= {"focal": self.focals, "bend": self.bends, "confidence": self.confidences}
        return data_frame(columns | {"refusal": np.array(REFUSAL_WORDS)[self.refusals]})

    def _parameters_at(self, frames: Ints) -> Floats:
        rows = self.rows_of(frames)
        return np.vstack([self.parameters(), np.full((1, 8), np.nan)])[rows]  # the last one is -1
