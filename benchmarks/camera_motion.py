"""Camera motion: time and error of ours and of the standard corner-based method, on one core.

    python benchmarks/camera_motion.py [--frames 60]

1. Rendered moves with exact truth: an image of a pitch is panned, turned and zoomed; people run
   over it, two overlays stand still, and every frame is noisy and compressed. The image is a
   frame of the data pack's clip where that is present, else a drawn pitch.
2. SNMOT-060 of the data pack, where the reference is a homography from full-size corners outside
   of the true boxes. What a shift, turn and zoom cannot describe counts as error for all.

Errors are pixels of the full image at the feet of the people. The corner-based form is what
BoT-SORT calls sparse optical flow: 1000 corners at half size, Lucas-Kanade, RANSAC.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.perception.camera import CameraMotion
from touchline.types import Affine, Image, identity_motion
from touchline.video.reader import open_video

Boxes = NDArray[np.float64]
Step = tuple[Image, Boxes, Affine | None]
"""Image, people in it, and the true (2, 3) or (3, 3) motion to it where it is known."""

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
WIDTH, HEIGHT = 1280, 720


class Method(Protocol):
    def estimate(self, image: Image, boxes: Boxes) -> Affine: ...


class CornerFlow:
    """The standard method: corners anywhere, at half size, without masks."""

    def __init__(self) -> None:
        self._grey: Image | None = None
        self._corners = np.empty((0, 1, 2), np.float32)

    def estimate(self, image: Image, boxes: Boxes) -> Affine:
        del boxes  # it does not know where the people are
        half = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2))
        grey = cv2.cvtColor(half, cv2.COLOR_BGR2GRAY).astype(np.uint8)
        previous, corners = self._grey, self._corners
        self._grey = grey
        found_corners = cv2.goodFeaturesToTrack(grey, 1000, 0.01, 1, blockSize=3)
        self._corners = np.asarray(found_corners, np.float32)
        if previous is None:
            return identity_motion()
        there, status, _ = cv2.calcOpticalFlowPyrLK(previous, grey, corners, np.empty_like(corners))
        found = status.reshape(-1) == 1
        motion, _ = cv2.estimateAffinePartial2D(corners[found], there[found], method=cv2.RANSAC)
        if motion is None:
            return identity_motion()
        result: Affine = np.asarray(motion, np.float64)
        result[:, 2] *= 2
        return result


class StandStill:
    def estimate(self, image: Image, boxes: Boxes) -> Affine:
        del image, boxes
        return identity_motion()


METHODS: dict[str, Callable[[], Method]] = {
    "touchline, grid": CameraMotion,
    "corners, half size": CornerFlow,
    "no estimate": StandStill,
}


def drawn_pitch() -> Image:
    """A mown pitch with lines below stands full of people, 1920 x 1080."""
    random = np.random.default_rng(0)
    picture = np.empty((1080, 1920, 3), np.uint8)
    picture[:] = (60, 120, 70)
    picture[:, (np.arange(1920) // 160) % 2 == 0] = (66, 134, 78)
    crowd = random.integers(20, 230, (45, 480, 3), np.uint8)
    picture[:180] = cv2.resize(crowd, (1920, 180), interpolation=cv2.INTER_NEAREST)
    for left, top, right, bottom in (
        (60, 200, 1860, 1040),  # touch and goal lines
        (60, 200, 960, 1040),
        (60, 380, 340, 860),  # penalty and goal areas
        (60, 510, 150, 730),
        (1580, 380, 1860, 860),
        (1770, 510, 1860, 730),
    ):
        cv2.rectangle(picture, (left, top), (right, bottom), (230, 230, 230), 5)
    cv2.ellipse(picture, (960, 620), (260, 150), 0, 0, 360, (230, 230, 230), 5)
    grain = random.normal(0, 4, picture.shape)
    grainy = picture + cv2.GaussianBlur(grain, (0, 0), 1.5) * 3
    return np.asarray(np.clip(grainy, 0, 255), np.uint8)


def moves(world: Image, seed: int, speed: float, frames: int = 60) -> Iterator[Step]:
    """Frames of a camera that sweeps over a still image, with people and overlays on top."""
    random = np.random.default_rng(seed)
    feet = random.uniform([0, 200], [WIDTH, HEIGHT], (22, 2))
    steps = random.normal(0, 4, feet.shape)
    kits = [random.integers(0, 255, (8, 3, 3), np.uint8) for _ in feet]
    board = random.integers(0, 255, (10, 40, 3), np.uint8)
    before: NDArray[np.float64] | None = None
    for index in range(frames):
        view = _view(world, index, seed, speed)
        motion = np.eye(3) if before is None else view @ np.linalg.inv(before)
        before = view
        picture = cv2.warpAffine(
            world, view[:2], (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
        ).astype(np.uint8)
        feet = feet @ motion[:2, :2].T + motion[:2, 2] + steps
        feet = np.array([0, 200]) + (feet - [0, 200]) % [WIDTH, HEIGHT - 200]
        boxes = _paste_people(picture, feet, kits)
        picture[30:80, 40:340] = cv2.resize(board, (300, 50), interpolation=cv2.INTER_NEAREST)
        picture[650:700, 300:980] = cv2.resize(board[::-1], (680, 50))
        noisy = np.clip(picture + random.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        _, packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])
        decoded = cv2.imdecode(packed, cv2.IMREAD_COLOR)
        yield np.asarray(decoded, np.uint8), boxes, motion


def _view(world: Image, index: int, seed: int, speed: float) -> NDArray[np.float64]:
    """(3, 3) similarity from the still image to frame ``index``."""
    zoom = 1.0 + 0.12 * np.sin(index / 17 + seed)
    turn = np.radians(0.8) * np.sin(index / 13 + seed)
    cosine, sine = zoom * np.cos(turn), zoom * np.sin(turn)
    x = world.shape[1] / 2 + 240 * speed * np.sin(index / 12 + seed)
    y = world.shape[0] / 2 + 60 * speed * np.sin(index / 9 + 2 * seed)
    return np.array(
        [
            [cosine, -sine, WIDTH / 2 - (cosine * x - sine * y)],
            [sine, cosine, HEIGHT / 2 - (sine * x + cosine * y)],
            [0, 0, 1],
        ]
    )


def _paste_people(picture: Image, feet: NDArray[np.float64], kits: list[Image]) -> Boxes:
    boxes = []
    for (x, y), kit in zip(feet, kits, strict=True):
        tall = 60 + y / 10
        x1, x2 = np.clip([x - tall / 5, x + tall / 5], 0, WIDTH).astype(int)
        y1, y2 = np.clip([y - tall, y], 0, HEIGHT).astype(int)
        if x2 - x1 > 3 and y2 - y1 > 3:
            picture[y1:y2, x1:x2] = cv2.resize(kit, (int(x2 - x1), int(y2 - y1)))
            boxes.append([x1, y1, x2, y2])
    return np.array(boxes, np.float64)


def real_frames(folder: Path, every: int = 5) -> Iterator[Step]:
    """SNMOT-060, with a reference motion in every fifth frame."""
    rows = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",")
    rows = rows[rows[:, 1] != 18]  # the ball
    corners = np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]]) * (2 / 3)
    last: tuple[Image, Boxes] | None = None
    with open_video(folder / "video_1280x720.mp4") as video:
        for frame in video:
            boxes = corners[rows[:, 0] == frame.index + 1]
            wanted = last is not None and frame.index % every == 0
            truth = _reference(*last, frame.image) if wanted and last is not None else None
            yield frame.image, boxes, truth
            last = frame.image, boxes


def _reference(before: Image, people: Boxes, after: Image) -> NDArray[np.float64]:
    """(3, 3) homography between two frames, from 1500 corners of the full image."""
    first, second = (cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (before, after))
    free = np.full(first.shape, 255, np.uint8)
    free[:90] = 0  # the score board
    for x1, y1, x2, y2 in np.clip(people + np.array([-8, -8, 8, 8]), 0, None).astype(int):
        free[y1:y2, x1:x2] = 0
    here = cv2.goodFeaturesToTrack(first, 1500, 0.005, 5, mask=free)
    there, status, _ = cv2.calcOpticalFlowPyrLK(
        first, second, here, np.empty_like(here), winSize=(21, 21), maxLevel=4
    )
    found = status.reshape(-1) == 1
    homography, _ = cv2.findHomography(here[found], there[found], method=cv2.RANSAC)
    return np.asarray(homography, np.float64)


def errors_at_feet(motion: Affine, truth: NDArray[np.float64], boxes: Boxes) -> NDArray[np.float64]:
    """(N,) pixels between where the motion and where the truth carry the people's feet."""
    feet = np.column_stack([boxes[:, [0, 2]].mean(axis=1), boxes[:, 3]])
    right = np.column_stack([feet, np.ones(len(feet))]) @ truth.T
    difference = feet @ motion[:, :2].T + motion[:, 2] - right[:, :2] / right[:, 2:]
    return np.asarray(np.linalg.norm(difference, axis=1))


def compare(title: str, steps: Callable[[], Iterable[Step]]) -> None:
    """Run every method over the same frames and print one line each."""
    print(f"\n{title}\n{'':20}  ms/frame   mean px  median     p95     max")
    methods = {name: make() for name, make in METHODS.items()}
    errors: dict[str, list[NDArray[np.float64]]] = {name: [] for name in methods}
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    before: Boxes = np.empty((0, 4))
    for index, (picture, boxes, truth) in enumerate(steps()):
        for name, method in methods.items():
            begin = time.perf_counter()
            motion = method.estimate(picture, boxes)
            if index:  # the first frame has nothing to compare with
                seconds[name].append(time.perf_counter() - begin)
                if truth is not None:
                    errors[name].append(errors_at_feet(motion, truth, before))
        before = boxes
    for name in methods:
        error = np.concatenate(errors[name])
        print(
            f"{name:20}{1e3 * np.median(seconds[name]):10.2f}{error.mean():10.3f}"
            f"{np.median(error):8.3f}{np.percentile(error, 95):8.3f}{error.max():8.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=60, help="of each rendered move")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    world, name = drawn_pitch(), "a drawn pitch"
    clip = DATA / "clips" / "08fd33_4_short.mp4"
    if clip.is_file():
        with open_video(clip, first_frame=40) as video:
            world, name = next(iter(video)).image, "a frame of 08fd33_4_short.mp4"
    for speed, title in ((1.0, "broadcast moves"), (3.0, "three times as fast")):
        compare(
            f"{title} over {name}, true motion", partial(moves, world, 1, speed, options.frames)
        )
    sequence = DATA / "mot" / "SNMOT-060"
    if sequence.is_dir():
        compare("SNMOT-060, homography of the full image", partial(real_frames, sequence))


if __name__ == "__main__":
    main()
