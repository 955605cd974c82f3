"""The clip and the detections that ship with the package fit together."""

from __future__ import annotations

from touchline.boxes import areas, clip_to_image
from touchline.demo import DETECTIONS, VIDEO
from touchline.formats.mot import read_detections
from touchline.video.reader import open_video


def test_demo_clip_is_ten_seconds_with_people_found_in_every_frame() -> None:
    detections = read_detections(DETECTIONS)
    assert detections.warnings == ()
    with open_video(str(VIDEO)) as video:
        frames = [(frame.index, frame.image.shape) for frame in video]
    assert frames == [(index, (720, 1280, 3)) for index in range(250)]
    assert int(detections.frames.max()) == 249
    for index, _ in frames:
        found = detections.at(index)
        assert (found.scores >= 0.6).sum() >= 8
        inside = clip_to_image(found.boxes, 1280, 720)
        assert (areas(inside) > 0).all()


def test_demo_says_where_it_comes_from() -> None:
    text = VIDEO.with_name("README.md").read_text(encoding="utf-8")
    assert "Rendered with Google Research Football (Apache-2.0) / Gameplay Football" in text
