"""People and the ball in images, from a detector in an ONNX file."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes, clip_to_image
from touchline.errors import InputError, ModelError, SettingsError
from touchline.perception.classes import choose_classes, warn_of_dropped
from touchline.perception.config import DetectorConfig
from touchline.perception.detector_families import recognise
from touchline.perception.detector_metadata import (
    check_task,
    class_names,
    stated_person_height,
    stated_size,
    stated_stride,
)
from touchline.perception.onnx_model import OnnxModel, TensorInfo
from touchline.perception.people_size import People, people_in, probe_height, side_for
from touchline.perception.preprocess import input_canvas, to_network
from touchline.perception.suppression import suppress
from touchline.perception.tiles import (
    Tile,
    cut_by_edge,
    merge_views,
    split_image,
    whole_in_a_tile,
)
from touchline.types import ROLES, Detections, Image

log = logging.getLogger(__name__)

_BALL = ROLES.index("ball")

_MOST_FAINT_BALLS = 6
"""Balls that score below ``min_score`` and are kept all the same, of each image with people."""

_BATCH_SIZE = 8
"""Images in one run of the network, where not a CPU runs it."""

_MOST_PROBED = 3
"""Pictures of one call that are searched for how tall people are."""


def load_detector_file(file: str | Path, config: DetectorConfig | None = None) -> OnnxDetector:
    """The detector in an ONNX file, whichever family it is of (docs/detectors.md lists them).

    Raises UsageError for a missing file, SettingsError for a setting that the file does not
    allow, ModelError for a file that is no detector.
    """
    return OnnxDetector(file, config)


class OnnxDetector:
    """Finds people and the ball with a network.

    Attributes:
        name: of the file.
        family: the kind of detector it was recognised as.
        sha256: hex digest of the file.
        provider: what runs it, as ``cuda``.
        batch_size: most images in one run of the network.
        class_names: all the network's classes by number.
        roles: what it can find: player, goalkeeper, referee, ball, person.
        warnings: what was guessed of the file or dropped, a line each.
        usual_side: longer side of the input that the file was made for.
        best_height: of people, in pixels of the input, where its size follows them: ``size`` is
            ``auto``, and the file takes any size and says which height suits it; else None.
    """

    def __init__(self, file: str | Path, config: DetectorConfig | None = None) -> None:
        self.config = config or DetectorConfig()
        model = OnnxModel(Path(file), device=self.config.device, threads=self.config.threads)
        self._model = model
        check_task(model)
        self._input = _image_input(model)
        self._fixed_batch = self._input.shape[0]
        self._fixed_size = (self._input.shape[3], self._input.shape[2])
        self._stride = stated_stride(model)
        own_size = stated_size(model)
        probe = input_canvas(own_size, own_size, self._fixed_size, self._stride, "stretch")
        grey = np.full((1, 3, probe[1], probe[0]), 0.45, np.float32)
        self._family = recognise(model, self._run(grey), probe)
        wish = None if self.config.size == "auto" else self.config.size
        self.usual_side = max(own_size)
        self._own_side = wish or self.usual_side
        self.best_height: float | None = None
        if self.config.size == "auto" and self._fixed_size == (None, None):
            self.best_height = stated_person_height(model)
        self._check_size(probe)
        self.name = model.file.name
        self.family = self._family.name
        self.sha256 = model.sha256
        self.provider = model.provider
        # On a CPU several images at once cost more each: what they need leaves its caches.
        usual_batch = 1 if self.provider in ("cpu", "openvino") else _BATCH_SIZE
        self.batch_size = self._fixed_batch or self.config.batch_size or usual_batch
        self.class_names, self.warnings = class_names(model, self._family.class_count)
        chosen = choose_classes(self.class_names, self.config.classes)
        self.warnings += warn_of_dropped(self.class_names, self.config.classes)
        self._wanted = np.array(list(chosen), np.int64)
        self._role_of = np.full(max(chosen) + 1, -1, np.int64)
        self._role_of[self._wanted] = [ROLES.index(role) for role in chosen.values()]
        self.roles = tuple(role for role in ROLES if role in chosen.values())
        self._least_scores = np.full(len(ROLES), self.config.min_score)
        self._least_scores[_BALL] = min(self.config.min_score, self.config.min_ball_score)
        lowest = self._least_scores[[ROLES.index(role) for role in self.roles]]
        self._lowest_score = float(lowest.min())
        self._finds_people = self.roles != ("ball",)

    def input_size(self, width: int, height: int, side: int | None = None) -> tuple[int, int]:
        """(width, height) of the network's input for one view of an image.

        Args:
            width: of the view in pixels.
            height: of the view in pixels.
            side: the longer side that is wanted; None: what the settings say, else the file.
        """
        wanted = self._own_side if side is None else side
        return input_canvas(
            (width, height), wanted, self._fixed_size, self._stride, self._family.fit
        )

    def views(self, width: int, height: int) -> list[Tile]:
        """The views of an image that are searched: the whole of it, then its tiles, if any.

        Args:
            width: of the image in pixels.
            height: of the image in pixels.
        """
        return split_image(width, height, self.config.tiles, self.config.tile_overlap)

    def detect(self, images: Sequence[Image], *, side: int | None = None) -> list[Detections]:
        """One Detections for each image, in its pixels, best score first.

        Images may differ in size. What is found in one does not depend on the others, unless the
        input's size follows people: then the images of one call are taken for one scene.

        Args:
            images: BGR, (H, W, 3) uint8.
            side: longer side of the input in pixels; None: what the settings say.

        Raises:
            InputError: something that is no such image.
        """
        if side is None and self.best_height is not None:
            side = self.choose_side(images)
        return self._detect(images, side)

    def choose_side(self, images: Sequence[Image]) -> int | None:
        """The input's longer side that suits the people in these images, taken for one scene.

        None where it follows nobody (``best_height`` is None), or nobody is found.

        Args:
            images: BGR, (H, W, 3) uint8.
        """
        if self.best_height is None or not len(images):
            return None
        rows = np.unique(np.linspace(0, len(images) - 1, _MOST_PROBED).astype(int))
        probed = [images[row] for row in rows]
        view_side = min(self.view_side(image.shape[1], image.shape[0]) for image in probed)

        def find(side: int) -> People:
            return people_in(probed, self._detect(probed, side), self.view_side)

        height = probe_height(find, view_side)
        return None if height is None else side_for(height, self.best_height, view_side)

    def view_side(self, width: int, height: int) -> int:
        """Longer side of what the network sees at once of an image, in the image's pixels.

        Args:
            width: of the image in pixels.
            height: of the image in pixels.
        """
        view = self.views(width, height)[-1]
        return max(view.width, view.height)

    def _detect(self, images: Sequence[Image], side: int | None) -> list[Detections]:
        jobs: dict[tuple[int, int], list[_View]] = defaultdict(list)
        for index, image in enumerate(images):
            if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
                raise InputError(
                    f"image {index} is {image.dtype} of shape {image.shape}; "
                    "BGR uint8 (H, W, 3) is needed"
                )
            for number, tile in enumerate(self.views(image.shape[1], image.shape[0])):
                view = _View(index, number, tile, tile.crop(image))
                jobs[self.input_size(tile.width, tile.height, side)].append(view)
        found: list[list[_Found]] = [[] for _ in images]
        for canvas, views in jobs.items():
            for start in range(0, len(views), self.batch_size):
                part = views[start : start + self.batch_size]
                for view, boxes in zip(part, self._look(part, canvas), strict=True):
                    found[view.image_size].append(boxes)
        return [
            self._merge(parts, (image.shape[1], image.shape[0]))
            for parts, image in zip(found, images, strict=True)
        ]

    def _look(self, views: Sequence[_View], canvas: tuple[int, int]) -> list[_Found]:
        """Detections in each of a batch of views that share an input size."""
        family = self._family
        batch, placements = to_network(
            [view.image for view in views], canvas, family.fit, family.pixels
        )
        outputs = self._run(batch)
        answers = family.decode(outputs, canvas, self._wanted, self._lowest_score)
        found = []
        for view, placement, answer in zip(views, placements, answers, strict=True):
            boxes = placement.to_image(answer.boxes) + [view.tile.left, view.tile.top] * 2
            roles = self._role_of[answer.classes]
            part = _Found(view, boxes, np.minimum(answer.scores, 1.0), roles).only_valid()
            if self._lowest_score < self.config.min_score:
                part = part.rows(part.scores >= self._least_scores[part.roles])
            if family.needs_suppression:
                kept = suppress(part.boxes, part.scores, part.roles, self.config.max_overlap)
                part = part.rows(kept)
            found.append(part)
        return found

    def _run(self, batch: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """The network's outputs by name, for a batch (n, 3, height, width) of at most its size."""
        count = len(batch)
        if self._fixed_batch is not None and count < self._fixed_batch:
            batch = np.pad(batch, [(0, self._fixed_batch - count), (0, 0), (0, 0), (0, 0)])
        feeds: dict[str, NDArray[Any]] = {
            self._input.name: batch.astype(self._input.dtype, copy=False)
        }
        height, width = batch.shape[2:]
        for info in self._model.inputs:
            if info.name == "orig_target_sizes":  # so that the answer is in canvas pixels
                feeds[info.name] = np.full((len(batch), 2), (width, height), info.dtype)
            elif info.name == "pixel_mask":
                feeds[info.name] = np.ones((len(batch), height, width), info.dtype)
        outputs = self._model.run(feeds)
        return {
            info.name: output[:count]
            for info, output in zip(self._model.outputs, outputs, strict=True)
        }

    def _merge(self, parts: list[_Found], image_size: tuple[int, int]) -> Detections:
        """The detections of an image from those of its views."""
        parts = sorted(parts, key=lambda part: part.view.number)  # whatever the other images
        if len(parts) > 1:  # the small image of the whole is for what fits in no tile
            tiles = [part.view.tile for part in parts[1:]]
            clear = whole_in_a_tile(clip_to_image(parts[0].boxes, *image_size), tiles, image_size)
            parts[0] = parts[0].rows(~clear)
        boxes = np.concatenate([part.boxes for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        roles = np.concatenate([part.roles for part in parts])
        # All people compete, whatever their role: a keeper is no second person. The ball does not.
        groups = (roles == _BALL).astype(np.int64)
        if len(parts) > 1:
            views = np.repeat([part.view.number for part in parts], [len(p.boxes) for p in parts])
            cut = np.concatenate([cut_by_edge(p.boxes, p.view.tile, image_size) for p in parts])
            boxes, rows = merge_views(boxes, scores, groups, views, cut)
            scores, roles, groups = scores[rows], roles[rows], groups[rows]
        kept = suppress(boxes, scores, groups, self.config.max_double_overlap)
        faint = scores[kept] < self.config.min_score  # only balls are
        wanted = 0 if self._finds_people and faint.all() else _MOST_FAINT_BALLS
        kept = kept[~faint | (np.cumsum(faint) <= wanted)]
        kept = kept[: self.config.max_detections]
        names = np.array(ROLES)[roles[kept]]
        return Detections.keep_valid(clip_to_image(boxes[kept], *image_size), scores[kept], names)

    def _check_size(self, own: tuple[int, int]) -> None:
        """SettingsError if the requested size is not what a fixed graph takes."""
        wish = self.config.size
        if wish is None or wish == "auto":
            return
        rounded = self.input_size(*own) if isinstance(wish, int) else self.input_size(*wish)
        if None not in self._fixed_size:
            fits = max(own) == wish if isinstance(wish, int) else own == wish
            if not fits:
                raise SettingsError(
                    f"detector.size {wish} is not possible: {self._model.file.name} is fixed to "
                    f"{own[0]}x{own[1]}; leave the size out, or export it with dynamic sizes"
                )
        elif max(rounded) != (wish if isinstance(wish, int) else max(wish)):
            log.info("detector.size %s is rounded up to %dx%d", wish, *rounded)


@dataclass(frozen=True, slots=True)
class _View:
    """A tile of an image of the batch: which image, which of its views, where, and pixels."""

    image_size: int
    number: int
    tile: Tile
    image: Image


@dataclass(frozen=True, slots=True)
class _Found:
    """Boxes in one view, in the whole image's pixels; roles are indices into ROLES."""

    view: _View
    boxes: Boxes
    scores: NDArray[np.float64]
    roles: NDArray[np.int64]

    def rows(self, rows: NDArray[Any]) -> _Found:
        return _Found(self.view, self.boxes[rows], self.scores[rows], self.roles[rows])

    def only_valid(self) -> _Found:
        """Without NaN, infinite and empty boxes, which broken networks return."""
        good = np.isfinite(self.boxes).all(axis=1) & np.isfinite(self.scores)
        good &= (self.boxes[:, 0] < self.boxes[:, 2]) & (self.boxes[:, 1] < self.boxes[:, 3])
        return self.rows(good)


def _image_input(model: OnnxModel) -> TensorInfo:
    """The input that takes images (N, 3, height, width)."""
    known = {"orig_target_sizes", "pixel_mask"}
    for info in model.inputs:
        image_sizes = len(info.shape) == 4 and info.shape[1] in (3, None)
        if image_sizes and info.dtype in (np.float32, np.float16):
            unknown = [str(i) for i in model.inputs if i is not info and i.name not in known]
            if unknown:
                raise ModelError(
                    f"{model.file.name} also needs the input {unknown[0]}, which no supported "
                    "detector has; see docs/detectors.md"
                )
            return info
    found = ", ".join(str(info) for info in model.inputs)
    raise ModelError(
        f"{model.file.name} is not a detector: it takes {found or 'nothing'}, not images "
        "(N, 3, height, width) of floats"
    )
