"""A simulated reviewer: what a few true answers to the most doubtful questions put right.

    OMP_NUM_THREADS=1 python -m benchmarks.reviewer [--cache DIR] [--answers 20] [--only WORD]
        [--reid NAME] [--json FILE] [--verbose] [--mended]
    python -m benchmarks.reviewer --run RUN --truth TRUTH.txt [--answers 20]

The data pack is found by TOUCHLINE_DATA, and nothing is written into it: SNMOT-060 with its given
detections, and the four rendered clips through a simulated detector (preset "small", seeds 200 and
up), all with the built-in colours unless ``--reid`` names another embedder. Or any linked run,
which is left as it is, with its truth in the same pixels. With --mended SNMOT-060 is scored by its
truth without the people whom it mixes up (``benchmarks.linking``).

The reviewer takes the first of ``Run.questions`` and looks at the boxes of its tracklet within two
seconds of the gap, as at crops side by side. Who most of them show (the true box with the largest
IoU, 0.5 and more) is whom they see. They name the candidate who is the same, else say that it is
none of them; where most boxes show nobody, that it is no person. An answer that is refused counts,
and is answered with unknown. Printed after some answers: returns kept/new/stolen (``touchline
evaluate``), IDF1 and HOTA in percent, and seconds an answer takes in the same process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import touchline
from benchmarks.linking import mended, rendered
from benchmarks.trackers import observed, snmot_060
from touchline.boxes import iou_matrix
from touchline.edits.facts import SeenBox
from touchline.errors import EditRefused
from touchline.formats.joins_json import read_tracklets
from touchline.formats.links_json import read_tracklet_spans
from touchline.formats.mot import read_mot
from touchline.metrics.alignment import align
from touchline.metrics.scores import TrackScores, score_tracks
from touchline.run.link_step import link_run
from touchline.run.questions import NEAR_SECONDS, Question
from touchline.types import TrackTable

REPORTED = (0, 1, 2, 5, 10, 20)


@dataclass
class Review:
    """The scores of a run after so many answers, and what the answers were."""

    scores: dict[int, TrackScores] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, help="keep boxes and run folders here")
    parser.add_argument("--answers", type=int, default=REPORTED[-1], help="how many at most")
    parser.add_argument("--only", default="", help="only the clips whose name contains this")
    parser.add_argument("--reid", default="colour", help="embedder")
    parser.add_argument("--json", type=Path, help="write the scores to this file too")
    parser.add_argument("--run", type=Path, help="a linked run to review instead")
    parser.add_argument("--truth", type=Path, help="its true tracks, as MOTChallenge text")
    parser.add_argument("--verbose", action="store_true", help="list the answers")
    parser.add_argument("--mended", action="store_true", help="mend the truth of SNMOT-060")
    options = parser.parse_args()
    reviews: dict[str, Review] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if options.run is not None:
            clips = iter([(options.run.name, options.run, read_mot(options.truth))])
        else:
            clips = clips_of_pack(folder, options.reid, options.only)
        for name, run, published in clips:
            truth = mended(published) if options.mended and name.startswith("SNMOT") else published
            copy = Path(shutil.copytree(run, Path(scratch) / "reviewed" / name))
            reviews[name] = reviewed(copy, truth, options.answers)
            show(name, [reviews[name]], options.verbose)
    matches = [one for name, one in reviews.items() if not name.startswith("SNMOT")]
    if len(matches) > 1:
        show("rendered, together", matches, verbose=False)
    if options.json:
        options.json.write_text(json.dumps(as_json(reviews), indent=1) + "\n")


def clips_of_pack(folder: Path, reid: str, only: str) -> Iterator[tuple[str, Path, TrackTable]]:
    """Name, linked run and truth of each clip."""
    for clip in (snmot_060(folder, None), *rendered(folder)):
        if only not in clip.truth.name:
            continue
        observed(clip, reid, folder)
        run = folder / f"{clip.detections.stem}_{Path(reid).stem}"
        settings = {"models": {"detections": str(clip.detections), "reid": reid}}
        link_run(run, settings, lambda _stage, _done, _total: None)
        yield clip.truth.name, run, clip.truth.tracks


def reviewed(run: Path, truth: TrackTable, most: int) -> Review:
    """Answer up to ``most`` questions of a run, which is changed."""
    review, opened = Review(), touchline.open_run(run)
    for number in range(most + 1):
        if number in REPORTED:
            alignment = align(truth, opened.tracks, opened.report.video.fps)
            review.scores[number] = score_tracks(alignment)
        questions = opened.questions() if number < most else []
        if not questions:
            break
        said, seen = questions[0], Looks(run, truth, opened.tracks)
        begun = time.process_time()
        opened, answer = answered(opened, said, seen)
        review.seconds.append(time.process_time() - begun)
        moment = f"frame {said.box.frame}, identity {said.identity}"
        review.answers.append(f"{moment}, {said.probability:.0%} sure: {answer}")
    return review


class Looks:
    """What a reviewer sees in the boxes of a run's tracks."""

    def __init__(self, run: Path, truth: TrackTable, table: TrackTable) -> None:
        self._table, self._owners = table, true_owners(truth, table)
        self._tracklets = read_tracklet_spans(run / "links.json").of(table)
        assert len(read_tracklets(run / "links.json")) > self._tracklets.max()

    def person(self, box: SeenBox) -> int:
        """Whom the boxes around this one show; -1: nobody."""
        table = self._table
        here = table.rows_at(box.frame - 1)
        row = here.start + int(iou_matrix(np.array([box.box]), table.boxes[here])[0].argmax())
        mine = (self._tracklets == self._tracklets[row]) & ~table.interpolated
        mine &= np.abs(table.times - table.times[row]) <= NEAR_SECONDS
        people, counts = np.unique(self._owners[mine], return_counts=True)
        return int(people[counts.argmax()])

    def identity(self, box: SeenBox) -> int:
        """The identity that has this box."""
        here = self._table.rows_at(box.frame - 1)
        overlaps = iou_matrix(np.array([box.box]), self._table.boxes[here])[0]
        return int(self._table.ids[here][overlaps.argmax()])


def true_owners(truth: TrackTable, table: TrackTable) -> NDArray[np.int64]:
    """(M,) whom each box shows; -1: nobody."""
    found = np.full(len(table), -1)
    for frame in np.unique(table.frames).tolist():
        here, there = table.rows_at(frame), truth.rows_at(frame)
        overlaps = iou_matrix(table.boxes[here], truth.boxes[there])
        if overlaps.size:
            best = truth.ids[there][overlaps.argmax(axis=1)]
            found[here] = np.where(overlaps.max(axis=1) >= 0.5, best, -1)
    return found


def answered(run: touchline.Run, question: Question, seen: Looks) -> tuple[touchline.Run, str]:
    """The run after a true answer, and what that was."""
    person = seen.person(question.box)
    try:
        if person < 0:
            place = (question.box.frame, seen.identity(question.box))
            return run.edit.not_a_person(place), "not a person"
        for choice, candidate in enumerate(question.candidates):
            if seen.person(candidate.box) == person:
                return run.edit.answer(question, choice), f"candidate {choice + 1}"
        return run.edit.answer(question, "nobody"), "none of them"
    except EditRefused as refused:
        return run.edit.answer(question, "unknown"), str(refused)


def show(name: str, reviews: list[Review], verbose: bool) -> None:
    """Scores by number of answers, of one clip or of several together."""
    print(f"\n{name}\nanswers   kept/new/stolen   IDF1   HOTA")
    for number in reviews[0].scores:
        scores = [one.scores[number] for one in reviews if number in one.scores]
        kept, new, stolen = (
            sum(getattr(one.reentry, outcome) for one in scores)
            for outcome in ("kept", "new", "stolen")
        )
        values = [one.as_json() for one in scores]
        idf1, hota = (100 * np.mean([one[kind] for one in values]) for kind in ("IDF1", "HOTA"))
        print(f"{number:7d}{f'{kept}/{new}/{stolen}':>18s}{idf1:7.1f}{hota:7.1f}")
    seconds = [each for one in reviews for each in one.seconds]
    if seconds:
        print(f"CPU seconds an answer: {np.median(seconds):.2f}, at most {max(seconds):.2f}")
    for one in reviews if verbose else []:
        print(*(f"  {answer}" for answer in one.answers), sep="\n")


def as_json(reviews: dict[str, Review]) -> dict[str, Any]:
    return {
        name: {
            "answers": one.answers,
            "seconds": one.seconds,
            "scores": {number: scores.as_json() for number, scores in one.scores.items()},
        }
        for name, one in reviews.items()
    }


if __name__ == "__main__":
    main()
