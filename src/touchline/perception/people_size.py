"""Which input size shows a scene's people at the height at which a network finds them best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchline.types import PEOPLE, Detections, Floats, Image


@dataclass(frozen=True, slots=True)
class SizeModel:
    """How the input size follows people. Sides are the longer side of the input, in its pixels.

    Chosen on labelled pictures of styles that the shipped detector never saw
    (``benchmarks/input_sizes.py``, docs/detectors.md).

    Args:
        probes: sides at which a picture is searched to see how tall its people are.
        least_score: lower boxes tell nothing of that.
        seen_from: height in pixels of the input below which boxes tell nothing of that: chance.
        seen_to: the same from above: of people larger than that, parts are found.
        largest_usual: sides go beyond this only for people who would be lower than ``low_share``
            of the best height.
        low_share: see ``largest_usual``.
        smallest: no side is shorter.
        largest: no side is longer.
        step: sides are multiples of this.
        most_enlarged: a picture is not enlarged more.
        changes_by: the side of a shot stays until another is better by this factor.
    """

    probes: tuple[int, ...] = (320, 640, 1280)
    least_score: float = 0.3
    seen_from: float = 16.0
    seen_to: float = 120.0
    largest_usual: int = 1280
    low_share: float = 0.5
    smallest: int = 256
    largest: int = 1920
    step: int = 64
    most_enlarged: float = 1.5
    changes_by: float = 1.4


SIZE_MODEL = SizeModel()


class People(NamedTuple):
    """People found in pictures: (N,) heights in longer sides of their view, and scores."""

    heights: Floats
    scores: Floats

    def above(self, score: float) -> People:
        """Those of at least this score."""
        keep = self.scores >= score
        return People(self.heights[keep], self.scores[keep])

    def median_height(self) -> float:
        """The height that half of them, weighted by score, reach; there is somebody."""
        order = np.argsort(self.heights, kind="stable")
        weights = np.cumsum(self.scores[order])
        return float(self.heights[order][np.searchsorted(weights, weights[-1] / 2)])


def people_in(
    images: Sequence[Image], found: Sequence[Detections], view_side: Callable[[int, int], int]
) -> People:
    """The people found in these images.

    view_side: the longer side of what the network sees at once of an image of a width and height.
    """
    heights, scores = [np.empty(0)], [np.empty(0)]
    for image, detections in zip(images, found, strict=True):
        keep = np.isin(detections.roles, PEOPLE)
        boxes = detections.boxes[keep]
        heights.append((boxes[:, 3] - boxes[:, 1]) / view_side(image.shape[1], image.shape[0]))
        scores.append(detections.scores[keep])
    return People(np.concatenate(heights), np.concatenate(scores))


Find = Callable[[int], People]
"""Finds people with an input of this longer side."""


def probe_height(find: Find, view_side: int, model: SizeModel = SIZE_MODEL) -> float | None:
    """How tall people are, in longer sides of a view; None where no probe finds anybody.

    The probe speaks whose boxes of believable heights have the most score in all.

    Args:
        find: searches the scene's pictures.
        view_side: longer side of a view, in pixels of the picture.
    """
    best, height = 0.0, None
    for side in fitting_probes(view_side, model):
        people = find(side).above(model.least_score)
        seen = people.heights * side
        keep = (seen >= model.seen_from) & (seen <= model.seen_to)
        people = People(people.heights[keep], people.scores[keep])
        evidence = float(people.scores.sum())
        if evidence > best:
            best, height = evidence, people.median_height()
    return height


def fitting_probes(view_side: int, model: SizeModel = SIZE_MODEL) -> Sequence[int]:
    """The probes that do not enlarge a view of this longer side too much; at least the smallest."""
    most = view_side * model.most_enlarged
    return [side for side in model.probes if side <= most] or [min(model.probes)]


def side_for(
    height: float, best_height: float, view_side: int, model: SizeModel = SIZE_MODEL
) -> int:
    """The input's longer side for people of this height.

    Args:
        height: of people, in longer sides of a view.
        best_height: the height, in pixels of the input, at which the network finds people best.
        view_side: longer side of a view, in pixels of the picture.
    """
    side = best_height / height
    if side > model.largest_usual:
        low = model.low_share * best_height / height
        side = min(max(low, model.largest_usual), model.largest)
    side = min(side, model.most_enlarged * view_side)
    return max(model.smallest, round(side / model.step) * model.step)
