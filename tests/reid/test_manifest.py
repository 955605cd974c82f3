"""The manifest of crops: what it refuses, and that it survives the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import FormatError, InputError, StoreError, UsageError
from touchline.reid.manifest import DISTRACTOR, Manifest, read_manifest, write_manifest

names = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)


def example(root: Path) -> Manifest:
    return Manifest(
        root,
        ["a/1.jpg", "a/2.jpg", "b/1.jpg"],
        [4, 4, DISTRACTOR],
        cameras=[0, 1, 0],
        sequences=["m_c1", "m_c1", ""],
        matches=["m", "m", ""],
        teams=["home", "home", ""],
        times=[0.5, 2.25, np.nan],
        heights=[80, np.nan, 64],
        splits=["query", "gallery", "gallery"],
    )


def assert_equal(one: Manifest, other: Manifest) -> None:
    for name in (
        "paths",
        "identities",
        "cameras",
        "sequences",
        "matches",
        "teams",
        "times",
        "heights",
        "splits",
    ):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_a_written_manifest_is_read_back_the_same(tmp_path: Path) -> None:
    manifest = example(tmp_path)
    write_manifest(manifest, tmp_path / "manifest.csv")
    again = read_manifest(tmp_path / "manifest.csv")
    assert_equal(again, manifest)
    assert again.file(0) == tmp_path / "a" / "1.jpg"
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.csv"]


@given(
    st.lists(
        st.tuples(
            names.filter(lambda name: name not in ("", ".")),
            st.integers(-1, 2**60),
            st.integers(-5, 99),
            names,
            st.floats(0, 1e6).map(lambda value: round(value, 3)) | st.just(np.nan),
            st.floats(1, 4000).map(lambda value: round(value, 2)) | st.just(np.nan),
        ),
        max_size=6,
    )
)
def test_any_manifest_survives_the_disk(
    rows: list[tuple[str, int, int, str, float, float]],
) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    with tempfile.TemporaryDirectory() as folder:
        manifest = Manifest(
            folder,
            columns[0],
            columns[1],
            cameras=columns[2],
            teams=columns[3],
            times=columns[4],
            heights=columns[5],
        )
        write_manifest(manifest, Path(folder) / "manifest.csv")
        assert_equal(read_manifest(Path(folder) / "manifest.csv"), manifest)


def test_an_empty_manifest_is_a_header(tmp_path: Path) -> None:
    write_manifest(Manifest(tmp_path, [], []), tmp_path / "manifest.csv")
    assert (tmp_path / "manifest.csv").read_text().count("\n") == 1
    assert len(read_manifest(tmp_path / "manifest.csv")) == 0


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    write_manifest(example(tmp_path / "crops"), tmp_path / "lists" / "manifest.csv")
    again = read_manifest(tmp_path / "lists" / "manifest.csv")
    assert again.paths[0] == "../crops/a/1.jpg"
    assert again.file(0).resolve() == (tmp_path / "crops" / "a" / "1.jpg").resolve()


def test_rows_are_picked_by_mask_and_by_split(tmp_path: Path) -> None:
    manifest = example(tmp_path)
    assert manifest[manifest.identities == 4].paths.tolist() == ["a/1.jpg", "a/2.jpg"]
    assert manifest.in_split("gallery").paths.tolist() == ["a/2.jpg", "b/1.jpg"]
    assert len(manifest.in_split("train")) == 0


def test_columns_may_be_missing_and_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "manifest.csv"
    file.write_text('identity,time,path\n3,,"a, b.jpg"\n\n5,1.5,c.jpg\n')
    manifest = read_manifest(file)
    assert manifest.paths.tolist() == ["a, b.jpg", "c.jpg"]
    assert manifest.identities.tolist() == [3, 5]
    assert manifest.cameras.tolist() == [0, 0]
    np.testing.assert_array_equal(manifest.times, [np.nan, 1.5])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path\na.jpg\n", "line 1: the header"),
        ("path,identity,shirt\na.jpg,1,9\n", "line 1: the header"),
        ("", "line 1: the header"),
        ("path,identity\na.jpg,1\nb.jpg\n", "line 3: 1 columns; 2 are needed"),
        ("path,identity\na.jpg,one\n", "line 2: identity 'one' is not a number"),
        ("path,identity\na.jpg,-2\n", "line 2: identity '-2' is refused"),
        ("path,identity\n,2\n", "line 2: path '' is refused"),
        ("path,identity,height\na.jpg,2,0\n", "line 2: height '0' is refused"),
        ("path,identity,time\na.jpg,2,inf\n", "line 2: time 'inf' is refused"),
        ('path,identity\n"a.jpg,2\n', "is not a table"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "manifest.csv"
    file.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_manifest(file)


def test_a_missing_file_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv does not exist"):
        read_manifest(tmp_path / "none.csv")
    with pytest.raises(StoreError, match="cannot be written"):
        write_manifest(example(tmp_path), tmp_path / "no" / "manifest.csv")


def test_wrong_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="identities have shape"):
        Manifest(tmp_path, ["a.jpg"], [1, 2])
    with pytest.raises(InputError, match="heights, row 1"):
        Manifest(tmp_path, ["a.jpg", "b.jpg"], [1, 2], heights=[3, -1])
