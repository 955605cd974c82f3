"""Identities over the whole clip."""
