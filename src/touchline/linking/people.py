"""Who is who over a whole clip: tracks cut where they may hold two people, pieces joined to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.evidence.appearance import Appearance, model_appearance, summed
from touchline.linking.clothes import Clothes
from touchline.linking.clothes_odds import weigh_clothes
from touchline.linking.global_config import GlobalLinkConfig
from touchline.linking.groups import Evidence
from touchline.linking.join import join
from touchline.linking.looks import Looks
from touchline.linking.motion import measure_spread, motion_odds
from touchline.linking.reasons import Grounds, Links, explain
from touchline.linking.sides import Sides
from touchline.linking.split import cut_at_changes, cut_at_gaps, looks_of, owners_of
from touchline.linking.stitching import Stitching, stitch
from touchline.linking.tracklets import Tracklets, describe_tracklets, shared_frames
from touchline.types import TrackTable


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known of a clip of F frames besides its tracks.

    motions: (F, 2, 3), each from the frame before to this one. cuts: positions at which a new
    shot begins. image_size: width, height. looks, clothes: of the tracks; None where no clothes
    were looked at. looked: (F,) in which frames somebody looked for boxes; None: in all.
    """

    motions: NDArray[np.float64]
    cuts: Sequence[int]
    image_size: tuple[int, int]
    looks: Looks
    clothes: Clothes | None = None
    looked: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class People:
    """pieces: (M,) the tracklet of each row of the table. links: who they are, and why."""

    pieces: NDArray[np.int64]
    links: Links

    @property
    def identities(self) -> NDArray[np.int64]:
        """(M,) person of each row, numbered from 1 by first sight."""
        return self.links.identities[self.pieces]

    @property
    def confidences(self) -> NDArray[np.float64]:
        """(M,) how sure that is, 0..1."""
        return self.links.confidences[self.pieces]


def find_people(table: TrackTable, clip: Clip, config: GlobalLinkConfig) -> People:
    """The people of a clip, from the online tracker's pieces.

    table: frames are positions in the clip; interpolated rows are not for this. The answer does
    not depend on how its ids are numbered.
    """
    stitching = stitch(clip.motions, table, clip.cuts)
    pieces, appearance, together = _tracklets(table, clip, stitching, config)
    tracklets = describe_tracklets(table, pieces, stitching, clip.image_size, config.border_widths)
    barred = {}
    kinds: dict[str, NDArray[np.float32]] = {}
    sides = None
    if clip.clothes is not None:
        worn = clip.clothes
        owners = owners_of(worn.track_ids, worn.times, table, table.ids, pieces)
        clothes = weigh_clothes(replace(worn, track_ids=owners), table.frames, pieces, config)
        kinds |= {"team": clothes.teams, "number": clothes.numbers}
        barred["team or number differs"] = clothes.excluded
        if config.side_size is not None:
            seconds = np.diff(tracklets.times, axis=1)[:, 0]
            sides = Sides(seconds, seconds[:, None] * clothes.sides, config.side_size)
    unseen = appearance.counts == 0
    kinds["unseen"] = -config.unseen_penalty * (unseen[:, None] | unseen).astype(np.float32)
    evidence = Evidence(
        appearance,
        _ways(table, tracklets, stitching, clip.image_size, config),
        sum(kinds.values(), start=np.zeros(together.shape, np.float32)),
        tracklets.counts.astype(np.float64),
        np.logical_or.reduce([together > 0, *barred.values()]),
        config.prior_odds,
        config.min_margin,
        config.roster_size,
    )
    groups = join(evidence, sides)
    return People(pieces, explain(groups, tracklets, Grounds(kinds, together, barred)))


def _tracklets(
    table: TrackTable, clip: Clip, stitching: Stitching, config: GlobalLinkConfig
) -> tuple[NDArray[np.int64], Appearance, NDArray[np.int32]]:
    """The tracklet of each row, what tracklets look like, and how many frames two share."""
    pieces = cut_at_gaps(table, config.max_gap_seconds, clip.cuts, stitching, clip.looked)
    together = shared_frames(table, pieces)
    crowd = int(np.bincount(table.frames).max(initial=0))
    looks = clip.looks if config.appearance else Looks.empty()
    looks = looks_of(looks, table, table.ids, pieces)
    appearance, whitened = model_appearance(looks.embeddings, looks.track_ids, together > 0, crowd)
    if not config.split or not len(looks):
        return pieces, appearance, together
    finer = cut_at_changes(table, pieces, looks, whitened, appearance, config.max_change_odds)
    together = shared_frames(table, finer)
    looks = looks_of(replace(looks, embeddings=whitened), table, pieces, finer)
    appearance = summed(looks.embeddings, looks.track_ids, len(together), appearance)
    return finer, appearance, together


def _ways(
    table: TrackTable,
    tracklets: Tracklets,
    stitching: Stitching,
    image_size: tuple[int, int],
    config: GlobalLinkConfig,
) -> NDArray[np.float32]:
    if not config.motion:
        return np.zeros((len(tracklets), len(tracklets)), np.float32)
    spread = measure_spread(table)
    return motion_odds(tracklets, spread, config.max_motion_seconds, stitching, image_size)
