"""Presets of the online tracker: the settings in which each differs from the defaults."""

from __future__ import annotations

from typing import Any, Literal

Preset = Literal[
    "touchline",
    "botsort",
    "bytetrack",
    "ocsort",
    "cbiou",
    "deep-eiou",
    "mixsort",
    "tracktrack",
    "deconfuse",
    "strong",
]
"""A new preset is its name here and its settings below."""

# What the presets below share: published online trackers bring nobody back by appearance.
_PUBLISHED: dict[str, Any] = {
    "confirm_seconds": 0.0,
    "expansion": 0.0,
    "coast_seconds": 1e6,  # never
    "max_second_distance": 0.5,
    "max_tentative_distance": 0.7,
    "max_shared_seconds": 1e6,  # any time
    "centre_appearance": False,
    "reentry": {"enabled": False},
}

# Where the published trackers count frames, a second has 30 of them.
#
# bytetrack: ByteTrack (arXiv 2110.06864) in the values of its demo.
# ocsort: after OC-SORT (arXiv 2203.14360), without low scores, as it comes. Its filter is run again
# along a virtual path after a gap; here the filter takes over the speed of that path.
# cbiou: after C-BIoU (arXiv 2211.14317), buffers 0.3 and 0.5, within ByteTrack's associations.
# deep-eiou: after Deep-EIoU (arXiv 2306.13074), with our encoder; lost tracks take part in the
# second try too, and the camera's motion is taken out of the last box.
# mixsort: after MixSort (arXiv 2304.05170): overlap and appearance mixed 0.6 to 0.4. Appearance is
# the cosine of our encoder instead of the response of its MixFormer, which reads pixels per track.
# tracktrack: after TrackTrack (CVPR 2025), values of MOT17. The boxes that non-maximum suppression
# deletes are not stored: that group is empty. The filter's noise and the memory of appearance do
# not depend on the score (kept: 0.95); the second association counts overlap and appearance alone.
# deconfuse: after DeconfuseTrack (CVPR 2024), of which there is no code: our reading of its
# abstract, with our numbers. The boxes that only its suppression keeps are not stored.
# strong: the default, whose returns are decided by the rule of McByte++: only who is new is
# compared with the missing, and is one of them at a mean cosine of 0.8.
#
# botsort: BoT-SORT in the settings of the project that this one continues: high 0.7, low 0.2, new
# 0.8, match 0.8, 150 frames at 30 fps, appearance below 0.15 and inside an IoU distance of 0.3 (its
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
    "bytetrack": {
        **_PUBLISHED,
        "min_score": 0.1,
        "min_high_score": 0.5,
        "min_new_score": 0.6,
        "max_distance": 0.8,
        "max_lost_seconds": 1.0,
        "fuse_score": True,
        "max_appearance_iou_distance": 0.0,
        "output_box": "filtered",
    },
    "ocsort": {
        **_PUBLISHED,
        "min_score": 0.6,
        "min_high_score": 0.6,
        "min_new_score": 0.6,
        "confirm_seconds": 0.06,  # three boxes
        "max_distance": 0.7,
        "direction_weight": 0.2,
        "observation_update": True,
        "last_box_distance": 0.7,
        "max_lost_seconds": 1.0,
        "max_appearance_iou_distance": 0.0,
    },
    "cbiou": {
        **_PUBLISHED,
        "min_score": 0.1,
        "min_high_score": 0.5,
        "min_new_score": 0.6,
        "expansion": 0.3,
        "wider_expansion": 0.5,
        "motion_model": "mean_step",
        "max_distance": 0.8,
        "max_lost_seconds": 1.0,
        "max_appearance_iou_distance": 0.0,
    },
    "deep-eiou": {
        **_PUBLISHED,
        "min_score": 0.1,
        "min_high_score": 0.6,
        "min_new_score": 0.7,
        "expansion": 0.7,
        "wider_expansion": 0.8,
        "later_expansion": 0.5,
        "motion_model": "last_box",
        "max_distance": 0.8,
        "max_lost_seconds": 2.0,
        "fusion": "min",
        "max_appearance_distance": 0.25,
        "max_appearance_iou_distance": 0.5,
        "appearance_keep": 0.9,
    },
    "mixsort": {
        **_PUBLISHED,
        "min_score": 0.1,
        "min_high_score": 0.6,
        "min_new_score": 0.7,
        "max_distance": 0.9,
        "max_lost_seconds": 1.0,
        "fuse_score": True,
        "fusion": "additive",
        "appearance_weight": 0.4,
        "max_appearance_distance": 0.5,  # half the cosine distance counts here
        "appearance_keep": 0.9,
    },
    "tracktrack": {
        **_PUBLISHED,
        "min_score": 0.1,
        "min_high_score": 0.6,
        "min_new_score": 0.7,
        "confirm_seconds": 0.06,  # three boxes
        "height_overlap": True,
        "min_overlap": 0.1,
        "low_score_distance": 0.2,
        "assignment": "mutual",
        "max_distance": 0.7,
        "direction_weight": 0.05,
        "direction_of": "corners",
        "score_weight": 0.1,
        "max_new_overlap": 0.55,
        "max_lost_seconds": 2.0,
        "fusion": "additive",
        "appearance_weight": 0.5,
        "max_appearance_distance": 0.5,  # the cosine distance counts by half
        "appearance_keep": 0.95,
    },
    "deconfuse": {
        **_PUBLISHED,
        "min_score": 0.1,
        "min_high_score": 0.6,
        "min_new_score": 0.7,
        "height_overlap": True,
        "assignment": "components",
        "max_distance": 0.8,
        "max_new_overlap": 0.55,
        "max_lost_seconds": 1.0,
        "max_appearance_iou_distance": 0.0,
        "appearance_keep": 0.9,
    },
    "strong": {
        "reentry": {"min_cosine": 0.8, "min_seconds": 0.03, "max_seconds": 0.1},
    },
}
