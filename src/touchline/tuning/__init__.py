"""Search for better tracker and linking settings on stored observations; the door to Optuna."""
