"""The clip that comes with the program."""

from __future__ import annotations

from pathlib import Path

VIDEO = Path(__file__).with_name("demo.mp4")
