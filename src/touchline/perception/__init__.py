"""Detectors, embedders, camera motion. The only package that uses onnxruntime."""
