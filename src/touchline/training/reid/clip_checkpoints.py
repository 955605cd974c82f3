"""Loads networks from checkpoints of CLIP and CLIP-ReID, and our own.

All are brought to OpenAI's names first. The sizes are read from the tensors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor, nn

from touchline.errors import ModelError, UsageError
from touchline.perception.crops import CropFormat
from touchline.training.checkpoints import Checkpoint, LoadReport, fit, fitting, read_checkpoint
from touchline.training.reid.clip import TextShape
from touchline.training.reid.clip_image import ImageEncoder, ImageShape, resize_position_table
from touchline.training.reid.clip_layers import HEAD_CHANNELS
from touchline.training.reid.clip_reid import ClipReid

REID_CROPS = CropFormat(256, 128, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""Image size and normalisation of CLIP-ReID."""

CLIP_CROPS = CropFormat(
    256, 128, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
)
"""Images of people, normalised as CLIP was trained."""

_AUTHORS_PREFIXES = {"image_encoder.": "visual.", "text_encoder.": ""}
"""Names of CLIP-ReID's program, and OpenAI's for the same."""

_SIZES = ("input_resolution", "context_length", "vocab_size")
"""Entries of OpenAI's archives that are no parameters."""

_CLASSES = ("classifier.weight", "classifier_proj.weight", "prompt_learner.cls_ctx")
"""Parameters that belong to the identities of one training."""

_CAMERAS = "cv_embed"

_TABLE = "visual.positional_embedding"
_VOCABULARY = "token_embedding.weight"


def is_clip(tensors: Mapping[str, Tensor]) -> bool:
    """True for the parameters of a CLIP or CLIP-ReID, of whichever program and image encoder."""
    return any(name.startswith(("visual.", "image_encoder.")) for name in tensors)


def crop_format(checkpoint: Checkpoint) -> CropFormat:
    """Input format of a checkpoint's network: from the metadata, else by its kind.

    Raises ModelError for metadata that cannot be read.
    """
    default = REID_CROPS if _is_tuned(checkpoint.tensors) else CLIP_CROPS
    return CropFormat.from_metadata({**default.to_metadata(), **checkpoint.metadata})


def image_encoder(
    checkpoint: Checkpoint, stride: int | None = None
) -> tuple[ImageEncoder, LoadReport]:
    """The image encoder alone, ready for inference, and how it fitted; the rest is dropped.

    stride: see ``load_clip_reid``. Raises ModelError for tensors without a vision transformer.
    """
    tensors = _openai_names(checkpoint.tensors)
    shape, resized = _fit_table(tensors, checkpoint, stride)
    visual = {name: value for name, value in tensors.items() if name.startswith("visual.")}
    dropped = [name for name in tensors if name not in visual]
    encoder = ImageEncoder(shape)
    # The wrapper gives the encoder's parameters their names in the whole network.
    report = fit(nn.ModuleDict({"visual": encoder}), visual, dropped=dropped, resized=resized)
    return encoder.eval(), report


def load_clip_reid(
    file: str | Path,
    *,
    identities: int | None = None,
    cameras: int | None = None,
    stride: int | None = None,
) -> tuple[ClipReid, LoadReport]:
    """A CLIP-ReID to train, from a file of CLIP, of CLIP-ReID or our own, and how it fitted.

    identities, cameras: that many new ones; None keeps the file's. stride: of the patches, 16 or
    12, to which the position table is resized; None keeps the file's. What the file should bring
    and does not keeps a random start: look at ``report.lacking()``. Raises ModelError for a file
    without a vision transformer, and for one without identities where none are given.
    """
    checkpoint = read_checkpoint(file)
    with fitting(file):
        return _clip_reid(checkpoint, identities, cameras, stride)


def _clip_reid(
    checkpoint: Checkpoint, identities: int | None, cameras: int | None, stride: int | None
) -> tuple[ClipReid, LoadReport]:
    tensors = _openai_names(checkpoint.tensors)
    image, resized = _fit_table(tensors, checkpoint, stride)
    renewed: tuple[str, ...] = _CLASSES if identities is not None else ()
    renewed += (_CAMERAS,) if cameras is not None else ()
    dropped = [name for name in (*_SIZES, *renewed) if tensors.pop(name, None) is not None]
    if identities is None:
        if _CLASSES[0] not in tensors:
            raise ModelError(
                f"{checkpoint.file} knows no identities: say how many the network is to learn"
            )
        identities = len(tensors[_CLASSES[0]])
    if cameras is None:
        cameras = len(tensors.get(_CAMERAS, ()))
    network = ClipReid(identities, image, _text_shape(tensors), cameras=cameras)
    absent = [name for name in network.state_dict() if name not in tensors]
    fresh = [name for name in absent if name in renewed or _is_new_to(tensors, name)]
    report = fit(network, tensors, dropped=dropped, fresh=fresh, resized=resized)
    if network.token_embedding is not None:
        network.set_prompt_words()
    return network, report


def _openai_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, value in tensors.items():
        for theirs, ours in _AUTHORS_PREFIXES.items():
            if name.startswith(theirs):
                name = ours + name.removeprefix(theirs)
        renamed[name] = value
    return renamed


def _fit_table(
    tensors: dict[str, Tensor], checkpoint: Checkpoint, stride: int | None
) -> tuple[ImageShape, list[str]]:
    """The image encoder's sizes, and the name of the position table if it had to be resized."""
    patches, table, projection = (
        tensors.get(f"visual.{name}") for name in ("conv1.weight", "positional_embedding", "proj")
    )
    if patches is None or table is None or projection is None or len(patches) % HEAD_CHANNELS:
        raise ModelError(
            f"{checkpoint.file} holds no vision transformer of CLIP (ResNets do not fit)"
        )
    crops, patch = crop_format(checkpoint), patches.shape[-1]
    shape = ImageShape(
        height=crops.height,
        width=crops.width,
        patch=patch,
        channels=len(patches),
        layers=_layers(tensors, "visual."),
        projection=projection.shape[1],
    )
    # The file says how many patches there were, not how they lay: side by side, overlapping on a
    # image of our size, or (OpenAI) on a square.
    count, side = len(table) - 1, math.isqrt(len(table) - 1)
    overlaps = {replace(shape, stride=step).grid: step for step in range(1, patch + 1)}
    grid = next((grid for grid in overlaps if math.prod(grid) == count), (side, side))
    if math.prod(grid) != count:
        raise ModelError(
            f"{checkpoint.file} has positions for {count} patches, which is not a grid on images of"
            f" {crops.height}x{crops.width}"
        )
    if stride is not None and not 1 <= stride <= patch:
        raise UsageError(f"stride {stride} is not between 1 and the patch's {patch} pixels")
    shape = replace(shape, stride=stride or overlaps.get(grid, patch))
    if shape.grid == grid:
        return shape, []
    tensors[_TABLE] = resize_position_table(table, grid, shape.grid)
    return shape, [_TABLE]


def _text_shape(tensors: Mapping[str, Tensor]) -> TextShape:
    """Sizes of the text encoder; CLIP's where the file has none."""
    vocabulary = len(tensors.get(_VOCABULARY, ()))
    table = tensors.get("positional_embedding")
    if table is None:
        return TextShape(vocabulary=vocabulary)
    context, channels = table.shape
    return TextShape(channels, _layers(tensors, ""), context, vocabulary)


def _layers(tensors: Mapping[str, Tensor], prefix: str) -> int:
    start = f"{prefix}transformer.resblocks."
    return len({name.split(".")[start.count(".")] for name in tensors if name.startswith(start)})


def _is_tuned(tensors: Mapping[str, Tensor]) -> bool:
    """True for what CLIP-ReID has trained, and not CLIP alone."""
    return any(name.startswith("bottleneck") for name in tensors)


def _is_new_to(tensors: Mapping[str, Tensor], name: str) -> bool:
    """True for names that such checkpoints never hold, or that follow from the vocabulary."""
    tuned = _is_tuned(tensors)
    if name.startswith("prompt_learner.token_"):
        return _VOCABULARY in tensors
    return (name.startswith("bottleneck") and not tuned) or (name == "logit_scale" and tuned)
