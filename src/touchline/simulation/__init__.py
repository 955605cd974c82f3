"""Truth and observations of football scenes that never were, for tests, tuning and scale."""
