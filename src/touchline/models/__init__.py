"""The small networks that come with the program, each with a card that says what it is."""
