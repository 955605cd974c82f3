"""Returns of constructed people, by hand and by a plain count."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lanes import lane_table, lanes, shown_people, tables

from touchline.formats.mot import read_mot
from touchline.metrics.alignment import align
from touchline.metrics.reentry import OUTCOMES, ReentryScores, reentry
from touchline.types import TrackTable

RATES = [25.0, 50.0]
AWAY_FOUR_SECONDS = {1: [(0, 5), (9, 12)], 2: [(0, 12)]}


def counts(**expected: int) -> dict[str, int]:
    return dict.fromkeys(OUTCOMES, 0) | expected


@pytest.mark.parametrize("rate", RATES)
def test_a_player_who_comes_back_under_his_id_is_kept(rate: float) -> None:
    scene = lanes(rate, AWAY_FOUR_SECONDS, [(7, 1, 0, 12), (8, 2, 0, 12)])
    found = reentry(scene)
    assert found.counts() == counts(kept=1)
    (back,) = found.returns
    assert (back.frame, back.left) == (9 * rate, 5 * rate - 1)
    assert (back.identity, back.before, back.after, back.owner) == (1, 7, 7, None)
    assert back.absence == pytest.approx(4.0)
    assert back.in_view == 2


@pytest.mark.parametrize("rate", RATES)
def test_a_fresh_id_is_new(rate: float) -> None:
    scene = lanes(rate, AWAY_FOUR_SECONDS, [(7, 1, 0, 5), (9, 1, 9, 12), (8, 2, 0, 12)])
    assert reentry(scene).counts() == counts(new=1)


@pytest.mark.parametrize("rate", RATES)
def test_an_id_that_was_another_person_is_stolen(rate: float) -> None:
    scene = lanes(
        rate, AWAY_FOUR_SECONDS, [(7, 1, 0, 5), (8, 2, 0, 9), (8, 1, 9, 12), (9, 2, 9, 12)]
    )
    found = reentry(scene)
    assert found.counts() == counts(stolen=1)
    assert (found.returns[0].after, found.returns[0].owner) == (8, 2)


@pytest.mark.parametrize("rate", RATES)
def test_an_id_is_stolen_only_from_one_who_had_it_longer(rate: float) -> None:
    truth = {1: [(0, 5), (9, 12)], 2: [(0, 12)]}
    his_own = [(8, 1, 0, 3), (7, 1, 3, 5), (8, 2, 4, 7), (8, 1, 9, 12)]
    assert reentry(lanes(rate, truth, his_own)).counts() == counts(new=1)
    anothers = [(8, 1, 0, 3), (7, 1, 3, 5), (8, 2, 4, 8), (8, 1, 9, 12)]
    assert reentry(lanes(rate, truth, anothers)).counts() == counts(stolen=1)


@pytest.mark.parametrize("rate", RATES)
def test_what_an_id_does_after_the_return_does_not_make_it_stolen(rate: float) -> None:
    truth = {1: [(0, 5), (9, 12)], 2: [(0, 30)]}
    scene = lanes(rate, truth, [(7, 1, 0, 5), (9, 1, 9, 11), (8, 2, 0, 12), (9, 2, 12, 30)])
    assert reentry(scene).counts() == counts(new=1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    "shown", [[(7, 1, 0, 3.9), (7, 1, 9, 12)], [(7, 1, 0, 5), (7, 1, 10.04, 12)], []]
)
def test_without_a_match_in_one_of_the_seconds_there_is_nothing_to_compare(
    rate: float, shown: list[tuple[int, int, float, float]]
) -> None:
    found = reentry(lanes(rate, AWAY_FOUR_SECONDS, shown))
    assert found.counts() == counts(unmatched=1)
    assert found.shares() == {"kept": None, "new": None, "stolen": None}


def test_the_second_reaches_to_its_last_frame_and_no_further() -> None:
    shown = [(7, 1, 0, 4.04), (7, 1, 9.96, 12)]  # frames up to 100 of 124; from 249 on of 225
    assert reentry(lanes(25.0, AWAY_FOUR_SECONDS, shown)).counts() == counts(kept=1)
    shown = [(7, 1, 0, 4.0), (7, 1, 9.96, 12)]
    assert reentry(lanes(25.0, AWAY_FOUR_SECONDS, shown)).counts() == counts(unmatched=1)
    shown = [(7, 1, 0, 4.04), (7, 1, 10.0, 12)]
    assert reentry(lanes(25.0, AWAY_FOUR_SECONDS, shown)).counts() == counts(unmatched=1)


@pytest.mark.parametrize("rate", RATES)
def test_the_id_shown_most_in_the_second_counts(rate: float) -> None:
    shown = [(7, 1, 0, 4.8), (6, 1, 4.8, 5), (5, 1, 9, 9.2), (7, 1, 9.2, 12)]
    assert reentry(lanes(rate, AWAY_FOUR_SECONDS, shown)).counts() == counts(kept=1)


@pytest.mark.parametrize("rate", RATES)
def test_of_two_ids_shown_equally_often_the_nearest_to_the_absence_counts(rate: float) -> None:
    shown = [(6, 1, 4.2, 4.6), (7, 1, 4.6, 5), (7, 1, 9, 9.4), (5, 1, 9.4, 9.8)]
    assert reentry(lanes(rate, AWAY_FOUR_SECONDS, shown)).counts() == counts(kept=1)


def test_short_appearances_are_judged_by_what_there_is() -> None:
    truth = {1: [(0, 0.2), (2, 2.2), (2.4, 2.6)]}
    assert reentry(lanes(25.0, truth, [(7, 1, 0, 1), (7, 1, 2.4, 3)])).counts() == counts(kept=1)


@pytest.mark.parametrize(
    ("rate", "missing", "returns"),
    [
        (25.0, 24, 0),
        (25.0, 25, 1),
        (50.0, 49, 0),
        (50.0, 50, 1),
        (30000 / 1001, 29, 0),
        (30000 / 1001, 30, 1),
        (25.0000001, 25, 1),
        (0.5, 1, 1),
    ],
)
def test_an_absence_begins_at_one_second_at_any_frame_rate(
    rate: float, missing: int, returns: int
) -> None:
    table = lane_table([(0, 1, 1), (missing + 1, 1, 1)])
    assert len(reentry(align(table, table, rate)).returns) == returns


@pytest.mark.parametrize("rate", RATES)
def test_absences_fall_into_half_open_buckets(rate: float) -> None:
    absences = [1, 1.96, 2, 4.96, 5, 14.96, 15, 40]
    truth = {
        identity: [(0, 1.0), (1.0 + seconds, 2.0 + seconds)]
        for identity, seconds in enumerate(absences, 1)
    }
    shown = [(10 + identity, identity, 0, 60) for identity in truth]
    found = reentry(lanes(rate, truth, shown)).by_absence
    assert {name: bucket["kept"] for name, bucket in found.items()} == {
        "1-2 s": 2,
        "2-5 s": 2,
        "5-15 s": 2,
        "15 s+": 2,
    }


@pytest.mark.parametrize(("others", "bucket"), [(6, "1-7"), (7, "8-14"), (13, "8-14"), (14, "15+")])
def test_returns_are_counted_by_how_many_are_in_view(others: int, bucket: str) -> None:
    truth: dict[int, list[tuple[float, float]]] = {1: [(0, 1), (3, 4)]}
    truth |= {identity: [(2, 4)] for identity in range(2, others + 2)}
    found = reentry(lanes(25.0, truth, [(1, 1, 0, 4)]))
    assert found.returns[0].in_view == others + 1
    assert found.by_in_view[bucket] == counts(kept=1)
    assert sum(sum(one.values()) for one in found.by_in_view.values()) == 1


def test_frames_in_which_nobody_is_seen_count_as_absence() -> None:
    scene = lanes(25.0, {1: [(0, 1), (7, 8)]}, [(1, 1, 0, 8)])
    assert len(scene.frames) == 50
    assert reentry(scene).returns[0].absence == pytest.approx(6.0)


def test_nobody_returns_where_nobody_is() -> None:
    nothing = lane_table([])
    one = lane_table([(0, 1, 1), (60, 1, 1)])
    assert reentry(align(nothing, nothing, 25.0)) == ReentryScores(())
    assert reentry(align(nothing, one, 25.0)) == ReentryScores(())
    assert reentry(align(one, nothing, 25.0)).counts() == counts(unmatched=1)
    assert ReentryScores.combine([]).as_json()["shares"]["kept"] is None


def test_sequences_combine_by_adding_up() -> None:
    kept = reentry(lanes(25.0, AWAY_FOUR_SECONDS, [(7, 1, 0, 12)]))
    new = reentry(lanes(50.0, AWAY_FOUR_SECONDS, [(7, 1, 0, 5), (9, 1, 9, 12)]))
    both = ReentryScores.combine([kept, new, new])
    assert both.as_json() == {
        "kept": 1,
        "new": 2,
        "stolen": 0,
        "unmatched": 0,
        "shares": {"kept": 1 / 3, "new": 2 / 3, "stolen": 0.0},
        "by_absence": {
            "1-2 s": counts(),
            "2-5 s": counts(kept=1, new=2),
            "5-15 s": counts(),
            "15 s+": counts(),
        },
        "by_in_view": {"1-7": counts(kept=1, new=2), "8-14": counts(), "15+": counts()},
    }


def counted_plainly(people: dict[int, dict[int, int | None]], rate: int) -> dict[str, int]:
    """The definition once more, frame by frame."""
    found = counts()
    for person, row in people.items():
        for left, back in itertools.pairwise(sorted(row)):
            if back - left - 1 < rate:
                continue
            sides = []
            for frames in (range(left, left - rate, -1), range(back, back + rate)):
                ids = [row[frame] for frame in frames if row.get(frame) is not None]
                sides.append(max(ids, key=lambda one: (ids.count(one), -ids.index(one)), default=0))
            before, after = sides
            had = Counter(
                other
                for other, shown in people.items()
                for frame, predicted in shown.items()
                if frame < back and predicted == after
            )
            if not (before and after):
                found["unmatched"] += 1
            elif before == after:
                found["kept"] += 1
            elif had and max(had.values()) > had[person]:
                found["stolen"] += 1
            else:
                found["new"] += 1
    return found


@given(shown_people())
def test_counts_equal_a_plain_count(people: dict[int, dict[int, int | None]]) -> None:
    found = reentry(align(*tables(people), 5.0))
    assert found.counts() == counted_plainly(people, 5)
    for buckets in (found.by_absence, found.by_in_view):
        assert sum((Counter(one) for one in buckets.values()), Counter()) == Counter(found.counts())


@given(shown_people(), st.permutations(range(-3, 3)), st.permutations([5, 90, -7, 2**60]))
def test_other_names_change_nothing(
    people: dict[int, dict[int, int | None]], ids: list[int], identities: list[int]
) -> None:
    truth, result = tables(people)
    renamed = align(
        truth.with_ids(np.array(identities)[truth.ids - 1]),
        result.with_ids(np.array(ids)[result.ids]),
        5.0,
    )
    found = reentry(align(truth, result, 5.0))
    assert reentry(renamed).by_absence == found.by_absence
    assert reentry(renamed).by_in_view == found.by_in_view


@given(shown_people())
def test_perfect_tracks_keep_everyone(people: dict[int, dict[int, int | None]]) -> None:
    truth, _ = tables(people)
    found = reentry(align(truth, truth, 5.0))
    assert found.counts() == counts(kept=len(found.returns))


@given(shown_people())
def test_a_fresh_id_for_each_appearance_makes_everyone_new(
    people: dict[int, dict[int, int | None]],
) -> None:
    fresh = itertools.count(1)
    rows: list[tuple[int, int, int]] = []
    for person, row in people.items():
        for last, frame in itertools.pairwise([-99, *sorted(row)]):
            predicted = next(fresh) if frame - last > 1 else rows[-1][1]
            rows.append((frame, predicted, person))
    found = reentry(align(tables(people)[0], lane_table(rows), 5.0))
    assert found.counts() == counts(new=len(found.returns))


def people_only(file: Path) -> TrackTable:
    """The true boxes of people: what is never taller than a ball is left out."""
    table = read_mot(file, frames_per_second=25.0)
    heights = table.boxes[:, 3] - table.boxes[:, 1]
    ball = [one for one in np.unique(table.ids) if np.median(heights[table.ids == one]) < 25]
    return table[~np.isin(table.ids, ball)]


def test_real_sequences_have_so_many_returns(football_data: Path) -> None:
    truth = people_only(football_data / "mot/SNMOT-060/gt/gt.txt")
    assert reentry(align(truth, truth, 25.0)).counts() == counts(kept=22)


@pytest.mark.parametrize(
    ("tracker", "expected"),
    [
        ("bytetrack_yolox_x", counts(kept=0, new=111, stolen=1, unmatched=12)),
        ("deepocsort_post", counts(kept=1, new=110, stolen=1, unmatched=12)),
    ],
)
def test_real_trackers_lose_almost_everyone(
    football_data: Path, tracker: str, expected: dict[str, int]
) -> None:
    parts = []
    for folder in sorted((football_data / "mot_gt_only/snmot_test").glob("SNMOT-*")):
        truth = people_only(folder / "gt/gt.txt")
        result = read_mot(folder / f"trackers/{tracker}.txt", frames_per_second=25.0)
        parts.append(reentry(align(truth, result, 25.0)))
    assert [len(part.returns) for part in parts] == [9, 0, 11, 9, 11, 16, 23, 13, 10, 22]
    assert ReentryScores.combine(parts).counts() == expected


def test_where_frames_are_not_even_in_time_their_times_count() -> None:
    rows = [(frame, 1, 1) for frame in (*range(10), *range(20, 30))]
    rows += [(frame, 2, 2) for frame in range(30)]
    table = lane_table(rows)
    times = np.concatenate([np.arange(10) / 30, 0.3 + np.arange(20) * 0.2])
    assert reentry(align(table, table, 30.0)).counts() == counts()
    (one,) = reentry(align(table, table, 30.0, times)).returns
    assert one.absence == pytest.approx(2.0)
    assert one.outcome == "kept"
    even = reentry(align(table, table, 5.0)).returns
    assert reentry(align(table, table, 5.0, np.arange(30) / 5.0)).counts()["kept"] == len(even) == 1
