"""What a run remembers beside its frames (in its store), and what it reports (``run.json``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated

from pydantic import AfterValidator, ConfigDict

from touchline.embedder_facts import EmbedderFacts
from touchline.observations import ObservationStore
from touchline.people_facts import PersonFound, Recognised, TeamShirt
from touchline.stored_facts import JsonObject, Number, StoredFacts
from touchline.video.info import VideoInfo

_LARGEST = 1 << 20  # sides of an image in pixels, numbers of an embedding


def _of_a_video(info: VideoInfo) -> VideoInfo:
    if not (0 < info.width <= _LARGEST and 0 < info.height <= _LARGEST and 0 < info.fps < 1e300):
        raise ValueError("no video has such images")
    return info


def _of_an_embedder(embedder: EmbedderFacts) -> EmbedderFacts:
    if not 0 < embedder.size < _LARGEST:
        raise ValueError("no embedding has that many numbers")
    return embedder


StoredVideo = Annotated[VideoInfo, AfterValidator(_of_a_video)]


@dataclass(frozen=True, slots=True)
class DetectorFacts(StoredFacts):
    """Which network found the boxes.

    Args:
        name: of the file.
        sha256: of the file, hex digits.
        family: the kind of detector.
        provider: what ONNX Runtime ran it on, as ``cpu``.
        roles: what it can find.
    """

    name: str
    sha256: str
    family: str
    provider: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DetectionFileFacts(StoredFacts):
    """Which file the boxes, or the tracks, come from.

    Args:
        name: of the file.
        sha256: of the file, hex digits.
        scale: what its boxes were multiplied by.
    """

    name: str
    sha256: str
    scale: Number


@dataclass(frozen=True, slots=True)
class NumberReaderFacts(StoredFacts):
    """Which network read the shirt numbers.

    Args:
        name: of the file.
        sha256: of the file, hex digits.
    """

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelsUsed(StoredFacts):
    """What the observations come from; None for what was not used.

    Args:
        detector: the network that found the boxes.
        detections: the file of boxes.
        tracks: the file of another program's tracks.
        embedder: the network or histogram that saw who looks like whom.
        numbers: the network that read shirt numbers.
        simulation: the settings of a scene without images.
    """

    detector: DetectorFacts | None = None
    detections: DetectionFileFacts | None = None
    tracks: DetectionFileFacts | None = None
    embedder: Annotated[EmbedderFacts, AfterValidator(_of_an_embedder)] | None = None
    numbers: NumberReaderFacts | None = None
    simulation: JsonObject | None = None

    def updated(self, now: ModelsUsed) -> ModelsUsed:
        """These, replaced by those of ``now`` that were used."""
        told = ((field.name, getattr(now, field.name)) for field in fields(now))
        return replace(self, **{kind: one for kind, one in told if one is not None})

    def contents(self) -> dict[str, JsonObject]:
        """All but their names: a file that was moved or renamed is the same."""
        kinds = {kind: said for kind, said in self.as_json().items() if isinstance(said, dict)}
        return {
            kind: {name: value for name, value in said.items() if name != "name"}
            for kind, said in kinds.items()
        }


@dataclass(frozen=True, slots=True)
class VideoContent(StoredFacts):
    """What tells one video from another."""

    fingerprint: str
    fps: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs(StoredFacts):
    """Everything that observations depend on: two runs that agree in it have the same.

    start, end: seconds of the part that was asked for. models: ``ModelsUsed.contents``. The others
    are the settings of the first step, by section; None for a section that an earlier version of
    the program did not have. simulation: the settings of a scene, instead of all that.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    video: VideoContent | None = None
    start: Number | None
    end: Number | None
    models: dict[str, JsonObject] | None = None
    shots: JsonObject | None = None
    detector: JsonObject | None = None
    camera: JsonObject | None = None
    embedder: JsonObject | None = None
    embedding: JsonObject | None = None
    shirts: JsonObject | None = None
    numbers: JsonObject | None = None
    lines: JsonObject | None = None
    simulation: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class TrackCounts(StoredFacts):
    """What linking found. boxes: with the interpolated ones. doubles: boxes that were dropped.

    ball_seen, ball_bridged: frames in which the ball was seen, and in which it is in between.
    outside: tracks that were left out, as they are not on the pitch.
    glimpses, glimpse_seconds: identities that were dropped, and how long any was seen at most. None
    of a run that was linked before they were counted. cameras: frames whose camera is known.
    """

    identities: int
    boxes: int
    interpolated: int
    doubles: int
    ball_seen: int | None = None
    ball_bridged: int | None = None
    glimpses: int | None = None
    glimpse_seconds: Number | None = None
    outside: int | None = None
    cameras: int | None = None


@dataclass(frozen=True, slots=True)
class FileMark(StoredFacts):
    """A file as it was written. time: of its last change, in nanoseconds."""

    size: int
    time: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FilesMade(StoredFacts):
    """A hash of all that files were made of, and each as it was written; None: there was none."""

    stamp: str
    files: Mapping[str, FileMark | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts(StoredFacts):
    """What the store of a run remembers.

    source: where the video is found again. complete: it was observed to its end. settings: as
    asked for, nested names. tracks: None where they are not made yet, or are of fewer frames.
    drawn: the annotated video shows them. seconds: of the first step, by stage. warnings: of the
    first step; link_warnings: of the last linking. people: of the tracks, as the clip alone shows
    them; recognised: who of a gallery they are, where that was asked. edit_warnings: names and the
    like in edits.json of whom there is no box; unmet_edits: other facts that find none, or that
    contradict others; shirts: what the teams wear.
    """

    inputs: RunInputs
    source: str
    models: ModelsUsed
    video: StoredVideo
    complete: bool
    settings: JsonObject
    tracks: TrackCounts | None
    drawn: bool
    seconds: Mapping[str, Number]
    warnings: tuple[str, ...]
    link_warnings: tuple[str, ...] = ()
    tracks_made: FilesMade | None = None
    cameras_made: FilesMade | None = None
    video_made: FilesMade | None = None
    people: tuple[PersonFound, ...] = ()
    recognised: tuple[Recognised, ...] = ()
    edit_warnings: tuple[str, ...] = ()
    shirts: tuple[TeamShirt, ...] = ()
    unmet_edits: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: ObservationStore) -> RunFacts:
        """The facts in ``store``. Raises StoreError where they are not those of a run."""
        return cls.from_json(store.facts(), f"observations {store.file}")

    def commit(self, store: ObservationStore, before: RunFacts) -> RunFacts:
        """These facts, of which those that are not as ``before`` are committed to ``store``."""
        old, new = before.as_json(), self.as_json()
        changed = {name: value for name, value in new.items() if old.get(name, ...) != value}
        if changed:
            store.commit(None, **changed)
        return self


@dataclass(frozen=True, slots=True)
class Selection(StoredFacts):
    """The part of a video that was asked for; None: from its start, or to its end.

    Args:
        start: seconds.
        end: seconds.
    """

    start: Number | None
    end: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts(StoredFacts):
    """How many there are; None where there are no tracks.

    Args:
        frames: frames that were looked at.
        shots: shots between cuts.
        detections: boxes that were found.
        embedded: boxes whose appearance was looked at.
        identities: people of the tracks.
        boxes: boxes of the tracks, with the interpolated ones.
        interpolated: boxes that were filled in.
        doubles: boxes that were dropped as duplicates.
        glimpses: identities that were dropped, since they were hardly seen.
        glimpse_seconds: how long any of those was seen at most; 0 where there are none.
        outside: tracks that were left out, as they are not on the pitch.
        ball_seen: frames in which the ball was seen.
        ball_bridged: frames in which it was not, between two in which it was.
        cameras: frames of which it is known where on the pitch they look.
        left_out: frames of a live source that came too fast; None: it was none.
    """

    frames: int
    shots: int
    detections: int
    embedded: int
    identities: int | None = None
    boxes: int | None = None
    interpolated: int | None = None
    doubles: int | None = None
    glimpses: int | None = None
    glimpse_seconds: Number | None = None
    outside: int | None = None
    ball_seen: int | None = None
    ball_bridged: int | None = None
    cameras: int | None = None
    left_out: int | None = None


@dataclass(frozen=True, slots=True)
class InputSide(StoredFacts):
    """From a frame on, the longer side of the detector's input.

    Args:
        frame: number in the video, from 0.
        side: in pixels.
    """

    frame: int
    side: int


@dataclass(frozen=True, slots=True)
class Machine(StoredFacts):
    """Where a command ran.

    Args:
        system: operating system and processor.
        python: version.
        cores: that the command may use, of the machine or its container; None: not known.
    """

    system: str
    python: str
    cores: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport(StoredFacts):
    """What ``run.json`` says: what was done, with what, how long it took and what came out.

    Args:
        touchline: version of the program.
        source: name of the video.
        complete: whether it was observed to its end.
        video: facts about it.
        selection: the part that was asked for.
        models: what the observations come from.
        settings: every setting in force, by part.
        counts: how many frames, boxes and people.
        seconds: of work, by stage.
        frames_per_second: frames in all these seconds.
        peak_memory_mb: MiB; None: not known.
        machine: where the last command ran.
        warnings: everything that was warned of.
        files: their names, by what they hold.
        detector_sides: longer sides of the detector's input; None: they do not follow people.
    """

    touchline: str
    source: str
    complete: bool
    video: StoredVideo
    selection: Selection
    models: ModelsUsed
    settings: Mapping[str, JsonObject]
    counts: RunCounts
    seconds: Mapping[str, Number]
    frames_per_second: Number | None
    peak_memory_mb: Number | None
    machine: Machine
    warnings: tuple[str, ...]
    files: Mapping[str, str]
    detector_sides: tuple[InputSide, ...] | None = None
