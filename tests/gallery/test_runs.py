"""People of one run are recognised in the run of another clip."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from clips import Clip, positions

from touchline.boxes import iou_matrix
from touchline.errors import FormatError, StoreError, UsageError
from touchline.formats.table import read_csv
from touchline.gallery.changes import name_person
from touchline.gallery.clip import clip_people
from touchline.gallery.config import GalleryConfig
from touchline.gallery.runs import add_run, match_run
from touchline.gallery.store import opened
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.link_step import link_run
from touchline.run.report import current_report
from touchline.run.request import RunRequest
from touchline.run.tables import identities_of_run
from touchline.run.track import track_run

CONFIG = GalleryConfig(min_seconds=0.5)


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


def never() -> bool:
    return False


def tracked(clip: Clip, out: Path, *, detections: Path | None = None, **options: Any) -> Path:
    # Looked at in every frame, as the clip is short.
    models = {"detections": str(detections or clip.detections), **options.pop("models", {})}
    settings = {"models": models, "embedding": {"mode": "every"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False, **options)
    track_run(request, quiet, never)
    return out


@pytest.fixture(scope="module")
def halves(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Runs of the first and of the second half of the clip with four players."""
    folder = tmp_path_factory.mktemp("halves")
    return (
        tracked(clip, folder / "first", end=1.2),
        tracked(clip, folder / "second", start=1.2),
    )


@pytest.fixture
def first(halves: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(halves[0], tmp_path / "first"))


@pytest.fixture
def second(halves: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(halves[1], tmp_path / "second"))


def walkers(run: Path) -> dict[int, int]:
    """Which of the four players each identity of a run is, where most of its boxes say so."""
    table = read_csv(run / "tracks.csv")
    votes: dict[int, list[int]] = {}
    for frame, track_id, box in zip(
        table.frames.tolist(), table.ids.tolist(), table.boxes, strict=True
    ):
        overlaps = iou_matrix(box[None], positions(frame))
        votes.setdefault(track_id, []).append(int(overlaps.argmax()))
    return {track_id: max(set(seen), key=seen.count) for track_id, seen in votes.items()}


def test_players_of_the_first_half_are_known_in_the_second(
    first: Path, second: Path, tmp_path: Path
) -> None:
    added = add_run(first, tmp_path / "g", CONFIG)
    assert [row.state for row in added] == ["new"] * 4
    player_of = {row.person: walkers(first)[row.identity] for row in added}
    matched = match_run(second, tmp_path / "g", CONFIG)
    assert {row.identity: player_of[row.person] for row in matched} == walkers(second)
    known = identities_of_run(second)
    assert known.persons.tolist() == [row.person for row in matched]


def test_names_given_to_people_come_back_with_every_run(
    first: Path, second: Path, tmp_path: Path
) -> None:
    gallery_file = tmp_path / "g"
    add_run(first, gallery_file, CONFIG)
    with opened(gallery_file, write=True) as gallery:
        name_person(gallery, 2, "Saka, Bukayo", 7)
    for run in (first, second):
        rows = [row for row in match_run(run, gallery_file, CONFIG) if row.person == 2]
        assert {(row.name, row.number) for row in rows} == {("Saka, Bukayo", 7)}
        with (run / "players.csv").open() as text:
            assert "Saka, Bukayo" in {row["name"] for row in csv.DictReader(text)}


def test_who_was_added_is_himself_with_certainty(first: Path, tmp_path: Path) -> None:
    added = add_run(first, tmp_path / "g", CONFIG)
    matched = match_run(first, tmp_path / "g", CONFIG)
    assert [row.person for row in matched] == [row.person for row in added]
    assert min(row.confidence for row in matched) > 0.999


def test_a_clip_that_was_linked_again_gets_its_people_from_the_same_command(
    first: Path, tmp_path: Path
) -> None:
    added = add_run(first, tmp_path / "g", CONFIG)
    with pytest.raises(UsageError, match="already: remove clip 1 first"):
        add_run(first, tmp_path / "g", CONFIG)
    (first / "players.csv").unlink()
    link_run(first, stored_settings(first), quiet)
    assert identities_of_run(first).persons.tolist() == [-1] * 4
    again = add_run(first, tmp_path / "g", CONFIG)
    assert [row.person for row in again] == [row.person for row in added]
    assert identities_of_run(first).persons.tolist() == [row.person for row in again]
    with opened(tmp_path / "g") as gallery:
        assert len(gallery.listed()) == 4


def test_a_gallery_keeps_nobody_of_a_run_that_cannot_be_told(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(StoreError, match=r"tracks\.csv cannot be written"):
        add_run(first, tmp_path / "g", CONFIG)
    monkeypatch.undo()
    assert [row.state for row in add_run(first, tmp_path / "g", CONFIG)] == ["new"] * 4


def test_a_roster_that_is_full_takes_nobody_new(first: Path, second: Path, tmp_path: Path) -> None:
    added = add_run(first, tmp_path / "g", CONFIG, roster=3)
    assert sum(row.state == "new" for row in added) == 3
    matched = match_run(second, tmp_path / "g", CONFIG, roster=3)
    assert {row.person for row in matched} == {1, 2, 3, None}  # four at once: one is nobody
    with pytest.raises(UsageError, match="holds 3 people, more than a roster of 2"):
        match_run(second, tmp_path / "g", CONFIG, roster=2)


def test_the_annotated_video_is_drawn_with_names(first: Path, second: Path, tmp_path: Path) -> None:
    draw_run(second, stored_settings(second), quiet, never)
    plain = image(second / "annotated.mp4")
    add_run(first, tmp_path / "g", CONFIG)
    with opened(tmp_path / "g", write=True) as gallery:
        name_person(gallery, 1, "Ødegaard")
    match_run(second, tmp_path / "g", CONFIG)
    draw_run(second, stored_settings(second), quiet, never)
    named = image(second / "annotated.mp4")
    assert (np.abs(named.astype(int) - plain.astype(int)) > 60).any()


def image(video: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with av.open(str(video)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray(format="bgr24")  # type: ignore[return-value]


def test_linking_otherwise_takes_the_names_away(first: Path, tmp_path: Path) -> None:
    add_run(first, tmp_path / "g", CONFIG)
    link_run(first, stored_settings(first), quiet)
    assert identities_of_run(first).persons.tolist() == [1, 2, 3, 4]  # the same people still
    other = {**stored_settings(first), "tracker": {"preset": "botsort"}}
    report = link_run(first, other, quiet)
    assert (identities_of_run(first).persons == -1).all()
    assert report.warnings[-1].endswith("touchline gallery match says it")
    match_run(first, tmp_path / "g", CONFIG)
    assert not any("gallery" in text for text in current_report(RunFolder(first)).warnings)


def test_embedders_are_not_mixed(first: Path, second: Path, tmp_path: Path) -> None:
    add_run(first, tmp_path / "g", CONFIG)
    before = (tmp_path / "g").read_bytes()
    with closing(ObservationStore.open(second / "observations.sqlite", write=True)) as store:
        store.commit(models={"embedder": {"name": "net.onnx", "sha256": "0" * 64, "size": 512}})
    for step in (match_run, add_run):
        with pytest.raises(
            UsageError, match=r"net\.onnx \(00000000\), 512 numbers, .* by football-reid\.onnx"
        ):
            step(second, tmp_path / "g", CONFIG)
    assert (tmp_path / "g").read_bytes() == before
    assert (identities_of_run(second).persons == -1).all()


def test_a_run_without_appearance_tracks_or_observations_is_refused(
    clip: Clip, first: Path, tmp_path: Path
) -> None:
    plain = tracked(clip, tmp_path / "plain", end=0.4, models={"reid": "none"})
    with pytest.raises(UsageError, match="without appearance"):
        add_run(plain, tmp_path / "g", CONFIG)
    with closing(ObservationStore.open(first / "observations.sqlite", write=True)) as store:
        store.commit(tracks=None)
    with pytest.raises(UsageError, match="has no tracks yet: touchline link"):
        add_run(first, tmp_path / "g", CONFIG)
    with pytest.raises(UsageError, match="is not a run folder"):
        add_run(tmp_path, tmp_path / "g", CONFIG)
    assert not (tmp_path / "g").exists()


def test_tracks_that_do_not_know_their_detections_are_refused(first: Path, tmp_path: Path) -> None:
    tracks = first / "tracks.csv"
    tracks.write_text(tracks.read_text().replace("0.9", "0.8", 1))
    with pytest.raises(
        UsageError, match=r"tracks\.csv that was changed .*: touchline link .* again"
    ):
        add_run(first, tmp_path / "g", CONFIG)
    link_run(first, stored_settings(first), quiet)
    assert len(add_run(first, tmp_path / "g", CONFIG)) == 4
    with closing(sqlite3.connect(first / "observations.sqlite")) as store:
        store.execute("DELETE FROM state WHERE name = 'track_rows'")
        store.execute("DELETE FROM facts WHERE name LIKE 'guard.%'")
        store.execute("UPDATE facts SET value = '2' WHERE name = 'version'")
        store.commit()
    with pytest.raises(UsageError, match=r"by an earlier version, .*: touchline link .* again"):
        match_run(first, tmp_path / "g", CONFIG)


def test_a_spoilt_table_of_players_is_written_again(first: Path, tmp_path: Path) -> None:
    added = add_run(first, tmp_path / "g", CONFIG)
    (first / "players.csv").write_text("identity,person\n1,3\n")
    with pytest.raises(FormatError, match=r"touchline link .* makes it again"):
        identities_of_run(first)
    match_run(first, tmp_path / "g", CONFIG)
    assert identities_of_run(first).ids.tolist() == [row.identity for row in added]


def test_an_empty_clip_adds_and_matches_nobody(clip: Clip, first: Path, tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_text("9999,-1,1,1,20,40,0.9,-1,-1,-1\n")
    empty = tracked(clip, tmp_path / "empty", detections=tmp_path / "none.txt", end=0.4)
    assert add_run(empty, tmp_path / "g", CONFIG) == []
    assert [row.state for row in match_run(first, tmp_path / "g", CONFIG)] == ["unknown"] * 4
    add_run(first, tmp_path / "g", CONFIG)
    assert match_run(empty, tmp_path / "g", CONFIG) == []
    assert len(identities_of_run(empty)) == 0


def test_identities_of_one_frame_are_apart(first: Path) -> None:
    clip = clip_people(first)
    assert np.array_equal(clip.cannot_link, ~np.eye(4, dtype=np.bool_))
    assert clip.people.identities.seconds == pytest.approx([1.2] * 4, abs=0.1)
    assert clip.people.means().shape == (4, clip.embedder.size)


def test_a_number_that_the_gallery_knows_is_told_where_the_clip_shows_none(
    first: Path, second: Path, tmp_path: Path
) -> None:
    add_run(first, tmp_path / "g", CONFIG)
    with opened(tmp_path / "g", write=True) as gallery:
        name_person(gallery, 2, "Saka", 7)
    match_run(second, tmp_path / "g", CONFIG)
    people = identities_of_run(second)
    assert people.numbers[people.names == "Saka"].tolist() == [7]
    assert (clip_people(second).people.identities.numbers == -1).all()  # no evidence of its own
