"""Interruptions of a shot that are not shots themselves: flashes, dropped images, foreign ones.

At a foreign image it is not known yet whether it begins a shot. A later observation says so,
by ``flash_frames``; a reader of a stored clip can wait for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from touchline.types import identity_motion

if TYPE_CHECKING:
    from touchline.observation_rows import Observation

MAX_FLASH_FRAMES = 250
"""Most frames to wait for: a longer interruption is a shot of its own, whatever the settings."""


def settled(observations: Iterable[Observation]) -> Iterator[Observation]:
    """The observations in order, with the cuts that stand when it is known what came back.

    An image outside its shot has ``flash`` set and says nothing of the camera, of the
    pitch or of appearance. At most ``MAX_FLASH_FRAMES`` are waited for.
    """
    held: deque[Observation] = deque()
    for observation in observations:
        if observation.flash_frames:
            for place in range(max(0, len(held) - observation.flash_frames), len(held)):
                held[place] = _interruption(held[place])
            observation = replace(observation, flash_frames=0)
        held.append(observation)
        # An interruption begins with a cut: what comes before the first one is sure.
        while held and (not held[0].cut or len(held) > MAX_FLASH_FRAMES):
            yield held.popleft()
    yield from held


def count_cuts(codes: Iterable[int]) -> int:
    """How many cuts stand, of all frames of a clip as ``frame_code`` writes them."""
    return len(standing_cuts(codes))


def standing_cuts(codes: Iterable[int]) -> list[int]:
    """The positions of the cuts that stand; arguments as of ``count_cuts``."""
    cuts: list[int] = []
    for position, code in enumerate(codes):
        cut, flash_frames = cut_and_flash(code)
        while cuts and cuts[-1] >= position - flash_frames:
            cuts.pop()
        if cut:
            cuts.append(position)
    return cuts


def frame_code(cut: bool, flash_frames: int) -> int:
    """Both in one number, which is 0 or 1 where no image interrupted a shot."""
    return int(cut) + 2 * flash_frames


def cut_and_flash(code: int) -> tuple[bool, int]:
    """What ``frame_code`` was given."""
    return bool(code % 2), code // 2


def _interruption(observation: Observation) -> Observation:
    found = observation.detections.with_embeddings(None).with_shirts(None).with_numbers(None, None)
    return replace(
        observation, cut=False, flash=True, motion=identity_motion(), detections=found, lines=None
    )
