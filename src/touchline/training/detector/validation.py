"""How well a network finds what is labelled in pictures, as tracking would use it.

Shape letters: B pictures, C channels, H rows, W columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from touchline.detection.data import DetectionData
from touchline.detection.picture_files import read_picture
from touchline.metrics.average_precision import judge_boxes
from touchline.perception.detector_config import DetectorConfig
from touchline.perception.detector_outputs import Candidates, decode_yolox_raw
from touchline.perception.suppression import suppress
from touchline.training.detector.config import DetectorValidationConfig
from touchline.training.detector.input import network_input
from touchline.training.detector.network import Scored
from touchline.types import Image

_MIN_SCORE = 0.01
_MOST_BOXES = 400


@torch.inference_mode()
def find(network: nn.Module, image: Image, classes: int, size: int) -> Candidates:
    """What a network (a ``DetectorNetwork``) finds in a picture, in its pixels, best score first.

    size: longer side of what the network sees.
    """
    image_BCHW, canvas, placement = network_input(image, size)
    device = next(network.parameters()).device
    image_BCHW = image_BCHW.to(device, memory_format=torch.channels_last)
    answer = Scored(network).eval()(image_BCHW).float().cpu().numpy()
    (found,) = decode_yolox_raw(
        {"output": answer}, canvas, np.arange(classes, dtype=np.int64), _MIN_SCORE
    )
    rows = np.argsort(-found.scores, kind="stable")[:_MOST_BOXES]
    boxes, scores, kinds = found.boxes[rows], found.scores[rows], found.classes[rows]
    kept = suppress(boxes, scores, kinds, DetectorConfig().max_overlap)
    return Candidates(placement.to_picture(boxes[kept]), scores[kept], kinds[kept])


def validate(
    network: nn.Module, data: DetectionData, config: DetectorValidationConfig
) -> dict[str, float]:
    """Scores of 0..1: average precision of each class, and of all people as one.

    ``NAME ap50`` at an overlap of 0.5 and ``NAME ap`` the mean over 0.5 to 0.95, for each class
    and for ``people``; ``score`` decides which network is the best: the mean of the classes' ap
    and, where there are people, of theirs.
    """
    found = [find(network, read_picture(path), len(data.names), config.size) for path in data.paths]
    groups = {name: [number] for number, name in enumerate(data.names)}
    people = [number for number, name in enumerate(data.names) if name in config.people]
    if len(people) > 1:
        groups["people"] = people
    scores: dict[str, float] = {}
    for name, numbers in groups.items():
        precisions = _precisions(data, found, numbers)
        if precisions is not None:
            scores[f"{name} ap50"] = float(precisions[0])
            scores[f"{name} ap"] = float(precisions.mean())
    every = [scores[f"{name} ap"] for name in data.names if f"{name} ap" in scores]
    score = float(np.mean(every)) if every else 0.0
    if "people ap" in scores:
        score = (score + scores["people ap"]) / 2
    return {"score": score, **scores}


def _precisions(
    data: DetectionData, found: Sequence[Candidates], numbers: Sequence[int]
) -> np.ndarray | None:
    """Average precision at each overlap, of these classes as one; None without a true box."""
    true = [
        boxes[np.isin(classes, numbers)]
        for boxes, classes in zip(data.boxes, data.classes, strict=True)
    ]
    if not sum(map(len, true)):
        return None
    boxes, scores = [], []
    for one in found:
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
    return judge_boxes(true, boxes, scores).average_precision()
