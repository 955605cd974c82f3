"""Over a clip the size of the detector's input is the same however its frames come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.perception.people_size import side_for
from touchline.perception.scene_size import SceneSize
from touchline.types import Detections, Frame, Image

VIEW = 512  # what a height of 1 is a part of


class Watcher:
    """Sees one person, as tall as the picture is bright: 1 for each grey level. 0: nobody.

    It remembers the side it was asked to look with, picture by picture.
    """

    best_height: float | None = 48.0
    usual_side = 1280

    def __init__(self) -> None:
        self.looked: list[int] = []

    def detect(self, images: Sequence[Image], *, side: int | None = None) -> list[Detections]:
        assert side is not None
        self.looked += [side] * len(images)
        heights = [float(image[0, 0, 0]) for image in images]
        return [
            Detections([[0, 0, 10, height]], [0.9]) if height else Detections.empty()
            for height in heights
        ]

    def choose_side(self, images: Sequence[Image]) -> int | None:
        height = float(images[0][0, 0, 0])
        return side_for(height / VIEW, 48.0, VIEW) if height else None

    def view_side(self, width: int, height: int) -> int:
        return VIEW * max(width, height) // 4


def clip(heights: Sequence[int], *, keys: Sequence[int] = (0,), fps: float = 5.0) -> list[Frame]:
    """Frames whose one person is so tall, of VIEW pixels."""
    return [
        Frame(index, index / fps, np.full((4, 4, 3), height, np.uint8), index in keys)
        for index, height in enumerate(heights)
    ]


def watch(
    frames: Sequence[Frame], fresh: Sequence[int] = (), group: int = 1
) -> tuple[list[int], SceneSize]:
    watcher = Watcher()
    scene = SceneSize(watcher)
    for start in range(0, len(frames), group):
        part = frames[start : start + group]
        found = scene.find(part, [frame.index in fresh for frame in part])
        assert len(found) == len(part)
    return watcher.looked, scene


def test_a_zoom_changes_the_side_within_a_second_and_small_moves_do_not() -> None:
    looked, scene = watch(clip([40] * 7 + [90] * 13 + [80] * 10))
    wide, near = side_for(40 / VIEW, 48, VIEW), side_for(90 / VIEW, 48, VIEW)
    assert looked == [wide] * 10 + [near] * 20
    assert scene.sides == [(0, wide), (10, near)]


def test_a_new_shot_decides_at_once_and_people_who_are_missing_change_nothing() -> None:
    looked, _ = watch(clip([20] * 6 + [40] * 4 + [0] * 10), fresh=(6,))
    assert [looked[5], looked[6]] == [side_for(h / VIEW, 48, VIEW) for h in (20, 40)]
    assert set(looked[10:]) == {looked[6]}


def test_nobody_at_the_beginning_is_searched_at_the_usual_side() -> None:
    looked, scene = watch(clip([0] * 6 + [40] * 6))
    assert looked[:10] == [1280] * 10
    assert scene.sides == [(0, 1280), (10, looked[10])]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([0, 15, 20, 24, 30, 40, 80]), min_size=1, max_size=60),
    st.sets(st.integers(0, 59), max_size=4),
    st.sets(st.integers(0, 59), max_size=5),
    st.integers(1, 9),
)
def test_how_many_frames_come_together_does_not_matter(
    heights: list[int], fresh: set[int], keys: set[int], group: int
) -> None:
    frames = clip(heights, keys=sorted(keys))
    assert watch(frames, sorted(fresh), group)[0] == watch(frames, sorted(fresh))[0]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([0, 15, 20, 30, 40, 80]), min_size=2, max_size=40), st.integers(1, 39)
)
def test_a_killed_run_goes_on_with_the_same_side(heights: list[int], stop: int) -> None:
    frames = clip(heights)
    whole, scene = watch(frames)
    stop = min(stop, len(frames) - 1)
    _, before = watch(frames[:stop])
    watcher = Watcher()
    after = SceneSize(watcher)
    after.restore(before.state())
    after.find(frames[stop:], [False] * (len(frames) - stop))
    assert watcher.looked == whole[stop:]
    assert after.sides == scene.sides


@pytest.mark.parametrize(
    "heights", [[20, 24, 26, 30, 26, 24, 20, 22], [20, 24, 0, 0, 0, 24, 20, 22]]
)
def test_a_part_from_the_first_key_frame_of_a_window_is_as_in_the_whole(
    heights: list[int],
) -> None:
    frames = clip([height for height in heights for _ in range(20)], keys=range(0, 160, 17))
    whole, _ = watch(frames)
    start = next(frame.index for frame in frames if frame.key_frame and frame.time >= 10)
    part, _ = watch(frames[start:])
    assert part == whole[start:]
