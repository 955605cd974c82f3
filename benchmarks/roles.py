"""Right roles of tracked people: on true boxes, given boxes, and those of the shipped detector.

    python benchmarks/roles.py --out FOLDER [--only WORD ...]
        [--kinds true given own bare] [--before FOLDER/roles.csv] [--cameras FOLDER]

Takes the clips of the data pack (TOUCHLINE_DATA) whose people have known roles: SNMOT-060,
v_HdiyOtliFiw_c003 (true boxes alone; its truth has no referees) and the rendered matches. A run a
clip and kind of boxes stays in FOLDER; started again, only the tracks are made anew, by the code
as it is then. Kinds: ``true`` boxes without classes, the ``given`` detections of a network that
knows no classes of football, the shipped detector's (``own``), and its boxes without their classes
(``bare``).

An identity's person is the one whose box it shows (IoU at least 0.5) most often. Identities that
show a person for less than a second are not counted, nor is anybody who is not in the truth. One
line a clip and kind: people with the right role, without one (``person``), with a wrong one; the
same as shares of their boxes; those who are wrong, as identity:said(is). --before: a ``roles.csv``
that an earlier start of another version wrote into its folder, whose shares are printed beside.
--cameras: a folder of NAME.cameras.csv in place of those that were found (none: an empty folder).
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from touchline.formats.cameras_csv import read_cameras
from touchline.formats.mot import read_mot, write_mot
from touchline.formats.role_files import roles_of
from touchline.formats.roles_csv import read_roles_csv
from touchline.identities import Identities
from touchline.linking.outside import without_outside
from touchline.linking.pipeline import link_tracked, track_clip
from touchline.metrics.alignment import align
from touchline.observations import Observation, ObservationStore
from touchline.pitch.cameras import PitchCameras
from touchline.pitch.grass import SeenGrass
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.metres import places_of_clothes
from touchline.run.request import AskedSettings, RunRequest
from touchline.run.tables import cameras_of
from touchline.run.track import track_run
from touchline.types import TrackTable

DATA = Path(
    os.environ.get("TOUCHLINE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
SETTINGS: dict[str, Any] = {"numbers": {"read": "never"}}
RENDERED: dict[str, Any] = {"pitch": {"length": 110, "width": 72}}
MODELS: dict[str, Any] = {"reid": "colour"}
MIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A video, its truth and who is who in it. scale: truth's pixels to the video's.

    given: detections of networks without classes, by name, and the scale of their pixels.
    own: whether the shipped detector may be scored on it. settings: of this clip alone.
    """

    name: str
    video: Path
    truth: Path
    scale: float = 1.0
    given: tuple[tuple[str, Path, float], ...] = ()
    own: bool = True
    settings: dict[str, Any] = field(default_factory=dict)

    def true_tracks(self, frame_rate: float = 25.0) -> TrackTable:
        """Everybody with their roles, without the ball, in the video's pixels."""
        table = read_mot(self.truth, frames_per_second=frame_rate, seventh="anything")
        listed = self.truth.parents[1] / "roles.csv"
        if listed.is_file():
            roles = dict(read_roles_csv(listed).roles)
        else:
            roles = {number: _rendered_role(number) for number in set(table.ids.tolist())}
        table = replace(table, boxes=table.boxes * self.scale, roles=roles_of(table.ids, roles))
        return table[table.roles != "ball"]


@dataclass(frozen=True, slots=True)
class Score:
    """People with the right role, without one and with a wrong one, and shares of their boxes."""

    clip: str
    boxes: str
    people: int
    right: int
    without: int
    wrong: int
    right_share: float
    without_share: float
    mistakes: str


def clips() -> Iterator[Clip]:
    """Those that are there."""
    folder = DATA / "mot" / "SNMOT-060"
    given = DATA / "given_boxes" / "SNMOT-060_botsort_yolov8x.txt"
    if folder.is_dir():
        yield Clip(
            "SNMOT-060",
            folder / "video_1280x720.mp4",
            folder / "gt" / "gt.txt",
            2 / 3,
            (("nano", folder / "det_yolox_nano_1280.txt", 1.0), ("yolov8x", given, 2 / 3)),
        )
    folder = DATA / "mot" / "v_HdiyOtliFiw_c003"
    if folder.is_dir():
        video = folder / "video_1280x720.mp4"
        given = folder / "trackers" / "deepsort_yolov8x.txt"
        yield Clip(
            folder.name,
            video,
            folder / "gt" / "gt.txt",
            given=(("yolov8x", given, 1.0),),
            own=False,
        )
    for file in sorted((DATA / "rendered").glob("*.gt.txt")):
        name = file.name.removesuffix(".gt.txt")
        yield Clip(name, file.with_name(f"{name}.mp4"), file, settings=RENDERED)


def _rendered_role(number: int) -> str:
    return "referee" if number > 200 else "goalkeeper" if number % 100 == 1 else "player"


def scores_of(
    clip: Clip, out: Path, wanted: Sequence[str], cameras: Path | None
) -> Iterator[Score]:
    """One for each of the ``wanted`` kinds of boxes."""
    file = out / f"{clip.name}.true.txt"
    if not file.is_file():
        write_mot(clip.true_tracks(), file)
    kinds = [("true", "true", _given(file, 1.0), False)]
    for name, detections, scale in clip.given:
        kinds.append((f"given {name}", name, _given(detections, scale), False))
    if clip.own:
        kinds += [("own", "own", {}, False), ("bare", "own", {}, True)]
    for label, short, models, bare in kinds:
        if label.split()[0] not in wanted:
            continue
        folder = out / f"{clip.name}.{short}"
        if not folder.is_dir():
            settings = SETTINGS | clip.settings | {"models": MODELS | models}
            request = RunRequest(str(clip.video), folder, settings, draw_video=False)
            track_run(request, lambda _stage, _done, _total: None, lambda: False)
        yield _score(clip, label, *linked(folder, bare, cameras))


def _given(detections: Path, scale: float) -> dict[str, Any]:
    return {"detections": str(detections), "detections_scale": scale}


def linked(
    folder: Path, bare: bool, given_cameras: Path | None
) -> tuple[TrackTable, Identities, float]:
    """The tracks and people of a stored run by the code of today, and its frames a second."""
    with closing(ObservationStore.open(RunFolder.existing(folder).observations)) as store:
        facts = RunFacts.of(store)
        config, video = AskedSettings.checked(facts.settings).config, facts.video
        observations = map(_without_classes, store) if bare else iter(store)
        size = (video.width, video.height)
        grass = SeenGrass(size)
        clip = track_clip(
            grass.each(observations),
            config.tracker_in_force(),
            config.link,
            frame_rate=video.fps,
            image_size=size,
        )
        cameras = _cameras(folder, size, given_cameras)
        clip, _ = without_outside(clip, cameras, config.pitch, config.positions, grass=grass)
        found = link_tracked(clip, config.link)
        ground = places_of_clothes(found.clothes, clip.frames, clip.times, cameras, config)
        teams = found.clothes.teams(config.link.whole.side_size, ground)
        people = found.clothes.people(found.table, 1 / video.fps, teams)
    return found.table, people, video.fps


def _cameras(folder: Path, size: tuple[int, int], given: Path | None) -> PitchCameras:
    """Those of a run, or of a folder of ``CLIP.cameras.csv`` where it has them."""
    if given is None:
        return cameras_of(RunFolder.existing(folder), size)
    file = given / f"{folder.name.rsplit('.', 1)[0]}.cameras.csv"
    if file.is_file():
        return read_cameras(file, size)
    return PitchCameras.none(np.empty(0, np.int64), size, "not-looked")


def _without_classes(observation: Observation) -> Observation:
    found = observation.detections
    roles = np.full(len(found), "person", found.roles.dtype)
    roles[found.roles == "ball"] = "ball"
    return replace(observation, detections=replace(found, roles=roles))


def _score(
    clip: Clip, label: str, table: TrackTable, people: Identities, frame_rate: float
) -> Score:
    truth = clip.true_tracks(frame_rate)
    alignment = align(truth, table, frame_rate)
    shown = np.zeros((len(alignment.result_ids), len(alignment.truth_ids)), np.int64)
    np.add.at(shown, (alignment.matches.result, alignment.matches.truth), 1)
    roles_by_id = dict(zip(truth.ids.tolist(), truth.roles.tolist(), strict=True))
    roles = np.array([roles_by_id[number] for number in alignment.truth_ids.tolist()])
    said = people.roles[np.searchsorted(people.ids, alignment.result_ids)]
    counted = shown.max(axis=1, initial=0) >= MIN_SECONDS * frame_rate
    true = roles[shown.argmax(axis=1)]
    right = said[:, None] == roles
    without = (said == "person")[:, None] & ~right
    total = shown.sum()
    wrong = counted & (said != true) & (said != "person")
    return Score(
        clip.name,
        label,
        int(counted.sum()),
        int((counted & (said == true)).sum()),
        int((counted & (said == "person")).sum()),
        int(wrong.sum()),
        round(float((shown * right).sum() / max(total, 1)), 4),
        round(float((shown * without).sum() / max(total, 1)), 4),
        " ".join(
            f"{alignment.result_ids[row]}:{said[row]}({true[row]})"
            for row in np.flatnonzero(counted & (said != true))
        ),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and write it to ``roles.csv`` in the folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="clips whose name holds a word")
    parser.add_argument("--kinds", nargs="*", default=["true", "given", "own", "bare"])
    parser.add_argument("--before", type=Path)
    parser.add_argument("--cameras", type=Path)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    before: dict[tuple[str, str], str] = {}
    if options.before is not None:
        with options.before.open(encoding="utf-8") as file:
            before = {
                (row["clip"], row["boxes"]): row["right_share"] for row in csv.DictReader(file)
            }
    print(f"{'clip':20} {'boxes':14} people right without wrong | boxes right without | before")
    rows = []
    for clip in clips():
        if options.only and not any(word in clip.name for word in options.only):
            continue
        for score in scores_of(clip, options.out, options.kinds, options.cameras):
            rows.append(score)
            earlier = before.get((score.clip, score.boxes), "")
            print(
                f"{score.clip:20} {score.boxes:14} {score.people:6} {score.right:5} "
                f"{score.without:7} {score.wrong:5} | {score.right_share:11.1%} "
                f"{score.without_share:7.1%} | {f'{float(earlier):6.1%}' if earlier else '':6}  "
                f"{score.mistakes}",
                flush=True,
            )
    with (options.out / "roles.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([column.name for column in fields(Score)])
        table.writerows(astuple(score) for score in rows)


if __name__ == "__main__":
    main()
