"""Drawn pitches with people as coloured bars, labelled as YOLO does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT = 128, 96
COLOURS = {"player": (30, 30, 220), "referee": (20, 20, 20)}

QUICK: dict[str, Any] = {
    "workers": 0,
    "schedule": {
        "epochs": 2,
        "samples_per_epoch": 8,
        "batch_size": 4,
        "sizes": [[128, 96], [96, 64]],
    },
    "validation": {"size": WIDTH},
    "augmentation": {"view": {"reference_side": WIDTH, "min_height": 20, "max_height": 60}},
}
"""Settings under which an epoch takes a moment."""


def draw_pitches(folder: Path, *, images: int = 4, seed: int = 0) -> Path:
    """A YOLO folder of images of two matches, a and b; each shows three people."""
    random = np.random.default_rng(seed)
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    (folder / "classes.txt").write_text("\n".join(COLOURS) + "\n")
    for number in range(images):
        image = np.full((HEIGHT, WIDTH, 3), (60, 140, 60), np.uint8)
        lines = []
        for place in range(3):
            kind = int(random.integers(len(COLOURS)))
            left, top = 8 + 40 * place + int(random.integers(12)), int(random.integers(10, 40))
            wide, tall = int(random.integers(14, 20)), int(random.integers(34, 48))
            colour = COLOURS[list(COLOURS)[kind]]
            cv2.rectangle(image, (left, top), (left + wide - 1, top + tall - 1), colour, -1)
            centre = ((left + wide / 2) / WIDTH, (top + tall / 2) / HEIGHT)
            numbers = (*centre, wide / WIDTH, tall / HEIGHT)
            lines.append(" ".join([str(kind), *(f"{value:.6f}" for value in numbers)]))
        name = f"{'ab'[number % 2]}_{number:03d}"
        cv2.imwrite(str(folder / "images" / f"{name}.png"), image)
        (folder / "labels" / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return folder
