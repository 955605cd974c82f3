"""One run under review: what it is now, and every change of it, one at a time.

What changes a run is imported when something is changed: it links, and showing a run does not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from touchline.edits.facts import LABEL_KINDS, EditKind, LabelKind
from touchline.errors import InputError, TouchlineError
from touchline.observations import ObservationStore
from touchline.review.events import Events
from touchline.review.pictures import FramePictures
from touchline.review.snapshot import ClipTimes, Snapshot, read_snapshot, read_times
from touchline.review.words import history_words
from touchline.run.changes import Changes
from touchline.run.folder import RunFolder
from touchline.run.mended import mend_run
from touchline.run.questions import Question, find_questions

if TYPE_CHECKING:
    from touchline.run.edit_boxes import At
    from touchline.run.editing import Edited, Value
    from touchline.video.reader import VideoReader

logger = logging.getLogger(__name__)

_LONG_CLIP, _FIRST_SECONDS = 300_000, 3.0
"""Boxes from which the work list begins when a page asks for it, after so many seconds at most."""

_LOOK_SECONDS = 0.7
"""How often it is looked whether another program changed the run."""


class ReviewSession:
    """A run that is reviewed. Any thread may ask; changes and reads of its store come in turn.

    source: where the video lies now, if it was moved. Raises UsageError for a run without tracks,
    StoreError and FormatError for damaged files.
    """

    def __init__(self, run: Path, source: str | None = None) -> None:
        self.folder = RunFolder.existing(run)
        self.source = source
        self._why_no_images: str | None = None
        self.lock = threading.RLock()
        self._over = threading.Event()
        mend_run(run, lambda _stage, _done, _total: None, self._over.is_set)
        self.times: ClipTimes = read_times(self.folder)
        self._marks = self._looked()
        self._now = read_snapshot(self.folder, _first_revision())
        self.events = Events()
        self._questions: tuple[int, list[Question], str | None] | None = None
        self._asked = threading.Condition()
        self._wanted = threading.Event()
        self.pictures = FramePictures(self.opened)
        self._threads = [
            threading.Thread(target=target, name=f"touchline-{name}", daemon=True)
            for name, target in (("questions", self._ask), ("watch", self._watch))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def now(self) -> Snapshot:
        """The run as it is."""
        return self._now

    def close(self) -> None:
        """End its threads, let the video go."""
        self._over.set()
        self._wanted.set()
        with self._asked:
            self._asked.notify_all()
        self.events.close()
        self.pictures.close()

    @property
    def why_no_images(self) -> str | None:
        """Why there is nothing to see; None as far as is known there is."""
        facts = self._now.facts
        if facts.inputs.simulation is not None or facts.video.live:
            return "this run has no video to see"  # a simulation, a live source
        return self._why_no_images

    @property
    def has_lost_images(self) -> bool:
        """Whether there is a video, which is not found, or is another one."""
        return self._why_no_images is not None

    def lose_images(self, why: str) -> None:
        """Remember why the video cannot be seen."""
        self._why_no_images = (
            f"{why}; touchline review {self.folder.path} --video FILE shows it where it lies now"
        )

    def questions(self, wait: float) -> tuple[Snapshot, list[Question] | None, str | None]:
        """The work list of the run as it is, and why there is none; None: it is not ready yet.

        wait: seconds at most.
        """
        self._wanted.set()
        with self._asked:
            self._asked.wait_for(self._is_asked, wait)
            found, now = self._questions, self._now
        if found is None or found[0] != now.revision:
            return now, None, None
        return now, found[1], found[2]

    def state(self, kind: EditKind | Literal["swap"], boxes: Sequence[At], value: Value) -> Edited:
        """State a fact of boxes. Raises what ``run.editing`` does."""
        from touchline.run import editing

        run = self.folder.path
        if kind in LABEL_KINDS:
            if len(boxes) != 1:
                raise InputError(f"{kind} is about one box, not {len(boxes)}")
            stated = [(boxes[0][1], value)]
            label: LabelKind = kind
            return self._change(lambda: editing.state_labels(run, label, lambda _people: stated)[2])
        if value is not None:
            raise InputError(f"a fact of kind {kind} has no value")
        if kind == "swap":
            if len(boxes) != 2:
                raise InputError(f"swap is about two boxes, not {len(boxes)}")
            return self._change(partial(editing.state_swap, run, boxes[0], boxes[1]))
        return self._change(partial(editing.state_pair, run, kind, boxes))

    def answer(self, question: Question, choice: int | Literal["nobody", "unknown"]) -> Edited:
        """Answer a question. Raises InputError, EditRefused."""
        from touchline.run import editing

        return self._change(partial(editing.answer, self.folder.path, question, choice))

    def undo(self) -> Edited:
        """Take the last step back. Raises UsageError where there is none."""
        from touchline.run import editing

        return self._change(partial(editing.undo, self.folder.path))

    def redo(self) -> Edited:
        """State again what was undone last. Raises UsageError where there is nothing."""
        from touchline.run import editing

        return self._change(partial(editing.redo, self.folder.path))

    def flip(self, flip: bool) -> None:
        """Set on which side of the pitch the camera stands. Raises what ``flip_pitch`` does."""
        from touchline.run.flipping import flip_pitch

        with self.lock:
            if flip_pitch(self.folder.path, flip):
                self._read_again(None)

    def motions(self, first: int, last: int) -> NDArray[np.float64]:
        """(F, 2, 3) the camera's motions to frames, from 0; NaN where a new image begins."""
        with self.lock, closing(ObservationStore.open(self.folder.observations)) as store:
            return store.motions(first, last)

    def _change(self, change: Callable[[], Edited]) -> Edited:
        with self.lock:
            edited = change()
            self._read_again(edited.changes)
            return edited

    def _read_again(self, changes: Changes | None) -> None:
        with self.lock:
            before = self._now
            order: Sequence[int] = before.order
            if changes is not None:  # a row of the list stays where it is, whatever it is called
                order = [changes.identities.get(one, -1) for one in order]
            marks = self._looked()
            now = read_snapshot(self.folder, before.revision + 1, order)
            self._marks = marks
            with self._asked:
                self._now = now
                self._asked.notify_all()
        self.events.tell("revision", {"revision": now.revision, "history": history_words(now)})

    def opened(self, frame: int) -> VideoReader:
        """The video from a frame on, from 0. Raises InputError where there is none."""
        now = self._now
        why = self.why_no_images
        if why is not None:
            raise InputError(why)
        from touchline.run.observed_video import open_same_video

        return open_same_video(now.facts, now.config, self.source, frame)

    def _is_asked(self) -> bool:
        return self._questions is not None and self._questions[0] == self._now.revision

    def _ask(self) -> None:
        """Thread body: find the questions of the run as it is, again and again."""
        if len(self._now.table) > _LONG_CLIP:
            self._wanted.wait(_FIRST_SECONDS)  # it takes seconds, and the page comes first
        while not self._over.is_set():
            with self._asked:
                self._asked.wait_for(lambda: self._over.is_set() or not self._is_asked())
                now = self._now
            if self._over.is_set():
                return
            found: list[Question] = []
            why: str | None = None
            try:
                found, why = _questions_of(now)
            except TouchlineError as error:
                why = str(error)
            with self._asked:
                self._questions = (now.revision, found, why)
                self._asked.notify_all()
            self.events.tell("questions", {"revision": now.revision})
            import touchline.run.editing  # noqa: F401  (so that the first correction is quick)

    def _watch(self) -> None:
        """Thread body: see whether another program changed the run."""
        while not self._over.wait(_LOOK_SECONDS):
            if self._looked() == self._marks or not self.lock.acquire(blocking=False):
                continue
            try:
                if self._looked() != self._marks:
                    self._read_again(None)
            except TouchlineError as error:  # half of it is written yet
                logger.info("%s", error)
            finally:
                self.lock.release()

    def _looked(self) -> tuple[tuple[int, int] | None, ...]:
        """Size and time of the files that a change writes."""
        folder = self.folder
        files = (folder.edits, folder.tracks_csv, folder.players, folder.links, folder.report)
        return tuple(_mark(file) for file in files)


def _questions_of(now: Snapshot) -> tuple[list[Question], str | None]:
    """The work list of a moment, and why there is none. Raises FormatError."""
    reasons, video = now.reasons, now.facts.video
    if reasons is None:
        return [], (
            "it was linked without reasons: touchline link -s link.method=global gives a work list"
        )
    size = (video.width, video.height)
    return find_questions(now.table, reasons.tracklets, now.people, size, now.edits), None


def _mark(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _first_revision() -> int:
    """A number that no earlier server of this run has given."""
    return int(time.time()) % 1_000_000_000
