"""The ball over a whole clip: which of many candidates it is, and where it is between them."""
