"""The clip that comes with the program, and what a detector found in it."""

from __future__ import annotations

from pathlib import Path

VIDEO = Path(__file__).with_name("demo.mp4")
DETECTIONS = Path(__file__).with_name("demo.det.txt")
