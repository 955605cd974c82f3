"""Training of re-identification networks."""
