"""The command line: parse, call one function, print."""

import os

# The matrices here are small. Shared out among threads, one of 512 x 512 numbers takes 80 to 800
# milliseconds on a busy machine (2 by one thread), since all wait for the last. The library under
# numpy asks once, when that is imported.
if not {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"} & set(os.environ):
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
