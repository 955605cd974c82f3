"""What the same boxes could score, on scenes whose numbers are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.metrics.alignment import Alignment, align
from touchline.metrics.ceilings import Ceilings, ceilings
from touchline.metrics.scores import score_tracks
from touchline.types import TrackTable

Rows = list[tuple[int, int, float]]
"""Frame, id and left edge of each box."""


def table(rows: Rows) -> TrackTable:
    frames, ids = (np.array([row[column] for row in rows], np.int64) for column in (0, 1))
    x = np.array([row[2] for row in rows], np.float64)
    boxes = np.stack([x, 0 * x, x + 20, 0 * x + 50], axis=1).reshape(-1, 4)
    none = np.zeros(len(rows))
    roles = np.full(len(rows), "person", TrackTable.empty().roles.dtype)
    return TrackTable(frames, none, ids, boxes, none + 1, roles, none > 0).sorted()


TRUTH = table([(frame, person, 100.0 * person) for frame in range(10) for person in (1, 2)])
"""Two people who stand still for ten frames."""


def scene(result: Rows) -> Alignment:
    return align(TRUTH, table(result), 25.0)


def shares(found: Ceilings) -> list[float]:
    parts = found.as_json()["perfect_joining"], found.as_json()["perfect_identities"]
    return [part[name] for part in parts for name in ("AssA", "IDF1")]


def test_a_person_in_two_tracklets_costs_joining_alone() -> None:
    cut = [(frame, 1 if frame < 5 else 3, 100.0) for frame in range(10)]
    alignment = scene(cut + [(frame, 2, 200.0) for frame in range(10)])
    # The boxes of person 1 have half of them under their id, the others all.
    assert score_tracks(alignment).hota.overall == pytest.approx(0.75**0.5)
    found = ceilings(alignment, alignment.result)
    assert found.joining.hota.overall == pytest.approx(1.0)
    assert found.identities.hota.overall == pytest.approx(1.0)
    assert (found.tracklets, found.matched, found.purity) == (3, 20, 1.0)


def test_two_people_in_one_tracklet_cost_what_no_joining_mends() -> None:
    alignment = scene([(frame, 7, 100.0 if frame < 6 else 200.0) for frame in range(10)])
    found = ceilings(alignment, alignment.result)
    # Joined, six boxes share 6 of 14 with person 1 and four share 4 of 16 with person 2; each under
    # its own id, 6 of 10 and 4 of 10.
    joined, each = (6 * 6 / 14 + 4 * 4 / 16) / 10, (6 * 0.6 + 4 * 0.4) / 10
    assert shares(found) == pytest.approx([joined, 6 / 15, each, 10 / 15])
    assert found.joining.hota.overall == pytest.approx((0.5 * joined) ** 0.5)
    assert (found.matched, found.pure) == (10, 6)


def test_what_the_detector_missed_or_invented_no_identity_brings_back() -> None:
    alignment = scene(
        [(frame, 1, 100.0) for frame in range(5)] + [(frame, 4, 900.0) for frame in range(5)]
    )
    found = ceilings(alignment, alignment.result)
    # 5 of 20 people are found, 5 boxes are of nobody; of person 1 half is there.
    assert found.joining.hota.overall == pytest.approx((5 / 25 * 0.5) ** 0.5)
    assert shares(found) == pytest.approx([0.5, 10 / 30] * 2)
    assert found.purity == 1.0


def test_a_second_box_of_a_person_does_not_get_their_id() -> None:
    once = [(frame, 1, 100.0) for frame in range(10)]
    before = ceilings(scene(once), scene(once).result)
    twice = [*once, *((frame, 5, 104.0) for frame in range(10))]  # IoU 2/3 with person 1
    alignment = scene([*twice, (0, 6, 500.0), (1, 6, 100.0)][:20])
    found = ceilings(alignment, alignment.result)
    assert shares(found)[0] == shares(found)[2] == shares(before)[0]
    assert found.identities.identity.tp == 10


def test_a_loose_box_stays_with_its_tracklet() -> None:
    # In frame 3 the box lies beside its person (IoU 1/3).
    alignment = scene([(frame, 1, 110.0 if frame == 3 else 100.0) for frame in range(10)])
    found = ceilings(alignment, alignment.result)
    assert (found.matched, found.pure) == (9, 9)
    assert shares(found)[0] == shares(found)[2]
    assert len(np.unique(alignment.result)) == 1


def test_of_nothing_there_is_no_ceiling_but_zero() -> None:
    nothing = scene([])
    found = ceilings(nothing, nothing.result)
    assert found.as_json()["perfect_joining"] == {"HOTA": 0.0, "AssA": 0.0, "IDF1": 0.0}
    assert (found.tracklets, found.purity) == (0, 1.0)
    nobody = align(TrackTable.empty(), table([(0, 1, 100.0)]), 25.0)
    assert ceilings(nobody, nobody.result).matched == 0


def test_sequences_are_combined_like_their_scores() -> None:
    good = scene([(frame, 1, 100.0) for frame in range(10)])
    mixed = scene([(frame, 7, 100.0 if frame < 6 else 200.0) for frame in range(10)])
    parts = [ceilings(each, each.result) for each in (good, mixed)]
    both = Ceilings.combine(parts)
    assert (both.tracklets, both.purity) == (2, 16 / 20)
    assert shares(both)[3] == pytest.approx(20 / 30)
