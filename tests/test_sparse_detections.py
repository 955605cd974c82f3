"""Looking at every n-th frame: which ones, whatever frames come together, and after a stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import make_clip
from numpy.typing import NDArray

from touchline.frame_detections import PrecomputedDetections
from touchline.observe import Observer, in_batches
from touchline.sparse_detections import SparseDetections
from touchline.types import Detections, Frame

APART = [[0, 0, 10, 20], [50, 0, 60, 20], [100, 0, 110, 20]]
CLOSE = [[0, 0, 10, 20], [2, 0, 12, 20], [100, 0, 110, 20]]


class Stored:
    """Boxes of each frame; remembers which were looked at."""

    def __init__(self, crowded: Sequence[int] = ()) -> None:
        self.looks: list[int] = []
        self._crowded = crowded

    def find(self, frames: Sequence[Frame], _fresh: Sequence[bool]) -> list[Detections]:
        self.looks += [frame.index for frame in frames]
        return [self._of(frame.index) for frame in frames]

    def _of(self, index: int) -> Detections:
        boxes = np.array(CLOSE if index in self._crowded else APART, np.float64)
        return Detections(boxes, np.full(3, 0.9), np.full(3, "player"))

    def state(self) -> dict[str, NDArray[Any]]:
        return {"numbers": np.zeros(1)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        assert "numbers" in state


def frames(count: int, key_frames: Sequence[int] = (0,), first: int = 0) -> list[Frame]:
    image = np.zeros((4, 4, 3), np.uint8)
    return [Frame(index, index / 25, image, index in key_frames) for index in range(first, count)]


def looks(every: int, clip: Sequence[Frame], shots: Sequence[int] = (0,), **more: Any) -> list[int]:
    source = Stored(**more)
    sparse = SparseDetections(source, every, 0.25)
    found = sparse.find(clip, [frame.index in shots for frame in clip])
    assert [frame.index for frame, one in zip(clip, found, strict=True) if one] == source.looks
    return source.looks


def test_every_nth_frame_is_looked_at_from_each_shot_on() -> None:
    assert looks(3, frames(12)) == [0, 3, 6, 9]
    assert looks(3, frames(12), shots=[0, 4]) == [0, 3, 4, 7, 10]


def test_every_frame_is_looked_at_as_long_as_people_cover_each_other() -> None:
    assert looks(5, frames(16), crowded=[5, 6, 7]) == [0, 5, 6, 7, 8, 13]


def test_a_part_that_begins_with_a_window_is_looked_at_as_in_the_whole() -> None:
    clip = frames(540, key_frames=[0, 130, 260, 390, 520])
    whole = looks(7, clip)
    assert 260 in whole  # the first key frame behind ten seconds
    assert 390 not in whole
    assert [index for index in whole if index >= 260] == looks(7, clip[260:], shots=[])


@pytest.mark.parametrize("batch", [1, 4, 50])
def test_frames_that_come_together_and_a_stop_change_nothing(batch: int) -> None:
    clip, crowded = frames(50, key_frames=[0, 20]), [6, 7, 21, 40]
    whole = looks(3, clip, crowded=crowded)
    source, state = Stored(crowded), None
    for group in in_batches(clip, batch):
        sparse = SparseDetections(source, 3, 0.25)  # a new one each time, as after a stop
        if state is not None:
            sparse.restore(state)
        sparse.find(group, [frame.index == 0 for frame in group])
        state = sparse.state()
    assert source.looks == whole
    assert any(second - first == 1 for first, second in pairwise(whole))


def test_frames_between_are_said_not_to_be_looked_at(tmp_path: Path) -> None:
    from touchline.formats.mot import read_detections
    from touchline.video.reader import open_video

    clip = make_clip(tmp_path, frames=9)
    source = PrecomputedDetections(read_detections(clip.detections))
    observer = Observer(SparseDetections(source, 4, 1.0), None)
    with open_video(clip.video) as video:
        seen = observer.observe(list(video))
    assert [one.looked for one in seen] == [index % 4 == 0 for index in range(9)]
    assert [len(one.detections) for one in seen] == [4 * (index % 4 == 0) for index in range(9)]
