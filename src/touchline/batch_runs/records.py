"""What came of each clip of a batch, kept in its folder, and the summary of all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from touchline.batch_runs.places import fetch, files_in, is_there, joined, put
from touchline.errors import StoreError
from touchline.foreign_text import ForeignTextError, file_text, json_values
from touchline.formats.atomic_text import atomic_text
from touchline.run.facts import RunReport
from touchline.stored_facts import JsonObject, Number, StoredFacts

HIDDEN = ".batch"
"""The folder, in that of the batch, of its claims and records."""

COLUMNS = (
    *("clip", "state", "minutes", "frames_per_second", "identities", "warnings", "failure"),
    "video",
)

State = Literal["done", "failed", "stopped", "elsewhere", "waiting"]
"""``elsewhere``: another process works on it; ``waiting``: nobody has yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord(StoredFacts):
    """What came of one clip.

    Args:
        clip: name of its run folder.
        video: its file or address.
        state: ``done``, ``failed``, ``stopped``, ``elsewhere`` or ``waiting``.
        minutes: of video that was looked at.
        frames_per_second: frames in all seconds of work.
        identities: people of its tracks.
        warnings: everything that was warned of.
        failure: why it failed, in one line.
        stamp: hash of what it was made from.
    """

    clip: str
    video: str
    state: State
    minutes: Number | None = None
    frames_per_second: Number | None = None
    identities: int | None = None
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    stamp: str | None = None


def record_of_report(clip: str, video: str, report: RunReport, stamp: str) -> ClipRecord:
    """The record of a clip whose run is finished."""
    frames = report.counts.frames
    return ClipRecord(
        clip=clip,
        video=video,
        state="done",
        minutes=round(frames / report.video.fps / 60, 3) if report.video.fps else None,
        frames_per_second=report.frames_per_second,
        identities=report.counts.identities,
        warnings=report.warnings,
        stamp=stamp,
    )


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came of all clips of a batch.

    Args:
        clips: of each, in their order.
    """

    clips: tuple[ClipRecord, ...]

    @property
    def failed(self) -> list[ClipRecord]:
        """The clips that failed."""
        return [clip for clip in self.clips if clip.state == "failed"]

    def counts(self) -> dict[str, int]:
        """How many clips there are of each state, and in all."""
        states = [clip.state for clip in self.clips]
        return {"clips": len(states), **{state: states.count(state) for state in _STATES}}

    def as_json(self) -> JsonObject:
        """The same as plain values."""
        clips = [{**clip.as_json(), "stamp": None} for clip in self.clips]
        for clip in clips:
            del clip["stamp"]
        return {**self.counts(), "list": clips}  # type: ignore[dict-item]


_STATES: tuple[State, ...] = ("done", "failed", "stopped", "elsewhere", "waiting")


class Records:
    """The records of a batch on disk: one small file a clip, so that nobody waits for another.

    out: the folder of the batch on this machine. store: the address where all of them go, too.
    """

    def __init__(self, out: Path, store: str | None = None) -> None:
        self._out, self._store = out, store
        self._folder = out / HIDDEN / "records"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write to {out}: {error.strerror}; choose another folder"
            ) from None
        self._fetch()

    def _fetch(self) -> None:
        """Take over what other machines have recorded in the object store."""
        for address in files_in(joined(self._store, HIDDEN, "records")) if self._store else ():
            fetch(address, self._folder)

    def _put(self, file: Path) -> None:
        if self._store is not None:
            put(file, joined(self._store, file.relative_to(self._out).as_posix()))

    def read(self, clip: str) -> ClipRecord | None:
        """The record of a clip; None where there is none, or none that can be read."""
        file = self._folder / f"{clip}.json"
        try:
            said: Any = json_values(file_text(file))
            return ClipRecord.from_json(said, str(file)) if isinstance(said, Mapping) else None
        except (OSError, ForeignTextError, StoreError):
            return None

    def keep(self, record: ClipRecord) -> None:
        """Write the record of a clip. Raises StoreError."""
        file = self._folder / f"{record.clip}.json"
        with atomic_text(file) as text:
            text.write(json.dumps(record.as_json(), indent=2) + "\n")
        self._put(file)

    def done(self, clip: str, stamp: str) -> ClipRecord | None:
        """The record of a clip whose run is there as it would be made now; else None."""
        record = self.read(clip)
        if record is None or record.state != "done" or record.stamp != stamp:
            return None
        return record if is_there(joined(self._store or str(self._out), clip, "run.json")) else None

    def write_summary(self, collect: Callable[[], BatchSummary]) -> BatchSummary:
        """Write ``summary.csv`` and ``summary.json`` of what ``collect()`` returns.

        Once more where a record changed meanwhile: of several processes the last one has all.
        """
        self._fetch()
        while True:
            summary = collect()
            _write_table(self._out / "summary.csv", summary)
            with atomic_text(self._out / "summary.json") as text:
                text.write(json.dumps(summary.as_json(), indent=2) + "\n")
            if collect() == summary:
                break
        for name in ("summary.csv", "summary.json"):
            self._put(self._out / name)
        return summary


def _write_table(file: Path, summary: BatchSummary) -> None:
    with atomic_text(file) as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for clip in summary.clips:
            values = (clip.minutes, clip.frames_per_second, clip.identities)
            rows.writerow(
                [
                    *(clip.clip, clip.state),
                    *("" if value is None else value for value in values),
                    *(len(clip.warnings), clip.failure or "", clip.video),
                ]
            )
