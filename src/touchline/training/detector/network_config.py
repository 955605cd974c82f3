"""The shape of the detector network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from touchline.config import ConfigSection


class NetworkConfig(ConfigSection):
    """How large the network is and what its cells compute.

    With ``silu``, ``head_channels`` 64, ``head_blocks`` 2 and ``fine_head_blocks`` 2 it is
    YOLOX-nano.
    """

    activation: Literal["relu", "silu"] = Field(
        "relu", description="after each convolution; onnxruntime runs relu inside of it"
    )
    head_channels: int = Field(64, ge=8, le=1024, description="channels in the heads")
    head_blocks: int = Field(2, ge=1, le=16, description="convolutions of each branch of a head")
    fine_head_blocks: int = Field(
        2, ge=1, le=16, description="the same at stride 8, where most of the cells are"
    )
