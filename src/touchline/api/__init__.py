"""The Python interface: what ``import touchline`` offers to call."""
