"""Whether the boxes of a file can be pixels of this video, told by where they lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.errors import UsageError
from touchline.formats.mot import DetectionTable

_MAX_SHARE = 1.5
"""Boxes that reach no further are shares of the image, some of them over its border."""

_MAX_OUTSIDE = 0.01
"""Share of boxes outside of the image that a file made for it may have."""

_FEW_BEYOND, _MANY_BEYOND = 0.1, 0.5
"""Share of boxes that, being corners, reach beyond the image: probably, and certainly."""

_LARGEST_PART = 0.7
"""Boxes that fill no more of the image's width and height were measured in a smaller image."""

_LEAST_BOXES = 100
"""Number of boxes that tell how far people go."""

_MIN_BEYOND, _MAX_BEYOND = 0.35, 0.55
"""Share of its size by which the middle of a box, taken for its corner, puts it over the border."""


def unit_warnings(boxes: Boxes, width: int, height: int) -> list[str]:
    """What is odd about ``boxes`` (N, 4), corners as read, in images of this size.

    Raises UsageError where they cannot be left, top, width and height in pixels.
    """
    if not len(boxes):
        return []
    corner, size = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    image = np.array([width, height], np.float64)
    reach = boxes.max(axis=0)[2:]
    if np.abs(boxes).max() <= _MAX_SHARE and image.min() > 10 * _MAX_SHARE:
        raise UsageError(
            f"the boxes reach to {reach[0]:.3g}, {reach[1]:.3g}: fractions of the image, not "
            f"pixels; multiply x and width by {width}, y and height by {height}"
        )
    beyond = float((boxes[:, 2:] > 1.02 * image + 1).any(axis=1).mean())
    as_corners = (size > corner).all(axis=1) & (size <= 1.02 * image + 1).all(axis=1)
    if as_corners.mean() >= 0.95 and beyond >= _FEW_BEYOND:
        message = (
            f"{beyond:.0%} of the boxes reach beyond the {width}x{height} image, up to "
            f"{reach[0]:.0f}, {reach[1]:.0f}: corners x1,y1,x2,y2? x,y,width,height are needed: "
            "width is x2 - x1, height is y2 - y1"
        )
        if beyond >= _MANY_BEYOND:
            raise UsageError(message)
        return [message]
    outside = float(((corner > image) | (boxes[:, 2:] < 0)).any(axis=1).mean())
    if outside > _MAX_OUTSIDE:
        return [
            f"{outside:.0%} of the detections lie outside the {width}x{height} image, up to "
            f"{reach[0]:.0f}, {reach[1]:.0f}: made at another resolution? "
            "-s models.detections_scale=... fits them"
        ]
    return _small_part(boxes, image) or _middles(corner, size, image)


def _small_part(boxes: Boxes, image: NDArray[np.float64]) -> list[str]:
    reach = np.quantile(boxes[:, 2:], 0.995, axis=0)
    part = reach / image
    if len(boxes) < _LEAST_BOXES or (part > _LARGEST_PART).any():
        return []
    shown = f"hardly a box reaches beyond {reach[0]:.0f}, {reach[1]:.0f} of"
    if boxes.max() <= 101.0 and reach.max() > 50.0 and image.min() > 200.0:
        return [
            f"{shown} the {image[0]:.0f}x{image[1]:.0f} image: percent of it, not pixels? "
            f"Multiply x and width by {image[0] / 100:g}, y and height by {image[1] / 100:g}"
        ]
    return [
        f"{shown} the {image[0]:.0f}x{image[1]:.0f} image: made at another resolution? "
        f"-s models.detections_scale={1 / part.max():.2g} would fill it"
    ]


def _middles(
    corner: NDArray[np.float64], size: NDArray[np.float64], image: NDArray[np.float64]
) -> list[str]:
    """Probable where boxes stand half over the right and lower border, and none on the left."""
    over = corner + size - image
    beyond = int((over > 1.0).any(axis=1).sum())
    most = float((over / size).max())
    fits = (corner - size / 2 >= -1.0) & (corner + size / 2 <= image + 1.0)
    if beyond < 3 or not _MIN_BEYOND <= most <= _MAX_BEYOND or not fits.all():
        return []
    return [
        f"{beyond} boxes reach over the right or lower border, by up to {most:.0%} of their size, "
        "and none over the left or upper one: is x,y their middle? It must be the upper left "
        "corner: subtract half of width and height"
    ]


def end_warnings(stored: DetectionTable, frames: int | None, found: int) -> list[str]:
    """Warnings about a file's rows beyond the end of the video, or ending long before it.

    frames: in the video; None where it was not read to its end. found: boxes in what was read.
    """
    rows = stored.frames
    if not len(rows):
        return []
    if not found:
        return [
            f"none of the {len(rows)} detections belongs to a frame that was read: "
            "frames count from 1 over the whole video"
        ]
    if frames is None:
        return []
    behind, last = int((rows >= frames).sum()), int(rows[-1]) + 1
    if behind:
        return [
            f"{behind} of the {len(rows)} detections ({behind / len(rows):.0%}) lie behind the end "
            f"of the video, up to frame {last} of {frames}, and are not used: made at another "
            "frame rate, or of another video?"
        ]
    if len(stored.looked.frames) == 0 and last < _LARGEST_PART * frames:
        return [
            f"the last detection is in frame {last} of {frames}, and nobody is tracked after it: "
            "made at another frame rate, or of a part of the video?"
        ]
    return []
