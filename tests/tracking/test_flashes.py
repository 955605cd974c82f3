"""A flash costs nobody their identity, whether it is known at once or when the shot is back."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.tracking.config import TrackerConfig
from touchline.tracking.tracker import Tracker
from touchline.types import Detections, Tracks

FLASH = range(20, 25)


def crowd(frame: int, shift: float = 0.0) -> Detections:
    """Ten people who walk, in an image that was moved to the left by ``shift``."""
    columns = np.arange(10)
    x = 100.0 + 110 * columns + 2.0 * frame * (-1.0) ** columns - shift
    y = 200.0 + 30 * (columns % 3)
    return Detections(np.stack([x, y, x + 30, y + 80], axis=1), np.full(10, 0.9))


def elsewhere() -> Detections:
    """Other people in other places: a foreign image."""
    x = 60.0 + 130 * np.arange(8)
    return Detections(np.stack([x, 0 * x + 430, x + 60, 0 * x + 600], axis=1), np.full(8, 0.9))


def camera(shift: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([[1.0, 0.0, -shift], [0.0, 1.0, 0.0]])


def watched(found: dict[int, Detections], *, live: bool, step: float = 0.0) -> list[Tracks]:
    """Tracks of 40 frames with a flash, in which ``found`` was seen; the camera pans by ``step``.

    live: the flash is taken for a cut until the shot is back.
    """
    tracker, shown = Tracker(image_size=(1280, 720)), []
    for frame in range(40):
        detections = found.get(frame, crowd(frame, frame * step))
        flash, back = frame in FLASH, frame == FLASH.stop
        passed = step * (len(FLASH) + 1 if back else 0 if flash else 1)
        if live:
            tracks = tracker.update(
                detections,
                camera(passed),
                time=frame / 25,
                cut=frame == FLASH.start,
                flash_frames=len(FLASH) if back else 0,
            )
        else:
            tracks = tracker.update(detections, camera(passed), time=frame / 25, flash=flash)
        shown.append(tracks)
    return shown


def ids(tracks: list[Tracks], frames: range) -> set[int]:
    return {track_id for frame in frames for track_id in tracks[frame].ids.tolist()}


@pytest.mark.parametrize("step", [0.0, 15.0])
@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("seen", ["nobody", "others"])
def test_everybody_keeps_their_id(seen: str, live: bool, step: float) -> None:
    found = Detections.empty() if seen == "nobody" else elsewhere()
    shown = watched(dict.fromkeys(FLASH, found), live=live, step=step)
    before, after = range(FLASH.start), range(FLASH.stop, 40)
    assert ids(shown, before) == ids(shown, after) == set(range(1, 11))
    for frame in after:
        expected = crowd(frame, frame * step).boxes
        assert np.allclose(shown[frame].boxes[shown[frame].ids.argsort()], expected)


def test_foreign_people_in_a_flash_are_nobody() -> None:
    shown = watched(dict.fromkeys(FLASH, elsewhere()), live=False)
    assert ids(shown, FLASH) == set()


def test_boxes_in_a_flash_that_are_where_people_were_count() -> None:
    shown = watched({}, live=False)
    assert all(set(shown[frame].ids.tolist()) == set(range(1, 11)) for frame in FLASH)


def test_half_a_image_overexposed_keeps_the_other_half() -> None:
    halves = {frame: crowd(frame)[np.arange(10) < 5] for frame in FLASH}
    shown = watched(halves, live=False)
    assert ids(shown, FLASH) == set(range(1, 6))
    assert ids(shown, range(FLASH.stop, 40)) == set(range(1, 11))


@pytest.mark.parametrize("live", [False, True])
def test_who_was_not_confirmed_before_a_flash_is_still_waiting_after_it(live: bool) -> None:
    config = TrackerConfig(confirm_seconds=0.12)
    tracker = Tracker(config)
    tracker.update(Detections.empty(), time=0.0)
    tracker.update(crowd(1), time=0.04)
    tracker.update(crowd(2), time=0.08)
    if live:
        tracker.update(Detections.empty(), time=0.12, cut=True)
        tracks = tracker.update(crowd(4), time=0.16, flash_frames=1)
    else:
        tracker.update(Detections.empty(), time=0.12, flash=True)
        tracks = tracker.update(crowd(4), time=0.16)
    assert len(tracks.ids) == 10  # seen for 0.12 s; begun anew they would be for none


def test_a_flash_between_foreign_images_and_two_flashes_are_followed_live() -> None:
    tracker = Tracker()
    for frame in range(30):
        cut, back = frame in (10, 11, 15), {13: 3, 16: 1}.get(frame, 0)
        found = Detections.empty() if frame in (10, 11, 12, 15) else crowd(frame)
        tracks = tracker.update(found, time=frame / 25, cut=cut, flash_frames=back)
    assert set(tracks.ids.tolist()) == set(range(1, 11))


def test_white_between_two_shots_leaves_the_first_one() -> None:
    tracker = Tracker()
    for frame in range(10):
        tracker.update(crowd(frame), time=frame / 25)
    tracker.update(Detections.empty(), time=0.4, cut=True)
    tracks = tracker.update(crowd(11), time=0.44, cut=True, flash_frames=1)
    assert set(tracks.ids.tolist()).isdisjoint(range(1, 11))


def test_a_return_from_frames_that_are_not_known_goes_on_as_it_is() -> None:
    tracker = Tracker()
    tracker.update(crowd(0), time=0.0)
    tracks = tracker.update(crowd(1), time=0.04, flash_frames=7)
    assert set(tracks.ids.tolist()) == set(range(1, 11))
