"""Log-likelihood ratios that two tracklets show the same person."""
