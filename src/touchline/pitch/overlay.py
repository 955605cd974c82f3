"""The template drawn over an image, to see whether a camera is right."""

from __future__ import annotations

import cv2
import numpy as np

from touchline.pitch.camera import PitchCamera
from touchline.pitch.template import PitchTemplate
from touchline.types import Image

_COLOUR = (60, 60, 255)
_STEP = 0.25  # metres
_BACKDROP = (40, 40, 40)


def draw_template(image: Image, camera: PitchCamera, template: PitchTemplate) -> Image:
    """A copy of the image with all lines of the template as the camera sees them."""
    drawn = image.copy()
    height, width = image.shape[:2]
    points, tangents = template.points(_STEP)
    starts = camera.image_points(points - tangents * (_STEP / 2), width, height)
    ends = camera.image_points(points + tangents * (_STEP / 2), width, height)
    near = (np.abs(np.concatenate([starts, ends], axis=1)) < 3 * width).all(axis=1)
    thickness = max(1, round(width / 900))
    for start, end in zip(starts[near], ends[near], strict=True):
        one, other = (tuple(int(v) for v in np.rint(point * 8)) for point in (start, end))
        cv2.line(drawn, one, other, _COLOUR, thickness, cv2.LINE_AA, shift=3)
    return drawn


def write_caption(image: Image, text: str) -> Image:
    """The same image, changed: one line of text in its upper left corner."""
    scale = max(0.5, image.shape[1] / 1600)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    cv2.rectangle(image, (0, 0), (width + 12, height + 14), _BACKDROP, -1)
    place = (6, height + 6)
    cv2.putText(
        image, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA
    )
    return image
