"""Settings of the embedder, apart from the file it is loaded from."""

from __future__ import annotations

from pydantic import Field

from touchline.config import ConfigSection


class EmbedderConfig(ConfigSection):
    """How an embedder network is run; the built-in one needs none of it."""

    device: str = Field(
        default="auto", description="auto, cpu, cuda, coreml, ...: what runs the network"
    )
    threads: int | None = Field(default=None, ge=1, description="CPU threads; none: one per core")
    batch_size: int = Field(default=32, ge=1, description="most crops in one run of the network")
