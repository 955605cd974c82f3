"""Random changes of crops: what each does, how often, and that a seed fixes them."""

from __future__ import annotations

from typing import Any, get_args

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from touchline.config import check_config, load_config
from touchline.errors import SettingsError
from touchline.reid import distortions
from touchline.reid.augmentation import Augmentation
from touchline.reid.augmentation_config import AugmentationConfig, Group

GROUPS: tuple[Group, ...] = get_args(Group)
LOOKS = [group for group in GROUPS if group not in ("crop", "erase")]
MEAN, SPREAD = (104.0, 116.0, 124.0), (57.0, 57.0, 58.0)

Image = NDArray[np.uint8]


def colourful(seed: int = 0, height: int = 64, width: int = 32) -> Image:
    random = np.random.default_rng(seed)
    blocks = random.integers(30, 226, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
    return np.kron(blocks, np.ones((4, 4, 1), np.uint8))[:height, :width]


def only(*groups: Group, **strength: Any) -> Augmentation:
    """Changes of these groups for every crop; ``strength`` goes to each of them."""
    parts: dict[str, Any] = {group: {"probability": 1.0, **strength} for group in groups}
    config = check_config(AugmentationConfig, {"groups": groups, **parts})
    return Augmentation(config, MEAN, SPREAD)


def looks(augmentation: Augmentation, crop: Image, *seed: int) -> Image:
    return augmentation.jitter_colours(crop, augmentation.chance(seed))


def frame(augmentation: Augmentation, image: Image, *seed: int) -> Image:
    return augmentation.change_frame(image, augmentation.chance(seed))


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 50),
    seed=st.integers(0, 2**32),
    groups=st.sets(st.sampled_from(GROUPS)),
)
@settings(max_examples=60, deadline=None)
def test_any_crop_stays_a_image_and_is_not_written_to(
    height: int, width: int, seed: int, groups: set[Group]
) -> None:
    crop = colourful(seed, height, width)
    crop.flags.writeable = False
    augmentation = only(*groups)
    changed = looks(augmentation, crop, seed)
    assert changed.dtype == np.uint8
    assert changed.shape[2:] == (3,)
    if "quality" not in groups:
        assert changed.shape == crop.shape
    moved = frame(augmentation, crop, seed)
    assert moved.dtype == np.uint8
    assert moved.shape == crop.shape


def test_no_group_and_no_probability_leave_everything_as_it_is() -> None:
    crop = colourful()
    never = AugmentationConfig.model_validate(
        {"groups": GROUPS, **{group: {"probability": 0.0} for group in GROUPS}}
    )
    for config in (AugmentationConfig(groups=()), never):
        augmentation = Augmentation(config, MEAN, SPREAD)
        for seed in range(20):
            np.testing.assert_array_equal(looks(augmentation, crop, seed), crop)
            np.testing.assert_array_equal(frame(augmentation, crop, seed), crop)


def test_a_seed_fixes_the_changes_and_every_part_of_it_matters() -> None:
    augmentation, crop = only(*GROUPS), colourful()
    first = looks(augmentation, crop, 3, 1, 7), frame(augmentation, crop, 3, 1, 7)
    again = looks(augmentation, crop, 3, 1, 7), frame(augmentation, crop, 3, 1, 7)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    for seed in ((4, 1, 7), (3, 2, 7), (3, 1, 8)):
        assert not np.array_equal(frame(augmentation, crop, *seed), first[1])


@pytest.mark.parametrize("without", GROUPS)
def test_switching_a_group_off_leaves_the_chance_of_the_others(without: Group) -> None:
    everything = Augmentation(AugmentationConfig(groups=GROUPS), MEAN, SPREAD)
    others = [group for group in GROUPS if group != without]
    rest = Augmentation(AugmentationConfig(groups=tuple(others[::-1])), MEAN, SPREAD)
    lost = 0
    for seed in range(60):
        full, partial = everything.chance((seed,)), rest.chance((seed,))
        assert [full.of(group) for group in others] == [partial.of(group) for group in others]
        assert partial.of(without) is None
        lost += full.of(without) is not None
        np.testing.assert_array_equal(full.noise(2, 2), partial.noise(2, 2))
    assert lost > 0


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_acts_as_often_as_its_probability_says(group: Group) -> None:
    config = check_config(AugmentationConfig, {"groups": [group], group: {"probability": 0.3}})
    augmentation = Augmentation(config, MEAN, SPREAD)
    acted = sum(augmentation.chance((seed,)).of(group) is not None for seed in range(2000))
    assert abs(acted - 600) < 4 * (2000 * 0.3 * 0.7) ** 0.5


@pytest.mark.parametrize("group", LOOKS)
def test_a_group_of_looks_changes_the_looks_alone(group: Group) -> None:
    augmentation, crop = only(group), colourful()
    assert any(not np.array_equal(looks(augmentation, crop, seed), crop) for seed in range(5))
    np.testing.assert_array_equal(frame(augmentation, crop, 0), crop)


def test_flip_exchanges_left_and_right() -> None:
    crop = colourful()
    np.testing.assert_array_equal(looks(only("flip"), crop, 0), crop[:, ::-1])


def test_crop_is_padding_with_black_and_cutting_anywhere() -> None:
    image = colourful()
    padded = np.pad(image, ((3, 3), (3, 3), (0, 0)))
    places = [(y, x) for y in range(7) for x in range(7)]
    found = set()
    for seed in range(400):
        moved = frame(only("crop", pad=3), image, seed)
        (place,) = [
            (y, x) for y, x in places if np.array_equal(moved, padded[y : y + 64, x : x + 32])
        ]
        found.add(place)
    assert found == set(places)


def test_a_shift_beyond_the_image_leaves_black() -> None:
    assert not distortions.shift(colourful(), 40, 0).any()
    assert not distortions.shift(colourful(), 0, -100).any()


@pytest.mark.parametrize("fill", ["noise", "mean"])
def test_erasing_covers_one_rectangle_of_a_share_within_its_bounds(fill: str) -> None:
    augmentation = only("erase", min_area=0.1, max_area=0.4, fill=fill)
    image = np.full((128, 64, 3), 255, np.uint8)
    shares, filled = [], []
    for seed in range(150):
        erased = frame(augmentation, image, seed)
        rows, columns = np.nonzero((erased != 255).any(axis=2))
        box = erased[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        shares.append(box.shape[0] * box.shape[1] / (128 * 64))
        filled.append(box.reshape(-1, 3))
        assert 0.29 <= box.shape[0] / box.shape[1] <= 3.5
        assert (erased != 255).any(axis=2).sum() > 0.95 * box.shape[0] * box.shape[1]
    assert 0.09 < min(shares) < 0.15
    assert 0.35 < max(shares) < 0.41
    pixels = np.concatenate(filled)
    assert np.abs(pixels.mean(axis=0) - MEAN).max() < 1.5
    assert (pixels.std(axis=0) > 50).all() if fill == "noise" else (pixels == MEAN).all()


def test_colours_follow_the_textbook_formulas() -> None:
    # Values far from 0 and 255: nothing clips, so the one pass must be the three steps. OpenCV
    # rounds the matrix too.
    crop = (colourful(5) // 3 + 80).astype(np.uint8)
    augmentation = only("colour", brightness=0.1, contrast=0.3, saturation=0.5)
    for seed in range(20):
        chance = augmentation.chance((seed,))
        draw = chance.of("colour")
        assert draw is not None
        brightness, contrast, saturation = (
            1 + (2 * number - 1) * reach
            for number, reach in zip(draw[:3], (0.1, 0.3, 0.5), strict=True)
        )
        wanted = crop * brightness
        mean = (wanted @ distortions.LUMINANCE).mean()
        wanted = mean + contrast * (wanted - mean)
        grey = (wanted @ distortions.LUMINANCE)[..., None]
        wanted = grey + saturation * (wanted - grey)
        np.testing.assert_allclose(augmentation.jitter_colours(crop, chance), wanted, atol=0.75)


def test_grey_is_what_opencv_calls_grey_and_half_of_it_lies_between() -> None:
    crop = colourful()
    plain = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(int)[..., None]
    assert np.abs(looks(only("grey"), crop, 0).astype(int) - plain).max() <= 1
    half = looks(only("grey", strength=0.5), crop, 0).astype(int)
    assert np.abs(half - (plain + crop) / 2).max() <= 1


def test_shuffle_draws_each_other_order_of_the_channels() -> None:
    crop, orders = colourful(), [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    found = set()
    for seed in range(80):
        changed = looks(only("shuffle"), crop, seed)
        found |= {order for order in orders if np.array_equal(changed, crop[..., list(order)])}
        assert not np.array_equal(changed, crop)
    assert found == set(orders)


def test_hue_turns_by_at_most_its_degrees_and_keeps_brightness() -> None:
    red = np.full((8, 4, 3), (30, 30, 200), np.uint8)
    turns = []
    for seed in range(200):
        changed = looks(only("hue", max_degrees=60), red, seed)
        hue, _, value = cv2.cvtColor(changed, cv2.COLOR_BGR2HSV)[0, 0].tolist()
        turns.append((2 * hue + 180) % 360 - 180)
        assert abs(value - 200) <= 1
    assert -62 <= min(turns) < -50
    assert 50 < max(turns) <= 62


def test_gamma_keeps_black_and_white_and_bends_between() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    bent = distortions.bend_tones(ramp, 2.0)[0, :, 0].astype(float)
    np.testing.assert_allclose(bent, 255 * (np.arange(256) / 255) ** 2, atol=0.5)
    middles = [int(looks(only("gamma", max_gamma=2), ramp, s)[0, 128, 0]) for s in range(100)]
    assert 64 <= min(middles) < 72
    assert 173 < max(middles) <= 181


@pytest.mark.parametrize(("angle", "axis"), [(0.0, 1), (np.pi / 2, 0)])
def test_a_smear_spreads_along_its_line_by_its_length_only(angle: float, axis: int) -> None:
    point = np.zeros((21, 21, 3), np.uint8)
    point[10, 10] = 255
    smeared = distortions.smear(point, 6.0, angle)[..., 0].astype(int)
    along, across = smeared.sum(axis=1 - axis), smeared.sum(axis=axis)
    assert np.flatnonzero(along).tolist() == list(range(7, 14))
    assert np.flatnonzero(across).tolist() == [10]
    np.testing.assert_array_equal(distortions.smear(point, 0.0, angle), point)


def test_gamma_has_separate_ends() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    change = only("gamma", min_gamma=0.8, max_gamma=1.2)
    middles = [int(looks(change, ramp, seed)[0, 128, 0]) for seed in range(200)]
    assert min(middles) == pytest.approx(255 * (128 / 255) ** 1.2, abs=2)
    assert max(middles) == pytest.approx(255 * (128 / 255) ** 0.8, abs=2)


def test_a_kernel_blurs_the_image_of_the_network_within_its_size_alone() -> None:
    dot = np.zeros((40, 20, 3), np.uint8)
    dot[20, 10] = 255
    change = only("blur", motion=0, kernel=(3, 5))
    assert np.array_equal(looks(change, dot, 3), dot)
    rows, columns = np.nonzero(frame(change, dot, 3)[..., 0])
    assert [int(np.ptp(rows)), int(np.ptp(columns))] == [4, 2]
    with pytest.raises(SettingsError, match=r"kernel \[4, 5\]: both must be odd"):
        check_config(AugmentationConfig, {"blur": {"kernel": [4, 5]}})


def test_a_wider_gaussian_leaves_less_contrast() -> None:
    spreads = [float(distortions.defocus(colourful(), sigma).std()) for sigma in (0, 0.5, 1, 2)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < 0.9 * spreads[0]


def test_quality_takes_pixels_but_leaves_24_rows_and_8_columns() -> None:
    heights = {
        looks(only("quality", max_shrink=4), colourful(0, 120, 60), s).shape[0] for s in range(80)
    }
    assert min(heights) in range(30, 34)
    assert max(heights) in range(115, 121)
    assert distortions.shrink(colourful(0, 30, 20), 4.0).shape == (24, 16, 3)
    assert distortions.shrink(colourful(0, 60, 8), 4.0).shape == (60, 8, 3)
    assert distortions.shrink(colourful(0, 10, 5), 4.0).shape == (10, 5, 3)


def test_worse_jpeg_is_farther_from_the_image() -> None:
    crop = cv2.GaussianBlur(colourful(), (0, 0), 2).astype(np.uint8)
    errors = [np.abs(distortions.compress(crop, q).astype(int) - crop).mean() for q in (90, 50, 10)]
    assert errors == sorted(errors)
    assert errors[0] < 5


def test_groups_are_set_by_name_and_wrong_names_are_refused() -> None:
    config = load_config(AugmentationConfig, overrides=["groups=[flip, erase]"])
    assert config.groups == ("flip", "erase")
    assert set(AugmentationConfig().groups) == set(GROUPS) - {"grey", "hue", "shuffle"}
    assert set(GROUPS) == set(AugmentationConfig.model_fields) - {"groups"}
    with pytest.raises(SettingsError, match="groups"):
        load_config(AugmentationConfig, overrides=["groups=[flop]"])
    with pytest.raises(SettingsError, match="named twice"):
        load_config(AugmentationConfig, overrides=["groups=[flip, flip]"])
    with pytest.raises(SettingsError, match=r"erase.*min_area 0\.5 is above"):
        load_config(AugmentationConfig, overrides=["erase.min_area=0.5"])
