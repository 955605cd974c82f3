"""Data of others as a manifest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from touchline.errors import FormatError, UsageError
from touchline.reid.folders import read_lists, read_market1501, read_reid_data
from touchline.reid.manifest import DISTRACTOR, Manifest, write_manifest


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_market1501_folders_become_splits_without_junk(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "bounding_box_train/0002_c1s1_000451_03.jpg",
        "bounding_box_test/0003_c6s4_002377_01.jpg",
        "bounding_box_test/0000_c3s1_000001_01.jpg",
        "bounding_box_test/-1_c3s1_000001_01.jpg",
        "bounding_box_test/Thumbs.db",
        "query/0003_c2s1_000776_00.jpg",
    )
    manifest = read_reid_data(tmp_path)
    assert manifest.paths.tolist() == [
        "bounding_box_train/0002_c1s1_000451_03.jpg",
        "bounding_box_test/0000_c3s1_000001_01.jpg",
        "bounding_box_test/0003_c6s4_002377_01.jpg",
        "query/0003_c2s1_000776_00.jpg",
    ]
    assert manifest.identities.tolist() == [2, DISTRACTOR, 3, 3]
    assert manifest.cameras.tolist() == [1, 3, 6, 2]
    assert manifest.splits.tolist() == ["train", "gallery", "gallery", "query"]


def test_a_flat_folder_of_market1501_is_in_no_split(tmp_path: Path) -> None:
    touch(tmp_path, "0007_c2s3_075944_01.jpg", "0299_c5s1_067048_02.jpg", "notes.txt")
    manifest = read_market1501(tmp_path)
    assert manifest.identities.tolist() == [7, 299]
    assert manifest.cameras.tolist() == [2, 5]
    assert manifest.splits.tolist() == ["", ""]


def test_an_image_with_another_name_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "0007_c2s3_075944_01.jpg", "holiday.jpg")
    with pytest.raises(FormatError, match=r"holiday\.jpg: the name is not as in Market-1501"):
        read_reid_data(tmp_path)


def test_lists_number_the_held_out_after_the_trained(tmp_path: Path) -> None:
    (tmp_path / "list_train.txt").write_text("train/0/a.jpg 0 0\ntrain/1/a b.jpg 1 0\n\n")
    (tmp_path / "list_query_val.txt").write_text("val/0/a.jpg 0 1\n")
    (tmp_path / "list_gallery_val.txt").write_text("val/0/b.jpg 0 0\nval/x.jpg -1 0\n")
    (tmp_path / "gid2info.json").write_text(
        '{"0": {"match": "m", "clip": "m_c1"}, "1": {"match": "m", "clip": "m_c2"}}'
    )
    manifest = read_reid_data(tmp_path)
    assert manifest.paths.tolist() == [
        "train/0/a.jpg",
        "train/1/a b.jpg",
        "val/0/a.jpg",
        "val/0/b.jpg",
        "val/x.jpg",
    ]
    assert manifest.identities.tolist() == [0, 1, 2, 2, DISTRACTOR]
    assert manifest.cameras.tolist() == [0, 0, 1, 0, 0]
    assert manifest.splits.tolist() == ["train", "train", "query", "gallery", "gallery"]
    assert manifest.sequences.tolist() == ["m_c1", "m_c2", "", "", ""]
    assert manifest.matches.tolist() == ["m", "m", "", "", ""]
    assert np.isnan(manifest.times).all()


def test_lists_may_be_empty_and_without_info(tmp_path: Path) -> None:
    (tmp_path / "list_train.txt").write_text("")
    assert len(read_lists(tmp_path)) == 0


@pytest.mark.parametrize("line", ["a.jpg 0", "a.jpg zero 0", "a.jpg"])
def test_a_wrong_line_of_a_list_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "list_train.txt").write_text(f"ok.jpg 0 0\n{line}\n")
    with pytest.raises(FormatError, match=r"list_train\.txt, line 2"):
        read_lists(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"0": {}}', '{"0": 3}'])
def test_wrong_information_about_identities_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "list_train.txt").write_text("ok.jpg 0 0\n")
    (tmp_path / "gid2info.json").write_text(text)
    with pytest.raises(FormatError, match=r"gid2info\.json"):
        read_lists(tmp_path)


def test_a_manifest_goes_before_everything_else(tmp_path: Path) -> None:
    touch(tmp_path, "0007_c2s3_075944_01.jpg")
    write_manifest(Manifest(tmp_path, ["one.jpg"], [4]), tmp_path / "manifest.csv")
    assert read_reid_data(tmp_path).paths.tolist() == ["one.jpg"]
    assert read_reid_data(tmp_path / "manifest.csv").paths.tolist() == ["one.jpg"]


def test_what_is_no_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_reid_data(tmp_path / "none")
    touch(tmp_path, "holiday.jpg")
    with pytest.raises(UsageError, match="no crops in a known layout"):
        read_reid_data(tmp_path)
    with pytest.raises(UsageError, match="no crops of Market-1501"):
        read_market1501(tmp_path)
    with pytest.raises(UsageError, match="holds none of"):
        read_lists(tmp_path)


def test_the_pack_reads_as_described(football_data: Path) -> None:
    football = read_reid_data(football_data / "reid" / "sportsmot_football")
    assert len(football) == 2737
    assert len(np.unique(football.identities)) == 558
    assert (football.matches != "").all()
    market = read_reid_data(football_data / "reid" / "market1501_subset")
    assert len(market) == 5457
    assert len(np.unique(market.identities)) == 300
