"""Orientation of decoded images, from their display matrix: four turns, four flips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from av.buffer import Buffer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_CLOCKWISE = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_MATRIX_BYTES = 36
_LEAST_SQUARE = 0.5  # of a matrix that turns and flips; what shears or flattens has no sense here


@dataclass(frozen=True, slots=True)
class Orientation:
    """What brings a decoded image upright: first mirrored left to right, then turned.

    rotation: degrees clockwise, of 0, 90, 180 and 270.
    """

    rotation: int = 0
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self.rotation in (90, 270)

    def upright(self, image: NDArray[Any]) -> NDArray[Any]:
        """The image as it is to be seen."""
        if self.mirrored:
            image = cv2.flip(image, 1)
        return cv2.rotate(image, _CLOCKWISE[self.rotation]) if self.rotation else image


UPRIGHT = Orientation()


def orientation_of(image: VideoFrame) -> Orientation:
    """As the display matrix of a decoded image says; upright where it says nothing sensible."""
    found: object = image.side_data.get("DISPLAYMATRIX")
    data = bytes(found) if isinstance(found, Buffer) else b""
    if len(data) < _MATRIX_BYTES:
        return UPRIGHT
    matrix = np.frombuffer(data[:_MATRIX_BYTES], np.int32).astype(np.float64)
    return orientation_of_matrix(matrix)


def orientation_of_matrix(matrix: NDArray[np.float64]) -> Orientation:
    """The nearest of the eight ways an image can lie; upright for a meaningless matrix.

    matrix: (9,) a, b, u, c, d, v, x, y, w: a point (p, q) of the decoded image is shown at
    (a p + c q + x, b p + d q + y), with y pointing down.
    """
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    # Scaled to unit length: only where it turns to counts.
    across, down = np.hypot(a, b), np.hypot(c, d)
    if not (np.isfinite(matrix).all() and across > 0 and down > 0):
        return UPRIGHT
    a, b, c, d = a / across, b / across, c / down, d / down
    determinant = a * d - b * c
    if abs(determinant) < _LEAST_SQUARE:
        return UPRIGHT
    mirrored = bool(determinant < 0)
    if mirrored:  # undo it on the decoded side: left to right there
        a, b = -a, -b
    angle = np.degrees(np.arctan2(b - c, a + d))  # clockwise, since y points down
    return Orientation(int(round(angle / 90.0) * 90 % 360), mirrored)
