"""Our CLIP answers what open_clip answers, from the same weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from training.reid.clip_weights import CASES, STRIDES, TOKENS, Case, digest, images, weights

from touchline.errors import ModelError
from touchline.training.checkpoints import Checkpoint, fit
from touchline.training.reid.clip import Clip, TextShape
from touchline.training.reid.clip_checkpoints import image_encoder
from touchline.training.reid.clip_image import ImageFeatures, ImageShape, resize_position_table

GOLDEN = json.loads((Path(__file__).parent / "golden" / "clip.json").read_text())
TINY_IMAGE = ImageShape(64, 32, channels=64, layers=2, projection=16)
TINY_TEXT = TextShape(channels=64, layers=2, vocabulary=100)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def seeded(request: pytest.FixtureRequest) -> tuple[Case, Clip]:
    """CLIP for square images with the weights that open_clip had."""
    case: Case = request.param
    image = ImageShape(
        case.square,
        case.square,
        channels=case.width,
        layers=case.layers,
        projection=case.projection,
    )
    with torch.device("meta"):  # a random start of 150 million parameters takes seconds
        network = Clip(image, TextShape(case.text_width, case.text_layers)).eval()
    network.to_empty(device="cpu")
    values = weights({name: tuple(value.shape) for name, value in network.state_dict().items()})
    report = fit(network, {name: torch.from_numpy(value) for name, value in values.items()})
    assert not report.lines()
    return case, network.requires_grad_(False)


def assert_answers(found: Tensor, golden: list[list[float]]) -> None:
    assert np.allclose(digest(found.detach().numpy()), golden, rtol=1e-4, atol=2e-5)


def assert_features(features: ImageFeatures, golden: dict[str, list[list[float]]]) -> None:
    for name in ("before_last", "last", "projected"):
        assert_answers(getattr(features, name), golden[name])


def test_texts_and_square_images_give_the_vectors_of_open_clip(
    seeded: tuple[Case, Clip],
) -> None:
    case, network = seeded
    assert_answers(network.encode_text(torch.from_numpy(TOKENS)), GOLDEN[case.name]["text"])
    image = torch.from_numpy(images(case.square, case.square))
    assert_features(network.encode_image(image), GOLDEN[case.name]["square"])


@pytest.mark.parametrize("stride", STRIDES)
def test_images_of_people_give_them_too_with_a_resized_position_table(
    seeded: tuple[Case, Clip], stride: int
) -> None:
    case, network = seeded
    height, width = case.height_width
    checkpoint = Checkpoint(
        Path("clip.pt"), network.state_dict(), {"input_size": f"{height}x{width}"}
    )
    encoder, report = image_encoder(checkpoint, stride)
    assert report.resized == ("visual.positional_embedding",)
    assert (encoder.shape.height, encoder.shape.stride) == (height, stride)
    features = encoder(torch.from_numpy(images(height, width)))
    assert_features(features, GOLDEN[case.name][f"stride {stride}"])
    assert torch.equal(features.evaluated, torch.cat((features.last, features.projected), dim=1))


def test_vit_b_16_has_the_published_sizes() -> None:
    with torch.device("meta"):
        network = Clip()
    assert sum(value.numel() for value in network.visual.parameters()) == 86_140_416
    assert network.visual.shape.grid == (16, 8)
    assert ImageShape(stride=12).grid == (21, 10)


def test_padding_behind_the_end_changes_no_text() -> None:
    network = Clip(TINY_IMAGE, TINY_TEXT).eval()
    token_BT = torch.randint(0, 99, (2, 77))
    token_BT[:, 9] = 99
    padded_BT = token_BT.clone()
    padded_BT[:, 10:] = 0
    assert torch.equal(network.encode_text(token_BT), network.encode_text(padded_BT))
    assert torch.allclose(
        network.encode_text(token_BT), network.encode_text(token_BT[:, :10]), atol=1e-6
    )


def test_no_images_and_no_texts_give_no_vectors() -> None:
    network = Clip(TINY_IMAGE, TINY_TEXT).eval()
    assert network.encode_image(torch.zeros(0, 3, 64, 32)).evaluated.shape == (0, 80)
    assert network.encode_text(torch.zeros(0, 77, dtype=torch.long)).shape == (0, 16)


def test_network_without_a_vocabulary_says_so() -> None:
    network = Clip(TINY_IMAGE, TextShape(channels=64, layers=2, vocabulary=0))
    with pytest.raises(ModelError, match="knows no words"):
        network.encode_text(torch.zeros(1, 77, dtype=torch.long))


def test_mixed_precision_stays_close_and_every_parameter_learns() -> None:
    torch.manual_seed(0)
    network = Clip(TINY_IMAGE, TINY_TEXT)
    image = torch.randn(3, 3, 64, 32)
    truth = network.encode_image(image).evaluated
    with torch.autocast("cpu", torch.bfloat16):
        features = network.encode_image(image)
        loss = features.before_last.sum() + (features.evaluated.float() - 1).square().sum()
    assert torch.cosine_similarity(features.evaluated.float(), truth).min() > 0.999
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(value.grad is not None for value in network.visual.parameters())


def test_position_table_keeps_its_class_row_and_its_slope() -> None:
    rows = torch.arange(8.0)[:, None].expand(8, 4).reshape(-1, 1)
    table = torch.cat((torch.tensor([[7.5]]), rows))
    resized = resize_position_table(table, (8, 4), (16, 6))
    assert resized[0] == 7.5
    grid = resized[1:].view(16, 6)
    assert torch.allclose(grid, grid[:, :1].expand_as(grid))  # columns never mix into rows
    assert torch.allclose(grid[1:-1, 0].diff(), torch.tensor(0.5))
    assert torch.equal(resize_position_table(table, (8, 4), (8, 4)), table)
