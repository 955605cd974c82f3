"""Many clips, each into a run folder of its own, by several processes and machines at once."""
