"""OSNet loads torchreid's checkpoints, and says what did not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from training.reid.clip_weights import digest, images, weights

from touchline.errors import ModelError
from touchline.training.checkpoints import fit
from touchline.training.reid.osnet import FEATURE_SIZE, OSNET_NAMES, OSNet, load_torchreid

GOLDEN = json.loads((Path(__file__).parent / "golden" / "osnet.json").read_text())

# Parameters without the classifier, as in the paper's tables.
MILLIONS = {"osnet_x0_25": 0.2, "osnet_x0_5": 0.6, "osnet_x0_75": 1.3, "osnet_x1_0": 2.2}


@pytest.mark.parametrize("name", OSNET_NAMES)
def test_every_width_has_the_published_number_of_parameters(name: str) -> None:
    count = sum(parameter.numel() for parameter in OSNet(name).parameters())
    assert round(count / 1e6, 1) == MILLIONS[name]


@pytest.mark.parametrize("name", GOLDEN)
def test_vectors_are_those_of_torchreid(name: str) -> None:
    network = OSNet(name).eval()
    values = weights({key: tuple(value.shape) for key, value in network.state_dict().items()})
    report = fit(network, {key: torch.from_numpy(value) for key, value in values.items()})
    assert {key.split(".")[-1] for key in report.missing} == {"num_batches_tracked"}
    with torch.inference_mode():
        vectors = network(torch.from_numpy(images(256, 128))).numpy()
    assert np.allclose(digest(vectors), GOLDEN[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", OSNET_NAMES)
def test_checkpoint_is_recognised_by_its_parameters(tmp_path: Path, name: str) -> None:
    network = OSNet(name).eval()
    parameters = {f"module.{key}": value for key, value in network.state_dict().items()}
    parameters["module.classifier.weight"] = torch.zeros(10, FEATURE_SIZE)
    torch.save({"state_dict": parameters, "epoch": 3}, tmp_path / "net.pth")
    loaded, report = load_torchreid(tmp_path / "net.pth")
    assert loaded.name == name
    assert (report.missing, report.unexpected, report.mismatched) == ((), (), ())
    image_BCHW = torch.randn(2, 3, 64, 32)
    assert torch.equal(loaded(image_BCHW), network(image_BCHW))


def test_report_names_what_did_not_fit(tmp_path: Path) -> None:
    parameters = OSNet().state_dict()
    del parameters["fc.0.bias"]
    parameters["fc.0.weight"] = torch.zeros(256, 128)
    parameters["surprise"] = torch.zeros(1)
    torch.save(parameters, tmp_path / "net.pth")
    _, report = load_torchreid(tmp_path / "net.pth")
    assert report.missing == ("fc.0.bias",)
    assert report.mismatched == ("fc.0.weight",)
    assert report.unexpected == ("surprise",)
    assert not report.complete


def test_files_that_hold_no_osnet_are_refused(tmp_path: Path) -> None:
    other, text, list_file = (tmp_path / name for name in ("other.pth", "text.pth", "list.pth"))
    torch.save({"weight": torch.zeros(3)}, other)
    text.write_text("not a checkpoint")
    torch.save([torch.zeros(3)], list_file)
    for file in (other, text, list_file, tmp_path / "missing.pth"):
        with pytest.raises(ModelError, match=file.name):
            load_torchreid(file)


def test_checkpoint_that_could_run_code_is_not_read(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "where": tmp_path}, tmp_path / "net.pth")
    with pytest.raises(ModelError, match="run code"):
        load_torchreid(tmp_path / "net.pth")


def test_published_checkpoint_loads_completely(football_data: Path) -> None:
    network, report = load_torchreid(football_data / "weights" / "osnet_x0_25_msmt17.pth")
    assert network.name == "osnet_x0_25"
    assert (report.missing, report.unexpected, report.mismatched) == ((), (), ())
