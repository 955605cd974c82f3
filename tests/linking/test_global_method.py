"""link.method global, from observations to files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner
from walking_people import SIZE, Piece, crowd, faces, tracks

from touchline.cli.main import app
from touchline.formats.table import CONFIDENCE, read_csv, write_csv
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import LinkedClip, link_clip
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.types import Detections, TrackTable, identity_motion

RETURNING = [Piece(0, 0.0, 4.0), Piece(0, 8.0, 12.0, 700.0), *crowd(seconds=12.0)]


def _seen(tracklet_ids: list[Piece]) -> Iterator[Observation]:
    table = tracks(tracklet_ids)
    bins = faces(16)[[tracklet.person for tracklet in tracklet_ids]]
    generator = np.random.default_rng(0)
    for frame in range(int(table.frames.max(initial=-1)) + 1):
        rows = table.rows_at(frame)
        vectors = bins[table.ids[rows] - 1] + 0.2 * generator.standard_normal(
            (rows.stop - rows.start, 16)
        )
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = Detections(table.boxes[rows], table.scores[rows], None, vectors)
        yield Observation(frame + 100, frame / 25, False, identity_motion(), found)


def _linked(method: str, tracklet_ids: list[Piece]) -> LinkedClip:
    return link_clip(
        _seen(tracklet_ids),
        TrackerConfig(),
        LinkConfig.model_validate({"method": method}),
        frame_rate=25.0,
        image_size=SIZE,
    )


def test_a_returning_player_is_one_row_of_ids_with_confidence_and_a_reason() -> None:
    clip = _linked("global", RETURNING)
    assert clip.links is not None
    assert clip.table.confidences is not None
    own = clip.table[(np.abs(clip.table.boxes[:, 1] - 300) < 1)]
    assert len(set(own.ids.tolist())) == 1
    assert set(clip.table.ids.tolist()) == set(range(1, 8))
    (join,) = clip.links.joins
    assert clip.links.frames[join.tracklet].tolist() == [
        301,
        399,
    ]  # shown from the second frame on
    assert np.isclose(clip.links.times[join.tracklet, 0], 8.04)
    assert (clip.table.frames >= 100).all()


def test_online_decisions_have_no_confidence() -> None:
    clip = _linked("online", RETURNING)
    assert clip.links is None
    assert clip.table.confidences is None


def test_an_empty_clip_is_linked() -> None:
    clip = _linked("global", [])
    assert len(clip.table) == 0
    assert clip.links is not None
    assert clip.links.joins == ()


def test_confidences_come_back_from_the_table_bit_for_bit(tmp_path: Path) -> None:
    table = _linked("global", RETURNING).table
    write_csv(table, tmp_path / "tracks.csv")
    back = read_csv(tmp_path / "tracks.csv")
    assert back.confidences is not None
    assert table.confidences is not None
    assert back.confidences.tobytes() == table.confidences.tobytes()
    header = (tmp_path / "tracks.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.endswith(f",source,{CONFIDENCE}")


def test_tables_with_and_without_confidence_join_to_one_without() -> None:
    confidences = _linked("global", RETURNING).table
    joined = TrackTable.concatenate([confidences, _linked("online", RETURNING).table])
    assert joined.confidences is None
    assert len(joined) == 2 * len(confidences)


def test_the_command_links_a_stored_run_again_and_writes_the_reasons(tmp_path: Path) -> None:
    runner = CliRunner()
    run = str(tmp_path / "scene")
    made = runner.invoke(app, ["simulate", run, "--seed", "1", "--seconds", "6"])
    assert made.exit_code == 0, made.output
    linked = runner.invoke(app, ["link", run, "--set", "link.method=global"])
    assert linked.exit_code == 0, linked.output
    links = json.loads((tmp_path / "scene/links.json").read_text(encoding="utf-8"))
    table = read_csv(tmp_path / "scene/tracks.csv")
    assert {tracklet["identity"] for tracklet in links["tracklets"]} == set(table.ids.tolist())
    assert min(tracklet["first_frame"] for tracklet in links["tracklets"]) >= 1
    first = (tmp_path / "scene/tracks.csv").read_bytes()
    runner.invoke(app, ["link", run, "--set", "link.method=global"])
    assert (tmp_path / "scene/tracks.csv").read_bytes() == first
    again = runner.invoke(app, ["link", run, "--set", "link.method=online"])
    assert again.exit_code == 0, again.output
    assert not (tmp_path / "scene/links.json").exists()


@pytest.mark.parametrize("step", [2, 3, 10])
def test_boxes_in_every_nth_frame_give_the_same_people(step: int) -> None:
    thinned = [
        each if position % step == 0 else replace(each, detections=Detections.empty(), looked=False)
        for position, each in enumerate(_seen(RETURNING))
    ]
    clip = link_clip(thinned, TrackerConfig(), LinkConfig(), frame_rate=25.0, image_size=SIZE)
    assert set(clip.table.ids.tolist()) == set(range(1, 8))
    shown = np.bincount(clip.table.frames - 100, minlength=300)
    assert (shown[:90] == 7).all()  # also where nobody looked
