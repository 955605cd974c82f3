"""Scores of a network on labelled images, run as tracking would run it.

Shape letters: B images, C channels, H rows, W columns, A cells, F 4 box numbers, objectness and
classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from touchline.boxes import lie_inside
from touchline.detection.data import DetectionData
from touchline.detection.labels import IGNORED, SOMEBODY
from touchline.image_files import read_image
from touchline.metrics.average_precision import judge_boxes
from touchline.perception.config import DetectorConfig
from touchline.perception.detector_outputs import RawBoxes, decode_yolox_raw
from touchline.perception.suppression import suppress
from touchline.training.detector.input import network_input
from touchline.training.detector.network import Scored
from touchline.types import Image

_PEOPLE = "people"
_MIN_SCORE = 0.01
_MOST_BOXES = 400


Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From network input (B, 3, H, W) to YOLOX's output (B, A, F), as scores."""


def answers_of(network: nn.Module, names: Sequence[str]) -> Answer:
    """A function that runs a ``DetectorNetwork`` of these classes on its own device."""
    scored = Scored(network, names).eval()

    @torch.inference_mode()
    def answer(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        device = next(network.parameters()).device
        image_BCHW = torch.from_numpy(batch).to(device, memory_format=torch.channels_last)
        answer_BAF: NDArray[np.float32] = scored(image_BCHW).float().cpu().numpy()
        return answer_BAF

    return answer


def find(answer: Answer, image: Image, classes: int, size: int) -> RawBoxes:
    """Detections of a network in an image, in its pixels, best score first.

    size: longer side of what the network sees.
    """
    batch, canvas, placement = network_input(image, size)
    (found,) = decode_yolox_raw(
        {"output": answer(batch)}, canvas, np.arange(classes, dtype=np.int64), _MIN_SCORE
    )
    rows = np.argsort(-found.scores, kind="stable")[:_MOST_BOXES]
    boxes, scores, kinds = found.boxes[rows], found.scores[rows], found.classes[rows]
    kept = suppress(boxes, scores, kinds, DetectorConfig().max_overlap)
    return RawBoxes(placement.to_image(boxes[kept]), scores[kept], kinds[kept])


def validate(
    answer: Answer, data: DetectionData, size: int, people: Sequence[str]
) -> dict[str, float]:
    """Scores of 0..1 of a network: average precision of each class, and of people as one.

    size: longer side of what it sees. people: names of classes that are people.
    ``NAME ap50`` at an overlap of 0.5 and ``NAME ap`` the mean over 0.5 to 0.95, for each class
    and for ``people``; ``score`` decides which network is the best: the mean of the classes' ap
    and, where there are people, of theirs.
    """
    found = [find(answer, read_image(path), len(data.names), size) for path in data.paths]
    groups = {name: [number] for number, name in enumerate(data.names)}
    kinds = [number for number, name in enumerate(data.names) if name in people]
    if len(kinds) > 1:
        groups[_PEOPLE] = kinds
    scores: dict[str, float] = {}
    for name, numbers in groups.items():
        anybody = name == _PEOPLE or (len(kinds) == 1 and numbers == kinds)
        precisions = _precisions(data, found, numbers, people=anybody)
        if precisions is not None:
            scores[f"{name} ap50"] = float(precisions[0])
            scores[f"{name} ap"] = float(precisions.mean())
    every = [scores[f"{name} ap"] for name in data.names if f"{name} ap" in scores]
    score = float(np.mean(every)) if every else 0.0
    if "people ap" in scores:
        score = (score + scores["people ap"]) / 2
    return {"score": score, **scores}


def _precisions(
    data: DetectionData, found: Sequence[RawBoxes], numbers: Sequence[int], *, people: bool
) -> np.ndarray | None:
    """Average precision at each IoU, of these classes as one; None without a true box.

    people: whether SOMEBODY is one of them. Boxes that lie in IGNORED ones, or show somebody
    who may or may not be of these classes, are not wrong.
    """
    kinds = [*numbers, SOMEBODY] if people else list(numbers)
    true = [
        boxes[np.isin(classes, kinds)]
        for boxes, classes in zip(data.boxes, data.classes, strict=True)
    ]
    if not sum(map(len, true)):
        return None
    boxes, scores, pardoned = [], [], []
    for one, around, classes in zip(found, data.boxes, data.classes, strict=True):
        kept = np.isin(one.classes, numbers)
        rows = kept.nonzero()[0]
        if len(numbers) > 1:  # a person under two roles is one person
            same = np.zeros(len(rows), np.int64)
            best = suppress(
                one.boxes[rows], one.scores[rows], same, DetectorConfig().max_double_overlap
            )
            rows = rows[best]
        boxes.append(one.boxes[rows])
        scores.append(one.scores[rows])
        unsaid = around[classes == IGNORED if people else classes < 0]
        pardoned.append(lie_inside(boxes[-1], unsaid))
    return judge_boxes(true, boxes, scores, ignored=pardoned).average_precision()
