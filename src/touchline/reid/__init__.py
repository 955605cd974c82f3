"""Crops of people with known identities: manifests, reading, augmentation."""
