"""Read and write frames, find shot cuts, draw. The only package that uses PyAV."""
