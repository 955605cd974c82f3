"""Tracks as bytes come back bit for bit, and damage is told."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

import touchline
from touchline.errors import StoreError
from touchline.observations import ObservationStore
from touchline.packed_tracks import pack_tracks, unpack_tracks
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.request import RunRequest
from touchline.run.tables import stored_tracks
from touchline.run.track import track_run
from touchline.types import ROLES, TrackTable


def some_tracks(count: int = 40) -> TrackTable:
    chance = np.random.default_rng(4)
    corners = chance.uniform(-5, 900, (count, 2))
    return TrackTable(
        np.sort(chance.integers(0, 1 << 20, count)),
        chance.uniform(0, 9000, count),
        np.arange(count, dtype=np.int64) * 7,
        np.column_stack([corners, corners + chance.uniform(1, 90, (count, 2))]),
        chance.uniform(0, 1, count),
        np.array(ROLES)[chance.integers(0, len(ROLES), count)],
        chance.random(count) < 0.3,
        chance.uniform(0, 1, count),
    )


def assert_same(one: TrackTable, other: TrackTable) -> None:
    for column in fields(TrackTable):
        mine, theirs = getattr(one, column.name), getattr(other, column.name)
        assert (mine is None) == (theirs is None), column.name
        assert mine is None or np.array_equal(mine, theirs), column.name
        assert mine is None or mine.dtype == theirs.dtype, column.name


def test_tracks_come_back_bit_for_bit() -> None:
    table = some_tracks()
    assert_same(unpack_tracks(pack_tracks(table)), table)
    unsure = replace(table, confidences=None)
    assert_same(unpack_tracks(pack_tracks(unsure)), unsure)
    assert len(unpack_tracks(pack_tracks(table[:0]))) == 0


@pytest.mark.parametrize("data", [b"x", pack_tracks(some_tracks())[:-1], b"\xff" * 70])
def test_what_it_did_not_make_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        unpack_tracks(data)


def test_a_run_is_read_from_its_store_until_somebody_changes_the_table(
    clip: Clip, tmp_path: Path
) -> None:
    settings = {"models": {"detections": str(clip.detections), "reid": "none"}}
    run = tmp_path / "run"
    track_run(
        RunRequest(str(clip.video), run, settings, draw_video=False), lambda *_: None, lambda: False
    )

    def stored(run: Path) -> TrackTable:
        with ObservationStore.open(run / "observations.sqlite") as store:
            return stored_tracks(RunFolder(run), store, RunFacts.of(store))

    assert_same(replace(stored(run), rows=None), touchline.open_run(run).tracks)
    touchline.open_run(run).edit.role(3, "goalkeeper")
    assert_same(replace(stored(run), rows=None), touchline.open_run(run).tracks)
    copied = Path(shutil.copytree(run, tmp_path / "copied", copy_function=shutil.copyfile))
    assert_same(stored(copied), stored(run))  # with other times of files
    text = (copied / "tracks.csv").read_text().replace(",3,", ",77,")
    (copied / "tracks.csv").write_text(text)
    assert 77 in stored(copied).ids
    connection = sqlite3.connect(run / "observations.sqlite")
    connection.execute("UPDATE state SET value = ? WHERE name = 'tracks'", (b"\x00" * 70,))
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="what it holds of the tracks is damaged"):
        stored(run)
