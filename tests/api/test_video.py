"""The Python interface: frames with their tracks, and the parts on their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from clips import SHIRTS, Clip, make_clip, positions
from numpy.typing import NDArray

import touchline
from touchline.errors import InputError
from touchline.types import Detections, Image


class ShirtDetector:
    """Finds the players of the made clip by their colours: a detector that really looks."""

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> Detections:
        boxes = []
        for shirt in SHIRTS:
            near = np.abs(image.astype(int) - shirt).max(axis=2) < 40
            rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
            if len(rows):
                boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
        return Detections(boxes, np.full(len(boxes), 0.9), ["player"] * len(boxes))


def test_track_yields_every_frame_with_its_tracks(clip: Clip) -> None:
    seen = list(touchline.track(clip.video, detections=clip.detections))
    assert [frame.index for frame, _ in seen] == list(range(clip.frames))
    assert seen[10][0].image.shape == (240, 320, 3)
    assert sorted(seen[10][1].ids.tolist()) == [1, 2, 3, 4]
    np.testing.assert_allclose(
        np.sort(seen[10][1].boxes, axis=0), np.sort(positions(10), axis=0), atol=0.01
    )


def test_anything_that_detects_can_be_given(clip: Clip) -> None:
    for frame, tracks in touchline.track(clip.video, detector=ShirtDetector(), end=0.4):
        if frame.index >= 2:
            assert tracks.roles.tolist() == ["player"] * 4


def test_a_detector_of_ones_own_has_the_usual_limits_of_scores(clip: Clip) -> None:
    own = touchline.observe_video(clip.video, detector=ShirtDetector(), reid="none", end=0.1)
    assert len(list(own)) == 3
    assert own.config.tracker_in_force() == own.config.tracker
    detector = touchline.load_detector()
    shipped = touchline.observe_video(clip.video, detector=detector, reid="none", end=0.1)
    assert len(list(shipped)) == 3
    assert shipped.config.tracker_in_force() != shipped.config.tracker


def test_anything_that_embeds_can_be_given(clip: Clip) -> None:
    class Mean:
        size = 3
        crops = 0

        def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
            self.crops += len(crops)
            means = np.array([crop.mean(axis=(0, 1)) for crop in crops]).reshape(-1, 3)
            unit = means / np.linalg.norm(means, axis=1, keepdims=True)
            return np.asarray(unit, np.float32)

    embedder = Mean()
    seen = list(touchline.track(clip.video, detections=clip.detections, reid=embedder))
    assert embedder.crops > 0
    assert {i for _, tracks in seen for i in tracks.ids.tolist()} == {1, 2, 3, 4}


def test_a_loop_left_early_closes_the_video(clip: Clip) -> None:
    import threading

    for frame, _ in touchline.track(clip.video, detections=clip.detections):
        if frame.index == 5:
            break
    assert not [t for t in threading.enumerate() if t.name == "touchline-decode" and t.is_alive()]


def test_nothing_asked_for_means_the_shipped_networks(clip: Clip) -> None:
    assert touchline.load_detector().name == "football-detector.onnx"
    assert touchline.load_embedder().embed([]).shape == (0, 256)
    with pytest.warns(UserWarning, match="nobody is tracked"):  # painted boxes are no people
        assert len(list(touchline.track(clip.video, end=0.4))) == 10


def test_a_detector_that_answers_too_little_is_named(clip: Clip) -> None:
    class Lazy:
        def detect(self, images: Sequence[Image]) -> list[Detections]:
            return [Detections.empty() for _ in images[1:]]

    with pytest.raises(InputError, match="answered 7 times for 8 images"):
        next(touchline.track(clip.video, detector=Lazy()))


def test_answers_of_another_kind_are_named(clip: Clip) -> None:
    class Arrays:
        def detect(self, images: Sequence[Image]) -> object:
            return [np.zeros((1, 5)) for _ in images]

    class OneOnly:
        def detect(self, images: Sequence[Image]) -> object:  # noqa: ARG002
            return Detections.empty()

    for detector, message in ((Arrays(), "one answer of .* ndarray"), (OneOnly(), "a list is")):
        with pytest.raises(InputError, match=message):
            list(touchline.track(clip.video, detector=detector))  # type: ignore[arg-type]  # the mistake

    class Sizeless:
        def embed(self, crops: Sequence[Image]) -> object:
            return crops

    with pytest.raises(InputError, match="something with embed and size"):
        touchline.track(clip.video, reid=Sizeless())  # type: ignore[arg-type]  # the mistake


def test_an_embedder_whose_vectors_are_not_of_length_one_is_named(clip: Clip) -> None:
    class Ones:
        size = 4

        def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
            return np.ones((len(crops), 4), np.float32)

    with pytest.raises(InputError, match="vectors of the embedder have length 2 in row 0"):
        list(touchline.track(clip.video, detections=clip.detections, reid=Ones()))


def test_scores_that_begin_no_track_are_said_after_two_seconds(tmp_path: Path) -> None:
    class Unsure(ShirtDetector):
        def _one(self, image: Image) -> Detections:
            found = super()._one(image)
            return Detections(found.boxes, np.full(len(found), 0.6), found.roles)

    video = make_clip(tmp_path, frames=70).video
    frames = touchline.track(video, detector=Unsure(), reid="none")
    early = list(islice(frames, 49))  # nothing is said in these
    with pytest.warns(UserWarning, match=r"scored above 0\.60, and a track begins at 0\.7"):
        next(frames)
    assert not any(len(tracks) for _, tracks in [*early, *frames])  # and nothing again at the end


def test_the_default_embedder_is_the_built_in_one() -> None:
    embedder = touchline.load_embedder()
    vectors = embedder.embed([np.full((64, 32, 3), 90, np.uint8)])
    assert vectors.shape == (1, embedder.size)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_tracker_alone_takes_detections_frame_by_frame() -> None:
    tracker = touchline.Tracker(touchline.TrackerConfig(), frame_rate=25)
    ids = set()
    for frame in range(10):
        found = touchline.Detections(positions(frame), np.full(4, 0.9), ["player"] * 4)
        ids |= set(tracker.update(found).ids.tolist())
    assert ids == {1, 2, 3, 4}


def test_the_python_loop_and_the_command_agree(clip: Clip, tmp_path: Path) -> None:
    from touchline.run.request import RunRequest
    from touchline.run.track import track_run

    settings = {"models": {"detections": str(clip.detections), "reid": "colour"}}
    request = RunRequest(str(clip.video), tmp_path, settings, draw_video=False)
    track_run(request, lambda _s, _d, _t: None, lambda: False)
    written = np.loadtxt(tmp_path / "tracks.txt", delimiter=",")
    looped = [
        [frame.index + 1, track_id]
        for frame, tracks in touchline.track(clip.video, detections=clip.detections, reid="colour")
        for track_id in sorted(tracks.ids.tolist())
    ]
    assert written[:, :2].astype(int).tolist() == looped


def test_an_embedder_that_answers_too_little_is_named(clip: Clip) -> None:
    class One:
        size = 2

        def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
            return np.ones((min(1, len(crops)), 2), np.float32)

    with pytest.raises(InputError, match=r"answered \(1, 2\) for"):
        next(touchline.track(clip.video, detections=clip.detections, reid=One()))


def test_observations_hold_what_the_tracks_are_made_of(clip: Clip) -> None:
    observed = touchline.observe_video(clip.video, detections=clip.detections, reid="none")
    assert (observed.info.width, observed.info.height) == (320, 240)
    seen = list(observed)
    assert [one.frame for one in seen] == list(range(clip.frames))
    np.testing.assert_allclose(
        np.sort(seen[10].detections.boxes, axis=0), np.sort(positions(10), axis=0), atol=0.01
    )
