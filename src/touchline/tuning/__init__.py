"""Search for better tracker and linking settings on stored observations, by Optuna."""
