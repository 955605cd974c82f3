"""The cameras of one shot, fitted together: what one frame leaves open, its neighbours tell."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from touchline.pitch.config import PitchConfig
from touchline.pitch.joint_fit import ShotCameras, fit_together, judge
from touchline.pitch.refine import CameraPrior
from touchline.pitch.shot_anchors import Anchor, AnchorSearch, anchor_of_kind
from touchline.pitch.shot_looks import ShotLooks
from touchline.pitch.shot_walk import Walked, explained_share, walk
from touchline.pitch.steps import FREE, RAIL, TRIPOD, CameraKind
from touchline.pitch.template import PitchTemplate, pitch_template
from touchline.types import Floats, Mask

_TRIALS = 3  # anchors among all poses
_CLEAR = 0.3  # metres: two anchors that are so sure are enough
_KIND_TRIALS = 2  # anchors around which
_KIND_SECONDS = 2.0  # it is tried whether the camera stands or is carried
_SIMPLER_FIRST = 0.03  # of the share explained by which a freer camera has to be better
_TRUSTED = 0.55  # share of line points explained, on average over looks reached, of a right camera
_ALIKE = 8.0  # times what cameras of a shot are apart
_SETTLE = (0.02, 0.012, 0.008)
_FIRM = 0.85  # of the usual share, of a look that need not be looked at again


def fit_shot(looks: ShotLooks, config: PitchConfig) -> ShotCameras:
    """The cameras of a shot, with one place where that explains the lines."""
    template = pitch_template(config)
    prior = CameraPrior.of_main_camera(template)
    search = AnchorSearch(template, looks, config, prior)
    everywhere = np.ones(len(looks), np.bool_)
    first: list[Anchor] = []
    while len(first) < _TRIALS and (anchor := search.next_anchor(everywhere)) is not None:
        first.append(anchor)
        if sum(one.error < _CLEAR for one in first) > 1:
            break
    kind, first = _kind(template, looks, first, prior)
    way = _Way(template, looks, kind)
    for anchor in first:
        if way.agrees(anchor):
            way.go_from(anchor)
    search.forget()
    way.settle(prior.within(kind.first))
    while (usual := way.usual()) is not None:
        again = search.next_usual(~way.firm(), kind, usual)
        if again is None:
            break
        way.go_from(again)
    own = prior.within(kind.first)
    fitted = judge(template, looks, *fit_together(template, looks, way.cameras, kind, own), kind)
    unsolved = np.isnan(fitted.cameras[:, 0])
    fitted.scores[unsolved] = search.scores[unsolved]
    return fitted


@dataclass(slots=True)
class _Way:
    """The cameras of a shot as far as they were reached.

    Args:
        template: the pitch.
        looks: n, of the shot.
        kind: of camera.
        cameras: (n, 8); NaN where none was found.
        shares: (n,) of lines explained; -1 where there is no camera.
    """

    template: PitchTemplate
    looks: ShotLooks
    kind: CameraKind
    cameras: Floats = field(init=False)
    shares: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.cameras = np.full((len(self.looks), 8), np.nan)
        self.shares = np.full(len(self.looks), -1.0)

    def go_from(self, anchor: Anchor) -> None:
        """Take the look of an anchor and those that are reached from it, where they are better."""
        found = _reached(self.template, self.looks, anchor, self.kind, self.shares)
        if np.nanmean(found.explained) < _TRUSTED:
            return
        self.cameras[found.rows] = found.cameras
        self.shares[found.rows] = np.nan_to_num(found.explained)

    def settle(self, prior: CameraPrior) -> None:
        """Move all of them together, so that what is usual gets right."""
        self.cameras, _ = fit_together(
            self.template, self.looks, self.cameras, self.kind, prior, _SETTLE
        )
        for row in np.flatnonzero(self.shares >= 0).tolist():
            share = explained_share(self.template, self.looks, row, self.cameras[row : row + 1])[0]
            self.shares[row] = np.nan_to_num(share)

    def agrees(self, anchor: Anchor) -> bool:
        """Whether its camera may be one of this shot."""
        usual = self.usual()
        return usual is None or _are_alike(anchor.camera, usual, self.kind)

    def usual(self) -> Floats | None:
        """(8,) the median of the cameras of looks with lines; None where there is none."""
        told = (self.shares > _TRUSTED) & self.looks.telling
        return np.median(self.cameras[told], axis=0) if told.any() else None

    def firm(self) -> Mask:
        """(n,) which cameras explain nearly as much as most do."""
        told = self.shares[self.shares > _TRUSTED]
        return np.asarray(self.shares >= _FIRM * np.median(told) if len(told) else self.shares > 1)


def _reached(
    template: PitchTemplate,
    looks: ShotLooks,
    anchor: Anchor,
    kind: CameraKind,
    shares: Floats,
    most_seconds: float = np.inf,
) -> Walked:
    """The look of the anchor and those that are reached from it."""
    share = explained_share(template, looks, anchor.row, anchor.camera[None])[0]
    found = Walked([anchor.row], [anchor.camera], [float(share)])
    for onwards in (True, False):
        way = walk(
            template,
            looks,
            anchor.row,
            anchor.camera,
            anchor.known,
            kind,
            onwards=onwards,
            shares=shares,
            most_seconds=most_seconds,
        )
        found.rows.extend(way.rows)
        found.cameras.extend(way.cameras)
        found.explained.extend(way.explained)
    return found


def _kind(
    template: PitchTemplate, looks: ShotLooks, anchors: list[Anchor], prior: CameraPrior
) -> tuple[CameraKind, list[Anchor]]:
    """Whether the camera stands or is carried: what explains more around the anchors.

    Also the anchors of that kind, those first with which others agree.
    """
    nothing = np.full(len(looks), -1.0)
    best, most, chosen = TRIPOD, 0.0, anchors
    for kind in (TRIPOD, RAIL, FREE) if anchors else ():
        own = [anchor_of_kind(template, looks, one, kind, prior) for one in anchors]
        own.sort(
            key=lambda one: (
                -sum(_are_alike(one.camera, other.camera, kind) for other in own),
                one.error,
                one.row,
            )
        )
        # Looks that were not reached count as nothing.
        explained = sum(
            np.nansum(_reached(template, looks, one, kind, nothing, _KIND_SECONDS).explained)
            for one in own[:_KIND_TRIALS]
        )
        if explained > most * (1 + _SIMPLER_FIRST):
            best, most, chosen = kind, explained, own
    return best, chosen


def _are_alike(one: Floats, other: Floats, kind: CameraKind) -> bool:
    return bool((np.abs(one - other) < _ALIKE * kind.within).all())
