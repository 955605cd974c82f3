"""The video of a run, opened again after it was observed."""

from __future__ import annotations

from touchline.errors import StoreError, UsageError
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.video.reader import VideoReader, open_video
from touchline.video.source import is_redacted, redacted


def open_observed(
    store: ObservationStore,
    facts: RunFacts,
    config: RunConfig,
    source: str | None = None,
    first_frame: int | None = None,
) -> VideoReader:
    """The video that was observed, from ``first_frame`` on, or its first observed frame.

    source: where it lies now, if it was moved. Raises UsageError for another video and for an
    address that is kept without its password, StoreError where nothing was observed.
    """
    first = next(iter(store), None)
    if first is None:
        raise StoreError(f"{store.file} holds no observed frame: nothing to draw")
    return open_same_video(
        facts, config, source, first.frame if first_frame is None else first_frame
    )


def open_same_video(
    facts: RunFacts, config: RunConfig, source: str | None, first_frame: int
) -> VideoReader:
    """As ``open_observed``, of a run that is known to have observed something."""
    source = source or facts.source
    if is_redacted(source):
        raise UsageError(
            f"the address {source} is kept without its password or token: give all of it as --video"
        )
    video = open_video(source, config=config.video, first_frame=first_frame)
    before = facts.video.fingerprint
    if not before and not video.info.fingerprint:
        video.close()
        raise UsageError(
            f"it is not known whether {video.info.name} is the video that was observed: give it as "
            "a file, as --video"
        )
    if video.info.fingerprint != before:
        video.close()
        raise UsageError(
            f"{redacted(source)} is not the video that was observed: give that as --video, or "
            "track this one into another folder"
        )
    return video
