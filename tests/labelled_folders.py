"""Small labelled image folders, for several test rooms."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 80, 40


def write_image(file: Path, *, width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> None:
    """Noise, as JPEG or PNG by the name's ending."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert cv2.imwrite(str(file), pixels)


def write_yolo(
    folder: Path, labels: dict[str, str | None], names: str | None = "ball\nplayer\n"
) -> Path:
    """``images/NAME.jpg`` and ``labels/NAME.txt`` for each name; None leaves the text out."""
    for seed, (name, text) in enumerate(labels.items()):
        write_image(folder / "images" / f"{name}.jpg", seed=seed)
        (folder / "labels").mkdir(exist_ok=True)
        if text is not None:
            (folder / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
    if names is not None:
        (folder / "classes.txt").write_text(names, encoding="utf-8")
    return folder
