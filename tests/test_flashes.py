"""What was observed between a shot and its return is settled when a clip is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.flashes import (
    MAX_FLASH_FRAMES,
    count_cuts,
    cut_and_flash,
    frame_code,
    settled,
)
from touchline.observations import Observation, ObservationStore
from touchline.types import Detections, identity_motion

CUT, ON = (True, 0), (False, 0)
Change = tuple[bool, int]


def observed(changes: list[Change]) -> list[Observation]:
    """A frame for each (cut, flash_frames), with a moving camera and somebody who has a look."""
    motion = np.array([[1.0, 0.0, 5.0], [0.0, 1.0, 0.0]])
    found = Detections(
        np.array([[0.0, 0.0, 10.0, 30.0]]), np.array([0.5]), None, np.ones((1, 4), np.float32) / 2
    )
    return [
        Observation(n, n / 25, cut, motion, found, flash_frames=flash_frames)
        for n, (cut, flash_frames) in enumerate(changes)
    ]


def cuts_and_flashes(observations: list[Observation]) -> tuple[list[int], list[int]]:
    return (
        [each.frame for each in observations if each.cut],
        [each.frame for each in observations if each.flash],
    )


@pytest.mark.parametrize(
    ("changes", "cuts", "flashes"),
    [
        ([], [], []),
        ([ON, ON, CUT, ON], [2], []),
        ([ON, CUT, (False, 1), ON], [], [1]),
        ([ON, CUT, ON, CUT, (False, 3), CUT], [5], [1, 2, 3]),
        ([ON, CUT, ON, CUT, (False, 1), ON], [1], [3]),
        ([ON, CUT, (True, 1), ON], [2], [1]),
        ([ON, CUT, (True, 1), (False, 2), ON], [], [1, 2]),
        ([CUT, CUT], [0, 1], []),
    ],
)
def test_cuts_before_a_return_were_a_flash(
    changes: list[Change], cuts: list[int], flashes: list[int]
) -> None:
    result = list(settled(observed(changes)))
    assert [each.frame for each in result] == list(range(len(changes)))
    assert cuts_and_flashes(result) == (cuts, flashes)
    assert count_cuts(frame_code(*change) for change in changes) == len(cuts)


def test_a_flash_says_nothing_of_the_camera_and_of_looks() -> None:
    before, flash, after = settled(observed([ON, CUT, (False, 1)]))
    assert flash.motion.tolist() == identity_motion().tolist()
    assert flash.detections.embeddings is None
    assert len(flash.detections) == 1
    for other in (before, after):
        assert other.motion[0, 2] == 5.0
        assert other.detections.embeddings is not None


def test_little_is_held_back_even_if_nothing_ever_returns() -> None:
    read = 0

    def frames() -> list[Observation]:
        return observed([ON, CUT, *[ON] * (3 * MAX_FLASH_FRAMES)])

    def counting() -> object:
        nonlocal read
        for each in frames():
            read += 1
            yield each

    longest = 0
    for written, _ in enumerate(settled(counting())):  # type: ignore[arg-type]
        longest = max(longest, read - written)
    assert longest <= MAX_FLASH_FRAMES + 1


@settings(deadline=None)
@given(st.booleans(), st.integers(0, MAX_FLASH_FRAMES))
def test_frame_code_is_read_as_written(cut: bool, flash_frames: int) -> None:
    assert cut_and_flash(frame_code(cut, flash_frames)) == (cut, flash_frames)
    assert frame_code(cut, 0) == int(cut)


def test_store_keeps_what_was_known_and_reads_what_is_known(tmp_path: Path) -> None:
    changes = [ON, CUT, ON, (False, 2), ON, CUT]
    with ObservationStore.create(tmp_path / "observations.sqlite", {}) as store:
        for each in observed(changes):
            store.append(each)
        store.commit()
        assert cuts_and_flashes(list(store)) == ([5], [1, 2])
        assert store.counts()["shots"] == 2
        assert store.interruptions() == [3 / 25]
        assert [(each.cut, each.flash_frames) for each in store.as_observed()] == changes
