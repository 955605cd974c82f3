"""The probability of a shirt number is the sum over every way to spell it."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from touchline.perception.digit_strings import number_probabilities


def spelled_out(steps: NDArray[np.float32]) -> NDArray[np.float64]:
    """The oracle: every path, one after the other."""
    numbers = np.zeros(100)
    for path in product(range(11), repeat=len(steps)):
        text = "".join(str(mark - 1) for mark, _ in groupby(path) if mark)
        if text in {str(number) for number in range(1, 100)}:
            numbers[int(text)] += np.prod([steps[t, mark] for t, mark in enumerate(path)])
    return numbers


def line(*marks: int, sure: float = 0.9) -> NDArray[np.float32]:
    """Steps at which one mark is likely: 0 a blank, 1 to 10 the digits 0 to 9."""
    steps = np.full((len(marks), 11), (1.0 - sure) / 10, np.float32)
    steps[np.arange(len(marks)), marks] = sure
    return steps


@given(arrays(np.float32, (3, 11), elements=st.floats(0, 1, width=16)))
@settings(max_examples=10, deadline=None)
def test_every_number_has_the_probability_of_all_its_spellings(steps: NDArray[np.float32]) -> None:
    steps /= np.maximum(steps.sum(axis=1, keepdims=True), 1.0)
    np.testing.assert_allclose(number_probabilities(steps[None])[0], spelled_out(steps), atol=1e-6)


def test_a_digit_twice_needs_a_blank_between() -> None:
    apart = number_probabilities(line(5, 0, 5)[None])[0]
    held = number_probabilities(line(5, 5, 5)[None])[0]
    assert apart.argmax() == 44
    assert held.argmax() == 4


def test_a_leading_zero_and_zero_itself_are_no_shirt_numbers() -> None:
    seen = number_probabilities(np.stack([line(1, 0, 8), line(1, 0, 0)]))
    assert seen.max() < 0.1


def test_what_is_no_digit_gains_no_probability() -> None:
    letters = np.zeros((1, 4, 11), np.float32)
    letters[..., 0] = 0.3  # the rest is letters
    assert number_probabilities(letters).sum() == 0.0


def test_no_line_has_no_numbers() -> None:
    assert number_probabilities(np.empty((0, 8, 11), np.float32)).shape == (0, 100)
    assert number_probabilities(np.empty((2, 0, 11), np.float32)).sum() == 0.0
