"""Pixels to numbers: detectors, embedders, camera motion. The only room that opens onnxruntime."""
