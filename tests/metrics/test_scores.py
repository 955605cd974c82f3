"""Tracking scores: equal to TrackEval, defined for everything, true to their own meaning."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_tracks import Row, random_rows, table

from touchline.errors import InputError
from touchline.formats.mot import read_mot
from touchline.metrics import alignment as alignment_module
from touchline.metrics.alignment import Alignment, align
from touchline.metrics.scores import TrackScores, score_tracks

GOLDEN = json.loads(Path(__file__).with_name("golden").joinpath("tracks.json").read_text())
MEANS = ("HOTA", "DetA", "AssA", "LocA", "DetRe", "DetPr", "AssRe", "AssPr")
COUNTS = ("IDSW", "Frag", "MT", "PT", "ML", "FP", "FN")
KEYS = (*MEANS, "MOTA", "MOTP", "IDF1", "IDP", "IDR", *COUNTS, "reentry")
FRACTIONS = (*MEANS, "MOTP", "IDF1", "IDP", "IDR")

seeds = st.integers(0, 100_000)


def scores_of(truth: list[Row], result: list[Row]) -> TrackScores:
    return score_tracks(align(table(truth), table(result), 25.0))


def assert_equal(ours: dict[str, Any], theirs: dict[str, Any], tolerance: float = 1e-9) -> None:
    for name, expected in theirs.items():
        if name == "reentry":
            assert ours[name] == expected
        elif isinstance(expected, dict):
            assert_equal(ours[name], expected, tolerance)
        else:
            np.testing.assert_allclose(ours[name], expected, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("seed", sorted(set(GOLDEN) - {"combined"}))
def test_scores_of_a_made_up_sequence_are_those_of_trackeval(seed: str) -> None:
    assert_equal(scores_of(*random_rows(int(seed))).as_json(), GOLDEN[seed])


def test_scores_over_several_sequences_are_those_of_trackeval() -> None:
    parts = [scores_of(*random_rows(int(seed))) for seed in set(GOLDEN) - {"combined"}]
    assert_equal(TrackScores.combine(parts).as_json(), GOLDEN["combined"])


def in_columns(scores: TrackScores) -> dict[str, float]:
    """The numbers under the names of TrackEval's detailed table."""
    ours = scores.as_json()
    plain = (*KEYS[len(MEANS) : -3], "MODA", "sMOTA", "IDTP", "IDFN", "IDFP")  # no FP, FN
    columns = {name: ours[name] for name in plain}
    columns |= {f"CLR_{name}": ours[name] for name in ("TP", "FN", "FP")}
    columns |= {"CLR_Re": scores.clear.recall, "CLR_Pr": scores.clear.precision}
    for name, values in ours["per_alpha"].items():
        theirs = f"HOTA_{name}" if name in ("TP", "FN", "FP") else name
        columns[f"{theirs}___AUC"] = float(np.mean(values))
        for alpha, value in zip(ours["alphas"], values, strict=True):
            columns[f"{theirs}___{round(100 * alpha)}"] = value
    return columns


def assert_table(file: Path, scores: dict[str, TrackScores]) -> None:
    with file.open(newline="") as text:
        rows = {row["seq"]: row for row in csv.DictReader(text)}
    assert set(rows) - {"COMBINED"} == set(scores)
    scores = {**scores, "COMBINED": TrackScores.combine(list(scores.values()))}
    for name, row in rows.items():
        ours = in_columns(scores[name])
        theirs = {column: float(row[column]) for column in ours}
        assert_equal(ours, theirs)


@pytest.mark.parametrize("tracker", ["bytetrack_yolox_x", "deepocsort_post"])
def test_scores_of_real_football_trackers_are_those_of_trackeval(
    football_data: Path, tracker: str
) -> None:
    folder = football_data / "mot_gt_only" / "snmot_test"
    scores = {
        file.parts[-3]: score_tracks(
            align(
                read_mot(file.parents[1] / "gt" / "gt.txt", seventh="mark"),
                read_mot(file),
                25.0,
            )
        )
        for file in sorted(folder.glob(f"*/trackers/{tracker}.txt"))
    }
    assert_table(folder / f"trackeval_{tracker}.csv", scores)


def test_scores_of_a_pedestrian_tracker_are_those_of_trackeval(football_data: Path) -> None:
    folder = football_data / "metrics_oracle"
    scores = {}
    for file in sorted((folder / "deepsort").glob("*.txt")):
        truth = read_mot(folder / "gt" / file.stem / "gt" / "gt.txt", seventh="mark")
        result = read_mot(file, seventh="anything")
        scores[file.stem] = score_tracks(align(truth, result, 30.0))
    assert_table(folder / "trackeval_pedestrian_detailed.csv", scores)


@given(seeds.filter(lambda seed: seed % 10 not in (8, 9)))
@settings(max_examples=25, deadline=None)
def test_the_truth_itself_scores_one_everywhere(seed: int) -> None:
    truth, _ = random_rows(seed, ties=False)
    scores = scores_of(truth, truth)
    ours = scores.as_json()
    assert [ours[name] for name in (*FRACTIONS, "MOTA")] == pytest.approx([1.0] * 13)
    assert (ours["IDSW"], ours["PT"], ours["ML"], ours["FP"], ours["FN"]) == (0, 0, 0, 0, 0)
    assert ours["MT"] == scores.counts.truth_ids == len({row[1] for row in truth})


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_other_ids_change_nothing_however_large_or_negative(seed: int) -> None:
    truth, result = random_rows(seed, ties=False)
    new_ids = Random(seed).sample(range(-(2**61), 2**62), 600)
    renamed_truth = [(row[0], new_ids[-row[1]], *row[2:]) for row in truth]
    renamed = [(row[0], new_ids[row[1]], *row[2:]) for row in result]
    ours, theirs = scores_of(truth, result).as_json(), scores_of(renamed_truth, renamed).as_json()
    assert_equal(ours, theirs, 1e-12)


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    truth, result = (table(rows) for rows in random_rows(seed))
    order = Random(seed).sample(range(len(truth)), len(truth))
    shuffled = align(truth[np.array(order, np.int64)], result[::-1], 25.0)
    assert score_tracks(shuffled).as_json() == score_tracks(align(truth, result, 25.0)).as_json()


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_scores_keep_to_their_definitions(seed: int) -> None:
    scores = scores_of(*random_rows(seed))
    ours = scores.as_json()
    hota, clear, counts = scores.hota, scores.clear, scores.counts
    np.testing.assert_allclose(hota.hota**2, hota.deta * hota.assa, atol=1e-12)
    assert ours["HOTA"] == pytest.approx(hota.hota.mean())
    assert (np.diff(hota.tp) <= 0).all()
    assert (hota.loca >= np.array(ours["alphas"]) - 1e-12).all()
    for name in FRACTIONS:
        assert 0.0 <= ours[name] <= 1.0 + 1e-12, name
    assert ((hota.assa <= hota.assre + 1e-12) & (hota.assa <= hota.asspr + 1e-12)).all()
    assert clear.mota <= clear.moda <= clear.recall
    assert counts.truth_boxes == clear.tp + clear.fn == scores.identity.tp + scores.identity.fn
    assert counts.result_boxes == clear.tp + clear.fp == scores.identity.tp + scores.identity.fp
    assert counts.truth_ids == ours["MT"] + ours["PT"] + ours["ML"]
    twice = ours["IDP"] + ours["IDR"]
    assert ours["IDF1"] * twice == pytest.approx(2 * ours["IDP"] * ours["IDR"])


def walk(person: int, x: float, frames: range) -> list[Row]:
    return [(frame, person, x, 0.0, 10.0, 20.0) for frame in frames]


def test_two_people_who_swap_ids_halfway_lose_half() -> None:
    truth = walk(1, 0.0, range(1, 11)) + walk(2, 100.0, range(1, 11))
    result = walk(1, 0.0, range(1, 6)) + walk(2, 0.0, range(6, 11))
    result += walk(2, 100.0, range(1, 6)) + walk(1, 100.0, range(6, 11))
    ours = scores_of(truth, result).as_json()
    assert (ours["IDSW"], ours["Frag"], ours["MT"]) == (2, 0, 2)
    assert ours["MOTA"] == pytest.approx(1 - 2 / 20)
    assert ours["IDF1"] == pytest.approx(0.5)
    assert ours["AssA"] == pytest.approx(5 / 15)  # 5 frames together of 10 + 10 - 5
    assert ours["HOTA"] == pytest.approx((5 / 15) ** 0.5)


def test_a_gap_in_a_track_is_a_fragment_and_no_switch() -> None:
    truth = walk(1, 0.0, range(1, 11)) + walk(2, 100.0, range(1, 11))
    result = [row for row in truth if not (row[1] == 1 and 4 <= row[0] <= 6)]
    ours = scores_of(truth, result).as_json()
    assert (ours["Frag"], ours["IDSW"], ours["FN"], ours["MT"], ours["PT"]) == (1, 0, 3, 1, 1)


def test_exactly_half_an_overlap_counts_as_found() -> None:
    truth, half = [(1, 1, 0.0, 0.0, 10.0, 20.0)], [(1, 1, 0.0, 0.0, 10.0, 10.0)]
    assert scores_of(truth, half).as_json()["TP"] == 1


def test_without_a_result_everybody_is_missed() -> None:
    ours = scores_of(walk(1, 0.0, range(1, 11)), []).as_json()
    assert (ours["FN"], ours["IDFN"], ours["FP"], ours["ML"]) == (10, 10, 0, 1)
    assert [ours[name] for name in ("HOTA", "AssA", "MOTA", "MOTP", "IDF1", "LocA")] == [0] * 5 + [
        1
    ]


def test_without_a_truth_every_box_is_a_false_alarm_and_mota_is_zero() -> None:
    scores = scores_of([], walk(1, 0.0, range(1, 11)))
    ours = scores.as_json()
    assert (ours["FP"], ours["IDFP"], ours["FN"], ours["ML"]) == (10, 10, 0, 0)
    assert [ours[name] for name in ("HOTA", "AssA", "MOTA", "MOTP", "IDF1", "LocA")] == [0] * 5 + [
        1
    ]


def test_nothing_at_all_is_scored_like_no_sequence() -> None:
    ours = scores_of([], []).as_json()
    assert ours == TrackScores.combine([]).as_json()
    assert (ours["HOTA"], ours["LocA"], ours["FN"], ours["FP"], ours["frames"]) == (0, 1, 0, 0, 0)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_json_has_every_key_and_only_real_numbers(seed: int) -> None:
    ours = scores_of(*random_rows(seed)).as_json()
    assert set(KEYS) <= set(ours)
    assert json.loads(json.dumps(ours, allow_nan=False)) == ours
    for name in COUNTS:
        assert type(ours[name]) is int, name


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_one_sequence_combined_is_itself(seed: int) -> None:
    scores = scores_of(*random_rows(seed))
    assert_equal(TrackScores.combine([scores]).as_json(), scores.as_json(), 1e-12)


def test_a_long_clip_is_compared_in_pieces_with_the_same_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth, result = (table(rows) for rows in random_rows(376))
    whole = align(truth, result, 25.0)
    monkeypatch.setattr(alignment_module, "_PAIRS_AT_ONCE", 7)
    pieces = align(truth, result, 25.0)
    assert_same_overlaps(whole, pieces)


def assert_same_overlaps(a: Alignment, b: Alignment) -> None:
    assert len(a.overlaps) == len(b.overlaps) > 0
    np.testing.assert_array_equal(a.overlaps.truth_boxes, b.overlaps.truth_boxes)
    np.testing.assert_array_equal(a.overlaps.result_boxes, b.overlaps.result_boxes)
    np.testing.assert_array_equal(a.overlaps.iou, b.overlaps.iou)
    np.testing.assert_array_equal(a.overlaps.starts, b.overlaps.starts)


@pytest.mark.parametrize("rate", [0.0, -25.0, float("nan"), float("inf")])
def test_a_frame_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="frame rate"):
        align(table([]), table([]), rate)


def test_an_id_with_two_boxes_in_a_frame_is_refused() -> None:
    rows = [(3, 7, 0.0, 0.0, 10.0, 20.0), (3, 7, 50.0, 0.0, 10.0, 20.0)]
    with pytest.raises(
        InputError, match=r"result: id 7 has two boxes in frame 2 \(counted from 0\)"
    ):
        align(table([]), table(rows), 25.0)
