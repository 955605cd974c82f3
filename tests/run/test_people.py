"""What a person says of the people of a run stays, in every table and over other links."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from clips import Clip

import touchline
from touchline.errors import EditRefused, FormatError, UsageError
from touchline.gallery.config import GalleryConfig
from touchline.gallery.runs import add_run, match_run
from touchline.gallery.store import opened
from touchline.run.editing import edits_with_identities, state_labels
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.link_step import link_run
from touchline.run.report import current_report
from touchline.run.request import RunRequest
from touchline.run.tables import identities_of_run
from touchline.run.track import track_run


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("people") / "run"
    settings = {"models": {"detections": str(clip.detections)}, "embedding": {"mode": "every"}}
    track_run(RunRequest(str(clip.video), out, settings, draw_video=False), quiet, lambda: False)
    return out


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def names(run: Path) -> list[str]:
    found: list[str] = identities_of_run(run).names.tolist()
    return found


def test_names_stay_over_another_link_and_can_be_undone(run: Path) -> None:
    opened_run = touchline.open_run(run).edit.name(2, " Ada  Lund ")
    assert opened_run.people(name="ada  lund").ids.tolist() == [2]
    assert opened_run.edit.number(2, 10).people(number=10).ids.tolist() == [2]
    assert ",10,Ada  Lund\n" in (run / "tracks.csv").read_text(encoding="utf-8")
    before = (run / "tracks.csv").read_bytes()
    assert link_run(run, stored_settings(run), quiet).warnings == ()
    assert (run / "tracks.csv").read_bytes() == before  # nothing had to be linked again
    other = {**stored_settings(run), "tracker": {"preset": "botsort"}}
    link_run(run, other, quiet)
    assert [name for name in names(run) if name] == ["Ada  Lund"]
    touchline.open_run(run).edit.undo().edit.undo()
    assert not any(names(run))
    assert identities_of_run(run).numbers.tolist() == [-1] * 4
    with pytest.raises(UsageError, match="nothing to undo"):
        touchline.open_run(run).edit.undo()
    assert len(edits_with_identities(run)) == 2  # undone, and still there


def test_facts_written_by_hand_act_with_the_next_link(run: Path) -> None:
    touchline.open_run(run).edit.team(1, "B")
    text = (run / "edits.json").read_text(encoding="utf-8")
    (run / "edits.json").write_text(text.replace('"B"', '"A"'), encoding="utf-8")
    link_run(run, stored_settings(run), quiet)
    assert touchline.open_run(run).people(team="a").ids.tolist() == [1]
    (run / "edits.json").write_text(text.replace('"B"', '"C"'), encoding="utf-8")
    with pytest.raises(FormatError, match=r"edits\.json, edit 1: team 'C' is refused"):
        link_run(run, stored_settings(run), quiet)


def test_a_fact_that_finds_nobody_is_a_warning_of_the_run(run: Path) -> None:
    touchline.open_run(run).edit.name(1, "Ada")
    text = (run / "edits.json").read_text(encoding="utf-8")
    frame = text.split('"frame": ')[1].split(",")[0]
    (run / "edits.json").write_text(text.replace(f": {frame},", ": 9999,"), encoding="utf-8")
    report = link_run(run, stored_settings(run), quiet)
    assert "nobody is in that box of these tracks any more: name Ada" in report.warnings[-1]
    touchline.open_run(run).edit.undo()
    assert not any("Ada" in text for text in current_report(RunFolder(run)).warnings)


def test_two_people_of_one_frame_have_not_one_name(run: Path) -> None:
    edit = touchline.open_run(run).edit
    edit.name(1, "Ada")
    with pytest.raises(EditRefused, match="refused, as both are in the image in frame 1: name Ada"):
        edit.name(2, "Ada")
    assert state_labels(run, "name", lambda _people: [(1, "Ada")])[:2] == ([], 1)
    with pytest.raises(UsageError, match="no identity 9; ids are 1 to 4"):
        edit.name(9, "Bo")


def test_names_of_a_run_are_the_gallerys_and_hers_come_back(run: Path, tmp_path: Path) -> None:
    config = GalleryConfig(min_seconds=0.5)
    touchline.open_run(run).edit.name(3, "Ada")
    added = add_run(run, tmp_path / "g", config)
    assert [row.name for row in added] == ["", "", "Ada", ""]
    other = Path(shutil.copytree(run, tmp_path / "other"))
    touchline.open_run(other).edit.undo().edit.name(1, "Ada")
    with opened(tmp_path / "g", write=True) as gallery:  # as if it were another clip
        gallery.connection.execute("UPDATE clips SET key = 'another'")
    matched = match_run(other, tmp_path / "g", config)
    assert matched[0].person == added[2].person  # who was named is that person, whatever they wear
    assert matched[0].state == "known"
