"""What speaks for and against a join is said in words, with the number beside."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from touchline.formats.joins_json import JoinRead, TrackletRead
from touchline.links import RunnerUp
from touchline.run.join_words import away_words, join_cues, margin_words, short_words, speed


def join(
    evidence: Mapping[str, float],
    gap: float = 1.0,
    displacement: float | None = 2.0,
    margin: float = 1.5,
) -> JoinRead:
    """A join after ``gap`` seconds, ``displacement`` body heights further on."""
    before = TrackletRead(8, 0, 49, 0.0, 2.0)
    behind = TrackletRead(8, 75, 99, 2.0 + gap, 4.0 + gap)
    total = sum(evidence.values())
    return JoinRead(
        before, behind, 0.66, total, margin, evidence, displacement, RunnerUp(3, total - 1)
    )


def test_who_would_have_had_to_run_too_fast_is_said_with_the_speed() -> None:
    one = join({"appearance": 2.1, "motion": -2.7}, gap=1.0, displacement=8.0)
    assert [str(cue) for cue in join_cues(one)] == [
        "look very alike +2.1",
        "place and time do not fit at all (14 m in 1.0 s, would have had to run 14 m/s) -2.7",
    ]
    assert speed(one) == pytest.approx(14.4)


def test_a_speed_over_a_moment_is_none() -> None:
    one = join({"motion": 1.0}, gap=0.1, displacement=0.5)
    assert str(join_cues(one)[0]) == "place and time fit (0.9 m in 0.10 s) +1.0"
    assert speed(one) is None


def test_across_a_cut_no_place_is_known() -> None:
    one = join({"appearance": -0.2, "team": 0.6, "number": -1.4, "unseen": 0.0}, 0.04, None)
    assert away_words(one) == "across a cut"
    assert [str(cue) for cue in join_cues(one)] == [
        "looks say little -0.2",
        "same team +0.6",
        "another shirt number -1.4",
    ]
    assert away_words(join({}, 2.2, None)) == "across a cut, 2.2 s later"
    assert away_words(join({}, 2.2)) == "away for 2.2 s"


def test_what_is_ahead_and_what_speaks_against_it() -> None:
    one = join({"appearance": -2.0, "team": 0.5})
    assert margin_words(one) == "better than the next explanation by 1.5"
    assert margin_words(join({}, margin=-0.6)) == "another explanation would be better by 0.6"
    assert short_words(one) == "the same person? 66% sure; looks against it; else identity 3"


def test_evidence_of_a_kind_without_words_keeps_its_name() -> None:
    assert str(join_cues(join({"gait": 1.0}))[0]) == "gait +1.0"
