"""Small real clips with a known truth, made when a test needs them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 240
SHIRTS = [(30, 30, 220), (220, 60, 30), (240, 240, 240), (20, 20, 20)]  # BGR


@dataclass(frozen=True)
class Clip:
    """A video file, its detections as MOTChallenge text, and how many frames it has."""

    video: Path
    detections: Path
    frames: int


def positions(frame: int) -> NDArray[np.float64]:
    """(4, 4) corner boxes of the four players: two cross, two walk apart."""
    lefts = [20 + 2.0 * frame, 250 - 2.0 * frame, 40 + 0.5 * frame, 260 - 0.3 * frame]
    tops = [60.0, 64.0, 150.0, 160.0]
    return np.array([[x, y, x + 16, y + 40] for x, y in zip(lefts, tops, strict=True)])


def picture(frame: int) -> NDArray[np.uint8]:
    """Grass with a pattern that optical flow can follow, and the players on it."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    grass = 90 + 25 * ((rows // 16 + columns // 24) % 2)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 1] = grass
    for box, shirt in zip(positions(frame).astype(int), SHIRTS, strict=True):
        x1, y1, x2, y2 = box
        image[y1:y2, max(x1, 0) : max(x2, 0)] = shirt
    return image


def make_clip(folder: Path, frames: int, fps: int = 25, key_every: int = 250) -> Clip:
    """``clip.mp4``, with a key frame every so many frames, and ``det.txt`` in ``folder``."""
    video = folder / "clip.mp4"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.options = {"g": str(key_every)}
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    detections = folder / "det.txt"
    lines = [
        f"{number + 1},-1,{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},0.9,-1,-1,-1"
        for number in range(frames)
        for x1, y1, x2, y2 in positions(number).tolist()
    ]
    detections.write_text("\n".join(lines) + "\n")
    return Clip(video, detections, frames)
