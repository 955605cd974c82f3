"""Read and write frames, find shot cuts, draw. The only room that opens PyAV."""
