"""Train a detector of people and the ball: a small YOLOX of our own, in torch."""
