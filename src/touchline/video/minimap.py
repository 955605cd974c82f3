"""A small pitch from above with a dot for everybody, alone or in the corner of an image."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from touchline.pitch.template import PitchTemplate
from touchline.types import Floats, Image
from touchline.video.palette import INK, Colour

_MARGIN = 4.0  # metres of grass around the lines
_GRASS: Colour = (64, 104, 62)
_LINE: Colour = (205, 220, 205)
_SHARE = 0.27  # of an image's width
_STRENGTH = 0.82  # with which it covers the image
_DOT = 0.014  # of its width
_STEP = 1.0  # metres
_SHIFT = 4  # bits behind the point of a place in pixels


class Minimap:
    """Draws places in metres on a pitch of ``width`` pixels, the main camera below it.

    height: pixels that it takes.
    """

    def __init__(self, template: PitchTemplate, width: int) -> None:
        self._scale = width / (template.length + 2 * _MARGIN)
        self._middle = np.array([template.length / 2, template.width / 2]) + _MARGIN
        self.height = round((template.width + 2 * _MARGIN) * self._scale)
        self._empty = np.empty((self.height, width, 3), np.uint8)
        self._empty[:] = _GRASS
        points, tangents = template.points(_STEP)
        ends = [points + side * tangents * _STEP / 2 for side in (-1, 1)]
        for start, end in zip(*(self._pixels(one) for one in ends), strict=True):
            one, other = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
            cv2.line(self._empty, one, other, _LINE, 1, cv2.LINE_AA, _SHIFT)
        self._radius = max(2.0, _DOT * width)

    @classmethod
    def in_image(cls, template: PitchTemplate, image_width: int) -> Minimap:
        """One of the size that suits an image of that width."""
        return cls(template, max(80, round(_SHARE * image_width)))

    def image(self, places: Floats, colours: Sequence[Colour]) -> Image:
        """The pitch with a dot for each place; those that are NaN or far outside have none.

        places: (N, 2) metres. colours: (N,).
        """
        drawn = self._empty.copy()
        near = np.asarray((np.abs(places) < self._middle).all(axis=1))
        centres = self._pixels(np.where(near[:, None], places, 0.0))
        radius = round(self._radius * (1 << _SHIFT))
        edge = round((self._radius + 1.2) * (1 << _SHIFT))
        for row in np.flatnonzero(near).tolist():
            centre = (int(centres[row, 0]), int(centres[row, 1]))
            cv2.circle(drawn, centre, edge, INK, -1, cv2.LINE_AA, _SHIFT)
            cv2.circle(drawn, centre, radius, colours[row], -1, cv2.LINE_AA, _SHIFT)
        return drawn

    def draw(self, image: Image, places: Floats, colours: Sequence[Colour]) -> None:
        """Draw it into the middle of the lower border of ``image`` itself."""
        small = self.image(places, colours)
        gap = max(4, image.shape[0] // 60)
        top = image.shape[0] - self.height - gap
        left = (image.shape[1] - small.shape[1]) // 2
        if top < 0 or left < 0:
            return  # an image that is smaller than a minimap
        part = image[top : top + self.height, left : left + small.shape[1]]
        cv2.addWeighted(small, _STRENGTH, part, 1 - _STRENGTH, 0, part)

    def _pixels(self, metres: Floats) -> Floats:
        """(N, 2) with ``_SHIFT`` bits behind the point."""
        flipped = (metres * (1, -1) + self._middle) * self._scale
        return np.rint(flipped * (1 << _SHIFT))
