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
from touchline.pitch.grass import SeenGrass
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

_GRASS_SECONDS, _GRASS_LOOKS = 1.0, 5
"""Of a track about which the grass decides something, and frames of it that were looked at."""

_MOST_OFF_GRASS = 0.25
"""Share of all boxes: where more were off the grass, its region is wrong."""

_MOST_TALL = 0.25
"""Image heights: whoever is taller is seen in a close-up."""


@dataclass(frozen=True, slots=True)
class OutsidePeople:
    """Tracks that were left out, one row each, by the time of their first box.

    Args:
        first_times: (T,) seconds of the first box.
        last_times: (T,) of the last one.
        boxes: (T,) int64 how many.
        places: (T, 2) metres, the middle of what is known; NaN above the horizon.
        beyond: (T,) metres outside of the pitch, likewise; infinite above the horizon.
        off_grass: (T,) whether the grass told it, and not the camera; then no place is known.
        why_none: why nobody was looked for, in words; None where somebody was.
    """

    first_times: Floats
    last_times: Floats
    boxes: Ints
    places: Floats
    beyond: Floats
    off_grass: Mask
    why_none: str | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def none(cls, why: str | None) -> OutsidePeople:
        """Nobody. why: in words, where they could not be looked for."""
        no = np.empty(0)
        none = np.empty(0, np.bool_)
        return cls(no, no, np.empty(0, np.int64), np.empty((0, 2)), no, none, why)


def without_outside(
    clip: TrackedClip,
    cameras: PitchCameras,
    pitch: PitchConfig,
    config: PositionsConfig,
    edits: Sequence[Edit] = (),
    grass: SeenGrass | None = None,
) -> tuple[TrackedClip, OutsidePeople]:
    """A clip without the tracks that are outside of the pitch by more than a margin.

    Whoever a fact was stated of stays, and so does the ball. Where the camera does not tell where
    somebody is, the ``grass`` does, if it is plain. Where a large part of all boxes is outside,
    nobody goes: then the camera, or the grass, is not to be trusted.
    """
    why = cameras.why_none()
    if (why is not None and not grass) or not len(clip.table):
        return clip, OutsidePeople.none(why)
    table = clip.table
    ids, owners = np.unique(table.ids, return_inverse=True)
    places, beyond, known = _places(clip, cameras, pitch, config)
    boxes = np.bincount(owners)
    seen = np.bincount(owners, known, len(ids))
    out = np.bincount(owners, known & (beyond > config.outside_margin), len(ids))
    told = (seen >= _KNOWN_SHARE * boxes) & (seen > 0)
    first, last = np.full(len(ids), np.inf), np.full(len(ids), -np.inf)
    np.minimum.at(first, owners, table.times)
    np.maximum.at(last, owners, table.times)
    stays = _stay(clip, owners, edits)
    gone = told & (out >= _SHARE * seen) & (last - first >= _LEAST_SECONDS) & ~stays
    share = boxes[gone].sum() / len(table)
    if share > _MOST:
        why = f"{share:.0%} of all boxes would be outside of the pitch"
        return clip, OutsidePeople.none(why)
    off = np.zeros(len(ids), np.bool_)
    if grass:
        long = last - first >= _GRASS_SECONDS
        off = _are_off(clip, owners, grass, config) & long & ~told & ~stays
        off &= boxes[off].sum() <= _MOST_OFF_GRASS * len(table)
    gone |= off
    if not gone.any():
        return clip, OutsidePeople.none(None)
    found = sorted(np.flatnonzero(gone).tolist(), key=lambda one: float(first[one]))
    rows = [np.flatnonzero((owners == one) & known & told[one]) for one in found]
    middles = [float(np.median(beyond[own])) if len(own) else np.nan for own in rows]
    return _kept(clip, ids[gone]), OutsidePeople(
        first[found],
        last[found],
        boxes[found],
        np.round([_middle(places[own]) for own in rows], 2).reshape(-1, 2),
        np.round(middles, 2),
        off[found],
    )


def _stay(clip: TrackedClip, owners: Ints, edits: Sequence[Edit]) -> Mask:
    """(T,) which tracks stay wherever they are: the ball, and those of whom a fact was stated."""
    safe = clip.table.roles == "ball"
    if edits:
        stated, _ = find_stated(clip.table, clip.frames, edits)
        safe[[row for rows in stated.rows for row in rows]] = True
    return np.bincount(owners, safe) > 0


def _are_off(clip: TrackedClip, owners: Ints, grass: SeenGrass, config: PositionsConfig) -> Mask:
    """(T,) which tracks are plainly off the grass, as long as they are seen.

    Of somebody who is cut off below not even the feet are seen; but where the image ends there is
    no grass either.
    """
    boxes = clip.table.boxes
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    heights = boxes[:, 3] - boxes[:, 1]
    far = grass.beyond(clip.frames[clip.table.frames], feet) / np.maximum(heights, 1.0)
    known = np.isfinite(far) & (heights < _MOST_TALL * clip.image_size[1])
    looks = np.bincount(owners, known)
    off = np.bincount(owners, known & (far > config.grass_margin))
    return np.asarray((looks >= _GRASS_LOOKS) & (off >= _SHARE * looks))


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
