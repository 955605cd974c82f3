"""A sequence in memory is what the files hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tuning_scenes import (
    FRAMES,
    RATE,
    SIZE,
    observations,
    truth_table,
    write_detections,
    write_run,
    write_truth,
)

from touchline.errors import UsageError
from touchline.linking.config import LinkConfig
from touchline.linking.pipeline import link_observations
from touchline.observations import ObservationStore
from touchline.tracking.config import TrackerConfig
from touchline.tuning.sequences import SequenceEntry
from touchline.tuning.stored import StoredSequence, load_sequence
from touchline.types import TrackTable


def load(truth: Path, **more: Any) -> StoredSequence:
    return load_sequence(SequenceEntry(truth=truth, name="scene", **more))


def tracks(source: Any) -> TrackTable:
    return link_observations(
        source, TrackerConfig(), LinkConfig(), frame_rate=RATE, image_size=SIZE
    )


def test_a_run_gives_the_very_observations_of_its_store(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 1)
    sequence = load(write_truth(tmp_path / "truth", truth_table(1)), run=run)
    with ObservationStore.open(run / "observations.sqlite") as store:
        stored = list(store)
    assert (sequence.frame_rate, sequence.image_size) == (RATE, SIZE)
    for ours, theirs in zip(sequence, stored, strict=True):
        assert (ours.frame, ours.time, ours.cut) == (theirs.frame, theirs.time, theirs.cut)
        np.testing.assert_array_equal(ours.motion, theirs.motion)
        for column in ("boxes", "scores", "roles"):
            np.testing.assert_array_equal(
                getattr(ours.detections, column), getattr(theirs.detections, column)
            )
        if theirs.detections.embeddings is None:
            assert ours.detections.embeddings is None
        else:
            np.testing.assert_array_equal(ours.detections.embeddings, theirs.detections.embeddings)
    # Twice, for every trial reads the same arrays.
    for _ in range(2):
        np.testing.assert_array_equal(tracks(sequence).boxes, tracks(stored).boxes)


def test_shirts_and_numbers_are_kept_as_the_store_has_them(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 1)
    draw = np.random.default_rng(1)
    with ObservationStore.open(run / "observations.sqlite") as store:
        seen, facts = list(store), store.facts()
    (run / "observations.sqlite").unlink()
    with ObservationStore.create(run / "observations.sqlite", facts) as store:
        for number, one in enumerate(seen):
            found = one.detections
            if number % 3:  # in every third frame nobody's clothes were looked at
                shirts = draw.uniform(0, 99, (len(found), 12)).astype(np.float32)
                shirts[:1] = np.nan
                found = found.with_shirts(shirts)
                numbers = np.where(np.arange(len(found)) == 0, 7, -1)
                found = found.with_numbers(numbers, np.where(numbers == 7, 0.5, 0.0))
            store.append(replace(one, detections=found))
        store.commit()
    sequence = load(write_truth(tmp_path / "truth", truth_table(1)), run=run)
    with ObservationStore.open(run / "observations.sqlite") as store:
        for ours, theirs in zip(sequence, store, strict=True):
            for column in ("shirts", "numbers", "number_scores"):
                mine = getattr(ours.detections, column)
                stored = getattr(theirs.detections, column)
                assert (mine is None) == (stored is None), column
                if stored is not None:
                    np.testing.assert_array_equal(mine, stored)


def test_a_run_of_another_programs_tracks_has_no_tracker_to_tune(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 1)
    with ObservationStore.open(run / "observations.sqlite", write=True) as store:
        last = store.last()
        assert last is not None
        found = replace(last.detections, track_ids=np.arange(len(last.detections)))
        store.append(replace(last, frame=last.frame + 1, time=last.time + 1, detections=found))
        store.commit()
    with pytest.raises(UsageError, match="scene: the run has another program's tracks"):
        load(write_truth(tmp_path / "truth", truth_table(1)), run=run)


def test_truth_at_another_resolution_is_brought_to_the_run(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 1)
    truth = write_truth(tmp_path / "truth", truth_table(1), scale=1.5)
    inferred = load(truth, run=run)
    np.testing.assert_allclose(inferred.truth.boxes, truth_table(1).boxes, atol=0.01)
    (truth / "seqinfo.ini").unlink()
    np.testing.assert_allclose(
        load(truth, run=run, scale=1.5, frame_rate=RATE).truth.boxes, inferred.truth.boxes
    )


def test_detections_are_scaled_to_the_truth(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth", truth_table(1), scale=1.5)
    sequence = load(truth, detections=write_detections(tmp_path / "boxes.txt", 1), scale=1.5)
    assert sequence.image_size == SIZE
    assert len(sequence.frames) == FRAMES
    np.testing.assert_allclose(sequence.truth.boxes, truth_table(1).boxes, atol=0.01)
    for ours, theirs in zip(sequence, observations(1), strict=True):
        np.testing.assert_allclose(ours.detections.boxes, theirs.detections.boxes, atol=1e-3)


def test_the_ball_is_no_person(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth", truth_table(1))
    (truth / "roles.csv").write_text("track_id,role\n1,player\n2,ball\n3,referee\n")
    sequence = load(truth, run=write_run(tmp_path / "run", 1))
    assert set(sequence.truth.ids.tolist()) == {1, 3}


def test_a_digest_tells_one_content_from_another(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth", truth_table(1))
    run, moved = (load(truth, run=write_run(tmp_path / name, 1)) for name in ("a", "b"))
    assert run.digest() == moved.digest()
    boxes = load(truth, detections=write_detections(tmp_path / "boxes.txt", 1))
    others = load(write_truth(tmp_path / "less", truth_table(1)[5:]), run=tmp_path / "a")
    assert len({run.digest(), boxes.digest(), others.digest()}) == 3


def test_truth_without_people_or_of_another_shape_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 1)
    late = truth_table(1)
    nobody = write_truth(tmp_path / "truth", late[late.frames == FRAMES - 1])
    (nobody / "roles.csv").write_text("track_id,role\n1,ball\n2,ball\n3,ball\n")
    with pytest.raises(UsageError, match="the truth has no people in the 50 observed frames"):
        load(nobody, run=run)
    other = write_truth(tmp_path / "other", truth_table(1))
    (other / "seqinfo.ini").write_text("imWidth=640\nimHeight=480\nframeRate=12.5\n")
    with pytest.raises(UsageError, match="640x480, the run of 640x360, another shape: give scale"):
        load(other, run=run)
    with pytest.raises(UsageError, match="holds 2 sequences"):
        load(tmp_path, run=run)


def test_detections_without_any_image_size_are_refused(tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth", truth_table(1))
    (truth / "seqinfo.ini").write_text("frameRate=12.5\n")
    boxes = write_detections(tmp_path / "boxes.txt", 1)
    with pytest.raises(UsageError, match="give image_size"):
        load(truth, detections=boxes)
    assert load(truth, detections=boxes, image_size=SIZE).image_size == SIZE
