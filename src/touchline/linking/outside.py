"""People who are never on the pitch: spectators, benches, stewards, photographers, ball boys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchline.edits.facts import Edit
from touchline.linking.pipeline import TrackedClip
from touchline.linking.stated import find_stated
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.config import PitchConfig, PositionsConfig
from touchline.types import Floats, Ints, Mask

_SHARE = 0.9
"""Of the boxes with a camera: so many lie outside for somebody who never is on the pitch."""

_KNOWN_SHARE = 0.5
"""Of all boxes of a track: so many have a camera, else nothing is decided."""

_LEAST_SECONDS = 0.5
"""Of a track about which something is decided: a short one is often a false box or half a person.
"""

_MOST = 0.4
"""Share of all boxes: where more were outside, the camera is wrong and not the people."""


@dataclass(frozen=True, slots=True)
class OutsidePeople:
    """Tracks that were left out, one row each, by the time of their first box.

    Args:
        first_times: (T,) seconds of the first box.
        last_times: (T,) of the last one.
        boxes: (T,) int64 how many.
        places: (T, 2) metres, the middle of what is known; NaN above the horizon.
        beyond: (T,) metres outside of the pitch, likewise; infinite above the horizon.
        why_none: why nobody was looked for, in words; None where somebody was.
    """

    first_times: Floats
    last_times: Floats
    boxes: Ints
    places: Floats
    beyond: Floats
    why_none: str | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def none(cls, why: str | None) -> OutsidePeople:
        """Nobody. why: in words, where they could not be looked for."""
        no = np.empty(0)
        return cls(no, no, np.empty(0, np.int64), np.empty((0, 2)), no, why)


def without_outside(
    clip: TrackedClip,
    cameras: PitchCameras,
    pitch: PitchConfig,
    config: PositionsConfig,
    edits: Sequence[Edit] = (),
) -> tuple[TrackedClip, OutsidePeople]:
    """A clip without the tracks that are outside of the pitch by more than a margin.

    Whoever a fact was stated of stays, and so does the ball. Where a large part of all boxes is
    outside nobody goes: then the camera is not to be trusted.
    """
    why = cameras.why_none()
    if why is not None or not len(clip.table):
        return clip, OutsidePeople.none(why)
    table = clip.table
    ids, owners = np.unique(table.ids, return_inverse=True)
    places, beyond, known = _places(clip, cameras, pitch, config)
    boxes = np.bincount(owners)
    seen = np.bincount(owners, known, len(ids))
    out = np.bincount(owners, known & (beyond > config.outside_margin), len(ids))
    gone = (seen >= _KNOWN_SHARE * boxes) & (seen > 0) & (out >= _SHARE * seen)
    first, last = np.full(len(ids), np.inf), np.full(len(ids), -np.inf)
    np.minimum.at(first, owners, table.times)
    np.maximum.at(last, owners, table.times)
    gone &= last - first >= _LEAST_SECONDS
    safe = table.roles == "ball"
    if edits:
        stated, _ = find_stated(table, clip.frames, edits)
        safe[[row for rows in stated.rows for row in rows]] = True
    gone[owners[safe]] = False
    if not gone.any():
        return clip, OutsidePeople.none(None)
    if boxes[gone].sum() > _MOST * len(table):
        share = boxes[gone].sum() / len(table)
        return clip, OutsidePeople.none(f"{share:.0%} of all boxes would be outside of the pitch")
    rows = [np.flatnonzero((owners == one) & known) for one in np.flatnonzero(gone).tolist()]
    all_rows = [np.flatnonzero(owners == one) for one in np.flatnonzero(gone).tolist()]
    outside = OutsidePeople(
        np.array([table.times[one].min() for one in all_rows]),
        np.array([table.times[one].max() for one in all_rows]),
        boxes[gone],
        np.round([_middle(places[one]) for one in rows], 2).reshape(-1, 2),
        np.round([float(np.median(beyond[one])) for one in rows], 2),
    )
    order = np.argsort(outside.first_times, kind="stable")
    columns = ("first_times", "last_times", "boxes", "places", "beyond")
    outside = replace(outside, **{name: getattr(outside, name)[order] for name in columns})
    return _kept(clip, ids[gone]), outside


def _middle(places: Floats) -> Floats:
    """(2,) the median of the places that are known."""
    known = places[np.isfinite(places).all(axis=1)]
    return np.asarray(np.median(known, axis=0)) if len(known) else np.full(2, np.nan)


def _places(
    clip: TrackedClip, cameras: PitchCameras, pitch: PitchConfig, config: PositionsConfig
) -> tuple[Floats, Floats, Mask]:
    """(M, 2) metres of the feet of each row, (M,) how far outside, and (M,) whether it is known.

    What lies above the horizon is infinitely far outside.
    """
    boxes, frames = clip.table.boxes, clip.frames[clip.table.frames]
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    places = cameras.pitch_points(frames, feet)
    rows = cameras.rows_of(frames)
    sure = np.append(cameras.confidences * cameras.found, 0.0)[rows] >= config.min_confidence
    sure &= np.append(cameras.found, False)[rows]
    beyond = (np.abs(places) - (pitch.length / 2, pitch.width / 2)).max(axis=1)
    beyond = np.where(np.isnan(beyond), np.inf, np.maximum(beyond, 0.0))
    whole = boxes[:, 3] < cameras.image_size[1] - 1.5  # else the feet are further down
    return places, beyond, sure & whole


def _kept(clip: TrackedClip, gone: Ints) -> TrackedClip:
    keep = ~np.isin(clip.table.ids, gone)
    return replace(
        clip,
        table=clip.table[keep],
        clothes=clip.clothes[keep],
        bins=clip.bins[~np.isin(clip.bins.track_ids, gone)],
    )
