"""Labelled images to train and evaluate detectors on (no torch)."""
