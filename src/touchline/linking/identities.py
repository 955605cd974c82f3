"""Identities over a whole clip: tracks are cut into tracklets, and these are clustered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from touchline.clothes.collection import Clothes
from touchline.evidence.appearance import (
    TrackletAppearance,
    fit_tracklet_appearance,
    sum_by_tracklet,
)
from touchline.linking.appearance_bins import AppearanceBins
from touchline.linking.clothes_llr import weigh_clothes
from touchline.linking.clustering.evidence import Evidence
from touchline.linking.clustering.join import join
from touchline.linking.clustering.pair_terms import (
    PairLlr,
    PairMask,
    SymmetricPairs,
    any_of,
    sum_of,
    tabled,
)
from touchline.linking.clustering.steps import OnShare, Steps
from touchline.linking.clustering.team_size import TeamVotes
from touchline.linking.config import GlobalLinkConfig
from touchline.linking.constraints import constrain
from touchline.linking.explain import Grounds, explain
from touchline.linking.motion import measure_population, tracklet_motion_llr
from touchline.linking.split import (
    bins_of_tracklets,
    cut_at_changes,
    cut_at_gaps,
    cut_at_rows,
    owners_of,
)
from touchline.linking.stated import StatedRows, Unmet
from touchline.linking.stated_cuts import rows_to_cut
from touchline.linking.stitching import Stitching, stitch
from touchline.linking.team_looks import appearance_within_teams
from touchline.linking.tracklets import Tracklets, describe_tracklets, shared_frames
from touchline.links import Links
from touchline.types import Index, Mask, TrackTable


@dataclass(frozen=True, slots=True)
class ClipEvidence:
    """Everything known about a clip of F frames besides its tracks.

    motions: (F, 2, 3), each from the frame before to this one. cuts: positions at which a new
    shot begins. image_size: width, height. bins, clothes: of the tracks; None where no clothes
    were looked at. looked: (F,) frames in which the detector ran; None: all.
    """

    motions: NDArray[np.float64]
    cuts: Sequence[int]
    image_size: tuple[int, int]
    bins: AppearanceBins
    clothes: Clothes | None = None
    looked: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class ClipIdentities:
    """tracklet_ids: (M,) of each row of the table; -1 for boxes that show no person, as was stated.

    links: their identities, and why. refused: stated facts that contradict others. Of the R rows
    that show a person:
    """

    tracklet_ids: NDArray[np.int64]
    links: Links
    refused: tuple[Unmet, ...] = ()

    @property
    def identities(self) -> NDArray[np.int64]:
        """(R,) identity, numbered from 1 in order of first appearance."""
        return self.links.identities[self.tracklet_ids[self.tracklet_ids >= 0]]

    @property
    def confidences(self) -> NDArray[np.float64]:
        """(R,) confidence of that, 0..1."""
        return self.links.confidences[self.tracklet_ids[self.tracklet_ids >= 0]]


@dataclass(frozen=True, slots=True)
class UnseenPenalty:
    """Log odds lost by pairs of which one was never embedded. unseen: (T,) who was not."""

    unseen: NDArray[np.bool_]
    penalty: float

    def __call__(self, one: Index, other: Index) -> NDArray[np.float32]:
        either = (self.unseen[one] | self.unseen[other]).astype(np.float32)
        return np.asarray(-self.penalty * either, np.float32)


def find_identities(
    table: TrackTable,
    clip: ClipEvidence,
    config: GlobalLinkConfig,
    on_done: OnShare | None = None,
    stated: StatedRows | None = None,
) -> ClipIdentities:
    """Identities of a clip, from the tracks of the online tracker.

    table: frames are positions in the clip; without interpolated rows. The result does not depend
    on how its ids are numbered. on_done: told how far it is; it may raise to end the work. stated:
    facts about rows of the table, which always hold.
    """
    stitching = stitch(clip.motions, table, clip.cuts)
    tracklet_ids, appearance, together = _tracklets(table, clip, stitching, config, stated)
    constraints = None
    if stated is not None and len(stated):
        constraints = constrain(stated, table, tracklet_ids, together)
        if constraints.nobody.any():
            nobody = constraints.nobody[tracklet_ids]
            return _without(table, clip, config, on_done, stated, nobody, constraints.refused)
    tracklets = describe_tracklets(
        table, tracklet_ids, stitching, clip.image_size, config.border_widths
    )
    cannot_link: dict[str, PairMask] = {}
    kinds: dict[str, PairLlr] = {}
    team_votes = None
    if clip.clothes is not None:
        observed = clip.clothes
        owners = owners_of(observed.track_ids, observed.times, table, table.ids, tracklet_ids)
        clothes = weigh_clothes(
            replace(observed, track_ids=owners), table.frames, tracklet_ids, config, constraints
        )
        kinds |= {"team": clothes.teams, "number": clothes.numbers}
        teams = clothes.team_votes[:, :2]
        if appearance.counts.any() and teams.any():
            appearance = appearance_within_teams(clip.bins, table, tracklet_ids, together, teams)
        cannot_link["team or number differs"] = clothes.cannot_link
        if config.side_size is not None:
            seconds = np.diff(tracklets.times, axis=1)[:, 0]
            team_votes = TeamVotes(seconds, seconds[:, None] * clothes.team_votes, config.side_size)
    if constraints is not None:
        cannot_link |= constraints.cannot_link
    if (unseen := appearance.counts == 0).any():
        kinds["unseen"] = UnseenPenalty(unseen, config.unseen_penalty)
    apart = any_of([lambda one, other: together(one, other) > 0, *cannot_link.values()])
    evidence = Evidence(
        appearance,
        tabled(_motion_llr(table, tracklets, stitching, clip.image_size, config), len(tracklets)),
        tabled(sum_of(kinds.values()), len(tracklets)),
        tracklets.counts.astype(np.float64),
        tabled(apart, len(tracklets)),
        config.prior_log_odds,
        config.min_margin,
        config.roster_size,
        None if constraints is None else constraints.units,
    )
    steps = Steps(len(evidence), on_done)
    clusters = join(evidence, team_votes, steps)
    grounds = Grounds(kinds, together, cannot_link)
    links = explain(clusters, tracklets, grounds, steps.last_pass())
    return ClipIdentities(tracklet_ids, links, () if constraints is None else constraints.refused)


def _without(
    table: TrackTable,
    clip: ClipEvidence,
    config: GlobalLinkConfig,
    on_done: OnShare | None,
    stated: StatedRows,
    nobody: Mask,
    refused: tuple[Unmet, ...],
) -> ClipIdentities:
    """The identities of the rows that are not ``nobody`` (M,), found as if only they were there.

    refused: facts that contradict others, while all rows are there.
    """
    keep = ~nobody

    def shown(what: AppearanceBins | Clothes) -> Mask:
        rows = np.arange(len(table))
        return keep[owners_of(what.track_ids, what.times, table, table.ids, rows)]

    left = replace(clip, bins=clip.bins[shown(clip.bins)])
    if clip.clothes is not None:
        left = replace(left, clothes=clip.clothes[shown(clip.clothes)])
    others = stated.kept(keep)
    found = find_identities(table[keep], left, config, on_done, others)
    tracklet_ids = np.full(len(table), -1)
    tracklet_ids[keep] = found.tracklet_ids
    gone = tuple(one for one in refused if one.edit not in others.edits)
    return replace(found, tracklet_ids=tracklet_ids, refused=gone + found.refused)


def _tracklets(
    table: TrackTable,
    clip: ClipEvidence,
    stitching: Stitching,
    config: GlobalLinkConfig,
    stated: StatedRows | None,
) -> tuple[NDArray[np.int64], TrackletAppearance, SymmetricPairs[np.int32]]:
    """The tracklet of each row, their appearance, and how many frames each two share."""
    tracklet_ids, bins, appearance, together = _cut(table, clip, stitching, config)
    rows = [] if stated is None else rows_to_cut(stated, table, tracklet_ids, bins, appearance)
    if not rows:
        return tracklet_ids, appearance, together
    finer = cut_at_rows(table, tracklet_ids, rows)
    together = shared_frames(table, finer)
    bins = bins_of_tracklets(bins, table, tracklet_ids, finer)
    appearance = sum_by_tracklet(bins.embeddings, bins.track_ids, len(together), appearance)
    return finer, appearance, together


def _cut(
    table: TrackTable, clip: ClipEvidence, stitching: Stitching, config: GlobalLinkConfig
) -> tuple[NDArray[np.int64], AppearanceBins, TrackletAppearance, SymmetricPairs[np.int32]]:
    """As ``_tracklets``, without regard to what was stated; and the whitened bins, of each tracklet
    in order of time.
    """
    tracklet_ids = cut_at_gaps(table, config.max_gap_seconds, clip.cuts, stitching, clip.looked)
    together = shared_frames(table, tracklet_ids)
    max_people = int(np.bincount(table.frames).max(initial=0))
    bins = clip.bins if config.appearance else AppearanceBins.empty()
    bins = bins_of_tracklets(bins, table, table.ids, tracklet_ids)
    appearance, whitened = fit_tracklet_appearance(
        bins.embeddings,
        bins.track_ids,
        len(together),
        together.known(),
        max_people,
        bins.embeddings,
    )  # in place: of a long clip there is no second copy
    if not config.split or not len(bins):
        return tracklet_ids, bins, appearance, together
    finer = cut_at_changes(table, tracklet_ids, bins, whitened, appearance, config.max_change_llr)
    together = shared_frames(table, finer)
    owners = owners_of(bins.track_ids, bins.times, table, tracklet_ids, finer)
    bins = replace(bins, track_ids=owners)  # of each tracklet still in order of time
    appearance = sum_by_tracklet(bins.embeddings, bins.track_ids, len(together), appearance)
    return finer, bins, appearance, together


def _motion_llr(
    table: TrackTable,
    tracklets: Tracklets,
    stitching: Stitching,
    image_size: tuple[int, int],
    config: GlobalLinkConfig,
) -> PairLlr:
    if not config.motion:
        return sum_of(())
    population = measure_population(table)
    return tracklet_motion_llr(
        tracklets, population, config.max_motion_seconds, stitching, image_size
    )
