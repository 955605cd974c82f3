"""Drawing tracks: what shows, what stays untouched, and that nothing breaks it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.config import load_config
from touchline.errors import InputError, SettingsError
from touchline.identities import Identities
from touchline.types import Image, Tracks, TrackTable
from touchline.video.config import DrawConfig
from touchline.video.draw import Painter
from touchline.video.label_places import LabelPlaces
from touchline.video.palette import (
    INK,
    OFFICIALS_COLOUR,
    PALETTE,
    PAPER,
    TEAM_COLOURS,
    UNKNOWN_COLOUR,
    Colour,
    colour_of,
    team_colours,
    text_colour,
)
from touchline.video.sprites import label, paste, ring
from touchline.video.trails import Trails

GRASS = (40, 120, 60)
NO_TRAIL = DrawConfig(trail_seconds=0)
STYLES = (DrawConfig(), DrawConfig(style="box"))


def _grass(width: int = 1280, height: int = 720) -> Image:
    return np.full((height, width, 3), GRASS, np.uint8)


def _tracks(
    boxes: list[tuple[float, float, float, float]],
    ids: list[int] | None = None,
    roles: list[str] | None = None,
) -> Tracks:
    count = len(boxes)
    return Tracks(
        np.array(ids or range(1, count + 1), np.int64),
        np.array(boxes, np.float64).reshape(-1, 4),
        np.ones(count),
        np.array(roles or ["player"] * count, "<U10"),
        np.arange(count),
    )


def _drawn(config: DrawConfig, tracks: Tracks, guessed: list[bool] | None = None) -> Image:
    image = _grass()
    mask = None if guessed is None else np.array(guessed)
    Painter(config, 1280, 720).draw(image, tracks, time=0.0, interpolated=mask)
    return image


def _changed(image: Image) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = (image != np.array(GRASS, np.uint8)).any(axis=2)
    return changed


def _count(image: Image, colour: Colour) -> int:
    return int((image == np.array(colour, np.uint8)).all(axis=2).sum())


@pytest.mark.parametrize("config", STYLES)
def test_no_tracks_leave_the_image_as_it_is(config: DrawConfig) -> None:
    assert not _changed(_drawn(config, Tracks.empty())).any()


def test_ring_and_number_are_at_the_feet_and_not_on_the_body() -> None:
    changed = _changed(_drawn(NO_TRAIL, _tracks([(600, 300, 640, 400)])))
    rows = np.flatnonzero(changed.any(axis=1))
    columns = np.flatnonzero(changed.any(axis=0))
    assert 385 <= rows.min() < 400 < rows.max() <= 440
    assert 580 <= columns.min() < 620 < columns.max() <= 660


def test_box_style_marks_the_border_and_not_the_inside() -> None:
    changed = _changed(_drawn(DrawConfig(style="box"), _tracks([(600, 300, 640, 400)])))
    assert changed[300:401, [600, 640]].all()
    assert changed[[300, 400], 600:641].all()
    assert not changed[304:396, 604:636].any()


def test_one_identity_has_one_colour_in_every_frame_and_video() -> None:
    for track_id in (1, 2, 7, 500):
        first = _drawn(NO_TRAIL, _tracks([(100, 100, 140, 200)], [track_id]))
        other = _drawn(
            NO_TRAIL, _tracks([(800, 300, 840, 400), (300, 300, 330, 380)], [track_id, 3])
        )
        assert _count(first, colour_of(track_id)) > 20
        assert _count(other, colour_of(track_id)) > 20


def test_ball_is_a_marker_above_it_without_a_number() -> None:
    config = DrawConfig(trail_seconds=0)
    changed = _changed(_drawn(config, _tracks([(600, 300, 610, 310)], roles=["ball"])))
    rows = np.flatnonzero(changed.any(axis=1))
    assert 280 <= rows.min() < rows.max() < 300


def test_the_ball_of_the_clip_is_pointed_at_beside_the_tracks() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    painter = Painter(DrawConfig(trail_seconds=0), 1280, 720)
    ball = np.array([[600.0, 300.0, 610.0, 310.0]])
    painter.draw(image, Tracks.empty(), time=0.0, ball=ball)
    rows = np.flatnonzero(image.any(axis=(1, 2)))
    assert 280 <= rows.min() < rows.max() < 300


def test_roles_are_named_beside_the_number_unless_switched_off() -> None:
    box = [(600.0, 300.0, 640.0, 400.0)]
    plain = _changed(_drawn(NO_TRAIL, _tracks(box))).sum()
    quiet = DrawConfig(trail_seconds=0, show_roles=False)
    for role in ("goalkeeper", "referee"):
        assert _changed(_drawn(NO_TRAIL, _tracks(box, roles=[role]))).sum() > plain + 50
        assert _changed(_drawn(quiet, _tracks(box, roles=[role]))).sum() == plain


def test_a_doubtful_identity_has_a_question_mark_and_a_sure_one_none() -> None:
    tracks = _tracks([(600, 300, 640, 400)])
    images = []
    for doubtful in (None, [False], [True]):
        image = _grass()
        mark = None if doubtful is None else np.array(doubtful)
        Painter(NO_TRAIL, 1280, 720).draw(image, tracks, time=0.0, doubtful=mark)
        images.append(_changed(image).sum())
    assert images[0] == images[1] < images[2]


def test_numbers_can_be_switched_off() -> None:
    config = DrawConfig(trail_seconds=0, show_ids=False, show_roles=False)
    changed = _changed(_drawn(config, _tracks([(600, 300, 640, 400)])))
    assert np.flatnonzero(changed.any(axis=1)).max() < 415


@pytest.mark.parametrize("style", ["ellipse", "box"])
def test_interpolated_box_is_drawn_with_less_ink(style: str) -> None:
    config = load_config(DrawConfig, values={"style": style, "trail_seconds": 0})
    tracks = _tracks([(600, 300, 640, 400)])
    seen, guessed = _drawn(config, tracks, [False]), _drawn(config, tracks, [True])
    assert 0 < _count(guessed, colour_of(1)) < 0.7 * _count(seen, colour_of(1))


def test_header_is_written_into_the_corner() -> None:
    changed = _changed(_drawn(DrawConfig(header="Cup final"), Tracks.empty()))
    rows, columns = np.nonzero(changed)
    assert len(rows) > 500
    assert rows.max() < 60
    assert columns.max() < 200


def _path_pixels(image: Image) -> int:
    """Changed pixels away from the player who stands at 600..640 in the last frame."""
    changed = _changed(image)
    changed[:, 560:680] = False
    return int(changed.sum())


def _run_to_600(painter: Painter, frames: int = 25, motion_x: float = 0.0) -> Image:
    """A player runs to x = 600, 8 pixels a frame in the image; the last frame."""
    image = _grass()
    for frame in range(frames):
        image = _grass()
        left = 600.0 - 8 * (frames - 1 - frame)
        motion = np.array([[1.0, 0.0, motion_x], [0.0, 1.0, 0.0]])
        painter.draw(image, _tracks([(left, 300, left + 40, 400)]), time=frame / 25, motion=motion)
    return image


def test_path_of_the_last_second_is_drawn_behind_the_player() -> None:
    painter = Painter(DrawConfig(), 1280, 720)
    assert _path_pixels(_run_to_600(painter)) > 100
    short = Painter(DrawConfig(trail_seconds=0.2), 1280, 720)
    assert _path_pixels(_run_to_600(short)) < 20
    none = Painter(NO_TRAIL, 1280, 720)
    assert _path_pixels(_run_to_600(none)) == 0


def test_path_moves_with_the_camera() -> None:
    standing_on_the_pitch = Painter(DrawConfig(), 1280, 720)
    image = _run_to_600(standing_on_the_pitch, motion_x=8.0)
    assert _path_pixels(image) == 0


def test_path_ends_at_a_cut_and_when_the_player_is_gone() -> None:
    painter = Painter(DrawConfig(), 1280, 720)
    _run_to_600(painter)
    image = _grass()
    here = _tracks([(600, 300, 640, 400)])
    painter.draw(image, here, time=1.0, cut=True)
    assert _path_pixels(image) == 0
    _run_to_600(painter)
    painter.draw(_grass(), Tracks.empty(), time=1.04)
    image = _grass()
    painter.draw(image, here, time=1.08)
    assert _path_pixels(image) == 0


def test_path_follows_the_id_when_others_come_and_go() -> None:
    trails = Trails(seconds=0.6)
    for step in range(12):
        ids = [5, 2] if step % 2 else [2, 9, 5]
        feet = np.array([[100.0 * track_id, 10.0 * step] for track_id in ids])
        path = trails.follow(np.array(ids), feet, None, step * 0.1)
    assert path[:, 0, 0] == pytest.approx([500.0] * len(path))
    assert path[:, 1, 0] == pytest.approx([200.0] * len(path))
    assert (np.diff(path[:, 0, 1]) > 0).all()


far = st.floats(-1e6, 1e6)


@settings(max_examples=40, deadline=None)
@given(
    boxes=st.lists(st.tuples(far, far, st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)), max_size=6),
    size=st.sampled_from([(1280, 720), (33, 17), (1, 1), (3, 200), (641, 359)]),
    style=st.sampled_from(STYLES),
    guessed=st.booleans(),
)
def test_boxes_anywhere_and_of_any_size_are_drawn_without_harm(
    boxes: list[tuple[float, float, float, float]],
    size: tuple[int, int],
    style: DrawConfig,
    guessed: bool,
) -> None:
    painter = Painter(style, *size)
    tracks = _tracks([(x, y, x + w, y + h) for x, y, w, h in boxes])
    framed = np.zeros((size[1] + 2, size[0], 3), np.uint8)
    for frame in range(3):
        image = framed[1:-1]
        painter.draw(image, tracks, time=frame * 0.5, interpolated=np.full(len(boxes), guessed))
        moved = tracks.boxes + frame * 50.0
        tracks = replace(tracks, boxes=moved)
    assert not framed[[0, -1]].any()


def test_image_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match=r"shape \(720, 1280, 3\); \(100, 200, 3\) was announced"):
        Painter(DrawConfig(), 200, 100).draw(_grass(), Tracks.empty(), time=0.0)


def test_unknown_style_is_refused() -> None:
    with pytest.raises(SettingsError, match="style = 'circle' is refused"):
        load_config(DrawConfig, values={"style": "circle"})


def test_labels_grow_with_the_image() -> None:
    heights = []
    for height in (360, 720, 2160):
        image = _grass(height * 16 // 9, height)
        middle = height / 2
        painter = Painter(NO_TRAIL, image.shape[1], height)
        painter.draw(image, _tracks([(middle, middle - 9, middle + 9, middle)]), time=0.0)
        heights.append(int(_changed(image).any(axis=1).sum()))
    assert heights[0] < heights[1]
    assert heights[2] == pytest.approx(3 * heights[1], rel=0.15)


def _overlap(a: tuple[int, int, int, int], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]


def test_label_moves_aside_from_a_face_and_from_another_label() -> None:
    boxes = np.array([[600, 200, 640, 300], [605, 302, 645, 402], [595, 203, 635, 303.0]])
    sizes = np.full((3, 2), (24, 16))
    reach = np.full((3, 2), (22.0, 10.0))
    places = LabelPlaces(1280, 720).place([1, 2, 3], boxes, reach, sizes)
    labels = [(left, top, left + 24, top + 16) for left, top in places]
    assert not any(_overlap(a, b) for a, b in combinations(labels, 2))
    face = (613.0, 302.0, 637.0, 327.0)
    assert not any(_overlap(place, face) for place in labels)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 12))
def test_labels_stay_inside_the_image(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform((-50, -50), (1300, 740), (count, 2))
    boxes = np.hstack([corner, corner + rng.uniform(1, 200, (count, 2))])
    sizes = np.full((count, 2), (30, 16), np.int64)
    places = LabelPlaces(1280, 720).place(
        list(range(count)), boxes, np.full((count, 2), 9.0), sizes
    )
    assert len(places) == count
    assert all(0 <= left <= 1250 and 0 <= top <= 704 for left, top in places)


def test_label_does_not_jump_back_while_the_face_is_only_just_free() -> None:
    places = LabelPlaces(1280, 720)
    sizes, reach = np.full((2, 2), (24, 16)), np.full((2, 2), (22.0, 10.0))

    def place(second_left: float) -> tuple[int, int]:
        boxes = np.array([[600, 200, 640, 300], [second_left, 200, second_left + 40, 301]])
        return places.place([1, 2], boxes, reach, sizes)[0]

    assert place(700) == (608, 310)
    assert place(610)[1] < 310
    assert place(625)[1] < 310
    assert place(700) == (608, 310)


def test_label_goes_above_the_head_where_the_image_ends_at_the_feet() -> None:
    places = LabelPlaces(1280, 720)
    sizes, reach = np.full((1, 2), (24, 16)), np.full((1, 2), (22.0, 10.0))

    def top(feet: float) -> int:
        boxes = np.array([[600, feet - 100, 640, feet]])
        [(left, top)] = places.place([1], boxes, reach, sizes)
        assert left == 608
        return top

    assert top(690) == 700
    assert top(715) <= 615 - 16
    assert top(692) <= 592 - 16  # only just room again: it does not jump back yet
    assert top(680) == 690
    assert top(730) <= 630 - 16


def test_label_at_the_bottom_stays_beside_the_feet_of_a_player_as_high_as_the_image() -> None:
    boxes = np.array([[600.0, 5.0, 900.0, 719.0]])
    [place] = LabelPlaces(1280, 720).place(
        [1], boxes, np.array([[160.0, 40.0]]), np.array([[24, 16]])
    )
    assert place == (910, 704)


def test_pasting_mixes_only_what_lies_in_the_image() -> None:
    sprite = ring(40, 2.0, (0, 0, 255), False)
    for left, top in ((-10, -5), (75, 45), (-500, 20), (20, 500)):
        image = _grass(100, 60)
        paste(image, sprite, left, top)
        inside = _changed(image)
        assert inside.any() == (left in (-10, 75))
        outside = np.ones((60, 100), np.bool_)
        outside[max(top, 0) : top + sprite.height, max(left, 0) : left + sprite.width] = False
        assert not inside[outside].any()


def test_label_text_is_readable_on_every_colour() -> None:
    for colour in PALETTE:
        ink = np.array(text_colour(colour), np.float64)
        weights = np.array([0.114, 0.587, 0.299])
        assert abs(weights @ ink - weights @ np.array(colour)) > 85
    assert text_colour(INK) == PAPER
    assert label("12", "", PALETTE[0], 15).width > label("1", "", PALETTE[0], 15).width


# Machado et al. 2009, severity 1.0, on linear red, green, blue.
DEUTERANOPE = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]
PROTANOPE = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]


def _oklab(linear_rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Perceptual coordinates (Ottosson, "A perceptual color space for image processing", 2020)."""
    to_cone = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    lab: NDArray[np.float64] = np.cbrt(linear_rgb @ to_cone.T) @ to_lab.T
    return lab


GRASSES = [(25, 110, 40), (15, 140, 95)]


def test_everybody_on_the_pitch_has_a_colour_of_their_own() -> None:
    assert len({colour_of(track_id) for track_id in range(1, 25)}) == 24
    assert colour_of(25) == colour_of(1)


@pytest.mark.parametrize(
    ("sight", "share"), [(np.eye(3), 1.0), (np.array(DEUTERANOPE), 0.5), (np.array(PROTANOPE), 0.5)]
)
def test_colours_are_apart_for_every_kind_of_sight_and_from_grass(
    sight: NDArray[np.float64], share: float
) -> None:
    values = np.array([*PALETTE, *GRASSES], np.float64)[:, ::-1] / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    seen = _oklab(np.clip(linear @ sight.T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    pairs = np.triu(np.ones_like(apart), 1)
    pairs[-2:, -2:] = 0  # the two kinds of grass may be alike
    assert apart[pairs > 0].min() > 0.1 * share
    assert apart[:-2, -2:].min() > 0.16 * share
    for step, least in ((1, 0.23), (2, 0.17), (3, 0.14)):
        neighbours = [apart[row, (row + step) % len(PALETTE)] for row in range(len(PALETTE))]
        assert min(neighbours) > least * share


def test_everybody_has_the_colour_of_their_team() -> None:
    tracks = _tracks([(0, 0, 9, 9)] * 4, ids=[1, 2, 3, 9])
    people = Identities.of_tracks(TrackTable.from_frames([(0, 0.0, tracks)]), 0.04)
    people = replace(people, teams=np.array([0, 1, 2, -1]))
    expected = [*TEAM_COLOURS, OFFICIALS_COLOUR, UNKNOWN_COLOUR]
    assert team_colours(people) == dict(zip([1, 2, 3, 9], expected, strict=True))


def test_an_identity_is_light_on_dark_and_no_shirt_number() -> None:
    tracks = _tracks([(600, 300, 640, 400)])
    images = []
    for names in ({}, {1: "#1"}):
        image = _grass()
        Painter(NO_TRAIL, 1280, 720, names).draw(image, tracks, time=0.0)
        images.append(image)
    assert _count(images[0], colour_of(1)) < 0.7 * _count(images[1], colour_of(1))
    assert _count(images[0], INK) > 2 * _count(images[1], INK)


def test_the_start_says_what_the_marks_mean_unless_that_is_switched_off() -> None:
    said = []
    for config, time in (
        (DrawConfig(), 4.1),
        (DrawConfig(), 3.9),
        (DrawConfig(legend_seconds=0), 0),
    ):
        painter = Painter(config, 1280, 720, legend=True)
        painter.draw(_grass(), Tracks.empty(), time=10.0)
        image = _grass()
        painter.draw(image, Tracks.empty(), time=10.0 + time)
        said.append(int(_changed(image)[360:, :640].sum()))
        assert not _changed(image)[:360].any()
    assert said[0] == said[2] == 0 < 5000 < said[1]


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_the_header_leaves_a_score_board_alone(corner: str) -> None:
    config = load_config(DrawConfig, values={"header": "Cup final", "header_at": corner})
    rows, columns = np.nonzero(_changed(_drawn(config, Tracks.empty())))
    assert (rows.max() < 60, columns.max() < 300) == ("top" in corner, "left" in corner)
    assert (rows.min() > 660, columns.min() > 980) == ("bottom" in corner, "right" in corner)


def test_only_some_identities_are_drawn_and_the_ball_stays() -> None:
    boxes = [(100.0, 100.0, 140.0, 200.0), (600.0, 300.0, 640.0, 400.0), (900, 300, 910, 310)]
    tracks = _tracks(boxes, [3, 8, 9], ["player", "player", "ball"])
    config = load_config(DrawConfig, values={"only": 8, "trail_seconds": 0})
    columns = np.flatnonzero(_changed(_drawn(config, tracks, [False, True, False])).any(axis=0))
    assert columns.min() > 500
    assert columns.max() > 880
    assert columns[columns < 800].max() < 700


@pytest.mark.parametrize("given", [8, [8, 10], "8, 10", [10, 8]])
def test_identities_to_draw_are_one_or_several(given: object) -> None:
    assert 8 in load_config(DrawConfig, values={"only": given}).only
