"""Stated facts always hold: in tracklets, in clusters and in ids of the online tracker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from pair_tables import of_table
from walking_people import SIZE, Piece, crowd, faces, tracks

from touchline.edits.anchors import seen_box
from touchline.edits.facts import Edit, EditKind, SeenBox
from touchline.evidence.appearance import TrackletAppearance
from touchline.evidence.calibration import Calibration
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.join import join
from touchline.linking.clustering.margins import join_margins
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import LinkedClip, TrackedClip, link_tracked, track_clip
from touchline.observations import Observation
from touchline.tracking.config import TrackerConfig
from touchline.types import Detections, TrackTable, identity_motion

RETURNING = [Piece(0, 0.0, 4.0), Piece(0, 8.0, 12.0, 700.0), *crowd(seconds=12.0)]
LEFT, BACK, OTHER = 0, 1, 2
"""Pieces: a person, the same person 4 s later, and one of those who stay."""

METHODS = pytest.mark.parametrize("method", ["global", "online"])


def tracked(method: str, pieces: Sequence[Piece] = RETURNING) -> TrackedClip:
    """The pieces as the tracker leaves them; frames of the video count from 100."""
    table, generator = tracks(pieces), np.random.default_rng(0)
    looks = faces(16)[[piece.person for piece in pieces]]
    seen = []
    for frame in range(int(table.frames.max()) + 1):
        rows = table.rows_at(frame)
        bare = looks[table.ids[rows] - 1]
        vectors = bare + 0.2 * generator.standard_normal(bare.shape)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = Detections(table.boxes[rows], table.scores[rows], None, vectors)
        seen.append(Observation(frame + 100, frame / 25, False, identity_motion(), found))
    link = LinkConfig.model_validate({"method": method})
    return track_clip(seen, TrackerConfig(), link, frame_rate=25.0, image_size=SIZE)


def box_of(piece: int, second: float, pieces: Sequence[Piece] = RETURNING) -> SeenBox:
    """The box of one of the pieces at a moment."""
    table = tracks(pieces)
    (row,) = np.flatnonzero((table.ids == piece + 1) & (table.frames == round(second * 25)))
    return replace(seen_box(table, int(row)), frame=round(second * 25) + 101)


def fact(kind: EditKind, *boxes: SeenBox, value: str | int | None = None) -> Edit:
    return Edit(kind, boxes, "2026-01-01T00:00:00+00:00", value)


def linked(clip: TrackedClip, method: str, *edits: Edit) -> LinkedClip:
    return link_tracked(clip, LinkConfig.model_validate({"method": method}), edits)


def identity(clip: LinkedClip | TrackTable, piece: int, second: float) -> int | None:
    """Who is in the box of a piece at a moment."""
    table = clip.table if isinstance(clip, LinkedClip) else clip
    where = box_of(piece, second)
    here = table.rows_at(where.frame - 1)
    mine = np.abs(table.boxes[here] - np.array(where.box)).max(axis=1) < 0.1
    return int(table.ids[here][mine][0]) if mine.any() else None


@METHODS
def test_two_people_are_never_joined_and_one_person_always_is(method: str) -> None:
    clip = tracked(method)
    before, after = box_of(LEFT, 2.0), box_of(BACK, 10.0)
    plain = linked(clip, method)
    assert identity(plain, LEFT, 3.0) == identity(plain, BACK, 9.0)
    apart = linked(clip, method, fact("different", before, after))
    assert identity(apart, LEFT, 3.0) != identity(apart, BACK, 9.0)
    assert apart.unmet == ()
    unlike = tracked(method, [RETURNING[LEFT]._replace(person=15), *RETURNING[1:]])
    plain = linked(unlike, method)
    assert identity(plain, LEFT, 3.0) != identity(plain, BACK, 9.0)
    told = linked(unlike, method, fact("same", before, after))
    assert identity(told, LEFT, 3.0) == identity(told, BACK, 9.0)


@METHODS
def test_a_split_begins_somebody_else_in_the_middle_of_a_track(method: str) -> None:
    clip = tracked(method)
    split = fact("split", box_of(OTHER, 5.0), box_of(OTHER, 5.04))
    found = linked(clip, method, split)
    assert identity(found, OTHER, 5.0) != identity(found, OTHER, 5.04)
    assert identity(found, OTHER, 1.0) == identity(found, OTHER, 5.0)
    assert identity(found, OTHER, 5.04) == identity(found, OTHER, 11.0)
    again = linked(clip, method, split, fact("same", box_of(OTHER, 1.0), box_of(OTHER, 9.0)))
    assert identity(again, OTHER, 5.0) != identity(again, OTHER, 5.04)  # the earlier fact holds
    (unmet,) = again.unmet
    assert "it was stated: somebody else begins with" in str(unmet.reason)


@METHODS
def test_two_people_of_one_track_are_cut_where_nobody_said(method: str) -> None:
    found = linked(
        tracked(method), method, fact("different", box_of(OTHER, 2.0), box_of(OTHER, 9.0))
    )
    assert identity(found, OTHER, 2.0) != identity(found, OTHER, 9.0)
    assert found.unmet == ()


@METHODS
def test_what_is_not_a_person_is_gone_with_its_track(method: str) -> None:
    clip = tracked(method)
    found = linked(clip, method, fact("not-a-person", box_of(OTHER, 5.0)))
    assert identity(found, OTHER, 1.0) is None
    assert identity(found, OTHER, 11.0) is None
    assert len(set(found.table.ids.tolist())) == 6
    assert len(found.clothes) == int((~found.table.interpolated).sum())
    named = fact("name", box_of(OTHER, 3.0), value="Ada")
    (unmet,) = linked(clip, method, fact("not-a-person", box_of(OTHER, 5.0)), named).unmet
    assert unmet.edit == named


def test_a_clip_in_which_nobody_is_a_person_has_no_tracks() -> None:
    clip = tracked("global", [Piece(0, 0.0, 4.0)])
    found = linked(clip, "global", fact("not-a-person", box_of(LEFT, 2.0)))
    assert len(found.table) == 0


def test_a_track_of_two_people_is_suspected_where_facts_about_it_contradict() -> None:
    method = "global"
    pieces = [Piece(0, first, first + 3.0) for first in (0.0, 6.0, 12.0)] + crowd(seconds=15.0)
    clip = tracked(method, pieces)
    before, one, other, after = (
        box_of(piece, second, pieces) for piece, second in ((0, 2.0), (1, 6.4), (1, 8.6), (2, 13.0))
    )
    told = [fact("different", before, after), fact("same", before, one)]
    wrong = fact("same", other, after)
    (unmet,) = linked(clip, method, *told, wrong).unmet
    assert unmet.edit == wrong
    assert unmet.reason.stated == (told[0],)
    assert unmet.between is not None
    assert [box.frame for box in unmet.between] == [one.frame, other.frame]
    split = fact("split", box_of(1, 7.0, pieces), box_of(1, 7.04, pieces))
    assert linked(clip, method, *told, split, wrong).unmet == ()
    (alone,) = linked(clip, method, told[1], fact("different", before, one)).unmet
    assert alone.between is None, "nothing is wrong with a track of which one box was spoken"


@METHODS
def test_nobody_is_made_one_person_in_two_places_at_once(method: str) -> None:
    clip = tracked(method)
    wrong = fact("same", box_of(LEFT, 2.0), box_of(OTHER, 3.0))
    found = linked(clip, method, wrong)
    assert [unmet.edit for unmet in found.unmet] == [wrong]
    assert "both are in the image in frame 10" in str(found.unmet[0].reason)
    assert np.array_equal(found.table.ids, linked(clip, method).table.ids)


def test_names_tell_who_is_who_and_numbers_with_a_team() -> None:
    clip = tracked("global")
    before, after = box_of(LEFT, 2.0), box_of(BACK, 10.0)
    two = linked(
        clip, "global", *(fact("name", b, value=v) for b, v in ((before, "Ada"), (after, "Bo")))
    )
    assert identity(two, LEFT, 3.0) != identity(two, BACK, 9.0)
    split = fact("different", before, after)
    (unmet,) = linked(
        clip, "global", split, *(fact("name", box, value="Ada") for box in (before, after))
    ).unmet
    assert (unmet.edit.kind, unmet.edit.boxes) == ("name", (after,))
    told = [fact(kind, box, value=value) for box in (before, after) for kind, value in LABELS]
    assert [one.edit for one in linked(clip, "global", split, *told).unmet] == [told[-1]]
    numbers = [fact("number", before, value=4), fact("number", after, value=5)]
    differ = linked(clip, "global", *numbers)
    assert identity(differ, LEFT, 3.0) != identity(differ, BACK, 9.0)


LABELS: tuple[tuple[EditKind, str | int], ...] = (("team", "A"), ("number", 10))


def test_facts_without_a_box_are_told_and_change_nothing() -> None:
    clip = tracked("global")
    nowhere = SeenBox(180, 0, (5.0, 5.0, 9.0, 9.0))
    lost = [
        fact("different", nowhere, box_of(BACK, 10.0)),
        fact("not-a-person", SeenBox(9000, 0, (600.0, 300.0, 625.0, 360.0))),
    ]
    found = linked(clip, "global", *lost)
    assert [unmet.edit for unmet in found.unmet] == lost
    assert str(found.unmet[0].reason) == "no track is at the box at 5,5 in frame 180"
    assert np.array_equal(found.table.ids, linked(clip, "global").table.ids)


def test_facts_hold_with_another_tracker() -> None:
    edits = [
        fact("different", box_of(LEFT, 2.0), box_of(BACK, 10.0)),
        fact("split", box_of(OTHER, 5.0), box_of(OTHER, 5.04)),
    ]
    clip = tracked("global")
    table = clip.table
    jitter = np.random.default_rng(1).normal(scale=2.0, size=table.boxes.shape)
    assert table.rows is not None
    other = replace(table, boxes=table.boxes + jitter, rows=table.rows[::-1].copy())
    found = linked(replace(clip, table=other), "global", *edits)
    assert found.unmet == ()
    assert len(set(found.table.ids.tolist())) == 9


@pytest.mark.parametrize("seed", range(30))
def test_units_stay_whole_and_cannot_links_apart_whatever_the_evidence(seed: int) -> None:
    draw = np.random.default_rng(seed)
    count = int(draw.integers(5, 24))
    units = np.arange(count)
    for _ in range(int(draw.integers(1, 5))):
        one, other = sorted(draw.choice(count, 2, replace=False).tolist())
        units[units == max(units[one], units[other])] = min(units[one], units[other])
    apart = draw.random((count, count)) < 0.15
    apart = (apart | apart.T) & (units[:, None] != units)
    counts = draw.integers(0, 4, count).astype(np.float64)
    pairwise = 3 * draw.normal(size=(count, count))
    evidence = Evidence(
        TrackletAppearance(
            Calibration(6.0, -2.0, 0.3),
            0.9,
            (draw.normal(size=(count, 5)) * counts[:, None]).astype(np.float32),
            counts,
        ),
        of_table(np.triu(2 * draw.normal(size=(count, count)), 1).astype(np.float32)),
        of_table((pairwise + pairwise.T).astype(np.float32)),
        draw.uniform(1.0, 30.0, count),
        of_table(apart),
        prior=float(draw.normal()),
        min_margin=0.5,
        units=units,
    )
    clusters = join(evidence)
    assert (clusters.labels == clusters.labels[units]).all()
    same = clusters.labels[:, None] == clusters.labels
    assert not (same & apart).any()
    margins = join_margins(clusters)
    for tracklet in np.flatnonzero(clusters.before >= 0).tolist():
        mine = clusters.members(int(clusters.labels[tracklet]))
        early, late = units[mine[mine < tracklet]], units[mine[mine >= tracklet]]
        if np.isin(early, late).any():
            assert np.isinf(margins[tracklet])


def test_whom_a_tracklet_may_continue_is_said_until_it_is_stated() -> None:
    clip = tracked("global")
    links = linked(clip, "global").links
    assert links is not None
    (join,) = links.joins
    first, *others = links.earlier[join.tracklet]
    assert first.tracklet == join.after
    assert first.log_odds > 0.0
    assert all(one.log_odds < first.log_odds for one in others)
    same = fact("same", box_of(LEFT, 2.0), box_of(BACK, 10.0))
    certain = linked(clip, "global", same).links
    assert certain is not None
    assert certain.earlier[join.tracklet] == ()
    assert (certain.joins[0].margin, certain.joins[0].confidence) == (None, 1.0)
    apart = linked(clip, "global", replace(same, kind="different")).links
    assert apart is not None
    assert join.after not in [one.tracklet for one in apart.earlier[join.tracklet]]
