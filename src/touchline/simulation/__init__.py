"""Simulated football scenes, ground truth and observations, for tests, tuning and scale."""
