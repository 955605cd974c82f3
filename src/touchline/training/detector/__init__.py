"""Training of a detector of people and the ball: our own small YOLOX, in torch."""
