"""Which clips are meant, and how their folders are called."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from touchline.batch_runs.clips import find_clips, part_of
from touchline.batch_runs.jobs import BatchRequest, job_of, refuse_shared_boxes
from touchline.errors import FormatError, UsageError


def files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def names_of(*given: str, besides: Path | None = None) -> list[str]:
    return [clip.name for clip in find_clips(given, besides)]


def test_a_folder_is_searched_for_videos_and_folders_of_images(tmp_path: Path) -> None:
    files(tmp_path, "b.mp4", "deep/er/a.MKV", "notes.txt", ".hidden.mp4", ".cache/c.mp4")
    files(tmp_path, "runs/old/observations.sqlite", "runs/old/annotated.mp4", "out/b/x.mp4")
    (tmp_path / "SNMOT-060" / "img1").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "SNMOT-060" / "img1" / "1.png"), np.zeros((4, 4, 3), np.uint8))
    found = names_of(str(tmp_path), besides=tmp_path / "out")
    assert found == ["SNMOT-060", "b", "a"]


def test_patterns_videos_and_folders_add_up_and_each_clip_counts_once(tmp_path: Path) -> None:
    files(tmp_path, "one.mp4", "two.mp4", "three.avi")
    given = (str(tmp_path / "*.mp4"), str(tmp_path / "one.mp4"), str(tmp_path))
    assert names_of(*given) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("files_there", "expected"),
    [
        (["a/x.mp4", "b/x.mp4", "b/y.mp4"], ["a_x", "b_x", "y"]),
        (["a/x.mp4", "a/X.mkv"], ["a_X_mkv", "a_x_mp4"]),  # where case does not count, as on a Mac
        (["a/x.mp4", "c/a/x.mp4"], ["a_x_mp4_2", "a_x_mp4_3"]),
    ],
)
def test_names_that_clash_get_their_folder_then_suffix_then_a_number(
    files_there: list[str], expected: list[str], tmp_path: Path
) -> None:
    assert sorted(names_of(str(files(tmp_path, *files_there)))) == sorted(expected)


def test_a_manifest_says_part_boxes_and_name_of_each_clip(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = ["video,name,start,end,detections,match", "v/a.mp4,first,1:00,90,d/a.txt,m1", "b.mp4"]
    (tmp_path / "clips.csv").write_text("\n".join(lines) + "\n")
    first, second = find_clips([str(tmp_path / "clips.csv")])
    assert (first.name, first.start, first.end) == ("first", 60.0, 90.0)
    assert first.source == str(tmp_path / "v" / "a.mp4")
    assert first.detections == tmp_path / "d" / "a.txt"
    assert (second.name, second.start, second.detections) == ("b", None, None)
    assert "not used: match" in caplog.text


def test_a_list_of_paths_is_a_manifest_too(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("# ours\na.mp4\n\nsub/b.mp4\n")
    assert [clip.source for clip in find_clips([str(tmp_path / "list.txt")])] == [
        str(tmp_path / "a.mp4"),
        str(tmp_path / "sub" / "b.mp4"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("video,start\na.mp4,soon\n", "line 2: start 'soon' is no time"),
        ("video,name\na.mp4,../up\n", "line 2: ../up cannot be the name of a folder"),
        ("video,name\na.mp4,x\nb.mp4,X\n", "several clips of the manifest are called 'x'"),
    ],
)
def test_a_wrong_manifest_is_refused_by_line(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text(content)
    with pytest.raises((FormatError, UsageError), match=said):
        find_clips([str(tmp_path / "clips.csv")])


def test_what_holds_no_clips_is_refused(tmp_path: Path) -> None:
    for given, said in (
        (str(tmp_path), "holds no clips"),
        (str(tmp_path / "*.mp4"), "no file is called"),
        (str(tmp_path / "gone.mp4"), "does not exist"),
        ("rtsp://camera/1", "is a live source"),
    ):
        with pytest.raises(UsageError, match=said):
            find_clips([given])


def test_shards_share_the_clips_without_rest(tmp_path: Path) -> None:
    clips = find_clips([str(files(tmp_path, *(f"{n}.mp4" for n in range(7))))])
    parts = [part_of(clips, (number, 3)) for number in (1, 2, 3)]
    assert sorted(clip.name for part in parts for clip in part) == [clip.name for clip in clips]
    assert [len(part) for part in parts] == [3, 2, 2]
    with pytest.raises(UsageError, match="count from 1/3 to 3/3"):
        BatchRequest([], tmp_path, shard=(0, 3))


def test_boxes_of_each_clip_are_named_by_its_video(tmp_path: Path) -> None:
    clips = find_clips([str(files(tmp_path, "a.mp4", "b.mp4"))])
    asked = {"models": {"detections": "boxes/{stem}.txt"}}
    job = job_of(clips[1], BatchRequest([], tmp_path / "out", asked))
    assert job["settings"]["models"]["detections"] == "boxes/b.txt"
    assert job["out"] == str(tmp_path / "out" / "b")
    refuse_shared_boxes(asked, clips)
    with pytest.raises(UsageError, match="the same boxes"):
        refuse_shared_boxes({"models": {"detections": "one.txt"}}, clips)
