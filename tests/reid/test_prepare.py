"""The parts of preparing crops: what is visible, lists, images in a folder, crops copied in."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import StoreError, UsageError
from touchline.reid.cutting import copy_crop, copy_jobs, write_whole
from touchline.reid.image_sources import FolderImages
from touchline.reid.lists import gid2info_text, list_text
from touchline.reid.manifest import DISTRACTOR, Manifest
from touchline.reid.match_split import match_split
from touchline.reid.plan import NO_CROPS, CropPlan, pixel_boxes, with_copies
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.prepare_report import make_report
from touchline.reid.truth import ClipTruth
from touchline.reid.visibility import visible_shares


def clip_of(boxes: list[list[float]], name: str = "c", **more: object) -> ClipTruth:
    """Boxes of one frame, each of another id, in an image of 100x60."""
    count = len(boxes)
    return ClipTruth(
        name,
        "m",
        np.zeros(count, np.int64),
        np.arange(count),
        np.array(boxes, np.float64).reshape(-1, 4),
        np.zeros(count),
        100,
        60,
        **more,  # type: ignore[arg-type]
    )


def test_nobody_is_visible_in_an_empty_truth() -> None:
    assert visible_shares(clip_of([])).shape == (0,)
    assert clip_of([]).tracks() == {}
    assert pixel_boxes(clip_of([])).shape == (0, 4)


def test_the_person_with_the_lower_feet_covers_the_other() -> None:
    shares = visible_shares(clip_of([[10, 10, 30, 40], [20, 10, 40, 50], [60, 5, 70, 15]]))
    assert shares.tolist() == [0.5, 1.0, 1.0]


def test_what_lies_outside_of_the_image_is_not_visible() -> None:
    shares = visible_shares(clip_of([[-10, 20, 10, 40], [90, 50, 110, 70], [200, 0, 210, 20]]))
    assert shares.tolist() == [0.5, 0.25, 0.0]


boxes_in_pixels = st.lists(
    st.tuples(st.integers(-20, 110), st.integers(-20, 70), st.integers(1, 50), st.integers(1, 50)),
    max_size=6,
)


@settings(deadline=None)
@given(boxes_in_pixels)
def test_visible_share_is_what_a_painted_image_shows(
    corners: list[tuple[int, int, int, int]],
) -> None:
    boxes = [[x, y, x + width, y + height] for x, y, width, height in corners]
    shares = visible_shares(clip_of([[float(side) for side in box] for box in boxes]))
    for row, (x1, y1, x2, y2) in enumerate(boxes):
        feet = min(y2, 60)
        seen = sum(
            all(
                not (a <= x < c and b <= y < min(d, 60) and min(d, 60) > feet)
                for a, b, c, d in boxes
            )
            for x in range(max(x1, 0), min(x2, 100))
            for y in range(max(y1, 0), feet)
        )
        assert shares[row] == pytest.approx(seen / ((x2 - x1) * (y2 - y1)))


def test_pixels_of_a_box_end_at_the_border_of_the_image() -> None:
    clip = clip_of([[-5.4, 3.6, 20.4, 80.0], [50, 10, 70, 50]])
    assert pixel_boxes(clip).tolist() == [[0, 4, 20, 60], [50, 10, 70, 50]]
    assert pixel_boxes(clip, margin=0.1)[1].tolist() == [48, 6, 72, 54]


def test_tracks_come_in_order_of_their_first_box() -> None:
    ids = np.array([5, 2, 5, 9, 2, 5])
    clip = ClipTruth("c", "m", np.arange(6), ids, np.zeros((6, 4)), np.zeros(6), 9, 9)
    rows = {track_id: rows.tolist() for track_id, rows in clip.tracks().items()}
    assert list(rows.items()) == [(5, [0, 2, 5]), (2, [1, 4]), (9, [3])]


def test_fingerprint_changes_with_truth_and_with_nothing_else() -> None:
    clip = clip_of([[1, 2, 30, 40]])
    assert clip.fingerprint() == clip_of([[1, 2, 30, 40]]).fingerprint()
    others = [
        clip_of([[1, 2, 30, 41]]),
        clip_of([[1, 2, 30, 40]], name="d"),
        clip_of([[1, 2, 30, 40]], teams={0: "white"}),
        clip_of([[1, 2, 30, 40]], same_ids=True),
    ]
    assert len({clip.fingerprint(), *(other.fingerprint() for other in others)}) == 5


def two_clips(**more: object) -> CropPlan:
    """Two clips of one match, the same two boxes in each, all of it for training."""
    boxes = [[5.0, 5.0, 25.0, 45.0], [50.0, 5.0, 70.0, 45.0]]
    clips = [clip_of(boxes, name=name, **more) for name in ("one", "two")]
    return match_split(clips, PrepareConfig(holdout=0, min_crops=1))


def test_possible_duplicates_are_pairs_over_clips_whose_teams_agree() -> None:
    pairs = {"train": 4, "held out": 0, "across": 0}
    assert make_report(two_clips()).possible_duplicates == pairs
    teams = make_report(two_clips(teams={0: "white", 1: "red"}))
    assert teams.possible_duplicates["train"] == 2
    one_known = make_report(two_clips(teams={0: "white"}))
    assert one_known.possible_duplicates["train"] == 4
    assert make_report(two_clips(same_ids=True)).possible_duplicates["train"] == 0


def pedestrians(root: Path) -> Manifest:
    """Crops of five people and a distractor in files whose bytes are their names."""
    splits = ["train", "train", "", "gallery", "query", "gallery"]
    names = [f"p{number}.JPG" for number in range(6)]
    for name in names:
        (root / name).write_bytes(name.encode())
    return Manifest(
        root, names, [7, 3, 12, 20, 20, DISTRACTOR], cameras=[1, 2, 3, 4, 5, 6], splits=splits
    )


def test_copies_join_the_training_part_as_other_people(tmp_path: Path) -> None:
    plan = two_clips()
    joined = with_copies(plan, pedestrians(tmp_path), "streets")
    train = joined.manifest.in_split("train")
    assert len(joined.manifest) == len(plan.manifest) + 3
    assert joined.copies == tuple(tmp_path / f"p{number}.JPG" for number in (1, 0, 2))
    assert train.identities.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert train.cameras.tolist()[-3:] == [2, 1, 3]
    assert set(train.matches.tolist()) == {"m", "streets"}
    lines = list_text(joined.manifest, "train").splitlines()
    assert lines[-1] == "train/streets/000002.jpg 6 3"
    assert json.loads(gid2info_text(joined.manifest))["6"]["clip"] == "streets"


def test_people_held_out_keep_numbers_of_their_own_when_others_join(tmp_path: Path) -> None:
    boxes = [[5.0, 5.0, 25.0, 45.0], [50.0, 5.0, 70.0, 45.0]]
    held = match_split([clip_of(boxes)], PrepareConfig(holdout=1, min_crops=1))
    joined = with_copies(held, pedestrians(tmp_path), "streets").manifest
    assert joined.in_split("gallery").identities.tolist() == [3, 4]
    assert [line.split()[1] for line in list_text(joined, "gallery").splitlines()] == ["0", "1"]


def test_copies_alone_bring_their_own_query_and_gallery(tmp_path: Path) -> None:
    plan = with_copies(NO_CROPS, pedestrians(tmp_path), "streets")
    assert list_text(plan.manifest, "query") == "val/streets/000005.jpg 0 5\n"
    assert list_text(plan.manifest, "gallery").splitlines() == [
        "val/streets/000003.jpg -1 6",
        "val/streets/000004.jpg 0 4",
    ]
    jobs = copy_jobs(plan, tmp_path / "out")
    for source, file in jobs:
        copy_crop(source, file)
    assert (tmp_path / "out" / "val/streets/000005.jpg").read_bytes() == b"p4.JPG"
    assert copy_jobs(plan, tmp_path / "out") == []
    (tmp_path / "p0.JPG").unlink()
    with pytest.raises(UsageError, match=r"p0.JPG cannot be read"):
        copy_crop(*jobs[1])


def test_lists_of_no_crops_are_empty() -> None:
    assert list_text(NO_CROPS.manifest, "train") == ""
    assert gid2info_text(NO_CROPS.manifest) == "{}"


def test_images_are_found_by_their_number_whatever_else_lies_there(tmp_path: Path) -> None:
    for name, grey in (("000002.jpg", 20), ("img_000007.png", 70)):
        cv2.imwrite(str(tmp_path / name), np.full((4, 6, 3), grey, np.uint8))
    (tmp_path / "notes.txt").touch()
    (tmp_path / "cover.png").touch()
    pictures = FolderImages(tmp_path)
    assert pictures.size() == (6, 4)
    found = {frame: int(image.mean()) for frame, image in pictures.images([1, 6])}
    assert found == {1: 20, 6: 70}
    (tmp_path / "7.jpg").touch()
    with pytest.raises(UsageError, match="the same number"):
        FolderImages(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no images"):
        FolderImages(tmp_path / "empty")


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "train").touch()
    with pytest.raises(StoreError, match=r"train/0.jpg cannot be written.*--out"):
        write_whole(b"x", tmp_path / "train" / "0.jpg")
