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


def test_return_from_a_foreign_image_is_no_second_cut() -> None:
    images = pan(pitch(1), 30, 3)
    images[10] = pitch(9, (150, 60, 30))[:, :1280]
    assert cuts(images) == [10]
    assert cuts(images, finder=ShotCuts(ShotConfig(flash_seconds=0))) == [10, 11]


def test_very_short_shots_are_all_found() -> None:
    images = [view for seed in range(1, 8) for view in pan(pitch(seed), 3, 3)]
    assert cuts(images) == [3, 6, 9, 12, 15, 18]


def test_black_images_between_shots_are_cut_off_at_both_ends() -> None:
    black = [np.zeros((720, 1280, 3), np.uint8)] * 5
    assert cuts(pan(pitch(1), 15, 3) + black + pan(pitch(2), 15, 3)) == [15, 20]


def test_first_image_is_no_cut_and_nothing_changes_in_a_still() -> None:
    assert cuts([]) == []
    assert cuts([pitch(1)[:, :1280]] * 10) == []
    assert cuts([np.zeros((720, 1280, 3), np.uint8)] * 10) == []


@pytest.mark.parametrize(("height", "width"), [(1, 1), (37, 51), (1280, 720)])
def test_any_size_of_image_is_taken(height: int, width: int) -> None:
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


def plain(colour: tuple[int, int, int]) -> Image:
    return np.full((360, 640, 3), colour, np.uint8)


def people_on(
    ground: Image, count: int, frames: int, *, noise: float = 4.0, seed: int = 0
) -> list[Image]:
    """People who run over an image, seen by a noisy camera; at the border they turn round."""
    random = np.random.default_rng([count, seed])
    height, width = ground.shape[:2]
    space = np.array([width - 11, height - 30])
    starts, speeds = random.uniform(0, space, (count, 2)), random.uniform(-4.5, 4.5, (count, 2))
    shirts = random.integers(0, 255, (count, 3))
    static = random.normal(0, noise, (4, *ground.shape))
    images = []
    for frame in range(frames):
        image = np.clip(ground + static[frame % 4], 0, 255).astype(np.uint8)
        places = space - np.abs((starts + frame * speeds) % (2 * space) - space)
        for (left, top), shirt in zip(places.astype(int).tolist(), shirts, strict=True):
            image[top : top + 30, left : left + 11] = shirt
        images.append(image)
    return images


TURF, SNOW, ICE, SAND = (60, 140, 70), (250, 250, 250), (235, 225, 215), (130, 180, 210)


def bordered(ground: Image) -> Image:
    """The ground with lines at the image's border only."""
    image = ground.copy()
    image[10:15], image[:, 8:13] = 250, 250
    return image


@pytest.mark.parametrize("people", [0, 1, 2, 3, 10])
@pytest.mark.parametrize("colour", [TURF, SNOW, ICE, SAND])
def test_plain_ground_is_one_shot(colour: tuple[int, int, int], people: int) -> None:
    assert cuts(people_on(plain(colour), people, 25)) == []


@pytest.mark.parametrize("people", [0, 3])
def test_lines_at_the_border_of_a_plain_ground_make_no_cuts(people: int) -> None:
    assert cuts(people_on(bordered(plain(TURF)), people, 25)) == []


@pytest.mark.parametrize("noise", [0.0, 8.0, 16.0])
def test_noise_on_a_image_without_contrast_makes_no_cuts(noise: float) -> None:
    fog = (pitch(1)[:, :1280] * 0.04 + 190).astype(np.uint8)
    assert cuts(people_on(fog, 0, 20, noise=noise)) == []


def test_people_who_jump_over_plain_ground_at_five_frames_a_second_make_no_cuts() -> None:
    assert cuts(people_on(plain(SNOW), 4, 125)[::5], fps=5.0) == []


def test_change_between_plain_grounds_is_a_cut() -> None:
    grounds = [TURF, SNOW, SAND, (140, 90, 40), TURF]
    shots = [people_on(plain(colour), 2, 12, seed=n) for n, colour in enumerate(grounds)]
    images = [image for shot in shots for image in shot]
    assert cuts(images) == [12, 24, 36, 48]


def test_cut_between_a_plain_image_and_a_pitch_is_found_both_ways() -> None:
    turf = people_on(plain(TURF), 3, 12)
    view = [cv2.resize(image, (640, 360)).astype(np.uint8) for image in pan(pitch(3), 12, 4)]
    assert cuts(turf + view) == cuts(view + turf) == [12]


def test_zoom_is_not_a_cut() -> None:
    view = pitch(6)[:, 900:2180]
    zooms = [cv2.getRotationMatrix2D((640, 360), 0, 1.08**n) for n in range(8)]
    assert cuts([cv2.warpAffine(view, zoom, (1280, 720)) for zoom in zooms]) == []  # type: ignore[misc]


def standing_cuts(images: Iterable[Image], fps: float = 25.0) -> list[int]:
    """The cuts that are left when all images have been seen."""
    finder, found = ShotCuts(), list[int]()
    for n, image in enumerate(images):
        change = finder.look(image, n / fps)
        found = [cut for cut in found if cut < n - change.flash_frames]
        if change.cut:
            found.append(n)
    return found


def half_white(image: Image) -> Image:
    image = image.copy()
    image[:, :700] = 255
    return image


WHITE, BLACK = (np.full((720, 1280, 3), level, np.uint8) for level in (255, 0))


@pytest.mark.parametrize("step", [0, 20])
@pytest.mark.parametrize(
    "flash",
    [
        [WHITE],
        [BLACK],
        [WHITE, BLACK],
        [WHITE] * 5,
        [pitch(9, (150, 60, 30))[:, :1280]],
        [pitch(9, (150, 60, 30))[:, :1280], pitch(8)[:, :1280], WHITE],
        [half_white(pitch(1)[:, 200:1480])] * 2,
    ],
    ids=["white", "black", "both", "long", "foreign", "mixed", "partial"],
)
def test_flash_leaves_the_shot_whole(flash: list[Image], step: int) -> None:
    images = pan(pitch(1), 40, step)
    images[12 : 12 + len(flash)] = flash
    assert standing_cuts(images) == []


def test_every_one_of_many_flashes_is_bridged() -> None:
    images = pan(pitch(1), 40, 4)
    for place in (10, 12, 15, 16, 20):
        images[place] = half_white(images[place]) if place % 2 else WHITE
    assert standing_cuts(images) == []


def test_flash_that_fades_is_bridged() -> None:
    images = pan(pitch(1), 30, 4)
    for n, share in enumerate((0.0, 0.03, 0.08, 0.2, 0.5)):
        images[12 + n] = (images[12 + n] * share + 255 * (1 - share)).astype(np.uint8)
    assert standing_cuts(images) == []


def test_one_white_image_is_a_flash_at_any_frame_rate() -> None:
    images = pan(pitch(1), 20, 2)
    images[9] = WHITE
    for fps in (1.0, 5.0, 60.0, 240.0):
        assert standing_cuts(images, fps) == []


@pytest.mark.parametrize("gap", [0, 1, 4])
def test_cut_soon_after_a_flash_is_one_cut(gap: int) -> None:
    images = pan(pitch(1), 20, 4) + pan(pitch(2), 20, 4)
    images[19 - gap] = WHITE
    assert standing_cuts(images) == [20]


@pytest.mark.parametrize("gap", [1, 3])
def test_flash_soon_after_a_cut_is_bridged(gap: int) -> None:
    images = pan(pitch(1), 20, 4) + pan(pitch(2), 20, 4)
    images[20 + gap] = WHITE
    assert standing_cuts(images) == [20]


@pytest.mark.parametrize("level", [0, 255])
def test_fade_through_black_or_white_is_a_cut_only_to_another_view(level: int) -> None:
    shares = [0.8, 0.6, 0.4, 0.2, 0.05, 0.05, 0.2, 0.4, 0.6, 0.8]

    def faded(images: list[Image]) -> list[Image]:
        for n, share in enumerate(shares):
            images[15 + n] = (images[15 + n] * share + level * (1 - share)).astype(np.uint8)
        return images

    (cut,) = standing_cuts(faded(pan(pitch(1), 20, 4) + pan(pitch(2), 20, 4)))
    assert 19 <= cut <= 25
    assert standing_cuts(faded(pan(pitch(1), 40, 4))) == []


def test_state_restored_in_the_middle_of_a_flash_continues_identically() -> None:
    images = pan(pitch(1), 30, 10)
    images[10:13] = [WHITE, pitch(9)[:, :1280], WHITE]
    whole = ShotCuts()
    changes = [whole.look(image, n / 25) for n, image in enumerate(images)]
    assert [n for n, change in enumerate(changes) if change.flash_frames] == [11, 12, 13]
    for stop in (10, 11, 12, 13, 14):
        begun, resumed = ShotCuts(), ShotCuts()
        for n in range(stop):
            begun.look(images[n], n / 25)
        resumed.restore(begun.state())
        rest = [resumed.look(image, n / 25) for n, image in enumerate(images) if n >= stop]
        assert rest == changes[stop:]
