"""One clip from start to end: configuration, run folder, the steps, the report."""
