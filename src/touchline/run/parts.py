"""A long clip in parts that are observed apart, on any machine, and joined into one store.

Parts begin where a window does (``touchline.clip_windows``), so that the joined store holds what
one run over the whole clip would have stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.clip_windows import LEAD_SECONDS, ClipWindows
from touchline.errors import PartError
from touchline.observations import ObservationStore
from touchline.observe import DETECTOR_SIDES, Observer, window_of
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.request import ClipPart, RunRequest
from touchline.types import Frame
from touchline.video.key_frames import FramePlaces, frame_places
from touchline.video.window import Window


def plan_parts(request: RunRequest, seconds: float) -> list[ClipPart]:
    """The parts of a clip, of at least about ``seconds`` each; one where it cannot be cut.

    A clip can be cut at the beginnings of its windows, where its packets tell its frames.
    """
    places = frame_places(request.source, request.asked.config.video)
    if places is None:
        return [ClipPart(0, 0, None)]
    window = Window(request.start, request.end)
    asked = [
        row
        for row, (number, time) in enumerate(zip(places.numbers, places.times, strict=True))
        if window.has_begun(int(number), float(time)) and not window.is_over(float(time))
    ]
    if not asked:
        return [ClipPart(0, 0, None)]
    rows = np.array(asked)
    starts = _starts(places, rows, seconds)
    ends = [float(places.times[row]) for row in starts[1:]]
    return [
        ClipPart(int(places.numbers[row]), _lead(places, rows, row), end)
        for row, end in zip(starts, [*ends, None], strict=True)
    ]


def led_in(frames: Iterable[Frame], observer: Observer, part: ClipPart) -> Iterator[Frame]:
    """The frames of a part; those before it are shown to the observer first.

    Raises PartError where the first of the part is not there, or no window begins with it.
    """
    begun = part.lead == part.first
    for frame in frames:
        if frame.index < part.first:
            observer.lead(frame)
            continue
        if not begun and (frame.index != part.first or not frame.key_frame):
            raise PartError(f"the clip cannot be cut at frame {part.first}: it decodes differently")
        begun = True
        yield frame


def join_parts(request: RunRequest, parts: Sequence[Path]) -> None:
    """Put the stores of a clip's parts, in their order, into the run folder of ``request``.

    The run is then as one that was stopped after the last frame: ``track_run`` ends it.

    Raises PartError where one does not continue the one before, StoreError.
    """
    folder = RunFolder(request.out)
    folder.prepare(overwrite=True)
    with ExitStack() as opened:
        stores = [opened.enter_context(ObservationStore.open(part)) for part in parts]
        told = [RunFacts.of(store) for store in stores]
        if not all(facts.complete for facts in told):
            raise PartError("a part of the clip is not complete")
        facts = replace(
            told[0],
            complete=False,
            seconds={
                stage: sum(facts.seconds.get(stage, 0.0) for facts in told)
                for stage in dict.fromkeys(stage for facts in told for stage in facts.seconds)
            },
            warnings=tuple(dict.fromkeys(word for facts in told for word in facts.warnings)),
        )
        whole = opened.enter_context(ObservationStore.create(folder.observations, facts.as_json()))
        state: dict[str, NDArray[Any]] = {}
        for number, store in enumerate(stores):
            _check_continues(whole, store, state, told[0], told[number])
            whole.append_all(store)
            state = _joined_state(state, store.state() or {})
        whole.commit(state)


def _starts(places: FramePlaces, rows: NDArray[np.int64], seconds: float) -> list[int]:
    """The rows with which parts begin, the first of ``rows`` included."""
    windows, starts = ClipWindows(), [int(rows[0])]
    last = float(places.times[rows[-1]])
    for row in rows.tolist():
        time, key = float(places.times[row]), bool(places.keys[row])
        begins = windows.enter_at(time, key_frame=key)
        long_enough = time - float(places.times[starts[-1]]) >= seconds
        if begins and long_enough and last - time >= seconds / 2:
            starts.append(row)
    return starts


def _lead(places: FramePlaces, rows: NDArray[np.int64], row: int) -> int:
    """Number of the first frame that counts for the part that begins at ``row``."""
    if row == rows[0]:
        return int(places.numbers[row])
    since = places.times[row] - LEAD_SECONDS
    first = int(np.searchsorted(places.times, since)) - 1  # one more than is needed
    return int(places.numbers[min(max(first, int(rows[0])), row - 1)])


def _check_continues(
    whole: ObservationStore,
    part: ObservationStore,
    state: dict[str, NDArray[Any]],
    first: RunFacts,
    facts: RunFacts,
) -> None:
    """Raises PartError where the frames of ``part`` do not come next, or are of something else."""
    if facts.inputs != first.inputs:
        raise PartError("the parts of the clip were not observed with the same video and settings")
    before, (numbers, times) = whole.last(), part.times()
    if not len(numbers):
        raise PartError("a part of the clip has no frames")
    if before is None:
        return
    begins = ClipWindows(window_of(state)).enter_at(float(times[0]), key_frame=True)
    # Images of a folder have the numbers of their names, which may leave gaps.
    next_one = numbers[0] == before.frame + 1 or facts.video.kind == "folder"
    if not next_one or times[0] <= before.time or not begins:
        raise PartError(
            f"the part from frame {numbers[0]} on does not continue the one before it, which ends "
            f"with frame {before.frame}"
        )


def _joined_state(
    before: dict[str, NDArray[Any]], now: dict[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """What an observer remembers after both: of the earlier part the sides of the input only."""
    if DETECTOR_SIDES not in before or DETECTOR_SIDES not in now:
        return now
    sides = np.concatenate([before[DETECTOR_SIDES], now[DETECTOR_SIDES]])
    changes = np.ones(len(sides), np.bool_)
    changes[1:] = sides[1:, 1] != sides[:-1, 1]
    return {**now, DETECTOR_SIDES: sides[changes]}
