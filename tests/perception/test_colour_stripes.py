"""The embedder without a network tells kits apart, and not backgrounds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from touchline.perception.colour_stripes import ColourStripes
from touchline.types import Image

RED, WHITE, BLUE, GREEN, BROWN = (
    (40, 40, 210),
    (230, 230, 230),
    (190, 70, 30),
    (60, 140, 70),
    (40, 70, 120),
)


def person(
    shirt: tuple[int, int, int],
    shorts: tuple[int, int, int],
    background: tuple[int, int, int] = GREEN,
    height: int = 90,
    width: int = 40,
    seed: int = 0,
) -> Image:
    """Skin, shirt, shorts and socks in the middle of a noisy background."""
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 3))
    image = np.full((height, width, 3), background, np.float64)
    bands = (0.05, 0.17, 0.5, 0.7, 0.97)
    colours = ((110, 150, 200), shirt, shorts, shirt)
    for top, bottom, colour in zip(bands[:-1], bands[1:], colours, strict=True):
        columns = slice(round(width * 0.25), round(width * 0.75))
        image[round(top * height) : round(bottom * height), columns] = colour
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


def test_no_crops_give_no_vectors() -> None:
    vectors = ColourStripes().embed([])
    assert vectors.shape == (0, ColourStripes.size)
    assert vectors.dtype == np.float32


def test_empty_crop_gives_zeros_beside_the_others() -> None:
    crop = person(RED, WHITE)
    vectors = ColourStripes().embed([crop, crop[:0, :0], crop])
    assert np.linalg.norm(vectors, axis=1).round(5).tolist() == [1, 0, 1]


@settings(max_examples=40, deadline=None)
@given(
    crop=arrays(
        np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 40), st.just(3)), fill=st.just(0)
    )
)
def test_any_crop_gives_a_unit_vector(crop: NDArray[np.uint8]) -> None:
    vector = ColourStripes().embed([crop])[0]
    assert np.isfinite(vector).all()
    assert abs(np.linalg.norm(vector) - 1) < 1e-5


def test_vector_of_a_crop_does_not_depend_on_its_batch() -> None:
    crops = [person(RED, WHITE, seed=1), person(BLUE, BLUE, height=200, width=77, seed=2)]
    together = ColourStripes().embed(crops)
    for crop, vector in zip(crops, together, strict=True):
        assert np.allclose(ColourStripes().embed([crop])[0], vector, atol=1e-6)


def test_same_kit_is_nearer_than_another_kit_at_any_size() -> None:
    red, red_large, blue, swapped = ColourStripes().embed(
        [
            person(RED, WHITE, seed=1),
            person(RED, WHITE, height=260, width=110, seed=2),
            person(BLUE, WHITE, seed=3),
            person(WHITE, RED, seed=4),
        ]
    )
    assert red @ red_large > 0.9
    assert red @ red_large > red @ blue + 0.15
    assert red @ red_large > red @ swapped + 0.15


def test_background_matters_less_than_the_kit() -> None:
    on_grass, on_clay, other = ColourStripes().embed(
        [
            person(RED, WHITE, GREEN, seed=1),
            person(RED, WHITE, BROWN, seed=2),
            person(BLUE, WHITE, GREEN, seed=3),
        ]
    )
    assert on_grass @ on_clay > on_grass @ other
