"""The network has YOLOX-nano's shape: COCO's weights fit it and answer what their file answers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from touchline.errors import ModelError
from touchline.perception.coco import COCO_NAMES
from touchline.perception.detector_outputs import yolox_cells
from touchline.training.blocks import Activation, hardness_of, set_hardness
from touchline.training.detector.boxes import cells
from touchline.training.detector.calibration import calibrate
from touchline.training.detector.config import NetworkConfig
from touchline.training.detector.network import DetectorNetwork, Scored
from touchline.training.detector.yolox_file import load_yolox

SILU = NetworkConfig(activation="silu")


@pytest.fixture(scope="module")
def coco_file(football_data: Path) -> Path:
    return football_data / "weights" / "yolox_nano_coco_416.onnx"


@pytest.fixture(scope="module")
def picture(football_data: Path) -> NDArray[np.float32]:
    """A cut (1, 3, 416, 416) of a football image, as the network takes it."""
    path = min((football_data / "det" / "dfl_players" / "images").iterdir())
    image = cv2.imread(str(path))
    assert image is not None
    return image[100:516, 300:716].transpose(2, 0, 1)[None].astype(np.float32)


def test_cells_lie_where_the_reader_of_exported_files_looks_for_them() -> None:
    corners, strides = yolox_cells((96, 64))
    corner_A2, stride_A = cells(96, 64, torch.device("cpu"))
    np.testing.assert_array_equal(corner_A2.numpy(), corners)
    np.testing.assert_array_equal(stride_A.numpy(), strides)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_any_number_of_images_of_any_size_is_answered_cell_by_cell(count: int) -> None:
    network = DetectorNetwork(4).eval()
    answer_BAF = network(torch.zeros(count, 3, 64, 96))
    assert answer_BAF.shape == (count, 12 * 8 + 6 * 4 + 3 * 2, 9)


def test_smaller_heads_have_fewer_weights() -> None:
    def weights(config: NetworkConfig) -> int:
        return sum(value.numel() for value in DetectorNetwork(4, config).parameters())

    assert weights(NetworkConfig(head_channels=32)) < weights(NetworkConfig())
    assert weights(NetworkConfig(fine_head_blocks=1)) < weights(NetworkConfig())


def test_activations_change_from_silu_to_relu_little_by_little() -> None:
    value_4 = torch.tensor([-3.0, -0.5, 0.5, 3.0])
    activation = Activation("relu")
    assert torch.equal(activation(value_4), value_4.relu())
    for hardness in (0.0, 0.25, 1.0):
        set_hardness(activation, hardness)
        expected_4 = (1 - hardness) * value_4 * value_4.sigmoid() + hardness * value_4.relu()
        torch.testing.assert_close(activation(value_4), expected_4)
    network = DetectorNetwork(1)
    set_hardness(network, 0.5)
    assert hardness_of(network) == 0.5


def test_calibration_changes_no_answer_and_lets_normalisation_train() -> None:
    torch.manual_seed(0)
    network = DetectorNetwork(2).eval()
    image_BCHW = torch.rand(2, 3, 64, 96) * 255
    before_BAF = network(image_BCHW).detach()
    calibrate(network, [image_BCHW])
    torch.testing.assert_close(network.eval()(image_BCHW), before_BAF, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(network.train()(image_BCHW), before_BAF, atol=1e-3, rtol=1e-3)


def test_weights_of_coco_answer_what_their_onnx_file_answers(
    coco_file: Path, picture: NDArray[np.float32]
) -> None:
    network = DetectorNetwork(80, SILU).eval()
    load_yolox(network, coco_file, COCO_NAMES)
    expected = onnxruntime.InferenceSession(coco_file).run(None, {"images": picture})[0]
    assert expected[..., 4].max() > 0.5  # there is somebody
    with torch.inference_mode():
        found = Scored(network)(torch.from_numpy(picture)).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_players_begin_as_people_and_the_ball_as_a_sports_ball(
    coco_file: Path, picture: NDArray[np.float32]
) -> None:
    whole, own = DetectorNetwork(80, SILU).eval(), DetectorNetwork(3, SILU).eval()
    load_yolox(whole, coco_file, COCO_NAMES)
    load_yolox(own, coco_file, ("goalkeeper", "ball", "corner flag"))
    with torch.inference_mode():
        every_BAF = whole(torch.from_numpy(picture))
        few_BAF = own(torch.from_numpy(picture))
    person, ball = 5 + COCO_NAMES.index("person"), 5 + COCO_NAMES.index("sports ball")
    torch.testing.assert_close(few_BAF[..., :7], every_BAF[..., [0, 1, 2, 3, 4, person, ball]])
    mean_BA = every_BAF[..., 5:].mean(-1)
    torch.testing.assert_close(few_BAF[..., 7], mean_BA, atol=1e-3, rtol=1e-3)


def test_a_network_of_another_shape_does_not_take_the_weights_of_coco(coco_file: Path) -> None:
    with pytest.raises(ModelError, match="113 convolutions"):
        load_yolox(DetectorNetwork(1, NetworkConfig(head_blocks=1)), coco_file, ["player"])
    with pytest.raises(ModelError, match=r"heads\.0\.stem"):
        load_yolox(DetectorNetwork(1, NetworkConfig(head_channels=32)), coco_file, ["player"])


def test_a_file_that_is_no_network_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        load_yolox(DetectorNetwork(1), broken, ["player"])
    with pytest.raises(ModelError, match="does not exist"):
        load_yolox(DetectorNetwork(1), tmp_path / "gone.onnx", ["player"])
