"""Numbers are read by a recogniser where there is one, and its doubt is kept."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from number_networks import recogniser

from touchline.errors import ModelError, UsageError
from touchline.perception import number_reader
from touchline.perception.config import NumbersConfig
from touchline.perception.number_reader import NumberReader, find_recogniser, open_number_reader
from touchline.types import Image

GREY = np.full((30, 20, 3), 128, np.uint8)


def test_the_number_on_every_crop_has_its_probability(tmp_path: Path) -> None:
    reader = NumberReader(recogniser(tmp_path / "rec.onnx", "17", sure=0.9))
    read = reader.read([GREY] * 40)
    assert read.shape == (40, 100)
    assert (read.argmax(axis=1) == 17).all()
    # Five steps at 0.9, and the ways of spelling it in which two steps trade places.
    assert 0.9**5 <= read[0, 17] <= 0.9**5 * 1.2
    assert len(reader.sha256) == 64


def test_letters_are_no_numbers(tmp_path: Path) -> None:
    reader = NumberReader(recogniser(tmp_path / "rec.onnx", "AB"))
    assert reader.read([GREY]).max() < 0.01


def test_an_empty_crop_and_no_crops_read_as_nothing(tmp_path: Path) -> None:
    reader = NumberReader(recogniser(tmp_path / "rec.onnx", "7"))
    assert reader.read([]).shape == (0, 100)
    read = reader.read([GREY, GREY[:0, :0]])
    assert read[0].argmax() == 7
    assert not read[1].any()


def test_a_network_that_knows_no_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a text recogniser that knows digits"):
        NumberReader(recogniser(tmp_path / "rec.onnx", "AB", alphabet="A\nB"))


def test_without_the_extra_numbers_are_read_only_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(number_reader, "find_spec", lambda _name: None)
    assert find_recogniser() is None
    assert open_number_reader(NumbersConfig()) is None
    assert open_number_reader(NumbersConfig(read="never")) is None
    with pytest.raises(UsageError, match=r"touchline\[ocr\]"):
        open_number_reader(NumbersConfig(read="always"))


def drawn(text: str) -> Image:
    """A number on the back of a red shirt."""
    image = np.full((40, 44, 3), (40, 40, 200), np.uint8)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 0.9, 2)
    place = ((44 - width) // 2, (40 + height) // 2)
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_DUPLEX, 0.9, (240, 240, 240), 2, cv2.LINE_AA)
    return image


@pytest.mark.skipif(find_recogniser() is None, reason="the extra 'ocr' is not installed")
def test_drawn_numbers_are_read_by_the_recogniser_of_the_extra() -> None:
    reader = open_number_reader(NumbersConfig(read="always", device="cpu", threads=1))
    assert reader is not None
    texts = ["4", "9", "10", "23", "44", "78"]
    read = reader.read([drawn(text) for text in texts])
    assert [str(number) for number in read.argmax(axis=1)] == texts
    assert read.max(axis=1).min() > 0.5
    blank = np.full((40, 44, 3), (40, 40, 200), np.uint8)
    assert reader.read([blank]).max() < 0.3
