"""File formats in and out; the only place where frames count from 1 (``frame_numbers``)."""
