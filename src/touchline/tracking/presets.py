"""Presets of the online tracker: the settings in which each differs from the defaults."""

from __future__ import annotations

from typing import Any, Literal

Preset = Literal["touchline", "botsort"]
"""A new preset is its name here and its settings below."""

# BoT-SORT in the settings of the project that this one continues: high 0.7, low 0.2, new 0.8,
# match 0.8, 150 frames at 30 fps, appearance below 0.15 and inside an IoU distance of 0.3 (its
# proximity_thresh: an IoU of at least 0.7). Unlike the original, new tracks are predicted too,
# boxes do not turn with the camera, a score at a threshold passes, and boxes are not one pixel
# larger where their overlap is measured.
PRESETS: dict[Preset, dict[str, Any]] = {
    "touchline": {},
    "botsort": {
        "min_score": 0.2,
        "min_high_score": 0.7,
        "min_new_score": 0.8,
        "confirm_seconds": 0.0,
        "expansion": 0.0,
        "coast_seconds": 1e6,  # never
        "max_distance": 0.8,
        "max_second_distance": 0.5,
        "max_tentative_distance": 0.7,
        "max_duplicate_distance": 0.15,
        "max_shared_seconds": 1e6,  # any time
        "max_lost_seconds": 5.0,
        "fuse_score": True,
        "fusion": "min",
        "max_appearance_distance": 0.15,
        "max_appearance_iou_distance": 0.3,
        "appearance_keep": 0.9,
        "centre_appearance": False,
        "output_box": "filtered",
        "reentry": {"enabled": False},
    },
}
