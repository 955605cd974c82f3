"""What an exported file of tracks says about the clip itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """The clip that some tracks belong to.

    Args:
        name: of the clip, as files and sequences are called.
        width: of the video, in pixels.
        height: of the video, in pixels.
        frame_rate: frames a second.
        frame_count: frames that were observed, from the first frame of the video on.
    """

    name: str
    width: int
    height: int
    frame_rate: float
    frame_count: int
