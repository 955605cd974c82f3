"""What is remembered of people's appearance, and what is learned from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.tracking import clip_appearance
from touchline.tracking.clip_appearance import BIN_SECONDS, ClipAppearance, Learned

_PEOPLE = 8


def bins_of_tracklets(people: list[int], generator: np.random.Generator) -> NDArray[np.float32]:
    """A noisy look of each of these people; their light changes together with their pose."""
    vectors = np.eye(_PEOPLE + 2, dtype=np.float32)[people]
    vectors += generator.normal(0, 0.1, vectors.shape).astype(np.float32)
    vectors[:, _PEOPLE] += generator.normal(0, 1, len(people)).astype(np.float32)
    return vectors


def filmed(seconds: float, seed: int = 0) -> ClipAppearance:
    """Eight people in view for so long, ten frames a second."""
    generator, appearance = np.random.default_rng(seed), ClipAppearance()
    for time in np.arange(0.0, seconds, 0.1).tolist():
        if appearance.is_over(time):
            appearance.close()
        appearance.add(np.arange(_PEOPLE), bins_of_tracklets(list(range(_PEOPLE)), generator))
    return appearance


def learned(appearance: ClipAppearance, time: float) -> Learned:
    """What is known from ``time`` on, a few frames later."""
    model = None
    while model is None or appearance.is_learning:
        appearance.learn(time, _PEOPLE, _PEOPLE + 2)
        model = appearance.model(time, _PEOPLE, _PEOPLE + 2)
    return model


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_bin_holds_the_mean_look_of_each_of_its_tracks(data: st.DataObject) -> None:
    frames = data.draw(st.lists(st.lists(st.integers(0, 5), unique=True), max_size=6))
    appearance, generator = ClipAppearance(), np.random.default_rng(0)
    seen: dict[int, list[NDArray[np.float32]]] = {}
    for people in frames:
        vectors = bins_of_tracklets(people, generator)
        appearance.add(np.array(people, np.int64), vectors)
        for person, vector in zip(people, vectors, strict=True):
            seen.setdefault(person, []).append(vector)
    keys, means = appearance.close()
    assert keys.tolist() == sorted(seen)
    for key, mean in zip(keys.tolist(), means, strict=True):
        np.testing.assert_allclose(mean, np.mean(seen[key], axis=0), atol=1e-5)
    assert not len(appearance.close()[0])


@pytest.mark.parametrize("rate", [1.0, 24.0, 25.0, 30.0, 50.0, 59.94])
def test_a_bin_ends_every_half_second_at_any_frame_rate(rate: float) -> None:
    appearance = ClipAppearance()
    ends = sum(appearance.is_over(frame / rate) for frame in range(int(10 * rate) + 2))
    assert ends == min(10 / BIN_SECONDS, 10 * rate + 1)


def test_one_person_becomes_likelier_than_two_and_more_so_with_more_to_learn_from() -> None:
    def told_apart(seconds: float) -> float:
        whitening, appearance_model = learned(filmed(seconds), seconds)
        generator = np.random.default_rng(9)
        one, other = (bins_of_tracklets([0, 1], generator) * 3 for _ in range(2))
        counts = np.full(2, 3)
        llr = appearance_model.llr(
            whitening.sums(one, counts),
            counts.astype(np.float64),
            whitening.sums(other, counts),
            counts.astype(np.float64),
        )
        return float(llr[0, 0] + llr[1, 1] - llr[0, 1] - llr[1, 0])

    assert told_apart(10.0) > told_apart(1.0) > 0.0


@pytest.mark.parametrize("dimensions", [0, 4])
def test_of_nobody_nothing_is_learned_and_nothing_breaks(dimensions: int) -> None:
    nothing = ClipAppearance()
    nothing.learn(3.0, 0, dimensions)
    assert not nothing.is_learning
    model = nothing.model(3.0, 0, dimensions)
    assert model is not None
    whitening, appearance_model = model
    nobody = np.zeros((2, dimensions), np.float32)
    sums = whitening.sums(nobody, np.zeros(2, np.int64))
    assert not appearance_model.llr(sums, np.zeros(2), sums, np.zeros(2)).any()


def test_what_was_learned_is_kept_for_two_seconds() -> None:
    appearance = filmed(6.0)
    model = learned(appearance, 6.0)
    assert learned(appearance, 7.9) is model
    assert learned(appearance, 8.1) is not model


def test_learning_takes_several_frames_and_comes_to_the_same_in_few_large_steps() -> None:
    gradual, fast, size = filmed(6.0), filmed(6.0), _PEOPLE + 2
    frames = 0
    while frames == 0 or gradual.is_learning:
        gradual.learn(6.0, _PEOPLE, size)
        assert (gradual.model(6.0, _PEOPLE, size) is None) == gradual.is_learning
        gradual.add(np.arange(_PEOPLE), np.ones((_PEOPLE, size), np.float32))
        gradual.close()  # what comes in meanwhile counts next time
        frames += 1
    assert frames >= 5
    fast.learn(6.0, _PEOPLE, size, pieces=frames)
    assert not fast.is_learning
    (one, curve), (other, same) = learned(gradual, 6.0), learned(fast, 6.0)
    assert one.factor.tolist() == other.factor.tolist()
    assert curve == same


def test_until_something_new_is_learned_the_last_model_counts() -> None:
    appearance, size = filmed(6.0), _PEOPLE + 2
    model = learned(appearance, 6.0)
    appearance.learn(9.0, _PEOPLE, size)
    assert appearance.is_learning
    assert appearance.model(9.0, _PEOPLE, size) is model


def test_memory_does_not_grow_with_the_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_appearance, "_KEPT_BINS", 40)
    long, short = filmed(30.0), filmed(2.0)
    assert long._appearance.shape == short._appearance.shape == (40, _PEOPLE + 2)
    whitening, _ = learned(long, 30.0)
    latest = long._appearance.mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(whitening.centre, latest, atol=1e-6)
