"""How far off the grass somebody stands, without a camera."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.pitch.grass import SeenGrass
from touchline.seen_lines import SeenLines
from touchline.types import Mask


def seen(grass: Mask) -> SeenGrass:
    """The grass of frame 3 of a clip of 1200 by 680 pixels."""
    found = SeenGrass((1200, 680))
    found.add(3, SeenLines(grass=grass))
    return found


def field() -> Mask:
    """Grass from 100 to 1150 and from 200 to 600 pixels, but for a hole and a notch in its edge."""
    grass = np.zeros((68, 120), np.bool_)
    grass[20:60, 10:115] = True
    grass[30:35, 50:60] = False
    grass[20:25, 70:80] = False
    return grass


@pytest.mark.parametrize(
    ("point", "pixels"),
    [
        ((600.0, 400.0), 0.0),
        ((550.0, 320.0), 0.0),  # in the hole
        ((750.0, 210.0), 0.0),  # in the notch: a patch in the sun
        ((600.0, 150.0), 50.0),
        ((1200.0, 400.0), 50.0),
        ((1180.0, 640.0), 50.0),  # 30 and 40 from the corner
    ],
)
def test_distances_are_those_to_the_convex_region(
    point: tuple[float, float], pixels: float
) -> None:
    beyond = seen(field()).beyond(np.array([3]), np.array([point]))
    assert beyond[0] == pytest.approx(pixels, abs=1e-6)


def test_frames_that_were_not_looked_at_and_close_ups_say_nothing() -> None:
    grass = seen(field())
    points = np.tile([600.0, 100.0], (3, 1))
    beyond = grass.beyond(np.array([4, 3, 2]), points)
    assert np.isnan(beyond).tolist() == [True, False, True]
    little = np.zeros((68, 120), np.bool_)
    little[:20] = True
    assert len(seen(little)) == 0
    assert np.isnan(seen(little).beyond(np.array([3]), points[:1])).all()
    assert grass.beyond(np.empty(0, np.int64), np.empty((0, 2))).shape == (0,)
