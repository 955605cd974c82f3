"""A simulated detector errs as real ones do: where it is hard, in streaks, and knowing it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.boxes import iou_matrix
from touchline.config import check_config
from touchline.errors import InputError, SettingsError
from touchline.formats.mot import read_detections, read_mot
from touchline.metrics.alignment import Alignment, align
from touchline.simulation.config import DetectorErrors
from touchline.simulation.detector_errors import Found, ImperfectDetector, imperfect_detections
from touchline.simulation.occlusion import hidden_shares
from touchline.types import Detections, Tracks, TrackTable

SIZE = (1280, 720)
QUIET: dict[str, Any] = {"lasting_false_alarms": 0.0, "brief_false_alarms": 0.0, "doubles": 0.0}


def truth(boxes: NDArray[np.float64], frames: int) -> TrackTable:
    """People who stand still in ``boxes`` for ``frames`` frames."""
    ids = np.arange(1, len(boxes) + 1)
    roles = np.full(len(boxes), "player", "<U10")
    tracks = Tracks(ids, boxes, np.ones(len(boxes)), roles, ids - 1)
    return TrackTable.from_frames([(frame, frame / 25, tracks) for frame in range(frames)])


def standing(count: int, height: float = 60.0) -> NDArray[np.float64]:
    """Boxes of ``count`` people next to each other, nobody before anybody."""
    left = 60.0 + 80.0 * np.arange(count)
    top = np.full(count, 300.0)
    return np.column_stack([left, top, left + 0.45 * height, top + height])


def detect(
    table: TrackTable, frames: int | None = None, seed: int = 0, **errors: Any
) -> list[Found]:
    found = imperfect_detections(
        table,
        check_config(DetectorErrors, errors),
        image_size=SIZE,
        frame_rate=25.0,
        seed=seed,
        frame_count=frames,
    )
    frame_numbers, founds = zip(*found, strict=True)
    assert list(frame_numbers) == list(range(len(frame_numbers)))
    return list(founds)


def seen(founds: list[Found], table: TrackTable) -> NDArray[np.bool_]:
    """(frames, people) who was found; the table has everybody in every frame."""
    mask = np.zeros(len(table), np.bool_)
    for found in founds:
        mask[found.rows[found.rows >= 0]] = True
    return mask.reshape(len(founds), -1)


def test_a_detector_without_errors_gives_the_truth() -> None:
    table = truth(standing(5), 4)
    for frame, found in enumerate(detect(table, preset="none")):
        at = table.rows_at(frame)
        np.testing.assert_allclose(found.detections.boxes, table.boxes[at])
        np.testing.assert_array_equal(found.rows, np.arange(at.start, at.stop))
        assert (found.detections.scores > 0.99).all()
        assert set(found.detections.roles) == {"player"}


def test_the_same_seed_gives_the_same_detections_however_many_frames_are_asked_for() -> None:
    table = truth(standing(6), 60)
    whole, part, other = detect(table), detect(table, 20), detect(table, seed=1)
    for one, two in zip(part, whole, strict=False):
        np.testing.assert_array_equal(one.detections.boxes, two.detections.boxes)
        np.testing.assert_array_equal(one.detections.scores, two.detections.scores)
    assert any(len(a.rows) != len(b.rows) for a, b in zip(whole, other, strict=True))


def test_hidden_people_are_missed_more_often_than_free_ones() -> None:
    free = standing(8)
    hider = free[:4] + 5.0
    table = truth(np.concatenate([free, hider]), 1500)
    found = seen(detect(table), table).mean(axis=0)
    assert found[:4].max() < found[4:].min() - 0.1


def test_small_people_are_missed_more_often_than_large_ones() -> None:
    boxes = np.concatenate([standing(6, 15.0), standing(6, 60.0) + 150.0])
    table = truth(boxes, 1500)
    found = seen(detect(table), table).mean(axis=0)
    assert found[:6].mean() < found[6:].mean() - 0.1


@pytest.mark.parametrize("preset", ["small", "large"])
def test_misses_come_in_streaks(preset: str) -> None:
    table = truth(standing(14), 1500)
    missed = ~seen(detect(table, preset=preset), table)
    lengths = [len(list(run)) for column in missed.T for is_miss, run in groupby(column) if is_miss]
    # Independent misses would make streaks of 1 / (1 - share) frames.
    assert np.mean(lengths) > 1.3 / (1.0 - missed.mean())
    assert max(lengths) >= 6


def test_low_scores_mean_bad_boxes() -> None:
    table = truth(standing(14), 400)
    founds = detect(table, **QUIET)
    scores = np.concatenate([found.detections.scores for found in founds])
    overlaps = np.concatenate(
        [iou_matrix(f.detections.boxes, table.boxes[f.rows]).diagonal() for f in founds]
    )
    low, high = np.quantile(scores, [0.2, 0.8])
    assert overlaps[scores < low].mean() < overlaps[scores > high].mean() - 0.1
    assert (scores < 0.5).any()
    assert scores.min() >= 0.1


def test_errors_of_a_box_change_slowly() -> None:
    table = truth(standing(14), 400)
    settings: dict[str, Any] = {**QUIET, "preset": "large", "miss_free": 0.0, "merge_share": 0.0}
    lefts = np.array([found.detections.boxes[:, 0] for found in detect(table, **settings)])
    errors = lefts - lefts.mean(axis=0)
    one, second = (np.corrcoef(errors[:-n].ravel(), errors[n:].ravel())[0, 1] for n in (1, 25))
    assert one > 0.6
    assert one > second + 0.2


def test_false_alarms_belong_to_nobody_score_low_and_may_stay() -> None:
    founds = detect(TrackTable.empty(), 400)
    assert all((found.rows == -1).all() for found in founds)
    counts = np.array([len(found.rows) for found in founds])
    assert 2.0 < counts.mean() < 12.0
    scores = np.concatenate([found.detections.scores for found in founds])
    assert np.median(scores) < 0.4
    assert scores.max() > 0.6
    follow = [
        iou_matrix(a.detections.boxes, b.detections.boxes).max(axis=1) > 0.9
        for a, b in pairwise(founds)
        if len(a.rows) and len(b.rows)
    ]
    assert 0.5 < np.concatenate(follow).mean() < 0.99


def test_lasting_false_alarms_go_with_the_camera() -> None:
    errors = DetectorErrors(brief_false_alarms=0.0, lasting_false_alarms=20.0, lasting_seconds=1e6)
    detector = ImperfectDetector(errors, image_size=SIZE, frame_rate=25.0, seed=0)
    nobody = (np.empty(0, np.int64), np.empty((0, 4)), np.empty(0, "<U10"))
    before = detector.detect(*nobody).detections.boxes
    right = np.array([[1.0, 0.0, 5.0], [0.0, 1.0, 0.0]])
    after = detector.detect(*nobody, right).detections.boxes
    moved = iou_matrix(before + np.array([5.0, 0.0, 5.0, 0.0]), after).max(axis=1)
    assert (moved > 0.99).sum() >= len(before) // 2


def test_two_people_in_one_place_may_get_one_box() -> None:
    pair = np.array([[100.0, 100.0, 140.0, 200.0], [110.0, 104.0, 150.0, 204.0]])
    founds = detect(truth(pair, 3), **QUIET, preset="none", merge_share=1.0)
    for frame, found in enumerate(founds):
        np.testing.assert_allclose(found.detections.boxes, [[100.0, 100.0, 150.0, 204.0]])
        assert found.rows.tolist() == [2 * frame + 1]  # the nearer of the two


def test_boxes_end_at_the_border_of_the_image() -> None:
    boxes = np.array([[0.0, 690.0, 20.0, 720.0], [1260.0, 0.0, 1280.0, 30.0]])
    for found in detect(truth(boxes, 200)):
        corners = found.detections.boxes
        assert (corners >= 0.0).all()
        assert (corners <= [*SIZE, *SIZE]).all()


def test_an_empty_box_of_the_truth_is_never_found() -> None:
    founds = detect(truth(np.array([[5.0, 5.0, 5.0, 40.0]]), 5), preset="none")
    assert all(len(found.rows) == 0 for found in founds)


def test_no_frames_give_nothing() -> None:
    assert list(_frames(TrackTable.empty())) == []


def _frames(table: TrackTable) -> Iterator[tuple[int, Found]]:
    return imperfect_detections(table, DetectorErrors(), image_size=SIZE, frame_rate=25.0, seed=0)


def test_unsorted_truth_wrong_sizes_and_wrong_settings_are_refused() -> None:
    table = truth(standing(2), 2)
    with pytest.raises(InputError, match=r"TrackTable.sorted\(\)"):
        list(_frames(table[::-1]))
    for size, rate in (((0, 720), 25.0), (SIZE, 0.0), (SIZE, float("nan"))):
        with pytest.raises(InputError, match="is refused"):
            ImperfectDetector(DetectorErrors(), image_size=size, frame_rate=rate, seed=0)
    with pytest.raises(SettingsError, match=r"miss_free = 2\.0 is refused"):
        check_config(DetectorErrors, {"miss_free": 2.0})
    with pytest.raises(SettingsError, match="unknown setting 'mis_free'; did you mean"):
        check_config(DetectorErrors, {"mis_free": 0.1})


def test_a_setting_goes_before_the_preset() -> None:
    errors = DetectorErrors(preset="large", miss_free=0.5)
    assert (errors.miss_free, errors.score_hidden) == (0.5, 0.1)


coordinate = st.floats(0, 100)


@given(st.lists(st.tuples(coordinate, coordinate, st.floats(1, 50), st.floats(1, 50)), max_size=8))
def test_hidden_shares_lie_between_nothing_and_all(rows: list[tuple[float, ...]]) -> None:
    xywh = np.array(rows).reshape(-1, 4)
    boxes = np.column_stack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]])
    shares, by = hidden_shares(boxes)
    assert ((shares >= 0.0) & (shares <= 1.0)).all()
    np.testing.assert_array_equal(shares > 0.0, by >= 0)
    assert (boxes[by[by >= 0], 3] > boxes[by >= 0, 3]).all()


def test_one_nearer_person_hides_the_shared_part() -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 20.0], [5.0, 10.0, 15.0, 30.0]])
    shares, by = hidden_shares(boxes)
    np.testing.assert_allclose(shares, [0.25, 0.0])
    assert by.tolist() == [1, -1]


def _recall_and_iou(alignment: Alignment) -> tuple[float, float]:
    pairs = alignment.matches
    return len(pairs) / len(alignment.truth), float(pairs.iou.mean())


def _as_tracks(frames: Iterator[tuple[int, Detections]]) -> TrackTable:
    rows = [
        (
            frame,
            frame / 25,
            Tracks(rows := np.arange(len(found)), found.boxes, found.scores, found.roles, rows),
        )
        for frame, found in frames
    ]
    return TrackTable.from_frames(rows)


def test_the_small_network_errs_as_yolox_nano_does_on_a_real_clip(football_data: Path) -> None:
    folder = football_data / "mot" / "SNMOT-060"
    table = read_mot(folder / "gt" / "gt.txt")
    table = table[table.ids != 18]  # the ball
    table = replace(table, boxes=table.boxes * 2 / 3)
    real = read_detections(folder / "det_yolox_nano_1280.txt")
    made = detect(table, 750)
    reality = _as_tracks((frame, real.at(frame)) for frame in range(750))
    simulated = _as_tracks((frame, found.detections) for frame, found in enumerate(made))
    recall, iou = _recall_and_iou(align(table, reality, 25.0))
    made_recall, made_iou = _recall_and_iou(align(table, simulated, 25.0))
    assert made_recall == pytest.approx(recall, abs=0.03)
    assert made_iou == pytest.approx(iou, abs=0.04)
    assert len(simulated) == pytest.approx(len(reality), rel=0.2)
    for quantile in (0.25, 0.5, 0.75):
        assert np.quantile(simulated.scores, quantile) == pytest.approx(
            np.quantile(reality.scores, quantile), abs=0.15
        )
