"""Labelled pictures to train and judge detectors on (no torch)."""
