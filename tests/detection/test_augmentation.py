"""Training images: boxes stay on what they mark, and the same dice give the same image."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.detection.augmentation import PAD_GREY, ImageAugmentation
from touchline.detection.augmentation_config import (
    BoxConfig,
    ImageAugmentationConfig,
    ImageBlurConfig,
    ImageColourConfig,
    ImageFlipConfig,
    ImageNoiseConfig,
    ImageQualityConfig,
    ImageShuffleConfig,
    MosaicConfig,
    ViewConfig,
)
from touchline.detection.colour_jitter import jitter_colours
from touchline.detection.data import DetectionData
from touchline.detection.labelled_images import LabelledImages
from touchline.detection.labels import IGNORED
from touchline.detection.views import view_at
from touchline.errors import VideoError
from touchline.perception.preprocess import PAD_GREY as INFERENCE_GREY
from touchline.types import Image

SIZE = (320, 192)
COLOURS = ((0, 0, 255), (255, 0, 0))  # red and blue objects on green


def looks_kept(**changes: object) -> ImageAugmentationConfig:
    """Views only: no change of colours or sharpness."""
    values: dict[str, object] = {
        "colour": ImageColourConfig(probability=0),
        "shuffle": ImageShuffleConfig(probability=0),
        "blur": ImageBlurConfig(probability=0),
        "noise": ImageNoiseConfig(probability=0),
        "quality": ImageQualityConfig(probability=0),
        **changes,
    }
    return ImageAugmentationConfig.model_validate(values)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> LabelledImages:
    """Six green images with 0 to 5 plain rectangles, apart from each other."""
    folder = tmp_path_factory.mktemp("plain")
    random = np.random.default_rng(0)
    paths, boxes, classes = [], [], []
    for number in range(6):
        image = np.zeros((360, 640, 3), np.uint8)
        image[..., 1] = 160
        columns = random.permutation(8)[:number]
        x1, y1 = columns * 80 + random.integers(5, 30, number), random.integers(0, 250, number)
        own = np.column_stack([x1, y1, x1 + 20 + 4 * columns, y1 + 50 + 6 * columns])
        kinds = random.integers(0, 2, number)
        for (left, top, right, bottom), kind in zip(own.tolist(), kinds.tolist(), strict=True):
            image[top:bottom, left:right] = COLOURS[kind]
        paths.append(folder / f"m{number}.png")
        cv2.imwrite(str(paths[-1]), image)
        boxes.append(own.astype(np.float64))
        classes.append(kinds.astype(np.int64))
    data = DetectionData(paths, boxes, classes, ("red", "blue"), np.array(["m"] * 6))
    return LabelledImages(data, cache_megabytes=10)


def coloured(image: Image, kind: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(H, W) pixels that are mostly of this object's colour."""
    distance = np.abs(image.astype(np.int64) - np.array(COLOURS[kind])).sum(axis=2)
    return np.asarray(distance < 160)


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 5), seed=st.integers(0, 10**6), mosaic=st.booleans())
def test_boxes_lie_exactly_on_the_objects_they_mark(
    images: LabelledImages, index: int, seed: int, mosaic: bool
) -> None:
    config = looks_kept(
        mosaic=MosaicConfig(probability=float(mosaic)),
        boxes=BoxConfig(min_visible=0.0, min_side=0.0),
    )
    image, boxes, classes = ImageAugmentation(config, SIZE).sample(
        images, index, np.random.default_rng(seed)
    )
    assert image.shape == (SIZE[1], SIZE[0], 3)
    assert boxes.shape == (len(classes), 4)
    for kind in (0, 1):
        shown = coloured(image, kind)
        outside, inside = shown.copy(), np.zeros_like(shown)
        for x1, y1, x2, y2 in boxes[classes == kind]:
            # Edges are blended over the pixels that an enlarged edge covers.
            outside[
                max(0, int(y1) - 4) : int(np.ceil(y2)) + 4,
                max(0, int(x1) - 4) : int(np.ceil(x2)) + 4,
            ] = False
            inside[int(y1) + 4 : max(0, int(y2) - 4), int(x1) + 4 : max(0, int(x2) - 4)] = True
        assert not outside.any()
        assert shown[inside].all()


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 5), seed=st.integers(0, 10**6))
def test_boxes_lie_inside_the_image_and_are_not_tiny(
    images: LabelledImages, index: int, seed: int
) -> None:
    config = ImageAugmentationConfig(boxes=BoxConfig(min_side=3.0))
    image, boxes, classes = ImageAugmentation(config, SIZE).sample(
        images, index, np.random.default_rng(seed)
    )
    assert [one.dtype.name for one in (image, boxes, classes)] == ["uint8", "float64", "int64"]
    assert (boxes >= 0).all()
    assert (boxes[:, [0, 2]] <= SIZE[0]).all()
    assert (boxes[:, [1, 3]] <= SIZE[1]).all()
    assert (boxes[:, 2:] - boxes[:, :2])[classes != IGNORED].min(initial=3.0) >= 3.0


def test_the_same_generator_gives_the_same_sample_whatever_was_asked_before(
    images: LabelledImages,
) -> None:
    augmentation = ImageAugmentation(ImageAugmentationConfig(), SIZE)
    fresh = LabelledImages(images.data)
    for index in range(6):
        one = augmentation.sample(images, index, np.random.default_rng((1, 2, index)))
        other = augmentation.sample(fresh, index, np.random.default_rng((1, 2, index)))
        for first, second in zip(one, other, strict=True):
            np.testing.assert_array_equal(first, second)
    changed = augmentation.sample(images, 5, np.random.default_rng((1, 3, 5)))
    assert not np.array_equal(changed[0], one[0])


def test_images_that_are_kept_are_not_written_to(images: LabelledImages) -> None:
    before = [images.image(index).copy() for index in range(6)]
    same_size = looks_kept(
        view=ViewConfig(
            reference_side=640, by_height=0, min_jitter=1, max_jitter=1, max_stretch=1, aim=0
        ),
        mosaic=MosaicConfig(probability=0),
        flip=ImageFlipConfig(probability=1),
    )
    for config in (same_size, ImageAugmentationConfig()):
        augmentation = ImageAugmentation(config, SIZE)
        for index in range(6):
            augmentation.sample(images, index, np.random.default_rng(index))
    for index in range(6):
        np.testing.assert_array_equal(images.image(index), before[index])


def test_people_are_shown_from_tiny_to_large(images: LabelledImages) -> None:
    augmentation = ImageAugmentation(
        looks_kept(mosaic=MosaicConfig(probability=0), view=ViewConfig(min_scale=0.1)), (640, 384)
    )
    heights = np.concatenate(
        [
            np.diff(augmentation.sample(images, 5, np.random.default_rng(seed))[1][:, 1::2])[:, 0]
            for seed in range(150)
        ]
    )
    for low, high in ((10, 20), (20, 60), (60, 150), (150, 400)):
        assert ((low < heights) & (heights < high)).sum() > 10


def test_what_lies_beside_a_image_is_the_grey_that_inference_pads_with(
    images: LabelledImages,
) -> None:
    assert PAD_GREY == INFERENCE_GREY
    small = ImageAugmentationConfig(
        view=ViewConfig(reference_side=640, by_height=0, min_jitter=0.3, max_jitter=0.3),
        mosaic=MosaicConfig(probability=0),
    )
    image, _, _ = ImageAugmentation(small, SIZE).sample(images, 1, np.random.default_rng(0))
    grey = (image == PAD_GREY).all(axis=2)
    assert 0.4 < grey.mean() < 0.8  # colour and noise leave it alone


def test_rare_classes_are_aimed_at_as_often(tmp_path: Path) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    crowd = np.array([[10 + 20 * step, 10, 20 + 20 * step, 30] for step in range(12)], np.float64)
    boxes = np.concatenate([crowd, [[600, 330, 610, 350]]])
    classes = np.array([0] * 12 + [1])
    data = DetectionData([tmp_path / "a.png"], [boxes], [classes], ("a", "b"), np.array(["m"]))
    view = ViewConfig(reference_side=640, by_height=0, min_jitter=2, max_jitter=2, aim=1)
    augmentation = ImageAugmentation(
        looks_kept(view=view, mosaic=MosaicConfig(probability=0)), SIZE
    )
    seen = sum(
        1 in augmentation.sample(LabelledImages(data), 0, np.random.default_rng(seed))[2]
        for seed in range(100)
    )
    assert 30 < seen < 70


@settings(max_examples=200, deadline=None)
@given(
    picture=st.tuples(st.integers(1, 900), st.integers(1, 900)),
    canvas=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    scale=st.tuples(st.floats(0.05, 8), st.floats(0.05, 8)),
)
def test_a_view_has_pixels_at_both_ends_inside_of_both(
    picture: tuple[int, int],
    canvas: tuple[int, int],
    place: tuple[float, float],
    scale: tuple[float, float],
) -> None:
    corner = (
        place[0] * (picture[0] - canvas[0] / scale[0]),
        place[1] * (picture[1] - canvas[1] / scale[1]),
    )
    view = view_at(picture, canvas, corner, scale)
    for ends, size in ((view.source, picture), (view.target, canvas)):
        assert 0 <= ends[0] < ends[2] <= size[0]
        assert 0 <= ends[1] < ends[3] <= size[1]
    source = np.array([view.source], np.float64)
    np.testing.assert_allclose(view.to_canvas(source), [view.target], atol=1e-9)


def test_every_change_of_looks_keeps_the_size_and_changes_something() -> None:
    off: dict[str, object] = {
        name: {"probability": 0.0} for name in ("colour", "shuffle", "blur", "noise", "quality")
    }
    image = np.random.default_rng(0).integers(0, 256, (45, 70, 3), np.uint8)
    plain = ImageAugmentationConfig.model_validate(off)
    np.testing.assert_array_equal(jitter_colours(image, plain, np.random.default_rng(0)), image)
    for name in off:
        config = ImageAugmentationConfig.model_validate({**off, name: {"probability": 1.0}})
        several = [jitter_colours(image, config, np.random.default_rng(seed)) for seed in range(5)]
        assert {(one.shape, one.dtype.name) for one in several} == {(image.shape, "uint8")}
        # The least blur or noise that may be drawn is none.
        assert sum(not np.array_equal(one, image) for one in several) >= 3, name


def test_noise_has_the_deviation_that_was_drawn() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    config = ImageAugmentationConfig.model_validate(
        {
            **{name: {"probability": 0.0} for name in ("colour", "shuffle", "blur", "quality")},
            "noise": {"probability": 1.0, "max_sigma": 8.0},
        }
    )
    deviations = [
        float(jitter_colours(grey, config, np.random.default_rng(seed)).std()) for seed in range(40)
    ]
    assert min(deviations) < 2
    assert 6 < max(deviations) < 8.5


def test_only_as_many_decoded_images_are_kept_as_there_is_room_for(
    images: LabelledImages,
) -> None:
    source = LabelledImages(images.data, cache_megabytes=1)  # one of 640x360 takes 0.7
    assert source.image(3) is source.image(3)
    assert source.image(4) is not source.image(4)
    assert LabelledImages(images.data).image(3) is not source.image(3)


def test_a_image_that_went_missing_is_named(images: LabelledImages) -> None:
    data = images.data[:1]
    gone = DetectionData(
        [data.paths[0].with_name("gone.png")], data.boxes, data.classes, data.names, data.matches
    )
    with pytest.raises(VideoError, match=r"gone\.png cannot be read"):
        LabelledImages(gone).image(0)


@pytest.mark.parametrize(
    ("part", "values"),
    [
        ("view", {"min_height": 50, "max_height": 40}),
        ("view", {"min_jitter": 2, "max_jitter": 1}),
        ("quality", {"min_jpeg": 80, "max_jpeg": 20}),
    ],
)
def test_ranges_the_wrong_way_round_are_refused(part: str, values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is above"):
        ImageAugmentationConfig.model_validate({part: values})
