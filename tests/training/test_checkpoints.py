"""Checkpoints are read as tensors, from every kind of file, and never run."""

from __future__ import annotations

import os
import pickle
import stat
import zipfile
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from training.reid.clip_files import openai_clip, save_torchscript

from touchline.errors import ModelError, UsageError
from touchline.training.checkpoints import LoadReport, fit, read_checkpoint, save_checkpoint


class MakesAFolder:
    """A pickle of it would make a folder when it is loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.folder),)


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def test_parameters_are_found_bare_wrapped_and_behind_the_prefix_of_parallel_training(
    tmp_path: Path,
) -> None:
    tensors = {"a.weight": torch.randn(2, 3), "b": torch.tensor(1)}
    prefixed = {f"module.{name}": value for name, value in tensors.items()}
    torch.save(tensors, tmp_path / "bare.pth")
    torch.save({"state_dict": prefixed, "epoch": 3}, tmp_path / "wrapped.pth")
    torch.save(prefixed, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    for name in ("bare.pth", "wrapped.pth", "old.pth"):
        assert same(read_checkpoint(tmp_path / name).tensors, tensors)


TENSORS = {
    "conv1.weight": torch.randn(2, 3),
    "conv1.bias": torch.randn(2),
    "count": torch.tensor(1),
}


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "model.", "backbone.", "net.", "module.model.", "model.module.", ""],
)
def test_what_wraps_a_network_is_taken_off_its_names_in_every_kind_of_file(
    tmp_path: Path, prefix: str, suffix: str
) -> None:
    file = tmp_path / f"net.{suffix}"
    wrapped = {f"{prefix}{name}": value for name, value in TENSORS.items()}
    if suffix == "pth":
        torch.save(wrapped, file)
    else:
        save_file(wrapped, file)
    assert same(read_checkpoint(file).tensors, TENSORS)


def test_a_head_for_training_may_stand_beside_the_wrapped_network(tmp_path: Path) -> None:
    head = {"heads.weight": torch.randn(5, 2)}
    wrapped = {f"backbone.{name}": value for name, value in TENSORS.items()}
    torch.save({"model": wrapped | head}, tmp_path / "net.pth")
    assert same(read_checkpoint(tmp_path / "net.pth").tensors, TENSORS | head)


@pytest.mark.parametrize("parts", [("backbone.", "neck."), ("backbone.", "model.backbone.")])
def test_a_network_with_parts_keeps_their_names(tmp_path: Path, parts: tuple[str, str]) -> None:
    tensors = {f"{part}{name}": value for part in parts for name, value in TENSORS.items()}
    torch.save(tensors, tmp_path / "net.pth")
    assert same(read_checkpoint(tmp_path / "net.pth").tensors, tensors)


@pytest.mark.parametrize(
    "holder", ["state_dict", "model", "net", "model_state_dict", "network", "weights"]
)
@pytest.mark.parametrize("zipped", [True, False])
def test_numbers_of_numpy_beside_the_parameters_are_read(
    tmp_path: Path, holder: str, zipped: bool
) -> None:
    beside = {
        "rank1": np.float64(0.71),
        "map": np.float32(0.5),
        "epoch": np.int64(60),
        "best": np.bool_(True),
        "optimizer": {"state": {0: {"step": torch.tensor(3)}}},
    }
    file = tmp_path / "model.pth.tar-60"
    torch.save({**beside, holder: TENSORS}, file, _use_new_zipfile_serialization=zipped)
    assert same(read_checkpoint(file).tensors, TENSORS)


def test_a_safetensors_file_is_told_by_its_content(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "model-60")
    assert same(read_checkpoint(tmp_path / "model-60").tensors, TENSORS)


@pytest.mark.parametrize("program", [True, False])
def test_an_archive_that_unpacks_to_many_times_its_size_is_refused_unread(
    tmp_path: Path, program: bool
) -> None:
    file = tmp_path / "bomb.pt"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/data.pkl", b"x")
        archive.writestr("net/data/0", bytes(80 * 2**20))
        if program:
            archive.writestr("net/constants.pkl", b"x")
    with pytest.raises(ModelError, match=r"has 0\.1 MiB and unpacks to 80 MiB"):
        read_checkpoint(file)


@pytest.mark.parametrize(
    "tensor",
    [torch.zeros(1).expand(2**17, 2**17), torch.eye(3).to_sparse()],
    ids=["wide", "sparse"],
)
def test_tensors_that_say_more_than_they_hold_are_refused(tmp_path: Path, tensor: Tensor) -> None:
    torch.save({"conv1.weight": tensor}, tmp_path / "net.pth")
    with pytest.raises(ModelError, match=r"conv1\.weight of shape .* save it with dense tensors"):
        read_checkpoint(tmp_path / "net.pth")


def test_own_files_come_back_with_their_metadata(tmp_path: Path) -> None:
    network = nn.BatchNorm1d(3)
    file = tmp_path / "made" / "net.safetensors"
    save_checkpoint(network, file, {"licence": "Apache-2.0"})
    checkpoint = read_checkpoint(file)
    assert same(checkpoint.tensors, dict(network.state_dict()))
    assert checkpoint.metadata == {"licence": "Apache-2.0"}
    assert [path.name for path in file.parent.iterdir()] == ["net.safetensors"]
    (tmp_path / "in the way").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        save_checkpoint(network, tmp_path / "in the way" / "net.safetensors", {})


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_torchscript_archive_gives_the_tensors_that_torch_jit_gives(tmp_path: Path) -> None:
    save_torchscript(openai_clip(), tmp_path / "clip.pt")
    tensors = read_checkpoint(tmp_path / "clip.pt").tensors
    program = torch.jit.load(tmp_path / "clip.pt")  # type: ignore[no-untyped-call]
    assert same(tensors, dict(program.state_dict()))
    assert tensors["visual.conv1.weight"].dtype == torch.float16


class WithLists(nn.Module):
    """TorchScript notes the types of lists and dictionaries beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 2)
        self.sizes, self.names = [1, 2], {"a": 0.5}

    def forward(self, image: Tensor) -> Tensor:
        scaled: Tensor = self.conv(image) * self.sizes[1] * self.names["a"]
        return scaled


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_lists_in_a_torchscript_archive_are_passed_over(tmp_path: Path) -> None:
    network = WithLists()
    torch.jit.script(network).save(str(tmp_path / "net.pt"))  # type: ignore[no-untyped-call]
    assert same(read_checkpoint(tmp_path / "net.pt").tensors, dict(network.state_dict()))


@pytest.mark.parametrize(
    ("inside", "protocol", "named"),
    [
        ("torch", 2, r"names (posix|nt)\.mkdir"),
        ("torchscript", 2, r"names (posix|nt)\.mkdir"),
        ("plain", 2, r"names (posix|nt)\.mkdir"),
        ("plain", 4, "holds more than tensors"),
    ],
)
def test_pickle_that_would_run_something_is_refused_in_one_line_and_does_not_run(
    tmp_path: Path, inside: str, protocol: int, named: str
) -> None:
    file, made = tmp_path / "net.pth", tmp_path / "made"
    if inside == "plain":
        file.write_bytes(pickle.dumps(MakesAFolder(made), protocol))
    elif inside == "torch":
        torch.save({"state_dict": {"a": torch.zeros(2)}, "x": MakesAFolder(made)}, file)
    else:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("net/data.pkl", pickle.dumps(MakesAFolder(made), protocol))
            archive.writestr("net/constants.pkl", pickle.dumps(()))
            archive.writestr("net/version", "3\n")
    with pytest.raises(ModelError, match=named) as caught:
        read_checkpoint(file)
    assert "\n" not in str(caught.value)
    assert not made.exists()


def test_files_that_are_no_checkpoint_are_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("text.pth", "text.safetensors"):
        (tmp_path / name).write_text("not a checkpoint")
    (tmp_path / "empty.pth").touch()
    (tmp_path / "folder.pth").mkdir()
    torch.save([torch.zeros(3)], tmp_path / "list.pth")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a/constants.pkl", "")
    names = [path.name for path in tmp_path.iterdir()]
    for name in (*names, "missing.pth", "missing.safetensors"):
        with pytest.raises(ModelError, match=name) as caught:
            read_checkpoint(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["new.pth", "old.pth", "own.safetensors"])
def test_damaged_files_are_refused_in_one_line_or_read(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name.startswith("own"):
        save_checkpoint(nn.Linear(3, 2), file, {})
    else:
        new = name.startswith("new")
        torch.save(nn.Linear(3, 2).state_dict(), file, _use_new_zipfile_serialization=new)
    whole, random = file.read_bytes(), Random(0)
    refusals: list[str] = []
    for _ in range(100):
        content = bytearray(whole)
        content[random.randrange(len(content))] = random.randrange(256)
        file.write_bytes(content[: random.choice((None, random.randrange(len(content))))])
        try:
            read_checkpoint(file)
        except ModelError as error:
            refusals.append(str(error))
    assert len(refusals) >= 50
    assert not any("\n" in refusal for refusal in refusals)


def test_report_names_every_parameter_that_did_not_fit() -> None:
    first, second = nn.Linear(2, 3), nn.Linear(3, 1)
    network, before = nn.Sequential(first, second), second.bias.clone()
    tensors = {
        "0.weight": torch.ones(3, 2),
        "0.bias": torch.ones(4),
        "2.weight": torch.ones(1),
        "1.weight": torch.ones(1, 3),
    }
    report = fit(network, tensors, dropped=["head"], fresh=["1.bias"])
    assert report == LoadReport(
        missing=(),
        unexpected=("2.weight",),
        mismatched=("0.bias",),
        dropped=("head",),
        fresh=("1.bias",),
    )
    assert not report.complete
    assert report.lacking() == ("0.bias",)
    assert report.lacking("1.") == ()
    assert report.lines() == [
        "unexpected (1): 2.weight",
        "mismatched (1): 0.bias",
        "dropped (1): head",
        "fresh (1): 1.bias",
    ]
    assert torch.equal(first.weight, torch.ones(3, 2))
    assert torch.equal(second.bias, before)


@pytest.mark.skipif(os.name != "posix", reason="needs modes")
def test_others_may_read_a_checkpoint_where_the_umask_lets_them(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        save_checkpoint(nn.Linear(3, 2), tmp_path / "net.safetensors", {})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "net.safetensors").stat().st_mode) == 0o644
    assert [file.name for file in tmp_path.iterdir()] == ["net.safetensors"]
