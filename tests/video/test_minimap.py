"""The minimap: everybody is where they are on the pitch, the far side above."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.pitch.config import PitchConfig
from touchline.pitch.template import pitch_template
from touchline.types import Floats, Image
from touchline.video.minimap import Minimap
from touchline.video.palette import Colour

RED, BLUE, GREEN = (0, 0, 250), (250, 0, 0), (0, 250, 0)


def found(image: Image, colour: Colour) -> Floats:
    """x and y of the middle of all pixels of a colour."""
    pixels: Floats = np.argwhere((image == colour).all(axis=-1)).mean(axis=0)[::-1]
    return pixels


def test_people_are_where_they_are() -> None:
    minimap = Minimap(pitch_template(PitchConfig()), 1130)  # ten pixels a metre
    places = np.array([[0.0, 0.0], [52.5, 34.0], [np.nan, np.nan], [90.0, 0.0]])
    image = minimap.image(places, [RED, BLUE, GREEN, GREEN])
    assert image.shape == (minimap.height, 1130, 3)
    assert minimap.height == 760
    assert found(image, RED) == pytest.approx([565, 380], abs=1)
    assert found(image, BLUE) == pytest.approx([1090, 40], abs=1)  # far right
    assert not (image == GREEN).all(axis=-1).any()
    assert np.array_equal(minimap.image(places[:0], []), minimap.image(places[2:3], [RED]))


def test_it_covers_the_lower_middle_of_an_image_and_nothing_else() -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    minimap = Minimap.in_image(pitch_template(PitchConfig()), 640)
    minimap.draw(image, np.array([[0.0, 0.0]]), [RED])
    rows, columns = np.nonzero(image.any(axis=-1))
    assert rows.min() > 200
    assert rows.max() == 353
    assert (columns.min() + columns.max()) / 2 == pytest.approx(319.5, abs=1)
    tiny = np.zeros((20, 640, 3), np.uint8)
    minimap.draw(tiny, np.array([[0.0, 0.0]]), [RED])
    assert not tiny.any()
