"""Crops out of truth and images: what is written, and what happens when it is interrupted."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import Clip
from drawn_sportsmot import walkers, write_sportsmot
from original_sampling import original_lists

from touchline.errors import FormatError, Interrupted, StoreError, UsageError, VideoError
from touchline.formats.sportsmot import football_clips, match_name, read_people
from touchline.image_files import read_image
from touchline.reid import cutting
from touchline.reid.manifest import read_manifest
from touchline.reid.original_split import identity_split
from touchline.reid.prepare import PrepareRequest, prepare_reid
from touchline.reid.prepare_config import PrepareConfig
from touchline.reid.sources import SourceRequest
from touchline.reid.truth import ClipTruth
from touchline.types import Image
from touchline.video.reader import open_video

IDENTITY = PrepareConfig(split="identity")


def nothing(_stage: str, _done: int, _total: int | None) -> None:
    pass


def prepare(request: PrepareRequest, stop: Callable[[], bool] = lambda: False) -> dict[str, object]:
    return prepare_reid(request, nothing, stop)


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything in a folder by its name in there."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def sportsmot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips of three matches; one is in val, another football clip in test."""
    clips = {
        "v_one_c002": walkers(3, 120),
        "v_one_c001": walkers(4, 110, first_id=2),
        "v_two_c001": walkers(3, 130),
        "v_cup_c_c007": walkers(4, 100),
    }
    root = tmp_path_factory.mktemp("data") / "SportsMOT"
    return write_sportsmot(root, clips, val=["v_two_c001"], test=["v_three_c009"])


def by_identity(root: Path, out: Path) -> PrepareRequest:
    return PrepareRequest(SourceRequest(sportsmot=[root]), out, IDENTITY, workers=2)


def by_match(root: Path, out: Path) -> PrepareRequest:
    return PrepareRequest(SourceRequest(sportsmot=[root]), out, PrepareConfig(holdout=0.4))


def test_lists_and_crops_are_those_of_the_original_project(sportsmot: Path, tmp_path: Path) -> None:
    prepare(by_identity(sportsmot, tmp_path / "reid"))
    clips = {}
    for name, folder in football_clips(sportsmot)[0].items():
        rows = read_people(folder / "gt" / "gt.txt")
        boxes = [(*box, frame) for frame, box in zip(rows.frames, rows.boxes, strict=True)]
        clips[name] = [
            (int(who), tuple(map(int, box))) for who, box in zip(rows.ids, boxes, strict=True)
        ]
    texts, crops = original_lists(clips, 0.1)
    assert list(clips) == ["v_one_c002", "v_one_c001", "v_two_c001", "v_cup_c_c007"]
    for name, text in texts.items():
        assert (tmp_path / "reid" / name).read_bytes() == text.encode()
    written = {name for name in files_of(tmp_path / "reid") if name.endswith(".jpg")}
    assert written == set(crops)
    manifest = read_manifest(tmp_path / "reid" / "manifest.csv")
    rows_by_path = {path: row for row, path in enumerate(manifest.paths.tolist())}
    for path, (x1, y1, x2, y2, frame) in crops.items():
        clip = str(manifest.sequences[rows_by_path[path]])
        folder = football_clips(sportsmot)[0][clip]
        whole = read_image(folder / "img1" / f"{frame + 1:06d}.jpg")
        crop = read_image(tmp_path / "reid" / path)
        assert crop.shape == (y2 - y1, x2 - x1, 3)
        assert np.abs(crop.astype(int) - whole[y1:y2, x1:x2]).mean() < 6


def test_manifest_says_where_and_when_each_crop_was_seen(sportsmot: Path, tmp_path: Path) -> None:
    prepare(by_match(sportsmot, tmp_path / "reid"))
    manifest = read_manifest(tmp_path / "reid" / "manifest.csv")
    for row in range(len(manifest)):
        height = read_image(manifest.file(row)).shape[0]
        assert manifest.heights[row] == height == 40
        assert manifest.matches[row] == match_name(str(manifest.sequences[row]))
        assert manifest.cameras[row] == (manifest.splits[row] == "query")
    frames = manifest.times * 25
    assert np.abs(frames - np.round(frames)).max() < 1e-6
    assert frames.max() <= 129
    lists = [name for name in files_of(tmp_path / "reid") if name.startswith("list_")]
    lines = sum(len((tmp_path / "reid" / name).read_text().splitlines()) for name in lists)
    assert lines == len(manifest)


def test_report_counts_what_is_held_out_and_who_may_be_there_twice(
    sportsmot: Path, tmp_path: Path
) -> None:
    sources = SourceRequest(sportsmot=[sportsmot])
    config = PrepareConfig(holdout_matches=("v_two",))
    report = prepare(PrepareRequest(sources, tmp_path / "match", config))
    assert report["complete"]
    assert report["held_out"] == ["v_two"]
    assert report["possible_duplicates"] == {"train": 12, "held out": 0, "across": 0}
    assert report["splits"]["train"] == {  # type: ignore[index]
        "crops": 88,
        "identities": 11,
        "clips": 3,
        "matches": 2,
    }
    assert report["warnings"] == []
    report = prepare(by_identity(sportsmot, tmp_path / "identity"))
    assert report["shared_matches"]
    assert "both in train and held out" in str(report["warnings"])
    assert json.loads((tmp_path / "identity" / "prepare.json").read_text()) == report


def test_number_of_workers_changes_nothing(sportsmot: Path, tmp_path: Path) -> None:
    one, two = (tmp_path / name for name in ("one", "two"))
    prepare(replace(by_match(sportsmot, one), workers=1))
    prepare(replace(by_match(sportsmot, two), workers=2))
    assert files_of(one) == files_of(two)


def test_stopped_call_is_continued_without_cutting_a_crop_again(
    sportsmot: Path, tmp_path: Path
) -> None:
    request = replace(by_match(sportsmot, tmp_path / "reid"), workers=1)
    asked = itertools.count()
    with pytest.raises(Interrupted, match=r"stopped after \d+ of \d+ crops.*goes on from there"):
        prepare(request, stop=lambda: next(asked) >= 5)
    before = {file: file.stat().st_ino for file in request.out.rglob("*.jpg")}
    assert before
    assert not (request.out / "manifest.csv").exists()
    progress: list[tuple[int, int | None]] = []
    prepare_reid(request, lambda _, done, total: progress.append((done, total)), lambda: False)
    assert all(file.stat().st_ino == number for file, number in before.items())
    assert all(done >= len(before) for done, _ in progress)
    assert progress[-1][0] == progress[-1][1]
    whole = replace(request, out=tmp_path / "whole")
    prepare(whole)
    assert files_of(request.out) == files_of(whole.out)


def test_killed_call_is_continued(tmp_path: Path) -> None:
    root = write_sportsmot(tmp_path / "data", {"v_a_c001": walkers(24, 100)}, draw=False)
    folder = root / "dataset" / "train" / "v_a_c001" / "img1"
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    cv2.imwrite(str(folder / "000001.jpg"), noise)
    for frame in range(2, 101):
        os.link(folder / "000001.jpg", folder / f"{frame:06d}.jpg")
    (folder.parent / "seqinfo.ini").unlink()
    out = tmp_path / "reid"
    command = [sys.executable, "-m", "touchline", "reid", "prepare", "--sportsmot", str(root)]
    command += ["--out", str(out), "--holdout", "0", "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list(out.glob("train/*/*.jpg")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"
    before = {file: file.stat().st_ino for file in out.rglob("*.jpg")}
    assert not json.loads((out / "prepare.json").read_text())["complete"]
    subprocess.run(command, check=True, capture_output=True)
    assert all(file.stat().st_ino == number for file, number in before.items())
    manifest = read_manifest(out / "manifest.csv")
    assert 0 < len(before) < len(manifest) == 192
    assert len(list(out.rglob("*.jpg"))) == 192
    assert not list(out.rglob("*.part"))


def test_folder_of_another_request_is_refused(sportsmot: Path, tmp_path: Path) -> None:
    request = by_match(sportsmot, tmp_path / "reid")
    prepare(request)
    changed = replace(request, config=PrepareConfig(holdout=0.4, seed=7))
    with pytest.raises(UsageError, match=r"settings.seed was 0, now 7.*another folder"):
        prepare(changed)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").touch()
    with pytest.raises(UsageError, match="files that prepare did not write"):
        prepare(replace(request, out=tmp_path / "photos"))


def test_a_call_that_was_killed_at_its_first_file_is_repeated(
    sportsmot: Path, tmp_path: Path
) -> None:
    request = by_identity(sportsmot, tmp_path / "reid")
    request.out.mkdir()
    (request.out / ".prepare.json.part").write_text('{"complete": fal')
    report = prepare(request)
    assert report["complete"]
    assert not list(request.out.glob(".*"))


def test_full_disk_is_said_before_anything_is_cut(
    sportsmot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(cutting.shutil, "disk_usage", lambda _: usage)  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match=r"has 0 MB free, the crops need about \d+ MB"):
        prepare(by_match(sportsmot, tmp_path / "reid"))
    assert not list(tmp_path.rglob("*.jpg"))


def one_clip(root: Path, rows: str | None = None) -> tuple[Path, Path]:
    """A data set of one clip, and that clip's folder; ``rows`` replace its truth."""
    write_sportsmot(root, {"v_a_c001": walkers(2, 60)})
    folder = root / "dataset" / "train" / "v_a_c001"
    if rows is not None:
        (folder / "gt" / "gt.txt").write_text(rows)
    return root, folder


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1, 0, 1, 1, 9, 9, 1, 1, 1\n1, 1, x, 1, 9, 9, 1, 1, 1\n", "line 2: 'x' is not a number"),
        ("1, 0, 1, 1, 9, 9, 1, 1, 1\n\n2, 0, 1, 1, 9\n", "line 3: 5 columns"),
        ("0, 0, 1, 1, 9, 9, 1, 1, 1\n", "line 1: frames are whole numbers from 1"),
        ("1, 0.5, 1, 1, 9, 9, 1, 1, 1\n", "line 1: the id must be a whole number"),
        ("1, 0, 1, 1, 9, 0, 1, 1, 1\n", "line 1: width and height must be above 0"),
        ("1, 0, nan, 1, 9, 9, 1, 1, 1\n", "line 1: the box must be finite"),
        ("1, 0, 1, 1, 9, 9\n", "has 6 columns, at least 8"),
    ],
)
def test_bad_line_is_named_with_its_file(tmp_path: Path, rows: str, message: str) -> None:
    root, _ = one_clip(tmp_path / "data", rows)
    with pytest.raises(FormatError, match=f"gt.txt.*{message}"):
        prepare(by_identity(root, tmp_path / "reid"))


def test_rows_of_another_mark_or_class_are_no_people(tmp_path: Path) -> None:
    rows = [
        f"{frame}, {who}, 5, 5, 16, 40, {int(who != 1)}, {1 + (who == 2)}, 1"
        for frame in range(1, 61)
        for who in range(3)
    ]
    root, _ = one_clip(tmp_path / "data", "\n".join(rows))
    report = prepare(by_identity(root, tmp_path / "reid"))
    assert (tmp_path / "reid" / "gid2info.json").read_text() == "{}"
    assert set(report["splits"]) == {"query", "gallery"}  # type: ignore[call-overload]


def test_missing_images_are_counted_and_named(tmp_path: Path) -> None:
    root, folder = one_clip(tmp_path / "data")
    for file in list((folder / "img1").iterdir())[1:]:
        file.unlink()
    with pytest.raises(UsageError, match=r"img1 lacks \d of the 8 images .*0000\d\d"):
        prepare(by_identity(root, tmp_path / "reid"))
    shutil.rmtree(folder / "img1")
    with pytest.raises(UsageError, match="img1 does not exist"):
        prepare(by_identity(root, tmp_path / "reid"))


def test_broken_image_and_image_of_another_size_are_named(tmp_path: Path) -> None:
    root, folder = one_clip(tmp_path / "data")
    images = sorted((folder / "img1").iterdir())
    for picture in images[1:]:
        picture.write_bytes(b"no image")
    with pytest.raises(VideoError, match=r"0000\d\d.jpg cannot be decoded"):
        prepare(by_identity(root, tmp_path / "reid"))
    for picture in images[1:]:
        cv2.imwrite(str(picture), np.zeros((90, 160, 3), np.uint8))
    with pytest.raises(VideoError, match=r"v_a_c001, frame \d+ is 160x90, the first one 320x180"):
        prepare(by_identity(root, tmp_path / "reid"))


def test_clips_without_a_folder_are_left_out_with_a_warning(tmp_path: Path) -> None:
    root, folder = one_clip(tmp_path / "data")
    with (root / "splits_txt" / "football.txt").open("a") as text:
        text.write("v_b_c001\n")
    report = prepare(by_identity(root, tmp_path / "reid"))
    assert "1 of 2 football clips have no folder and are left out: v_b_c001" in str(report)
    shutil.rmtree(folder)
    with pytest.raises(UsageError, match="has none of its 2 football clips"):
        prepare(by_identity(root, tmp_path / "other"))


def test_the_list_of_test_clips_may_be_missing_and_that_is_said_once(tmp_path: Path) -> None:
    root, _ = one_clip(tmp_path / "data")
    with (root / "splits_txt" / "football.txt").open("a") as text:
        text.write("v_test_c001\n")
    (root / "splits_txt" / "test.txt").write_text("v_test_c001\n")
    plain = prepare(by_identity(root, tmp_path / "plain"))
    (root / "splits_txt" / "test.txt").unlink()
    report = prepare(by_identity(root, tmp_path / "reid"))
    assert report["splits"] == plain["splits"]
    told = "has no splits_txt/test.txt: every football clip with truth is taken"
    assert told not in str(plain["warnings"])
    assert str(report["warnings"]).count(told) == 1
    assert "1 of 2 football clips have no folder and are left out: v_test_c001" in str(report)


def test_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no source is given"):
        prepare(PrepareRequest(SourceRequest(), tmp_path / "reid"))


def soccernet(root: Path, name: str, game: str, *, truth_scale: int = 1) -> None:
    """A sequence as SoccerNet tracking has them, with truth in larger pixels than the images."""
    folder = write_sportsmot(root / "made", {name: walkers(3, 80, first_id=1)})
    shutil.move(folder / "dataset" / "train" / name, root / name)
    shutil.rmtree(folder)
    truth = root / name / "gt" / "gt.txt"
    rows = [[int(field) for field in line.split(",")] for line in truth.read_text().splitlines()]
    for row in rows:
        row[2:6] = [value * truth_scale for value in row[2:6]]
    truth.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    (root / name / "seqinfo.ini").write_text(
        f"[Sequence]\nname={name}\nframeRate=25\nseqLength=80\n"
        f"imWidth={320 * truth_scale}\nimHeight={180 * truth_scale}\nimExt=.jpg\n"
    )
    (root / name / "gameinfo.ini").write_text(
        f"[Sequence]\nname={name}\ngameID={game}\ntrackletID_1= player team left;10\n"
        "trackletID_2= goalkeeper team right;x\ntrackletID_3= ball;1\n"
    )


def test_soccernet_folders_give_people_with_teams_and_matches_at_the_images_scale(
    tmp_path: Path,
) -> None:
    soccernet(tmp_path / "data", "SNMOT-001", "7", truth_scale=2)
    soccernet(tmp_path / "data", "SNMOT-002", "8")
    sources = SourceRequest(mot=[tmp_path / "data"])
    report = prepare(PrepareRequest(sources, tmp_path / "reid", PrepareConfig(holdout=0.5)))
    manifest = read_manifest(tmp_path / "reid" / "manifest.csv")
    assert set(manifest.matches) == {"7", "8"}
    assert set(manifest.teams) == {"left", "right"}
    assert set(manifest.heights) == {40.0}
    assert len(set(manifest.identities)) == 4
    assert report["complete"]


def test_truth_in_other_pixels_than_the_images_asks_for_a_scale(tmp_path: Path) -> None:
    soccernet(tmp_path / "data", "SNMOT-001", "7", truth_scale=4)
    (tmp_path / "data" / "SNMOT-001" / "seqinfo.ini").unlink()
    sources = SourceRequest(mot=[tmp_path / "data"])
    request = PrepareRequest(sources, tmp_path / "reid", PrepareConfig(holdout=0))
    with pytest.raises(UsageError, match=r"boxes lie outside the 320x180 image.*--scale"):
        prepare(request)
    prepare(replace(request, sources=replace(sources, scale=0.25)))
    assert set(read_manifest(tmp_path / "reid" / "manifest.csv").heights) == {40.0}


def test_matches_come_from_a_pattern_or_a_table(tmp_path: Path) -> None:
    for name in ("a1", "a2", "b1"):
        soccernet(tmp_path / "data", name, "9")
    sources = SourceRequest(mot=[tmp_path / "data"], match_pattern="^([a-z])", same_ids=True)
    report = prepare(PrepareRequest(sources, tmp_path / "one", PrepareConfig(holdout=0)))
    assert report["splits"]["train"]["matches"] == 2  # type: ignore[index]
    assert report["splits"]["train"]["identities"] == 4  # type: ignore[index]
    sources = SourceRequest(mot=[tmp_path / "data"], matches={"a1": "x", "a2": "y"})
    prepare(PrepareRequest(sources, tmp_path / "two", PrepareConfig(holdout=0)))
    assert set(read_manifest(tmp_path / "two" / "manifest.csv").matches) == {"x", "y", "9"}
    for sources, message in (
        (SourceRequest(mot=[tmp_path / "data"], match_pattern="^z"), "finds nothing in .*'a1'"),
        (SourceRequest(mot=[tmp_path / "data"], match_pattern="("), "is refused"),
        (SourceRequest(mot=[tmp_path / "data"], matches={"q": "x"}), "given for q"),
    ):
        with pytest.raises(UsageError, match=message):
            prepare(PrepareRequest(sources, tmp_path / "three"))


def market(root: Path) -> Path:
    """A few crops named as in Market-1501, two people in each part."""
    parts = {
        "bounding_box_train": ["0002_c1s1_000451_03", "0002_c2s1_000001_01", "0007_c3s1_000002_01"],
        "bounding_box_test": ["0001_c1s1_000003_01", "0000_c4s1_000004_01", "-1_c1s1_000005_01"],
        "query": ["0001_c2s1_000006_00"],
    }
    for part, names in parts.items():
        (root / part).mkdir(parents=True)
        for number, name in enumerate(names):
            picture = np.full((128, 64, 3), 40 * number, np.uint8)
            cv2.imwrite(str(root / part / f"{name}.jpg"), picture)
    return root


def test_market_1501_is_mixed_into_train_or_taken_alone(sportsmot: Path, tmp_path: Path) -> None:
    streets = market(tmp_path / "Market-1501")
    plain = prepare(by_match(sportsmot, tmp_path / "plain"))
    report = prepare(replace(by_match(sportsmot, tmp_path / "mixed"), market1501=streets))
    before, after = plain["splits"], report["splits"]
    assert after["train"]["crops"] == before["train"]["crops"] + 3  # type: ignore[index]
    assert after["train"]["identities"] == before["train"]["identities"] + 2  # type: ignore[index]
    assert after["query"] == before["query"]  # type: ignore[index]
    lines = (tmp_path / "mixed" / "list_train.txt").read_text().splitlines()
    assert lines[-1].endswith("3")
    copy = (tmp_path / "mixed" / lines[-1].split()[0]).read_bytes()
    assert copy == (streets / "bounding_box_train" / "0007_c3s1_000002_01.jpg").read_bytes()
    alone = PrepareRequest(SourceRequest(), tmp_path / "alone", market1501=streets)
    prepare(alone)
    prepare(alone)
    manifest = read_manifest(tmp_path / "alone" / "manifest.csv")
    assert sorted(manifest.identities.tolist()) == [-1, 0, 0, 1, 2, 2]
    assert set(manifest.matches) == {"market1501"}
    with pytest.raises(UsageError, match="is not a folder; give the Market-1501 folder"):
        prepare(replace(alone, market1501=tmp_path / "nowhere"))


def test_several_roots_make_one_data_set(sportsmot: Path, tmp_path: Path) -> None:
    other, _ = one_clip(tmp_path / "more")
    soccernet(tmp_path / "SoccerNet", "SNMOT-001", "7")
    soccernet(tmp_path / "SoccerNet-2", "SNMOT-002", "8")
    sources = SourceRequest(
        sportsmot=[sportsmot, other], mot=[tmp_path / "SoccerNet", tmp_path / "SoccerNet-2"]
    )
    streets = market(tmp_path / "Market-1501")
    config = PrepareConfig(holdout_matches=("7",))
    report = prepare(PrepareRequest(sources, tmp_path / "reid", config, streets))
    manifest = read_manifest(tmp_path / "reid" / "manifest.csv")
    known = {"v_one", "v_two", "v_cup_c", "7", "8", "market1501"}
    assert known < set(manifest.matches.tolist())
    assert len(set(manifest.matches.tolist()) - known) == 1
    assert report["held_out"] == ["7"]


def test_crops_of_a_video_are_the_pixels_of_its_frames(clip: Clip, tmp_path: Path) -> None:
    frames = clip_images(clip)
    rows = [f"{frame + 1},1,{40 + frame},50,40,80,1,1,1\n" for frame in range(len(frames))]
    truth = tmp_path / "walk.gt.txt"
    truth.write_text("".join(rows))
    sources = SourceRequest(videos=[(clip.video, truth)])
    prepare(PrepareRequest(sources, tmp_path / "reid", PrepareConfig(holdout=0)))
    manifest = read_manifest(tmp_path / "reid" / "manifest.csv")
    assert set(manifest.sequences) == {"walk"}
    for row, seconds in enumerate(manifest.times.tolist()):
        frame = round(seconds * 25)
        expected = frames[frame][50:130, 40 + frame : 80 + frame].astype(int)
        assert np.abs(read_image(manifest.file(row)) - expected).mean() < 2


def test_truth_longer_than_its_video_is_refused(clip: Clip, tmp_path: Path) -> None:
    truth = tmp_path / "walk.gt.txt"
    rows = [f"{frame},1,40,50,40,80,1,1,1\n" for frame in range(1, 2000)]
    truth.write_text("".join(rows))
    sources = SourceRequest(videos=[(clip.video, truth)])
    with pytest.raises(UsageError, match=r"has 60 frames, its truth names frame \d+"):
        prepare(PrepareRequest(sources, tmp_path / "reid", PrepareConfig(holdout=0)))


def clip_images(clip: Clip) -> list[Image]:
    with open_video(clip.video) as video:
        return [frame.image for frame in video]


def test_fifteen_clips_of_sportsmot_give_the_lists_sizes_and_matches_of_the_original(
    football_data: Path, tmp_path: Path
) -> None:
    """Images are drawn (one blank for all) where a crop comes from, and nowhere else."""
    pack = football_data / "mot_gt_only" / "sportsmot_football"
    root = tmp_path / "SportsMOT"
    shutil.copytree(pack, root)
    clips, rows = [], {}
    for name, folder in football_clips(root)[0].items():
        people = read_people(folder / "gt" / "gt.txt")
        columns = (people.frames, people.ids, people.boxes, people.frames / 25)
        clips.append(ClipTruth(name, match_name(name), *columns, 1280, 720))
        boxes = people.boxes.astype(int).tolist()
        rows[name] = [(int(who), tuple(box)) for who, box in zip(people.ids, boxes, strict=True)]
    blank = tmp_path / "blank.jpg"
    cv2.imwrite(str(blank), np.full((720, 1280), 90, np.uint8))
    for clip, frame in {(cut.clip, cut.frame) for cut in identity_split(clips, IDENTITY).cuts}:
        folder = root / "dataset" / "train" / clips[clip].name / "img1"
        folder.mkdir(exist_ok=True)
        os.link(blank, folder / f"{frame + 1:06d}.jpg")
    out = tmp_path / "reid"
    prepare(by_identity(root, out))
    texts, boxes_by_path = original_lists(rows, 0.1)
    for name, text in texts.items():
        assert (out / name).read_bytes() == text.encode()
    for path, (x1, y1, x2, y2) in boxes_by_path.items():
        assert read_image(out / path).shape == (y2 - y1, x2 - x1, 3)
    assert len(boxes_by_path) == len(read_manifest(out / "manifest.csv"))
