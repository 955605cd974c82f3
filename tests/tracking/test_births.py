"""Which boxes begin a track; where none does, the score needed and the score seen are said once."""

from __future__ import annotations

import warnings

import pytest

from touchline.errors import InputError
from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections

BOXES: list[list[float]] = [[300.0, 300, 330, 380], [800, 300, 830, 380]]


def test_goalkeepers_and_referees_may_begin_with_lower_scores() -> None:
    seen = Detections(BOXES, [0.72, 0.72], ["player", "referee"])
    strict = TrackerConfig(min_new_score=0.8)
    lower_for_some = strict.model_copy(update={"min_new_rare_score": 0.7})
    assert Tracker(strict, warn=False).update(seen).roles.tolist() == []
    assert Tracker(lower_for_some).update(seen).roles.tolist() == ["referee"]
    assert Tracker().update(seen).roles.tolist() == ["player", "referee"]


def test_a_score_that_begins_no_track_is_said_once_with_the_one_that_does() -> None:
    tracker, unsure = Tracker(), Detections(BOXES, [0.62, 0.4])
    tracker.update(Detections.empty())
    with pytest.warns(UserWarning, match=r"2 boxes scores 0\.62, .* 0\.7 \(.*min_new") as said:
        tracks = tracker.update(unsure)
    assert not len(tracks)
    assert said[0].filename == __file__
    assert not len(tracker.update(unsure))  # warnings are errors here


def test_the_limit_that_is_said_is_that_of_the_role() -> None:
    config = TrackerConfig(min_new_score=0.9, min_new_rare_score=0.6)
    with pytest.warns(UserWarning, match=r"scores 0\.55, and .* 0\.6 \(.*\.min_new_rare_score\)"):
        Tracker(config).update(Detections(BOXES, [0.8, 0.55], ["player", "referee"]))


def test_nothing_is_said_of_low_scores_beside_tracks_or_of_boxes_not_wanted() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Tracker().update(Detections(BOXES, [0.9, 0.3]))
        Tracker().update(Detections(BOXES, [0.9, 0.9], ["ball", "ball"]))
        Tracker(warn=False).update(Detections(BOXES, [0.3, 0.3]))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cut": [True, False]}, "cut is"),
        ({"looked": "no"}, "looked is no"),
        ({"flash": 1}, "flash is 1"),
        ({"flash_frames": -1}, "whole number from 0 up"),
        ({"flash_frames": 2.5}, "whole number from 0 up"),
        ({"motion": [[1, 0], [0, 1]]}, "motion"),
        ({"time": [0.0]}, "time"),
    ],
)
def test_an_argument_of_another_shape_or_kind_is_refused(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Tracker().update(Detections(BOXES, [0.9, 0.9]), **given)  # type: ignore[arg-type]


def test_embeddings_that_are_no_unit_vectors_are_refused_with_the_cure() -> None:
    seen = Detections(BOXES, [0.9, 0.9], embeddings=[[0.6, 0.8], [3.0, 4.0]])
    with pytest.raises(InputError, match=r"length 5 in row 1: .* divide each by its length"):
        Tracker().update(seen)
    Tracker().update(Detections(BOXES, [0.9, 0.9], embeddings=[[0.6, 0.8], [0.0, 0.0]]))
