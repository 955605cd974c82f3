"""Images of a pitch seen by a camera that is known: white lines on green, and nothing else."""

from __future__ import annotations

import cv2
import numpy as np

from touchline.pitch.camera import PitchCamera, back_project, project, to_widths
from touchline.pitch.config import PitchConfig
from touchline.pitch.template import pitch_template
from touchline.types import Image

TURF = (60, 130, 70)
STANDS = (90, 80, 85)


def drawn_pitch(
    camera: PitchCamera, width: int = 960, height: int = 540, config: PitchConfig | None = None
) -> Image:
    """What ``camera`` sees: lines, turf that reaches 6 m beyond them, stands."""
    template = pitch_template(config or PitchConfig())
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    pixels = to_widths(np.stack([columns, rows], axis=-1).reshape(-1, 2), width, height)
    metres = np.abs(np.nan_to_num(back_project(camera.parameters(), pixels), nan=1e9))
    limits = np.array([template.length, template.width]) / 2 + 6
    green = (metres < limits).all(axis=1).reshape(height, width)
    image = np.where(green[..., None], np.array(TURF, np.uint8), np.array(STANDS, np.uint8))
    points, tangents = template.points(0.25)
    ends = [
        project(camera.parameters(), points + side * tangents) * width + (width / 2, height / 2)
        for side in (-0.13, 0.13)
    ]
    for one, other in zip(*ends, strict=True):
        if np.isfinite([*one, *other]).all() and np.abs([*one, *other]).max() < 4 * width:
            start, end = ([int(v) for v in np.rint(point * 16)] for point in (one, other))
            cv2.line(image, start, end, (235, 240, 238), 2, cv2.LINE_AA, shift=4)
    return cv2.GaussianBlur(image, (0, 0), 0.7).astype(np.uint8, copy=False)
