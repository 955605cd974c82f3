"""Crops of people with known identities: lists of them, reading them, changing their looks."""
