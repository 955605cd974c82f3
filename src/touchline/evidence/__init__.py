"""How much sooner two pieces of tracks are one person's than two people's, in log odds."""
