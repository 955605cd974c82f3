"""Fixtures that every test room may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from clips import Clip, make_clip
from hypothesis import settings

# A busy machine is no fault of what is tested.
settings.register_profile("touchline", deadline=None)
settings.load_profile("touchline")

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # for tests that import onnxruntime themselves

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def football_data() -> Path:
    """The development data pack; a test that asks for it is skipped where there is none."""
    folder = Path(os.environ.get("TOUCHLINE_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip(f"no football data at {folder}; set TOUCHLINE_DATA to the data pack")
    return folder


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A clip of 60 frames in which four players walk and two of them cross."""
    return make_clip(tmp_path_factory.mktemp("clip"), frames=60)
