"""Lines of the pitch are looked for in a steady rhythm, the same wherever a clip is cut."""

from __future__ import annotations

import numpy as np
from drawn_pitches import TURF, drawn_pitch

from touchline.pitch.camera import PitchCamera
from touchline.pitch.config import LinesConfig
from touchline.pitch.line_looks import LineLooks
from touchline.seen_lines import pack_lines
from touchline.types import Frame

NOBODY = np.empty((0, 4))
BARE = np.full((54, 96, 3), TURF, np.uint8)


def looks(every: float = 0.2) -> LineLooks:
    return LineLooks(LinesConfig(every=every))


def looked(
    frames: list[Frame],
    one: LineLooks | None = None,
    fresh: tuple[int, ...] = (),
    unseen: tuple[int, ...] = (),
) -> list[int]:
    one = one or looks()
    return [
        frame.index
        for frame in frames
        if one.look(frame, NOBODY, fresh=frame.index in fresh, seen=frame.index not in unseen)
        is not None
    ]


def clip(first: int, last: int, rate: float = 25) -> list[Frame]:
    """A key frame every 3 s."""
    return [Frame(n, n / rate, BARE, n % round(3 * rate) == 0) for n in range(first, last)]


def test_a_frame_is_looked_at_every_fifth_of_a_second() -> None:
    assert looked(clip(0, 12)) == [0, 5, 10]
    assert looked(clip(0, 24, rate=50)) == [0, 10, 20]
    assert looked(clip(0, 24), looks(every=0)) == []


def test_a_new_shot_is_looked_at_at_once() -> None:
    assert looked(clip(0, 15), fresh=(7,)) == [0, 5, 7, 12]


def test_a_frame_without_boxes_passes_its_turn_on() -> None:
    assert looked(clip(0, 15), unseen=(5, 6)) == [0, 7, 12]


def test_a_part_that_begins_with_a_window_is_looked_at_as_in_the_whole() -> None:
    whole = looked(clip(0, 600), fresh=(7, 290))
    begin = 300  # the first key frame behind 10 s
    assert looked(clip(begin, 600)) == [frame for frame in whole if frame >= begin]


def test_what_goes_on_from_a_state_keeps_the_rhythm() -> None:
    first, second = looks(), looks()
    begun = looked(clip(0, 7), first)
    second.restore(first.state())
    assert begun + looked(clip(7, 40), second) == looked(clip(0, 40))


def test_what_is_kept_is_as_exact_as_what_is_stored_and_people_are_left_out() -> None:
    image = drawn_pitch(PitchCamera(0, -66, 18, 0.05, 0.27, 0.0, 1.1))
    kept = looks().look(Frame(0, 0.0, image), NOBODY, fresh=True)
    assert kept is not None
    assert 100 < len(kept) <= 320
    assert len(pack_lines(kept)) < 3000
    half = np.array([[0.0, 0.0, 480.0, 540.0]])
    right = looks().look(Frame(0, 0.0, image), half, fresh=True)
    assert right is not None
    assert (right.points[:, 0] > 0).all()
    assert right.grass.shape == (68, 120)
