"""One frame's numbers in, confirmed tracks out."""
