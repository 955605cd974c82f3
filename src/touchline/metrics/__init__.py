"""Scores from arrays: detection, association and identity of tracks; retrieval of embeddings."""
