"""Files of truth and result become scores: roles, scales, missing and empty ones."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from touchline.errors import FormatError, InputError, UsageError
from touchline.evaluation.scales import scale_between
from touchline.evaluation.tracks import TrackEvaluation, evaluate_tracks
from touchline.formats.links_json import write_links
from touchline.formats.mot import read_mot
from touchline.formats.table import write_csv
from touchline.formats.track_files import read_tracks
from touchline.links import Links
from touchline.types import ROLES, TrackTable

FRAMES = 60
LEFT, BACK = 10, 45  # person 2 is away for 35 frames, 1.4 s
SEQINFO = "[Sequence]\nframeRate=25\nseqLength=60\nimWidth=1920\nimHeight=1080\n"
KEYS = "HOTA DetA AssA LocA DetRe DetPr AssRe AssPr MOTA MOTP IDF1 IDP IDR IDSW Frag MT PT ML FP FN"


def rows(new_id: int = 2, scale: float = 1.0, ball: bool = True) -> Iterator[str]:
    """Persons 1 and 2 and the ball, 9; person 2 leaves and comes back as ``new_id``."""
    for frame in range(FRAMES):
        people = {1: (100.0 + frame, 300.0, 60.0, 150.0)}
        if not LEFT <= frame < BACK:
            people[2 if frame < LEFT else new_id] = (1500.0, 500.0 + frame, 54.0, 141.0)
        if ball:
            people[9] = (900.0, 600.0 + 3 * frame, 24.0, 24.0)
        for track_id, box in people.items():
            numbers = ",".join(str(round(value * scale, 4)) for value in box)
            yield f"{frame + 1},{track_id},{numbers},1,-1,-1,-1\n"


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "truth" / "clip_a"
    put(folder / "gt" / "gt.txt", "".join(rows()))
    put(folder / "seqinfo.ini", SEQINFO)
    put(folder / "roles.csv", "track_id,role\n1,player\n2,goalkeeper\n9,ball\n")
    return folder


def scores(evaluation: TrackEvaluation) -> dict[str, float]:
    combined: dict[str, float] = evaluation.as_json()["combined"]
    return combined


def test_ball_is_left_out_where_roles_are_known(truth: Path, tmp_path: Path) -> None:
    result = put(tmp_path / "r.txt", "".join(rows(ball=False)))
    people = scores(evaluate_tracks(truth, result))
    assert (people["HOTA"], people["MOTA"], people["FN"], people["FP"]) == (1.0, 1.0, 0, 0)
    everything = scores(evaluate_tracks(truth, result, roles=ROLES))
    assert (everything["FN"], everything["FP"]) == (FRAMES, 0)
    (truth / "roles.csv").unlink()
    assert scores(evaluate_tracks(truth, result))["FN"] == FRAMES


def test_reasons_of_other_tracks_are_said_and_give_no_ceilings(
    truth: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result = put(tmp_path / "run" / "tracks.txt", "".join(rows(new_id=3, ball=False)))
    spans = np.array([[0, FRAMES - 1], [0, LEFT - 1], [BACK, FRAMES - 1]])
    counts = np.array([FRAMES, LEFT, FRAMES - BACK])
    columns = (np.ones(3), spans, spans / 25, counts, (), ())
    write_links(Links(np.array([1, 2, 3]), *columns), tmp_path / "run" / "links.json")
    found = evaluate_tracks(truth, result.parent).combined_ceilings
    assert found is not None
    assert found.tracklets == 3
    assert found.joining.hota.overall == pytest.approx(1.0)
    write_links(Links(np.array([1, 2, 2]), *columns), tmp_path / "run" / "links.json")
    evaluation = evaluate_tracks(truth, result.parent)
    assert evaluation.combined_ceilings is None
    assert scores(evaluation)["HOTA"] < 1.0
    assert f"no tracklet of {FRAMES - BACK} of {FRAMES + LEFT + FRAMES - BACK} boxes" in caplog.text


def test_roles_of_a_result_are_counted_alike_and_unknown_ones_always(
    truth: Path, tmp_path: Path
) -> None:
    plain = put(tmp_path / "r.txt", "".join(rows()))
    assert scores(evaluate_tracks(truth, plain))["FP"] == FRAMES
    tracks = read_mot(plain)
    roles = {1: "person", 2: "goalkeeper", 9: "ball"}
    tracks.roles[:] = [roles[track_id] for track_id in tracks.ids.tolist()]
    (tmp_path / "run").mkdir()
    write_csv(tracks, tmp_path / "run" / "tracks.csv")
    people = scores(evaluate_tracks(truth, tmp_path / "run"))
    assert (people["FP"], people["FN"]) == (0, 0)
    players = scores(evaluate_tracks(truth, tmp_path / "run", roles=["player"]))
    assert (players["FP"], players["FN"], players["TP"]) == (0, 0, FRAMES)
    ball = scores(evaluate_tracks(truth, tmp_path / "run", roles=["ball"]))
    assert (ball["FP"], ball["FN"], ball["TP"]) == (0, 0, FRAMES)


def test_boxes_of_people_who_are_not_asked_for_are_neither_right_nor_wrong(
    truth: Path, tmp_path: Path
) -> None:
    astray = "".join(f"{frame},7,600,700,40,90,1\n" for frame in range(1, 11))
    plain = put(tmp_path / "r.txt", "".join(rows(ball=False)) + astray)
    players = scores(evaluate_tracks(truth, plain, roles=["player"]))
    assert (players["TP"], players["FN"], players["FP"], players["IDSW"]) == (FRAMES, 0, 10, 0)
    assert scores(evaluate_tracks(truth, plain, roles=ROLES))["FP"] == 10


def test_roles_that_nobody_can_have_are_refused(truth: Path) -> None:
    with pytest.raises(UsageError, match="role 'striker' is unknown; roles are player"):
        evaluate_tracks(truth, truth, roles=["player", "striker"])
    with pytest.raises(UsageError, match="no role is given; roles are player"):
        evaluate_tracks(truth, truth, roles=[])
    (truth / "roles.csv").unlink()
    with pytest.raises(UsageError, match=r"clip_a: neither roles.csv nor gameinfo.ini says who"):
        evaluate_tracks(truth, truth / "gt" / "gt.txt", roles=["player", "goalkeeper"])


def test_scale_comes_from_the_sizes_of_the_images(
    truth: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = tmp_path / "run"
    result = put(run / "tracks.txt", "".join(rows(scale=2 / 3, ball=False)))
    report = {"complete": True, "video": {"width": 1280, "height": 720, "fps": 25.0}}
    put(run / "run.json", json.dumps(report))
    inferred = evaluate_tracks(truth, run)
    assert inferred.scales == {"clip_a": 1.5}
    assert scores(inferred)["HOTA"] == pytest.approx(1.0, abs=1e-3)
    assert caplog.text == ""
    (run / "run.json").unlink()
    put(run / "seqinfo.ini", SEQINFO.replace("1920", "1280").replace("1080", "720"))
    assert evaluate_tracks(truth, run).scales == {"clip_a": 1.5}
    (run / "seqinfo.ini").unlink()
    said = evaluate_tracks(truth, result, scale=1.5)
    assert scores(said)["HOTA"] == scores(inferred)["HOTA"]


def test_wrong_scale_is_suspected(
    truth: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result = put(tmp_path / "r.txt", "".join(rows(scale=2 / 3, ball=False)))
    assert scores(evaluate_tracks(truth, result))["TP"] == 0
    assert "100 % with the result 1.5 times as large" in caplog.text
    assert caplog.text.rstrip().endswith("--scale 1.5")
    caplog.clear()
    evaluate_tracks(truth, put(tmp_path / "good.txt", "".join(rows())), scale=3.0)
    assert caplog.text.rstrip().endswith("--scale 1")
    caplog.clear()
    evaluate_tracks(truth, put(tmp_path / "elsewhere.txt", "1,1,5,5,10,10,1\n"))
    assert caplog.text == ""


def test_images_of_another_shape_and_bad_numbers_are_refused(truth: Path, tmp_path: Path) -> None:
    assert scale_between("a", (1920, 1080), (854, 480)) == 1920 / 854
    assert scale_between("a", None, (854, 480)) == scale_between("a", (1, 1), None) == 1.0
    with pytest.raises(UsageError, match=r"a: truth is 1920x1080, the result 1280x800.*--scale"):
        scale_between("a", (1920, 1080), (1280, 800))
    for scale in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match=r"scale .* is refused"):
            evaluate_tracks(truth, truth, scale=scale)
    result = put(tmp_path / "r.txt", "".join(rows()))
    with pytest.raises(InputError, match=r"frame rate -1\.0 is refused"):
        evaluate_tracks(truth, result, frame_rate=-1.0)


def test_returns_depend_on_the_frame_rate(truth: Path, tmp_path: Path) -> None:
    result = put(tmp_path / "r.txt", "".join(rows(new_id=7, ball=False)))
    evaluation = evaluate_tracks(truth, result)
    reentry = evaluation.as_json()["reentry"]
    assert (reentry["kept"], reentry["new"], reentry["stolen"]) == (0, 1, 0)
    assert reentry["by_absence"]["1-2 s"]["new"] == 1
    slower = evaluate_tracks(truth, result, frame_rate=50.0).as_json()["reentry"]
    assert slower["new"] == 0


def test_rate_of_the_run_serves_a_truth_that_says_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truth = put(tmp_path / "clip.gt.txt", "".join(rows(ball=False)))
    run = put(tmp_path / "run" / "tracks.txt", "".join(rows(new_id=7, ball=False))).parent
    put(run / "run.json", '{"video": {"width": 1920, "height": 1080, "fps": 50.0}}')
    assert evaluate_tracks(truth, run).as_json()["reentry"]["new"] == 0
    assert caplog.text == ""
    assert evaluate_tracks(truth, run / "tracks.txt").as_json()["reentry"]["new"] == 0
    (run / "run.json").unlink()
    assert evaluate_tracks(truth, run).as_json()["reentry"]["new"] == 1
    assert "clip: no seqinfo.ini gives the frame rate; 25 is assumed" in caplog.text


@pytest.mark.parametrize(("fps", "warned"), [(50.0, True), (25.01, False), (None, False)])
def test_a_run_of_another_frame_rate_is_suspected(
    truth: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, fps: float | None, warned: bool
) -> None:
    run = put(tmp_path / "run" / "tracks.txt", "".join(rows())).parent
    put(run / "run.json", json.dumps({"video": {"width": 1920, "height": 1080, "fps": fps}}))
    evaluate_tracks(truth, run)
    assert ("25 frames a second, the result 50" in caplog.text) == warned
    assert warned or not caplog.records
    caplog.clear()
    evaluate_tracks(truth, run, frame_rate=25.0)
    assert not caplog.records


def test_json_holds_every_score_and_the_worst_moments(truth: Path, tmp_path: Path) -> None:
    for name in ("clip_b", "clip_c"):
        other = truth.parent / name
        put(other / "gt" / "gt.txt", "".join(rows(ball=False)))
        put(other / "seqinfo.ini", SEQINFO)
    for name, new_id in {"clip_a": 2, "clip_b": 7, "clip_c": 1000}.items():
        put(tmp_path / "out" / f"{name}.txt", "".join(rows(new_id, ball=False)))
    report = evaluate_tracks(truth.parent, tmp_path / "out").as_json()
    assert list(report["sequences"]) == ["clip_a", "clip_b", "clip_c"]
    for part in (report["combined"], *report["sequences"].values()):
        assert set(KEYS.split()) < set(part)
        assert {"kept", "new", "stolen", "by_absence"} < set(part["reentry"])
    assert report["reentry"] == report["combined"]["reentry"]
    assert (report["reentry"]["kept"], report["reentry"]["new"]) == (1, 2)
    assert report["sequences"]["clip_a"]["HOTA"] == 1.0
    assert report["sequences"]["clip_b"]["HOTA"] < report["combined"]["HOTA"] < 1.0
    assert [one["sequence"] for one in report["mistakes"]] == ["clip_b", "clip_c"]
    worst = report["mistakes"][0]
    assert (worst["frame"], worst["time"]) == (BACK + 1, BACK / 25)
    assert (worst["kind"], worst["before"], worst["after"]) == ("new on return", 2, 7)
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_empty_truth_and_empty_result_have_scores(truth: Path, tmp_path: Path) -> None:
    (truth / "roles.csv").unlink()
    empty = put(tmp_path / "empty.txt", "")
    nothing_found = scores(evaluate_tracks(truth, empty))
    assert (nothing_found["HOTA"], nothing_found["FN"]) == (0.0, 2 * FRAMES + 25)
    result = put(tmp_path / "r.txt", "".join(rows()))
    put(truth / "gt" / "gt.txt", "")
    nothing_there = scores(evaluate_tracks(truth, result))
    assert (nothing_there["HOTA"], nothing_there["FP"]) == (0.0, 2 * FRAMES + 25)
    nothing = evaluate_tracks(truth, empty)
    assert nothing.mistakes == ()
    json.dumps(nothing.as_json(), allow_nan=False)


def test_missing_sequence_is_an_error_or_empty(truth: Path, tmp_path: Path) -> None:
    put(truth.parent / "clip_b" / "gt" / "gt.txt", "".join(rows()))
    put(tmp_path / "out" / "clip_a.txt", "".join(rows(ball=False)))
    with pytest.raises(UsageError, match=r"no result for 1 of 2 sequences \(clip_b\)"):
        evaluate_tracks(truth.parent, tmp_path / "out")
    evaluation = evaluate_tracks(truth.parent, tmp_path / "out", allow_missing=True)
    assert evaluation.sequences["clip_a"].clear.fn == 0
    assert evaluation.sequences["clip_b"].clear.tp == 0


def test_frames_behind_the_end_are_refused(truth: Path, tmp_path: Path) -> None:
    result = put(tmp_path / "r.txt", "61,1,5,5,10,10,1\n")
    with pytest.raises(FormatError, match=r"r\.txt: frame 61 lies behind the end, .*seqLength=60"):
        evaluate_tracks(truth, result)


def test_plots_are_one_timeline_a_sequence_and_the_curves(truth: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = put(tmp_path / "r.txt", "".join(rows(new_id=7)))
    evaluate_tracks(truth, result, plots=tmp_path / "new" / "plots")
    made = sorted(file.name for file in (tmp_path / "new" / "plots").iterdir())
    assert made == ["hota.png", "timeline_clip_a.png"]


def against_trackeval(evaluation: TrackEvaluation, table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as text:
        expected = {row["seq"]: row for row in csv.DictReader(text)}
    assert set(evaluation.sequences) <= set(expected)
    for name, found in evaluation.sequences.items():
        row, own = expected[name], found.as_json()
        for key in KEYS.split():
            column = {"FP": "CLR_FP", "FN": "CLR_FN"}.get(key, key)
            column = column if column in row else f"{column}___AUC"
            assert own[key] == pytest.approx(float(row[column]), abs=1e-9), (name, key)


def test_real_trackers_score_as_trackeval_says(football_data: Path) -> None:
    snmot = football_data / "mot_gt_only" / "snmot_test"
    for tracker in ("bytetrack_yolox_x", "deepocsort_post"):
        evaluation = evaluate_tracks(snmot, snmot / "{name}" / "trackers" / f"{tracker}.txt")
        assert len(evaluation.sequences) == 10
        against_trackeval(evaluation, snmot / f"trackeval_{tracker}.csv")


def test_pedestrians_score_as_trackeval_says(football_data: Path) -> None:
    oracle = football_data / "metrics_oracle"
    evaluation = evaluate_tracks(oracle / "gt", oracle / "deepsort")
    against_trackeval(evaluation, oracle / "trackeval_pedestrian_detailed.csv")


def test_result_of_the_smaller_video_just_works(football_data: Path, tmp_path: Path) -> None:
    truth = football_data / "mot" / "SNMOT-060"
    tracks = read_mot(truth / "gt" / "gt.txt")
    people = tracks[tracks.ids != 18]
    people.boxes[:] *= 2 / 3
    (tmp_path / "run").mkdir()
    write_csv(people, tmp_path / "run" / "tracks.csv")
    put(tmp_path / "run" / "run.json", '{"video": {"width": 1280, "height": 720, "fps": 25.0}}')
    evaluation = evaluate_tracks(truth, tmp_path / "run")
    assert evaluation.combined.counts.truth_ids == 25
    assert scores(evaluation)["HOTA"] == pytest.approx(1.0, abs=1e-9)
    assert np.isclose(evaluation.scales["SNMOT-060"], 1.5)


def test_plots_without_matplotlib_are_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r"touchline\[plots\]"):
        evaluate_tracks(tmp_path / "missing", tmp_path / "missing", plots=tmp_path / "plots")


def test_tables_get_the_scores_of_the_files_they_come_from(truth: Path, tmp_path: Path) -> None:
    result = put(tmp_path / "clip_a.txt", "".join(rows(new_id=5)))
    of_files = scores(evaluate_tracks(truth, result))
    true, found = read_tracks(truth), read_tracks(result, frame_rate=25)
    for pair in ((true, found), (truth, found), (true, result)):
        evaluation = evaluate_tracks(*pair)
        assert scores(evaluation) == of_files
        assert evaluation.truth == (None if pair[0] is true else truth)
    assert evaluation.combined.reentry.new == 1
    assert evaluation.combined.hota.overall == pytest.approx(of_files["HOTA"])


def test_tables_without_a_box_are_scored_as_nothing() -> None:
    nothing = evaluate_tracks(TrackTable.empty(), TrackTable.empty())
    assert nothing.combined.counts.truth_boxes == 0
    assert nothing.combined.identity.idf1 == 0.0


def test_a_table_beside_several_true_sequences_is_refused(truth: Path) -> None:
    put(truth.parent / "clip_b" / "gt" / "gt.txt", "".join(rows()))
    with pytest.raises(UsageError, match="2 sequences, a table is one: give one of its files"):
        evaluate_tracks(truth.parent, TrackTable.empty())


def test_what_is_neither_a_file_nor_a_table_is_refused(truth: Path) -> None:
    with pytest.raises(InputError, match="result is a list; a file, folder or TrackTable"):
        evaluate_tracks(truth, [])  # type: ignore[arg-type]
