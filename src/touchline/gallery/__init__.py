"""People kept from clip to clip of a match, and recognised when they come back."""
