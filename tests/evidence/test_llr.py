"""What appearance, motion and votes say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.evidence.appearance import fit_tracklet_appearance
from touchline.evidence.calibration import AppearancePrior, Calibration, fit_calibration
from touchline.evidence.labels import Votes, cannot_link_labels, label_llr
from touchline.evidence.motion import MOTION_MODEL, MotionModel, at_border, motion_llr
from touchline.evidence.population import PopulationScaleMeter
from touchline.evidence.whitening import Vectors, fit_whitening


def test_without_known_pairs_calibration_is_that_of_other_clips() -> None:
    nobody = fit_calibration(np.zeros(0), np.zeros(0), np.zeros(0, np.bool_))
    one_kind = fit_calibration(np.full(9, 0.9), np.full(9, 0.8), np.ones(9, np.bool_))
    assert nobody == one_kind
    assert nobody.llr(np.array([0.9]), np.array([0.9]))[0] > 2.0
    assert nobody.llr(np.array([0.0]), np.array([0.9]))[0] < -2.0


def test_few_pairs_move_the_calibration_a_little_and_many_a_lot() -> None:
    default = fit_calibration(np.zeros(0), np.zeros(0), np.zeros(0, np.bool_))
    generator = np.random.default_rng(0)

    def fitted(count: int) -> Calibration:
        same = np.arange(2 * count) < count
        cosines = np.where(same, 0.35, 0.05) + generator.normal(0, 0.05, 2 * count)
        return fit_calibration(cosines, np.full(2 * count, 0.8), same)

    def limit(calibration: Calibration) -> float:
        return -(calibration.trust * 0.8 + calibration.constant) / calibration.cosine

    assert abs(limit(fitted(3)) - limit(default)) < abs(limit(fitted(300)) - limit(default))
    assert limit(fitted(300)) == pytest.approx(0.2, abs=0.03)


def test_calibrated_odds_are_likelihood_ratios() -> None:
    generator = np.random.default_rng(1)
    same = np.arange(4000) < 2000
    # Two normals of one width: the true log ratio is a line, 0.4 / 0.15**2 steep, 0 at 0.3.
    cosines = np.where(same, 0.5, 0.1) + generator.normal(0, 0.15, 4000)
    found = fit_calibration(cosines, np.full(4000, 0.8), same)
    for cosine in (0.2, 0.3, 0.4):
        truth = 0.4 / 0.15**2 * (cosine - 0.3)
        assert found.llr(np.array(cosine), np.array(0.8)) == pytest.approx(truth, abs=0.5)


def whiten(bins: Vectors, tracklet_ids: NDArray[np.int64]) -> Vectors:
    return fit_whitening(bins, tracklet_ids).whiten(bins)


def test_whitening_takes_out_what_changes_within_everybody() -> None:
    generator = np.random.default_rng(2)
    people = np.repeat(np.arange(12), 30)
    bins = generator.standard_normal((12, 8))[people]
    bins[:, 0] += 8.0 * generator.standard_normal(len(people))  # light, it changes for all alike
    bins += 0.1 * generator.standard_normal(bins.shape)

    def known_again(vectors: NDArray[np.float32]) -> int:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        halves = unit.reshape(12, 2, 15, 8).mean(axis=2)
        return int(((halves[:, 0] @ halves[:, 1].T).argmax(axis=1) == np.arange(12)).sum())

    plain = bins.astype(np.float32)
    assert known_again(whiten(plain, people)) > known_again(plain)
    assert known_again(whiten(plain, people)) >= 11


def test_sums_are_whitened_as_their_bins_are() -> None:
    bins = np.random.default_rng(3).standard_normal((12, 5)).astype(np.float32)
    whitening = fit_whitening(bins, np.arange(12) // 4)
    sums, counts = bins.reshape(3, 4, 5).sum(axis=1), np.full(3, 4)
    expected = whitening.whiten(bins).reshape(3, 4, 5).sum(axis=1)
    np.testing.assert_allclose(whitening.sums(sums, counts), expected, atol=1e-4)


def test_whitening_of_nothing_is_nothing() -> None:
    assert whiten(np.empty((0, 0), np.float32), np.empty(0, np.int64)).shape == (0, 0)


def test_a_clip_of_one_person_says_nothing_by_appearance() -> None:
    bins = np.ones((9, 4), np.float32) + np.eye(9, 4, dtype=np.float32)
    model, _ = fit_tracklet_appearance(
        bins, np.zeros(9, np.int64), 1, (np.empty(0, np.intp), np.empty(0, np.intp)), max_people=1
    )
    assert model.llr(model.sums, model.counts, -model.sums, model.counts)[0, 0] == 0.0


def test_border_is_measured_in_widths_of_the_box() -> None:
    boxes = np.array([[30.0, 100, 70, 200], [50, 100, 90, 200], [1200, 100, 1250, 200]])
    assert at_border(boxes, (1280, 720), 1.0).tolist() == [True, False, True]
    assert at_border(boxes[None], (1280, 720), 1.0).shape == (1, 3)


def _moved(
    across: float,
    gap: float,
    *,
    left: bool = False,
    entered: bool = False,
    height: float = 100.0,
    model: MotionModel = MOTION_MODEL,
) -> float:
    """Log-likelihood ratio of a displacement of so many body heights."""
    return float(
        motion_llr(
            np.array([height * across, 0.0]),
            (np.array(height), np.array(height)),
            np.array(gap),
            (np.array(left), np.array(entered)),
            PopulationScaleMeter().scale(),
            model=model,
        )
    )


@given(across=st.floats(0, 40), gap=st.floats(0, 30), height=st.floats(10, 400))
def test_displacements_count_in_body_heights_to_both_sides_and_never_say_no_for_certain(
    across: float, gap: float, height: float
) -> None:
    llr = _moved(across, gap)
    assert llr == pytest.approx(_moved(-across, gap, height=height))
    assert llr > np.log(MOTION_MODEL.outlier) - 1e-9


def test_short_displacements_speak_for_one_person_and_less_so_after_longer_gaps() -> None:
    assert _moved(9.0, 0.5) < 0.0 < _moved(0.5, 8.0) < _moved(0.5, 0.5)


def test_the_more_outliers_a_model_expects_the_less_firmly_it_says_no() -> None:
    bold, careful = MotionModel(outlier=0.001), MotionModel(outlier=0.1)
    assert _moved(30.0, 1.0, model=bold) < _moved(30.0, 1.0) < _moved(30.0, 1.0, model=careful)


def test_a_clip_without_known_pairs_has_the_curve_of_the_prior() -> None:
    prior = AppearancePrior(weights=(3.0, -1.0, 0.5), max_llr=2.0)
    found = fit_calibration(np.zeros(0), np.zeros(0), np.zeros(0, np.bool_), prior)
    assert found == Calibration(3.0, -1.0, 0.5, 2.0)
    assert found.llr(np.ones(1), np.zeros(1)) == pytest.approx(2.0 * np.tanh(3.5 / 2.0))


def test_who_left_over_the_border_is_not_soon_found_inside() -> None:
    assert _moved(0.5, 1.0, left=True) < _moved(0.5, 1.0, left=True, entered=True)
    assert _moved(0.5, 1.0, entered=True) < _moved(0.5, 1.0)


def test_equal_votes_speak_for_one_person_and_different_ones_against() -> None:
    votes = Votes(np.array([0, 0, 1, -1]), np.array([0.9, 0.8, 0.9, 0.9]))
    llr = label_llr(votes, votes, 0.5)
    assert llr[0, 1] > 0.0 > llr[0, 2]
    assert not llr[3].any()
    np.testing.assert_array_equal(llr, llr.T)


def test_only_two_sure_votes_that_differ_forbid_one_person() -> None:
    ours = Votes(np.array([7, 7, -1]), np.array([0.95, 0.5, 0.0]))
    theirs = Votes(np.array([9, 7]), np.array([0.95, 0.95]))
    expected = [[True, False], [False, False], [False, False]]
    assert cannot_link_labels(ours, theirs, 0.9).tolist() == expected


def test_one_body_height_is_one_wherever_the_camera_stands() -> None:
    default = PopulationScaleMeter().scale()
    near, far = PopulationScaleMeter(), PopulationScaleMeter()
    boxes = np.array([[x, 100.0, x + 20, 160.0] for x in range(0, 1200, 60)])
    near.add(boxes)
    far.add(boxes / 3)
    assert near.scale() == pytest.approx(far.scale())
    near.add(np.zeros((0, 4)))
    assert near.scale() == pytest.approx(far.scale())
    assert near.scale().depth < default.depth
