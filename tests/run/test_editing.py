"""Facts stated of a run are honoured at once, told what they changed, undone, redone, refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from clips import Clip

import touchline
from touchline.errors import EditRefused
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.request import RunRequest
from touchline.run.track import track_run


def quiet(_stage: str, _done: int, _total: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("editing") / "run"
    settings = {"models": {"detections": str(clip.detections)}, "embedding": {"mode": "every"}}
    track_run(RunRequest(str(clip.video), out, settings, draw_video=False), quiet, lambda: False)
    return out


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def at(run: touchline.Run, frame: int) -> list[int]:
    """The identities of a frame, from left to right."""
    here = run.tracks.rows_at(frame - 1)
    return [int(one) for one in run.tracks.ids[here][np.argsort(run.tracks.boxes[here, 0])]]


def test_a_split_is_told_undone_and_redone(run: Path) -> None:
    before = (run / "tracks.csv").read_bytes()
    opened = touchline.open_run(run).edit.split((31, 3))
    assert (len(opened.identities), opened.edited is not None) == (5, True)
    assert opened.edited is not None
    assert opened.edited.changes is not None
    (moved,) = opened.edited.changes.moved
    assert (moved.before, moved.boxes, moved.first_frame) in ((3, 30, 31), (3, 30, 1))
    linked = (run / "tracks.csv").read_bytes()
    assert touchline.open_run(run).edit.undo().report.warnings == ()
    assert (run / "tracks.csv").read_bytes() == before
    touchline.open_run(run).edit.redo()
    assert (run / "tracks.csv").read_bytes() == linked
    link_run(run, stored_settings(run), quiet)
    assert (run / "tracks.csv").read_bytes() == linked  # it is what a link makes


def test_facts_hold_over_another_link_and_another_tracker(run: Path) -> None:
    touchline.open_run(run).edit.split((31, 3))
    for settings in ({"tracker": {"preset": "botsort"}}, {"link": {"method": "online"}}):
        link_run(run, {**stored_settings(run), **settings}, quiet)
        assert len(touchline.open_run(run).identities) == 5
    assert touchline.open_run(run).edit.unmet() == []


def test_a_swap_is_one_step(run: Path) -> None:
    opened = touchline.open_run(run)
    (first, *_), (*_, last) = at(opened, 21), at(opened, 21)
    swapped = opened.edit.swap((21, first), (21, last))
    assert len(swapped.identities) == 4
    there, now = at(swapped, 20), at(swapped, 21)
    assert (there[0], there[-1]) == (now[-1], now[0])
    assert len(swapped.edit.facts()) == 4
    undone = swapped.edit.undo()
    assert at(undone, 20) == at(undone, 21)
    with pytest.raises(touchline.TouchlineError, match="nothing to undo"):
        undone.edit.undo()


def test_what_contradicts_is_refused_and_nothing_is_written(run: Path) -> None:
    edit = touchline.open_run(run).edit
    opened = edit.same((5, 3), (50, 3))
    assert opened.edited is not None
    assert opened.edited.changes is not None
    assert opened.edited.changes.moved == ()
    files = {file.name: file.read_bytes() for file in run.iterdir() if file.suffix != ".sqlite"}
    with pytest.raises(EditRefused, match="refused, as it was stated: identity 3 in frame 5 and"):
        edit.split((31, 3))
    with pytest.raises(EditRefused, match="refused, as it was stated"):
        edit.different((10, 3), (55, 3))
    with pytest.raises(EditRefused, match="refused, as it was stated"):
        edit.not_a_person((31, 3))
    with pytest.raises(EditRefused, match="refused, as both are in the image in frame 1"):
        edit.same((5, 3), (50, 4))
    assert files == {
        file.name: file.read_bytes() for file in run.iterdir() if file.suffix != ".sqlite"
    }
    assert len(edit.different((10, 3), (50, 4)).edit.facts()) == 2


def test_what_is_not_a_person_leaves_every_table(run: Path) -> None:
    opened = touchline.open_run(run).edit.not_a_person((31, 2))
    assert len(opened.identities) == 3
    assert opened.edited is not None
    assert opened.edited.changes is not None
    (moved,) = opened.edited.changes.moved
    assert (moved.before, moved.after) == (2, None)
    assert opened.report.counts.identities == 3


def test_a_shrug_is_kept_and_nothing_is_linked_again(run: Path) -> None:
    opened = touchline.open_run(run).edit.unknown((5, 3), (50, 4))
    assert opened.edited is not None
    assert opened.edited.changes is None
    assert [edit.kind for edit, _ in opened.edit.facts()] == ["unknown"]


def test_a_name_is_put_into_tables_alone_until_somebody_else_has_it(run: Path) -> None:
    named = touchline.open_run(run).edit.name(3, "Ada")
    assert named.edited is not None
    assert named.edited.changes is None
    split = named.edit.split((31, 3))
    ada = split.people(name="Ada").ids.tolist()
    third = split.tracks.ids[np.abs(split.tracks.boxes[:, 1] - 64) < 1]
    (other,) = set(third.tolist()) - set(ada)
    with pytest.raises(EditRefused, match="somebody else begins with"):
        split.edit.name(other, "ada")
    assert split.edit.name(other, "Bo").people(name="Bo").ids.tolist() == [other]
