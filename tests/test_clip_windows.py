"""A part of a clip, looked at elsewhere from the beginning of a window on, is as in the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from number_networks import recogniser
from numpy.typing import NDArray

from touchline.clip_windows import LEAD_SECONDS, ClipWindows
from touchline.frame_detections import DetectorRunner
from touchline.observation_rows import frame_row
from touchline.observe import Observer, in_batches
from touchline.perception.config import NumbersConfig
from touchline.perception.number_reader import NumberReader
from touchline.pitch.config import LinesConfig
from touchline.sparse_detections import SparseDetections
from touchline.types import Detections, Frame, Image

RATE, FRAMES, TOGETHER = 8.0, 56, 5
WIDTH, HEIGHT = 160, 90


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> NumberReader:
    return NumberReader(recogniser(tmp_path_factory.mktemp("net") / "rec.onnx", "17"))


class ByBrightness:
    """Finds three people whose places depend on the image alone."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        found = []
        for image in images:
            left = 5 + image[::16, ::16].astype(int).sum() % 60
            lefts = left + np.array([0, 35, 45])
            boxes = np.stack([lefts, np.full(3, 15), lefts + 30, np.full(3, 85)], axis=1)
            found.append(Detections(boxes.astype(float), [0.9, 0.9, 0.8]))
        return found


class ByBatch:
    """An embedder whose vectors depend on what it is given together, as those of a GPU do."""

    size = 4

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        vectors = np.array([[1, len(crops), crop.mean(), crop.std()] for crop in crops], np.float32)
        vectors = vectors.reshape(-1, 4)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, np.float32)


def clip(seed: int, keys: set[int]) -> list[Frame]:
    """A shaky camera over two textured places, with cuts, flashes and a score board."""
    random = np.random.default_rng(seed)
    places = [
        cv2.GaussianBlur(random.integers(0, 255, (150, 260, 3)).astype(np.uint8), (7, 7), 0)
        for _ in range(2)
    ]
    x, y, place, frames = 40.0, 30.0, 0, []
    for number in range(FRAMES):
        x, y = np.clip(np.array([x, y]) + random.normal(0, 4, 2), 0, [90, 50])
        place ^= int(random.random() < 0.05)
        view = places[place][int(y) : int(y) + HEIGHT, int(x) : int(x) + WIDTH]
        image = np.array(view, np.uint8)
        image[4:12, 4:45] = 255
        if random.random() < 0.04:
            image[:] = 250
        frames.append(Frame(number, number / RATE, image, number in keys))
    return frames


def rows(
    frames: Sequence[Frame], observer: Observer, lead: Sequence[Frame] = ()
) -> list[tuple[object, ...]]:
    for frame in lead:
        observer.lead(frame)
    groups = in_batches(frames, TOGETHER, observer.windows)
    return [frame_row(one, 0) for group in groups for one in observer.observe(group)]


@pytest.fixture
def short_windows() -> Iterator[None]:
    """Windows of two seconds, for clips of seven."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("touchline.clip_windows.WINDOW_SECONDS", 2.0)
        yield


@pytest.mark.usefixtures("short_windows")
@settings(
    deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(0, 2**16), st.sets(st.integers(0, FRAMES - 1)), st.sampled_from([1, 3]), st.data()
)
def test_every_window_gives_the_same_wherever_the_work_began(
    reader: NumberReader, seed: int, keys: set[int], every: int, data: st.DataObject
) -> None:
    def observer() -> Observer:
        detections = SparseDetections(DetectorRunner(ByBrightness()), every, 0.5)
        return Observer(
            detections,
            ByBatch(),
            number_reader=reader,
            numbers=NumbersConfig(min_height=40, max_per_second=2),
            lines=LinesConfig(every=5),
        )

    frames, windows, one = clip(seed, keys), ClipWindows(), observer()
    whole = rows(frames, one)
    starts = [frame.index for frame in frames if windows.enter(frame)]
    if not starts:
        return
    start, other = data.draw(st.sampled_from(starts)), observer()
    lead = frames[max(0, start - round(LEAD_SECONDS * RATE) - 2) : start]
    assert rows(frames[start:], other, lead) == whole[start:]
    state = one.state()
    assert other.state().keys() == state.keys()
    for name, value in other.state().items():
        np.testing.assert_array_equal(value, state[name], err_msg=name)


def test_a_window_begins_with_the_first_key_frame_of_every_ten_seconds() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    frames = [Frame(n, n / 4, image, n in (3, 9, 41, 50, 130)) for n in range(140)]
    windows = ClipWindows()
    assert [frame.index for frame in frames if windows.enter(frame)] == [3, 41, 130]
    groups = [[frame.index for frame in group] for group in in_batches(frames[:45], 10)]
    assert [group[0] for group in groups] == [0, 3, 13, 23, 33, 41]


@pytest.mark.usefixtures("short_windows")
def test_a_steady_pan_is_measured_over_the_beginnings_of_windows() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (180, 560, 3)).astype(np.uint8)
    place = np.asarray(cv2.GaussianBlur(noise, (7, 7), 0), np.uint8)
    pan = [np.ascontiguousarray(place[:, 4 * n : 4 * n + 320]) for n in range(FRAMES)]
    observer = Observer(DetectorRunner(ByBrightness()), None, lines=LinesConfig(every=0))
    found = observer.observe([Frame(n, n / RATE, image, True) for n, image in enumerate(pan)])
    assert not any(one.cut for one in found)
    np.testing.assert_allclose([one.motion[0, 2] for one in found[1:]], -4.0, atol=0.2)
