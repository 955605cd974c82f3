"""The pictures of what an annotated video looks like: README, docs/drawing.md and docs/teams.md.

    touchline demo
    python -m benchmarks.drawing_pictures runs/demo [--at SECONDS] [--out FOLDER]

The run is one of the demo clip, which is rendered and free. Each picture is the frame at that time
of the video that ``touchline draw`` (or ``clip``) makes of the run with the settings below.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from touchline.config import load_config
from touchline.observations import ObservationStore
from touchline.run.config import RunConfig
from touchline.run.drawn_tracks import DrawnTracks
from touchline.run.facts import RunFacts
from touchline.run.folder import RunFolder
from touchline.run.labels import person_labels, ring_colours, shirt_colours
from touchline.run.observed_video import open_observed
from touchline.run.tables import ball_of, identities_of, tracks_of
from touchline.types import Image, TrackTable
from touchline.video.config import DrawConfig
from touchline.video.draw import Painter
from touchline.video.follow import Targets, follow
from touchline.video.viewport import Viewport

NAME, ZOOMED = "Ada Lund", (560, 315)
QUALITY = 85


@dataclass(frozen=True)
class Picture:
    """A file of ``docs/images``: how it is drawn, what of the image it shows, and how wide.

    part: left, top, right and bottom as shares of the image. zoom: as ``touchline clip`` follows
    one person.
    """

    name: str
    draw: dict[str, Any] = field(default_factory=dict)
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    width: int = 960
    zoom: bool = False


CLOSE = (0.0, 0.2, 0.5, 0.7)
PICTURES = (
    Picture("demo.jpg", {"legend_seconds": 0}),
    Picture("teams.jpg", {"colour_by": "team"}, (0.0, 0.0, 0.7, 0.75), 880),
    Picture("draw-ellipse.jpg", {"style": "ellipse"}, CLOSE, 560),
    Picture("draw-box.jpg", {"style": "box"}, CLOSE, 560),
    Picture("draw-trail.jpg", {"style": "trail"}, CLOSE, 560),
    Picture("draw-identity.jpg", {"colour_by": "identity", "label": "id"}, CLOSE, 560),
    Picture("draw-blur-others.jpg", {"blur": "others"}, CLOSE, 560),
    Picture("draw-blur-all.jpg", {"blur": "all"}, CLOSE, 560),
    Picture("clip-zoom.jpg", width=560, zoom=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run folder of the demo clip")
    parser.add_argument("--at", type=float, default=5.0, help="seconds of the frame to show")
    parser.add_argument("--name", type=int, default=12, help="identity who is named and followed")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for picture, image in zip(PICTURES, drawn(options), strict=True):
        file = options.out / picture.name
        cv2.imwrite(str(file), part_of(image, picture), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        print(file)


def drawn(options: argparse.Namespace) -> list[Image]:
    """The image of each of ``PICTURES`` at that time, or at the end of a shorter clip."""
    folder = RunFolder.existing(options.run)
    with closing(ObservationStore.open(folder.observations)) as store:
        facts = RunFacts.of(store)
        table, ball = tracks_of(folder), ball_of(folder)
        people = identities_of(folder, table, facts.video.fps).with_names({options.name: NAME})
        size = (facts.video.width, facts.video.height)
        followed = views(store, table[table.ids == options.name], facts)
        steps, images = [], list[Image]()
        for picture in PICTURES:
            config = load_config(DrawConfig, values=picture.draw)
            if picture.zoom:
                config = config.model_copy(update={"only": (options.name,)})
            names = person_labels(people, config)
            colours = ring_colours(people, shirt_colours(facts), config)
            painter = Painter(config, *(ZOOMED if picture.zoom else size), names, colours)
            steps.append(DrawnTracks(table, ball, config, painter))
        with open_observed(store, facts, RunConfig()) as video:
            for row, (observation, frame) in enumerate(zip(store, video, strict=False)):
                images = []
                for picture, step in zip(PICTURES, steps, strict=True):
                    view = followed[row] if picture.zoom else None
                    image = frame.image.copy() if view is None else view.of_image(frame.image)
                    step.draw(image, observation, frame.time, view=view)
                    images.append(image)
                if frame.time >= options.at:
                    break
    return images


def views(store: ObservationStore, mine: TrackTable, facts: RunFacts) -> list[Viewport]:
    """What ``touchline clip --zoom`` shows of each frame."""
    frames, _ = store.times()
    cuts = np.array([row == 0 or seen.cut for row, seen in enumerate(store)], np.bool_)
    targets = Targets.of(frames, cuts, mine.frames, mine.boxes)
    size = (facts.video.width, facts.video.height)
    return [Viewport(window, ZOOMED) for window in follow(targets, facts.video.fps, size, ZOOMED)]


def part_of(image: Image, picture: Picture) -> Image:
    height, width = image.shape[:2]
    left, top, right, bottom = picture.part
    part = image[round(top * height) : round(bottom * height), round(left * width) :]
    part = part[:, : round((right - left) * width)]
    size = (picture.width, round(picture.width * part.shape[0] / part.shape[1]))
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


if __name__ == "__main__":
    main()
