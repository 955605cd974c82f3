"""Who was hardly seen in the whole clip is dropped, and nobody else is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from walking_people import SIZE, Piece, crowd, faces, tracks

from touchline.edits.anchors import seen_box
from touchline.edits.facts import Edit
from touchline.linking.config import LinkConfig
from touchline.linking.glimpses import NO_GLIMPSES, seconds_seen
from touchline.linking.pipeline import LinkedClip, link_clip
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.types import Detections, identity_motion

GLIMPSE = Piece(9, 2.0, 2.24, 900.0)
"""Six frames, of which the tracker takes the first as a hint."""

CROWD = crowd(seconds=4.0)


def linked(
    pieces: Sequence[Piece],
    *edits: Edit,
    every: int = 1,
    method: str = "global",
    min_seconds: float = 0.25,
    role: str = "person",
) -> LinkedClip:
    """The pieces linked over their clip; boxes are looked for in each ``every`` frames. role: of
    whoever looks as ``GLIMPSE`` does.
    """
    table, generator = tracks(pieces), np.random.default_rng(0)
    people = np.array([piece.person for piece in pieces])
    seen = []
    for frame in range(int(table.frames.max()) + 1):
        rows = table.rows_at(frame)
        who = people[table.ids[rows] - 1]
        vectors = faces(16)[who] + 0.1 * generator.standard_normal((len(who), 16))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        roles = np.where(who == GLIMPSE.person, role, "person").tolist()
        found = Detections(table.boxes[rows], np.full(len(who), 0.9), roles, vectors)
        looked = frame % every == 0
        seen.append(
            Observation(
                frame,
                frame / 25,
                False,
                identity_motion(),
                found if looked else Detections.empty(),
                looked=looked,
            )
        )
    link = LinkConfig.model_validate({"method": method, "whole": {"min_seconds": min_seconds}})
    tracker = TrackerConfig(roles=("person", "ball"))
    return link_clip(seen, tracker, link, frame_rate=25.0, image_size=SIZE, edits=edits)


def ids(clip: LinkedClip) -> set[int]:
    return set(clip.table.ids.tolist())


def test_who_was_seen_for_a_fifth_of_a_second_is_dropped_and_the_number_is_told() -> None:
    without, everybody = linked([GLIMPSE, *CROWD]), linked([GLIMPSE, *CROWD], min_seconds=0)
    assert ids(without) == set(range(1, 7))
    assert ids(everybody) == set(range(1, 8))
    assert without.glimpses.count == 1
    assert without.glimpses.seconds == pytest.approx(0.2)
    assert everybody.glimpses == NO_GLIMPSES
    assert len(everybody.table) - len(without.table) == 5
    assert len(without.clothes) == int((~without.table.interpolated).sum())


def test_who_was_seen_for_long_enough_stays_however_often_they_went() -> None:
    assert len(ids(linked([GLIMPSE._replace(end=2.32), *CROWD]))) == 7
    again = [GLIMPSE, Piece(9, 2.36, 2.6, 900.0)]
    assert len(ids(linked([*again, *CROWD]))) == 7  # 0.2 s twice, one person


def test_reasons_are_those_of_who_is_left_with_numbers_that_close_up() -> None:
    back = [Piece(0, 0.0, 3.0), Piece(0, 5.0, 8.0, 700.0), *crowd(seconds=8.0)]
    found, plain = linked([GLIMPSE, *back]), linked(back)
    assert found.links is not None
    assert plain.links is not None
    assert ids(found) == ids(plain)
    assert found.links.identities.tolist() == plain.links.identities.tolist()
    assert found.links.frames.tolist() == plain.links.frames.tolist()
    (join,), (other,) = found.links.joins, plain.links.joins
    assert (join.tracklet, join.identity, join.after) == (
        other.tracklet,
        other.identity,
        other.after,
    )
    assert len(found.links.earlier) == len(found.links.identities)
    named = {one.tracklet for heads in found.links.earlier for one in heads}
    named |= {place - 1 for refusal in found.links.refusals for place in refusal.identities}
    assert named <= set(range(len(found.links.identities)))


def test_who_a_fact_was_stated_of_stays() -> None:
    pieces = [GLIMPSE, *CROWD]
    table = tracks(pieces)
    row = int(np.flatnonzero(table.ids == 1)[2])
    other = int(np.flatnonzero(table.ids == 4)[60])
    boxes = seen_box(table, row), replace(seen_box(table, other), detection=None)
    when = "2026-01-01T00:00:00+00:00"
    for fact in (Edit("name", boxes[:1], when, "Ada"), Edit("different", boxes, when)):
        found = linked(pieces, fact)
        assert (len(ids(found)), found.glimpses.count, found.unmet) == (7, 0, ())
    assert len(ids(linked(pieces, Edit("name", boxes[1:], when, "Bo")))) == 6


def test_a_frame_stands_for_the_time_until_the_next_one_that_was_looked_at() -> None:
    twice = [GLIMPSE._replace(end=2.6), *CROWD]  # two of the frames that are looked at
    found = linked(twice, every=5)
    assert len(ids(found)) == 7
    assert found.glimpses == NO_GLIMPSES
    table = tracks([Piece(0, 0.0, 0.2), Piece(1, 0.0, 0.04)])
    times = np.array([0.0, 0.1, 0.2, 0.6, 0.7])
    seen, whole = seconds_seen(table, table.ids, times, None)
    assert seen == pytest.approx(np.array([0.8, 0.1]))
    assert whole == pytest.approx(0.8)
    seen, whole = seconds_seen(table, table.ids, times, np.array([True, False, True, False, True]))
    assert seen == pytest.approx(np.array([0.2 + 0.5 + 0.35, 0.2]))


@pytest.mark.parametrize("frames", [1, 2, 10])
def test_a_clip_of_a_few_frames_keeps_its_people(frames: int) -> None:
    found = linked(crowd(seconds=frames / 25))
    assert len(ids(found)) == 6
    assert found.glimpses == NO_GLIMPSES


def test_in_a_short_clip_less_than_a_tenth_of_it_is_little() -> None:
    second = crowd(seconds=1.0)
    assert len(ids(linked([*second, GLIMPSE._replace(start=0.4, end=0.56)]))) == 7
    assert linked([*second, GLIMPSE._replace(start=0.4, end=0.52)]).glimpses.count == 1


def test_where_nobody_would_be_left_all_stay() -> None:
    apart = [Piece(0, 0.0, 0.2), Piece(1, 8.0, 8.2, 100.0)]
    found = linked(apart)
    assert len(ids(found)) == 2
    assert found.glimpses == NO_GLIMPSES


def test_a_ball_may_be_seen_for_a_moment() -> None:
    pieces = [GLIMPSE, *CROWD]
    assert len(ids(linked(pieces, role="ball"))) == 7


@pytest.mark.parametrize("method", ["online", "gta"])
def test_ids_of_the_yardsticks_are_left_as_they_are(method: str) -> None:
    pieces = [GLIMPSE, *CROWD]
    found = linked(pieces, method=method)
    assert len(ids(found)) == 7
    assert found.glimpses == NO_GLIMPSES
