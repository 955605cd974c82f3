"""Who is who over a whole clip, from what was seen in its frames."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from touchline.api.video import ObservedVideo
from touchline.ball_track import BallTrack
from touchline.columns import checked_kind, checked_number
from touchline.errors import InputError
from touchline.identities import Identities
from touchline.linking.ball.tracker import BallTracker
from touchline.linking.pipeline import link_clip
from touchline.observations import Observation, ObservationStore
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.request import AskedSettings
from touchline.run.silence import SeenRoles, why_nobody
from touchline.tracking.config import TrackerConfig
from touchline.types import Detections, TrackTable, identity_motion


@dataclass(frozen=True, slots=True)
class ClipTracks:
    """Who is where in a clip, and who they are.

    Args:
        tracks: every box with its identity, gaps of up to a second filled.
        identities: one row for each identity: role, team, shirt number, seconds.
        ball: where the ball is, gaps filled.
    """

    tracks: TrackTable
    identities: Identities
    ball: BallTrack


def link(
    observations: str | Path | ObservedVideo | Iterable[Observation | Detections],
    config: RunConfig | None = None,
    *,
    frame_rate: float | None = None,
    image_size: tuple[int, int] | None = None,
) -> ClipTracks:
    """The tracks and the people of a whole clip: one identity for each person, as far as known.

    With ``link.method: global``, the default, everything is looked at before anybody is named, so
    that who leaves the image and comes back keeps their identity. A run's files stay as they are.

    Args:
        observations: a run folder; what ``observe_video`` returns; or one ``Observation`` or
            ``Detections`` for each frame, in order. Of ``Detections`` the camera stands still, and
            no frame is left out.
        config: settings, of which ``tracker`` and ``link`` act here; None: those of the run or of
            the observed video, else the defaults.
        frame_rate: frames a second; needed where a list does not say it.
        image_size: width and height in pixels; needed likewise.

    Returns:
        Tracks, identities and the ball. That nobody was tracked is a UserWarning, which says why.

    Raises:
        UsageError: a folder that is no run.
        InputError: something else than observations, frames in the wrong order, a list without
            ``frame_rate`` and ``image_size``.
        StoreError: observations on disk that are damaged.
    """
    config = None if config is None else checked_kind(config, RunConfig, "config")
    if isinstance(observations, str | Path):
        return _of_run(Path(observations), config)
    if isinstance(observations, ObservedVideo):
        info, config = observations.info, config or observations.config
        size = (info.width, info.height)
        return _linked(observations, config, config.tracker_in_force(), info.fps, size)
    if frame_rate is None or image_size is None:
        raise InputError(
            "a list of observations says neither its frame rate nor the size of its images: give "
            "frame_rate and image_size, as 25 and (1280, 720)"
        )
    if not checked_number(frame_rate, "frame_rate") > 0:
        raise InputError(f"frame rate {frame_rate} is not above 0")
    config = config or RunConfig()
    each = _numbered(observations, 1.0 / frame_rate)
    # Not tracker_in_force: that fits the scores of the shipped detector, these boxes are others.
    return _linked(each, config, config.tracker, frame_rate, image_size)


def _of_run(run: Path, config: RunConfig | None) -> ClipTracks:
    with closing(ObservationStore.open(RunFolder.existing(run).observations)) as store:
        facts = RunFacts.of(store)
        config = config or AskedSettings.checked(facts.settings).config
        size = (facts.video.width, facts.video.height)
        return _linked(store, config, config.tracker_in_force(), facts.video.fps, size)


def _linked(
    observations: Iterable[Observation],
    config: RunConfig,
    tracker: TrackerConfig,
    frame_rate: float,
    image_size: tuple[int, int],
) -> ClipTracks:
    seen = SeenRoles()
    ball = BallTracker(config.link.ball, frame_rate=frame_rate, image_size=image_size)
    linked = link_clip(
        ball.each(seen.each(observations)),
        tracker,
        config.link,
        frame_rate=frame_rate,
        image_size=image_size,
    )
    identities = linked.clothes.identities(
        linked.table, 1.0 / frame_rate, config.link.whole.side_size
    )
    nobody = why_nobody(seen, linked.table.roles, config)
    if nobody is not None:
        warnings.warn(nobody, stacklevel=3)
    return ClipTracks(identities.name_roles(linked.table), identities, ball.track())


def _numbered(frames: Iterable[Observation | Detections], seconds: float) -> Iterator[Observation]:
    """Observations as they are; detections as those of frames 0, 1, 2, ..."""
    last = -1
    for position, one in enumerate(frames):
        if isinstance(one, Detections):
            one = Observation(position, position * seconds, False, identity_motion(), one)
        elif not isinstance(one, Observation):
            raise InputError(
                f"item {position} of the observations is a {type(one).__name__}; an Observation "
                "or Detections is needed"
            )
        if one.frame <= last:
            raise InputError(f"frame {one.frame} comes after frame {last}: frames must ascend")
        last = one.frame
        yield one
