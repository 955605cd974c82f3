"""CLIP-ReID: learned sentences, necks and classes on top of CLIP."""

from __future__ import annotations

import pytest
import torch
from training.reid.clip_files import PEOPLE, TEXT

from touchline.errors import InputError
from touchline.training.reid.clip_image import ImageFeatures
from touchline.training.reid.clip_prompts import PROMPT_TOKENS, prompt_tokens
from touchline.training.reid.clip_reid import ClipReid


@pytest.fixture(scope="module")
def network() -> ClipReid:
    torch.manual_seed(0)
    return ClipReid(5, PEOPLE, TEXT, cameras=3, camera_weight=2.0).eval()


def test_sentence_has_clips_token_ids_padded_to_77() -> None:
    # "A photo of a X X X X person." in CLIP's byte-pair vocabulary.
    expected = [49406, 320, 1125, 539, 320, 343, 343, 343, 343, 2533, 269, 49407]
    assert list(PROMPT_TOKENS) == expected
    assert prompt_tokens().tolist() == [expected + [0] * 65]


def test_prompt_of_ordinary_words_is_that_text(network: ClipReid) -> None:
    """With the vectors of "X" for its learned words, an identity's sentence is the plain text."""
    assert network.token_embedding is not None
    learned = ClipReid(5, PEOPLE, TEXT).eval()
    learned.load_state_dict(network.state_dict(), strict=False)
    with torch.no_grad():
        learned.prompt_learner.cls_ctx[3] = network.token_embedding.weight[343]
    vector_BD = learned.encode_prompts(torch.tensor([3, 1]))
    assert torch.allclose(vector_BD[0], learned.encode_text(prompt_tokens())[0], atol=1e-5)
    assert not torch.allclose(vector_BD[1], vector_BD[0], atol=1e-2)


def test_only_the_words_of_the_asked_identities_learn(network: ClipReid) -> None:
    network.zero_grad()
    network.encode_prompts(torch.tensor([4, 1])).sum().backward()  # type: ignore[no-untyped-call]
    gradient = network.prompt_learner.cls_ctx.grad
    assert gradient is not None
    assert (gradient.abs().sum(dim=(1, 2)) > 0).tolist() == [False, True, False, False, True]
    assert network.encode_prompts(torch.zeros(0, dtype=torch.long)).shape == (0, 32)


def test_camera_changes_the_features_by_its_vector_times_the_weight(network: ClipReid) -> None:
    image = torch.randn(2, 3, 256, 128)
    plain = network.encode_image(image).evaluated
    seen = network.encode_image(image, torch.tensor([2, 2])).evaluated
    assert not torch.allclose(plain, seen, atol=1e-3)
    assert network.cv_embed is not None
    with torch.no_grad():
        shifted = ClipReid(5, PEOPLE, TEXT).eval()
        shifted.load_state_dict(network.state_dict(), strict=False)
        shifted.visual.class_embedding.add_(2.0 * network.cv_embed[2])
    assert torch.allclose(shifted.encode_image(image).evaluated, seen, atol=1e-5)
    with pytest.raises(InputError, match="without cameras"):
        shifted.encode_image(image, torch.tensor([0, 0]))


def test_training_pass_gives_features_and_the_scores_of_both_classifiers() -> None:
    torch.manual_seed(1)
    network = ClipReid(5, PEOPLE, TEXT)
    features, logits, projected = network(torch.randn(4, 3, 256, 128))
    assert isinstance(features, ImageFeatures)
    assert [value.shape[1] for value in features] == [64, 64, 32]
    assert logits.shape == projected.shape == (4, 5)
    neck = (features.last - features.last.mean(0)) / features.last.std(0, unbiased=False)
    assert torch.allclose(network.classifier(neck), logits, atol=1e-4)
    # The necks scale and never shift; the rest of the image side learns.
    (logits.sum() + projected.square().sum() + features.before_last.sum()).backward()
    trainable = {name for name, value in network.named_parameters() if value.requires_grad}
    assert {"bottleneck.bias", "bottleneck_proj.bias"}.isdisjoint(trainable)
    assert network.bottleneck.weight.grad is not None
