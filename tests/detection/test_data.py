"""Labelled images: reading YOLO's and COCO's formats, joining, renaming, splitting."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from labelled_folders import HEIGHT, WIDTH, write_image, write_yolo

from touchline.detection.data import (
    join_detection_data,
    read_detection_data,
    split_by_match,
    with_classes,
)
from touchline.detection.image_names import find_image
from touchline.detection.labels import IGNORED, SOMEBODY
from touchline.errors import FormatError, UsageError, VideoError
from touchline.image_files import image_size, read_image

HALF = "1 0.5 0.5 0.5 0.5\n"


def test_a_yolo_folder_gives_corner_pixels_classes_and_matches(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"aa_1": HALF + "0 0.25 0.5 0.1 0.2\n", "bb_2_3": ""})
    data = read_detection_data(tmp_path)
    assert data.names == ("ball", "player")
    assert [path.name for path in data.paths] == ["aa_1.jpg", "bb_2_3.jpg"]
    np.testing.assert_allclose(data.boxes[0], [[20, 10, 60, 30], [16, 16, 24, 24]])
    assert data.classes[0].tolist() == [1, 0]
    assert data.boxes[1].shape == (0, 4)
    assert data.matches.tolist() == ["aa", "bb"]
    assert data.counts() == {"ball": 1, "player": 1}


@pytest.mark.parametrize("text", ["names: [ball, player]", "names: {0: ball, 1: player}"])
def test_names_in_data_yaml_may_be_a_list_or_numbered(tmp_path: Path, text: str) -> None:
    write_yolo(tmp_path, {"a": HALF}, names=None)
    (tmp_path / "data.yaml").write_text(text, encoding="utf-8")
    assert read_detection_data(tmp_path).names == ("ball", "player")


def test_names_may_be_given_where_no_file_has_them(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": HALF}, names=None)
    assert read_detection_data(tmp_path, names=["Ball", "Player"]).counts() == {
        "Ball": 0,
        "Player": 1,
    }
    with pytest.raises(UsageError, match=r"does not name its classes: .*classes\.txt"):
        read_detection_data(tmp_path)


@pytest.mark.parametrize("inner", ["train/images", "images/train"])
def test_split_folders_are_read_together_whichever_way_they_nest(
    tmp_path: Path, inner: str
) -> None:
    for split in ("train", "valid"):
        images = tmp_path / inner.replace("train", split)
        write_image(images / f"{split}.png")
        labels = Path(str(images).replace("images", "labels"))
        labels.mkdir(parents=True)
        (labels / f"{split}.txt").write_text(HALF, encoding="utf-8")
    (tmp_path / "data.yaml").write_text("names: [ball, player]", encoding="utf-8")
    data = read_detection_data(tmp_path)
    assert [len(boxes) for boxes in data.boxes] == [1, 1]
    one = tmp_path / "valid" if inner == "train/images" else None
    if one is not None:
        assert len(read_detection_data(one)) == 1  # names lie above


def test_images_and_labels_may_lie_side_by_side(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text(HALF, encoding="utf-8")
    (tmp_path / "classes.txt").write_text("ball\nplayer", encoding="utf-8")
    assert read_detection_data(tmp_path).counts() == {"ball": 0, "player": 1}


def test_a_image_without_labels_is_empty_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_yolo(tmp_path, {"a": HALF, "b": None, "c": None})
    (tmp_path / "labels" / "lost.txt").write_text(HALF, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        data = read_detection_data(tmp_path)
    assert [len(boxes) for boxes in data.boxes] == [1, 0, 0]
    assert "2 images without labels count as empty" in caplog.text
    assert "1 label files have no image" in caplog.text


def test_boxes_end_at_the_border_polygons_are_boxed_and_what_has_no_area_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_yolo(tmp_path, {"a": "1 0 0.5 0.5 1\n1 0.1 0.1 0.5 0.1 0.5 0.5 0.3 0.7\n0 0.5 0.5 0 0.1"})
    with caplog.at_level(logging.WARNING):
        data = read_detection_data(tmp_path)
    np.testing.assert_allclose(data.boxes[0], [[0, 0, 20, 40], [8, 4, 40, 28]])
    assert "1 boxes without area" in caplog.text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 0.5 0.5 0.5", "4 numbers, 5 are needed"),
        ("1 0.5 x 0.5 0.5", "is not all numbers"),
        ("2 0.5 0.5 0.5 0.5", r"class 2 is not one of 0\.\.1"),
        ("0.5 0.5 0.5 0.5 0.5", r"class 0\.5 is not one of"),
        ("1 64 20 40 20", "are not fractions of the image"),
        ("1 nan 0.5 0.5 0.5", "are not fractions of the image"),
    ],
)
def test_a_bad_label_names_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    write_yolo(tmp_path, {"a": f"{HALF}\n{line}\n"})
    with pytest.raises(FormatError, match=rf"a\.txt, line 3: .*{message}"):
        read_detection_data(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names: 3", "no list 'names'"),
        ("names: {0: a, 2: b}", "without gaps"),
        ("names: [a, A]", "two classes are named 'A'"),
        ("names: [a, '']", "a class without a name"),
        ("names: [a", "cannot be read"),
    ],
)
def test_bad_class_names_are_refused_by_file(tmp_path: Path, text: str, message: str) -> None:
    write_yolo(tmp_path, {"a": HALF}, names=None)
    (tmp_path / "data.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=rf"data\.yaml.*{message}"):
        read_detection_data(tmp_path)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_detection_data(tmp_path / "none")
    (tmp_path / "classes.txt").write_text("ball", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no images"):
        read_detection_data(tmp_path)
    write_yolo(tmp_path, {"a": None})
    with pytest.raises(UsageError, match="holds 1 images and no labels"):
        read_detection_data(tmp_path)


def test_two_images_of_one_name_cannot_share_their_labels(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": HALF})
    write_image(tmp_path / "images" / "a.png")
    with pytest.raises(UsageError, match=r"a\.png and a\.jpg share a\.txt"):
        read_detection_data(tmp_path)


def test_a_broken_image_is_named(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": HALF})
    (tmp_path / "images" / "a.jpg").write_bytes(b"no image")
    with pytest.raises(VideoError, match=r"a\.jpg cannot be decoded"):
        read_detection_data(tmp_path)


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "webp"])
def test_the_size_read_from_the_header_is_that_of_the_decoded_image(
    tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"a.{ending}"
    write_image(file, width=33, height=21)
    assert image_size(file) == (33, 21)


def test_the_size_of_a_image_that_is_turned_when_decoded_is_the_turned_one(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.jpg"
    write_image(file, width=33, height=21)
    plain = file.read_bytes()
    tag = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"  # orientation 6
    exif = b"Exif\0\0" + tag
    file.write_bytes(
        plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]
    )
    height, width = read_image(file).shape[:2]
    assert (width, height) == (21, 33)
    assert image_size(file) == (21, 33)


def coco(folder: Path, **changes: Any) -> Path:
    write_image(folder / "a_1.jpg")
    write_image(folder / "b_1.jpg")
    tree = {
        "images": [
            {"id": 7, "file_name": "a_1.jpg", "width": WIDTH, "height": HEIGHT},
            {"id": 9, "file_name": "b_1.jpg"},
        ],
        "categories": [{"id": 5, "name": "ball"}, {"id": 2, "name": "player"}],
        "annotations": [
            {"image_id": 7, "category_id": 5, "bbox": [1, 2, 3, 4]},
            {"image_id": 7, "category_id": 2, "bbox": [70, 30, 20.5, 20], "iscrowd": 0},
            {"image_id": 7, "category_id": 2, "bbox": [0, 0, 9, 9], "iscrowd": 1},
        ],
        **changes,
    }
    file = folder / "labels.json"
    file.write_text(json.dumps(tree), encoding="utf-8")
    return file


def test_a_coco_file_gives_the_same_as_its_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = coco(tmp_path)
    for data in (read_detection_data(file), read_detection_data(tmp_path)):
        assert data.names == ("player", "ball")  # by id
        np.testing.assert_allclose(data.boxes[0], [[1, 2, 4, 6], [70, 30, 80, 40]])
        assert data.classes[0].tolist() == [1, 0]
        assert data.boxes[1].shape == (0, 4)
        assert data.matches.tolist() == ["a", "b"]
    assert "1 crowd annotations (iscrowd) are left out" in caplog.text
    assert "1 images without labels count as empty" in caplog.text


def test_coco_images_are_found_where_coco_puts_them(tmp_path: Path) -> None:
    file = coco(tmp_path / "train")
    (tmp_path / "annotations").mkdir()
    file.rename(tmp_path / "annotations" / "instances_train.json")
    assert read_detection_data(tmp_path).paths[0] == tmp_path / "train" / "a_1.jpg"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": None}, "no list 'categories'"),
        ({"annotations": [{"image_id": 7, "category_id": 5, "bbox": [1, 2]}]}, r"bbox = \[1, 2\]"),
        ({"annotations": [{"image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4]}]}, "category 3"),
        ({"annotations": [{"image_id": 8, "category_id": 5, "bbox": [1, 2, 3, 4]}]}, "image 8"),
        ({"images": [{"file_name": "a_1.jpg"}]}, "id = None"),
        (
            {"images": [{"id": 7, "file_name": "a_1.jpg", "width": 160, "height": HEIGHT}]},
            "a_1.jpg is 160x40, it is 80x40",
        ),
    ],
)
def test_a_bad_coco_file_names_file_and_entry(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    file = coco(tmp_path, **changes)
    with pytest.raises(FormatError, match=rf"labels\.json.*{message}"):
        read_detection_data(file)


@pytest.mark.parametrize(
    "name",
    [
        "images\\a.png",
        ".\\images\\a.png",
        "..\\images\\a.png",
        "set\\images\\a.png",
        "C:\\Users\\me\\set\\images\\a.png",
        "\\\\server\\share\\images\\a.png",
        "/home/somebody/set/images/a.png",
        "images%5Ca.png",
        "file:///C:/set/images/a.png",
        "https://storage.example/bucket/images/a.png?d=1",
        "/data/local-files/?d=set%5Cimages%5Ca.png",
        "images/a.png",
    ],
)
def test_coco_images_are_found_by_the_names_of_other_systems(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "set"
    write_image(folder / "images" / "a.png")
    image = {"id": 1, "file_name": name, "width": 80, "height": 40}
    tree = {"images": [image], "annotations": [], "categories": [{"id": 1, "name": "ball"}]}
    (folder / "labels.coco.json").write_text(json.dumps(tree))
    assert read_detection_data(folder).paths == [folder / "images" / "a.png"]


@pytest.mark.parametrize("name", ["match_b\\a.png", "match_b/a.png", "../../a.png"])
def test_a_coco_image_of_another_folder_is_missing_though_one_has_its_name(
    tmp_path: Path, name: str
) -> None:
    write_image(tmp_path / "set" / "a.png")
    image = {"id": 1, "file_name": name, "width": 80, "height": 40}
    tree = {"images": [image], "annotations": [], "categories": [{"id": 1, "name": "ball"}]}
    (tmp_path / "set" / "labels.coco.json").write_text(json.dumps(tree))
    if name.startswith(".."):
        assert read_detection_data(tmp_path / "set").paths == [tmp_path / "set" / "a.png"]
    else:
        with pytest.raises(UsageError, match="put the images there"):
            read_detection_data(tmp_path / "set")


def test_a_name_with_blanks_and_percent_signs_is_found_as_written_first(tmp_path: Path) -> None:
    for name in ("a%20b.png", "a b.png"):
        write_image(tmp_path / name)
    assert find_image(tmp_path, "a%20b.png") == tmp_path / "a%20b.png"
    (tmp_path / "a%20b.png").unlink()
    assert find_image(tmp_path, "a%20b.png") == tmp_path / "a b.png"
    assert find_image(tmp_path, "a\0b.png") is None


@pytest.mark.parametrize(
    "line", ["data/obj/a.png", "obj\\a.png", "C:\\made\\obj\\a.png", "./obj/a.png"]
)
def test_yolo_images_may_be_listed_as_darknet_and_cvat_do(tmp_path: Path, line: str) -> None:
    write_image(tmp_path / "obj" / "a.png")
    (tmp_path / "obj" / "a.txt").write_text(HALF)
    (tmp_path / "obj.names").write_text("ball\nplayer\n")
    (tmp_path / "train.txt").write_text(f"{line}\r\n", encoding="utf-8-sig")
    data = read_detection_data(tmp_path)
    assert data.paths == [tmp_path / "obj" / "a.png"]
    assert data.counts() == {"ball": 0, "player": 1}
    (tmp_path / "train.txt").write_text("obj/b.png\n")
    with pytest.raises(UsageError, match=r"train.txt, line 1: obj/b.png is missing"):
        read_detection_data(tmp_path)


def test_a_yolo_folder_may_be_given_by_its_data_yaml(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"a": HALF}, names=None)
    (tmp_path / "data.yaml").write_text("path: C:\\set\ntrain: images\nnames: [ball, player]\n")
    assert read_detection_data(tmp_path / "data.yaml").counts() == {"ball": 0, "player": 1}


def test_a_coco_file_that_is_no_json_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_text('{\n"images": ]', encoding="utf-8")
    with pytest.raises(FormatError, match=r"labels\.json, line 2: not valid JSON"):
        read_detection_data(file)


def test_a_coco_image_that_is_missing_is_named(tmp_path: Path) -> None:
    file = coco(tmp_path)
    (tmp_path / "b_1.jpg").unlink()
    with pytest.raises(UsageError, match=r"b_1\.jpg is missing"):
        read_detection_data(file)
    (tmp_path / "a_1.jpg").unlink()
    with pytest.raises(UsageError, match=r"a_1\.jpg of .* lies neither beside it"):
        read_detection_data(file)


def test_joined_folders_have_one_class_for_each_name(tmp_path: Path) -> None:
    first = read_detection_data(write_yolo(tmp_path / "1", {"a_1": HALF}))
    second = read_detection_data(
        write_yolo(tmp_path / "2", {"b_1": "0 0.5 0.5 0.5 0.5\n" + HALF}, "Player\nreferee")
    )
    joined = join_detection_data([first, second])
    assert joined.names == ("ball", "player", "referee")
    assert joined.counts() == {"ball": 0, "player": 2, "referee": 1}
    assert joined.matches.tolist() == ["a", "b"]
    with pytest.raises(UsageError, match="appears twice"):
        join_detection_data([first, first])
    with pytest.raises(UsageError, match="no labelled images"):
        join_detection_data([])


def test_classes_are_chosen_by_name_in_the_order_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = write_yolo(
        tmp_path, {"a": "0 0.5 0.5 0.5 0.5\n" + HALF + "2 0.5 0.5 0.2 0.2"}, "BALL\nPlayer\ncone"
    )
    data = with_classes(read_detection_data(folder), ("player", "goalkeeper", "ball"))
    assert data.names == ("player", "goalkeeper", "ball")
    assert data.classes[0].tolist() == [2, 0]
    assert "left out: 1 cone" in caplog.text
    with pytest.raises(UsageError, match="none of the classes referee is in the data"):
        with_classes(data, ("referee",))


def test_labels_count_as_the_role_that_their_name_tells(tmp_path: Path) -> None:
    folder = write_yolo(tmp_path, {"a": HALF + HALF.replace("1", "2", 1)}, "ball\nplayer red\nGK")
    data = with_classes(read_detection_data(folder), ("player", "goalkeeper"))
    assert data.counts() == {"player": 1, "goalkeeper": 1}


@pytest.mark.parametrize("name", ["Person", "people", "Pedestrians"])
def test_a_person_is_somebody_where_roles_are_asked_for(tmp_path: Path, name: str) -> None:
    data = read_detection_data(write_yolo(tmp_path, {"a": HALF}, f"ball\n{name}"))
    asked = with_classes(data, ("player", "ball"))
    assert asked.classes[0].tolist() == [SOMEBODY]
    assert asked.counts() == {"player": 0, "ball": 0}
    assert with_classes(data, ("ball", name)).counts() == {"ball": 0, name: 1}
    renamed = with_classes(data, ("player", "ball"), {name: "player"})
    assert renamed.counts() == {"player": 1, "ball": 0}
    with pytest.raises(UsageError, match="did you mean 'player'"):
        with_classes(data, ("player", "ball"), {name: "plaer"})


def test_classes_to_be_ignored_keep_their_boxes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = read_detection_data(write_yolo(tmp_path, {"a": HALF}, "ball\nCrowd"))
    asked = with_classes(data, ("ball",), ignored=["crowd"])
    assert asked.classes[0].tolist() == [IGNORED]
    assert len(asked.boxes[0]) == 1
    assert not caplog.text


def test_a_split_holds_out_whole_matches(tmp_path: Path) -> None:
    data = read_detection_data(write_yolo(tmp_path, {"a_1": HALF, "a_2": HALF, "b_1": HALF}))
    rest, held_out = split_by_match(data, ["a"])
    assert rest.matches.tolist() == ["b"]
    assert [path.stem for path in held_out.paths] == ["a_1", "a_2"]
    with pytest.raises(UsageError, match="no image belongs to match 'c'"):
        split_by_match(data, ["c"])


def test_the_match_may_be_found_by_a_pattern(tmp_path: Path) -> None:
    write_yolo(tmp_path, {"cam1-final_07": HALF})
    data = read_detection_data(tmp_path, match_pattern=r"-(\w+)_")
    assert data.matches.tolist() == ["final"]
    with pytest.raises(UsageError, match="finds nothing in cam1-final_07"):
        read_detection_data(tmp_path, match_pattern="x+")
    with pytest.raises(UsageError, match="is not a regular expression"):
        read_detection_data(tmp_path, match_pattern="(")


def test_the_dfl_images_are_read_as_they_are_described(football_data: Path) -> None:
    data = read_detection_data(football_data / "det" / "dfl_players")
    assert data.counts() == {"ball": 270, "goalkeeper": 233, "player": 6113, "referee": 713}
    assert (len(data), len(set(data.matches.tolist()))) == (306, 10)
    height, width = cv2.imread(str(data.paths[0])).shape[:2]  # type: ignore[union-attr]
    assert image_size(data.paths[0]) == (width, height)
