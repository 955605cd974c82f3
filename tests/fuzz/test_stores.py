"""A damaged run folder or gallery is one line of ours, whatever of it is damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fuzz.hostile_inputs import ODD_VALUES, broken, survives, tried, wrong
from hypothesis import strategies as st

from touchline.gallery.clip import clip_people
from touchline.gallery.config import GalleryConfig
from touchline.gallery.runs import add_run, match_run
from touchline.gallery.store import opened
from touchline.observations import ObservationStore
from touchline.run.draw_step import draw_run
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.link_step import link_run
from touchline.run.report import current_report
from touchline.run.simulate import SimulateRequest, simulate_run
from touchline.run.tables import identities_of_run


def silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linked run of a simulated scene, as if a network had looked at it."""
    folder = tmp_path_factory.mktemp("runs") / "scene"
    settings = {"seconds": 1.0, "people": 2, "referees": 0, "frame_rate": 10.0}
    simulate_run(SimulateRequest(folder, settings), silent)
    with closing(ObservationStore.open(folder / "observations.sqlite", write=True)) as store:
        size = next(
            seen.detections.embeddings.shape[1]
            for seen in store
            if seen.detections.embeddings is not None
        )
        store.commit(models={"embedder": {"name": "a", "sha256": "b", "size": size}})
    link_run(folder, {}, silent)
    return folder


@pytest.fixture
def run(scene: Path, tmp_path: Path) -> Path:
    """A copy of it that may be damaged."""
    return Path(shutil.copytree(scene, tmp_path / "run"))


def commands(run: Path, gallery: Path) -> dict[str, Callable[[], object]]:
    """What is done with a run folder, by name."""
    never: Callable[[], bool] = lambda: False  # noqa: E731
    return {
        "settings": lambda: stored_settings(run),
        "report": lambda: current_report(RunFolder(run)),
        "teams": lambda: identities_of_run(run),
        "people": lambda: clip_people(run),
        "match": lambda: match_run(run, gallery, GalleryConfig()),
        "draw": lambda: draw_run(run, {}, silent, never),
        "link": lambda: link_run(run, {}, silent),
    }


def spoiled(file: Path, whole: bytes, statement: str, values: tuple[Any, ...]) -> None:
    """``file`` as it was, with one statement carried out; what SQLite cannot store changes it
    not."""
    file.write_bytes(whole)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        try:
            connection.execute(statement, values)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError, ValueError):
            return


CELLS = [
    *(None, 0, -1, 7, 2**62, 0.5, 1e300, float("nan"), float("inf"), "", "x", "nan", "\x00"),
    *(b"", b"\x00", b"\xff" * 8, b"\xff" * 48, b"\x00" * 32, b"\x00\x7c" * 64, b"x" * 33),
]
"""What a cell of a table may hold: SQLite takes any kind in any column."""


def test_damaged_facts_of_a_run_are_one_line(run: Path, tmp_path: Path) -> None:
    file = run / "observations.sqlite"
    whole = file.read_bytes()
    with closing(ObservationStore.open(file)) as store:
        facts = json.loads(json.dumps(store.facts()))
    gallery = tmp_path / "gallery.sqlite"
    add_run(run, gallery, GalleryConfig())
    todo = commands(run, gallery)
    (run / "run.json").unlink()

    def check(values: Any) -> None:
        file.write_bytes(whole)
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("DELETE FROM facts")
            for name, value in values.items() if isinstance(values, dict) else ():
                connection.execute("INSERT INTO facts VALUES (?, ?)", (name, json.dumps(value)))
        for read in todo.values():
            survives(read)

    tried("facts of a run", wrong(facts), check, 15)

    def check_text(content: bytes) -> None:
        name = "settings" if len(content) % 2 else "video"
        spoiled(file, whole, "UPDATE facts SET value = ? WHERE name = ?", (content, name))
        for name in ("settings", "report", "draw"):
            survives(todo[name])

    tried("facts as text", broken([b'{"tracker": {"min_score": 0.1}}']), check_text, 30)


COLUMNS = (
    *("frame", "time", "cut", "motion", "boxes", "scores", "roles", "embedded", "embeddings"),
    *("shirts", "numbers", "number_scores"),
)


def test_damaged_frames_of_a_run_are_one_line(run: Path, tmp_path: Path) -> None:
    file = run / "observations.sqlite"
    whole = file.read_bytes()
    todo = commands(run, tmp_path / "none.sqlite")

    def check(spoil: tuple[str, Any, int]) -> None:
        column, cell, frame = spoil
        statement = f"UPDATE frames SET {column} = ? WHERE frame = ?"
        spoiled(file, whole, statement, (cell, frame))
        for name in ("report", "teams", "people", "draw", "link"):
            survives(todo[name])

    cells = st.sampled_from(CELLS) | st.binary(max_size=200)
    frames = st.integers(0, 9)
    tried("frames of a run", st.tuples(st.sampled_from(COLUMNS), cells, frames), check, 25)


def test_damaged_bytes_of_a_store_are_one_line(run: Path, tmp_path: Path) -> None:
    file = run / "observations.sqlite"
    whole = file.read_bytes()
    todo = commands(run, tmp_path / "none.sqlite")

    def check(places: list[tuple[int, int]]) -> None:
        content = bytearray(whole)
        for place, value in places:
            content[place] ^= value
        file.write_bytes(content)
        for name in ("settings", "report", "people", "link"):
            survives(todo[name])

    place = st.integers(0, len(whole) - 1) | st.integers(0, 300)
    spots = st.lists(st.tuples(place, st.integers(1, 255)), min_size=1, max_size=8)
    tried("bytes of a store", spots, check, 12)


def test_a_damaged_report_is_made_anew(run: Path) -> None:
    link_run(run, {}, silent)
    whole = json.loads((run / "run.json").read_text())

    def check(report: Any) -> None:
        (run / "run.json").write_text(json.dumps(report))
        survives(lambda: current_report(RunFolder(run)))

    def check_bytes(content: bytes) -> None:
        (run / "run.json").write_bytes(content)
        survives(lambda: current_report(RunFolder(run)))
        survives(lambda: link_run(run, {}, silent))

    tried("run.json of a run", wrong(whole), check, 40)
    tried("run.json, bytes", broken([json.dumps(whole).encode()]), check_bytes, 15)


def test_damaged_tables_of_a_run_are_one_line(run: Path, tmp_path: Path) -> None:
    link_run(run, {}, silent)
    table = run / "tracks.csv"
    whole = table.read_bytes()
    gallery = tmp_path / "gallery.sqlite"
    add_run(run, gallery, GalleryConfig())
    todo = commands(run, gallery)

    def check(content: bytes) -> None:
        table.write_bytes(content)
        for name in ("teams", "people", "match", "draw"):
            survives(todo[name])

    tried("tracks.csv of a run", broken([whole]), check, 60)


TABLES = {
    "facts": ("name", "value"),
    "clips": ("clip", "key", "tracks", "name"),
    "people": ("person", "name", "team", "team_confidence", "number", "number_confidence", "role"),
    "sightings": ("clip", "track_id", "person", "seconds"),
    "embeddings": ("person", "clip", "counts", "embeddings"),
    "cannot_links": ("first", "second", "clip"),
}


def test_a_damaged_gallery_is_one_line(run: Path, tmp_path: Path) -> None:
    link_run(run, {}, silent)
    file = tmp_path / "gallery.sqlite"
    add_run(run, file, GalleryConfig())
    whole = file.read_bytes()
    changes = (
        lambda: match_run(run, file, GalleryConfig()),
        lambda: add_run(run, file, GalleryConfig()),
    )

    def listed() -> object:
        with opened(file) as gallery:
            return gallery.listed(), gallery.clips(), gallery.embedder, gallery.people()

    def check(spoil: tuple[tuple[str, str], Any, int]) -> None:
        (table, column), cell, row = spoil
        statement = (
            f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = "
            f"(SELECT rowid FROM {table} LIMIT 1 OFFSET {row})"
        )
        spoiled(file, whole, statement, (cell,))
        for read in (listed, *changes):
            survives(read)

    def check_bytes(places: list[tuple[int, int]]) -> None:
        content = bytearray(whole)
        for place, value in places:
            content[place] ^= value
        file.write_bytes(content)
        for read in (listed, *changes):
            survives(read)

    columns = [(table, column) for table, names in TABLES.items() for column in names]
    cells = st.sampled_from(CELLS) | st.binary(max_size=40)
    odd = cells | st.sampled_from([json.dumps(value) for value in ODD_VALUES])
    rows = st.tuples(st.sampled_from(columns), odd, st.integers(0, 3))
    tried("rows of a gallery", rows, check, 60)
    place = st.integers(0, len(whole) - 1) | st.integers(0, 300)
    spots = st.lists(st.tuples(place, st.integers(1, 255)), min_size=1, max_size=8)
    tried("bytes of a gallery", spots, check_bytes, 30)
