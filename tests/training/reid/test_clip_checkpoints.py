"""CLIP and CLIP-ReID load from every layout they are published in, and say what did not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from training.reid.clip_files import authors_names, openai_clip, save_torchscript, trained_clip_reid

from touchline.errors import ModelError, UsageError
from touchline.training.checkpoints import Checkpoint, read_checkpoint, save_checkpoint
from touchline.training.reid.clip_checkpoints import (
    CLIP_CROPS,
    REID_CROPS,
    crop_format,
    image_encoder,
    load_clip_reid,
)
from touchline.training.reid.clip_prompts import prompt_tokens

CLASSES = ("classifier.weight", "classifier_proj.weight", "prompt_learner.cls_ctx")
ADDED = {
    "bottleneck.weight",
    "bottleneck.bias",
    "bottleneck.running_mean",
    "bottleneck.running_var",
    "bottleneck.num_batches_tracked",
    "prompt_learner.token_prefix",
    "prompt_learner.token_suffix",
}
IMAGES = torch.randn(2, 3, 256, 128, generator=torch.Generator().manual_seed(0))


def equal(first: Tensor, second: Tensor) -> bool:
    return torch.allclose(first, second, atol=1e-5)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize("archive", [True, False], ids=["TorchScript", "state dict"])
def test_openai_weights_start_a_new_training(tmp_path: Path, archive: bool) -> None:
    clip = openai_clip()
    if archive:
        save_torchscript(clip, tmp_path / "clip.pt")
    else:
        torch.save(clip.half().state_dict(), tmp_path / "clip.pt")
    clip = clip.half().float()  # what half precision keeps
    network, report = load_clip_reid(tmp_path / "clip.pt", identities=7)
    assert (report.missing, report.unexpected, report.mismatched) == ((), (), ())
    assert report.resized == ("visual.positional_embedding",)
    sizes = ("input_resolution", "context_length", "vocab_size")
    assert report.dropped == (sizes if archive else ())
    assert {*ADDED, *CLASSES} < set(report.fresh)
    assert len(report.fresh) == 15
    assert network.classifier.weight.shape == (7, 64)

    token_BT = prompt_tokens()
    assert equal(network.encode_text(token_BT), clip.encode_text(token_BT))
    with torch.no_grad():
        network.prompt_learner.cls_ctx[6] = clip.token_embedding.weight[343]  # type: ignore[union-attr]
    assert equal(network.encode_prompts(torch.tensor([6])), clip.encode_text(token_BT))
    assert network.visual.shape.grid == (16, 8)


@pytest.mark.parametrize("stride", [16, 12])
def test_clip_reid_checkpoint_continues_or_starts_with_other_people(
    tmp_path: Path, stride: int
) -> None:
    trained = trained_clip_reid(stride, cameras=2)
    file = tmp_path / "MSMT17_clipreid_ViT-B-16_60.pth"
    torch.save(authors_names(trained), file)

    network, report = load_clip_reid(file)
    assert report.lines() == ["fresh (1): logit_scale"]
    assert network.visual.shape.stride == stride
    camera_B, identity_B = torch.tensor([1, 0]), torch.tensor([4, 0])
    for found, truth in zip(
        network.eval()(IMAGES, camera_B), trained(IMAGES, camera_B), strict=True
    ):
        assert all(map(equal, found, truth))
    assert equal(network.encode_prompts(identity_B), trained.encode_prompts(identity_B))

    network, report = load_clip_reid(file, identities=9, cameras=0)
    assert set(report.dropped) == {*CLASSES, "cv_embed"}
    assert set(report.fresh) == {*CLASSES, "logit_scale"}
    assert report.complete
    assert network.classifier_proj.weight.shape == (9, 32)
    assert equal(network.encode_image(IMAGES).evaluated, trained.encode_image(IMAGES).evaluated)


def test_own_file_brings_back_everything(tmp_path: Path) -> None:
    trained = trained_clip_reid(cameras=2)
    save_checkpoint(trained, tmp_path / "net.safetensors", {"mean": "0.1,0.2,0.3"})
    network, report = load_clip_reid(tmp_path / "net.safetensors")
    assert report.lines() == []
    assert all(
        torch.equal(value, trained.state_dict()[name])
        for name, value in network.state_dict().items()
    )
    crops = crop_format(read_checkpoint(tmp_path / "net.safetensors"))
    assert (crops.mean, crops.std) == ((0.1, 0.2, 0.3), REID_CROPS.std)


def test_report_names_what_a_damaged_checkpoint_lacks(tmp_path: Path) -> None:
    tensors = authors_names(trained_clip_reid())
    del tensors["module.image_encoder.ln_post.bias"]
    del tensors["module.bottleneck.weight"], tensors["module.prompt_learner.token_prefix"]
    tensors["module.bottleneck_proj.weight"] = torch.ones(3)
    tensors["module.surprise"] = torch.ones(3)
    torch.save(tensors, tmp_path / "net.pth")
    _, report = load_clip_reid(tmp_path / "net.pth")
    assert set(report.missing) == {
        "visual.ln_post.bias",
        "bottleneck.weight",
        "prompt_learner.token_prefix",
    }
    assert report.unexpected == ("surprise",)
    assert report.mismatched == ("bottleneck_proj.weight",)
    assert report.lacking("visual.") == ("visual.ln_post.bias",)


def test_image_encoder_alone_answers_as_in_the_whole_network() -> None:
    trained = trained_clip_reid()
    checkpoint = Checkpoint(Path("net.pth"), authors_names_without_prefix())
    encoder, report = image_encoder(checkpoint)
    assert report.complete
    assert report.resized == ()
    assert {*CLASSES, "text_projection", "bottleneck.weight"} <= set(report.dropped)
    assert equal(encoder(IMAGES).evaluated, trained.encode_image(IMAGES).evaluated)
    other, report = image_encoder(checkpoint, stride=12)
    assert report.resized == ("visual.positional_embedding",)
    assert other.shape.grid == (21, 10)
    assert other(IMAGES).evaluated.shape == (2, 96)


def authors_names_without_prefix() -> dict[str, Tensor]:
    named = authors_names(trained_clip_reid())
    return {name.removeprefix("module."): value for name, value in named.items()}


def test_images_are_normalised_as_the_network_was_trained() -> None:
    tuned = Checkpoint(Path("net.pth"), authors_names_without_prefix())
    plain = Checkpoint(Path("net.pth"), dict(openai_clip().state_dict()))
    assert crop_format(tuned) == REID_CROPS
    assert crop_format(plain) == CLIP_CROPS


def test_files_that_hold_no_vision_transformer_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "net.pth"
    torch.save({"visual.layer1.0.conv1.weight": torch.zeros(64, 64, 1, 1)}, file)
    with pytest.raises(ModelError, match="no vision transformer"):
        load_clip_reid(file, identities=3)
    tensors = authors_names_without_prefix()
    tensors["image_encoder.positional_embedding"] = torch.zeros(124, 64)
    torch.save(tensors, file)
    with pytest.raises(ModelError, match="positions for 123 patches"):
        load_clip_reid(file)
    torch.save(openai_clip().state_dict(), file)
    with pytest.raises(ModelError, match="knows no identities"):
        load_clip_reid(file)
    with pytest.raises(UsageError, match="stride 17"):
        load_clip_reid(file, identities=3, stride=17)
