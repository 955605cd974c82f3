"""Tracklets to identities: correlation clustering with cannot-links."""
