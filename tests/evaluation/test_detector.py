"""Detectors are scored on labelled images and on tracked clips."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from clips import HEIGHT, WIDTH, Clip, positions
from labelled_folders import write_yolo

from touchline.errors import UsageError, VideoError
from touchline.evaluation.detector import DetectorEvaluation, evaluate_detector
from touchline.evaluation.true_images import LabelledTruth, TrackedTruth, TrueImage, open_truth
from touchline.types import Detections, Image

PLAYER, KEEPER, BALL = [10, 20, 30, 60], [40, 20, 60, 90], [70, 70, 78, 78]  # 40, 70, 8 px high
BLANK = np.zeros((100, 100, 3), np.uint8)


class Scripted:
    """Answers what it was told to, image by image; the first is asked for twice."""

    def __init__(self, answers: Sequence[Detections]) -> None:
        self._answers = [*answers[:1], *answers]

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self._answers.pop(0) for _ in images]


def shown(*boxes: list[int], roles: Sequence[str]) -> TrueImage:
    return TrueImage(BLANK, np.array(boxes, np.float64).reshape(-1, 4), np.array(roles, np.str_))


def evaluate(
    answers: Sequence[Detections],
    pictures: Sequence[TrueImage],
    found_roles: Sequence[str] = ("player", "goalkeeper", "ball"),
) -> DetectorEvaluation:
    return evaluate_detector(
        Scripted(answers),
        pictures,
        true_roles=("player", "goalkeeper", "ball"),
        found_roles=found_roles,
    )


def test_a_keeper_taken_for_a_player_is_a_person_found_and_a_keeper_missed() -> None:
    truth = shown(PLAYER, KEEPER, BALL, roles=["player", "goalkeeper", "ball"])
    found = Detections([PLAYER, KEEPER, BALL], [0.9, 0.8, 0.7], ["player", "player", "ball"])
    scores = evaluate([found], [truth]).groups
    assert list(scores) == ["person", "player", "goalkeeper", "ball"]
    assert (scores["person"].ap50, scores["person"].ap) == (1.0, 1.0)
    assert (scores["person"].true_boxes, scores["player"].true_boxes) == (2, 1)
    assert scores["goalkeeper"].ap50 == 0.0
    assert scores["goalkeeper"].chosen is None
    assert scores["ball"].recall == 1.0


def test_a_detector_of_persons_only_is_judged_on_people_alone() -> None:
    truth = shown(PLAYER, KEEPER, roles=["player", "goalkeeper"])
    found = Detections([PLAYER, [0, 0, 5, 5], KEEPER], [0.9, 0.8, 0.7])
    scores = evaluate([found], [truth], ["person"]).groups
    assert list(scores) == ["person"]
    chosen = scores["person"].chosen
    assert chosen is not None
    assert (chosen.score, chosen.recall, chosen.precision) == (0.9, 0.5, 1.0)
    assert scores["person"].recall == 1.0


def test_people_are_grouped_by_height_and_found_at_the_common_score() -> None:
    truth = shown(PLAYER, KEEPER, roles=["player", "goalkeeper"])
    found = Detections([PLAYER, [0, 0, 5, 20], KEEPER], [0.9, 0.8, 0.7])
    heights = evaluate([found], [truth]).heights
    assert list(heights) == ["under 30 px", "30-60 px", "60-120 px", "over 120 px"]
    assert [one.true_boxes for one in heights.values()] == [0, 1, 1, 0]
    assert heights["30-60 px"].recall == 1.0
    assert heights["60-120 px"].recall == 0.0  # it scores 0.7, and 0.9 is the common score
    assert heights["60-120 px"].ap50 == 1.0  # the wrong box is of another height


def test_people_are_grouped_by_who_stands_near_them() -> None:
    near, hidden, far = [10, 20, 30, 60], [16, 20, 36, 60], [60, 20, 80, 60]
    truth = shown(near, hidden, far, roles=["player"] * 3)
    found = Detections([near, far], [0.9, 0.8], ["player"] * 2)
    standing = evaluate([found], [truth]).standing
    assert [one.true_boxes for one in standing.values()] == [1, 0, 2]
    assert (standing["free"].recall, standing["crowded"].recall) == (1.0, 0.5)
    assert standing["crowded"].recall_of_all == 0.5


def test_two_sure_boxes_on_one_person_are_a_double_box() -> None:
    twice = Detections(
        [PLAYER, [10, 20, 30, 54], [10, 20, 30, 50]], [0.9, 0.5, 0.3], ["player"] * 3
    )
    assert evaluate([twice], [shown(PLAYER, KEEPER, roles=["player"] * 2)]).doubles == 0.5
    assert np.isnan(evaluate([twice], [shown(roles=[])]).doubles)


def test_who_is_found_where_nobody_labelled_is_not_wrong(tmp_path: Path) -> None:
    text = "0 0.5 0.5 0.25 0.5\n1 0.1 0.5 0.2 1.0\n"
    write_yolo(tmp_path, {"aa_1": text}, "player\nignore\n")
    (picture,) = LabelledTruth(tmp_path)
    np.testing.assert_allclose(picture.ignored, [[0, 0, 16, 40]])
    boxes = [[30, 10, 50, 30], [2, 2, 12, 30], [60, 2, 70, 30]]
    scores = [0.7, 0.9, 0.8]
    evaluation = evaluate([Detections(boxes, scores, ["player"] * 3)], [picture])
    chosen = evaluation.groups["person"].chosen
    assert chosen is None  # of the two boxes that count the wrong one scores more
    scores = [0.8, 0.9, 0.7]
    evaluation = evaluate([Detections(boxes, scores, ["player"] * 3)], [picture])
    assert evaluation.groups["person"].ap50 == 1.0


def test_nothing_found_and_nothing_there_give_plain_numbers_and_none() -> None:
    nothing = Detections.empty()
    evaluation = evaluate([nothing, nothing], [shown(PLAYER, roles=["player"]), shown(roles=[])])
    report = evaluation.as_json()
    assert report["images"] == 2
    assert report["groups"]["person"]["ap50"] == 0.0
    assert report["groups"]["person"]["chosen"] is None
    assert report["groups"]["ball"]["ap50"] is None
    assert report["heights"]["under 30 px"]["recall"] is None
    assert report["milliseconds"] >= 0
    with pytest.raises(UsageError, match="no images"):
        evaluate([nothing], [])


def test_a_precision_that_is_no_share_is_refused() -> None:
    with pytest.raises(UsageError, match=r"precision 90 is refused"):
        evaluate_detector(Scripted([]), [], true_roles=(), found_roles=(), precision=90)


def test_labelled_images_give_roles_by_the_names_of_their_classes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    line = "{} 0.5 0.5 0.5 0.5\n"
    text = "".join(line.format(number) for number in range(3))
    write_yolo(tmp_path, {"aa_1": text, "bb_1": ""}, "Football\nGoalies\nfence\nperson\n")
    with caplog.at_level(logging.WARNING):
        truth = open_truth(tmp_path, matches=["aa"])
    assert "1 fence" in caplog.text
    assert isinstance(truth, LabelledTruth)
    assert truth.roles == ("ball", "goalkeeper", "person")
    (picture,) = truth
    assert len(truth) == 1
    assert picture.roles.tolist() == ["ball", "goalkeeper"]
    np.testing.assert_allclose(picture.boxes, [[20, 10, 60, 30]] * 2)
    assert picture.image.shape == (40, 80, 3)


def test_classes_that_tell_no_role_cannot_be_judged(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": ""}, "cat\ndog")
    with pytest.raises(UsageError, match=r"no class of .* tells a role: cat, dog"):
        LabelledTruth(tmp_path)


@pytest.fixture
def sequence(clip: Clip, tmp_path: Path) -> Path:
    """The clip's true tracks in twice its pixels, beside a copy of its video."""
    (tmp_path / "gt").mkdir()
    rows = [
        f"{frame + 1},{track + 1},{2 * x1},{2 * y1},{2 * (x2 - x1)},{2 * (y2 - y1)},1,-1,-1,-1\n"
        for frame in range(clip.frames)
        for track, (x1, y1, x2, y2) in enumerate(positions(frame).tolist())
    ]
    (tmp_path / "gt" / "gt.txt").write_text("".join(rows), encoding="utf-8")
    (tmp_path / "seqinfo.ini").write_text(
        f"[Sequence]\nframeRate=25\nseqLength={clip.frames}\n"
        f"imWidth={2 * WIDTH}\nimHeight={2 * HEIGHT}\n",
        encoding="utf-8",
    )
    (tmp_path / "clip.mp4").write_bytes(clip.video.read_bytes())
    return tmp_path


def test_a_tracked_clip_gives_a_image_a_second_with_boxes_in_its_pixels(
    sequence: Path,
) -> None:
    truth = open_truth(sequence)
    assert isinstance(truth, TrackedTruth)
    assert truth.roles == ("person",)
    pictures = list(truth)
    assert len(pictures) == len(truth) == 3
    for number, picture in enumerate(pictures):
        np.testing.assert_allclose(picture.boxes, positions(25 * number))
        x1, y1, x2, y2 = picture.boxes[2].astype(int)
        shirt = picture.image[y1 + 8 : y2 - 8, x1 + 4 : x2 - 4]
        assert shirt.mean() > 200  # the third player wears white
    assert len(TrackedTruth(sequence, seconds=0.2)) == 12
    assert len(TrackedTruth(sequence, seconds=0.0)) == 60


def test_a_video_that_is_elsewhere_is_asked_for(sequence: Path, tmp_path: Path) -> None:
    moved = (sequence / "clip.mp4").rename(tmp_path / "other.bin")
    with pytest.raises(UsageError, match="name them with --video"):
        open_truth(sequence)
    assert len(list(open_truth(sequence, video=moved))) == 3


def test_a_video_that_is_shorter_than_its_truth_is_refused(sequence: Path) -> None:
    info = sequence / "seqinfo.ini"
    info.write_text(info.read_text().replace("seqLength=60", "seqLength=90"), encoding="utf-8")
    with pytest.raises(VideoError, match="ends before its truth"):
        list(open_truth(sequence))


def test_options_of_the_other_kind_of_truth_are_refused(sequence: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--matches chooses among labelled images"):
        open_truth(sequence, matches=["a"])
    folder = write_yolo(tmp_path / "images", {"a": ""})
    with pytest.raises(UsageError, match="--video belongs to a tracked clip"):
        open_truth(folder, video=sequence / "clip.mp4")
    with pytest.raises(UsageError, match="does not exist"):
        open_truth(tmp_path / "none")
