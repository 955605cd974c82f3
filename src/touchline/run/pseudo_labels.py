"""Labels for images of a clip that nobody labelled, as its run tells them: to train a detector on.

Only what tracking confirms becomes a label; whatever else may be there is marked to be ignored, so
that a training learns neither the mistakes nor the misses of the detector that looked.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchline.ball_track import BallTrack
from touchline.boxes import Boxes, iou_matrix
from touchline.config import check_config
from touchline.errors import Interrupted, StoreError, UsageError
from touchline.formats.atomic_text import atomic_text
from touchline.image_files import write_image
from touchline.observations import Observation, ObservationStore
from touchline.progress import OnProgress, ShouldStop
from touchline.run.config import RunConfig
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder, stored_settings
from touchline.run.observed_video import open_observed
from touchline.run.request import RunRequest
from touchline.run.tables import ball_of, tracks_of
from touchline.run.track import track_run
from touchline.types import PEOPLE, Ints, TrackTable

CLASSES = ("player", "goalkeeper", "referee", "person", "ball", "ignore")
"""Of the labels; ``ignore`` is what a training leaves out of its loss (``data.ignored``)."""

CLASS_FILE = "classes.txt"
LABELLED = "labelled"

EVERY = 2.0
"""Seconds between two images: neighbouring frames are near-copies."""

MOST_IMAGES = 200
MIN_SCORE = 0.6
MIN_BALL_CONFIDENCE = 0.9
"""What a box has to score, and the ball to be sure, to become a label."""

_AROUND = 0.5  # seconds before and after in which tracking has to have seen them too
_CONFIRMED = 0.8  # share of the frames of that time
_LOST = 2.0  # seconds after which nobody looks for a person any more where they were lost
_LOST_SIZE = 2.0  # sides of the part that is ignored around them, in sides of their box
_SAME = 0.5  # IoU


@dataclass(frozen=True, slots=True)
class PseudoLabels:
    """How many images were labelled, with how many boxes; ignored: parts left out of the loss."""

    folder: Path
    images: int
    people: int
    balls: int
    ignored: int


def label_clip(
    source: Path, folder: Path, on_progress: OnProgress, should_stop: ShouldStop
) -> PseudoLabels | None:
    """``label_run`` into ``folder``/labelled; a video is tracked into ``folder`` first.

    source: a video, or the folder of a run. None where the images are labelled already.
    """
    labels = folder / LABELLED
    if (labels / CLASS_FILE).is_file():
        return None
    run = source
    if not RunFolder(source).observations.is_file():
        run = folder
        settings = {"numbers": {"read": "never"}, "page": {"people": False}}
        request = RunRequest(str(source), run, settings, draw_video=False)
        track_run(request, on_progress, should_stop)
    return label_run(run, labels, on_progress, should_stop)


def label_run(
    run: Path, out: Path, on_progress: OnProgress, should_stop: ShouldStop
) -> PseudoLabels:
    """Images of a run's video with labels, in YOLO's format, an image every two seconds.

    A person is labelled where the box scores at least 0.6 and the same identity was seen in most
    frames of half a second before and after; with the role that the whole clip gives them. The
    ball is labelled where its path is sure. Ignored are all other boxes, filled gaps, and places
    where somebody was lost less than two seconds ago or comes back within as many.

    Raises UsageError for a run without tracks, or of a live source or a simulation; StoreError
    where ``out`` cannot be written; Interrupted where ``should_stop`` ended it.
    """
    folder = RunFolder.existing(run)
    table, ball = tracks_of(folder), ball_of(folder)
    config = check_config(RunConfig, stored_settings(run))
    counts = np.zeros(len(CLASSES), np.int64)
    images = 0
    name = "".join(letter if letter.isalnum() else "-" for letter in run.name)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        if facts.video.live or facts.inputs.simulation is not None:
            raise UsageError(f"{run} has no video to take images of")
        chosen = _chosen(store)
        size = np.array([facts.video.width, facts.video.height] * 2, np.float64)
        try:
            for part in ("images", "labels"):
                (out / part).mkdir(parents=True, exist_ok=True)
            with open_observed(store, facts, config) as video:
                for frame in video:
                    observation = chosen.pop(frame.index, None)
                    if observation is None:
                        continue
                    boxes, classes = labels_of(observation, table, ball)
                    stem = f"{name}_{frame.index:06d}"
                    write_image(out / "images" / f"{stem}.jpg", frame.image)
                    with atomic_text(out / "labels" / f"{stem}.txt") as text:
                        text.write("".join(_lines(boxes / size, classes)))
                    counts += np.bincount(classes, minlength=len(CLASSES))
                    images += 1
                    on_progress("label", images, images + len(chosen))
                    if should_stop():
                        raise Interrupted(f"stopped while labelling images of {run}")
                    if not chosen:
                        break
            # Last: a folder that has it is whole.
            with atomic_text(out / CLASS_FILE) as text:
                text.write("".join(f"{name}\n" for name in CLASSES))
        except OSError as error:
            raise StoreError(f"{out} cannot be written: {error.strerror}") from None
    balls, ignored = (int(counts[CLASSES.index(kind)]) for kind in ("ball", "ignore"))
    return PseudoLabels(out, images, int(counts.sum()) - balls - ignored, balls, ignored)


def labels_of(observation: Observation, table: TrackTable, ball: BallTrack) -> tuple[Boxes, Ints]:
    """Boxes (n, 4) of one frame and (n,) what they are, numbers into ``CLASSES``."""
    frame, time = observation.frame, observation.time
    here = table.rows_at(frame)
    first, end = np.searchsorted(table.times, [time - _LOST, time + _LOST])
    near = slice(int(first), int(end))
    seen = ~table.interpolated
    around = np.abs(table.times[near] - time) <= _AROUND
    frames = max(len(np.unique(table.frames[near][around])), 1)
    boxes: list[Boxes] = []
    classes: list[int] = []
    for row in range(here.start, here.stop):
        own = table.ids[near] == table.ids[row]
        share = np.count_nonzero(own & around & seen[near]) / frames
        sure = seen[row] and table.scores[row] >= MIN_SCORE and share >= _CONFIRMED
        boxes.append(table.boxes[row])
        classes.append(CLASSES.index(_class(str(table.roles[row])) if sure else "ignore"))
    ids, nearest = table.ids[near], np.argsort(np.abs(table.times[near] - time), kind="stable")
    for identity in np.setdiff1d(ids, table.ids[here]).tolist():
        row = near.start + int(nearest[ids[nearest] == identity][0])
        boxes.append(_enlarged(table.boxes[row]))
        classes.append(CLASSES.index("ignore"))
    for box in ball.boxes_at(frame):
        at = int(np.searchsorted(ball.frames, frame))
        sure = not ball.bridged[at] and ball.confidences[at] >= MIN_BALL_CONFIDENCE
        boxes.append(box if sure else _enlarged(box))
        classes.append(CLASSES.index("ball" if sure else "ignore"))
    told = np.array(boxes).reshape(-1, 4)
    others = observation.detections.boxes
    if len(others) and len(told):
        others = others[iou_matrix(others, told).max(1) < _SAME]
    every = np.concatenate([told, others])
    ignored = np.full(len(others), CLASSES.index("ignore"))
    return every, np.concatenate([np.array(classes, np.int64), ignored])


def _chosen(store: ObservationStore) -> dict[int, Observation]:
    """The frames to be labelled, by number: evenly spread ones of those that were looked at."""
    _, times = store.times()
    every = max(EVERY, float(times[-1] - times[0]) / MOST_IMAGES) if len(times) else EVERY
    chosen: dict[int, Observation] = {}
    due = -np.inf
    for observation in store:
        if observation.looked and observation.time >= due:
            chosen[observation.frame] = observation
            due = observation.time + every
    return chosen


def _class(role: str) -> str:
    return role if role in PEOPLE else "person"


def _enlarged(box: Boxes) -> Boxes:
    centre, side = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) * _LOST_SIZE
    return np.concatenate([centre - side / 2, centre + side / 2])


def _lines(shares: Boxes, classes: Ints) -> list[str]:
    """YOLO's lines; what is outside the image is cut off."""
    inside = shares.clip(0.0, 1.0)
    lines = []
    for (x1, y1, x2, y2), kind in zip(inside.tolist(), classes.tolist(), strict=True):
        if x2 > x1 and y2 > y1:
            numbers = ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
            lines.append(f"{kind} {' '.join(f'{number:.6f}' for number in numbers)}\n")
    return lines
