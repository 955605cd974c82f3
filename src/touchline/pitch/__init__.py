"""Where on the pitch: its lines, the camera of an image, and metres instead of pixels."""
