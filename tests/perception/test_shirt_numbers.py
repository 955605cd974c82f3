"""Who is looked at for a shirt number, and when: near, free, sharp, in turn, within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from number_networks import recogniser
from numpy.typing import NDArray

from touchline.frame_detections import DetectorRunner
from touchline.observe import Observer
from touchline.perception.config import NumbersConfig
from touchline.perception.number_reader import NumberReader
from touchline.perception.shirt_numbers import ShirtNumbers
from touchline.types import Detections, Frame, Image, identity_motion

STILL = identity_motion()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> NumberReader:
    return NumberReader(recogniser(tmp_path_factory.mktemp("net") / "rec.onnx", "17"))


def crowd(count: int, height: float = 100.0) -> NDArray[np.float64]:
    """Boxes side by side, of people of one height."""
    left = 20.0 + 60.0 * np.arange(count)
    return np.stack([left, np.full(count, 30.0), left + 40, np.full(count, 30 + height)], axis=1)


def sharp(width: int = 1280) -> Image:
    noise = np.random.default_rng(0).integers(0, 255, (24, width // 10, 3)).astype(np.uint8)
    return np.ascontiguousarray(noise.repeat(10, axis=0).repeat(10, axis=1))


def read_rows(
    watch: ShirtNumbers, boxes: NDArray[np.float64], time: float, image: Image | None = None
) -> list[int]:
    """Which of the boxes a number was read on."""
    image = sharp() if image is None else image
    read = watch.look(image, boxes, np.full(len(boxes), 0.9), STILL, time)
    if read is None:
        return []
    assert set(read[0].tolist()) <= {17, -1}
    assert ((read[1] > 0.3) == (read[0] == 17)).all()
    return np.flatnonzero(read[0] == 17).tolist()


def test_everybody_is_read_once_in_every_interval(reader: NumberReader) -> None:
    watch = ShirtNumbers(reader, NumbersConfig(interval_seconds=0.4, max_per_second=100))
    looks = [read_rows(watch, crowd(3), frame / 25) for frame in range(1, 22)]
    assert [frame for frame, rows in enumerate(looks, start=1) if rows == [0, 1, 2]] == [1, 11, 21]
    assert sum(map(len, looks)) == 9


def test_far_hidden_and_cut_off_people_are_not_looked_at(reader: NumberReader) -> None:
    watch = ShirtNumbers(reader)
    assert read_rows(watch, crowd(3, height=40.0), 1.0) == []
    behind, before = [100.0, 30.0, 140.0, 130.0], [110.0, 40.0, 150.0, 140.0]
    assert read_rows(watch, np.array([behind, before]), 2.0) == [1]
    assert read_rows(watch, np.array([[-20.0, 30.0, 20.0, 130.0]]), 3.0) == []


def test_a_back_without_detail_is_not_looked_at(reader: NumberReader) -> None:
    watch = ShirtNumbers(reader)
    assert read_rows(watch, crowd(2), 1.0, np.full((240, 1280, 3), 90, np.uint8)) == []


def test_a_second_of_video_costs_so_many_looks_and_no_more(reader: NumberReader) -> None:
    config = NumbersConfig(interval_seconds=0.1, max_per_second=10)
    watch = ShirtNumbers(reader, config)
    looks = sum(len(read_rows(watch, crowd(8), frame / 25)) for frame in range(1, 126))
    assert 50 <= looks <= 61
    assert len(read_rows(watch, crowd(20), 1000.0)) == 10  # what was saved up is bounded


def test_the_sharpest_come_first(reader: NumberReader) -> None:
    image = sharp()
    image[:, :200] //= 4
    watch = ShirtNumbers(reader, NumbersConfig(max_per_second=1))
    assert read_rows(watch, crowd(4), 1.0, image) == [3]


def test_a_weak_reading_is_none(tmp_path: Path) -> None:
    unsure = NumberReader(recogniser(tmp_path / "rec.onnx", "17", sure=0.6))
    assert read_rows(ShirtNumbers(unsure), crowd(2), 1.0) == []


def test_a_watch_goes_on_from_its_state(reader: NumberReader) -> None:
    config = NumbersConfig(interval_seconds=0.2, max_per_second=12)
    whole, first, second = (ShirtNumbers(reader, config) for _ in range(3))
    times = [frame / 25 for frame in range(1, 41)]
    expected = [read_rows(whole, crowd(5), time) for time in times]
    parts = [read_rows(first, crowd(5), time) for time in times[:17]]
    second.restore(first.state())
    assert parts + [read_rows(second, crowd(5), time) for time in times[17:]] == expected


def test_nobody_has_no_number(reader: NumberReader) -> None:
    assert read_rows(ShirtNumbers(reader), np.empty((0, 4)), 1.0) == []


class Sees:
    """A detector that sees the ball, and then two players."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        boxes = np.vstack([[[5.0, 5.0, 15.0, 15.0]], crowd(2)])
        return [Detections(boxes, [0.9, 0.9, 0.9], ["ball", "player", "person"]) for _ in images]


def test_numbers_are_observed_and_rounded_as_they_are_stored(reader: NumberReader) -> None:
    observer = Observer(DetectorRunner(Sees()), None, number_reader=reader)
    first, second = (
        observer.observe([Frame(index, index / 25, sharp())])[0].detections for index in (1, 2)
    )
    assert first.numbers is not None
    assert first.number_scores is not None
    assert first.numbers.tolist() == [-1, 17, 17]
    rounded = first.number_scores.astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(first.number_scores, rounded)
    assert second.numbers is None


def test_without_a_reader_no_numbers_are_observed() -> None:
    observer = Observer(DetectorRunner(Sees()), None)
    assert observer.observe([Frame(1, 0.04, sharp())])[0].detections.numbers is None
