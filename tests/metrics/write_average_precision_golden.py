"""Writes golden/average_precision.json: drawn boxes and what pycocotools 2.0.11 says of them.

Run once, where pycocotools is installed: python tests/metrics/write_average_precision_golden.py
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

RANGES = {"all": (0.0, 1e10), "small": (0.0, 900.0), "large": (900.0, 1e10)}
"""Areas in square pixels: true boxes outside are ignored, and what is found there and fits none."""


def main() -> None:
    """Draws crowded images, so that pairs are disputed, and has them scored."""
    random = np.random.default_rng(5)
    images = []
    for number in range(12):
        count = 0 if number == 3 else int(random.integers(1, 12))
        true = np.column_stack(
            [random.uniform(0, 120, (count, 2)), random.uniform(10, 60, (count, 2))]
        )
        shaken = np.repeat(true, 2, axis=0) + random.normal(0, 4, (2 * count, 4))
        shaken = np.maximum(shaken[random.random(len(shaken)) < 0.7], 1.0)
        wrong = random.uniform(5, 60, (int(random.integers(0, 4)), 4))
        found = np.concatenate([shaken, wrong])
        scores = random.integers(1, 40, len(found)) / 40  # many equal ones
        images.append(
            {
                "true_xywh": true.round(1).tolist(),
                "found_xywh": found.round(1).tolist(),
                "scores": scores.tolist(),
            }
        )
    golden = {"images": images, "ranges": RANGES, "precision": _scored(images)}
    file = Path(__file__).parent / "golden" / "average_precision.json"
    file.write_text(json.dumps(golden) + "\n", encoding="utf-8")


def _scored(images: list[dict[str, Any]]) -> dict[str, list[float]]:
    """Average precision at IoU 0.5, 0.55, ... 0.95 for each range of areas."""
    truth = import_module("pycocotools.coco").COCO()
    truth.dataset = {
        "images": [{"id": number} for number in range(len(images))],
        "categories": [{"id": 1}],
        "annotations": [
            {
                "image_id": number,
                "category_id": 1,
                "bbox": box,
                "area": box[2] * box[3],
                "iscrowd": 0,
            }
            for number, image in enumerate(images)
            for box in image["true_xywh"]
        ],
    }
    for number, annotation in enumerate(truth.dataset["annotations"], 1):
        annotation["id"] = number
    truth.createIndex()
    found = truth.loadRes(
        [
            {"image_id": number, "category_id": 1, "bbox": box, "score": score}
            for number, image in enumerate(images)
            for box, score in zip(image["found_xywh"], image["scores"], strict=True)
        ]
    )
    judge = import_module("pycocotools.cocoeval").COCOeval(truth, found, "bbox")
    judge.params.areaRng = list(RANGES.values())
    judge.params.areaRngLbl = list(RANGES)
    judge.params.maxDets = [1000]
    judge.evaluate()
    judge.accumulate()
    precision = judge.eval["precision"]  # overlap, recall, class, area, most boxes
    return {
        name: precision[:, :, 0, place, 0].mean(axis=1).tolist()
        for place, name in enumerate(RANGES)
    }


if __name__ == "__main__":
    main()
