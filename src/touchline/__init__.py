"""Who is where in a football clip, and is it the same person as before?

>>> import touchline
>>> for frame, tracks in touchline.track("clip.mp4", detector="players.onnx"):
...     print(frame.time, tracks.ids, tracks.boxes)

Importing this loads nothing heavy; each public name is imported when it is first used.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# onnxruntime asks for a host of its maker's and keeps a device's number in the cache folder, unless
# this is set before its first import. Here, since every door to it lies behind this file.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from touchline.errors import TouchlineError
    from touchline.run.api import load_detector, load_embedder, track
    from touchline.run.config import RunConfig
    from touchline.tracking.config import TrackerConfig
    from touchline.tracking.tracker import Tracker
    from touchline.types import Detections, Detector, Embedder, Frame, Tracks, TrackTable
    from touchline.video.reader import open_video

_HOMES = {
    "Detections": "touchline.types",
    "Detector": "touchline.types",
    "Embedder": "touchline.types",
    "Frame": "touchline.types",
    "RunConfig": "touchline.run.config",
    "TouchlineError": "touchline.errors",
    "TrackTable": "touchline.types",
    "Tracker": "touchline.tracking.tracker",
    "TrackerConfig": "touchline.tracking.config",
    "Tracks": "touchline.types",
    "load_detector": "touchline.run.api",
    "load_embedder": "touchline.run.api",
    "open_video": "touchline.video.reader",
    "track": "touchline.run.api",
}

__all__ = [
    "Detections",
    "Detector",
    "Embedder",
    "Frame",
    "RunConfig",
    "TouchlineError",
    "TrackTable",
    "Tracker",
    "TrackerConfig",
    "Tracks",
    "load_detector",
    "load_embedder",
    "open_video",
    "track",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'touchline' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
