"""Edits: what a person states of a clip, as facts about boxes, and where those boxes are now."""
