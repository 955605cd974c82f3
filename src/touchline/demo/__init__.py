"""The clip that comes with the program."""

from __future__ import annotations

from pathlib import Path

VIDEO = Path(__file__).with_name("demo.mp4")

PITCH = {"pitch.length": 110.0, "pitch.width": 72.0}
"""Settings of the pitch of the clip, in metres: it is larger than most."""
