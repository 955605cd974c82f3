"""When a box is embedded: new, covered, or grown old."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.perception.config import EmbeddingPolicyConfig
from touchline.perception.embedding_policy import EmbeddingPolicy
from touchline.types import Affine, identity_motion

STILL = identity_motion()
FRAME = 0.04


def boxes_at(*lefts: float) -> NDArray[np.float64]:
    """People 40 wide and 100 high, side by side."""
    return np.array([[x, 100.0, x + 40, 200] for x in lefts]).reshape(-1, 4)


def choose(
    policy: EmbeddingPolicy,
    boxes: NDArray[np.float64],
    time: float,
    motion: Affine = STILL,
    cut: bool = False,
) -> list[bool]:
    mask = policy.choose(boxes, np.full(len(boxes), 0.9), motion, time, cut)
    return [bool(value) for value in mask]


def test_no_boxes_give_an_empty_choice() -> None:
    policy = EmbeddingPolicy()
    assert choose(policy, boxes_at(), 0.0) == []
    assert choose(policy, boxes_at(10), 0.04) == [True]
    assert choose(policy, boxes_at(), 0.08) == []


def test_mode_every_takes_all_boxes_but_the_weak_and_the_small() -> None:
    config = EmbeddingPolicyConfig(mode="every", min_score=0.5, min_height=50)
    boxes = np.array([[0.0, 0, 40, 100], [0, 0, 40, 100], [0, 0, 40, 30]])
    policy = EmbeddingPolicy(config)
    for time in (0.0, 0.04):
        chosen = policy.choose(boxes, np.array([0.9, 0.4, 0.9]), STILL, time, False)
        assert chosen.tolist() == [True, False, False]


def test_box_is_embedded_when_new_and_again_when_its_vector_is_old() -> None:
    policy = EmbeddingPolicy(EmbeddingPolicyConfig(max_age_seconds=0.2))
    chosen = [choose(policy, boxes_at(10 + 3 * n), n * FRAME)[0] for n in range(11)]
    assert [n for n, yes in enumerate(chosen) if yes] == [0, 5, 10]


def test_age_is_counted_in_seconds_at_any_frame_rate() -> None:
    for rate in (25, 50):
        policy = EmbeddingPolicy(EmbeddingPolicyConfig(max_age_seconds=0.4))
        chosen = [choose(policy, boxes_at(10), n / rate)[0] for n in range(rate + 1)]
        assert sum(chosen) == 3


def test_new_box_among_old_ones_is_embedded_alone() -> None:
    policy = EmbeddingPolicy()
    choose(policy, boxes_at(10, 200), 0.0)
    assert choose(policy, boxes_at(10, 500, 200), FRAME) == [False, True, False]


def test_camera_motion_carries_the_chain() -> None:
    pan = np.array([[1.0, 0, 300], [0, 1, 0]])
    moved, still = EmbeddingPolicy(), EmbeddingPolicy()
    choose(moved, boxes_at(10), 0.0)
    choose(still, boxes_at(10), 0.0)
    assert choose(moved, boxes_at(310), FRAME, pan) == [False]
    assert choose(still, boxes_at(310), FRAME) == [True]


def test_shot_cut_makes_every_box_new() -> None:
    policy = EmbeddingPolicy()
    choose(policy, boxes_at(10), 0.0)
    assert choose(policy, boxes_at(10), FRAME, cut=True) == [True]


def test_boxes_are_embedded_in_every_frame_in_which_they_overlap() -> None:
    policy = EmbeddingPolicy(EmbeddingPolicyConfig(max_age_seconds=10))
    assert choose(policy, boxes_at(55, 100), 0 * FRAME) == [True, True]
    assert choose(policy, boxes_at(66, 100), 1 * FRAME) == [False, False]  # 15 % covered
    assert choose(policy, boxes_at(80, 100), 2 * FRAME) == [True, True]  # 50 %
    assert choose(policy, boxes_at(85, 100), 3 * FRAME) == [True, True]
    assert choose(policy, boxes_at(74, 100), 4 * FRAME) == [True, True]  # who came from where?
    assert choose(policy, boxes_at(66, 100), 5 * FRAME) == [False, False]  # free again


def test_second_box_on_one_predecessor_is_new() -> None:
    policy = EmbeddingPolicy(EmbeddingPolicyConfig(max_covered_share=1.0))
    choose(policy, boxes_at(0), 0.0)
    assert choose(policy, boxes_at(1, 10), FRAME) == [False, True]


def test_weak_box_is_embedded_once_its_score_rises() -> None:
    policy = EmbeddingPolicy(EmbeddingPolicyConfig(min_score=0.5))
    weak = policy.choose(boxes_at(0), np.array([0.3]), STILL, 0.0, False)
    strong = policy.choose(boxes_at(0), np.array([0.7]), STILL, FRAME, False)
    assert (weak.tolist(), strong.tolist()) == ([False], [True])


@settings(max_examples=30, deadline=None)
@given(
    clip=st.lists(st.lists(st.floats(0, 400), max_size=6), min_size=2, max_size=12),
    stop=st.integers(0, 11),
)
def test_restored_state_continues_with_the_same_choices(clip: list[list[float]], stop: int) -> None:
    whole, first, second = EmbeddingPolicy(), EmbeddingPolicy(), EmbeddingPolicy()
    expected = [choose(whole, boxes_at(*lefts), n * FRAME) for n, lefts in enumerate(clip)]
    stop = min(stop, len(clip))
    for n in range(stop):
        choose(first, boxes_at(*clip[n]), n * FRAME)
    second.restore(first.state())
    for n in range(stop, len(clip)):
        assert choose(second, boxes_at(*clip[n]), n * FRAME) == expected[n]


def test_share_of_boxes_on_a_real_clip_is_small(football_data: Path) -> None:
    rows = np.loadtxt(
        football_data / "mot" / "SNMOT-060" / "det_yolox_nano_1280.txt", delimiter=","
    )
    corners = np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]])
    policy = EmbeddingPolicy()
    chosen = 0
    for frame in range(1, 251):
        here = rows[:, 0] == frame
        chosen += int(policy.choose(corners[here], rows[here, 6], STILL, frame / 25, False).sum())
    assert 0 < chosen < 0.25 * np.count_nonzero(rows[:, 0] <= 250)


def test_boxes_are_known_again_after_frames_in_which_nobody_looked() -> None:
    pan = np.array([[1.0, 0, 150], [0, 1, 0]])
    policy = EmbeddingPolicy()
    choose(policy, boxes_at(10), 0.0)
    policy.pass_over(pan)
    policy.pass_over(STILL)
    assert choose(policy, boxes_at(310), 3 * FRAME, pan) == [False]
    policy.pass_over(STILL, cut=True)
    assert choose(policy, boxes_at(310), 5 * FRAME) == [True]
