"""What of an image is grass and what is painted line, without a network.

Another finder (a network) takes the place of ``find_line_masks`` by giving ``LineMasks`` too:
everything after it sees nothing else of the image.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.types import Floats, Image, Mask

WORK_WIDTH = 960
"""Pixels of the reduced image in which lines are looked for."""

_GRASS_WIDTH = 240
_LINE_ELEMENT = 13  # pixels of the reduced image: wider than a near line
_HUES = (25, 95)  # OpenCV's half degrees: what grass can be, floodlights and flares included
_LEAST_SATURATION = 40
_OTHER_COLOURS = 0.15  # weight of what is not green: grass under coloured light or at night
_BLACK = 20
_BIN = 4  # of Lab's a and b
_AROUND_MODE = 12
_LEAST_SPREAD = 2.5
_DEVIATIONS = 3.5
_LEAST_GRASS = 0.08  # share of the image; below it nothing is called a pitch
_PEOPLE_MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class LineMasks:
    """What was found in one image, both at a reduced size.

    Args:
        lines: (H, W) float32 in 0..1, how sure a pixel is painted line, 0 off the grass.
        grass: (h, w) of bool, usually smaller than ``lines``, people and lines on it included.
    """

    lines: NDArray[np.float32]
    grass: Mask


def find_line_masks(image: Image, boxes: Floats | None = None) -> LineMasks:
    """Grass by its most frequent hue, lines as thin bright things on it.

    Args:
        image: (H, W, 3) BGR.
        boxes: (N, 4) corner pixels of people, in which nothing is a line; None: not known.
    """
    height, width = image.shape[:2]
    scale = WORK_WIDTH / width
    size = (WORK_WIDTH, max(1, round(height * scale)))
    work = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    grass = _grass(work)
    if grass.mean() < _LEAST_GRASS:
        return LineMasks(np.zeros(work.shape[:2], np.float32), np.zeros_like(grass))
    inside = cv2.resize(grass.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    for box in np.empty((0, 4)) if boxes is None else boxes * scale:
        _leave_out(inside, box)
    return LineMasks(_bright_lines(work, inside), grass)


def _grass(work: Image) -> Mask:
    """The largest region of the commonest colour of turf, holes filled."""
    size = (_GRASS_WIDTH, max(1, round(work.shape[0] * _GRASS_WIDTH / work.shape[1])))
    small = cv2.resize(work, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    turf = _turf_colour(small).astype(np.uint8)
    mask = cv2.morphologyEx(turf, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return np.zeros(mask.shape, bool)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    region = (labels == largest).astype(np.uint8)
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(region, outlines, -1, 1, thickness=-1) > 0)


def _turf_colour(small: Image) -> Mask:
    """Where the colour is that of most of the lower two thirds; green counts for more."""
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2Lab)
    hue, saturation, value = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2HSV))
    green = (hue >= _HUES[0]) & (hue <= _HUES[1]) & (saturation >= _LEAST_SATURATION)
    weights = np.where(green, 1.0, _OTHER_COLOURS) * (value > _BLACK)
    lower = len(small) // 3
    colours = lab[..., 1:].astype(np.float64)
    bins = (colours[lower:] // _BIN).astype(int).reshape(-1, 2)
    counts = np.zeros((256 // _BIN, 256 // _BIN))
    np.add.at(counts, (bins[:, 0], bins[:, 1]), weights[lower:].ravel())
    smooth = cv2.GaussianBlur(counts, (0, 0), 1.0)
    mode = (np.array(np.unravel_index(np.argmax(smooth), smooth.shape)) + 0.5) * _BIN
    near = np.hypot(*np.moveaxis(colours[lower:] - mode, -1, 0)) < _AROUND_MODE
    core = colours[lower:][near]
    if len(core) < 2:
        return np.zeros(small.shape[:2], bool)
    off = colours - core.mean(axis=0)
    spread = np.linalg.inv(np.cov(core.T) + _LEAST_SPREAD**2 * np.eye(2))
    distance = np.einsum("hwi,ij,hwj->hw", off, spread, off)
    return np.asarray((distance < _DEVIATIONS**2) & (value > _BLACK))


def _leave_out(mask: Mask, box: Floats) -> None:
    x1, y1, x2, y2 = box
    more_x, more_y = _PEOPLE_MARGIN * (x2 - x1), _PEOPLE_MARGIN * (y2 - y1)
    left, top = max(0, int(x1 - more_x)), max(0, int(y1 - more_y))
    mask[top : max(0, int(y2 + more_y) + 1), left : max(0, int(x2 + more_x) + 1)] = False


def _bright_lines(work: Image, inside: Mask) -> NDArray[np.float32]:
    """The white top-hat on the grass, 0..1 against the turf's own texture."""
    # Paint differs from grass most in blue and red; green alone shows mowing as well as lines.
    grey = cv2.addWeighted(work[..., 0], 0.5, work[..., 2], 0.5, 0)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.8)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_LINE_ELEMENT, _LINE_ELEMENT))
    hat = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, element).astype(np.float32)
    on_grass = hat[inside]
    if not len(on_grass):
        return np.zeros_like(hat)
    noise = max(1.0, float(np.median(on_grass)))
    found = np.clip((hat - 2.5 * noise) / (8 * noise), 0, 1)
    return np.where(inside, found, np.float32(0))
