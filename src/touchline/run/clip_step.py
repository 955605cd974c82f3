"""A video of some people of a run: them marked, or followed closely, in all of it or in part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Interrupted, StoreError, UsageError
from touchline.observations import Observation, ObservationStore
from touchline.person_choice import PersonChoice
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.run.draw_step import refuse_undrawable
from touchline.run.drawn_minimap import minimap_of
from touchline.run.drawn_tracks import DrawnTracks
from touchline.run.facts import RunFacts
from touchline.run.folder import RUN_FILES, RunFolder, adopt_settings
from touchline.run.labels import person_labels, ring_colours, shirt_colours
from touchline.run.observed_video import open_observed
from touchline.run.request import AskedSettings
from touchline.run.tables import ball_of, identities_of, tracks_of
from touchline.stretches import joined, stretches
from touchline.types import Frame, TrackTable
from touchline.video.draw import Painter
from touchline.video.follow import Targets, follow, holds
from touchline.video.viewport import Viewport
from touchline.video.writer import VideoWriter

AROUND_SECONDS = 0.5
"""Seconds of the clip that are kept before and after a stretch in which somebody is seen."""

_LARGEST_WIDTH = 1280  # of a followed person, where no size is asked for: they are few pixels
_MOST_IN_NAME = 4


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """What to make a video of.

    people: who is marked, and followed. out: an MP4; None: in the run's folder. only_when_seen:
    leave out what is farther than ``AROUND_SECONDS`` from when one of them is in the image. zoom:
    follow them closely. size: of such a video, width and height; None: as the video's, 1280 wide
    at most.
    """

    people: PersonChoice
    out: Path | None = None
    only_when_seen: bool = False
    zoom: bool = False
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not self.people:
            raise UsageError(
                "say whom: --player 8 (repeatable), --name NAME, or --number 10 --team A"
            )
        if self.size is not None and not self.zoom:
            raise UsageError("--size is of a video that follows people: give --zoom too")
        if self.out is not None and self.out.suffix.lower() != ".mp4":
            raise UsageError(f"--out {self.out}: the video is an MP4: end its name in .mp4")


@dataclass(frozen=True, slots=True)
class ClipMade:
    """A video that was made.

    seconds: its length, of ``of_seconds`` that were tracked, in ``seen_seconds`` of which one of
    the identities is in the image. lost_seconds: in which the window could not hold them all.
    """

    file: Path
    identities: tuple[int, ...]
    seconds: float
    seen_seconds: float
    of_seconds: float
    lost_seconds: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """By frame of the run: what is shown of it, and from where."""

    frames: NDArray[np.int64]
    shown: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    windows: NDArray[np.float64] | None
    lost: NDArray[np.bool_]
    size: tuple[int, int]


def clip_run(
    run: Path,
    request: ClipRequest,
    settings: Mapping[str, Any],
    on_progress: OnProgress,
    should_stop: ShouldStop,
    source: str | None = None,
) -> ClipMade:
    """Make a video of people of a linked run; nothing else of the run changes.

    settings: nested names, of which those of ``draw`` and ``writer`` may differ from the run's.
    source: where the video lies now, if it was moved. Raises UsageError for people who are not
    there, Interrupted where ``should_stop`` ended it: the file holds the frames until then.
    """
    folder, asked = RunFolder.existing(run), AskedSettings.checked(settings)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        adopt_settings(facts, asked, ("draw", "writer"), "clip")
        refuse_undrawable(run, facts)
        table = tracks_of(folder)
        people = identities_of(folder, table, facts.video.fps)
        ids = request.people.people(people).ids
        plan = _planned(store, table[np.isin(table.ids, ids)], facts, request)
        file = _file(folder, request, ids.tolist(), source or facts.source)
        config = _marking(asked.config, ids)
        names = person_labels(people, config.draw)
        colours = ring_colours(people, shirt_colours(facts), config.draw)
        painter = Painter(config.draw, *plan.size, names, colours)
        minimap = minimap_of(folder, config, plan.size[0], colours)
        drawn = DrawnTracks(table, ball_of(folder), config.draw, painter, minimap)
        wanted = int(plan.shown.sum())
        first = int(plan.frames[np.argmax(plan.shown)])
        done, stopped = 0, False
        writer = VideoWriter(file, *plan.size, fps=facts.video.fps, config=config.writer)
        with open_observed(store, facts, config, source, first) as video, writer:
            clock = _Clock(1.0 / facts.video.fps)
            for observation, frame, row in _shown_frames(store, video, plan):
                view = None if plan.windows is None else Viewport(plan.windows[row], plan.size)
                image = frame.image if view is None else view.of_image(frame.image)
                time, cut = clock.time(row, frame.time)
                drawn.draw(image, observation, frame.time, view=view, cut=cut)
                writer.write(image, time)
                done += 1
                on_progress("clip", done, wanted)
                stopped = done < wanted and should_stop()
                if stopped:
                    break
    if stopped:
        raise Interrupted(f"stopped after {done} of {wanted} frames, which {file} holds")
    if done < wanted:
        raise StoreError(f"the video ended after {done} of the {wanted} frames of {file}")
    seconds = np.array([wanted, plan.seen.sum(), len(plan.frames), plan.lost.sum()])
    clip, seen, of_all, lost = (seconds / facts.video.fps).round(3).tolist()
    return ClipMade(file, tuple(ids.tolist()), clip, seen, of_all, lost)


def _planned(
    store: ObservationStore, mine: TrackTable, facts: RunFacts, request: ClipRequest
) -> _Plan:
    """Which frames are shown and through which window, decided before any of them is read."""
    frames, times = store.times()
    seen = np.isin(frames, mine.frames)
    shown = np.ones(len(frames), np.bool_)
    if request.only_when_seen:
        shown[:] = False
        for start, end in joined(stretches(times[seen]), AROUND_SECONDS):
            shown |= (times > start - 1e-6) & (times < end + 1e-6)
    image = (facts.video.width, facts.video.height)
    if not request.zoom:
        return _Plan(frames, shown, seen, None, np.zeros(len(frames), np.bool_), image)
    size = request.size or _default_size(image)
    cuts = np.array([observation.cut for observation in store], np.bool_)
    cuts[:1] = True
    targets = Targets.of(frames, cuts, mine.frames, mine.boxes)
    windows = follow(targets, facts.video.fps, image, size)
    lost = shown & ~holds(windows, targets.boxes, image)
    return _Plan(frames, shown, seen, windows, lost, size)


def _default_size(image: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _LARGEST_WIDTH / image[0])
    return max(2, 2 * round(image[0] * scale / 2)), max(2, 2 * round(image[1] * scale / 2))


def _shown_frames(
    store: ObservationStore, video: Iterator[Frame], plan: _Plan
) -> Iterator[tuple[Observation, Frame, int]]:
    """Observation and image of every frame that is shown, and its row in the plan."""
    first, last = np.flatnonzero(plan.shown)[[0, -1]].tolist()
    for row, observation in enumerate(store):
        if row < first:
            continue
        frame = next(video, None) if row <= last else None
        if frame is None:
            return
        if plan.shown[row]:
            yield observation, frame, row


class _Clock:
    """Times of the frames that are shown, without those that are left out."""

    def __init__(self, step: float) -> None:
        self._step, self._row, self._left_out, self._last = step, -1, 0.0, 0.0

    def time(self, row: int, time: float) -> tuple[float, bool]:
        """When the frame of the next ``row`` is shown; whether others lie before it."""
        cut = row != self._row + 1
        if self._row < 0:
            self._left_out = time
        elif cut:
            self._left_out = time - self._last - self._step
        self._row, self._last = row, time - self._left_out
        return self._last, cut


def _marking(config: RunConfig, ids: NDArray[np.int64]) -> RunConfig:
    """The settings with these identities as the only ones that are drawn."""
    draw = config.draw.model_copy(update={"only": tuple(ids.tolist())})
    return config.model_copy(update={"draw": draw})


def _file(folder: RunFolder, request: ClipRequest, ids: list[int], source: str) -> Path:
    """The file to write. Raises UsageError where that is the video itself or a file of the run."""
    if request.out is None:
        shown, more = ids[:_MOST_IN_NAME], len(ids) - _MOST_IN_NAME
        words = ["clip", *map(str, shown), *([f"and-{more}-more"] if more > 0 else [])]
        words += ["seen"] if request.only_when_seen else []
        words += ["zoom"] if request.zoom else []
        return folder.path / f"{'-'.join(words)}.mp4"
    out = request.out
    mine = out.parent.resolve() == folder.path.resolve() and out.name in RUN_FILES
    if mine or out.resolve() == Path(source).resolve():
        raise UsageError(f"--out {out} would replace a file of the run: choose another name")
    return out
