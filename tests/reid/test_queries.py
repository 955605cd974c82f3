"""Drawing queries where data has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from touchline.errors import UsageError
from touchline.reid.manifest import DISTRACTOR, Manifest
from touchline.reid.queries import choose_queries, query_and_gallery


def crops(identities: list[int], cameras: list[int], splits: list[str] | None = None) -> Manifest:
    paths = [f"{row}.jpg" for row in range(len(identities))]
    return Manifest(Path("data"), paths, identities, cameras=cameras, splits=splits)


def test_one_camera_gives_one_query_a_person_who_is_there_twice() -> None:
    manifest = crops([5, 5, 5, 8, 9, 9, DISTRACTOR, DISTRACTOR], [0] * 8)
    query, gallery = choose_queries(manifest)
    assert query.identities.tolist() == [5, 9]
    # Else the protocol would drop every true match.
    assert query.cameras.tolist() == [1, 1]
    assert set(query.paths) | set(gallery.paths) == set(manifest.paths)
    assert not set(query.paths) & set(gallery.paths)


def test_several_cameras_give_one_query_a_person_and_camera() -> None:
    manifest = crops([5, 5, 5, 8, 8, 9, 9], [1, 1, 2, 1, 1, 2, 3])
    query, gallery = choose_queries(manifest)
    pairs = list(zip(query.identities.tolist(), query.cameras.tolist(), strict=True))
    assert pairs == [(5, 1), (5, 2), (9, 2), (9, 3)]  # nobody but camera 1 saw person 8
    assert gallery.paths.tolist() == manifest.paths.tolist()


def test_the_same_seed_draws_the_same_queries() -> None:
    manifest = crops([row // 10 for row in range(200)], [0] * 200)
    again = [choose_queries(manifest, seed)[0].paths.tolist() for seed in (0, 0, 1)]
    assert again[0] == again[1] != again[2]


def test_given_splits_are_taken_and_a_named_one_is_searched() -> None:
    names = ["train"] * 4 + ["query", "gallery", "gallery"]
    manifest = crops([0, 0, 1, 1, 2, 2, 3], [0, 0, 0, 0, 1, 0, 0], names)
    query, gallery = query_and_gallery(manifest)
    assert (query.paths.tolist(), gallery.paths.tolist()) == (["4.jpg"], ["5.jpg", "6.jpg"])
    query, gallery = query_and_gallery(manifest, "train")
    assert sorted([*query.identities, *gallery.identities]) == [0, 0, 1, 1]


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(UsageError, match="no crop is in split 'val'; splits of data: 'train'"):
        query_and_gallery(crops([0, 0], [0, 0], ["train", "train"]), "val")
    with pytest.raises(UsageError, match="none in 'gallery'"):
        query_and_gallery(crops([0, 0], [0, 0], ["train", "query"]))
    with pytest.raises(UsageError, match="there twice"):
        choose_queries(crops([0, 1, DISTRACTOR, DISTRACTOR], [0] * 4))
    with pytest.raises(UsageError, match="in two cameras"):
        choose_queries(crops([0, 0, 1, 1], [0, 0, 1, 1]))
    with pytest.raises(UsageError, match="there twice"):
        choose_queries(Manifest(Path("data"), [], []))


def test_every_crop_of_a_person_may_be_the_query() -> None:
    manifest = crops([0, 0, 0], [0, 0, 0])
    drawn = {str(choose_queries(manifest, seed)[0].paths[0]) for seed in range(40)}
    assert drawn == {"0.jpg", "1.jpg", "2.jpg"}
    assert np.all(manifest.cameras == 0)
