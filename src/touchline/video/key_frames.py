"""Where the frames of a whole video are, and where decoding can begin, without decoding them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from touchline.types import Floats
from touchline.video.config import VideoConfig
from touchline.video.container_frames import ContainerFrames
from touchline.video.image_folder import FolderFrames
from touchline.video.source import find_source


@dataclass(frozen=True, slots=True)
class FramePlaces:
    """(N,) number, time in seconds, and whether it is a key frame, of every frame of a video."""

    numbers: NDArray[np.int64]
    times: Floats
    keys: NDArray[np.bool_]


def frame_places(source: str | Path, config: VideoConfig | None = None) -> FramePlaces | None:
    """The frames of a video as ``open_video`` numbers them; None where only decoding tells.

    Raises UsageError for a source that does not exist, VideoError for one that cannot be opened.
    """
    found, config = find_source(source), config or VideoConfig()
    if found.always_live:
        return None
    opened = (FolderFrames if found.kind == "folder" else ContainerFrames)(found, config)
    try:
        places = opened.places()
    finally:
        opened.close()
    return None if places is None else FramePlaces(*places)
