"""Draw tracks into an image: rings at the feet, numbers, trails, roles and the ball."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.boxes import Boxes
from touchline.errors import InputError
from touchline.types import Affine, Image, Tracks
from touchline.video.blur import blur_boxes
from touchline.video.config import DrawConfig
from touchline.video.label_places import LabelPlaces
from touchline.video.legend import draw_legend
from touchline.video.palette import BALL, INK, Colour, colour_of
from touchline.video.plain_text import plain_text
from touchline.video.sprites import Sprite, dot, label, paste, pointer, ring
from touchline.video.trails import Trails, draw_trails

_TAGS = {"goalkeeper": "GK", "referee": "REF"}
_USUAL_HEIGHT = 720  # sizes below are pixels in an image of this height
_LABEL, _STROKE, _TRAIL, _BALL, _SMALLEST_LABEL = 15, 2.0, 2.0, 13, 13
_TRAIL_SECONDS = {"ellipse": 1.0, "box": 1.0, "trail": 3.0}
_THINNEST_STROKE = 1.6  # a thinner ring of a dark kit does not show on grass
_DOT = 4.5  # a dot at the feet is so many strokes wide
_DASH = 4  # length of a dash in strokes


class Painter:
    """Draws one frame after the other; remembers the trails and the label positions."""

    def __init__(
        self,
        config: DrawConfig,
        width: int,
        height: int,
        names: Mapping[int, str] | None = None,
        colours: Mapping[int, Colour] | None = None,
        *,
        legend: bool = False,
    ) -> None:
        """names: by track id, shown at the feet; whoever has none is shown as ``id 7``.

        colours: by track id, instead of those of the palette. legend: whether the first seconds
        say what the marks mean.
        """
        self._colours = colours or {}
        self._config = config
        self._names = {track_id: plain_text(name) for track_id, name in (names or {}).items()}
        self._shape = (height, width, 3)
        unit = height / _USUAL_HEIGHT
        self._label_height = max(_SMALLEST_LABEL, round(_LABEL * unit * config.label_scale))
        self._stroke = max(_THINNEST_STROKE, _STROKE * unit)
        wide = 2 if config.style == "trail" else 1
        self._trail_width = max(wide, round(wide * _TRAIL * unit))
        self._ball_size = max(7, round(_BALL * unit))
        self._legend, self._started = legend, None if legend else 0.0
        self._far = 3.0 * max(width, height)
        seconds = _TRAIL_SECONDS[config.style] if (given := config.trail_seconds) is None else given
        self._trails = Trails(seconds) if seconds > 0 else None
        self._places = LabelPlaces(width, height)

    def draw(
        self,
        image: Image,
        tracks: Tracks,
        *,
        time: float,
        interpolated: NDArray[np.bool_] | None = None,
        doubtful: NDArray[np.bool_] | None = None,
        motion: Affine | None = None,
        cut: bool = False,
        ball: Boxes | None = None,
        blurred: Boxes | None = None,
    ) -> None:
        """Draws the tracks into ``image`` itself.

        interpolated: (N,) True for boxes that no detector saw; they are dashed and faint.
        doubtful: (N,) True where the identity may be another; its number gets a question mark.
        motion: of the camera since the frame before, so that the paths stay on the grass.
        cut: this frame begins a new shot, so the paths start anew.
        ball: (B, 4) boxes to point at beside those of the tracks; None: there are none.
        blurred: (B, 4) boxes of people to make unrecognisable; None: there are none.
        Raises InputError for an image of another size than announced.
        """
        if image.shape != self._shape:
            raise InputError(f"the image has shape {image.shape}; {self._shape} was announced")
        if blurred is not None:
            blur_boxes(image, blurred.clip(-self._far, self._far))
        guessed = np.zeros(len(tracks), np.bool_) if interpolated is None else interpolated
        unsure = np.zeros(len(tracks), np.bool_) if doubtful is None else doubtful
        if self._config.only:
            shown = np.isin(tracks.ids, self._config.only) | (tracks.roles == "ball")
            tracks, guessed, unsure = tracks[shown], guessed[shown], unsure[shown]
        boxes = tracks.boxes.clip(-self._far, self._far)
        ids = tracks.ids.tolist()
        is_ball = tracks.roles == "ball"
        colours = [
            BALL if ball else self._colour(i) for i, ball in zip(ids, is_ball.tolist(), strict=True)
        ]
        self._draw_trails(image, tracks.ids, boxes, colours, motion, time, cut)
        people = np.flatnonzero(~is_ball)
        people = people[np.argsort(boxes[people, 3], kind="stable")]  # far ones first
        self._draw_people(image, tracks[people], boxes[people], guessed[people], unsure[people])
        balls = boxes[is_ball].tolist() + ([] if ball is None else ball.tolist())
        for x1, y1, x2, _ in balls:
            sprite = pointer(self._ball_size, BALL)
            left = round((x1 + x2 - sprite.width) / 2)
            paste(image, sprite, left, round(y1 - sprite.height - self._stroke))
        if self._config.header:
            margin = self._label_height
            sprite = label("", self._config.header, INK, round(1.4 * margin))
            vertical, _, horizontal = self._config.header_at.partition("-")
            left = margin if horizontal == "left" else image.shape[1] - margin - sprite.width
            top = margin if vertical == "top" else image.shape[0] - margin - sprite.height
            paste(image, sprite, left, top)
        self._draw_legend(image, time)

    def _draw_legend(self, image: Image, time: float) -> None:
        if self._started is None:
            self._started = time
        if self._legend and time - self._started < self._config.legend_seconds:
            draw_legend(image, self._label_height, self._stroke)

    def _draw_trails(
        self,
        image: Image,
        ids: NDArray[np.int64],
        boxes: Boxes,
        colours: list[Colour],
        motion: Affine | None,
        time: float,
        cut: bool,
    ) -> None:
        if self._trails is None:
            return
        if cut:
            self._trails.clear()
        feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
        path = self._trails.follow(ids, feet, None if cut else motion, time)
        draw_trails(image, path, np.array(colours, np.float64), self._trail_width)

    def _draw_people(
        self,
        image: Image,
        people: Tracks,
        boxes: Boxes,
        guessed: NDArray[np.bool_],
        unsure: NDArray[np.bool_],
    ) -> None:
        ids = people.ids.tolist()
        reach = np.empty((len(ids), 2))
        for row, (track_id, box, faint) in enumerate(
            zip(ids, boxes.tolist(), guessed.tolist(), strict=True)
        ):
            reach[row] = self._mark(image, box, self._colour(track_id), faint)
        labels = [
            self._label(track_id, role, faint, doubt)
            for track_id, role, faint, doubt in zip(
                ids, people.roles.tolist(), guessed.tolist(), unsure.tolist(), strict=True
            )
        ]
        shown = [row for row, sprite in enumerate(labels) if sprite is not None]
        if not shown:
            return
        sprites = [sprite for sprite in labels if sprite is not None]
        sizes = np.array([(sprite.width, sprite.height) for sprite in sprites], np.int64)
        places = self._places.place([ids[row] for row in shown], boxes[shown], reach[shown], sizes)
        for sprite, (left, top) in zip(sprites, places, strict=True):
            paste(image, sprite, left, top)

    def _mark(
        self, image: Image, box: list[float], colour: Colour, faint: bool
    ) -> tuple[float, float]:
        """Draws ring, box or dot; how far it reaches from the feet to the side and down."""
        x1, y1, x2, y2 = box
        if self._config.style == "box":
            _outline(image, box, colour, max(1, round(self._stroke)), faint)
            return (x2 - x1) / 2 + self._stroke, 1.5 * self._stroke
        if self._config.style == "trail":
            sprite = dot(_DOT * self._stroke, self._stroke, colour, faint)
            left, top = (x1 + x2 - sprite.width) / 2, y2 - sprite.height / 2
            paste(image, sprite, round(left), round(top))
            return sprite.width / 2, sprite.height / 2
        # The height of a player changes less from stride to stride than the width.
        wide = max(0.52 * (y2 - y1), 0.5 * (x2 - x1), 8.0 * self._stroke)
        wide = min(wide, self._shape[0] / 4)
        step = max(4, round(2 * self._stroke))  # few sizes, so that most rings are drawn already
        sprite = ring(round(wide / step) * step, self._stroke, colour, faint)
        left, top = (x1 + x2 - sprite.width) / 2, y2 - sprite.height / 2
        paste(image, sprite, round(left), round(top))
        return sprite.width / 2, sprite.height / 2

    def _colour(self, track_id: int) -> Colour:
        return self._colours.get(track_id) or colour_of(track_id)

    def _label(self, track_id: int, role: str, faint: bool, doubt: bool) -> Sprite | None:
        tag = _TAGS.get(role, "") if self._config.show_roles else ""
        text = self._names.get(track_id, "") if self._config.show_ids else ""
        mark = "?" if doubt and not text.endswith("?") else ""
        if text:
            text += mark
        elif self._config.show_ids:  # light on dark, unlike a shirt number
            tag = f"{tag} id {track_id}{mark}".strip()
        if not text and not tag:
            return None
        return label(text, tag, self._colour(track_id), self._label_height, faint)


def _outline(image: Image, box: list[float], colour: Colour, stroke: int, dashed: bool) -> None:
    """A rectangle with a dark edge; dashed ones are half as thick."""
    x1, y1, x2, y2 = (round(value) for value in box)
    if not dashed:
        cv2.rectangle(image, (x1, y1), (x2, y2), INK, stroke + 2)
        cv2.rectangle(image, (x1, y1), (x2, y2), colour, stroke)
        return
    thin = max(1, stroke // 2)
    dash = max(3, _DASH * stroke)
    height, width = image.shape[:2]
    for x in range(max(x1, x1 % (2 * dash) - 2 * dash), min(x2, width), 2 * dash):
        for y in (y1, y2):
            cv2.line(image, (x, y), (min(x + dash, x2), y), colour, thin)
    for y in range(max(y1, y1 % (2 * dash) - 2 * dash), min(y2, height), 2 * dash):
        for x in (x1, x2):
            cv2.line(image, (x, y), (x, min(y + dash, y2)), colour, thin)
