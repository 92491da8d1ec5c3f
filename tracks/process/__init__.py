"""Stage 3, steps 1 to 9: the observations of a leaf to clean 1 Hz tracks (pipeline.md)."""
