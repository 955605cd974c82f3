"""Crops to train the shipped encoder on: rendered players, and players in labelled images.

Nobody has labelled who is who in the images. What is known: the people of one image are
different people, and those of another match too. And images of one clip that follow each other
(about two seconds apart) show nearly the same formation: where the camera's and the formation's
movement carry a player to one place alone, both boxes are linked, a third of all. All else is
left open: in the manifest an image is a ``sequence``, so that the match-aware rules take two
people of two images of a match for strangers only where they are seen together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from touchline.perception.colour_stripes import ColourStripes
from touchline.perception.crops import crop_people
from touchline.reid.manifest import DISTRACTOR, Manifest
from touchline.types import Image

MIN_HEIGHT = 28
"""Pixels of the box; smaller people are colour noise."""

_MIN_INLIERS = 25
_NOBODY = 50.0
_COSTS = (4.0, 3.0, 2.5, 2.0)
"""Highest cost of a link while the formation's motion is estimated: heights walked and colours."""

_MAX_COST, _MIN_MARGIN = 1.4, 0.8
"""Highest cost of a link that is kept, and least margin to any other's (at least its own cost)."""

_OFFICIALS = (202, 203)
"""Rendered assistants look exactly as the referee does: nobody could tell them apart."""


@dataclass
class Picture:
    """The people of one image: boxes (N, 4) in pixels, where the crops lie, their colours."""

    name: str
    file: Path
    boxes: NDArray[np.float64]
    crops: list[str]
    colours: NDArray[np.float32]

    @property
    def match(self) -> str:
        return self.name.split("_")[0]

    @property
    def clip(self) -> str:
        return self.name.rsplit("_", 1)[0]

    @property
    def place(self) -> int:
        """Position in the clip."""
        return int(self.name.rsplit("_", 1)[1])


def cut_images(folder: Path, out: Path, ball: int = 0) -> list[Picture]:
    """Cuts the people of a YOLO folder into ``out/crops``; images in order of match and time."""
    (out / "crops").mkdir(parents=True, exist_ok=True)
    images, stripes = [], ColourStripes()
    for labels in sorted((folder / "labels").glob("*.txt")):
        file = folder / "images" / f"{labels.stem}.jpg"
        image = _read(file)
        rows = np.loadtxt(labels, ndmin=2).reshape(-1, 5)
        rows = rows[rows[:, 0] != ball, 1:]
        size = np.array([image.shape[1], image.shape[0]])
        low, high = (rows[:, :2] - rows[:, 2:] / 2) * size, (rows[:, :2] + rows[:, 2:] / 2) * size
        boxes = np.concatenate([low, high], axis=1)
        crops = crop_people(image, boxes)
        boxes = boxes[[crop.shape[0] >= MIN_HEIGHT for crop in crops]]
        crops = [crop for crop in crops if crop.shape[0] >= MIN_HEIGHT]
        names = [f"crops/{labels.stem}_{number:02}.jpg" for number in range(len(crops))]
        for name, crop in zip(names, crops, strict=True):
            cv2.imwrite(str(out / name), crop, [cv2.IMWRITE_JPEG_QUALITY, 95])
        images.append(Picture(labels.stem, file, boxes, names, stripes.embed(crops)))
    return sorted(images, key=lambda one: (one.clip, one.place))


def linked(images: Sequence[Picture]) -> Iterator[tuple[Picture, Picture, NDArray[np.int64]]]:
    """Neighbouring images of a clip and the (L, 2) rows of the people that are the same."""
    mean = np.concatenate([one.colours for one in images]).mean(axis=0)
    for before, after in pairwise(images):
        if before.clip == after.clip and after.place == before.place + 1:
            yield before, after, _links(before, after, mean)


def image_manifest(images: Sequence[Picture], root: Path, first_identity: int) -> Manifest:
    """All crops, linked ones under one identity; an image is a sequence of its match."""
    identity_of = _chains(images, first_identity)
    names = [crop for one in images for crop in one.crops]
    return Manifest(
        root,
        names,
        [identity_of[name] for name in names],
        sequences=[one.name for one in images for _ in one.crops],
        matches=[one.match for one in images for _ in one.crops],
    )


def neighbour_manifest(images: Sequence[Picture], root: Path) -> Manifest:
    """To judge on: linked people of an image are searched for in the next one.

    Each pair of images is a clip of its own, so that ``one_clip_a_match`` lets those of the
    other image compete and the people of other matches, whom nobody can take for the same.
    """
    rows: list[tuple[str, int, int, str, str, str]] = []
    people = 0
    for before, after, links in linked(images):
        pair = f"{before.name}-{after.place}"
        known = dict(links[:, ::-1].tolist())
        for number, row in enumerate(links[:, 0].tolist()):
            rows.append((before.crops[row], people + number, 1, pair, before.match, "query"))
        place = {row: number for number, row in enumerate(links[:, 0].tolist())}
        for row, crop in enumerate(after.crops):
            identity = people + place[known[row]] if row in known else DISTRACTOR
            rows.append((crop, identity, 0, pair, after.match, "gallery"))
        people += len(links)
    paths, identities, cameras, sequences, matches, splits = zip(*rows, strict=True)
    return Manifest(
        root,
        paths,
        identities,
        cameras=cameras,
        sequences=sequences,
        matches=matches,
        splits=splits,
    )


def rendered_manifest(folders: Sequence[Path], each: int, first_identity: int) -> Manifest:
    """``each`` crops a person, evenly in time; files are named MATCH_CLIP_ID_FRAME.jpg."""
    root = folders[0].parent
    files: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
    for folder in folders:
        for file in sorted(folder.glob("*.jpg")):
            match, clip, number, _ = file.stem.rsplit("_", 3)
            if int(number) not in _OFFICIALS:
                files[match, int(number)].append((clip, file.relative_to(root).as_posix()))
    rows = []
    for identity, ((match, person), found) in enumerate(sorted(files.items()), first_identity):
        picked = np.unique(np.linspace(0, len(found) - 1, each).round().astype(int))
        team = "AB"[person // 100] if person < 200 else "officials"
        rows += [(found[one][1], identity, found[one][0], match, team) for one in picked]
    paths, identities, clips, matches, teams = zip(*rows, strict=True)
    return Manifest(root, paths, identities, sequences=clips, matches=matches, teams=teams)


def _links(before: Picture, after: Picture, mean: NDArray[np.float32]) -> NDArray[np.int64]:
    """(L, 2) rows of ``before`` and ``after`` that link without ambiguity."""
    none = np.zeros((0, 2), np.int64)
    motion = _camera(before, after)
    if motion is None or not len(before.boxes) or not len(after.boxes):
        return none
    feet, there = _feet(before.boxes), _feet(after.boxes)
    feet = cv2.perspectiveTransform(feet[None].astype(np.float32), motion)[0].astype(np.float64)
    heights, others = (boxes[:, 3] - boxes[:, 1] for boxes in (before.boxes, after.boxes))
    looks = [one.colours - mean for one in (before, after)]
    looks = [look / np.linalg.norm(look, axis=1, keepdims=True) for look in looks]
    unlike = 2.0 * (1.0 - looks[0] @ looks[1].T)
    unlike += np.where(np.abs(np.log(heights[:, None] / others)) < 0.35, 0.0, _NOBODY)
    scale = (heights[:, None] + others) / 2
    flow = np.zeros_like(feet)
    for limit in _COSTS:
        apart = (feet + flow)[:, None] - there
        # Depth is foreshortened: a step back is fewer pixels than a step sideways.
        cost = np.hypot(apart[..., 0], 2.0 * apart[..., 1]) / scale + unlike
        first, second = linear_sum_assignment(cost)
        near = cost[first, second] < limit
        first, second = first[near], second[near]
        if len(first) < 6:
            return none
        flow = _flow(feet, first, there[second] - feet[first], shift=limit == _COSTS[0])
    found = []
    for one, two in zip(first.tolist(), second.tolist(), strict=True):
        rivals = np.append(np.delete(cost[one], two), np.delete(cost[:, two], one))
        own = cost[one, two]
        if own < _MAX_COST and rivals.min(initial=9.0) > max(2 * own, own + _MIN_MARGIN):
            found.append((one, two))
    return np.array(found, np.int64).reshape(-1, 2)


def _flow(
    feet: NDArray[np.float64], rows: NDArray[np.int64], moved: NDArray[np.float64], shift: bool
) -> NDArray[np.float64]:
    """(N, 2) displacement of the formation at each of ``feet``, from the people in ``rows``."""
    places = np.column_stack([feet, np.ones(len(feet))])
    if shift:
        places = places[:, 2:]
    weights = np.ones((len(rows), 1))
    for _ in range(5):
        fit = np.linalg.lstsq(places[rows] * weights, moved * weights, rcond=1e-3)[0]
        miss = np.linalg.norm(moved - places[rows] @ fit, axis=1, keepdims=True)
        weights = 1.0 / (1.0 + miss / np.median(miss).clip(1.0))
    flow: NDArray[np.float64] = places @ fit
    return flow


def _camera(before: Picture, after: Picture) -> NDArray[np.float64] | None:
    """(3, 3) motion of the background between two images; None where it is unknown."""
    finder = cv2.ORB_create(3000)  # type: ignore[attr-defined]
    found = []
    for one in (before, after):
        image = cv2.cvtColor(_read(one.file), cv2.COLOR_BGR2GRAY)
        mask = np.full(image.shape, 255, np.uint8)
        for x1, y1, x2, y2 in one.boxes.astype(int).tolist():
            mask[max(0, y1 - 3) : y2 + 3, max(0, x1 - 3) : x2 + 3] = 0
        # The broadcaster's overlays above and below stand still.
        mask[: image.shape[0] // 10] = mask[-image.shape[0] // 9 :] = 0
        found.append(finder.detectAndCompute(image, mask))
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, True).match(found[0][1], found[1][1])
    if len(pairs) < _MIN_INLIERS:
        return None
    here = np.array([found[0][0][pair.queryIdx].pt for pair in pairs])
    there = np.array([found[1][0][pair.trainIdx].pt for pair in pairs])
    cv2.setRNGSeed(0)
    motion, agrees = cv2.findHomography(here, there, cv2.RANSAC, 3)
    if motion is None or np.count_nonzero(agrees) < _MIN_INLIERS:
        return None
    return np.asarray(motion, np.float64)


def _chains(images: Sequence[Picture], first: int) -> dict[str, int]:
    """Identity of each crop by name: that of its chain of links, or its own."""
    of_crop: dict[str, int] = {}
    following = first
    for before, after, links in linked(images):
        for one, two in links.tolist():
            name = before.crops[one]
            if name not in of_crop:
                of_crop[name], following = following, following + 1
            of_crop[after.crops[two]] = of_crop[name]
    for picture in images:
        for name in picture.crops:
            if name not in of_crop:
                of_crop[name], following = following, following + 1
    return of_crop


def _feet(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def _read(file: Path) -> Image:
    return np.asarray(cv2.imread(str(file), cv2.IMREAD_COLOR), np.uint8)
