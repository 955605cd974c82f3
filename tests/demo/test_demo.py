"""The clip that ships with the package is whole and says whose it is."""

from __future__ import annotations

from touchline.api.video import load_detector
from touchline.demo import VIDEO
from touchline.video.reader import open_video


def test_demo_clip_is_ten_seconds_and_the_shipped_detector_finds_its_people() -> None:
    with open_video(str(VIDEO)) as video:
        frames = list(video)
    assert [(frame.index, frame.image.shape) for frame in frames] == [
        (index, (720, 1280, 3)) for index in range(250)
    ]
    for found in load_detector().detect([frame.image for frame in frames[::50]]):
        assert ((found.scores >= 0.6) & (found.roles != "ball")).sum() >= 8


def test_demo_says_where_it_comes_from() -> None:
    text = VIDEO.with_name("README.md").read_text(encoding="utf-8")
    assert "Rendered with Google Research Football (Apache-2.0) / Gameplay Football" in text
