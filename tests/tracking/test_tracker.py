"""What the tracker promises, on small simulated scenes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from touchline.errors import InputError
from touchline.tracking.config import ReentryConfig, TrackerConfig
from touchline.tracking.rows import TRACKED
from touchline.tracking.tracker import Tracker
from touchline.types import Detections, Tracks, identity_motion

SIZE = (1280, 720)
Place = tuple[float, float]
Person = Callable[[float], Place | None]
"""Where a person's centre is at a time in seconds; None while hidden or away."""

_LOOKS = np.random.default_rng(7).normal(size=(30, 16))


def boxes_at(places: Sequence[Place]) -> NDArray[np.float64]:
    """Boxes 40 wide and 100 high around these centres."""
    return np.array([[x - 20, y - 50, x + 20, y + 50] for x, y in places]).reshape(-1, 4)


def detect(
    places: Sequence[Place],
    *,
    scores: Sequence[float] | None = None,
    appearance: Sequence[int] | None = None,
    roles: Sequence[str] | None = None,
) -> Detections:
    """Detections at these centres; ``appearance`` numbers the person that each looks like."""
    embeddings = None
    if appearance is not None:
        vectors = _LOOKS[list(appearance)].reshape(len(places), 16)
        embeddings = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    good = np.full(len(places), 0.9) if scores is None else np.asarray(scores)
    return Detections(boxes_at(places), good, roles, embeddings)


def film(
    people: Sequence[Person],
    times: Sequence[float] | NDArray[np.float64],
    *,
    appearance: bool = False,
    config: TrackerConfig | None = None,
) -> tuple[list[list[int]], Tracker]:
    """The ids shown at each person in each frame, 0 for none, and the tracker."""
    tracker = Tracker(config, image_size=SIZE)
    shown = []
    for time in times:
        places = [person(float(time)) for person in people]
        here = [(number, place) for number, place in enumerate(places) if place is not None]
        detections = detect(
            [place for _, place in here],
            appearance=[number for number, _ in here] if appearance else None,
        )
        ids = [0] * len(people)
        tracks = tracker.update(detections, time=float(time))
        for track_id, box in zip(tracks.ids.tolist(), tracks.boxes, strict=True):
            row = int(np.abs(detections.boxes - box).sum(axis=1).argmin())
            ids[here[row][0]] = track_id
        shown.append(ids)
    return shown, tracker


def constant_rate(rate: float, seconds: float) -> NDArray[np.float64]:
    return np.arange(int(rate * seconds)) / rate


def uneven_times(seconds: float) -> NDArray[np.float64]:
    gaps = np.random.default_rng(2).choice([1 / 60, 1 / 30, 1 / 20], int(seconds * 60))
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    return times[times < seconds]


RATES = [
    pytest.param(constant_rate(25, 12), id="25 fps"),
    pytest.param(constant_rate(50, 12), id="50 fps"),
    pytest.param(uneven_times(12), id="variable frame rate"),
]


def walker(start: Place, speed: Place, *, away: tuple[float, float] = (0.0, 0.0)) -> Person:
    """A person walking from ``start``, ``speed`` pixels a second, unseen between two times."""

    def place(time: float) -> Place | None:
        if away[0] <= time < away[1]:
            return None
        return start[0] + speed[0] * time, start[1] + speed[1] * time

    return place


def test_first_frame_shows_everybody_under_ids_from_one() -> None:
    tracks = Tracker().update(detect([(100, 300), (400, 300), (700, 300)]))
    assert tracks.ids.tolist() == [1, 2, 3]


def test_two_trackers_do_not_share_ids() -> None:
    first, second = Tracker(), Tracker()
    first.update(detect([(100, 300), (400, 300)]))
    assert second.update(detect([(100, 300)])).ids.tolist() == [1]


@pytest.mark.parametrize("times", RATES)
def test_crossing_players_keep_their_ids(times: NDArray[np.float64]) -> None:
    people = [walker((300, 300), (60, 0)), walker((900, 310), (-60, 0))]
    shown, _ = film(people, times)
    assert shown[-1] == shown[0] == [1, 2]


@pytest.mark.parametrize("times", RATES)
def test_player_hidden_for_two_seconds_keeps_his_id(times: NDArray[np.float64]) -> None:
    people = [walker((300, 300), (15, 0), away=(3.0, 5.0)), walker((900, 500), (0, 0))]
    shown, tracker = film(people, times)
    assert shown[-1] == [1, 2]
    assert tracker.reentries == []


def leaver(time: float) -> Place | None:
    """Walks out on the left, and comes back there four seconds later at another height."""
    if time < 3.0:
        return 130 - 40 * time, 300.0
    return (15 + 60 * (time - 7.0), 360.0) if time >= 7.0 else None


@pytest.mark.parametrize("times", RATES)
def test_player_returning_after_four_seconds_keeps_his_identity_by_appearance(
    times: NDArray[np.float64],
) -> None:
    people = [leaver, walker((600, 300), (10, 0)), walker((900, 500), (-10, 0))]
    config = TrackerConfig(max_lost_seconds=2.0)
    shown, tracker = film(people, times, appearance=True, config=config)
    assert shown[-1] == [1, 2, 3]
    (decision,) = tracker.reentries
    assert decision.old_id == 1
    assert 7.0 < decision.time <= 8.1
    before = {ids[0] for ids, time in zip(shown, times, strict=True) if 7 <= time < decision.time}
    assert before == {0, decision.new_id}


def test_player_who_returns_twice_is_known_by_all_that_was_ever_seen_of_him() -> None:
    """The first return is short: what was seen before it is most of what is known."""

    def person(time: float) -> Place | None:
        if time < 6.0:
            return 250 - 40 * time, 300.0
        if 9.0 <= time < 10.4:
            return 15 + 60 * min(time - 9.0, 10.4 - time), 330.0
        return (15 + 60 * (time - 14.0), 300.0) if time >= 14.0 else None

    people = [person, *standing(6)]
    config = TrackerConfig(max_lost_seconds=1.0)
    shown, tracker = film(people, constant_rate(25, 18), appearance=True, config=config)
    assert shown[-1] == [1, 2, 3, 4, 5, 6, 7]
    assert [decision.old_id for decision in tracker.reentries] == [1, 1]


@pytest.mark.parametrize(("back", "expected"), [((15.0, 310.0), 1), ((1100.0, 600.0), 7)])
def test_player_returning_without_appearance_is_known_by_a_short_displacement_alone(
    back: Place, expected: int
) -> None:
    def person(time: float) -> Place | None:
        if time < 3.0:
            return 130 - 40 * time, 300.0
        return back if time >= 6.0 else None

    config = TrackerConfig(max_lost_seconds=2.0)
    people = [person, *standing(5)]
    shown, tracker = film(people, constant_rate(25, 12), config=config)
    assert shown[-1] == [expected, 2, 3, 4, 5, 6]
    assert len(tracker.reentries) == (expected == 1)


def standing(count: int) -> list[Person]:
    """People who stay where they are, far from each other."""
    return [walker((350 + 120.0 * n, 150 + 130.0 * (n % 4)), (0, 0)) for n in range(count)]


def test_stranger_entering_where_a_player_left_gets_a_new_id() -> None:
    def before(time: float) -> Place | None:
        return leaver(time) if time < 5.0 else None

    def stranger(time: float) -> Place | None:
        return leaver(time) if time > 5.0 else None

    config = TrackerConfig(max_lost_seconds=2.0)
    people = [before, stranger, *standing(6)]
    shown, tracker = film(people, constant_rate(25, 12), appearance=True, config=config)
    assert shown[-1] == [0, 8, *range(2, 8)]
    assert tracker.reentries == []


def test_low_scores_continue_a_track_but_never_start_one() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300)]))
    for _ in range(20):
        tracks = tracker.update(detect([(300, 300), (800, 300)], scores=[0.2, 0.2]))
        assert tracks.ids.tolist() == [1]
        assert tracks.scores.tolist() == [0.2]


def test_low_score_continues_a_track_while_a_lost_one_is_found_again() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300), (800, 300)]))
    tracker.update(detect([(300, 300)]))  # the second is lost
    tracks = tracker.update(detect([(300, 300), (800, 300)], scores=[0.2, 0.9]))
    assert sorted(tracks.ids.tolist()) == [1, 2]


def test_new_object_is_shown_when_it_is_seen_again() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300)]))
    assert tracker.update(detect([(300, 300), (800, 300)])).ids.tolist() == [1]
    assert tracker.update(detect([(300, 300), (800, 300)])).ids.tolist() == [1, 2]


def test_flicker_of_one_frame_is_never_shown_and_uses_no_id() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300)]))
    tracker.update(detect([(300, 300), (800, 300)]))
    tracker.update(detect([(300, 300)]))
    tracker.update(detect([(300, 300), (600, 300)]))
    assert tracker.update(detect([(300, 300), (600, 300)])).ids.tolist() == [1, 2]


def test_after_a_cut_nobody_is_matched_by_motion() -> None:
    tracker = Tracker()
    for _ in range(10):
        tracker.update(detect([(300, 300), (800, 300)]))
    assert tracker.update(detect([(300, 300), (800, 300)]), cut=True).ids.tolist() == [3, 4]


def test_after_a_cut_appearance_brings_a_player_back() -> None:
    tracker = Tracker(image_size=SIZE)
    for _ in range(25):
        tracker.update(detect([(300, 300), (800, 300)], appearance=[0, 1]))
    for frame in range(30):
        places = [(100.0, 500.0), (1000.0, 200.0), (600.0, 400.0)]
        tracks = tracker.update(detect(places, appearance=[1, 2, 3]), cut=frame == 0)
    assert tracks.ids.tolist() == [2, 4, 5]


def test_camera_motion_carries_tracks_that_overlap_alone_would_lose() -> None:
    pan = np.array([[1.0, 0.0, -200.0], [0.0, 1.0, 0.0]])
    for motion, expected in ((pan, [1, 2]), (None, [])):
        tracker = Tracker()
        tracker.update(detect([(600, 300), (900, 500)]))
        tracks = tracker.update(detect([(400, 300), (700, 500)]), motion)
        assert tracks.ids.tolist() == expected


def test_role_is_voted_over_the_track_by_score() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300)], roles=["referee"], scores=[0.95]))
    tracker.update(detect([(300, 300)], roles=["player"], scores=[0.7]))
    assert tracker.update(detect([(300, 300)], roles=["referee"])).roles.tolist() == ["referee"]
    for _ in range(4):
        tracks = tracker.update(detect([(300, 300)], roles=["player"]))
    assert tracks.roles.tolist() == ["player"]


def test_ball_is_tracked_on_request_only_and_never_as_a_person() -> None:
    places: list[Place] = [(300, 300), (300, 300)]
    frame = detect(places, roles=["player", "ball"])
    assert Tracker().update(frame).roles.tolist() == ["player"]
    tracker = Tracker(TrackerConfig(roles=("player", "ball")))
    assert tracker.update(frame).roles.tolist() == ["player", "ball"]
    tracks = tracker.update(detect(places, roles=["ball", "player"]))
    assert tracks.roles.tolist() == ["player", "ball"]
    assert tracker.update(detect([(300, 300)], roles=["ball"])).ids.tolist() == [2]


def test_person_is_never_recognised_as_a_ball_that_was_lost() -> None:
    tracker = Tracker(TrackerConfig(roles=("player", "ball"), max_lost_seconds=0.1))
    tracker.update(detect([(300, 300), (800, 300)], appearance=[0, 1], roles=["ball", "player"]))
    for _ in range(5):
        tracker.update(detect([(800, 300)], appearance=[1], roles=["player"]))
    for _ in range(30):
        tracks = tracker.update(
            detect([(300, 300), (800, 300)], appearance=[0, 1], roles=["player", "player"])
        )
    assert tracks.ids.tolist() == [2, 3]
    assert tracker.reentries == []


def test_box_is_the_detection_and_with_botsort_the_filter() -> None:
    moved = detect([(310, 300)])
    for preset in ("touchline", "botsort"):
        tracker = Tracker(TrackerConfig(preset=preset))
        tracker.update(detect([(300, 300)]))
        box = tracker.update(moved).boxes[0]
        assert (box == moved.boxes[0]).all() == (preset == "touchline")


@pytest.mark.parametrize(("preset", "ids"), [("touchline", [1, 2]), ("botsort", [2, 3])])
def test_person_hidden_behind_another_is_kept_and_with_botsort_a_duplicate(
    preset: Literal["touchline", "botsort"], ids: list[int]
) -> None:
    both, front = detect([(300, 300), (302, 300)]), detect([(302, 300)])
    tracker = Tracker(TrackerConfig(preset=preset))
    for detections in (both, both, both, front, both, both):
        tracks = tracker.update(detections)
    assert sorted(tracks.ids.tolist()) == ids


def test_with_botsort_one_look_after_an_absence_does_not_replace_the_appearance() -> None:
    tracker = Tracker(TrackerConfig(preset="botsort"))
    places = [(300.0, 300.0), (312.0, 300.0)]
    for _ in range(5):
        tracker.update(detect(places, appearance=[0, 1]))
    tracker.update(detect(places, appearance=[2, 2]), time=2.0)
    crossing = detect([(306.5, 300), (305.5, 300)], appearance=[0, 1], scores=[0.95, 0.85])
    tracks = tracker.update(crossing)
    assert tracks.ids.tolist() == [1, 2]
    assert tracks.scores.tolist() == [0.95, 0.85]


def test_with_botsort_who_looks_different_in_the_same_place_is_the_same_person() -> None:
    tracker = Tracker(TrackerConfig(preset="botsort"))
    for _ in range(5):
        tracker.update(detect([(300, 300), (800, 300)], appearance=[0, 1]))
    tracks = tracker.update(detect([(300, 300), (800, 300)], appearance=[2, 1]))
    assert tracks.ids.tolist() == [1, 2]


def test_with_botsort_a_look_that_is_not_alike_enough_does_not_count_at_all() -> None:
    tracker = Tracker(TrackerConfig(preset="botsort"))
    first, second, rather_first = np.eye(3)[0], np.eye(3)[1], np.array([0.4, -0.6, 0.693])
    both = detect([(300, 300), (312, 300)])
    for _ in range(3):
        tracker.update(both.with_embeddings(np.stack([first, second])))
    nearer = detect([(307, 300)]).with_embeddings(rather_first[None])
    assert tracker.update(nearer).ids.tolist() == [2]


def test_with_botsort_appearance_counts_only_where_the_boxes_overlap_by_seven_tenths() -> None:
    # Boxes are 40 wide: moved by 7 they overlap by 0.70, by 8 by 0.67.
    for moved, ids in ((7.0, [1]), (8.0, [2])):
        tracker = Tracker(TrackerConfig(preset="botsort"))
        for _ in range(3):
            tracker.update(detect([(300, 300), (313, 300)], appearance=[0, 1]))
        found = tracker.update(detect([(300 + moved, 300)], appearance=[0]))
        assert found.ids.tolist() == ids


def test_detection_without_an_embedding_is_matched_by_motion_and_keeps_the_appearance() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300), (330, 300)], appearance=[0, 1]))
    plain = detect([(300, 300), (330, 300)])
    for _ in range(5):
        assert tracker.update(plain.with_embeddings(np.zeros((2, 16)))).ids.tolist() == [1, 2]
        assert tracker.update(plain).ids.tolist() == [1, 2]
    swapped = tracker.update(detect([(316, 300), (314, 300)], appearance=[0, 1]))
    assert swapped.boxes[0].tolist() == boxes_at([(316, 300)])[0].tolist()


@pytest.mark.parametrize("preset", ["touchline", "botsort"])
def test_clip_without_detections_has_no_tracks(preset: str) -> None:
    tracker = Tracker(TrackerConfig.model_validate({"preset": preset}))
    for _ in range(5):
        assert len(tracker.update(Detections.empty(), identity_motion())) == 0
    assert tracker.update(detect([(300, 300)])).ids.tolist() == []  # not the first frame


def test_four_hundred_people_in_one_frame_keep_their_ids() -> None:
    rng = np.random.default_rng(0)
    places = [(60.0 * (n % 40), 110.0 * (n // 40) + 60) for n in range(440)]
    tracker = Tracker()
    for _ in range(3):
        moved = [(x + rng.normal(0, 2), y + rng.normal(0, 2)) for x, y in places]
        tracks = tracker.update(detect(moved))
    assert tracks.ids.tolist() == list(range(1, 441))


def test_lost_track_is_forgotten_after_its_time_in_seconds() -> None:
    config = TrackerConfig(max_lost_seconds=1.0)
    for absence, expected in ((0.9, 1), (1.2, 2)):
        tracker = Tracker(config)
        tracker.update(detect([(300, 300)]), time=0.0)
        tracker.update(Detections.empty(), time=absence / 2)
        tracker.update(Detections.empty(), time=absence)
        tracker.update(detect([(300, 300)]), time=absence + 0.04)
        tracks = tracker.update(detect([(300, 300)]), time=absence + 0.08)
        assert tracks.ids.tolist() == [expected]


def test_time_that_goes_back_is_refused() -> None:
    tracker = Tracker()
    tracker.update(Detections.empty(), time=2.0)
    with pytest.raises(InputError, match=r"time 1\.5 comes after 2\.0"):
        tracker.update(Detections.empty(), time=1.5)


def test_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="time nan"):
        Tracker().update(Detections.empty(), time=float("nan"))


def test_embeddings_of_another_length_are_refused() -> None:
    tracker = Tracker()
    tracker.update(detect([(300, 300)], appearance=[0]))
    with pytest.raises(InputError, match="length 3, before 16"):
        tracker.update(detect([(300, 300)]).with_embeddings(np.ones((1, 3))))


@pytest.mark.parametrize("motion", [np.eye(3), np.full((2, 3), np.nan)])
def test_motion_that_is_no_affine_matrix_is_refused(motion: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="finite \\(2, 3\\)"):
        Tracker().update(detect([(300, 300)]), motion)


def test_frame_rate_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="frame rate 0"):
        Tracker(frame_rate=0)


def crowd(frames: int) -> list[Detections]:
    """Twelve people wandering about with noise, missed detections and poor scores."""
    rng = np.random.default_rng(11)
    places = rng.uniform([50, 100], [1230, 620], (12, 2))
    speeds = rng.normal(0, 3, (12, 2))
    found = []
    for _ in range(frames):
        speeds = 0.97 * speeds + rng.normal(0, 0.5, (12, 2))
        places = np.clip(places + speeds, [0, 50], [1280, 670])
        seen = np.flatnonzero(rng.random(12) < 0.85)
        noisy = places[seen] + rng.normal(0, 1, (len(seen), 2))
        found.append(
            detect(
                [(float(x), float(y)) for x, y in noisy],
                scores=rng.uniform(0.3, 0.95, len(seen)).tolist(),
                appearance=seen.tolist(),
            )
        )
    return found


def follow(frames: Sequence[Detections]) -> list[Tracks]:
    tracker = Tracker(image_size=SIZE)
    return [tracker.update(detections) for detections in frames]


def test_same_input_gives_the_same_tracks_bit_for_bit() -> None:
    frames = crowd(100)
    for first, second in zip(follow(frames), follow(frames), strict=True):
        assert first.ids.tolist() == second.ids.tolist()
        assert first.boxes.tobytes() == second.boxes.tobytes()


def test_twelve_wandering_people_stay_twelve_tracks() -> None:
    ids = np.concatenate([tracks.ids for tracks in follow(crowd(250))])
    numbers, counts = np.unique(ids, return_counts=True)
    assert numbers.tolist() == list(range(1, 13))
    assert counts.min() > 170


def test_what_comes_later_changes_nothing_that_was_shown() -> None:
    frames = crowd(200)
    for early, late in zip(follow(frames[:120]), follow(frames), strict=False):
        assert early.ids.tolist() == late.ids.tolist()
        assert early.boxes.tobytes() == late.boxes.tobytes()


def test_a_camera_that_pans_while_a_player_is_away_does_not_hide_their_return() -> None:
    """Motion alone, a hundred pixels a second; he left inside the image, behind somebody."""
    pan = np.array([[1.0, 0.0, -4.0], [0.0, 1.0, 0.0]])
    config = TrackerConfig(max_lost_seconds=0.5)
    tracker = Tracker(config, image_size=SIZE)
    for frame in range(100):
        away = 25 <= frame < 50
        places = [(1000.0 - 4 * frame + 150.0 * person, 250.0 + 60 * person) for person in range(6)]
        tracks = tracker.update(detect(places[away:]), pan)
    assert sorted(tracks.ids.tolist()) == [1, 2, 3, 4, 5, 6]
    assert [decision.old_id for decision in tracker.reentries] == [1]


@pytest.mark.parametrize("first_look", [0, 74, 75, 76, 90])
def test_embeddings_may_begin_at_any_frame(first_look: int) -> None:
    tracker = Tracker(TrackerConfig(max_lost_seconds=0.2), image_size=SIZE)
    for frame in range(150):
        there = [0, 1, 2] if frame % 40 < 20 else [1, 2]
        places = [(300.0 * person + 300.0, 300.0) for person in there]
        tracks = tracker.update(detect(places, appearance=there if frame >= first_look else None))
    assert sorted(tracks.ids.tolist()) == [1, 2, 3][-len(there) :]


def test_detections_are_left_as_they_were() -> None:
    frames = crowd(30)
    before = [(d.boxes.copy(), d.embeddings) for d in frames]
    follow(frames)
    for detections, (boxes, embeddings) in zip(frames, before, strict=True):
        assert (detections.boxes == boxes).all()
        assert detections.embeddings is embeddings


def test_reentry_can_be_switched_off() -> None:
    config = TrackerConfig(max_lost_seconds=2.0, reentry=ReentryConfig(enabled=False))
    people = [leaver, walker((600, 300), (10, 0)), walker((900, 500), (-10, 0))]
    shown, tracker = film(people, constant_rate(25, 12), appearance=True, config=config)
    assert shown[-1] == [4, 2, 3]
    assert tracker.reentries == []


def test_a_shown_player_who_is_missed_once_is_shown_again_at_once() -> None:
    config = TrackerConfig(confirm_seconds=0.2)
    missed_once = film(
        [lambda time: None if abs(time - 0.04) < 0.01 else (300.0, 300.0)],
        np.arange(5) / 25,
        config=config,
    )
    assert [ids for (ids,) in missed_once[0]] == [1, 0, 1, 1, 1]


def test_everybody_begins_though_only_every_third_frame_is_looked_at() -> None:
    tracker = Tracker(image_size=SIZE)
    shown = []
    for frame in range(31):
        places = [(200.0 + 6 * frame, 300.0)]
        if frame >= 9:  # not there when the clip begins
            places.append((900.0 - 5 * frame, 500.0))
        looked = frame % 3 == 0
        found = detect(places) if looked else Detections.empty()
        shown.append(tracker.update(found, time=frame / 25, looked=looked).ids.tolist())
    assert [ids for frame, ids in enumerate(shown) if frame % 3] == [[]] * 20
    assert shown[0::3] == [[1]] * 4 + [[1, 2]] * 7


def test_who_was_not_looked_for_is_not_lost() -> None:
    tracker = Tracker(image_size=SIZE)
    for frame in range(0, 80, 2):
        tracker.update(detect([(200.0 + 4 * frame, 300.0)]), time=frame / 25)
        tracker.update(Detections.empty(), time=(frame + 1) / 25, looked=False)
        assert (tracker._rows.status == TRACKED).all()


def test_the_first_frame_looked_at_of_a_shot_shows_everybody_at_once() -> None:
    tracker = Tracker(image_size=SIZE)
    assert not len(tracker.update(Detections.empty(), time=0.0, looked=False))
    assert len(tracker.update(detect([(200.0, 300.0)]), time=0.04)) == 1
    tracker.update(Detections.empty(), time=0.08, cut=True, looked=False)
    assert len(tracker.update(detect([(600.0, 400.0), (900.0, 200.0)]), time=0.12)) == 2


def test_boxes_of_a_frame_not_looked_at_are_not_taken() -> None:
    tracker = Tracker(image_size=SIZE)
    tracker.update(detect([(200.0, 300.0)]), time=0.0)
    assert not len(tracker.update(detect([(900.0, 300.0)]), time=0.04, looked=False))
    assert tracker.update(detect([(200.0, 300.0)]), time=0.08).ids.tolist() == [1]


@pytest.mark.parametrize("preset", ["default", "botsort"])
def test_tracks_know_their_detections_however_these_are_sorted(preset: str) -> None:
    config = TrackerConfig() if preset == "default" else TrackerConfig(preset="botsort")
    tracker = Tracker(config, image_size=SIZE)
    generator = np.random.default_rng(3)
    shown = 0
    for frame in range(40):
        places = [(100.0 + 8 * frame, 300.0), (420.0 - 8 * frame, 310.0), (900.0, 400.0)]
        # Far too doubtful or of another role, so that the tracker never sees the first ones.
        order = [0, 1, *(2 + generator.permutation(3)).tolist()]
        found = detect(
            [(900.0, 401.0), (100.0, 301.0), *places],
            scores=[0.01, 0.9, *generator.uniform(0.7, 0.99, 3)],
            roles=["player", "ball", *["player"] * 3],
        )[order]
        tracks = tracker.update(found)
        assert (tracks.rows >= 2).all()
        assert found.scores[tracks.rows].tolist() == tracks.scores.tolist()
        if preset == "default":
            np.testing.assert_array_equal(found.boxes[tracks.rows], tracks.boxes)
        shown += len(tracks)
    assert shown > 100
