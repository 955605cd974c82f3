"""The work list of a review asks first what an answer puts right most, and nothing twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clips import Clip
from lanes import lane_table

import touchline
from touchline.edits.anchors import seen_box
from touchline.edits.facts import Edit
from touchline.errors import InputError, UsageError
from touchline.formats.joins_json import TrackletRead
from touchline.identities import Identities
from touchline.links import Earlier
from touchline.run.folder import stored_settings
from touchline.run.link_step import link_run
from touchline.run.questions import Candidate, DoubtModel, Question, find_questions
from touchline.run.request import RunRequest
from touchline.run.track import track_run
from touchline.types import TrackTable

SIZE = (1280, 720)
PLAIN = DoubtModel(new=0.0, sharpness=1.0, bystander=0.1)
SPANS = [(1, 0, 99), (2, 0, 49), (1, 150, 249), (2, 80, 129), (3, 80, 89)]
"""Identity, first and last frame of each tracklet; each identity has a lane."""


def tracks() -> TrackTable:
    return lane_table(
        (frame, identity, identity)
        for identity, first, last in SPANS
        for frame in range(first, last + 1)
    )


def tracklets(**earlier: tuple[tuple[int, float], ...]) -> list[TrackletRead]:
    """The tracklets, with whom ``t2``, ... may continue."""
    return [
        TrackletRead(
            *(identity, first, last, first / 25, last / 25),
            tuple(Earlier(*one) for one in earlier.get(f"t{number}", ())),
        )
        for number, (identity, first, last) in enumerate(SPANS)
    ]


def asked(
    *edits: Edit, people: Identities | None = None, **earlier: tuple[tuple[int, float], ...]
) -> list[Question]:
    table = tracks()
    people = Identities.of_tracks(table, 0.04) if people is None else people
    return find_questions(table, tracklets(**earlier), people, SIZE, edits, PLAIN)


def test_the_gain_is_how_doubtful_it_is_times_the_boxes_that_hang_on_it() -> None:
    first, second = asked(t2=((0, 2.0), (1, 0.0)), t3=((1, 2.0), (0, 0.0)))
    wrong = 1.0 - np.exp(2.0) / (np.exp(2.0) + 2.0)
    assert (first.identity, first.boxes_at_stake, second.boxes_at_stake) == (1, 100, 50)
    assert first.gain == pytest.approx(100 * wrong)
    assert second.gain == pytest.approx(50 * wrong)
    # Half as many boxes, and far more doubt.
    first, second = asked(t2=((0, 4.0), (1, 0.0)), t3=((1, 0.0), (0, 1.0)))
    assert (first.identity, second.identity) == (2, 1)
    assert [one.identity for one in first.candidates] == [1, 2]  # the likeliest first


def test_somebody_new_may_be_one_who_was_there() -> None:
    (question,) = asked(t4=((1, 1.0),))
    assert question.identity == 3
    assert question.probability == pytest.approx(1.0 / (1.0 + np.exp(1.0)))
    assert question.boxes_at_stake == 10
    (candidate,) = question.candidates
    assert candidate.identity == 2
    assert candidate.box.frame <= 50
    assert question.box.frame >= 81


def test_what_nobody_can_tell_is_not_asked_again() -> None:
    (question,) = asked(t2=((0, 0.5),))
    shrug = Edit("unknown", (question.candidates[0].box, question.box), "")
    assert asked(shrug, t2=((0, 0.5),)) == []
    assert len(asked(replace(shrug, undone="later"), t2=((0, 0.5),))) == 1


def test_people_in_no_teams_kit_come_last_where_teams_are_known() -> None:
    people = Identities.of_tracks(tracks(), 0.04)
    earlier = {"t2": ((0, 0.5),), "t3": ((1, 0.5),)}
    assert [one.identity for one in asked(people=people, **earlier)] == [1, 2]
    of_team = replace(people, teams=np.array([-1, 0, -1]))
    assert [one.identity for one in asked(people=of_team, **earlier)] == [2, 1]


def test_somebody_who_was_away_is_asked_about_before_somebody_hidden_for_a_moment() -> None:
    first, second = asked(t2=((3, 0.0),), t3=((1, 0.0),))
    assert (first.identity, second.identity) == (2, 1)
    assert (first.returns, second.returns) == (True, False)
    assert first.gain < second.gain < 4 * first.gain


def test_a_clip_without_people_has_no_questions() -> None:
    nobody = TrackTable.empty()
    assert find_questions(nobody, [], Identities.of_tracks(nobody, 0.04), SIZE) == []


@pytest.fixture(scope="module")
def finished(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("questions") / "run"
    settings = {"models": {"detections": str(clip.detections)}, "embedding": {"mode": "every"}}
    request = RunRequest(str(clip.video), out, settings, draw_video=False)
    track_run(request, lambda _stage, _done, _total: None, lambda: False)
    return out


def test_an_answer_is_one_step_of_facts(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    opened = touchline.open_run(run)
    assert opened.questions() == []  # everybody is there from start to end
    split = opened.edit.split((31, 2))
    (question,) = split.questions() or [by_hand(split)]
    told = split.edit.answer(question, "nobody")
    kinds = [edit.kind for edit, _ in told.edit.facts()]
    assert kinds == ["split", *["different"] * len(question.candidates)]
    assert len(told.edit.undo().edit.answer(question, "unknown").edit.facts()) == 2 * len(kinds) - 1
    with pytest.raises(InputError, match="there is no candidate 7: the question has"):
        told.edit.answer(question, 7)


def by_hand(run: touchline.Run) -> Question:
    """Whether the last identity is the first one."""
    last = int(run.tracks.ids.max())
    rows = [int(np.flatnonzero(run.tracks.ids == identity)[0]) for identity in (1, last)]
    boxes = [seen_box(run.tracks, row) for row in rows]
    candidate = Candidate(boxes[0], 1, 0.5, 0.0)
    return Question(boxes[1], last, (candidate,), 0.5, 10, 5.0)


def test_a_run_linked_without_reasons_has_no_work_list(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    online = {**stored_settings(run), "link": {"method": "online"}}
    link_run(run, online, lambda _stage, _done, _total: None)
    with pytest.raises(UsageError, match=r"has no links\.json, which says how sure each join is"):
        touchline.open_run(run).questions()
