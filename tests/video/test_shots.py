"""Shot cuts: found where cameras change, not where a camera moves or light flashes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from touchline.types import Image
from touchline.video.config import ShotConfig
from touchline.video.reader import open_video
from touchline.video.shots import ShotCuts


def pitch(seed: int, colour: tuple[int, int, int] = (60, 140, 60)) -> Image:
    """A wide view: stripes of grass, lines, a stand and players, different for every seed."""
    random = np.random.default_rng(seed)
    image = np.empty((720, 3000, 3), np.uint8)
    image[:] = colour
    image[:, (np.arange(3000) // 150) % 2 == 0] += np.uint8(12)
    image[: int(random.integers(60, 240))] = random.integers(40, 200, 3)
    for _ in range(8):
        ends = random.integers(0, [3000, 720, 3000, 720])
        cv2.line(image, ends[:2].tolist(), ends[2:].tolist(), (240, 240, 240), 8)
    for _ in range(60):
        x, y = random.integers(0, [2950, 650])
        image[y : y + 60, x : x + 25] = random.integers(0, 255, 3)
    return image


def cuts(images: Iterable[Image], fps: float = 25.0, finder: ShotCuts | None = None) -> list[int]:
    found = finder or ShotCuts()
    return [n for n, image in enumerate(images) if found.is_cut(image, n / fps)]


def pan(view: Image, count: int, step: int) -> list[Image]:
    return [view[:, 100 + n * step : 1380 + n * step] for n in range(count)]


def test_change_of_camera_is_a_cut() -> None:
    assert cuts(pan(pitch(1), 20, 4) + pan(pitch(2), 20, 4) + pan(pitch(3), 20, 4)) == [20, 40]


def test_pan_is_not_a_cut() -> None:
    assert cuts(pan(pitch(1), 40, 40)) == []


def test_cut_during_a_pan_is_found() -> None:
    assert cuts(pan(pitch(4), 20, 30) + pan(pitch(5, (40, 90, 150)), 20, 30)) == [20]


def test_flash_and_fade_of_light_are_not_cuts() -> None:
    images = pan(pitch(1), 30, 3)
    images[10] = (images[10] * 0.4 + 153).astype(np.uint8)
    images[15] = np.minimum(images[15].astype(int) + 90, 255).astype(np.uint8)
    for number in range(20, 30):
        images[number] = (images[number] * (1 - (number - 19) * 0.07)).astype(np.uint8)
    assert cuts(images) == []


def test_return_from_a_foreign_picture_is_no_second_cut() -> None:
    images = pan(pitch(1), 30, 3)
    images[10] = pitch(9, (150, 60, 30))[:, :1280]
    assert cuts(images) == [10]
    assert cuts(images, finder=ShotCuts(ShotConfig(flash_seconds=0))) == [10, 11]


def test_very_short_shots_are_all_found() -> None:
    images = [view for seed in range(1, 8) for view in pan(pitch(seed), 3, 3)]
    assert cuts(images) == [3, 6, 9, 12, 15, 18]


def test_black_pictures_between_shots_are_cut_off_at_both_ends() -> None:
    black = [np.zeros((720, 1280, 3), np.uint8)] * 5
    assert cuts(pan(pitch(1), 15, 3) + black + pan(pitch(2), 15, 3)) == [15, 20]


def test_first_picture_is_no_cut_and_nothing_changes_in_a_still() -> None:
    assert cuts([]) == []
    assert cuts([pitch(1)[:, :1280]] * 10) == []
    assert cuts([np.zeros((720, 1280, 3), np.uint8)] * 10) == []


@pytest.mark.parametrize(("height", "width"), [(1, 1), (37, 51), (1280, 720)])
def test_any_size_of_picture_is_taken(height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3)).astype(np.uint8)
    assert cuts([image, image]) == []


def test_threshold_is_a_setting() -> None:
    images = pan(pitch(1), 10, 3) + pan(pitch(2), 10, 3)
    assert cuts(images) == [10]
    assert cuts(images, finder=ShotCuts(ShotConfig(min_change=1.9))) == []


def test_restored_state_continues_identically() -> None:
    images = pan(pitch(1), 12, 20) + pan(pitch(2), 12, 20) + pan(pitch(3), 12, 20)
    for stop in (0, 1, 12, 13, 20):
        begun = ShotCuts()
        for number in range(stop):
            begun.is_cut(images[number], number / 25)
        resumed = ShotCuts()
        resumed.restore(begun.state())
        whole = ShotCuts()
        for number, image in enumerate(images):
            expected = whole.is_cut(image, number / 25)
            if number >= stop:
                assert resumed.is_cut(image, number / 25) == expected
        assert {k: v.tolist() for k, v in resumed.state().items()} == {
            k: v.tolist() for k, v in whole.state().items()
        }


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ("mot/SNMOT-060/video_1280x720.mp4", []),
        ("clips/eagle_messi_720p.mp4", []),
        ("clips/08fd33_4_short.mp4", []),
        ("rendered/demo.mp4", [167]),  # from the goal to the kick-off
        ("rendered/match2_a.mp4", []),
        ("rendered/match2_b.mp4", [141]),  # from one goal to the other
    ],
)
def test_cuts_of_real_clips(clip: str, expected: list[int], football_data: Path) -> None:
    with open_video(football_data / clip) as reader:
        assert cuts(frame.image for frame in islice(reader, 250)) == expected


def test_clips_put_together_are_cut_where_they_meet(football_data: Path) -> None:
    parts = []
    for clip in ("mot/SNMOT-060/video_1280x720", "clips/08fd33_4_short", "rendered/match3_a"):
        with open_video(football_data / f"{clip}.mp4") as reader:
            parts += [frame.image for frame in islice(reader, 25)]
    assert cuts(parts) == [25, 50]
